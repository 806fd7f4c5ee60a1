//! `equipoise verify`.

use crate::audit::{self, AuditError, FileState, Verification, VerifiedFile};

use super::Exit;
use super::arguments::{GlobalArguments, Printed, VerifyArguments};
use super::output;

pub(super) fn verify(
    given: &VerifyArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let found = audit::verify(&given.folder)?;
    let holds = found.holds();
    match global.format.printed() {
        Printed::Json => {
            let mut value = output::as_json(&found)?;
            value["verified"] = holds.into();
            output::print_json(&value)?;
        }
        Printed::Text => output::print(&text(&found, global.verbose > 0))?,
    }
    Ok(if holds { Exit::Success } else { Exit::Input })
}

fn text(found: &Verification, all: bool) -> String {
    let count = |files: &[VerifiedFile], state: FileState| {
        files.iter().filter(|file| file.state == state).count()
    };
    let mut lines = vec![if found.holds() {
        "verified: every output is the one that was written".to_owned()
    } else {
        "NOT VERIFIED: files are not those that the audit wrote or read".to_owned()
    }];
    for (what, files) in [("outputs", &found.outputs), ("inputs", &found.inputs)] {
        lines.push(format!(
            "{what}: {} the same, {} differ, {} not there, {} not in the manifest",
            count(files, FileState::Same),
            count(files, FileState::Differs),
            count(files, FileState::Missing),
            count(files, FileState::Unknown)
        ));
        let told = files
            .iter()
            .filter(|file| all || file.state != FileState::Same);
        lines.extend(
            told.map(|file| format!("  {} {} ({})", word(file.state), file.path, file.role)),
        );
    }
    lines.join("\n") + "\n"
}

fn word(state: FileState) -> &'static str {
    match state {
        FileState::Same => "same",
        FileState::Differs => "DIFFERS",
        FileState::Missing => "not there",
        FileState::Unknown => "not in the manifest",
    }
}
