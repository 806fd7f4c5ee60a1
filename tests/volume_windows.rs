//! Windows of models with several inputs: two volumes and numbers of the table, against NumPy and
//! ONNX Runtime (`fixtures/make_volumes.py pair`). The volumes are made here, by the same formula.
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
use support::{code, equipoise, project, stderr, stdout};

/// Both sides add windows up in 32 bits; the numbers are up to 25.
const TOLERANCE: f64 = 2e-5;

/// A NIfTI-1 file of frames, rows and columns with `(a d + b h + c w + d h w) mod modulus`.
fn write_volume(file: &Path, size: [usize; 3], [a, b, c]: [usize; 3], modulus: usize) {
    let [frames, rows, columns] = size;
    let mut bytes = vec![0_u8; 352];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &348_i32.to_le_bytes());
    let axes = [3, columns, rows, frames, 1, 1, 1, 1];
    for (place, axis) in axes.iter().enumerate() {
        put(40 + 2 * place, &i16::try_from(*axis).unwrap().to_le_bytes());
        put(76 + 4 * place, &1_f32.to_le_bytes());
    }
    put(70, &16_i16.to_le_bytes());
    put(72, &32_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    put(254, &1_i16.to_le_bytes());
    for row in 0..3 {
        put(280 + 16 * row + 4 * row, &1_f32.to_le_bytes());
    }
    put(344, b"n+1\0");
    for d in 0..frames {
        for h in 0..rows {
            for w in 0..columns {
                let value = (a * d + b * h + c * w + d * h * w) % modulus;
                bytes.extend((u8::try_from(value).unwrap() as f32).to_le_bytes());
            }
        }
    }
    std::fs::write(file, bytes).unwrap();
}

fn audit(engine: &str, pool: &str) -> String {
    format!(
        "audit: pair
model:
  file: {}
  engine: {engine}
  inputs:
    first: {{layout: NCDHW, image: t1}}
    second: {{layout: NCDHW, image: t2}}
    history: {{columns: [{{column: age}}, {{column: marker}}]}}
  sliding_window: {{roi: [4, 6, 4], overlap: 0.5, blend: gaussian}}
cohort: {{manifest: cohort.csv, columns: {{image: t1, sample: id, patient: none}}}}
input: {{kind: volume, channels: gray}}
preprocess: [{{scale: 1}}]
output: {{head: binary, activation: none, score_kind: logit, pool: {pool}}}
endpoints:
  finding: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
",
        project().join("fixtures/volumes/pair.onnx").display()
    )
}

/// The reference, by sample: size, history, pool, logit.
fn reference() -> Vec<serde_json::Value> {
    let path = project().join("fixtures/volumes/pair.json");
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    json["scores"].as_array().unwrap().clone()
}

/// The cohort of the reference in a folder.
fn write_cohort(folder: &Path, scores: &[serde_json::Value]) {
    let mut table = "id,t1,t2,age,marker,truth\n".to_owned();
    for one in scores.iter().filter(|one| one["pool"] == "max") {
        let id = &one["sample"];
        let size = [0, 1, 2].map(|axis| one["size"][axis].as_u64().unwrap() as usize);
        write_volume(&folder.join(format!("{id}-t1.nii")), size, [3, 5, 7], 23);
        write_volume(&folder.join(format!("{id}-t2.nii")), size, [2, 1, 4], 17);
        let [age, marker] = [0, 1].map(|place| one["history"][place].as_f64().unwrap());
        table.push_str(&format!("{id},{id}-t1.nii,{id}-t2.nii,{age},{marker},1\n"));
    }
    std::fs::write(folder.join("cohort.csv"), table).unwrap();
}

#[test]
fn windows_of_two_volumes_and_numbers_score_as_in_python() {
    let scores = reference();
    let mut compared = 0;
    for engine in ["embedded", "onnxruntime"] {
        if engine == "onnxruntime" && find(&Places::of_this_computer(None)).is_err() {
            eprintln!("skipped: no ONNX Runtime");
            continue;
        }
        for pool in ["max", "mean"] {
            let folder = tempfile::tempdir().unwrap();
            write_cohort(folder.path(), &scores);
            let file = folder.path().join("audit.yaml");
            std::fs::write(&file, audit(engine, pool)).unwrap();
            let (file, out) = (file.display().to_string(), folder.path().join("out"));
            let output = equipoise()
                .args(["predict", &file, "--out", &out.display().to_string()])
                .output()
                .unwrap();
            assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
            let stored = out.join("pair/predictions.parquet");
            let table = equipoise::tables::read(&stored, &["id", "score"]).unwrap();
            let ids = table.column("id").unwrap();
            let numbers = table.numbers("score").unwrap();
            assert_eq!(numbers.len(), 3);
            for (row, number) in numbers.iter().enumerate() {
                let id: u64 = ids.get(row).unwrap().parse().unwrap();
                let expected = scores
                    .iter()
                    .find(|one| one["sample"] == id && one["pool"] == pool)
                    .unwrap();
                let expected = expected["logit"].as_f64().unwrap();
                let difference = (number.unwrap() - expected).abs();
                assert!(
                    difference < TOLERANCE,
                    "{engine} {pool} {id}: {number:?}, expected {expected}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 6);
}

#[test]
fn volumes_of_different_sizes_fail_by_themselves_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    write_cohort(folder.path(), &reference());
    write_volume(&folder.path().join("0-t2.nii"), [7, 9, 10], [2, 1, 4], 17);
    let file = folder.path().join("audit.yaml");
    let text =
        audit("embedded", "max").replace("patient: none}", "patient: none}, max_failed_share: 1");
    std::fs::write(&file, text).unwrap();
    let out = folder.path().join("out").display().to_string();
    let output = equipoise()
        .args(["predict", &file.display().to_string(), "--out", &out])
        .output()
        .unwrap();
    let said = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(code(&output), 0, "{said}");
    for part in [
        "without a score: 1 (wrong-size), the first is 0:",
        "[7, 9, 10]",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let stored = Path::new(&out).join("pair/predictions.parquet");
    let table = equipoise::tables::read(&stored, &["id", "score", "status"]).unwrap();
    let ids = table.column("id").unwrap();
    let states = table.column("status").unwrap();
    let numbers = table.numbers("score").unwrap();
    for (row, number) in numbers.iter().enumerate() {
        let failed = ids.get(row) == Some("0");
        assert_eq!(number.is_none(), failed, "{said}");
        assert_eq!(states.get(row) == Some("wrong-size"), failed, "{said}");
    }
}

#[test]
fn volumes_whose_axes_run_in_different_orders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_cohort(folder.path(), &reference());
    let file = folder.path().join("audit.yaml");
    let text = audit("embedded", "max").replace("second: {layout: NCDHW", "second: {layout: NCWHD");
    std::fs::write(&file, text).unwrap();
    let output = equipoise()
        .args(["check", &file.display().to_string()])
        .output()
        .unwrap();
    assert_eq!(code(&output), 2, "{}", stdout(&output));
    let said = stderr(&output);
    assert!(said.contains("run the other way round"), "{said}");
}
