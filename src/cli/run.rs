//! `equipoise run`.

use std::path::Path;

use crate::audit::{self, AuditError, Finished, Options};
use crate::{provenance, report};

use super::Exit;
use super::arguments::{Format, GlobalArguments, RunArguments};
use super::progress::{Progress, interruption};
use super::{hosting, output};

pub(super) fn run(given: &RunArguments, global: &GlobalArguments) -> Result<Exit, AuditError> {
    let progress = Progress::new(global);
    let events = |event: audit::Event<'_>| progress.event(event);
    let interrupted = interruption();
    let finished = audit::run(&given.audit, &options(global, &events, &interrupted));
    progress.finish();
    tell(&finished?, &given.audit, global, given.exit_zero)
}

/// Options of the library from the command line.
pub(super) fn options<'a>(
    global: &GlobalArguments,
    events: &'a (dyn Fn(audit::Event<'_>) + Sync),
    interrupted: &'a std::sync::atomic::AtomicBool,
) -> Options<'a> {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    Options {
        out: global.out.clone(),
        threads: global
            .threads
            .map_or_else(cores, std::num::NonZeroUsize::get),
        onnxruntime: global.onnxruntime.clone(),
        events,
        interrupted,
        command: std::env::args_os()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect(),
        today: global.today.unwrap_or_else(provenance::today),
    }
}

/// Prints what came of an audit and maps it to an exit code.
pub(super) fn tell(
    finished: &Finished,
    audit_file: &Path,
    global: &GlobalArguments,
    exit_zero: bool,
) -> Result<Exit, AuditError> {
    let result = &finished.result;
    super::failure::warnings(&finished.warnings, finished.source.as_ref(), global);
    super::failure::failed_samples(&finished.failed, global);
    let report_path = finished.folder.join("report.html").display().to_string();
    match global.format {
        Format::Text => output::print(&report::terminal_summary(result, &report_path))?,
        Format::Json => output::print_json(&serde_json::json!({
            "audit": result.audit.id,
            "verdict": result.verdict,
            "exit_code": result.exit_code,
            "headline": result.headline,
            "checks": result.checks,
            "waivers": result.waivers,
            "findings": result.findings,
            "failed": finished.failed.iter().map(|one| serde_json::json!({
                "reason": one.reason,
                "samples": one.samples,
                "first": one.place,
                "message": one.message,
            })).collect::<Vec<_>>(),
            "folder": finished.folder.display().to_string(),
            "report": report_path,
        }))?,
        Format::Github | Format::Gitlab | Format::Sarif => {
            hosting::print(
                result,
                &hosting::path_in_repository(audit_file),
                global.format,
            )?;
        }
    }
    let exit = Exit::of_audit(result.exit_code);
    Ok(if exit_zero { Exit::Success } else { exit })
}
