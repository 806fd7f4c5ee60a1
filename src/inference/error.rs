//! What stops a run, as opposed to what fails a single sample.

use crate::config::Diagnostic;
use crate::engine::EngineError;

/// A run that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// The engine refuses the model or a batch.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The audit file and the model contradict each other.
    #[error("the audit file and the model contradict each other")]
    Contradiction(Vec<Diagnostic>),
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// A worker thread could not be kept alive.
    #[error("a worker thread failed: {0}")]
    Worker(String),
}
