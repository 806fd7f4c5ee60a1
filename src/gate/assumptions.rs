//! Which rules of a planned gate can be simulated under what is assumed, and what that is.

use crate::cohort::{Cohort, Truth};
use crate::config::{
    AssumeSpec, Assumed, Audit, Endpoint, Family, GateSpec, GatedMetric, Located, Rule,
};

use super::NotSimulated;
use super::simulated::correlation;
use super::simulated_probabilities::impossible;

/// Rules whose endpoint has all that they need, one copy for each endpoint, and the rest with
/// the reason.
pub(super) fn simulated_rules(
    audit: &Audit,
    cohort: &Cohort,
    gate: &GateSpec,
    assume: &AssumeSpec,
) -> (Vec<Family>, Vec<NotSimulated>) {
    let mut not_simulated = Vec::new();
    let mut families = Vec::new();
    for family in &gate.families {
        let mut rules: Vec<Rule> = Vec::new();
        for rule in &family.rules {
            for (place, endpoint) in audit.endpoints.iter().enumerate() {
                let asked = rule
                    .endpoint
                    .as_ref()
                    .is_none_or(|only| only.value == endpoint.name.value);
                let assumed = assume.of(&endpoint.name.value);
                let possible = || match of_probabilities(rule.metric) {
                    true => possible(&cohort.truth[place], assumed),
                    false => Ok(()),
                };
                match needs(rule.metric, assumed).and_then(|()| possible()) {
                    _ if !asked => {}
                    Ok(()) => rules.push(Rule {
                        endpoint: Some(Located::new(
                            endpoint.name.value.clone(),
                            endpoint.name.span,
                        )),
                        ..rule.clone()
                    }),
                    Err(reason) => not_simulated.push(NotSimulated {
                        requirement: rule.id.value.clone(),
                        endpoint: endpoint.name.value.clone(),
                        reason,
                    }),
                }
            }
        }
        if !rules.is_empty() {
            families.push(Family {
                name: family.name.clone(),
                rules,
            });
        }
    }
    (families, not_simulated)
}

/// Whether a metric is of probabilities.
pub(super) fn of_probabilities(metric: GatedMetric) -> bool {
    matches!(
        metric,
        GatedMetric::Brier
            | GatedMetric::OeRatio
            | GatedMetric::CalibrationIntercept
            | GatedMetric::CalibrationSlope
    )
}

/// Whether a model can have the assumed O:E ratio.
fn possible(truth: &[Truth], assumed: Assumed) -> Result<(), String> {
    let count = |wanted: Truth| truth.iter().filter(|own| **own == wanted).count() as f64;
    let (positive, negative) = (count(Truth::Positive), count(Truth::Negative));
    let prevalence = positive / (positive + negative).max(1.0);
    impossible(prevalence, assumed.oe_ratio.unwrap_or(1.0)).map_or(Ok(()), Err)
}

/// Whether all is assumed that a metric follows from.
fn needs(metric: GatedMetric, assumed: Assumed) -> Result<(), String> {
    let missing: Vec<&str> = match metric {
        GatedMetric::Sensitivity => vec![("sensitivity", assumed.sensitivity)],
        GatedMetric::Specificity => vec![("specificity", assumed.specificity)],
        GatedMetric::Auroc => vec![("auroc", assumed.auroc)],
        GatedMetric::Ppv | GatedMetric::Npv | GatedMetric::Accuracy | GatedMetric::FlagRate => {
            vec![
                ("sensitivity", assumed.sensitivity),
                ("specificity", assumed.specificity),
            ]
        }
        GatedMetric::DecisionFlips => {
            return Err("reruns are not simulated".to_owned());
        }
        // O:E ratio and slope are 1 where nothing else is declared.
        GatedMetric::Brier
        | GatedMetric::OeRatio
        | GatedMetric::CalibrationIntercept
        | GatedMetric::CalibrationSlope => vec![("auroc", assumed.auroc)],
        GatedMetric::Task(_) => {
            let id = metric.id();
            return Err(format!(
                "no assumption declared: {id} is not among what can be assumed"
            ));
        }
    }
    .into_iter()
    .filter(|(_, value)| value.is_none())
    .map(|(name, _)| name)
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let why = if of_probabilities(metric) {
        format!(
            ", from which the spread of the simulated probabilities follows, and with it the limits of {}",
            metric.id()
        )
    } else {
        String::new()
    };
    Err(format!(
        "no assumption declared: `gate.assume` has no {}{why}",
        missing.join(" and no ")
    ))
}

/// What is assumed of an endpoint, in words.
pub(super) fn in_words(
    audit: &Audit,
    cohort: &Cohort,
    (endpoint, assume): (&Endpoint, &AssumeSpec),
    says_probabilities: bool,
) -> String {
    let assumed = assume.of(&endpoint.name.value);
    let clustered = cohort.clustered && audit.statistics.clusters;
    let mut parts: Vec<String> = [
        ("sensitivity", assumed.sensitivity),
        ("specificity", assumed.specificity),
        ("auroc", assumed.auroc),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|value| format!("{name} {value}")))
    .collect();
    for (name, value) in [
        ("oe_ratio", assumed.oe_ratio),
        ("calibration_slope", assumed.calibration_slope),
    ] {
        match value {
            Some(value) => parts.push(format!("{name} {value}")),
            None if says_probabilities => parts.push(format!("{name} 1 (none declared)")),
            None => {}
        }
    }
    parts.push(if clustered {
        format!(
            "intracluster correlation {}{}",
            correlation(clustered, assumed),
            if assumed.intracluster_correlation.is_none() {
                " (none declared)"
            } else {
                ""
            }
        )
    } else {
        "samples independent".to_owned()
    });
    let parts = parts.join(", ");
    if audit.several_endpoints() {
        format!("{}: {parts}", endpoint.name.value)
    } else {
        parts
    }
}
