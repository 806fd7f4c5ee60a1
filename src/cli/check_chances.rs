//! Chances of a planned gate, as text.

use crate::gate::{Chances, CheckChances, NeededCounts};

/// Checks that fit on a screen.
const SHOWN: usize = 18;
/// Warnings that are spelled out.
const WARNED: usize = 4;
/// A check that passes less often than this is warned of.
const RISKY: f64 = 0.5;

/// What the sizes of a difference leave unsaid.
const OF_DIFFERENCES: &str = "sizes for a difference are those of the group itself; what it is compared with must grow by the same factor";

/// How to have them, where nothing is assumed.
pub(super) const HOW_TO_ASSUME: &str = "Add `assume: {sensitivity: ..., specificity: ..., auroc: ..., intracluster_correlation: ...}`\n\
to `gate` to see the chance of each verdict before the model runs.";

/// The table, the warnings, and what was left out.
pub(super) fn lines(chances: &Chances, verbose: bool) -> Vec<String> {
    let mut lines = vec![
        "Chances of the gate if the model truly performs as assumed, alike in every group"
            .to_owned(),
    ];
    lines.extend(
        chances
            .assumed
            .iter()
            .map(|assumed| format!("  assumed: {assumed}")),
    );
    lines.push(format!(
        "  {} simulated audits of this cohort; standard errors at most {:.3}",
        chances.replicates, chances.largest_standard_error
    ));
    lines.push(String::new());
    let width = chances
        .checks
        .iter()
        .map(|check| name(check).chars().count())
        .max()
        .unwrap_or(0)
        .clamp(22, 44);
    lines.push(format!(
        "  {:<width$} {:>6} {:>6} {:>6} {:>6}  {:>6} {:>8}  {}",
        "", "pass", "fail", "incon.", "n.ev.", "n", "patients", "n (patients) for 80%"
    ));
    let whole = &chances.audit;
    lines.push(format!(
        "  {:<width$} {:>6.3} {:>6.3} {:>6.3} {:>6.3}",
        "whole audit", whole.pass, whole.fail, whole.inconclusive, whole.not_evaluable
    ));
    let (shown, left_out) = chances.checks.split_at(rows(chances, verbose));
    for check in shown {
        let own = &check.chances;
        let row = format!(
            "  {:<width$} {:>6.3} {:>6.3} {:>6.3} {:>6.3}  {:>6} {:>8}  {}",
            name(check),
            own.pass,
            own.fail,
            own.inconclusive,
            own.not_evaluable,
            shown_size(check.n_class),
            shown_size(check.n_clusters),
            needed(check).unwrap_or_default()
        );
        lines.push(row.trim_end().to_owned());
    }
    if let (Some(first), Some(last)) = (left_out.first(), left_out.last()) {
        lines.push(format!(
            "  ... {} of {} checks are left out, all with a chance to pass of {:.3} to {:.3}; `check -v` shows them",
            left_out.len(),
            chances.checks.len(),
            first.chances.pass,
            last.chances.pass
        ));
    }
    if shown.iter().any(|check| grows_beside(check).is_some()) {
        lines.push(format!("  {OF_DIFFERENCES}"));
    }
    warnings(chances, verbose, &mut lines);
    not_simulated(chances, &mut lines);
    lines
}

/// Rows of the table: all, or as many as fit on a screen. The least likely to pass come first, and those
/// that cannot pass are never left out.
fn rows(chances: &Chances, verbose: bool) -> usize {
    let all = chances.checks.len();
    if verbose {
        return all;
    }
    let hopeless = chances.checks.iter();
    let hopeless = hopeless.filter(|check| check.chances.pass <= 0.0).count();
    SHOWN.max(hopeless).min(all)
}

/// The sizes of a difference, where they are named.
fn grows_beside(check: &CheckChances) -> Option<NeededCounts> {
    check.n_needed.filter(|_| check.reference.is_some())
}

/// A size, or a dash where it is withheld.
fn shown_size(n: Option<u64>) -> String {
    n.map_or_else(|| "-".to_owned(), |n| n.to_string())
}

fn name(check: &CheckChances) -> String {
    check.id.clone()
}

fn needed(check: &CheckChances) -> Option<String> {
    let needed = check.n_needed?;
    Some(format!("{} ({})", needed.positives?, needed.patients?))
}

fn warnings(chances: &Chances, verbose: bool, lines: &mut Vec<String>) {
    let risky: Vec<&CheckChances> = chances
        .checks
        .iter()
        .filter(|check| check.chances.pass < RISKY)
        .collect();
    if chances.audit.pass < RISKY {
        lines.push(String::new());
        lines.push(format!(
            "  WARNING the whole audit passes with a chance of {:.3} only: {} of {} checks pass less often than {RISKY}",
            chances.audit.pass,
            risky.len(),
            chances.checks.len()
        ));
    } else if !risky.is_empty() {
        lines.push(String::new());
    }
    let shown = if verbose {
        risky.len()
    } else {
        WARNED.min(risky.len())
    };
    for check in &risky[..shown] {
        lines.push(format!("  WARNING {}", warning(check)));
    }
    if shown < risky.len() {
        lines.push(format!(
            "  ... and {} more such warnings; -v shows all",
            risky.len() - shown
        ));
    }
}

/// Why a check will hardly pass, and what would change that.
fn warning(check: &CheckChances) -> String {
    let name = name(check);
    if check.chances.not_evaluable >= RISKY {
        let reason = check.reason.as_deref().unwrap_or("it cannot be computed");
        return format!("{name} will hardly be evaluable: {reason}");
    }
    let chance = if check.chances.pass > 0.0 {
        format!("passes with a chance of {:.3} only", check.chances.pass)
    } else {
        "passed in none of the simulated audits".to_owned()
    };
    let size = format!(
        "{} {} of {} patients",
        shown_size(check.n_class),
        what(check),
        shown_size(check.n_clusters)
    );
    match (needed(check), check.n_needed, check.true_value) {
        (Some(_), Some(needed), _) => format!(
            "{name} {chance}: {size}; about {} of {} patients{} would pass with a chance of 0.8",
            needed.positives.unwrap_or_default(),
            needed.patients.unwrap_or_default(),
            if grows_beside(check).is_some() {
                ", with as many times more of those it is compared with,"
            } else {
                ""
            }
        ),
        (None, None, Some(truth)) => format!(
            "{name} {chance}: what is assumed comes to {truth}, which does not keep clear of \"{}\" at any number of patients",
            check.require
        ),
        _ => format!("{name} {chance}: {size}"),
    }
}

fn what(check: &CheckChances) -> &'static str {
    match check.metric.as_str() {
        "sensitivity" => "positives",
        "specificity" => "negatives",
        _ => "samples",
    }
}

fn not_simulated(chances: &Chances, lines: &mut Vec<String>) {
    if chances.not_simulated.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(
        "  Not simulated, so that the whole audit passes at most as often as shown:".to_owned(),
    );
    for left in &chances.not_simulated {
        lines.push(format!(
            "    {} ({}): {}",
            left.requirement, left.endpoint, left.reason
        ));
    }
}
