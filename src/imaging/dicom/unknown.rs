//! Elements that a writer gave the representation UN although the dictionary knows theirs.
//!
//! Such files come from systems that did not know an attribute when they converted from implicit to
//! explicit (PS3.5 6.2.2): the bytes are those of the true representation.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::value::{PrimitiveValue, Value};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

/// Gives known elements their representation, in items as well.
pub(super) fn resolve(object: &mut InMemDicomObject, big_endian: bool) {
    let tags: Vec<Tag> = object.tags().collect();
    for tag in tags {
        let replaced = object
            .get(tag)
            .and_then(|element| element_of(tag, element, big_endian));
        if let Some(element) = replaced {
            object.put(element);
            continue;
        }
        object.update_value(tag, |value| {
            for item in value.items_mut().into_iter().flatten() {
                resolve(item, big_endian);
            }
        });
    }
}

fn element_of(tag: Tag, element: &InMemElement, big_endian: bool) -> Option<InMemElement> {
    let (VR::UN, Value::Primitive(PrimitiveValue::U8(bytes))) = (element.vr(), element.value())
    else {
        return None;
    };
    let vr = StandardDataDictionary.by_tag(tag)?.vr().exact()?;
    let value = match vr {
        VR::US => PrimitiveValue::U16(numbers(bytes, big_endian, u16::from_le_bytes).into()),
        VR::SS => PrimitiveValue::I16(numbers(bytes, big_endian, i16::from_le_bytes).into()),
        VR::UL => PrimitiveValue::U32(numbers(bytes, big_endian, u32::from_le_bytes).into()),
        VR::SL => PrimitiveValue::I32(numbers(bytes, big_endian, i32::from_le_bytes).into()),
        VR::FL => PrimitiveValue::F32(numbers(bytes, big_endian, f32::from_le_bytes).into()),
        VR::FD => PrimitiveValue::F64(numbers(bytes, big_endian, f64::from_le_bytes).into()),
        VR::AE
        | VR::AS
        | VR::CS
        | VR::DA
        | VR::DS
        | VR::DT
        | VR::IS
        | VR::LO
        | VR::LT
        | VR::PN
        | VR::SH
        | VR::ST
        | VR::TM
        | VR::UC
        | VR::UI
        | VR::UR
        | VR::UT => {
            let text = String::from_utf8_lossy(bytes);
            PrimitiveValue::Strs(text.split('\\').map(str::to_owned).collect())
        }
        _ => return None,
    };
    Some(InMemElement::new(tag, vr, value))
}

fn numbers<T, const N: usize>(
    bytes: &[u8],
    big_endian: bool,
    number: impl Fn([u8; N]) -> T,
) -> Vec<T> {
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
    use dicom_dictionary_std::tags;

    #[test]
    fn known_attributes_get_their_numbers_back_and_unknown_ones_stay() {
        let unknown = |tag, bytes: &[u8]| {
            let value = PrimitiveValue::U8(bytes.iter().copied().collect());
            InMemElement::new(tag, VR::UN, value)
        };
        let mut object = InMemDicomObject::from_element_iter([
            unknown(tags::ROWS, &[2, 1]),
            unknown(tags::RESCALE_SLOPE, b"2.5 "),
            unknown(Tag(0x0019, 0x100A), &[7, 7]),
        ]);
        resolve(&mut object, false);
        assert_eq!(
            object.get(tags::ROWS).unwrap().to_int::<u32>().unwrap(),
            258
        );
        let slope = object.get(tags::RESCALE_SLOPE).unwrap();
        assert_eq!(slope.to_float64().unwrap(), 2.5);
        assert_eq!(object.get(Tag(0x0019, 0x100A)).unwrap().vr(), VR::UN);
    }
}
