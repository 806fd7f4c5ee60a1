//! `equipoise import`.

use std::path::Path;

use crate::audit::AuditError;
use crate::import;

use super::Exit;
use super::arguments::{GlobalArguments, ImportArguments, Printed};
use super::output;

pub(super) fn import(
    given: &ImportArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let mut read = Vec::new();
    for file in &given.files {
        let bytes = std::fs::read(file).map_err(|source| AuditError::Read {
            path: file.display().to_string(),
            source,
        })?;
        read.push(bytes);
    }
    let files: Vec<(&Path, &[u8])> = given
        .files
        .iter()
        .zip(&read)
        .map(|(file, bytes)| (file.as_path(), bytes.as_slice()))
        .collect();
    let draft = import::import(&files).map_err(|error| AuditError::Usage(error.to_string()))?;
    let text = draft.to_yaml();
    let Some(target) = &given.to else {
        match global.format.printed() {
            Printed::Text => output::print(&text)?,
            Printed::Json => {
                output::print_json(&serde_json::json!({ "audit": text, "todos": draft.todos() }))?
            }
        }
        return Ok(Exit::Success);
    };
    write_new(target, &text)?;
    match global.format.printed() {
        Printed::Text => output::print(&format!(
            "{}: {} TODO(s) to replace before it runs\n",
            target.display(),
            draft.todos()
        ))?,
        Printed::Json => output::print_json(&serde_json::json!({
            "file": target.display().to_string(),
            "todos": draft.todos(),
        }))?,
    }
    Ok(Exit::Success)
}

/// Writes a file that is not there yet: a reviewed audit file is never overwritten.
fn write_new(target: &Path, text: &str) -> Result<(), AuditError> {
    use std::io::Write;
    std::fs::File::create_new(target)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| AuditError::Output {
            path: target.display().to_string(),
            source,
        })
}
