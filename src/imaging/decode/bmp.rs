//! BMP.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{ColorType, ImageDecoder, ImageError};

use super::error::{DecodeError, DecodeReason};
use super::{Decoded, check_size};
use crate::imaging::image::{Colour, Image, Samples};

const FORMAT: &str = "BMP";

/// Uncompressed rows are at most this many times larger in memory than in the file (1-bit palette
/// to three bytes); a header that promises more is damaged. Run-length files may go beyond, up to
/// what [`check_size`] allows only if they are small.
const SMALL: usize = 64 * 1024 * 1024;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(error)?;
    let (columns, rows) = decoder.dimensions();
    let (rows, columns) = (rows as usize, columns as usize);
    let (channels, colour) = match decoder.color_type() {
        ColorType::L8 => (1, Colour::Gray),
        ColorType::Rgb8 => (3, Colour::Rgb),
        ColorType::Rgba8 => (4, Colour::Rgba),
        other => {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!("colour type {other:?}"),
            ));
        }
    };
    let size = check_size(FORMAT, rows, columns, channels)?;
    if size > SMALL && size / 24 > bytes.len() {
        return Err(DecodeError::truncated(
            FORMAT,
            "the file is much shorter than its header says",
        ));
    }
    let mut data = vec![0_u8; size];
    decoder.read_image(&mut data).map_err(error)?;
    let mut notes = Vec::new();
    let (data, channels, colour) = gray_where_equal(data, channels, colour, &mut notes, bytes);
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
        decoder: super::BMP,
        notes,
    })
}

/// A BMP has no gray: gray images are stored with a palette of grays, and Pillow reads them as one
/// channel. So a palette image whose colours are all gray becomes one channel here, too.
fn gray_where_equal(
    data: Vec<u8>,
    channels: usize,
    colour: Colour,
    notes: &mut Vec<String>,
    bytes: &[u8],
) -> (Vec<u8>, usize, Colour) {
    let bits_per_pixel = bytes.get(28).copied().unwrap_or(24);
    if channels != 3 || bits_per_pixel > 8 {
        return (data, channels, colour);
    }
    if data
        .chunks_exact(3)
        .all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
    {
        notes.push("the palette holds grays only; read as one channel".to_owned());
        return (data.into_iter().step_by(3).collect(), 1, Colour::Gray);
    }
    notes.push("the palette is turned into its colours".to_owned());
    (data, channels, colour)
}

fn error(error: ImageError) -> DecodeError {
    match &error {
        ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::truncated(FORMAT, "the file ends before the image does")
        }
        ImageError::Limits(_) => {
            DecodeError::new(DecodeReason::TooLarge, Some(FORMAT), error.to_string())
        }
        ImageError::Unsupported(_) => DecodeError::unsupported(FORMAT, error.to_string()),
        _ => DecodeError::corrupt(FORMAT, error.to_string()),
    }
}
