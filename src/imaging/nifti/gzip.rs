//! Unpacking `.nii.gz` within bounds: as much as the header asks for, and never more.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::FORMAT;
use super::header::{Header, LENGTH_2, looks_like};
use crate::imaging::decode::{DecodeError, DecodeReason};
use crate::imaging::image::MAX_SAMPLES;

/// Bytes after the voxels that are still unpacked, so that the checksum at the end is reached.
const MOST_AFTER: usize = 1 << 20;
/// Bytes of extensions between header and voxels.
const MOST_BEFORE: usize = 64 << 20;
/// Bytes that memory is asked for before they have come.
const STEP: usize = 16 << 20;

/// Whether the bytes begin as gzip does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Unpacks as much as a header takes.
pub(super) fn header(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut unpacked = Vec::new();
    take(&mut MultiGzDecoder::new(bytes), LENGTH_2, &mut unpacked)?;
    Ok(unpacked)
}

/// Unpacks header, extensions and voxels.
///
/// # Errors
/// A header that is none, a stream that ends early, goes on after the voxels, or fails its
/// checksum, and a volume beyond the limit.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut stream = MultiGzDecoder::new(bytes);
    let mut unpacked = Vec::new();
    take(&mut stream, LENGTH_2, &mut unpacked)?;
    if unpacked.len() >= 4 && !looks_like(&unpacked) {
        return Err(something_else(&unpacked));
    }
    let header = Header::parse(&unpacked)?;
    let needed = needed(&header)?;
    let rest = needed.saturating_sub(unpacked.len());
    take(&mut stream, rest, &mut unpacked)?;
    if unpacked.len() < needed {
        return Err(too_short(needed, unpacked.len()));
    }
    // Up to the end, where the checksum is.
    take(&mut stream, MOST_AFTER, &mut unpacked)?;
    let mut one_more = [0];
    if stream.read(&mut one_more).map_err(damaged)? > 0 {
        return Err(DecodeError::corrupt(
            FORMAT,
            format!("the compressed data go on more than {MOST_AFTER} bytes after the voxels"),
        ));
    }
    Ok(unpacked)
}

/// Bytes from the start of the file to the last voxel.
pub(super) fn needed(header: &Header) -> Result<usize, DecodeError> {
    let samples = header
        .data_length()
        .map(|bytes| bytes / header.datatype.size() * header.datatype.channels());
    let shape: Vec<String> = header.shape.iter().map(usize::to_string).collect();
    match samples {
        Some(samples) if samples <= MAX_SAMPLES => {}
        _ => {
            return Err(DecodeError::new(
                DecodeReason::TooLarge,
                Some(FORMAT),
                format!(
                    "the volume has {} voxels, more than the limit of {MAX_SAMPLES} samples",
                    shape.join(" x ")
                ),
            ));
        }
    }
    let before = if header.pair { 0 } else { LENGTH_2 + 4 };
    if header.offset > before + MOST_BEFORE {
        return Err(DecodeError::corrupt(
            FORMAT,
            format!(
                "vox_offset is {}, more than {MOST_BEFORE} bytes behind the header",
                header.offset
            ),
        ));
    }
    Ok(header.offset + header.data_length().unwrap_or(usize::MAX / 2))
}

/// Gzip around what no NIfTI file begins with.
fn something_else(unpacked: &[u8]) -> DecodeError {
    let starts: [(&[u8], &str); 4] = [
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"\x93NUMPY", "a numpy array"),
        (b"\x1f\x8b", "another gzip file"),
    ];
    let known = starts.iter().find(|(start, _)| unpacked.starts_with(start));
    let what = match known {
        _ if unpacked.get(128..132) == Some(b"DICM") => "a DICOM file",
        Some((_, what)) => what,
        None => "no NIfTI file",
    };
    DecodeError::new(
        DecodeReason::UnsupportedFormat,
        None,
        format!(
            "the file is compressed with gzip and holds {what}; of compressed files only NIfTI is read: unpack it (`gunzip`) and give the file inside"
        ),
    )
}

pub(super) fn too_short(needed: usize, found: usize) -> DecodeError {
    DecodeError::truncated(FORMAT, format!("{needed} bytes expected, {found} found"))
}

