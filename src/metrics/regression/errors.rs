//! Sizes of errors: bias, mean absolute error, root mean square error, share within a tolerance.

use super::differences;
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable};

/// Mean error, predicted minus true, in the unit of the truth; above 0 the model predicts too
/// high. Influence (d_i - mean) / n.
///
/// # Errors
/// No sample, lengths that differ, or a value that is no finite number.
pub fn bias(y_true: &[f64], y_pred: &[f64]) -> Result<Influenced, NotEstimable> {
    all_finite(Influenced::mean(&differences(y_true, y_pred)?)?)
}

/// Mean absolute error, in the unit of the truth. Where every prediction is exact it is 0 without
/// an interval.
///
/// # Errors
/// As [`bias`].
pub fn mean_absolute_error(y_true: &[f64], y_pred: &[f64]) -> Result<Influenced, NotEstimable> {
    let errors = differences(y_true, y_pred)?;
    let absolute: Vec<f64> = errors.iter().map(|d| d.abs()).collect();
    all_finite(Influenced::mean(&absolute)?)
}

/// Root of the mean squared error, in the unit of the truth, by the delta method from the mean
/// square: influence (d_i^2 - mean square) / (2 n root). Where every prediction is exact it is 0
/// and every influence is taken as 0, since the root has no derivative there: no interval.
///
/// # Errors
/// As [`bias`].
pub fn root_mean_square_error(y_true: &[f64], y_pred: &[f64]) -> Result<Influenced, NotEstimable> {
    let errors = differences(y_true, y_pred)?;
    let squares: Vec<f64> = errors.iter().map(|d| d * d).collect();
    let mean = Influenced::mean(&squares)?;
    let root = mean.estimate.sqrt();
    let slope = if root > 0.0 { 0.5 / root } else { 0.0 };
    all_finite(mean.map(root, slope))
}

/// Share of samples whose absolute error is at most `tolerance` (the unit of the truth; an error
/// of exactly the tolerance is within).
///
/// # Errors
/// As [`bias`]; a tolerance that is negative or no number.
pub fn share_within(
    y_true: &[f64],
    y_pred: &[f64],
    tolerance: f64,
) -> Result<Influenced, NotEstimable> {
    if tolerance.is_nan() || tolerance < 0.0 {
        return Err(NotEstimable::Other(format!("{tolerance} is no tolerance")));
    }
    let within: Vec<f64> = differences(y_true, y_pred)?
        .iter()
        .map(|d| f64::from(u8::from(d.abs() <= tolerance)))
        .collect();
    Influenced::mean(&within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;

    const ROWS: [(f64, f64); 7] = [
        (1.0, 1.5),
        (2.0, 1.0),
        (3.0, 3.25),
        (4.0, 6.0),
        (5.5, 5.0),
        (0.0, -1.0),
        (2.5, 2.75),
    ];

    fn of(
        metric: fn(&[f64], &[f64]) -> Result<Influenced, NotEstimable>,
    ) -> impl Fn(&[(f64, f64)]) -> Influenced {
        move |rows| {
            let (y, p): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
            metric(&y, &p).unwrap()
        }
    }

    #[test]
    fn influences_are_derivatives() {
        assert_derivative(&ROWS, 1e-5, of(bias));
        assert_derivative(&ROWS, 1e-5, of(mean_absolute_error));
        assert_derivative(&ROWS, 1e-5, of(root_mean_square_error));
        assert_derivative(&ROWS, 1e-5, of(|y, p| share_within(y, p, 0.5)));
    }

    #[test]
    fn degenerate_groups() {
        for metric in [bias, mean_absolute_error, root_mean_square_error] {
            assert_eq!(metric(&[], &[]), Err(NotEstimable::Empty("samples")));
            assert!(metric(&[1.0], &[1.0, 2.0]).is_err());
            assert!(metric(&[1.0, f64::NAN], &[1.0, 2.0]).is_err());
            assert!(metric(&[1e308, -1e308], &[-1e308, 1e308]).is_err());
            let exact = metric(&[1.0, 2.0], &[1.0, 2.0]).unwrap();
            assert_eq!((exact.estimate, exact.influence), (0.0, vec![0.0, 0.0]));
            // One sample has an estimate and no error.
            let one = metric(&[1.0], &[3.0]).unwrap();
            assert_eq!(one.estimate, 2.0);
            assert_eq!(one.standard_error(None), Err(NotEstimable::OnePatient));
        }
        assert!(share_within(&[1.0], &[1.0], -1.0).is_err());
        assert_eq!(
            share_within(&[1.0, 2.0], &[1.5, 4.0], 0.5)
                .unwrap()
                .estimate,
            0.5
        );
    }
}
