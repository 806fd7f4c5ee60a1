//! Values of data elements: numbers and text of a root, an item, or a frame's functional groups.

use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_object::InMemDicomObject;

use super::error::{DicomError, Reason, Step};

/// The header of a file: every element but the pixel data, and how the file is written.
#[derive(Debug, Clone)]
pub struct Elements {
    /// File meta information, group 0002; empty where the file has none.
    pub(super) meta: InMemDicomObject,
    /// The data set before the pixel data.
    pub(super) object: InMemDicomObject,
    /// The identifier that the file declares.
    pub(super) syntax_uid: Option<String>,
    /// Whether elements name their value representation.
    pub(super) explicit: bool,
}

/// Text without the padding of PS3.5 6.2.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\0' || c == ' ')
}

/// A text value without padding; `None` where the element is absent, empty or no text.
pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let text = object.get(tag)?.to_str().ok()?;
    let text = trim(&text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// The numbers of an element, which are text or binary; `None` where the element is absent.
///
/// # Errors
/// A value is no finite number; `step` is what needs it.
pub(super) fn numbers(
    object: &InMemDicomObject,
    tag: Tag,
    step: Step,
) -> Result<Option<Vec<f64>>, DicomError> {
    let Some(element) = object.get(tag) else {
        return Ok(None);
    };
    let whole = text(object, tag).unwrap_or_default();
    if whole.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let invalid = |part: &str| {
        DicomError::new(
            step,
            Reason::InvalidAttribute,
            format!("{} is {part:?}, expected a finite number", keyword(tag)),
        )
    };
    let values: Result<Vec<f64>, DicomError> = match element.to_multi_float64() {
        Ok(values) => Ok(values),
        Err(_) => whole
            .split('\\')
            .map(|part| trim(part).parse::<f64>().map_err(|_| invalid(part)))
            .collect(),
    };
    let values = values?;
    match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(invalid(&value.to_string())),
        None => Ok(Some(values)),
    }
}

/// The first number of an element; `None` where it is absent.
///
/// # Errors
/// The element is there and empty, or no finite number.
pub(super) fn number(
    object: &InMemDicomObject,
    tag: Tag,
    step: Step,
) -> Result<Option<f64>, DicomError> {
    match numbers(object, tag, step)? {
        None => Ok(None),
        Some(values) => values.first().copied().map(Some).ok_or_else(|| {
            DicomError::new(
                step,
                Reason::MissingAttribute,
                format!("{} is empty, expected a number", keyword(tag)),
            )
        }),
    }
}

/// Items of a sequence; none where it is absent or empty.
pub(super) fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    object
        .get(tag)
        .and_then(|element| element.items())
        .unwrap_or_default()
}

/// Where the attributes of a frame stand: in its own functional group, in that of all frames, or in
/// the data set itself (PS3.3 C.7.6.16).
pub(super) fn frame_group(
    object: &InMemDicomObject,
    macro_sequence: Tag,
    frame: usize,
) -> &InMemDicomObject {
    let own = items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).get(frame);
    let shared = items(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first();
    [own, shared]
        .into_iter()
        .flatten()
        .find_map(|group| items(group, macro_sequence).first())
        .unwrap_or(object)
}

/// The keyword of an attribute, or its number.
pub(super) fn keyword(tag: Tag) -> String {
    StandardDataDictionary
        .by_tag(tag)
        .map_or_else(|| tag.to_string(), |entry| entry.alias().to_owned())
}
