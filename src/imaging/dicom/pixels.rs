//! Stored values of all frames, whatever they are compressed with.

use dicom_core::VR;

use super::codec::{self, Coded};
use super::error::{DicomError, Reason};
use super::file::{self, File, Inflate};
use super::frames;
use super::header::{PixelHeader, Storage};
use super::native::{self, Order};
use super::syntax::{Codec, TransferSyntax};
use super::walk::PixelValue;
use crate::imaging::image::{MAX_SAMPLES, Samples};

/// Decodes the stored values: frames x rows x columns x samples, colours side by side.
pub(super) fn decode(file: &mut File<'_>, header: &PixelHeader) -> Result<Samples, DicomError> {
    let codec = codec_of(file)?;
    let mut notes = Vec::new();
    let samples = match codec {
        Codec::Native => native_pixels(file, header, &mut notes),
        _ => compressed(file, header, codec, &mut notes),
    }?;
    file.notes.append(&mut notes);
    Ok(samples)
}

/// The codec of the transfer syntax, or of plain pixel data where the file names none.
fn codec_of(file: &File<'_>) -> Result<Codec, DicomError> {
    match (&file.syntax, &file.elements.syntax_uid) {
        (Some(syntax), _) if syntax.codec == Codec::Unsupported => Err(unsupported(*syntax)),
        (Some(syntax), _) => Ok(syntax.codec),
        (None, Some(uid)) => Err(DicomError::unsupported(format!(
            "the transfer syntax {uid} is unknown, expected one of PS3.6 Table A-1; convert the \
             file to another one, such as Explicit VR Little Endian"
        ))),
        (None, None) => Ok(Codec::Native),
    }
}

/// The refusal of a transfer syntax that is known and not decoded.
pub(super) fn unsupported(syntax: TransferSyntax) -> DicomError {
    DicomError::unsupported(format!(
        "pixel data of the transfer syntax {} ({}) are not decoded here; convert the file to another \
         one, such as Explicit VR Little Endian",
        syntax.name, syntax.uid
    ))
}

fn native_pixels(
    file: &File<'_>,
    header: &PixelHeader,
    notes: &mut Vec<String>,
) -> Result<Samples, DicomError> {
    let Some(pixels) = &file.pixels else {
        return Err(DicomError::pixels(
            Reason::MissingAttribute,
            "the file has no pixel data",
        ));
    };
    let (range, missing) = match &pixels.value {
        PixelValue::Native { range, missing } => (range.clone(), *missing),
        PixelValue::Fragments { .. } => {
            return Err(DicomError::corrupt(
                "the pixel data are encapsulated in fragments, but the transfer syntax says that \
                 they are not compressed",
            ));
        }
    };
    if missing > 0 {
        return Err(DicomError::truncated(format!(
            "the file ends {missing} bytes before the end of its pixel data"
        )));
    }
    let narrow = matches!(header.storage, Storage::Integer { allocated, .. } if allocated <= 8);
    let order = Order {
        big_endian: file.layout.big_endian,
        // Words of a big-endian data set hold two samples each, the first in the low byte.
        swapped: file.layout.big_endian && narrow && pixels.vr == Some(VR::OW),
    };
    native::all_frames(&file.bytes[range], header, order, notes)
}