fn take(stream: &mut impl Read, mut count: usize, into: &mut Vec<u8>) -> Result<(), DecodeError> {
    while count > 0 {
        let step = count.min(STEP);
        into.reserve_exact(step);
        let found = stream
            .take(step as u64)
            .read_to_end(into)
            .map_err(damaged)?;
        if found < step {
            return Ok(());
        }
        count -= step;
    }
    Ok(())
}

fn damaged(error: std::io::Error) -> DecodeError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            DecodeError::truncated(FORMAT, "the compressed data end too early")
        }
        _ => DecodeError::corrupt(FORMAT, format!("the compressed data are damaged ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn header(shape: [i16; 3]) -> Vec<u8> {
        let mut bytes = vec![0_u8; 352];
        bytes[0..4].copy_from_slice(&348_i32.to_le_bytes());
        for (index, value) in [3, shape[0], shape[1], shape[2]].into_iter().enumerate() {
            bytes[40 + 2 * index..42 + 2 * index].copy_from_slice(&i16::to_le_bytes(value));
        }
        bytes[70..72].copy_from_slice(&2_i16.to_le_bytes());
        bytes[72..74].copy_from_slice(&8_i16.to_le_bytes());
        for index in 1..4 {
            bytes[76 + 4 * index..80 + 4 * index].copy_from_slice(&1_f32.to_le_bytes());
        }
        bytes[108..112].copy_from_slice(&352_f32.to_le_bytes());
        bytes[344..348].copy_from_slice(b"n+1\0");
        bytes
    }

    fn packed(chunks: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for chunk in chunks {
            encoder.write_all(&chunk).unwrap();
        }
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_refused_and_only_its_header_unpacked() {
        // A gigabyte of zeros behind a volume of eight voxels.
        let zeros = std::iter::repeat_n(vec![0; 1 << 20], 1 << 10);
        let bomb = packed(std::iter::once(header([2, 2, 2])).chain(zeros));
        let error = unpack(&bomb).unwrap_err();
        assert!(error.to_string().contains("after the voxels"), "{error}");
        // The same bytes claimed as voxels of 32767 x 32767 x 32767.
        let zeros = std::iter::repeat_n(vec![0; 1 << 20], 4);
        let huge = packed(std::iter::once(header([i16::MAX; 3])).chain(zeros));
        assert_eq!(unpack(&huge).unwrap_err().reason(), "too-large");
    }

    #[test]
    fn a_claim_without_data_takes_no_memory_for_them() {
        let mut out = Vec::new();
        take(&mut [1_u8, 2, 3].as_slice(), usize::MAX, &mut out).unwrap();
        assert_eq!(out, [1, 2, 3]);
        assert!(out.capacity() <= 2 * STEP);
        let short = packed(std::iter::once(header([900, 900, 600])));
        assert_eq!(unpack(&short).unwrap_err().reason(), "truncated");
    }

    #[test]
    fn gzip_around_something_else_says_what_it_holds() {
        let mut dicom = vec![0; 600];
        dicom[128..132].copy_from_slice(b"DICM");
        let nothing = vec![7; 600];
        for (content, what) in [
            (dicom, "a DICOM file"),
            (b"\x89PNG\r\n".to_vec(), "a PNG image"),
            (nothing, "no NIfTI file"),
        ] {
            let error = unpack(&packed(std::iter::once(content))).unwrap_err();
            assert_eq!(error.reason(), "unsupported-format");
            let told = error.to_string();
            assert!(told.contains(&format!("holds {what}; ")), "{told}");
            assert!(told.contains("`gunzip`"), "{told}");
        }
        // A header whose length is damaged is still told as one.
        let mut damaged = header([2, 2, 2]);
        damaged[0] = 1;
        let error = unpack(&packed(std::iter::once(damaged))).unwrap_err();
        assert!(error.to_string().contains("header's length"), "{error}");
    }

    #[test]
    fn bytes_after_the_last_voxel_are_kept_for_a_note() {
        let few = packed([header([2, 2, 2]), vec![7; 20]].into_iter());
        assert_eq!(unpack(&few).unwrap().len(), 372);
        let cut = &few[..few.len() - 9];
        assert!(unpack(cut).is_err());
    }
}
