//! The names that people read for metrics, groups and verdicts.

use super::result::AuditResult;
use crate::assessment::EstimateFlag;
use crate::gate::{AuditVerdict, Check, Verdict, WaiverState};
use crate::tasks;

/// A predictive value at one of several declared prevalences (`ppv_at_prevalence_0.05`): its metric
/// and the prevalence.
#[must_use]
pub fn given_at(id: &str) -> Option<(&'static str, &str)> {
    ["ppv_at_prevalence", "npv_at_prevalence"]
        .into_iter()
        .find_map(|metric| {
            let rest = id.strip_prefix(metric)?.strip_prefix('_')?;
            Some((metric, rest))
        })
}

/// Name of a metric in a sentence's beginning. An unknown id is shown as it is.
#[must_use]
pub fn metric(id: &str) -> &str {
    let id = given_at(id).map_or(id, |(metric, _)| metric);
    match id {
        "sensitivity" => "Sensitivity",
        "specificity" => "Specificity",
        "ppv" => "Positive predictive value",
        "npv" => "Negative predictive value",
        "accuracy" => "Accuracy",
        "balanced_accuracy" => "Balanced accuracy",
        "f1" => "F1",
        "flag_rate" => "Flag rate",
        "auroc" => "AUROC",
        "auprc" => "AUPRC",
        "brier" => "Brier score",
        "scaled_brier" => "Scaled Brier score",
        "oe_ratio" => "Observed over expected",
        "calibration_intercept" => "Calibration intercept",
        "calibration_slope" => "Calibration slope",
        "ece_width" => "ECE, bins of equal width",
        "ece_mass" => "ECE, bins of equal mass",
        "rms_calibration_error_debiased" => "RMS calibration error, debiased",
        "spiegelhalter_z" => "Spiegelhalter's z",
        "youden" => "Youden's J",
        "mcc" => "Matthews correlation",
        "likelihood_ratio_positive" => "Positive likelihood ratio",
        "likelihood_ratio_negative" => "Negative likelihood ratio",
        "diagnostic_odds_ratio" => "Diagnostic odds ratio",
        "ppv_at_prevalence" => "PPV at the declared prevalence",
        "npv_at_prevalence" => "NPV at the declared prevalence",
        "sensitivity_at_specificity" => "Sensitivity at the declared specificity",
        "specificity_at_sensitivity" => "Specificity at the declared sensitivity",
        "partial_auroc" => "Partial AUROC",
        "ici" => "Integrated calibration index",
        "e50" => "E50, median distance from calibration",
        "e90" => "E90, 90th percentile of the distance",
        "emax" => "Emax, largest distance from calibration",
        "prevalence" => "Prevalence",
        "decision_flips" => "Decisions that change on rerun",
        other => tasks::metric_text(other).map_or(other, |text| text.title),
    }
}

