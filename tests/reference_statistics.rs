//! The synthetic clustered cohort against what R's pROC, rms and survey say of it.
//!
//! Every one of the 177 reference numbers must be reproduced. The clustered Wilson limits of the
//! reference use the normal quantile throughout; groups here all have 40 patients or more.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may panic, and says when it skips"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use equipoise::metrics::{
    self, AurocDifference, AurocMethod, Bins, ShareOf, auroc, brier, calibration_intercept,
    calibration_slope, expected_calibration_error, observed_expected, spiegelhalter,
};

struct Cohort {
    patient: Vec<u32>,
    sex: Vec<String>,
    site: Vec<String>,
    y: Vec<bool>,
    score: Vec<f64>,
}

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("EQUIPOISE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let folder = folder.join("reference");
    if folder.join("clustered_cohort.csv").is_file() {
        Some(folder)
    } else {
        eprintln!("SKIPPED: no reference numbers at {}", folder.display());
        None
    }
}

fn cohort(text: &str) -> Cohort {
    let mut cohort = Cohort {
        patient: vec![],
        sex: vec![],
        site: vec![],
        y: vec![],
        score: vec![],
    };
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        cohort
            .patient
            .push(cells[1].trim_start_matches('p').parse().unwrap());
        cohort.sex.push(cells[2].to_owned());
        cohort.site.push(cells[3].to_owned());
        cohort.y.push(cells[4] == "1");
        cohort.score.push(cells[5].parse().unwrap());
    }
    cohort
}

struct Group {
    y: Vec<bool>,
    score: Vec<f64>,
    flagged: Vec<bool>,
    patient: Vec<u32>,
}

fn group(cohort: &Cohort, name: &str) -> Group {
    let of = |row: &usize| name == "all" || cohort.sex[*row] == name || cohort.site[*row] == name;
    let rows: Vec<usize> = (0..cohort.y.len()).filter(of).collect();
    Group {
        y: rows.iter().map(|row| cohort.y[*row]).collect(),
        score: rows.iter().map(|row| cohort.score[*row]).collect(),
        flagged: rows.iter().map(|row| cohort.score[*row] >= 0.5).collect(),
        patient: rows.iter().map(|row| cohort.patient[*row]).collect(),
    }
}

fn found_in(group: &Group, prefix: &str, found: &mut BTreeMap<String, f64>) {
    let (y, score, patient) = (&group.y[..], &group.score[..], Some(&group.patient[..]));
    let mut put = |key: &str, value: f64| {
        found.insert(format!("{prefix}.{key}"), value);
    };
    let mut patients = group.patient.clone();
    patients.sort_unstable();
    patients.dedup();
    put("n", y.len() as f64);
    put("n_positive", y.iter().filter(|y| **y).count() as f64);
    put("n_patients", patients.len() as f64);
    for (short, long, share) in [
        ("sens", "sensitivity", ShareOf::Sensitivity),
        ("spec", "specificity", ShareOf::Specificity),
    ] {
        let value = metrics::proportion(share, y, &group.flagged, patient).unwrap();
        assert!(value.n_clusters >= 40);
        let limits = value.wilson(0.95).unwrap();
        put(long, value.estimate);
        put(&format!("{short}.se_cluster"), value.standard_error);
        put(&format!("{short}.se_survey"), value.standard_error);
        put(&format!("{short}.deff"), value.design_effect.unwrap());
        put(&format!("{short}.wilson_eff_lower"), limits.lower);
        put(&format!("{short}.wilson_eff_upper"), limits.upper);
    }
    let area = auroc(y, score, patient).unwrap();
    let plain = auroc(y, score, None).unwrap();
    let (limits, method) = plain.interval(AurocMethod::Delong, 0.95).unwrap();
    assert_eq!(method, "delong");
    put("auroc", area.estimate);
    put("auroc.se_delong", plain.standard_error().unwrap());
    put("auroc.delong_lower", limits.lower);
    put("auroc.delong_upper", limits.upper);
    put("auroc.se_obuchowski", area.standard_error().unwrap());
    let intercept = calibration_intercept(y, score, None, patient).unwrap();
    put("citl", intercept.value.estimate);
    put("citl.se_model", intercept.se_model);
    let slope = calibration_slope(y, score, None, patient).unwrap();
    put("slope", slope.value.estimate);
    put("slope.se_model", slope.se_model);
    put("slope.se_cluster_robcov", slope.value.standard_error);
    put("brier", brier(y, score, patient).unwrap().estimate);
    put("oe", observed_expected(y, score, patient).unwrap().estimate);
    put(
        "ece_width10",
        expected_calibration_error(y, score, &Bins::Width(10)).unwrap(),
    );
    put(
        "spiegelhalter_z",
        spiegelhalter(y, score, patient).unwrap().z,
    );
}

