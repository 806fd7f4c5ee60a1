//! First audit files for stored scores, for several findings at once, and with ids that no folder may have.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use support::begun::{Begun, demo};
use support::{code, results, run, shared, stderr, stdout};

/// Two findings of 240 patients, and scores that know something of them.
fn write_tables(folder: &Path) -> (PathBuf, PathBuf) {
    let mut cohort = "image_id,patient_id,sex,age,effusion,edema\n".to_owned();
    let mut scores = "image_id,effusion_score,edema_score,effusion_score.logit\n".to_owned();
    for i in 0..240_u32 {
        let (effusion, edema) = (u32::from(i % 3 == 0), u32::from(i % 4 == 0));
        let sex = if i % 2 == 0 { "F" } else { "M" };
        let age = 30 + i % 50;
        writeln!(cohort, "im{i},p{i},{sex},{age},{effusion},{edema}").unwrap();
        let score = |truth: u32, prime: u32| {
            (0.2 + 0.4 * f64::from(truth) + 0.39 * f64::from(i * prime % 101) / 101.0).min(0.99)
        };
        let (one, two) = (score(effusion, 7), score(edema, 11));
        let logit = (one / (1.0 - one)).ln();
        writeln!(scores, "im{i},{one:.4},{two:.4},{logit:.6}").unwrap();
    }
    let (cohort_file, scores_file) = (folder.join("cohort.csv"), folder.join("scores.csv"));
    std::fs::write(&cohort_file, cohort).unwrap();
    std::fs::write(&scores_file, scores).unwrap();
    (cohort_file, scores_file)
}

fn begin(begun: &Begun, scores: &Path, more: &[&str]) -> std::process::Output {
    let [scores, to] = [scores, &begun.audit()].map(|path| path.display().to_string());
    let mut arguments = vec!["init", "--scores", &scores, "--to", &to];
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn stored_scores_of_several_findings_check_and_are_measured() {
    let begun = Begun::new();
    let (cohort, scores) = write_tables(begun.folder.path());
    let cohort = cohort.display().to_string();
    let output = begin(
        &begun,
        &scores,
        &[
            "--manifest",
            &cohort,
            "--threshold",
            "0.5",
            "--require",
            "sensitivity >= 0.5",
        ],
    );
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = begun.text();
    assert!(!text.contains("\"TODO"), "{text}");
    for there in [
        "output: {score_kind: score}",
        "    sample: image_id",
        "    patient: patient_id",
        "  effusion:\n    score: effusion_score\n    truth: {column: effusion, positive: [\"1\"], negative: [\"0\"]}",
        "  edema:\n    score: edema_score\n",
    ] {
        assert!(text.contains(there), "{there}\n{text}");
    }
    for absent in ["model:\n", "preprocess:", "reproducibility:", "image:"] {
        assert!(!text.contains(&format!("\n{absent}")), "{absent}\n{text}");
    }
    assert!(
        stdout(&output).contains("--predictions"),
        "{}",
        stdout(&output)
    );
    begun.checked();
    let output = run(&[
        "evaluate",
        &begun.audit().display().to_string(),
        "--predictions",
        &scores.display().to_string(),
        "--out",
        &begun.out(),
        "--quiet",
        "--exit-zero",
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = results(&begun.folder.path().join("out/scores"));
    let endpoints: std::collections::BTreeSet<&str> = found["estimates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["endpoint"].as_str().unwrap())
        .collect();
    assert_eq!(
        endpoints.into_iter().collect::<Vec<_>>(),
        ["edema", "effusion"]
    );
}

#[test]
fn one_table_may_hold_truth_and_score() {
    let begun = Begun::new();
    let table = begun.folder.path().join("both.csv");
    let mut text = "id,patient,site,label,model_output\n".to_owned();
    for i in 0..60 {
        let site = if i % 2 == 0 { "A" } else { "B" };
        let truth = u32::from(i % 3 == 0);
        writeln!(
            text,
            "s{i},p{i},{site},{truth},{:.3}",
            f64::from(i) / 7.0 - 2.0
        )
        .unwrap();
    }
    std::fs::write(&table, text).unwrap();
    let output = begin(&begun, &table, &["--truth", "label", "--threshold", "0"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = begun.text();
    assert!(text.contains("    score: model_output"), "{text}");
    begun.checked();
}

#[test]
fn what_stored_scores_leave_open_is_a_todo_and_what_cannot_be_is_told() {
    let begun = Begun::new();
    let (cohort, scores) = write_tables(begun.folder.path());
    let cohort = cohort.display().to_string();
    let output = begin(&begun, &scores, &["--manifest", &cohort, "--truth", "sex"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        begun
            .text()
            .contains("TODO: column with the score: one of effusion_score, edema_score"),
        "{}",
        begun.text()
    );
    for (more, expected) in [
        (
            vec!["--truth", "effusion,oedema"],
            "has no column \"oedema\"; did you mean \"edema\"?",
        ),
        (vec!["--model", "m.onnx"], "cannot be used with"),
    ] {
        let begun = Begun::new();
        let mut all = vec!["--manifest", &cohort];
        all.extend(more);
        let output = begin(&begun, &scores, &all);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert!(!begun.audit().exists());
    }
}

#[test]
fn findings_that_are_called_like_the_outputs_labels_are_endpoints() {
    let (Some(model), Some(manifest)) = (
        shared("data/models/cxr64_findings.onnx"),
        shared("data/cxr64/manifest.csv"),
    ) else {
        return;
    };
    let begun = Begun::new();
    begun.begin(
        &model,
        &manifest,
        &[
            "--truth",
            "effusion,infiltration,atelectasis",
            "--threshold",
            "0.5",
            "--strata",
            "sex",
        ],
    );
    let text = begun.text();
    assert!(text.contains("  head: multilabel"), "{text}");
    for finding in ["effusion", "infiltration", "atelectasis"] {
        let truth = format!("  {finding}:\n    score: ");
        assert!(text.contains(&truth), "{finding}\n{text}");
        let truth =
            format!("    truth: {{column: {finding}, positive: [\"1\"], negative: [\"0\"]}}");
        assert!(text.contains(&truth), "{finding}\n{text}");
    }
}

#[test]
fn an_id_that_check_would_refuse_is_refused_at_once() {
    let (model, manifest) = demo();
    for id in ["../..", ".hidden", "a b", ""] {
        let begun = Begun::new();
        let output = begun.init(&model, &manifest, &["--id", id]);
        assert_eq!(code(&output), 2, "{id}");
        let told = stderr(&output);
        assert!(
            told.contains("init: --id is") && told.contains("not starting with a dot"),
            "{told}"
        );
        assert!(!begun.audit().exists(), "{id}");
    }
}

/// Two findings and one column of scores: which finding it belongs to cannot be seen.
#[test]
fn fewer_scores_than_findings_say_what_is_missing() {
    let begun = Begun::new();
    let (cohort, scores) = write_tables(begun.folder.path());
    let only = std::fs::read_to_string(&scores).unwrap();
    let only: String = only
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').take(2).collect();
            format!("{}\n", cells.join(",").replace("effusion_score", "m"))
        })
        .collect();
    std::fs::write(&scores, only).unwrap();
    let cohort = cohort.display().to_string();
    let output = begin(
        &begun,
        &scores,
        &["--manifest", &cohort, "--truth", "effusion,edema"],
    );
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = begun.text();
    for finding in ["effusion", "edema"] {
        let wanted = format!(
            "TODO: column with the score of {finding}. 2 findings need a score each, and the table of scores has only m: add a column to it, or delete the endpoints without one"
        );
        assert!(text.contains(&wanted), "{text}");
    }
}
