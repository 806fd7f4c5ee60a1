//! `equipoise inspect`.

use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::audit::{AuditError, Feed};
use crate::engine::Tensor;
use crate::imaging::Samples;
use crate::imaging::describe::{Facts, Refusal, describe, describe_folder, hex, read_bytes};
use crate::inference::npy;

use super::Exit;
use super::arguments::{GlobalArguments, InspectArguments, Printed};
use super::inspect_text::text;
use super::output;

/// Everything about one file.
#[derive(Serialize)]
pub(super) struct Inspected {
    pub(super) file: String,
    #[serde(flatten)]
    pub(super) facts: Option<Facts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tensor: Option<TensorDescription>,
    /// Where several inputs of the model take images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tensors: Vec<OfInput>,
    #[serde(flatten)]
    pub(super) refusal: Option<Refusal>,
}

impl Inspected {
    fn new(file: &Path) -> Self {
        Self {
            file: file.display().to_string(),
            facts: None,
            tensor: None,
            tensors: Vec::new(),
            refusal: None,
        }
    }
}

/// What one of several inputs would get.
#[derive(Serialize)]
pub(super) struct OfInput {
    pub(super) input: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tensor: Option<TensorDescription>,
    #[serde(flatten)]
    pub(super) refusal: Option<Refusal>,
}

/// The tensor that the model would get.
#[derive(Serialize)]
pub(super) struct TensorDescription {
    pub(super) shape: Vec<usize>,
    pub(super) dtype: &'static str,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) mean: Option<f64>,
    pub(super) nonfinite: usize,
    pub(super) sha256: String,
}

pub(super) fn inspect(
    given: &InspectArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    if given.tensor.is_some() && given.files.len() > 1 {
        return Err(AuditError::Usage(format!(
            "--tensor writes one file, but {} are given; inspect them one by one",
            given.files.len()
        )));
    }
    let mut feed = given.audit.as_deref().map(Feed::open).transpose()?;
    if let (Some(feed), Some(name)) = (&mut feed, &given.input) {
        feed.only(name)?;
    }
    if let Some(feed) = &feed {
        super::failure::warnings(&feed.warnings, Some(&feed.source), global);
    }
    let mut refused = false;
    let mut between = "";
    for file in &given.files {
        for inspected in all_in(file, feed.as_ref(), given.tensor.as_deref())? {
            refused |= inspected.refusal.is_some();
            match global.format.printed() {
                Printed::Json => output::print(&(json(&inspected)? + "\n"))?,
                Printed::Text => output::print(&format!("{between}{}", text(&inspected)))?,
            }
            between = "\n";
        }
    }
    Ok(if refused { Exit::Input } else { Exit::Success })
}

fn json(inspected: &Inspected) -> Result<String, AuditError> {
    serde_json::to_string(inspected).map_err(|error| AuditError::Internal(error.to_string()))
}

/// One result for a file, one for each series of a folder.
fn all_in(
    path: &Path,
    feed: Option<&Feed>,
    tensor_file: Option<&Path>,
) -> Result<Vec<Inspected>, AuditError> {
    if !path.is_dir() {
        return one(path, feed, tensor_file).map(|inspected| vec![inspected]);
    }
    let mut all: Vec<Inspected> = match describe_folder(path) {
        Ok(series) => series
            .into_iter()
            .map(|(facts, refusal)| Inspected {
                facts: Some(Facts::Series(Box::new(facts))),
                refusal,
                ..Inspected::new(path)
            })
            .collect(),
        Err(refusal) => vec![Inspected {
            refusal: Some(refusal),
            ..Inspected::new(path)
        }],
    };
    if let ([only], Some(feed)) = (all.as_mut_slice(), feed)
        && only.refusal.is_none()
    {
        add_tensors(only, feed.tensors(path, &[]), tensor_file)?;
    }
    Ok(all)
}

/// Describes one file; what is refused is kept in the result, only writing the tensor may fail.
fn one(
    file: &Path,
    feed: Option<&Feed>,
    tensor_file: Option<&Path>,
) -> Result<Inspected, AuditError> {
    let mut inspected = Inspected::new(file);
    let bytes = match read_bytes(file) {
        Ok(bytes) => bytes,
        Err(refusal) => {
            inspected.refusal = Some(refusal);
            return Ok(inspected);
        }
    };
    let described = describe(file, &bytes);
    inspected.facts = described.facts;
    inspected.refusal = described.refusal;
    // A window of the file that cannot be used need not be the one that the audit file asks for.
    let blocked = inspected.refusal.as_ref();
    if let Some(feed) = feed
        && blocked.is_none_or(|refusal| matches!(refusal.step, "modality" | "voi"))
    {
        add_tensors(&mut inspected, feed.tensors(file, &bytes), tensor_file)?;
    }
    Ok(inspected)
}

/// A file that some inputs take and others do not is no refused file; one that none takes is.
fn add_tensors(
    inspected: &mut Inspected,
    tensors: Vec<(&str, Result<Tensor, Refusal>)>,
    tensor_file: Option<&Path>,
) -> Result<(), AuditError> {
    if tensors.len() == 1 {
        let mut tensors = tensors.into_iter().map(|(_, tensor)| tensor);
        return match tensors.next() {
            Some(tensor) => add_tensor(inspected, tensor, tensor_file),
            None => Ok(()),
        };
    }
    if tensor_file.is_some() {
        let names: Vec<&str> = tensors.iter().map(|(name, _)| *name).collect();
        return Err(AuditError::Usage(format!(
            "--tensor writes one tensor, and the model has {} inputs of images; name one with --input: {}",
            names.len(),
            names.join(", ")
        )));
    }
    for (input, tensor) in tensors {
        let (tensor, refusal) = match tensor {
            Ok(tensor) => (Some(describe_tensor(&tensor)), None),
            Err(refusal) => (None, Some(refusal)),
        };
        inspected.tensors.push(OfInput {
            input: input.to_owned(),
            tensor,
            refusal,
        });
    }
    if inspected.tensors.iter().all(|one| one.tensor.is_none()) {
        let first = inspected.tensors.first();
        inspected.refusal = first.and_then(|one| one.refusal.clone());
    }
    Ok(())
}

fn add_tensor(
    inspected: &mut Inspected,
    tensor: Result<Tensor, Refusal>,
    tensor_file: Option<&Path>,
) -> Result<(), AuditError> {
    match tensor {
        Err(refusal) => inspected.refusal = Some(refusal),
        Ok(tensor) => {
            if let Some(path) = tensor_file {
                std::fs::write(path, npy::npy(&tensor)).map_err(|source| AuditError::Output {
                    path: path.display().to_string(),
                    source,
                })?;
            }
            inspected.tensor = Some(describe_tensor(&tensor));
        }
    }
    Ok(())
}

fn describe_tensor(tensor: &Tensor) -> TensorDescription {
    let summary = Samples::F64(tensor.data.to_f64()).summary();
    TensorDescription {
        shape: tensor.shape.clone(),
        dtype: npy::dtype(&tensor.data),
        min: summary.map(|summary| summary.min),
        max: summary.map(|summary| summary.max),
        mean: summary.map(|summary| summary.mean),
        nonfinite: summary.map_or(tensor.data.len(), |summary| summary.not_finite),
        sha256: hex(&Sha256::digest(npy::little_endian(&tensor.data))),
    }
}
