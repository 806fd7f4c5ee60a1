//! TIFF and BigTIFF: 1 to 64 bits, integer and float, strips and tiles, palette.
//!
//! Only the first page is read. Min-is-white images are turned into larger-is-brighter, as Pillow
//! does (tifffile does not).

use std::io::Cursor;

use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::error::{DecodeError, DecodeReason};
use super::{Decoded, check_size, exif, tiff_jpeg, tiff_pages, tiff_strips, working_memory};
use crate::imaging::image::{Colour, Image, Samples, same_type};

pub(super) const FORMAT: &str = "TIFF";

/// Compression tag of JPEG in TIFF (technical note 2), and of the deprecated form before it.
const JPEG_COMPRESSION: u16 = 7;
const OLD_JPEG_COMPRESSION: u16 = 6;

pub(super) type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let pages = tiff_pages::read(bytes)?;
    let palette = pages.indices.is_some();
    let bytes = pages.indices.as_deref().unwrap_or(bytes);
    let mut reader = Decoder::new(Cursor::new(bytes)).map_err(error)?;
    let (columns, rows) = reader.dimensions().map_err(error)?;
    let (rows, columns) = (rows as usize, columns as usize);
    let per_pixel = reader
        .find_tag_unsigned::<u16>(Tag::SamplesPerPixel)
        .map_err(error)?
        .unwrap_or(1);
    let size = check_size(FORMAT, rows, columns, usize::from(per_pixel).max(1))?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = working_memory(size);
    limits.intermediate_buffer_size = working_memory(size);
    limits.ifd_value_size = bytes.len().max(1024 * 1024);
    let mut reader = reader.with_limits(limits);

    let mut notes = notes(&mut reader, pages.count)?;
    let compression = reader
        .find_tag_unsigned::<u16>(Tag::Compression)
        .map_err(error)?
        .unwrap_or(1);
    if compression == OLD_JPEG_COMPRESSION {
        return Err(DecodeError::unsupported(
            FORMAT,
            "old-style JPEG compression",
        ));
    }
    let image = if compression == JPEG_COMPRESSION {
        notes.push(format!(
            "the compressed data are JPEG, decoded by {}",
            super::JPEG
        ));
        tiff_jpeg::decode(&mut reader, bytes, rows, columns)?
    } else {
        let per_pixel = usize::from(per_pixel);
        let samples = match tiff_strips::read(&mut reader, bytes, rows, columns, per_pixel) {
            Some(samples) => samples,
            None => samples(&mut reader)?,
        };
        stored(
            &mut reader,
            samples,
            rows,
            columns,
            per_pixel,
            palette,
            &mut notes,
        )?
    };
    Ok(Decoded {
        image,
        format: FORMAT,
        decoder: super::TIFF,
        notes,
    })
}

/// Reads any compression that keeps samples exactly, channels side by side.
pub(super) fn samples(reader: &mut Reader<'_>) -> Result<Samples, DecodeError> {
    let mut result = DecodingResult::U8(Vec::new());
    let layout = reader.read_image_to_buffer(&mut result).map_err(error)?;
    let samples = from_result(result)?;
    Ok(match layout.planes.max(1) {
        1 => samples,
        planes => same_type!(&samples, values => interleave(values, planes)),
    })
}

/// The image of the samples, which may be packed or indices still.
fn stored(
    reader: &mut Reader<'_>,
    samples: Samples,
    rows: usize,
    columns: usize,
    per_pixel: usize,
    palette: bool,
    notes: &mut Vec<String>,
) -> Result<Image, DecodeError> {
    let colour_type = reader.colortype().map_err(error)?;
    let bits = colour_type.bit_depth();
    let (mut samples, channels) = if bits < 8 {
        let Samples::U8(packed) = samples else {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!("{bits} bits a sample in another type than unsigned"),
            ));
        };
        if per_pixel != 1 {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!("{per_pixel} channels of {bits} bits"),
            ));
        }
        (Samples::U8(unpack(&packed, rows, columns, bits)?), 1)
    } else {
        (samples, per_pixel.max(1))
    };
    if palette {
        let indices =
            Image::new(rows, columns, channels, Colour::Unnamed, samples).ok_or_else(misfit)?;
        notes.push("the palette is turned into its colours".to_owned());
        return apply_palette(reader, &indices);
    }
    let colour = match colour_type {
        ColorType::Gray(bits) => {
            if bits < 8 {
                notes.push(format!("{bits} bits a sample are scaled to 0..255"));
                samples = scale_to_255(samples, bits);
            }
            Colour::Gray
        }
        ColorType::GrayA(_) => Colour::GrayAlpha,
        ColorType::RGB(_) => Colour::Rgb,
        ColorType::RGBA(_) => Colour::Rgba,
        ColorType::CMYK(_) => Colour::Cmyk,
        ColorType::Multiband { num_samples: 1, .. } => Colour::Gray,
        ColorType::Multiband { .. } => Colour::Unnamed,
        other => {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!("colour type {other:?}"),
            ));
        }
    };
    Image::new(rows, columns, channels, colour, samples).ok_or_else(misfit)
}

/// Indices of a palette image, whose palette is declared as gray.
pub(super) fn indices(
    reader: &mut Reader<'_>,
    rows: usize,
    columns: usize,
) -> Result<Image, DecodeError> {
    let mut result = DecodingResult::U8(Vec::new());
    reader.read_image_to_buffer(&mut result).map_err(error)?;
    let bits = reader.colortype().map_err(error)?.bit_depth();
    let samples = match from_result(result)? {
        Samples::U8(packed) if bits < 8 => Samples::U8(unpack(&packed, rows, columns, bits)?),
        other => other,
    };
    Image::new(rows, columns, 1, Colour::Unnamed, samples).ok_or_else(misfit)
}

