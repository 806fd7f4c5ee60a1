//! Faults of windows, rescaling and MONOCHROME1 are planted in audits on DICOM, and the doctor
//! ranks the change that undoes each of them first: by the logits that numpy, pydicom and ONNX
//! Runtime gave (`fixtures/make_dicom.py`), and by input tensors alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use equipoise::config::{
    Channels, Crop, DicomOptions, DicomWindow, InputKind, InputSpec, Step, WindowOutput,
};
use equipoise::imaging::{Pipeline, Samples};
use serde_json::Value;
use support::{code, project, run, shared, stderr, stdout};

/// Files of a case with the logits of the reference. A rescale of those without MONOCHROME1 changes no
/// value, so that a missing `rescale` is no fault among them and is not planted.
fn logits(case: &str) -> Vec<(String, f64)> {
    let path = project().join("fixtures/dicom/tensors.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = all["cases"].as_array().unwrap();
    let case = cases.iter().find(|one| one["case"] == case).unwrap();
    let files = case["files"].as_array().unwrap().iter();
    files
        .map(|one| {
            let file = one["file"].as_str().unwrap().to_owned();
            (file, one["logit"].as_f64().unwrap())
        })
        .collect()
}

/// Writes audit, cohort and makers' table into a folder; `steps` are lines without the dash.
fn write(
    folder: &Path,
    root: &Path,
    input: &str,
    steps: &[&str],
    parity: &str,
    files: &[(String, f64)],
) -> String {
    let mut table = "id,file,truth,logit\n".to_owned();
    for (place, (file, logit)) in files.iter().enumerate() {
        table.push_str(&format!("s{place},{file},{},{logit}\n", place % 2));
    }
    std::fs::write(folder.join("cohort.csv"), table).unwrap();
    let steps: String = steps.iter().map(|step| format!("  - {step}\n")).collect();
    let text = format!(
        "audit: dicom
model: {{file: {}, engine: embedded, inputs: {{image: {{layout: NCHW}}}}}}
cohort:
  manifest: cohort.csv
  root: {}
  columns: {{image: file, sample: id, patient: none}}
  max_failed_share: 1
input: {{kind: dicom, channels: gray{input}}}
preprocess:
{steps}  - crop: {{center: {{width: 32, height: 32}}}}
output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  finding: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
parity: {parity}
",
        project().join("fixtures/dicom/gray.onnx").display(),
        root.display()
    );
    let file = folder.join("audit.yaml");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

const SCORES: &str =
    "{scores: cohort.csv, columns: {score: logit}, scale: logit, tolerance: {max_abs: 1.0e-4}}";

fn doctor(audit: &str) -> (i32, Value) {
    let output = run(&["doctor", audit, "--sample", "20", "--format", "json"]);
    let json = serde_json::from_str(&stdout(&output));
    let json = json.unwrap_or_else(|_| panic!("{}", stderr(&output)));
    (code(&output), json)
}

/// Expects `back` among the changes of the first rank.
fn ranks_first(found: &Value, back: &[&str]) {
    let explanations = found["explanations"].as_array().unwrap();
    let first: Vec<&Value> = explanations.iter().filter(|one| one["rank"] == 1).collect();
    assert!(
        first
            .iter()
            .any(|one| one["change"] == serde_json::json!(back)),
        "{back:?}: {first:#?}"
    );
    assert_eq!(first[0]["within_tolerance"], true, "{back:?}");
    eprintln!(
        "{}: first of {} tried, {} others with the same numbers",
        back.join(" | "),
        found["tried"],
        first.len() - 1
    );
}

#[test]
fn windows_rescaling_and_inversion_rank_first_by_scores() {
    let Some(root) = shared("data/formats/dicom") else {
        return;
    };
    let root = root.canonicalize().unwrap();
    let right = "window: {center: 40, width: 350}";
    for (case, input, steps, back) in [
        ("first", "", &["rescale", "window: first"][..], None),
        (
            "first",
            "",
            &["rescale", right][..],
            Some(
                &[
                    "- preprocess: - window: {center: 40, width: 350}",
                    "+ preprocess: - window: first",
                ][..],
            ),
        ),
        (
            "declared",
            "",
            &["rescale", "window: {center: 350, width: 40}"][..],
            Some(
                &[
                    "- preprocess: - window: {center: 350, width: 40}",
                    "+ preprocess: - window: {center: 40, width: 350}",
                ][..],
            ),
        ),
        (
            "declared",
            "",
            &["rescale", "window: {center: 1064, width: 350}"][..],
            Some(
                &[
                    "- preprocess: - window: {center: 1064, width: 350}",
                    "+ preprocess: - window: {center: 40, width: 350}",
                ][..],
            ),
        ),
        (
            "declared",
            "",
            &[
                "rescale",
                "window: {center: 40, width: 350, output: u8, rounding: nearest}",
            ][..],
            Some(
                &[
                    "- preprocess: - window: {center: 40, width: 350, output: u8, rounding: nearest}",
                    "+ preprocess: - window: {center: 40, width: 350}",
                ][..],
            ),
        ),
        (
            "declared",
            ", monochrome1: as_stored",
            &["rescale", right][..],
            Some(&["- input: monochrome1: as_stored"][..]),
        ),
        (
            "declared",
            "",
            &[
                "rescale",
                right,
                "scale: -1",
                "normalize: {mean: [-1], std: [1]}",
            ][..],
            Some(
                &[
                    "- preprocess: - scale: -1",
                    "- preprocess: - normalize: {mean: [-1], std: [1]}",
                ][..],
            ),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let files = logits(case);
        let audit = write(folder.path(), &root, input, steps, SCORES, &files);
        let (exit, found) = doctor(&audit);
        match back {
            None => {
                assert_eq!(exit, 0, "{found:#}");
                assert_eq!(found["within_tolerance"], true);
            }
            Some(back) => {
                assert_eq!(exit, 5, "{steps:?}");
                ranks_first(&found, back);
            }
        }
    }
}

/// A tensor as `.npy`: one channel, rows and columns.
fn npy(rows: usize, columns: usize, values: &[f32]) -> Vec<u8> {
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': (1, {rows}, {columns}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    values
        .iter()
        .for_each(|value| bytes.extend(value.to_le_bytes()));
    bytes
}

#[test]
fn without_scores_explanations_are_ranked_by_tensors() {
    let Some(root) = shared("data/formats/dicom") else {
        return;
    };
    let root = root.canonicalize().unwrap();
    let files = logits("first");
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tensors")).unwrap();
    // Our own tensors of `window: first`, which equal numpy's to the bit (tests/dicom.rs).
    let input = InputSpec {
        kind: InputKind::Dicom(None),
        channels: Channels::Gray,
        dicom: DicomOptions::default(),
        raster: Default::default(),
    };
    let steps = [
        Step::Rescale,
        Step::DicomWindow(DicomWindow::First, WindowOutput::Unit),
        Step::Crop(Crop::Center {
            width: 32,
            height: 32,
            depth: None,
        }),
    ];
    let pipeline = Pipeline::new(input, &steps);
    for (place, (file, _)) in files.iter().enumerate() {
        let path = root.join(file);
        let read = pipeline
            .read(&path, &std::fs::read(&path).unwrap())
            .unwrap();
        let image = pipeline.apply(read.image).unwrap();
        let Samples::F32(values) = &image.samples else {
            panic!("a window gives floats");
        };
        let name = folder.path().join(format!("tensors/s{place}.npy"));
        std::fs::write(name, npy(image.rows, image.columns, values)).unwrap();
    }
    let tensors = "{tensors: tensors, tolerance: {max_abs_tensor: 1.0e-6}}";
    for (steps, back) in [
        (&["rescale", "window: first"][..], None),
        (
            &["rescale", "window: {center: 40, width: 400}"][..],
            Some(
                &[
                    "- preprocess: - window: {center: 40, width: 400}",
                    "+ preprocess: - window: first",
                ][..],
            ),
        ),
        (
            &["rescale", "window: first", "flip: horizontal"][..],
            Some(&["- preprocess: - flip: horizontal"][..]),
        ),
    ] {
        let audit = write(folder.path(), &root, "", steps, tensors, &files);
        let (exit, found) = doctor(&audit);
        assert_eq!(found["parity"], serde_json::json!([]), "{found:#}");
        assert_eq!(found["tensors"]["n_compared"], 11);
        match back {
            None => {
                assert_eq!(exit, 0, "{found:#}");
                assert_eq!(found["tensors"]["max_abs"], 0.0);
            }
            Some(back) => {
                assert_eq!(exit, 5, "{steps:?}");
                ranks_first(&found, back);
                let said = stdout(&run(&["doctor", &audit]));
                assert!(said.contains("Parity: input tensors lie up to"), "{said}");
            }
        }
    }
}
