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
mod influence;
mod matrix;
mod measured;
mod metric;
mod paired;
mod quantities;
mod read_off;
mod robustness;
mod scores;
mod smooth;
mod tests_of_attributes;

pub use assess::{Assessment, assess};
pub use estimate::{
    Comparison, CrossRanking, DecisionCurve, DecisionPoint, Estimate, EstimateFlag, EstimateStatus,
    HeterogeneityTest, Ratio, ReliabilityBin, SmoothPoint, StratumCurves,
};
pub use influence::influence;
pub use measured::{Group, Measured};
pub use metric::Metric;
pub use paired::PairedComparison;
pub use quantities::{Difference, DifferenceOf, Quantity, difference, proportion_of, quantity};
pub use robustness::{
    CaseMix, CaseMixCell, CommonEffect, FailuresAsErrors, Homogeneity, LabelNoise,
    MissingAttribute, Pooled, ReferencePoint, Robustness, Spread, THIN_CELL_PATIENTS,
    case_mix_warnings, count_failed_as_errors,
};
pub use scores::{ScoreInterval, score_interval};
