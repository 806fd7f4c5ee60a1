//! A model opened once, of which any number of sessions can be had.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::embedded::EmbeddedModel;
use super::error::EngineError;
use super::graph::{GraphSummary, summarize};
use super::library::{FindError, NotFound, Places, find, sha256};
use super::onnxruntime::OnnxRuntimeModel;
use super::signature::Signature;
use super::tensor::{ElementType, Tensor};

/// Which engine to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// ONNX Runtime when it is found, the embedded engine otherwise.
    Auto,
    /// ONNX Runtime or an error.
    OnnxRuntime,
    /// The engine inside this program.
    Embedded,
}

/// How one session computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionOptions {
    /// Threads inside the session. The number can change the last digits of a score, so that it
    /// belongs to the audit and not to the computer.
    pub threads: NonZeroUsize,
}

/// Which engine computed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineIdentity {
    /// `onnxruntime` or `embedded`.
    pub name: &'static str,
    /// Its version, or `unknown`.
    pub version: String,
    /// SHA-256 of the shared library in lower-case hex; `None` for the embedded engine.
    pub library_sha256: Option<String>,
}

/// One session of a model: tensors in, tensors out.
///
/// A session is used by one thread at a time; for parallel work take several from
/// [`Model::session`]. Sessions of one model with the same options give the same bits for the
/// same batch, however many of them work at the same time.
pub trait Engine: Send {
    /// Which engine this is.
    fn identity(&self) -> &EngineIdentity;

    /// What the model takes and gives.
    fn signature(&self) -> &Signature;

    /// Runs the model on one batch.
    ///
    /// `inputs` holds every input of the signature once, in any order. The result holds the
    /// outputs named in `outputs`, in that order, or all of them when none is named; each has the
    /// element type that the signature declares.
    ///
    /// # Errors
    /// Inputs that do not fit the signature, outputs that it does not have, and the engine's own
    /// failures.
    fn run(
        &mut self,
        inputs: Vec<(String, Tensor)>,
        outputs: &[&str],
    ) -> Result<Vec<(String, Tensor)>, EngineError>;
}

/// A model file, read and checked once.
pub struct Model {
    path: PathBuf,
    sha256: String,
    summary: Arc<GraphSummary>,
    external_files: Vec<PathBuf>,
    engine: OpenedEngine,
    instead_of: Option<NotFound>,
}

enum OpenedEngine {
    OnnxRuntime(OnnxRuntimeModel),
    Embedded(EmbeddedModel),
}

impl Model {
    /// Reads a model file and opens it with an engine. `options` are those of the sessions to
    /// come: ONNX Runtime makes the first one right away to see whether it accepts the model.
    ///
    /// With [`EngineKind::Auto`] the embedded engine stands in only when no ONNX Runtime is there
    /// at all ([`Model::instead_of`] says so); one that was named and cannot be used, or that
    /// refuses the model, is an error.
    ///
    /// # Errors
    /// A file that cannot be read or is no ONNX model, weights beside it that are missing, no or
    /// an unusable library, an operator that the embedded engine lacks, or an engine that refuses
    /// the graph.
    pub fn open(
        path: &Path,
        kind: EngineKind,
        options: SessionOptions,
        places: &Places,
    ) -> Result<Self, EngineError> {
        let file = ModelFile::read(path)?;
        let (library, instead_of) = match kind {
            EngineKind::Embedded => (None, None),
            EngineKind::OnnxRuntime => (Some(find(places)?), None),
            EngineKind::Auto => match find(places) {
                Ok(found) => (Some(found), None),
                Err(FindError::NotFound(missing)) => {
                    tracing::info!("{missing}; the embedded engine runs instead");
                    (None, Some(missing))
                }
                Err(named) => return Err(named.into()),
            },
        };
        let sha256 = sha256(&file.bytes);
        let summary = Arc::clone(&file.summary);
        let external_files = file.external_files.clone();
        let engine = match library {
            Some(found) => {
                OpenedEngine::OnnxRuntime(OnnxRuntimeModel::open(file, &found, options)?)
            }
            None => OpenedEngine::Embedded(EmbeddedModel::open(file)?),
        };
        Ok(Self {
            path: path.to_path_buf(),
            sha256,
            summary,
            external_files,
            engine,
            instead_of,
        })
    }

