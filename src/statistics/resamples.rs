//! Percentile limits of a number over resamples.

use super::{Interval, NotEstimable, quantile_of_sorted};

/// Share of a number below which resamples differ by rounding alone.
const ROUNDING: f64 = 1e-12;

/// A number in every resample in which it could be computed, in ascending order.
///
/// Limits are percentiles (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter
/// 13), moved outwards to hold the estimate where rounding would leave it out. They assume that
/// patients are independent and alike, and fall short where few patients carry what varies: who
/// asks sees to it that there are enough.
#[derive(Debug, Clone, PartialEq)]
pub struct Resamples {
    sorted: Vec<f64>,
    drawn: usize,
}

impl Resamples {
    /// From the value of each resample; `None` where it is undefined there.
    #[must_use]
    pub fn new(values: &[Option<f64>]) -> Self {
        let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self {
            sorted,
            drawn: values.len(),
        }
    }

    /// Resamples in which it could be computed.
    #[must_use]
    pub fn defined(&self) -> u64 {
        self.sorted.len() as u64
    }

    /// Whether it can be said how it varies: in fewer than 95% of the resamples it may not be
    /// undefined.
    #[must_use]
    pub fn are_enough(&self) -> bool {
        self.sorted.len() >= 2 && self.sorted.len() * 20 >= self.drawn * 19
    }

    /// Standard deviation; `None` where it is the same in every resample, which says nothing of
    /// its error.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        let n = self.sorted.len() as f64;
        let mean = self.sorted.iter().sum::<f64>() / n;
        let squares: f64 = self.sorted.iter().map(|own| (own - mean).powi(2)).sum();
        self.varies().then(|| (squares / (n - 1.0)).sqrt())
    }

    /// A last digit of rounding is no variation.
    fn varies(&self) -> bool {
        match (self.sorted.first(), self.sorted.last()) {
            (Some(least), Some(most)) => most - least > ROUNDING * least.abs().max(most.abs()),
            _ => false,
        }
    }

    /// Two-sided limits around the estimate.
    ///
    /// # Errors
    /// A level outside (0, 1), too many resamples without the number, or the same number in all.
    pub fn limits(&self, estimate: f64, confidence: f64) -> Result<Interval, NotEstimable> {
        let is_level = confidence > 0.0 && confidence < 1.0;
        if !is_level || !self.are_enough() {
            return Err(NotEstimable::Other(
                "too many resamples leave the metric undefined".to_owned(),
            ));
        }
        if !self.varies() {
            return Err(NotEstimable::NoVariation);
        }
        let at = |p: f64| quantile_of_sorted(&self.sorted, p).unwrap_or(estimate);
        let tail = 0.5 * (1.0 - confidence);
        Ok(Interval {
            lower: at(tail).min(estimate),
            upper: at(1.0 - tail).max(estimate),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred_and_one_values() {
        let values: Vec<Option<f64>> = (0..=100).rev().map(|own| Some(f64::from(own))).collect();
        let found = Resamples::new(&values);
        let limits = found.limits(50.0, 0.9).unwrap();
        assert!((limits.lower - 5.0).abs() < 1e-9 && (limits.upper - 95.0).abs() < 1e-9);
        // Variance of 0, 1, ..., 100 with n - 1: 101 * 102 / 12.
        let error = found.standard_error().unwrap();
        assert!((error - (101.0_f64 * 102.0 / 12.0).sqrt()).abs() < 1e-9);
        assert_eq!(found.limits(99.0, 0.9).unwrap().upper, 99.0);
    }

    #[test]
    fn undefined_or_constant_numbers_have_no_limits() {
        let mut values = vec![Some(0.5); 94];
        values.extend([None; 6]);
        assert!(!Resamples::new(&values).are_enough());
        assert!(Resamples::new(&values).limits(0.5, 0.95).is_err());
        let same = Resamples::new(&values[..94]);
        assert_eq!(same.limits(0.5, 0.95), Err(NotEstimable::NoVariation));
        assert_eq!(same.standard_error(), None);
        let hair = [Some(0.2), Some(0.2 - 3e-17), Some(0.199_999_999_999_999_96)];
        assert!(Resamples::new(&hair).limits(0.2, 0.95).is_err());
        assert!(Resamples::new(&[]).limits(0.5, 0.95).is_err());
    }
}
