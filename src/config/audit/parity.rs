//! What the model's makers got, and how near the audit must come.

use std::path::PathBuf;

use super::super::located::Located;

/// The `parity` section: scores, tensors, or both.
#[derive(Debug, Clone)]
pub struct ParitySpec {
    /// The makers' scores.
    pub scores: Option<ParityScores>,
    /// The makers' input tensors.
    pub tensors: Option<ParityTensors>,
}

/// A table of the makers' scores.
#[derive(Debug, Clone)]
pub struct ParityScores {
    /// CSV or Parquet.
    pub file: Located<PathBuf>,
    /// Column with the sample's id; `None`: named as in the manifest.
    pub sample: Option<Located<String>>,
    /// Name of a score of the model, and the column with the makers' numbers. Empty: columns of
    /// the scores' names.
    pub columns: Vec<(Located<String>, Located<String>)>,
    /// What the numbers are.
    pub scale: Located<ParityScale>,
    /// Largest difference that is tolerated.
    pub max_abs: f64,
    /// Most decisions that may differ; `None`: any number.
    pub decision_flips: Option<u64>,
}

/// A folder of the makers' input tensors.
#[derive(Debug, Clone)]
pub struct ParityTensors {
    /// It holds `<sample id>.npy`.
    pub folder: Located<PathBuf>,
    /// Largest difference that is tolerated.
    pub max_abs: f64,
}

/// What the makers' numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParityScale {
    /// After the activation.
    Score,
    /// Log odds before the sigmoid.
    Logit,
}
