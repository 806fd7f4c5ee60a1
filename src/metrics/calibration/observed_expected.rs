//! Observed over expected events.

use super::{clustered_error, probability_rows};
use crate::metrics::ranked::Ranked;
use crate::statistics::{NotEstimable, Scale, ScaledEstimate};

/// O:E = sum y / sum p, with an interval on the log scale from the ratio-estimator variance over
/// patients: residual of a patient sum (y - R p), variance K/(K-1) sum residual^2 / (sum p)^2.
/// Below 40 patients Student's t with K - 1 degrees of freedom. No published number is known for
/// the clustered variance; the tests compute it by hand.
///
/// # Errors
/// No sample, one patient, no event (the log of 0), a score that is no probability, or only
/// probabilities of 0.
pub fn observed_expected(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
) -> Result<ScaledEstimate, NotEstimable> {
    probability_rows(y_true, probability, None, cluster)?.observed_expected()
}

impl Ranked {
    /// [`observed_expected`] of sorted samples.
    ///
    /// # Errors
    /// As [`observed_expected`].
    pub fn observed_expected(&self) -> Result<ScaledEstimate, NotEstimable> {
        self.are_probabilities()?;
        let expected: f64 = self.score.iter().sum();
        if self.n_positive == 0 {
            return Err(NotEstimable::Empty("positives"));
        }
        if expected <= 0.0 {
            return Err(NotEstimable::Other(
                "no event is expected: every probability is 0".to_owned(),
            ));
        }
        let ratio = self.n_positive as f64 / expected;
        let error = clustered_error(self, |y, p| (y - ratio * p) / expected);
        ScaledEstimate::new(
            ratio,
            error,
            Scale::Log,
            self.n_clusters as u64,
            "log_ratio_cluster",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let found =
            observed_expected(&[true, false, true, false], &[0.5, 0.25, 0.75, 0.5], None).unwrap();
        assert!((found.estimate - 1.0).abs() < 1e-15);
        // Residuals 0.5, -0.25, 0.25, -0.5 over E = 2, with 4/3.
        let se = (4.0_f64 / 3.0 * 0.625 / 4.0).sqrt();
        assert!((found.standard_error - se).abs() < 1e-15);
        assert!(found.interval(0.95).unwrap().lower > 0.0);
    }

    #[test]
    fn degenerate_groups() {
        assert_eq!(
            observed_expected(&[false, false], &[0.5, 0.5], None),
            Err(NotEstimable::Empty("positives"))
        );
        assert!(observed_expected(&[true, false], &[0.0, 0.0], None).is_err());
        assert!(observed_expected(&[true, false], &[1.2, 0.0], None).is_err());
        assert_eq!(
            observed_expected(&[true, false], &[0.5, 0.5], Some(&[4, 4])),
            Err(NotEstimable::OnePatient)
        );
        // Perfect predictions: no residual, and so no interval that would mean anything.
        let perfect = observed_expected(&[true, false], &[1.0, 0.0], None).unwrap();
        assert_eq!(perfect.estimate, 1.0);
        assert!(perfect.interval(0.95).is_err());
    }
}
