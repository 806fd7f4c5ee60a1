//! Every remark on steps fires on its fault, at its step, and not on the sound audit beside it.

use std::path::Path;

use crate::config::*;

/// Codes of all remarks; `complete.yaml`, with every step at once, gets many of them.
pub(in crate::config) const REMARKS: [&str; 14] = [
    "scale-after-normalize",
    "scaled-twice",
    "scale-after-window",
    "scale-of-modality",
    "normalize-unscaled",
    "normalize-of-unit",
    "normalized-twice",
    "window-after-scale",
    "window-of-raster",
    "resize-after-normalize",
    "gray-of-bgr",
    "step-of-volumes",
    "orient-undoes",
    "needs-integers",
];

fn warnings(kind: &str, channels: &str, steps: &[&str]) -> Vec<(&'static str, usize)> {
    let list: String = steps.iter().map(|step| format!("  - {step}\n")).collect();
    let text = format!(
        "audit: steps
model: {{file: model.onnx}}
cohort: {{manifest: cohort.csv, columns: {{image: path, patient: none}}}}
input: {{kind: {kind}, channels: {channels}}}
preprocess:
{list}output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  finding: {{truth: {{column: finding, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
"
    );
    let loaded = parse(&text, "audit.yaml", Path::new(""), Need::Model)
        .map_err(|errors| errors.render(false))
        .unwrap();
    let found = loaded.warnings.iter().map(|one| {
        assert_eq!(one.severity, Severity::Warning);
        assert!(one.help.is_some(), "{one:?}");
        // Line 6 is the first step.
        (one.code, one.span.unwrap().line - 6)
    });
    found.collect()
}

const RESIZE: &str = "resize: {width: 8, height: 8, engine: pillow, filter: bilinear}";
const SCALE: &str = "scale: 1/255";
const IMAGENET: &str = "normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}";
const CT: &str = "window: {center: 40, width: 400}";
const BYTES: &str = "window: {center: 40, width: 400, output: u8, rounding: down}";
const CLAHE: &str = "clahe: {engine: opencv, clip_limit: 2, tiles_across: 8, tiles_down: 8}";

#[test]
fn each_fault_is_remarked_upon_at_its_step() {
    for (code, place, kind, channels, steps) in [
        (
            "scale-after-normalize",
            1,
            "array",
            "rgb",
            vec![IMAGENET, SCALE],
        ),
        (
            "scaled-twice",
            2,
            "raster",
            "rgb",
            vec![SCALE, RESIZE, SCALE],
        ),
        (
            "scale-after-window",
            2,
            "dicom",
            "gray",
            vec!["rescale", CT, SCALE],
        ),
        (
            "scale-of-modality",
            1,
            "dicom",
            "gray",
            vec!["rescale", SCALE],
        ),
        ("scale-of-modality", 0, "volume", "gray", vec![SCALE]),
        (
            "normalize-unscaled",
            1,
            "raster",
            "rgb",
            vec![RESIZE, IMAGENET],
        ),
        ("normalize-unscaled", 0, "dicom", "rgb", vec![IMAGENET]),
        (
            "normalize-of-unit",
            1,
            "raster",
            "rgb",
            vec![
                SCALE,
                "normalize: {mean: [123.7, 116.3, 103.5], std: [58.4, 57.1, 57.4]}",
            ],
        ),
        (
            "normalized-twice",
            2,
            "raster",
            "rgb",
            vec![SCALE, IMAGENET, "standardize"],
        ),
        ("window-after-scale", 1, "array", "gray", vec![SCALE, CT]),
        ("window-of-raster", 0, "raster", "gray", vec![CT]),
        (
            "resize-after-normalize",
            2,
            "raster",
            "rgb",
            vec![SCALE, IMAGENET, RESIZE],
        ),
        (
            "gray-of-bgr",
            0,
            "raster",
            "bgr",
            vec!["channels: gray_bt601", SCALE],
        ),
        (
            "step-of-volumes",
            0,
            "raster",
            "rgb",
            vec!["flip: depth", SCALE],
        ),
        ("step-of-volumes", 0, "dicom", "gray", vec!["orient: RAS"]),
        (
            "step-of-volumes",
            0,
            "raster",
            "gray",
            vec!["pad: {width: 8, height: 8, depth: 8, value: 0}"],
        ),
        (
            "orient-undoes",
            1,
            "volume",
            "gray",
            vec!["rotate90: 1", "orient: RAS"],
        ),
        (
            "needs-integers",
            2,
            "dicom",
            "gray",
            vec!["rescale", CT, CLAHE],
        ),
        (
            "needs-integers",
            1,
            "raster",
            "gray",
            vec![SCALE, "histogram_equalize: {engine: pillow}"],
        ),
        (
            "needs-integers",
            1,
            "raster",
            "rgb",
            vec![
                SCALE,
                "resize: {width: 8, height: 8, engine: torch, filter: bilinear, antialias: true, dtype: u8}",
            ],
        ),
    ] {
        assert_eq!(
            warnings(kind, channels, &steps),
            [(code, place)],
            "{steps:?}"
        );
    }
}

#[test]
fn sound_steps_are_not_remarked_upon() {
    for (kind, channels, steps) in [
        ("raster", "rgb", vec![RESIZE, SCALE, IMAGENET]),
        (
            "raster",
            "rgb",
            vec!["normalize: {mean: [123.7, 116.3, 103.5], std: [58.4, 57.1, 57.4]}"],
        ),
        (
            "raster",
            "gray",
            vec!["scale: 2", "scale: 1/255", "standardize"],
        ),
        (
            "raster",
            "gray",
            vec!["window: {center: 127.5, width: 255}", IMAGENET_GRAY],
        ),
        ("raster", "gray", vec![CLAHE, RESIZE, SCALE]),
        (
            "raster",
            "bgr",
            vec!["channels: bgr", "channels: gray_bt601", SCALE],
        ),
        ("array", "gray", vec![IMAGENET_GRAY]),
        (
            "raster",
            "gray",
            vec![
                "resize: {width: 8, height: 8, engine: skimage, filter: nearest}",
                CLAHE,
                SCALE,
            ],
        ),
        (
            "dicom",
            "gray",
            vec!["rescale", BYTES, CLAHE, RESIZE, SCALE, IMAGENET_GRAY],
        ),
        (
            "dicom",
            "gray",
            vec!["rescale", "clip: {min: 0, max: 255}", SCALE],
        ),
        (
            "dicom_series",
            "gray",
            vec!["rescale", "orient: RAS", "flip: depth", CT],
        ),
        ("volume", "gray", vec!["orient: LPS", "rotate90: 1", CT]),
    ] {
        assert_eq!(warnings(kind, channels, &steps), [], "{steps:?}");
    }
}

const IMAGENET_GRAY: &str = "normalize: {mean: 0.5, std: 0.25}";
