//! Average precision: the area under the precision-recall curve.

use super::ranked::Ranked;
use crate::statistics::{NotEstimable, Scale, ScaledEstimate, clusters_of_one_size};

/// Average precision, sum over thresholds of (recall gained) x precision, with the binomial variance
/// of Boyd, Eng and Page (ECML 2013), a (1 - a) / n on n positives, and Wilson's limits, which are
/// those of the log odds where n a (1 - a) is large and stay sensible near 1.
///
/// Clustered, n is the positives over a design effect: the variance of the influences of patients
/// over that of the influences of samples, at least 1 and at most what complete correlation within
/// patients would make it, n = (sum b)^2 / sum b^2, b the positives of a patient. With fewer than 5
/// patients who have a negative above a positive, or a positive below a negative, it is the latter.
/// The influence of a sample j is the derivative of the average precision by its weight,
/// (y_j (prec_j - a) + sum over positives i at or below j of (y_j - prec_i) / n_i) / n, n_i the
/// samples at or above i. Student's t below 40 patients with positives. No published number is known
/// for the limits.
///
/// # Errors
/// One class, one patient with positives, or an average precision of 1, whose log odds are not
/// bounded ([`NotEstimable::PerfectRanking`]: the estimate is known, its limits are not).
pub fn average_precision(
    y_true: &[bool],
    y_score: &[f64],
    cluster: Option<&[u32]>,
) -> Result<ScaledEstimate, NotEstimable> {
    Ranked::new(y_true, y_score, None, cluster)?.average_precision()
}

/// Samples of one score.
struct Tied {
    rows: std::ops::Range<usize>,
    positives: f64,
    /// Samples at or above this score.
    above: f64,
    precision: f64,
}

impl Ranked {
    /// [`average_precision`] of sorted samples.
    ///
    /// # Errors
    /// As [`average_precision`].
    pub fn average_precision(&self) -> Result<ScaledEstimate, NotEstimable> {
        self.both_classes()?;
        let positives_of = self.by_cluster(|row| f64::from(u8::from(self.y[row])));
        let patients = positives_of.iter().filter(|own| **own > 0.0).count() as u64;
        if patients < 2 {
            return Err(NotEstimable::one_of_class(true, self.clustered));
        }
        let n = self.n_positive as f64;
        let a = self
            .tied()
            .map(|of| of.positives * of.precision)
            .sum::<f64>()
            / n;
        // The sum of a perfect ranking may fall short of 1 by rounding.
        if a >= 1.0 - 1e-12 {
            return Err(NotEstimable::PerfectRanking);
        }
        if !self.clustered {
            let error = (a * (1.0 - a) / n).sqrt();
            return ScaledEstimate::normal(a, error, Scale::Score, patients, "wilson_auprc");
        }
        let complete = clusters_of_one_size(&positives_of);
        // A tie blemishes both.
        let n_effective = if self.few_blemish(self.len() - self.lowest_positive()) {
            complete
        } else {
            (n / self.design_effect_of_precision(a).max(1.0)).max(complete)
        };
        let error = (a * (1.0 - a) / n_effective).sqrt();
        let method = "wilson_auprc_effective_n";
        ScaledEstimate::new(a, error, Scale::Score, patients, method)
    }

    /// Samples of each score, from the smallest score up.
    fn tied(&self) -> impl Iterator<Item = Tied> {
        let (mut from, mut above) = (0, self.n_positive);
        self.score.chunk_by(|a, b| a == b).map(move |same| {
            let rows = from..from + same.len();
            let own = self.y[rows.clone()].iter().filter(|y| **y).count();
            let all = (self.len() - from) as f64;
            let tied = Tied {
                rows,
                positives: own as f64,
                above: all,
                precision: above as f64 / all,
            };
            from += same.len();
            above -= own;
            tied
        })
    }

    /// Variance of the influences of patients over that of the influences of samples.
    fn design_effect_of_precision(&self, a: f64) -> f64 {
        let mut of_patient = vec![0.0; self.n_clusters];
        let (mut shares, mut precisions, mut of_samples) = (0.0, 0.0, 0.0);
        for of in self.tied() {
            shares += of.positives / of.above;
            precisions += of.positives * of.precision / of.above;
            for row in of.rows {
                let influence = if self.y[row] {
                    of.precision - a + shares - precisions
                } else {
                    -precisions
                };
                of_samples += influence * influence;
                of_patient[self.cluster[row] as usize] += influence;
            }
        }
        let (n, k) = (self.len() as f64, self.n_clusters as f64);
        let of_patients: f64 = of_patient.iter().map(|own| own * own).sum();
        of_patients * k / (k - 1.0) / (of_samples * n / (n - 1.0))
    }

