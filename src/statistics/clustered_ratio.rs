//! Ratio of two proportions whose trials come in clusters.

use super::mover::ProportionDifference;
use super::ratio::risk_ratio_score;
use super::{Interval, NotEstimable, checked_confidence};

impl ProportionDifference {
    /// Ratio a / b of the two proportions, its limits, and the id of their method.
    ///
    /// Arms that share no cluster: the score interval (Miettinen and Nurminen 1985) on the
    /// effective counts. Arms that share clusters: MOVER for a ratio from the (clustered) Wilson
    /// limits of both arms and their correlation (Donner and Zou 2012, Stat Methods Med Res
    /// 21:347-359); no outside number is known for its correlated form, and without correlation
    /// the tests hold it against the score interval.
    ///
    /// # Errors
    /// No event in the second arm, or in both: the ratio is unbounded or undefined. The level is
    /// outside (0, 1).
    pub fn ratio(&self, confidence: f64) -> Result<(f64, Interval, &'static str), NotEstimable> {
        let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
        if self.b.events == 0 {
            return Err(NotEstimable::Other(
                "no event in the reference group leaves the ratio unbounded".to_owned(),
            ));
        }
        let ratio = self.a.estimate / self.b.estimate;
        if self.n_shared > 0 {
            return Ok((ratio, self.mover_ratio(confidence)?, "mover_ratio_shared"));
        }
        let (na, nb) = (
            self.a.n_effective_exact(tail),
            self.b.n_effective_exact(tail),
        );
        let limits = risk_ratio_score(
            self.a.scaled_events(na),
            na,
            self.b.scaled_events(nb),
            nb,
            confidence,
        )?;
        let id = if self.a.clustered || self.b.clustered {
            "risk_ratio_score_effective_n"
        } else {
            "risk_ratio_score"
        };
        Ok((ratio, limits, id))
    }

    /// Roots of (a - r b)^2 = (a - l)^2 + r^2 (u - b)^2 - 2 r rho (a - l)(u - b), with l, u the
    /// limits of a and b on the side that makes the ratio small, and mirrored for the large one.
    fn mover_ratio(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        let (a, b) = (self.a.estimate, self.b.estimate);
        let (first, second) = (self.a.wilson(confidence)?, self.b.wilson(confidence)?);
        let parts = |own: f64, other: f64| {
            let middle = a * b - self.correlation * (a - own) * (other - b);
            let (above, below) = (own * (2.0 * a - own), other * (2.0 * b - other));
            let root = (middle * middle - above * below).max(0.0).sqrt();
            (middle + root, above, below)
        };
        // The smaller root through the product of both, since its own divisor can be 0.
        let (sum, above, _) = parts(first.lower, second.upper);
        let lower = if sum > 0.0 { above / sum } else { 0.0 };
        let (sum, _, below) = parts(first.upper, second.lower);
        Ok(Interval {
            lower: lower.clamp(0.0, a / b),
            upper: (sum / below).max(a / b),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::ClusteredProportion;
    use super::*;

    fn single(events: u64, trials: u64) -> ClusteredProportion {
        ClusteredProportion::unclustered(events, trials).unwrap()
    }

    #[test]
    fn independent_samples_as_fagerland_lydersen_and_laake_print_them() {
        // Score limits of 24/73 over 53/65 and of 7/18 over 1/18.
        for (first, second, lower, upper) in [
            ((24, 73), (53, 65), 0.280, 0.560),
            ((7, 18), (1, 18), 1.296, 42.544),
        ] {
            let arms = ProportionDifference::disjoint(
                single(first.0, first.1),
                single(second.0, second.1),
            );
            let (ratio, limits, id) = arms.ratio(0.95).unwrap();
            assert_eq!(id, "risk_ratio_score");
            assert!((ratio - arms.a.estimate / arms.b.estimate).abs() < 1e-15);
            assert!((limits.lower - lower).abs() < 6e-4 && (limits.upper - upper).abs() < 6e-4);
        }
    }

    #[test]
    fn mover_without_correlation_is_near_the_score_interval() {
        let arms = ProportionDifference::disjoint(single(240, 730), single(530, 650));
        let (score, mover) = (arms.ratio(0.95).unwrap().1, arms.mover_ratio(0.95).unwrap());
        assert!(
            (score.lower - mover.lower).abs() < 0.002,
            "{score:?} {mover:?}"
        );
        assert!(
            (score.upper - mover.upper).abs() < 0.002,
            "{score:?} {mover:?}"
        );
        // A second arm so small that the upper limit exceeds twice its estimate.
        let rare = ProportionDifference::disjoint(single(20, 40), single(1, 30));
        let limits = rare.mover_ratio(0.95).unwrap();
        assert!(limits.lower > 0.0 && limits.contains(15.0) && limits.upper.is_finite());
    }

    #[test]
    fn correlation_shortens_and_clusters_lengthen() {
        let shared: Vec<((u64, u64), (u64, u64))> = (0..60)
            .map(|i| {
                (
                    (u64::from(i % 3 > 0) * 2, 2),
                    (u64::from(i % 3 > 0) + u64::from(i % 5 > 0), 2),
                )
            })
            .collect();
        let arms = ProportionDifference::shared(&shared).unwrap();
        assert!(arms.correlation > 0.3);
        let (ratio, limits, id) = arms.ratio(0.95).unwrap();
        assert_eq!(id, "mover_ratio_shared");
        assert!(limits.contains(ratio));
        let without = ProportionDifference {
            correlation: 0.0,
            ..arms
        };
        assert!(without.mover_ratio(0.95).unwrap().width() > limits.width());
        let apart = ProportionDifference {
            n_shared: 0,
            ..without
        };
        let loose = ProportionDifference::disjoint(single(80, 120), arms.b);
        assert!(apart.ratio(0.95).unwrap().1.width() > loose.ratio(0.95).unwrap().1.width());
        assert_eq!(apart.ratio(0.95).unwrap().2, "risk_ratio_score_effective_n");
    }

    #[test]
    fn ratios_without_an_end_say_so() {
        let none = ProportionDifference::disjoint(single(5, 10), single(0, 10));
        assert!(none.ratio(0.95).is_err());
        let zero = ProportionDifference::disjoint(single(0, 10), single(5, 10));
        let (ratio, limits, _) = zero.ratio(0.95).unwrap();
        assert!(ratio == 0.0 && limits.lower == 0.0 && limits.upper < 1.0);
        let all = ProportionDifference::disjoint(single(10, 10), single(10, 10));
        assert!(all.ratio(0.95).unwrap().1.contains(1.0));
        assert!(all.ratio(1.5).is_err());
    }
}
