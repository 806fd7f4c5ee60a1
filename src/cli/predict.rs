//! `equipoise predict`.

use crate::audit::{self, AuditError, FailedSamples};

use super::Exit;
use super::arguments::{AuditArgument, GlobalArguments, Printed};
use super::output;
use super::progress::{Progress, interruption};
use super::run::options;

pub(super) fn predict(given: &AuditArgument, global: &GlobalArguments) -> Result<Exit, AuditError> {
    let progress = Progress::new(global);
    let events = |event: audit::Event<'_>| progress.event(event);
    let interrupted = interruption();
    let predicted = audit::predict(&given.audit, &options(global, &events, &interrupted));
    progress.finish();
    let predicted = predicted?;
    super::failure::warnings(&predicted.warnings, Some(&predicted.source), global);
    match global.format.printed() {
        Printed::Text => {
            let failed: String = predicted.failed.iter().map(line).collect();
            output::print(&format!(
                "{} of {} samples scored with {}\n{failed}scores: {}\n",
                predicted.scored,
                predicted.samples,
                predicted.engine,
                predicted.file.display()
            ))?;
        }
        Printed::Json => output::print_json(&serde_json::json!({
            "samples": predicted.samples,
            "scored": predicted.scored,
            "failed": predicted.failed.iter().map(|one| serde_json::json!({
                "reason": one.reason,
                "samples": one.samples,
                "first": one.first,
                "message": one.message,
            })).collect::<Vec<_>>(),
            "engine": predicted.engine,
            "predictions": predicted.file.display().to_string(),
        }))?,
    }
    Ok(if predicted.trusted {
        Exit::Success
    } else {
        Exit::Input
    })
}

/// What failed for one reason, and the first of it.
fn line(failed: &FailedSamples) -> String {
    format!(
        "without a score: {} ({}), the first is {}: {}\n",
        failed.samples, failed.reason, failed.first, failed.message
    )
}
