//! Thresholds that are chosen, through the binary: by every rule, on a tuning split and nested.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::{SmallAudit, by_id, code, equipoise, number, stderr, stdout};

const FIXED: &str = "threshold: {fixed: 0.5}";
const COLUMNS: &str = "columns: {sample: id, patient: patient}";
const GATE: &str = "\
gate:
  alpha: 0.025
  families:
    safety:
      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: '>= 0.5'}
";

fn near(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-12, "{got} for {expected}");
}

/// One sample of a table.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    id: String,
    patient: String,
    sex: &'static str,
    split: &'static str,
    truth: bool,
    score: f64,
}

/// 90 patients, every third of whom tunes; one in four has two samples. Scores overlap.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for patient in 0..90u32 {
        let truth = patient * 7 % 10 < 4;
        for image in 0..(1 + u32::from(patient % 4 == 0)) {
            let noise = f64::from((patient * 37 + image * 11) % 61) / 100.0;
            rows.push(Row {
                id: format!("s{patient:02}-{image}"),
                patient: format!("p{patient:02}"),
                sex: if patient % 2 == 0 { "F" } else { "M" },
                split: if patient % 3 == 0 { "tuning" } else { "test" },
                truth,
                score: noise + if truth { 0.33 } else { 0.05 },
            });
        }
    }
    rows
}

fn table(rows: &[Row]) -> String {
    let mut text = "id,patient,sex,site,age,truth,score,split\n".to_owned();
    for row in rows {
        let truth = u8::from(row.truth);
        text.push_str(&format!(
            "{},{},{},A,50,{truth},{:.4},{}\n",
            row.id, row.patient, row.sex, row.score, row.split
        ));
    }
    text
}

/// An audit of these rows without a gate; `threshold` in place of the fixed one.
fn audit(rows: &[Row], threshold: &str) -> SmallAudit {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &table(rows));
    audit.change_audit(FIXED, threshold);
    audit.change_audit(GATE, "");
    audit
}

fn tuned(rows: &[Row], threshold: &str) -> SmallAudit {
    let audit = audit(rows, threshold);
    audit.change_audit(
        COLUMNS,
        &format!("{COLUMNS}\n  tuning: {{column: split, in: [tuning]}}"),
    );
    audit
}

fn results_of(audit: &SmallAudit) -> Value {
    let output = audit.evaluate();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    audit.results()
}

/// The choice by its definition: every observed score is tried. Scores as the table has them.
fn chosen(rows: &[&Row], rule: &str, value: f64) -> (f64, f64, f64) {
    let score = |row: &Row| format!("{:.4}", row.score).parse::<f64>().unwrap();
    let mut candidates: Vec<f64> = rows.iter().map(|row| score(row)).collect();
    candidates.sort_by(|a, b| b.total_cmp(a));
    candidates.dedup();
    let share = |class: bool, threshold: f64| {
        let own: Vec<&&Row> = rows.iter().filter(|row| row.truth == class).collect();
        let right = own
            .iter()
            .filter(|row| (score(row) >= threshold) == class)
            .count();
        right as f64 / own.len() as f64
    };
    let tried = candidates.iter().map(|threshold| {
        (
            *threshold,
            share(true, *threshold),
            share(false, *threshold),
        )
    });
    let mut best: Option<(f64, f64, f64)> = None;
    for one in tried {
        let better = match rule {
            "youden" => best.is_none_or(|best| one.1 + one.2 > best.1 + best.2 + 1e-9),
            "target_sensitivity" => best.is_none() && one.1 >= value,
            _ => one.2 >= value,
        };
        if better {
            best = Some(one);
        }
    }
    best.unwrap()
}

