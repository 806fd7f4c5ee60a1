//! The usual TIFF, read in one piece a strip: unsigned samples of 8 or 16 bits in strips, stored as
//! they are, by LZW or by deflate.
//!
//! The `tiff` crate reads every layout, but through streams with small buffers, and with an LZW decoder
//! that is slow where an image compresses well. Whatever is unusual here, or not whole, is left to it.

use flate2::{Decompress, FlushDecompress, Status};
use tiff::decoder::ChunkType;
use tiff::tags::{ByteOrder, Tag};
use weezl::decode::Configuration;
use weezl::{BitOrder, LzwStatus};

use super::tiff::Reader;
use crate::imaging::image::Samples;

const UNCOMPRESSED: u16 = 1;
const LZW: u16 = 5;
const DEFLATE: [u16; 2] = [8, 32946];

/// The samples, channels side by side; `None` where the `tiff` crate has to read them.
pub(super) fn read(
    reader: &mut Reader<'_>,
    bytes: &[u8],
    rows: usize,
    columns: usize,
    channels: usize,
) -> Option<Samples> {
    let colour = reader.colortype().ok()?;
    let bits = colour.bit_depth();
    let mut number = |tag: Tag, usual: u16| match reader.find_tag_unsigned::<u16>(tag) {
        Ok(found) => Some(found.unwrap_or(usual)),
        Err(_) => None,
    };
    let (compression, photometric, layout, predictor) = (
        number(Tag::Compression, UNCOMPRESSED)?,
        number(Tag::PhotometricInterpretation, 0)?,
        number(Tag::PlanarConfiguration, 1)?,
        number(Tag::Predictor, 1)?,
    );
    let formats = reader
        .find_tag_unsigned_vec::<u16>(Tag::SampleFormat)
        .ok()?;
    let usual = matches!(bits, 8 | 16)
        && matches!(photometric, 1 | 2)
        && matches!(predictor, 1 | 2)
        && layout == 1
        && usize::from(colour.num_samples()) == channels
        && formats
            .unwrap_or_default()
            .iter()
            .all(|&format| format == 1)
        && reader.get_chunk_type() == ChunkType::Strip;
    if !usual {
        return None;
    }
    let row_length = columns * channels * usize::from(bits / 8);
    let packed = unpacked(reader, bytes, rows, row_length, compression)?;
    Some(if bits == 8 {
        let mut values = packed;
        undo(&mut values, columns, channels, predictor, u8::wrapping_add)?;
        Samples::U8(values)
    } else {
        let (pairs, _) = packed.as_chunks::<2>();
        let mut values: Vec<u16> = match reader.byte_order() {
            ByteOrder::LittleEndian => pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
            ByteOrder::BigEndian => pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect(),
        };
        undo(&mut values, columns, channels, predictor, u16::wrapping_add)?;
        Samples::U16(values)
    })
}

/// The bytes of all rows.
fn unpacked(
    reader: &mut Reader<'_>,
    bytes: &[u8],
    rows: usize,
    row_length: usize,
    compression: u16,
) -> Option<Vec<u8>> {
    let strip_rows = reader.find_tag_unsigned::<u32>(Tag::RowsPerStrip).ok()?;
    let strip_rows = strip_rows.map_or(rows, |strip| (strip as usize).min(rows));
    let offsets = reader.get_tag_u64_vec(Tag::StripOffsets).ok()?;
    let lengths = reader.get_tag_u64_vec(Tag::StripByteCounts).ok()?;
    let strips = rows
        .checked_div(strip_rows)
        .map(|_| rows.div_ceil(strip_rows))?;
    if offsets.len() != strips || lengths.len() != strips {
        return None;
    }
    let mut unpacked = Vec::with_capacity(rows * row_length);
    for (offset, length) in offsets.into_iter().zip(lengths) {
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        let strip = bytes.get(start..end)?;
        let filled = unpacked.len();
        let wanted = (strip_rows * row_length).min(rows * row_length - filled);
        if compression == UNCOMPRESSED {
            unpacked.extend_from_slice(strip.get(..wanted)?);
            continue;
        }
        unpacked.resize(filled + wanted, 0);
        let out = &mut unpacked[filled..];
        let written = match compression {
            LZW => expand(strip, out),
            method if DEFLATE.contains(&method) => inflate(strip, out)?,
            _ => return None,
        };
        if written != wanted {
            return None;
        }
    }
    Some(unpacked)
}

