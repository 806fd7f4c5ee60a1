//! Strata x metrics to estimates, comparisons, tests and curves.
//!
//! Called by `audit.rs` once truth and scores are there. This is the only room that joins the
//! two. It knows no file and no HTML; the mathematics is in `statistics` and `metrics`.

mod adjustment;
mod assess;
mod compare;
mod cross_ranking;
mod curves;
mod decision;
mod estimate;
mod estimates;
mod fed;
mod gating;
mod group_thresholds;
mod influence;
mod matrix;
mod measured;
mod metric;
mod nested;
mod operating_point;
mod paired;
mod partition;
mod quantities;
mod read_off;
mod robustness;
mod scores;
mod smooth;
mod sweep;
mod tasks;
mod tests_of_attributes;
mod unanswered;

pub use assess::{Assessment, assess};
pub use estimate::{
    Comparison, CrossRanking, DecisionCurve, DecisionPoint, Estimate, EstimateFlag, EstimateStatus,
    HeterogeneityTest, IfCalibrated, Ratio, ReliabilityBin, SmoothPoint, StratumCurves,
};
pub use fed::{FedValues, LARGE_SHIFT, fed_values};
pub use gating::gating_interval;
pub use group_thresholds::{GroupThreshold, group_thresholds};
pub use influence::influence;
pub use measured::{Group, Measured, places_by_patient};
pub use metric::Metric;
pub use operating_point::{OperatingPoint, ThresholdChoice, choosing_classes, operating_points};
pub use paired::PairedComparison;
pub use quantities::{Difference, DifferenceOf, Quantity, difference, proportion_of, quantity};
pub use robustness::{
    CaseMix, CaseMixCell, CommonEffect, FailuresAsErrors, Funnel, FunnelLimit, FunnelPoint,
    Homogeneity, LabelNoise, MissingAttribute, Pooled, ReferencePoint, Robustness, Spread,
    THIN_CELL_PATIENTS, case_mix_warnings, count_failed_as_errors,
};
pub use scores::{ScoreInterval, score_interval};
pub use sweep::{SweepPoint, ThresholdSweep};
pub use tasks::{
    DECIDING_PATIENTS, TaskCurves, TaskDifference, TaskMeasured, TaskQuantity, measured_tasks,
};
