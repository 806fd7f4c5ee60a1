//! Header values as columns of a cohort: `dicom:PatientSex`, `dicom:(0018,0060)`,
//! `dicom:SharedFunctionalGroupsSequence.PixelMeasuresSequence.PixelSpacing[0]`.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_object::InMemDicomObject;
use thiserror::Error;

use super::elements::{Elements, items, keyword, trim};

/// What column names of header values begin with.
pub const PREFIX: &str = "dicom:";

/// Why a column is refused, or has no text for a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ColumnError(String);

/// A path to one header value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    steps: Vec<PathStep>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PathStep {
    tag: Tag,
    /// Item of a sequence, or one of several values.
    index: Option<usize>,
}

impl Column {
    /// Reads `dicom:` and a path: keywords or `(gggg,eeee)`, from sequence to item with dots;
    /// `[n]` picks an item or one of several values, from 0. Without it the first item is taken, and
    /// all values, with `\` between them.
    ///
    /// # Errors
    /// The text does not begin with `dicom:`, or a part is neither a keyword of PS3.6 nor a number.
    pub fn parse(name: &str) -> Result<Self, ColumnError> {
        let path = name.strip_prefix(PREFIX).ok_or_else(|| {
            ColumnError(format!("column {name:?} does not begin with {PREFIX:?}"))
        })?;
        let steps: Result<Vec<PathStep>, ColumnError> =
            path.split('.').map(|part| step(part, name)).collect();
        Ok(Column { steps: steps? })
    }

    /// Why the column may not make strata or appear in results: it names a person or one exam. `None`
    /// where nothing speaks against it.
    ///
    /// A column that is declared as the patient is no stratum; it may be `dicom:PatientID`.
    pub fn identifies(&self) -> Option<&'static str> {
        self.steps.iter().find_map(|step| {
            if let Some((_, reason)) = IDENTIFIERS.iter().find(|(tag, _)| *tag == step.tag) {
                return Some(*reason);
            }
            let entry = StandardDataDictionary.by_tag(step.tag)?;
            match entry.vr().exact() {
                Some(VR::PN) => Some("it holds the name of a person"),
                Some(VR::UI) if !names_a_kind(entry.alias()) => Some(UID),
                Some(VR::LT | VR::ST | VR::UT | VR::UR) => Some(FREE_TEXT),
                Some(VR::TM | VR::DT) => Some(TIME),
                _ => by_words(entry.alias()),
            }
        })
    }

    /// Whether an element on the path is private, or not in the dictionary of PS3.6: nothing is known
    /// of what it holds.
    pub fn is_private(&self) -> bool {
        self.steps.iter().any(|step| {
            step.tag.group() % 2 == 1 || StandardDataDictionary.by_tag(step.tag).is_none()
        })
    }
}

/// UIDs of the standard itself: kinds of objects and of encodings.
fn names_a_kind(keyword: &str) -> bool {
    keyword.contains("SOPClassUID") || keyword.contains("TransferSyntaxUID")
}

/// What keywords hold that lead to a person or an exam, whoever's they are.
fn by_words(keyword: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 9] = [
        ("TelephoneNumber", CONTACT),
        ("PhoneNumber", CONTACT),
        ("Address", CONTACT),
        ("Residence", CONTACT),
        ("BirthDate", BIRTH),
        ("DeathDate", BIRTH),
        ("AccessionNumber", EXAM),
        ("FillerOrderNumber", EXAM),
        ("PlacerOrderNumber", EXAM),
    ];
    let found = WORDS.iter().find(|(word, _)| keyword.contains(word));
    found.map(|(_, reason)| *reason)
}

const PERSON: &str = "it identifies a patient";
const BIRTH: &str = "with a birth date a patient can be found; PatientAge is in years";
const CONTACT: &str = "it says where a patient lives or can be reached";
const TIME: &str = "it is a time of day, which nearly every exam has for itself";
const EXAM: &str = "it identifies one exam, so that every group would be one patient";
const UID: &str = "it is a UID, which tells one exam, frame or device from all others";
const FREE_TEXT: &str = "it is free text, in which a name or a number may stand";