/// What a metric is, in one sentence; `None` for an unknown id.
#[must_use]
pub fn metric_definition(id: &str) -> Option<&'static str> {
    let id = given_at(id).map_or(id, |(metric, _)| metric);
    Some(match id {
        "sensitivity" => "Share of reference positives that the model calls positive.",
        "specificity" => "Share of reference negatives that the model calls negative.",
        "ppv" => {
            "Share of samples called positive that are reference positives. Depends on prevalence."
        }
        "npv" => {
            "Share of samples called negative that are reference negatives. Depends on prevalence."
        }
        "accuracy" => "Share of samples that the model calls rightly. Depends on prevalence.",
        "balanced_accuracy" => "Mean of sensitivity and specificity.",
        "f1" => {
            "Harmonic mean of sensitivity and positive predictive value. Depends on prevalence."
        }
        "flag_rate" => "Share of samples that the model calls positive.",
        "auroc" => {
            "Chance that a random positive has a higher score than a random negative; ties count one half."
        }
        "auprc" => "Area under the precision-recall curve. Depends on prevalence.",
        "brier" => "Mean squared difference between predicted probability and outcome; 0 is best.",
        "scaled_brier" => "Brier score relative to always predicting the prevalence; 1 is best.",
        "oe_ratio" => "Observed positives over the sum of predicted probabilities; 1 is best.",
        "calibration_intercept" => {
            "Intercept of logistic recalibration with the slope held at 1; 0 is best."
        }
        "calibration_slope" => {
            "Slope of logistic recalibration; 1 is best, below 1 means scores that are too extreme."
        }
        "ece_width" => {
            "Expected calibration error over ten bins of equal width. It is above 0 even for a perfectly calibrated model, the more so in small \
             groups: compare it with what such a model would show on this group\u{2019}s own scores. p is the share of such models with an error as large."
        }
        "ece_mass" => {
            "Expected calibration error over ten bins of equal size. It is above 0 even for a perfectly calibrated model, the more so in small \
             groups: compare it with what such a model would show on this group\u{2019}s own scores. p is the share of such models with an error as large."
        }
        "rms_calibration_error_debiased" => {
            "Root of the mean squared calibration error over ten bins of equal width, less what chance adds; 0 is best."
        }
        "spiegelhalter_z" => {
            "Test statistic for \u{201c}the probabilities are right\u{201d}; beyond about \u{b1}1.96 they are not."
        }
        "youden" => "Sensitivity + specificity \u{2212} 1; 0 is chance, 1 is best.",
        "mcc" => {
            "Correlation of decision and reference standard; 0 is chance, 1 is best. Depends on prevalence."
        }
        "likelihood_ratio_positive" => {
            "How many times more often the model calls a positive positive than a negative."
        }
        "likelihood_ratio_negative" => {
            "How many times as often the model calls a positive negative as a negative; 0 is best."
        }
        "diagnostic_odds_ratio" => "Positive over negative likelihood ratio; 1 is chance.",
        "ppv_at_prevalence" => {
            "Chance that a sample called positive is positive where positives are as common as the audit file declares (see Methods)."
        }
        "npv_at_prevalence" => {
            "Chance that a sample called negative is negative where positives are as common as the audit file declares (see Methods)."
        }
        "sensitivity_at_specificity" => {
            "Largest sensitivity at any threshold that keeps the specificity that the audit file declares (see Methods)."
        }
        "specificity_at_sensitivity" => {
            "Largest specificity at any threshold that keeps the sensitivity that the audit file declares (see Methods)."
        }
        "partial_auroc" => {
            "Area under the ROC curve between the declared specificity and 1 (see Methods); at most 1 \u{2212} that specificity."
        }
        "ici" => {
            "Mean absolute distance between predicted probability and the smooth calibration curve; 0 is best."
        }
        "e50" => {
            "Median absolute distance between predicted probability and the smooth calibration curve."
        }
        "e90" => "90th percentile of the absolute distance from the smooth calibration curve.",
        "emax" => {
            "Largest absolute distance from the smooth calibration curve among the group's samples."
        }
        "prevalence" => "Share of reference positives.",
        "decision_flips" => "Number of decisions that change when the model is run again.",
        other => return tasks::metric_text(other).map(|text| text.about),
    })
}

/// What the metric's own denominator holds: `positives`, `negatives` or `samples`.
#[must_use]
pub fn class_noun(metric: &str) -> &'static str {
    match metric {
        "sensitivity" => "positives",
        "specificity" => "negatives",
        "ppv" => "called positive",
        "npv" => "called negative",
        _ => "samples",
    }
}

/// A group in words: `Overall`, `site B`, `sex F × site B`.
#[must_use]
pub fn group(attribute: &str, level: &str) -> String {
    group_with(attribute, level, &str::to_owned)
}

/// The same, with `own` asked how a name of the audit's own is written.
pub(super) fn group_with(attribute: &str, level: &str, own: &dyn Fn(&str) -> String) -> String {
    if attribute == "overall" {
        return "Overall".to_owned();
    }
    let one = |attribute: &str, level: &str| match level {
        "(missing)" => format!("{} {MISSING}", own(attribute)),
        level => own(&format!("{attribute} {level}")),
    };
    match crossed(attribute, level) {
        Some(pairs) => joined(pairs.into_iter().map(|(a, l)| one(a, l))),
        None => one(attribute, level),
    }
}

