//! Uncompressed samples: bytes to stored values (PS3.5 8.1.1).

use super::error::DicomError;
use super::header::{PixelHeader, Storage};
use crate::imaging::image::Samples;

/// How uncompressed bytes are laid out beyond what the header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    /// Samples have their most significant byte first.
    pub(super) big_endian: bool,
    /// Bytes are stored in swapped pairs: 8-bit samples as big-endian words.
    pub(super) swapped: bool,
}

/// Reads all frames from one piece of bytes.
pub(super) fn all_frames(
    bytes: &[u8],
    header: &PixelHeader,
    order: Order,
    notes: &mut Vec<String>,
) -> Result<Samples, DicomError> {
    let mut subsampled = is_subsampled(header);
    let full = header.frames * byte_length(header, header.frame_samples());
    if subsampled && bytes.len() >= full {
        notes.push(
            "the photometric interpretation says YBR_FULL_422, but the chroma is stored for every \
             pixel, as which it is read"
                .to_owned(),
        );
        subsampled = false;
    }
    let samples = header.frames * stored_samples(header, subsampled);
    let expected = byte_length(header, samples);
    if bytes.len() < expected {
        return Err(DicomError::truncated(format!(
            "the pixel data have {} bytes, expected {expected} for {} frames x {} rows x {} columns \
             x {} samples",
            bytes.len(),
            header.frames,
            header.rows,
            header.columns,
            header.channels
        )));
    }
    if bytes.len() > expected + expected % 2 {
        notes.push(format!(
            "the pixel data have {} bytes more than the image, which are left out",
            bytes.len() - expected
        ));
    }
    let unswapped: Vec<u8>;
    let bytes = if order.swapped {
        let pairs = bytes.chunks(2);
        unswapped = pairs.flat_map(|pair| pair.iter().rev().copied()).collect();
        &unswapped[..expected]
    } else {
        &bytes[..expected]
    };
    let mut out = empty(header);
    values(bytes, samples, header, order.big_endian, &mut out);
    Ok(arrange(out, header, subsampled))
}

/// Reads one frame from its own bytes, and puts its samples behind those of `out`.
pub(super) fn one_frame(
    bytes: &[u8],
    header: &PixelHeader,
    out: &mut Samples,
) -> Result<(), DicomError> {
    let subsampled = is_subsampled(header);
    let samples = stored_samples(header, subsampled);
    let expected = byte_length(header, samples);
    let Some(bytes) = bytes.get(..expected) else {
        return Err(DicomError::truncated(format!(
            "a frame has {} bytes, expected {expected}",
            bytes.len()
        )));
    };
    if !subsampled && !header.planar {
        values(bytes, samples, header, false, out);
        return Ok(());
    }
    let mut frame = empty(header);
    values(bytes, samples, header, false, &mut frame);
    append(out, arrange(frame, header, subsampled));
    Ok(())
}

fn is_subsampled(header: &PixelHeader) -> bool {
    header.photometric == super::header::Photometric::YbrFull422
}

/// Samples that a frame stores: two a pixel where the chroma is halved.
fn stored_samples(header: &PixelHeader, subsampled: bool) -> usize {
    if subsampled {
        header.rows * header.columns.div_ceil(2) * 4
    } else {
        header.frame_samples()
    }
}

/// Bytes that `samples` samples take.
pub(super) fn byte_length(header: &PixelHeader, samples: usize) -> usize {
    match header.storage {
        Storage::Integer { allocated: 1, .. } => samples.div_ceil(8),
        Storage::Integer { allocated, .. } => samples * (allocated / 8) as usize,
        Storage::Float => samples * 4,
        Storage::DoubleFloat => samples * 8,
    }
}

/// No samples yet, of the narrowest type that holds every stored value.
pub(super) fn empty(header: &PixelHeader) -> Samples {
    match header.storage {
        Storage::Float => Samples::F32(Vec::new()),
        Storage::DoubleFloat => Samples::F64(Vec::new()),
        Storage::Integer {
            allocated, signed, ..
        } => match (allocated, signed) {
            (1, _) | (8, false) => Samples::U8(Vec::new()),
            (16, false) => Samples::U16(Vec::new()),
            (8 | 16, true) => Samples::I16(Vec::new()),
            (_, false) => Samples::U32(Vec::new()),
            (_, true) => Samples::I32(Vec::new()),
        },
    }
}

/// Puts samples of the same type behind those of `out`.
pub(super) fn append(out: &mut Samples, more: Samples) {
    match (out, more) {
        (Samples::U8(out), Samples::U8(mut more)) => out.append(&mut more),
        (Samples::U16(out), Samples::U16(mut more)) => out.append(&mut more),
        (Samples::I16(out), Samples::I16(mut more)) => out.append(&mut more),
        (Samples::U32(out), Samples::U32(mut more)) => out.append(&mut more),
        (Samples::I32(out), Samples::I32(mut more)) => out.append(&mut more),
        (Samples::F32(out), Samples::F32(mut more)) => out.append(&mut more),
        (Samples::F64(out), Samples::F64(mut more)) => out.append(&mut more),
        // Both are made by `empty` for one header, so that their types are the same.
        _ => {}
    }
}

/// The value in the bits that end at the high bit.
#[derive(Clone, Copy)]
struct Field {
    shift: u32,
    mask: u32,
    /// The value's sign bit, or 0.
    sign: u32,
}

impl Field {
    fn new(stored: u32, high_bit: u32, signed: bool) -> Self {
        Field {
            shift: high_bit + 1 - stored,
            mask: u32::MAX >> (32 - stored),
            sign: if signed { 1 << (stored - 1) } else { 0 },
        }
    }

    /// Whether a word of so many bits is the value itself.
    fn is_whole(self, bits: u32) -> bool {
        self.shift == 0 && self.mask == u32::MAX >> (32 - bits)
    }

