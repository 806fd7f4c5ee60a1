//! Joining samples to larger units: images to studies, studies to patients.

use std::collections::BTreeMap;

use crate::config::{Aggregation, AggregationUnit, AttributeRule, Diagnostic, TruthRule};

use crate::tables::row_index;

use super::{
    AttributeColumn, Cohort, MISSING_LEVEL, Names, Truth, UnitColumn, ValueColumn, named_rows,
};

/// A cohort whose samples are joined units, and the samples that each unit was made of.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The units as samples: ids are those of the study or patient.
    pub cohort: Cohort,
    /// Indexes of the joined samples, in the manifest's order, by unit.
    pub members: Vec<Vec<usize>>,
}

/// How samples are joined to larger units.
pub(super) struct Joining<'a> {
    /// Indexes of the joined samples, in the manifest's order, by unit. None is empty.
    pub(super) members: &'a [Vec<usize>],
    pub(super) truth: TruthRule,
    pub(super) attribute: AttributeRule,
    /// Several units, in words.
    pub(super) word: &'a str,
    /// Section of the audit file whose `truth` and `attribute` say otherwise.
    pub(super) allow: &'a str,
    /// What people call the table.
    pub(super) file: &'a str,
}

/// Joins the samples of `cohort` after the rules of `aggregation`. `place`: which of the cohort's
/// units it is, where it is none of patients.
///
/// # Errors
/// Every unit whose truth or attribute differs although it must agree, or that lies in more than
/// one patient or larger unit, with rows.
pub fn unit_of(
    cohort: &Cohort,
    aggregation: &Aggregation,
    place: usize,
    file: &str,
) -> Result<Unit, Vec<Diagnostic>> {
    let (of, names) = match (&aggregation.to, cohort.units.get(place)) {
        (AggregationUnit::Column { .. }, Some(unit)) => (&unit.of, &unit.names),
        _ => (&cohort.patient_of, &cohort.patients),
    };
    let mut by_unit: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (sample, unit) in of.iter().enumerate() {
        by_unit.entry(*unit).or_default().push(sample);
    }
    for samples in by_unit.values_mut() {
        samples.sort_by_key(|sample| cohort.rows[*sample]);
    }
    let members: Vec<Vec<usize>> = by_unit.values().cloned().collect();
    let joining = Joining {
        members: &members,
        truth: aggregation.truth,
        attribute: aggregation.attribute,
        word: aggregation.to.words(),
        allow: "aggregate",
        file,
    };
    let mut problems = Vec::new();
    if cohort.clustered {
        lies_in_one(
            &cohort.patient_of,
            "patient",
            cohort,
            &joining,
            &mut problems,
        );
    }
    if matches!(aggregation.to, AggregationUnit::Column { .. }) {
        for larger in cohort.units.iter().skip(place + 1) {
            lies_in_one(&larger.of, "larger unit", cohort, &joining, &mut problems);
        }
    }
    if !problems.is_empty() {
        return Err(shortened(problems, &joining));
    }
    let ids = by_unit.keys().map(|unit| &names[*unit as usize]).collect();
    let cohort = join(cohort, ids, &joining)?;
    Ok(Unit { cohort, members })
}

/// What is joined must be part of one larger unit, since it counts there once.
fn lies_in_one(
    of: &[u32],
    larger: &str,
    cohort: &Cohort,
    joining: &Joining<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    for samples in joining.members {
        if samples.iter().all(|sample| of[*sample] == of[samples[0]]) {
            continue;
        }
        let rows: Vec<usize> = samples
            .iter()
            .map(|sample| row_index(cohort.rows[*sample]))
            .collect();
        let message = format!(
            "{}: samples that are joined to one of the {} belong to more than one {larger}",
            named_rows(&rows),
            joining.word
        );
        problems.push(Diagnostic::error("unit-not-nested", message).help(
            "correct the table, or name a column whose texts are different in every patient",
        ));
    }
}

/// The first problems, with the table's name.
fn shortened(mut problems: Vec<Diagnostic>, joining: &Joining<'_>) -> Vec<Diagnostic> {
    const SHOWN: usize = 10;
    let more = problems.len().saturating_sub(SHOWN);
    problems.truncate(SHOWN);
    for problem in &mut problems {
        problem.message = format!("{} {}", joining.file, problem.message);
    }
    if more > 0 {
        problems.push(Diagnostic::error(
            "differs-within-unit",
            format!("{}: the same in {more} more {}", joining.file, joining.word),
        ));
    }
    problems
}

