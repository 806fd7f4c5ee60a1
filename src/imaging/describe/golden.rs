//! Hashes of raster files against what Pillow gives, file by file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;

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

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
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

fn close(written: &str, found: Option<f64>) -> bool {
    let written: f64 = written.parse().unwrap();
    found.is_some_and(|found| (written - found).abs() <= 1e-8 * written.abs())
}

#[test]
fn raster_files_are_described_as_pillow_shows_them() {
    let Some(folder) = folder() else { return };
    let (mut agreed, mut refused, mut failures) = (0, 0, Vec::new());
    for row in rows(&folder.join("raster_reference.csv")) {
        let file = &row["file"];
        let path = folder.join(file);
        let described = read_bytes(&path).and_then(|bytes| raster::describe(&bytes));
        match (row["decodes"].as_str(), described) {
            ("no", Err(_)) => refused += 1,
            ("no", Ok(_)) => failures.push(format!("{file}: read, expected a refusal")),
            (_, Err(refusal)) => failures.push(format!("{file}: {}", refusal.error)),
            (_, Ok(found)) => {
                let shape: Vec<String> = found.shape.iter().map(usize::to_string).collect();
                let same = row["shape"] == shape.join("x")
                    && row["dtype"] == found.dtype
                    && row["sha256"] == found.sha256.clone().unwrap()
                    && row["rgb_sha256"] == found.rgb_sha256.clone().unwrap_or_default()
                    && close(&row["min"], found.minimum)
                    && close(&row["max"], found.maximum)
                    && close(&row["mean"], found.mean);
                if same {
                    agreed += 1;
                } else {
                    failures.push(format!("{file}: {found:?}"));
                }
            }
        }
    }
    eprintln!(
        "inspect of raster files: {agreed} agreed, {refused} refused as expected, {} otherwise",
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(agreed > 0 && refused > 0);
}
