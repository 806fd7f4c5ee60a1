//! What can go wrong between a model file and its numbers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::library::{LibraryError, NotFound};
use super::tensor::ElementType;

/// What the user can do to get ONNX Runtime.
pub(crate) const INSTALL_COMMAND: &str = "equipoise runtime install";

/// Why a model could not be opened or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The model file could not be read.
    #[error("model {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is empty, cut short or not an ONNX model at all.
    #[error("model {} is not a usable onnx file: {reason}", path.display())]
    NotOnnx {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// Weights lie in another file, which is missing, too short or outside of the model's folder.
    #[error("model {} keeps weights in {location:?}: {reason}", path.display())]
    ExternalData {
        /// The model file.
        path: PathBuf,
        /// The place that the model names.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The audit asks for ONNX Runtime and there is none.
    #[error("{0}")]
    LibraryNotFound(#[from] NotFound),
    /// A library was named or found and cannot be used.
    #[error("{0}")]
    Library(#[from] LibraryError),
    /// The embedded engine lacks operators that the graph uses.
    #[error(
        "the embedded engine has no operator {} that model {} uses",
        operators.join(", "),
        path.display()
    )]
    UnsupportedOperator {
        /// The model file.
        path: PathBuf,
        /// The operators, sorted, as `Name` or `domain::Name`.
        operators: Vec<String>,
    },
    /// The embedded engine has these operators, but not over three axes.
    #[error(
        "the embedded engine has no {} over three axes, and model {} uses it on volumes",
        operators.join(", "),
        path.display()
    )]
    OverThreeAxes {
        /// The model file.
        path: PathBuf,
        /// The operators, sorted.
        operators: Vec<String>,
    },
    /// The engine read the file and refuses the graph.
    #[error("{engine} refuses model {}: {reason}", path.display())]
    Refused {
        /// Name of the engine.
        engine: &'static str,
        /// The model file.
        path: PathBuf,
        /// The engine's own words.
        reason: String,
    },
    /// The graph has an input or output that an engine cannot exchange.
    #[error("{engine} cannot exchange {port} of element type {element}")]
    UnsupportedElement {
        /// Name of the engine.
        engine: &'static str,
        /// Name of the input or output.
        port: String,
        /// Its type.
        element: ElementType,
    },
    /// An input that the graph does not have.
    #[error("the model has no input {name:?}, expected one of {}", known.join(", "))]
    UnknownInput {
        /// The name that was given.
        name: String,
        /// The inputs of the graph.
        known: Vec<String>,
    },
    /// An input that was given twice.
    #[error("input {name:?} is given twice")]
    RepeatedInput {
        /// Its name.
        name: String,
    },
    /// An input that was not given.
    #[error("input {name:?} of the model is not given")]
    MissingInput {
        /// Its name.
        name: String,
    },
    /// An output that the graph does not have.
    #[error("the model has no output {name:?}, expected one of {}", known.join(", "))]
    UnknownOutput {
        /// The name that was asked for.
        name: String,
        /// The outputs of the graph.
        known: Vec<String>,
    },
    /// An input of another element type.
    #[error("input {name:?} expects {expected}, found {found}")]
    WrongElement {
        /// Its name.
        name: String,
        /// What the graph declares.
        expected: ElementType,
        /// What was given.
        found: ElementType,
    },
    /// An input of another shape.
    #[error("input {name:?} expects shape {expected}, found {found:?} with {elements} numbers")]
    WrongShape {
        /// Its name.
        name: String,
        /// What the graph declares.
        expected: String,
        /// What was given.
        found: Vec<usize>,
        /// How many numbers were given.
        elements: usize,
    },
    /// An integer that the embedded engine, which computes in 32 bits, cannot hold.
    #[error("input {name:?} holds {value}, which the embedded engine cannot hold in 32 bits")]
    IntegerTooLarge {
        /// The input's name.
        name: String,
        /// The first such value.
        value: i64,
    },
    /// The engine failed while it computed.
    #[error("{engine} failed while running the model: {reason}")]
    Run {
        /// Name of the engine.
        engine: &'static str,
        /// The engine's own words.
        reason: String,
    },
}

impl EngineError {
    /// What the user can do about it, where there is something.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::LibraryNotFound(_) => Some(format!(
                "run `{INSTALL_COMMAND}`, or name the library with --onnxruntime PATH"
            )),
            Self::UnsupportedOperator { .. } => Some(format!(
                "ONNX Runtime has every standard operator: run `{INSTALL_COMMAND}`, then use engine: auto or onnxruntime"
            )),
            Self::OverThreeAxes { .. } => Some(format!(
                "ONNX Runtime has it: run `{INSTALL_COMMAND}`, then use engine: auto or onnxruntime"
            )),
            Self::UnsupportedElement { engine, .. } if *engine == super::embedded::NAME => Some(
                format!("ONNX Runtime can: run `{INSTALL_COMMAND}`"),
            ),
            Self::Run { engine, .. } if *engine == super::embedded::NAME => Some(format!(
                "ONNX Runtime may run it (convolutions over three axes, for one): run `{INSTALL_COMMAND}`, then use engine: auto or onnxruntime"
            )),
            Self::Refused { engine, .. } if *engine == super::embedded::NAME => Some(format!(
                "ONNX Runtime may accept it: run `{INSTALL_COMMAND}`, then use engine: auto or onnxruntime"
            )),
            Self::IntegerTooLarge { .. } => Some(format!("ONNX Runtime can: run `{INSTALL_COMMAND}`")),
            Self::Library(error) => error.help(),
            Self::NotOnnx { .. } => Some(
                "the file may be cut short, or be a pointer of Git LFS: compare its size and sha256 with its maker's"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Runs foreign code on bytes that nobody vouches for: a panic in it becomes an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        format!("it panicked: {}", text.unwrap_or("no reason given"))
    })
}
