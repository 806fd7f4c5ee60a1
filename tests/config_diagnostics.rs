//! What the audit file's reader says of typical mistakes, as people see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

use std::path::Path;

use equipoise::config::{ConfigErrors, LoadedAudit, Need, load, parse, render};

const VALID: &str = r#"audit: chest-xray-effusion
title: Pleural effusion on frontal radiographs
intended_use: Second reader for adult frontal chest radiographs in emergency care.
model:
  file: models/cxr.onnx
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  engine: auto
  inputs: {image: {layout: NCHW, dtype: f32}}
cohort:
  manifest: cohort.csv
  root: images
  columns: {image: path, patient: patient_id, study: study_id}
  include: [{column: view, in: [PA, AP]}, {column: age_years, min: 18}]
  sampling: consecutive
input: {kind: raster, channels: gray_bt601}
preprocess:
  - crop: center_square
  - resize: {width: 224, height: 224, engine: pillow, filter: bilinear}
  - scale: 1/255
  - normalize: {mean: [0.5], std: [0.25]}
output: {head: multilabel, activation: sigmoid, score_kind: probability, labels: [Atelectasis, ~, Effusion]}
aggregate: [{to: patient, by: max}]
endpoints:
  effusion: {score: Effusion, truth: {column: effusion, positive: [1], negative: [0]}, threshold: {fixed: 0.5}}
strata:
  sex: {column: sex}
  age_band: {column: age_years, bins: [18, 40, 60, 80]}
  site: {column: site, levels: [A, B, C], reference: A}
  intersections: [[sex, age_band], [sex, site]]
statistics: {confidence: 0.95, replicates: 2000, seed: 7, suppress_below: 0}
reproducibility: {reruns: 3, vary: [threads, batch, session, engine], tolerance: {max_abs_logit: 1.0e-4, decision_flips: 0}}
gate:
  alpha: 0.025
  policy: {inconclusive: fail, not_evaluable: fail, missing_stratum: warn}
  families:
    safety:
      - {id: sens-floor, metric: sensitivity, strata: [overall, sex, site*sex, {site: [B, C]}], require: ">= 0.85", min: {positives: 30}}
      - {id: sens-gap, metric: sensitivity, compare: complement, strata: [sex, site], require: "difference >= -0.05"}
    repeatability:
      - {id: flips, metric: decision_flips, require: "== 0"}
"#;

fn read(text: &str, need: Need) -> Result<LoadedAudit, ConfigErrors> {
    parse(text, "audit.yaml", Path::new(""), need)
}

/// What is said of the valid audit with `from` replaced by `to`.
fn said(from: &str, to: &str) -> String {
    assert_eq!(VALID.matches(from).count(), 1, "{from:?} must occur once");
    let text = VALID.replace(from, to);
    match read(&text, Need::Model) {
        Ok(loaded) => {
            assert!(
                !loaded.warnings.is_empty(),
                "{to:?} was accepted without a word"
            );
            render(&loaded.warnings, Some(&loaded.source), false)
        }
        Err(errors) => errors.render(false),
    }
}

