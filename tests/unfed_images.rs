//! Steps, images and graphs that contradict each other are told by `check`, with their place, before a
//! model runs over samples of which every one would fail; `doctor` says why there is no score.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::process::Output;

use support::{SmallAudit, code, project, run, stderr, stdout};

const GRAY: &str = "gray8.png";
const GRAY_TOO: &str = "gray16.png";
const COLOUR: &str = "rgb8.png";

/// An audit of a model of the fixtures over images of `fixtures/tiny`. The input stands in line 4, the
/// steps from line 6 on.
fn audit(model: &str, channels: &str, steps: &[&str], files: &[&str]) -> SmallAudit {
    let steps: String = steps.iter().map(|step| format!("  - {step}\n")).collect();
    let fixtures = project().join("fixtures").display().to_string();
    let text = format!(
        "audit: unfed
model: {{file: {fixtures}/{model}, engine: embedded, inputs: {{image: {{layout: NCHW}}}}}}
cohort: {{manifest: cohort.csv, root: {fixtures}/tiny, columns: {{image: file, patient: none}}}}
input: {{kind: raster, channels: {channels}}}
preprocess:
{steps}output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  finding: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0.5}}}}
parity: {{scores: cohort.csv, sample: file, columns: {{score: theirs}}, scale: logit, tolerance: {{max_abs: 1}}}}
"
    );
    let audit = SmallAudit::new();
    audit.write("audit.yaml", &text);
    let rows = files.iter().zip(0..);
    let rows: String = rows
        .map(|(file, row)| format!("{file},{},0.5\n", row % 2))
        .collect();
    audit.write("cohort.csv", &format!("file,truth,theirs\n{rows}"));
    audit
}

fn on(audit: &SmallAudit, command: &str) -> Output {
    run(&[command, &audit.shown("audit.yaml")])
}

#[test]
fn values_for_other_channels_than_there_are_are_refused_at_their_line() {
    let normalize = "normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}";
    for (channels, steps, refused) in [
        ("gray_bt601", vec!["scale: 1/255", normalize], Some(7)),
        ("rgb", vec!["channels: gray_bt709", normalize], Some(7)),
        ("gray", vec![normalize], Some(6)),
        (
            "gray",
            vec![
                "channels: repeat3",
                "scale: 1/255",
                normalize,
                "channels: gray",
            ],
            None,
        ),
        (
            "rgb",
            vec!["scale: 1/255", normalize, "channels: gray_bt601"],
            None,
        ),
    ] {
        let file = if channels == "gray" { GRAY } else { COLOUR };
        let audit = audit("tiny/mean.onnx", channels, &steps, &[file]);
        for command in ["check", "doctor"] {
            let output = on(&audit, command);
            let said = stderr(&output);
            assert_eq!(said.contains("channel-count"), refused.is_some(), "{said}");
            if let Some(line) = refused {
                assert_eq!(code(&output), 2, "{said}");
                assert!(
                    said.contains("has 3 values") && said.contains("gives 1 channel"),
                    "{said}"
                );
                assert!(said.contains(&format!("audit.yaml:{line}:")), "{said}");
                assert!(said.contains("repeat3"), "{said}");
            }
        }
    }
}

#[test]
fn a_shape_that_the_graph_does_not_take_is_refused() {
    let square = "resize: {width: 32, height: 32, engine: opencv, filter: bilinear}";
    let wide = "resize: {width: 64, height: 32, engine: opencv, filter: bilinear}";
    for (channels, steps, file, refused) in [
        ("rgb", vec![square], COLOUR, None),
        ("repeat3", vec![square], GRAY, None),
        (
            "gray",
            vec![square],
            GRAY,
            Some((
                4,
                "gives 1 channel(s), and input \"image\" of the model takes 3",
            )),
        ),
        (
            "rgb",
            vec!["channels: gray_bt601", square],
            COLOUR,
            Some((
                6,
                "gives 1 channel(s), and input \"image\" of the model takes 3",
            )),
        ),
        (
            "rgb",
            vec![wide],
            COLOUR,
            Some((6, "gives 32 rows and 64 columns")),
        ),
    ] {
        let audit = audit("dicom/colour.onnx", channels, &steps, &[file]);
        let output = on(&audit, "check");
        let said = stderr(&output);
        match refused {
            None => assert_eq!(code(&output), 0, "{said}"),
            Some((line, words)) => {
                assert_eq!(code(&output), 2, "{said}");
                assert!(
                    said.contains("input-size") && said.contains(words),
                    "{said}"
                );
                assert!(said.contains(&format!("audit.yaml:{line}:")), "{said}");
            }
        }
    }
}

#[test]
fn check_tries_some_images_and_refuses_where_none_can_be_fed() {
    let crop = "crop: {box: [0, 0, 500, 500]}";
    let steps = ["scale: 1/255", crop];
    let none = audit("tiny/mean.onnx", "gray", &steps, &[GRAY, GRAY_TOO]);
    let output = on(&none, "check");
    let said = stderr(&output);
    assert_eq!(code(&output), 2, "{said}");
    assert!(said.contains("error[sample-not-fed]"), "{said}");
    assert!(
        said.contains("2 of 2 image(s)") && said.contains("crop of 500 x 500"),
        "{said}"
    );
    assert!(said.contains("audit.yaml:7:"), "{said}");
    // The doctor gives the reason, too.
    let output = on(&none, "doctor");
    let said = stderr(&output);
    assert_eq!(code(&output), 2, "{said}");
    assert!(
        said.contains("parity-not-scored") && said.contains("crop of 500 x 500"),
        "{said}"
    );
    assert!(said.contains("2 of them (crop-outside)"), "{said}");

    // One that cannot be read, or has other channels, does not stop the others.
    let one = audit(
        "tiny/mean.onnx",
        "gray",
        &["scale: 1/255"],
        &[GRAY, "truncated.png"],
    );
    let output = on(&one, "check");
    let said = stderr(&output);
    assert_eq!(code(&output), 0, "{said}{}", stdout(&output));
    assert!(said.contains("warning[sample-not-fed]"), "{said}");
    assert!(
        said.contains("1 of 2 image(s)") && said.contains("of row 3 of cohort.csv"),
        "{said}"
    );
    let whole = audit(
        "tiny/mean.onnx",
        "gray",
        &["scale: 1/255"],
        &[GRAY, GRAY_TOO],
    );
    assert!(!stderr(&on(&whole, "check")).contains("sample-not-fed"));
}
