//! Which adjustment an audit uses, over which family, and that results and report say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use equipoise::statistics;
use serde_json::Value;
use support::{SmallAudit, by_id, code, number, small_table, stderr};

fn evaluated(audit: &SmallAudit) -> Value {
    let output = audit.evaluate();
    assert!([0, 1, 3, 4].contains(&code(&output)), "{}", stderr(&output));
    audit.results()
}

/// Comparisons with everyone else of one metric and attribute that have a p.
fn compared<'a>(results: &'a Value, metric: &str, attribute: &str) -> Vec<&'a Value> {
    results["comparisons"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| {
            row["metric"] == metric
                && row["attribute"] == attribute
                && row["reference"] == "complement"
                && row["p"].is_number()
        })
        .collect()
}

fn column(rows: &[&Value], key: &str) -> Vec<f64> {
    rows.iter().map(|row| number(row, key)).collect()
}

type Adjust = fn(&[f64]) -> Vec<f64>;

#[test]
fn displayed_comparisons_are_adjusted_as_asked() {
    let methods: [(&str, Adjust); 4] = [
        ("holm", statistics::holm),
        ("hochberg", statistics::hochberg),
        ("benjamini_hochberg", statistics::benjamini_hochberg),
        ("benjamini_yekutieli", statistics::benjamini_yekutieli),
    ];
    for (id, adjust) in methods {
        let audit = SmallAudit::new();
        audit.change_audit("seed: 3", &format!("seed: 3, multiplicity: {id}"));
        let results = evaluated(&audit);
        let rows = compared(&results, "specificity", "age_band");
        let rows = if rows.is_empty() {
            compared(&results, "auroc", "age_band")
        } else {
            rows
        };
        assert_eq!(rows.len(), 3, "{id}");
        let expected = adjust(&column(&rows, "p"));
        assert_eq!(column(&rows, "p_adjusted"), expected, "{id}");
        assert!(
            rows.iter()
                .all(|row| row["adjustment"] == id && row["family_size"] == 3)
        );
        // Women against men is men against women.
        for row in compared(&results, "auroc", "sex") {
            assert_eq!(row["family_size"], 1);
            assert_eq!(row["p_adjusted"], row["p"]);
        }
        let methods = results["methods"]["method_ids"].as_array().unwrap();
        assert!(methods.iter().any(|method| method == id), "{id}");
    }
}

#[test]
fn exploratory_attributes_are_searched_together() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "sex: {column: sex}",
        "sex: {column: sex, exploratory: true}",
    );
    audit.change_audit("bins: [40, 60]", "bins: [40, 60], exploratory: true");
    audit.change_audit("  intersections: [[sex, site]]\n", "");
    audit.change_audit("[overall, sex, site]", "[overall, site]");
    audit.change_audit("seed: 3", "seed: 3, exploratory: benjamini_yekutieli");
    let results = evaluated(&audit);
    let mut rows = compared(&results, "auroc", "sex");
    let sexes = rows.len();
    rows.extend(compared(&results, "auroc", "age_band"));
    assert_eq!((sexes, rows.len()), (2, 5));
    // The two sexes are one of four comparisons.
    assert!(
        rows.iter()
            .all(|row| { row["family_size"] == 4 && row["adjustment"] == "benjamini_yekutieli" })
    );
    let p = column(&rows, "p");
    let units = [p[0].min(p[1]), p[2], p[3], p[4]];
    let expected = statistics::benjamini_yekutieli(&units);
    let found = column(&rows, "p_adjusted");
    assert_eq!(&found[2..], &expected[1..]);
    assert!((found[0] - expected[0].max(p[0])).abs() < 1e-12);
    // What is not exploratory keeps its own family and adjustment.
    let site = compared(&results, "auroc", "site");
    assert!(
        site.iter()
            .all(|row| row["adjustment"] == "holm" && row["family_size"] == 1)
    );
    // Global tests likewise.
    for test in results["tests"].as_array().unwrap() {
        if test["p"].is_number() {
            let exploratory = test["attribute"] != "site";
            let by = if exploratory {
                "benjamini_yekutieli"
            } else {
                "holm"
            };
            assert_eq!(test["adjustment"], by, "{test}");
            assert!(number(test, "p_adjusted") >= number(test, "p"));
        }
    }
}

#[test]
fn global_tests_are_one_family_by_metric() {
    let audit = SmallAudit::new();
    let results = evaluated(&audit);
    for metric in ["sensitivity", "specificity"] {
        let rows: Vec<&Value> = results["tests"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["metric"] == metric && row["p"].is_number())
            .collect();
        let expected = statistics::holm(&column(&rows, "p"));
        assert_eq!(column(&rows, "p_adjusted"), expected);
        assert!(rows.iter().all(|row| row["family_size"] == rows.len()));
    }
}

const STRICT: &str = "      - {id: floor, metric: sensitivity, strata: [overall, sex, site, age_band], require: '>= 0.99'}\n\
    \u{20}     - {id: area, metric: auroc, strata: [overall, sex, site], require: '>= 0.99'}\n\
    \u{20}     - {id: gap, metric: sensitivity, compare: complement, strata: [site, sex], require: 'difference >= -0.01'}\n";

