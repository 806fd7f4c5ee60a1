//! Models that take several images of one row, each with its own way from the file to numbers, against
//! ONNX Runtime with inputs made by hand (`fixtures/make_inputs.py`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::{AuditFolder, code, engines, project, run, stderr, stdout};

/// 32-bit sums in another order.
const TOLERANCE: f64 = 5e-6;

const PAIR: &str = "
    near: {image: near}
    far:
      image: far
      missing: -1
      input: {kind: raster, channels: repeat3}
      preprocess:
        - crop: {center: {width: 6, height: 6}}
        - flip: horizontal
        - normalize: {mean: [100, 110, 120], std: [50, 60, 70]}
";
const CHANNELS: &str = "
    image: {image: [near, far], layout: NCHW, missing: 0}
";

fn audit(model: &str, inputs: &str) -> AuditFolder {
    let fixtures = project().join("fixtures/inputs");
    let text = format!(
        "audit: several
model:
  file: {0}/{model}.onnx
  engine: embedded
  inputs:{inputs}
cohort:
  manifest: pairs.csv
  root: {0}
  columns: {{image: near, sample: id, patient: patient}}
input: {{kind: raster, channels: gray}}
preprocess: [{{scale: 1/255}}]
output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  event: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0}}}}
",
        fixtures.display()
    );
    AuditFolder::with_table(&text, &fixtures.join("pairs.csv"))
}

fn reference(model: &str) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(project().join("fixtures/inputs/scores.json")).unwrap();
    let scores: Value = serde_json::from_str(&text).unwrap();
    let scores = scores[model].as_object().unwrap().iter();
    scores
        .map(|(id, score)| (id.clone(), score.as_f64().unwrap()))
        .collect()
}

fn results(audit: &AuditFolder) -> Value {
    support::results(&audit.path("out/several"))
}

#[test]
fn columns_of_one_row_are_fed_each_in_its_own_way_or_as_channels() {
    for (model, inputs) in [("pair", PAIR), ("channels", CHANNELS)] {
        let expected = reference(model);
        assert_eq!(expected.len(), 5);
        for engine in engines() {
            let audit = audit(model, inputs);
            audit.change(
                "audit.yaml",
                "engine: embedded",
                &format!("engine: {engine}"),
            );
            let output = audit.call("predict");
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            let scores = support::scores(&audit.path("out/several"), "id");
            for (id, expected) in &expected {
                let difference = (scores[id].unwrap() - expected).abs();
                assert!(
                    difference < TOLERANCE,
                    "{model} {engine} {id}: {difference}"
                );
            }
        }
    }
}

#[test]
fn a_missing_image_without_a_rule_fails_its_sample_and_nothing_else() {
    for (model, inputs, rule) in [
        ("pair", PAIR, "      missing: -1\n"),
        ("channels", CHANNELS, ", missing: 0"),
    ] {
        let audit = audit(model, &inputs.replace(rule, ""));
        let output = audit.call("run");
        assert_eq!(code(&output), 5, "{}", stderr(&output));
        let said = stderr(&output);
        assert!(
            said.contains("pairs.csv row 5: far is missing, and an input of the model takes its image; 1 of 5 rows get no score"),
            "{said}"
        );
        let scores = support::scores(&audit.path("out/several"), "id");
        for (id, expected) in reference(model) {
            match id.as_str() {
                "s3" => assert_eq!(scores["s3"], None),
                _ => assert!((scores[&id].unwrap() - expected).abs() < TOLERANCE, "{id}"),
            }
        }
        let results = results(&audit);
        assert_eq!(results["cohort"]["failures"][0]["reason"], "input-missing");
    }
}

