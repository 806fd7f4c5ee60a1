//! Whether so many samples failed, or scores lie so far from the makers', that no metric can be
//! trusted.

use crate::cohort::crossings;

use super::evaluate::GateInput;
use super::selection::{Selected, select};

/// `None` when the failed samples stay within what the audit file allows, overall and in every
/// gated stratum, and the scores are near enough to the makers'; otherwise a sentence.
pub(super) fn inputs_trusted(input: &GateInput<'_>) -> Option<String> {
    if let Some((failed, all)) = input.tuning
        && failed > 0
        && failed as f64 > input.audit.cohort.max_failed_share * all as f64
    {
        return Some(format!(
            "{failed} of {all} samples of the tuning split could not be scored, the audit allows a share of {}",
            input.audit.cohort.max_failed_share
        ));
    }
    if let Some(reason) = input.not_the_makers {
        return Some(reason.to_owned());
    }
    let (cohort, predictions) = input.samples;
    let allowed = input.audit.cohort.max_failed_share;
    let failed: Vec<usize> = predictions.failures().map(|(sample, _)| sample).collect();
    if failed.is_empty() {
        return None;
    }
    let strata = &crossings(cohort, &input.audit.intersections);
    let overall: Vec<Selected<'_>> = strata
        .iter()
        .take(1)
        .map(|strata| Selected { strata, level: 0 })
        .collect();
    let rules = input
        .audit
        .gate
        .iter()
        .flat_map(|gate| &gate.families)
        .flat_map(|family| &family.rules);
    let gated = rules.flat_map(|rule| select(rule, strata));
    for one in overall.into_iter().chain(gated) {
        let inside = |sample: usize| usize::from(one.strata.codes[sample]) == one.level;
        let count = failed.iter().filter(|sample| inside(**sample)).count();
        let all = (0..cohort.len()).filter(|sample| inside(*sample)).count();
        if count > 0 && count as f64 > allowed * all as f64 {
            let place = if one.strata.parts.is_empty() {
                "the cohort".to_owned()
            } else {
                format!("{}={}", one.strata.attribute, one.level_name())
            };
            let withheld = input
                .hidden
                .holds_for_any(&one.strata.attribute, one.level_name());
            if withheld {
                return Some(format!(
                    "more samples of {place} could not be scored than the share of {allowed} that the audit allows (their numbers are withheld)"
                ));
            }
            return Some(format!(
                "{count} of {all} samples of {place} could not be scored, the audit allows a share of {allowed}"
            ));
        }
    }
    None
}
