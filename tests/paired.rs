//! Two scores on the same cases, through the binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::{SmallAudit, by_id, code, number, run, stderr};

const ENDPOINT: &str = "  finding: {score: score, truth: {column: truth, positive: [1], negative: [0]}, threshold: {fixed: 0.5}}\n";

fn two_scores(more: &str) -> String {
    format!(
        "  new: {{score: new, truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0.5}}, paired_with: old}}\n  \
         old: {{score: old, truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0.5}}{more}}}\n"
    )
}

/// An audit of two scores without a gate.
fn audit_of(table: &str) -> SmallAudit {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", table);
    audit.change_audit(ENDPOINT, &two_scores(""));
    let text = std::fs::read_to_string(audit.path("audit.yaml")).unwrap();
    let end = text.find("gate:").unwrap();
    audit.write("audit.yaml", &text[..end]);
    audit
}

/// Positives with these decisions (both, first only, second only, neither), `images` copies of
/// each belonging to one patient, and as many negatives that both call rightly.
fn table_of(counts: [usize; 4], images: usize) -> String {
    let mut table = "id,patient,sex,site,age,truth,new,old\n".to_owned();
    let mut patient = 0;
    for (count, (new, old)) in
        counts
            .into_iter()
            .zip([(0.9, 0.9), (0.9, 0.1), (0.1, 0.9), (0.1, 0.1)])
    {
        for _ in 0..count {
            for image in 0..images {
                table.push_str(&format!(
                    "s{patient}-{image},p{patient},F,A,50,1,{new},{old}\n\
                     t{patient}-{image},q{patient},F,A,50,0,0.2,0.3\n"
                ));
            }
            patient += 1;
        }
    }
    table
}

fn paired(audit: &SmallAudit) -> Value {
    let output = audit.evaluate();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    audit.results()
}

#[test]
fn printed_examples_of_newcombe_tango_and_agresti() {
    // Newcombe 1998, method 10.
    let audit = audit_of(&table_of([20, 12, 2, 16], 1));
    let results = paired(&audit);
    let row = by_id(&results, "paired", "sensitivity.new-vs-old.overall.all");
    assert_eq!(row["method"], "newcombe_paired_10");
    for (key, expected) in [("difference", 0.2), ("lower", 0.0562), ("upper", 0.3292)] {
        assert!((number(row, key) - expected).abs() < 5e-5, "{key}: {row}");
    }
    for (key, expected) in [
        ("both", 20),
        ("first_only", 12),
        ("second_only", 2),
        ("neither", 16),
    ] {
        assert_eq!(row[key], expected, "{key}");
    }
    // Nothing differs among negatives: McNemar's tests say 1.
    let specificity = by_id(&results, "paired", "specificity.new-vs-old.overall.all");
    assert_eq!(specificity["p"], 1.0);
    assert_eq!(specificity["difference"], 0.0);
    let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    assert!(report.contains("Two scores on the same cases") && report.contains("McNemar Q."));
    assert!(!report.contains("Tango T."), "a method that was not used");

    // Tango 1998.
    let audit = audit_of(&table_of([4, 9, 3, 16], 1));
    audit.change_audit("seed: 3}", "seed: 3, intervals: {paired: tango}}");
    let results = paired(&audit);
    let row = by_id(&results, "paired", "sensitivity.new-vs-old.overall.all");
    assert_eq!(row["method"], "tango");
    assert!(
        (number(row, "lower") + 0.027).abs() < 6e-4 && (number(row, "upper") - 0.390).abs() < 6e-4
    );

    // Agresti's approval ratings.
    let audit = audit_of(&table_of([794, 150, 86, 570], 1));
    let results = paired(&audit);
    let row = by_id(&results, "paired", "sensitivity.new-vs-old.overall.all");
    assert!(
        (number(row, "p_mcnemar_exact") - 3.716e-5).abs() < 5e-9,
        "{row}"
    );
    assert!(
        (number(row, "p_mcnemar_continuity") - 4.115e-5).abs() < 5e-9,
        "{row}"
    );
}

