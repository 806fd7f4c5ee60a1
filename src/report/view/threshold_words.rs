//! How a threshold was chosen, in words: the same on the first page, in methods and limitations.

use crate::assessment::ThresholdChoice;

use super::super::result::EndpointSummary;
use super::super::{format, names};

/// What the rule asks for.
pub(super) fn rule(rule: &str, target: Option<f64>) -> String {
    let target = target.map_or_else(String::new, |target| format!("{target}"));
    match rule {
        "youden" => "the largest Youden index".to_owned(),
        "target_sensitivity" => {
            format!("a sensitivity of at least {target} with the fewest called positive")
        }
        "target_specificity" => {
            format!("a specificity of at least {target} with the most called positive")
        }
        "same_sensitivity" => {
            "at least the sensitivity that the whole cohort has at the fixed threshold".to_owned()
        }
        other => other.to_owned(),
    }
}

/// Where it was chosen, in a few words for the first page.
pub(super) fn in_short(endpoint: &EndpointSummary) -> &'static str {
    match endpoint.threshold_choice.as_ref().map(|c| c.on.as_str()) {
        None => "fixed in the audit file",
        Some("tuning") => "chosen on a tuning split that is not measured",
        Some(_) => {
            "chosen on the measured samples themselves, so that the figures at it are optimistic"
        }
    }
}

/// How it was chosen, as sentences.
pub(super) fn in_full(endpoint: &EndpointSummary) -> String {
    let Some(choice) = &endpoint.threshold_choice else {
        return format!(
            "The threshold of {}, {}, is fixed in the audit file.",
            names::name(&endpoint.name),
            endpoint.threshold
        );
    };
    let achieved = format!(
        "among {} of {} ({} positive, {} negative), for {}; sensitivity {} and specificity {} there",
        format::counted(choice.n, "sample", "samples"),
        format::counted(choice.n_patients, "patient", "patients"),
        format::count(choice.n_positive),
        format::count(choice.n_negative),
        rule(&choice.rule, choice.target),
        format::number(choice.sensitivity, 3),
        format::number(choice.specificity, 3),
    );
    let begin = format!(
        "The threshold of {}, {},",
        names::name(&endpoint.name),
        endpoint.threshold
    );
    if choice.on == "tuning" {
        return format!(
            "{begin} was chosen on the tuning split, {achieved}. These samples are not measured. Limits of measured figures take the threshold \
             as given."
        );
    }
    format!(
        "{begin} was chosen on the measured samples themselves, {achieved}. {} Every figure at this threshold is optimistic; its limits come from \
         pairs of resamples, the first choosing the threshold and the second measured, and are never narrower than limits that take the \
         threshold as given. Global tests of attributes take it as given too: it was chosen without looking at groups. No requirement was \
         decided at it.",
        uncertainty(choice)
    )
}

fn uncertainty(choice: &ThresholdChoice) -> String {
    match (choice.lower, choice.upper, choice.confidence_level) {
        (Some(lower), Some(upper), Some(level)) => format!(
            "Chosen anew in {} of patients it lay between {lower} and {upper} ({}).",
            format::counted(
                choice.replicates.unwrap_or_default(),
                "resample",
                "resamples"
            ),
            format::percent(level)
        ),
        _ => format!(
            "Its own uncertainty is not known: {}.",
            choice
                .reason
                .as_deref()
                .unwrap_or("there were no resamples")
        ),
    }
}
