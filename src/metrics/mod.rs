//! What is measured, from truth and prediction: confusion, ranking, calibration, errors of numbers,
//! agreement of categories, classes, time to an event, outlines, boxes.
//!
//! Called by `assessment` and `gate`, one group of samples at a time. Patients are dense `u32`
//! indices of clusters; `None` for them takes every sample as independent. This room knows no
//! stratum and no file. No result depends on the order of the samples.

mod auroc;
mod average_precision;
mod bands;
mod calibration;
mod canonical;
mod confusion;
#[cfg(test)]
mod derivative_law;
pub mod detection;
mod diagnostic;
mod few_patients;
mod finite;
mod kappa;
mod kinds;
mod levels;
mod matrix_limits;
pub mod multiclass;
mod nested;
mod net_benefit;
mod operating;
#[cfg(test)]
mod outcome_simulation;
mod ranked;
pub mod regression;
mod resampled;
mod runs;
pub mod segmentation;
pub mod survival;
mod threshold;

pub use auroc::{
    Auroc, AurocDifference, AurocMethod, NO_LEVEL, auroc, auroc_between, auroc_influence,
    auroc_influenced, auroc_of_complements, auroc_paired, auroc_shared, obuchowski_of_components,
    roc_curve, roc_curve_keeping,
};
pub use average_precision::average_precision;
pub use bands::{CurveBand, PrecisionRecall, RocBand, curve_bands, precision_recall_curve};
pub use calibration::{
    Bins, CalibrationDraws, CalibrationError, DebiasedError, ObservedShare, Recalibrated,
    SmoothCalibration, SmoothDistances, Spiegelhalter, brier, calibration_error,
    calibration_intercept, calibration_slope, debiased_calibration_error, equal_mass_edges,
    expected_calibration_error, maximum_calibration_error, observed_expected, scaled_brier,
    smooth_calibration, smooth_calibration_intervals, spiegelhalter,
};
pub use canonical::{Canonical, by_score};
pub use confusion::{Arm, ConfusionCounts, ShareOf, proportion};
pub use diagnostic::{Diagnostic, PredictiveValue};
pub use kappa::{
    KappaWeights, OrdinalMetric, agreement_within, at_least, mean_absolute_category_error,
    weighted_kappa,
};
pub use kinds::{ConfusionKinds, ContrastKinds};
pub use levels::Patients;
pub use nested::{NestedDraws, NestedInterval, Partition, nested_draws, share_of_matrix};
pub use net_benefit::{NetBenefit, decision_curve, net_benefit, net_benefits};
pub use operating::{CurveMetric, OnCurve, on_curve, standardised_partial_area, xauc};
pub use ranked::Ranked;
pub use resampled::{MatrixDraws, MatrixMetric, Resampled, matrix_metrics};
pub use threshold::{Choice, ChoiceRule, ScoreLadder, choose_threshold};
