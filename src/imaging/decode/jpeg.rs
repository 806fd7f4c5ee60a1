//! JPEG, to the bit as libjpeg-turbo decodes it (integer IDCT, smooth chroma upsampling), which is
//! what Pillow and OpenCV users see.

use libjpeg_turbo_rs::{ColorSpace, DecodeLimits, DecodeWarning, Decoder, JpegError, PixelFormat};

use super::error::{DecodeError, DecodeReason};
use super::{Decoded, check_size, exif, working_memory};
use crate::config::preprocess::RasterOptions;
use crate::imaging::image::{Colour, Image, MAX_SAMPLES, Samples};

const FORMAT: &str = "JPEG";

/// More scans than any encoder writes; a progressive file with more is an attack on time.
const MAX_SCANS: usize = 1000;

pub(super) fn decode(bytes: &[u8], options: RasterOptions) -> Result<Decoded, DecodeError> {
    check_end(bytes)?;
    let mut decoder = open(bytes)?;
    decoder.set_fast_dct(options.fast_idct);
    decoder.set_fast_upsample(options.nearest_chroma);
    let (format, channels, colour) = match (
        decoder.header().components.len(),
        decoder.jpeg_color_space(),
    ) {
        (1, _) => (PixelFormat::Grayscale, 1, Colour::Gray),
        (3, ColorSpace::YCbCr | ColorSpace::Rgb) => (PixelFormat::Rgb, 3, Colour::Rgb),
        (4, ColorSpace::Cmyk | ColorSpace::Ycck) => (PixelFormat::Cmyk, 4, Colour::Cmyk),
        (count, _) => {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!("{count} components, expected 1, 3 or 4"),
            ));
        }
    };
    let mut notes: Vec<String> = exif::orientation_note(decoder.exif_orientation().map(u16::from))
        .into_iter()
        .collect();
    let mut part = finish(decoder, format, channels, &mut notes)?;
    if colour == Colour::Cmyk {
        // Adobe writes CMYK inverted, and Pillow takes every CMYK JPEG as Adobe's.
        part.samples
            .iter_mut()
            .for_each(|value| *value = 255 - *value);
        notes.push(
            "the colours are CMYK, taken as inverted (Adobe's convention, as Pillow does)"
                .to_owned(),
        );
    }
    let image = Image::new(
        part.rows,
        part.columns,
        channels,
        colour,
        Samples::U8(part.samples),
    )
    .ok_or_else(|| {
        DecodeError::corrupt(
            FORMAT,
            "the number of decoded samples does not fit the header",
        )
    })?;
    Ok(Decoded {
        image,
        format: FORMAT,
        decoder: super::JPEG,
        notes,
    })
}

/// The orientation tag, where there is one.
pub(super) fn orientation(bytes: &[u8]) -> Option<u16> {
    open(bytes).ok()?.exif_orientation().map(u16::from)
}

/// 8-bit samples of one JPEG stream, channels side by side.
pub(in crate::imaging) struct Part {
    pub(in crate::imaging) rows: usize,
    pub(in crate::imaging) columns: usize,
    pub(in crate::imaging) samples: Vec<u8>,
}

/// Decodes a JPEG stream inside another file, whose header says how many channels there are and
/// whether three of them are red, green and blue already (`keep_rgb`).
pub(in crate::imaging) fn decode_part(
    bytes: &[u8],
    channels: usize,
    keep_rgb: bool,
    notes: &mut Vec<String>,
) -> Result<Part, DecodeError> {
    let mut decoder = open(bytes)?;
    let format = match (decoder.header().components.len(), channels) {
        (1, 1) => PixelFormat::Grayscale,
        (3, 3) => PixelFormat::Rgb,
        (found, expected) => {
            return Err(DecodeError::corrupt(
                FORMAT,
                format!("{found} components, expected {expected}"),
            ));
        }
    };
    if keep_rgb && decoder.jpeg_color_space() == ColorSpace::YCbCr {
        // Asking for what is stored switches the colour conversion off.
        decoder.set_output_colorspace(ColorSpace::YCbCr);
    }
    finish(decoder, format, channels, notes)
}

