//! Samples joined to the units that are measured.

use std::borrow::Cow;

use crate::cohort::{self, Cohort};
use crate::config::{AggregationUnit, Audit, Diagnostic, Direction};
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
    let lower = lower_is_positive(audit, predictions);
    // Place of the next step among the cohort's units, which hold none of patients.
    let mut place = 0;
    for aggregation in &audit.aggregate {
        let unit = cohort::unit_of(&current.0, aggregation, place, &file)?;
        let scores = inference::aggregate(&current.1, &unit.members, aggregation, &lower);
        current = (Cow::Owned(unit.cohort), Cow::Owned(scores));
        place += usize::from(matches!(aggregation.to, AggregationUnit::Column { .. }));
    }
    Ok(current)
}

/// For each score whether lower is more positive. Endpoints of one score agree where it matters.
fn lower_is_positive(audit: &Audit, predictions: &Predictions) -> Vec<bool> {
    let mut lower = vec![false; predictions.names.len()];
    for endpoint in &audit.endpoints {
        let name = endpoint.score.as_ref().map(|name| name.value.as_str());
        if let Some(place) = predictions.position(name) {
            lower[place] |= endpoint.direction == Direction::Lower;
        }
    }
    lower
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
