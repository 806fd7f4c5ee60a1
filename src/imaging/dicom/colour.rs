//! To red, green and blue: palettes (PS3.3 C.7.6.3.1.5, C.7.9) and luminance with chroma
//! (C.7.6.3.1.2).

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::elements::{Elements, keyword};
use super::error::{DicomError, Reason, Step};
use super::header::{Photometric, PixelHeader, Storage};
use super::lut::{self, Descriptor};
use crate::imaging::image::{Sample, Samples, any_type};

const TABLES: [(Tag, Tag, Tag); 3] = [
    (
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
];

/// Three tables of the same length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Palette {
    first: i64,
    /// Entries take a byte each in the file.
    narrow: bool,
    tables: [Vec<u16>; 3],
}

impl Palette {
    pub(super) fn read(elements: &Elements, signed: bool) -> Result<Self, DicomError> {
        let mut tables: [Vec<u16>; 3] = Default::default();
        let (mut first, mut narrow) = (0, false);
        for (index, (table, (descriptor, plain, segmented))) in
            tables.iter_mut().zip(TABLES).enumerate()
        {
            let descriptor = Descriptor::read(
                &elements.object,
                descriptor,
                signed && !elements.explicit,
                Step::Pixels,
            )?;
            let is_segmented = elements.object.get(plain).is_none();
            *table = if is_segmented {
                expand(elements, segmented, descriptor)?
            } else {
                lut::data(&elements.object, plain, descriptor, Step::Pixels)?
            };
            if index == 0 {
                first = descriptor.first;
                narrow = descriptor.bits <= 8
                    && (is_segmented || byte_length(elements, plain) < 2 * descriptor.entries);
            }
        }
        if tables.iter().any(|table| table.len() != tables[0].len()) {
            return Err(invalid(
                "the red, green and blue palettes have different lengths".to_owned(),
            ));
        }
        Ok(Palette {
            first,
            narrow,
            tables,
        })
    }

    fn apply(&self, indices: &Samples) -> Samples {
        let last = self.tables[0].len() as i64 - 1;
        let colours = any_type!(indices, values => values.iter().flat_map(|value| {
            let index = (value.to_f64() as i64 - self.first).clamp(0, last) as usize;
            [self.tables[0][index], self.tables[1][index], self.tables[2][index]]
        }).collect::<Vec<u16>>());
        if self.narrow {
            return Samples::U8(colours.into_iter().map(|value| value as u8).collect());
        }
        Samples::U16(colours)
    }
}

fn byte_length(elements: &Elements, tag: Tag) -> usize {
    let value = elements.object.get(tag).and_then(|e| e.value().primitive());
    value.map_or(0, |value| value.calculate_byte_len())
}

/// Expands a segmented table (C.7.9.2): runs of entries, straight lines, and references to earlier
/// segments.
fn expand(elements: &Elements, tag: Tag, descriptor: Descriptor) -> Result<Vec<u16>, DicomError> {
    let words = elements
        .object
        .get(tag)
        .and_then(|element| lut::words(element.value().primitive()))
        .ok_or_else(|| {
            DicomError::pixels(
                Reason::MissingAttribute,
                format!(
                    "{} is absent, without which indices have no colour",
                    keyword(tag)
                ),
            )
        })?;
    let words: Vec<u16> = if descriptor.bits <= 8 {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        bytes.map(u16::from).collect()
    } else {
        words
    };
    let mut out = Vec::new();
    let narrow = descriptor.bits <= 8;
    segments(
        &words,
        narrow,
        usize::MAX,
        descriptor.entries,
        true,
        &mut out,
    )
    .filter(|()| out.len() == descriptor.entries)
    .ok_or_else(|| {
        invalid(format!(
            "{} yields {} entries or is damaged, expected {}",
            keyword(tag),
            out.len(),
            descriptor.entries
        ))
    })?;
    Ok(out)
}

