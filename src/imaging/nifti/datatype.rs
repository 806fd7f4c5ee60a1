//! How a voxel is stored: the number types of nifti1.h.

use super::FORMAT;
use crate::imaging::decode::DecodeError;

/// How a voxel is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are numpy's")]
pub enum Datatype {
    UInt8,
    Int16,
    Int32,
    Float32,
    Complex64,
    Float64,
    Rgb24,
    Int8,
    UInt16,
    UInt32,
    Int64,
    UInt64,
    Complex128,
    Rgba32,
}

impl Datatype {
    pub(super) fn from_code(code: i32) -> Result<Self, DecodeError> {
        Ok(match code {
            2 => Self::UInt8,
            4 => Self::Int16,
            8 => Self::Int32,
            16 => Self::Float32,
            32 => Self::Complex64,
            64 => Self::Float64,
            128 => Self::Rgb24,
            256 => Self::Int8,
            512 => Self::UInt16,
            768 => Self::UInt32,
            1024 => Self::Int64,
            1280 => Self::UInt64,
            1792 => Self::Complex128,
            2304 => Self::Rgba32,
            1 => {
                return Err(DecodeError::unsupported(
                    FORMAT,
                    "1 bit a voxel (datatype 1)",
                ));
            }
            1536 | 2048 => {
                return Err(DecodeError::unsupported(
                    FORMAT,
                    format!(
                        "128-bit floats (datatype {code}), which mean different things on different computers; write the file as float64"
                    ),
                ));
            }
            other => {
                return Err(DecodeError::corrupt(
                    FORMAT,
                    format!("datatype {other} is none of the standard"),
                ));
            }
        })
    }

    /// Name as numpy writes it (`int16`, `complex64`); colour is `rgb24` and `rgba32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::UInt8 => "uint8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Float32 => "float32",
            Self::Complex64 => "complex64",
            Self::Float64 => "float64",
            Self::Rgb24 => "rgb24",
            Self::Int8 => "int8",
            Self::UInt16 => "uint16",
            Self::UInt32 => "uint32",
            Self::Int64 => "int64",
            Self::UInt64 => "uint64",
            Self::Complex128 => "complex128",
            Self::Rgba32 => "rgba32",
        }
    }

    /// Bytes a voxel.
    pub fn size(self) -> usize {
        match self {
            Self::UInt8 | Self::Int8 => 1,
            Self::Int16 | Self::UInt16 => 2,
            Self::Rgb24 => 3,
            Self::Int32 | Self::Float32 | Self::UInt32 | Self::Rgba32 => 4,
            Self::Complex64 | Self::Float64 | Self::Int64 | Self::UInt64 => 8,
            Self::Complex128 => 16,
        }
    }

    /// Samples a voxel: 3 and 4 for colour.
    pub fn channels(self) -> usize {
        match self {
            Self::Rgb24 => 3,
            Self::Rgba32 => 4,
            _ => 1,
        }
    }
}
