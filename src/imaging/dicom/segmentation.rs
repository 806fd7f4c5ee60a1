//! DICOM segmentations: the frames of a segment on the grid of the image that they were drawn on.
//!
//! PS3.3 A.51 and C.8.20: every frame of a BINARY or FRACTIONAL object belongs to one segment and one
//! plane, planes without a voxel may be left out; a LABELMAP holds the segment's number in each pixel.

use std::collections::BTreeSet;
use std::path::Path;

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::elements::{Elements, frame_group, items, number, numbers, text};
use super::error::{DicomError, Reason, Step};
use super::series::{Series, arrange};
use super::slice::Slice;
use super::{Dicom, decode, is_dicom};
use crate::imaging::describe::{Refusal, read_series};
use crate::imaging::image::{Sample, any_type};

/// Segmentation Storage and Label Map Segmentation Storage.
const CLASSES: [&str; 2] = [
    "1.2.840.10008.5.1.4.1.1.66.4",
    "1.2.840.10008.5.1.4.1.1.66.7",
];
/// From this share of the largest value a pixel of a FRACTIONAL object is inside.
const HALF: f64 = 0.5;
/// How far a frame may lie from its slice, as a share of the slices' distance.
const OFF_SLICE: f64 = 0.1;
/// How far direction cosines may differ.
const OFF_ANGLE: f64 = 1e-3;
/// How far the corner of a frame may lie from that of its slice within the plane, in mm: a tenth of
/// the finest pixels that are common.
const OFF_CORNER: f64 = 0.05;

/// How far the size of a pixel may differ, as a share.
const OFF_SPACING: f64 = 1e-3;

/// A mask on the grid of its image.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentMask {
    /// Slices, rows, columns.
    pub shape: [usize; 3],
    /// Distances of slices, rows and columns in mm; `None` where the file or the series has none.
    pub spacing: Option<[f64; 3]>,
    /// Inside or not, slice by slice and row by row.
    pub inside: Vec<bool>,
}

/// Whether a file is a DICOM segmentation.
#[must_use]
pub fn is_segmentation(elements: &Elements) -> bool {
    let class = text(&elements.object, tags::SOP_CLASS_UID);
    class.is_some_and(|class| CLASSES.contains(&class.as_str()))
}

/// A segment, or of `None` all of them together, on the slices of `series`, or of `None` on the only
/// plane of a single image.
///
/// # Errors
/// The file is no segmentation or cannot be decoded, has no such segment, or has a frame that lies on
/// no slice of the series; without a series, frames of several planes.
pub fn segment_mask(
    bytes: &[u8],
    segment: Option<u32>,
    series: Option<&Series>,
) -> Result<SegmentMask, DicomError> {
    let file = decode(bytes)?;
    let object = &file.elements.object;
    if !is_segmentation(&file.elements) {
        return Err(invalid(
            "the file is no DICOM segmentation, as its SOPClassUID says".to_owned(),
        ));
    }
    let kind = text(object, tags::SEGMENTATION_TYPE).unwrap_or_default();
    check_segment(&file, segment)?;
    let (rows, columns) = (file.header.rows, file.header.columns);
    let slices = series.map_or(1, |series| series.order.len());
    let mut mask = SegmentMask {
        shape: [slices, rows, columns],
        spacing: spacing(&file, series)?,
        inside: vec![false; slices * rows * columns],
    };
    let least = match kind.as_str() {
        "FRACTIONAL" => {
            let most = number(object, tags::MAXIMUM_FRACTIONAL_VALUE, Step::Pixels)?;
            HALF * most.unwrap_or(255.0)
        }
        _ => 0.5,
    };
    let pixels = rows * columns;
    // Where nothing says on which slice a frame lies, a segment has one frame.
    let mut on_plane: BTreeSet<Option<u32>> = BTreeSet::new();
    for frame in 0..file.header.frames {
        let own = segment_of(&file, frame, &kind)?;
        if own.is_some() && segment.is_some() && own != segment {
            continue;
        }
        let slice = match series {
            Some(series) => slice_of(&file, frame, series)?,
            None if on_plane.insert(own) => 0,
            None => return Err(several_planes()),
        };
        let inside = |value: f64| match (kind.as_str(), segment) {
            ("LABELMAP", Some(wanted)) => (value - f64::from(wanted)).abs() < 0.5,
            _ => value >= least,
        };
        let place = &mut mask.inside[slice * pixels..(slice + 1) * pixels];
        let from = frame * pixels;
        any_type!(&file.samples, values => {
            for (is, value) in place.iter_mut().zip(&values[from..]) {
                *is |= inside(value.to_f64());
            }
        });
    }
    Ok(mask)
}

