//! Correlation of the estimates of one family, from what each patient contributes to them.

use crate::assessment::{Metric, influence};
use crate::config::{Compare, Relation};
use crate::statistics;

use super::evaluate::{GateInput, Pending, reference_members};
use super::joined::Joined;

/// Correlations of the statistics behind the p-values of these checks: positive where both fail
/// together. Patients are the units; samples where they are taken as independent.
///
/// # Errors
/// The check whose metric has no influence function, in words.
pub(super) fn correlation(
    input: &GateInput<'_>,
    checks: &[&Pending<'_>],
    joined: &Joined<'_>,
) -> Result<Vec<Vec<f64>>, String> {
    let influences = checks
        .iter()
        .map(|check| of_check(input, check, joined))
        .collect::<Result<Vec<_>, String>>()?;
    statistics::influence_correlation(&influences).map_err(|why| why.to_string())
}

fn of_check(
    input: &GateInput<'_>,
    check: &Pending<'_>,
    joined: &Joined<'_>,
) -> Result<Vec<f64>, String> {
    let Some(place) = check.place else {
        return Err("it is not computed for endpoints with a task".to_owned());
    };
    let Some(metric) = Metric::of_gate(check.rule.metric) else {
        return Err("a count of reruns has no influence function".to_owned());
    };
    if check.rule.baseline.is_some() {
        return Err("a baseline holds no patients to take the correlation from".to_owned());
    }
    let measured = joined.of(place, metric);
    let count = if measured.clustered {
        input.cohort.patients.len()
    } else {
        input.cohort.len()
    };
    let of_places = |places: &[u32]| {
        influence(
            metric,
            &measured.group(places),
            &measured.units(places),
            count,
        )
        .map_err(|why| why.to_string())
    };
    let mut own = of_places(&measured.members(check.selected.strata, check.selected.level))?;
    if check.rule.compare != Compare::None {
        let other = of_places(&reference_members(
            input.audit,
            check.rule,
            check.selected,
            measured,
        ))?;
        own.iter_mut()
            .zip(other)
            .for_each(|(own, other)| *own -= other);
    }
    // A ceiling fails upwards: its statistic is the estimate turned round.
    if check.rule.require.relation == Relation::AtMost {
        own.iter_mut().for_each(|value| *value = -*value);
    }
    Ok(own)
}