    /// A session. The embedded engine's sessions share one copy of the weights; each of ONNX
    /// Runtime's holds its own, since that library's sessions are not safe to share.
    ///
    /// # Errors
    /// The engine refuses the graph.
    pub fn session(&self, options: SessionOptions) -> Result<Box<dyn Engine>, EngineError> {
        Ok(match &self.engine {
            OpenedEngine::OnnxRuntime(model) => Box::new(model.session(options)?),
            OpenedEngine::Embedded(model) => Box::new(model.session(options)),
        })
    }

    /// Which engine runs it.
    #[must_use]
    pub fn identity(&self) -> &EngineIdentity {
        match &self.engine {
            OpenedEngine::OnnxRuntime(model) => model.identity(),
            OpenedEngine::Embedded(model) => model.identity(),
        }
    }

    /// Where ONNX Runtime was looked for, when the embedded engine stands in for it.
    #[must_use]
    pub fn instead_of(&self) -> Option<&NotFound> {
        self.instead_of.as_ref()
    }

    /// What the model takes and gives.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.summary.signature
    }

    /// What the file says about itself.
    #[must_use]
    pub fn summary(&self) -> &GraphSummary {
        &self.summary
    }

    /// The model file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 of the model file's bytes as they were opened, in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Files beside the model that hold weights; they belong to the inputs of an audit.
    #[must_use]
    pub fn external_files(&self) -> &[PathBuf] {
        &self.external_files
    }

    /// What a reader of the results should know about how this engine computes; one sentence
    /// each, empty as a rule.
    #[must_use]
    pub fn cautions(&self) -> Vec<String> {
        match &self.engine {
            OpenedEngine::OnnxRuntime(_) => Vec::new(),
            OpenedEngine::Embedded(_) => narrowed_types(&self.summary.signature),
        }
    }
}

/// The embedded engine computes floats in 32 bits, whatever the graph declares.
fn narrowed_types(signature: &Signature) -> Vec<String> {
    let ports = signature.inputs.iter().chain(&signature.outputs);
    ports
        .filter(|port| matches!(port.element, ElementType::F16 | ElementType::F64))
        .map(|port| {
            format!(
                "the embedded engine computes {} in f32, where the model declares {}",
                port.name, port.element
            )
        })
        .collect()
}

/// The content of a model file and the files that belong to it.
pub(super) struct ModelFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Arc<[u8]>,
    pub(super) summary: Arc<GraphSummary>,
    pub(super) external_files: Vec<PathBuf>,
}

impl ModelFile {
    /// Reads a file and what it says about itself.
    fn read(path: &Path) -> Result<Self, EngineError> {
        let read = |path: &Path| {
            fs::read(path).map_err(|source| EngineError::Read {
                path: path.to_path_buf(),
                source,
            })
        };
        let bytes: Arc<[u8]> = read(path)?.into();
        let summary = summarize(&bytes).map_err(|reason| EngineError::NotOnnx {
            path: path.to_path_buf(),
            reason,
        })?;
        let external_files = summary
            .external_files
            .iter()
            .map(|location| external_file(path, location))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            path: path.to_path_buf(),
            bytes,
            summary: Arc::new(summary),
            external_files,
        })
    }
}

/// The file that a model names for its weights. It must lie in the model's folder or below: a
/// model may not read any file of the computer.
fn external_file(model: &Path, location: &str) -> Result<PathBuf, EngineError> {
    let refused = |reason: &str| EngineError::ExternalData {
        path: model.to_path_buf(),
        location: location.to_owned(),
        reason: reason.to_owned(),
    };
    let relative = Path::new(location);
    let stays_inside = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if location.is_empty() || !stays_inside {
        return Err(refused("it lies outside of the model's folder"));
    }
    let path = model.parent().unwrap_or(Path::new("")).join(relative);
    if path.is_file() {
        Ok(path)
    } else {
        Err(refused("there is no such file"))
    }
}
