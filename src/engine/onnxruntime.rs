//! ONNX Runtime, loaded from a shared library while the program runs.
//!
//! One process holds one library: the first one that is loaded stays. Telemetry is off, and the
//! library's log goes through `tracing`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{OutputSelector, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, PrimitiveTensorElementType, Tensor as OrtTensor, TensorElementType};

use super::error::{EngineError, guarded};
use super::graph::GraphSummary;
use super::library::{Found, LibraryError};
use super::model::{Engine, EngineIdentity, ModelFile, SessionOptions};
use super::signature::{Port, Signature};
use super::tensor::{Tensor, TensorData};

/// Name of this engine in results.
const NAME: &str = "onnxruntime";

/// The library of this process.
struct Loaded {
    path: PathBuf,
    environment: Environment,
}

static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

/// Loads a library, or takes the loaded one when it is the same file.
fn environment(found: &Found) -> Result<Environment, LibraryError> {
    let path = &found.library.path;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = loaded.as_ref() {
        return if loaded.path == *path {
            Ok(loaded.environment.clone())
        } else {
            Err(LibraryError::Another {
                path: path.clone(),
                loaded: loaded.path.clone(),
            })
        };
    }
    let refused = |reason: String| LibraryError::Load {
        path: path.clone(),
        reason,
    };
    let environment = guarded(|| {
        let builder = ort::init_from(path).map_err(|error| error.to_string())?;
        builder
            .with_name("equipoise")
            .with_telemetry(false)
            .with_logger(Arc::new(log))
            .build()
            .map_err(|error| error.to_string())
    })
    .and_then(|built| built)
    .map_err(refused)?;
    // Below warnings the library writes a line for every node of every graph.
    environment.set_log_level(LogLevel::Warning);
    *loaded = Some(Loaded {
        path: path.clone(),
        environment: environment.clone(),
    });
    Ok(environment)
}

/// Passes a line of the library's log on.
fn log(level: LogLevel, category: &str, _id: &str, location: &str, message: &str) {
    match level {
        LogLevel::Verbose => tracing::trace!(category, location, "{message}"),
        LogLevel::Info => tracing::debug!(category, location, "{message}"),
        LogLevel::Warning => tracing::warn!(category, location, "{message}"),
        LogLevel::Error | LogLevel::Fatal => tracing::error!(category, location, "{message}"),
    }
}

/// A model that ONNX Runtime has accepted.
pub(super) struct OnnxRuntimeModel {
    environment: Environment,
    file: ModelFile,
    identity: EngineIdentity,
    /// The session that showed that the model is accepted, for the first caller who wants one.
    spare: Mutex<Option<(SessionOptions, Session)>>,
}

impl OnnxRuntimeModel {
    /// Loads the library if need be and has it read the model.
    pub(super) fn open(
        file: ModelFile,
        found: &Found,
        options: SessionOptions,
    ) -> Result<Self, EngineError> {
        let environment = environment(found)?;
        let model = Self {
            environment,
            file,
            identity: EngineIdentity {
                name: NAME,
                version: found
                    .library
                    .version
                    .clone()
                    .unwrap_or_else(|| "unknown".to_owned()),
                library_sha256: Some(found.library.sha256.clone()),
            },
            spare: Mutex::new(None),
        };
        let session = model.commit(options)?;
        *model.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some((options, session));
        Ok(model)
    }

    pub(super) fn identity(&self) -> &EngineIdentity {
        &self.identity
    }

    /// A session, with threads of its own.
    pub(super) fn session(
        &self,
        options: SessionOptions,
    ) -> Result<OnnxRuntimeSession, EngineError> {
        let spare = self
            .spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take_if(|(of_spare, _)| *of_spare == options);
        let session = match spare {
            Some((_, session)) => session,
            None => self.commit(options)?,
        };
        Ok(OnnxRuntimeSession {
            session,
            summary: Arc::clone(&self.file.summary),
            identity: self.identity.clone(),
        })
    }

    fn commit(&self, options: SessionOptions) -> Result<Session, EngineError> {
        let refused = |reason: String| EngineError::Refused {
            engine: NAME,
            path: self.file.path.clone(),
            reason,
        };
        guarded(|| {
            let mut builder = self.builder(options)?;
            // Weights in other files are found by the path of the model; otherwise the bytes are
            // taken that were hashed.
            if self.file.external_files.is_empty() {
                builder.commit_from_memory(&self.file.bytes)
            } else {
                builder.commit_from_file(&self.file.path)
            }
        })
        .map_err(refused)?
        .map_err(|error| refused(error.to_string()))
    }

