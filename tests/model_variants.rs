//! Every model beside the project, from image files to stored scores, against the reference's
//! scores (Pillow and ONNX Runtime in Python): layouts, element types, heads and inputs.
//!
//! Without the shared data, or for ONNX Runtime without its library, a test says so and returns.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use support::{code, engines, rows, run, shared, stderr};

/// Single precision in another order of sums. A probability moves by a quarter of its logit at most.
const PROBABILITY: f64 = 1e-5;
/// The same for logits.
const LOGIT: f64 = 4e-5;
/// A rounding to 8 bits that falls the other way moves the score by a step.
const INT8: f64 = 1e-2;

const SKIN: &str = "\
cohort:
  manifest: ROOT/manifest.csv
  root: ROOT
  columns: {image: image_path, sample: image_id, patient: lesion_id}
  include: [{column: image_id, in: [IDS]}]
  missing: ['', unknown]
input: {kind: raster, channels: rgb}
";
const STEPS: &str = "\
preprocess:
  - resize: {width: 128, height: 96, engine: pillow, filter: bilinear}
  - scale: 1/255
  - normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
";
const EIGHT_BIT: &str =
    "preprocess: [{resize: {width: 128, height: 96, engine: pillow, filter: bilinear}}]\n";
const CHEST: &str = "\
cohort:
  manifest: ROOT/manifest.csv
  root: ROOT
  columns: {image: image_path, sample: image_id, patient: patient_id}
  include: [{column: image_id, in: [IDS]}]
input: {kind: raster, channels: gray}
preprocess: [{scale: 1/255}, {normalize: {mean: [0.5], std: [0.25]}}]
";
const LOGITS: &str = "output: {head: binary, activation: none, score_kind: logit}\n";
const SIGMOID: &str = "output: {head: binary, activation: sigmoid}\n";

/// One model, how it is declared, and where its scores stand in the reference.
struct Variant {
    model: &'static str,
    /// Keys of `model` beside `file` and `engine`.
    keys: &'static str,
    /// Cohort, input and preprocessing.
    data: String,
    output: &'static str,
    /// Score here, column of the reference.
    scores: &'static [(&'static str, &'static str)],
    tolerance: f64,
}

fn skin(model: &'static str, output: &'static str, column: &'static str) -> Variant {
    let scores: &[(&str, &str)] = match column {
        "logit_malignancy" => &[("score", "logit_malignancy")],
        "p_malignancy" => &[("score", "p_malignancy")],
        "logit_v1" => &[("score", "logit_v1")],
        _ => &[("score", "p_int8")],
    };
    Variant {
        model,
        keys: "",
        data: format!("{SKIN}{STEPS}"),
        output,
        scores,
        tolerance: if output == LOGITS { LOGIT } else { PROBABILITY },
    }
}

const CLASSES: &[(&str, &str)] = &[
    ("akiec", "dx7_akiec"),
    ("bcc", "dx7_bcc"),
    ("bkl", "dx7_bkl"),
    ("df", "dx7_df"),
    ("mel", "dx7_mel"),
    ("nv", "dx7_nv"),
    ("vasc", "dx7_vasc"),
];