/// Direct identifiers of PS3.15 Annex E that must not make groups. Retired ones stand by number:
/// OtherPatientIDs, InsurancePlanIdentification, MedicalRecordLocator.
const IDENTIFIERS: &[(Tag, &str)] = &[
    (tags::PATIENT_ID, PERSON),
    (tags::PATIENT_NAME, PERSON),
    (tags::ISSUER_OF_PATIENT_ID, PERSON),
    (Tag(0x0010, 0x1000), PERSON),
    (tags::OTHER_PATIENT_I_DS_SEQUENCE, PERSON),
    (tags::OTHER_PATIENT_NAMES, PERSON),
    (tags::PATIENT_BIRTH_NAME, PERSON),
    (tags::PATIENT_MOTHER_BIRTH_NAME, PERSON),
    (Tag(0x0010, 0x1090), PERSON),
    (Tag(0x0010, 0x1050), PERSON),
    (tags::PATIENT_BIRTH_DATE, BIRTH),
    (tags::PATIENT_BIRTH_TIME, BIRTH),
    (tags::PATIENT_ADDRESS, CONTACT),
    (tags::PATIENT_TELEPHONE_NUMBERS, CONTACT),
    (tags::PATIENT_TELECOM_INFORMATION, CONTACT),
    (tags::ACCESSION_NUMBER, EXAM),
    (tags::STUDY_ID, EXAM),
    (tags::STUDY_INSTANCE_UID, EXAM),
    (tags::SERIES_INSTANCE_UID, EXAM),
    (tags::SOP_INSTANCE_UID, EXAM),
    (tags::MEDIA_STORAGE_SOP_INSTANCE_UID, EXAM),
    (tags::ADMISSION_ID, EXAM),
    (tags::SERVICE_EPISODE_ID, EXAM),
    (tags::REQUESTED_PROCEDURE_ID, EXAM),
    (tags::SCHEDULED_PROCEDURE_STEP_ID, EXAM),
    (tags::PERFORMED_PROCEDURE_STEP_ID, EXAM),
    (tags::PLACER_ORDER_NUMBER_IMAGING_SERVICE_REQUEST, EXAM),
    (tags::FILLER_ORDER_NUMBER_IMAGING_SERVICE_REQUEST, EXAM),
    (tags::CLINICAL_TRIAL_SUBJECT_ID, PERSON),
    (tags::CLINICAL_TRIAL_SUBJECT_READING_ID, PERSON),
    (tags::PERSON_IDENTIFICATION_CODE_SEQUENCE, PERSON),
    (tags::PERSON_TELEPHONE_NUMBERS, CONTACT),
];

fn step(part: &str, name: &str) -> Result<PathStep, ColumnError> {
    let (word, index) = match part.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((word, index)) => {
            let index = index.parse().map_err(|_| {
                ColumnError(format!(
                    "column {name:?}: {index:?} is no position, expected 0, 1, ..."
                ))
            })?;
            (word, Some(index))
        }
        None => (part, None),
    };
    Ok(PathStep {
        tag: tag(word, name)?,
        index,
    })
}

fn tag(word: &str, name: &str) -> Result<Tag, ColumnError> {
    if let Some(number) = word
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let parts = number.split_once(',').and_then(|(group, element)| {
            let hex = |part: &str| {
                (part.len() == 4)
                    .then(|| u16::from_str_radix(part, 16).ok())
                    .flatten()
            };
            Some(Tag(hex(group)?, hex(element)?))
        });
        return parts.ok_or_else(|| {
            ColumnError(format!(
                "column {name:?}: {word:?} is no tag, expected (gggg,eeee) in hexadecimal digits"
            ))
        });
    }
    if let Some(entry) = StandardDataDictionary.by_name(word) {
        return Ok(entry.tag());
    }
    Err(ColumnError(format!(
        "column {name:?}: {word:?} is no keyword of the DICOM dictionary{}; private elements are \
         given by number, such as (0019,100A)",
        nearest(word)
    )))
}

/// Keywords that people use for strata, to be proposed where one is misspelt.
const COMMON: &[&str] = &[
    "PatientSex",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "EthnicGroup",
    "Manufacturer",
    "ManufacturerModelName",
    "StationName",
    "InstitutionName",
    "Modality",
    "BodyPartExamined",
    "ViewPosition",
    "ImageLaterality",
    "Laterality",
    "KVP",
    "SliceThickness",
    "ConvolutionKernel",
    "MagneticFieldStrength",
    "SoftwareVersions",
    "StudyDate",
];

fn nearest(word: &str) -> String {
    COMMON
        .iter()
        .map(|known| (strsim::osa_distance(known, word), known))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, known)| format!(" (is {known} meant?)"))
        .unwrap_or_default()
}

impl Elements {
    /// The text of a column for this file; `None` where an element on the path is absent or empty.
    /// Ages are in years: `034Y` is 34, `006M` is 0.5 (months are twelfths, weeks 7 and days 1 of
    /// 365.25).
    ///
    /// # Errors
    /// The path ends at a sequence, at bytes without a meaning, or at an age of another form.
    pub fn column(&self, column: &Column) -> Result<Option<String>, ColumnError> {
        let Some((last, path)) = column.steps.split_last() else {
            return Ok(None);
        };
        let first = column.steps.first().map_or(0, |step| step.tag.0);
        let mut object = if first == 0x0002 {
            &self.meta
        } else {
            &self.object
        };
        for step in path {
            match items(object, step.tag).get(step.index.unwrap_or(0)) {
                Some(item) => object = item,
                None => return Ok(None),
            }
        }
        value(object, *last)
    }
}

