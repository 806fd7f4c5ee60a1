//! On which side of a bound the gating limits of a clustered proportion lie, without the limits.
//!
//! A limit of Clopper and Pearson is where a tail probability reaches alpha, so that one tail
//! probability at the bound tells its side. This costs a fiftieth of the limit itself, which
//! matters where thousands of simulated audits are decided.

use super::ClusteredProportion;
use super::proportion_exact::{at_least, at_most};

impl ClusteredProportion {
    /// Whether [`Self::gate_lower`] at `alpha` is at least `bound`: P(X >= k | bound) <= alpha on
    /// the same effective n. The limit of 0 events is 0.
    #[must_use]
    pub fn gate_lower_reaches(&self, bound: f64, alpha: f64) -> bool {
        if self.events == 0 || bound <= 0.0 {
            return bound <= 0.0;
        }
        let n = self.n_effective_exact(alpha);
        bound < 1.0 && at_least(self.scaled_events(n), n, bound) <= alpha
    }

    /// Whether [`Self::gate_upper`] at `alpha` is at most `bound`: P(X <= k | bound) <= alpha on
    /// the same effective n. The limit of n events in n trials is 1.
    #[must_use]
    pub fn gate_upper_within(&self, bound: f64, alpha: f64) -> bool {
        if self.events == self.trials || bound >= 1.0 {
            return bound >= 1.0;
        }
        let n = self.n_effective_exact(alpha);
        bound > 0.0 && at_most(self.scaled_events(n), n, bound) <= alpha
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_of_the_scale() {
        let none = ClusteredProportion::unclustered(0, 20).unwrap();
        assert!(none.gate_lower_reaches(0.0, 0.025) && !none.gate_lower_reaches(1e-9, 0.025));
        let all = ClusteredProportion::unclustered(20, 20).unwrap();
        assert!(all.gate_upper_within(1.0, 0.025) && !all.gate_upper_within(0.999, 0.025));
        assert!(!all.gate_lower_reaches(1.0, 0.025));
        // 0.025^(1/20) = 0.8316.
        assert!(all.gate_lower_reaches(0.831, 0.025) && !all.gate_lower_reaches(0.832, 0.025));
        assert!(none.gate_upper_within(0.169, 0.025) && !none.gate_upper_within(0.168, 0.025));
    }

    proptest! {
        #[test]
        fn sides_are_those_of_the_limits(
            clusters in prop::collection::vec((0u64..5).prop_flat_map(|t| (0..=t, Just(t))), 2..60),
            bound in 0.0f64..1.0,
            alpha in 0.005f64..0.2,
        ) {
            if let Ok(found) = ClusteredProportion::from_clusters(&clusters) {
                let (lower, upper) = (found.gate_lower(alpha).unwrap(), found.gate_upper(alpha).unwrap());
                if (lower - bound).abs() > 1e-9 {
                    prop_assert_eq!(found.gate_lower_reaches(bound, alpha), lower >= bound);
                }
                if (upper - bound).abs() > 1e-9 {
                    prop_assert_eq!(found.gate_upper_within(bound, alpha), upper <= bound);
                }
            }
        }
    }
}
