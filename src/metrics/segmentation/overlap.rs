//! How much of two masks overlaps, voxel by voxel.

use super::empty::EmptyMask;
use super::mask::{MaskPair, count};

/// Voxels of a truth and a prediction on one grid, as a confusion matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoxelCounts {
    /// In both.
    pub both: u64,
    /// In the truth.
    pub truth: u64,
    /// In the prediction.
    pub predicted: u64,
    /// In the grid.
    pub grid: u64,
}

impl VoxelCounts {
    /// Counted over the whole grid.
    #[must_use]
    pub fn of(pair: &MaskPair<'_>) -> Self {
        let (truth, predicted) = (pair.truth().inside(), pair.predicted().inside());
        // In runs whose sums fit one byte, as in `count`.
        let both = truth.chunks(255).zip(predicted.chunks(255)).map(|(t, p)| {
            let run = t.iter().zip(p).fold(0u8, |n, (t, p)| n + u8::from(*t & *p));
            u64::from(run)
        });
        Self {
            both: both.sum(),
            truth: count(truth),
            predicted: count(predicted),
            grid: truth.len() as u64,
        }
    }

    /// Says which of the masks is empty, if any.
    ///
    /// # Errors
    /// One or both are empty.
    pub fn neither_empty(&self) -> Result<(), EmptyMask> {
        match (self.truth, self.predicted) {
            (0, 0) => Err(EmptyMask::Both),
            (0, _) => Err(EmptyMask::Truth),
            (_, 0) => Err(EmptyMask::Prediction),
            _ => Ok(()),
        }
    }

    /// Dice similarity coefficient, 2 |T and P| / (|T| + |P|) (Dice 1945, Ecology 26:297-302), in
    /// [0, 1]. One empty mask gives 0.
    ///
    /// # Errors
    /// Both are empty.
    pub fn dice(&self) -> Result<f64, EmptyMask> {
        match self.truth + self.predicted {
            0 => Err(EmptyMask::Both),
            sum => Ok(2.0 * self.both as f64 / sum as f64),
        }
    }

    /// Intersection over union, |T and P| / |T or P| (Jaccard 1912, New Phytologist 11:37-50), in
    /// [0, 1]; it is dice / (2 - dice). One empty mask gives 0.
    ///
    /// # Errors
    /// Both are empty.
    pub fn iou(&self) -> Result<f64, EmptyMask> {
        match self.truth + self.predicted - self.both {
            0 => Err(EmptyMask::Both),
            union => Ok(self.both as f64 / union as f64),
        }
    }

    /// Share of the truth's voxels that are predicted, |T and P| / |T|.
    ///
    /// # Errors
    /// An empty truth.
    pub fn sensitivity(&self) -> Result<f64, EmptyMask> {
        match self.truth {
            0 if self.predicted == 0 => Err(EmptyMask::Both),
            0 => Err(EmptyMask::Truth),
            truth => Ok(self.both as f64 / truth as f64),
        }
    }

    /// Share of the predicted voxels that are in the truth, |T and P| / |P|.
    ///
    /// # Errors
    /// An empty prediction.
    pub fn precision(&self) -> Result<f64, EmptyMask> {
        match self.predicted {
            0 if self.truth == 0 => Err(EmptyMask::Both),
            0 => Err(EmptyMask::Prediction),
            predicted => Ok(self.both as f64 / predicted as f64),
        }
    }

    /// Predicted minus true volume, (|P| - |T|) times the volume of a voxel; an area in 2D. Empty
    /// masks have volume 0.
    #[must_use]
    pub fn volume_difference(&self, voxel_volume: f64) -> f64 {
        (self.predicted as f64 - self.truth as f64) * voxel_volume
    }

    /// Predicted minus true volume as a share of the true volume, (|P| - |T|) / |T|: -1 where
    /// nothing is predicted.
    ///
    /// # Errors
    /// An empty truth.
    pub fn relative_volume_difference(&self) -> Result<f64, EmptyMask> {
        self.sensitivity()?;
        Ok((self.predicted as f64 - self.truth as f64) / self.truth as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::segmentation::Mask;
    use proptest::prelude::*;

    fn counts(truth: &[bool], predicted: &[bool]) -> VoxelCounts {
        let mask = |inside: &[bool]| Mask::new([1, 1, inside.len()], [1.0; 3], inside.to_vec());
        let (truth, predicted) = (mask(truth).unwrap(), mask(predicted).unwrap());
        VoxelCounts::of(&MaskPair::new(&truth, &predicted).unwrap())
    }

    #[test]
    fn shares_of_a_small_case() {
        let found = counts(&[true, true, true, false], &[false, true, true, true]);
        assert_eq!(found.dice(), Ok(2.0 / 3.0));
        assert_eq!(found.iou(), Ok(0.5));
        assert_eq!(found.sensitivity(), Ok(2.0 / 3.0));
        assert_eq!(found.precision(), Ok(2.0 / 3.0));
        assert_eq!(found.volume_difference(2.0), 0.0);
        assert_eq!(found.neither_empty(), Ok(()));
    }

    #[test]
    fn empty_masks() {
        let (some, none) = ([true, false], [false, false]);
        let missed = counts(&some, &none);
        assert_eq!((missed.dice(), missed.iou()), (Ok(0.0), Ok(0.0)));
        assert_eq!(missed.sensitivity(), Ok(0.0));
        assert_eq!(missed.precision(), Err(EmptyMask::Prediction));
        assert_eq!(missed.relative_volume_difference(), Ok(-1.0));
        let invented = counts(&none, &some);
        assert_eq!((invented.dice(), invented.iou()), (Ok(0.0), Ok(0.0)));
        assert_eq!(invented.sensitivity(), Err(EmptyMask::Truth));
        assert_eq!(invented.precision(), Ok(0.0));
        assert_eq!(invented.volume_difference(3.0), 3.0);
        assert_eq!(invented.relative_volume_difference(), Err(EmptyMask::Truth));
        let neither = counts(&none, &none);
        for value in [
            neither.dice(),
            neither.iou(),
            neither.sensitivity(),
            neither.precision(),
            neither.relative_volume_difference(),
        ] {
            assert_eq!(value, Err(EmptyMask::Both));
        }
    }

    proptest! {
        #[test]
        fn laws(voxels in prop::collection::vec((any::<bool>(), any::<bool>()), 1..700)) {
            let (a, b): (Vec<_>, Vec<_>) = voxels.into_iter().unzip();
            let (one, other) = (counts(&a, &b), counts(&b, &a));
            prop_assert_eq!(one.dice(), other.dice());
            prop_assert_eq!(one.iou(), other.iou());
            prop_assert_eq!(one.sensitivity().ok(), other.precision().ok());
            if let (Ok(dice), Ok(iou)) = (one.dice(), one.iou()) {
                prop_assert!((0.0..=1.0).contains(&iou) && iou <= dice);
                prop_assert!((iou - dice / (2.0 - dice)).abs() < 1e-15);
            }
        }
    }
}
