//! Models with several inputs: numbers of the table beside an image, against ONNX Runtime with
//! inputs made by hand (`fixtures/make_inputs.py`), and what is refused in which words.
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

use support::{AuditFolder, code, engines, project, stderr, stdout};

/// 32-bit sums in another order.
const TOLERANCE: f64 = 5e-6;

const TYPES: &str = "
    age: {column: age, offset: 50, scale: 1/10, missing: 0.25}
    bmi: {column: bmi, scale: 0.1}
    visits: {column: visits}
    smoker: {column: smoker, map: {yes: 1, no: 0}, missing: 0}
    codes:
      columns:
        - {column: site, map: {A: 1}, other: 0, missing: 0.5}
        - {column: site, map: {B: 1}, other: 0, missing: 0}
        - {column: age, scale: 0.01, missing: 0.52}
";
const FIXED: &str = "
    tabular: {dtype: f32, columns: [{column: age, scale: 1/100}, {column: bmi}]}
";

struct Audit(AuditFolder);

impl Deref for Audit {
    type Target = AuditFolder;

    fn deref(&self) -> &AuditFolder {
        &self.0
    }
}

impl Audit {
    /// An audit of `people.csv` on one of the fixtures' models.
    fn new(model: &str, inputs: &str, more: &str) -> Self {
        let fixtures = project().join("fixtures/inputs");
        let text = format!(
            "audit: inputs
model:
  file: {0}/{model}.onnx
  engine: embedded
  inputs:{inputs}
cohort:
  manifest: people.csv
  root: {0}
  columns: {{image: path, sample: id, patient: patient}}
  missing: ['', NA, unknown]
{more}
input: {{kind: raster, channels: gray}}
preprocess: [{{scale: 1/255}}]
output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  event: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
",
            fixtures.display()
        );
        Self(AuditFolder::with_table(&text, &fixtures.join("people.csv")))
    }

    fn results(&self) -> serde_json::Value {
        support::results(&self.path("out/inputs"))
    }

    fn scores(&self) -> BTreeMap<String, Option<f64>> {
        support::scores(&self.path("out/inputs"), "id")
    }
}

/// Reference scores of one model by sample.
fn reference(model: &str) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(project().join("fixtures/inputs/scores.json")).unwrap();
    let scores: serde_json::Value = serde_json::from_str(&text).unwrap();
    let scores = scores[model].as_object().unwrap();
    scores
        .iter()
        .map(|(id, score)| (id.clone(), score.as_f64().unwrap()))
        .collect()
}

fn agree(model: &str, inputs: &str, more: &str, expected_n: usize) {
    let expected = reference(model);
    assert_eq!(expected.len(), expected_n);
    for engine in engines() {
        let audit = Audit::new(model, inputs, more);
        audit.change(
            "audit.yaml",
            "engine: embedded",
            &format!("engine: {engine}"),
        );
        let output = audit.call("predict");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let scores = audit.scores();
        assert_eq!(scores.len(), expected_n);
        let mut largest = 0f64;
        for (id, expected) in &expected {
            let difference = (scores[id].unwrap() - expected).abs();
            assert!(
                difference < TOLERANCE,
                "{model} {engine} {id}: {difference}"
            );
            largest = largest.max(difference);
        }
        eprintln!("{model} {engine}: {expected_n} scores, largest difference {largest:.1e}");
    }
}

#[test]
fn every_type_and_shape_of_a_column_is_fed_as_declared() {
    agree("types", TYPES, "", 7);
}

#[test]
fn a_fixed_batch_is_filled_up_for_every_input() {
    agree("fixed", FIXED, "  include: [{column: age, min: 0}]", 6);
}

#[test]
fn a_missing_value_without_a_rule_fails_its_sample_and_nothing_else() {
    let audit = Audit::new("fixed", FIXED, "");
    let output = audit.call("run");
    // One of seven samples failed, and none may.
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("people.csv row 4: age is missing, and the model's input takes it; 1 of 7 rows get no score"),
        "{}",
        stderr(&output)
    );
    let scores = audit.scores();
    assert_eq!(scores["s2"], None);
    let expected = reference("fixed");
    // The batch holds other samples than the reference's, and no score depends on that.
    for (id, expected) in expected {
        assert!((scores[&id].unwrap() - expected).abs() < TOLERANCE, "{id}");
    }
    let results = audit.results();
    let failures = &results["cohort"]["failures"][0];
    assert_eq!(
        (&failures["reason"], &failures["n"]),
        (&"input-missing".into(), &1.into())
    );
}

