//! Raster images and numpy arrays.

use sha2::{Digest, Sha256};

use super::{Description, ReadAs, Refusal, hex, sha256};
use crate::config::preprocess::InputKind;
use crate::imaging::decode::{self, Decoded, decode};
use crate::imaging::image::Image;

/// The array is the one that Pillow or numpy gives; where preprocessing starts from another one,
/// `read_as` has it.
pub(super) fn describe(bytes: &[u8]) -> Result<Description, Refusal> {
    let is_array = bytes.starts_with(b"\x93NUMPY") || bytes.starts_with(b"PK\x03\x04");
    let kind = if is_array {
        InputKind::Array
    } else {
        InputKind::Raster
    };
    let decoded = decode(bytes, kind)?;
    if let Some(stored) = decode::stored_array(bytes) {
        return Ok(array(stored, decoded));
    }
    let stored = decode::stored(bytes, &decoded)?;
    let Decoded {
        image,
        format,
        decoder,
        notes,
    } = decoded;
    let (bits, as_pillow, rgb) = match stored {
        Some(stored) => (u32::from(stored.bits), stored.as_pillow, stored.rgb),
        None => (bits(&image), None, None),
    };
    let shown = as_pillow.as_ref().unwrap_or(&image);
    let mut description = Description {
        format: format.to_owned(),
        decoder: decoder.to_owned(),
        shape: shape(shown),
        dtype: shown.samples.dtype().to_owned(),
        bits,
        sha256: Some(sha256(&shown.samples)),
        rgb_sha256: rgb.map(|rgb| sha256(&rgb.samples)),
        read_as: as_pillow.as_ref().map(|_| ReadAs {
            shape: shape(&image),
            dtype: image.samples.dtype(),
            sha256: sha256(&image.samples),
        }),
        notes,
        ..Description::default()
    };
    description.summarize(shown.samples.summary(), shown.samples.len());
    Ok(description)
}

/// numpy's array; numbers that are widened for preprocessing are said in `read_as`.
fn array(stored: decode::StoredArray, decoded: Decoded) -> Description {
    let samples = &decoded.image.samples;
    let digest = Sha256::digest(&stored.bytes);
    let mut description = Description {
        format: decoded.format.to_owned(),
        decoder: decoded.decoder.to_owned(),
        shape: shape(&decoded.image),
        bits: stored.bits,
        sha256: Some(hex(&digest)),
        read_as: (stored.dtype != samples.dtype()).then(|| ReadAs {
            shape: shape(&decoded.image),
            dtype: samples.dtype(),
            sha256: sha256(samples),
        }),
        dtype: stored.dtype,
        ..Description::default()
    };
    description.summarize(samples.summary(), samples.len());
    description.notes = decoded.notes;
    description
}

/// Rows, columns, and channels where there are several.
fn shape(image: &Image) -> Vec<usize> {
    let mut shape = vec![image.rows, image.columns];
    if image.channels > 1 {
        shape.push(image.channels);
    }
    shape
}

fn bits(image: &Image) -> u32 {
    let bytes = image.samples.to_le_bytes().len() / image.samples.len().max(1);
    u32::try_from(bytes * 8).unwrap_or_default()
}