/// Scores that `predict` stores, by sample, then in the order of `names`.
fn predicted(
    variant: &Variant,
    engine: &str,
    root: &Path,
    ids: &[&str],
    names: &[&str],
) -> BTreeMap<String, Vec<f64>> {
    let folder = tempfile::tempdir().unwrap();
    let model = shared("data/models").unwrap().join(variant.model);
    let truth = if variant.data.contains("lesion_id") {
        "malignant"
    } else {
        "any_finding"
    };
    let endpoint = names[0];
    let data = variant.data.replace("ROOT", &root.display().to_string());
    let text = format!(
        "audit: variant\nmodel:\n  file: {}\n  engine: {engine}\n{}{}{}endpoints:\n  one: {{score: {endpoint}, truth: {{column: {truth}, positive: [1], negative: [0]}}, threshold: {{fixed: 0.5}}}}\n",
        model.display(),
        variant.keys,
        data.replace("IDS", &ids.join(", ")),
        variant.output,
    );
    let file = folder.path().join("audit.yaml");
    std::fs::write(&file, text).unwrap();
    let out = folder.path().join("out");
    let output = run(&[
        "predict",
        &file.display().to_string(),
        "--out",
        &out.display().to_string(),
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let wanted: Vec<&str> = std::iter::once("image_id")
        .chain(names.iter().copied())
        .collect();
    let table = equipoise::tables::read(&out.join("variant/predictions.parquet"), &wanted).unwrap();
    let samples = table.column("image_id").unwrap();
    let columns: Vec<Vec<Option<f64>>> = names
        .iter()
        .map(|name| table.numbers(name).unwrap())
        .collect();
    (0..samples.len())
        .map(|row| {
            let scores = columns.iter().map(|column| column[row].unwrap()).collect();
            (samples.get(row).unwrap().to_owned(), scores)
        })
        .collect()
}

/// Every `step`-th row of the reference, so that all sites and classes are among them.
fn compare(variant: &Variant, data: &str, step: usize) {
    compare_with(variant, data, step, |row, column| {
        row[column].parse().unwrap()
    });
}

fn compare_with(
    variant: &Variant,
    data: &str,
    step: usize,
    expected: impl Fn(&BTreeMap<String, String>, &str) -> f64,
) {
    let (Some(root), Some(_)) = (shared(data), shared("data/models")) else {
        return;
    };
    let root: PathBuf = root.canonicalize().unwrap();
    let chosen: Vec<_> = rows(&root.join("reference/predictions.csv"))
        .into_iter()
        .step_by(step)
        .collect();
    let ids: Vec<&str> = chosen.iter().map(|row| row["image_id"].as_str()).collect();
    let names: Vec<&str> = variant.scores.iter().map(|(name, _)| *name).collect();
    for engine in engines() {
        let scores = predicted(variant, engine, &root, &ids, &names);
        assert_eq!(scores.len(), ids.len());
        let mut largest = 0f64;
        for row in &chosen {
            for (place, (name, column)) in variant.scores.iter().enumerate() {
                let (found, known) = (scores[&row["image_id"]][place], expected(row, column));
                let difference = (found - known).abs();
                assert!(
                    difference <= variant.tolerance,
                    "{} {engine} {} {name}: {found}, expected {known}",
                    variant.model,
                    row["image_id"]
                );
                largest = largest.max(difference);
            }
        }
        eprintln!(
            "{} {engine}: {} samples, {} score(s), largest difference {largest:.2e}",
            variant.model,
            ids.len(),
            names.len()
        );
    }
}

const HAM: &str = "data/ham10000";

#[test]
fn planes_with_channels_first_give_the_reference_logits_and_probabilities() {
    for variant in [
        skin("ham_malignancy.onnx", LOGITS, "logit_malignancy"),
        skin("ham_malignancy.onnx", SIGMOID, "p_malignancy"),
        skin("ham_malignancy_v1.onnx", LOGITS, "logit_v1"),
    ] {
        compare(&variant, HAM, 50);
    }
}

#[test]
fn the_quantised_model_gives_the_reference_probability() {
    let variant = Variant {
        tolerance: INT8,
        ..skin("ham_malignancy_int8.onnx", SIGMOID, "p_int8")
    };
    compare(&variant, HAM, 50);
}

#[test]
fn bytes_with_channels_last_and_two_probabilities_give_the_reference_probability() {
    let variant = Variant {
        data: format!("{SKIN}{EIGHT_BIT}"),
        output: "output: {head: multiclass, activation: none, score_kind: probability, labels: [~, malignant]}\n",
        scores: &[("malignant", "p_nhwc_softmax2")],
        ..skin("ham_malignancy_nhwc_u8_softmax2.onnx", SIGMOID, "")
    };
    compare(&variant, HAM, 50);
    // The same, said in full.
    let said = Variant {
        keys: "  inputs: {image: {layout: NHWC, dtype: u8}}\n  batch: 7\n",
        ..variant
    };
    compare(&said, HAM, 200);
}

#[test]
fn seven_classes_give_the_reference_logits_by_label() {
    let variant = Variant {
        output: "output: {head: multiclass, activation: none, score_kind: logit, labels: [akiec, bcc, bkl, df, mel, nv, vasc]}\n",
        scores: CLASSES,
        tolerance: LOGIT,
        ..skin("ham_dx7_logits.onnx", SIGMOID, "")
    };
    compare(&variant, HAM, 50);
}

#[test]
fn seven_classes_give_the_softmax_of_the_reference_logits() {
    let variant = Variant {
        output: "output: {head: multiclass, activation: softmax, labels: [akiec, ~, bkl, df, mel, nv, vasc]}\n",
        // A class that is not kept still has its part in the sum.
        scores: &[("mel", "dx7_mel"), ("nv", "dx7_nv")],
        ..skin("ham_dx7_logits.onnx", SIGMOID, "")
    };
    compare_with(&variant, HAM, 50, |row, column| {
        let exponential = |column: &str| row[column].parse::<f64>().unwrap().exp();
        let sum: f64 = CLASSES.iter().map(|(_, one)| exponential(one)).sum();
        exponential(column) / sum
    });
}

#[test]
fn four_findings_of_the_chest_give_the_reference_logits_by_label() {
    let variant = Variant {
        model: "cxr64_findings.onnx",
        keys: "",
        data: CHEST.to_owned(),
        output: "output: {head: multilabel, activation: none, score_kind: logit, labels: [any_finding, effusion, infiltration, atelectasis]}\n",
        scores: &[
            ("any_finding", "logit_any_finding"),
            ("effusion", "logit_effusion"),
            ("infiltration", "logit_infiltration"),
            ("atelectasis", "logit_atelectasis"),
        ],
        tolerance: LOGIT,
    };
    compare(&variant, "data/cxr64", 4);
}

/// Age, sex and whether the lesion is on the torso, as the model's makers coded them.
const TABULAR: &str = "  inputs:
    tabular:
      columns:
        - {column: age, scale: 0.01, missing: 0.52}
        - {column: sex, map: {male: 1, female: 0}, missing: 0.5}
        - {column: localization, map: {back: 1, trunk: 1, chest: 1, abdomen: 1}, other: 0, missing: 0}
";

#[test]
fn an_image_with_columns_of_the_table_gives_the_reference_logit() {
    let variant = Variant {
        keys: TABULAR,
        scores: &[("score", "logit_multimodal")],
        ..skin("ham_multimodal.onnx", LOGITS, "")
    };
    // Patients of unknown age and of unknown sex are among them.
    compare(&variant, HAM, 50);
}

/// The audit to copy from, on all test images, and what it says of the makers' logits.
#[test]
fn the_multimodal_audit_agrees_with_its_makers() {
    let Some(root) = shared("data").filter(|_| shared(HAM).is_some()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = support::project().join("audits/ham10000-multimodal.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("../../shared/data", &root.display().to_string());
    let audit = folder.path().join("audit.yaml");
    std::fs::write(&audit, text).unwrap();
    let out = folder.path().join("out");
    let output = run(&[
        "run",
        &audit.display().to_string(),
        "--out",
        &out.display().to_string(),
        "--exit-zero",
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let results = support::results(&out.join("ham10000-multimodal"));
    let parity = &results["parity"];
    assert_eq!(parity["status"], "within_tolerance", "{parity}");
    let score = &parity["scores"][0];
    assert_eq!(score["n_compared"], 3919);
    assert_eq!(score["decision_flips"], 0);
    eprintln!(
        "ham_multimodal.onnx: 3919 logits, largest difference {}",
        score["max_abs"]
    );
    assert_eq!(results["cohort"]["failures"].as_array().unwrap().len(), 0);
    let columns = results["methods"]["inputs"][1]["columns"]
        .as_array()
        .unwrap();
    let names: Vec<&str> = columns
        .iter()
        .map(|one| one["column"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["age", "sex", "localization"]);
}
