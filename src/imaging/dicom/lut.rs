//! Lookup tables (PS3.3 C.11.1, C.11.2, C.7.6.3.1.5): descriptor and data.

use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::elements::keyword;
use super::error::{DicomError, Reason, Step};

/// A table: values up to `first` take the first entry, values beyond its end the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lut {
    pub(super) first: i64,
    /// Bits that an entry has.
    pub(super) bits: u32,
    pub(super) entries: Vec<u16>,
}

/// The three numbers of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) entries: usize,
    pub(super) first: i64,
    pub(super) bits: u32,
}

impl Lut {
    /// Reads the table of an item. `signed` is how the first mapped value is read where the data
    /// set does not name its value representation.
    pub(super) fn read(
        item: &InMemDicomObject,
        signed: bool,
        step: Step,
    ) -> Result<Self, DicomError> {
        let descriptor = Descriptor::read(item, tags::LUT_DESCRIPTOR, signed, step)?;
        let entries = data(item, tags::LUT_DATA, descriptor, step)?;
        Ok(Lut {
            first: descriptor.first,
            bits: descriptor.bits,
            entries,
        })
    }

    /// The entry of a value.
    pub(super) fn entry(&self, value: f64) -> u16 {
        let last = self.entries.len().saturating_sub(1);
        let index = (value.floor() - self.first as f64).clamp(0.0, last as f64) as usize;
        self.entries.get(index).copied().unwrap_or(0)
    }
}

impl Descriptor {
    pub(super) fn read(
        item: &InMemDicomObject,
        tag: Tag,
        signed: bool,
        step: Step,
    ) -> Result<Self, DicomError> {
        let fail = |what: String| {
            DicomError::new(
                step,
                Reason::InvalidAttribute,
                format!("{} {what}", keyword(tag)),
            )
        };
        let element = item
            .get(tag)
            .ok_or_else(|| fail("is absent, without which a table has no meaning".to_owned()))?;
        let words = words(element.value().primitive()).unwrap_or_default();
        let &[entries, first, bits] = words.as_slice() else {
            return Err(fail(format!("has {} numbers, expected 3", words.len())));
        };
        if !(1..=16).contains(&bits) {
            return Err(fail(format!("says {bits} bits an entry, expected 8 to 16")));
        }
        Ok(Descriptor {
            entries: if entries == 0 {
                65536
            } else {
                usize::from(entries)
            },
            first: if signed || element.vr() == VR::SS {
                i64::from(first as i16)
            } else {
                i64::from(first)
            },
            bits: u32::from(bits),
        })
    }
}

/// The values of an element as 16-bit words, whichever representation it has.
pub(super) fn words(value: Option<&PrimitiveValue>) -> Option<Vec<u16>> {
    Some(match value? {
        PrimitiveValue::U16(values) => values.to_vec(),
        PrimitiveValue::I16(values) => values.iter().map(|&value| value as u16).collect(),
        PrimitiveValue::U8(bytes) => {
            let (pairs, _) = bytes.as_chunks::<2>();
            pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
        }
        _ => return None,
    })
}

/// Table data: an entry a word, or a byte where there are too few words for the descriptor.
pub(super) fn data(
    item: &InMemDicomObject,
    tag: Tag,
    descriptor: Descriptor,
    step: Step,
) -> Result<Vec<u16>, DicomError> {
    let words = item
        .get(tag)
        .and_then(|element| words(element.value().primitive()))
        .unwrap_or_default();
    let wanted = descriptor.entries;
    if words.len() >= wanted {
        return Ok(words.into_iter().take(wanted).collect());
    }
    if descriptor.bits <= 8 && words.len() * 2 >= wanted {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        return Ok(bytes.take(wanted).map(u16::from).collect());
    }
    Err(DicomError::new(
        step,
        Reason::InvalidAttribute,
        format!(
            "{} has {} values, expected {wanted} as its descriptor says",
            keyword(tag),
            words.len()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_a_table_take_its_ends() {
        let lut = Lut {
            first: -2,
            bits: 16,
            entries: vec![10, 20, 30],
        };
        let found: Vec<u16> = [-9.0, -2.0, -0.5, 0.0, 7.0, f64::NAN]
            .iter()
            .map(|&value| lut.entry(value))
            .collect();
        assert_eq!(found, vec![10, 10, 20, 30, 30, 10]);
    }
}
