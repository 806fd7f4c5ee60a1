//! The checked audit: what an audit file says once every mistake in it has been ruled out.
//!
//! Names of columns, levels and endpoints keep the place where they were written
//! ([`Located`]), so that a later room can underline them when the table has no such column.

mod aggregation;
mod assume;
mod exam;
mod gate;
mod inputs;
mod multiplicity;
mod parity;
mod report;
mod statistics;
mod task;
mod threshold;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::located::{Located, Span};
use super::preprocess::{InputSpec, Step};

pub use aggregation::*;
pub use assume::*;
pub use exam::*;
pub use gate::*;
pub use inputs::*;
pub use multiplicity::*;
pub use parity::*;
pub use report::*;
pub use statistics::*;
pub use task::*;
pub use threshold::*;

/// One audit, checked. Paths are as resolved against the audit file's folder.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Identifier, also the name of the output folder: letters, digits, `.`, `_`, `-`.
    pub id: String,
    /// Heading of the report; the id when the file gives none.
    pub title: String,
    /// What the model is for, in its makers' words.
    pub intended_use: Option<String>,
    /// The model to run; `None` for `evaluate`, which reads stored scores.
    pub model: Option<ModelSpec>,
    /// Which samples there are, whose they are, and which count.
    pub cohort: CohortSpec,
    /// What kind of file an image is and which channels are read from it.
    pub input: Option<InputSpec>,
    /// Where that stands in the audit file.
    pub input_place: Option<Span>,
    /// Steps from decoded pixels to the model's input, in order.
    pub preprocess: Vec<Step>,
    /// Where each of them stands in the audit file; empty where there is no section.
    pub step_places: Vec<Span>,
    /// How the model's output becomes named scores.
    pub output: OutputSpec,
    /// Joining of samples to larger units, in order. Empty: every sample counts by itself.
    pub aggregate: Vec<Aggregation>,
    /// Binary findings that are measured. Empty only where there are [`Self::tasks`].
    pub endpoints: Vec<Endpoint>,
    /// Whatever else is measured: numbers, grades, classes, risks.
    pub tasks: Vec<TaskEndpoint>,
    /// Attributes whose levels are compared, in the file's order.
    pub strata: Vec<Attribute>,
    /// Crossings of attributes, each at least two names out of `strata`.
    pub intersections: Vec<Vec<String>>,
    /// Confidence, replicates, seed and the choice of intervals.
    pub statistics: StatisticsSpec,
    /// Reruns; `None` when the file has no such section.
    pub reproducibility: Option<ReproducibilitySpec>,
    /// What the model's makers got for some samples; `None` when the file has no such section.
    pub parity: Option<ParitySpec>,
    /// What the report may show; `None` when the file has no such section.
    pub report: Option<ReportSpec>,
    /// What is required; `None` when the file has no such section.
    pub gate: Option<GateSpec>,
}

impl Audit {
    /// Whether there are several endpoints, so that ids name them.
    #[must_use]
    pub fn several_endpoints(&self) -> bool {
        self.endpoints.len() + self.tasks.len() > 1
    }

    /// Names of the scores that endpoints take, each once; of binary ones where they name it.
    #[must_use]
    pub fn scores_of_tasks(&self) -> Vec<&Located<String>> {
        let mut names: Vec<&Located<String>> = Vec::new();
        for (_, name) in self.tasks.iter().flat_map(|task| &task.scores) {
            if names.iter().all(|known| known.value != name.value) {
                names.push(name);
            }
        }
        names
    }
}

/// `cohort.join`: a table with one row for each value of a column of the samples.
#[derive(Debug, Clone)]
pub struct JoinSpec {
    /// CSV or Parquet.
    pub table: Located<PathBuf>,
    /// Its column with the values.
    pub column: Located<String>,
    /// The samples' column with the same values; may be a header value.
    pub on: Located<String>,
}