fn several_planes() -> DicomError {
    invalid(
        "a segment has several frames, expected that of one image; with `input: {kind: dicom_series}` it is compared slice by slice"
            .to_owned(),
    )
}

fn invalid(sentence: String) -> DicomError {
    DicomError::pixels(Reason::InvalidAttribute, sentence)
}

/// Whether the file has the segment.
fn check_segment(file: &Dicom, segment: Option<u32>) -> Result<(), DicomError> {
    let Some(wanted) = segment else {
        return Ok(());
    };
    let mut names = Vec::new();
    for item in items(&file.elements.object, tags::SEGMENT_SEQUENCE) {
        let own = number(item, tags::SEGMENT_NUMBER, Step::Pixels)?;
        if own == Some(f64::from(wanted)) {
            return Ok(());
        }
        let label = text(item, tags::SEGMENT_LABEL).unwrap_or_default();
        names.push(format!("{} ({label})", own.unwrap_or_default()));
    }
    Err(invalid(format!(
        "the file has no segment {wanted}, only {}",
        names.join(", ")
    )))
}

/// The segment that a frame belongs to; `None` for a LABELMAP, whose pixels say.
fn segment_of(file: &Dicom, frame: usize, kind: &str) -> Result<Option<u32>, DicomError> {
    if kind == "LABELMAP" {
        return Ok(None);
    }
    let group = frame_group(
        &file.elements.object,
        tags::SEGMENT_IDENTIFICATION_SEQUENCE,
        frame,
    );
    let found = number(group, tags::REFERENCED_SEGMENT_NUMBER, Step::Pixels)?;
    let whole = found.and_then(|number| {
        let whole = number.round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to lie in the range of segment numbers"
        )]
        (1.0..=65535.0).contains(&whole).then_some(whole as u32)
    });
    whole.map(Some).ok_or_else(|| {
        let sentence = format!(
            "frame {} names no segment (ReferencedSegmentNumber)",
            frame + 1
        );
        DicomError::pixels(Reason::MissingAttribute, sentence)
    })
}

fn of_frame<const N: usize>(
    elements: &Elements,
    (group, tag): (Tag, Tag),
    frame: usize,
) -> Result<Option<[f64; N]>, DicomError> {
    let owner = frame_group(&elements.object, group, frame);
    let found = numbers(owner, tag, Step::Pixels)?;
    Ok(found.and_then(|numbers| numbers.try_into().ok()))
}

fn position(elements: &Elements, frame: usize) -> Result<Option<[f64; 3]>, DicomError> {
    let place = (tags::PLANE_POSITION_SEQUENCE, tags::IMAGE_POSITION_PATIENT);
    of_frame(elements, place, frame)
}

/// Distances of slices, rows and columns.
fn spacing(file: &Dicom, series: Option<&Series>) -> Result<Option<[f64; 3]>, DicomError> {
    let place = (tags::PIXEL_MEASURES_SEQUENCE, tags::PIXEL_SPACING);
    let own: Option<[f64; 2]> = of_frame(&file.elements, place, 0)?;
    let apart = match series {
        // A single slice has no distance, and distances within it need none.
        Some(series) => match (series.z.first(), series.z.last(), series.z.len()) {
            (Some(first), Some(last), n) if n > 1 => (last - first).abs() / (n - 1) as f64,
            _ => 1.0,
        },
        None => 1.0,
    };
    Ok(own.map(|[rows, columns]| [apart, rows, columns]))
}

/// The slice of the series that a frame lies on.
fn slice_of(file: &Dicom, frame: usize, series: &Series) -> Result<usize, DicomError> {
    let elements = &file.elements;
    let place = (
        tags::PLANE_ORIENTATION_SEQUENCE,
        tags::IMAGE_ORIENTATION_PATIENT,
    );
    let own: Option<[f64; 6]> = of_frame(elements, place, frame)?;
    let (Some(at), Some(own), Some(orientation)) =
        (position(elements, frame)?, own, series.orientation)
    else {
        let sentence = format!(
            "frame {} or the series has no position and orientation, and so no place on a slice",
            frame + 1
        );
        return Err(DicomError::pixels(Reason::MissingAttribute, sentence));
    };
    let turned = own.iter().zip(&orientation);
    if turned.into_iter().any(|(a, b)| (a - b).abs() > OFF_ANGLE) {
        return Err(invalid(format!(
            "frame {} is turned against the slices of the series, expected the same orientation",
            frame + 1
        )));
    }
    let [a, b, c, d, e, f] = orientation;
    let normal = [b * f - c * e, c * d - a * f, a * e - b * d];
    let along = |direction: &[f64]| -> f64 { direction.iter().zip(&at).map(|(n, x)| n * x).sum() };
    let z = along(&normal);
    let off = |place: &usize| (series.z[*place] - z).abs();
    let nearest = (0..series.z.len()).min_by(|a, b| off(a).total_cmp(&off(b)));
    let Some(slice) =
        nearest.filter(|slice| off(slice) <= OFF_SLICE * series.spacing.unwrap_or(1.0))
    else {
        return Err(invalid(format!(
            "frame {} lies on no slice of the series (the nearest is {:.2} mm away)",
            frame + 1,
            nearest.map_or(0.0, |slice| off(&slice))
        )));
    };
    check_corner(
        file,
        frame,
        (along(&[a, b, c]), along(&[d, e, f])),
        &series.slices[slice],
    )?;
    Ok(slice)
}

