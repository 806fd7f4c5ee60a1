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
mod start;
mod syntax;
mod tree;
mod voi;
mod volume;
mod walk;

use std::path::{Path, PathBuf};

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
pub use series::{Series, SeriesFlag, Slice, arrange};
pub(in crate::imaging) use start::{Start, describe_output, describe_window};
pub use syntax::decoder_versions;
pub use voi::{Voi, VoiChoice, Window, WindowFunction};
pub use volume::Volume;

/// Whether a file's first bytes are those of a DICOM file (with or without preamble).
pub fn is_dicom(bytes: &[u8]) -> bool {
    file::looks_like_dicom(bytes)
}

/// All files below a folder, sorted by path, whether they are DICOM or not.
///
/// # Errors
/// A folder that cannot be read.
pub fn paths_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                paths.push(entry.path());
            }
        }
    }
    paths.sort();
    Ok(paths)
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
