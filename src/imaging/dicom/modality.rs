//! From stored values to the modality's own unit (PS3.3 C.11.1): a table, or slope and intercept.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::elements::{Elements, frame_group, items, number};
use super::error::{DicomError, Reason, Step};
use super::lut::Lut;

/// The modality transform of one frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Modality {
    /// The entry of a table.
    Table(Lut),
    /// `stored * slope + intercept`; 1 and 0 where the file gives none.
    Linear {
        /// RescaleSlope.
        slope: f64,
        /// RescaleIntercept.
        intercept: f64,
    },
}

impl Modality {
    /// The value of a stored value, in 64-bit arithmetic.
    pub fn apply(&self, stored: f64) -> f64 {
        match self {
            Modality::Table(lut) => f64::from(lut.entry(stored)),
            Modality::Linear { slope, intercept } => stored * slope + intercept,
        }
    }
}

/// The transform of a frame, and what should be said about it.
pub(super) fn read(
    elements: &Elements,
    frame: usize,
    signed: bool,
    notes: &mut Vec<String>,
) -> Result<Modality, DicomError> {
    let group = frame_group(
        &elements.object,
        tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
        frame,
    );
    let rescale = |tag: Tag| number(group, tag, Step::Modality);
    if let Some(item) = items(group, tags::MODALITY_LUT_SEQUENCE).first() {
        if group.get(tags::RESCALE_SLOPE).is_some() || group.get(tags::RESCALE_INTERCEPT).is_some()
        {
            notes.push(
                "the file has a modality LUT and a rescale slope or intercept: the LUT is used"
                    .to_owned(),
            );
        }
        return Lut::read(item, signed && !elements.explicit, Step::Modality).map(Modality::Table);
    }
    let (slope, intercept) = (
        rescale(tags::RESCALE_SLOPE)?,
        rescale(tags::RESCALE_INTERCEPT)?,
    );
    match (slope, intercept) {
        (Some(0.0), _) => {
            return Err(DicomError::new(
                Step::Modality,
                Reason::InvalidAttribute,
                "RescaleSlope is 0, which would make all values the same",
            ));
        }
        (None, Some(_)) => notes.push("RescaleSlope is absent: taken as 1".to_owned()),
        (Some(_), None) => notes.push("RescaleIntercept is absent: taken as 0".to_owned()),
        _ => {}
    }
    Ok(Modality::Linear {
        slope: slope.unwrap_or(1.0),
        intercept: intercept.unwrap_or(0.0),
    })
}
