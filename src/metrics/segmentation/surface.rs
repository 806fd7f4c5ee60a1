//! Distances between the surfaces of two masks.

use super::distance_transform::distances_at;
use super::empty::EmptyMask;
use super::mask::{Extent, Mask, MaskPair};

/// Distances from every surface voxel of each mask to the nearest surface voxel of the other.
///
/// A surface voxel is a foreground voxel with a background voxel among its face neighbours, 4 in 2D
/// and 6 in 3D; outside of the grid is background. That is the mask without its erosion by
/// the cross, as in `get_mask_edges` of MONAI and in SciPy's `binary_erosion`. Distances are between
/// voxel centres, in the units of spacing. Both lists are sorted and none is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfaceDistances {
    /// From the surface of the prediction to that of the truth.
    pub to_truth: Vec<f64>,
    /// From the surface of the truth to that of the prediction.
    pub to_predicted: Vec<f64>,
}

impl SurfaceDistances {
    /// Of a pair; time is linear in the voxels of the box around both foregrounds.
    ///
    /// # Errors
    /// One or both are empty.
    pub fn of(pair: &MaskPair<'_>) -> Result<Self, EmptyMask> {
        let (truth, predicted) = (pair.truth().extent(), pair.predicted().extent());
        let extent = match (truth, predicted) {
            (Some(truth), Some(predicted)) => truth.joined(&predicted),
            (None, None) => return Err(EmptyMask::Both),
            (None, Some(_)) => return Err(EmptyMask::Truth),
            (Some(_), None) => return Err(EmptyMask::Prediction),
        };
        let truth = surface(pair.truth(), &extent);
        let predicted = surface(pair.predicted(), &extent);
        let (shape, spacing) = (extent.shape(), pair.truth().spacing());
        let sorted = |sites: &[bool], queries: &[bool]| {
            let mut distances = distances_at(shape, spacing, sites, queries);
            distances.sort_unstable_by(f64::total_cmp);
            distances
        };
        Ok(Self {
            to_truth: sorted(&truth, &predicted),
            to_predicted: sorted(&predicted, &truth),
        })
    }

    /// Hausdorff distance at a percentile in [0, 100]: the larger of the two directed percentiles,
    /// each with linear interpolation between order statistics. 100 is the Hausdorff distance itself
    /// (Huttenlocher et al. 1993, IEEE TPAMI 15:850-863), 95 is HD95 as in MONAI's
    /// `compute_hausdorff_distance(percentile=95, directed=False)`.
    #[must_use]
    pub fn hausdorff(&self, percentile: f64) -> f64 {
        percentile_of(&self.to_truth, percentile).max(percentile_of(&self.to_predicted, percentile))
    }

    /// The percentile of both lists taken together, the other quantity that is called HD95. The mask
    /// with the larger surface weighs more, and it is never above [`Self::hausdorff`] of 100.
    #[must_use]
    pub fn hausdorff_pooled(&self, percentile: f64) -> f64 {
        percentile_of(&self.pooled(), percentile)
    }

    /// Average symmetric surface distance: the mean of both lists taken together, as in MONAI's
    /// `compute_average_surface_distance(symmetric=True)` (Heimann et al. 2009, IEEE TMI
    /// 28:1251-1265).
    #[must_use]
    pub fn average_symmetric(&self) -> f64 {
        let n = self.to_truth.len() + self.to_predicted.len();
        (sum(&self.to_truth) + sum(&self.to_predicted)) / n as f64
    }

    /// Mean of the two directed means, the other quantity that is called average symmetric surface
    /// distance: both surfaces weigh the same.
    #[must_use]
    pub fn average_of_directed(&self) -> f64 {
        let mean = |distances: &[f64]| sum(distances) / distances.len() as f64;
        f64::midpoint(mean(&self.to_truth), mean(&self.to_predicted))
    }

    /// Surface Dice at a tolerance in the units of spacing, counted in surface voxels: the share of
    /// both lists that is at most the tolerance, as in MONAI's `compute_surface_dice`. Area counts in
    /// [`super::SurfaceElements::surface_dice`]; the two differ, more so with unequal spacing.
    #[must_use]
    pub fn surface_dice(&self, tolerance: f64) -> f64 {
        let within = |distances: &[f64]| distances.partition_point(|d| *d <= tolerance);
        let n = self.to_truth.len() + self.to_predicted.len();
        (within(&self.to_truth) + within(&self.to_predicted)) as f64 / n as f64
    }

