//! File bytes to an image as stored: one file a format.
//!
//! The format is told by the first bytes, never by the file's name. Samples come as they are stored
//! (no gamma, no colour management, no rotation by an orientation tag); what a reader might expect
//! otherwise is said in [`Decoded::notes`]. Damaged files are refused even where a lenient reader
//! would fill the missing part with gray, because a half-gray radiograph has a score too.

mod bmp;
mod error;
mod exif;
pub(in crate::imaging) mod jpeg;
pub mod npy;
mod npz;
mod pillow_view;
mod png;
mod tiff;
mod tiff_jpeg;
mod tiff_pages;
mod tiff_strips;
mod webp;

pub use error::{DecodeError, DecodeReason};
pub(crate) use npy::Stored as StoredArray;
pub(crate) use pillow_view::stored;

use crate::config::preprocess::{InputKind, RasterOptions, Turned};
use std::path::Path;

use crate::imaging::image::{Image, MAX_SAMPLES};
use crate::imaging::nifti;

/// An image as a file stores it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The samples.
    pub image: Image,
    /// Name of the file format (`JPEG`, `PNG`, `NPY`, ...).
    pub format: &'static str,
    /// Library and version that decoded it (`libjpeg-turbo-rs 0.9.0`).
    pub decoder: &'static str,
    /// What a user should know about this file: an orientation tag that was not applied, alpha,
    /// further pages, a palette. Sentences without an end mark, in a fixed order.
    pub notes: Vec<String>,
}

const JPEG: &str = "libjpeg-turbo-rs 0.9.0";
const PNG: &str = "png 0.18.1";
const TIFF: &str = "tiff 0.11.3, weezl 0.2.1";
const WEBP: &str = "image-webp 0.2.4";
const BMP: &str = "image 0.25.10";
/// Formats that this crate reads itself.
pub(super) const OWN_DECODER: &str = ARRAY;
const ARRAY: &str = concat!("equipoise ", env!("CARGO_PKG_VERSION"));

/// Formats and the library that decodes each, for reports.
pub fn decoder_versions() -> Vec<(&'static str, &'static str)> {
    vec![
        ("BMP", BMP),
        ("JPEG", JPEG),
        ("NIfTI", OWN_DECODER),
        ("NPY", ARRAY),
        ("NPZ", ARRAY),
        ("PNG", PNG),
        ("TIFF", TIFF),
        ("WebP", WEBP),
    ]
}

/// File formats that are told apart by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Bmp,
    Jpeg,
    Nifti,
    Npy,
    Npz,
    Png,
    Tiff,
    WebP,
}

/// Reads one image from the bytes of a file.
///
/// `kind` is what the audit file declares: a raster image where an array is declared (or the other
/// way round) is an error, since the two differ in what the channels mean.
///
/// # Errors
/// [`DecodeError`] with a stable reason: the file is empty, of another kind, of no known format,
/// damaged, cut short, uses a feature that is not supported, or is larger than 512 Mi samples.
pub fn decode(bytes: &[u8], kind: InputKind) -> Result<Decoded, DecodeError> {
    decode_named(bytes, None, kind)
}

/// The same, knowing the file's name, which NIfTI files are held to (`.gz`).
///
/// # Errors
/// As [`decode`].
pub fn decode_named(
    bytes: &[u8],
    name: Option<&Path>,
    kind: InputKind,
) -> Result<Decoded, DecodeError> {
    decode_as(bytes, name, kind, RasterOptions::default())
}

/// The same as the audit file declares it.
///
/// # Errors
/// As [`decode`].
pub fn decode_as(
    bytes: &[u8],
    name: Option<&Path>,
    kind: InputKind,
    options: RasterOptions,
) -> Result<Decoded, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::new(
            DecodeReason::EmptyFile,
            None,
            "the file is empty",
        ));
    }
    let format = sniff(bytes).ok_or_else(|| unknown_format(bytes))?;
    if format == Format::Nifti && kind != InputKind::Volume && !nifti::header_is_whole(bytes) {
        return Err(unknown_format(bytes));
    }
    check_kind(format, kind)?;
    let mut decoded = read(bytes, name, format, options)?;
    let turned = match options.turned {
        Turned::Pillow => format == Format::Tiff,
        Turned::All => true,
        Turned::None => false,
    };
    if turned {
        pillow_view::turn(bytes, &mut decoded)?;
    }
    if decoded.image.samples.is_float() {
        let not_finite = decoded
            .image
            .samples
            .summary()
            .map_or(decoded.image.samples.len(), |s| s.not_finite);
        if not_finite > 0 {
            decoded
                .notes
                .push(format!("{not_finite} samples are NaN or infinite"));
        }
    }
    Ok(decoded)
}

/// A `.npy` or `.npz` array as numpy has it; `None` for another format.
pub(crate) fn stored_array(bytes: &[u8]) -> Option<StoredArray> {
    match sniff(bytes)? {
        Format::Npy => npy::stored(bytes),
        Format::Npz => npy::stored(&npz::chosen(bytes).ok()?.0),
        _ => None,
    }
}

/// Whether the audit file's `input.kind` is that of the file.
fn check_kind(format: Format, kind: InputKind) -> Result<(), DecodeError> {
    let (found, fitting, word) = match format {
        Format::Npy | Format::Npz => ("a numpy array", InputKind::Array, "array"),
        Format::Nifti => ("a NIfTI volume", InputKind::Volume, "volume"),
        _ => ("a raster image", InputKind::Raster, "raster"),
    };
    if fitting == kind {
        return Ok(());
    }
    let declared = match kind {
        InputKind::Raster => "raster",
        InputKind::Array => "array",
        InputKind::Volume => "volume",
        InputKind::Dicom(_) => "dicom",
        InputKind::DicomSeries => "dicom_series",
    };
    Err(other_kind(found, declared, word))
}

