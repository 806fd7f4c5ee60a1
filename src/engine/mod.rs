//! Engines: tensors in, tensors out.
//!
//! A [`Model`] is an ONNX file opened with ONNX Runtime or with the engine inside the program;
//! [`Model::session`] gives [`Engine`]s that compute, one for each thread that works. The room
//! also finds, checks and installs ONNX Runtime ([`find`], [`list`], [`install`]).
//!
//! Called by `inference` and `reproducibility` (sessions) and `cli` (`runtime list`, `runtime
//! install`, `check`). It must not know truth, attributes or strata: a model never sees a group.

mod embedded;
mod error;
mod graph;
mod library;
mod model;
mod onnxruntime;
mod operators;
mod protobuf;
mod signature;
mod tensor;
mod volumetric;

pub use embedded::embedded_identity;
pub use error::EngineError;
pub use graph::{GraphActivation, GraphSummary, summarize};
pub use library::{
    Candidate, Examined, FindError, Found, InstallError, Installed, LibraryError, NotFound,
    OLDEST_MINOR, PINNED_VERSION, Places, Source, Unusable, examine, find, install, list,
    pinned_sha256,
};
pub use model::{Engine, EngineIdentity, EngineKind, Model, SessionOptions};
pub use signature::{Dimension, Port, Signature};
pub use tensor::{ElementType, Tensor, TensorData};