    fn pooled(&self) -> Vec<f64> {
        let mut all = [self.to_truth.as_slice(), &self.to_predicted].concat();
        all.sort_unstable_by(f64::total_cmp);
        all
    }
}

/// An overlap of surfaces where a mask may be empty: 0 where one is, as for Dice.
///
/// # Errors
/// Both are empty.
pub fn surface_overlap<S>(
    surfaces: &Result<S, EmptyMask>,
    overlap: impl Fn(&S) -> f64,
) -> Result<f64, EmptyMask> {
    match surfaces {
        Ok(surfaces) => Ok(overlap(surfaces)),
        Err(EmptyMask::Both) => Err(EmptyMask::Both),
        Err(EmptyMask::Truth | EmptyMask::Prediction) => Ok(0.0),
    }
}

/// Over sorted values, so that the order of the voxels has no part in it.
fn sum(sorted: &[f64]) -> f64 {
    sorted.iter().sum()
}

/// Percentile of sorted values with linear interpolation at (n - 1) percentile / 100, numpy's
/// default (Hyndman and Fan 1996, type 7); a percentile outside of [0, 100] is taken as the end.
fn percentile_of(sorted: &[f64], percentile: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * (percentile / 100.0).clamp(0.0, 1.0);
    let below = place.floor() as usize;
    let share = place - below as f64;
    let (low, high) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
    // From the nearer end, so that the last digit is numpy's.
    if share >= 0.5 {
        high - (high - low) * (1.0 - share)
    } else {
        low + (high - low) * share
    }
}

/// Surface voxels of the part of a mask inside `extent`, which holds its whole foreground.
fn surface(mask: &Mask, extent: &Extent) -> Vec<bool> {
    let inside = mask.cropped(extent);
    let [planes, rows, columns] = extent.shape();
    let mut found = inside.clone();
    let line = |plane: usize, row: usize| {
        let start = (plane * rows + row) * columns;
        &inside[start..start + columns]
    };
    // Without neighbour on a side every foreground voxel is one of the surface, as it is in `found`.
    let deep = if mask.is_flat() {
        0..planes
    } else {
        1..planes.saturating_sub(1)
    };
    for plane in deep {
        for row in 1..rows.saturating_sub(1) {
            let own = line(plane, row);
            let sides = [line(plane, row - 1), line(plane, row + 1)];
            let [above, below] = if mask.is_flat() {
                sides
            } else {
                [line(plane - 1, row), line(plane + 1, row)]
            };
            let start = (plane * rows + row) * columns;
            let lines = [own, sides[0], sides[1], above, below];
            mark_surface(&mut found[start..start + columns], lines);
        }
    }
    found
}

