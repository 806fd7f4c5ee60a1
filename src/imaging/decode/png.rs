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
    // Those of a palette; a transparent colour adds one, which stands in a later chunk.
    let channels_at_least = match header.color_type {
        ColorType::Indexed => 3,
        stored => stored.samples(),
    };
    let samples = check_size(FORMAT, rows, columns, channels_at_least)?;
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
    check_size(FORMAT, rows, columns, channels)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The start of a PNG of one colour, with a transparent colour where asked for: header and the
    /// chunk that begins the pixels, of which none is there.
    fn start(side: u32, colour: ColorType, transparent: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(colour);
        encoder.set_depth(BitDepth::Eight);
        if let Some(colour) = transparent {
            encoder.set_trns(colour.to_vec());
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[]).unwrap();
        drop(writer);
        bytes
    }

    #[test]
    fn the_limit_counts_the_channels_that_there_are() {
        // 400 M samples of gray are below the limit of 512 Mi, twice as many are not.
        let error = decode(&start(20_000, ColorType::Grayscale, None)).unwrap_err();
        assert_ne!(error.reason(), "too-large", "{error}");
        let refused = |bytes: &[u8]| {
            let error = decode(bytes).unwrap_err();
            assert_eq!(error.reason(), "too-large", "{error}");
            error.to_string()
        };
        for (side, colour, transparent, words) in [
            (24_000, ColorType::Grayscale, None, "x 1 channels"),
            (
                20_000,
                ColorType::Grayscale,
                Some(&[0, 7][..]),
                "x 2 channels",
            ),
            (20_000, ColorType::GrayscaleAlpha, None, "x 2 channels"),
            (20_000, ColorType::Rgb, None, "x 3 channels"),
            (
                12_000,
                ColorType::Rgb,
                Some(&[0, 7, 0, 7, 0, 7][..]),
                "x 4 channels",
            ),
            (20_000, ColorType::Rgba, None, "x 4 channels"),
        ] {
            let said = refused(&start(side, colour, transparent));
            assert!(said.contains(words), "{words}: {said}");
        }
    }
}
