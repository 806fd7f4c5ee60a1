//! A tensor as numpy's `.npy`, so that it can be compared with what the model's makers fed it.

use crate::engine::{Tensor, TensorData};

/// Bytes before the values are padded to a multiple of this.
const ALIGNMENT: usize = 64;
/// Magic, version and the header's length.
const BEFORE_HEADER: usize = 10;

/// Format version 1.0, C order, little-endian.
#[must_use]
pub fn npy(tensor: &Tensor) -> Vec<u8> {
    let shape: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
    let shape = match shape.as_slice() {
        [only] => format!("({only},)"),
        several => format!("({})", several.join(", ")),
    };
    let descr = descr(&tensor.data);
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let unpadded = BEFORE_HEADER + header.len() + 1;
    let padding = unpadded.next_multiple_of(ALIGNMENT) - unpadded;
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // A shape of a few axes never comes near 65 535 letters.
    bytes.extend(
        u16::try_from(header.len())
            .unwrap_or(u16::MAX)
            .to_le_bytes(),
    );
    bytes.extend(header.as_bytes());
    bytes.extend(little_endian(&tensor.data));
    bytes
}

/// numpy's name of the type.
#[must_use]
pub fn dtype(data: &TensorData) -> &'static str {
    match data {
        TensorData::F32(_) => "float32",
        TensorData::F16(_) => "float16",
        TensorData::F64(_) => "float64",
        TensorData::U8(_) => "uint8",
        TensorData::I8(_) => "int8",
        TensorData::U16(_) => "uint16",
        TensorData::I16(_) => "int16",
        TensorData::U32(_) => "uint32",
        TensorData::I32(_) => "int32",
        TensorData::U64(_) => "uint64",
        TensorData::I64(_) => "int64",
        TensorData::Bool(_) => "bool",
    }
}

fn descr(data: &TensorData) -> &'static str {
    match data {
        TensorData::F32(_) => "<f4",
        TensorData::F16(_) => "<f2",
        TensorData::F64(_) => "<f8",
        TensorData::U8(_) => "|u1",
        TensorData::I8(_) => "|i1",
        TensorData::U16(_) => "<u2",
        TensorData::I16(_) => "<i2",
        TensorData::U32(_) => "<u4",
        TensorData::I32(_) => "<i4",
        TensorData::U64(_) => "<u8",
        TensorData::I64(_) => "<i8",
        TensorData::Bool(_) => "|b1",
    }
}

/// The values' bytes, last axis fastest.
#[must_use]
pub fn little_endian(data: &TensorData) -> Vec<u8> {
    match data {
        TensorData::F32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::F16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::F64(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::U8(values) => values.clone(),
        TensorData::I8(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::U16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::I16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::U32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::I32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::U64(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::I64(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::Bool(values) => values.iter().map(|&v| u8::from(v)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_numpy() {
        // numpy.save of numpy.arange(6, dtype='<f4').reshape(1, 2, 3), numpy 2.4.
        let tensor = Tensor {
            shape: vec![1, 2, 3],
            data: TensorData::F32((0..6_u8).map(f32::from).collect()),
        };
        let bytes = npy(&tensor);
        let start = b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }";
        assert!(bytes.starts_with(start));
        assert_eq!((bytes.len(), bytes[127]), (128 + 24, b'\n'));
        assert_eq!(bytes[128 + 4..128 + 8], 1_f32.to_le_bytes());
    }
}
