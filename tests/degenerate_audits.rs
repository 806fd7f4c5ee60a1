//! Audits in which patients do not differ, one event is all there is, or nobody is left to compare
//! with: no interval of no width, no verdict on one event, and reasons that say what is the matter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::{SmallAudit, by_id as one, code, stderr};

/// One sample a patient: truth, score, site.
fn evaluated(rows: &[(bool, f64, &str)], gate: &str) -> Value {
    let audit = SmallAudit::new();
    audit.write(
        "audit.yaml",
        &format!(
            "\
audit: small
cohort:
  manifest: cohort.csv
  columns: {{sample: id, patient: id}}
output: {{head: binary, score_kind: probability}}
endpoints:
  finding:
    score: score
    truth: {{column: truth, positive: [1], negative: [0]}}
    threshold: {{fixed: 0.5}}
    ranking: {{at_specificity: 0.9, at_sensitivity: 0.9, partial_from: 0.8}}
strata:
  site: {{column: site}}
statistics: {{replicates: 200, seed: 3}}
gate:
  families:
    all:
{gate}"
        ),
    );
    let lines: String = rows
        .iter()
        .enumerate()
        .map(|(id, (truth, score, site))| format!("p{id},{},{score},{site}\n", u8::from(*truth)))
        .collect();
    audit.write("cohort.csv", &format!("id,truth,score,site\n{lines}"));
    let output = audit.evaluate();
    assert!([0, 1, 3, 4].contains(&code(&output)), "{}", stderr(&output));
    audit.results()
}

const FLOOR: &str =
    "      - {id: floor, metric: sensitivity, strata: [overall], require: '>= 0.5'}\n";

#[test]
fn perfect_decisions_of_few_patients_are_not_certain() {
    let rows: Vec<_> = (0..40)
        .map(|i| (i < 18, f64::from(u8::from(i < 18)), "A"))
        .collect();
    let results = evaluated(&rows, FLOOR);
    // No resample shows an error; limits that do not rest on resamples have a width all the same.
    for (metric, width) in [
        ("f1", 1.0),
        ("mcc", 1.0),
        ("sensitivity_at_specificity", 1.0),
        ("specificity_at_sensitivity", 1.0),
        ("partial_auroc", 0.2),
    ] {
        let found = one(&results, "estimates", &format!("{metric}.overall.all"));
        assert_eq!(found["status"], "ok", "{metric}");
        let (lower, upper) = (
            found["lower"].as_f64().unwrap(),
            found["upper"].as_f64().unwrap(),
        );
        assert!(lower < 0.92 * width && lower > 0.7 * width, "{found}");
        assert!((upper - width).abs() < 1e-9, "{found}");
    }
    for metric in ["ece_width", "ece_mass"] {
        let found = one(&results, "estimates", &format!("{metric}.overall.all"));
        assert_eq!(found["status"], "ok", "{metric}");
        assert!(
            found["lower"].is_null() && found["upper"].is_null(),
            "{found}"
        );
        let why = found["reason"].as_str().unwrap();
        assert!(why.contains("the same in every resample"), "{why}");
    }
    // Newcombe's method 10 for 18/18 less 0/22, with Student's t of 17 and 21 degrees of freedom for z in
    // the Wilson limits (Dean and Pagano 2015): worked out with scipy 1.17.
    let youden = one(&results, "estimates", "youden.overall.all");
    let lower = youden["lower"].as_f64().unwrap();
    assert!((lower - 0.742_513_945).abs() < 1e-8, "{youden}");
    assert_eq!(youden["method"], "mover_wilson_sum");
    let balanced = one(&results, "estimates", "balanced_accuracy.overall.all");
    assert!((balanced["lower"].as_f64().unwrap() - 0.5 * (1.0 + lower)).abs() < 1e-12);
    let precision = one(&results, "estimates", "auprc.overall.all");
    assert_eq!(
        (&precision["status"], &precision["estimate"]),
        (&"ok".into(), &1.0.into())
    );
    assert!(precision["lower"].is_null());
    assert!(
        precision["reason"]
            .as_str()
            .unwrap()
            .contains("the estimate is 1")
    );
    for row in results["estimates"].as_array().unwrap() {
        let (lower, upper) = (row["lower"].as_f64(), row["upper"].as_f64());
        assert!(lower.is_none() || lower < upper, "{row}");
    }
    // There is one site: nobody else to compare with.
    let alone = one(&results, "comparisons", "sensitivity.site.A-vs-complement");
    assert!(
        alone["reason"]
            .as_str()
            .unwrap()
            .contains("nobody to compare with"),
        "{alone}"
    );
}

#[test]
fn one_event_decides_nothing_about_calibration() {
    let gate =
        "      - {id: slope, metric: calibration_slope, strata: [overall], require: '>= 0.8'}
      - {id: level, metric: oe_ratio, strata: [overall], require: '<= 1.2'}
      - {id: intercept, metric: calibration_intercept, strata: [overall], require: '>= -0.5'}
";
    let rows = |events: usize| -> Vec<(bool, f64, &'static str)> {
        (0..60)
            .map(|i| {
                let score = 0.05 + 0.015 * (i * 17 % 60) as f64;
                ((i * 7 + 20) % 60 < events, score, ["A", "B"][i % 2])
            })
            .collect()
    };
    let results = evaluated(&rows(1), gate);
    for id in ["slope", "level", "intercept"] {
        let check = one(&results, "checks", &format!("{id}.overall.all"));
        assert_eq!(check["verdict"], "not_evaluable", "{check}");
        let why = check["reason"].as_str().unwrap();
        assert!(why.contains("patients with the rarer outcome: 1;"), "{why}");
    }
    let results = evaluated(&rows(15), gate);
    let check = one(&results, "checks", "slope.overall.all");
    assert_eq!(check["method"], "cluster_sandwich_carriers");
    // p of a test statistic is a field, and the same as in its words.
    let test = one(&results, "estimates", "spiegelhalter_z.overall.all");
    let (z, p) = (
        test["estimate"].as_f64().unwrap(),
        test["p"].as_f64().unwrap(),
    );
    assert!((0.0..=1.0).contains(&p) && z.is_finite());
    let words = test["reason"].as_str().unwrap();
    let said = if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p:.4}")
    };
    assert!(words.contains(&said), "{words}");
    assert!(one(&results, "estimates", "youden.overall.all")["p"].is_null());
}