/// Expands an LZW strip, to the end of `out` or of what can be read; how many bytes there are.
fn expand(mut strip: &[u8], out: &mut [u8]) -> usize {
    let order = Configuration::with_tiff_size_switch(BitOrder::Msb, 8);
    let mut decoder = order.with_yield_on_full_buffer(true).build();
    let mut written = 0;
    while written < out.len() {
        let part = decoder.decode_bytes(strip, &mut out[written..]);
        written += part.consumed_out;
        strip = &strip[part.consumed_in..];
        if !matches!(part.status, Ok(LzwStatus::Ok)) {
            break;
        }
    }
    written
}

/// Inflates a whole strip, whose checksum is right; how many bytes there are.
fn inflate(strip: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut stream = Decompress::new(true);
    let status = stream
        .decompress(strip, out, FlushDecompress::Finish)
        .ok()?;
    let whole = status == Status::StreamEnd;
    whole.then(|| usize::try_from(stream.total_out()).ok())?
}

/// Adds up the differences to the pixel before that the horizontal predictor stores.
fn undo<T: Copy + Default>(
    values: &mut [T],
    columns: usize,
    channels: usize,
    predictor: u16,
    add: impl Fn(T, T) -> T + Copy,
) -> Option<()> {
    if predictor == 1 {
        return Some(());
    }
    for row in values.chunks_exact_mut(columns * channels) {
        match channels {
            1 => sums::<T, 1>(row, add),
            3 => sums::<T, 3>(row, add),
            4 => sums::<T, 4>(row, add),
            _ => return None,
        }
    }
    Some(())
}

fn sums<T: Copy + Default, const CHANNELS: usize>(row: &mut [T], add: impl Fn(T, T) -> T) {
    let mut before = [T::default(); CHANNELS];
    for pixel in row.as_chunks_mut::<CHANNELS>().0 {
        for (value, before) in pixel.iter_mut().zip(&mut before) {
            *before = add(*before, *value);
            *value = *before;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tiff::decoder::Decoder;
    use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8};
    use tiff::encoder::{Compression, DeflateLevel, TiffEncoder, TiffValue};
    use tiff::tags::Predictor;

    use super::*;
    use crate::imaging::decode::tiff::samples;

    const COMPRESSIONS: [Compression; 4] = [
        Compression::Uncompressed,
        Compression::Lzw,
        Compression::Deflate(DeflateLevel::Balanced),
        Compression::Packbits,
    ];

    /// A file with four strips of three rows or less.
    fn file<C: ColorType>(
        values: &[C::Inner],
        compression: Compression,
        predictor: Predictor,
    ) -> Vec<u8>
    where
        [C::Inner]: TiffValue,
    {
        let mut bytes = Cursor::new(Vec::new());
        let encoder = TiffEncoder::new(&mut bytes).unwrap();
        let encoder = encoder.with_compression(compression);
        let mut encoder = encoder.with_predictor(predictor);
        let mut image = encoder.new_image::<C>(9, 11).unwrap();
        image.rows_per_strip(3).unwrap();
        image.write_data(values).unwrap();
        bytes.into_inner()
    }

    fn both(bytes: &[u8], channels: usize) -> (Option<Samples>, Option<Samples>) {
        let mut reader = Decoder::new(Cursor::new(bytes)).unwrap();
        let here = read(&mut reader, bytes, 11, 9, channels);
        (here, samples(&mut reader).ok())
    }

    fn check<C: ColorType>(value: impl Fn(usize) -> C::Inner, channels: usize)
    where
        [C::Inner]: TiffValue,
    {
        let values: Vec<C::Inner> = (0..9 * 11 * channels).map(value).collect();
        for compression in COMPRESSIONS {
            for predictor in [Predictor::None, Predictor::Horizontal] {
                let bytes = file::<C>(&values, compression, predictor);
                let (here, library) = both(&bytes, channels);
                assert_eq!(here.is_some(), compression != Compression::Packbits);
                assert!(library.is_some() && (here.is_none() || here == library));
            }
        }
    }

    #[test]
    fn strips_are_what_the_library_reads() {
        let byte = |at: usize| (at * at * 7 % 251) as u8;
        let word = |at: usize| (at * at * 7919 % 65_521) as u16;
        check::<Gray8>(byte, 1);
        check::<RGB8>(byte, 3);
        check::<RGBA8>(byte, 4);
        check::<Gray16>(word, 1);
        check::<RGB16>(word, 3);
    }

    #[test]
    fn a_damaged_strip_is_left_to_the_library() {
        for compression in &COMPRESSIONS[1..3] {
            let mut bytes = file::<Gray8>(&[7; 99], *compression, Predictor::None);
            let mut reader = Decoder::new(Cursor::new(&bytes)).unwrap();
            let strip = reader.get_tag_u64_vec(Tag::StripOffsets).unwrap()[0] as usize;
            bytes[strip..strip + 4].fill(0xff);
            assert_eq!(both(&bytes, 1).0, None);
        }
    }
}
