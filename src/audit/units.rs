//! Samples joined to the units that are measured.

use std::borrow::Cow;

use crate::cohort::{self, Cohort};
use crate::config::{Audit, Diagnostic};
use crate::inference::{self, Predictions};

/// A cohort and its scores, as samples or as what `aggregate` joins them to.
pub(super) type Units<'a> = (Cow<'a, Cohort>, Cow<'a, Predictions>);

/// The units that are measured. Without `aggregate` they are the samples themselves.
///
/// # Errors
/// Truth values or attributes that differ within a unit although they must agree, with rows.
pub(super) fn units<'a>(
    audit: &Audit,
    cohort: &'a Cohort,
    predictions: &'a Predictions,
) -> Result<Units<'a>, Vec<Diagnostic>> {
    let file = audit
        .cohort
        .manifest
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let mut current = (Cow::Borrowed(cohort), Cow::Borrowed(predictions));
    for aggregation in &audit.aggregate {
        let unit = cohort::unit_of(&current.0, aggregation, &file)?;
        let scores = inference::aggregate(&current.1, &unit.members, aggregation.by);
        current = (Cow::Owned(unit.cohort), Cow::Owned(scores));
    }
    Ok(current)
}

/// Whether the samples can be joined, before any model runs.
///
/// # Errors
/// As [`units`].
pub(super) fn check(audit: &Audit, cohort: &Cohort) -> Result<(), Vec<Diagnostic>> {
    units(
        audit,
        cohort,
        &Predictions::unscored(Vec::new(), false, cohort.len()),
    )
    .map(|_| ())
}
