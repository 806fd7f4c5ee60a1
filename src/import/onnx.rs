//! What an ONNX file says of its input and output: signature, and the image metadata of the ONNX
//! specification (`Image.BitmapPixelFormat`, `Image.NominalPixelRange`).

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::config::{Channels, Step};
use crate::engine::{Dimension, GraphActivation, GraphSummary, summarize};

use super::draft::Draft;

pub(super) fn read(path: &Path, bytes: &[u8], draft: &mut Draft) -> Result<(), String> {
    let summary = summarize(bytes).map_err(|reason| format!("not an ONNX model: {reason}"))?;
    let hash = Sha256::digest(bytes);
    let read = Draft {
        model: Some(path.display().to_string()),
        model_sha256: Some(hash.iter().map(|byte| format!("{byte:02x}")).collect()),
        ..of_summary(&summary)
    };
    if !read.steps.is_empty() && !draft.steps.is_empty() {
        return Err("its metadata describes preprocessing, and so did a file before".to_owned());
    }
    draft.take(read);
    Ok(())
}

fn of_summary(summary: &GraphSummary) -> Draft {
    let mut draft = Draft::default();
    for port in &summary.signature.inputs {
        draft.notes.push(format!(
            "input \"{}\" takes {} {}",
            port.name,
            port.element,
            port.shape_text()
        ));
    }
    image_metadata(summary, &mut draft);
    if let [port] = summary.signature.outputs.as_slice() {
        let width = match port.shape.as_deref() {
            Some([_]) => Some(1),
            Some([_, Dimension::Fixed(width)]) => Some(*width),
            _ => None,
        };
        draft.notes.push(format!(
            "output \"{}\" gives {}",
            port.name,
            port.shape_text()
        ));
        if width == Some(1) {
            draft.head = Some("binary");
        }
        draft.activation = match summary.activation(&port.name) {
            Some(GraphActivation::Sigmoid | GraphActivation::Softmax) => {
                Some(("none", "probability"))
            }
            Some(GraphActivation::LogSoftmax) => Some(("none", "score")),
            None => None,
        };
    }
    draft
}

fn image_metadata(summary: &GraphSummary, draft: &mut Draft) {
    let said = |key: &str| summary.metadata.get(key).map(String::as_str);
    draft.channels = match said("Image.BitmapPixelFormat") {
        Some("Rgb8") => Some(Channels::Rgb),
        Some("Bgr8") => Some(Channels::Bgr),
        _ => None,
    };
    let from = "Image.NominalPixelRange";
    let scale = |denominator: f64| Step::Scale {
        numerator: 1.0,
        denominator,
    };
    match said(from) {
        Some("NominalRange_0_255") => draft.complete = true,
        Some("Normalized_0_1") => draft.known(scale(255.0), from),
        Some("Normalized_1_1") => {
            draft.known(scale(127.5), from);
            let shift = Step::Normalize {
                mean: vec![1.0],
                std: vec![1.0],
            };
            draft.known(shift, from);
        }
        Some(other) => draft.todo("scale", format!("the range of samples is {other}")),
        None => {}
    }
    if !draft.steps.is_empty() || draft.complete {
        draft
            .notes
            .push("the ONNX metadata say nothing of resizing".to_owned());
    }
}
