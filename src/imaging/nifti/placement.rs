//! Where the voxels lie: sform, qform, or neither (nifti1.h, "3D image (volume) orientation and
//! location in space").

use super::FORMAT;
use super::header::Fields;
use crate::imaging::decode::DecodeError;
use crate::imaging::geometry::Geometry;

/// How far 1 - b^2 - c^2 - d^2 may lie from zero and still be zero, for quaternions stored in 32
/// bits (three times that type's epsilon) and in 64 bits, as nibabel has it.
const QUATERNION_SLACK: [f64; 2] = [3.0 * f32::EPSILON as f64, 3.0 * f64::EPSILON];

/// The affine in use: the sform where its code is not 0, else the qform, else the distances of
/// voxels with the centre of the image as origin and the first axis to the left, as nibabel has it.
pub(super) fn geometry(
    fields: &Fields<'_>,
    shape: &[usize],
    pixdim: &[f64; 8],
    notes: &mut Vec<String>,
) -> Result<Geometry, DecodeError> {
    let (sform, qform) = fields.form_codes();
    let affine = match (sform, qform) {
        (0, 0) => {
            notes.push(
                "neither sform nor qform: the first axis is taken to run to the left, as nibabel does"
                    .to_owned(),
            );
            by_distances(shape, pixdim)
        }
        (0, _) => by_quaternion(fields, pixdim)?,
        _ => by_rows(fields),
    };
    let geometry = Geometry { affine };
    if !geometry.is_invertible() {
        return Err(DecodeError::corrupt(
            FORMAT,
            format!(
                "the affine cannot be inverted ({}), so that left and right are unknown",
                geometry.affine_text()
            ),
        ));
    }
    if sform != 0 && qform != 0 {
        let other = by_quaternion(fields, pixdim).map(|affine| Geometry { affine });
        if other.is_ok_and(|other| !other.is_close_to(&geometry)) {
            notes.push("sform and qform disagree; the sform is used".to_owned());
        }
    }
    Ok(geometry)
}

fn by_rows(fields: &Fields<'_>) -> [[f64; 4]; 3] {
    let mut affine = [[0.0; 4]; 3];
    for (row, values) in affine.iter_mut().enumerate() {
        for (column, value) in values.iter_mut().enumerate() {
            *value = fields.float(280, 400, 4 * row + column);
        }
    }
    affine
}

fn by_quaternion(fields: &Fields<'_>, pixdim: &[f64; 8]) -> Result<[[f64; 4]; 3], DecodeError> {
    let [b, c, d, x, y, z] = [0, 1, 2, 3, 4, 5].map(|index| fields.float(256, 352, index));
    let square = 1.0 - (b * b + c * c + d * d);
    let slack = QUATERNION_SLACK[usize::from(fields.version - 1)];
    let a = if square.abs() < slack {
        0.0
    } else if square > 0.0 {
        square.sqrt()
    } else {
        return Err(DecodeError::corrupt(
            FORMAT,
            format!("the qform's quaternion ({b}, {c}, {d}) is longer than 1"),
        ));
    };
    let rotation = rotation([a, b, c, d]);
    let steps = [pixdim[1], pixdim[2], pixdim[3] * pixdim[0]];
    let mut affine = [[0.0; 4]; 3];
    for (row, origin) in [x, y, z].into_iter().enumerate() {
        for column in 0..3 {
            affine[row][column] = rotation[row][column] * steps[column];
        }
        affine[row][3] = origin;
    }
    Ok(affine)
}

/// The rotation of a quaternion; its length need not be exactly 1.
fn rotation([w, x, y, z]: [f64; 4]) -> [[f64; 3]; 3] {
    let length = w * w + x * x + y * y + z * z;
    let s = 2.0 / length;
    let (xs, ys, zs) = (x * s, y * s, z * s);
    [
        [1.0 - (y * ys + z * zs), x * ys - w * zs, x * zs + w * ys],
        [x * ys + w * zs, 1.0 - (x * xs + z * zs), y * zs - w * xs],
        [x * zs - w * ys, y * zs + w * xs, 1.0 - (x * xs + y * ys)],
    ]
}

fn by_distances(shape: &[usize], pixdim: &[f64; 8]) -> [[f64; 4]; 3] {
    let mut affine = [[0.0; 4]; 3];
    for (axis, row) in affine.iter_mut().enumerate() {
        let length = shape.get(axis).copied().unwrap_or(1);
        let distance = if axis < shape.len() {
            pixdim[axis + 1]
        } else {
            1.0
        };
        let step = if axis == 0 { -distance } else { distance };
        row[axis] = step;
        row[3] = -step * (length as f64 - 1.0) / 2.0;
    }
    affine
}