    fn builder(&self, options: SessionOptions) -> ort::Result<SessionBuilder> {
        let builder = Session::builder(&self.environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(options.threads.get())?
            .with_inter_threads(1)?
            // Sessions share the processors: a thread that spins takes time from another session.
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?
            .with_deterministic_compute(true)?
            .with_log_level(LogLevel::Warning)?;
        Ok(builder)
    }
}

/// One session.
pub(super) struct OnnxRuntimeSession {
    session: Session,
    summary: Arc<GraphSummary>,
    identity: EngineIdentity,
}

impl Engine for OnnxRuntimeSession {
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
        let session = &mut self.session;
        guarded(|| compute(session, inputs, &wanted))
            .map_err(failure)?
            .map_err(|error| failure(error.to_string()))
    }
}

fn failure(reason: String) -> EngineError {
    EngineError::Run {
        engine: NAME,
        reason,
    }
}

/// Runs checked inputs and copies the wanted outputs out of the library's memory.
fn compute(
    session: &mut Session,
    inputs: Vec<(String, Tensor)>,
    wanted: &[&Port],
) -> ort::Result<Vec<(String, Tensor)>> {
    let values = inputs
        .into_iter()
        .map(|(name, tensor)| Ok((name, SessionInputValue::from(to_value(tensor)?))))
        .collect::<ort::Result<Vec<(String, SessionInputValue<'_>)>>>()?;
    let selector = wanted
        .iter()
        .fold(OutputSelector::no_default(), |selector, port| {
            selector.with(port.name.as_str())
        });
    let options = RunOptions::new()?.with_outputs(selector);
    let computed = session.run_with_options(values, &options)?;
    wanted
        .iter()
        .map(|port| {
            let value = computed.get(&port.name).ok_or_else(|| {
                ort::Error::new(format!("output {:?} was not computed", port.name))
            })?;
            Ok((port.name.clone(), from_value(value)?))
        })
        .collect()
}

/// A tensor as the library takes it, without a copy.
fn to_value(tensor: Tensor) -> ort::Result<DynValue> {
    let Tensor { shape, data } = tensor;
    Ok(match data {
        TensorData::F32(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::F16(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::F64(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::U8(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::I8(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::U16(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::I16(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::U32(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::I32(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::U64(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::I64(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
        TensorData::Bool(v) => OrtTensor::from_array((shape, v))?.into_dyn(),
    })
}

/// A copy of what the library computed.
fn from_value(value: &DynValue) -> ort::Result<Tensor> {
    let element = value.dtype().tensor_type();
    match element {
        Some(TensorElementType::Float32) => copied(value, TensorData::F32),
        Some(TensorElementType::Float16) => copied(value, TensorData::F16),
        Some(TensorElementType::Float64) => copied(value, TensorData::F64),
        Some(TensorElementType::Uint8) => copied(value, TensorData::U8),
        Some(TensorElementType::Int8) => copied(value, TensorData::I8),
        Some(TensorElementType::Uint16) => copied(value, TensorData::U16),
        Some(TensorElementType::Int16) => copied(value, TensorData::I16),
        Some(TensorElementType::Uint32) => copied(value, TensorData::U32),
        Some(TensorElementType::Int32) => copied(value, TensorData::I32),
        Some(TensorElementType::Uint64) => copied(value, TensorData::U64),
        Some(TensorElementType::Int64) => copied(value, TensorData::I64),
        Some(TensorElementType::Bool) => copied(value, TensorData::Bool),
        _ => Err(ort::Error::new(format!(
            "an output is {}, which is not a tensor of numbers",
            value.dtype()
        ))),
    }
}

fn copied<T: PrimitiveTensorElementType + Clone>(
    value: &DynValue,
    wrap: fn(Vec<T>) -> TensorData,
) -> ort::Result<Tensor> {
    let (shape, data) = value.try_extract_tensor::<T>()?;
    Ok(Tensor {
        // Lengths of an actual tensor are never negative.
        shape: shape
            .iter()
            .map(|&length| usize::try_from(length).unwrap_or(0))
            .collect(),
        data: wrap(data.to_vec()),
    })
}
