//! Numbers that a model predicts (a volume, an ejection fraction, an age) against their truth.
//!
//! Called by `assessment`, one group of samples at a time. Errors are predicted minus true. Every
//! metric comes with the influence of every sample, from which clustered limits and differences
//! between groups follow.

mod errors;
mod explained;
mod limits;
mod mover_limits;
mod prediction_intervals;
mod rank;
#[cfg(test)]
mod stored_tests;

pub use errors::{bias, mean_absolute_error, root_mean_square_error, share_within};
pub use explained::{CalibrationLine, calibration_line, pearson, r_squared};
pub use limits::{LimitsOfAgreement, limits_of_agreement};
pub use mover_limits::{AgreementLimits, mover_limits, mover_limits_of_constant_truth};
pub use prediction_intervals::{interval_coverage, mean_interval_width};
pub use rank::spearman_influenced;

use super::finite::{numbers, same_length};
use crate::statistics::{Influenced, NotEstimable, Scale};

/// A metric of predicted numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RegressionMetric {
    /// Mean error.
    Bias,
    /// Mean absolute error.
    MeanAbsoluteError,
    /// Root of the mean squared error.
    RootMeanSquareError,
    /// Share of the variance of the truth that is explained.
    RSquared,
    /// Slope of the line of truth on prediction.
    CalibrationSlope,
    /// Intercept of the same line.
    CalibrationIntercept,
    /// Pearson's correlation.
    Pearson,
    /// Spearman's correlation of ranks.
    Spearman,
    /// Share of samples whose absolute error is at most this.
    WithinTolerance(f64),
}

impl RegressionMetric {
    /// The metric of these samples.
    ///
    /// # Errors
    /// As the function of the metric.
    pub fn measure(self, y_true: &[f64], y_pred: &[f64]) -> Result<Influenced, NotEstimable> {
        match self {
            Self::Bias => bias(y_true, y_pred),
            Self::MeanAbsoluteError => mean_absolute_error(y_true, y_pred),
            Self::RootMeanSquareError => root_mean_square_error(y_true, y_pred),
            Self::RSquared => r_squared(y_true, y_pred),
            Self::CalibrationSlope => calibration_line(y_true, y_pred).map(|line| line.slope),
            Self::CalibrationIntercept => {
                calibration_line(y_true, y_pred).map(|line| line.intercept)
            }
            Self::Pearson => pearson(y_true, y_pred),
            Self::Spearman => spearman_influenced(y_true, y_pred),
            Self::WithinTolerance(tolerance) => share_within(y_true, y_pred, tolerance),
        }
    }

    /// Scale on which its interval is symmetric. A share of exactly 0 or 1 has no place on the
    /// logit scale: its limits are those of a proportion. Nor have perfect correlations and errors
    /// of exactly 0 a place on theirs.
    #[must_use]
    pub fn scale(self) -> Scale {
        match self {
            Self::MeanAbsoluteError | Self::RootMeanSquareError => Scale::Log,
            Self::WithinTolerance(_) => Scale::Logit,
            Self::Pearson | Self::Spearman => Scale::FisherZ,
            Self::RSquared => Scale::LogComplement,
            _ => Scale::Identity,
        }
    }

    /// Least and largest possible value.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::MeanAbsoluteError | Self::RootMeanSquareError => (0.0, f64::INFINITY),
            Self::RSquared => (f64::NEG_INFINITY, 1.0),
            Self::Pearson | Self::Spearman => (-1.0, 1.0),
            Self::WithinTolerance(_) => (0.0, 1.0),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

/// Predicted minus true.
///
/// # Errors
/// No sample, lengths that differ, or a value that is no finite number.
fn differences(y_true: &[f64], y_pred: &[f64]) -> Result<Vec<f64>, NotEstimable> {
    same_length(&[y_true.len(), y_pred.len()])?;
    numbers(y_true, "the truth")?;
    numbers(y_pred, "the predictions")?;
    Ok(y_pred.iter().zip(y_true).map(|(p, y)| p - y).collect())
}
