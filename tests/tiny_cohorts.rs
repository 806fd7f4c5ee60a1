//! Tiny cohorts of every shape: nothing panics, every number is one, intervals hold their
//! estimate, and neither the order of rows nor the number of threads changes a byte.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use proptest::prelude::*;
use serde_json::Value;
use support::{SmallAudit, code, stderr};

const AUDIT: &str = r#"
audit: tiny
cohort:
  manifest: cohort.csv
  columns: {sample: id, patient: PATIENT}
output: {head: binary, activation: none, score_kind: KIND}
endpoints:
  finding: {score: score, truth: {column: truth, positive: ["1"], negative: ["0"]}, threshold: {fixed: 0.5}PAIRED}
  second: {score: second, truth: {column: truth, positive: ["1"], negative: ["0"]}, threshold: {fixed: 0.5}}
strata:
  sex: {column: sex}
  site: {column: site}
  intersections: [[sex, site]]
statistics: {replicates: 60, seed: 3, case_mix: [{compare: sex, within: site}], suppress_below: BELOW, multiplicity: FAMILY}
gate:
  correction: FAMILY
  families:
    all:
      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: ">= 0.8"}
      - {id: gap, metric: specificity, compare: complement, strata: [site], require: "difference >= -0.1"}
      - {id: area, metric: auroc, strata: [overall, site], require: ">= 0.7"}
"#;

/// Patient, truth, score, site of one row.
type Row = (usize, bool, usize, usize);

/// Scores with ties, and the two that have no logit.
const SCORES: [&str; 6] = ["0", "0.1", "0.5", "0.5", "0.9", "1"];

fn table(rows: &[Row], sexes: &[usize]) -> Vec<String> {
    rows.iter()
        .enumerate()
        .map(|(id, (patient, truth, score, site))| {
            format!(
                "s{id},p{patient},{},{},{},{},{}",
                u8::from(*truth),
                SCORES[*score],
                SCORES[(*score + id) % SCORES.len()],
                ["F", "M", ""][sexes[*patient]],
                ["A", "B", "C"][*site]
            )
        })
        .collect()
}

fn evaluated(audit: &SmallAudit, lines: &[String], threads: &str) -> Value {
    let header = "id,patient,truth,score,second,sex,site";
    audit.write("cohort.csv", &format!("{header}\n{}\n", lines.join("\n")));
    let output = support::run(&[
        "evaluate",
        &audit.shown("audit.yaml"),
        "--predictions",
        &audit.shown("cohort.csv"),
        "--out",
        &audit.shown("out"),
        "--threads",
        threads,
    ]);
    let told = stderr(&output);
    assert!(
        [0, 1, 3, 4].contains(&code(&output)) && !told.contains("panicked"),
        "exit {} for {lines:?}: {told}",
        code(&output)
    );
    support::results(&audit.path("out/tiny"))
}

/// A finite number lies between finite limits wherever the status says that there is one.
fn holds(row: &Value, name: &str) -> Result<(), String> {
    if row["status"] != "ok" {
        let reason = row["reason"].as_str().unwrap_or_default();
        return if reason.is_empty() {
            Err(format!("no reason: {row}"))
        } else {
            Ok(())
        };
    }
    let Some(estimate) = row[name].as_f64() else {
        return Err(format!("no number: {row}"));
    };
    match (row["lower"].as_f64(), row["upper"].as_f64()) {
        (Some(lower), Some(upper)) if lower <= estimate && estimate <= upper => Ok(()),
        (None, None) if row["reason"].is_string() => Ok(()),
        _ => Err(format!("limits do not hold the estimate: {row}")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks(
        rows in prop::collection::vec((0usize..5, any::<bool>(), 0usize..6, 0usize..3), 1..14),
        sexes in prop::collection::vec(0usize..3, 5),
        clustered in any::<bool>(),
        probability in any::<bool>(),
        paired in any::<bool>(),
        below in prop::sample::select(vec!["0", "3"]),
        family in prop::sample::select(vec!["holm", "hochberg", "max_t"]),
    ) {
        let audit = SmallAudit::new();
        let text = AUDIT
            .replace("PATIENT", if clustered { "patient" } else { "none" })
            .replace("PAIRED", if paired { ", paired_with: second" } else { "" })
            .replace("BELOW", below)
            .replace("FAMILY", family)
            .replace("KIND", if probability { "probability" } else { "score" });
        audit.write("audit.yaml", &text);
        let lines = table(&rows, &sexes);
        let first = evaluated(&audit, &lines, "1");
        for (list, name) in [
            ("estimates", "estimate"),
            ("comparisons", "difference"),
            ("paired", "difference"),
            ("case_mix", "difference"),
            ("pooled", "estimate"),
            ("tests", "p"),
        ] {
            for row in first[list].as_array().unwrap() {
                // A test has a p-value and no limits.
                let found = if list == "tests" && row["status"] == "ok" {
                    row["p"].as_f64().map(|_| ()).ok_or_else(|| format!("no p: {row}"))
                } else {
                    holds(row, name)
                };
                prop_assert!(found.is_ok(), "{:?} of {lines:?}", found);
            }
        }
        for check in first["checks"].as_array().unwrap() {
            if let Some(estimate) = check["estimate"].as_f64() {
                prop_assert!(
                    check["lower"].as_f64().unwrap() <= estimate
                        && estimate <= check["upper"].as_f64().unwrap(),
                    "{check}"
                );
            }
        }
        let mut turned = lines.clone();
        turned.reverse();
        turned.rotate_left(lines.len() / 3);
        for threads in ["2", "8"] {
            let again = evaluated(&audit, &turned, threads);
            for (list, rows) in first.as_object().unwrap() {
                // Findings name rows, which were turned; the manifest's hash is another one.
                if list != "findings" && list != "provenance" {
                    prop_assert_eq!(rows, &again[list], "{} at {} threads", list, threads);
                }
            }
        }
    }
}