/// Three copies of every image of a patient add no information.
#[test]
fn images_of_one_patient_are_not_independent() {
    let single = audit_of(&table_of([20, 12, 2, 16], 1));
    let copied = audit_of(&table_of([20, 12, 2, 16], 3));
    let (single, copied) = (paired(&single), paired(&copied));
    let id = "sensitivity.new-vs-old.overall.all";
    let (single, copied) = (by_id(&single, "paired", id), by_id(&copied, "paired", id));
    assert_eq!(copied["method"], "paired_patient_bootstrap");
    assert_eq!(
        (&copied["n"], &copied["n_clusters"]),
        (&150.into(), &50.into())
    );
    assert_eq!(copied["p_mcnemar_exact"], Value::Null);
    let width = |row: &Value| number(row, "upper") - number(row, "lower");
    let ratio = width(copied) / width(single);
    assert!((0.8..1.2).contains(&ratio), "{ratio}");
    // Few patients with a discordant pair: the limits of resampling would be too short.
    let few = audit_of(&table_of([30, 2, 0, 10], 3));
    let results = paired(&few);
    let row = by_id(&results, "paired", id);
    assert_eq!(row["method"], "newcombe_paired_10_effective_n");
    assert!(number(row, "lower") < 0.0 && number(row, "upper") > number(row, "difference"));
}

/// Areas under the curve of two scores of the same samples, as pROC's roc.test (paired, DeLong)
/// gives them for the table of `paired_auroc.csv`.
#[test]
fn paired_areas_as_proc_gives_them() {
    let folder = support::project().join("fixtures/reference");
    let rows = std::fs::read_to_string(folder.join("paired_auroc.csv")).unwrap();
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("paired_auroc.json")).unwrap())
            .unwrap();
    let mut table = "id,patient,sex,site,age,truth,new,old\n".to_owned();
    for (number, row) in rows.lines().skip(1).enumerate() {
        let sex = if number % 2 == 0 { "F" } else { "M" };
        table.push_str(&format!("s{number:03},p{number:03},{sex},A,50,{row}\n"));
    }
    let results = paired(&audit_of(&table));
    for (level, expected) in expected["levels"].as_object().unwrap() {
        let row = by_id(&results, "paired", &format!("auroc.new-vs-old.{level}"));
        assert_eq!(row["method"], "delong_paired");
        for (key, theirs) in [
            ("estimate", "first"),
            ("other_estimate", "second"),
            ("lower", "lower"),
            ("upper", "upper"),
            ("p", "p"),
        ] {
            let theirs = expected[theirs].as_f64().unwrap();
            assert!(
                (number(row, key) - theirs).abs() < 1e-9,
                "{level} {key}: {row}"
            );
        }
    }
}

#[test]
fn partners_that_make_no_pair_are_refused_with_their_place() {
    for (from, to, message) in [
        (
            "paired_with: old",
            "paired_with: olt",
            "\"olt\" is no endpoint",
        ),
        ("paired_with: old", "paired_with: new", "paired with itself"),
        (
            "old: {score: old, truth: {column: truth, positive: [1], negative: [0]}",
            "old: {score: old, truth: {column: sex, positive: [F], negative: [M]}",
            "have different truths",
        ),
    ] {
        let audit = audit_of(&table_of([2, 1, 1, 2], 1));
        audit.change_audit(from, to);
        let output = audit.evaluate();
        assert_eq!(code(&output), 2, "{to}");
        let told = stderr(&output);
        assert!(
            told.contains(message) && told.contains("audit.yaml:"),
            "{told}"
        );
    }
    let audit = audit_of(&table_of([2, 1, 1, 2], 1));
    audit.change_audit("paired_with: old", "paired_with: olt");
    assert!(stderr(&audit.evaluate()).contains("`old`"));
}