#[test]
fn every_rule_chooses_on_the_tuning_rows_and_measures_the_others() {
    let rows = rows();
    for (rule, value, text) in [
        ("youden", 0.0, "threshold: {youden: {on: tuning}}"),
        (
            "target_sensitivity",
            0.9,
            "threshold: {target_sensitivity: {value: 0.9, on: tuning}}",
        ),
        (
            "target_specificity",
            0.85,
            "threshold: {target_specificity: {value: 0.85, on: tuning}}",
        ),
    ] {
        let audit = tuned(&rows, text);
        let results = results_of(&audit);
        let tuning: Vec<&Row> = rows.iter().filter(|row| row.split == "tuning").collect();
        let (threshold, sensitivity, specificity) = chosen(&tuning, rule, value);
        let endpoint = &results["methods"]["endpoints"][0];
        near(number(endpoint, "threshold"), threshold);
        let choice = &endpoint["threshold_choice"];
        assert_eq!(
            (&choice["rule"], &choice["on"]),
            (&rule.into(), &"tuning".into())
        );
        near(number(choice, "sensitivity"), sensitivity);
        near(number(choice, "specificity"), specificity);
        assert_eq!(choice["n"], tuning.len());
        assert_eq!(
            choice["n_positive"],
            tuning.iter().filter(|row| row.truth).count()
        );
        assert_eq!(choice["n_patients"], 30);
        let measured: Vec<&Row> = rows.iter().filter(|row| row.split == "test").collect();
        let positives = measured.iter().filter(|row| row.truth).count();
        let caught = measured
            .iter()
            .filter(|row| row.truth && (row.score * 1e4).round() / 1e4 >= threshold)
            .count();
        let row = by_id(&results, "estimates", "sensitivity.overall.all");
        assert_eq!(row["denominator"], positives);
        assert_eq!(row["numerator"], caught);
        // A threshold from elsewhere is given: the usual limits, not marked.
        assert_eq!(row["method"], "wilson_effective_n");
        assert!(!row["flags"].to_string().contains("threshold_chosen_here"));
        let flow = results["cohort"]["flow"].as_array().unwrap();
        let step = flow.iter().find(|step| step["code"] == "tuning").unwrap();
        assert_eq!(step["removed"], tuning.len());
        assert_eq!(step["remaining"], measured.len());
        assert_eq!(step["remaining_patients"], 60);
        assert_eq!(results["cohort"]["tuning"]["patients_apart"], true);
        // What if: the same rule in women alone, chosen there and measured on the others.
        let women: Vec<&Row> = tuning
            .iter()
            .copied()
            .filter(|row| row.sex == "F")
            .collect();
        let (own, sensitivity, _) = chosen(&women, rule, value);
        let what_if = group(&results, "sex", "F");
        near(number(what_if, "threshold"), own);
        near(number(what_if, "sensitivity"), sensitivity);
        assert_eq!(
            what_if["n_positive"],
            women.iter().filter(|row| row.truth).count()
        );
        let measured_women: Vec<&&Row> = measured
            .iter()
            .filter(|row| row.sex == "F" && row.truth)
            .collect();
        let caught = measured_women
            .iter()
            .filter(|row| (row.score * 1e4).round() / 1e4 >= own)
            .count();
        near(
            number(what_if, "measured_sensitivity"),
            caught as f64 / measured_women.len() as f64,
        );
        let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
        assert!(report.contains("tuning split") && report.contains("what-if"));
        let csv = std::fs::read_to_string(audit.path("out/small/tables/group_thresholds.csv"));
        assert!(csv.unwrap().lines().count() > 5);
    }
}

fn group<'a>(results: &'a Value, attribute: &str, level: &str) -> &'a Value {
    results["group_thresholds"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["attribute"] == attribute && row["level"] == level)
        .unwrap()
}

#[test]
fn lower_scores_are_mirrored() {
    let plain = rows();
    let turned: Vec<Row> = plain
        .iter()
        .map(|row| Row {
            score: 1.0 - row.score,
            ..row.clone()
        })
        .collect();
    let rule = "threshold: {target_sensitivity: {value: 0.8, on: tuning}}";
    let first = results_of(&tuned(&plain, rule));
    let second = results_of(&tuned(&turned, &format!("{rule}, direction: lower")));
    let threshold = |results: &Value| number(&results["methods"]["endpoints"][0], "threshold");
    assert!((threshold(&first) - (1.0 - threshold(&second))).abs() < 1e-9);
    for id in ["sensitivity.overall.all", "specificity.sex.M"] {
        let (a, b) = (
            by_id(&first, "estimates", id),
            by_id(&second, "estimates", id),
        );
        assert_eq!(a["numerator"], b["numerator"], "{id}");
    }
}

