//! What Pillow shows of a raster file where it is something else than what is read here.
//!
//! Pillow gives palette images as indices, 1-bit images as 0 and 1, 16-bit colour as 8-bit, and
//! signed 16-bit TIFF as 32-bit; here palettes become colours and depth is kept. `inspect` shows
//! Pillow's array too, so that its hash can be compared with what Python users have.

use std::io::Cursor;

use ::tiff::decoder::Decoder as TiffDecoder;
use ::tiff::tags::Tag;
use image::ImageDecoder;
use image::codecs::bmp::BmpDecoder;
use png::{ColorType, Transformations};

use super::error::DecodeError;
use super::{Decoded, exif, jpeg, tiff, tiff_pages};
use crate::imaging::image::{Colour, Image, Samples, any_type, same_type};

/// What a raster file holds beside its image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    /// Bits a sample (an index) as stored.
    pub(crate) bits: u8,
    /// Pillow's array, where it differs from the image read here.
    pub(crate) as_pillow: Option<Image>,
    /// The image in colour and upright, where the file has a palette or an orientation tag: what
    /// Pillow's `convert("RGB")` and `exif_transpose` give.
    pub(crate) rgb: Option<Image>,
}

/// Looks into a raster file that was decoded already; `None` for other formats.
pub(crate) fn stored(bytes: &[u8], decoded: &Decoded) -> Result<Option<Stored>, DecodeError> {
    let (bits, packed, orientation) = match decoded.format {
        "PNG" => of_png(bytes)?,
        "TIFF" => of_tiff(bytes, decoded)?,
        "BMP" => of_bmp(bytes, decoded)?,
        "JPEG" => (8, None, jpeg::orientation(bytes)),
        "WebP" => (8, None, webp_orientation(bytes)),
        _ => return Ok(None),
    };
    let palette = packed.is_some() && bits > 1;
    let as_pillow = packed.or_else(|| narrowed(&decoded.image, decoded.format));
    let rgb = match orientation.filter(|value| *value != 1) {
        Some(orientation) => Some(upright(&decoded.image, orientation)),
        None if palette => Some(first_channels(&decoded.image, 3)),
        None => None,
    };
    Ok(Some(Stored {
        bits,
        as_pillow,
        rgb,
    }))
}

/// Turns a decoded image as its orientation tag asks, and says so.
pub(super) fn turn(bytes: &[u8], decoded: &mut Decoded) -> Result<(), DecodeError> {
    let orientation = match decoded.format {
        "PNG" => png_orientation(bytes),
        "TIFF" => tiff_orientation(bytes)?,
        "JPEG" => jpeg::orientation(bytes),
        "WebP" => webp_orientation(bytes),
        _ => None,
    };
    let Some(orientation) = orientation.filter(|value| *value != 1) else {
        return Ok(());
    };
    decoded.image = upright(&decoded.image, orientation);
    decoded.notes.retain(|note| !exif::is_note(note));
    decoded.notes.push(format!(
        "EXIF orientation is {orientation}; the image is turned as it asks"
    ));
    Ok(())
}

fn png_orientation(bytes: &[u8]) -> Option<u16> {
    let reader = png::Decoder::new(Cursor::new(bytes)).read_info().ok()?;
    let exif = reader.info().exif_metadata.as_deref()?;
    exif::orientation(exif)
}

fn tiff_orientation(bytes: &[u8]) -> Result<Option<u16>, DecodeError> {
    let mut reader = TiffDecoder::new(Cursor::new(bytes)).map_err(tiff::error)?;
    let orientation = reader.find_tag_unsigned::<u16>(Tag::Orientation);
    Ok(orientation
        .map_err(tiff::error)?
        .filter(|value| (1..=8).contains(value)))
}

type Found = (u8, Option<Image>, Option<u16>);

fn of_png(bytes: &[u8]) -> Result<Found, DecodeError> {
    let failed = |error: png::DecodingError| DecodeError::corrupt("PNG", error.to_string());
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(failed)?;
    let info = reader.info();
    let orientation = info.exif_metadata.as_deref().and_then(exif::orientation);
    let (bits, kind) = (info.bit_depth as u8, info.color_type);
    let (rows, columns) = (info.height as usize, info.width as usize);
    let one_bit = bits == 1 && kind == ColorType::Grayscale;
    if kind != ColorType::Indexed && !one_bit {
        return Ok((bits, None, orientation));
    }
    let size = reader.output_buffer_size().unwrap_or_default();
    let mut packed = vec![0; size];
    reader.next_frame(&mut packed).map_err(failed)?;
    let values = if bits < 8 {
        tiff::unpack(&packed, rows, columns, bits)?
    } else {
        packed
    };
    let image = Image::new(rows, columns, 1, Colour::Unnamed, Samples::U8(values));
    Ok((bits, image, orientation))
}

fn of_tiff(bytes: &[u8], decoded: &Decoded) -> Result<Found, DecodeError> {
    let pages = tiff_pages::read(bytes)?;
    let gray = pages.indices.as_deref().unwrap_or(bytes);
    let mut reader = TiffDecoder::new(Cursor::new(gray)).map_err(tiff::error)?;
    let bits = reader.colortype().map_err(tiff::error)?.bit_depth();
    let image = &decoded.image;
    // The image is turned already, as Pillow has it too.
    if pages.indices.is_some() {
        let orientation = tiff_orientation(bytes)?.unwrap_or(1);
        let (rows, columns) = match orientation {
            5.. => (image.columns, image.rows),
            _ => (image.rows, image.columns),
        };
        let indices = tiff::indices(&mut reader, rows, columns)?;
        return Ok((bits, Some(upright(&indices, orientation)), None));
    }
    let one_bit = (bits == 1 && image.channels == 1).then(|| black_and_white(image));
    Ok((bits, one_bit, None))
}

