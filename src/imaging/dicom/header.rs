//! The attributes that give stored values their shape: group 0028, checked against each other.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::elements::{keyword, text};
use super::error::{DicomError, Reason};
use super::file::File;
use crate::imaging::image::MAX_SAMPLES;

/// What the samples of a pixel are (PS3.3 C.7.6.3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Photometric {
    /// One sample, the least value is white.
    Monochrome1,
    /// One sample, the least value is black.
    Monochrome2,
    /// One sample, an index into the palettes.
    PaletteColor,
    /// Red, green, blue.
    Rgb,
    /// Luminance and chroma, full range.
    YbrFull,
    /// As `YbrFull`, chroma stored for every other column.
    YbrFull422,
    /// Irreversible transform of JPEG 2000; the decoder yields red, green, blue.
    YbrIct,
    /// Reversible transform of JPEG 2000; the decoder yields red, green, blue.
    YbrRct,
    /// The colour space of JPEG XL; the decoder yields red, green, blue.
    Xyb,
}

const PHOTOMETRIC: &[(&str, Photometric)] = &[
    ("MONOCHROME1", Photometric::Monochrome1),
    ("MONOCHROME2", Photometric::Monochrome2),
    ("PALETTE COLOR", Photometric::PaletteColor),
    ("RGB", Photometric::Rgb),
    ("YBR_FULL", Photometric::YbrFull),
    ("YBR_FULL_422", Photometric::YbrFull422),
    ("YBR_ICT", Photometric::YbrIct),
    ("YBR_RCT", Photometric::YbrRct),
    ("XYB", Photometric::Xyb),
];

impl Photometric {
    /// The name as the attribute holds it.
    pub fn name(self) -> &'static str {
        PHOTOMETRIC
            .iter()
            .find(|(_, value)| *value == self)
            .map_or("", |(name, _)| name)
    }

    fn channels(self) -> usize {
        match self {
            Photometric::Monochrome1 | Photometric::Monochrome2 | Photometric::PaletteColor => 1,
            _ => 3,
        }
    }

    /// Whether there is one sample a pixel that is a measurement, not an index.
    pub fn is_gray(self) -> bool {
        matches!(self, Photometric::Monochrome1 | Photometric::Monochrome2)
    }
}

/// How the samples of the pixel data are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// Whole numbers.
    Integer {
        /// Bits that a sample takes up: 1, 8, 16 or 32.
        allocated: u32,
        /// Bits of them that hold the value.
        stored: u32,
        /// Position of the value's most significant bit.
        high_bit: u32,
        /// Two's complement.
        signed: bool,
    },
    /// 32-bit floats.
    Float,
    /// 64-bit floats.
    DoubleFloat,
}

/// Shape and storage of the pixel data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelHeader {
    /// Meaning of the samples.
    pub photometric: Photometric,
    /// Rows (height).
    pub rows: usize,
    /// Columns (width).
    pub columns: usize,
    /// Images in the file.
    pub frames: usize,
    /// Samples a pixel.
    pub channels: usize,
    /// How a sample is stored.
    pub storage: Storage,
    /// Colours are stored plane by plane in uncompressed data.
    pub planar: bool,
}

impl PixelHeader {
    /// Samples of one frame.
    pub fn frame_samples(&self) -> usize {
        self.rows * self.columns * self.channels
    }
}

/// Reads and checks the attributes.
pub(super) fn read(file: &mut File<'_>) -> Result<PixelHeader, DicomError> {
    let Some(pixels) = &file.pixels else {
        return Err(DicomError::pixels(
            Reason::MissingAttribute,
            "the file has no pixel data",
        ));
    };
    let float = match pixels.tag {
        tags::FLOAT_PIXEL_DATA => Some(Storage::Float),
        tags::DOUBLE_FLOAT_PIXEL_DATA => Some(Storage::DoubleFloat),
        _ => None,
    };
    let object = &file.elements.object;
    let photometric = photometric(object)?;
    let channels = whole(object, tags::SAMPLES_PER_PIXEL)? as usize;
    if channels != photometric.channels() {
        return Err(invalid(format!(
            "SamplesPerPixel is {channels}, expected {} for the photometric interpretation {}",
            photometric.channels(),
            photometric.name()
        )));
    }
    let rows = size(object, tags::ROWS)?;
    let columns = size(object, tags::COLUMNS)?;
    let frames = frames(object, &mut file.notes)?;
    let storage = match float {
        Some(storage) => storage,
        None => integer(object, &mut file.notes)?,
    };
    let planar = channels > 1
        && match optional(object, tags::PLANAR_CONFIGURATION)? {
            None => {
                file.notes.push(
                    "PlanarConfiguration is absent: colours are taken as side by side".to_owned(),
                );
                false
            }
            Some(0) => false,
            Some(1) => true,
            Some(other) => {
                return Err(invalid(format!(
                    "PlanarConfiguration is {other}, expected 0 or 1"
                )));
            }
        };
    let header = PixelHeader {
        photometric,
        rows,
        columns,
        frames,
        channels,
        storage,
        planar,
    };
    check_size(&header)?;
    Ok(header)
}

