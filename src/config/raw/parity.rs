//! The `parity` section as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::Word;

/// What the model's makers got for some samples, to be set against what comes out here.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Parity {
    /// CSV or Parquet table of the makers' scores, relative to the audit file.
    pub scores: Option<Word>,
    /// Column of that table with the sample's id. Default: named as in the manifest.
    pub sample: Option<Word>,
    /// For each score of the model (`score` where it has no label), the column with the makers' numbers. Default: columns of the same names.
    #[schemars(extend("minProperties" = 1))]
    pub columns: Option<BTreeMap<String, Word>>,
    /// What the makers' numbers are. Default: scores after the activation.
    #[schemars(extend("default" = "score"))]
    pub scale: Option<ParityScaleName>,
    /// Folder of the makers' input tensors, one `<sample id>.npy` each, relative to the audit file.
    pub tensors: Option<Word>,
    /// What is tolerated; more ends the run with exit 5.
    pub tolerance: ParityTolerance,
}

/// What the makers' numbers are.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum ParityScaleName {
    /// Scores after the activation.
    Score,
    /// Log odds before the sigmoid.
    Logit,
}

/// What is tolerated between the makers' numbers and those of the audit.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ParityTolerance {
    /// Largest difference of scores (of logits, with `scale: logit`). Required with `scores`.
    #[schemars(range(min = 0))]
    pub max_abs: Option<f64>,
    /// Most decisions that may differ.
    pub decision_flips: Option<u64>,
    /// Largest difference of tensors' values. Required with `tensors`.
    #[schemars(range(min = 0))]
    pub max_abs_tensor: Option<f64>,
}
