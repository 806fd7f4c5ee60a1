//! Waivers: a check that is let pass for a while, on somebody's word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Date, Diagnostic, GateSpec, WaiverSpec};

use super::{Check, Verdict};

/// Days that a waiver may reach ahead.
pub const LONGEST_WAIVER: i64 = 180;

/// Estimates this close to `not_beyond` are taken as on it: a decimal in the audit file has no
/// exact place among binary numbers.
const ROUNDING: f64 = 1e-9;

/// What came of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaiverState {
    /// It holds, and the check does not block.
    Applied,
    /// The check blocks nothing without it, or there is no such check.
    Unused,
    /// Its last day is over: the check blocks again.
    Expired,
    /// The model or the result is not what was looked at: the check blocks again.
    Void,
    /// It was never a waiver: owner and approver are one, or it reaches too far ahead.
    Invalid,
}

/// One waiver and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// Id of the rule.
    pub check: String,
    /// Endpoint; null where the rule is asked of one only.
    pub endpoint: Option<String>,
    /// Attribute of the stratum.
    pub attribute: String,
    /// Its level.
    pub level: String,
    /// SHA-256 of the model that was looked at.
    pub model_sha256: String,
    /// Last day on which it holds, `YYYY-MM-DD`.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who agreed.
    pub approver: String,
    /// Worst result that it covers.
    pub not_beyond: f64,
    /// What came of it.
    pub state: WaiverState,
    /// The same in words.
    pub explanation: String,
    /// Ids of the checks that it is about.
    pub checks: Vec<String>,
    /// Line in the audit file, from 1.
    pub line: u64,
}