/// Fagerland, Lydersen and Laake 2015: 24 of 73 against 53 of 65.
#[test]
fn ratios_stand_beside_differences() {
    let mut table = "id,patient,sex,site,age,truth,new,old\n".to_owned();
    let mut next = 0;
    for (sex, right, n) in [("F", 24, 73), ("M", 53, 65)] {
        for one in 0..n {
            let score = if one < right { 0.9 } else { 0.1 };
            table.push_str(&format!("s{next},p{next},{sex},A,50,1,{score},{score}\n"));
            next += 1;
        }
        for _ in 0..5 {
            table.push_str(&format!("s{next},p{next},{sex},A,50,0,0.1,0.1\n"));
            next += 1;
        }
    }
    let audit = audit_of(&table);
    audit.change_audit("patient: patient", "patient: none");
    let results = paired(&audit);
    let row = by_id(
        &results,
        "comparisons",
        "sensitivity.new.sex.F-vs-complement",
    );
    let ratio = &row["ratio"];
    assert!((number(ratio, "estimate") - (24.0 / 73.0) / (53.0 / 65.0)).abs() < 1e-12);
    for (key, expected) in [("lower", 0.280), ("upper", 0.560)] {
        assert!(
            (number(ratio, key) - expected).abs() < 6e-4,
            "{key}: {ratio}"
        );
    }
    let area = by_id(&results, "comparisons", "auroc.new.sex.F-vs-complement");
    assert!(area["ratio"].is_null());
    let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    assert!(report.contains("Ratio of two proportions, score interval"));
}

/// A gate that is given the scores behind its baseline decides by the limits that `paired_with` shows.
#[test]
fn the_gates_limits_case_by_case_are_those_that_are_shown() {
    for (images, shares, area) in [
        (1, "newcombe_paired_10", "delong_paired"),
        (2, "paired_patient_bootstrap", "obuchowski_paired"),
    ] {
        let table = table_of([20, 9, 14, 6], images);
        let audit = SmallAudit::new();
        audit.write("cohort.csv", &table);
        let truth = "truth: {column: truth, positive: [1], negative: [0]}, threshold: {fixed: 0.5}";
        audit.change_audit(ENDPOINT, &format!("  finding: {{score: old, {truth}}}\n"));
        audit.evaluate();
        let (folder, to) = (audit.shown("out/small"), audit.shown("v1.json"));
        let made = run(&["baseline", &folder, "--to", &to]);
        assert_eq!(code(&made), 0, "{}", stderr(&made));
        // The earlier scores, under the name that the score has now.
        let earlier: Vec<String> = table
            .lines()
            .enumerate()
            .map(|(row, line)| {
                let mut cells: Vec<&str> = line.split(',').collect();
                if row > 0 {
                    cells[6] = cells[7];
                }
                cells.join(",")
            })
            .collect();
        audit.write("v1.csv", &(earlier.join("\n") + "\n"));
        audit.change_audit(
            &format!("  finding: {{score: old, {truth}}}\n"),
            &format!(
                "  finding: {{score: new, {truth}, paired_with: before}}\n  before: {{score: old, {truth}}}\n"
            ),
        );
        let files = "endpoint: finding, baseline: {results: v1.json, scores: v1.csv}, require: 'difference >= -0.1'";
        audit.change_audit(
            "      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: '>= 0.5'}",
            &format!("      - {{id: kept, metric: sensitivity, {files}}}\n      - {{id: area, metric: auroc, {files}}}"),
        );
        let output = audit.evaluate();
        assert!(code(&output) != 2, "{}", stderr(&output));
        let results = audit.results();
        for (rule, metric, method) in [("kept", "sensitivity", shares), ("area", "auroc", area)] {
            let check = by_id(&results, "checks", &format!("{rule}.finding.overall.all"));
            let name = format!("{metric}.finding-vs-before.overall.all");
            let shown = by_id(&results, "paired", &name);
            assert_eq!(check["method"], method, "{check}");
            assert_eq!(shown["method"], method, "{shown}");
            for (decided, told) in [
                ("estimate", "difference"),
                ("lower", "lower"),
                ("upper", "upper"),
            ] {
                let (decided, told) = (number(check, decided), number(shown, told));
                assert!((decided - told).abs() < 1e-9, "{check}\n{shown}");
            }
        }
    }
}
