//! Intervals that a model gives with its predictions: how many hold the truth, how wide they are.

use crate::metrics::finite::{all_finite, numbers, same_length};
use crate::statistics::{Influenced, NotEstimable};

/// Share of samples whose true value lies between the limits that the model gave, or on one.
/// To be read against the level that the intervals claim, and beside [`mean_interval_width`]:
/// wide intervals hold everything.
///
/// # Errors
/// No sample, lengths that differ, a value that is no finite number, or a lower limit above its
/// upper limit.
pub fn interval_coverage(
    y_true: &[f64],
    lower: &[f64],
    upper: &[f64],
) -> Result<Influenced, NotEstimable> {
    same_length(&[y_true.len(), lower.len(), upper.len()])?;
    numbers(y_true, "the truth")?;
    checked(lower, upper)?;
    let held: Vec<f64> = y_true
        .iter()
        .zip(lower.iter().zip(upper))
        .map(|(y, (lower, upper))| f64::from(u8::from(lower <= y && y <= upper)))
        .collect();
    Influenced::mean(&held)
}

/// Mean width of the intervals, in the unit of the truth.
///
/// # Errors
/// As [`interval_coverage`].
pub fn mean_interval_width(lower: &[f64], upper: &[f64]) -> Result<Influenced, NotEstimable> {
    same_length(&[lower.len(), upper.len()])?;
    checked(lower, upper)?;
    let width: Vec<f64> = upper.iter().zip(lower).map(|(u, l)| u - l).collect();
    all_finite(Influenced::mean(&width)?)
}

fn checked(lower: &[f64], upper: &[f64]) -> Result<(), NotEstimable> {
    numbers(lower, "the lower limits")?;
    numbers(upper, "the upper limits")?;
    let turned = lower.iter().zip(upper).find(|(lower, upper)| lower > upper);
    turned.map_or(Ok(()), |(lower, upper)| {
        Err(NotEstimable::Other(format!(
            "a prediction interval reaches from {lower} down to {upper}"
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (lower, upper) = ([0.0, 1.0, 2.0], [1.0, 3.0, 2.0]);
        let found = interval_coverage(&[1.0, 0.5, 2.0], &lower, &upper).unwrap();
        assert!((found.estimate - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(mean_interval_width(&lower, &upper).unwrap().estimate, 1.0);
    }

    #[test]
    fn degenerate_groups() {
        assert!(interval_coverage(&[], &[], &[]).is_err());
        assert!(interval_coverage(&[1.0], &[2.0], &[1.0]).is_err());
        assert!(interval_coverage(&[1.0], &[0.0, 0.0], &[1.0, 1.0]).is_err());
        assert!(mean_interval_width(&[f64::NEG_INFINITY], &[1.0]).is_err());
    }
}