#[test]
fn a_patient_on_both_sides_is_an_error_with_rows() {
    let mut rows = rows();
    for place in [1, 7] {
        rows[place].split = if rows[place].split == "test" {
            "tuning"
        } else {
            "test"
        };
    }
    let (first, second) = (rows[1].patient.clone(), rows[7].patient.clone());
    assert_ne!(first, second);
    let doubled = |patient: &str| rows.iter().filter(|row| row.patient == patient).count() == 2;
    assert!(doubled(&first));
    let audit = tuned(&rows, "threshold: {youden: {on: tuning}}");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    let said = stderr(&output);
    assert!(
        said.contains("tuning-overlap") && said.contains("split the table by patient"),
        "{said}"
    );
    assert!(
        said.contains(&first) && said.contains("row 2") && said.contains("row 3"),
        "{said}"
    );
    let patients = if doubled(&second) {
        "2 patients are"
    } else {
        "1 patient is"
    };
    assert!(said.contains(patients), "{said}");
    // Without patients a study that is joined must lie on one side.
    audit.change_audit("patient: patient", "patient: none, study: patient");
    audit.change_audit(
        "endpoints:",
        "aggregate: [{to: study, by: max}]\nendpoints:",
    );
    let output = audit.evaluate();
    let said = stderr(&output);
    assert_eq!(code(&output), 2);
    assert!(
        said.contains("1 study is both in the tuning split"),
        "{said}"
    );
    // Of single samples it cannot be checked, and the report says so.
    audit.change_audit("aggregate: [{to: study, by: max}]\n", "");
    let output = audit.evaluate();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(audit.results()["cohort"]["tuning"]["patients_apart"], false);
    let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    assert!(report.contains("cannot be checked"), "the report is silent");
}

#[test]
fn choices_that_cannot_be_made_are_refused() {
    let rows = rows();
    let tuning = "threshold: {youden: {on: tuning}}";
    let refused = |audit: &SmallAudit, parts: &[&str]| {
        let output = audit.evaluate();
        let said = stderr(&output);
        assert_eq!(code(&output), 2, "{said}");
        for part in parts {
            assert!(said.contains(part), "{part} is not in {said}");
        }
    };
    refused(
        &audit(&rows, tuning),
        &["no tuning split", "cohort: {tuning: {column: split"],
    );
    let one_class: Vec<Row> = rows
        .iter()
        .map(|row| Row {
            truth: row.truth && row.split == "test",
            ..row.clone()
        })
        .collect();
    refused(
        &tuned(&one_class, tuning),
        &[
            "threshold of endpoint finding",
            "in the tuning split",
            "one class",
        ],
    );
    // The highest score of the tuning rows is a negative's.
    let mut high = rows.clone();
    let negative = high
        .iter()
        .position(|row| row.split == "tuning" && !row.truth)
        .unwrap();
    high[negative].score = 0.99;
    refused(
        &tuned(
            &high,
            "threshold: {target_specificity: {value: 1.0, on: tuning}}",
        ),
        &["endpoint finding", "specificity of at least 1", "0.99"],
    );
    let misspelt = tuned(&rows, tuning);
    misspelt.change_audit("in: [tuning]", "in: [tunning]");
    refused(&misspelt, &["never holds \"tunning\"", "tuning"]);
    let everyone = tuned(&rows, tuning);
    everyone.change_audit("in: [tuning]", "in: [tuning, test]");
    refused(&everyone, &["every row is in the tuning split"]);
    refused(
        &audit(&rows, "threshold: {youden: {on: itself}}"),
        &["expected one of tuning, nested"],
    );
    refused(
        &audit(&rows, "threshold: {fixed: 0.5, youden: {on: nested}}"),
        &["one way to a threshold"],
    );
    refused(
        &audit(
            &rows,
            "threshold: {target_sensitivity: {value: 95, on: nested}}",
        ),
        &["above 0 and at most 1", "0.95"],
    );
}

#[test]
fn a_tuning_split_that_nobody_uses_is_a_warning() {
    let audit = tuned(&rows(), FIXED);
    let output = audit.evaluate();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("no endpoint chooses its threshold"));
    let findings = audit.results()["findings"].to_string();
    assert!(findings.contains("tuning-unused"));
}

