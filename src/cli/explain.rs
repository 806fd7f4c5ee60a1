//! `equipoise explain`.

use crate::audit::AuditError;
use crate::config::nearest;
use crate::report::{self, Code};

use super::Exit;
use super::arguments::{ExplainArguments, GlobalArguments, Printed};
use super::output;

pub(super) fn explain(
    given: &ExplainArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let all = report::codes();
    match &given.code {
        None => match global.format.printed() {
            Printed::Json => output::print_json(&output::as_json(&all)?)?,
            Printed::Text => output::print(&listed(&all))?,
        },
        Some(name) => {
            let found = report::code(name).ok_or_else(|| unknown(name, &all))?;
            match global.format.printed() {
                Printed::Json => output::print_json(&output::as_json(&found)?)?,
                Printed::Text => output::print(&text(&found))?,
            }
        }
    }
    Ok(Exit::Success)
}

fn listed(all: &[Code]) -> String {
    let width = all.iter().map(|one| one.code.len()).max().unwrap_or(0);
    let lines: Vec<String> = all
        .iter()
        .map(|one| format!("{:<width$}  {}", one.code, one.checks))
        .collect();
    lines.join("\n") + "\n"
}

fn text(found: &Code) -> String {
    format!(
        "{}\n  what it checks: {}\n  why it matters: {}\n  what to do:     {}\n",
        found.code, found.checks, found.matters, found.remedy
    )
}

fn unknown(name: &str, all: &[Code]) -> AuditError {
    let names: Vec<&str> = all.iter().map(|one| one.code).collect();
    let near = nearest(name, &names);
    let near = if near.is_empty() {
        "`equipoise explain` lists all codes".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    AuditError::Usage(format!("there is no code \"{name}\"; {near}"))
}
