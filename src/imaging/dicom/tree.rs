//! Data elements to values in memory.
//!
//! The walk has checked every length, so that nothing here is larger than the file. Text that does
//! not fit its character set is read as far as it can be: a broken name must not hide the pixels.

use std::ops::Range;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{Length, Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_encoding::text::{SpecificCharacterSet, TextCodec};
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

use super::elements::trim;
use super::error::DicomError;
use super::syntax::Layout;
use super::walk::{self, Content};

/// Reads the elements of a range: a data set, or an item of a sequence.
pub(super) fn object(
    bytes: &[u8],
    range: Range<usize>,
    layout: Layout,
    charset: &SpecificCharacterSet,
) -> Result<InMemDicomObject, DicomError> {
    let mut object = InMemDicomObject::new_empty();
    let mut charset = charset.clone();
    let mut at = range.start;
    while at < range.end {
        let element = walk::header(bytes, at, layout)?;
        if element.tag == walk::ITEM_END {
            break;
        }
        let (content, end) = walk::content(bytes, element, layout, 0)?;
        at = end;
        match content {
            Content::Value(value) => {
                let vr = representation(element.tag, element.vr);
                let value = primitive(vr, &bytes[value], layout.big_endian, &charset);
                if element.tag == tags::SPECIFIC_CHARACTER_SET {
                    charset = named(&value.to_str()).unwrap_or(charset);
                }
                object.put(InMemElement::new(element.tag, vr, value));
            }
            Content::Items(ranges, layout) => {
                let items: Result<Vec<InMemDicomObject>, DicomError> = ranges
                    .into_iter()
                    .map(|range| self::object(bytes, range, layout, &charset))
                    .collect();
                let items = DataSetSequence::new(items?, Length::UNDEFINED);
                object.put(InMemElement::new(element.tag, VR::SQ, items));
            }
            Content::Fragments => {}
        }
    }
    Ok(object)
}

/// The representation that the file names, or the dictionary's where it names none or UN: systems
/// that do not know an attribute write it so, with the bytes of the true one (PS3.5 6.2.2).
fn representation(tag: Tag, named: Option<VR>) -> VR {
    match named {
        Some(vr) if vr != VR::UN => vr,
        _ => StandardDataDictionary
            .by_tag(tag)
            .map_or(VR::UN, |entry| entry.vr().relaxed()),
    }
}

/// The first character set that is known; those that only extend it are left out.
fn named(codes: &str) -> Option<SpecificCharacterSet> {
    codes
        .split('\\')
        .map(trim)
        .filter(|code| !code.is_empty())
        .find_map(SpecificCharacterSet::from_code)
}

fn primitive(
    vr: VR,
    bytes: &[u8],
    big_endian: bool,
    charset: &SpecificCharacterSet,
) -> PrimitiveValue {
    if bytes.is_empty() {
        return PrimitiveValue::Empty;
    }
    match vr {
        VR::US | VR::OW => PrimitiveValue::U16(numbers(bytes, big_endian, u16::from_le_bytes)),
        VR::SS => PrimitiveValue::I16(numbers(bytes, big_endian, i16::from_le_bytes)),
        VR::UL | VR::OL => PrimitiveValue::U32(numbers(bytes, big_endian, u32::from_le_bytes)),
        VR::SL => PrimitiveValue::I32(numbers(bytes, big_endian, i32::from_le_bytes)),
        VR::UV | VR::OV => PrimitiveValue::U64(numbers(bytes, big_endian, u64::from_le_bytes)),
        VR::SV => PrimitiveValue::I64(numbers(bytes, big_endian, i64::from_le_bytes)),
        VR::FL | VR::OF => PrimitiveValue::F32(numbers(bytes, big_endian, f32::from_le_bytes)),
        VR::FD | VR::OD => PrimitiveValue::F64(numbers(bytes, big_endian, f64::from_le_bytes)),
        VR::AT => PrimitiveValue::Tags({
            let words = numbers::<_, 2, Vec<u16>>(bytes, big_endian, u16::from_le_bytes);
            let (pairs, _) = words.as_chunks::<2>();
            pairs.iter().map(|pair| Tag(pair[0], pair[1])).collect()
        }),
        VR::LT | VR::ST | VR::UT => PrimitiveValue::Str(text(bytes, charset)),
        VR::UR => PrimitiveValue::Str(String::from_utf8_lossy(bytes).into_owned()),
        VR::SH | VR::LO | VR::PN | VR::UC => strings(&text(bytes, charset)),
        VR::AE | VR::AS | VR::CS | VR::DA | VR::DS | VR::DT | VR::IS | VR::TM | VR::UI => {
            strings(&String::from_utf8_lossy(bytes))
        }
        VR::OB | VR::UN | VR::SQ => PrimitiveValue::U8(bytes.into()),
    }
}

fn strings(text: &str) -> PrimitiveValue {
    PrimitiveValue::Strs(text.split('\\').map(str::to_owned).collect())
}

fn text(bytes: &[u8], charset: &SpecificCharacterSet) -> String {
    charset
        .decode(bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

fn numbers<T, const N: usize, C: FromIterator<T>>(
    bytes: &[u8],
    big_endian: bool,
    number: impl Fn([u8; N]) -> T,
) -> C {
    let (words, _) = bytes.as_chunks::<N>();
    words
        .iter()
        .map(|word| {
            let mut word = *word;
            if big_endian {
                word.reverse();
            }
            number(word)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::dicom::syntax::EXPLICIT;

    fn read(bytes: &[u8]) -> InMemDicomObject {
        object(
            bytes,
            0..bytes.len(),
            EXPLICIT,
            &SpecificCharacterSet::default(),
        )
        .unwrap()
    }

    #[test]
    fn known_attributes_get_their_numbers_back_and_unknown_ones_stay() {
        let object = read(
            b"\x19\x00\x0A\x10UN\0\0\x02\0\0\0\x07\x07\
              \x28\x00\x10\x00UN\0\0\x02\0\0\0\x02\x01\
              \x28\x00\x53\x10UN\0\0\x04\0\0\x002.5 ",
        );
        assert_eq!(
            object.get(tags::ROWS).unwrap().to_int::<u32>().unwrap(),
            258
        );
        let slope = object.get(tags::RESCALE_SLOPE).unwrap();
        assert_eq!(slope.to_float64().unwrap(), 2.5);
        assert_eq!(object.get(Tag(0x0019, 0x100A)).unwrap().vr(), VR::UN);
    }

    #[test]
    fn an_odd_length_does_not_shift_what_follows() {
        let object =
            read(b"\x28\x00\x10\x00US\x03\x00\x02\x01\xFF\x28\x00\x11\x00US\x02\x00\x05\x00");
        assert_eq!(
            object.get(tags::ROWS).unwrap().to_int::<u32>().unwrap(),
            258
        );
        assert_eq!(
            object.get(tags::COLUMNS).unwrap().to_int::<u32>().unwrap(),
            5
        );
    }

    #[test]
    fn text_that_does_not_fit_its_character_set_is_no_error() {
        let object = read(
            b"\x08\x00\x05\x00CS\x0A\x00ISO_IR 192\x08\x00\x80\x00LO\x04\x00H\xC3\xB4p\
              \x08\x00\x90\x00PN\x02\x00A\xFF",
        );
        let institution = object.get(tags::INSTITUTION_NAME).unwrap();
        assert_eq!(institution.to_str().unwrap(), "Hôp");
        assert!(object.get(tags::REFERRING_PHYSICIAN_NAME).is_some());
    }
}
