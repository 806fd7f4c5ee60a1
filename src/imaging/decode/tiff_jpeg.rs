//! JPEG-compressed strips and tiles of a TIFF, by the same decoder as `.jpg` files.

use tiff::decoder::ChunkType;
use tiff::tags::Tag;

use super::error::DecodeError;
use super::tiff::{FORMAT, Reader, error};
use super::{check_size, jpeg};
use crate::imaging::image::{Colour, Image, Samples};

/// Decodes every strip or tile and puts them in their places.
pub(super) fn decode(
    reader: &mut Reader<'_>,
    bytes: &[u8],
    rows: usize,
    columns: usize,
) -> Result<Image, DecodeError> {
    if reader
        .find_tag_unsigned::<u16>(Tag::PlanarConfiguration)
        .map_err(error)?
        .unwrap_or(1)
        != 1
    {
        return Err(DecodeError::unsupported(
            FORMAT,
            "JPEG compression with separate planes",
        ));
    }
    let photometric = reader
        .find_tag_unsigned::<u16>(Tag::PhotometricInterpretation)
        .map_err(error)?;
    let (channels, colour, keep_rgb) = match photometric {
        Some(1) => (1, Colour::Gray, false),
        Some(2) => (3, Colour::Rgb, true),
        Some(6) => (3, Colour::Rgb, false),
        other => {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!("JPEG compression with photometric interpretation {other:?}"),
            ));
        }
    };
    let tables = reader.find_tag(Tag::JPEGTables).map_err(error)?;
    let tables = tables
        .map(|value| value.into_u8_vec())
        .transpose()
        .map_err(error)?
        .unwrap_or_default();
    let (offsets, counts) = match reader.get_chunk_type() {
        ChunkType::Strip => (Tag::StripOffsets, Tag::StripByteCounts),
        ChunkType::Tile => (Tag::TileOffsets, Tag::TileByteCounts),
    };
    let offsets = reader.get_tag_u64_vec(offsets).map_err(error)?;
    let counts = reader.get_tag_u64_vec(counts).map_err(error)?;
    let (chunk_columns, chunk_rows) = reader.chunk_dimensions();
    let (chunk_columns, chunk_rows) = (chunk_columns as usize, chunk_rows as usize);
    if chunk_columns == 0 || chunk_rows == 0 {
        return Err(DecodeError::corrupt(
            FORMAT,
            "strips or tiles without a pixel",
        ));
    }
    let across = columns.div_ceil(chunk_columns);
    let down = rows.div_ceil(chunk_rows);
    if offsets.len() < across * down || counts.len() < across * down {
        return Err(DecodeError::corrupt(
            FORMAT,
            format!(
                "{} strips or tiles, expected {}",
                offsets.len(),
                across * down
            ),
        ));
    }
    let mut data = vec![0_u8; check_size(FORMAT, rows, columns, channels)?];
    for (index, (&offset, &count)) in offsets.iter().zip(&counts).take(across * down).enumerate() {
        let stream = with_tables(&tables, slice(bytes, offset, count)?);
        let chunk = jpeg::decode_part(&stream, channels, keep_rgb, &mut Vec::new())?;
        let (top, left) = (index / across * chunk_rows, index % across * chunk_columns);
        let wide = chunk.columns.min(columns - left);
        let high = chunk.rows.min(rows - top);
        if wide < chunk_columns.min(columns - left) || high < chunk_rows.min(rows - top) {
            return Err(DecodeError::corrupt(
                FORMAT,
                format!("strip or tile {index} is smaller than its place"),
            ));
        }
        for row in 0..high {
            let from = row * chunk.columns * channels;
            let to = ((top + row) * columns + left) * channels;
            data[to..to + wide * channels]
                .copy_from_slice(&chunk.samples[from..from + wide * channels]);
        }
    }
    Image::new(rows, columns, channels, colour, Samples::U8(data)).ok_or_else(|| {
        DecodeError::corrupt(
            FORMAT,
            "the number of decoded samples does not fit the header",
        )
    })
}

fn slice(bytes: &[u8], offset: u64, count: u64) -> Result<&[u8], DecodeError> {
    let start = usize::try_from(offset).ok();
    let end = offset
        .checked_add(count)
        .and_then(|end| usize::try_from(end).ok());
    start
        .zip(end)
        .and_then(|(start, end)| bytes.get(start..end))
        .ok_or_else(|| {
            DecodeError::truncated(FORMAT, "a strip or tile lies beyond the end of the file")
        })
}

/// Shared tables (a stream of their own, from start to end marker) followed by the strip's own stream.
fn with_tables(tables: &[u8], strip: &[u8]) -> Vec<u8> {
    let Some(body) = tables.strip_suffix(b"\xFF\xD9") else {
        return strip.to_vec();
    };
    let mut stream = body.to_vec();
    stream.extend_from_slice(strip.strip_prefix(b"\xFF\xD8").unwrap_or(strip));
    stream
}