#[test]
fn tuning_samples_without_a_score_are_told_and_not_trusted() {
    let rows = rows();
    let text = table(&rows);
    let absent = rows.iter().find(|row| row.split == "tuning").unwrap();
    let audit = tuned(&rows, "threshold: {youden: {on: tuning}}");
    let without: String = text
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if cells[0] == absent.id {
                cells[6] = "";
            }
            cells.join(",") + "\n"
        })
        .collect();
    audit.write("cohort.csv", &without);
    let output = audit.evaluate();
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(
        stdout(&output).contains("of the tuning split could not be scored"),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).contains("took no part in choosing"));
    audit.change_audit("  tuning:", "  max_failed_share: 0.1\n  tuning:");
    let results = results_of(&audit);
    assert_eq!(results["cohort"]["tuning"]["n_failed"], 1);
    let tuning = rows.iter().filter(|row| row.split == "tuning").count();
    assert_eq!(results["cohort"]["tuning"]["n_samples"], tuning);
    assert_eq!(
        results["methods"]["endpoints"][0]["threshold_choice"]["n"],
        tuning - 1
    );
}

#[test]
fn aggregation_joins_the_tuning_rows_too() {
    let rows = rows();
    let audit = tuned(&rows, "threshold: {youden: {on: tuning}}");
    audit.change_audit(
        "endpoints:",
        "aggregate: [{to: patient, by: max}]\nendpoints:",
    );
    let results = results_of(&audit);
    let mut joined: Vec<Row> = Vec::new();
    for row in &rows {
        match joined.iter_mut().find(|other| other.patient == row.patient) {
            Some(other) => other.score = other.score.max(row.score),
            None => joined.push(row.clone()),
        }
    }
    let tuning: Vec<&Row> = joined.iter().filter(|row| row.split == "tuning").collect();
    let (threshold, sensitivity, _) = chosen(&tuning, "youden", 0.0);
    let endpoint = &results["methods"]["endpoints"][0];
    near(number(endpoint, "threshold"), threshold);
    assert_eq!(endpoint["threshold_choice"]["n"], 30);
    near(
        number(&endpoint["threshold_choice"], "sensitivity"),
        sensitivity,
    );
}

#[test]
fn nested_limits_are_wider_and_marked() {
    let rows = rows();
    let nested = results_of(&audit(&rows, "threshold: {youden: {on: nested}}"));
    let all: Vec<&Row> = rows.iter().collect();
    let (threshold, sensitivity, _) = chosen(&all, "youden", 0.0);
    let endpoint = &nested["methods"]["endpoints"][0];
    near(number(endpoint, "threshold"), threshold);
    let choice = &endpoint["threshold_choice"];
    near(number(choice, "sensitivity"), sensitivity);
    assert_eq!(choice["replicates"], 200);
    assert!(number(choice, "lower") <= threshold && threshold <= number(choice, "upper"));
    assert!(number(choice, "lower") < number(choice, "upper"));
    let given = results_of(&audit(&rows, &format!("threshold: {{fixed: {threshold}}}")));
    let mut wider = 0;
    for metric in [
        "sensitivity",
        "specificity",
        "ppv",
        "npv",
        "accuracy",
        "flag_rate",
        "balanced_accuracy",
        "youden",
        "f1",
        "mcc",
        "likelihood_ratio_positive",
        "likelihood_ratio_negative",
        "diagnostic_odds_ratio",
    ] {
        for place in ["overall.all", "sex.F", "sex.M"] {
            let id = format!("{metric}.{place}");
            let (a, b) = (
                by_id(&nested, "estimates", &id),
                by_id(&given, "estimates", &id),
            );
            assert_eq!(a["estimate"], b["estimate"], "{id}");
            assert_eq!(a["method"], "bootstrap_nested_threshold", "{a}");
            assert!(
                a["flags"].to_string().contains("threshold_chosen_here"),
                "{id}"
            );
            if a["lower"].is_null() {
                assert!(a["reason"].as_str().unwrap().contains("resamples"), "{a}");
                continue;
            }
            assert!(number(a, "lower") <= number(b, "lower"), "{id}");
            assert!(number(a, "upper") >= number(b, "upper"), "{id}");
            let width = |row: &Value| number(row, "upper") - number(row, "lower");
            wider += u32::from(width(a) > 1.05 * width(b));
        }
    }
    assert!(wider >= 20, "{wider}");
    // Ranking does not look at the threshold.
    let (a, b) = ("auroc.overall.all", "estimates");
    assert_eq!(by_id(&nested, b, a), by_id(&given, b, a));
    for id in [
        "sensitivity.sex.F-vs-complement",
        "specificity.sex.F-vs-complement",
    ] {
        let (a, b) = (
            by_id(&nested, "comparisons", id),
            by_id(&given, "comparisons", id),
        );
        assert_eq!(a["difference"], b["difference"]);
        assert_eq!(a["method"], "bootstrap_nested_threshold");
        assert!(number(a, "lower") <= number(b, "lower"));
        assert!(number(a, "upper") >= number(b, "upper"));
        assert!(number(a, "p") >= number(b, "p"));
        assert!(number(a, "minimum_detectable") >= number(b, "minimum_detectable"));
    }
}

