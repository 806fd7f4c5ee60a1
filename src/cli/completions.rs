//! `equipoise completions`.

use crate::audit::AuditError;

use super::Exit;
use super::arguments::CompletionsArguments;
use super::{help, output};

pub(super) fn completions(given: &CompletionsArguments) -> Result<Exit, AuditError> {
    let mut command = help::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(given.shell, &mut command, name, &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
