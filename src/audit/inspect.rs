//! What an audit's model would be fed for one file. No engine is opened: the graph's own
//! signature says how the tensor is laid out.

use std::path::Path;

use crate::config::{self, Diagnostic, Need, SourceText};
use crate::engine::{EngineError, Tensor, summarize};
use crate::imaging::{Pipeline, Refusal};
use crate::inference::{self, BatchLayout};

use super::AuditError;

/// The way from a file to a model's input, as an audit file declares it.
#[derive(Debug)]
pub struct Feed {
    pipeline: Pipeline,
    layout: BatchLayout,
    /// What was noticed in the audit file.
    pub warnings: Vec<Diagnostic>,
    /// The audit file's text, to show those places.
    pub source: SourceText,
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
        let first = inputs.images.into_iter().next();
        let layout = first
            .map(|image| image.layout)
            .ok_or_else(|| AuditError::Internal("a model without an input of images".to_owned()))?;
        Ok(Self {
            pipeline: Pipeline::new(input, &audit.preprocess),
            layout,
            warnings: loaded.warnings,
            source: loaded.source,
        })
    }

    /// The input that the model would get for one file, the first of images where there are several: a
    /// batch of one.
    ///
    /// # Errors
    /// The file is not of the declared kind, a step does not fit it, or the result does not fit
    /// the model.
    pub fn tensor(&self, path: &Path, bytes: &[u8]) -> Result<Tensor, Refusal> {
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
