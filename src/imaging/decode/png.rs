//! PNG: 1 to 16 bits, palette, alpha, interlaced. Samples below 8 bits are scaled to 0..255, a
//! palette becomes its colours; gamma and colour profiles change nothing.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};

use super::error::{DecodeError, DecodeReason};
use super::{Decoded, check_size, exif, working_memory};
use crate::imaging::image::{Colour, Image, Samples};

const FORMAT: &str = "PNG";

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(bytes),
        Limits {
            bytes: working_memory(0),
        },
    );
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(error)?;
    let (rows, columns) = (header.height as usize, header.width as usize);
    // A transparent colour or a palette may add channels.
    let channels_at_most = match header.color_type {
        ColorType::Grayscale | ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb | ColorType::Rgba | ColorType::Indexed => 4,
    };
    let samples = check_size(FORMAT, rows, columns, channels_at_most)?;
    decoder.set_limits(Limits {
        bytes: working_memory(samples),
    });
    let mut reader = decoder.read_info().map_err(error)?;

    let mut notes = notes(reader.info());
    let (colour_type, depth) = reader.output_color_type();
    let (channels, colour) = match colour_type {
        ColorType::Grayscale => (1, Colour::Gray),
        ColorType::GrayscaleAlpha => (2, Colour::GrayAlpha),
        ColorType::Rgb => (3, Colour::Rgb),
        ColorType::Rgba => (4, Colour::Rgba),
        ColorType::Indexed => {
            return Err(DecodeError::corrupt(
                FORMAT,
                "a palette image without a palette",
            ));
        }
    };
    let size = reader.output_buffer_size().ok_or_else(|| {
        DecodeError::new(
            DecodeReason::TooLarge,
            Some(FORMAT),
            "the image does not fit into memory",
        )
    })?;
    let mut data = vec![0_u8; size];
    reader.next_frame(&mut data).map_err(error)?;
    // The checksum of the last data chunk and the end of the file are read only now.
    let animated = reader.info().is_animated();
    if !animated {
        reader.finish().map_err(error)?;
    }
    if animated {
        notes.push("the file is animated; only the first frame is read".to_owned());
    }
    let samples = match depth {
        BitDepth::Sixteen => {
            if channels > 1 {
                notes.push(
                    "16-bit colour is kept, where Pillow would read this file as 8-bit".to_owned(),
                );
            }
            Samples::U16(
                data.chunks_exact(2)
                    .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                    .collect(),
            )
        }
        _ => Samples::U8(data),
    };
    let image = Image::new(rows, columns, channels, colour, samples).ok_or_else(|| {
        DecodeError::corrupt(
            FORMAT,
            "the number of decoded samples does not fit the header",
        )
    })?;
    Ok(Decoded {
        image,
        format: FORMAT,
        decoder: super::PNG,
        notes,
    })
}

fn notes(info: &png::Info<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if info.palette.is_some() && info.color_type == ColorType::Indexed {
        notes.push("the palette is turned into its colours".to_owned());
    }
    if (info.bit_depth as u8) < 8 && info.color_type == ColorType::Grayscale {
        notes.push(format!(
            "{} bits a sample are scaled to 0..255",
            info.bit_depth as u8
        ));
    }
    notes.extend(
        info.exif_metadata
            .as_deref()
            .and_then(|exif| exif::orientation_note(exif::orientation(exif))),
    );
    notes
}

fn error(error: DecodingError) -> DecodeError {
    match &error {
        DecodingError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::truncated(FORMAT, "the file ends before the image does")
        }
        DecodingError::LimitsExceeded => DecodeError::new(
            DecodeReason::TooLarge,
            Some(FORMAT),
            "reading needs more memory than the limit",
        ),
        _ => DecodeError::corrupt(FORMAT, error.to_string()),
    }
}
