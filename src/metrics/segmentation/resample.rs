//! A prediction brought to the grid of the truth.
//!
//! Both ways use half-pixel centres: output voxel i of n lies at (i + 0.5) m / n - 0.5 in an input
//! of m voxels, which is `align_corners=False` elsewhere. Both sample at points: nothing is averaged
//! where the output is coarser.

use super::mask::{Mask, MaskFault};

/// A mask on a grid of `shape` by nearest neighbour: voxel floor((i + 0.5) m / n) along each axis,
/// as in Pillow's `NEAREST` and torch's `nearest-exact`.
///
/// # Errors
/// As for [`Mask::new`].
pub fn resample_nearest(
    mask: &Mask,
    shape: [usize; 3],
    spacing: [f64; 3],
) -> Result<Mask, MaskFault> {
    let inside = by_nearest(mask.inside(), mask.shape(), shape);
    Mask::new(shape, spacing, inside)
}

fn nearest(from: usize, to: usize) -> Vec<usize> {
    // Whole numbers, so that no centre is rounded across a border.
    (0..to)
        .map(|i| ((2 * i + 1) * from / (2 * to)).min(from - 1))
        .collect()
}

/// A map on a grid of `to` by nearest neighbour, as [`resample_nearest`].
///
/// # Errors
/// As for [`resample_linear`].
pub fn resample_nearest_map(
    values: &[f32],
    from: [usize; 3],
    to: [usize; 3],
) -> Result<Vec<f32>, MaskFault> {
    check(values, from, to)?;
    Ok(by_nearest(values, from, to))
}

/// The values under the centres of another grid.
fn by_nearest<T: Copy>(values: &[T], from: [usize; 3], to: [usize; 3]) -> Vec<T> {
    let [planes, rows, columns] = [0, 1, 2].map(|axis| nearest(from[axis], to[axis]));
    let mut found = Vec::with_capacity(to.iter().product());
    for plane in &planes {
        for row in &rows {
            let start = (plane * from[1] + row) * from[2];
            found.extend(columns.iter().map(|column| values[start + column]));
        }
    }
    found
}

fn check(values: &[f32], from: [usize; 3], to: [usize; 3]) -> Result<(), MaskFault> {
    if from.contains(&0) || to.contains(&0) {
        return Err(MaskFault::NoVoxel(if from.contains(&0) {
            from
        } else {
            to
        }));
    }
    let [planes, rows, columns] = from;
    if values.len() != planes * rows * columns {
        return Err(MaskFault::Voxels {
            found: values.len(),
            planes,
            rows,
            columns,
        });
    }
    Ok(())
}

/// A map (logits, probabilities) on a grid of `to` by linear interpolation between two voxels along
/// each axis: bilinear in 2D, trilinear in 3D. Beyond the outermost centres the outermost value
/// stands.
///
/// Columns first, then rows, then planes, weights in double precision and every pass stored in
/// single precision, so that where an image is enlarged the values are those of Pillow's `BILINEAR`
/// in mode F. Pillow averages where an image is made smaller; this does not, nor does torch's
/// `interpolate` without `antialias`.
///
/// # Errors
/// An axis without a voxel, or another number of values than `from` says.
pub fn resample_linear(
    values: &[f32],
    from: [usize; 3],
    to: [usize; 3],
) -> Result<Vec<f32>, MaskFault> {
    check(values, from, to)?;
    let mut now = values.to_vec();
    let mut inner = 1;
    for axis in [2, 1, 0] {
        if from[axis] != to[axis] {
            now = along_axis(&now, from[axis], to[axis], inner);
        }
        inner *= to[axis];
    }
    Ok(now)
}

/// Resamples the axis whose neighbours lie `inner` values apart.
fn along_axis(values: &[f32], from: usize, to: usize, inner: usize) -> Vec<f32> {
    let taps = taps(from, to);
    let mut found = Vec::with_capacity(values.len() / from * to);
    for block in values.chunks_exact(from * inner) {
        for (low, high, weights) in &taps {
            let line = |place: usize| &block[place * inner..(place + 1) * inner];
            found.extend(
                line(*low)
                    .iter()
                    .zip(line(*high))
                    .map(|(a, b)| (f64::from(*a) * weights[0] + f64::from(*b) * weights[1]) as f32),
            );
        }
    }
    found
}

/// For each output voxel the two input voxels around it and their weights.
fn taps(from: usize, to: usize) -> Vec<(usize, usize, [f64; 2])> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            let low = (centre - 0.5).floor();
            let high_share = centre - 0.5 - low;
            if low < 0.0 {
                return (0, 0, [1.0, 0.0]);
            }
            let low = low as usize;
            if low + 1 >= from {
                return (from - 1, from - 1, [1.0, 0.0]);
            }
            (low, low + 1, [1.0 - high_share, high_share])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_neighbour_takes_the_voxel_under_the_centre() {
        assert_eq!(nearest(2, 5), [0, 0, 1, 1, 1]);
        assert_eq!(nearest(5, 2), [1, 3]);
        assert_eq!(nearest(3, 3), [0, 1, 2]);
        let mask = Mask::new([1, 1, 2], [1.0, 1.0, 2.0], vec![true, false]).unwrap();
        let found = resample_nearest(&mask, [1, 2, 4], [1.0, 0.5, 1.0]).unwrap();
        assert_eq!(
            found.inside(),
            [true, true, false, false, true, true, false, false]
        );
        assert!(resample_nearest(&mask, [1, 0, 4], [1.0; 3]).is_err());
        let map = resample_nearest_map(&[0.25, 0.75], [1, 1, 2], [1, 2, 3]).unwrap();
        assert_eq!(map, [0.25, 0.75, 0.75, 0.25, 0.75, 0.75]);
        assert!(resample_nearest_map(&[0.25], [1, 1, 2], [1, 1, 2]).is_err());
        assert!(resample_nearest_map(&[0.25], [1, 1, 1], [0, 1, 1]).is_err());
    }

    #[test]
    fn linear_interpolation_with_half_pixel_centres() {
        let found = resample_linear(&[0.0, 1.0], [1, 1, 2], [1, 1, 4]).unwrap();
        assert_eq!(found, [0.0, 0.25, 0.75, 1.0]);
        let volume = resample_linear(&[0.0, 8.0], [2, 1, 1], [4, 1, 2]).unwrap();
        assert_eq!(volume, [0.0, 0.0, 2.0, 2.0, 6.0, 6.0, 8.0, 8.0]);
        assert_eq!(
            resample_linear(&[1.0, 3.0], [1, 1, 2], [1, 1, 1]).unwrap(),
            [2.0]
        );
        assert!(resample_linear(&[1.0], [1, 1, 2], [1, 1, 1]).is_err());
        assert!(resample_linear(&[1.0], [1, 1, 1], [1, 1, 0]).is_err());
    }
}
