//! Endpoints that are no binary finding, on real reference outputs and on simulated readings, against
//! what scikit-learn, scikit-survival, lifelines, statsmodels, pycocotools and numpy say
//! (`fixtures/outside/tasks.json`, made by `fixtures/make_task_reference.py`).
//! Skips, and says so, where the data are not beside the project.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use support::{AuditFolder, code, copied_audit, number, project, rows, shared, stderr};

fn stored() -> Value {
    let path = project().join("fixtures/outside/tasks.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Cells of a reference table as numbers.
type Cells = BTreeMap<String, String>;

fn cell(row: &Cells, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// A table of scores: the id column, and what is made of each row of a reference table.
fn scores(id: &str, names: &[String], table: &Path, of: impl Fn(&Cells) -> Vec<f64>) -> String {
    let mut text = format!("{id},{}\n", names.join(","));
    for row in rows(table)
        .iter()
        .filter(|row| row.get("split").is_none_or(|split| split == "test"))
    {
        let values: Vec<String> = of(row).iter().map(f64::to_string).collect();
        text.push_str(&format!("{},{}\n", row[id], values.join(",")));
    }
    text
}

/// Evaluates an audit with a table of scores.
fn evaluated(audit: &str, table: &str) -> Value {
    // Permutations of tests are no part of what is compared here.
    evaluated_with(audit, table, 100)
}

fn evaluated_with(audit: &str, table: &str, replicates: u32) -> Value {
    let replicates = format!("replicates: {replicates}");
    let folder = AuditFolder::new(&audit.replace("replicates: 1000", &replicates));
    folder.write("scores.csv", table);
    let output = folder.evaluate_table("scores.csv", &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let name = audit
        .lines()
        .find_map(|line| line.strip_prefix("audit: "))
        .unwrap();
    support::results(&folder.path("out").join(name))
}

/// How near two numbers must be, relative to the larger of the expected one and 1: both sides work in
/// double precision and differ in the order of their sums.
const NEAR: f64 = 1e-9;

#[derive(Default)]
struct Tally {
    estimates: usize,
    errors: usize,
    counts: usize,
    refused: usize,
    largest: f64,
    largest_error: f64,
    intervals: usize,
    resampled: usize,
}

impl Tally {
    fn say(&self, what: &str) {
        eprintln!(
            "{what}: {} estimates agree (largest difference {:.1e}), {} standard errors ({:.1e}), {} counts, {} not estimable on both sides, {} intervals",
            self.estimates,
            self.largest,
            self.errors,
            self.largest_error,
            self.counts,
            self.refused,
            self.intervals
        );
    }

    /// # Errors
    /// Where the two differ.
    fn row(&mut self, row: &Value, expected: &Value) -> Result<(), String> {
        let value = expected["estimate"].as_f64();
        // Nothing is said of a group by one patient.
        let alone = expected["n_patients"] == 1;
        let Some(value) = value.filter(|_| !alone) else {
            let empty = row["estimate"].is_null() && row["reason"].is_string();
            self.refused += 1;
            return holds(row["status"] == "not_estimable" && empty, "not estimable");
        };
        holds(row["status"] == "ok", "estimable")?;
        let away = (number(row, "estimate") - value).abs() / value.abs().max(1.0);
        holds(away <= NEAR, &format!("{away:.1e} away"))?;
        self.largest = self.largest.max(away);
        self.estimates += 1;
        for (own, theirs) in [
            ("n_class", "n"),
            ("n_clusters", "n_patients"),
            ("numerator", "numerator"),
            ("denominator", "denominator"),
        ] {
            if let Some(count) = expected[theirs].as_u64() {
                holds(row[own] == count, &format!("{own} is {count}"))?;
                self.counts += 1;
            }
        }
        let error = expected["standard_error"].as_f64();
        // What does not vary has an error of rounding there.
        if let Some(error) = error.filter(|error| *error > 1e-12) {
            let away = (number(row, "standard_error") - error).abs() / error;
            holds(away <= NEAR, &format!("standard error {away:.1e} away"))?;
            self.largest_error = self.largest_error.max(away);
            self.errors += 1;
        }
        self.resamples(row, &expected["bootstrap"])?;
        self.interval(row)
    }

    /// The spread of resampled patients is that of NumPy's resamples: that of 1,500 and 2,000 draws is
    /// known to about 2.4% of it; four times that.
    fn resamples(&mut self, row: &Value, expected: &Value) -> Result<(), String> {
        let (Some(error), "patient_bootstrap_logit") =
            (expected.as_f64(), row["method"].as_str().unwrap())
        else {
            return Ok(());
        };
        let away = number(row, "standard_error") / error - 1.0;
        holds(away.abs() < 0.1, &format!("spread {away:.2} away"))?;
        self.resampled += 1;
        Ok(())
    }

    /// The limits hold the estimate and are as far apart as their standard error says.
    fn interval(&mut self, row: &Value) -> Result<(), String> {
        let (Some(lower), Some(upper)) = (row["lower"].as_f64(), row["upper"].as_f64()) else {
            return holds(row["reason"].is_string(), "limits or a reason");
        };
        let (estimate, error) = (number(row, "estimate"), row["standard_error"].as_f64());
        let around = lower <= estimate && estimate <= upper && lower < upper;
        holds(around, "limits around the estimate")?;
        if let Some(error) = error.filter(|error| *error > 0.0) {
            let widths = (upper - lower) / error;
            // Few patients, or few with the rarer outcome, have a wide interval for their error.
            let few =
                number(row, "n_clusters") < 20.0 || !row["flags"].as_array().unwrap().is_empty();
            let sane = (2.0..if few { 60.0 } else { 8.0 }).contains(&widths);
            holds(
                sane,
                &format!("{widths} standard errors between the limits"),
            )?;
        }
        self.intervals += 1;
        Ok(())
    }
}

fn holds(what: bool, expected: &str) -> Result<(), String> {
    if what {
        Ok(())
    } else {
        Err(format!("expected: {expected}"))
    }
}

/// Compares every stored row with the estimate of the same endpoint, metric and group.
fn compare(what: &str, results: &Value, expected: &Value) -> Tally {
    let mut by_key: BTreeMap<[&str; 4], &Value> = BTreeMap::new();
    for row in results["estimates"].as_array().unwrap() {
        let key =
            ["endpoint", "metric", "attribute", "level"].map(|key| row[key].as_str().unwrap());
        assert!(by_key.insert(key, row).is_none(), "{key:?} twice");
    }
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for expected in expected.as_array().unwrap() {
        let key =
            ["endpoint", "metric", "attribute", "level"].map(|key| expected[key].as_str().unwrap());
        let row = by_key
            .get(&key)
            .unwrap_or_else(|| panic!("{what} has no {key:?}"));
        if let Err(why) = tally.row(row, expected) {
            wrong.push(format!("{why}\n  {row}\n  {expected}"));
        }
    }
    tally.say(what);
    assert!(
        wrong.is_empty(),
        "{what}: {} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    tally
}

const DX: [&str; 7] = ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"];

#[test]
fn seven_diagnoses_as_in_scikit_learn() {
    let Some(folder) = shared("data/ham10000/reference") else {
        return;
    };
    let names = DX.map(str::to_owned);
    let table = scores("image_id", &names, &folder.join("predictions.csv"), |row| {
        let logits = DX.map(|dx| cell(row, &format!("dx7_{dx}")));
        let most = logits.iter().copied().fold(f64::MIN, f64::max);
        let exp = logits.map(|logit| (logit - most).exp());
        let sum: f64 = exp.iter().sum();
        exp.iter().map(|one| one / sum).collect()
    });
    let results = evaluated(&copied_audit("ham10000-dx7"), &table);
    let stored = stored();
    let tally = compare("diagnosis", &results, &stored["diagnosis"]);
    assert!(
        tally.estimates >= 150 && tally.errors >= 60,
        "{}",
        tally.estimates
    );
    let whole = results["task_curves"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["attribute"] == "overall");
    let matrix = &whole.unwrap()["figure"]["matrix"];
    assert_eq!(
        matrix["counts"],
        flat(&stored["confusion"]["counts"], &matrix["counts"])
    );
    assert_eq!(matrix["rows"], stored["confusion"]["labels"]);
}

/// A matrix as rows, or as one list where the other is one.
fn flat(matrix: &Value, like: &Value) -> Value {
    if like[0].is_array() {
        return matrix.clone();
    }
    let rows = matrix.as_array().unwrap().iter();
    rows.flat_map(|row| row.as_array().unwrap().clone())
        .collect()
}

#[test]
fn risks_at_a_horizon_as_in_scikit_survival_and_lifelines() {
    let Some(folder) = shared("data/ham10000/reference") else {
        return;
    };
    let names = ["risk_1y", "risk_3y", "risk_5y"].map(str::to_owned);
    let table = scores("image_id", &names, &folder.join("predictions.csv"), |row| {
        names.iter().map(|name| cell(row, name)).collect()
    });
    let results = evaluated(&copied_audit("ham10000-risk"), &table);
    let tally = compare("risk", &results, &stored()["risk"]);
    assert!(tally.estimates >= 200, "{}", tally.estimates);
}

const FINDINGS: [&str; 4] = ["any_finding", "effusion", "infiltration", "atelectasis"];

fn chest_scores(folder: &Path) -> String {
    scores(
        "image_id",
        &FINDINGS.map(str::to_owned),
        &folder.join("predictions.csv"),
        |row| {
            FINDINGS
                .iter()
                .map(|name| sigmoid(cell(row, &format!("logit_{name}"))))
                .collect()
        },
    )
}

#[test]
fn several_findings_as_in_scikit_learn() {
    let Some(folder) = shared("data/cxr64/reference") else {
        return;
    };
    let stored = stored();
    // At the deployed thresholds three findings are never called, and nothing could differ.
    let audit: String = copied_audit("cxr64-findings")
        .lines()
        .map(|line| {
            let low = stored["thresholds"]
                .as_object()
                .unwrap()
                .iter()
                .find(|(name, _)| line.trim_start().starts_with(&format!("{name}: ")));
            let low = low.map(|(_, low)| format!("fixed: {low}"));
            format!(
                "{}\n",
                low.map_or(line.to_owned(), |low| line.replace("fixed: 0.5", &low))
            )
        })
        .collect();
    let results = evaluated_with(&audit, &chest_scores(&folder), 2000);
    let tally = compare("findings", &results, &stored["findings"]);
    assert!(tally.estimates >= 80, "{}", tally.estimates);
    assert!(tally.resampled >= 10, "{}", tally.resampled);
    compare("no finding", &results, &stored["no_finding"]);
}

/// The deployed thresholds, and each finding by itself against the table beside the data.
#[test]
fn each_finding_as_in_the_reference_table() {
    let Some(folder) = shared("data/cxr64/reference") else {
        return;
    };
    let results = evaluated(&copied_audit("cxr64-findings"), &chest_scores(&folder));
    compare("no finding", &results, &stored()["no_finding"]);
    let mut compared = 0;
    for row in rows(&folder.join("subgroups.csv")) {
        let (attribute, level) = (row["attribute"].as_str(), row["level"].as_str());
        for (metric, column) in [
            ("sensitivity", "sensitivity"),
            ("specificity", "specificity"),
            ("auroc", "auc"),
            ("brier", "brier"),
        ] {
            let id = format!("{metric}.{}.{attribute}.{level}", row["endpoint"]);
            let found = support::by_id(&results, "estimates", &id);
            assert!(
                (number(found, "estimate") - cell(&row, column)).abs() < 1e-12,
                "{id}"
            );
            assert_eq!(found["n"].to_string(), row["n"], "{id}");
            assert_eq!(found["n_patients"].to_string(), row["n_patients"], "{id}");
            compared += 1;
        }
    }
    assert_eq!(compared, 80);
}

#[test]
fn outlines_as_in_numpy_and_statsmodels() {
    let Some(folder) = shared("data/ham10000/reference") else {
        return;
    };
    let names = equipoise::tasks::CASE.map(|name| format!("lesion.{name}"));
    let table = scores(
        "image_id",
        &names,
        &folder.join("segmentation.csv"),
        |row| {
            let (truth, predicted) = (cell(row, "n_truth"), cell(row, "n_pred"));
            let both = (cell(row, "dice") * (truth + predicted) / 2.0).round();
            let distance = |column: &str| row[column].parse().unwrap_or(-1.0);
            equipoise::tasks::CASE
                .iter()
                .map(|name| match *name {
                    "voxels_truth" | "volume_truth" => truth,
                    "voxels_predicted" | "volume_predicted" => predicted,
                    "voxels_both" => both,
                    "hd95" | "hd95_pooled" => distance(name),
                    // Not in the reference, and not compared here.
                    _ => 1.0,
                })
                .collect()
        },
    );
    let results = evaluated(&copied_audit("ham10000-segmentation"), &table);
    // The table gives Dice in sixteen digits, from which the common pixels are told without doubt.
    let tally = compare("outline", &results, &stored()["segmentation"]);
    assert!(
        tally.estimates >= 70 && tally.errors >= 60,
        "{}",
        tally.estimates
    );
}

#[test]
fn best_boxes_as_in_pycocotools_and_numpy() {
    let Some(folder) = shared("data/ham10000/reference") else {
        return;
    };
    let names = equipoise::tasks::CANDIDATE.map(|name| format!("lesion.0.{name}"));
    let table = scores("image_id", &names, &folder.join("detection.csv"), |row| {
        equipoise::tasks::CANDIDATE
            .iter()
            .map(|name| cell(row, name))
            .collect()
    });
    let audit = copied_audit("ham10000-detection").replace("candidates: 8", "candidates: 1");
    let results = evaluated(&audit, &table);
    let tally = compare("best boxes", &results, &stored()["best_box"]);
    assert!(tally.estimates >= 120, "{}", tally.estimates);
}

#[test]
fn a_measurement_and_a_grade_as_in_scikit_learn_and_statsmodels() {
    let table = project().join("fixtures/readings/cohort.csv");
    let audit = copied_audit("simulated-readings");
    let results = evaluated(&audit, &std::fs::read_to_string(table).unwrap());
    let tally = compare("readings", &results, &stored()["readings"]);
    assert!(
        tally.estimates >= 120 && tally.errors >= 90,
        "{}",
        tally.estimates
    );
}
