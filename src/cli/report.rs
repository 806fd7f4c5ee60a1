//! `equipoise report`.

use crate::audit::{self, AuditError};
use crate::report;

use std::path::{Path, PathBuf};

use super::Exit;
use super::arguments::{Format, GlobalArguments, ReportArguments};
use super::{hosting, output};

pub(super) fn report(
    given: &ReportArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let (result, folder) = match &given.redact_sites {
        None => (
            audit::report(&given.folder, given.language.as_deref())?,
            given.folder.clone(),
        ),
        Some(attributes) => {
            let to = given.to.clone().unwrap_or_else(|| beside(&given.folder));
            let redacted =
                audit::redact(&given.folder, attributes, &to, given.language.as_deref())?;
            tracing::info!(
                "{} names of {} replaced by letters",
                redacted.n_names,
                redacted.attributes.join(" and ")
            );
            (redacted.result, redacted.folder)
        }
    };
    let report_path = folder.join("report.html").display().to_string();
    match global.format {
        Format::Text => output::print(&report::terminal_summary(&result, &report_path))?,
        Format::Json => output::print_json(
            &serde_json::json!({ "audit": result.audit.id, "verdict": result.verdict, "report": report_path }),
        )?,
        Format::Github | Format::Gitlab | Format::Sarif => {
            let file = audit::audit_file(&folder)?;
            let shown = file.map_or(result.audit.file.clone(), |file| {
                hosting::path_in_repository(&file)
            });
            hosting::print(&result, &shown, global.format)?;
        }
    }
    Ok(Exit::Success)
}

/// `out/demo` -> `out/demo-redacted`.
fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push("-redacted");
    folder.with_file_name(name)
}