/// The `model` section.
#[derive(Debug, Clone)]
pub struct ModelSpec {
    /// The ONNX file, and where it was named.
    pub file: Located<PathBuf>,
    /// SHA-256 in lower-case hex that the file must have.
    pub sha256: Option<Located<String>>,
    /// Which engine runs it.
    pub engine: EngineChoice,
    /// Declared inputs by name in the graph. Empty: the graph's single input is the image.
    pub inputs: Vec<ModelInput>,
    /// Threads inside one session of the engine. Part of the audit, since it can change a score.
    pub threads: NonZeroUsize,
    /// Samples a batch. Part of the audit, since it can change a score.
    pub batch: NonZeroUsize,
    /// How a volume larger than the model's input is run; `None`: in one piece.
    pub sliding_window: Option<SlidingWindow>,
}

impl ModelSpec {
    /// The views that inputs take, each once, in the order of the inputs.
    #[must_use]
    pub fn views(&self) -> Vec<&Located<String>> {
        let mut views: Vec<&Located<String>> = Vec::new();
        for input in &self.inputs {
            if let Feed::Image(ImageFeed {
                view: Some(view), ..
            }) = &input.feed
                && !views.iter().any(|known| known.value == view.value)
            {
                views.push(view);
            }
        }
        views
    }

    /// Inputs of images by their columns, each column once, in the order of the inputs; `None` is the
    /// cohort's column of images. Empty unless an input names a column.
    #[must_use]
    pub fn image_columns(&self) -> Vec<Option<&Located<String>>> {
        let mut columns: Vec<Option<&Located<String>>> = Vec::new();
        let feeds = self.image_feeds().map(|(_, feed)| feed);
        for feed in feeds.clone() {
            let own: Vec<_> = match feed.images.as_slice() {
                [] => vec![None],
                named => named.iter().map(Some).collect(),
            };
            for column in own {
                let name = column.map(|column| &column.value);
                if columns.iter().all(|one| one.map(|one| &one.value) != name) {
                    columns.push(column);
                }
            }
        }
        if feeds.into_iter().all(|feed| feed.images.is_empty()) {
            columns.clear();
        }
        columns
    }

    /// Declared inputs of images that are read or preprocessed otherwise than the audit says for all,
    /// in their order.
    #[must_use]
    pub fn own_ways(&self) -> Vec<(&str, &ImageWay)> {
        let ways = self
            .image_feeds()
            .filter_map(|(name, feed)| Some((name, feed.way.as_ref()?)));
        ways.collect()
    }

    /// Names and feeds of the declared inputs of images.
    pub fn image_feeds(&self) -> impl Iterator<Item = (&str, &ImageFeed)> + Clone {
        self.inputs.iter().filter_map(|input| match &input.feed {
            Feed::Image(feed) => Some((input.name.value.as_str(), feed)),
            Feed::Table(_) => None,
        })
    }
}

/// A volume run window by window, as MONAI's `sliding_window_inference` does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlidingWindow {
    /// Frames, rows and columns of a window.
    pub roi: [usize; 3],
    /// Share of a window that it has in common with the next, from 0 to below 1.
    pub overlap: f64,
    /// Weights where windows overlap.
    pub blend: Blend,
}

/// Weights of a window's voxels where windows overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blend {
    /// All alike.
    Constant,
    /// Falling off from the window's middle: exp(-x^2 / (2 (r / 8)^2)) along each axis of length r,
    /// and at least 0.001.
    Gaussian,
}

/// Which engine the audit asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineChoice {
    /// ONNX Runtime when it is found, the embedded engine otherwise.
    Auto,
    /// ONNX Runtime, or an error that says how to get it.
    OnnxRuntime,
    /// The engine inside the binary.
    Embedded,
}

