//! What a model said of each sample.

use std::path::Path;
use std::sync::Arc;

use crate::cohort::Names;
use crate::imaging::ChannelValues;
use crate::tables::{OutputColumn, TableError, write_parquet};

/// Why a sample has no score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable kebab-case reason, counted by group: `file-absent`, `decode-failed`, `not-finite`, ...
    pub reason: String,
    /// One sentence.
    pub message: String,
}

/// Whether a sample has a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SampleStatus {
    /// It has.
    Scored,
    /// It has none. Shared, so that a cohort of failures for one reason holds it once.
    Failed(Arc<Failure>),
}

/// Scores of all samples of a cohort, in the cohort's order.
#[derive(Debug, Clone)]
pub struct Predictions {
    /// Names of the scores: labels of the output, or columns of a file.
    pub names: Vec<String>,
    /// Scores after the activation, by name, then by sample. Meaningless where the status is failed.
    pub scores: Vec<Vec<f64>>,
    /// Log odds by name, then by sample, where the model's own output is one.
    pub logits: Vec<Option<Vec<f64>>>,
    /// Whether the numbers under `logits` (or `scores` without them) are the model's own 32-bit output.
    pub single_precision: bool,
    /// Status of each sample.
    pub status: Vec<SampleStatus>,
    /// SHA-256 of each image file's bytes, `None` where no file was read; empty where none is kept.
    pub image_sha256: Vec<Option<[u8; 32]>>,
    /// Values of each channel of what each sample was fed, input by input; none of a sample whose
    /// images could not be read, and empty where none are kept.
    pub fed: Vec<Vec<ChannelValues>>,
}

impl SampleStatus {
    /// No score, for this reason.
    #[must_use]
    pub fn failed(reason: &str, message: &str) -> Self {
        Self::Failed(Arc::new(Failure {
            reason: reason.to_owned(),
            message: message.to_owned(),
        }))
    }
}

impl Predictions {
    /// No sample has a score yet.
    #[must_use]
    pub fn unscored(names: Vec<String>, with_logits: bool, samples: usize) -> Self {
        let unread = SampleStatus::failed("not-run", "was not run");
        Self {
            scores: names.iter().map(|_| vec![0.0; samples]).collect(),
            logits: names
                .iter()
                .map(|_| with_logits.then(|| vec![0.0; samples]))
                .collect(),
            single_precision: false,
            status: vec![unread; samples],
            image_sha256: Vec::new(),
            fed: Vec::new(),
            names,
        }
    }

    /// The predictions of some samples, in their order.
    #[must_use]
    pub fn of_samples(&self, samples: &[usize]) -> Self {
        let pick = |values: &Vec<f64>| samples.iter().map(|sample| values[*sample]).collect();
        Self {
            names: self.names.clone(),
            scores: self.scores.iter().map(pick).collect(),
            logits: self
                .logits
                .iter()
                .map(|logits| logits.as_ref().map(pick))
                .collect(),
            single_precision: self.single_precision,
            status: samples
                .iter()
                .map(|sample| self.status[*sample].clone())
                .collect(),
            image_sha256: if self.image_sha256.is_empty() {
                Vec::new()
            } else {
                samples
                    .iter()
                    .map(|sample| self.image_sha256[*sample])
                    .collect()
            },
            fed: if self.fed.is_empty() {
                Vec::new()
            } else {
                samples
                    .iter()
                    .map(|sample| self.fed[*sample].clone())
                    .collect()
            },
        }
    }

    /// Whether sample `index` has a score.
    #[must_use]
    pub fn is_scored(&self, index: usize) -> bool {
        self.status.get(index) == Some(&SampleStatus::Scored)
    }

    /// Samples without a score, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (usize, &Failure)> {
        self.status
            .iter()
            .enumerate()
            .filter_map(|(index, status)| match status {
                SampleStatus::Failed(failure) => Some((index, failure.as_ref())),
                SampleStatus::Scored => None,
            })
    }

    /// Place of a score by name; the only one when no name is given.
    #[must_use]
    pub fn position(&self, name: Option<&str>) -> Option<usize> {
        match name {
            Some(name) => self.names.iter().position(|other| other == name),
            None => (self.names.len() == 1).then_some(0),
        }
    }

    /// Writes `predictions.parquet`: the id under `id_column`, each score, each known log odds
    /// as `<score>.logit`, and `status` (`scored`, or the reason).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, id_column: &str, samples: &Names) -> Result<(), TableError> {
        let mut columns = vec![OutputColumn::text(id_column, |row| samples.get(row))];
        for ((name, scores), logits) in self.names.iter().zip(&self.scores).zip(&self.logits) {
            columns.push(self.numbers(name, scores));
            if let Some(logits) = logits {
                columns.push(self.numbers(&format!("{name}.logit"), logits));
            }
        }
        columns.push(OutputColumn::text("status", |row| {
            self.status.get(row).map(|status| match status {
                SampleStatus::Scored => "scored",
                SampleStatus::Failed(failure) => failure.reason.as_str(),
            })
        }));
        write_parquet(path, samples.len(), &columns)
    }

    fn numbers<'a>(&'a self, name: &str, values: &'a [f64]) -> OutputColumn<'a> {
        OutputColumn::float(name, |row| {
            values.get(row).copied().filter(|_| self.is_scored(row))
        })
    }
}
