//! Voxels as stored, scaled, and in the order of other readers.

use super::datatype::Datatype;
use super::header::Header;
use crate::imaging::image::{Sample, Samples, Summary, any_type};

/// Integers beyond this lose their last digit in a 64-bit float.
const LARGEST_EXACT: u64 = 1 << 53;

/// Stored numbers and the scaling that gives the values.
///
/// Order is the file's: the first axis of the shape fastest, the channels of a voxel together.
/// 8-bit signed integers come as 16-bit ones, 64-bit integers as 64-bit floats; complex numbers
/// are their magnitude, and what scaling they have is done already.
#[derive(Debug, Clone, PartialEq)]
pub struct Voxels {
    /// As stored.
    pub stored: Samples,
    /// Factor.
    pub slope: f64,
    /// Added after the factor.
    pub inter: f64,
}

impl Voxels {
    /// Takes the voxels out of the bytes, which must be as many as the header asks for.
    pub(super) fn read(header: &Header, data: &[u8], notes: &mut Vec<String>) -> Self {
        let big = header.big_endian;
        macro_rules! numbers {
            ($type:ty) => {
                if big {
                    values(data, <$type>::from_be_bytes)
                } else {
                    values(data, <$type>::from_le_bytes)
                }
            };
        }
        let (mut slope, mut inter) = (header.slope, header.inter);
        let stored = match header.datatype {
            Datatype::UInt8 | Datatype::Rgb24 | Datatype::Rgba32 => Samples::U8(data.to_vec()),
            Datatype::Int8 => {
                Samples::I16(data.iter().map(|&byte| i16::from(byte as i8)).collect())
            }
            Datatype::UInt16 => Samples::U16(numbers!(u16)),
            Datatype::Int16 => Samples::I16(numbers!(i16)),
            Datatype::UInt32 => Samples::U32(numbers!(u32)),
            Datatype::Int32 => Samples::I32(numbers!(i32)),
            Datatype::Float32 => Samples::F32(numbers!(f32)),
            Datatype::Float64 => Samples::F64(numbers!(f64)),
            Datatype::Int64 => {
                let values: Vec<i64> = numbers!(i64);
                note_inexact(values.iter().map(|value| value.unsigned_abs()), notes);
                Samples::F64(values.into_iter().map(|value| value as f64).collect())
            }
            Datatype::UInt64 => {
                let values: Vec<u64> = numbers!(u64);
                note_inexact(values.iter().copied(), notes);
                Samples::F64(values.into_iter().map(|value| value as f64).collect())
            }
            Datatype::Complex64 => {
                let parts: Vec<f32> = numbers!(f32);
                magnitude_note(notes);
                if (slope, inter) == (1.0, 0.0) {
                    let pairs = parts.chunks_exact(2);
                    Samples::F32(pairs.map(|pair| magnitude_f32(pair[0], pair[1])).collect())
                } else {
                    let parts = parts.into_iter().map(f64::from).collect();
                    Samples::F64(magnitudes(parts, &mut slope, &mut inter))
                }
            }
            Datatype::Complex128 => {
                magnitude_note(notes);
                Samples::F64(magnitudes(numbers!(f64), &mut slope, &mut inter))
            }
        };
        Self {
            stored,
            slope,
            inter,
        }
    }

    /// Whether the values are not those stored.
    pub fn is_scaled(&self) -> bool {
        (self.slope, self.inter) != (1.0, 0.0)
    }

    /// The values: as stored where there is no scaling, else `stored * slope + inter` in 64-bit
    /// arithmetic, rounded once to 32 bits.
    pub fn into_values(self) -> Samples {
        if self.is_scaled() {
            Samples::F32(self.to_f32())
        } else {
            self.stored
        }
    }

    /// The values as 32-bit floats, computed in 64 bits and rounded once.
    pub fn to_f32(&self) -> Vec<f32> {
        let (slope, inter) = (self.slope, self.inter);
        any_type!(&self.stored, values => values
            .iter()
            .map(|value| scaled(value.to_f64(), slope, inter) as f32)
            .collect())
    }