fn misfit() -> DecodeError {
    DecodeError::corrupt(
        FORMAT,
        "the number of decoded samples does not fit the header",
    )
}

fn from_result(result: DecodingResult) -> Result<Samples, DecodeError> {
    Ok(match result {
        DecodingResult::U8(values) => Samples::U8(values),
        DecodingResult::U16(values) => Samples::U16(values),
        DecodingResult::U32(values) => Samples::U32(values),
        DecodingResult::I8(values) => Samples::I16(values.into_iter().map(i16::from).collect()),
        DecodingResult::I16(values) => Samples::I16(values),
        DecodingResult::I32(values) => Samples::I32(values),
        DecodingResult::F16(values) => Samples::F32(values.into_iter().map(f32::from).collect()),
        DecodingResult::F32(values) => Samples::F32(values),
        DecodingResult::F64(values) => Samples::F64(values),
        DecodingResult::U64(_) | DecodingResult::I64(_) => {
            return Err(DecodeError::unsupported(FORMAT, "64-bit integers"));
        }
    })
}

/// Rows of 1, 2 or 4 bits a sample, each row starting at a byte, to one byte a sample.
pub(super) fn unpack(
    packed: &[u8],
    rows: usize,
    columns: usize,
    bits: u8,
) -> Result<Vec<u8>, DecodeError> {
    let bits = usize::from(bits);
    if !matches!(bits, 1 | 2 | 4) {
        return Err(DecodeError::unsupported(
            FORMAT,
            format!("{bits} bits a sample"),
        ));
    }
    let row_bytes = (columns * bits).div_ceil(8);
    if packed.len() < row_bytes * rows {
        return Err(misfit());
    }
    let mask = (1_u8 << bits) - 1;
    let mut samples = Vec::with_capacity(rows * columns);
    for row in packed.chunks_exact(row_bytes).take(rows) {
        samples.extend((0..columns).map(|column| {
            let bit = column * bits;
            (row[bit / 8] >> (8 - bits - bit % 8)) & mask
        }));
    }
    Ok(samples)
}

fn scale_to_255(samples: Samples, bits: u8) -> Samples {
    let factor = match bits {
        1 => 255,
        2 => 85,
        4 => 17,
        _ => 1,
    };
    match samples {
        Samples::U8(values) => {
            Samples::U8(values.into_iter().map(|value| value * factor).collect())
        }
        other => other,
    }
}

/// Planes one after the other to channels side by side.
fn interleave<T: Copy>(planar: &[T], planes: usize) -> Vec<T> {
    let pixels = planar.len() / planes;
    (0..pixels)
        .flat_map(|pixel| (0..planes).map(move |plane| planar[plane * pixels + pixel]))
        .collect()
}

/// Palette entries are 16-bit; the upper byte is the colour, as libtiff and Pillow take it.
fn apply_palette(reader: &mut Reader<'_>, indices: &Image) -> Result<Image, DecodeError> {
    let Samples::U8(values) = &indices.samples else {
        return Err(DecodeError::unsupported(
            FORMAT,
            format!("a palette with {} indices", indices.samples.dtype()),
        ));
    };
    let map = reader.get_tag_u16_vec(Tag::ColorMap).map_err(error)?;
    let entries = map.len() / 3;
    let mut colours = Vec::with_capacity(values.len() * 3);
    for &index in values {
        let index = usize::from(index);
        if index >= entries {
            return Err(DecodeError::corrupt(
                FORMAT,
                format!("index {index} lies outside the palette of {entries}"),
            ));
        }
        colours.extend(
            [map[index], map[entries + index], map[2 * entries + index]]
                .map(|value| (value >> 8) as u8),
        );
    }
    Image::new(
        indices.rows,
        indices.columns,
        3,
        Colour::Rgb,
        Samples::U8(colours),
    )
    .ok_or_else(misfit)
}

fn notes(reader: &mut Reader<'_>, pages: usize) -> Result<Vec<String>, DecodeError> {
    let mut notes = Vec::new();
    notes.extend(exif::orientation_note(
        reader
            .find_tag_unsigned::<u16>(Tag::Orientation)
            .map_err(error)?,
    ));
    let photometric = reader
        .find_tag_unsigned::<u16>(Tag::PhotometricInterpretation)
        .map_err(error)?;
    if photometric == Some(0) {
        notes.push(
            "stored min-is-white, turned so that larger is brighter (as Pillow does)".to_owned(),
        );
    }
    if pages > 1 {
        notes.push(format!(
            "the file has {pages} pages; only the first is read"
        ));
    }
    Ok(notes)
}

pub(super) fn error(error: TiffError) -> DecodeError {
    match &error {
        TiffError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::truncated(FORMAT, "the file ends before the image does")
        }
        TiffError::LimitsExceeded => DecodeError::new(
            DecodeReason::TooLarge,
            Some(FORMAT),
            "reading needs more memory than the limit",
        ),
        TiffError::UnsupportedError(_) => DecodeError::unsupported(FORMAT, error.to_string()),
        _ => DecodeError::corrupt(FORMAT, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_rows_start_at_bytes() {
        assert_eq!(
            unpack(&[0b1010_0000, 0b0100_0000], 2, 3, 1).unwrap(),
            vec![1, 0, 1, 0, 1, 0]
        );
        assert_eq!(unpack(&[0x1f, 0x20], 1, 3, 4).unwrap(), vec![1, 15, 2]);
        assert!(unpack(&[0], 2, 3, 1).is_err());
    }

    #[test]
    fn planes_become_channels() {
        assert_eq!(
            interleave(&[1, 2, 10, 20, 100, 200], 3),
            vec![1, 10, 100, 2, 20, 200]
        );
    }
}
