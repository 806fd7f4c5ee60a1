//! The audit file as it is written: one type for each mapping, one field for each key.
//!
//! These types carry the grammar's descriptions and make the JSON Schema that editors use. The
//! validator reads a tree that knows its places instead, since a derive stops at the first
//! mistake; a test holds the keys of the two against each other.

mod aggregation;
mod case_mix;
mod exam;
mod inputs;
mod measures;
mod parity;
mod planning;
mod processing;
mod report;
mod steps;
mod tasks;
mod thresholds;
mod volumes;
mod waivers;
mod words;

use std::collections::BTreeMap;

use schemars::JsonSchema;

pub use aggregation::*;
pub use case_mix::*;
pub use exam::*;
pub use inputs::*;
pub use measures::*;
pub use parity::*;
pub use planning::*;
pub use processing::*;
pub use report::*;
pub use steps::*;
pub use tasks::*;
pub use thresholds::*;
pub use volumes::*;
pub use waivers::*;
pub use words::*;

/// One audit: a model, a cohort, and what is measured and required.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, title = "equipoise audit file")]
pub struct AuditFile {
    /// Id of the audit and name of its output folder: letters, digits, `.`, `_`, `-`, not starting with a dot.
    #[schemars(extend("pattern" = "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$"))]
    pub audit: Word,
    /// Heading of the report. Default: the id.
    pub title: Option<Word>,
    /// What the model is for, in its makers' words.
    pub intended_use: Option<Word>,
    /// The model to run. Not needed by `evaluate`.
    pub model: Option<Model>,
    /// Which samples there are, whose they are, and which count.
    pub cohort: Cohort,
    /// What kind of file an image is and which channels are read from it. Not needed by `evaluate`.
    pub input: Option<Input>,
    /// Steps from decoded pixels to the model's input, in order. Not needed by `evaluate`.
    pub preprocess: Option<Vec<StepEntry>>,
    /// How the model's output becomes named scores.
    pub output: Option<Output>,
    /// Joining of samples to larger units before anything is measured, step by step.
    pub aggregate: Option<Vec<Aggregate>>,
    /// What is measured: a name for every question the audit asks.
    #[schemars(extend("minProperties" = 1))]
    pub endpoints: BTreeMap<String, EndpointEntry>,
    /// Attributes whose levels are compared, by name.
    pub strata: Option<Strata>,
    /// Confidence, replicates, seed and the choice of intervals.
    pub statistics: Option<Statistics>,
    /// Reruns of the model.
    pub reproducibility: Option<Reproducibility>,
    /// What the model's makers got for some samples, to be set against what comes out here.
    pub parity: Option<Parity>,
    /// What the report may show beside numbers.
    pub report: Option<Report>,
    /// What is required.
    pub gate: Option<Gate>,
}

/// The model.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Model {
    /// The ONNX file, relative to the audit file.
    pub file: Word,
    /// SHA-256 that the file must have, as 64 hexadecimal digits.
    #[schemars(extend("pattern" = "^[0-9a-fA-F]{64}$"))]
    pub sha256: Option<Word>,
    /// Which engine runs it.
    #[schemars(extend("default" = "auto"))]
    pub engine: Option<EngineName>,
    /// Inputs by their names in the graph. May be left out where the graph leaves no doubt.
    pub inputs: Option<BTreeMap<String, ModelInput>>,
    /// Threads inside one session of the engine.
    #[schemars(range(min = 1, max = 1024), extend("default" = 1))]
    pub threads: Option<u32>,
    /// Samples a batch.
    #[schemars(range(min = 1, max = 65536), extend("default" = 32))]
    pub batch: Option<u32>,
    /// How a volume is run window by window. Default: in one piece.
    pub sliding_window: Option<SlidingWindow>,
}