#[test]
fn results_report_and_preview_say_what_every_input_was_fed() {
    let audit = audit("pair", PAIR);
    let folder = project().join("fixtures/inputs/pair_tensors");
    audit.change(
        "audit.yaml",
        "endpoints:",
        &format!(
            "parity: {{tensors: {}, tolerance: {{max_abs_tensor: 1.0e-6}}}}\nreport: {{images: true}}\nendpoints:",
            folder.display()
        ),
    );
    let output = audit.call("run");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let results = results(&audit);
    // Two tensors of s0 and one of s2.
    assert_eq!(results["parity"]["tensors"]["n_compared"], 3);
    assert_eq!(results["parity"]["tensors"]["n_unlike"], 0);
    let inputs = results["methods"]["inputs"].as_array().unwrap();
    assert_eq!(inputs[1]["images"], serde_json::json!(["far"]));
    assert_eq!(inputs[1]["missing"], -1.0);
    let steps = results["methods"]["preprocessing"].to_string();
    assert!(
        steps.contains("near: ") && steps.contains("far: "),
        "{steps}"
    );
    let channels: Vec<&Value> = results["fed"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["attribute"] == "overall")
        .collect();
    assert_eq!(channels.len(), 4);
    let sheets = results["contact_sheets"].as_array().unwrap();
    let of: Vec<&str> = sheets
        .iter()
        .map(|one| one["input"].as_str().unwrap())
        .collect();
    assert_eq!(of, ["near", "far"]);
    let output = run(&[
        "check",
        &audit.shown("audit.yaml"),
        "--preview",
        "2",
        "--out",
        &audit.shown("out"),
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page = std::fs::read_to_string(audit.path("out/several.preview.html")).unwrap();
    assert!(page.contains("for input near") && page.contains("for input far"));
}

#[test]
fn inspect_shows_the_tensor_of_every_input() {
    let audit = audit("pair", PAIR);
    let image = project().join("fixtures/inputs/i1.png");
    let (file, image) = (audit.shown("audit.yaml"), image.display().to_string());
    let both = ["inspect", &image, "--audit", &file, "--format", "json"];
    let found: Value = serde_json::from_str(&stdout(&run(&both))).unwrap();
    let tensors = found["tensors"].as_array().unwrap();
    assert_eq!(
        tensors[0]["tensor"]["shape"],
        serde_json::json!([1, 1, 8, 8])
    );
    assert_eq!(
        tensors[1]["tensor"]["shape"],
        serde_json::json!([1, 3, 6, 6])
    );
    let npy = audit.shown("far.npy");
    let unclear = run(&["inspect", &image, "--audit", &file, "--tensor", &npy]);
    assert_eq!(code(&unclear), 2);
    assert!(stderr(&unclear).contains("name one with --input: near, far"));
    let one = run(&[
        "inspect", &image, "--audit", &file, "--tensor", &npy, "--input", "far",
    ]);
    assert_eq!(code(&one), 0, "{}", stderr(&one));
    // i1 is the far image of s0.
    let made = project().join("fixtures/inputs/pair_tensors/far/s0.npy");
    let (ours, theirs) = (std::fs::read(&npy).unwrap(), std::fs::read(made).unwrap());
    assert_eq!(
        ours[ours.len() - 4 * 108..],
        theirs[theirs.len() - 4 * 108..]
    );
    let unknown = run(&["inspect", &image, "--audit", &file, "--input", "fare"]);
    assert!(
        stderr(&unknown).contains("there are near, far"),
        "{}",
        stderr(&unknown)
    );
}

#[test]
fn the_doctor_finds_a_fault_in_the_way_of_one_input() {
    let folder = project().join("fixtures/inputs/pair_tensors");
    let mut table = "id,score\n".to_owned();
    for (id, score) in reference("pair") {
        table += &format!("{id},{score}\n");
    }
    let by_tensors = format!(
        "parity: {{tensors: {}, tolerance: {{max_abs_tensor: 1.0e-6}}}}",
        folder.display()
    );
    let by_scores = "parity: {scores: makers.csv, columns: {score: score}, scale: logit, tolerance: {max_abs: 1.0e-5}}";
    for parity in [by_scores, &by_tensors] {
        let audit = audit("pair", PAIR);
        audit.write("makers.csv", &table);
        audit.change("audit.yaml", "endpoints:", &format!("{parity}\nendpoints:"));
        let whole = diagnosis(&audit);
        assert_eq!(whole["within_tolerance"], true);
        let inputs = whole["channels"].as_array().unwrap().iter();
        let inputs: Vec<&str> = inputs.map(|one| one["input"].as_str().unwrap()).collect();
        assert_eq!(inputs, ["near", "far", "far", "far"]);
        let (right, wrong) = (
            "normalize: {mean: [100, 110, 120], std: [50, 60, 70]}",
            "normalize: {mean: [120, 110, 100], std: [70, 60, 50]}",
        );
        audit.change("audit.yaml", right, wrong);
        let found = diagnosis(&audit);
        assert_eq!(found["within_tolerance"], false);
        let first = &found["explanations"][0];
        assert_eq!(
            first["change"],
            serde_json::json!([
                format!("- model: inputs: far: preprocess: - {wrong}"),
                format!("+ model: inputs: far: preprocess: - {right}")
            ]),
            "{found:#?}"
        );
        assert_eq!(first["within_tolerance"], true);
    }
}

fn diagnosis(audit: &AuditFolder) -> Value {
    let output = run(&["doctor", &audit.shown("audit.yaml"), "--format", "json"]);
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)))
}

#[test]
fn what_does_not_fit_is_refused_at_its_place() {
    for (from, to, said) in [
        (
            "near: {image: near}",
            "near: {image: near, view: CC}",
            "`view` in `model.inputs.near` is an image of an exam",
        ),
        (
            "near: {image: near}",
            "near: {missing: 0}",
            "`missing` in `model.inputs.near` is for a column",
        ),
        (
            "near: {image: near}",
            "near: {image: near, input: {kind: array, channels: gray}}",
            "steps fit one kind of image",
        ),
        (
            "near: {image: near}",
            "near: {image: near, preprocess: []}",
            "every declared input of images has its own `preprocess`",
        ),
        (
            "near: {image: near}",
            "near: {image: nearer}",
            "pairs.csv has no column \"nearer\"",
        ),
        (
            "    near: {image: near}\n",
            "",
            "so that nothing takes these steps",
        ),
        (
            "      image: far\n      missing: -1\n",
            "      columns: [{column: truth}]\n",
            "`preprocess` in `model.inputs.far` is for images",
        ),
        (
            "input: {kind: raster, channels: repeat3}",
            "input: {kind: dicom_series, channels: gray}",
            "`rescale` is its first step",
        ),
        (
            "columns: {image: near",
            "exam: {column: id, view: far}\n  columns: {image: near",
            "joins several rows",
        ),
    ] {
        let audit = audit("pair", PAIR);
        audit.change("audit.yaml", from, to);
        let output = audit.call("check");
        assert_eq!(code(&output), 2, "{to}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{to}: {}", stderr(&output));
    }
}
