//! Models that take several views of an exam, against ONNX Runtime with inputs made by hand
//! (`fixtures/make_inputs.py`): missing and duplicate views, what is counted and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeMap;
use std::ops::Deref;

use serde_json::Value;
use support::{AuditFolder, code, engines, project, stderr, stdout};

/// 32-bit sums in another order.
const TOLERANCE: f64 = 5e-6;

struct Audit(AuditFolder);

impl Deref for Audit {
    type Target = AuditFolder;

    fn deref(&self) -> &AuditFolder {
        &self.0
    }
}

impl Audit {
    fn new(exam: &str) -> Self {
        let fixtures = project().join("fixtures/inputs");
        let text = format!(
            "audit: exams
model:
  file: {0}/views.onnx
  engine: embedded
  inputs: {{cc: {{view: CC}}, mlo: {{view: MLO, layout: NHWC}}}}
cohort:
  manifest: exams.csv
  root: {0}
  columns: {{image: path, patient: patient}}
  exam: {{column: exam, view: view{exam}}}
input: {{kind: raster, channels: gray}}
preprocess: [{{scale: 1/255}}]
output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  event: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}, unit: exam}}
strata:
  age_band: {{column: age, bins: [60]}}
",
            fixtures.display()
        );
        Self(AuditFolder::with_table(&text, &fixtures.join("exams.csv")))
    }

    fn results(&self) -> Value {
        support::results(&self.path("out/exams"))
    }

    fn scores(&self) -> BTreeMap<String, Option<f64>> {
        support::scores(&self.path("out/exams"), "exam")
    }

    /// (code, removed, remaining) of each step of the flow.
    fn flow(&self) -> Vec<(String, u64, u64)> {
        let results = self.results();
        let steps = results["cohort"]["flow"].as_array().unwrap();
        let number = |step: &Value, key: &str| step[key].as_u64().unwrap();
        steps
            .iter()
            .map(|step| {
                let code = step["code"].as_str().unwrap().to_owned();
                (code, number(step, "removed"), number(step, "remaining"))
            })
            .collect()
    }
}

fn reference(name: &str) -> f64 {
    reference_of("views", name)
}

fn reference_of(model: &str, name: &str) -> f64 {
    let text = std::fs::read_to_string(project().join("fixtures/inputs/scores.json")).unwrap();
    let scores: Value = serde_json::from_str(&text).unwrap();
    scores[model][name].as_f64().unwrap()
}

fn agree(audit: &Audit, expected: &[(&str, &str)]) {
    let mut before = "engine: embedded".to_owned();
    for engine in engines() {
        let own = format!("engine: {engine}");
        audit.change("audit.yaml", &before, &own);
        before = own;
        let output = audit.call("run");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let scores = audit.scores();
        assert_eq!(scores.len(), expected.len());
        for (exam, name) in expected {
            let difference = (scores[*exam].unwrap() - reference(name)).abs();
            assert!(difference < TOLERANCE, "{engine} {exam}: {difference}");
        }
    }
}

fn flow(steps: &[(&str, u64, u64)]) -> Vec<(String, u64, u64)> {
    let owned =
        |(code, removed, remaining): &(&str, u64, u64)| ((*code).to_owned(), *removed, *remaining);
    steps.iter().map(owned).collect()
}