fn open(bytes: &[u8]) -> Result<Decoder<'_>, DecodeError> {
    let limits = DecodeLimits {
        max_pixels: MAX_SAMPLES as u64,
        max_scans: MAX_SCANS,
        ..DecodeLimits::default()
    };
    let decoder = Decoder::new_with_limits(bytes, limits).map_err(error)?;
    let precision = decoder.header().precision;
    if precision != 8 {
        return Err(DecodeError::unsupported(
            FORMAT,
            format!("{precision} bits a sample, expected 8"),
        ));
    }
    Ok(decoder)
}

fn finish(
    mut decoder: Decoder<'_>,
    format: PixelFormat,
    channels: usize,
    notes: &mut Vec<String>,
) -> Result<Part, DecodeError> {
    let (rows, columns) = (decoder.header().height(), decoder.header().width());
    let samples = check_size(FORMAT, rows, columns, channels)?;
    decoder.set_output_format(format);
    decoder.set_max_memory(working_memory(samples));
    let decoded = decoder.decode_image().map_err(error)?;
    for warning in &decoded.warnings {
        match warning {
            DecodeWarning::ExtraneousData { bytes } => {
                notes.push(format!("{bytes} bytes between segments belong to none"))
            }
            other => return Err(DecodeError::corrupt(FORMAT, other.to_string())),
        }
    }
    if decoded.data.len() != samples {
        return Err(DecodeError::corrupt(
            FORMAT,
            "the number of decoded samples does not fit the header",
        ));
    }
    Ok(Part {
        rows,
        columns,
        samples: decoded.data,
    })
}

fn error(error: JpegError) -> DecodeError {
    match &error {
        JpegError::UnexpectedEof => {
            DecodeError::truncated(FORMAT, "the compressed data end too early")
        }
        JpegError::Unsupported(what) => DecodeError::unsupported(FORMAT, what.clone()),
        JpegError::LimitExceeded { .. } | JpegError::AllocationFailed { .. } => {
            DecodeError::new(DecodeReason::TooLarge, Some(FORMAT), error.to_string())
        }
        _ => DecodeError::corrupt(FORMAT, error.to_string()),
    }
}

/// A JPEG must end with an end-of-image marker. libjpeg adds a missing one in silence, and with it
/// gray where data are missing.
pub(in crate::imaging) fn check_end(bytes: &[u8]) -> Result<(), DecodeError> {
    let cut = || DecodeError::truncated(FORMAT, "the file ends without an end-of-image marker");
    let mut at = 2;
    loop {
        // Between segments and inside compressed data alike: the next 0xFF that starts a marker.
        let marker = loop {
            let found = bytes
                .get(at..)
                .and_then(|rest| memchr::memchr(0xFF, rest))
                .ok_or_else(cut)?;
            at += found + 1;
            match bytes.get(at).ok_or_else(cut)? {
                0x00 | 0x01 | 0xD0..=0xD7 => at += 1,
                0xFF => {}
                &marker => break marker,
            }
        };
        at += 1;
        match marker {
            0xD9 => return Ok(()),
            0xD8 => {}
            _ => {
                let length = bytes.get(at..at + 2).ok_or_else(cut)?;
                at += usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_marker_is_looked_for_behind_the_data_not_inside_a_segment() {
        let with_thumbnail =
            b"\xFF\xD8\xFF\xE1\x00\x06\xFF\xD9\x00\x00\xFF\xDA\x00\x02\x12\xFF\x00\x34";
        assert_eq!(check_end(with_thumbnail).unwrap_err().reason(), "truncated");
        let mut complete = with_thumbnail.to_vec();
        complete.extend_from_slice(b"\xFF\xD0\x55\xFF\xD9");
        assert!(check_end(&complete).is_ok());
    }

    #[test]
    fn damaged_headers_are_errors() {
        for bytes in [
            &b"\xFF\xD8\xFF"[..],
            b"\xFF\xD8\xFF\xD9",
            b"\xFF\xD8\xFF\xC0\x00\x01\xFF\xD9",
        ] {
            assert!(decode(bytes, RasterOptions::default()).is_err());
        }
    }
}
