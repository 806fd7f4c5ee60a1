//! Brier score and its scaled form.

use super::{clustered_error, probability_rows};
use crate::metrics::ranked::Ranked;
use crate::statistics::{NotEstimable, Scale, ScaledEstimate};

/// Brier score: mean (y - p)^2 (Brier 1950), with the interval of a ratio mean over patients,
/// cut to [0, 1].
///
/// # Errors
/// No sample, one patient, or a score that is no probability.
pub fn brier(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
) -> Result<ScaledEstimate, NotEstimable> {
    probability_rows(y_true, probability, None, cluster)?.brier()
}

impl Ranked {
    /// [`brier`] of sorted samples.
    ///
    /// # Errors
    /// As [`brier`].
    pub fn brier(&self) -> Result<ScaledEstimate, NotEstimable> {
        self.are_probabilities()?;
        let n = self.len() as f64;
        let loss = |y: f64, p: f64| (y - p).powi(2);
        let score = self.by_patient().sum(loss) / n;
        let error = clustered_error(self, |y, p| (loss(y, p) - score) / n);
        Ok(ScaledEstimate::new(
            score,
            error,
            Scale::Identity,
            self.n_clusters as u64,
            "ratio_mean_cluster",
        )?
        .within(0.0, 1.0))
    }
}

/// Scaled Brier score: 1 - Brier / (prevalence (1 - prevalence)); 1 is perfect, 0 as good as the
/// prevalence for everyone, below 0 worse. The standard error sums the influences of a patient
/// on both parts.
///
/// # Errors
/// As [`brier`]; also one class.
pub fn scaled_brier(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
) -> Result<ScaledEstimate, NotEstimable> {
    probability_rows(y_true, probability, None, cluster)?.scaled_brier()
}

impl Ranked {
    /// [`scaled_brier`] of sorted samples.
    ///
    /// # Errors
    /// As [`scaled_brier`].
    pub fn scaled_brier(&self) -> Result<ScaledEstimate, NotEstimable> {
        self.are_probabilities()?;
        self.both_classes()?;
        let n = self.len() as f64;
        let loss = |y: f64, p: f64| (y - p).powi(2);
        let score = self.by_patient().sum(loss) / n;
        let prevalence = self.n_positive as f64 / n;
        let reference = prevalence * (1.0 - prevalence);
        let influence = |y: f64, p: f64| {
            (-(loss(y, p) - score) / reference
                + score * (1.0 - 2.0 * prevalence) * (y - prevalence) / (reference * reference))
                / n
        };
        let error = clustered_error(self, influence);
        Ok(ScaledEstimate::new(
            1.0 - score / reference,
            error,
            Scale::Identity,
            self.n_clusters as u64,
            "delta_cluster",
        )?
        .within(f64::MIN, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (y, p) = ([true, false, true, false], [0.9, 0.2, 0.6, 0.3]);
        let found = brier(&y, &p, None).unwrap();
        assert!((found.estimate - (0.01 + 0.04 + 0.16 + 0.09) / 4.0).abs() < 1e-15);
        let scaled = scaled_brier(&y, &p, None).unwrap();
        assert!((scaled.estimate - (1.0 - found.estimate / 0.25)).abs() < 1e-15);
        // At prevalence 1/2 the reference does not move: the errors differ by the factor 4.
        assert!((scaled.standard_error - 4.0 * found.standard_error).abs() < 1e-15);
    }

    #[test]
    fn degenerate_groups() {
        assert!(brier(&[], &[], None).is_err());
        assert!(brier(&[true, true], &[0.5, f64::INFINITY], None).is_err());
        assert_eq!(
            brier(&[true, true], &[0.5, 0.4], Some(&[0, 0])),
            Err(NotEstimable::OnePatient)
        );
        assert_eq!(
            scaled_brier(&[true, true], &[0.5, 0.4], None),
            Err(NotEstimable::OneClass(2, 0))
        );
        assert_eq!(
            brier(&[true, false], &[1.0, 0.0], None).unwrap().estimate,
            0.0
        );
    }
}
