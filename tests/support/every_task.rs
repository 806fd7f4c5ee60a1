//! One small audit with an endpoint of every task, and a made table for it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::process::Output;

use serde_json::Value;

use super::{AuditFolder, by_id};

/// Eleven endpoints: two findings and one of each task.
pub const EVERY_TASK: &str = "\
audit: small
cohort:
  manifest: cohort.csv
  columns: {sample: id, patient: patient}
  max_failed_share: 0.05
output: {score_kind: score}
endpoints:
  first: {score: a, truth: {column: has_a, positive: [1], negative: [0]}, threshold: {fixed: 0.5}}
  second: {score: b, truth: {column: has_b, positive: [1], negative: [0]}, threshold: {fixed: 0.5}}
  several: {task: multilabel, of: [first, second]}
  nothing: {task: no_finding, of: [first, second]}
  diagnosis: {task: multiclass, classes: [nv, mel, bcc], truth: {column: dx}, top: [2], score_kind: probability}
  grade: {task: ordinal, levels: ['0', '1', '2'], truth: {column: grade}, score: severity}
  size: {task: regression, score: predicted, truth: {column: measured}, tolerance: 5, interval: [low, high]}
  lesions: {task: count, score: found, truth: {column: counted}}
  risk: {task: survival, score: risk, horizon: 3, truth: {time: time, event: event}}
  outline: {task: segmentation, outline: lesion, truth: {mask: mask}}
  boxes: {task: detection, boxes: box, candidates: 2, truth: {boxes: drawn}, threshold: 0.5, false_positives: [0.5, 1], area_bins: [400]}
strata:
  sex: {column: sex}
  site: {column: site, reference: A}
statistics: {confidence: 0.95, replicates: 200, seed: 3}
";

/// Names in results of the endpoints that have a task, without their parts.
pub const TASK_ENDPOINTS: [&str; 9] = [
    "several",
    "nothing",
    "diagnosis",
    "grade",
    "size",
    "lesions",
    "risk",
    "outline",
    "boxes",
];

/// One row by column.
pub type Row = BTreeMap<&'static str, String>;

/// A number from 0 to 1 that a row and a place settle (splitmix64).
fn share(row: usize, place: u64) -> f64 {
    let mut z = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ place.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// One row of the table; two of three patients have one image, the others two.
fn row(number: usize) -> Row {
    let patient = number * 3 / 4;
    let mut row = Row::new();
    let mut set = |column: &'static str, text: String| {
        row.insert(column, text);
    };
    set("id", format!("s{number:03}"));
    set("patient", format!("p{patient:03}"));
    set(
        "sex",
        if share(patient, 90) < 0.5 { "F" } else { "M" }.to_owned(),
    );
    set("site", ["A", "B", "C"][patient % 3].to_owned());
    for (place, (truth, score)) in [("has_a", "a"), ("has_b", "b")].into_iter().enumerate() {
        let has = share(number, place as u64) < 0.4;
        set(truth, u8::from(has).to_string());
        let shift = if has { 0.35 } else { 0.05 };
        set(
            score,
            format!("{:.4}", shift + 0.6 * share(number, 10 + place as u64)),
        );
    }
    let class = (3.0 * share(number, 20)) as usize;
    set("dx", ["nv", "mel", "bcc"][class].to_owned());
    let mut parts = [21, 22, 23].map(|place| (100.0 * share(number, place)).round() + 1.0);
    parts[class] += 50.0;
    let sum: f64 = parts.iter().sum();
    for (name, part) in ["nv", "mel", "bcc"].into_iter().zip(parts) {
        set(name, format!("{:.6}", part / sum));
    }
    let grade = (3.0 * share(number, 30)).floor();
    set("grade", grade.to_string());
    set(
        "severity",
        format!("{:.3}", grade + 1.6 * (share(number, 31) - 0.5)),
    );
    let measured = 20.0 + 60.0 * share(number, 40);
    let predicted = measured + 16.0 * (share(number, 41) - 0.45);
    set("measured", format!("{measured:.2}"));
    set("predicted", format!("{predicted:.2}"));
    set("low", format!("{:.2}", predicted - 6.0));
    set("high", format!("{:.2}", predicted + 6.0));
    let counted = (4.0 * share(number, 45)).floor();
    set("counted", counted.to_string());
    set(
        "found",
        format!("{:.2}", counted + 2.4 * (share(number, 46) - 0.5)),
    );
    let risk = 0.05 + 0.6 * share(number, 50);
    let time = 5.0 * share(number, 51);
    set("risk", format!("{risk:.4}"));
    set("time", format!("{time:.3}"));
    set(
        "event",
        u8::from(share(number, 52) < 0.3 + 0.5 * risk).to_string(),
    );
    outline(number, &mut row);
    boxes(number, &mut row);
    row
}

/// An outline of 100 to 200 pixels, and what was measured of one that is predicted.
fn outline(number: usize, row: &mut Row) {
    let truth = (100.0 + 100.0 * share(number, 60)).round();
    let predicted = (truth * (0.8 + 0.4 * share(number, 61))).round();
    let both = (truth.min(predicted) * (0.7 + 0.3 * share(number, 62))).round();
    row.insert("mask", format!("m{number:03}.png"));
    for (name, value) in [
        ("lesion.voxels_truth", truth),
        ("lesion.voxels_predicted", predicted),
        ("lesion.voxels_both", both),
        ("lesion.volume_truth", truth),
        ("lesion.volume_predicted", predicted),
        ("lesion.surface_dice", 0.6 + 0.4 * share(number, 63)),
        ("lesion.hd95", 1.0 + 5.0 * share(number, 64)),
        ("lesion.hd95_pooled", 1.0 + 4.0 * share(number, 65)),
        ("lesion.assd", 0.5 + share(number, 66)),
        ("lesion.lesions_truth", 2.0),
        (
            "lesion.lesions_found",
            f64::from(u8::from(share(number, 67) < 0.8)) + 1.0,
        ),
        ("lesion.lesions_predicted", 2.0),
        ("lesion.lesions_matched", 1.0),
    ] {
        row.insert(name, value.to_string());
    }
}

