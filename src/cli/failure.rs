//! Errors and warnings as people and programs read them: the one place that prints them.

use std::io::{IsTerminal, Write, stderr};
use std::path::Path;

use serde_json::{Value, json};

use crate::audit::{AuditError, FailedSamples};
use crate::config::{Diagnostic, Severity, SourceText, render};
use crate::report;

use super::Exit;
use super::arguments::{Format, GlobalArguments};
use super::{hosting, output};

/// Prints an error and gives its exit code.
pub(super) fn print(error: &AuditError, global: &GlobalArguments) -> Exit {
    match global.format {
        Format::Text | Format::Gitlab | Format::Sarif => to_stderr(&in_text(error)),
        Format::Github => {
            to_stderr(&in_text(error));
            let listed: String = in_json(error).iter().map(annotation).collect();
            if let Err(unwritable) = output::print(&listed) {
                to_stderr(&format!("error: {unwritable}\n"));
            }
        }
        Format::Json => {
            if let Err(unwritable) = output::print_json(&json!({ "errors": in_json(error) })) {
                to_stderr(&format!("error: {unwritable}\n"));
            }
        }
    }
    match error {
        AuditError::Interrupted => Exit::Interrupted,
        AuditError::Internal(_) | AuditError::Report(_) => Exit::Internal,
        _ => Exit::Usage,
    }
}

/// Prints warnings (and notes, with `--verbose`) unless `--quiet`.
pub(super) fn warnings(
    found: &[Diagnostic],
    source: Option<&SourceText>,
    global: &GlobalArguments,
) {
    if global.quiet || global.format == Format::Json {
        return;
    }
    let shown: Vec<Diagnostic> = found
        .iter()
        .filter(|one| one.severity != Severity::Note || global.verbose > 0)
        .cloned()
        .collect();
    to_stderr(&render(&shown, source, stderr().is_terminal()));
}

/// Prints why samples have no score, unless `--quiet`; which sample is the first of a kind with
/// `--verbose`, since a patient's name may stand in its id.
pub(super) fn failed_samples(found: &[FailedSamples], global: &GlobalArguments) {
    if global.quiet || global.format == Format::Json {
        return;
    }
    for one in found {
        let id = if global.verbose > 0 {
            format!(" ({})", one.first)
        } else {
            String::new()
        };
        to_stderr(&format!(
            "without a score: {} ({}), the first in {}{id}: {}\n",
            one.samples, one.reason, one.place, one.message
        ));
    }
}

fn in_text(error: &AuditError) -> String {
    let color = stderr().is_terminal();
    match error {
        AuditError::Config(errors) => render(&errors.found, errors.source.as_ref(), color),
        AuditError::Refused { found, text } => render(found, Some(text), color),
        AuditError::Engine(engine) => match engine.help() {
            Some(help) => format!("error: {engine}\n  help: {help}\n"),
            None => format!("error: {engine}\n"),
        },
        other => format!("error: {other}\n"),
    }
}

/// One mistake as an annotation of GitHub Actions at its place.
fn annotation(found: &Value) -> String {
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let file = found["file"]
        .as_str()
        .map(|file| hosting::path_in_repository(Path::new(file)));
    let help = match text("help") {
        help if help.is_empty() => String::new(),
        help => format!(" ({help})"),
    };
    report::github_annotation(
        &text("severity"),
        (file.as_deref(), found["line"].as_u64()),
        &text("code"),
        &format!("{}{help}", text("message")),
    )
}

fn in_json(error: &AuditError) -> Vec<Value> {
    let listed = |found: &[Diagnostic], source: Option<&SourceText>| {
        found
            .iter()
            .map(|one| one.to_json(source.map(|source| source.name.as_str())))
            .collect()
    };
    match error {
        AuditError::Config(errors) => listed(&errors.found, errors.source.as_ref()),
        AuditError::Refused { found, text } => listed(found, Some(text)),
        AuditError::Engine(engine) => vec![
            json!({ "code": "engine", "severity": "error", "message": engine.to_string(), "help": engine.help() }),
        ],
        other => vec![
            json!({ "code": "error", "severity": "error", "message": other.to_string(), "help": null }),
        ],
    }
}

fn to_stderr(text: &str) {
    // Nothing is left to do where even standard error is closed.
    let _closed = stderr().lock().write_all(report::shown(text).as_bytes());
}
