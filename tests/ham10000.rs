//! Real images against reference outputs made with Pillow, ONNX Runtime and scikit-learn.
//! Skips, and says so, when the data are not beside the project.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{by_id, code, number, rows, run, shared, stderr};

/// Names of levels in the reference, and ours.
fn our_level(attribute: &str, level: &str) -> String {
    match (attribute, level) {
        ("sex", "unknown") | ("age_band", "missing") => "(missing)".to_owned(),
        ("age_band", "40-59") => "[40,60)".to_owned(),
        ("age_band", "60+") => ">=60".to_owned(),
        _ => level.to_owned(),
    }
}

/// One run of the audit on the embedded engine, for all tests of this file.
fn audited() -> Option<&'static Value> {
    static DONE: std::sync::OnceLock<Option<Value>> = std::sync::OnceLock::new();
    DONE.get_or_init(|| {
        shared("data/ham10000")?;
        let out = tempfile::tempdir().unwrap();
        let text =
            std::fs::read_to_string(support::project().join("audits/ham10000.yaml")).unwrap();
        // The same audit, on the engine that is always there and without reruns, beside the original so that its paths hold.
        let text = text.replace("engine: auto", "engine: embedded");
        let text: String = text
            .lines()
            .filter(|line| !line.starts_with("reproducibility:"))
            .map(|line| format!("{line}\n"))
            .collect();
        let base = support::project().join("audits");
        let text = text.replace(
            "../../shared",
            &base.join("../../shared").display().to_string(),
        );
        let file = out.path().join("ham10000.yaml");
        std::fs::write(&file, text).unwrap();
        let folder = out.path().join("out");
        let output = run(&[
            "run",
            &file.display().to_string(),
            "--out",
            &folder.display().to_string(),
            "--exit-zero",
        ]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let mut results = support::results(&folder.join("ham10000"));
        results["predictions"] = probabilities(&folder.join("ham10000/predictions.parquet"));
        Some(results)
    })
    .as_ref()
}

/// Probability by image id, out of the stored scores.
fn probabilities(file: &Path) -> Value {
    let table = equipoise::tables::read(file, &["image_id", "score"]).unwrap();
    let ids = table.column("image_id").unwrap();
    let scores = table.numbers("score").unwrap();
    let pairs = (0..ids.len()).map(|row| {
        (
            ids.get(row).unwrap().to_owned(),
            scores[row].map_or(Value::Null, Value::from),
        )
    });
    Value::Object(pairs.collect())
}

/// Scores for images whose lossless pixels are given agree to 1e-5. The JPEG decoder gives
/// libjpeg-turbo's pixels, so that all the others agree as well and no decision differs.
#[test]
fn probabilities_agree_with_the_reference() {
    let (Some(results), Some(folder)) = (audited(), shared("data/ham10000/reference")) else {
        return;
    };
    let mut largest = 0f64;
    let mut compared = 0;
    let mut flips = 0;
    const THRESHOLD: f64 = 0.338_856_764_764_501_7;
    for row in rows(&folder.join("predictions.csv")) {
        let Some(p) = results["predictions"][&row["image_id"]].as_f64() else {
            continue;
        };
        let expected: f64 = row["p_malignancy"].parse().unwrap();
        largest = largest.max((p - expected).abs());
        flips += usize::from((p >= THRESHOLD) != (expected >= THRESHOLD));
        compared += 1;
    }
    eprintln!(
        "{compared} probabilities compared, largest difference {largest:.2e}, {flips} decisions differ"
    );
    assert_eq!(compared, 3919);
    assert!(largest <= 1e-5, "largest difference {largest}");
    assert_eq!(flips, 0);
}

