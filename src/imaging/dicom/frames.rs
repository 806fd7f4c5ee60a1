//! Which fragments of encapsulated pixel data make up each frame (PS3.5 A.4).

use std::borrow::Cow;
use std::ops::Range;

use dicom_dictionary_std::tags;

use super::error::DicomError;
use super::file::File;
use super::syntax::Codec;
use super::walk::PixelValue;

/// The compressed bytes of every frame, in order.
pub(super) fn split<'a>(
    file: &'a File<'_>,
    codec: Codec,
    frames: usize,
    notes: &mut Vec<String>,
) -> Result<Vec<Cow<'a, [u8]>>, DicomError> {
    let Some(PixelValue::Fragments {
        offsets,
        fragments,
        cut,
    }) = file.pixels.as_ref().map(|pixels| &pixels.value)
    else {
        return Err(DicomError::corrupt(
            "the transfer syntax says that the pixel data are compressed, but they are not \
             encapsulated in fragments",
        ));
    };
    if fragments.is_empty() {
        return Err(DicomError::truncated("the pixel data have no fragment"));
    }
    let basic = basic_offsets(&file.bytes[offsets.clone()]);
    let extended = extended_offsets(file);
    let table = if extended.is_empty() { basic } else { extended };
    let groups = group(&file.bytes, fragments, &table, codec, frames, notes);
    if groups.len() < frames {
        return Err(DicomError::truncated(format!(
            "the pixel data hold {} frames, expected {frames} as NumberOfFrames says{}",
            groups.len(),
            if *cut {
                "; the file ends inside them"
            } else {
                ""
            }
        )));
    }
    if *cut {
        return Err(DicomError::truncated(
            "the file ends inside the pixel data, before their end mark",
        ));
    }
    if groups.len() > frames {
        notes.push(format!(
            "the pixel data hold {} frames, NumberOfFrames says {frames}: the rest is left out",
            groups.len()
        ));
    }
    Ok(groups
        .into_iter()
        .take(frames)
        .map(|parts| join(&file.bytes, &fragments[parts]))
        .collect())
}

fn join<'a>(bytes: &'a [u8], fragments: &[Range<usize>]) -> Cow<'a, [u8]> {
    match fragments {
        [one] => Cow::Borrowed(&bytes[one.clone()]),
        several => Cow::Owned(
            several
                .iter()
                .flat_map(|range| bytes[range.clone()].iter().copied())
                .collect(),
        ),
    }
}

/// Ranges of fragments, one a frame: by the offset table where it points at fragments, else one by
/// one, else by the mark that every compressed stream begins with.
fn group(
    bytes: &[u8],
    fragments: &[Range<usize>],
    table: &[u64],
    codec: Codec,
    frames: usize,
    notes: &mut Vec<String>,
) -> Vec<Range<usize>> {
    if !table.is_empty() {
        let positions = positions(fragments);
        let starts: Option<Vec<usize>> = table
            .iter()
            .map(|offset| positions.iter().position(|position| position == offset))
            .collect();
        match starts {
            Some(starts)
                if starts.len() >= frames
                    && starts.first() == Some(&0)
                    && starts.is_sorted_by(|a, b| a < b) =>
            {
                return ranges(&starts, fragments.len());
            }
            _ => notes.push(
                "the offset table does not point at the fragments of the frames, and is not used"
                    .to_owned(),
            ),
        }
    }
    if fragments.len() == frames {
        let each: Vec<usize> = (0..frames).collect();
        return ranges(&each, frames);
    }
    let starts: Vec<usize> = (0..fragments.len())
        .filter(|&index| index == 0 || begins_stream(&bytes[fragments[index].clone()], codec))
        .collect();
    if frames == 1 && starts.len() < fragments.len() {
        return std::iter::once(0..fragments.len()).collect();
    }
    ranges(&starts, fragments.len())
}

fn ranges(starts: &[usize], end: usize) -> Vec<Range<usize>> {
    let ends = starts.iter().skip(1).copied().chain([end]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(a, b)| a..b)
        .collect()
}

fn begins_stream(fragment: &[u8], codec: Codec) -> bool {
    match codec {
        Codec::Jpeg | Codec::JpegLs => fragment.starts_with(b"\xFF\xD8"),
        Codec::Jpeg2000 => {
            fragment.starts_with(b"\xFF\x4F\xFF\x51")
                || fragment.starts_with(b"\0\0\0\x0CjP  \r\n\x87\n")
        }
        Codec::JpegXl => {
            fragment.starts_with(b"\xFF\x0A") || fragment.starts_with(b"\0\0\0\x0CJXL \r\n\x87\n")
        }
        _ => false,
    }
}

/// Distance of each fragment's item from the first one's, as offset tables count.
fn positions(fragments: &[Range<usize>]) -> Vec<u64> {
    let first = fragments.first().map_or(0, |range| range.start);
    fragments
        .iter()
        .map(|range| (range.start - first) as u64)
        .collect()
}

fn basic_offsets(table: &[u8]) -> Vec<u64> {
    let (words, _) = table.as_chunks::<4>();
    words
        .iter()
        .map(|word| u64::from(u32::from_le_bytes(*word)))
        .collect()
}

fn extended_offsets(file: &File<'_>) -> Vec<u64> {
    file.elements
        .object
        .get(tags::EXTENDED_OFFSET_TABLE)
        .and_then(|element| element.to_bytes().ok())
        .map(|bytes| {
            let (words, _) = bytes.as_chunks::<8>();
            words.iter().map(|word| u64::from_le_bytes(*word)).collect()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(table: &[u64], frames: usize) -> (Vec<[usize; 2]>, usize) {
        // Four fragments of 4 bytes with 8 bytes of item header between them: two streams.
        let bytes = b"\xFF\xD8aa--------bbbb--------\xFF\xD8cc--------dddd";
        let fragments: Vec<_> = (0..4).map(|k| k * 12..k * 12 + 4).collect();
        let mut notes = Vec::new();
        let groups = group(bytes, &fragments, table, Codec::Jpeg, frames, &mut notes);
        (
            groups
                .into_iter()
                .map(|part| [part.start, part.end])
                .collect(),
            notes.len(),
        )
    }

    #[test]
    fn frames_are_told_by_table_by_count_or_by_their_first_bytes() {
        assert_eq!(grouped(&[0, 12], 2), (vec![[0, 1], [1, 4]], 0));
        assert_eq!(grouped(&[], 2), (vec![[0, 2], [2, 4]], 0));
        assert_eq!(grouped(&[], 4), (vec![[0, 1], [1, 2], [2, 3], [3, 4]], 0));
        assert_eq!(grouped(&[], 1), (vec![[0, 4]], 0));
    }

    #[test]
    fn a_table_that_points_elsewhere_is_noted_and_not_used() {
        assert_eq!(grouped(&[0, 13], 2), (vec![[0, 2], [2, 4]], 1));
        assert_eq!(grouped(&[12, 0], 2), (vec![[0, 2], [2, 4]], 1));
    }
}
