//! numpy's `.npy` arrays, format versions 1 to 3: rows x columns, or rows x columns x channels.

use super::error::DecodeError;
use super::{Decoded, check_size};
use crate::imaging::image::{Colour, Image, Samples};

const FORMAT: &str = "NPY";

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let mut notes = Vec::new();
    let image = array(bytes, &mut notes)?;
    Ok(Decoded {
        image,
        format: FORMAT,
        decoder: super::ARRAY,
        notes,
    })
}

/// What the header of an array says.
#[derive(Debug, PartialEq)]
struct Header {
    /// Type code such as `<f4`.
    descr: String,
    /// First index fastest.
    fortran_order: bool,
    shape: Vec<usize>,
}

/// Bytes of header and values together, from the start of a file.
pub(super) fn total_length(start: &[u8]) -> Result<usize, DecodeError> {
    let (header, rest) = split(start)?;
    let values = header
        .shape
        .iter()
        .try_fold(1_usize, |product, &length| product.checked_mul(length));
    let values = check_size(FORMAT, values.unwrap_or(usize::MAX), 1, 1)?;
    // No number type is wider than eight bytes.
    Ok(start.len() - rest.len() + values * 8)
}

/// Reads one array as an image. Types that [`Samples`] lacks are widened, and a note says so.
pub(super) fn array(bytes: &[u8], notes: &mut Vec<String>) -> Result<Image, DecodeError> {
    let (header, data) = split(bytes)?;
    // What no shape would mend is told first.
    if !NUMBERS.contains(&code(&header.descr)) {
        return Err(no_numbers(&header.descr));
    }
    let (rows, columns, channels) = match header.shape[..] {
        [rows, columns] => (rows, columns, 1),
        [rows, columns, channels] => (rows, columns, channels),
        _ => {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!(
                    "{} dimensions, expected rows x columns or rows x columns x channels",
                    header.shape.len()
                ),
            ));
        }
    };
    let count = check_size(FORMAT, rows, columns, channels)?;
    let samples = samples(&header.descr, data, count, notes)?;
    let samples = if header.fortran_order {
        crate::imaging::image::same_type!(&samples, values => reorder(values, rows, columns, channels))
    } else {
        samples
    };
    let colour = match channels {
        1 => Colour::Gray,
        3 => Colour::Rgb,
        _ => Colour::Unnamed,
    };
    Image::new(rows, columns, channels, colour, samples)
        .ok_or_else(|| DecodeError::corrupt(FORMAT, "the number of values does not fit the shape"))
}

/// Any array of numbers: its shape and its values with the last axis fastest, as 64-bit floats.
///
/// # Errors
/// A damaged file, a type that holds no numbers, first-index-fastest order.
pub fn numbers(bytes: &[u8]) -> Result<(Vec<usize>, Vec<f64>), DecodeError> {
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(DecodeError::corrupt(
            FORMAT,
            "it does not begin as an array of numpy",
        ));
    }
    let (header, data) = split(bytes)?;
    if header.fortran_order && header.shape.len() > 1 {
        return Err(DecodeError::unsupported(
            FORMAT,
            "the first index is fastest; store it with numpy.ascontiguousarray",
        ));
    }
    let count = header
        .shape
        .iter()
        .try_fold(1_usize, |product, &length| product.checked_mul(length));
    let count = check_size(FORMAT, count.unwrap_or(usize::MAX), 1, 1)?;
    let values = samples(&header.descr, data, count, &mut Vec::new())?.to_f64();
    Ok((header.shape, values))
}

/// An array as numpy has it: name of its type, bits a number, and its bytes, little-endian with the
/// last axis fastest.
pub(crate) struct Stored {
    pub(crate) dtype: String,
    pub(crate) bits: u32,
    pub(crate) bytes: Vec<u8>,
}

