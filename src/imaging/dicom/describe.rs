//! What a reader sees in a file, for `inspect` and for comparison with other readers.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::elements::{Elements, frame_group, numbers, text};
use super::error::{DicomError, Step};
use super::header::Storage;
use super::meaning::{self, Dicom};
use super::voi::{self, Voi, VoiChoice};
use super::{file, guarded, syntax};
use crate::imaging::image::{Sample, Samples, any_type};

/// Facts of one file. Hashes are SHA-256 in hex; what they are taken of stands at each. A value is
/// absent where the file has none, or where the step that makes it was refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Description {
    /// `DICOM`.
    pub format: &'static str,
    /// Name of the transfer syntax in PS3.6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_syntax: Option<String>,
    /// Its identifier as the file declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_syntax_uid: Option<String>,
    /// Library and version that decoded the pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoder: Option<&'static str>,
    /// PhotometricInterpretation as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photometric_interpretation: Option<String>,
    /// Frames, rows, columns, samples a pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<[usize; 4]>,
    /// Bits that a sample takes up in the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits_allocated: Option<u32>,
    /// Bits of them that hold the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits_stored: Option<u32>,
    /// Position of the most significant bit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_bit: Option<u32>,
    /// Two's complement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<bool>,
    /// Distance of rows and of columns in mm, of the first frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<Vec<f64>>,
    /// The attribute that the spacing comes from: ImagerPixelSpacing is at the detector, not in the
    /// patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing_from: Option<&'static str>,
    /// ImageOrientationPatient of the first frame: direction of a row, then of a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orientation: Option<Vec<f64>>,
    /// ImagePositionPatient of the first frame, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Vec<f64>>,
    /// The first window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowFacts>,
    /// Least stored value.
    #[serde(rename = "min", skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// Largest stored value.
    #[serde(rename = "max", skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// Mean of the stored values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Of the stored values as little-endian 32-bit integers; absent for float pixel data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_sha256: Option<String>,
    /// Least value in the modality's unit, of a gray image.
    #[serde(rename = "modality_min", skip_serializing_if = "Option::is_none")]
    pub modality_minimum: Option<f64>,
    /// Largest such value.
    #[serde(rename = "modality_max", skip_serializing_if = "Option::is_none")]
    pub modality_maximum: Option<f64>,
    /// Mean of such values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modality_mean: Option<f64>,
    /// Of the values in the modality's unit as little-endian 32-bit floats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modality_sha256: Option<String>,
    /// Of the display values of the first window, 0 to 255, a byte each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voi_sha256: Option<String>,
    /// Of the display values of the first VOI LUT, 0 to 255, a byte each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voi_lut_sha256: Option<String>,
    /// Of red, green and blue of a colour image, a byte or a little-endian 16-bit word each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rgb_sha256: Option<String>,
    /// Sentences on what is unusual in the file.
    pub notes: Vec<String>,
    /// Why the file, or a later step of it, was refused.
    #[serde(skip)]
    pub refusal: Option<DicomError>,
}

/// A window as a file gives it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowFacts {
    /// In the modality's unit.
    pub center: f64,
    /// In the modality's unit.
    pub width: f64,
    /// `LINEAR`, `LINEAR_EXACT` or `SIGMOID`.
    pub function: &'static str,
}

/// Describes a file as far as it can be read. A refused step leaves the facts of the steps before
/// it in place, and `refusal` says what was wrong; a file of which no header can be read has nothing but
/// that.
pub fn describe(bytes: &[u8]) -> Description {
    let mut description = Description {
        format: "DICOM",
        ..Description::default()
    };
    let outcome = guarded(std::panic::AssertUnwindSafe(|| {
        fill(bytes, &mut description)
    }));
    description.refusal = outcome.err();
    description
}

fn fill(bytes: &[u8], description: &mut Description) -> Result<(), DicomError> {
    let file = file::open(bytes)?;
    header(&file.elements, description);
    description.notes.clone_from(&file.notes);
    description.decoder = file.syntax.map(|syntax| syntax.codec.decoder());
    let image = meaning::decode(file)?;
    stored(&image, description);
    if !image.header.photometric.is_gray() {
        // A colour space that is not turned here leaves the stored values as they are.
        description.rgb_sha256 = image.rgb().ok().and_then(|colours| match colours {
            Samples::U8(_) | Samples::U16(_) => Some(sha256(&colours)),
            _ => None,
        });
        return Ok(());
    }
    modality(&image, description)?;
    display(&image, description)
}

