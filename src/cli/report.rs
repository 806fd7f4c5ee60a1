//! `equipoise report`.

use crate::audit::{self, AuditError};
use crate::report;

use super::Exit;
use super::arguments::{Format, GlobalArguments, ReportArguments};
use super::{hosting, output};

pub(super) fn report(
    given: &ReportArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let result = audit::report(&given.folder)?;
    let report_path = given.folder.join("report.html").display().to_string();
    match global.format {
        Format::Text => output::print(&report::terminal_summary(&result, &report_path))?,
        Format::Json => output::print_json(
            &serde_json::json!({ "audit": result.audit.id, "verdict": result.verdict, "report": report_path }),
        )?,
        Format::Github | Format::Gitlab | Format::Sarif => {
            let file = audit::audit_file(&given.folder)?;
            let shown = file.map_or(result.audit.file.clone(), |file| {
                hosting::path_in_repository(&file)
            });
            hosting::print(&result, &shown, global.format)?;
        }
    }
    Ok(Exit::Success)
}