/// The array of a file that [`array`] reads, without widening any number.
pub(super) fn stored(bytes: &[u8]) -> Option<Stored> {
    let (header, data) = split(bytes).ok()?;
    let mut letters = header.descr.chars();
    let order = letters.next()?;
    let (kind, size) = (letters.next()?, letters.as_str().parse::<usize>().ok()?);
    let name = match kind {
        'b' => "bool",
        'u' => "uint",
        'i' => "int",
        'f' => "float",
        _ => return None,
    };
    let count = header
        .shape
        .iter()
        .copied()
        .try_fold(size, usize::checked_mul)?;
    let mut bytes = data.get(..count)?.to_vec();
    if order == '>' {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    let bytes = match size {
        1 => in_order::<1>(bytes, &header),
        2 => in_order::<2>(bytes, &header),
        4 => in_order::<4>(bytes, &header),
        8 => in_order::<8>(bytes, &header),
        _ => return None,
    };
    let bits = u32::try_from(size * 8).ok()?;
    let dtype = if kind == 'b' {
        name.to_owned()
    } else {
        format!("{name}{bits}")
    };
    Some(Stored { dtype, bits, bytes })
}

/// Numbers of `N` bytes with the last axis fastest.
fn in_order<const N: usize>(bytes: Vec<u8>, header: &Header) -> Vec<u8> {
    let (rows, columns, channels) = match header.shape[..] {
        [rows, columns] => (rows, columns, 1),
        [rows, columns, channels] => (rows, columns, channels),
        _ => return bytes,
    };
    if !header.fortran_order {
        return bytes;
    }
    let (numbers, _) = bytes.as_chunks::<N>();
    reorder(numbers, rows, columns, channels).concat()
}

fn split(bytes: &[u8]) -> Result<(Header, &[u8]), DecodeError> {
    let cut = || DecodeError::truncated(FORMAT, "the file ends inside its header");
    let version = *bytes.get(6).ok_or_else(cut)?;
    let (start, length) = match version {
        1 => {
            let length: [u8; 2] = bytes
                .get(8..10)
                .and_then(|b| b.try_into().ok())
                .ok_or_else(cut)?;
            (10, usize::from(u16::from_le_bytes(length)))
        }
        2 | 3 => {
            let length: [u8; 4] = bytes
                .get(8..12)
                .and_then(|b| b.try_into().ok())
                .ok_or_else(cut)?;
            (12, u32::from_le_bytes(length) as usize)
        }
        other => {
            return Err(DecodeError::unsupported(
                FORMAT,
                format!("format version {other}, expected 1 to 3"),
            ));
        }
    };
    let end = start + length;
    let text = std::str::from_utf8(bytes.get(start..end).ok_or_else(cut)?)
        .map_err(|_| DecodeError::corrupt(FORMAT, "the header is not text"))?;
    let header = parse(text).ok_or_else(|| {
        DecodeError::corrupt(
            FORMAT,
            format!("the header cannot be read: {}", shown(text)),
        )
    })?;
    Ok((header, &bytes[end..]))
}

/// What an error shows of a text out of the file: its beginning, controls spelled out.
fn shown(text: &str) -> String {
    const CHARACTERS: usize = 120;
    let begin = text.trim().chars().take(CHARACTERS);
    begin
        .map(|c| match c.is_control() {
            true => c.escape_unicode().to_string(),
            false => c.to_string(),
        })
        .collect()
}

/// The header is a Python dictionary with three fixed keys, as numpy writes it.
fn parse(text: &str) -> Option<Header> {
    let after = |key: &str| -> Option<&str> {
        let at = text.find(&format!("'{key}'"))?;
        text[at + key.len() + 2..]
            .trim_start()
            .strip_prefix(':')
            .map(str::trim_start)
    };
    let descr = after("descr")?;
    let descr = match descr.strip_prefix('\'') {
        Some(rest) => rest.split('\'').next()?.to_owned(),
        // A list of fields: a structured array.
        None => descr.split(", 'fortran_order'").next()?.to_owned(),
    };
    let order = after("fortran_order")?;
    let fortran_order = if order.starts_with("True") {
        true
    } else if order.starts_with("False") {
        false
    } else {
        return None;
    };
    let shape = after("shape")?.strip_prefix('(')?.split(')').next()?;
    let shape = shape
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok());
    Some(Header {
        descr,
        fortran_order,
        shape: shape.collect::<Option<Vec<usize>>>()?,
    })
}

/// Types that are read, without their byte order.
const NUMBERS: [&str; 12] = [
    "u1", "b1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8",
];

fn code(descr: &str) -> &str {
    descr.trim_start_matches(['<', '>', '|', '='])
}

