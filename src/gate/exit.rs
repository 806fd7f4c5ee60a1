//! One exit code out of many verdicts.

use crate::config::GateSpec;
use crate::reproducibility::{Reproducibility, RerunStatus};

use super::{AuditVerdict, Check, Verdict, Waiver, WaiverState};

/// What the whole audit comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Verdict of the audit.
    pub verdict: AuditVerdict,
    /// Exit code.
    pub exit_code: u8,
}

/// The worst blocking check decides the verdict. When several exit codes hold, their precedence
/// is 5 (inputs cannot be trusted), 4 (nothing was evaluated), 1 (a requirement failed),
/// 6 (decisions are not reproducible), 3 (inconclusive or not evaluable), 7 (a waiver is invalid).
#[must_use]
pub fn outcome(
    gate: Option<&GateSpec>,
    checks: &[Check],
    reproducibility: &Reproducibility,
    waivers: &[Waiver],
    inputs_trusted: bool,
) -> Outcome {
    let blocking = |verdict: Verdict| {
        checks
            .iter()
            .any(|check| check.blocking && !check.waived && check.verdict == verdict)
    };
    let flips_failed = checks.iter().any(|check| {
        check.metric == "decision_flips"
            && check.blocking
            && !check.waived
            && check.verdict == Verdict::Fail
    });
    let requirement_failed = checks.iter().any(|check| {
        check.metric != "decision_flips"
            && check.blocking
            && !check.waived
            && check.verdict == Verdict::Fail
    });
    let breached = reproducibility.status == RerunStatus::Breached || flips_failed;
    let nothing_evaluated = !checks.is_empty()
        && checks
            .iter()
            .all(|check| check.verdict == Verdict::NotEvaluable);
    let verdict = if !inputs_trusted {
        AuditVerdict::Error
    } else if requirement_failed || breached {
        AuditVerdict::Fail
    } else if gate.is_none() {
        AuditVerdict::NoGate
    } else if blocking(Verdict::Inconclusive) {
        AuditVerdict::Inconclusive
    } else if blocking(Verdict::NotEvaluable) || nothing_evaluated || checks.is_empty() {
        AuditVerdict::NotEvaluable
    } else {
        AuditVerdict::Pass
    };
    let exit_code = if !inputs_trusted {
        5
    } else if gate.is_some() && (nothing_evaluated || checks.is_empty()) {
        4
    } else if requirement_failed {
        1
    } else if breached {
        6
    } else if blocking(Verdict::Inconclusive) || blocking(Verdict::NotEvaluable) {
        3
    } else if waivers
        .iter()
        .any(|waiver| waiver.state == WaiverState::Invalid)
    {
        7
    } else {
        0
    };
    Outcome { verdict, exit_code }
}