/// Holds a text against the stored one of this name.
fn stored(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn all_said(mistakes: &[(&str, &str)]) -> String {
    mistakes.iter().map(|(from, to)| said(from, to)).collect()
}

#[test]
fn the_valid_audit_is_accepted_without_a_word() {
    for need in [Need::Model, Need::Scores] {
        let loaded = read(VALID, need)
            .map_err(|errors| errors.render(false))
            .unwrap();
        assert_eq!(loaded.warnings, []);
    }
}

#[test]
fn keys() {
    stored(
        "keys",
        &all_said(&[
            ("threshold: {fixed", "thresold: {fixed"),
            ("  manifest: cohort.csv\n", ""),
            ("title: Pleural", "audit: Pleural"),
            ("title: Pleural effusion on frontal radiographs", "titel: x"),
            ("patient: patient_id, ", ""),
            ("patient: patient_id", "patient: ~"),
            ("audit: chest-xray-effusion", "audit: ../chest xray"),
        ]),
    );
}

#[test]
fn types_and_ranges() {
    stored(
        "types_and_ranges",
        &all_said(&[
            ("seed: 7", "seed: \"7\""),
            ("seed: 7", "seed: -7"),
            ("confidence: 0.95", "confidence: 95"),
            ("suppress_below: 0", "suppress_below: 2"),
            ("suppress_below: 0", "suppress_below: eleven"),
            ("replicates: 2000", "replicates: [1000, 2000]"),
            ("  engine: auto", "  engine: onnx"),
            (
                "model:\n  file: models/cxr.onnx",
                "model:\n  file: {path: models/cxr.onnx}",
            ),
            ("  sampling: consecutive", "  count_failed_as_error: yes"),
            (
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "e3b0c442",
            ),
            (
                "include: [{column: view, in: [PA, AP]}, ",
                "include: [{column: view, in: [PA], min: 3}, ",
            ),
        ]),
    );
}

#[test]
fn syntax() {
    stored(
        "syntax",
        &all_said(&[
            ("require: \"difference >= -0.05\"", "require: >= 0.85"),
            ("engine: auto", "\tengine: auto"),
            ("title: Pleural", "title: Report: Pleural"),
            ("title: Pleural", "title: *pleural"),
            ("title: Pleural", "title: !!str Pleural"),
            ("audit: chest-xray-effusion\n", "audit: a\n---\naudit: b\n"),
            ("    repeatability:", "    repeatability: ]"),
        ]),
    );
    for text in [
        "",
        "# only a comment\n",
        "~\n",
        "[]\n",
        "just text\n",
        "{}\n",
        "a: \u{7}b\n",
    ] {
        assert!(read(text, Need::Scores).is_err(), "{text:?}");
    }
    stored(
        "empty_file",
        &read("# nothing\n", Need::Scores).unwrap_err().render(false),
    );
    let deep = "[".repeat(200);
    stored(
        "too_deep",
        &read(&deep, Need::Scores).unwrap_err().render(false),
    );
}

#[test]
fn preprocessing() {
    stored(
        "preprocessing",
        &all_said(&[
            (
                "resize: {width: 224, height: 224, engine: pillow, filter: bilinear}",
                "resize: [224, 224]",
            ),
            ("engine: pillow, filter", "filter"),
            ("engine: pillow", "engine: skimage"),
            ("engine: pillow", "engine: torch"),
            ("filter: bilinear", "filter: area"),
            ("scale: 1/255", "scale: 1/0"),
            (
                "- scale: 1/255\n  - normalize",
                "- scale: 1/255\n    normalize",
            ),
            ("std: [0.25]", "std: [0.25, 0]"),
            (
                "- crop: center_square",
                "- crop: {foreground: {above: high, edge: 2}}",
            ),
            ("- crop: center_square", "- clahe: {}"),
            ("kind: raster", "kind: video"),
        ]),
    );
}

#[test]
fn outputs_and_endpoints() {
    stored(
        "outputs_and_endpoints",
        &all_said(&[
            ("head: multilabel", "head: segmentation"),
            ("activation: sigmoid", "activation: softmax"),
            ("score_kind: probability", "score_kind: logit"),
            (
                "labels: [Atelectasis, ~, Effusion]",
                "labels: [Effusion, ~, Effusion]",
            ),
            ("score: Effusion", "score: effusion"),
            ("threshold: {fixed: 0.5}", "threshold: 0.5"),
            ("threshold: {fixed: 0.5}", "threshold: {fixed: 50}"),
            ("threshold: {fixed: 0.5}", "threshold: {youden: tuning}"),
            ("negative: [0]", "negative: [0, 1.0]"),
            ("positive: [1]", "positive: [NA]"),
            (
                "study: study_id}",
                "study: study_id}\n  missing: [NA, null]",
            ),
            (
                "{to: patient, by: max}",
                "{to: patient, by: max}, {to: study, by: max}",
            ),
        ]),
    );
}

#[test]
fn strata() {
    stored(
        "strata",
        &all_said(&[
            (
                "  sex: {column: sex}",
                "  overall: {column: sex}\n  sex: {column: sex}",
            ),
            ("bins: [18, 40, 60, 80]", "bins: [18, 60, 40, 80]"),
            (
                "bins: [18, 40, 60, 80]",
                "bins: [40, 60], labels: [young, old]",
            ),
            (
                "levels: [A, B, C], reference: A",
                "levels: [A, B, C], reference: D",
            ),
            ("[sex, age_band]", "[sex, age]"),
            ("[[sex, age_band], [sex, site]]", "[sex*site]"),
        ]),
    );
}

#[test]
fn gate() {
    stored(
        "gate",
        &all_said(&[
            ("metric: sensitivity, strata", "metric: sensitvity, strata"),
            (
                "strata: [overall, sex, site*sex",
                "strata: [overall, gender, site*sex",
            ),
            (
                "strata: [overall, sex, site*sex",
                "strata: [sex=F, site*age_band",
            ),
            ("{site: [B, C]}", "{site: D}"),
            ("require: \">= 0.85\"", "require: \">= 85\""),
            ("require: \">= 0.85\"", "require: \"> 85%\""),
            ("require: \">= 0.85\"", "require: \"difference >= -0.05\""),
            (
                "compare: complement, strata: [sex, site]",
                "compare: reference, strata: [sex, site]",
            ),
            (
                "compare: complement, strata: [sex, site]",
                "compare: complement, strata: [overall, site]",
            ),
            (
                "id: sens-gap, metric: sensitivity",
                "id: sens-gap, metric: ppv",
            ),
            ("id: sens-gap", "id: sens-floor"),
            ("require: \"== 0\"", "require: \">= 1\""),
            ("id: sens-floor,", "id: sens-floor, endpoint: efusion,"),
            ("require: \">= 0.85\"", "require: \">= 0\""),
        ]),
    );
}

#[test]
fn what_this_version_does_not_support() {
    stored(
        "what_this_version_does_not_support",
        &all_said(&[
            (
                "inputs: {image:",
                "inputs: {age: {column: age_years, mean: 61, std: 12}, image:",
            ),
            ("gate:\n", "report: {template: mine}\ngate:\n"),
            ("metric: sensitivity, strata", "metric: dice, strata"),
        ]),
    );
}

#[test]
fn metrics_that_need_probabilities() {
    let text = VALID
        .replace("score_kind: probability", "score_kind: score")
        .replace(
            "metric: sensitivity, strata",
            "metric: calibration_slope, strata",
        );
    stored(
        "metrics_that_need_probabilities",
        &read(&text, Need::Model).unwrap_err().render(false),
    );
}

#[test]
fn many_mistakes_at_once() {
    let text = VALID
        .replace("  engine: auto", "  engin: auto")
        .replace("kind: raster", "kind: rastr")
        .replace("engine: pillow, ", "")
        .replace("score: Effusion", "score: Effusions")
        .replace("bins: [18, 40, 60, 80]", "bins: [18, 18]")
        .replace("confidence: 0.95", "confidence: 1")
        .replace("{site: [B, C]}", "{ward: B}")
        .replace(
            "require: \"difference >= -0.05\"",
            "require: \"at least -0.05\"",
        );
    let errors = read(&text, Need::Model).unwrap_err();
    assert_eq!(errors.found.len(), 8);
    stored("many_mistakes_at_once", &errors.render(false));
    let json = errors.to_json();
    assert_eq!(json[0]["file"], "audit.yaml");
    assert_eq!(json[0]["line"], 7);
    assert_eq!(json[0]["column"], 3);
    assert_eq!(json[0]["code"], "unknown-key");
    assert!(errors.to_string().contains("8 mistakes"), "{errors}");
}

#[test]
fn sections_that_only_a_run_needs() {
    let text = "audit: a\ncohort: {manifest: c.csv, columns: {sample: id, patient: none}}\n\
                output: {score_kind: probability}\n\
                endpoints: {e: {truth: {column: y, positive: 1, negative: 0}, threshold: {fixed: 0.5}}}\n";
    let loaded = read(text, Need::Scores).unwrap();
    assert_eq!(loaded.warnings, []);
    assert!(loaded.audit.model.is_none());
    stored(
        "sections_that_only_a_run_needs",
        &read(text, Need::Model).unwrap_err().render(false),
    );
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let code = |path: &Path| {
        let errors = load(path, Need::Model).unwrap_err();
        assert!(!errors.render(false).is_empty());
        errors.found.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(
        code(&folder.path().join("absent.yaml")),
        ["unreadable-file"]
    );
    assert_eq!(code(folder.path()), ["unreadable-file"]);
    assert_eq!(
        code(&write("latin1.yaml", b"audit: caf\xe9\n")),
        ["not-utf8"]
    );
    assert_eq!(code(&write("utf16.yaml", b"\xff\xfea\0u\0")), ["not-utf8"]);
    assert_eq!(
        code(&write("large.yaml", &vec![b'#'; 2 << 20])),
        ["file-too-large"]
    );
    let valid = write("valid.yaml", VALID.as_bytes());
    assert_eq!(code(&valid), ["file-not-found", "file-not-found"]);
    std::fs::create_dir(folder.path().join("models")).unwrap();
    write("models/cxr.onnx", b"");
    write("cohort.csv", b"");
    let loaded = load(&valid, Need::Model).unwrap();
    assert_eq!(
        *loaded.audit.cohort.manifest,
        folder.path().join("cohort.csv")
    );
    assert_eq!(
        loaded.source.sha256,
        parse(VALID, "", Path::new(""), Need::Model)
            .unwrap()
            .source
            .sha256
    );
}

#[test]
fn windows_line_ends_and_marks_change_no_place() {
    let mistake = VALID.replace("thres", "tres");
    let windows = format!("\u{feff}{}", mistake.replace('\n', "\r\n"));
    let plain = read(&mistake, Need::Model).unwrap_err();
    let other = read(&windows, Need::Model).unwrap_err();
    assert_eq!(plain.found, other.found);
    assert!(
        read(
            &format!("\u{feff}{}", VALID.replace('\n', "\r\n")),
            Need::Model
        )
        .is_ok()
    );
}

mod mutations {
    use super::{Need, VALID, read};
    use equipoise::config::render;
    use proptest::prelude::*;

    /// Pieces that mean something in YAML or in the grammar, and some that should not occur.
    const PIECES: [&str; 40] = [
        "",
        " ",
        "\n",
        "\t",
        ":",
        ": ",
        "- ",
        ",",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "#",
        "&a ",
        "*a",
        "!x ",
        "|",
        ">",
        "%",
        "?",
        "~",
        "null",
        "-1",
        "1e999",
        "0.5",
        "nan",
        "\u{0}",
        "\u{feff}",
        "é",
        "漢",
        "👩‍⚕️",
        "<<: ",
        "---\n",
        "...\n",
        "\r\n",
        "overall",
        "sex*site",
        "(missing)",
    ];

    #[derive(Debug, Clone)]
    struct Mutation {
        at: prop::sample::Index,
        removed: usize,
        piece: &'static str,
    }

    fn mutation() -> impl Strategy<Value = Mutation> {
        (
            any::<prop::sample::Index>(),
            0usize..30,
            prop::sample::select(&PIECES[..]),
        )
            .prop_map(|(at, removed, piece)| Mutation { at, removed, piece })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn mutated_audits_are_accepted_or_refused_and_never_panic(mutations in prop::collection::vec(mutation(), 1..8), scores in any::<bool>()) {
            let mut letters: Vec<char> = VALID.chars().collect();
            for one in mutations {
                let at = one.at.index(letters.len().max(1)).min(letters.len());
                let end = (at + one.removed).min(letters.len());
                letters.splice(at..end, one.piece.chars());
            }
            let text: String = letters.into_iter().collect();
            let need = if scores { Need::Scores } else { Need::Model };
            match read(&text, need) {
                Ok(loaded) => prop_assert!(!render(&loaded.warnings, Some(&loaded.source), true).contains("internal error")),
                Err(errors) => {
                    prop_assert!(errors.found.iter().any(equipoise::config::Diagnostic::is_error));
                    let source = errors.source.as_ref().unwrap();
                    for one in &errors.found {
                        prop_assert!(one.code != "internal", "{text}");
                        if let Some(span) = one.span {
                            prop_assert!(source.text.get(span.start..span.end).is_some(), "{one:?}");
                            let line = source.text[..span.start].matches('\n').count() + 1;
                            prop_assert_eq!(span.line, line);
                        }
                    }
                    prop_assert!(!errors.render(true).is_empty());
                }
            }
        }
    }
}
