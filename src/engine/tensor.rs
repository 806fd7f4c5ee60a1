//! Numbers with a shape: what goes into a model and what comes out of it.

use std::fmt;

use half::f16;

/// Type of the numbers in a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ElementType {
    /// 32-bit float.
    F32,
    /// 16-bit float (IEEE 754 binary16).
    F16,
    /// 64-bit float.
    F64,
    /// 8-bit unsigned integer.
    U8,
    /// 8-bit signed integer.
    I8,
    /// 16-bit unsigned integer.
    U16,
    /// 16-bit signed integer.
    I16,
    /// 32-bit unsigned integer.
    U32,
    /// 32-bit signed integer.
    I32,
    /// 64-bit unsigned integer.
    U64,
    /// 64-bit signed integer.
    I64,
    /// True or false.
    Bool,
    /// A type that no engine here can be fed: strings, complex numbers, 4- and 8-bit floats, ...
    /// The number is the one of `TensorProto.DataType` in the ONNX format.
    Other(i32),
}

impl ElementType {
    /// The type that an ONNX file means by a number (`TensorProto.DataType`).
    #[must_use]
    pub fn from_onnx(number: i32) -> Self {
        match number {
            1 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            4 => Self::U16,
            5 => Self::I16,
            6 => Self::I32,
            7 => Self::I64,
            9 => Self::Bool,
            10 => Self::F16,
            11 => Self::F64,
            12 => Self::U32,
            13 => Self::U64,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::F64 => "f64",
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::Bool => "bool",
            Self::Other(number) => return write!(f, "onnx type {number}"),
        };
        f.write_str(name)
    }
}

/// The numbers of a tensor, last axis fastest.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TensorData {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 16-bit floats.
    F16(Vec<f16>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 8-bit unsigned integers.
    U8(Vec<u8>),
    /// 8-bit signed integers.
    I8(Vec<i8>),
    /// 16-bit unsigned integers.
    U16(Vec<u16>),
    /// 16-bit signed integers.
    I16(Vec<i16>),
    /// 32-bit unsigned integers.
    U32(Vec<u32>),
    /// 32-bit signed integers.
    I32(Vec<i32>),
    /// 64-bit unsigned integers.
    U64(Vec<u64>),
    /// 64-bit signed integers.
    I64(Vec<i64>),
    /// Truth values.
    Bool(Vec<bool>),
}

impl TensorData {
    /// Type of the numbers.
    #[must_use]
    pub fn element(&self) -> ElementType {
        match self {
            Self::F32(_) => ElementType::F32,
            Self::F16(_) => ElementType::F16,
            Self::F64(_) => ElementType::F64,
            Self::U8(_) => ElementType::U8,
            Self::I8(_) => ElementType::I8,
            Self::U16(_) => ElementType::U16,
            Self::I16(_) => ElementType::I16,
            Self::U32(_) => ElementType::U32,
            Self::I32(_) => ElementType::I32,
            Self::U64(_) => ElementType::U64,
            Self::I64(_) => ElementType::I64,
            Self::Bool(_) => ElementType::Bool,
        }
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F16(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::U8(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::U32(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::U64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Bool(v) => v.len(),
        }
    }

    /// Whether there is no number at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every number as a 64-bit float. Exact, except for 64-bit integers beyond 2^53, which are
    /// rounded to the nearest float. False is 0, true is 1.
    #[must_use]
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::F16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::F64(v) => v.clone(),
            Self::U8(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::I8(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::U16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::I16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::U32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::I32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::U64(v) => v.iter().map(|&x| x as f64).collect(),
            Self::I64(v) => v.iter().map(|&x| x as f64).collect(),
            Self::Bool(v) => v.iter().map(|&x| f64::from(u8::from(x))).collect(),
        }
    }
}

/// Numbers and their shape.
///
/// The product of `shape` is the number of elements; an empty shape is a single number. Use
/// [`Tensor::new`] where that is not certain. An engine checks it again before it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Length of each axis, slowest first; the first one is the batch by custom.
    pub shape: Vec<usize>,
    /// The numbers, last axis fastest.
    pub data: TensorData,
}

impl Tensor {
    /// A tensor, or `None` when the product of `shape` is not the number of elements.
    #[must_use]
    pub fn new(shape: Vec<usize>, data: TensorData) -> Option<Self> {
        let tensor = Self { shape, data };
        tensor.is_consistent().then_some(tensor)
    }

    /// Type of the numbers.
    #[must_use]
    pub fn element(&self) -> ElementType {
        self.data.element()
    }

    /// Whether the product of the shape is the number of elements.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        elements(&self.shape) == Some(self.data.len())
    }
}

/// Number of elements of a shape; `None` when it does not fit in a `usize`.
fn elements(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1usize, |product, &axis| product.checked_mul(axis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_that_does_not_fit_its_numbers_is_refused() {
        assert!(Tensor::new(vec![2, 3], TensorData::U8(vec![0; 6])).is_some());
        assert!(Tensor::new(vec![2, 3], TensorData::U8(vec![0; 5])).is_none());
        assert!(Tensor::new(vec![], TensorData::I64(vec![7])).is_some());
        assert!(Tensor::new(vec![0, 4], TensorData::F32(vec![])).is_some());
        assert!(Tensor::new(vec![usize::MAX, 2], TensorData::F32(vec![])).is_none());
    }

    #[test]
    fn numbers_are_widened_exactly() {
        let halves = TensorData::F16(vec![f16::from_f32(0.1), f16::from_f32(-2.0)]);
        // 0.1 in binary16 is 0x2e66 = 1638/16384.
        assert_eq!(halves.to_f64(), vec![1638.0 / 16384.0, -2.0]);
        assert_eq!(TensorData::Bool(vec![true, false]).to_f64(), vec![1.0, 0.0]);
        assert_eq!(
            TensorData::F32(vec![0.1]).to_f64(),
            vec![0.100_000_001_490_116_12]
        );
    }
}
