//! RLE Lossless (PS3.5 Annex G): a segment of run lengths for every byte of a sample.

use crate::imaging::dicom::error::DicomError;
use crate::imaging::dicom::header::{PixelHeader, Storage};
use crate::imaging::dicom::native::byte_length;

/// Bytes of the table of segments that a frame begins with.
const TABLE: usize = 64;

/// Decodes one frame to little-endian samples, laid out as the header says for plain pixel data.
pub(in crate::imaging::dicom) fn decode(
    bytes: &[u8],
    header: &PixelHeader,
    notes: &mut Vec<String>,
) -> Result<Vec<u8>, DicomError> {
    let Storage::Integer { allocated, .. } = header.storage else {
        return Err(DicomError::unsupported(
            "float pixel data with run lengths are not read here",
        ));
    };
    let (words, _) = bytes.get(..TABLE).unwrap_or_default().as_chunks::<4>();
    let table: Vec<usize> = words
        .iter()
        .map(|w| u32::from_le_bytes(*w) as usize)
        .collect();
    let Some((&count, offsets)) = table.split_first() else {
        return Err(DicomError::truncated(format!(
            "an RLE frame has {} bytes, less than its table of {TABLE}",
            bytes.len()
        )));
    };
    if allocated == 1 {
        let length = byte_length(header, header.frame_samples());
        return one_segment(bytes, count, 1, offsets, 0)
            .and_then(|part| unpack(part, length, notes));
    }
    let width = (allocated / 8) as usize;
    let pixels = header.rows * header.columns;
    let mut out = vec![0; byte_length(header, header.frame_samples())];
    let segments = header.channels * width;
    let plane = |segment: usize, notes: &mut Vec<String>| {
        let part = one_segment(bytes, count, segments, offsets, segment)?;
        unpack(part, pixels, notes)
    };
    // The most significant byte of a sample comes first.
    if let (1, 2) = (header.channels, width) {
        let (high, low) = (plane(0, notes)?, plane(1, notes)?);
        for (to, (high, low)) in out
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .zip(high.iter().zip(&low))
        {
            *to = [*low, *high];
        }
        return Ok(out);
    }
    for segment in 0..segments {
        let plane = plane(segment, notes)?;
        let (channel, byte) = (segment / width, width - 1 - segment % width);
        let (first, step) = if header.planar {
            (channel * pixels * width + byte, width)
        } else {
            (channel * width + byte, segments)
        };
        for (to, from) in out[first..].iter_mut().step_by(step).zip(plane) {
            *to = from;
        }
    }
    Ok(out)
}

/// The bytes of one segment: up to the next segment's, or to the end.
fn one_segment<'a>(
    bytes: &'a [u8],
    count: usize,
    expected: usize,
    offsets: &[usize],
    index: usize,
) -> Result<&'a [u8], DicomError> {
    if count != expected {
        return Err(DicomError::corrupt(format!(
            "an RLE frame has {count} segments, expected {expected}"
        )));
    }
    let (Some(&start), next) = (offsets.get(index), offsets.get(index + 1)) else {
        return Err(DicomError::corrupt(format!(
            "an RLE frame has {count} segments, more than its table holds"
        )));
    };
    let end = match next {
        Some(&next) if index + 1 < count => next,
        _ => bytes.len(),
    };
    bytes
        .get(start..end)
        .filter(|_| start >= TABLE)
        .ok_or_else(|| {
            DicomError::corrupt(format!(
                "RLE segment {} lies at bytes {start} to {end} of a frame of {} bytes",
                index + 1,
                bytes.len()
            ))
        })
}

/// Most bytes of one run.
const LONGEST: usize = 128;
/// Runs of up to so many bytes are written as a whole piece of this size, what is too much being
/// overwritten by the next run: most runs are short, and a piece of known size costs no call.
const PIECE: usize = 16;

/// Expands run lengths to exactly `length` bytes. A byte of padding behind them is usual; more is
/// left out and said.
fn unpack(segment: &[u8], length: usize, notes: &mut Vec<String>) -> Result<Vec<u8>, DicomError> {
    // Two bytes of a segment yield a run at most, whatever length the header claims.
    let most = length.min(segment.len().saturating_mul(LONGEST / 2));
    let mut out = vec![0; most + LONGEST];
    let (mut filled, mut rest) = (0, segment);
    while filled < length {
        let Some((&control, after)) = rest.split_first() else {
            return Err(DicomError::truncated(format!(
                "an RLE segment yields {filled} bytes, expected {length}"
            )));
        };
        if control == 128 {
            rest = after;
            continue;
        }
        let literal = control < 128;
        let run = if literal {
            usize::from(control) + 1
        } else {
            257 - usize::from(control)
        };
        let taken = if literal { run } else { 1 };
        let Some((head, behind)) = after.split_at_checked(taken) else {
            return Err(DicomError::truncated(
                "an RLE segment ends inside a run of bytes",
            ));
        };
        let room = &mut out[filled..];
        match (literal, after.first_chunk::<PIECE>()) {
            (true, Some(piece)) if run <= PIECE => room[..PIECE].copy_from_slice(piece),
            (true, _) => room[..run].copy_from_slice(head),
            (false, _) if run <= PIECE => room[..PIECE].fill(head[0]),
            (false, _) => room[..run].fill(head[0]),
        }
        filled += run;
        rest = behind;
    }
    if filled > length || rest.iter().skip(1).any(|&byte| byte != 0) {
        let note = "an RLE segment holds more than its image: the rest is left out";
        if !notes.iter().any(|known| known == note) {
            notes.push(note.to_owned());
        }
    }
    out.truncate(length);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_are_expanded_as_the_standard_says() {
        // The example of PackBits: literals of n + 1, repeats of 257 - n, 128 says nothing.
        let packed = [254, 0xAA, 2, 0x80, 0x00, 0x2A, 128, 253, 0xAA];
        let expected = [0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA];
        let mut notes = Vec::new();
        assert_eq!(unpack(&packed, 10, &mut notes).unwrap(), expected);
        assert!(notes.is_empty());
        assert!(unpack(&packed, 11, &mut notes).is_err());
        assert!(unpack(&packed[..4], 6, &mut notes).is_err());
        assert_eq!(unpack(&packed, 2, &mut notes).unwrap(), expected[..2]);
        assert_eq!(notes.len(), 1);
    }
}
