//! Contradictions in the table that would falsify every number made from it.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::config::{Diagnostic, Span};

use super::rows::named_rows;
use super::{AttributeColumn, Cohort, Names};

/// Columns of which a person has one value: a change within a patient is a contradiction.
const FIXED_IN_A_PERSON: [&str; 9] = [
    "sex",
    "gender",
    "birth_sex",
    "sex_at_birth",
    "patient_sex",
    "patientsex",
    "race",
    "ethnicity",
    "ancestry",
];

/// Every sample occurs once. `kept` and `ids` are parallel.
pub(super) fn duplicates(
    ids: &Names,
    kept: &[usize],
    column: &str,
    span: Span,
    file: &str,
    found: &mut Vec<Diagnostic>,
) {
    if ids.iter().is_sorted_by(|a, b| a < b) {
        return;
    }
    // Sorted places instead of a map: a million ids cost eight megabytes.
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by(|a, b| ids[*a].cmp(&ids[*b]));
    let repeated: Vec<(&str, Vec<usize>)> = order
        .chunk_by(|a, b| ids[*a] == ids[*b])
        .filter(|same| same.len() > 1)
        .map(|same| {
            (
                &ids[same[0]],
                same.iter().map(|place| kept[*place]).collect(),
            )
        })
        .collect();
    for (id, rows) in repeated.iter().take(10) {
        found.push(
            Diagnostic::error("duplicate-sample", format!("{file} {}: {column} is \"{id}\" more than once, expected every sample once", named_rows(rows)))
                .at(span)
                .help("remove the repeated rows, or name a column of unique ids in `cohort.columns.sample`"),
        );
    }
    if repeated.len() > 10 {
        let rows: Vec<usize> = repeated
            .iter()
            .skip(10)
            .flat_map(|(_, rows)| rows.iter().copied())
            .collect();
        found.push(
            Diagnostic::error(
                "duplicate-sample",
                format!(
                    "{file}: {} more samples occur more than once ({})",
                    repeated.len() - 10,
                    named_rows(&rows)
                ),
            )
            .at(span),
        );
    }
}

/// Attributes that differ between samples of one patient: a contradiction for what a person
/// has once, worth a note for the rest (site, view, age), since the groups then share patients.
pub(super) fn varying_attributes(cohort: &Cohort, file: &str, found: &mut Vec<Diagnostic>) {
    if !cohort.clustered {
        return;
    }
    let varying: Vec<BTreeSet<u32>> = cohort
        .attributes
        .par_iter()
        .map(|attribute| patients_with_several_levels(cohort, attribute))
        .collect();
    for (attribute, varying) in cohort.attributes.iter().zip(varying) {
        if varying.is_empty() {
            continue;
        }
        let fixed = FIXED_IN_A_PERSON.iter().any(|known| {
            attribute.name.eq_ignore_ascii_case(known)
                || attribute.column.eq_ignore_ascii_case(known)
        });
        // This is in the report: how many there are, and nobody's id or row.
        let column = &attribute.column;
        let message = match varying.len() {
            1 => format!("{file}: 1 patient has several levels of {column}"),
            n => format!("{file}: {n} patients have several levels of {column}"),
        };
        found.push(if fixed {
            Diagnostic::warning("contradicting-attribute", message)
                .help("a patient is counted in every group it is given; correct the table, or check that the patient column names patients")
        } else {
            Diagnostic::note("attribute-varies-within-patient", message)
                .help("groups of this attribute share patients; comparisons between them account for it")
        });
    }
}

/// Patients with more than one known level.
fn patients_with_several_levels(cohort: &Cohort, attribute: &AttributeColumn) -> BTreeSet<u32> {
    let missing = attribute.missing_code();
    let mut first: Vec<Option<usize>> = vec![None; cohort.patients.len()];
    let mut several = BTreeSet::new();
    for (sample, patient) in cohort.patient_of.iter().enumerate() {
        if missing == Some(attribute.codes[sample]) {
            continue;
        }
        let one = *first[*patient as usize].get_or_insert(sample);
        if attribute.codes[one] != attribute.codes[sample] {
            several.insert(*patient);
        }
    }
    several
}