#[test]
fn counts_and_metrics_agree_with_the_reference() {
    let (Some(results), Some(folder)) = (audited(), shared("data/ham10000/reference")) else {
        return;
    };
    let mut strata = 0;
    for row in rows(&folder.join("subgroups.csv")) {
        let attribute = row["attribute"].as_str();
        let level = row["level"]
            .split('*')
            .map(|part| {
                our_level(
                    if attribute == "sex*site" {
                        "sex"
                    } else {
                        attribute
                    },
                    part,
                )
            })
            .collect::<Vec<_>>()
            .join("*");
        let place = format!("{attribute}.{level}");
        let sensitivity = by_id(results, "estimates", &format!("sensitivity.{place}"));
        let specificity = by_id(results, "estimates", &format!("specificity.{place}"));
        let auroc = by_id(results, "estimates", &format!("auroc.{place}"));
        let brier = by_id(results, "estimates", &format!("brier.{place}"));
        let count = |name: &str| row[name].parse::<u64>().unwrap();
        assert_eq!(sensitivity["n"], count("n"), "{place}");
        assert_eq!(sensitivity["n_positive"], count("n_pos"), "{place}");
        assert_eq!(sensitivity["n_patients"], count("n_lesions"), "{place}");
        if count("n_pos") > 0 {
            assert_eq!(sensitivity["numerator"], count("tp"), "{place}");
            assert_eq!(
                sensitivity["denominator"],
                count("tp") + count("fn"),
                "{place}"
            );
        } else {
            assert_eq!(sensitivity["status"], "not_estimable", "{place}");
            assert!(sensitivity["reason"].is_string(), "{place}");
        }
        assert_eq!(specificity["numerator"], count("tn"), "{place}");
        for (ours, theirs, tolerance) in [
            (sensitivity, "sensitivity", 1e-12),
            (specificity, "specificity", 1e-12),
            (auroc, "auc", 1e-9),
            (brier, "brier", 1e-6),
        ] {
            match row[theirs].parse::<f64>() {
                Ok(expected) => assert!(
                    (number(ours, "estimate") - expected).abs() < tolerance,
                    "{place} {theirs}: {} against {expected}",
                    ours["estimate"]
                ),
                Err(_) => assert!(ours["estimate"].is_null(), "{place} {theirs}"),
            }
        }
        strata += 1;
    }
    assert!(strata >= 19, "{strata} strata compared");
}

#[test]
fn the_flow_adds_up_to_the_test_part() {
    let Some(results) = audited() else { return };
    let flow = results["cohort"]["flow"].as_array().unwrap();
    let mut remaining = flow[0]["remaining"].as_u64().unwrap();
    assert_eq!(remaining, 4969);
    for step in &flow[1..] {
        remaining -= step["removed"].as_u64().unwrap();
        assert_eq!(step["remaining"].as_u64().unwrap(), remaining, "{step}");
    }
    assert_eq!(remaining, 3919);
}

/// Made with statsmodels from the reference predictions: a linear model with one mean for each
/// sex and site, weighted by the sites of the whole class, errors by lesion.
#[test]
fn sexes_within_sites_agree_with_a_saturated_regression() {
    let Some(results) = audited() else { return };
    for (metric, crude, female, male) in [
        (
            "sensitivity",
            -0.039_110_840_7,
            0.846_509_704_3,
            0.873_529_589_3,
        ),
        (
            "specificity",
            0.070_325_577_0,
            0.773_453_583_4,
            0.700_518_065_2,
        ),
    ] {
        let row = by_id(
            results,
            "case_mix",
            &format!("{metric}.sex.female-within-site"),
        );
        for (key, expected) in [
            ("crude_difference", crude),
            ("estimate", female),
            ("reference_estimate", male),
            ("difference", female - male),
        ] {
            let got = number(row, key);
            assert!((got - expected).abs() < 1e-9, "{metric} {key}: {got}");
        }
        assert!(number(row, "lower") < number(row, "difference"));
        // Six malignant lesions of women at one site, and none without a known sex.
        let cells = row["cells"].as_array().unwrap();
        let all: f64 = cells.iter().map(|cell| number(cell, "weight")).sum();
        assert!((all - 1.0).abs() < 1e-12);
    }
}
