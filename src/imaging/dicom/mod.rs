//! DICOM: stored values of any transfer syntax, and what they mean.
//!
//! The steps are those of the standard, in its order: stored values ([`decode()`]), modality LUT
//! ([`Dicom::rescaled`]), window or VOI LUT ([`Dicom::windowed`]) with the inversion of MONOCHROME1
//! at its end. Each can fail on its own ([`Step`]), and none is guessed: a missing window is an
//! error where one is asked for, never the image's own minimum and maximum. Overlays and real-world
//! value mappings are left out.
//!
//! Called by `inference/` and `cli/` (`inspect`). Must not know truth, attributes or strata: header
//! values as columns ([`Elements::column`]) go to `cohort/` through whoever calls this room.

mod beside;
mod codec;
mod colour;
mod columns;
mod describe;
mod elements;
mod error;
mod file;
mod frames;
mod geometry;
mod header;
mod lut;
mod meaning;
mod modality;
mod native;
mod pixels;
mod segmentation;
mod series;
mod slice;
mod start;
mod syntax;
mod tree;
mod voi;
mod volume;
mod walk;

use std::path::{Path, PathBuf};

pub(in crate::imaging) use beside::without_copies;
pub use columns::{Column, ColumnError};
pub(in crate::imaging) use describe::sha256;
pub use describe::{Description, WindowFacts, describe};
pub use elements::Elements;
pub use error::{DicomError, Reason, Step};
pub use header::{Photometric, PixelHeader, Storage};
pub use lut::Lut;
pub use meaning::Dicom;
pub use modality::Modality;
pub use segmentation::{SegmentMask, is_segmentation, segment_mask, segment_mask_over};
pub use series::{Series, SeriesFlag, arrange};
pub use slice::Slice;
pub(in crate::imaging) use start::{Start, describe_output, describe_window};
pub use syntax::decoder_versions;
pub use voi::{Voi, VoiChoice, Window, WindowFunction};
pub use volume::Volume;

/// Whether a file's first bytes are those of a DICOM file (with or without preamble).
pub fn is_dicom(bytes: &[u8]) -> bool {
    file::looks_like_dicom(bytes)
}

/// What [`files_below`] finds.
#[derive(Debug, Default)]
pub struct FilesBelow {
    /// Files, sorted by path.
    pub paths: Vec<PathBuf>,
    /// Links that are not followed, since they lead to a folder or to nothing.
    pub links: usize,
    /// Hidden files and folders (`.name`), which are not looked into.
    pub hidden: usize,
}

/// All files below a folder, whether they are DICOM or not. Links to files are followed, links to
/// folders are not (they may lead back); what is hidden is left out.
///
/// # Errors
/// A folder that cannot be read.
pub fn files_below(folder: &Path) -> std::io::Result<FilesBelow> {
    let mut found = FilesBelow::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if is_hidden(&path) {
                found.hidden += 1;
            } else if kind.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                found.paths.push(path);
            } else if kind.is_symlink() {
                found.links += 1;
            }
        }
    }
    found.paths.sort();
    Ok(found)
}

/// Whether a file or folder begins with a dot.
pub(crate) fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}

/// Reads a file's header alone: no pixel is decoded.
///
/// # Errors
/// [`DicomError`] of the step [`Step::Read`].
pub fn read_elements(bytes: &[u8]) -> Result<Elements, DicomError> {
    guarded(|| file::open(bytes).map(|file| file.elements))
}

/// Decodes the stored values of a file.
///
/// # Errors
/// [`DicomError`] of the steps [`Step::Read`] or [`Step::Pixels`]: what is wrong, with a stable
/// reason and a sentence.
pub fn decode(bytes: &[u8]) -> Result<Dicom, DicomError> {
    guarded(|| meaning::decode(file::open(bytes)?))
}

/// A panic inside a decoding library is an error of the one file: the other thousands of a cohort
/// must still be read.
fn guarded<T>(
    run: impl FnOnce() -> Result<T, DicomError> + std::panic::UnwindSafe,
) -> Result<T, DicomError> {
    std::panic::catch_unwind(run).unwrap_or_else(|_| {
        Err(DicomError::corrupt(
            "the decoding library gave up on the file",
        ))
    })
}

#[cfg(test)]
mod damage;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_series;
#[cfg(test)]
mod start_tests;