fn compressed(
    file: &File<'_>,
    header: &PixelHeader,
    codec: Codec,
    notes: &mut Vec<String>,
) -> Result<Samples, DicomError> {
    let frames = frames::split(file, codec, header.frames, notes)?;
    let mut out = native::empty(header);
    for (index, bytes) in frames.iter().enumerate() {
        let mut frame_notes = Vec::new();
        frame(bytes, header, codec, &mut out, &mut frame_notes).map_err(|error| {
            if header.frames == 1 {
                error
            } else {
                DicomError::pixels(
                    error.reason(),
                    format!("frame {}: {}", index + 1, error.sentence()),
                )
            }
        })?;
        for note in frame_notes {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    Ok(out)
}

/// Decodes one frame, and puts its samples behind those of `out`.
fn frame(
    bytes: &[u8],
    header: &PixelHeader,
    codec: Codec,
    out: &mut Samples,
    notes: &mut Vec<String>,
) -> Result<(), DicomError> {
    let coded = match codec {
        Codec::EncapsulatedNative => return native::one_frame(bytes, header, out),
        Codec::DeflatedFrame => {
            let limit = native::byte_length(header, header.frame_samples()) + 1;
            return native::one_frame(&inflate(bytes, limit)?, header, out);
        }
        Codec::Rle => {
            return native::one_frame(&codec::rle::decode(bytes, header, notes)?, header, out);
        }
        Codec::Jpeg => codec::jpeg::decode(bytes, header, notes)?,
        Codec::JpegLs => codec::jpegls::decode(bytes, header)?,
        Codec::Jpeg2000 => codec::jpeg2000::decode(bytes, header, notes)?,
        Codec::JpegXl => codec::jpegxl::decode(bytes, header)?,
        Codec::Native | Codec::Unsupported => {
            return Err(DicomError::unsupported("the pixel data are not compressed"));
        }
    };
    conform(&coded, header, out, notes)
}

fn inflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, DicomError> {
    file::inflate(bytes, limit.min(MAX_SAMPLES * 4)).map_err(|why| match why {
        Inflate::TooLarge => DicomError::pixels(
            Reason::TooLarge,
            format!("a deflated frame inflates to more than the {limit} bytes of its image"),
        ),
        Inflate::Damaged(why) => DicomError::corrupt(format!("a deflated frame {why}")),
    })
}

/// Brings what a codec yields to the type of the header: two's complement where the header says so
/// and the codec knows none.
fn conform(
    coded: &Coded,
    header: &PixelHeader,
    out: &mut Samples,
    notes: &mut Vec<String>,
) -> Result<(), DicomError> {
    let Storage::Integer {
        allocated,
        stored,
        signed,
        ..
    } = header.storage
    else {
        return Err(DicomError::unsupported(
            "float pixel data are compressed with a codec for whole numbers",
        ));
    };
    if coded.bits != stored {
        notes.push(format!(
            "the compressed stream has {} bits a sample, the header says {stored}",
            coded.bits
        ));
    }
    // What cannot be outside needs no look at each value.
    match (&coded.samples, &mut *out) {
        (Samples::U8(values), Samples::U8(out)) if !signed => {
            out.extend_from_slice(values);
            return Ok(());
        }
        (Samples::U16(values), Samples::U16(out)) if !signed => {
            out.extend_from_slice(values);
            return Ok(());
        }
        (Samples::U16(values), Samples::I16(out)) if signed && !coded.signed => {
            let bits = stored.min(coded.bits).min(16);
            let (sign, mask) = (1_u16 << (bits - 1), u16::MAX >> (16 - bits));
            out.extend(
                values
                    .iter()
                    .map(|value| ((value & mask) ^ sign).wrapping_sub(sign) as i16),
            );
            return Ok(());
        }
        _ => {}
    }
    let sign = 1_i64 << (stored.min(coded.bits) - 1);
    let mask = (sign << 1) - 1;
    let fix = |value: i64| {
        if signed && !coded.signed {
            ((value & mask) ^ sign) - sign
        } else {
            value
        }
    };
    let (low, high) = if signed {
        (
            -(1_i64 << (allocated.max(8) - 1)),
            (1_i64 << (allocated.max(8) - 1)) - 1,
        )
    } else {
        (0, (1_i64 << allocated.max(8)) - 1)
    };
    let mut outside = None;
    let mut each = |value: i64| {
        let value = fix(value);
        if value < low || value > high {
            outside = Some(value);
        }
        value
    };
    macro_rules! push {
        ($out:expr, $type:ty) => {
            match &coded.samples {
                Samples::U8(values) => {
                    $out.extend(values.iter().map(|&v| each(i64::from(v)) as $type))
                }
                Samples::U16(values) => {
                    $out.extend(values.iter().map(|&v| each(i64::from(v)) as $type))
                }
                Samples::I16(values) => {
                    $out.extend(values.iter().map(|&v| each(i64::from(v)) as $type))
                }
                Samples::I32(values) => {
                    $out.extend(values.iter().map(|&v| each(i64::from(v)) as $type))
                }
                Samples::U32(values) => {
                    $out.extend(values.iter().map(|&v| each(i64::from(v)) as $type))
                }
                Samples::F32(_) | Samples::F64(_) => {}
            }
        };
    }
    match out {
        Samples::U8(out) => push!(out, u8),
        Samples::U16(out) => push!(out, u16),
        Samples::I16(out) => push!(out, i16),
        Samples::U32(out) => push!(out, u32),
        Samples::I32(out) => push!(out, i32),
        Samples::F32(_) | Samples::F64(_) => {}
    }
    match outside {
        None => Ok(()),
        Some(value) => Err(DicomError::corrupt(format!(
            "the compressed stream yields {value}, expected {low} to {high} for {allocated} bits \
             allocated"
        ))),
    }
}
