//! Spiegelhalter's test of calibration.

use super::probability_rows;
use crate::metrics::ranked::Ranked;
use crate::statistics::{NotEstimable, normal_sf};

/// Spiegelhalter's z in two forms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spiegelhalter {
    /// With the variance of independent outcomes under perfect calibration.
    pub z: f64,
    /// Two-sided p of `z`.
    pub p: f64,
    /// With the sum over patients of squared sums: outcomes of a patient may be correlated.
    pub z_cluster: f64,
    /// Two-sided p of `z_cluster`.
    pub p_cluster: f64,
}

/// z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)) (Spiegelhalter 1986, Stat Med
/// 5:421-433), and the same numerator over its patient sandwich, for which no published number is
/// known.
///
/// # Errors
/// No sample, one patient, a score that is no probability, or no variance (every score 0, 1/2
/// or 1).
pub fn spiegelhalter(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
) -> Result<Spiegelhalter, NotEstimable> {
    probability_rows(y_true, probability, None, cluster)?.spiegelhalter()
}

impl Ranked {
    /// [`spiegelhalter`] of sorted samples.
    ///
    /// # Errors
    /// As [`spiegelhalter`].
    pub fn spiegelhalter(&self) -> Result<Spiegelhalter, NotEstimable> {
        self.are_probabilities()?;
        if self.n_clusters < 2 {
            return Err(NotEstimable::OnePatient);
        }
        let term = |y: f64, p: f64| (y - p) * (1.0 - 2.0 * p);
        let sum = self.by_patient().sum(term);
        let classical: f64 = self
            .score
            .iter()
            .map(|p| (1.0 - 2.0 * p).powi(2) * p * (1.0 - p))
            .sum();
        let sandwich = self.by_patient().squares(term);
        if !(classical > 0.0 && sandwich > 0.0) {
            return Err(NotEstimable::Other(
                "the test statistic has no variance: every score is 0, 1/2 or 1".to_owned(),
            ));
        }
        let two_sided = |z: f64| 2.0 * normal_sf(z.abs());
        let (z, z_cluster) = (sum / classical.sqrt(), sum / sandwich.sqrt());
        Ok(Spiegelhalter {
            z,
            p: two_sided(z),
            z_cluster,
            p_cluster: two_sided(z_cluster),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degenerate_groups_and_a_hand_computed_value() {
        assert!(spiegelhalter(&[true, false], &[0.5, 0.5], None).is_err());
        assert!(spiegelhalter(&[], &[], None).is_err());
        let found = spiegelhalter(&[true, false], &[0.8, 0.3], None).unwrap();
        let (a, b): (f64, f64) = (0.2 * -0.6, -0.3 * 0.4);
        let variance: f64 = 0.36 * 0.16 + 0.16 * 0.21;
        assert!((found.z - (a + b) / variance.sqrt()).abs() < 1e-14);
        assert!((found.z_cluster - (a + b) / (a * a + b * b).sqrt()).abs() < 1e-14);
    }
}
