//! What a reader sees in a file, for `inspect`: numbers and hashes that another reader can repeat.
//!
//! One file a family of formats. Each says in [`Description`] what it knows and leaves the rest
//! empty; hashes are SHA-256 of little-endian samples.

mod raster;
mod series;
mod volume;

pub(in crate::imaging) use series::read_series;
pub use series::{SeriesDescription, describe_folder};

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::decode::{DecodeError, DecodeReason};
use super::dicom::{self, DicomError};
use super::image::{Samples, Summary};

/// Bytes of the largest file that is read: what the largest image takes uncompressed, and a header.
const LARGEST_FILE: u64 = 8 * super::image::MAX_SAMPLES as u64 + (1 << 26);

/// What a reader sees in a file. What does not apply is `None` and left out of JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// Name of the format (`PNG`, `NIfTI-1`).
    pub format: String,
    /// Library and version that read it.
    pub decoder: String,
    /// Length of each axis, in the order of the array that Python readers give: rows, columns and
    /// channels of a raster image; first axis first for NIfTI.
    pub shape: Vec<usize>,
    /// Type of a stored sample, as numpy writes it.
    pub dtype: String,
    /// Bits a stored sample.
    pub bits: u32,
    /// `little` or `big`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byte_order: Option<&'static str>,
    /// Distance of neighbours along each axis as the header gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<Vec<f64>>,
    /// The same from the affine in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affine_spacing: Option<Vec<f64>>,
    /// Unit of distances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<&'static str>,
    /// Where each axis grows to (`RAS`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orientation: Option<String>,
    /// From voxel indices to RAS coordinates, three rows of four.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affine: Option<Vec<f64>>,
    /// NIfTI code of the sform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sform_code: Option<i32>,
    /// NIfTI code of the qform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qform_code: Option<i32>,
    /// Factor of stored values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slope: Option<f64>,
    /// Added after the factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intercept: Option<f64>,
    /// Least finite value; `None` where no value is finite.
    #[serde(rename = "min")]
    pub minimum: Option<f64>,
    /// Largest finite value.
    #[serde(rename = "max")]
    pub maximum: Option<f64>,
    /// Mean of the finite values.
    pub mean: Option<f64>,
    /// Values that are NaN or infinite.
    pub nonfinite: usize,
    /// Raster and arrays: samples as Pillow or numpy gives them. NIfTI: scaled values as 32-bit
    /// floats in the order of nibabel's array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// In colour and upright, where a palette or an orientation tag makes a difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rgb_sha256: Option<String>,
    /// Shape after reorientation nearest to RAS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ras_shape: Option<Vec<usize>>,
    /// Values after reorientation nearest to RAS, 32-bit floats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ras_sha256: Option<String>,
    /// What preprocessing starts from, where it is not the array above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_as: Option<ReadAs>,
    /// What a user should know.
    pub notes: Vec<String>,
}

/// The samples that preprocessing starts from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadAs {
    /// Rows, columns, channels.
    pub shape: Vec<usize>,
    /// Type of a sample, as numpy writes it.
    pub dtype: &'static str,
    /// Hash of the samples.
    pub sha256: String,
}

/// A file that is not read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    /// One sentence.
    pub error: String,
    /// Stable reason in kebab case.
    pub reason: String,
    /// What could not be done: `read` (the file or its header), `pixels`, `modality` and `voi` of
    /// DICOM, `preprocess`, `model`.
    pub step: &'static str,
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        let step = match error.kind() {
            DecodeReason::EmptyFile
            | DecodeReason::UnsupportedFormat
            | DecodeReason::KindMismatch => "read",
            _ => "pixels",
        };
        Self {
            error: error.to_string(),
            reason: error.reason().to_owned(),
            step,
        }
    }
}

impl From<DicomError> for Refusal {
    fn from(error: DicomError) -> Self {
        Self {
            error: error.to_string(),
            reason: error.reason().code().to_owned(),
            step: error.step().code(),
        }
    }
}

/// Reads a file's bytes, up to what the largest image takes.
///
/// # Errors
/// No such file, a folder, one that cannot be read or is too large.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Refusal> {
    let refusal = |reason: &str, error: String| Refusal {
        error,
        reason: reason.to_owned(),
        step: "read",
    };
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => refusal("file-absent", "no such file".to_owned()),
        kind => refusal(
            "file-unreadable",
            format!("the file cannot be read ({kind})"),
        ),
    };
    if path.is_dir() {
        return Err(refusal(
            "unsupported-format",
            "a folder, expected a file with an image or a volume".to_owned(),
        ));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(refusal(
            "too-large",
            format!("the file is larger than the limit of {LARGEST_FILE} bytes"),
        ));
    }
    Ok(bytes)
}

/// Facts of a file or of a series, each family of formats with its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Facts {
    /// A raster image, an array or a NIfTI volume.
    File(Box<Description>),
    /// A DICOM file.
    Dicom(Box<dicom::Description>),
    /// The slices of one DICOM series in a folder.
    Series(Box<SeriesDescription>),
}

/// What is known of a file: facts, and why it, or a later step of it, was refused. A DICOM file
/// that is refused at its window has both.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// What could be read.
    pub facts: Option<Facts>,
    /// What could not.
    pub refusal: Option<Refusal>,
}

/// Describes a file's content. `path` is its name, which tells a pair of `.hdr` and `.img`.
pub fn describe(path: &Path, bytes: &[u8]) -> Described {
    // What is named DICOM is held to it: another reader would refuse it too.
    let described = if dicom::is_dicom(bytes) || volume::extension(path, "dcm") {
        let mut facts = dicom::describe(bytes);
        let refusal = facts.refusal.take().map(Refusal::from);
        return Described {
            // Without a header there is nothing but the refusal.
            facts: (facts.transfer_syntax_uid.is_some() || refusal.is_none())
                .then(|| Facts::Dicom(Box::new(facts))),
            refusal,
        };
    } else if volume::is_volume(path, bytes) {
        volume::describe(path, bytes)
    } else {
        raster::describe(bytes)
    };
    match described {
        Ok(facts) => Described {
            facts: Some(Facts::File(Box::new(facts))),
            refusal: None,
        },
        Err(refusal) => Described {
            facts: None,
            refusal: Some(refusal),
        },
    }
}

fn sha256(samples: &Samples) -> String {
    hex(&Sha256::digest(samples.to_le_bytes()))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Description {
    fn summarize(&mut self, summary: Option<Summary>, samples: usize) {
        self.minimum = summary.map(|summary| summary.min);
        self.maximum = summary.map(|summary| summary.max);
        self.mean = summary.map(|summary| summary.mean);
        self.nonfinite = summary.map_or(samples, |summary| summary.not_finite);
    }
}

#[cfg(test)]
mod golden;
