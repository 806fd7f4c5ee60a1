//! A binary mask on a grid with spacing, and a pair of masks on one grid.

/// Which voxels of a grid are foreground.
///
/// Values lie row by row: the column runs fastest, the plane slowest. A 2D image has one plane, and
/// one plane is taken as 2D everywhere in this room: no voxel has a neighbour above or below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    shape: [usize; 3],
    spacing: [f64; 3],
    inside: Vec<bool>,
}

/// Why there is no mask, or why two masks cannot be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MaskFault {
    /// The number of values is another than the shape says.
    #[error("{found} values for {planes} x {rows} x {columns} voxels")]
    Voxels {
        /// Values that were given.
        found: usize,
        /// Planes.
        planes: usize,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// An axis has no voxel.
    #[error("shape {0:?} has an axis without a voxel")]
    NoVoxel([usize; 3]),
    /// A spacing is no positive number.
    #[error("spacing {0:?} is not positive on every axis")]
    Spacing([f64; 3]),
    /// Two masks differ in shape.
    #[error("truth has {truth:?} voxels and the prediction {predicted:?} (planes, rows, columns)")]
    Shapes {
        /// Shape of the truth.
        truth: [usize; 3],
        /// Shape of the prediction.
        predicted: [usize; 3],
    },
    /// Two masks differ in spacing.
    #[error("truth has spacing {truth:?} and the prediction {predicted:?} (planes, rows, columns)")]
    Spacings {
        /// Spacing of the truth.
        truth: [f64; 3],
        /// Spacing of the prediction.
        predicted: [f64; 3],
    },
}

/// A box of voxels, half-open on every axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// First voxel on each axis.
    pub first: [usize; 3],
    /// One past the last voxel on each axis.
    pub end: [usize; 3],
}

impl Extent {
    /// Voxels along each axis.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [0, 1, 2].map(|axis| self.end[axis] - self.first[axis])
    }

    /// Smallest box that holds both.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        Self {
            first: [0, 1, 2].map(|axis| self.first[axis].min(other.first[axis])),
            end: [0, 1, 2].map(|axis| self.end[axis].max(other.end[axis])),
        }
    }
}

impl Mask {
    /// A mask of `shape` (planes, rows, columns) with the distance between neighbouring voxels in
    /// `spacing` (same order; millimetres, or 1 for distances in pixels).
    ///
    /// # Errors
    /// An axis without a voxel, another number of values, a spacing that is not positive.
    pub fn new(shape: [usize; 3], spacing: [f64; 3], inside: Vec<bool>) -> Result<Self, MaskFault> {
        checked(shape, spacing, inside.len())?;
        Ok(Self {
            shape,
            spacing,
            inside,
        })
    }

    /// The voxels whose label is `label`; every other label is background.
    ///
    /// # Errors
    /// As for [`Mask::new`].
    pub fn from_labels<L: PartialEq + Copy>(
        shape: [usize; 3],
        spacing: [f64; 3],
        labels: &[L],
        label: L,
    ) -> Result<Self, MaskFault> {
        Self::new(
            shape,
            spacing,
            labels.iter().map(|own| *own == label).collect(),
        )
    }

    /// The voxels whose value is at least `threshold`; a value that is no number is background.
    ///
    /// # Errors
    /// As for [`Mask::new`].
    pub fn from_values(
        shape: [usize; 3],
        spacing: [f64; 3],
        values: &[f32],
        threshold: f64,
    ) -> Result<Self, MaskFault> {
        let inside = values.iter().map(|v| f64::from(*v) >= threshold);
        Self::new(shape, spacing, inside.collect())
    }

    /// Planes, rows, columns.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Distance between neighbouring voxels on each axis.
    #[must_use]
    pub fn spacing(&self) -> [f64; 3] {
        self.spacing
    }

    /// Foreground, voxel by voxel.
    #[must_use]
    pub fn inside(&self) -> &[bool] {
        &self.inside
    }

    /// Whether the grid is 2D.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.shape[0] == 1
    }

    /// Foreground voxels.
    #[must_use]
    pub fn voxels(&self) -> u64 {
        count(&self.inside)
    }

    /// Volume of one voxel, or area where the grid is 2D.
    #[must_use]
    pub fn voxel_volume(&self) -> f64 {
        let [plane, row, column] = self.spacing;
        if self.is_flat() {
            row * column
        } else {
            plane * row * column
        }
    }

    /// Distance between the centres of the two farthest voxels of the grid.
    #[must_use]
    pub fn diagonal(&self) -> f64 {
        (0..3)
            .map(|axis| ((self.shape[axis] - 1) as f64 * self.spacing[axis]).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    /// Smallest box around the foreground; `None` where there is no foreground.
    #[must_use]
    pub fn extent(&self) -> Option<Extent> {
        let [_, rows, columns] = self.shape;
        let mut found: Option<Extent> = None;
        for (line, values) in self.inside.chunks_exact(columns).enumerate() {
            // Without a branch a voxel, so that empty lines, most of an image, cost little.
            if !values.iter().fold(false, |any, v| any | v) {
                continue;
            }
            let (plane, row) = (line / rows, line % rows);
            let left = values.iter().position(|v| *v).unwrap_or(0);
            let right = values.iter().rposition(|v| *v).unwrap_or(0);
            let own = Extent {
                first: [plane, row, left],
                end: [plane + 1, row + 1, right + 1],
            };
            found = Some(found.map_or(own, |found| found.joined(&own)));
        }
        found
    }

    /// The values inside a box, row by row.
    #[must_use]
    pub(super) fn cropped(&self, extent: &Extent) -> Vec<bool> {
        let [_, rows, columns] = self.shape;
        let mut values = Vec::with_capacity(extent.shape().iter().product());
        for plane in extent.first[0]..extent.end[0] {
            for row in extent.first[1]..extent.end[1] {
                let start = (plane * rows + row) * columns;
                values.extend_from_slice(
                    &self.inside[start + extent.first[2]..start + extent.end[2]],
                );
            }
        }
        values
    }
}

fn checked(shape: [usize; 3], spacing: [f64; 3], found: usize) -> Result<(), MaskFault> {
    if shape.contains(&0) {
        return Err(MaskFault::NoVoxel(shape));
    }
    if !spacing.iter().all(|s| s.is_finite() && *s > 0.0) {
        return Err(MaskFault::Spacing(spacing));
    }
    let [planes, rows, columns] = shape;
    let needed = planes
        .checked_mul(rows)
        .and_then(|n| n.checked_mul(columns));
    if needed != Some(found) {
        return Err(MaskFault::Voxels {
            found,
            planes,
            rows,
            columns,
        });
    }
    Ok(())
}

/// How many are true.
pub(super) fn count(values: &[bool]) -> u64 {
    // Sums of short runs in one byte a lane are what makes this fast.
    values
        .chunks(255)
        .map(|run| u64::from(run.iter().fold(0u8, |sum, v| sum + u8::from(*v))))
        .sum()
}

/// Truth and prediction of one case on one grid.
#[derive(Debug, Clone, Copy)]
pub struct MaskPair<'a> {
    truth: &'a Mask,
    predicted: &'a Mask,
}