    /// Least, largest and mean of the finite values; `None` where there is none.
    pub fn summary(&self) -> Option<Summary> {
        if !self.is_scaled() {
            return self.stored.summary();
        }
        let (slope, inter) = (self.slope, self.inter);
        let values: Vec<f64> = any_type!(&self.stored, values => values
            .iter()
            .map(|value| scaled(value.to_f64(), slope, inter))
            .collect());
        Samples::F64(values).summary()
    }
}

/// numpy multiplies and adds in two steps, and neither where it would change nothing.
fn scaled(value: f64, slope: f64, inter: f64) -> f64 {
    let value = if slope == 1.0 { value } else { value * slope };
    if inter == 0.0 { value } else { value + inter }
}

/// Magnitudes of scaled complex numbers; a complex number's own addition is to its real part.
fn magnitudes(parts: Vec<f64>, slope: &mut f64, inter: &mut f64) -> Vec<f64> {
    let (factor, added) = (std::mem::replace(slope, 1.0), std::mem::replace(inter, 0.0));
    let pairs = parts.chunks_exact(2);
    pairs
        .map(|pair| magnitude_f64(scaled(pair[0], factor, added), scaled(pair[1], factor, 0.0)))
        .collect()
}

macro_rules! magnitude {
    ($name:ident, $type:ty) => {
        /// `larger * sqrt(1 + (smaller / larger)^2)`, multiplied and added in one rounding: what
        /// numpy's `abs` computes on processors with that instruction. It differs from a correctly
        /// rounded hypotenuse in the last digit of a third of all numbers.
        fn $name(real: $type, imaginary: $type) -> $type {
            let (real, imaginary) = (real.abs(), imaginary.abs());
            if real.is_infinite() || imaginary.is_infinite() {
                return <$type>::INFINITY;
            }
            if real.is_nan() || imaginary.is_nan() {
                return <$type>::NAN;
            }
            let (larger, smaller) = (real.max(imaginary), real.min(imaginary));
            if larger == 0.0 {
                return 0.0;
            }
            let ratio = smaller / larger;
            ratio.mul_add(ratio, 1.0).sqrt() * larger
        }
    };
}
magnitude!(magnitude_f32, f32);
magnitude!(magnitude_f64, f64);

fn magnitude_note(notes: &mut Vec<String>) {
    notes.push("complex numbers are read as their magnitude".to_owned());
}

fn note_inexact(magnitudes: impl Iterator<Item = u64>, notes: &mut Vec<String>) {
    let inexact = magnitudes.filter(|&value| value > LARGEST_EXACT).count();
    if inexact > 0 {
        notes.push(format!(
            "{inexact} 64-bit integers are beyond 2^53 and rounded to 64-bit floats"
        ));
    }
}

fn values<const N: usize, T>(data: &[u8], from: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (numbers, _) = data.as_chunks::<N>();
    numbers.iter().map(|bytes| from(*bytes)).collect()
}

/// Rearranges values that lie with the first axis fastest into the order of numpy (last axis
/// fastest), for hashes that other readers can repeat. New axis `a` of the first three is old axis
/// `from[a].0`, reversed where `from[a].1`; later axes and channels stay.
pub(super) fn in_c_order(
    values: &[f32],
    shape: &[usize],
    channels: usize,
    from: &[(usize, bool)],
) -> Vec<f32> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = channels;
    for length in shape {
        strides.push(stride);
        stride *= length;
    }
    // Of every new axis: its length, its step in the file, and where it starts.
    let mut axes: Vec<(usize, isize)> = Vec::with_capacity(shape.len());
    let mut start = 0_usize;
    for axis in 0..shape.len() {
        let (old, reversed) = from.get(axis).copied().unwrap_or((axis, false));
        let step = strides[old] as isize;
        if reversed {
            start += strides[old] * (shape[old] - 1);
        }
        axes.push((shape[old], if reversed { -step } else { step }));
    }
    let mut out = Vec::with_capacity(values.len());
    lay(values, &axes, start as isize, channels, &mut out);
    out
}

fn lay(values: &[f32], axes: &[(usize, isize)], at: isize, channels: usize, out: &mut Vec<f32>) {
    let Some(((length, step), rest)) = axes.split_first() else {
        let first = at as usize;
        out.extend_from_slice(&values[first..first + channels]);
        return;
    };
    let mut at = at;
    for _ in 0..*length {
        lay(values, rest, at, channels, out);
        at += step;
    }
}