/// The model that an audit speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditedModel<'a> {
    /// SHA-256 of the file that ran.
    Ran(&'a str),
    /// SHA-256 of the file that the audit file names; the scores were read from a table.
    Declared(&'a str),
    /// The audit file names no model whose file could be read.
    Unknown,
}

/// Decides every waiver of the gate and marks the checks that hold ones cover.
pub(super) fn apply(
    gate: &GateSpec,
    checks: &mut [Check],
    model: AuditedModel<'_>,
    today: Date,
) -> Vec<Waiver> {
    gate.waivers
        .iter()
        .map(|waiver| decided(waiver, checks, model, today))
        .collect()
}

fn decided(
    waiver: &WaiverSpec,
    checks: &mut [Check],
    model: AuditedModel<'_>,
    today: Date,
) -> Waiver {
    let mut about: Vec<&mut Check> = checks
        .iter_mut()
        .filter(|check| is_about(waiver, check))
        .collect();
    let (state, explanation) = state(waiver, &about, model, today);
    for check in &mut about {
        check.waived |= state == WaiverState::Applied && blocks(check);
    }
    let (attribute, level) = waiver.place();
    Waiver {
        check: waiver.check.value.clone(),
        endpoint: waiver.endpoint.as_ref().map(|one| one.value.clone()),
        attribute: attribute.to_owned(),
        level: level.to_owned(),
        model_sha256: waiver.model_sha256.clone(),
        until: waiver.until.to_string(),
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        approver: waiver.approver.clone(),
        not_beyond: waiver.not_beyond,
        state,
        explanation,
        checks: about.iter().map(|check| check.id.clone()).collect(),
        line: waiver.check.span.line as u64,
    }
}

fn is_about(waiver: &WaiverSpec, check: &Check) -> bool {
    let endpoint = waiver.endpoint.as_ref();
    check.requirement == waiver.check.value
        && (check.attribute.as_str(), check.level.as_str()) == waiver.place()
        && endpoint.is_none_or(|endpoint| endpoint.value == check.endpoint)
}

fn blocks(check: &Check) -> bool {
    check.blocking && check.verdict != Verdict::Pass
}

/// Why a waiver is none, whatever the results are.
fn defect(waiver: &WaiverSpec, today: Date) -> Option<String> {
    // Spaces, marks and what cannot be seen make no other person.
    let folded = |name: &str| -> String {
        let letters = name.chars().filter(|letter| letter.is_alphanumeric());
        let letters: String = letters.flat_map(char::to_lowercase).collect();
        if letters.is_empty() {
            name.trim().to_owned()
        } else {
            letters
        }
    };
    if folded(&waiver.owner) == folded(&waiver.approver) {
        return Some(
            "owner and approver are the same person, and nobody agrees with oneself".to_owned(),
        );
    }
    (waiver.until.days_after(today) > LONGEST_WAIVER).then(|| {
        format!(
            "it would hold until {}, more than {LONGEST_WAIVER} days ahead",
            waiver.until
        )
    })
}

fn state(
    waiver: &WaiverSpec,
    about: &[&mut Check],
    model: AuditedModel<'_>,
    today: Date,
) -> (WaiverState, String) {
    if let Some(why) = defect(waiver, today) {
        return (WaiverState::Invalid, why);
    }
    if about.is_empty() {
        let why = "the rule is not asked of this group, or the cohort has no such group";
        return (WaiverState::Unused, why.to_owned());
    }
    let Some(blocking) = about.iter().find(|check| blocks(check)) else {
        let why = "the check blocks nothing without it; remove the waiver";
        return (WaiverState::Unused, why.to_owned());
    };
    if today > waiver.until {
        let why = format!("its last day was {}", waiver.until);
        return (WaiverState::Expired, why);
    }
    if let Some(why) = other_model(waiver, model) {
        return (WaiverState::Void, why);
    }
    let Some(estimate) = blocking.estimate else {
        let why = format!(
            "there is no result to hold against `not_beyond`: {}",
            blocking.reason
        );
        return (WaiverState::Void, why);
    };
    if is_worse(blocking, estimate, waiver.not_beyond) {
        let why = format!(
            "the result {estimate:.4} is worse than {}, the worst that it covers",
            waiver.not_beyond
        );
        return (WaiverState::Void, why);
    }
    let whose = match model {
        AuditedModel::Declared(_) => {
            "; that the scores are those of this model is the audit file's word"
        }
        AuditedModel::Ran(_) | AuditedModel::Unknown => "",
    };
    let why = format!("it covers the check until {}{whose}", waiver.until);
    (WaiverState::Applied, why)
}

/// Why the waiver does not speak of the model at hand.
fn other_model(waiver: &WaiverSpec, model: AuditedModel<'_>) -> Option<String> {
    match model {
        AuditedModel::Ran(sha256) | AuditedModel::Declared(sha256) => (sha256
            != waiver.model_sha256)
            .then(|| "the model is not the one that was looked at (`model_sha256`)".to_owned()),
        AuditedModel::Unknown => Some(
            "the scores were read from a table and the audit file names no model with a known SHA-256, so that nothing says that they are of the model that was looked at; write `model: {file: ..., sha256: ...}`"
                .to_owned(),
        ),
    }
}

/// Whether a result lies beyond the worst that is covered, on the side that the rule minds.
fn is_worse(check: &Check, estimate: f64, worst: f64) -> bool {
    match check.relation.as_str() {
        "<=" => estimate > worst + ROUNDING,
        "==" => (estimate - check.bound).abs() > (worst - check.bound).abs() + ROUNDING,
        _ => estimate < worst - ROUNDING,
    }
}

/// What can be said of waivers before anything is measured: those that are none, and those that are
/// over.
#[must_use]
pub fn planned_waiver_warnings(gate: Option<&GateSpec>, today: Date) -> Vec<Diagnostic> {
    let specs = gate.iter().flat_map(|gate| &gate.waivers);
    specs
        .filter_map(|waiver| {
            let over = format!("its last day was {}", waiver.until);
            let (code, what, why) = match defect(waiver, today) {
                Some(why) => ("waiver-invalid", "is invalid", why),
                None if today > waiver.until => ("waiver-expired", "is over", over),
                None => return None,
            };
            let message = format!("the waiver of {} {what}: {why}", waiver.check.value);
            Some(Diagnostic::warning(code, message).at(waiver.check.span))
        })
        .collect()
}

/// What is to be said of waivers that cover nothing, at their place in the audit file.
#[must_use]
pub fn waiver_warnings(gate: Option<&GateSpec>, waivers: &[Waiver]) -> Vec<Diagnostic> {
    let specs = gate.iter().flat_map(|gate| &gate.waivers);
    specs
        .zip(waivers)
        .filter_map(|(spec, waiver)| {
            let (code, what, help) = match waiver.state {
                WaiverState::Applied => return None,
                WaiverState::Unused => ("waiver-unused", "is not used", "remove it"),
                WaiverState::Expired => (
                    "waiver-expired",
                    "is over",
                    "mend the model, or look again and agree on a new day",
                ),
                WaiverState::Void => (
                    "waiver-void",
                    "is void",
                    "look at the new result, and agree on a new waiver if it is acceptable",
                ),
                WaiverState::Invalid => (
                    "waiver-invalid",
                    "is invalid",
                    "have another person approve it, for at most 180 days",
                ),
            };
            let group = if waiver.attribute == "overall" {
                "overall".to_owned()
            } else {
                format!("{}={}", waiver.attribute, waiver.level)
            };
            let message = format!(
                "the waiver of {} {group} {what}: {}",
                waiver.check, waiver.explanation
            );
            Some(
                Diagnostic::warning(code, message)
                    .at(spec.check.span)
                    .help(help),
            )
        })
        .collect()
}
