//! Hashes of raster files against what Pillow gives, file by file.

use super::*;
use crate::imaging::reference::{folder, rows};

fn close(written: &str, found: Option<f64>) -> bool {
    let written: f64 = written.parse().unwrap();
    found.is_some_and(|found| (written - found).abs() <= 1e-8 * written.abs())
}

#[test]
fn raster_files_are_described_as_pillow_shows_them() {
    let Some(folder) = folder() else { return };
    let (mut agreed, mut refused, mut failures) = (0, 0, Vec::new());
    for row in rows(&folder, "raster_reference.csv") {
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
