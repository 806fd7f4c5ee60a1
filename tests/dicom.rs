//! DICOM from the file to the score: tensors and scores against numpy, pydicom and ONNX Runtime
//! (`fixtures/make_dicom.py`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use equipoise::engine::{Places, find};
use serde_json::Value;
use support::{code, equipoise, project, shared, stderr, stdout};

fn cases() -> Vec<Value> {
    let path = project().join("fixtures/dicom/tensors.json");
    let value: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    value["cases"].as_array().unwrap().clone()
}

fn audit(model: &str, engine: &str, input: &str, steps: &[&str], root: &Path) -> String {
    let model = project().join(format!("fixtures/dicom/{model}.onnx"));
    let mut lines: Vec<String> = steps.iter().map(|step| format!("  - {step}\n")).collect();
    lines.push("  - crop: {center: {width: 32, height: 32}}\n".to_owned());
    format!(
        "audit: dicom
model: {{file: {}, engine: {engine}, inputs: {{image: {{layout: NCHW}}}}}}
cohort:
  manifest: cohort.csv
  root: {}
  columns: {{image: file, patient: none}}
  max_failed_share: 1
input: {{{input}}}
preprocess:
{}output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  finding: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
",
        model.display(),
        root.display(),
        lines.concat()
    )
}

fn of_case<'a>(case: &'a Value, engine: &str, root: &Path) -> (String, Vec<&'a Value>) {
    let steps = case["steps"].as_array().unwrap().iter();
    let steps: Vec<&str> = steps.map(|step| step.as_str().unwrap()).collect();
    let (model, input) = (case["model"].as_str(), case["input"].as_str());
    let text = audit(model.unwrap(), engine, input.unwrap(), &steps, root);
    (text, case["files"].as_array().unwrap().iter().collect())
}

