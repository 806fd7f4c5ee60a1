//! How far probabilities and outcomes agree. Every function needs probabilities.

mod binned;
mod bins;
mod brier;
mod debiased;
mod draws;
mod expected_error;
mod large;
mod observed_expected;
mod observed_shares;
mod recalibration;
mod smooth;
mod spiegelhalter;

pub use bins::{Bins, equal_mass_edges};
pub use brier::{brier, scaled_brier};
pub use debiased::{DebiasedError, debiased_calibration_error};
pub use draws::CalibrationDraws;
pub use expected_error::{
    CalibrationError, calibration_error, expected_calibration_error, maximum_calibration_error,
};
pub use observed_expected::observed_expected;
pub use observed_shares::ObservedShare;
pub use recalibration::{Recalibrated, calibration_intercept, calibration_slope};
pub use smooth::{
    SmoothCalibration, SmoothDistances, smooth_calibration, smooth_calibration_intervals,
};
pub use spiegelhalter::{Spiegelhalter, spiegelhalter};

pub(super) use binned::Binned;

use super::ranked::Ranked;
use crate::statistics::NotEstimable;

/// Sorted samples whose scores are probabilities.
fn probability_rows(
    y_true: &[bool],
    probability: &[f64],
    second: Option<&[f64]>,
    cluster: Option<&[u32]>,
) -> Result<Ranked, NotEstimable> {
    let rows = Ranked::new(y_true, probability, second, cluster)?;
    rows.are_probabilities()?;
    Ok(rows)
}

/// Root of K / (K - 1) times the sum of squared influences of patients (already over n).
fn clustered_error(rows: &Ranked, influence: impl Fn(f64, f64) -> f64) -> f64 {
    let k = rows.n_clusters as f64;
    (k / (k - 1.0) * rows.by_patient().squares(influence)).sqrt()
}
