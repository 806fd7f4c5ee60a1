//! Whether the files of an audit are those that it wrote.

use std::io::ErrorKind;
use std::path::Path;

use serde::Serialize;

use crate::provenance::{HashedFile, hash_file};

use super::{AuditError, folder};

/// What became of a file since the manifest was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Its SHA-256 is the one in the manifest.
    Same,
    /// It is another one.
    Differs,
    /// It is not there, or cannot be read.
    Missing,
    /// The manifest does not know it.
    Unknown,
}

/// One file of the manifest or of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedFile {
    /// `output`, or what the input was.
    pub role: String,
    /// As the manifest has it: outputs relative to the folder.
    pub path: String,
    /// What became of it.
    pub state: FileState,
}

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Files of the folder.
    pub outputs: Vec<VerifiedFile>,
    /// Files that were read; one that is not at hand is no fault.
    pub inputs: Vec<VerifiedFile>,
}

impl Verification {
    /// Whether every output is the one that was written, and no input at hand is another one.
    #[must_use]
    pub fn holds(&self) -> bool {
        let same = |file: &VerifiedFile| file.state == FileState::Same;
        let not_another = |file: &VerifiedFile| file.state != FileState::Differs;
        // Without results nothing was verified.
        let results = |file: &VerifiedFile| file.path == folder::RESULTS;
        self.outputs.iter().any(results)
            && self.outputs.iter().all(same)
            && self.inputs.iter().all(not_another)
    }
}

/// Hashes every file of a finished audit again, and those of its inputs that are still where they were.
///
/// # Errors
/// A folder without `manifest.json`, or with one that cannot be read.
pub fn verify(folder: &Path) -> Result<Verification, AuditError> {
    let Some(manifest) = folder::read_manifest(folder)? else {
        return Err(AuditError::Usage(format!(
            "{}: there is no {} to verify the files by; a folder made by `report --redact-sites` has none",
            folder.display(),
            folder::MANIFEST
        )));
    };
    let mut outputs: Vec<VerifiedFile> = manifest
        .outputs
        .iter()
        .map(|file| looked_at(file, &folder.join(&file.path)))
        .collect();
    let there = folder::outputs(folder).map_err(|source| AuditError::Read {
        path: folder.display().to_string(),
        source,
    })?;
    let unknown = there
        .into_iter()
        .filter(|file| manifest.outputs.iter().all(|known| known.path != file.path));
    outputs.extend(unknown.map(|file| VerifiedFile {
        role: file.role,
        path: file.path,
        state: FileState::Unknown,
    }));
    Ok(Verification {
        outputs,
        inputs: manifest
            .inputs
            .iter()
            .map(|file| looked_at(file, Path::new(&file.path)))
            .collect(),
    })
}

fn looked_at(file: &HashedFile, path: &Path) -> VerifiedFile {
    let state = match hash_file(path) {
        Ok(found) if found.sha256 == file.sha256 => FileState::Same,
        Ok(_) => FileState::Differs,
        Err(error) => {
            if error.kind() != ErrorKind::NotFound {
                tracing::debug!("{}: {error}", path.display());
            }
            FileState::Missing
        }
    };
    VerifiedFile {
        role: file.role.clone(),
        path: file.path.clone(),
        state,
    }
}