/// Writes an audit and its table of files.
fn write(folder: &Path, text: &str, files: &[&str]) -> String {
    let rows: String = files.iter().map(|file| format!("{file},1\n")).collect();
    std::fs::write(folder.join("cohort.csv"), format!("file,truth\n{rows}")).unwrap();
    let file = folder.join("audit.yaml");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn tensors_and_scores_are_those_of_numpy_and_onnx_runtime() {
    let Some(root) = shared("data/formats/dicom") else {
        return;
    };
    let root = root.canonicalize().unwrap();
    let mut engines = vec!["embedded"];
    if find(&Places::of_this_computer(None)).is_ok() {
        engines.push("onnxruntime");
    } else {
        eprintln!("skipped: no ONNX Runtime");
    }
    let (mut tensors, mut scores, mut largest) = (0, 0, 0.0_f64);
    for case in cases() {
        for engine in &engines {
            let folder = tempfile::tempdir().unwrap();
            let (text, expected) = of_case(&case, engine, &root);
            let files: Vec<&str> = expected
                .iter()
                .map(|e| e["file"].as_str().unwrap())
                .collect();
            let audit = write(folder.path(), &text, &files);
            let inspected = equipoise()
                .arg("inspect")
                .args(files.iter().map(|file| root.join(file)))
                .args(["--audit", &audit, "--format", "json"])
                .output()
                .unwrap();
            let said = stdout(&inspected);
            assert_eq!(said.lines().count(), files.len(), "{}", stderr(&inspected));
            for (line, expected) in said.lines().zip(&expected) {
                let found: Value = serde_json::from_str(line).unwrap();
                assert_eq!(
                    found["tensor"]["sha256"], expected["sha256"],
                    "{case}: {found}"
                );
                tensors += 1;
            }
            let out = folder.path().join("out").display().to_string();
            let output = equipoise()
                .args(["predict", &audit, "--out", &out])
                .output()
                .unwrap();
            assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
            let stored = Path::new(&out).join("dicom/predictions.parquet");
            let table = equipoise::tables::read(&stored, &["file", "score"]).unwrap();
            let found = table.column("file").unwrap();
            for (row, score) in table.numbers("score").unwrap().iter().enumerate() {
                let file = found.get(row).unwrap();
                let expected = expected.iter().find(|e| e["file"] == file).unwrap();
                let logit = expected["logit"].as_f64().unwrap();
                // Sums of 1024 or 3072 products in 32 bits, in another order.
                let most = 2e-5 * logit.abs().max(1.0);
                let difference = (score.unwrap() - logit).abs();
                assert!(
                    difference < most,
                    "{engine} {file}: {score:?}, expected {logit}"
                );
                largest = largest.max(difference);
                scores += 1;
            }
        }
    }
    eprintln!(
        "DICOM: {tensors} tensors equal to the bit, {scores} scores agreed, largest difference {largest:.1e}"
    );
    assert!(tensors >= 25 && scores == tensors);
}

#[test]
fn nothing_is_guessed_and_each_sample_fails_by_its_own_reason() {
    let Some(root) = shared("data/formats/dicom") else {
        return;
    };
    let root = root.canonicalize().unwrap();
    let (first, unit) = (["rescale", "window: first"], ["rescale"]);
    let one = "kind: dicom, channels: gray";
    for (input, steps, file, reason, words) in [
        (
            one,
            &first[..],
            "made/mono2_no_window.dcm",
            "missing-window",
            "no WindowCenter",
        ),
        (
            one,
            &first[..],
            "made/multiframe_native.dcm",
            "unsupported-feature",
            "frame: 0",
        ),
        (
            one,
            &unit[..],
            "made/mono1_window.dcm",
            "invalid-attribute",
            "MONOCHROME1",
        ),
        (
            one,
            &[][..],
            "made/mono1_window.dcm",
            "invalid-attribute",
            "MONOCHROME1",
        ),
        (
            one,
            &unit[..],
            "made/palette_8bit_entries8.dcm",
            "invalid-attribute",
            "PALETTE COLOR",
        ),
        (
            one,
            &["rescale", "window: {name: NOSUCH}"][..],
            "made/window_linear_named.dcm",
            "missing-window",
            "NOSUCH",
        ),
        (
            "kind: dicom, channels: gray, frame: 99",
            &unit[..],
            "made/multiframe_native.dcm",
            "invalid-attribute",
            "position 99",
        ),
        (
            "kind: dicom_series, channels: gray",
            &unit[..],
            "series/ct_head_gantry_tilt_variable_spacing",
            "invalid-attribute",
            "flagged gap",
        ),
        (
            "kind: raster, channels: gray",
            &[][..],
            "made/cr8_rle.dcm",
            "unsupported-format",
            "DICOM",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = audit("gray", "embedded", input, steps, &root);
        let audit = write(folder.path(), &text, &[file]);
        let path = root.join(file).display().to_string();
        let output = equipoise()
            .args(["inspect", &path, "--audit", &audit, "--format", "json"])
            .output()
            .unwrap();
        assert_eq!(code(&output), 5, "{file}: {}", stderr(&output));
        let found: Value = serde_json::from_str(stdout(&output).trim()).unwrap();
        assert!(found["tensor"].is_null(), "{file}");
        assert_eq!(found["reason"], reason, "{file}: {}", found["error"]);
        let error = found["error"].as_str().unwrap();
        assert!(error.contains(words), "{file}: {error}");
    }
}

#[test]
fn a_folder_of_slices_is_one_volume() {
    let Some(root) = shared("data/formats/dicom/series") else {
        return;
    };
    if find(&Places::of_this_computer(None)).is_err() {
        eprintln!("skipped: no ONNX Runtime, and the embedded engine has no 3D convolution");
        return;
    }
    let root = root.canonicalize().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "audit: series
model: {{file: {}, engine: onnxruntime, inputs: {{image: {{layout: NCDHW}}}}}}
cohort: {{manifest: cohort.csv, root: {}, columns: {{image: file, patient: none}}}}
input: {{kind: dicom_series, channels: gray}}
preprocess: [rescale]
output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  finding: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
",
        project().join("fixtures/volumes/logit.onnx").display(),
        root.display()
    );
    let audit = write(folder.path(), &text, &["ct_axial_regular"]);
    let series = root.join("ct_axial_regular").display().to_string();
    let output = equipoise()
        .args(["inspect", &series, "--audit", &audit, "--format", "json"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let found: Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    // Frames first, one channel: the tensor's bytes are those of the volume in the table.
    assert_eq!(
        found["tensor"]["shape"],
        serde_json::json!([1, 1, 28, 128, 128])
    );
    assert_eq!(
        found["tensor"]["sha256"],
        "1bc3db613559cacdd61d2acd3da7c5e1837bf3c5cdfcfded70fbab5325ddb636"
    );
}
