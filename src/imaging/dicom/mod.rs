//! DICOM: stored values of any transfer syntax, and what they mean.
//!
//! The steps are those of the standard, in its order: stored values ([`decode()`]), modality LUT,
//! window or VOI LUT, inversion of MONOCHROME1. Each can fail on its own ([`Step`]), and none is
//! guessed: a missing window is an error where one is asked for, never the image's own minimum and
//! maximum.
//!
//! Called by `inference/` and `cli/` (`inspect`). Must not know truth, attributes or strata.

mod codec;
mod error;
mod file;
mod frames;
mod header;
mod native;
mod pixels;
mod syntax;
mod walk;

pub use error::{DicomError, Reason, Step};
pub use header::{Photometric, PixelHeader, Storage};

use crate::imaging::image::Samples;

/// A DICOM image as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Shape and storage of the values.
    pub header: PixelHeader,
    /// Frames x rows x columns x samples, colours side by side.
    pub samples: Samples,
    /// What a user should know about this file. Sentences without an end mark, in a fixed order.
    pub notes: Vec<String>,
}

/// Decodes the stored values of a file.
///
/// # Errors
/// [`DicomError`] with the step that refused the file, a stable reason and a sentence.
pub fn decode(bytes: &[u8]) -> Result<Stored, DicomError> {
    guarded(|| {
        let mut file = file::open(bytes)?;
        let header = header::read(&mut file)?;
        let samples = pixels::decode(&mut file, &header)?;
        Ok(Stored {
            header,
            samples,
            notes: file.notes,
        })
    })
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
mod golden;
