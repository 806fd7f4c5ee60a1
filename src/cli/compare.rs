//! `equipoise compare`.

use crate::audit::{self, AuditError, CheckState, ResultComparison};
use crate::report;

use super::Exit;
use super::arguments::{CompareArguments, GlobalArguments, Printed};
use super::output;

/// Estimates that are printed without `--verbose`.
const SHOWN: usize = 20;

pub(super) fn compare(
    given: &CompareArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let found = audit::compare(&given.before, &given.after)?;
    match global.format.printed() {
        Printed::Json => output::print_json(&output::as_json(&found)?)?,
        Printed::Text => output::print(&text(&found, global.verbose > 0))?,
    }
    Ok(Exit::Success)
}

fn text(found: &ResultComparison, all: bool) -> String {
    if found.is_same() {
        return format!(
            "nothing differs: {} estimates, all checks and all inputs are the same\n",
            found.n_same
        );
    }
    let word = report::verdict_word;
    let mut lines = vec![format!(
        "verdict: {} (exit {}) -> {} (exit {})",
        word(found.verdicts.0),
        found.exit_codes.0,
        word(found.verdicts.1),
        found.exit_codes.1
    )];
    if found.audits.0 != found.audits.1 {
        lines.push(format!("audit: {} -> {}", found.audits.0, found.audits.1));
    }
    lines.push(format!("inputs that differ: {}", found.inputs.len()));
    for input in &found.inputs {
        let shown = |text: &Option<String>| short(text.as_deref());
        lines.push(format!(
            "  {}: {} -> {}",
            input.what,
            shown(&input.before),
            shown(&input.after)
        ));
    }
    lines.push(format!("checks that differ: {}", found.checks.len()));
    for check in &found.checks {
        lines.push(format!(
            "  {}: {} -> {}",
            check.id,
            standing(check.before),
            standing(check.after)
        ));
    }
    lines.push(format!(
        "estimates that differ: {} of {}",
        found.estimates.len(),
        found.estimates.len() + found.n_same
    ));
    let shown = if all { found.estimates.len() } else { SHOWN };
    for one in found.estimates.iter().take(shown) {
        let number = |value: Option<f64>| {
            value.map_or_else(|| "none".to_owned(), |value| format!("{value:.4}"))
        };
        let by = one
            .difference
            .map_or_else(String::new, |by| format!("  ({by:+.4})"));
        lines.push(format!(
            "  {}: {} -> {}{by}",
            one.id,
            number(one.before),
            number(one.after)
        ));
    }
    if found.estimates.len() > shown {
        let more = found.estimates.len() - shown;
        lines.push(format!("  and {more} more (--verbose shows all)"));
    }
    lines.join("\n") + "\n"
}

/// A hash by its beginning, anything else as it is.
fn short(text: Option<&str>) -> String {
    match text {
        None => "none".to_owned(),
        Some(hash) if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            hash[..12].to_owned()
        }
        Some(other) => other.to_owned(),
    }
}

fn standing(state: Option<CheckState>) -> String {
    let Some(state) = state else {
        return "none".to_owned();
    };
    let waived = if state.waived { ", waived" } else { "" };
    let estimate = state
        .estimate
        .map_or_else(String::new, |value| format!(" {value:.4}"));
    format!(
        "{}{waived}{estimate} (bound {})",
        report::check_word(state.verdict),
        state.bound
    )
}
