//! Outlines and boxes out of the model itself, case by case, against what Pillow, ONNX Runtime and
//! SciPy gave for the same images (`reference/` beside the data).
//! Skips, and says so, where the data are not beside the project.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeMap;

use equipoise::tasks::{CANDIDATE, CASE};
use serde_json::Value;
use support::{AuditFolder, code, copied_audit, engines, number, project, rows, shared, stderr};

/// One row of a reference table by column.
type Cells = BTreeMap<String, String>;

fn cell(row: &Cells, column: &str) -> f64 {
    row[column]
        .parse()
        .unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

/// Sixty rows, evenly spread over a reference table.
fn sixty(file: &str) -> Option<Vec<Cells>> {
    let table = rows(&shared("data/ham10000/reference")?.join(file));
    let step = table.len() / 60;
    Some(table.into_iter().step_by(step).take(60).collect())
}

/// Runs an audit on the images of some rows with an engine, and gives the stored scores by image.
fn scores_of(
    name: &str,
    engine: &str,
    rows: &[Cells],
    names: &[String],
) -> BTreeMap<String, Vec<f64>> {
    let ids: Vec<&str> = rows.iter().map(|row| row["image_id"].as_str()).collect();
    let only = format!(
        "in: [test]}}, {{column: image_id, in: [{}]}}]",
        ids.join(", ")
    );
    let audit = copied_audit(name)
        .replace("in: [test]}]", &only)
        .replace("engine: embedded", &format!("engine: {engine}"))
        .replace("replicates: 1000", "replicates: 100");
    let folder = AuditFolder::new(&audit);
    let output = folder.call("run");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let file = folder.path("out").join(name).join("predictions.parquet");
    let mut columns = vec!["image_id"];
    columns.extend(names.iter().map(String::as_str));
    let table = equipoise::tables::read(&file, &columns).unwrap();
    let found = table.column("image_id").unwrap();
    let all: Vec<Vec<Option<f64>>> = names
        .iter()
        .map(|name| table.numbers(name).unwrap())
        .collect();
    assert_eq!(found.len(), rows.len());
    (0..found.len())
        .map(|row| {
            let own = all.iter().zip(names);
            let own = own.map(|(column, name)| column[row].unwrap_or_else(|| panic!("{name}")));
            (found.get(row).unwrap().to_owned(), own.collect())
        })
        .collect()
}

#[test]
fn outlines_of_each_case_as_in_numpy_and_scipy() {
    let Some(reference) = sixty("segmentation.csv") else {
        return;
    };
    let names = CASE.map(|name| format!("lesion.{name}"));
    for engine in engines() {
        let found = scores_of("ham10000-segmentation", engine, &reference, &names);
        let (mut dice, mut distance, mut moved) = (0f64, 0f64, 0);
        for row in &reference {
            let own = &found[&row["image_id"]];
            let get = |name: &str| own[CASE.iter().position(|one| *one == name).unwrap()];
            let (truth, predicted, both) = (
                get("voxels_truth"),
                get("voxels_predicted"),
                get("voxels_both"),
            );
            let what = format!("{engine}: {row:?} {own:?}");
            assert_eq!(truth, cell(row, "n_truth"), "{what}");
            let common = (cell(row, "dice") * (truth + cell(row, "n_pred")) / 2.0).round();
            let pixels = (predicted - cell(row, "n_pred")).abs() + (both - common).abs();
            if pixels > 0.0 {
                // A probability within rounding of one half falls on the other side.
                assert!(pixels <= 2.0, "{what}");
                moved += 1;
                continue;
            }
            dice = dice.max((2.0 * both / (truth + predicted) - cell(row, "dice")).abs());
            dice = dice.max((both / (truth + predicted - both) - cell(row, "iou")).abs());
            for name in ["hd95", "hd95_pooled"] {
                distance = distance.max((get(name) - cell(row, name)).abs());
            }
            assert!(dice <= 1e-9 && distance <= 1e-6, "{what}");
            // One pixel has an area of 1 here, and every mask one lesion or more.
            assert_eq!(
                (get("volume_truth"), get("volume_predicted")),
                (truth, predicted),
                "{what}"
            );
            assert!((0.0..=1.0).contains(&get("surface_dice")), "{what}");
            assert!(get("assd") > 0.0 && get("assd") <= get("hd95"), "{what}");
            assert!(
                get("lesions_found") <= get("lesions_truth") && get("lesions_truth") >= 1.0,
                "{what}"
            );
            assert!(get("lesions_matched") <= get("lesions_predicted"), "{what}");
        }
        eprintln!(
            "{engine}: {} outlines, largest difference of Dice and IoU {dice:.1e}, of distances {distance:.1e}, {moved} with a pixel moved",
            reference.len()
        );
        // The reference is ONNX Runtime's; the embedded engine differs by 1e-6, and processors differ too.
        assert!(
            moved <= if engine == "embedded" { 6 } else { 3 },
            "{engine}: {moved}"
        );
    }
}

#[test]
fn boxes_of_each_image_as_in_onnx_runtime() {
    let Some(reference) = sixty("detection.csv") else {
        return;
    };
    let names: Vec<String> = (0..8)
        .flat_map(|query| CANDIDATE.map(|part| format!("lesion.{query}.{part}")))
        .collect();
    for engine in engines() {
        let found = scores_of("ham10000-detection", engine, &reference, &names);
        let (mut pixels, mut score, mut overlap) = (0f64, 0f64, 0f64);
        for row in &reference {
            let queries: Vec<&[f64]> = found[&row["image_id"]].chunks_exact(5).collect();
            let best = (0..8)
                .max_by(|a, b| queries[*a][0].total_cmp(&queries[*b][0]))
                .unwrap();
            let own = queries[best];
            assert_eq!(
                best.to_string(),
                row["query"],
                "{engine}: {row:?} {queries:?}"
            );
            score = score.max((own[0] - cell(row, "score")).abs());
            for (side, name) in own[1..].iter().zip(["x0", "y0", "x1", "y1"]) {
                pixels = pixels.max((side - cell(row, name)).abs());
            }
            let truth =
                ["truth_x0", "truth_y0", "truth_x1", "truth_y1"].map(|name| cell(row, name));
            overlap = overlap.max((iou(&own[1..], &truth) - cell(row, "iou")).abs());
            assert!(
                pixels <= 1e-3 && score <= 1e-5 && overlap <= 1e-5,
                "{engine}: {row:?} {own:?}"
            );
        }
        eprintln!(
            "{engine}: {} best boxes, largest difference {pixels:.1e} pixels, of scores {score:.1e}, of IoU {overlap:.1e}",
            reference.len()
        );
    }
}

fn iou(a: &[f64], b: &[f64]) -> f64 {
    let area = |s: &[f64]| (s[2] - s[0]) * (s[3] - s[1]);
    let across = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let both = across * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    both / (area(a) + area(b) - both)
}

/// All eight boxes of all 3,919 images against pycocotools and numpy on ONNX Runtime's boxes
/// (`fixtures/outside/tasks.json`). Another engine and JPEG decoder move boxes by less than a
/// thousandth of a pixel and scores by 1e-6: one box in thousands may change its rank or pass the
/// overlap of one half, which is worth 1 / 350 of the smallest group's sensitivity.
#[test]
fn all_boxes_as_in_pycocotools_and_numpy() {
    if shared("data/ham10000/reference").is_none() {
        return;
    }
    let audit = copied_audit("ham10000-detection").replace("replicates: 1000", "replicates: 100");
    let folder = AuditFolder::new(&audit);
    let output = folder.call("run");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let results = support::results(&folder.path("out/ham10000-detection"));
    let text = std::fs::read_to_string(project().join("fixtures/outside/tasks.json")).unwrap();
    let stored: Value = serde_json::from_str(&text).unwrap();
    let keys = ["endpoint", "metric", "attribute", "level"];
    let found: BTreeMap<[&str; 4], &Value> = results["estimates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (keys.map(|key| row[key].as_str().unwrap()), row))
        .collect();
    let (mut compared, mut largest, mut moved) = (0, 0f64, 0);
    for expected in stored["all_boxes"].as_array().unwrap() {
        let row = found[&keys.map(|key| expected[key].as_str().unwrap())];
        if expected["n_patients"] == 1 {
            assert_eq!(row["status"], "not_estimable", "{row}");
            continue;
        }
        let Some(own) = row["estimate"].as_f64() else {
            panic!("{row} {expected}")
        };
        let away = (own - number(expected, "estimate")).abs();
        assert!(away <= 1e-4, "{away:.1e}: {row} {expected}");
        for count in ["numerator", "denominator"] {
            let counts = [row, expected].map(|one| one[count].as_u64());
            if let [Some(own), Some(theirs)] = counts {
                assert!(own.abs_diff(theirs) <= 1, "{row} {expected}");
                moved += own.abs_diff(theirs);
            }
        }
        largest = largest.max(away);
        compared += 1;
    }
    eprintln!(
        "{compared} values of all boxes, largest difference {largest:.1e}, counts differ by {moved}"
    );
    assert!(compared >= 130, "{compared}");
}
