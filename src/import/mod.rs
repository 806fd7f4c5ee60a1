//! A first audit file from what a model's makers publish beside it: Hugging Face's
//! `preprocessor_config.json`, timm's data configuration, a MONAI bundle's `inference.json` or `.yaml`, the
//! ONNX file itself. What they do not say becomes a `TODO`, which refuses to run.
//!
//! Called by `init` and `cli`. Nothing in these files is evaluated: MONAI's `$` expressions and `@`
//! references become TODOs. Knows the audit file's words, no image and no engine.

mod draft;
mod huggingface;
mod monai;
mod onnx;
mod timm;
mod yaml;

use std::path::Path;

use serde_json::Value;

pub use draft::{Draft, Entry, StepLines};

/// No configuration is longer.
const LONGEST: usize = 16 << 20;

/// What keeps a file from being imported: one sentence with its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct ImportError {
    /// The file.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// Reads one file after another into one draft. What an earlier file says is not overwritten;
/// a later one that says the same thing again is an error, since nobody could tell who is right.
///
/// # Errors
/// A file of no known kind, and two files with preprocessing.
pub fn import(files: &[(&Path, &[u8])]) -> Result<Draft, ImportError> {
    let mut draft = Draft::default();
    for (path, bytes) in files {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let fail = |reason: String| ImportError {
            file: path.display().to_string(),
            reason,
        };
        draft.sources.push(name.clone());
        if path.extension().is_some_and(|end| end == "onnx") {
            onnx::read(path, bytes, &mut draft).map_err(fail)?;
            continue;
        }
        if bytes.len() > LONGEST {
            return Err(fail(format!("{} bytes are no configuration", bytes.len())));
        }
        let value = parsed(path, bytes).map_err(fail)?;
        let before = draft.steps.len();
        let read = Draft {
            sources: vec![name],
            ..Draft::default()
        };
        let read = one(&value, read).map_err(fail)?;
        if before > 0 && !read.steps.is_empty() {
            return Err(fail("another file has described preprocessing already; import them one by one and compare".to_owned()));
        }
        draft.take(read);
    }
    Ok(draft)
}

/// JSON, or YAML where the name says so.
fn parsed(path: &Path, bytes: &[u8]) -> Result<Value, String> {
    let ends = |end: &str| path.extension().is_some_and(|found| found == end);
    if ends("yaml") || ends("yml") {
        let text = std::str::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_owned())?;
        return yaml::read(text);
    }
    serde_json::from_slice(bytes)
        .map_err(|error| format!("expected JSON, YAML (.yaml) or an .onnx model ({error})"))
}

fn one(value: &Value, draft: Draft) -> Result<Draft, String> {
    let has = |key: &str| value.get(key).is_some();
    if has("pretrained_cfg") || (has("input_size") && has("interpolation")) {
        return Ok(timm::read(value, draft));
    }
    if has("image_mean") || has("do_normalize") || has("do_resize") || has("image_processor_type") {
        return Ok(huggingface::read(value, draft));
    }
    if has("preprocessing") || has("network_def") || has("inferer") {
        return Ok(monai::read(value, draft));
    }
    Err("it is neither a preprocessor_config.json of Hugging Face (`image_mean`), nor a timm configuration (`pretrained_cfg`), nor a MONAI bundle's inference.json or inference.yaml (`preprocessing`)".to_owned())
}

/// Whether a number is 1/255 as far as its digits go.
fn is_one_255th(factor: f64) -> bool {
    (factor * 255.0 - 1.0).abs() < 1e-6
}

/// A list of finite numbers.
fn numbers(value: Option<&Value>) -> Option<Vec<f64>> {
    value?.as_array()?.iter().map(Value::as_f64).collect()
}

/// A whole number of pixels.
fn pixels(value: Option<&Value>) -> Option<usize> {
    usize::try_from(value?.as_u64()?)
        .ok()
        .filter(|size| *size > 0)
}

/// A value as it is written, cut where it is long.
fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}