#[test]
fn exams_lacking_a_view_are_left_out_and_counted() {
    let audit = Audit::new(", missing: skip, duplicate: first");
    agree(
        &audit,
        &[("e1", "e1"), ("e2", "e2"), ("e4", "e4-first"), ("e5", "e5")],
    );
    assert_eq!(
        audit.flow(),
        flow(&[
            ("rows", 0, 11),
            ("exam-view", 1, 10),
            ("exam-duplicate-view", 1, 9),
            ("exam-missing-view", 1, 8),
            ("exam", 4, 4),
            ("truth-indeterminate", 0, 4),
            ("measured", 0, 4),
        ])
    );
    let results = audit.results();
    assert_eq!(results["cohort"]["unit"], "exam");
    let findings = results["findings"].to_string();
    for expected in [
        "exams.csv row 10: view is missing or none of CC, MLO, or no image is named; these rows are fed to no input",
        "exams.csv: exam e4 has 2 images of CC (rows 7 and 9); the first is fed",
        "exams.csv: exam e3 (row 6) has no image of MLO; left out",
    ] {
        assert!(findings.contains(expected), "{expected}\n{findings}");
    }
    let inputs = results["methods"]["inputs"].as_array().unwrap();
    let views: Vec<&str> = inputs
        .iter()
        .map(|one| one["view"].as_str().unwrap())
        .collect();
    assert_eq!(views, ["CC", "MLO"]);
    let checked = stdout(&audit.call("check"));
    assert!(
        checked.contains("mlo: images of view MLO, NHWC f32"),
        "{checked}"
    );
}

#[test]
fn a_view_that_lacks_is_zero_after_preprocessing_where_the_audit_says_so() {
    let audit = Audit::new(", missing: zeros, duplicate: last");
    agree(
        &audit,
        &[
            ("e1", "e1"),
            ("e2", "e2"),
            ("e3", "e3"),
            ("e4", "e4-last"),
            ("e5", "e5"),
        ],
    );
    let findings = audit.results()["findings"].to_string();
    assert!(
        findings.contains("exam e3 (row 6) has no image of MLO; its input is zero"),
        "{findings}"
    );
}

#[test]
fn a_view_has_steps_of_its_own_where_the_audit_says_so() {
    let audit = Audit::new(", missing: zeros, duplicate: first");
    audit.change(
        "audit.yaml",
        "mlo: {view: MLO, layout: NHWC}",
        "mlo: {view: MLO, layout: NHWC, preprocess: [{scale: 4/255}]}",
    );
    let output = audit.call("run");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let scores = audit.scores();
    for (exam, name) in [
        ("e1", "e1"),
        ("e2", "e2"),
        ("e3", "e3"),
        ("e4", "e4-first"),
        ("e5", "e5"),
    ] {
        let expected = reference_of("views_own", name);
        assert!(
            (scores[exam].unwrap() - expected).abs() < TOLERANCE,
            "{exam}"
        );
        // The view that e3 lacks is zero either way.
        assert_eq!(expected == reference(name), exam == "e3");
    }
    let steps = audit.results()["methods"]["preprocessing"].to_string();
    assert!(
        steps.contains("cc: divide by 255") && steps.contains("mlo: multiply by 4, divide by 255"),
        "{steps}"
    );
}