fn value(object: &InMemDicomObject, step: PathStep) -> Result<Option<String>, ColumnError> {
    let Some(element) = object.get(step.tag) else {
        return Ok(None);
    };
    let name = keyword(step.tag);
    let Some(primitive) = element.value().primitive() else {
        return Err(ColumnError(format!(
            "{name} is a sequence; name an element of its items, such as {name}.CodeValue"
        )));
    };
    let text = match (element.vr(), primitive) {
        (VR::OB | VR::OW | VR::OD | VR::OF | VR::OL | VR::OV, _) => return Err(bytes(&name)),
        // Private elements of implicit files have no representation of their own.
        (VR::UN, PrimitiveValue::U8(data)) => printable(data).ok_or_else(|| bytes(&name))?,
        _ => primitive.to_str().into_owned(),
    };
    let mut parts = text.split('\\').map(trim);
    let text = match step.index {
        Some(index) => parts.nth(index).unwrap_or_default().to_owned(),
        None => parts.collect::<Vec<_>>().join("\\"),
    };
    let text = trim(&text);
    if text.is_empty() {
        return Ok(None);
    }
    if element.vr() == VR::AS {
        return years(text, &name).map(Some);
    }
    Ok(Some(text.to_owned()))
}

fn bytes(name: &str) -> ColumnError {
    ColumnError(format!(
        "{name} holds bytes that are no text, expected an element with text or numbers"
    ))
}

fn printable(data: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(data)
        .ok()?
        .trim_end_matches(['\0', ' ']);
    text.chars()
        .all(|c| !c.is_control())
        .then(|| text.to_owned())
}

/// An age string (PS3.5 6.2, AS) in years.
fn years(text: &str, name: &str) -> Result<String, ColumnError> {
    let invalid = || {
        ColumnError(format!(
            "{name} is {text:?}, expected three digits and D, W, M or Y, such as 034Y"
        ))
    };
    let unit = text.chars().last().ok_or_else(invalid)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid());
    }
    let count: f64 = digits.parse().map_err(|_| invalid())?;
    let years = match unit {
        'Y' => count,
        'M' => count / 12.0,
        'W' => count * 7.0 / 365.25,
        'D' => count / 365.25,
        _ => return Err(invalid()),
    };
    Ok(years.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_years() {
        let age = |text: &str| years(text, "PatientAge");
        assert_eq!(age("034Y").unwrap(), "34");
        assert_eq!(age("006M").unwrap(), "0.5");
        assert_eq!(age("012W").unwrap(), (84.0 / 365.25).to_string());
        assert_eq!(age("003D").unwrap(), (3.0 / 365.25).to_string());
        for wrong in ["34", "Y", "03xY", "34y", "1234Y", "-12Y", "ä"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn paths_are_keywords_or_numbers() {
        let parsed = Column::parse("dicom:ReferencedSeriesSequence[1].(0019,100A)").unwrap();
        assert_eq!(parsed.steps.len(), 2);
        assert_eq!(parsed.steps[0].index, Some(1));
        assert_eq!(parsed.steps[1].tag, Tag(0x0019, 0x100A));
        for wrong in [
            "sex",
            "dicom:",
            "dicom:(19,100A)",
            "dicom:KVP[x]",
            "dicom:A..B",
        ] {
            assert!(Column::parse(wrong).is_err(), "{wrong}");
        }
        let error = Column::parse("dicom:PatientsSex").unwrap_err().to_string();
        assert!(error.contains("is PatientSex meant"), "{error}");
    }

    #[test]
    fn direct_identifiers_are_told_wherever_they_stand() {
        for name in [
            "dicom:PatientName",
            "dicom:(0010,0020)",
            "dicom:OtherPatientIDsSequence.IssuerOfPatientID",
            "dicom:ReferringPhysicianName",
            "dicom:PatientBirthDate",
            "dicom:AccessionNumber",
            "dicom:PatientAddress",
            "dicom:FrameOfReferenceUID",
            "dicom:DeviceUID",
            "dicom:ReferencedImageSequence.ReferencedSOPInstanceUID",
            "dicom:ImageComments",
            "dicom:ClinicalTrialSubjectID",
            "dicom:ReferringPhysicianTelephoneNumbers",
            "dicom:OrderCallbackPhoneNumber",
            "dicom:PatientBirthDateInAlternativeCalendar",
            "dicom:CountryOfResidence",
            "dicom:SpecimenAccessionNumber",
            "dicom:FillerOrderNumberProcedure",
            "dicom:StudyTime",
            "dicom:AcquisitionDateTime",
            "dicom:InstitutionAddress",
        ] {
            assert!(
                Column::parse(name).unwrap().identifies().is_some(),
                "{name}"
            );
        }
        for name in [
            "dicom:PatientSex",
            "dicom:PatientAge",
            "dicom:Manufacturer",
            "dicom:SOPClassUID",
            "dicom:TransferSyntaxUID",
            "dicom:ReferencedImageSequence.ReferencedSOPClassUID",
        ] {
            let column = Column::parse(name).unwrap();
            assert_eq!(column.identifies(), None, "{name}");
            assert!(!column.is_private(), "{name}");
        }
        for name in [
            "dicom:(0009,1002)",
            "dicom:(0009,1001).KVP",
            "dicom:(0010,FFF0)",
        ] {
            assert!(Column::parse(name).unwrap().is_private(), "{name}");
        }
    }
}
