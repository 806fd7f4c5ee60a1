//! What a model said of each sample.

use std::path::Path;

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
    /// It has none.
    Failed(Failure),
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
    /// SHA-256 of each image file's bytes; `None` where no file was read.
    pub image_sha256: Vec<Option<[u8; 32]>>,
}

impl Predictions {
    /// No sample has a score yet.
    #[must_use]
    pub fn unscored(names: Vec<String>, with_logits: bool, samples: usize) -> Self {
        let unread = SampleStatus::Failed(Failure {
            reason: "not-run".to_owned(),
            message: "was not run".to_owned(),
        });
        Self {
            scores: names.iter().map(|_| vec![0.0; samples]).collect(),
            logits: names
                .iter()
                .map(|_| with_logits.then(|| vec![0.0; samples]))
                .collect(),
            single_precision: false,
            status: vec![unread; samples],
            image_sha256: vec![None; samples],
            names,
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
                SampleStatus::Failed(failure) => Some((index, failure)),
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
    pub fn write(
        &self,
        path: &Path,
        id_column: &str,
        samples: &[String],
    ) -> Result<(), TableError> {
        let known = |values: &Vec<f64>| -> Vec<Option<f64>> {
            values
                .iter()
                .enumerate()
                .map(|(index, value)| self.is_scored(index).then_some(*value))
                .collect()
        };
        let mut columns = vec![OutputColumn::text(
            id_column,
            samples.iter().cloned().map(Some).collect(),
        )];
        for ((name, scores), logits) in self.names.iter().zip(&self.scores).zip(&self.logits) {
            columns.push(OutputColumn::float(name, known(scores)));
            if let Some(logits) = logits {
                columns.push(OutputColumn::float(&format!("{name}.logit"), known(logits)));
            }
        }
        let status = |status: &SampleStatus| match status {
            SampleStatus::Scored => "scored".to_owned(),
            SampleStatus::Failed(failure) => failure.reason.clone(),
        };
        columns.push(OutputColumn::text(
            "status",
            self.status.iter().map(|one| Some(status(one))).collect(),
        ));
        write_parquet(path, columns)
    }
}