/// The `cohort` section.
#[derive(Debug, Clone)]
pub struct CohortSpec {
    /// CSV or Parquet table, one row a sample.
    pub manifest: Located<PathBuf>,
    /// A further table whose columns are added to the samples.
    pub join: Option<JoinSpec>,
    /// How images are joined to exams by view; `None`: every row is a sample.
    pub exam: Option<ExamSpec>,
    /// Folder that image paths are relative to.
    pub root: PathBuf,
    /// Column with the image's path; may be absent for `evaluate`.
    pub image: Option<Located<String>>,
    /// Column with the sample's id; the image column when absent.
    pub sample: Option<Located<String>>,
    /// The unit that observations are clustered in.
    pub patient: PatientColumn,
    /// Rules a row must satisfy to be in the audit, in order.
    pub include: Vec<IncludeRule>,
    /// Rows that choose thresholds and are never measured.
    pub tuning: Option<TuningSplit>,
    /// Values that count as missing.
    pub missing: Vec<String>,
    /// Share of failed samples, overall and in any gated stratum, above which the run ends with exit 5.
    pub max_failed_share: f64,
    /// Whether failed samples count as wrong decisions in the gate.
    pub count_failed_as_error: bool,
    /// How cases came into the cohort.
    pub sampling: Option<Sampling>,
    /// How truth was established, in words.
    pub reference_standard: Option<String>,
    /// How the cohort relates to the training data, in words.
    pub independence: Option<String>,
}

impl CohortSpec {
    /// Column with the samples' ids: the exam's, `sample` or `image`; `None`: the number of the row.
    #[must_use]
    pub fn id_column(&self) -> Option<&Located<String>> {
        let exam = self.exam.as_ref().map(|exam| &exam.column);
        exam.or(self.sample.as_ref()).or(self.image.as_ref())
    }
}

/// Where the patient of a sample is named.
#[derive(Debug, Clone)]
pub enum PatientColumn {
    /// A column of the manifest.
    Column(Located<String>),
    /// `patient: none`: every sample is its own unit, and the report says so.
    None,
}

/// How cases came into the cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// All cases of a period or place.
    Consecutive,
    /// Chosen by outcome: prevalence in the cohort means nothing.
    Enriched,
}

/// One rule of `cohort.include`.
#[derive(Debug, Clone)]
pub struct IncludeRule {
    /// The column it looks at.
    pub column: Located<String>,
    /// What the value must satisfy.
    pub test: IncludeTest,
}

/// What an include rule asks of a value. A missing value satisfies none of them.
#[derive(Debug, Clone)]
pub enum IncludeTest {
    /// One of these texts.
    In(Vec<Located<String>>),
    /// None of these texts.
    NotIn(Vec<Located<String>>),
    /// A number between the bounds, both included.
    Range {
        /// Least value that is kept.
        min: Option<f64>,
        /// Largest value that is kept.
        max: Option<f64>,
    },
}

/// The `output` section.
#[derive(Debug, Clone)]
pub struct OutputSpec {
    /// Which output of the graph; `None`: its only one.
    pub name: Option<Located<String>>,
    /// What the numbers stand for.
    pub head: Head,
    /// What is applied to the model's numbers to get scores.
    pub activation: Activation,
    /// What a score is after the activation.
    pub score_kind: ScoreKind,
    /// Names of the outputs by position; `None` stands for one that is not used (`~`).
    pub labels: Vec<Option<Located<String>>>,
    /// How a map over pixels, or the numbers of several windows, become one number.
    pub pool: Option<Pool>,
    /// Of a segmentation: inside an outline where the map is at least this after the activation.
    pub inside_from: f64,
    /// Of a segmentation: how a map is brought to the grid of the drawn mask.
    pub resample: Resample,
    /// Of a detection: the output with the boxes.
    pub boxes: Option<Located<String>>,
}

/// How a map is brought to the grid of the drawn mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resample {
    /// Linear interpolation between voxel centres, then the cut.
    Linear,
    /// The value of the voxel under each centre.
    Nearest,
    /// Not at all: another grid is a failure of the case.
    Refuse,
}

/// How several of the model's own numbers become one, before the activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// Arithmetic mean.
    Mean,
    /// Largest.
    Max,
}

