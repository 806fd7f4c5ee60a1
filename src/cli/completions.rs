//! `equipoise completions`.

use clap::CommandFactory;

use crate::audit::AuditError;

use super::Exit;
use super::arguments::{Arguments, CompletionsArguments};
use super::output;

pub(super) fn completions(given: &CompletionsArguments) -> Result<Exit, AuditError> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(given.shell, &mut command, name, &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
