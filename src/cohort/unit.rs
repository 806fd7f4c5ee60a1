//! Joining samples to larger units: images to studies, studies to patients.

use std::collections::BTreeMap;

use crate::config::{Aggregation, AggregationUnit, AttributeRule, Diagnostic, TruthRule};

use crate::tables::row_index;

use super::{AttributeColumn, Cohort, MISSING_LEVEL, Truth, named_rows};

/// A cohort whose samples are joined units, and the samples that each unit was made of.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The units as samples: ids are those of the study or patient.
    pub cohort: Cohort,
    /// Indexes of the joined samples, in the manifest's order, by unit.
    pub members: Vec<Vec<usize>>,
}

/// Joins the samples of `cohort` after the rules of `aggregation`.
///
/// # Errors
/// Every unit whose truth or attribute differs although it must agree, with rows.
pub fn unit_of(
    cohort: &Cohort,
    aggregation: &Aggregation,
    file: &str,
) -> Result<Unit, Vec<Diagnostic>> {
    let (unit_of_sample, names, word) = match &aggregation.to {
        AggregationUnit::Patient => (&cohort.patient_of, &cohort.patients, "patients"),
        AggregationUnit::Study(_) => (&cohort.study_of, &cohort.studies, "studies"),
    };
    let mut by_unit: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (sample, unit) in unit_of_sample.iter().enumerate() {
        by_unit.entry(*unit).or_default().push(sample);
    }
    for samples in by_unit.values_mut() {
        samples.sort_by_key(|sample| cohort.rows[*sample]);
    }
    let members: Vec<Vec<usize>> = by_unit.values().cloned().collect();
    // Rows are kept as people count them; the naming of rows counts from 0.
    let indexes: Vec<usize> = cohort.rows.iter().map(|row| row_index(*row)).collect();
    let mut problems = Vec::new();
    let truth = cohort
        .truth
        .iter()
        .map(|truth| {
            joined_truth(
                truth,
                &members,
                aggregation.truth,
                &indexes,
                word,
                &mut problems,
            )
        })
        .collect();
    let attributes = cohort
        .attributes
        .iter()
        .map(|attribute| {
            joined_attribute(
                attribute,
                &members,
                aggregation.attribute,
                &indexes,
                word,
                &mut problems,
            )
        })
        .collect();
    if !problems.is_empty() {
        const SHOWN: usize = 10;
        let more = problems.len().saturating_sub(SHOWN);
        problems.truncate(SHOWN);
        for problem in &mut problems {
            problem.message = format!("{file} {}", problem.message);
        }
        if more > 0 {
            problems.push(Diagnostic::error(
                "differs-within-unit",
                format!("{file}: the same in {more} more {word}"),
            ));
        }
        return Err(problems);
    }
    let first = |column: &Vec<u32>| -> Vec<u32> {
        if column.is_empty() {
            Vec::new()
        } else {
            members.iter().map(|samples| column[samples[0]]).collect()
        }
    };
    let patient_of = first(&cohort.patient_of);
    let joined = Cohort {
        samples: by_unit.keys().map(|unit| &names[*unit as usize]).collect(),
        rows: members
            .iter()
            .map(|samples| cohort.rows[samples[0]])
            .collect(),
        images: members.iter().map(|_| "").collect(),
        patient_of,
        patients: cohort.patients.clone(),
        clustered: cohort.clustered,
        study_of: first(&cohort.study_of),
        studies: cohort.studies.clone(),
        attributes,
        truth,
        flow: cohort.flow.clone(),
    };
    Ok(Unit {
        cohort: joined,
        members,
    })
}

fn joined_truth(
    truth: &[Truth],
    members: &[Vec<usize>],
    rule: TruthRule,
    rows: &[usize],
    word: &str,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Truth> {
    members
        .iter()
        .map(|samples| {
            let known: Vec<(usize, Truth)> = samples.iter().map(|sample| (*sample, truth[*sample])).filter(|(_, truth)| *truth != Truth::Indeterminate).collect();
            let has = |wanted: Truth| known.iter().any(|(_, truth)| *truth == wanted);
            match rule {
                _ if known.is_empty() => Truth::Indeterminate,
                TruthRule::Any if has(Truth::Positive) => Truth::Positive,
                // A negative is only sure when nothing is unknown.
                TruthRule::Any if known.len() < samples.len() => Truth::Indeterminate,
                TruthRule::Any => Truth::Negative,
                TruthRule::All if has(Truth::Negative) => Truth::Negative,
                TruthRule::All if known.len() < samples.len() => Truth::Indeterminate,
                TruthRule::All => Truth::Positive,
                TruthRule::First => known[0].1,
                TruthRule::MustAgree => {
                    if has(Truth::Positive) && has(Truth::Negative) {
                        let places: Vec<usize> = known.iter().map(|(sample, _)| rows[*sample]).collect();
                        problems.push(
                            Diagnostic::error("truth-differs-within-unit", format!("{}: the truth of samples that are joined to {word} differs", named_rows(&places)))
                                .help("write `truth: any`, `all` or `first` in `aggregate` if that is meant"),
                        );
                    }
                    known[0].1
                }
            }
        })
        .collect()
}

fn joined_attribute(
    attribute: &AttributeColumn,
    members: &[Vec<usize>],
    rule: AttributeRule,
    rows: &[usize],
    word: &str,
    problems: &mut Vec<Diagnostic>,
) -> AttributeColumn {
    let missing = attribute.missing_code();
    let codes = members
        .iter()
        .map(|samples| {
            let known: Vec<u16> = samples.iter().map(|sample| attribute.codes[*sample]).filter(|code| Some(*code) != missing).collect();
            let Some(first) = known.first() else {
                return missing.unwrap_or_default();
            };
            match rule {
                AttributeRule::First => *first,
                AttributeRule::Max => known.iter().copied().max().unwrap_or(*first),
                AttributeRule::Min => known.iter().copied().min().unwrap_or(*first),
                AttributeRule::MustAgree => {
                    if known.iter().any(|code| code != first) {
                        let places: Vec<usize> = samples.iter().map(|sample| rows[*sample]).collect();
                        problems.push(
                            Diagnostic::error("attribute-differs-within-unit", format!("{}: {} of samples that are joined to {word} differs", named_rows(&places), attribute.column))
                                .help("write `attribute: first`, `max` or `min` in `aggregate` if that is meant"),
                        );
                    }
                    *first
                }
            }
        })
        .collect();
    let mut joined = AttributeColumn {
        codes,
        ..attribute.clone()
    };
    let still_missing = missing.is_some_and(|code| joined.codes.contains(&code));
    if !still_missing {
        joined.levels.retain(|level| level != MISSING_LEVEL);
    }
    joined
}