    /// Place of the first sample that scores no lower than every positive does.
    fn lowest_positive(&self) -> usize {
        let lowest = self.y.iter().position(|y| *y).unwrap_or(0);
        let low = self.score[lowest];
        self.score.partition_point(|score| *score < low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{Purpose, RandomStream, wilson};

    /// Patients with `size` samples each of one class, a common part of weight `rho`.
    fn drawn(patients: u32, size: u32, rho: f64, apart: f64) -> (Vec<bool>, Vec<f64>, Vec<u32>) {
        let mut stream = RandomStream::new(3, Purpose::Simulation, 0);
        let (mut y, mut score, mut patient) = (Vec::new(), Vec::new(), Vec::new());
        for own in 0..patients {
            let common = stream.normal() * rho.sqrt();
            for _ in 0..size {
                y.push(own % 3 == 0);
                let shift = if own % 3 == 0 { apart } else { 0.0 };
                score.push(common + shift + stream.normal() * (1.0 - rho).sqrt());
                patient.push(own);
            }
        }
        (y, score, patient)
    }

    #[test]
    fn the_influence_is_the_derivative_by_the_weight() {
        // Copying every sample of a patient adds to its weight: differences beside influences.
        let (y, score, patient) = drawn(30, 4, 0.4, 1.5);
        let rows = Ranked::new(&y, &score, None, Some(&patient)).unwrap();
        let value = |y: &[bool], score: &[f64]| average_precision(y, score, None).unwrap().estimate;
        let (times, whole) = (400, value(&y, &score));
        let mut influences = Vec::new();
        for own in 0..30 {
            let (mut more_y, mut more_score) = (Vec::new(), Vec::new());
            for (row, patient) in patient.iter().enumerate() {
                for _ in 0..times + usize::from(*patient == own) {
                    more_y.push(y[row]);
                    more_score.push(score[row]);
                }
            }
            influences.push((value(&more_y, &more_score) - whole) * times as f64);
        }
        let squares: f64 = influences.iter().map(|own| own * own).sum();
        let a = rows.average_precision().unwrap().estimate;
        let mut of_samples = 0.0;
        for row in 0..y.len() {
            let (mut more_y, mut more_score) = (Vec::new(), Vec::new());
            for other in 0..y.len() {
                for _ in 0..times + usize::from(other == row) {
                    more_y.push(y[other]);
                    more_score.push(score[other]);
                }
            }
            of_samples += ((value(&more_y, &more_score) - whole) * times as f64).powi(2);
        }
        let expected = squares * 30.0 / 29.0 / (of_samples * 120.0 / 119.0);
        let found = rows.design_effect_of_precision(a);
        assert!((found / expected - 1.0).abs() < 0.02, "{found} {expected}");
    }

    #[test]
    fn clusters_widen_by_what_their_samples_have_in_common() {
        let width = |rho: f64| {
            let (y, score, patient) = drawn(120, 6, rho, 1.5);
            let found = average_precision(&y, &score, Some(&patient)).unwrap();
            let n = 240.0;
            let variance = found.estimate * (1.0 - found.estimate);
            n * found.standard_error.powi(2) / variance
        };
        // Design effects of 6 samples a patient: between 1 and 6, growing with what is common.
        let (independent, some, all) = (width(0.0), width(0.3), width(1.0 - 1e-9));
        assert!(
            independent < 2.0 && independent < some && some < all,
            "{independent} {some} {all}"
        );
        assert!((1.0..=6.0 + 1e-9).contains(&independent) && all > 4.0 && all <= 6.0 + 1e-9);
    }

    #[test]
    fn nearly_perfect_rankings_have_sensible_limits() {
        // One negative above the last positive, 30 patients of three samples each.
        let y: Vec<bool> = (0..90).map(|row| row < 45).collect();
        let mut score: Vec<f64> = (0..90).map(|row| 100.0 - f64::from(row)).collect();
        score[45] = 56.5;
        let patient: Vec<u32> = (0..90).map(|row| row / 3).collect();
        let found = average_precision(&y, &score, Some(&patient)).unwrap();
        let limits = found.interval(0.95).unwrap();
        assert!(
            found.estimate > 0.99 && limits.lower > 0.7 && limits.lower < 0.9,
            "{limits:?}"
        );
        let plain = average_precision(&y, &score, None).unwrap();
        let (a, limits) = (plain.estimate, plain.interval(0.95).unwrap());
        let expected = wilson(45.0 * a, 45.0, 0.95).unwrap();
        assert!((limits.lower - expected.lower).abs() < 1e-9 && limits.upper < 1.0);
    }

    #[test]
    fn degenerate_groups() {
        assert_eq!(
            average_precision(&[false, false, true, true], &[0.1, 0.2, 0.3, 0.4], None),
            Err(NotEstimable::PerfectRanking)
        );
        let one = average_precision(&[true, true, false], &[0.3, 0.1, 0.2], Some(&[1, 1, 2]));
        assert!(one.is_err());
        // All scores equal: one threshold, precision is the prevalence.
        let y = [false, false, true, true];
        for patients in [None, Some(&[1, 2, 3, 4][..])] {
            let found = average_precision(&y, &[0.5; 4], patients).unwrap();
            assert!((found.estimate - 0.5).abs() < 1e-12);
            let limits = found.interval(0.95).unwrap();
            assert!(limits.lower > 0.0 && limits.upper < 1.0);
        }
    }
}
