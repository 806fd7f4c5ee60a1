//! What a case counts where truth, prediction or both are empty.

/// Why a case has no value of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum EmptyMask {
    /// Neither mask has a voxel.
    #[error("truth and prediction are both empty")]
    Both,
    /// The truth has no voxel and the prediction has.
    #[error("the truth is empty and the prediction is not")]
    Truth,
    /// The prediction has no voxel and the truth has.
    #[error("the prediction is empty and the truth is not")]
    Prediction,
}

/// What a case counts where both masks are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BothEmpty {
    /// It has no value: left out, and counted as such.
    #[default]
    LeftOut,
    /// It is right: overlap 1, distance 0.
    Perfect,
}

/// What the distance of a case is where one mask is empty and the other is not.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum OneEmpty {
    /// It has no value: left out, and counted as such. A model is then not charged for cases that
    /// it misses altogether, so that the report has to show their number.
    #[default]
    LeftOut,
    /// A declared distance, the same for all cases, in the units of spacing.
    Penalty(f64),
    /// The diagonal of the case's grid, the largest distance that two of its voxels can have. It
    /// depends on the field of view.
    Diagonal,
}

/// The declared rule for empty masks, one part for each way of being empty.
///
/// Overlap needs only `both`: its formula gives 0 where one mask is empty. Distance needs both
/// parts: from an empty surface there is none. Libraries differ, and a mean over cases depends on
/// it: MONAI's `DiceMetric` leaves out every case with an empty truth, whatever is predicted, unless
/// `ignore_empty` is off (Maier-Hein et al. 2024, Nature Methods 21:195-212, on empty references).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EmptyRule {
    /// Where both are empty.
    pub both: BothEmpty,
    /// Where one is.
    pub one: OneEmpty,
}

impl EmptyRule {
    /// The value of an overlap (Dice, IoU, surface Dice) under this rule.
    ///
    /// # Errors
    /// The rule leaves the case out.
    pub fn overlap(&self, own: Result<f64, EmptyMask>) -> Result<f64, EmptyMask> {
        match (own, self.both) {
            (Err(EmptyMask::Both), BothEmpty::Perfect) => Ok(1.0),
            (own, _) => own,
        }
    }

    /// The value of a distance (Hausdorff, average surface distance) under this rule; `diagonal` is
    /// that of the case's grid ([`super::Mask::diagonal`]).
    ///
    /// # Errors
    /// The rule leaves the case out.
    pub fn distance(&self, own: Result<f64, EmptyMask>, diagonal: f64) -> Result<f64, EmptyMask> {
        match (own, self.both, self.one) {
            (Err(EmptyMask::Both), BothEmpty::Perfect, _) => Ok(0.0),
            (Err(EmptyMask::Both), BothEmpty::LeftOut, _) => own,
            (Err(_), _, OneEmpty::Penalty(distance)) => Ok(distance),
            (Err(_), _, OneEmpty::Diagonal) => Ok(diagonal),
            (own, ..) => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_on_each_way_of_being_empty() {
        use EmptyMask::{Both, Prediction, Truth};
        let rule = |both, one| EmptyRule { both, one };
        let out = EmptyRule::default();
        for why in [Both, Truth, Prediction] {
            assert_eq!(out.overlap(Err(why)), Err(why));
            assert_eq!(out.distance(Err(why), 9.0), Err(why));
        }
        let perfect = rule(BothEmpty::Perfect, OneEmpty::Penalty(50.0));
        assert_eq!(perfect.overlap(Err(Both)), Ok(1.0));
        assert_eq!(perfect.distance(Err(Both), 9.0), Ok(0.0));
        assert_eq!(perfect.distance(Err(Truth), 9.0), Ok(50.0));
        let diagonal = rule(BothEmpty::LeftOut, OneEmpty::Diagonal);
        assert_eq!(diagonal.distance(Err(Both), 9.0), Err(Both));
        assert_eq!(diagonal.distance(Err(Prediction), 9.0), Ok(9.0));
        // A value stands under every rule.
        for rule in [out, perfect, diagonal] {
            assert_eq!(
                (rule.overlap(Ok(0.3)), rule.distance(Ok(7.0), 9.0)),
                (Ok(0.3), Ok(7.0))
            );
        }
    }
}
