//! From a path to the image that the model is fed, and the hash of what was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::config::InputKind;
use crate::imaging::{Image, Pipeline};

use super::super::kept::Found;
use super::super::run::failure;
use super::super::{Failure, Job, KeptImages};

/// Image, hash and decoder of one file.
pub(super) type ReadImage = (
    Result<Image, Failure>,
    Option<[u8; 32]>,
    Option<&'static str>,
);

pub(super) fn read_file(job: Job<'_>, pipeline: &Pipeline, path: &Path) -> ReadImage {
    if pipeline.kind() == InputKind::DicomSeries && path.is_dir() {
        return read_folder(job, pipeline, path);
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return (
                Err(failure("file-absent", "no such file".to_owned())),
                None,
                None,
            );
        }
        Err(error) => {
            return (
                Err(failure(
                    "file-unreadable",
                    format!("the file cannot be read ({})", error.kind()),
                )),
                None,
                None,
            );
        }
    };
    let sha256 = job.hash.then(|| Sha256::digest(&bytes).into());
    let (image, decoder) = match job.kept {
        Some(kept) => once_read(pipeline, path, &bytes, kept),
        None => preprocessed(pipeline, path, &bytes),
    };
    (image, sha256, decoder)
}

/// A folder of slices. Its hash is that of the names and bytes of its files, in the order of names.
fn read_folder(job: Job<'_>, pipeline: &Pipeline, folder: &Path) -> ReadImage {
    let before = stamps(folder).ok();
    let sha256 = match job.hash.then(|| hash_folder(folder)).transpose() {
        Ok(sha256) => sha256,
        Err(error) => {
            let message = format!("the folder cannot be read ({})", error.kind());
            return (Err(failure("file-unreadable", message)), None, None);
        }
    };
    let (image, decoder) = preprocessed(pipeline, folder, &[]);
    // The hash and the voxels come from two readings, which must be of the same files.
    if before.is_none() || before != stamps(folder).ok() {
        let message = "the folder changed while it was read; run again once nothing writes to it";
        return (Err(failure("file-changed", message.to_owned())), None, None);
    }
    (image, sha256, decoder)
}

type Stamp = (PathBuf, u64, Option<std::time::SystemTime>);

/// Names, lengths and times of change of a folder's files, by name.
fn stamps(folder: &Path) -> std::io::Result<Vec<Stamp>> {
    let mut stamps = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let facts = entry.metadata()?;
        stamps.push((entry.path(), facts.len(), facts.modified().ok()));
    }
    stamps.sort();
    Ok(stamps)
}

fn hash_folder(folder: &Path) -> std::io::Result<[u8; 32]> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    let mut hash = Sha256::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        hash.update(Sha256::digest(name.as_bytes()));
        hash.update(Sha256::digest(std::fs::read(&path)?));
    }
    Ok(hash.finalize().into())
}

fn preprocessed(
    pipeline: &Pipeline,
    path: &Path,
    bytes: &[u8],
) -> (Result<Image, Failure>, Option<&'static str>) {
    let decoded = match pipeline.read(path, bytes) {
        Ok(decoded) => decoded,
        Err(refusal) => return (Err(failure(&refusal.reason, refusal.error)), None),
    };
    let image = pipeline
        .apply(decoded.image)
        .map_err(|error| failure(error.reason(), error.to_string()));
    (image, Some(decoded.decoder))
}

/// The same, from where an earlier pipeline that begins alike has come.
fn once_read(
    pipeline: &Pipeline,
    path: &Path,
    bytes: &[u8],
    kept: &KeptImages,
) -> (Result<Image, Failure>, Option<&'static str>) {
    let (resized, decoder) = match once_resized(pipeline, path, bytes, kept) {
        Ok(found) => found,
        Err((failed, decoder)) => return (Err(failed), decoder),
    };
    let image = pipeline
        .finished(Arc::unwrap_or_clone(resized))
        .map_err(|error| failure(error.reason(), error.to_string()));
    (image, Some(decoder))
}

fn once_resized(
    pipeline: &Pipeline,
    path: &Path,
    bytes: &[u8],
    kept: &KeptImages,
) -> Result<Found, (Failure, Option<&'static str>)> {
    let as_resized = pipeline.as_resized();
    if let Some(found) = as_resized.as_ref().and_then(|one| kept.get(path, one)) {
        return Ok(found);
    }
    let (image, decoder) = match kept.get(path, &pipeline.as_read()) {
        Some(found) => found,
        None => {
            let decoded = pipeline
                .read(path, bytes)
                .map_err(|refusal| (failure(&refusal.reason, refusal.error), None))?;
            let found = (Arc::new(decoded.image), decoded.decoder);
            kept.keep(path, pipeline.as_read(), found.clone());
            found
        }
    };
    let resized = pipeline
        .resized(Arc::unwrap_or_clone(image))
        .map_err(|error| (failure(error.reason(), error.to_string()), Some(decoder)))?;
    let found = (Arc::new(resized), decoder);
    if let Some(as_resized) = as_resized {
        kept.keep(path, as_resized, found.clone());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_somebody_writes_to_has_other_stamps() {
        let folder = tempfile::tempdir().unwrap();
        let slice = folder.path().join("slice_01.dcm");
        std::fs::write(&slice, [0; 8]).unwrap();
        let before = stamps(folder.path()).unwrap();
        assert_eq!(stamps(folder.path()).unwrap(), before);
        std::fs::write(&slice, [0; 9]).unwrap();
        let longer = stamps(folder.path()).unwrap();
        assert_ne!(longer, before);
        std::fs::write(folder.path().join("slice_02.dcm"), [0; 8]).unwrap();
        assert_ne!(stamps(folder.path()).unwrap(), longer);
    }
}
