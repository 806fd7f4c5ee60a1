//! The engine inside the program: rten, in pure Rust, so that an audit runs where nothing can be
//! installed. It computes in f32, i32, i8 and u8 and converts other types at the border.

use std::sync::Arc;

use half::f16;
use rten::{ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::{AsView, Layout, Tensor as RtenTensor};

use super::error::{EngineError, guarded};
use super::graph::GraphSummary;
use super::model::{Engine, EngineIdentity, ModelFile, SessionOptions};
use super::operators::missing_operators;
use super::signature::{Port, Signature};
use super::tensor::{ElementType, Tensor, TensorData};
use super::volumetric::volumetric_operators;

/// Name of this engine in results.
pub(super) const NAME: &str = "embedded";

/// Version of rten. A test compares it with `Cargo.lock`.
pub(super) const RTEN_VERSION: &str = "0.27.0";

/// What results say about this engine.
#[must_use]
pub fn embedded_identity() -> EngineIdentity {
    EngineIdentity {
        name: NAME,
        version: format!("rten {RTEN_VERSION}"),
        library_sha256: None,
    }
}

/// A parsed model, shared by its sessions.
pub(super) struct EmbeddedModel {
    model: Arc<rten::Model>,
    summary: Arc<GraphSummary>,
    identity: EngineIdentity,
}

impl EmbeddedModel {
    /// Parses a model.
    pub(super) fn open(file: ModelFile) -> Result<Self, EngineError> {
        let signature = &file.summary.signature;
        for port in signature.inputs.iter().chain(&signature.outputs) {
            if !is_exchangeable(port.element) {
                return Err(EngineError::UnsupportedElement {
                    engine: NAME,
                    port: port.name.clone(),
                    element: port.element,
                });
            }
        }
        let volumetric = volumetric_operators(&file.bytes);
        if !volumetric.is_empty() {
            return Err(EngineError::OverThreeAxes {
                path: file.path.clone(),
                operators: volumetric.into_iter().collect(),
            });
        }
        let mut options = ModelOptions::with_all_ops();
        for (location, path) in file.summary.external_files.iter().zip(&file.external_files) {
            let weights = std::fs::read(path).map_err(|source| EngineError::Read {
                path: path.clone(),
                source,
            })?;
            options.external_data(location, weights);
        }
        let loaded = guarded(|| options.load(file.bytes.to_vec()));
        let model = match loaded {
            Ok(Ok(model)) => model,
            Ok(Err(error)) => return Err(refusal(&file, error.to_string())),
            Err(panic) => return Err(refusal(&file, panic)),
        };
        Ok(Self {
            model: Arc::new(model),
            summary: file.summary,
            identity: embedded_identity(),
        })
    }

    /// A session with a thread pool of its own.
    pub(super) fn session(&self, options: SessionOptions) -> EmbeddedSession {
        let pool = ThreadPool::with_num_threads(options.threads.get());
        EmbeddedSession {
            model: Arc::clone(&self.model),
            summary: Arc::clone(&self.summary),
            identity: self.identity.clone(),
            pool: Arc::new(pool),
        }
    }

    pub(super) fn identity(&self) -> &EngineIdentity {
        &self.identity
    }
}

/// Why a model was refused: operators that are missing are named, all of them at once.
fn refusal(file: &ModelFile, reason: String) -> EngineError {
    let operators = missing_operators(&file.summary);
    if operators.is_empty() {
        EngineError::Refused {
            engine: NAME,
            path: file.path.clone(),
            reason,
        }
    } else {
        EngineError::UnsupportedOperator {
            path: file.path.clone(),
            operators,
        }
    }
}

/// One session.
pub(super) struct EmbeddedSession {
    model: Arc<rten::Model>,
    summary: Arc<GraphSummary>,
    identity: EngineIdentity,
    pool: Arc<ThreadPool>,
}

impl Engine for EmbeddedSession {
    fn identity(&self) -> &EngineIdentity {
        &self.identity
    }

    fn signature(&self) -> &Signature {
        &self.summary.signature
    }

    fn run(
        &mut self,
        inputs: Vec<(String, Tensor)>,
        outputs: &[&str],
    ) -> Result<Vec<(String, Tensor)>, EngineError> {
        let signature = &self.summary.signature;
        signature.check_inputs(&inputs)?;
        let wanted = signature.select_outputs(outputs)?;
        let values = inputs
            .into_iter()
            .map(|(name, tensor)| Ok((self.node(&name)?, to_value(&name, tensor)?.into())))
            .collect::<Result<Vec<(NodeId, ValueOrView)>, EngineError>>()?;
        let nodes = wanted
            .iter()
            .map(|port| self.node(&port.name))
            .collect::<Result<Vec<NodeId>, EngineError>>()?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let computed = guarded(|| self.model.run(values, &nodes, Some(options)))
            .map_err(failure)?
            .map_err(|error| failure(error.to_string()))?;
        wanted
            .into_iter()
            .zip(computed)
            .map(|(port, value)| Ok((port.name.clone(), from_value(port, value)?)))
            .collect()
    }
}

impl EmbeddedSession {
    fn node(&self, name: &str) -> Result<NodeId, EngineError> {
        self.model
            .node_id(name)
            .map_err(|error| failure(error.to_string()))
    }
}

fn failure(reason: String) -> EngineError {
    EngineError::Run {
        engine: NAME,
        reason,
    }
}

fn is_exchangeable(element: ElementType) -> bool {
    matches!(
        element,
        ElementType::F32
            | ElementType::F16
            | ElementType::F64
            | ElementType::U8
            | ElementType::I8
            | ElementType::I32
            | ElementType::I64
            | ElementType::Bool
    )
}

/// A tensor as rten takes it: other floats become f32, other integers and truth values i32.
fn to_value(name: &str, tensor: Tensor) -> Result<Value, EngineError> {
    let Tensor { shape, data } = tensor;
    let shape = shape.as_slice();
    let floats = |v: Vec<f32>| Value::from(RtenTensor::from_data(shape, v));
    let integers = |v: Vec<i32>| Value::from(RtenTensor::from_data(shape, v));
    Ok(match data {
        TensorData::F32(v) => floats(v),
        TensorData::F16(v) => floats(v.into_iter().map(f32::from).collect()),
        TensorData::F64(v) => floats(v.into_iter().map(|x| x as f32).collect()),
        TensorData::U8(v) => Value::from(RtenTensor::from_data(shape, v)),
        TensorData::I8(v) => Value::from(RtenTensor::from_data(shape, v)),
        TensorData::I32(v) => integers(v),
        TensorData::Bool(v) => integers(v.into_iter().map(i32::from).collect()),
        TensorData::I64(v) => integers(
            v.into_iter()
                .map(|value| {
                    i32::try_from(value).map_err(|_| EngineError::IntegerTooLarge {
                        name: name.to_owned(),
                        value,
                    })
                })
                .collect::<Result<_, _>>()?,
        ),
        other => {
            return Err(EngineError::UnsupportedElement {
                engine: NAME,
                port: name.to_owned(),
                element: other.element(),
            });
        }
    })
}

/// What rten gave, in the element type that the graph declares.
fn from_value(port: &Port, value: Value) -> Result<Tensor, EngineError> {
    let (shape, data) = match value {
        Value::FloatTensor(t) => (t.shape().to_vec(), TensorData::F32(t.to_vec())),
        Value::Int32Tensor(t) => (t.shape().to_vec(), TensorData::I32(t.to_vec())),
        Value::Int8Tensor(t) => (t.shape().to_vec(), TensorData::I8(t.to_vec())),
        Value::UInt8Tensor(t) => (t.shape().to_vec(), TensorData::U8(t.to_vec())),
        _ => return Err(failure(format!("output {:?} is not a tensor", port.name))),
    };
    let data = match (port.element, data) {
        (ElementType::F16, TensorData::F32(v)) => {
            TensorData::F16(v.into_iter().map(f16::from_f32).collect())
        }
        (ElementType::F64, TensorData::F32(v)) => {
            TensorData::F64(v.into_iter().map(f64::from).collect())
        }
        (ElementType::I64, TensorData::I32(v)) => {
            TensorData::I64(v.into_iter().map(i64::from).collect())
        }
        (ElementType::Bool, TensorData::I32(v)) => {
            TensorData::Bool(v.into_iter().map(|x| x != 0).collect())
        }
        (declared, data) if declared == data.element() => data,
        (declared, data) => {
            return Err(failure(format!(
                "output {:?} is {}, where the model declares {declared}",
                port.name,
                data.element()
            )));
        }
    };
    Ok(Tensor { shape, data })
}
