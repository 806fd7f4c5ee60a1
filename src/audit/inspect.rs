//! What an audit's model would be fed for one file. No engine is opened: the graph's own
//! signature says how the tensor is laid out.

use std::path::Path;

use crate::config::{self, Diagnostic, Need, SourceText};
use crate::engine::{EngineError, Tensor, summarize};
use crate::imaging::{Pipeline, Refusal};
use crate::inference::{self, BatchLayout};

use super::AuditError;

/// The way from a file to the model's inputs of images, as an audit file declares it.
#[derive(Debug)]
pub struct Feed {
    inputs: Vec<Fed>,
    /// What was noticed in the audit file.
    pub warnings: Vec<Diagnostic>,
    /// The audit file's text, to show those places.
    pub source: SourceText,
}

/// One input of images.
#[derive(Debug)]
struct Fed {
    pipeline: Pipeline,
    layout: BatchLayout,
}

impl Feed {
    /// Reads the audit file and the signature of its model.
    ///
    /// # Errors
    /// Mistakes in the audit file, and a model that cannot be read or does not fit it.
    pub fn open(file: &Path) -> Result<Self, AuditError> {
        let loaded = config::load(file, Need::Model).map_err(AuditError::Config)?;
        let audit = loaded.audit;
        let (Some(spec), Some(input)) = (&audit.model, audit.input) else {
            return Err(AuditError::Internal(
                "an audit without a model or input section".to_owned(),
            ));
        };
        let path = &spec.file.value;
        let bytes = std::fs::read(path).map_err(|source| EngineError::Read {
            path: path.clone(),
            source,
        })?;
        let summary = summarize(&bytes).map_err(|reason| EngineError::NotOnnx {
            path: path.clone(),
            reason,
        })?;
        let inputs =
            inference::plan(spec, &summary.signature).map_err(|found| AuditError::Refused {
                found,
                text: loaded.source.clone(),
            })?;
        let own = spec.own_ways();
        let fed = inputs.images.into_iter().map(|image| {
            let way = image.way.checked_sub(1).and_then(|place| own.get(place));
            let pipeline = match way {
                Some((_, way)) => Pipeline::new(way.input, &way.steps),
                None => Pipeline::new(input, &audit.preprocess),
            };
            let mut layout = image.layout;
            if image.sources.len() > 1 {
                // A file gives some of the channels only.
                layout.fixed[0] = None;
            }
            Fed { pipeline, layout }
        });
        Ok(Self {
            inputs: fed.collect(),
            warnings: loaded.warnings,
            source: loaded.source,
        })
    }

    /// Keeps one input of images alone.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn only(&mut self, name: &str) -> Result<(), AuditError> {
        let names: Vec<String> = self
            .inputs
            .iter()
            .map(|fed| fed.layout.input.clone())
            .collect();
        self.inputs.retain(|fed| fed.layout.input == name);
        if self.inputs.is_empty() {
            return Err(AuditError::Usage(format!(
                "the model has no input of images \"{name}\"; there are {}",
                names.join(", ")
            )));
        }
        Ok(())
    }

    /// What each input of images would get for one file, by name: a batch of one. Of an input whose
    /// channels come from several files, those of this one.
    ///
    /// # Errors
    /// By input: the file is not of the declared kind, a step does not fit it, or the result does not
    /// fit the model.
    pub fn tensors(&self, path: &Path, bytes: &[u8]) -> Vec<(&str, Result<Tensor, Refusal>)> {
        let inputs = self.inputs.iter();
        inputs
            .map(|fed| (fed.layout.input.as_str(), fed.tensor(path, bytes)))
            .collect()
    }
}

impl Fed {
    fn tensor(&self, path: &Path, bytes: &[u8]) -> Result<Tensor, Refusal> {
        let decoded = self.pipeline.read(path, bytes)?;
        let image = self
            .pipeline
            .apply(decoded.image)
            .map_err(|error| Refusal {
                error: error.to_string(),
                reason: error.reason().to_owned(),
                step: "preprocess",
            })?;
        let unfit = |error: String| Refusal {
            error,
            reason: "wrong-size".to_owned(),
            step: "model",
        };
        self.layout.accepts(&image).map_err(unfit)?;
        self.layout.tensor(&[image], 1).map_err(|error| Refusal {
            error,
            reason: "wrong-type".to_owned(),
            step: "model",
        })
    }
}
