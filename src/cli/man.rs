//! `equipoise man`.

use crate::audit::AuditError;

use super::Exit;
use super::arguments::ManArguments;
use super::{help, output};

pub(super) fn man(given: &ManArguments) -> Result<Exit, AuditError> {
    let mut whole = help::command();
    // Names of commands as people type them, and the options of every command in each.
    whole.build();
    let page = match &given.command {
        None => whole,
        Some(name) => {
            let known: Vec<&str> = whole
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            let found = whole.get_subcommands().find(|one| one.get_name() == name);
            let found = found.cloned().ok_or_else(|| {
                AuditError::Usage(format!(
                    "man: there is no command \"{name}\" (commands: {})",
                    known.join(", ")
                ))
            })?;
            let title = format!("equipoise-{}", found.get_name());
            found.display_name(title)
        }
    };
    let mut text = Vec::new();
    let date = ""; // The same bytes on every day.
    clap_mangen::Man::new(page)
        .date(date)
        .render(&mut text)
        .map_err(|source| AuditError::Output {
            path: "the manual page".to_owned(),
            source,
        })?;
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Success)
}
