//! Images joined to studies, breasts and patients, against counts in plain Python
//! (`fixtures/make_aggregation.py`), and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::{AuditFolder, by_id, code, number, project, stderr};

const AUDIT: &str = "\
audit: joined
cohort:
  manifest: images.csv
  columns: {sample: id, patient: patient, study: study, breast: side}
output: {head: binary, score_kind: KIND}
aggregate: STEPS
endpoints:
  cancer: {score: score, truth: {column: truth, positive: [1], negative: [0]}, threshold: {fixed: THRESHOLD}, unit: UNIT}
";

/// An audit of the fixture's images.
fn audit(text: &str) -> AuditFolder {
    AuditFolder::with_table(text, &project().join("fixtures/aggregation/images.csv"))
}

fn evaluate(audit: &AuditFolder) -> std::process::Output {
    audit.evaluate_table("images.csv", &[])
}

/// What `evaluate` says is wrong.
fn refused(audit: &AuditFolder) -> String {
    let output = evaluate(audit);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    stderr(&output)
}

fn text(kind: &str, steps: &str, threshold: &str, unit: &str) -> String {
    AUDIT
        .replace("KIND", kind)
        .replace("STEPS", steps)
        .replace("THRESHOLD", threshold)
        .replace("UNIT", unit)
}

#[test]
fn every_rule_and_order_of_steps_gives_the_counts_of_plain_python() {
    let known = std::fs::read_to_string(project().join("fixtures/aggregation/expected.json"));
    let known: Value = serde_json::from_str(&known.unwrap()).unwrap();
    let known = known.as_object().unwrap();
    assert_eq!(known.len(), 7);
    for (name, expected) in known {
        let mut steps = Vec::new();
        let (mut kind, mut unit) = ("probability", "");
        for step in expected["steps"].as_array().unwrap() {
            let (to, by) = (step[0].as_str().unwrap(), step[1].as_str().unwrap());
            let threshold = step[2].as_f64().map_or(String::new(), |threshold| {
                kind = "score";
                format!(", threshold: {threshold}")
            });
            steps.push(format!("{{to: {to}, by: {by}, truth: any{threshold}}}"));
            unit = to;
        }
        let threshold = expected["threshold"].to_string();
        let audit = audit(&text(
            kind,
            &format!("[{}]", steps.join(", ")),
            &threshold,
            unit,
        ));
        let output = evaluate(&audit);
        assert_eq!(code(&output), 0, "{name}: {}", stderr(&output));
        let results = support::results(&audit.path("out/joined"));
        assert_eq!(results["cohort"]["unit"], unit, "{name}");
        let of = |metric: &str| by_id(&results, "estimates", &format!("{metric}.overall.all"));
        let sensitivity = of("sensitivity");
        assert_eq!(sensitivity["n"], expected["n"], "{name}");
        assert_eq!(sensitivity["n_positive"], expected["n_positive"], "{name}");
        assert_eq!(
            sensitivity["numerator"], expected["true_positives"],
            "{name}"
        );
        assert_eq!(
            of("specificity")["numerator"],
            expected["true_negatives"],
            "{name}"
        );
        let difference = number(of("auroc"), "estimate") - number(expected, "auroc");
        assert!(difference.abs() < 1e-12, "{name}: {difference}");
    }
}

#[test]
fn a_threshold_for_another_level_is_refused() {
    let steps = "[{to: breast, by: max, truth: any}, {to: patient, by: max, truth: any}]";
    let said = refused(&audit(&text("probability", steps, "0.5", "breast")));
    assert!(
        said.contains("the threshold is for each breast, and what is measured is each patient"),
        "{said}"
    );
    let said = refused(&audit(&text("probability", "[]", "0.5", "patient")));
    assert!(said.contains("what is measured is each image"), "{said}");
}

#[test]
fn a_unit_that_lies_in_two_patients_is_named_with_rows() {
    // Sides alone are lesions of every patient at once.
    let steps = "[{to: lesion, by: max, truth: any}]";
    let wrong = text("probability", steps, "0.5", "lesion").replace("breast: side", "lesion: side");
    let said = refused(&audit(&wrong));
    assert!(
        said.contains(
            "samples that are joined to one of the lesions belong to more than one patient"
        ) && said.contains("images.csv row"),
        "{said}"
    );
    // A breast of two studies is no part of one study.
    let steps = "[{to: breast, by: max, truth: any}, {to: study, by: max, truth: any}]";
    let said = refused(&audit(&text("probability", steps, "0.5", "study")));
    assert!(said.contains("more than one larger unit"), "{said}");
}

#[test]
fn votes_need_a_threshold_and_scores_that_only_rank() {
    for (kind, steps, expected) in [
        (
            "score",
            "[{to: breast, by: vote}]",
            "has no key `threshold`",
        ),
        (
            "probability",
            "[{to: breast, by: vote, threshold: 0.5}]",
            "which is neither a probability nor a logit",
        ),
        (
            "score",
            "[{to: breast, by: max, threshold: 0.5}]",
            "`threshold` is for `by: vote`",
        ),
        (
            "score",
            "[{to: patient, by: max}, {to: breast, by: max}]",
            "already joined to this unit or a larger one",
        ),
        (
            "score",
            "[{to: lesion, by: max}]",
            "`cohort.columns` has no `lesion`",
        ),
        (
            "score",
            "[{to: breast, by: vote, threshold: {}}]",
            "has 0 entries",
        ),
        (
            "score",
            "[{to: breast, by: vote, threshold: {cancer: 0.5}}]",
            "is for the score \"cancer\", which no endpoint takes",
        ),
        (
            "score",
            "[{to: breast, by: vote, threshold: {cancer: 0.5}}]",
            "the vote of breasts has no threshold for the score of endpoint cancer",
        ),
    ] {
        let said = refused(&audit(&text(kind, steps, "0.5", "breast")));
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    let without = text("score", "[{to: breast, by: max}]", "0.5", "breast")
        .replace("patient: patient, ", "patient: none, ");
    let said = refused(&audit(&without));
    assert!(
        said.contains("breasts, which are told apart by patient and side"),
        "{said}"
    );
}

#[test]
fn opposite_directions_of_one_score_are_refused_where_it_matters() {
    let steps = "[{to: breast, by: any, truth: any}]";
    let both = format!(
        "{}  other: {{score: score, truth: {{column: truth, positive: [0], negative: [1]}}, threshold: {{fixed: 0.5}}, direction: lower}}\n",
        text("probability", steps, "0.5", "breast")
    );
    let said = refused(&audit(&both));
    assert!(said.contains("in opposite directions"), "{said}");
}
