//! `inspect` as its users meet it, and its hashes against the tables of other readers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::{code, equipoise, run, shared, stderr, stdout};

#[test]
fn text_and_json_say_the_same_of_a_small_image() {
    let text = run(&[
        "inspect",
        "fixtures/tiny/gray8.png",
        "fixtures/tiny/rgb8.png",
    ]);
    assert_eq!(code(&text), 0, "{}", stderr(&text));
    insta::assert_snapshot!("text", stdout(&text));
    let json = run(&["inspect", "fixtures/tiny/gray8.png", "--format", "json"]);
    insta::assert_snapshot!("json", stdout(&json));
    // Every pixel is 7 x + 13 y.
    let object: Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(object["min"], 0.0);
    assert_eq!(object["max"], 7.0 * 11.0 + 13.0 * 9.0);
}

#[test]
fn help_says_what_is_hashed_and_how_it_ends() {
    insta::assert_snapshot!("help", stdout(&run(&["inspect", "--help"])));
}

#[test]
fn a_refused_file_is_named_and_the_rest_goes_on() {
    let output = run(&[
        "inspect",
        "fixtures/tiny/truncated.png",
        "nowhere.png",
        "fixtures/tiny",
        "fixtures/tiny/gray16.png",
        "--format",
        "json",
    ]);
    assert_eq!(code(&output), 5);
    let lines: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |line: usize, key: &str| lines[line][key].as_str().unwrap_or_default().to_owned();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        (of(0, "step"), of(0, "reason")),
        ("pixels".into(), "truncated".into())
    );
    assert_eq!(
        (of(1, "step"), of(1, "reason")),
        ("read".into(), "file-absent".into())
    );
    assert_eq!(of(2, "step"), "read");
    assert!(lines[3]["error"].is_null());
    assert_eq!(of(3, "dtype"), "uint16");
    let text = run(&["inspect", "nowhere.png"]);
    assert_eq!(code(&text), 5);
    assert!(stdout(&text).contains("no such file"), "{}", stdout(&text));
}

#[test]
fn the_tensor_of_an_audit_is_described_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let tensor = folder.path().join("input.npy").display().to_string();
    let image = "fixtures/demo/images/P0000-1.png";
    let arguments = [
        "inspect",
        image,
        "--audit",
        "audits/demo.yaml",
        "--tensor",
        &tensor,
    ];
    let output = equipoise()
        .args(arguments)
        .args(["--format", "json"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["tensor"]["shape"], serde_json::json!([1, 1, 48, 48]));
    assert_eq!(object["tensor"]["dtype"], "float32");
    // The file that was written is one that `inspect` reads, with the same values.
    let bytes = std::fs::read(&tensor).unwrap();
    assert_eq!(bytes.len(), 128 + 4 * 48 * 48);
    let pixels = object["mean"].as_f64().unwrap();
    let mean = object["tensor"]["mean"].as_f64().unwrap();
    let values: Vec<f32> = bytes[128..]
        .chunks_exact(4)
        .map(|chunk| f32::from_le_bytes(chunk.try_into().unwrap()))
        .collect();
    let written = values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
    assert!((mean - written).abs() < 1e-12);
    assert!(mean < pixels, "{mean} {pixels}");
    let two = run(&[
        "inspect",
        image,
        image,
        "--audit",
        "audits/demo.yaml",
        "--tensor",
        &tensor,
    ]);
    assert_eq!(code(&two), 2);
    assert_eq!(code(&run(&["inspect", image, "--tensor", &tensor])), 2);
}

/// Rows of a table whose fields may stand in double quotes.
fn rows(path: &std::path::Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let fields = |line: &str| -> Vec<String> {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                other => fields.last_mut().unwrap().push(other),
            }
        }
        fields
    };
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names = fields(lines.next().unwrap());
    lines
        .map(|line| names.iter().cloned().zip(fields(line)).collect())
        .collect()
}

#[test]
fn hashes_of_all_volumes_and_images_are_those_of_the_tables() {
    let Some(folder) = shared("data/formats") else {
        return;
    };
    for table in ["nifti_reference.csv", "raster_reference.csv"] {
        let rows = rows(&folder.join(table));
        let files = rows.iter().map(|row| folder.join(&row["file"]));
        let output = equipoise()
            .arg("inspect")
            .args(files)
            .args(["--format", "json"])
            .output()
            .unwrap();
        assert_eq!(code(&output), 5);
        let lines: Vec<Value> = stdout(&output)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), rows.len());
        let (mut agreed, mut refused, mut other) = (0, 0, Vec::new());
        for (row, found) in rows.iter().zip(&lines) {
            let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
            let broken = row
                .get("expect")
                .map_or(row["decodes"] == "no", |e| e == "error");
            if broken {
                if found["error"].is_string() && found["step"].is_string() {
                    refused += 1;
                } else {
                    other.push(format!("{}: not refused", row["file"]));
                }
                continue;
            }
            // nibabel goes by the name of one file and has no hash of it.
            let compared = row["decodes"] == "yes";
            let hashes = ["sha256", "rgb_sha256", "ras_sha256"];
            let same = hashes
                .into_iter()
                .filter(|key| row.contains_key(*key))
                .all(|key| row[key] == text(key));
            if found["error"].is_null() && (same || !compared) {
                agreed += 1;
            } else {
                other.push(format!("{}: {found}", row["file"]));
            }
        }
        eprintln!(
            "{table}: {agreed} agreed, {refused} refused, {} otherwise",
            other.len()
        );
        assert!(other.is_empty(), "{}", other.join("\n"));
    }
}