/// A cohort of units named `ids` out of their members.
///
/// # Errors
/// Every unit whose truth or attribute differs although it must agree, with rows.
pub(super) fn join(
    cohort: &Cohort,
    ids: Names,
    joining: &Joining<'_>,
) -> Result<Cohort, Vec<Diagnostic>> {
    let members = joining.members;
    // Rows are kept as people count them; the naming of rows counts from 0.
    let rows: Vec<usize> = cohort.rows.iter().map(|row| row_index(*row)).collect();
    let mut problems = Vec::new();
    let truth = cohort.truth.iter();
    let truth = truth
        .map(|truth| joined_truth(truth, &rows, joining, &mut problems))
        .collect();
    let values = cohort.values.iter();
    let values = values
        .map(|column| joined_values(column, &rows, joining, &mut problems))
        .collect();
    let attributes = cohort.attributes.iter();
    let attributes = attributes
        .map(|attribute| joined_attribute(attribute, &rows, joining, &mut problems))
        .collect();
    if !problems.is_empty() {
        return Err(shortened(problems, joining));
    }
    let first = |column: &Vec<u32>| -> Vec<u32> {
        members.iter().map(|samples| column[samples[0]]).collect()
    };
    Ok(Cohort {
        samples: ids,
        rows: members
            .iter()
            .map(|samples| cohort.rows[samples[0]])
            .collect(),
        images: members.iter().map(|_| "").collect(),
        patient_of: first(&cohort.patient_of),
        patients: cohort.patients.clone(),
        clustered: cohort.clustered,
        units: cohort
            .units
            .iter()
            .map(|unit| UnitColumn {
                of: first(&unit.of),
                names: unit.names.clone(),
            })
            .collect(),
        sources: Vec::new(),
        inputs: Vec::new(),
        attributes,
        truth,
        values,
        flow: cohort.flow.clone(),
    })
}

fn joined_truth(
    truth: &[Truth],
    rows: &[usize],
    joining: &Joining<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Truth> {
    let (rule, word, allow) = (joining.truth, joining.word, joining.allow);
    joining
        .members
        .iter()
        .map(|samples| {
            let known: Vec<(usize, Truth)> = samples
                .iter()
                .map(|sample| (*sample, truth[*sample]))
                .filter(|(_, truth)| *truth != Truth::Indeterminate)
                .collect();
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
                        let places: Vec<usize> =
                            known.iter().map(|(sample, _)| rows[*sample]).collect();
                        problems.push(
                            Diagnostic::error(
                                "truth-differs-within-unit",
                                format!(
                                    "{}: the truth of samples that are joined to {word} differs",
                                    named_rows(&places)
                                ),
                            )
                            .help(format!(
                                "write `truth: any`, `all` or `first` in `{allow}` if that is meant"
                            )),
                        );
                    }
                    known[0].1
                }
            }
        })
        .collect()
}

/// Known texts must agree, unless the first is asked for.
fn joined_values(
    column: &ValueColumn,
    rows: &[usize],
    joining: &Joining<'_>,
    problems: &mut Vec<Diagnostic>,
) -> ValueColumn {
    let texts = joining.members.iter().map(|samples| {
        let mut known = samples
            .iter()
            .filter(|sample| column.texts[**sample].is_some());
        let first = known.next()?;
        let differs = known.any(|other| column.texts[*other] != column.texts[*first]);
        if differs && joining.truth != TruthRule::First {
            let places: Vec<usize> = samples.iter().map(|sample| rows[*sample]).collect();
            let message = format!(
                "{}: {} of samples that are joined to {} differs",
                named_rows(&places),
                column.column,
                joining.word
            );
            problems.push(
                Diagnostic::error("truth-differs-within-unit", message).help(format!(
                    "write `truth: first` in `{}` if that is meant",
                    joining.allow
                )),
            );
        }
        column.texts[*first].clone()
    });
    ValueColumn {
        column: column.column.clone(),
        texts: texts.collect(),
    }
}

fn joined_attribute(
    attribute: &AttributeColumn,
    rows: &[usize],
    joining: &Joining<'_>,
    problems: &mut Vec<Diagnostic>,
) -> AttributeColumn {
    let (rule, word, allow) = (joining.attribute, joining.word, joining.allow);
    let missing = attribute.missing_code();
    let codes = joining
        .members
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
                                .help(format!("write `attribute: first`, `max` or `min` in `{allow}` if that is meant")),
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