#[test]
fn clustered_cohort_as_in_r() {
    let Some(folder) = shared() else { return };
    let cohort = cohort(&std::fs::read_to_string(folder.join("clustered_cohort.csv")).unwrap());
    let text = std::fs::read_to_string(folder.join("clustered_cohort.expected.json")).unwrap();
    let expected: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut found = BTreeMap::new();
    for name in ["all", "F", "M", "A", "B", "C"] {
        found_in(&group(&cohort, name), name, &mut found);
    }
    let sexes = ["F", "M"]
        .map(|name| group(&cohort, name))
        .map(|group| auroc(&group.y, &group.score, None).unwrap());
    let [first, second] = sexes;
    let difference = AurocDifference::disjoint(first, second);
    found.insert("auroc.F_vs_M.D".to_owned(), difference.statistic().unwrap());
    found.insert("auroc.F_vs_M.df".to_owned(), difference.df.unwrap());
    found.insert(
        "auroc.F_vs_M.p".to_owned(),
        difference.p_two_sided().unwrap(),
    );

    let expected: BTreeMap<&String, f64> = expected
        .iter()
        .filter_map(|(key, value)| value.as_f64().map(|value| (key, value)))
        .collect();
    assert_eq!(expected.len(), 177);
    let mut wrong = Vec::new();
    for (key, expected) in &expected {
        // Ten digits are printed. R's glm stops when the deviance changes by less than 1e-8 and
        // takes the weights of its standard errors from the step before the last; ours iterate to
        // the end. lrm, behind robcov, stops a little later.
        let tolerance = match key.as_str() {
            key if key.ends_with("se_model") => 1.2e-4,
            key if key.ends_with("robcov") => 1e-6,
            key if key.ends_with("slope") || key.ends_with("citl") => 2e-8,
            _ => 1e-9,
        };
        match found.get(*key) {
            Some(value) if (value - expected).abs() <= tolerance * expected.abs().max(1e-2) => {}
            other => wrong.push(format!("{key}: {other:?}, expected {expected}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        expected.len(),
        wrong.join("\n")
    );
}

/// Every number that `published.yaml` expects, with the source of its block.
fn published(value: &serde_json::Value, source: &str, found: &mut Vec<(String, f64)>) {
    const EXPECTED: [&str; 4] = [
        "expected",
        "one_sided_95_lower",
        "rejections_at_0.05",
        "printed",
    ];
    fn numbers(value: &serde_json::Value, put: &mut impl FnMut(f64)) {
        match value {
            serde_json::Value::Number(number) => put(number.as_f64().unwrap()),
            serde_json::Value::Array(items) => items.iter().for_each(|item| numbers(item, put)),
            serde_json::Value::Object(fields) => {
                fields.values().for_each(|item| numbers(item, put));
            }
            _ => {}
        }
    }
    match value {
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| published(item, source, found))
        }
        serde_json::Value::Object(fields) => {
            let own = fields.get("source").and_then(|source| source.as_str());
            let source = own.unwrap_or(source);
            for (name, value) in fields {
                if EXPECTED.contains(&name.as_str()) {
                    numbers(value, &mut |number| found.push((source.to_owned(), number)));
                } else {
                    published(value, source, found);
                }
            }
        }
        _ => {}
    }
}

/// No number of the file is skipped: each is what a fact of the same source expects, and the fact
/// holds.
#[test]
fn every_published_number_is_reproduced() {
    let Some(folder) = shared() else { return };
    let text = std::fs::read_to_string(folder.join("published.yaml")).unwrap();
    let file: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let mut expected = Vec::new();
    published(&file, "", &mut expected);
    assert!(expected.len() > 130, "{}", expected.len());
    let facts = equipoise::qualification::facts();
    let wrong: Vec<&(String, f64)> = expected
        .iter()
        .filter(|(source, number)| {
            !facts.iter().any(|fact| {
                let same = |number: f64| (fact.expected - number).abs() < 1e-9;
                let percent = source.starts_with("FDA") && same(number / 100.0);
                fact.source == source && fact.pass && (same(*number) || percent)
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
