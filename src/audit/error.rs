//! What keeps an audit from being completed.

use std::io;

use crate::calculation::CalculationError;
use crate::config::{ConfigErrors, Diagnostic, SourceText};
use crate::engine::EngineError;
use crate::inference::InferenceError;
use crate::report::ReportError;
use crate::tables::TableError;

/// What keeps an audit from being completed.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The audit file has mistakes.
    #[error("the audit file cannot be used")]
    Config(#[from] ConfigErrors),
    /// The audit file contradicts the cohort, the model or the scores.
    #[error("the audit cannot begin")]
    Refused {
        /// Everything that is wrong.
        found: Vec<Diagnostic>,
        /// The audit file's text, to show the places.
        text: SourceText,
    },
    /// The engine refuses the model.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// A file cannot be read.
    #[error("{path}: cannot be read ({source})")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Output cannot be written.
    #[error("{path}: cannot be written ({source})")]
    Output {
        /// File or folder.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The folder for results holds something else.
    #[error(
        "{path} exists and holds no results of an audit; it is not replaced. Choose another folder with --out, or move it away"
    )]
    Foreign {
        /// The folder.
        path: String,
    },
    /// `results.json` has another shape.
    #[error(
        "{path}: not the results of an audit ({message}); expected results.json as `equipoise schema results` describes it"
    )]
    NotResults {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A table of scores cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The report cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A table gives no answer to `calc`.
    #[error(transparent)]
    Calculation(CalculationError),
    /// Arguments that do not fit each other.
    #[error("{0}")]
    Usage(String),
    /// ONNX Runtime cannot be installed.
    #[error("{0}")]
    Install(String),
    /// Something that should not happen.
    #[error("internal error: {0}")]
    Internal(String),
}

impl AuditError {
    /// From the inference room; contradictions are shown at their places in `source`.
    #[must_use]
    pub(super) fn inference(error: InferenceError, source: &SourceText) -> Self {
        match error {
            InferenceError::Engine(error) => Self::Engine(error),
            InferenceError::Contradiction(found) => Self::Refused {
                found,
                text: source.clone(),
            },
            InferenceError::Interrupted => Self::Interrupted,
            InferenceError::Worker(message) => Self::Internal(message),
        }
    }
}