/// Clears the voxels of a row whose neighbours are all foreground, but for its two ends.
fn mark_surface(target: &mut [bool], [own, before, behind, above, below]: [&[bool]; 5]) {
    let Some(n) = own.len().checked_sub(2) else {
        return;
    };
    // Slices of one length, so that the compiler takes many voxels at a time.
    let (left, right) = (&own[..n], &own[2..][..n]);
    let (before, behind) = (&before[1..][..n], &behind[1..][..n]);
    let (above, below) = (&above[1..][..n], &below[1..][..n]);
    for (column, target) in target[1..][..n].iter_mut().enumerate() {
        let beside = left[column] & right[column] & before[column] & behind[column];
        *target &= !(beside & above[column] & below[column]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNIT: [f64; 3] = [1.0; 3];

    fn flat(rows: &[&str]) -> Mask {
        let inside = rows.iter().flat_map(|row| row.chars().map(|c| c == '#'));
        Mask::new([1, rows.len(), rows[0].len()], UNIT, inside.collect()).unwrap()
    }

    fn distances(truth: &Mask, predicted: &Mask) -> Result<SurfaceDistances, EmptyMask> {
        SurfaceDistances::of(&MaskPair::new(truth, predicted).unwrap())
    }

    #[test]
    fn the_border_of_the_grid_is_a_surface() {
        let full = flat(&["####", "####", "####"]);
        let surface = surface(&full, &full.extent().unwrap());
        let interior = surface.iter().filter(|s| !**s).count();
        assert_eq!(interior, 2);
    }

    #[test]
    fn two_voxels() {
        let truth = flat(&["#....", ".....", "....."]);
        let predicted = flat(&[".....", ".....", "....#"]);
        let found = distances(&truth, &predicted).unwrap();
        let d = 20f64.sqrt();
        assert_eq!(
            (found.hausdorff(95.0), found.hausdorff_pooled(95.0)),
            (d, d)
        );
        assert_eq!(
            (found.average_symmetric(), found.average_of_directed()),
            (d, d)
        );
        assert_eq!(
            (found.surface_dice(4.0), found.surface_dice(4.5)),
            (0.0, 1.0)
        );
    }

    #[test]
    fn empty_masks_have_no_distance_and_a_surface_dice_only_where_one_is_not() {
        let (some, none) = (flat(&[".#."]), flat(&["..."]));
        let dice = |found: &Result<SurfaceDistances, EmptyMask>| {
            surface_overlap(found, |surfaces| surfaces.surface_dice(1.0))
        };
        for (truth, predicted, why, overlap) in [
            (&some, &none, EmptyMask::Prediction, Ok(0.0)),
            (&none, &some, EmptyMask::Truth, Ok(0.0)),
            (&none, &none, EmptyMask::Both, Err(EmptyMask::Both)),
        ] {
            let found = distances(truth, predicted);
            assert_eq!(dice(&found), overlap);
            assert_eq!(found, Err(why));
        }
        assert_eq!(dice(&distances(&some, &some)), Ok(1.0));
    }

    #[test]
    fn percentiles_as_in_numpy() {
        // numpy 2.4.6: np.percentile([1, 2, 4, 8], [0, 25, 50, 95, 100])
        let sorted = [1.0, 2.0, 4.0, 8.0];
        let found = [0.0, 25.0, 50.0, 95.0, 100.0].map(|p| percentile_of(&sorted, p));
        assert_eq!(found, [1.0, 1.75, 3.0, 7.399_999_999_999_999, 8.0]);
        assert_eq!(percentile_of(&[3.0], 95.0), 3.0);
    }

    fn pair() -> impl Strategy<Value = ([usize; 3], [f64; 3], Vec<bool>, Vec<bool>)> {
        let size = (1..5usize, 1..8usize, 1..8usize);
        (size, [0.3..3.0f64, 0.3..3.0, 0.3..3.0]).prop_flat_map(|((p, r, c), spacing)| {
            let voxels = || prop::collection::vec(prop::bool::weighted(0.4), p * r * c);
            (Just([p, r, c]), Just(spacing), voxels(), voxels())
        })
    }

    /// The mask in a grid with more voxels on every side; a flat one stays flat.
    fn moved(shape: [usize; 3], spacing: [f64; 3], inside: &[bool], by: [usize; 3]) -> Mask {
        let by = if shape[0] == 1 { [0, by[1], by[2]] } else { by };
        let grown = [0, 1, 2].map(|axis| shape[axis] + 2 * by[axis]);
        let mut values = vec![false; grown.iter().product()];
        for (voxel, value) in inside.iter().enumerate() {
            let [p, r, c] = [
                voxel / (shape[1] * shape[2]) + by[0],
                voxel / shape[2] % shape[1] + by[1],
                voxel % shape[2] + by[2],
            ];
            values[(p * grown[1] + r) * grown[2] + c] = *value;
        }
        Mask::new(grown, spacing, values).unwrap()
    }

    proptest! {
        #[test]
        fn laws((shape, spacing, a, b) in pair(), by in [0..3usize, 0..3, 0..3]) {
            let truth = Mask::new(shape, spacing, a.clone()).unwrap();
            let predicted = Mask::new(shape, spacing, b.clone()).unwrap();
            let found = distances(&truth, &predicted);
            let elsewhere = distances(
                &moved(shape, spacing, &a, by),
                &moved(shape, spacing, &b, by),
            );
            prop_assert_eq!(&found, &elsewhere);
            if let Ok(found) = found {
                let swapped = distances(&predicted, &truth).unwrap();
                prop_assert_eq!(found.hausdorff(95.0), swapped.hausdorff(95.0));
                prop_assert_eq!(found.surface_dice(1.0), swapped.surface_dice(1.0));
                prop_assert!(found.hausdorff(95.0) >= 0.0);
                prop_assert!(found.hausdorff(95.0) <= found.hausdorff(100.0));
                prop_assert!(found.hausdorff_pooled(95.0) <= found.hausdorff(100.0));
                prop_assert!(found.hausdorff(100.0) <= truth.diagonal() * (1.0 + 1e-12));
                prop_assert!(found.average_symmetric() <= found.hausdorff(100.0) * (1.0 + 1e-12));
                prop_assert!(found.surface_dice(0.0) <= found.surface_dice(1.0));
                prop_assert_eq!(found.surface_dice(found.hausdorff(100.0)), 1.0);
                let same = distances(&truth, &truth).unwrap();
                prop_assert_eq!(same.hausdorff(100.0), 0.0);
            }
        }
    }
}