fn check_size(header: &PixelHeader) -> Result<(), DicomError> {
    let total = header
        .rows
        .checked_mul(header.columns)
        .and_then(|pixels| pixels.checked_mul(header.channels))
        .and_then(|samples| samples.checked_mul(header.frames));
    match total {
        Some(samples) if samples <= MAX_SAMPLES => Ok(()),
        _ => Err(DicomError::pixels(
            Reason::TooLarge,
            format!(
                "the header claims {} frames x {} rows x {} columns x {} samples, more than the \
                 limit of {MAX_SAMPLES} samples",
                header.frames, header.rows, header.columns, header.channels
            ),
        )),
    }
}

fn photometric(object: &InMemDicomObject) -> Result<Photometric, DicomError> {
    let name = text(object, tags::PHOTOMETRIC_INTERPRETATION)
        .ok_or_else(|| missing("PhotometricInterpretation"))?;
    PHOTOMETRIC
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let known: Vec<&str> = PHOTOMETRIC.iter().map(|(name, _)| *name).collect();
            invalid(format!(
                "PhotometricInterpretation is {name:?}, expected one of {}",
                known.join(", ")
            ))
        })
}

fn frames(object: &InMemDicomObject, notes: &mut Vec<String>) -> Result<usize, DicomError> {
    match optional(object, tags::NUMBER_OF_FRAMES)? {
        None => Ok(1),
        Some(0) => {
            notes.push("NumberOfFrames is 0: taken as 1".to_owned());
            Ok(1)
        }
        Some(frames) => usize::try_from(frames).map_err(|_| {
            invalid(format!(
                "NumberOfFrames is {frames}, expected a positive number"
            ))
        }),
    }
}

fn size(object: &InMemDicomObject, tag: Tag) -> Result<usize, DicomError> {
    let value = whole(object, tag)?;
    if (1..=65535).contains(&value) {
        return Ok(value as usize);
    }
    Err(invalid(format!(
        "{} is {value}, expected 1 to 65535",
        keyword(tag)
    )))
}

fn integer(object: &InMemDicomObject, notes: &mut Vec<String>) -> Result<Storage, DicomError> {
    let allocated = whole(object, tags::BITS_ALLOCATED)?;
    if !matches!(allocated, 1 | 8 | 16 | 32) {
        return Err(invalid(format!(
            "BitsAllocated is {allocated}, expected 1, 8, 16 or 32"
        )));
    }
    let stored = whole(object, tags::BITS_STORED)?;
    if !(1..=allocated).contains(&stored) {
        return Err(invalid(format!(
            "BitsStored is {stored}, expected 1 to {allocated}, the BitsAllocated"
        )));
    }
    let high_bit = match optional(object, tags::HIGH_BIT)? {
        Some(bit) => bit,
        None => {
            notes.push(format!("HighBit is absent: taken as {}", stored - 1));
            stored - 1
        }
    };
    if !(stored - 1..allocated).contains(&high_bit) {
        return Err(invalid(format!(
            "HighBit is {high_bit}, expected {} to {} for {stored} bits stored in {allocated}",
            stored - 1,
            allocated - 1
        )));
    }
    if high_bit != stored - 1 {
        notes.push(format!(
            "HighBit is {high_bit}, not {} (BitsStored - 1): values are taken from bits {} to \
             {high_bit}, as the standard says; some readers, pydicom among them, ignore HighBit \
             and give other values",
            stored - 1,
            high_bit + 1 - stored
        ));
    }
    let signed = match whole(object, tags::PIXEL_REPRESENTATION)? {
        0 => false,
        1 => true,
        other => {
            return Err(invalid(format!(
                "PixelRepresentation is {other}, expected 0 (unsigned) or 1 (signed)"
            )));
        }
    };
    Ok(Storage::Integer {
        allocated: allocated as u32,
        stored: stored as u32,
        high_bit: high_bit as u32,
        signed,
    })
}

/// A whole number; an error where it is absent or no number.
fn whole(object: &InMemDicomObject, tag: Tag) -> Result<i64, DicomError> {
    optional(object, tag)?.ok_or_else(|| missing(&keyword(tag)))
}

/// A whole number where the element has a value.
fn optional(object: &InMemDicomObject, tag: Tag) -> Result<Option<i64>, DicomError> {
    let Some(element) = object.get(tag) else {
        return Ok(None);
    };
    if element.value().primitive().is_none_or(|value| {
        value.calculate_byte_len() == 0 || value.to_str().trim_matches([' ', '\0']).is_empty()
    }) {
        return Ok(None);
    }
    element.to_int::<i64>().map(Some).map_err(|_| {
        invalid(format!(
            "{} is {:?}, expected a whole number",
            keyword(tag),
            text(object, tag).unwrap_or_default()
        ))
    })
}

fn missing(name: &str) -> DicomError {
    DicomError::pixels(
        Reason::MissingAttribute,
        format!("{name} is absent or empty, without which the pixel data have no meaning"),
    )
}

fn invalid(sentence: String) -> DicomError {
    DicomError::pixels(Reason::InvalidAttribute, sentence)
}
