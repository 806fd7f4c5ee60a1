//! JPEG 2000 and high-throughput JPEG 2000, decoded by OpenJPEG.
//!
//! A colour transform inside the stream is undone by the decoder, so that such streams yield red,
//! green and blue whatever the photometric interpretation says.

use jpeg2k::{DecodeParameters, Image};

use super::{Coded, check_bits, check_shape};
use crate::imaging::dicom::error::{DicomError, Reason};
use crate::imaging::dicom::header::{PixelHeader, Storage};
use crate::imaging::image::Samples;

/// Most tiles that a stream may have: the decoder keeps kilobytes for each.
const MAX_TILES: u64 = 16_384;

/// Decodes one frame.
pub(in crate::imaging::dicom) fn decode(
    bytes: &[u8],
    header: &PixelHeader,
    notes: &mut Vec<String>,
) -> Result<Coded, DicomError> {
    let size = size(bytes)?;
    check_shape(
        "JPEG 2000",
        size.rows,
        size.columns,
        size.components,
        header,
    )?;
    check_bits("JPEG 2000", size.bits, header)?;
    if size.tiles > MAX_TILES {
        return Err(DicomError::pixels(
            Reason::TooLarge,
            format!(
                "the JPEG 2000 stream has {} tiles, more than the limit of {MAX_TILES}",
                size.tiles
            ),
        ));
    }
    let parameters = DecodeParameters::new().strict(true).ignore_pclr_cmap_cdef();
    let image = Image::from_bytes_with(bytes, parameters).map_err(|error| {
        DicomError::corrupt(format!("the JPEG 2000 stream is damaged: {error}"))
    })?;
    let components = image.components();
    let pixels = header.rows * header.columns;
    if components.len() != header.channels
        || components.iter().any(|part| {
            (part.height() as usize, part.width() as usize) != (header.rows, header.columns)
        })
    {
        return Err(DicomError::unsupported(
            "JPEG 2000 with components of different sizes is not read here",
        ));
    }
    let planes: Vec<&[i32]> = components.iter().map(|part| part.data()).collect();
    let samples = match planes.as_slice() {
        [one] => one.to_vec(),
        several => (0..pixels)
            .flat_map(|pixel| several.iter().map(move |plane| plane[pixel]))
            .collect(),
    };
    let signed = components.iter().any(|part| part.is_signed());
    Ok(by_header(samples, signed, size.bits, header, notes))
}

/// Streams whose sign contradicts the header: the header is believed, as most readers do.
fn by_header(
    mut samples: Vec<i32>,
    signed: bool,
    bits: u32,
    header: &PixelHeader,
    notes: &mut Vec<String>,
) -> Coded {
    let header_signed = matches!(header.storage, Storage::Integer { signed: true, .. });
    if signed != header_signed {
        notes.push(format!(
            "the JPEG 2000 stream is {}, the header says {}: the bits are read as the header says",
            if signed { "signed" } else { "unsigned" },
            if header_signed { "signed" } else { "unsigned" },
        ));
        let mask = (1_i64 << bits) - 1;
        let sign = if header_signed {
            1_i64 << (bits - 1)
        } else {
            0
        };
        samples.iter_mut().for_each(|value| {
            let pattern = i64::from(*value) & mask;
            *value = ((pattern ^ sign) - sign) as i32;
        });
    }
    Coded {
        samples: Samples::I32(samples),
        signed: true,
        bits,
    }
}

/// What the size segment of a codestream says.
struct Size {
    rows: usize,
    columns: usize,
    components: usize,
    bits: u32,
    tiles: u64,
}

fn size(bytes: &[u8]) -> Result<Size, DicomError> {
    let damaged = |what: &str| DicomError::corrupt(format!("the JPEG 2000 stream {what}"));
    let start = if bytes.starts_with(b"\xFF\x4F\xFF\x51") {
        0
    } else if bytes.starts_with(b"\0\0\0\x0CjP  ") {
        let found = bytes
            .windows(8)
            .position(|part| part == b"jp2c\xFF\x4F\xFF\x51");
        found.ok_or_else(|| damaged("has no codestream in its boxes"))? + 4
    } else {
        return Err(DicomError::corrupt(format!(
            "the pixel data do not begin with a JPEG 2000 stream (first bytes {:02x?})",
            &bytes[..bytes.len().min(4)]
        )));
    };
    let segment = bytes.get(start + 8..).unwrap_or_default();
    let word = |at: usize| -> Result<u64, DicomError> {
        match segment.get(at..at + 4) {
            Some(&[a, b, c, d]) => Ok(u64::from(u32::from_be_bytes([a, b, c, d]))),
            _ => Err(damaged("ends inside its size segment")),
        }
    };
    let (width, height, left, top) = (word(0)?, word(4)?, word(8)?, word(12)?);
    let (tile_width, tile_height, tile_left, tile_top) =
        (word(16)?, word(20)?, word(24)?, word(28)?);
    let (Some(&[high, low]), Some(&depth)) = (segment.get(32..34), segment.get(34)) else {
        return Err(damaged("ends inside its size segment"));
    };
    if tile_width == 0 || tile_height == 0 || tile_left > width || tile_top > height {
        return Err(damaged("has tiles of no size"));
    }
    let across = (width - tile_left).div_ceil(tile_width);
    let down = (height - tile_top).div_ceil(tile_height);
    Ok(Size {
        rows: height.saturating_sub(top) as usize,
        columns: width.saturating_sub(left) as usize,
        components: usize::from(u16::from_be_bytes([high, low])),
        bits: u32::from(depth & 0x7F) + 1,
        tiles: across * down,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_tiles_are_read_before_anything_is_decoded() {
        let mut bytes = b"\xFF\x4F\xFF\x51\x00\x29\x00\x00".to_vec();
        for word in [60_000_u32, 60_000, 0, 0, 1, 1, 0, 0] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend([0, 1, 11, 1, 1]);
        let found = size(&bytes).unwrap();
        assert_eq!(
            (found.rows, found.columns, found.components),
            (60_000, 60_000, 1)
        );
        assert_eq!((found.bits, found.tiles), (12, 3_600_000_000));
        assert!(size(&bytes[..30]).is_err());
        assert!(size(b"").is_err());
    }
}
