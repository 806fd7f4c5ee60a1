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
    /// It is right: overlap 1.
    Perfect,
}

/// What the distance of a case is where one mask is empty and the other is not.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum OneEmpty {
    /// It has no value: left out, and counted as such. A model is then not charged for cases that
    /// it misses altogether, so that the report has to show their number.
    #[default]
    LeftOut,
    /// A declared distance, the same for all cases, in the units of spacing; no part of the surfaces
    /// lies within a tolerance then.
    Penalty(f64),
}

/// The declared rule for empty masks, one part for each way of being empty.
///
/// Overlap needs only `both`: its formula gives 0 where one mask is empty. Surfaces need only `one`:
/// from an empty surface there is no distance. Libraries differ, and a mean over cases depends on
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

    /// The value of a distance (Hausdorff, average surface distance) under this rule.
    ///
    /// # Errors
    /// The rule leaves the case out; no rule gives a distance where both are empty.
    pub fn distance(&self, own: Result<f64, EmptyMask>) -> Result<f64, EmptyMask> {
        self.of_surfaces(own, |penalty| penalty)
    }

    /// The share of surfaces that lies within a tolerance, under this rule.
    ///
    /// # Errors
    /// As [`Self::distance`].
    pub fn surface_share(&self, own: Result<f64, EmptyMask>) -> Result<f64, EmptyMask> {
        self.of_surfaces(own, |_| 0.0)
    }

    fn of_surfaces(
        &self,
        own: Result<f64, EmptyMask>,
        with: impl Fn(f64) -> f64,
    ) -> Result<f64, EmptyMask> {
        match (own, self.one) {
            (Err(EmptyMask::Truth | EmptyMask::Prediction), OneEmpty::Penalty(distance)) => {
                Ok(with(distance))
            }
            (own, _) => own,
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
            assert_eq!(out.distance(Err(why)), Err(why));
            assert_eq!(out.surface_share(Err(why)), Err(why));
        }
        let charged = rule(BothEmpty::Perfect, OneEmpty::Penalty(50.0));
        assert_eq!(charged.overlap(Err(Both)), Ok(1.0));
        assert_eq!(charged.distance(Err(Both)), Err(Both));
        for why in [Truth, Prediction] {
            assert_eq!(charged.distance(Err(why)), Ok(50.0));
            assert_eq!(charged.surface_share(Err(why)), Ok(0.0));
        }
        // A value stands under every rule.
        for rule in [out, charged] {
            assert_eq!(
                (rule.overlap(Ok(0.3)), rule.distance(Ok(7.0))),
                (Ok(0.3), Ok(7.0))
            );
        }
    }
}
