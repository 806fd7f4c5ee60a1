//! `endpoints.X.threshold` and `cohort.tuning`.

use schemars::JsonSchema;

use super::words::{Word, Words};

/// The deployed threshold, or the rule that chooses it: one of them.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Threshold {
    /// The deployed threshold.
    pub fixed: Option<f64>,
    /// The observed score with the largest sensitivity + specificity - 1.
    pub youden: Option<Youden>,
    /// The observed score that calls fewest positive with at least this sensitivity.
    pub target_sensitivity: Option<Target>,
    /// The observed score that calls most positive with at least this specificity.
    pub target_specificity: Option<Target>,
}

/// Youden's index.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Youden {
    /// Which samples choose.
    pub on: ChosenOnName,
}

/// A sensitivity or specificity that must be reached.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Target {
    /// What must be reached.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub value: f64,
    /// Which samples choose.
    pub on: ChosenOnName,
}

/// Which samples choose a threshold.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ChosenOnName {
    /// Those of `cohort.tuning`, which are never measured.
    Tuning,
    /// The measured samples themselves, and anew in every resample of patients.
    Nested,
}

/// Rows that choose thresholds and are never measured.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Tuning {
    /// The column that tells them apart.
    pub column: Word,
    /// Texts of this column that mean the tuning split.
    #[schemars(rename = "in")]
    pub within: Words,
}
