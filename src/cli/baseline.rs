//! `equipoise baseline`.

use crate::audit::{self, AuditError, BaselineChange, BaselineMove};

use super::Exit;
use super::arguments::{BaselineArguments, GlobalArguments, Printed};
use super::output;

/// Changes that are printed without `--verbose`.
const SHOWN: usize = 40;

pub(super) fn baseline(
    given: &BaselineArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let moved = audit::move_baseline(&given.folder, &given.to, given.dry_run)?;
    match global.format.printed() {
        Printed::Json => output::print_json(&output::as_json(&moved)?)?,
        Printed::Text => output::print(&text(
            &moved,
            &given.to.display().to_string(),
            global.verbose > 0,
        ))?,
    }
    Ok(Exit::Success)
}

fn text(moved: &BaselineMove, to: &str, all: bool) -> String {
    let mut lines = vec![match (&moved.replaces, moved.written) {
        (Some(before), true) => format!(
            "{to}: now the results of {}, in place of {}",
            moved.audit,
            &before[..12]
        ),
        (Some(before), false) => format!(
            "{to}: would become the results of {}, in place of {}",
            moved.audit,
            &before[..12]
        ),
        (None, true) => format!(
            "{to}: now the results of {}; there was none before",
            moved.audit
        ),
        (None, false) => format!(
            "{to}: would become the results of {}; there is none yet",
            moved.audit
        ),
    }];
    let shown = if all { moved.changes.len() } else { SHOWN };
    lines.extend(moved.changes.iter().take(shown).map(line));
    if moved.changes.len() > shown {
        let more = moved.changes.len() - shown;
        lines.push(format!("  and {more} more (--verbose shows all)"));
    }
    lines.push(format!("{} numbers did not move", moved.unchanged));
    lines.join("\n") + "\n"
}

fn line(change: &BaselineChange) -> String {
    let group = match change.attribute.as_str() {
        "overall" => "overall".to_owned(),
        attribute => format!("{attribute}={}", change.level),
    };
    let shown =
        |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |value| format!("{value:.4}"));
    let moved = match (change.before, change.after) {
        (Some(before), Some(after)) => format!("  ({:+.4})", after - before),
        _ => String::new(),
    };
    format!(
        "  {} {} {group}: {} -> {}{moved}",
        change.endpoint,
        change.metric,
        shown(change.before),
        shown(change.after)
    )
}
