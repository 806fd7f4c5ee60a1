//! WebP, lossy and lossless.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};

use super::error::{DecodeError, DecodeReason};
use super::{Decoded, check_size, exif, working_memory};
use crate::imaging::image::{Colour, Image, Samples};

const FORMAT: &str = "WebP";

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    check_length(bytes)?;
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(error)?;
    let (columns, rows) = decoder.dimensions();
    let (rows, columns) = (rows as usize, columns as usize);
    let (channels, colour) = if decoder.has_alpha() {
        (4, Colour::Rgba)
    } else {
        (3, Colour::Rgb)
    };
    let size = check_size(FORMAT, rows, columns, channels)?;
    decoder.set_memory_limit(working_memory(size));
    let mut notes = Vec::new();
    if decoder.is_animated() {
        notes.push("the file is animated; only the first frame is read".to_owned());
    }
    if let Ok(Some(exif)) = decoder.exif_metadata() {
        notes.extend(exif::orientation_note(exif::orientation(&exif)));
    }
    let mut data = vec![0_u8; size];
    decoder.read_image(&mut data).map_err(error)?;
    let image =
        Image::new(rows, columns, channels, colour, Samples::U8(data)).ok_or_else(|| {
            DecodeError::corrupt(
                FORMAT,
                "the number of decoded samples does not fit the header",
            )
        })?;
    Ok(Decoded {
        image,
        format: FORMAT,
        decoder: super::WEBP,
        notes,
    })
}

/// The outermost chunk says how long the file is; a shorter one is cut, even if what is missing
/// happens to be metadata.
fn check_length(bytes: &[u8]) -> Result<(), DecodeError> {
    let declared = bytes
        .get(4..8)
        .and_then(|b| b.try_into().ok())
        .map(u32::from_le_bytes)
        .unwrap_or(0);
    if bytes.len() < declared as usize + 8 {
        return Err(DecodeError::truncated(
            FORMAT,
            format!(
                "the file has {} bytes, its header says {}",
                bytes.len(),
                u64::from(declared) + 8
            ),
        ));
    }
    Ok(())
}

fn error(error: DecodingError) -> DecodeError {
    match &error {
        DecodingError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::truncated(FORMAT, "the file ends before the image does")
        }
        DecodingError::MemoryLimitExceeded | DecodingError::ImageTooLarge => {
            DecodeError::new(DecodeReason::TooLarge, Some(FORMAT), error.to_string())
        }
        _ => DecodeError::corrupt(FORMAT, error.to_string()),
    }
}