/// Whether a frame covers its slice pixel by pixel.
fn check_corner(
    file: &Dicom,
    frame: usize,
    (right, down): (f64, f64),
    slice: &Slice,
) -> Result<(), DicomError> {
    let header = &file.header;
    let (rows, columns) = slice.size();
    let own = (header.rows.to_string(), header.columns.to_string());
    if (rows, columns) != (Some(own.0.as_str()), Some(own.1.as_str())) {
        return Err(invalid(format!(
            "the segmentation has {} rows and {} columns, expected the {} and {} of the series",
            own.0,
            own.1,
            rows.unwrap_or("?"),
            columns.unwrap_or("?")
        )));
    }
    let place = (tags::PIXEL_MEASURES_SEQUENCE, tags::PIXEL_SPACING);
    let spacing: Option<[f64; 2]> = of_frame(&file.elements, place, frame)?;
    if let (Some(own), Some(other)) = (spacing, slice.pixel_spacing()) {
        let apart = own.iter().zip(&other).map(|(a, b)| (a / b - 1.0).abs());
        if apart.fold(0.0, f64::max) > OFF_SPACING {
            return Err(invalid(format!(
                "the segmentation has pixels of {} x {} mm, expected the {} x {} of its image",
                own[0], own[1], other[0], other[1]
            )));
        }
    }
    let Some((at, [a, b, c, d, e, f])) = slice.place() else {
        return Ok(());
    };
    let along =
        |direction: [f64; 3]| -> f64 { direction.iter().zip(&at).map(|(n, x)| n * x).sum() };
    let off = (along([a, b, c]) - right)
        .abs()
        .max((along([d, e, f]) - down).abs());
    if off > OFF_CORNER {
        return Err(invalid(format!(
            "frame {} begins {off:.2} mm beside its slice, expected the same corner",
            frame + 1
        )));
    }
    Ok(())
}

/// The same over the image of a sample: a folder is the series that the segmentation was drawn on, a
/// file a single image.
///
/// # Errors
/// As [`segment_mask`]; the folder holds no series, or several.
pub fn segment_mask_over(
    bytes: &[u8],
    segment: Option<u32>,
    image: &Path,
) -> Result<SegmentMask, Refusal> {
    if !image.is_dir() {
        return Ok(over_one_image(bytes, segment, image)?);
    }
    let (all, _) = read_series(image)?;
    let [series] = all.as_slice() else {
        return Err(invalid(format!(
            "the folder of the image holds {} series, expected one",
            all.len()
        ))
        .into());
    };
    Ok(segment_mask(bytes, segment, Some(series))?)
}

/// Over a single image: a DICOM image has a place of its own, on which the frames must lie; of others
/// nothing is known but that they have as many rows and columns, which the model's map is held to.
fn over_one_image(
    bytes: &[u8],
    segment: Option<u32>,
    image: &Path,
) -> Result<SegmentMask, DicomError> {
    let own = std::fs::read(image).unwrap_or_default();
    if !is_dicom(&own) {
        return segment_mask(bytes, segment, None);
    }
    let slice = Slice::read("image", &own)?;
    if slice.place().is_some() {
        let series = arrange(vec![slice], false);
        return segment_mask(bytes, segment, series.first());
    }
    let mask = segment_mask(bytes, segment, None)?;
    let [_, rows, columns] = mask.shape;
    let size = (Some(rows.to_string()), Some(columns.to_string()));
    if slice.size() != (size.0.as_deref(), size.1.as_deref()) {
        return Err(invalid(format!(
            "the segmentation has {rows} rows and {columns} columns, which are not those of the image"
        )));
    }
    Ok(mask)
}
