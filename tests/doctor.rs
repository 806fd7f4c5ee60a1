//! Every single fault is planted in the audit of a real model, and the doctor, who has only the
//! makers' logits, ranks the change that undoes it first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{code, run, shared, stderr, stdout};

const CHANNELS: &str = "channels: rgb";
const RESIZE: &str = "resize: {width: 128, height: 96, engine: pillow, filter: bilinear}";
const SCALE: &str = "scale: 1/255";
const NORMALIZE: &str = "normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}";

/// The audit of the model with parity against the reference.
fn audit(data: &Path, scale: &str) -> String {
    let column = if scale == "logit" {
        "logit_malignancy"
    } else {
        "p_malignancy"
    };
    let text = support::ham10000_audit();
    format!(
        "{text}parity: {{scores: {}/reference/predictions.csv, columns: {{score: {column}}}, scale: {scale}, tolerance: {{max_abs: 1.0e-4}}}}\n",
        data.display()
    )
}

fn doctor(text: &str) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.yaml");
    std::fs::write(&file, text).unwrap();
    let output = run(&[
        "doctor",
        &file.display().to_string(),
        "--sample",
        "12",
        "--format",
        "json",
    ]);
    let json = serde_json::from_str(&stdout(&output));
    (
        code(&output),
        json.unwrap_or_else(|_| panic!("{}", stderr(&output))),
    )
}

/// Plants `to` in place of `from`, and expects `back` among the changes of the first rank.
fn ranks_first(data: &Path, scale: &str, (from, to): (&str, &str), back: &[&str]) {
    let text = audit(data, scale);
    assert!(text.contains(from), "{from}");
    let (exit, found) = doctor(&text.replace(from, to));
    assert_eq!(exit, 5, "{to}");
    let explanations = found["explanations"].as_array().unwrap();
    let first: Vec<&Value> = explanations.iter().filter(|one| one["rank"] == 1).collect();
    let lines = |one: &Value| -> Vec<String> {
        let lines = one["change"].as_array().unwrap().iter();
        lines
            .map(|line| line.as_str().unwrap().to_owned())
            .collect()
    };
    assert!(
        first.iter().any(|one| lines(one) == back),
        "{to}: {first:#?}\n{}",
        explanations.len()
    );
    assert_eq!(first[0]["within_tolerance"], true, "{to}");
    eprintln!(
        "{to}: first of {} tried, {} with the same numbers: {}",
        found["tried"],
        first.len() - 1,
        lines(first[0]).join(" | ")
    );
}

#[test]
fn without_a_fault_there_is_nothing_to_explain() {
    let Some(data) = shared("data/ham10000") else {
        return;
    };
    let (exit, found) = doctor(&audit(&data, "logit"));
    assert_eq!(exit, 0);
    assert_eq!(found["within_tolerance"], true);
    assert_eq!(found["remarks"], serde_json::json!([]));
    assert_eq!(found["channels"].as_array().unwrap().len(), 3);
    assert_eq!(found["tried"], 0);
}

#[test]
fn channels_range_and_constants_rank_first() {
    let Some(data) = shared("data/ham10000") else {
        return;
    };
    let plus_scale = format!("+ preprocess: - {SCALE}");
    let plus_normalize = format!("+ preprocess: - {NORMALIZE}");
    let swapped = "normalize: {mean: [0.229, 0.224, 0.225], std: [0.485, 0.456, 0.406]}";
    let half = "normalize: {mean: [0.5], std: [0.5]}";
    ranks_first(
        &data,
        "logit",
        (CHANNELS, "channels: bgr"),
        &["- input: channels: bgr", "+ input: channels: rgb"],
    );
    ranks_first(&data, "logit", ("  - scale: 1/255\n", ""), &[&plus_scale]);
    ranks_first(
        &data,
        "logit",
        (&format!("  - {NORMALIZE}\n"), ""),
        &[&plus_normalize],
    );
    for wrong in [swapped, half] {
        let minus = format!("- preprocess: - {wrong}");
        ranks_first(
            &data,
            "logit",
            (NORMALIZE, wrong),
            &[&minus, &plus_normalize],
        );
    }
}

