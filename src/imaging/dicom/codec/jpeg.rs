//! JPEG: baseline, extended and progressive as libjpeg-turbo decodes them, and lossless.
//!
//! Colours stay as the stream holds them (no turn from luminance and chroma to red, green, blue);
//! chroma that is stored for fewer pixels is interpolated as libjpeg does by default.

use libjpeg_turbo_rs::{DecodeLimits, JpegError};

use super::{Coded, check_bits, check_shape};
use crate::imaging::decode::jpeg as raster;
use crate::imaging::decode::{DecodeError, DecodeReason};
use crate::imaging::dicom::error::{DicomError, Reason};
use crate::imaging::dicom::header::PixelHeader;
use crate::imaging::image::{MAX_SAMPLES, Samples};

use progressive12::decode as progressive12;

mod progressive12;

/// What the frame header of a stream says.
struct Frame {
    marker: u8,
    precision: u32,
    rows: usize,
    columns: usize,
    components: usize,
}

/// Decodes one frame.
pub(in crate::imaging::dicom) fn decode(
    bytes: &[u8],
    header: &PixelHeader,
    notes: &mut Vec<String>,
) -> Result<Coded, DicomError> {
    let frame = frame_header(bytes)?;
    check_shape("JPEG", frame.rows, frame.columns, frame.components, header)?;
    check_bits("JPEG", frame.precision, header)?;
    let samples = match (frame.marker, frame.precision) {
        (0xC3 | 0xCB, _) => lossless(bytes, header)?,
        (0xC0..=0xC2 | 0xC9 | 0xCA, 8) => eight_bits(bytes, header, notes)?,
        (0xC0..=0xC2, 12) if frame.components != 1 => {
            return Err(DicomError::unsupported(
                "colour JPEG with 12 bits a sample is not read here",
            ));
        }
        (0xC0 | 0xC1, 12) => twelve_bits(bytes, header)?,
        (0xC2, 12) => progressive12(bytes, header)?,
        (marker, bits) => {
            return Err(DicomError::unsupported(format!(
                "JPEG of process SOF{} with {bits} bits a sample is not read here",
                marker & 0x0F
            )));
        }
    };
    Ok(Coded {
        samples,
        signed: false,
        bits: frame.precision,
    })
}

fn eight_bits(
    bytes: &[u8],
    header: &PixelHeader,
    notes: &mut Vec<String>,
) -> Result<Samples, DicomError> {
    if raster::check_end(bytes).is_err() {
        return Err(DicomError::truncated(
            "the JPEG stream ends without an end-of-image marker",
        ));
    }
    let part = raster::decode_part(bytes, header.channels, true, notes).map_err(from_raster)?;
    check_shape("JPEG", part.rows, part.columns, header.channels, header)?;
    Ok(Samples::U8(part.samples))
}

fn from_raster(error: DecodeError) -> DicomError {
    let reason = match error.kind() {
        DecodeReason::Truncated => Reason::Truncated,
        DecodeReason::UnsupportedFeature => Reason::UnsupportedFeature,
        DecodeReason::TooLarge => Reason::TooLarge,
        _ => Reason::DecodeFailed,
    };
    DicomError::pixels(reason, error.to_string())
}

fn twelve_bits(bytes: &[u8], header: &PixelHeader) -> Result<Samples, DicomError> {
    let limits = DecodeLimits {
        max_pixels: MAX_SAMPLES as u64,
        ..DecodeLimits::default()
    };
    let image = libjpeg_turbo_rs::precision::decompress_12bit_with_limits(bytes, &limits)
        .map_err(failed)?;
    check_shape(
        "JPEG",
        image.height,
        image.width,
        image.num_components,
        header,
    )?;
    Ok(Samples::I16(image.data))
}

fn lossless(bytes: &[u8], header: &PixelHeader) -> Result<Samples, DicomError> {
    let image =
        libjpeg_turbo_rs::precision::decompress_lossless_arbitrary(bytes).map_err(failed)?;
    check_shape(
        "JPEG",
        image.height,
        image.width,
        image.num_components,
        header,
    )?;
    Ok(Samples::U16(image.data))
}

fn failed(error: JpegError) -> DicomError {
    match &error {
        JpegError::UnexpectedEof => {
            DicomError::truncated("the compressed data of a JPEG stream end too early")
        }
        JpegError::Unsupported(what) => DicomError::unsupported(format!("JPEG: {what}")),
        JpegError::LimitExceeded { .. } | JpegError::AllocationFailed { .. } => {
            DicomError::pixels(Reason::TooLarge, format!("JPEG: {error}"))
        }
        _ => DicomError::corrupt(format!("JPEG: {error}")),
    }
}

/// Walks over the segments of a stream to its frame header.
fn frame_header(bytes: &[u8]) -> Result<Frame, DicomError> {
    if !bytes.starts_with(b"\xFF\xD8") {
        return Err(DicomError::corrupt(format!(
            "the pixel data do not begin with a JPEG stream (first bytes {:02x?}, expected ff d8)",
            &bytes[..bytes.len().min(4)]
        )));
    }
    let cut = || DicomError::truncated("the JPEG stream ends before its frame header");
    let mut at = 2;
    loop {
        let (Some(&0xFF), Some(&marker)) = (bytes.get(at), bytes.get(at + 1)) else {
            return Err(cut());
        };
        if marker == 0xFF {
            at += 1;
            continue;
        }
        let segment = bytes.get(at + 2..).ok_or_else(cut)?;
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            let [_, _, precision, y1, y0, x1, x0, components, ..] = *segment else {
                return Err(cut());
            };
            return Ok(Frame {
                marker,
                precision: u32::from(precision),
                rows: usize::from(u16::from_be_bytes([y1, y0])),
                columns: usize::from(u16::from_be_bytes([x1, x0])),
                components: usize::from(components),
            });
        }
        let [high, low, ..] = *segment else {
            return Err(cut());
        };
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_header_is_found_behind_other_segments() {
        let bytes =
            b"\xFF\xD8\xFF\xE0\x00\x04ab\xFF\xFF\xC1\x00\x0B\x0C\x00\x10\x00\x20\x01\x01\x11\x00";
        let frame = frame_header(bytes).unwrap();
        assert_eq!(
            (
                frame.marker,
                frame.precision,
                frame.rows,
                frame.columns,
                frame.components
            ),
            (0xC1, 12, 16, 32, 1)
        );
        assert!(frame_header(&bytes[..14]).is_err());
        assert!(frame_header(b"\xFF\xD8\xFF\xE0\xFF\xFF").is_err());
        assert!(frame_header(b"garbage").is_err());
    }
}