/// Calls the format's decoder. A panic inside a decoding library is turned into an error of the one
/// file: the other thousands of a cohort must still be read.
fn read(
    bytes: &[u8],
    name: Option<&Path>,
    format: Format,
    options: RasterOptions,
) -> Result<Decoded, DecodeError> {
    let result = std::panic::catch_unwind(|| match format {
        Format::Nifti => nifti::read(bytes, name, None)?.into_decoded(),
        Format::Bmp => bmp::decode(bytes),
        Format::Jpeg => jpeg::decode(bytes, options),
        Format::Npy => npy::decode(bytes),
        Format::Npz => npz::decode(bytes),
        Format::Png => png::decode(bytes),
        Format::Tiff => tiff::decode(bytes),
        Format::WebP => webp::decode(bytes),
    });
    result.unwrap_or_else(|_| {
        let sentence = "the decoding library gave up on the file";
        Err(DecodeError::new(DecodeReason::DecodeFailed, None, sentence))
    })
}

fn sniff(bytes: &[u8]) -> Option<Format> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xFF\xD8\xFF") {
        Some(Format::Jpeg)
    } else if starts(b"\x89PNG\r\n\x1a\n") {
        Some(Format::Png)
    } else if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        Some(Format::Tiff)
    } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(Format::WebP)
    } else if starts(b"BM") {
        Some(Format::Bmp)
    } else if starts(b"\x93NUMPY") {
        Some(Format::Npy)
    } else if starts(b"PK\x03\x04") {
        Some(Format::Npz)
    } else if starts(&[0x1f, 0x8b]) || nifti::looks_like(bytes) {
        Some(Format::Nifti)
    } else {
        None
    }
}

fn unknown_format(bytes: &[u8]) -> DecodeError {
    let sentence = if bytes.get(128..132) == Some(b"DICM") {
        "the file is DICOM, which this kind of input does not read".to_owned()
    } else if bytes.starts_with(&[0x1f, 0x8b]) {
        "the file is gzip-compressed, expected an image".to_owned()
    } else {
        let start: String = bytes
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("no known image format starts with the bytes {start}")
    };
    DecodeError::new(DecodeReason::UnsupportedFormat, None, sentence)
}

fn other_kind(found: &str, declared: &str, better: &str) -> DecodeError {
    DecodeError::new(
        DecodeReason::KindMismatch,
        None,
        format!(
            "the file is {found}, but `input.kind` is `{declared}` (expected `{better}` for such files)"
        ),
    )
}

/// Refuses a size before anything is allocated for it. Returns the number of samples.
fn check_size(
    format: &'static str,
    rows: usize,
    columns: usize,
    channels: usize,
) -> Result<usize, DecodeError> {
    let shape = format!("{rows} rows x {columns} columns x {channels} channels");
    match rows
        .checked_mul(columns)
        .and_then(|pixels| pixels.checked_mul(channels))
    {
        Some(0) => Err(DecodeError::corrupt(
            format,
            format!("the image has no pixel ({shape})"),
        )),
        Some(samples) if samples <= MAX_SAMPLES => Ok(samples),
        _ => Err(DecodeError::new(
            DecodeReason::TooLarge,
            Some(format),
            format!("the image has {shape}, more than the limit of {MAX_SAMPLES} samples"),
        )),
    }
}

/// Bytes that a decoding library may allocate beside the image itself.
fn working_memory(samples: usize) -> usize {
    samples.saturating_mul(8).saturating_add(64 * 1024 * 1024)
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod raster_golden;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content_and_kind_is_checked() {
        let error = decode(b"", InputKind::Raster).unwrap_err();
        assert_eq!(error.reason(), "empty-file");
        let error = decode(b"hello, this is text", InputKind::Raster).unwrap_err();
        assert_eq!(error.reason(), "unsupported-format");
        let error = decode(b"\x93NUMPY\x01\x00", InputKind::Raster).unwrap_err();
        assert_eq!(error.reason(), "kind-mismatch");
        let error = decode(b"\xFF\xD8\xFF\xE0", InputKind::Array).unwrap_err();
        assert_eq!(error.reason(), "kind-mismatch");
    }

    #[test]
    fn the_named_versions_are_those_in_use() {
        let Ok(lock) = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"))
        else {
            eprintln!("skipped: no Cargo.lock");
            return;
        };
        for decoder in decoder_versions()
            .iter()
            .flat_map(|(_, decoders)| decoders.split(", "))
            .filter(|decoder| *decoder != ARRAY)
        {
            let (name, version) = decoder.split_once(' ').unwrap();
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(
                lock.contains(&entry),
                "{decoder} is not the version in Cargo.lock"
            );
        }
    }

    #[test]
    fn sizes_are_refused_before_they_are_allocated() {
        assert_eq!(check_size("PNG", 2, 3, 4).unwrap(), 24);
        assert_eq!(
            check_size("PNG", usize::MAX, 3, 4).unwrap_err().reason(),
            "too-large"
        );
        assert_eq!(
            check_size("PNG", 1 << 20, 1 << 20, 1).unwrap_err().reason(),
            "too-large"
        );
        assert_eq!(
            check_size("PNG", 0, 3, 1).unwrap_err().reason(),
            "decode-failed"
        );
    }
}
