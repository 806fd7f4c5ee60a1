//! `equipoise inspect`.

use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::audit::{AuditError, Feed};
use crate::engine::Tensor;
use crate::imaging::Samples;
use crate::imaging::describe::{Description, Refusal, describe, hex, read_bytes};
use crate::inference::npy;

use super::Exit;
use super::arguments::{Format, GlobalArguments, InspectArguments};
use super::output;

/// Everything about one file.
#[derive(Serialize)]
struct Inspected {
    file: String,
    #[serde(flatten)]
    description: Option<Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tensor: Option<TensorDescription>,
    #[serde(flatten)]
    refusal: Option<Refusal>,
}

/// The tensor that the model would get.
#[derive(Serialize)]
struct TensorDescription {
    shape: Vec<usize>,
    dtype: &'static str,
    min: Option<f64>,
    max: Option<f64>,
    mean: Option<f64>,
    nonfinite: usize,
    sha256: String,
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
    let feed = given.audit.as_deref().map(Feed::open).transpose()?;
    if let Some(feed) = &feed {
        super::failure::warnings(&feed.warnings, Some(&feed.source), global);
    }
    let mut refused = false;
    for (number, file) in given.files.iter().enumerate() {
        let inspected = one(file, feed.as_ref(), given.tensor.as_deref())?;
        refused |= inspected.refusal.is_some();
        match global.format {
            Format::Json => output::print(&(json(&inspected)? + "\n"))?,
            Format::Text => {
                let between = if number > 0 { "\n" } else { "" };
                output::print(&format!("{between}{}", text(&inspected)))?;
            }
        }
    }
    Ok(if refused { Exit::Input } else { Exit::Success })
}

fn json(inspected: &Inspected) -> Result<String, AuditError> {
    serde_json::to_string(inspected).map_err(|error| AuditError::Internal(error.to_string()))
}

/// Describes one file; what is refused is kept in the result, only writing the tensor may fail.
fn one(
    file: &Path,
    feed: Option<&Feed>,
    tensor_file: Option<&Path>,
) -> Result<Inspected, AuditError> {
    let mut inspected = Inspected {
        file: file.display().to_string(),
        description: None,
        tensor: None,
        refusal: None,
    };
    let bytes = match read_bytes(file) {
        Ok(bytes) => bytes,
        Err(refusal) => {
            inspected.refusal = Some(refusal);
            return Ok(inspected);
        }
    };
    match describe(file, &bytes) {
        Ok(description) => inspected.description = Some(description),
        Err(refusal) => {
            inspected.refusal = Some(refusal);
            return Ok(inspected);
        }
    }
    match feed.map(|feed| feed.tensor(file, &bytes)) {
        None => {}
        Some(Err(refusal)) => inspected.refusal = Some(refusal),
        Some(Ok(tensor)) => {
            if let Some(path) = tensor_file {
                std::fs::write(path, npy::npy(&tensor)).map_err(|source| AuditError::Output {
                    path: path.display().to_string(),
                    source,
                })?;
            }
            inspected.tensor = Some(describe_tensor(&tensor));
        }
    }
    Ok(inspected)
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

/// A block of lines: the file's name, then one line a fact.
fn text(inspected: &Inspected) -> String {
    let mut lines = vec![inspected.file.clone()];
    let mut add = |name: &str, value: String| lines.push(format!("  {name:<16} {value}"));
    if let Some(found) = &inspected.description {
        of_description(found, &mut add);
    }
    if let Some(tensor) = &inspected.tensor {
        add(
            "tensor",
            format!("{} {}", shape(&tensor.shape), tensor.dtype),
        );
        let values = values(tensor.min, tensor.max, tensor.mean, tensor.nonfinite);
        add("tensor values", values);
        add("tensor sha256", tensor.sha256.clone());
    }
    if let Some(refusal) = &inspected.refusal {
        add("error", refusal.error.clone());
        add(
            "reason",
            format!("{} (step: {})", refusal.reason, refusal.step),
        );
    }
    lines.join("\n") + "\n"
}

fn of_description(found: &Description, add: &mut impl FnMut(&str, String)) {
    add(
        "format",
        format!("{}, read by {}", found.format, found.decoder),
    );
    let mut optional = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            add(name, value);
        }
    };
    optional("transfer syntax", found.transfer_syntax.clone());
    optional("photometric", found.photometric_interpretation.clone());
    let order = found
        .byte_order
        .map_or(String::new(), |order| format!(", {order}-endian"));
    let stored = format!(
        "{} {}, {} bits{order}",
        shape(&found.shape),
        found.dtype,
        found.bits
    );
    optional("shape", Some(stored));
    let units = found.units.unwrap_or_default();
    optional(
        "spacing",
        found
            .spacing
            .as_deref()
            .map(|values| format!("{} {units}", numbers(values))),
    );
    optional(
        "by the affine",
        found.affine_spacing.as_deref().map(numbers),
    );
    optional("orientation", found.orientation.clone());
    optional("affine", found.affine.as_deref().map(numbers));
    if let (Some(sform), Some(qform)) = (found.sform_code, found.qform_code) {
        optional("sform, qform", Some(format!("{sform}, {qform}")));
    }
    if let (Some(slope), Some(intercept)) = (found.slope, found.intercept) {
        optional("scaling", Some(format!("stored * {slope} + {intercept}")));
    }
    optional(
        "window",
        found
            .window
            .map(|[center, width]| format!("center {center}, width {width}")),
    );
    let shown = values(found.minimum, found.maximum, found.mean, found.nonfinite);
    optional("values", Some(shown));
    optional("raw sha256", found.raw_sha256.clone());
    optional("modality sha256", found.modality_sha256.clone());
    optional("voi sha256", found.voi_sha256.clone());
    optional("sha256", found.sha256.clone());
    optional("rgb sha256", found.rgb_sha256.clone());
    if let (Some(axes), Some(sha256)) = (&found.ras_shape, &found.ras_sha256) {
        optional("ras sha256", Some(format!("{sha256} ({})", shape(axes))));
    }
    if let Some(read) = &found.read_as {
        let line = format!(
            "{} {}, sha256 {}",
            shape(&read.shape),
            read.dtype,
            read.sha256
        );
        optional("fed as", Some(line));
    }
    for note in &found.notes {
        optional("note", Some(note.clone()));
    }
}

fn shape(lengths: &[usize]) -> String {
    let lengths: Vec<String> = lengths.iter().map(usize::to_string).collect();
    lengths.join(" x ")
}

fn numbers(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(|value| short(*value)).collect();
    values.join(" ")
}

/// Six digits are enough to read; JSON has them all.
fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

fn values(min: Option<f64>, max: Option<f64>, mean: Option<f64>, nonfinite: usize) -> String {
    let known = match (min, max, mean) {
        (Some(min), Some(max), Some(mean)) => {
            format!("{} to {}, mean {}", short(min), short(max), short(mean))
        }
        _ => "none is finite".to_owned(),
    };
    match nonfinite {
        0 => known,
        count => format!("{known}, {count} NaN or infinite"),
    }
}
