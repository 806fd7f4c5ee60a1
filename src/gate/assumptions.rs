//! Which rules of a planned gate can be simulated under what is assumed, and what that is.

use crate::cohort::Cohort;
use crate::config::{
    AssumeSpec, Assumed, Audit, Endpoint, Family, GateSpec, GatedMetric, Located, Rule,
};

use super::NotSimulated;
use super::simulated::correlation;

/// Rules whose endpoint has all that they need, one copy for each endpoint, and the rest with
/// the reason.
pub(super) fn simulated_rules(
    audit: &Audit,
    gate: &GateSpec,
    assume: &AssumeSpec,
) -> (Vec<Family>, Vec<NotSimulated>) {
    let mut not_simulated = Vec::new();
    let mut families = Vec::new();
    for family in &gate.families {
        let mut rules: Vec<Rule> = Vec::new();
        for rule in &family.rules {
            for endpoint in &audit.endpoints {
                let asked = rule
                    .endpoint
                    .as_ref()
                    .is_none_or(|only| only.value == endpoint.name.value);
                match needs(rule.metric, assume.of(&endpoint.name.value)) {
                    _ if !asked => {}
                    Ok(()) if rule.baseline.is_some() => not_simulated.push(NotSimulated {
                        requirement: rule.id.value.clone(),
                        endpoint: endpoint.name.value.clone(),
                        reason: "comparisons with a baseline are not simulated".to_owned(),
                    }),
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
        GatedMetric::Brier
        | GatedMetric::OeRatio
        | GatedMetric::CalibrationIntercept
        | GatedMetric::CalibrationSlope
        | GatedMetric::Task(_) => {
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
    Err(format!(
        "no assumption declared: `gate.assume` has no {}",
        missing.join(" and no ")
    ))
}

/// What is assumed of an endpoint, in words.
pub(super) fn in_words(
    audit: &Audit,
    cohort: &Cohort,
    endpoint: &Endpoint,
    assume: &AssumeSpec,
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