#[test]
fn without_rules_missing_and_duplicate_views_are_errors_that_name_all_exams() {
    let audit = Audit::new("");
    let said = audit.refused();
    for expected in [
        "exams.csv: exam e4 has 2 images of CC (rows 7 and 9), expected one",
        "exams.csv: exam e3 (row 6) has no image of MLO, which the model takes",
        "`cohort.exam.missing: skip` leaves such exams out",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn rows_of_one_exam_must_agree() {
    let audit = Audit::new(", missing: skip, duplicate: first");
    audit.change("exams.csv", "e2,p1,CC,i2.png,47,0", "e2,p1,CC,i2.png,47,1");
    audit.change(
        "exams.csv",
        "e1,p0,MLO,i1.png,61,1",
        "e1,p0,MLO,i1.png,16,1",
    );
    let said = audit.refused();
    for expected in [
        "exams.csv rows 4 and 5: the truth of samples that are joined to exams differs",
        "exams.csv rows 2 and 3: age of samples that are joined to exams differs",
        "in `cohort.exam` if that is meant",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    audit.change(
        "audit.yaml",
        "duplicate: first",
        "duplicate: first, truth: any, attribute: min",
    );
    assert_eq!(code(&audit.call("run")), 0);
    audit.change("exams.csv", "e5,p4,CC", "e5,p5,CC");
    let said = audit.refused();
    assert!(
        said.contains("exams.csv rows 11 and 12: exam e5 has more than one patient"),
        "{said}"
    );
}

#[test]
fn an_image_that_cannot_be_read_fails_its_exam() {
    let audit = Audit::new(", missing: skip, duplicate: first");
    audit.change("exams.csv", "i3.png", "absent.png");
    let output = audit.call("run");
    assert_eq!(code(&output), 5);
    let scores = audit.scores();
    assert_eq!(scores["e2"], None);
    assert!((scores["e1"].unwrap() - reference("e1")).abs() < TOLERANCE);
    let failures = &audit.results()["cohort"]["failures"][0];
    assert_eq!(failures["reason"], "file-absent");
    assert!(
        stderr(&output).contains("1 of 4 exams have an image file that does not exist"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_row_without_an_image_is_a_missing_view() {
    let audit = Audit::new(", missing: error, duplicate: first");
    audit.change("exams.csv", "e3,p2,CC,i4.png,70,1\n", "");
    assert_eq!(code(&audit.call("check")), 0);
    audit.change("exams.csv", "i3.png", "");
    let said = audit.refused();
    for expected in [
        "rows 4 and 9: view is missing",
        "exam e2 (row 5) has no image of MLO",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn an_exam_of_other_views_alone_is_told_of_and_never_fed() {
    let audit = Audit::new(", missing: zeros, duplicate: first");
    audit.change("exams.csv", "e3,p2,CC", "e3,p2,ML");
    assert_eq!(code(&audit.call("run")), 0);
    assert_eq!(
        audit.scores().keys().collect::<Vec<_>>(),
        ["e1", "e2", "e4", "e5"]
    );
    let findings = audit.results()["findings"].to_string();
    assert!(
        findings.contains("exams.csv: exam e3: no image of CC, MLO; left out"),
        "{findings}"
    );
    audit.change("audit.yaml", "missing: zeros", "missing: error");
    let said = audit.refused();
    assert!(
        said.contains("exam e3: no image of CC, MLO, which the model takes"),
        "{said}"
    );
}

#[test]
fn stored_scores_of_exams_join_again_and_rows_in_any_order_give_the_same() {
    let audit = Audit::new(", missing: skip, duplicate: first");
    assert_eq!(code(&audit.call("run")), 0);
    let first = audit.results();
    std::fs::copy(
        audit.path("out/exams/predictions.parquet"),
        audit.path("stored.parquet"),
    )
    .unwrap();
    let output = audit.evaluate_table("stored.parquet", &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(audit.results()["estimates"], first["estimates"]);
    // `first` is told by the row, so that the two images of one view keep their order.
    let table = std::fs::read_to_string(audit.path("exams.csv")).unwrap();
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].sort_by_key(|line| std::cmp::Reverse(line.split(',').next().unwrap().to_owned()));
    audit.write("exams.csv", &lines.join("\n"));
    assert_eq!(code(&audit.call("run")), 0);
    assert_eq!(audit.results()["estimates"], first["estimates"]);
}

#[test]
fn views_and_exams_need_each_other() {
    let audit = Audit::new("");
    audit.change(
        "audit.yaml",
        "mlo: {view: MLO, layout: NHWC}",
        "mlo: {layout: NHWC}",
    );
    let said = audit.refused();
    assert!(
        said.contains("input \"mlo\" takes an image, and does not say of which view"),
        "{said}"
    );
    let audit = Audit::new("");
    audit.change("audit.yaml", "  exam: {column: exam, view: view}\n", "");
    audit.change("audit.yaml", ", unit: exam", "");
    let said = audit.refused();
    assert!(
        said.contains("the cohort does not say which images make an exam"),
        "{said}"
    );
    let audit = Audit::new("");
    audit.change(
        "audit.yaml",
        "inputs: {cc: {view: CC}, mlo: {view: MLO, layout: NHWC}}",
        "inputs: {}",
    );
    let said = audit.refused();
    assert!(
        said.contains("no input of the model takes a view"),
        "{said}"
    );
}