#[test]
fn results_and_report_say_what_each_input_was_fed() {
    let audit = Audit::new("types", TYPES, "");
    let output = audit.call("run");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let results = audit.results();
    let inputs = results["methods"]["inputs"].as_array().unwrap();
    let names: Vec<&str> = inputs
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["image", "age", "bmi", "visits", "smoker", "codes"]);
    assert_eq!(inputs[0]["layout"], "NCHW");
    let types: Vec<&str> = inputs
        .iter()
        .map(|one| one["dtype"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["f32", "f32", "f64", "i64", "bool", "f32"]);
    let age = &inputs[1]["columns"][0];
    assert_eq!(
        (&age["offset"], &age["scale"], &age["missing"]),
        (&50.0.into(), &0.1.into(), &0.25.into())
    );
    let site = &inputs[5]["columns"][0];
    assert_eq!(site["levels"][0]["level"], "A");
    assert_eq!(
        (&site["other"], &site["offset"]),
        (&0.0.into(), &serde_json::Value::Null)
    );
    let line = "codes[0]: 1 where site is A, 0 for other levels, 0.5 where missing (f32)";
    let checked = audit.call("check");
    assert!(stdout(&checked).contains(line), "{}", stdout(&checked));
    let report = audit.path("out/inputs/report.html");
    assert!(std::fs::read_to_string(report).unwrap().contains(line));
}

#[test]
fn what_the_table_holds_wrongly_is_named_with_file_row_and_column() {
    let audit = Audit::new("types", TYPES, "");
    audit.change("people.csv", "35,19.5,-2,yes", "35,thin,-2,maybe");
    audit.change("people.csv", "24.5,3,yes", "24.5,3.5,yes");
    let said = audit.refused();
    for expected in [
        "people.csv row 6: bmi is \"thin\", expected a number for the model's input",
        "people.csv row 6: smoker is \"maybe\", expected one of yes, no (the column's `map`)",
        "write `other:` with the number of every other level",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    // Told once the rest is right, since it takes the model to know.
    audit.change("people.csv", "35,thin,-2,maybe", "35,19.5,-2,yes");
    let said = audit.refused();
    assert!(
        said.contains("people.csv row 2: visits becomes 3.5 after scaling, and input \"visits\" takes whole numbers"),
        "{said}"
    );
}

#[test]
fn columns_that_the_table_lacks_are_all_named() {
    let audit = Audit::new("types", TYPES, "");
    audit.change("audit.yaml", "column: bmi", "column: bmy");
    audit.change(
        "audit.yaml",
        "column: site, map: {B",
        "column: hospital, map: {B",
    );
    let said = audit.refused();
    assert!(said.contains("people.csv has no column \"bmy\""), "{said}");
    assert!(
        said.contains("people.csv has no column \"hospital\""),
        "{said}"
    );
    // Stored scores need none of them.
    let rows: String = (0..7)
        .map(|number| format!("s{number},0.{number}\n"))
        .collect();
    audit.write("scores.csv", &format!("id,score\n{rows}"));
    let output = audit.evaluate_table("scores.csv", &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn what_does_not_fit_the_graph_is_refused_at_its_place() {
    for (model, inputs, from, to, expected) in [
        (
            "fixed",
            FIXED,
            ", {column: bmi}",
            "",
            "input \"tabular\" takes 2 number(s) a sample ([4, 2]), and the audit file gives 1",
        ),
        (
            "fixed",
            FIXED,
            "dtype: f32",
            "dtype: f64",
            "input \"tabular\" takes f32, but the audit file says f64",
        ),
        (
            "fixed",
            FIXED,
            "tabular:",
            "table:",
            "the model has no input \"table\"",
        ),
        (
            "types",
            TYPES,
            "    bmi: {column: bmi, scale: 0.1}\n",
            "",
            "would all take the one image",
        ),
        (
            "types",
            TYPES,
            "    age: {",
            "    image: {column: age}\n    age: {",
            "input \"image\" has the shape [N, 1, 8, 8], expected [N], [N, 1] or [N, k]",
        ),
    ] {
        let audit = Audit::new(model, inputs, "");
        audit.change("audit.yaml", from, to);
        let said = audit.refused();
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn all_mistakes_of_the_inputs_are_reported_at_once() {
    let inputs = "
    age: {column: age, scale: 0, layout: NCHW}
    bmi: {scale: 0.1}
    visits: {column: visits, columns: [{column: age}]}
    smoker: {column: smoker, map: {yes: one}, offset: 2}
    codes: {columns: [{column: age, other: 1}, {colunm: site}], missing: 0, dtype: i16}
";
    let said = Audit::new("types", inputs, "").refused();
    for expected in [
        "`layout` in `model.inputs.age` is for images",
        "`model.inputs.age.scale` is \"0\", expected a number or a fraction",
        "`scale` in `model.inputs.bmi` is for a column, and the input names none",
        "`model.inputs.visits` has `column` and `columns`",
        "`model.inputs.smoker.map.yes` is \"one\", expected a number",
        "`offset` in `model.inputs.smoker` is for numbers",
        "`other` in `model.inputs.codes.columns[0]` is for levels",
        "has no key \"colunm\"",
        "`missing` in `model.inputs.codes` is for one column",
        "`model.inputs.codes.dtype: i16` is not supported by this version",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}
