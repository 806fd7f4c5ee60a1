//! Metrics of the probabilities of several classes.

use super::classes::{argmax, checked};
use crate::metrics::calibration::{
    Bins, DebiasedError, debiased_calibration_error, expected_calibration_error,
};
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable};

/// How far a row of probabilities may sum from 1: tables are often rounded to two digits.
const SUM_SLACK: f64 = 0.02;

fn probabilities(y_true: &[u32], scores: &[f64], classes: usize) -> Result<usize, NotEstimable> {
    let n = checked(y_true, scores, classes)?;
    if let Some(bad) = scores.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(NotEstimable::Other(format!(
            "a score is {bad}, which is no probability"
        )));
    }
    let sums = scores.chunks(classes).map(|row| row.iter().sum::<f64>());
    match sums.into_iter().find(|sum| (sum - 1.0).abs() > SUM_SLACK) {
        None => Ok(n),
        Some(sum) => Err(NotEstimable::Other(format!(
            "the probabilities of a sample sum to {sum}, not to 1"
        ))),
    }
}

/// Brier score of several classes (Brier 1950, Mon Weather Rev 78:1-3): mean over samples of the
/// sum over classes of (p_c - y_c)^2. From 0 to 2; with two classes twice the binary score.
///
/// # Errors
/// No sample, scores that do not fit, or a score that is no probability.
pub fn multiclass_brier(
    y_true: &[u32],
    scores: &[f64],
    classes: usize,
) -> Result<Influenced, NotEstimable> {
    probabilities(y_true, scores, classes)?;
    let squares: Vec<f64> = y_true
        .iter()
        .zip(scores.chunks(classes))
        .map(|(truth, row)| {
            let gaps = row.iter().enumerate();
            gaps.map(|(class, p)| (p - f64::from(u8::from(class == *truth as usize))).powi(2))
                .sum()
        })
        .collect();
    Influenced::mean(&squares)
}

/// Log loss: mean of minus the natural logarithm of the probability of the true class. Nothing is
/// clipped: where a true class has a probability of 0 the loss has no bound.
///
/// # Errors
/// As [`multiclass_brier`]; a true class with a probability of 0.
pub fn log_loss(
    y_true: &[u32],
    scores: &[f64],
    classes: usize,
) -> Result<Influenced, NotEstimable> {
    probabilities(y_true, scores, classes)?;
    let rows = y_true.iter().zip(scores.chunks(classes));
    let of_truth: Vec<f64> = rows.map(|(truth, row)| row[*truth as usize]).collect();
    let impossible = of_truth.iter().filter(|p| **p <= 0.0).count();
    if impossible > 0 {
        return Err(NotEstimable::Other(format!(
            "{impossible} samples have a probability of 0 for their true class, and their loss has no bound"
        )));
    }
    let losses: Vec<f64> = of_truth.iter().map(|p| -p.ln()).collect();
    all_finite(Influenced::mean(&losses)?)
}

/// Classwise calibration error (Kull et al. 2019, NeurIPS): mean over classes of the expected
/// calibration error of the class's probability against all others. A point estimate: it is biased
/// upwards in small groups and has no influence that means anything under good calibration.
///
/// # Errors
/// As [`multiclass_brier`].
pub fn classwise_calibration_error(
    y_true: &[u32],
    scores: &[f64],
    classes: usize,
    bins: &Bins,
) -> Result<f64, NotEstimable> {
    probabilities(y_true, scores, classes)?;
    let mut sum = 0.0;
    for class in 0..classes {
        let of_class: Vec<bool> = y_true.iter().map(|y| *y as usize == class).collect();
        let p: Vec<f64> = scores.chunks(classes).map(|row| row[class]).collect();
        sum += expected_calibration_error(&of_class, &p, bins)?;
    }
    Ok(sum / classes as f64)
}

/// Calibration of the highest probability (Guo et al. 2017, ICML): the expected calibration error
/// of the called class's probability against whether it is right, and the debiased root mean square
/// of the same bins (`None` with a single sample).
///
/// # Errors
/// As [`multiclass_brier`].
pub fn top_label_calibration(
    y_true: &[u32],
    scores: &[f64],
    classes: usize,
    cluster: Option<&[u32]>,
    bins: &Bins,
) -> Result<(f64, Option<DebiasedError>), NotEstimable> {
    probabilities(y_true, scores, classes)?;
    let called = argmax(scores, classes)?;
    let right: Vec<bool> = y_true.iter().zip(&called).map(|(a, b)| a == b).collect();
    let p: Vec<f64> = scores
        .chunks(classes)
        .zip(&called)
        .map(|(row, called)| row[*called as usize])
        .collect();
    let debiased = debiased_calibration_error(&right, &p, cluster, bins);
    Ok((expected_calibration_error(&right, &p, bins)?, debiased.ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;

    #[test]
    fn influences_are_derivatives() {
        let rows = [
            (0, [0.7, 0.2, 0.1]),
            (1, [0.3, 0.3, 0.4]),
            (1, [0.3, 0.5, 0.2]),
            (2, [0.5, 0.4, 0.1]),
        ];
        for metric in [multiclass_brier, log_loss] {
            assert_derivative(&rows, 1e-5, |rows| {
                let scores: Vec<f64> = rows.iter().flat_map(|row| row.1).collect();
                let y: Vec<u32> = rows.iter().map(|row| row.0).collect();
                metric(&y, &scores, 3).unwrap()
            });
        }
    }

    #[test]
    fn degenerate_groups() {
        for metric in [multiclass_brier, log_loss] {
            assert_eq!(metric(&[], &[], 2), Err(NotEstimable::Empty("samples")));
            assert!(metric(&[0], &[0.5, 0.6], 2).is_err());
            assert!(metric(&[0], &[1.5, -0.5], 2).is_err());
            assert!(metric(&[2], &[0.5, 0.5], 2).is_err());
            assert_eq!(metric(&[0], &[1.0, 0.0], 2).unwrap().estimate, 0.0);
        }
        assert!(log_loss(&[1], &[1.0, 0.0], 2).is_err());
        assert_eq!(
            multiclass_brier(&[1], &[1.0, 0.0], 2).unwrap().estimate,
            2.0
        );
        let bins = Bins::Width(10);
        let (error, debiased) = top_label_calibration(&[0], &[0.75, 0.25], 2, None, &bins).unwrap();
        assert!((error - 0.25).abs() < 1e-15 && debiased.is_none());
        let classwise = classwise_calibration_error(&[0], &[0.75, 0.25], 2, &bins).unwrap();
        assert!((classwise - 0.25).abs() < 1e-15);
    }
}
