//! How predictions and truth go together: R2, the line of truth on prediction, correlation.

use super::differences;
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable, ordered_sum};

/// Values less their mean, the mean, and the sum of squares.
pub(super) struct Centred {
    pub(super) values: Vec<f64>,
    mean: f64,
    pub(super) squares: f64,
}

impl Centred {
    /// # Errors
    /// All values are equal; `what` they are stands in the message.
    pub(super) fn new(values: &[f64], what: &str) -> Result<Self, NotEstimable> {
        if values.iter().all(|x| Some(x) == values.first()) {
            return Err(NotEstimable::Other(format!("{what} does not vary")));
        }
        let mean = ordered_sum(values.iter().copied()) / values.len() as f64;
        let values: Vec<f64> = values.iter().map(|x| x - mean).collect();
        let squares = ordered_sum(values.iter().map(|x| x * x));
        if squares > 0.0 && squares.is_finite() {
            Ok(Self {
                values,
                mean,
                squares,
            })
        } else {
            Err(NotEstimable::Other(format!(
                "{what} varies too little or too much for a result"
            )))
        }
    }

    pub(super) fn products(&self, other: &Self) -> f64 {
        ordered_sum(self.values.iter().zip(&other.values).map(|(x, y)| x * y))
    }
}

/// R2 = 1 - SSE / SST, with SSE the sum of squared errors of the predictions as they are (no line
/// is fitted) and SST the sum of squares of the truth about its mean in this group. Below 0 the
/// group's mean would predict better. It depends on how much the truth varies in a group, so that
/// groups of different spread are not comparable by it. Influence: minus (d_i^2 - (1 - R2)
/// (y_i - mean)^2) / SST.
///
/// # Errors
/// No sample, lengths that differ, a value that is no finite number, or a truth that does not
/// vary.
pub fn r_squared(y_true: &[f64], y_pred: &[f64]) -> Result<Influenced, NotEstimable> {
    let errors = differences(y_true, y_pred)?;
    let truth = Centred::new(y_true, "the truth")?;
    let unexplained = ordered_sum(errors.iter().map(|d| d * d)) / truth.squares;
    all_finite(Influenced {
        estimate: 1.0 - unexplained,
        influence: errors
            .iter()
            .zip(&truth.values)
            .map(|(d, y)| (unexplained * y * y - d * d) / truth.squares)
            .collect(),
    })
}

/// The line truth = intercept + slope x prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationLine {
    /// 1 is perfect; below 1 the predictions are too far from each other.
    pub slope: Influenced,
    /// 0 is perfect where the slope is 1; the unit of the truth.
    pub intercept: Influenced,
}

/// Least squares of truth on prediction. The influences are the terms of the sandwich of White
/// 1980 (Econometrica 48:817-838) without a correction for small samples: with x_i the centred
/// prediction, r_i the residual and S the sum of x_i^2, x_i r_i / S for the slope and
/// r_i / n - mean x_i r_i / S for the intercept.
///
/// # Errors
/// No sample, lengths that differ, a value that is no finite number, or predictions that do not
/// vary.
pub fn calibration_line(y_true: &[f64], y_pred: &[f64]) -> Result<CalibrationLine, NotEstimable> {
    differences(y_true, y_pred)?;
    let n = y_true.len() as f64;
    let x = Centred::new(y_pred, "the prediction")?;
    let mean_truth = ordered_sum(y_true.iter().copied()) / n;
    let y: Vec<f64> = y_true.iter().map(|y| y - mean_truth).collect();
    let slope = ordered_sum(x.values.iter().zip(&y).map(|(x, y)| x * y)) / x.squares;
    let residual = x.values.iter().zip(&y).map(|(x, y)| y - slope * x);
    let (of_slope, of_intercept) = residual
        .zip(&x.values)
        .map(|(r, centred)| {
            let own = centred * r / x.squares;
            (own, r / n - x.mean * own)
        })
        .unzip();
    Ok(CalibrationLine {
        slope: all_finite(Influenced {
            estimate: slope,
            influence: of_slope,
        })?,
        intercept: all_finite(Influenced {
            estimate: mean_truth - slope * x.mean,
            influence: of_intercept,
        })?,
    })
}

/// Pearson's correlation. Influence (u v - r (u^2 + v^2) / 2) / n, u and v the values less their
/// means over their standard deviations (Devlin, Gnanadesikan and Kettenring 1975, Biometrika
/// 62:531-545). A correlation of exactly 1 or -1 has influences of 0 and no interval.
///
/// # Errors
/// No sample, lengths that differ, a value that is no finite number, or a side that does not vary.
pub fn pearson(y_true: &[f64], y_pred: &[f64]) -> Result<Influenced, NotEstimable> {
    differences(y_true, y_pred)?;
    let truth = Centred::new(y_true, "the truth")?;
    let predicted = Centred::new(y_pred, "the prediction")?;
    all_finite(correlation(&truth, &predicted))
}

/// Correlation of centred values and its influences.
pub(super) fn correlation(first: &Centred, second: &Centred) -> Influenced {
    // The root of each, since their product could overflow.
    let (a, b) = (first.squares.sqrt(), second.squares.sqrt());
    let r = (first.products(second) / a / b).clamp(-1.0, 1.0);
    Influenced {
        estimate: r,
        influence: first
            .values
            .iter()
            .zip(&second.values)
            .map(|(x, y)| {
                let (u, v) = (x / a, y / b);
                u * v - 0.5 * r * (u * u + v * v)
            })
            .collect(),
    }
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

    fn split(rows: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>) {
        rows.iter().copied().unzip()
    }

    #[test]
    fn influences_are_derivatives() {
        assert_derivative(&ROWS, 1e-5, |rows| {
            let (y, p) = split(rows);
            r_squared(&y, &p).unwrap()
        });
        assert_derivative(&ROWS, 1e-5, |rows| {
            let (y, p) = split(rows);
            calibration_line(&y, &p).unwrap().slope
        });
        assert_derivative(&ROWS, 1e-5, |rows| {
            let (y, p) = split(rows);
            calibration_line(&y, &p).unwrap().intercept
        });
        assert_derivative(&ROWS, 1e-5, |rows| {
            let (y, p) = split(rows);
            pearson(&y, &p).unwrap()
        });
    }

    #[test]
    fn degenerate_groups() {
        assert!(r_squared(&[], &[]).is_err());
        assert!(r_squared(&[2.0], &[1.0]).is_err());
        assert!(r_squared(&[2.0, 2.0], &[1.0, 3.0]).is_err());
        // One prediction for all explains nothing and has no line.
        assert!(r_squared(&[1.0, 2.0], &[2.0, 2.0]).unwrap().estimate < 0.0);
        assert!(calibration_line(&[1.0, 2.0], &[2.0, 2.0]).is_err());
        assert!(pearson(&[1.0, 2.0], &[2.0, 2.0]).is_err());
        let exact = pearson(&[1.0, 2.0, 4.0], &[3.0, 5.0, 9.0]).unwrap();
        assert!((exact.estimate - 1.0).abs() < 1e-15);
        assert!(exact.influence.iter().all(|c| c.abs() < 1e-15));
        assert!(r_squared(&[1e200, -1e200], &[0.0, 0.0]).is_err());
        // Values that differ in the last bit only.
        let close = [1.0, 1.0 + f64::EPSILON, 1.0];
        let found = pearson(&close, &[1.0, 2.0, 3.0]);
        assert!(found.is_err() || found.is_ok_and(|r| r.estimate.abs() <= 1.0));
    }
}
