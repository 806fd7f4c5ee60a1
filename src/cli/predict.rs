//! `equipoise predict`.

use crate::audit::{self, AuditError};

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
        Printed::Text => output::print(&format!(
            "{} of {} samples scored with {}\nscores: {}\n",
            predicted.scored,
            predicted.samples,
            predicted.engine,
            predicted.file.display()
        ))?,
        Printed::Json => output::print_json(&serde_json::json!({
            "samples": predicted.samples,
            "scored": predicted.scored,
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