/// A level where its attribute stands above it: `B`, `F × B`, `missing`.
#[must_use]
pub fn level(attribute: &str, level: &str) -> String {
    level_with(attribute, level, &str::to_owned)
}

/// The same, with `own` asked how a name of the audit's own is written.
pub(super) fn level_with(attribute: &str, level: &str, own: &dyn Fn(&str) -> String) -> String {
    if attribute == "overall" {
        return "Overall".to_owned();
    }
    let one = |level: &str| match level {
        "(missing)" => MISSING.to_owned(),
        level => own(level),
    };
    match crossed(attribute, level) {
        Some(pairs) => joined(pairs.into_iter().map(|(_, l)| one(l))),
        None => one(level),
    }
}

/// An attribute as a heading: `sex × site`.
#[must_use]
pub fn attribute(name: &str) -> String {
    attribute_with(name, &str::to_owned)
}

/// The same, with `own` asked how a name of the audit's own is written.
pub(super) fn attribute_with(name: &str, own: &dyn Fn(&str) -> String) -> String {
    if name == "overall" {
        "Overall".to_owned()
    } else {
        joined(name.split('*').map(own))
    }
}

/// What stands for a level of samples whose value is missing.
const MISSING: &str = "missing";

/// Attributes of a crossing with their levels; `None` where it is none, or a level itself holds a star.
fn crossed<'n>(attribute: &'n str, level: &'n str) -> Option<Vec<(&'n str, &'n str)>> {
    let n = attribute.split('*').count();
    let is_crossing = n > 1 && n == level.split('*').count();
    is_crossing.then(|| attribute.split('*').zip(level.split('*')).collect())
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" \u{d7} ")
}

/// Word of a check's verdict.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Pass",
        Verdict::Fail => "Fail",
        Verdict::Inconclusive => "Inconclusive",
        Verdict::NotEvaluable => "Not evaluable",
    }
}

/// Word of what came of a waiver.
#[must_use]
pub fn waiver_state(state: WaiverState) -> &'static str {
    match state {
        WaiverState::Applied => "applied",
        WaiverState::Unused => "unused",
        WaiverState::Expired => "expired",
        WaiverState::Void => "void",
        WaiverState::Invalid => "invalid",
    }
}

/// Class of a check's verdict in the style sheet.
#[must_use]
pub fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotEvaluable => "none",
    }
}

/// Exit code of an invalid waiver where nothing else blocks.
const INVALID_WAIVER: u8 = 7;

/// Word of the verdict of an audit's checks.
#[must_use]
pub fn verdict_word(verdict: AuditVerdict) -> &'static str {
    match verdict {
        AuditVerdict::Pass => "Pass",
        AuditVerdict::Fail => "Fail",
        AuditVerdict::Inconclusive => "Inconclusive",
        AuditVerdict::NotEvaluable => "Not evaluable",
        AuditVerdict::NoGate => "No requirements",
        AuditVerdict::Error => "Not trustworthy",
    }
}

/// The same of a whole result, or what blocks it beside its checks.
#[must_use]
pub fn audit_verdict(result: &AuditResult) -> &'static str {
    if is_blocked_by_a_waiver(result) {
        return "Blocked by an invalid waiver";
    }
    verdict_word(result.verdict)
}

fn is_blocked_by_a_waiver(result: &AuditResult) -> bool {
    i64::from(result.exit_code) == i64::from(INVALID_WAIVER)
}

/// What keeps an audit from being green that is no check of a group: inputs that cannot be trusted,
/// decisions that are not reproducible, an invalid waiver. Its code for `explain`, and a sentence.
#[must_use]
pub fn blocked_beside_checks(result: &AuditResult) -> Option<(String, &str)> {
    let code = i64::from(result.exit_code);
    [5, 6, 7]
        .contains(&code)
        .then(|| (format!("exit-{code}"), result.headline.as_str()))
}

/// Line of the audit file at which that stands: of an invalid waiver its own.
#[must_use]
pub fn blocked_beside_checks_at(result: &AuditResult) -> Option<u64> {
    let mut waivers = result.waivers.iter();
    let invalid = waivers.find(|waiver| waiver.state == WaiverState::Invalid);
    invalid
        .filter(|_| is_blocked_by_a_waiver(result))
        .map(|waiver| waiver.line)
}