/// No, one or two drawn boxes; the first predicted one is near the first of them.
fn boxes(number: usize, row: &mut Row) {
    let drawn = (2.5 * share(number, 70)) as usize;
    let side = 15.0 + (10.0 * share(number, 71)).round();
    let corner = |place: usize| (10.0 + 60.0 * place as f64, 10.0 + 30.0 * share(number, 72));
    let all: Vec<String> = (0..drawn)
        .map(|place| {
            let (x, y) = corner(place);
            format!("{x} {y} {} {}", x + side, y + side)
        })
        .collect();
    row.insert(
        "drawn",
        if all.is_empty() {
            "none".to_owned()
        } else {
            all.join(";")
        },
    );
    let (x, y) = corner(0);
    let moved = 8.0 * share(number, 73);
    for (column, value) in [
        ("box.0.score", 0.3 + 0.7 * share(number, 74)),
        ("box.0.x0", x + moved),
        ("box.0.y0", y),
        ("box.0.x1", x + moved + side),
        ("box.0.y1", y + side),
        ("box.1.score", share(number, 75)),
        ("box.1.x0", 60.0 + 30.0 * share(number, 76)),
        ("box.1.y0", y),
        ("box.1.x1", 130.0),
        ("box.1.y1", y + side),
    ] {
        row.insert(column, format!("{value:.4}"));
    }
}

/// The table with `rows` rows, each after a change.
pub fn table(rows: usize, change: impl Fn(usize, &mut Row)) -> String {
    let all: Vec<Row> = (0..rows)
        .map(|number| {
            let mut one = row(number);
            change(number, &mut one);
            one
        })
        .collect();
    let names: Vec<&str> = all[0].keys().copied().collect();
    let mut text = names.join(",") + "\n";
    for row in &all {
        let cells: Vec<&str> = row.values().map(String::as_str).collect();
        text.push_str(&(cells.join(",") + "\n"));
    }
    text
}

/// The audit with its table.
pub struct EveryTask(AuditFolder);

impl Deref for EveryTask {
    type Target = AuditFolder;

    fn deref(&self) -> &AuditFolder {
        &self.0
    }
}

impl EveryTask {
    /// With 120 rows, each after a change.
    pub fn new(change: impl Fn(usize, &mut Row)) -> Self {
        Self::with(&table(120, change))
    }

    /// With a table.
    pub fn with(table: &str) -> Self {
        let folder = AuditFolder::new(EVERY_TASK);
        folder.write("cohort.csv", table);
        Self(folder)
    }

    /// Adds a gate with these rules of one family.
    pub fn gate(&self, rules: &[&str]) {
        let rules: String = rules
            .iter()
            .map(|rule| format!("      - {rule}\n"))
            .collect();
        let text = std::fs::read_to_string(self.path("audit.yaml")).unwrap();
        let gate = format!("gate:\n  alpha: 0.025\n  families:\n    safety:\n{rules}");
        self.write("audit.yaml", &(text + &gate));
    }

    /// Evaluates it and gives what was printed.
    pub fn evaluate(&self, more: &[&str]) -> Output {
        self.evaluate_table("cohort.csv", more)
    }

    /// Its results.
    pub fn results(&self) -> Value {
        super::results(&self.path("out/small"))
    }
}

/// A list of results.
pub fn list<'a>(results: &'a Value, name: &str) -> &'a [Value] {
    results[name]
        .as_array()
        .unwrap_or_else(|| panic!("no {name}"))
}

/// Everything but what names rows or the table's hash.
pub fn compared(results: &Value) -> Value {
    let mut results = results.clone();
    for key in ["findings", "provenance"] {
        results.as_object_mut().unwrap().remove(key);
    }
    results
}

/// A case of which these numbers are 0, so that it has no surface to measure distances to.
#[allow(dead_code, reason = "not every test uses it")]
pub fn without_surface(row: &mut Row, zeros: &[&'static str]) {
    let zeros: Vec<(&'static str, &str)> = zeros.iter().map(|name| (*name, "0")).collect();
    set(row, &zeros);
    set(
        row,
        &[
            ("lesion.surface_dice", "-1"),
            ("lesion.hd95", "-1"),
            ("lesion.hd95_pooled", "-1"),
            ("lesion.assd", "-1"),
        ],
    );
}

/// Sets cells of a row, which must be there.
pub fn set(row: &mut Row, cells: &[(&'static str, &str)]) {
    for (column, text) in cells {
        assert!(row.insert(column, (*text).to_owned()).is_some(), "{column}");
    }
}

/// The estimate of a metric of an endpoint in a group.
pub fn estimate<'a>(results: &'a Value, metric: &str, endpoint: &str, group: &str) -> &'a Value {
    by_id(
        results,
        "estimates",
        &format!("{metric}.{endpoint}.{group}"),
    )
}
