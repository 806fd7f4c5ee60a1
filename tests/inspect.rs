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
use support::{code, equipoise, rows, run, shared, stderr, stdout};

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

/// `inspect --format json` of paths: an object for each line.
fn inspected(paths: impl Iterator<Item = std::path::PathBuf>) -> Vec<Value> {
    let output = equipoise()
        .arg("inspect")
        .args(paths)
        .args(["--format", "json"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Files whose reference is known to be wrong or more lenient; `imaging::dicom` says why.
const DEVIATIONS: [&str; 2] = [
    "dicom/pydicom/badVR.dcm",
    "dicom/made/u12_in16_highbit15.dcm",
];

#[test]
fn hashes_of_dicom_files_are_those_of_the_table() {
    let Some(folder) = shared("data/formats") else {
        return;
    };
    let rows = rows(&folder.join("dicom_reference.csv"));
    let lines = inspected(rows.iter().map(|row| folder.join(&row["file"])));
    assert_eq!(lines.len(), rows.len());
    let (mut agreed, mut lossy, mut refused, mut other) = (0, 0, 0, Vec::new());
    for (row, found) in rows.iter().zip(&lines) {
        let file = row["file"].as_str();
        let text = |key: &str| found[key].as_str().unwrap_or_default();
        if DEVIATIONS.contains(&file) {
            continue;
        }
        if let Some(step) = row["expect"].strip_prefix("error") {
            let step = step.trim_start_matches(':');
            let as_expected = found["error"].is_string() && !text("reason").is_empty();
            if as_expected && (step.is_empty() || step == text("step")) {
                refused += 1;
            } else {
                other.push(format!("{file}: expected error:{step}, found {found}"));
            }
            continue;
        }
        let mut hashes = vec!["raw_sha256", "modality_sha256"];
        let wide = found["bits_allocated"] == 32;
        let step = text("step");
        // The reference notes windows and slopes that are refused, and has no hash of them.
        hashes.extend(["voi_sha256", "voi_lut_sha256"]);
        if !row["rgb_sha256"].is_empty() && !wide {
            hashes.push("rgb_sha256");
        }
        let same = hashes.into_iter().all(|key| row[key] == text(key));
        if same && (step.is_empty() || !row["notes"].is_empty()) {
            agreed += 1;
        } else if row["lossy"] == "1" && row["raw_sha256"] != text("raw_sha256") {
            // Decoders may differ by a level; the decoder's own test holds the largest difference.
            lossy += 1;
        } else {
            other.push(format!("{file}: {found}"));
        }
    }
    eprintln!(
        "dicom_reference.csv: {agreed} agreed, {lossy} lossy near, {refused} refused, {} known deviations, {} otherwise",
        DEVIATIONS.len(),
        other.len()
    );
    assert!(other.is_empty(), "{}", other.join("\n"));
    assert!(agreed > 100 && refused > 10);
}

#[test]
fn folders_are_described_as_series_like_the_table() {
    let Some(folder) = shared("data/formats") else {
        return;
    };
    let rows = rows(&folder.join("series_reference.csv"));
    let mut folders: Vec<&str> = rows.iter().map(|row| row["folder"].as_str()).collect();
    folders.dedup();
    let series = folder.join("dicom/series");
    let lines = inspected(folders.iter().map(|name| series.join(name)));
    assert_eq!(lines.len(), rows.len());
    let (mut agreed, mut refused) = (0, 0);
    for (row, found) in rows.iter().zip(&lines) {
        let names = |key: &str| -> Vec<&str> {
            let list = found[key].as_array().unwrap().iter();
            list.map(|name| name.as_str().unwrap()).collect()
        };
        let folder = row["folder"].as_str();
        assert!(found["file"].as_str().unwrap().ends_with(folder));
        assert_eq!(found["series_index"].to_string(), row["series_index"]);
        assert_eq!(names("order").join(" "), row["order"], "{folder}");
        assert_eq!(names("ignored").join(" "), row["ignored"], "{folder}");
        assert_eq!(names("without_position").join(" "), row["without_position"]);
        let (mut flags, mut expected) = (names("flags"), Vec::new());
        expected.extend(row["flags"].split('|').filter(|flag| !flag.is_empty()));
        flags.sort_unstable();
        expected.sort_unstable();
        assert_eq!(flags, expected, "{folder}");
        for (key, column) in [
            ("spacing", "spacing"),
            ("spacing_min", "spacing_min"),
            ("spacing_max", "spacing_max"),
        ] {
            if let Ok(number) = row[column].parse::<f64>() {
                let found = found[key].as_f64().unwrap();
                assert!((found - number).abs() <= 5.1e-5, "{folder}: {key} {found}");
            }
        }
        for key in ["raw_sha256", "modality_sha256"] {
            assert_eq!(
                found[key].as_str().unwrap_or_default(),
                row[key],
                "{folder}"
            );
        }
        assert_eq!(row["raw_sha256"].is_empty(), found["error"].is_string());
        if row["raw_sha256"].is_empty() {
            refused += 1;
        } else {
            agreed += 1;
        }
    }
    eprintln!("series_reference.csv: {agreed} volumes agreed, {refused} refused");
    assert!(agreed > 0 && refused > 0);
}