/// Class of the audit's verdict in the style sheet.
#[must_use]
pub fn audit_verdict_class(result: &AuditResult) -> &'static str {
    match result.verdict {
        _ if is_blocked_by_a_waiver(result) => "fail",
        AuditVerdict::Pass => "pass",
        AuditVerdict::Fail | AuditVerdict::Error => "fail",
        AuditVerdict::Inconclusive => "inconclusive",
        AuditVerdict::NotEvaluable | AuditVerdict::NoGate => "none",
    }
}

/// `difference ≥ −0.05`, `≥ 0.85`, `= 0`.
#[must_use]
pub fn criterion(check: &Check) -> String {
    let relation = match check.relation.as_str() {
        ">=" => "\u{2265}",
        "<=" => "\u{2264}",
        "==" => "=",
        other => other,
    };
    let bound = super::format::bound(check.bound, &check.metric).replace('-', "\u{2212}");
    if check.reference.is_some() {
        format!("difference {relation} {bound}")
    } else {
        format!("{relation} {bound}")
    }
}

/// What stands in place of a check's estimate: that it could not be made, or is withheld.
#[must_use]
pub fn no_estimate(check: &Check) -> String {
    let word = if check.n_class.is_none() {
        super::format::WITHHELD
    } else {
        "not estimable"
    };
    word.to_owned()
}

/// Short mark of a flag, and what it means.
#[must_use]
pub fn flag(flag: EstimateFlag) -> (&'static str, &'static str) {
    match flag {
        EstimateFlag::Unreliable => (
            "unreliable",
            "effective n below 30 or an interval wider than 0.30",
        ),
        EstimateFlag::Exploratory => ("exploratory", "declared as exploratory"),
        EstimateFlag::FewCarriers => (
            "few carriers",
            "fewer than 5 patients carry the rarer outcome, so that the effective n was lowered",
        ),
        EstimateFlag::FewEvents => ("few events", "fewer than 200 events"),
        EstimateFlag::SamplesTakenAsIndependent => (
            "samples as independent",
            "no patient column: every sample was taken as independent",
        ),
        EstimateFlag::ThresholdChosenHere => (
            "threshold chosen here",
            "the threshold was chosen on the samples that are measured, so that the estimate is optimistic",
        ),
    }
}

/// Name of an adjustment of p-values; its id where it is not known.
#[must_use]
pub fn adjustment(id: &str) -> &str {
    match id {
        "holm" => "Holm",
        "hochberg" => "Hochberg",
        "benjamini_hochberg" => "Benjamini and Hochberg",
        "benjamini_yekutieli" => "Benjamini and Yekutieli",
        "max_t" => "max-T",
        other => other,
    }
}

/// A fragment as a sentence: upper case at the beginning, a full stop at the end.
#[must_use]
pub fn sentence(fragment: &str) -> String {
    let mut chars = fragment.trim().chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let mut out: String = first.to_uppercase().collect();
    out.push_str(chars.as_str());
    with_full_stop(&out)
}

/// A text with a full stop at its end, where it has none.
#[must_use]
pub fn with_full_stop(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// What the verdict stands on, as the value that is nearest to breaking the bound:
/// signed distance of the estimate to the bound, negative when it is on the wrong side.
#[must_use]
pub fn margin(check: &Check) -> Option<f64> {
    let estimate = check.estimate?;
    Some(match check.relation.as_str() {
        "<=" => check.bound - estimate,
        "==" => -(estimate - check.bound).abs(),
        _ => estimate - check.bound,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_read_as_words() {
        assert_eq!(group("overall", "all"), "Overall");
        assert_eq!(group("site", "B"), "site B");
        assert_eq!(group("sex*site", "F*B"), "sex F \u{d7} site B");
        assert_eq!(
            group("sex*site", "F*(missing)"),
            "sex F \u{d7} site missing"
        );
        // A level that itself holds a star is left as it is.
        assert_eq!(group("gene", "HLA-B*27"), "gene HLA-B*27");
        assert_eq!(level("gene", "HLA-B*27"), "HLA-B*27");
    }
}