/// An array of anything else than [`NUMBERS`].
fn no_numbers(descr: &str) -> DecodeError {
    let what = match code(descr).chars().next() {
        Some('O') => "Python objects (dtype object), such as lists of unequal lengths",
        Some('S' | 'U') => "texts",
        Some('c') => "complex numbers",
        Some('[') => "records of several fields",
        _ => "no plain numbers",
    };
    DecodeError::unsupported(
        FORMAT,
        format!(
            "its type {} holds {what}, expected plain numbers: save the image itself, for example as float32",
            shown(descr)
        ),
    )
}

fn samples(
    descr: &str,
    data: &[u8],
    count: usize,
    notes: &mut Vec<String>,
) -> Result<Samples, DecodeError> {
    let order = descr.chars().next().unwrap_or('|');
    let code = code(descr);
    let big = order == '>';
    // `=` is the byte order of the machine that wrote the file, which nobody can know later.
    if order == '=' && !matches!(code, "u1" | "i1" | "b1") {
        return Err(DecodeError::unsupported(
            FORMAT,
            format!("type {} does not say its byte order", shown(descr)),
        ));
    }
    macro_rules! values {
        ($type:ty) => {
            read(data, count, |bytes| {
                if big {
                    <$type>::from_be_bytes(bytes)
                } else {
                    <$type>::from_le_bytes(bytes)
                }
            })
        };
    }
    Ok(match code {
        "u1" => Samples::U8(values!(u8)?),
        "b1" => {
            notes.push("truth values are read as 0 and 1".to_owned());
            Samples::U8(
                values!(u8)?
                    .into_iter()
                    .map(|value| u8::from(value != 0))
                    .collect(),
            )
        }
        "i1" => Samples::I16(values!(i8)?.into_iter().map(i16::from).collect()),
        "u2" => Samples::U16(values!(u16)?),
        "i2" => Samples::I16(values!(i16)?),
        "u4" => Samples::U32(values!(u32)?),
        "i4" => Samples::I32(values!(i32)?),
        "u8" => Samples::F64(exact(values!(u64)?.into_iter().map(i128::from), notes)?),
        "i8" => Samples::F64(exact(values!(i64)?.into_iter().map(i128::from), notes)?),
        "f2" => {
            notes.push("16-bit floats are widened to 32 bits".to_owned());
            Samples::F32(
                values!(u16)?
                    .into_iter()
                    .map(|bits| half::f16::from_bits(bits).to_f32())
                    .collect(),
            )
        }
        "f4" => Samples::F32(values!(f32)?),
        "f8" => Samples::F64(values!(f64)?),
        _ => return Err(no_numbers(descr)),
    })
}

fn read<const N: usize, T>(
    data: &[u8],
    count: usize,
    from: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, DecodeError> {
    let needed = count * N;
    let Some(data) = data.get(..needed) else {
        return Err(DecodeError::truncated(
            FORMAT,
            format!("{count} values expected, {} found", data.len() / N),
        ));
    };
    let mut values = Vec::with_capacity(count);
    for chunk in data.chunks_exact(N) {
        let mut bytes = [0_u8; N];
        bytes.copy_from_slice(chunk);
        values.push(from(bytes));
    }
    Ok(values)
}

/// 64-bit integers as 64-bit floats, refused where one would be rounded.
fn exact(
    values: impl Iterator<Item = i128>,
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, DecodeError> {
    notes.push("64-bit integers are read as 64-bit floats".to_owned());
    values
        .map(|value| {
            let float = value as f64;
            (float as i128 == value && value.abs() <= 1 << 53)
                .then_some(float)
                .ok_or_else(|| {
                    DecodeError::unsupported(
                        FORMAT,
                        format!("the integer {value} does not fit into a 64-bit float"),
                    )
                })
        })
        .collect()
}

/// First-index-fastest order to row by row with channels side by side.
fn reorder<T: Copy>(values: &[T], rows: usize, columns: usize, channels: usize) -> Vec<T> {
    let mut ordered = Vec::with_capacity(values.len());
    for row in 0..rows {
        for column in 0..columns {
            ordered.extend(
                (0..channels).map(|channel| values[row + rows * (column + columns * channel)]),
            );
        }
    }
    ordered
}

#[cfg(test)]
mod tests;