#[test]
fn nothing_depends_on_threads_or_the_order_of_rows() {
    let rows = rows();
    let mut turned = rows.clone();
    turned.reverse();
    turned.rotate_left(17);
    for threshold in [
        "threshold: {youden: {on: nested}}",
        "threshold: {target_specificity: {value: 0.8, on: tuning}}",
    ] {
        let first = tuned(&rows, threshold);
        let second = tuned(&turned, threshold);
        let by_threads = |audit: &SmallAudit, threads: &str| {
            let output = audit.evaluate_with(&["--threads", threads]);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            audit.results()
        };
        let (a, b) = (by_threads(&first, "1"), by_threads(&second, "3"));
        for list in [
            "estimates",
            "comparisons",
            "tests",
            "curves",
            "group_thresholds",
            "methods",
        ] {
            assert_eq!(a[list], b[list], "{list}");
        }
    }
}

#[test]
fn no_gate_at_a_threshold_that_the_same_cases_chose() {
    let rows = rows();
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &table(&rows));
    audit.change_audit(FIXED, "threshold: {youden: {on: nested}}");
    let output = audit.evaluate();
    let said = stderr(&output);
    assert_eq!(code(&output), 2);
    assert!(
        said.contains("chosen on the same cases") && said.contains("cohort.tuning"),
        "{said}"
    );
    // What does not look at the threshold can be gated.
    audit.change_audit("metric: sensitivity", "metric: auroc");
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    assert!(!audit.results()["checks"].as_array().unwrap().is_empty());
    // Neither is a threshold from a tuning split any obstacle.
    audit.change_audit("metric: auroc", "metric: sensitivity");
    audit.change_audit("on: nested", "on: tuning");
    audit.change_audit(
        COLUMNS,
        &format!("{COLUMNS}\n  tuning: {{column: split, in: [tuning]}}"),
    );
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    let results = audit.results();
    let check = by_id(&results, "checks", "floor.overall.all");
    assert_eq!(check["method"], "clopper_pearson_effective_n");
}

#[test]
fn check_says_which_rows_choose() {
    let audit = tuned(
        &rows(),
        "threshold: {target_sensitivity: {value: 0.9, on: tuning}}",
    );
    let output = equipoise()
        .args(["check", &audit.shown("audit.yaml")])
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let said = stdout(&output);
    let tuning = rows().iter().filter(|row| row.split == "tuning").count();
    assert!(
        said.contains(&format!(
            "finding: target_sensitivity 0.9 on the tuning split: {tuning} samples of 30 patients"
        )),
        "{said}"
    );
    assert!(
        said.contains("these choose thresholds and are not measured"),
        "{said}"
    );
}