/// What a model's output stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// One number a sample.
    Binary,
    /// One number for each label, independent of each other.
    Multilabel,
    /// One number for each class, exactly one of which is true.
    Multiclass,
    /// A map for each label: inside where it is high.
    Segmentation,
    /// A fixed number of boxes, each with a score.
    Detection,
}

/// What is applied to a model's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing: the output already is the score.
    None,
    /// 1 / (1 + exp(-x)) for each number, in double precision.
    Sigmoid,
    /// exp(x_i) / sum exp(x_j) over the classes, in double precision.
    Softmax,
}

/// What a score is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreKind {
    /// Between 0 and 1 and meant as a probability.
    Probability,
    /// Log odds.
    Logit,
    /// Any number that ranks.
    Score,
}

/// One question the audit asks.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its name, used in ids.
    pub name: Located<String>,
    /// Name of the score: a label of the output, or a column of the predictions file.
    /// `None`: the only score there is.
    pub score: Option<Located<String>>,
    /// Column with the reference standard.
    pub truth_column: Located<String>,
    /// Texts that mean positive. Never empty.
    pub positive: Vec<Located<String>>,
    /// Texts that mean negative. Never empty.
    pub negative: Vec<Located<String>>,
    /// A sample is called positive when score >= threshold (<= for [`Direction::Lower`]).
    pub threshold: Threshold,
    /// Which end of the score is positive.
    pub direction: Direction,
    /// Shares of positives where the model is to be used.
    pub prevalence: Prevalences,
    /// Numbers read off the ranking of the scores.
    pub ranking: RankingSpec,
    /// Threshold probabilities of decision curves, ascending, in (0, 1); empty: none are shown.
    pub net_benefit: Vec<f64>,
    /// Endpoint with the same truth whose score is compared with this one on the same cases.
    pub paired_with: Option<Located<String>>,
}

/// Shares of positives, in (0, 1), at which predictive values are also given.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Prevalences {
    /// None is declared.
    #[default]
    NotDeclared,
    /// One number.
    One(f64),
    /// A list of different numbers, never empty.
    List(Vec<f64>),
}

impl Prevalences {
    /// All of them in the audit's order.
    #[must_use]
    pub fn all(&self) -> &[f64] {
        match self {
            Self::NotDeclared => &[],
            Self::One(share) => std::slice::from_ref(share),
            Self::List(shares) => shares,
        }
    }
}

/// Numbers read off the ranking of the scores, each where it is declared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RankingSpec {
    /// Specificity at which sensitivity is given.
    pub at_specificity: Option<f64>,
    /// Sensitivity at which specificity is given.
    pub at_sensitivity: Option<f64>,
    /// Least specificity of the partial area.
    pub partial_from: Option<f64>,
}

/// Which end of a score is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Higher scores are more positive.
    Higher,
    /// Lower scores are more positive.
    Lower,
}

impl Direction {
    /// Whether a score is called positive at a threshold.
    #[must_use]
    pub fn calls_positive(self, score: f64, threshold: f64) -> bool {
        match self {
            Self::Higher => score >= threshold,
            Self::Lower => score <= threshold,
        }
    }
}

/// One attribute of `strata`.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name, used in ids.
    pub name: Located<String>,
    /// Column of the manifest.
    pub column: Located<String>,
    /// How numbers become levels; `None`: every text is a level.
    pub bins: Option<Bins>,
    /// Declared levels; a value outside them is an error. `None`: whatever occurs.
    pub levels: Option<Vec<Located<String>>>,
    /// Level the others are compared with under `compare: reference`.
    pub reference: Option<Located<String>>,
    /// Shown, never gated.
    pub exploratory: bool,
    /// Whether positives of each level are ranked against negatives of every other.
    pub cross_ranking: bool,
}

/// Intervals of a number: `[40, 60]` makes `<40`, `[40,60)`, `>=60`.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    /// Strictly increasing, finite, not empty.
    pub edges: Vec<f64>,
    /// Names of the `edges.len() + 1` intervals, from the lowest.
    pub labels: Vec<String>,
}