fn of_bmp(bytes: &[u8], decoded: &Decoded) -> Result<Found, DecodeError> {
    let bits = bytes.get(28).copied().unwrap_or(24);
    if bits > 8 {
        return Ok((8, None, None));
    }
    let image = &decoded.image;
    if image.channels == 1 {
        let one_bit = (bits == 1).then(|| black_and_white(image));
        return Ok((bits, one_bit, None));
    }
    let failed = |error: image::ImageError| DecodeError::corrupt("BMP", error.to_string());
    let mut decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(failed)?;
    decoder.set_indexed_color(true);
    let mut indices = vec![0; image.rows * image.columns];
    if decoder.total_bytes() != indices.len() as u64 {
        return Ok((bits, None, None));
    }
    decoder.read_image(&mut indices).map_err(failed)?;
    let (rows, columns) = (image.rows, image.columns);
    let indices = Image::new(rows, columns, 1, Colour::Unnamed, Samples::U8(indices));
    Ok((bits, indices, None))
}

fn webp_orientation(bytes: &[u8]) -> Option<u16> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).ok()?;
    exif::orientation(&decoder.exif_metadata().ok()??)
}

/// 0 and 1 from 0 and 255.
fn black_and_white(image: &Image) -> Image {
    let samples = any_type!(&image.samples, values => {
        use crate::imaging::image::Sample;
        Samples::U8(values.iter().map(|value| u8::from(value.to_f64() != 0.0)).collect())
    });
    Image {
        samples,
        ..image.clone()
    }
}

/// Types that Pillow has no mode for: the upper byte of 16-bit colour, 32 bits for signed 16-bit.
fn narrowed(image: &Image, format: &str) -> Option<Image> {
    match &image.samples {
        Samples::U16(values) if image.channels > 1 && format == "PNG" => {
            let bytes = values.iter().map(|value| (value >> 8) as u8);
            let narrow = Image {
                samples: Samples::U8(bytes.collect()),
                ..image.clone()
            };
            Some(if image.channels == 2 {
                gray_to_rgba(&narrow)
            } else {
                narrow
            })
        }
        Samples::I16(values) if format == "TIFF" => Some(Image {
            samples: Samples::I32(values.iter().map(|&value| i32::from(value)).collect()),
            ..image.clone()
        }),
        _ => None,
    }
}

/// Pillow reads 16-bit gray with alpha as red, green, blue and alpha.
fn gray_to_rgba(image: &Image) -> Image {
    let samples = same_type!(&image.samples, values => {
        let pixels = values.chunks_exact(2);
        pixels.flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]]).collect()
    });
    Image {
        channels: 4,
        colour: Colour::Rgba,
        samples,
        ..image.clone()
    }
}

fn first_channels(image: &Image, kept: usize) -> Image {
    let channels = image.channels;
    let kept = kept.min(channels);
    let samples = same_type!(&image.samples, values => {
        let pixels = values.chunks_exact(channels);
        pixels.flat_map(|pixel| pixel[..kept].iter().copied()).collect()
    });
    Image {
        channels: kept,
        samples,
        ..image.clone()
    }
}

/// Turned as an orientation tag asks (CIPA DC-008, tag 274).
fn upright(image: &Image, orientation: u16) -> Image {
    let (rows, columns, channels) = (image.rows, image.columns, image.channels);
    let turned = orientation >= 5;
    let (new_rows, new_columns) = if turned {
        (columns, rows)
    } else {
        (rows, columns)
    };
    // The stored row and column of a pixel of the upright image.
    let source = |row: usize, column: usize| match orientation {
        2 => (row, columns - 1 - column),
        3 => (rows - 1 - row, columns - 1 - column),
        4 => (rows - 1 - row, column),
        5 => (column, row),
        6 => (rows - 1 - column, row),
        7 => (rows - 1 - column, columns - 1 - row),
        8 => (column, columns - 1 - row),
        _ => (row, column),
    };
    let samples = same_type!(&image.samples, values => {
        let mut out = Vec::with_capacity(values.len());
        for row in 0..new_rows {
            for column in 0..new_columns {
                let (from_row, from_column) = source(row, column);
                let at = (from_row * columns + from_column) * channels;
                out.extend_from_slice(&values[at..at + channels]);
            }
        }
        out
    });
    Image {
        rows: new_rows,
        columns: new_columns,
        samples,
        ..image.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_is_turned_as_pillow_does() {
        // ImageOps.exif_transpose of [[1, 2, 3], [4, 5, 6]] with each tag, Pillow 13.
        let image = Image::new(2, 3, 1, Colour::Gray, Samples::U8(vec![1, 2, 3, 4, 5, 6]));
        let expected: [(u16, [u8; 6]); 7] = [
            (2, [3, 2, 1, 6, 5, 4]),
            (3, [6, 5, 4, 3, 2, 1]),
            (4, [4, 5, 6, 1, 2, 3]),
            (5, [1, 4, 2, 5, 3, 6]),
            (6, [4, 1, 5, 2, 6, 3]),
            (7, [6, 3, 5, 2, 4, 1]),
            (8, [3, 6, 2, 5, 1, 4]),
        ];
        for (orientation, values) in expected {
            let turned = upright(image.as_ref().unwrap(), orientation);
            assert_eq!(
                turned.samples,
                Samples::U8(values.to_vec()),
                "{orientation}"
            );
            assert_eq!(turned.rows, if orientation < 5 { 2 } else { 3 });
        }
    }
}