/// For a fixed threshold: what each group would need for the whole cohort's sensitivity.
#[test]
fn a_fixed_threshold_shows_what_gives_each_group_the_same_sensitivity() {
    let rows = rows();
    let results = results_of(&audit(&rows, "threshold: {fixed: 0.6}"));
    let positives = rows.iter().filter(|row| row.truth).count();
    let caught = rows
        .iter()
        .filter(|row| row.truth && (row.score * 1e4).round() / 1e4 >= 0.6)
        .count();
    let target = caught as f64 / positives as f64;
    for sex in ["F", "M"] {
        let own: Vec<&Row> = rows.iter().filter(|row| row.sex == sex).collect();
        let (threshold, sensitivity, specificity) = chosen(&own, "target_sensitivity", target);
        let row = group(&results, "sex", sex);
        assert_eq!(row["rule"], "same_sensitivity");
        near(number(row, "target"), target);
        near(number(row, "threshold"), threshold);
        near(number(row, "sensitivity"), sensitivity);
        near(number(row, "specificity"), specificity);
    }
    assert_eq!(
        results["methods"]["endpoints"][0]["threshold_choice"],
        Value::Null
    );
    // What other thresholds would give, counted from the table.
    let sweeps = results["threshold_sweeps"].as_array().unwrap();
    let women = sweeps.iter().find(|sweep| sweep["level"] == "F").unwrap();
    let points = women["points"].as_array().unwrap();
    assert!(points.len() > 40 && points.iter().any(|point| point["threshold"] == 0.6));
    for point in points {
        let threshold = number(point, "threshold");
        let share = |class: bool| {
            let own: Vec<&Row> = rows
                .iter()
                .filter(|row| row.sex == "F" && row.truth == class)
                .collect();
            let right = own
                .iter()
                .filter(|row| ((row.score * 1e4).round() / 1e4 >= threshold) == class)
                .count();
            right as f64 / own.len() as f64
        };
        near(number(point, "sensitivity"), share(true));
        near(number(point, "specificity"), share(false));
    }
}

/// The model runs over the rows that choose; stored scores hold them; reruns decide at the
/// chosen threshold and look at measured samples only.
#[test]
fn a_run_scores_the_tuning_rows_and_stores_them() {
    let folder = tempfile::tempdir().unwrap();
    let demo = support::project().join("fixtures/demo");
    let text = std::fs::read_to_string(support::project().join("audits/demo.yaml")).unwrap();
    let gate = text.find("\ngate:").unwrap();
    let text = text[..gate]
        .replace("../fixtures/demo", &demo.display().to_string())
        .replace("engine: auto", "engine: embedded")
        .replace(
            "threshold: {fixed: 0.5}",
            "threshold: {youden: {on: tuning}}",
        )
        .replace(
            "reruns: 2\n  vary: [session, batch, threads, engine]",
            "reruns: 1\n  vary: [batch]",
        )
        .replace(
            "  sampling:",
            "  tuning: {column: site, in: [North]}\n  sampling:",
        );
    let audit = folder.path().join("audit.yaml");
    std::fs::write(&audit, text).unwrap();
    let audit = audit.display().to_string();
    let out = |name: &str| folder.path().join(name).display().to_string();
    let output = support::run(&["run", &audit, "--out", &out("run")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let first = support::results(&folder.path().join("run/demo"));
    let choice = &first["methods"]["endpoints"][0]["threshold_choice"];
    // 272 PA images of site North, as the committed cohort has them.
    assert_eq!(choice["n"], 272);
    assert!(number(choice, "sensitivity") > 0.95);
    let levels = first["cohort"]["attributes"].as_array().unwrap();
    let site = levels
        .iter()
        .find(|one| one["attribute"] == "site")
        .unwrap();
    assert_eq!(site["levels"].as_array().unwrap().len(), 2, "{site}");
    let n = by_id(&first, "estimates", "accuracy.overall.all")["n"].clone();
    let rerun = &first["reproducibility"]["runs"][0]["groups"][0];
    assert_eq!((&rerun["n"], &rerun["decision_flips"]), (&n, &0.into()));
    let scores = folder
        .path()
        .join("run/demo/predictions.parquet")
        .display()
        .to_string();
    let output = support::run(&[
        "evaluate",
        &audit,
        "--predictions",
        &scores,
        "--out",
        &out("again"),
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let again = support::results(&folder.path().join("again/demo"));
    for list in [
        "estimates",
        "comparisons",
        "group_thresholds",
        "threshold_sweeps",
    ] {
        assert_eq!(first[list], again[list], "{list}");
    }
    assert_eq!(first["methods"]["endpoints"], again["methods"]["endpoints"]);
}
