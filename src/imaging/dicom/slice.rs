//! What the order of a series needs to know of its slices: files of their own, or frames of a file.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::elements::{Elements, frame_group, items, numbers, text};
use super::error::{DicomError, Reason, Step};
use super::read_elements;

/// What the order of a series needs to know of one slice: no pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Name of the file, as the caller calls it, and the frame of several.
    pub name: String,
    /// Name of the file.
    pub(super) file: String,
    /// Place among the file's frames, where these are slices.
    pub(super) frame: Option<usize>,
    pub(super) series_uid: String,
    pub(super) instance_uid: Option<String>,
    pub(super) instance_number: Option<f64>,
    pub(super) position: Option<[f64; 3]>,
    pub(super) orientation: Option<[f64; 6]>,
    pub(super) rows: Option<String>,
    pub(super) columns: Option<String>,
    /// Distance of rows, then of columns, mm.
    pixel_spacing: Option<[f64; 2]>,
    pub(super) rescale: [Option<String>; 2],
    pub(super) syntax: Option<String>,
    pub(super) localizer: bool,
}

impl Slice {
    /// Reads the header of a file; of several frames that of the first.
    ///
    /// # Errors
    /// The bytes are no readable DICOM file, or one that belongs to no series.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, DicomError> {
        Slice::of(name, &read_elements(bytes)?, None)
    }

    /// The slices of a file: one, or every frame of an enhanced one, which has functional groups for
    /// each.
    ///
    /// # Errors
    /// As [`Slice::read`].
    pub fn read_all(name: &str, bytes: &[u8]) -> Result<Vec<Self>, DicomError> {
        let elements = read_elements(bytes)?;
        let groups = items(&elements.object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).len();
        if groups < 2 {
            return Ok(vec![Slice::of(name, &elements, None)?]);
        }
        let frames = 0..groups;
        frames
            .map(|frame| Slice::of(name, &elements, Some(frame)))
            .collect()
    }

    fn of(name: &str, elements: &Elements, frame: Option<usize>) -> Result<Self, DicomError> {
        let object = &elements.object;
        let series_uid = text(object, tags::SERIES_INSTANCE_UID).ok_or_else(|| {
            DicomError::read(
                Reason::MissingAttribute,
                "SeriesInstanceUID is absent, without which a file belongs to no series",
            )
        })?;
        let kinds = text(object, tags::IMAGE_TYPE).unwrap_or_default();
        let place = frame.unwrap_or(0);
        let transform = frame_group(object, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, place);
        let whole_file = |tag: Tag| frame.is_none().then(|| text(object, tag)).flatten();
        Ok(Slice {
            // Names sort as frames do.
            name: match frame {
                Some(frame) => format!("{name} frame {frame:05}"),
                None => name.to_owned(),
            },
            file: name.to_owned(),
            frame,
            series_uid,
            // Frames of a file share both.
            instance_uid: whole_file(tags::SOP_INSTANCE_UID),
            instance_number: whole_file(tags::INSTANCE_NUMBER)
                .and_then(|_| vector(elements, tags::INSTANCE_NUMBER, place))
                .map(|[number]| number),
            position: vector(elements, tags::IMAGE_POSITION_PATIENT, place),
            orientation: vector(elements, tags::IMAGE_ORIENTATION_PATIENT, place),
            rows: text(object, tags::ROWS),
            columns: text(object, tags::COLUMNS),
            pixel_spacing: vector(elements, tags::PIXEL_SPACING, place),
            rescale: [
                text(transform, tags::RESCALE_SLOPE),
                text(transform, tags::RESCALE_INTERCEPT),
            ],
            syntax: elements.syntax_uid.clone(),
            localizer: kinds.split('\\').any(|kind| kind == "LOCALIZER"),
        })
    }

    /// Whether the other file says the same of itself.
    pub(super) fn is_same_but_for_name(&self, other: &Self) -> bool {
        let named = Slice {
            name: self.name.clone(),
            file: self.file.clone(),
            ..other.clone()
        };
        *self == named
    }

    /// Rows and columns as the header writes them.
    pub(super) fn size(&self) -> (Option<&str>, Option<&str>) {
        (self.rows.as_deref(), self.columns.as_deref())
    }

    /// Distance of rows, then of columns, in mm.
    pub(super) fn pixel_spacing(&self) -> Option<[f64; 2]> {
        self.pixel_spacing
    }

    /// Position of the first pixel, and direction of a row, then of a column.
    pub(super) fn place(&self) -> Option<([f64; 3], [f64; 6])> {
        self.position.zip(self.orientation)
    }
}

/// The numbers of an attribute of a frame, where there are exactly as many as wanted.
fn vector<const N: usize>(elements: &Elements, tag: Tag, frame: usize) -> Option<[f64; N]> {
    let macro_sequence = match tag {
        tags::IMAGE_POSITION_PATIENT => tags::PLANE_POSITION_SEQUENCE,
        tags::PIXEL_SPACING => tags::PIXEL_MEASURES_SEQUENCE,
        _ => tags::PLANE_ORIENTATION_SEQUENCE,
    };
    let owner = frame_group(&elements.object, macro_sequence, frame);
    let owner = if owner.get(tag).is_some() {
        owner
    } else {
        &elements.object
    };
    numbers(owner, tag, Step::Read)
        .ok()
        .flatten()?
        .try_into()
        .ok()
}