#[test]
fn ranges_and_windows_rank_first() {
    let Some(data) = shared("data/ham10000") else {
        return;
    };
    let plus_scale = format!("+ preprocess: - {SCALE}");
    for wrong in [
        "scale: 1/127.5",
        "scale: 1/256",
        "scale: 1/65535",
        "window: {center: 127.5, width: 200}",
        "window: {center: 40, width: 400}",
    ] {
        let minus = format!("- preprocess: - {wrong}");
        ranks_first(&data, "logit", (SCALE, wrong), &[&minus, &plus_scale]);
    }
    // Twice the same, and in the wrong order.
    let twice = format!("{SCALE}\n  - {SCALE}");
    let minus = format!("- preprocess: - {SCALE}");
    ranks_first(&data, "logit", (SCALE, &twice), &[&minus]);
    let turned = format!("{NORMALIZE}\n  - {SCALE}");
    let right = format!("{SCALE}\n  - {NORMALIZE}");
    let normalize = format!("preprocess: - {NORMALIZE}");
    ranks_first(
        &data,
        "logit",
        (&right, &turned),
        &[&format!("- {normalize}"), &format!("+ {normalize}")],
    );
}

#[test]
fn decoders_rank_first() {
    let Some(data) = shared("data/ham10000") else {
        return;
    };
    for wrong in ["jpeg_idct: fast", "jpeg_upsampling: nearest"] {
        let planted = format!("{CHANNELS}, {wrong}");
        let minus = format!("- input: {wrong}");
        ranks_first(&data, "logit", (CHANNELS, &planted), &[&minus]);
    }
}

#[test]
fn inversion_mirrors_resizers_and_activations_rank_first() {
    let Some(data) = shared("data/ham10000") else {
        return;
    };
    let plus_scale = format!("+ preprocess: - {SCALE}");
    ranks_first(
        &data,
        "logit",
        (
            SCALE,
            "scale: -1/255\n  - normalize: {mean: [-1], std: [1]}",
        ),
        &[
            "- preprocess: - scale: -1/255",
            "- preprocess: - normalize: {mean: [-1], std: [1]}",
            &plus_scale,
        ],
    );
    for flip in ["flip: horizontal", "flip: vertical"] {
        let minus = format!("- preprocess: - {flip}");
        ranks_first(
            &data,
            "logit",
            (SCALE, &format!("{flip}\n  - {SCALE}")),
            &[&minus],
        );
    }
    let plus_resize = format!("+ preprocess: - {RESIZE}");
    for engine in [
        "engine: opencv, filter: bilinear",
        "engine: pillow, filter: bicubic",
        "engine: torch, filter: bilinear, antialias: false",
    ] {
        let wrong = RESIZE.replace("engine: pillow, filter: bilinear", engine);
        let minus = format!("- preprocess: - {wrong}");
        ranks_first(&data, "logit", (RESIZE, &wrong), &[&minus, &plus_resize]);
    }
    ranks_first(
        &data,
        "score",
        ("activation: sigmoid", "activation: none"),
        &[
            "- output: activation: none",
            "+ output: activation: sigmoid",
        ],
    );
}

#[test]
fn standardising_and_padding_rank_first() {
    let Some(data) = shared("data/ham10000") else {
        return;
    };
    let plus_normalize = format!("+ preprocess: - {NORMALIZE}");
    ranks_first(
        &data,
        "logit",
        (NORMALIZE, "standardize"),
        &["- preprocess: - standardize:", &plus_normalize],
    );
    let pad = "pad: {width: 700, height: 700, value: 0}";
    let planted = format!("{pad}\n  - {RESIZE}");
    let minus = format!("- preprocess: - {pad}");
    ranks_first(&data, "logit", (RESIZE, &planted), &[&minus]);
}
