//! Steps that hardly fit the samples of the cohort's images are warned of, at their line, before the
//! model runs; the audits to copy from are not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use support::{SmallAudit, code, project, shared, stderr};

const CODES: [&str; 4] = [
    "scale-of-wide-samples",
    "scaled-twice",
    "window-of-bytes",
    "normalize-unscaled",
];

fn checked(kind: &str, file: &str, steps: &[&str]) -> String {
    let steps: String = steps.iter().map(|step| format!("  - {step}\n")).collect();
    let text = format!(
        "audit: steps
model: {{file: {}, engine: embedded, inputs: {{image: {{layout: NCHW}}}}}}
cohort: {{manifest: cohort.csv, columns: {{image: file, patient: none}}}}
input: {{kind: {kind}, channels: gray}}
preprocess:
{steps}output: {{head: binary, activation: none, score_kind: score}}
endpoints:
  finding: {{truth: {{column: truth, positive: [1], negative: [0]}}, threshold: {{fixed: 0.5}}}}
",
        project().join("fixtures/tiny/mean.onnx").display()
    );
    let audit = SmallAudit::new();
    audit.write("audit.yaml", &text);
    audit.write(
        "cohort.csv",
        &format!("file,truth\n{file},1\n{file}.absent,0\n"),
    );
    let output = support::run(&["check", &audit.shown("audit.yaml")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn samples_that_a_step_hardly_fits_are_warned_of() {
    let tiny = |name: &str| {
        project()
            .join("fixtures/tiny")
            .join(name)
            .display()
            .to_string()
    };
    let (wide, bytes) = (tiny("gray16.png"), tiny("gray8.png"));
    let crop = "crop: {center: {width: 2, height: 2}}";
    let resize = "resize: {width: 2, height: 2, engine: torch, filter: nearest}";
    for (kind, file, steps, expected) in [
        (
            "raster",
            &wide,
            vec![crop, "scale: 1/255"],
            Some(("scale-of-wide-samples", 7)),
        ),
        (
            "raster",
            &wide,
            vec![resize, "scale: 1/255"],
            Some(("scale-of-wide-samples", 7)),
        ),
        ("raster", &wide, vec!["scale: 1/65535"], None),
        ("raster", &bytes, vec!["scale: 1/255"], None),
        (
            "raster",
            &bytes,
            vec!["window: {center: 40, width: 80}"],
            Some(("window-of-bytes", 6)),
        ),
        (
            "raster",
            &bytes,
            vec!["window: {center: 127.5, width: 255}"],
            None,
        ),
        (
            "raster",
            &wide,
            vec!["window: {center: 40, width: 80}"],
            None,
        ),
        (
            "raster",
            &bytes,
            vec!["normalize: {mean: 0.5, std: 0.25}"],
            Some(("normalize-unscaled", 6)),
        ),
    ] {
        let said = checked(kind, file, &steps);
        for code in CODES {
            let told = said.matches(&format!("[{code}]")).count();
            let expected = usize::from(expected.is_some_and(|(one, _)| one == code));
            assert_eq!(told, expected, "{code} {steps:?}: {said}");
        }
        if let Some((_, line)) = expected {
            assert!(
                said.contains(&format!("audit.yaml:{line}:")),
                "{steps:?}: {said}"
            );
        }
    }
}

#[test]
fn audits_to_copy_from_are_not_warned_of() {
    let mut audits = vec!["audits/demo.yaml"];
    if shared("data/ham10000").is_some() {
        audits.push("audits/ham10000.yaml");
    }
    for audit in audits {
        let path = project().join(audit).display().to_string();
        let output = support::run(&["check", &path]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        for code in CODES {
            assert!(!stderr(&output).contains(code), "{}", stderr(&output));
        }
    }
}
