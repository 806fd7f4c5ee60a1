//! Order of strata and metrics on the page.

use std::collections::BTreeSet;

use crate::assessment::Estimate;

use super::super::index::Index;
use super::super::{names, words};

/// Metrics in the order in which people read them; others follow in the result's order.
const METRIC_ORDER: [&str; 34] = [
    "sensitivity",
    "specificity",
    "auroc",
    "ppv",
    "npv",
    "ppv_at_prevalence",
    "npv_at_prevalence",
    "accuracy",
    "balanced_accuracy",
    "youden",
    "f1",
    "mcc",
    "likelihood_ratio_positive",
    "likelihood_ratio_negative",
    "diagnostic_odds_ratio",
    "flag_rate",
    "prevalence",
    "sensitivity_at_specificity",
    "specificity_at_sensitivity",
    "partial_auroc",
    "auprc",
    "oe_ratio",
    "calibration_intercept",
    "calibration_slope",
    "brier",
    "scaled_brier",
    "ece_width",
    "ece_mass",
    "rms_calibration_error_debiased",
    "spiegelhalter_z",
    "ici",
    "e50",
    "e90",
    "emax",
];

/// Attributes with their levels: the whole cohort, then single attributes, then crossings.
pub(super) fn strata<'a>(
    items: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (attribute, level) in items {
        if !seen.insert((attribute, level)) {
            continue;
        }
        match groups.iter_mut().find(|(name, _)| *name == attribute) {
            Some((_, levels)) => levels.push(level),
            None => groups.push((attribute, vec![level])),
        }
    }
    groups.sort_by_key(|(name, _)| rank(name));
    groups
}

/// 0 for the whole cohort, 1 for an attribute, 2 for a crossing.
pub(super) fn rank(attribute: &str) -> u8 {
    match attribute {
        "overall" => 0,
        a if a.contains('*') => 2,
        _ => 1,
    }
}

/// Strata that have estimates.
pub(super) fn of_estimates(estimates: &[Estimate]) -> Vec<(&str, Vec<&str>)> {
    strata(
        estimates
            .iter()
            .map(|e| (e.attribute.as_str(), e.level.as_str())),
    )
}

/// Metrics of a list in reading order.
pub(super) fn metrics<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for id in ids {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    let place = |id: &str| {
        let id = words::given_at(id).map_or(id, |(metric, _)| metric);
        METRIC_ORDER
            .iter()
            .position(|m| *m == id)
            .unwrap_or(METRIC_ORDER.len())
    };
    found.sort_by_key(|id| place(id));
    found
}

/// Binary endpoints in the audit's order.
pub(super) fn endpoints<'a>(index: &Index<'a>) -> Vec<&'a str> {
    let declared: Vec<&str> = index
        .result
        .methods
        .endpoints
        .iter()
        .map(|e| e.name.as_str())
        .collect();
    if !declared.is_empty() || !index.result.methods.tasks.is_empty() {
        return declared;
    }
    let mut found: Vec<&str> = Vec::new();
    for e in &index.result.estimates {
        if !found.contains(&e.endpoint.as_str()) {
            found.push(&e.endpoint);
        }
    }
    found
}

/// Binary endpoints, then endpoints with a task and their parts.
pub(super) fn all_endpoints<'a>(index: &Index<'a>) -> Vec<&'a str> {
    let mut all = endpoints(index);
    for task in &index.result.methods.tasks {
        all.extend(task.parts.iter().map(String::as_str));
    }
    all
}

/// ` (endpoint)` when there are several, nothing otherwise.
pub(super) fn of_endpoint(index: &Index<'_>, endpoint: &str) -> String {
    // A part of an endpoint is always named.
    if index.several_endpoints() || endpoint.contains(':') {
        format!(" \u{b7} {}", names::name(endpoint))
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_cohort_first_crossings_last_and_no_stratum_twice() {
        let items = [
            ("sex*site", "F*A"),
            ("site", "B"),
            ("overall", "all"),
            ("site", "A"),
            ("site", "B"),
        ];
        assert_eq!(
            strata(items.into_iter()),
            vec![
                ("overall", vec!["all"]),
                ("site", vec!["B", "A"]),
                ("sex*site", vec!["F*A"])
            ]
        );
        assert_eq!(
            metrics(["odd", "auroc", "sensitivity", "auroc"].into_iter()),
            ["sensitivity", "auroc", "odd"]
        );
    }
}
