//! Decoding against the hashes of what pydicom, GDCM, DCMTK and others read from the same files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::{Stored, decode};
use crate::imaging::image::{Sample, Samples, any_type};

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("EQUIPOISE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let folder = shared.join("data/formats");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is absent", folder.display());
    None
}

/// Fields of a CSV line; commas inside double quotes belong to the field.
fn fields(line: &str) -> Vec<String> {
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
}

fn rows(folder: &std::path::Path, table: &str) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(folder.join(table)).unwrap();
    let mut lines = text.lines();
    let names = fields(lines.next().unwrap());
    lines
        .map(|line| names.iter().cloned().zip(fields(line)).collect())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn raw_sha256(samples: &Samples) -> String {
    let mut bytes = Vec::with_capacity(samples.len() * 4);
    any_type!(samples, values => for value in values {
        bytes.extend_from_slice(&(value.to_f64() as i64 as u32).to_le_bytes());
    });
    hex(&bytes)
}

#[derive(Default, Debug)]
struct Counts {
    equal: usize,
    near: usize,
    differing: usize,
    refused: usize,
    refused_otherwise: usize,
}

#[test]
fn every_file_is_read_as_the_reference_says() {
    let Some(folder) = folder() else { return };
    let mut table: BTreeMap<String, Counts> = BTreeMap::new();
    let mut failures = Vec::new();
    for row in rows(&folder, "dicom_reference.csv") {
        let file = row["file"].as_str();
        let counts = table.entry(row["transfer_syntax"].clone()).or_default();
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let result = decode(&bytes);
        let expect = row["expect"].as_str();
        match (expect, &result) {
            ("ok" | "warn" | "error:modality" | "error:voi", Ok(stored)) => {
                compare(&row, stored, counts, &mut failures);
            }
            ("ok" | "warn" | "error:modality" | "error:voi", Err(error)) => {
                counts.refused_otherwise += 1;
                failures.push(format!("{file}: {error}"));
            }
            ("error:read" | "error:pixels", Err(error)) => {
                if expect != format!("error:{}", error.step().code()) {
                    failures.push(format!(
                        "{file}: {expect}, refused at {:?}: {error}",
                        error.step()
                    ));
                }
                counts.refused += 1;
            }
            ("error", Err(_)) => counts.refused += 1,
            (_, Ok(_)) => failures.push(format!("{file}: read, where the reference says {expect}")),
            _ => failures.push(format!("{file}: unknown expectation {expect}")),
        }
    }
    for (syntax, counts) in &table {
        eprintln!("{syntax:28} {counts:?}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn compare(
    row: &BTreeMap<String, String>,
    stored: &Stored,
    counts: &mut Counts,
    failures: &mut Vec<String>,
) {
    let file = &row["file"];
    let shape = [
        ("frames", stored.header.frames),
        ("rows", stored.header.rows),
        ("cols", stored.header.columns),
        ("samples", stored.header.channels),
    ];
    for (name, found) in shape {
        if row[name] != found.to_string() {
            failures.push(format!("{file}: {name} {found}, expected {}", row[name]));
        }
    }
    if !stored.samples.is_float() && raw_sha256(&stored.samples) == row["raw_sha256"] {
        counts.equal += 1;
        return;
    }
    let summary = stored.samples.summary().unwrap();
    let mean: f64 = row["raw_mean"].parse().unwrap();
    let probe: Vec<f64> = row["probe"]
        .split(' ')
        .map(|v| v.parse().unwrap())
        .collect();
    let n = stored.samples.len();
    let largest = probe
        .iter()
        .enumerate()
        .map(|(k, expected)| {
            let at = (2 * k + 1) * n / 32;
            let found = any_type!(&stored.samples, values => values[at].to_f64());
            (found - expected).abs()
        })
        .fold(0.0, f64::max);
    let sentence = format!(
        "{file}: lossy {} largest difference {largest}, mean {} expected {mean}, min {} max {} expected {} {} by {} | {}",
        row["lossy"],
        summary.mean,
        summary.min,
        summary.max,
        row["raw_min"],
        row["raw_max"],
        row["decoder"],
        stored.notes.join("; ")
    );
    if row["lossy"] == "1" && largest <= 1.0 && (summary.mean - mean).abs() < 0.01 {
        counts.near += 1;
        eprintln!("{sentence}");
    } else {
        counts.differing += 1;
        failures.push(sentence);
    }
}
