//! `equipoise evaluate`.

use crate::audit::{self, AuditError};

use super::Exit;
use super::arguments::{EvaluateArguments, GlobalArguments};
use super::progress::{Progress, interruption};
use super::run::{options, tell};

pub(super) fn evaluate(
    given: &EvaluateArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let progress = Progress::new(global);
    let events = |event: audit::Event<'_>| progress.event(event);
    let interrupted = interruption();
    let finished = audit::evaluate(
        &given.audit,
        &given.predictions,
        &options(global, &events, &interrupted),
    );
    progress.finish();
    tell(&finished?, &given.audit, global, given.exit_zero)
}