/// Windows over a volume, as MONAI's `sliding_window_inference` has them.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SlidingWindow {
    /// Frames, rows and columns of a window.
    #[schemars(length(min = 3, max = 3), inner(range(min = 1)))]
    pub roi: Vec<u32>,
    /// Share of a window that it has in common with the next.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    pub overlap: f64,
    /// Weights where windows overlap.
    pub blend: BlendName,
}

/// Weights where windows overlap.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum BlendName {
    /// All alike.
    Constant,
    /// Falling off from the window's middle.
    Gaussian,
}

/// Which engine runs the model.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum EngineName {
    /// ONNX Runtime when it is found, the embedded engine otherwise.
    Auto,
    /// ONNX Runtime, or an error that says how to get it.
    OnnxRuntime,
    /// The engine inside the program.
    Embedded,
}

/// The cohort.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Cohort {
    /// CSV or Parquet table with one row a sample, relative to the audit file; or a folder of DICOM
    /// files, each a sample with the column `path`.
    pub manifest: Word,
    /// A further table whose columns are added to the samples.
    pub join: Option<Join>,
    /// Folder that image paths are relative to. Default: the audit file's folder.
    pub root: Option<Word>,
    /// Columns of the manifest.
    pub columns: Columns,
    /// Rules that a row must satisfy to be in the audit; all of them.
    pub include: Option<Vec<Include>>,
    /// Texts that count as missing.
    #[schemars(extend("default" = ["", "NA", "NaN", "null"]))]
    pub missing: Option<Words>,
    /// Share of failed samples, overall and in any gated stratum, above which the run ends with exit 5.
    #[schemars(range(min = 0, max = 1), extend("default" = 0))]
    pub max_failed_share: Option<f64>,
    /// Whether failed samples count as wrong decisions in the gate.
    #[schemars(extend("default" = false))]
    pub count_failed_as_error: Option<bool>,
    /// How cases came into the cohort.
    pub sampling: Option<SamplingName>,
    /// How truth was established, in words.
    pub reference_standard: Option<Word>,
    /// How the cohort relates to the training data, in words.
    pub independence: Option<Word>,
    /// Several images, one row each, that are scored together, one for each view. Default: every row
    /// is a sample.
    pub exam: Option<Exam>,
    /// Rows that choose thresholds and are never measured.
    pub tuning: Option<Tuning>,
}

/// A table with one row for each value of a column of the samples.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Join {
    /// CSV or Parquet table, relative to the audit file.
    pub table: Word,
    /// Its column with the values.
    pub column: Word,
    /// The samples' column with the same values, such as `dicom:StudyInstanceUID`.
    pub on: Word,
}

/// Columns of the manifest.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Columns {
    /// Column with the image's path, relative to `root`.
    pub image: Option<Word>,
    /// Column with the sample's id. Default: the image column.
    pub sample: Option<Word>,
    /// Column that tells patients apart, or `none` when every sample is its own patient.
    pub patient: Word,
    /// Column that tells series apart, for `aggregate`.
    pub series: Option<Word>,
    /// Column that tells studies apart, for `aggregate`.
    pub study: Option<Word>,
    /// Column that tells lesions apart, for `aggregate`.
    pub lesion: Option<Word>,
    /// Column with the side of the eye, for `aggregate`: eyes are told apart by patient and side.
    pub eye: Option<Word>,
    /// Column with the side of the breast, for `aggregate`: breasts are told apart by patient and side.
    pub breast: Option<Word>,
}

/// One rule: `in`, `not_in`, or `min` and `max`. A missing value satisfies none.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Include {
    /// The column it looks at.
    pub column: Word,
    /// One of these texts.
    #[schemars(rename = "in")]
    pub within: Option<Words>,
    /// None of these texts.
    pub not_in: Option<Words>,
    /// Least number that is kept.
    pub min: Option<f64>,
    /// Largest number that is kept.
    pub max: Option<f64>,
}

/// How cases came into the cohort.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum SamplingName {
    /// All cases of a period or place.
    Consecutive,
    /// Chosen by outcome: prevalence in the cohort means nothing.
    Enriched,
}