/// Appends up to `count` segments; `None` where one is damaged or the table grows beyond `limit`.
fn segments(
    words: &[u16],
    narrow: bool,
    count: usize,
    limit: usize,
    may_refer: bool,
    out: &mut Vec<u16>,
) -> Option<()> {
    let mut at = 0;
    for _ in 0..count {
        if at + 1 >= words.len() || out.len() >= limit {
            break;
        }
        let (kind, length) = (words[at], usize::from(words[at + 1]));
        at += 2;
        match kind {
            0 => {
                out.extend_from_slice(words.get(at..at + length)?);
                at += length;
            }
            1 => {
                let (from, to) = (*out.last()?, *words.get(at)?);
                line(from, to, length, out);
                at += 1;
            }
            2 if may_refer => {
                let parts = if narrow { 4 } else { 2 };
                let offset = words.get(at..at + parts)?;
                let offset = offset.iter().rev().fold(0_usize, |sum, &part| {
                    sum << (if narrow { 8 } else { 16 }) | usize::from(part)
                });
                let start = if narrow { offset } else { offset / 2 };
                segments(words.get(start..)?, narrow, length, limit, false, out)?;
                at += parts;
            }
            _ => return None,
        }
        if out.len() > limit {
            return None;
        }
    }
    Some(())
}

/// `length` entries on the way from an entry, left out, to another; ties round to even.
fn line(from: u16, to: u16, length: usize, out: &mut Vec<u16>) {
    let (from, to) = (f64::from(from), f64::from(to));
    let step = (to - from) / length as f64;
    out.extend((1..=length).map(|k| (from + step * k as f64).round_ties_even() as u16));
}

/// Colours of a decoded image: rows x columns x 3.
///
/// # Errors
/// The image is gray, or of luminance and chroma with other than 8 bits.
pub(super) fn rgb(
    samples: &Samples,
    header: &PixelHeader,
    palette: Option<&Palette>,
) -> Result<Samples, DicomError> {
    match (header.photometric, palette) {
        (Photometric::PaletteColor, Some(palette)) => Ok(palette.apply(samples)),
        (Photometric::Rgb | Photometric::YbrIct | Photometric::YbrRct | Photometric::Xyb, _) => {
            Ok(samples.clone())
        }
        (Photometric::YbrFull | Photometric::YbrFull422, _) => match (samples, header.storage) {
            (Samples::U8(values), Storage::Integer { stored: 8, .. }) => {
                Ok(Samples::U8(from_chroma(values)))
            }
            _ => Err(DicomError::unsupported(
                "luminance and chroma of other than 8 bits are not turned into red, green and \
                     blue here",
            )),
        },
        _ => Err(DicomError::pixels(
            Reason::InvalidAttribute,
            format!(
                "the photometric interpretation is {}, expected one with colours",
                header.photometric.name()
            ),
        )),
    }
}

/// The inverse of the YBR_FULL equations, in 32-bit arithmetic, halves rounded up.
fn from_chroma(values: &[u8]) -> Vec<u8> {
    const GREEN_BLUE: f32 = (-0.114 * 1.772 / 0.587) as f32;
    const GREEN_RED: f32 = (-0.299 * 1.402 / 0.587) as f32;
    let (pixels, _) = values.as_chunks::<3>();
    let round = |value: f32| (value + 0.5).floor().clamp(0.0, 255.0) as u8;
    pixels
        .iter()
        .flat_map(|&[y, cb, cr]| {
            let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
            [
                round(y + 1.402_f32 * cr),
                round(y + GREEN_BLUE * cb + GREEN_RED * cr),
                round(y + 1.772_f32 * cb),
            ]
        })
        .collect()
}

fn invalid(sentence: String) -> DicomError {
    DicomError::pixels(Reason::InvalidAttribute, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_runs_lines_and_references() {
        // Two entries, a line of four to 90, then the line once more from there.
        let words = [0, 2, 5, 10, 1, 4, 90, 2, 1, 8, 0];
        let mut out = Vec::new();
        segments(&words, false, usize::MAX, 10, true, &mut out).unwrap();
        assert_eq!(out, vec![5, 10, 30, 50, 70, 90, 90, 90, 90, 90]);
        let endless = [0, 1, 7, 2, 65535, 0, 0];
        assert!(segments(&endless, false, usize::MAX, 100, true, &mut Vec::new()).is_none());
        assert!(segments(&[1, 4, 90], false, 1, 100, true, &mut Vec::new()).is_none());
    }

    #[test]
    fn gray_chroma_is_gray() {
        assert_eq!(from_chroma(&[77, 128, 128]), vec![77, 77, 77]);
        assert_eq!(from_chroma(&[76, 85, 255]), vec![254, 0, 0]);
    }
}
