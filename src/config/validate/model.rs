//! The `model` section.

use std::num::NonZeroUsize;

use super::super::audit::{Blend, EngineChoice, ModelSpec, SlidingWindow};
use super::super::diagnostic::quoted;
use super::super::keys;
use super::super::located::Located;
use super::super::preprocess::InputSpec;
use super::Need;
use super::inputs::inputs;
use super::reader::{Section, Value};
use super::steps::LARGEST_SIDE;

/// Threads of one session that an audit may ask for.
const MOST_THREADS: u32 = 1024;
/// Samples a batch that an audit may ask for.
const LARGEST_BATCH: u32 = 65_536;
const DEFAULT_BATCH: usize = 32;

/// `common`: what an image is where an input does not say otherwise.
pub(super) fn model(value: &Value<'_>, common: Option<InputSpec>) -> Option<ModelSpec> {
    let section = value.section(&keys::MODEL)?;
    let file = section
        .required("file", "name the ONNX file: `file: model.onnx`")
        .and_then(|file| match value.cx.need {
            Need::Model => file.file(),
            Need::Scores => file.path(),
        });
    let sha256 = match section.get("sha256") {
        None => Some(None),
        Some(value) => sha256(&value).map(Some),
    };
    let engines = [
        ("auto", EngineChoice::Auto),
        ("onnxruntime", EngineChoice::OnnxRuntime),
        ("embedded", EngineChoice::Embedded),
    ];
    let engine = match section.get("engine") {
        None => Some(EngineChoice::Auto),
        Some(value) => value.choice(&engines, &[]),
    };
    let inputs = match section.get("inputs") {
        None => Some(Vec::new()),
        Some(value) => inputs(&value, common),
    };
    let threads = size(&section, "threads", MOST_THREADS, 1);
    let batch = size(&section, "batch", LARGEST_BATCH, DEFAULT_BATCH);
    let sliding_window = match section.get("sliding_window") {
        None => Some(None),
        Some(value) => sliding_window(&value).map(Some),
    };
    Some(ModelSpec {
        file: file?,
        sha256: sha256?,
        engine: engine?,
        inputs: inputs?,
        threads: threads?,
        batch: batch?,
        sliding_window: sliding_window?,
    })
}

fn sliding_window(value: &Value<'_>) -> Option<SlidingWindow> {
    let section = value.section(&keys::SLIDING_WINDOW)?;
    let roi = section
        .required(
            "roi",
            "give frames, rows and columns of a window: `roi: [64, 96, 96]`",
        )
        .and_then(|value| roi(&value));
    let overlap = section
        .required("overlap", "MONAI's own default is `overlap: 0.25`")
        .and_then(|value| {
            value.number_in("from 0 to below 1", |share| (0.0..1.0).contains(&share))
        });
    let blends = [("constant", Blend::Constant), ("gaussian", Blend::Gaussian)];
    let blend = section
        .required(
            "blend",
            "say how overlapping windows are joined: constant or gaussian",
        )
        .and_then(|value| value.choice(&blends, &[]));
    Some(SlidingWindow {
        roi: roi?,
        overlap: overlap?,
        blend: blend?,
    })
}

fn roi(value: &Value<'_>) -> Option<[usize; 3]> {
    let sizes: Vec<Option<usize>> = value
        .list("three whole numbers")?
        .iter()
        .map(|size| size.size(1, LARGEST_SIDE))
        .collect();
    let sizes: Vec<usize> = sizes.into_iter().collect::<Option<_>>()?;
    let found = sizes.len();
    let three = <[usize; 3]>::try_from(sizes).ok();
    if three.is_none() {
        let message = format!(
            "`{}` has {found} numbers, expected three: frames, rows, columns",
            value.path
        );
        value.error("sliding-window", message, "");
    }
    three
}

fn size(section: &Section<'_>, key: &str, most: u32, default: usize) -> Option<NonZeroUsize> {
    match section.get(key) {
        None => NonZeroUsize::new(default),
        Some(value) => NonZeroUsize::new(value.size(1, most)?),
    }
}

/// SHA-256 as 64 hexadecimal digits, made lower-case.
pub(super) fn sha256(value: &Value<'_>) -> Option<Located<String>> {
    const DIGITS: usize = 64;
    let text = value.text()?;
    let hexadecimal = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if text.len() != DIGITS || !hexadecimal {
        let message = format!(
            "`{}` is {} ({} characters), expected {DIGITS} hexadecimal digits",
            value.path,
            quoted(&text),
            text.chars().count()
        );
        let help = "`sha256sum FILE` prints it";
        value.error("malformed-sha256", message, help);
        return None;
    }
    Some(Located::new(text.to_ascii_lowercase(), text.span))
}