    fn of(self, word: u32) -> u32 {
        let value = (word >> self.shift) & self.mask;
        (value ^ self.sign).wrapping_sub(self.sign)
    }
}

fn values(bytes: &[u8], count: usize, header: &PixelHeader, big_endian: bool, out: &mut Samples) {
    let field = match header.storage {
        Storage::Integer {
            stored,
            high_bit,
            signed,
            ..
        } => Field::new(stored, high_bit, signed),
        Storage::Float | Storage::DoubleFloat => Field::new(32, 31, false),
    };
    let bits = match header.storage {
        Storage::Integer { allocated, .. } => allocated,
        Storage::Float => 32,
        Storage::DoubleFloat => 64,
    };
    match (bits, out) {
        (1, Samples::U8(out)) => {
            out.extend((0..count).map(|index| (bytes[index / 8] >> (index % 8)) & 1));
        }
        (8, Samples::U8(out)) if field.is_whole(8) => out.extend_from_slice(bytes),
        (8, Samples::U8(out)) => {
            out.extend(bytes.iter().map(|&byte| field.of(u32::from(byte)) as u8));
        }
        (8, Samples::I16(out)) => {
            let wide = bytes.iter().map(|&byte| field.of(u32::from(byte)));
            out.extend(wide.map(|value| value as i32 as i16));
        }
        (16, Samples::U16(out)) if field.is_whole(16) && !big_endian => {
            let (words, _) = bytes.as_chunks::<2>();
            out.extend(words.iter().map(|word| u16::from_le_bytes(*word)));
        }
        (16, Samples::I16(out)) if field.is_whole(16) && !big_endian => {
            let (words, _) = bytes.as_chunks::<2>();
            out.extend(words.iter().map(|word| i16::from_le_bytes(*word)));
        }
        (16, Samples::U16(out)) if !big_endian => {
            out.extend(words16(bytes, false).map(|word| field.of(word) as u16));
        }
        (16, Samples::I16(out)) if !big_endian => {
            out.extend(words16(bytes, false).map(|word| field.of(word) as i32 as i16));
        }
        (16, Samples::U16(out)) => {
            out.extend(words16(bytes, true).map(|word| field.of(word) as u16));
        }
        (16, Samples::I16(out)) => {
            out.extend(words16(bytes, true).map(|word| field.of(word) as i32 as i16));
        }
        (32, Samples::U32(out)) => {
            out.extend(words32(bytes, big_endian).map(|word| field.of(word)))
        }
        (32, Samples::I32(out)) => {
            out.extend(words32(bytes, big_endian).map(|word| field.of(word) as i32));
        }
        (32, Samples::F32(out)) => out.extend(words32(bytes, big_endian).map(f32::from_bits)),
        (64, Samples::F64(out)) => {
            let (words, _) = bytes.as_chunks::<8>();
            out.extend(words.iter().map(|word| {
                if big_endian {
                    f64::from_be_bytes(*word)
                } else {
                    f64::from_le_bytes(*word)
                }
            }));
        }
        _ => {}
    }
}

#[inline(always)]
fn words16(bytes: &[u8], big_endian: bool) -> impl Iterator<Item = u32> + '_ {
    let (words, _) = bytes.as_chunks::<2>();
    words.iter().map(move |word| {
        u32::from(if big_endian {
            u16::from_be_bytes(*word)
        } else {
            u16::from_le_bytes(*word)
        })
    })
}

fn words32(bytes: &[u8], big_endian: bool) -> impl Iterator<Item = u32> + '_ {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(move |word| {
        if big_endian {
            u32::from_be_bytes(*word)
        } else {
            u32::from_le_bytes(*word)
        }
    })
}

/// Colours side by side, chroma for every pixel.
fn arrange(samples: Samples, header: &PixelHeader, subsampled: bool) -> Samples {
    use crate::imaging::image::same_type;
    if subsampled {
        return same_type!(samples, values => expand(&values, header.columns));
    }
    if header.planar {
        return same_type!(samples, values => interleave(&values, header));
    }
    samples
}

/// Y0 Y1 Cb Cr for two columns each, to Y Cb Cr for each.
fn expand<T: Copy>(values: &[T], columns: usize) -> Vec<T> {
    let row = columns.div_ceil(2) * 4;
    let mut out = Vec::with_capacity(values.len() / 2 * 3);
    for row in values.chunks_exact(row) {
        for column in 0..columns {
            let pair = &row[column / 2 * 4..column / 2 * 4 + 4];
            out.extend([pair[column % 2], pair[2], pair[3]]);
        }
    }
    out
}

fn interleave<T: Copy>(values: &[T], header: &PixelHeader) -> Vec<T> {
    let pixels = header.rows * header.columns;
    let mut out = Vec::with_capacity(values.len());
    for frame in values.chunks_exact(header.frame_samples()) {
        for pixel in 0..pixels {
            out.extend((0..header.channels).map(|channel| frame[channel * pixels + pixel]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_stored_bits_with_their_sign() {
        let twelve = Field::new(12, 11, true);
        assert_eq!(twelve.of(0xF_FFF) as i32, -1);
        assert_eq!(twelve.of(0x7FF) as i32, 2047);
        let shifted = Field::new(12, 15, false);
        assert_eq!(shifted.of(0xABC5), 0xABC);
        let whole = Field::new(32, 31, true);
        assert_eq!(whole.of(0x8000_0000) as i32, i32::MIN);
    }

    #[test]
    fn halved_chroma_belongs_to_two_columns() {
        let row = [1, 2, 50, 60, 3, 0, 70, 80];
        assert_eq!(expand(&row, 3), vec![1, 50, 60, 2, 50, 60, 3, 70, 80]);
    }
}
