//! A clustered proportion as the counts of independent trials that say as much.

use super::clustered::{ClusteredProportion, MANY_CLUSTERS};
use super::distributions::{normal_quantile, t_quantile};
use super::{NotEstimable, checked_confidence};

impl ClusteredProportion {
    /// Events and trials over the design effect (Rao and Scott 1992), real.
    #[must_use]
    pub fn effective_counts(&self) -> (f64, f64) {
        (self.scaled_events(self.n_effective), self.n_effective)
    }

    /// Counts whose plain Wilson interval with normal quantiles is [`Self::wilson`]: below 40
    /// clusters the effective n is multiplied by (z / t)^2, since Wilson's limits depend on n and
    /// the quantile through their ratio n / quantile^2 alone. Formulas that know no clusters then
    /// decide as the displayed interval does.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn wilson_counts(&self, confidence: f64) -> Result<(f64, f64), NotEstimable> {
        let p = 0.5 + 0.5 * checked_confidence(confidence)?;
        let n = if self.clustered && self.n_clusters < MANY_CLUSTERS {
            let ratio = normal_quantile(p) / t_quantile(p, self.n_clusters as f64 - 1.0);
            self.n_effective * ratio * ratio
        } else {
            self.n_effective
        };
        Ok((self.scaled_events(n), n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::wilson;

    #[test]
    fn plain_wilson_of_the_counts_is_the_displayed_interval() {
        for clusters in [
            vec![
                (3, 4),
                (1, 4),
                (2, 2),
                (0, 1),
                (5, 6),
                (1, 3),
                (2, 5),
                (4, 4),
            ],
            vec![(2, 2); 6],
            vec![(0, 3); 50],
            (0..60).map(|i| (i % 3, 2 + i % 2)).collect(),
        ] {
            let of = ClusteredProportion::from_clusters(&clusters).unwrap();
            let (k, n) = of.wilson_counts(0.9).unwrap();
            let (got, shown) = (wilson(k, n, 0.9).unwrap(), of.wilson(0.9).unwrap());
            assert!((got.lower - shown.lower).abs() < 1e-12, "{clusters:?}");
            assert!((got.upper - shown.upper).abs() < 1e-12, "{clusters:?}");
            let (k, n) = of.effective_counts();
            assert!((k / n - of.estimate).abs() < 1e-12 && n <= of.trials as f64);
        }
        let plain = ClusteredProportion::unclustered(7, 20).unwrap();
        assert_eq!(plain.wilson_counts(0.95).unwrap(), (7.0, 20.0));
        assert_eq!(plain.effective_counts(), (7.0, 20.0));
        assert!(plain.wilson_counts(1.0).is_err());
    }
}
