//! The verdict in one plain sentence.

use crate::reproducibility::{Reproducibility, RerunStatus};

use super::{AuditVerdict, Check, Verdict, Waiver, WaiverState};

/// What a busy reader should know first.
pub(super) fn headline(
    verdict: AuditVerdict,
    (checks, waivers): (&[Check], &[Waiver]),
    reproducibility: &Reproducibility,
    untrusted: Option<&str>,
    several: bool,
) -> String {
    let mut of_checks = of_checks(verdict, checks, reproducibility, untrusted, several);
    let waived: Vec<&Check> = checks.iter().filter(|check| check.waived).collect();
    if verdict != AuditVerdict::Pass && !waived.is_empty() {
        of_checks.push_str(&format!(" Waived: {}.", places(&waived, several)));
    }
    let invalid: Vec<String> = waivers
        .iter()
        .filter(|waiver| waiver.state == WaiverState::Invalid)
        .map(|waiver| format!("that of {} ({})", waiver.check, waiver.explanation))
        .collect();
    match invalid.as_slice() {
        [] => of_checks,
        [only] => format!("{of_checks} A waiver is invalid: {only}."),
        many => format!("{of_checks} Waivers are invalid: {}.", many.join(", ")),
    }
}

fn of_checks(
    verdict: AuditVerdict,
    checks: &[Check],
    reproducibility: &Reproducibility,
    untrusted: Option<&str>,
    several: bool,
) -> String {
    let of = |wanted: Verdict| {
        checks
            .iter()
            .filter(|check| check.verdict == wanted && check.blocking && !check.waived)
            .collect::<Vec<_>>()
    };
    let total = checks.len();
    match verdict {
        AuditVerdict::Error => format!(
            "The inputs cannot be trusted: {}.",
            untrusted.unwrap_or("too many samples have no score")
        ),
        AuditVerdict::NoGate => {
            "No requirement was declared; the numbers are reported without a verdict.".to_owned()
        }
        AuditVerdict::Pass => passed(checks, several),
        AuditVerdict::Fail => failed(&of(Verdict::Fail), total, reproducibility, several),
        AuditVerdict::Inconclusive => format!(
            "No requirement is shown to fail, but {} of {total} checks cannot be decided with these data: {}.",
            of(Verdict::Inconclusive).len(),
            places(&of(Verdict::Inconclusive), several)
        ),
        AuditVerdict::NotEvaluable if checks.is_empty() => {
            "No requirement could be evaluated: the gate asks for none of this cohort.".to_owned()
        }
        AuditVerdict::NotEvaluable => {
            let missing: Vec<&Check> = checks
                .iter()
                .filter(|check| check.verdict == Verdict::NotEvaluable)
                .collect();
            format!(
                "{} of {total} checks could not be computed: {}.",
                missing.len(),
                places(&missing, several)
            )
        }
    }
}

/// Everything that blocks holds; checks that only warn are counted apart.
fn passed(checks: &[Check], several: bool) -> String {
    let met = checks
        .iter()
        .filter(|check| check.verdict == Verdict::Pass)
        .count();
    let total = checks.len();
    if met == total {
        return format!(
            "All {total} checks pass: every requirement is met in every group it was asked of."
        );
    }
    let open = |waived: bool| -> Vec<&Check> {
        let open = checks.iter().filter(|check| check.verdict != Verdict::Pass);
        open.filter(|check| check.waived == waived).collect()
    };
    let (waived, warn) = (open(true), open(false));
    let mut sentence = format!("{met} of {total} checks are shown to be met");
    if !waived.is_empty() {
        sentence.push_str(&format!("; waived: {}", places(&waived, several)));
    }
    if !warn.is_empty() {
        sentence.push_str(&format!(
            "; the others only warn: {}",
            places(&warn, several)
        ));
    }
    if waived.is_empty() {
        format!("No blocking check fails. {sentence}.")
    } else {
        format!("No check blocks, but only with waivers. {sentence}.")
    }
}

fn failed(
    failures: &[&Check],
    total: usize,
    reproducibility: &Reproducibility,
    several: bool,
) -> String {
    let mut sentences = Vec::new();
    let measured: Vec<&&Check> = failures
        .iter()
        .filter(|check| check.metric != "decision_flips")
        .collect();
    if let Some(worst) = measured
        .iter()
        .max_by(|a, b| shortfall(a).total_cmp(&shortfall(b)))
    {
        let others = places(
            &measured
                .iter()
                .filter(|check| check.id != worst.id)
                .map(|check| **check)
                .collect::<Vec<_>>(),
            several,
        );
        let more = if measured.len() > 1 {
            format!("; also failed: {others}")
        } else {
            String::new()
        };
        sentences.push(format!(
            "{} of {total} checks fail. The worst: {}{more}.",
            measured.len(),
            in_words(worst, several)
        ));
    }
    let flips = failures
        .iter()
        .any(|check| check.metric == "decision_flips");
    if reproducibility.status == RerunStatus::Breached || flips {
        let reason = reproducibility
            .reason
            .clone()
            .unwrap_or_else(|| "decisions changed between reruns".to_owned());
        sentences.push(format!(
            "The model's answers are not reproducible: {reason}."
        ));
    }
    sentences.join(" ")
}

fn in_words(check: &Check, several: bool) -> String {
    let metric = check.metric.replace('_', " ");
    let mut group = group(check);
    if several {
        group = format!("{group} (endpoint {})", check.endpoint);
    }
    let estimate = check.estimate.unwrap_or_default();
    let interval = match (check.lower, check.upper) {
        (Some(lower), Some(upper)) => format!(" ({lower:.3} to {upper:.3})"),
        _ => String::new(),
    };
    match &check.reference {
        Some(reference) => {
            let other = match reference.as_str() {
                "complement" => "everyone else",
                "baseline" => "the baseline",
                level => level,
            };
            format!(
                "{metric} of {group} less that of {other} is {estimate:+.3}{interval}, required {} {}",
                check.relation, check.bound
            )
        }
        None => format!(
            "{metric} of {group} is {estimate:.3}{interval}, required {} {}",
            check.relation, check.bound
        ),
    }
}

fn group(check: &Check) -> String {
    if check.attribute == "overall" {
        "the whole cohort".to_owned()
    } else {
        format!("{}={}", check.attribute, check.level)
    }
}

fn places(checks: &[&Check], several: bool) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = checks
        .iter()
        .take(SHOWN)
        .map(|check| {
            let endpoint = if several {
                format!(" endpoint={}", check.endpoint)
            } else {
                String::new()
            };
            format!(
                "{}{endpoint} {}",
                check.requirement,
                if check.attribute == "overall" {
                    "overall".to_owned()
                } else {
                    format!("{}={}", check.attribute, check.level)
                }
            )
        })
        .collect();
    if checks.len() > SHOWN {
        names.push(format!("{} more", checks.len() - SHOWN));
    }
    names.join(", ")
}

/// How far the estimate lies beyond the bound.
fn shortfall(check: &Check) -> f64 {
    let estimate = check.estimate.unwrap_or(check.bound);
    if check.relation == "<=" {
        estimate - check.bound
    } else {
        check.bound - estimate
    }
}
