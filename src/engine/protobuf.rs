//! The wire format of Protocol Buffers, as far as reading an ONNX file needs it: a message is a
//! row of numbered fields. Nothing is copied, and no length is believed before it is checked.
//!
//! Format: <https://protobuf.dev/programming-guides/encoding/>

/// Value of one field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    /// An integer of variable length.
    Varint(u64),
    /// Four bytes.
    Fixed32,
    /// Eight bytes.
    Fixed64,
    /// Bytes: text, packed numbers or another message.
    Bytes(&'a [u8]),
}

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    /// The bytes end inside a field.
    #[error(
        "it ends at byte {at} inside field {field}, which should have {expected} bytes and has {found}"
    )]
    CutShort {
        /// Where the field's content starts.
        at: usize,
        /// Number of the field.
        field: u64,
        /// Length it states.
        expected: u64,
        /// What is left of the bytes.
        found: usize,
    },
    /// Something that no message has at this place.
    #[error("byte {at} does not start a field of a protobuf message")]
    Malformed {
        /// Position of the byte.
        at: usize,
    },
    /// Graphs within graphs without end.
    #[error("its graphs are nested more than {limit} deep")]
    TooDeep {
        /// Deepest level that is read.
        limit: usize,
    },
}

/// Fields of a message, in the order in which they are stored.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// Reads `bytes` as one message.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, field: u64, length: u64) -> Result<&'a [u8], WireError> {
        let start = self.at;
        let found = self.bytes.len() - start;
        match usize::try_from(length) {
            Ok(length) if length <= found => {
                self.at += length;
                Ok(&self.bytes[start..start + length])
            }
            _ => Err(WireError::CutShort {
                at: start,
                field,
                expected: length,
                found,
            }),
        }
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), WireError> {
        let start = self.at;
        let malformed = WireError::Malformed { at: start };
        let key = self.varint().ok_or(malformed.clone())?;
        let number = key >> 3;
        if number == 0 {
            return Err(malformed);
        }
        let value = match key & 7 {
            0 => Value::Varint(self.varint().ok_or(malformed)?),
            1 => self.take(number, 8).map(|_| Value::Fixed64)?,
            2 => {
                let length = self.varint().ok_or(malformed)?;
                Value::Bytes(self.take(number, length)?)
            }
            5 => self.take(number, 4).map(|_| Value::Fixed32)?,
            _ => return Err(malformed),
        };
        Ok((number, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.at = self.bytes.len();
        }
        Some(field)
    }
}

/// Appends a field that holds bytes.
pub(super) fn put_bytes(message: &mut Vec<u8>, number: u8, content: &[u8]) {
    message.push(number << 3 | 2);
    put_varint(message, content.len() as u64);
    message.extend_from_slice(content);
}

/// Appends a field that holds an integer.
pub(super) fn put_integer(message: &mut Vec<u8>, number: u8, value: u64) {
    message.push(number << 3);
    put_varint(message, value);
}

fn put_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_examples_of_the_format_description() {
        // 08 96 01 is field 1 = 150; 12 07 "testing" is field 2.
        let bytes = [b"\x08\x96\x01\x12\x07".as_slice(), b"testing"].concat();
        let fields: Vec<_> = Fields::new(&bytes).map(Result::unwrap).collect();
        assert_eq!(
            fields,
            [(1, Value::Varint(150)), (2, Value::Bytes(b"testing"))]
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut message = Vec::new();
        put_integer(&mut message, 3, u64::MAX);
        put_bytes(&mut message, 14, &[7; 300]);
        let fields: Vec<_> = Fields::new(&message).map(Result::unwrap).collect();
        assert_eq!(
            fields,
            [(3, Value::Varint(u64::MAX)), (14, Value::Bytes(&[7; 300]))]
        );
    }

    #[test]
    fn cut_and_malformed_bytes_are_errors_and_end_the_row() {
        for bytes in [
            b"\x12\x07test".as_slice(),
            b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x00\x00",
            b"\x0b\x01",
            b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
            b"\x0d\x01\x02",
        ] {
            let fields: Vec<_> = Fields::new(bytes).collect();
            assert_eq!(fields.len(), 1, "{bytes:?}");
            assert!(fields[0].is_err(), "{bytes:?}");
        }
    }
}