impl<'a> MaskPair<'a> {
    /// Spacings may differ by a hundred-thousandth, since files store them in single precision; the
    /// truth's is used.
    ///
    /// # Errors
    /// Other shapes or spacings.
    pub fn new(truth: &'a Mask, predicted: &'a Mask) -> Result<Self, MaskFault> {
        if truth.shape != predicted.shape {
            return Err(MaskFault::Shapes {
                truth: truth.shape,
                predicted: predicted.shape,
            });
        }
        let alike = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-5 * a;
        if !truth.spacing.iter().zip(&predicted.spacing).all(alike) {
            return Err(MaskFault::Spacings {
                truth: truth.spacing,
                predicted: predicted.spacing,
            });
        }
        Ok(Self { truth, predicted })
    }

    /// The reference standard.
    #[must_use]
    pub fn truth(&self) -> &'a Mask {
        self.truth
    }

    /// What the model says.
    #[must_use]
    pub fn predicted(&self) -> &'a Mask {
        self.predicted
    }

    /// Smallest box around the foreground of both; `None` where both are empty.
    #[must_use]
    pub fn extent(&self) -> Option<Extent> {
        match (self.truth.extent(), self.predicted.extent()) {
            (Some(a), Some(b)) => Some(a.joined(&b)),
            (one, other) => one.or(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_mask_is_refused_with_its_reason() {
        let told = |shape, spacing, n| {
            Mask::new(shape, spacing, vec![true; n])
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            told([1, 2, 3], [1.0; 3], 5),
            "5 values for 1 x 2 x 3 voxels"
        );
        assert_eq!(
            told([1, 0, 3], [1.0; 3], 0),
            "shape [1, 0, 3] has an axis without a voxel"
        );
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(told([1, 1, 1], [1.0, wrong, 1.0], 1).contains("not positive"));
        }
        let huge = Mask::new([usize::MAX, 2, 2], [1.0; 3], vec![]);
        assert!(matches!(huge, Err(MaskFault::Voxels { .. })));
    }

    #[test]
    fn masks_on_other_grids_are_not_compared() {
        let mask = |shape: [usize; 3], spacing: f64| {
            let n = shape.iter().product();
            Mask::new(shape, [spacing; 3], vec![false; n]).unwrap()
        };
        let truth = mask([1, 4, 6], 1.0);
        assert!(MaskPair::new(&truth, &mask([1, 4, 6], 1.000_001)).is_ok());
        let shapes = MaskPair::new(&truth, &mask([1, 6, 4], 1.0)).unwrap_err();
        assert_eq!(
            shapes.to_string(),
            "truth has [1, 4, 6] voxels and the prediction [1, 6, 4] (planes, rows, columns)"
        );
        let spacings = MaskPair::new(&truth, &mask([1, 4, 6], 1.1)).unwrap_err();
        assert!(matches!(spacings, MaskFault::Spacings { .. }));
    }

    #[test]
    fn labels_values_counts_and_extent() {
        let labels = [0u8, 2, 2, 0, 0, 0, 1, 2];
        let mask = Mask::from_labels([2, 2, 2], [3.0, 1.0, 0.5], &labels, 2).unwrap();
        assert_eq!(mask.voxels(), 3);
        assert_eq!(mask.voxel_volume(), 1.5);
        assert_eq!(
            mask.extent(),
            Some(Extent {
                first: [0, 0, 0],
                end: [2, 2, 2]
            })
        );
        let none = Mask::from_labels([2, 2, 2], [1.0; 3], &labels, 7).unwrap();
        assert_eq!((none.voxels(), none.extent()), (0, None));
        let values = [0.5, 0.499, f32::NAN, 1.0];
        let mask = Mask::from_values([1, 2, 2], [1.0, 2.0, 3.0], &values, 0.5).unwrap();
        assert_eq!(mask.inside(), [true, false, false, true]);
        assert_eq!((mask.voxel_volume(), mask.diagonal()), (6.0, 13f64.sqrt()));
        assert_eq!(count(&[true; 1000]), 1000);
    }
}