fn header(elements: &Elements, description: &mut Description) {
    let uid = elements.syntax_uid.as_deref();
    description.transfer_syntax_uid = uid.map(str::to_owned);
    description.transfer_syntax = uid
        .and_then(syntax::find)
        .map(|known| known.name.to_owned());
    description.photometric_interpretation =
        text(&elements.object, tags::PHOTOMETRIC_INTERPRETATION);
    let of = |group: Tag, tag: Tag, count: usize| {
        let owner = frame_group(&elements.object, group, 0);
        let values = numbers(owner, tag, Step::Read).ok().flatten()?;
        (values.len() == count).then_some(values)
    };
    for (tag, name) in [
        (tags::PIXEL_SPACING, "PixelSpacing"),
        (tags::IMAGER_PIXEL_SPACING, "ImagerPixelSpacing"),
        (
            tags::NOMINAL_SCANNED_PIXEL_SPACING,
            "NominalScannedPixelSpacing",
        ),
    ] {
        if let Some(spacing) = of(tags::PIXEL_MEASURES_SEQUENCE, tag, 2) {
            description.spacing = Some(spacing);
            description.spacing_from = Some(name);
            break;
        }
    }
    description.orientation = of(
        tags::PLANE_ORIENTATION_SEQUENCE,
        tags::IMAGE_ORIENTATION_PATIENT,
        6,
    );
    description.position = of(
        tags::PLANE_POSITION_SEQUENCE,
        tags::IMAGE_POSITION_PATIENT,
        3,
    );
}

fn stored(image: &Dicom, description: &mut Description) {
    let header = &image.header;
    description.notes.clone_from(&image.notes);
    description.shape = Some([header.frames, header.rows, header.columns, header.channels]);
    match header.storage {
        Storage::Integer {
            allocated,
            stored,
            high_bit,
            signed,
        } => {
            description.bits_allocated = Some(allocated);
            description.bits_stored = Some(stored);
            description.high_bit = Some(high_bit);
            description.signed = Some(signed);
            description.raw_sha256 = Some(raw_sha256(&image.samples));
        }
        Storage::Float => description.bits_allocated = Some(32),
        Storage::DoubleFloat => description.bits_allocated = Some(64),
    }
    if let Some(summary) = image.samples.summary() {
        description.minimum = Some(summary.min);
        description.maximum = Some(summary.max);
        description.mean = Some(summary.mean);
    }
}

fn modality(image: &Dicom, description: &mut Description) -> Result<(), DicomError> {
    let (_, mut notes) = image.modality()?;
    description.notes.append(&mut notes);
    let values = Samples::F32(image.rescaled()?);
    if let Some(summary) = values.summary() {
        description.modality_minimum = Some(summary.min);
        description.modality_maximum = Some(summary.max);
        description.modality_mean = Some(summary.mean);
    }
    description.modality_sha256 = Some(sha256(&values));
    Ok(())
}

fn display(image: &Dicom, description: &mut Description) -> Result<(), DicomError> {
    let (window, table) = voi::present(&image.elements, 0, &mut description.notes);
    if table {
        let values = Samples::U8(image.windowed_u8(&VoiChoice::TableAt(0))?);
        description.voi_lut_sha256 = Some(sha256(&values));
    }
    if !window {
        return Ok(());
    }
    let (windows, mut notes) = image.voi(&VoiChoice::FirstWindow)?;
    description.notes.append(&mut notes);
    if let Some(Voi::Window(window)) = windows.first() {
        description.window = Some(WindowFacts {
            center: window.center(),
            width: window.width(),
            function: window.function().term(),
        });
    }
    let values = Samples::U8(image.windowed_u8(&VoiChoice::FirstWindow)?);
    description.voi_sha256 = Some(sha256(&values));
    Ok(())
}

/// Of the values as little-endian 32-bit integers.
fn raw_sha256(samples: &Samples) -> String {
    let mut hash = Sha256::new();
    update_raw(&mut hash, samples);
    hex(&hash.finalize())
}

/// Feeds the values as little-endian 32-bit integers.
pub(super) fn update_raw(hash: &mut Sha256, samples: &Samples) {
    any_type!(samples, values => update(hash, values, |value| {
        (value.to_f64() as i64 as u32).to_le_bytes()
    }));
}

/// Samples that are turned to bytes at a time.
const CHUNK: usize = 64 * 1024;

/// Of the samples' little-endian bytes.
pub(in crate::imaging) fn sha256(samples: &Samples) -> String {
    let mut hash = Sha256::new();
    match samples {
        Samples::U8(values) => hash.update(values),
        Samples::U16(values) => update(&mut hash, values, |value| value.to_le_bytes()),
        Samples::I16(values) => update(&mut hash, values, |value| value.to_le_bytes()),
        Samples::U32(values) => update(&mut hash, values, |value| value.to_le_bytes()),
        Samples::I32(values) => update(&mut hash, values, |value| value.to_le_bytes()),
        Samples::F32(values) => update(&mut hash, values, |value| value.to_le_bytes()),
        Samples::F64(values) => update(&mut hash, values, |value| value.to_le_bytes()),
    }
    hex(&hash.finalize())
}

fn update<T: Copy, const N: usize>(hash: &mut Sha256, values: &[T], bytes: impl Fn(T) -> [u8; N]) {
    let mut buffer = Vec::with_capacity(N * CHUNK);
    for chunk in values.chunks(CHUNK) {
        buffer.clear();
        buffer.extend(chunk.iter().flat_map(|&value| bytes(value)));
        hash.update(&buffer);
    }
}

pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
