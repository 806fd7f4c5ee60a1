//! `orient`.

use super::TransformError;
use crate::config::preprocess::Orientation;
use crate::imaging::image::{Image, same_type};

/// Exchanges and reverses axes until columns, rows and frames run as declared: MONAI's
/// `Orientation(axcodes=...)` and nibabel's `apply_orientation`. No value changes.
///
/// An oblique volume keeps its own axes; each counts as the patient's axis that it is nearest to.
pub(super) fn apply(image: Image, target: Orientation) -> Result<Image, TransformError> {
    let geometry = image
        .geometry
        .ok_or(TransformError::NoGeometry { step: "orient" })?;
    let current = geometry
        .orientation()
        .ok_or(TransformError::NoGeometry { step: "orient" })?;
    let from = current.to_reach(target);
    if current == target {
        return Ok(image);
    }
    let old = [image.columns, image.rows, image.frames];
    let size = from.map(|(axis, _)| old[axis]);
    let steps = [1, image.columns, image.columns * image.rows].map(|step| step * image.channels);
    // Where the first voxel comes from, and how far apart neighbours were.
    let mut start = 0_isize;
    let mut step = [0_isize; 3];
    for (axis, (source, reversed)) in from.into_iter().enumerate() {
        step[axis] = steps[source] as isize;
        if reversed {
            start += (old[source] as isize - 1) * step[axis];
            step[axis] = -step[axis];
        }
    }
    let channels = image.channels;
    let samples = same_type!(&image.samples, values => {
        let mut turned = Vec::with_capacity(values.len());
        for frame in 0..size[2] as isize {
            for row in 0..size[1] as isize {
                let mut at = start + frame * step[2] + row * step[1];
                for _ in 0..size[0] {
                    let first = at as usize;
                    turned.extend_from_slice(&values[first..first + channels]);
                    at += step[0];
                }
            }
        }
        turned
    });
    Ok(Image {
        frames: size[2],
        rows: size[1],
        columns: size[0],
        samples,
        geometry: Some(geometry.rearranged(from, old)),
        ..image
    })
}