fn strict(correction: &str) -> SmallAudit {
    let audit = SmallAudit::new();
    audit.change_audit(
        "      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: '>= 0.5'}\n",
        STRICT,
    );
    audit.change_audit(
        "  alpha: 0.025\n",
        &format!("  alpha: 0.025\n  correction: {correction}\n"),
    );
    audit
}

#[test]
fn failures_are_corrected_as_asked_and_say_by_what() {
    let by_check = |results: &Value| -> Vec<(String, f64, f64)> {
        results["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["p_fail"].is_number())
            .map(|check| {
                (
                    check["id"].as_str().unwrap().to_owned(),
                    number(check, "p_fail"),
                    number(check, "p_fail_adjusted"),
                )
            })
            .collect()
    };
    let results: Vec<Value> = ["holm", "hochberg", "max_t"]
        .map(|correction| evaluated(&strict(correction)))
        .into();
    let [holm, hochberg, max_t] = [&results[0], &results[1], &results[2]].map(by_check);
    let mut smaller = 0;
    for ((holm, hochberg), max_t) in holm.iter().zip(&hochberg).zip(&max_t) {
        assert!(
            holm.1 <= hochberg.2 && hochberg.2 <= holm.2,
            "{holm:?} {hochberg:?}"
        );
        assert!(holm.1 <= max_t.2 && max_t.2 <= holm.2, "{holm:?} {max_t:?}");
        smaller += u32::from(max_t.2 < 0.95 * holm.2);
    }
    // Overall, groups and complements share their patients: max-T gains by that.
    assert!(smaller >= 3, "{smaller} of {}", holm.len());
    for (results, id, words) in [
        (&results[0], "holm", "after Holm's correction over"),
        (&results[1], "hochberg", "after Hochberg's correction over"),
        (&results[2], "max_t", "after the max-T correction over"),
    ] {
        let checks = results["checks"].as_array().unwrap();
        // Every evaluable check is one comparison, but a gap of both levels of an attribute.
        let evaluable: Vec<&Value> = checks
            .iter()
            .filter(|check| check["p_fail"].is_number())
            .collect();
        let mirrored = evaluable
            .iter()
            .filter(|check| check["requirement"] == "gap")
            .count();
        assert_eq!(mirrored, 4);
        assert!(evaluable.iter().all(|check| {
            check["adjustment"] == id
                && check["family_size"].as_u64().unwrap() == evaluable.len() as u64 - 2
        }));
        let said = checks
            .iter()
            .filter(|check| check["reason"].as_str().unwrap().contains(words))
            .count();
        assert!(said > 0, "{id}: {checks:#?}");
        let methods = results["methods"]["method_ids"].as_array().unwrap();
        assert!(methods.iter().any(|method| method == id), "{id}");
    }
}

#[test]
fn a_metric_without_influence_function_leads_back_to_holm_and_says_so() {
    let audit = strict("max_t");
    audit.change_audit(
        "      - {id: area",
        "      - {id: slope, metric: calibration_slope, require: '<= 0.01'}\n      - {id: area",
    );
    let results = evaluated(&audit);
    let check = by_id(&results, "checks", "floor.overall.all");
    assert_eq!(check["adjustment"], "holm");
    let note = "Holm in place of max-T, since calibration_slope has no influence function";
    assert!(
        check["adjustment_note"].as_str().unwrap().starts_with(note),
        "{check}"
    );
    let reasons = results["checks"].to_string();
    assert!(reasons.contains("after Holm's correction over") && reasons.contains(note));
}

#[test]
fn max_t_does_not_depend_on_rows_or_threads() {
    let audit = strict("max_t");
    audit.change_audit("seed: 3", "seed: 3, multiplicity: max_t");
    audit.evaluate_with(&["--threads", "1"]);
    let first = audit.results();
    let table = small_table();
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].reverse();
    lines[1..].rotate_left(13);
    audit.write("cohort.csv", &(lines.join("\n") + "\n"));
    audit.evaluate_with(&["--threads", "2"]);
    let second = audit.results();
    for list in ["comparisons", "checks", "tests"] {
        assert_eq!(first[list], second[list], "{list}");
    }
    let rows = compared(&first, "auroc", "age_band");
    assert!(rows.iter().all(|row| row["adjustment"] == "max_t"));
    let holm = statistics::holm(&column(&rows, "p"));
    for (row, holm) in rows.iter().zip(holm) {
        let adjusted = number(row, "p_adjusted");
        assert!(number(row, "p") <= adjusted && adjusted <= holm, "{row}");
    }
}

#[test]
fn a_gate_takes_no_false_discovery_rate() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "  alpha: 0.025\n",
        "  alpha: 0.025\n  correction: benjamini_hochberg\n",
    );
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(
        text.contains("expected one of holm, hochberg, max_t"),
        "{text}"
    );
}
