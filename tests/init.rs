//! First audit files out of a model and a table that were looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use support::begun::{Begun, demo};
use support::{code, project, results, run, shared, stderr, stdout};

const DEMO_STEPS: &str = "\n  - crop: center_square\n  - resize: {width: 48, height: 48, engine: pillow, filter: bilinear}\n  - scale: 1/255\n  - normalize: {mean: [0.5], std: [0.15]}";

/// From nothing to the demo's own scores: only what no file says was filled in by hand.
#[test]
fn the_demo_runs_once_its_todos_are_replaced() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    let told = begun.begin(
        &model,
        &manifest,
        &[
            "--truth",
            "lesion",
            "--threshold",
            "0.5",
            "--strata",
            "sex,age,site",
            "--require",
            "sensitivity >= 0.75",
        ],
    );
    assert!(told.contains("2 things are left"), "{told}");
    let before = begun.check();
    assert_eq!(code(&before), 2);
    assert_eq!(
        stderr(&before).matches("error[todo]").count(),
        2,
        "{}",
        stderr(&before)
    );
    assert_eq!(
        stderr(&before).matches("error[").count(),
        2,
        "{}",
        stderr(&before)
    );
    begun.fill("the steps from pixels", DEMO_STEPS);
    begun.fill("sigmoid", "sigmoid");
    begun.checked();

    let output = run(&[
        "run",
        &begun.audit().display().to_string(),
        "--out",
        &begun.out(),
        "--quiet",
    ]);
    // Site West fails in the demo, and so does it here.
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let folder = begun.folder.path().join("out/model");
    let verdicts = results(&folder);
    let check = support::by_id(&verdicts, "checks", "sensitivity-bound.site.West");
    assert_eq!(check["verdict"], "fail", "{check}");
    let scores = support::scores(&folder, "image_id");
    let expected = support::rows(&project().join("fixtures/demo/reference_scores.csv"));
    let mut compared = 0;
    for row in expected {
        if let Some(score) = scores.get(&row["image_id"]) {
            let score = score.unwrap();
            let logit: f64 = row["logit"].parse().unwrap();
            let wanted = 1.0 / (1.0 + (-logit).exp());
            assert!((score - wanted).abs() < 1e-5, "{row:?}: {score}");
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn what_was_seen_stands_in_the_file_with_where_it_was_seen() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    begun.begin(&model, &manifest, &[]);
    let text = begun.text();
    for seen in [
        "  # It takes image: f32 [batch, 1, 48, 48].",
        "    image: {layout: NCHW, dtype: f32}",
        "    image: image_path  # 56 of 56 rows looked at name a file",
        "    patient: patient_id  # 500 of them, 3 rows at most of one",
        "input: {kind: raster, channels: gray}",
        "  # sex: F 364, M 252",
        "  # age: 20 to 90, 6 without an age",
        "  # lesion: 0 326, 1 290",
        "#   - resize: {width: 48, height: 48, engine: \"TODO: pillow, opencv, torch or skimage\"",
    ] {
        assert!(text.contains(seen), "{seen}\n{text}");
    }
    // The same files give the same bytes.
    let again = Begun::new();
    again.begin(&model, &manifest, &[]);
    assert_eq!(text, again.text());
}

#[test]
fn makers_preprocessing_is_taken() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    let config = begun.folder.path().join("preprocessor_config.json");
    let text = r#"{"do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5],
      "image_processor_type": "ViTImageProcessor", "image_std": [0.15], "resample": 2,
      "rescale_factor": 0.00392156862745098, "size": {"height": 48, "width": 48}}"#;
    std::fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    begun.begin(
        &model,
        &manifest,
        &[
            "--preprocessor",
            &config,
            "--truth",
            "lesion",
            "--threshold",
            "0.5",
        ],
    );
    let text = begun.text();
    assert!(text.contains("# From preprocessor_config.json."), "{text}");
    assert!(
        text.contains("  - resize: {width: 48, height: 48, engine: pillow, filter: bilinear}"),
        "{text}"
    );
    begun.fill("sigmoid", "sigmoid");
    begun.checked();
}

#[test]
fn ham10000_is_read_and_checks_after_its_todos() {
    let (Some(model), Some(manifest)) = (
        shared("data/models/ham_malignancy.onnx"),
        shared("data/ham10000/manifest.csv"),
    ) else {
        return;
    };
    let begun = Begun::new();
    begun.begin(
        &model,
        &manifest,
        &[
            "--truth",
            "malignant",
            "--patient",
            "lesion_id",
            "--threshold",
            "0.3388567647645017",
        ],
    );
    let text = begun.text();
    // A diagnosis settles malignancy, and the parts of the data set are no groups.
    assert!(
        text.contains("# Not used (each value goes with one of malignant alone): dx."),
        "{text}"
    );
    assert!(
        text.contains("include: [{column: split, in: [test]}]"),
        "{text}"
    );
    assert!(
        text.contains("age_group: {column: age, bins: [40, 60]}"),
        "{text}"
    );
    assert!(
        text.contains("missing: [\"\", NA, NaN, \"null\", unknown]"),
        "{text}"
    );
    begun.fill("rgb or bgr", "rgb");
    begun.fill("the steps", "\n  - resize: {width: 128, height: 96, engine: pillow, filter: bilinear}\n  - scale: 1/255\n  - normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}");
    begun.fill("sigmoid", "sigmoid");
    begun.checked();
}

#[test]
fn mistakes_are_told_in_one_sentence_and_nothing_is_written() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    let empty = begun.folder.path().join("empty.csv");
    std::fs::write(&empty, "").unwrap();
    let header = begun.folder.path().join("header.csv");
    std::fs::write(&header, "image_path,lesion\n").unwrap();
    let text = begun.folder.path().join("model.onnx");
    std::fs::write(&text, "weights").unwrap();
    let nowhere = Path::new("nowhere.onnx");
    let hollow = begun.folder.path().join("hollow");
    std::fs::create_dir(&hollow).unwrap();
    let cases: [(&Path, &Path, &[&str], &str); 12] = [
        (
            &model,
            &manifest,
            &["--join", "truth.csv"],
            "joined to a folder of DICOM files",
        ),
        (
            &model,
            &manifest,
            &["--truth", "lesions"],
            "has no column \"lesions\"; did you mean \"lesion\"?",
        ),
        (&model, &manifest, &["--patient", "case"], "--patient: "),
        (
            &model,
            &manifest,
            &["--truth", "lesion", "--positive", "2"],
            "no row of lesion has this value",
        ),
        (
            &model,
            &manifest,
            &["--truth", "lesion", "--positive", "1", "--negative", "1"],
            "at once",
        ),
        (&model, &manifest, &["--positive", "1"], "--truth names"),
        (
            &model,
            &manifest,
            &["--require", "sensitivity > 0.8"],
            "such as \"sensitivity >= 0.80\"",
        ),
        (&model, &empty, &[], "the file is empty"),
        (&model, &header, &[], "there is a header but no row"),
        (
            &model,
            &hollow,
            &[],
            "none of the 0 files below the folder is DICOM",
        ),
        (nowhere, &manifest, &[], "nowhere.onnx"),
        (&text, &manifest, &[], "not an ONNX model"),
    ];
    for (model, manifest, more, expected) in cases {
        let output = begun.init(model, manifest, more);
        assert_eq!(code(&output), 2, "{expected}");
        let told = stderr(&output);
        assert!(told.contains(expected), "{expected}: {told}");
        assert!(told.trim_end().lines().count() <= 6, "{told}");
        assert!(!begun.audit().exists(), "{expected}");
    }
}

/// A requirement has the form and the sense that `check` asks for, whatever else is still a TODO.
#[test]
fn what_check_would_refuse_of_a_requirement_is_refused_at_once() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    for (rule, more, expected) in [
        (
            "gap(sensitivity) >= -0.1",
            &[][..],
            "sensitivity difference >= -0.05",
        ),
        ("sensitivty >= 0.8", &[], "sensitivity"),
        ("sensitivity >= 80", &[], "from 0 to 1"),
        (
            "sensitivity == 0.8",
            &[],
            "only counts can be required to equal",
        ),
        (
            "ppv difference >= -0.1",
            &["--strata", "sex"],
            "depends on the prevalence",
        ),
        (
            "sensitivity difference >= -0.1",
            &["--strata", "age,site", "--truth", "sex", "--positive", "F"],
            "",
        ),
    ] {
        let output = begun.init(&model, &manifest, &[&["--require", rule], more].concat());
        if expected.is_empty() {
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            continue;
        }
        assert_eq!(code(&output), 2, "{rule}: {}", stdout(&output));
        let told = stderr(&output);
        assert!(told.contains(expected), "{rule}: {told}");
        assert!(!begun.audit().exists(), "{rule}");
    }
    let text = begun.text();
    assert!(
        text.contains(
            "{id: sensitivity-gap, metric: sensitivity, compare: complement, strata: [age_group, site], require: \"difference >= -0.1\"}"
        ),
        "{text}"
    );
    let before = begun.check();
    let told = stderr(&before);
    assert_eq!(
        told.matches("error[").count(),
        told.matches("error[todo]").count(),
        "{told}"
    );
}

/// A column that hardly tells patients apart is taken, and it is said why that is doubted.
#[test]
fn a_column_that_names_no_patients_is_warned_of() {
    let (model, manifest) = demo();
    let table = std::fs::read_to_string(&manifest).unwrap();
    let begun = Begun::new();
    let rows: Vec<String> = table
        .lines()
        .enumerate()
        .map(|(place, line)| format!("{line},{}", if place == 0 { "clinic" } else { "one" }))
        .collect();
    let one = begun.folder.path().join("one.csv");
    std::fs::write(&one, rows.join("\n")).unwrap();
    let root = manifest.parent().unwrap().display().to_string();
    for (column, expected) in [
        (
            "clinic",
            Some("clinic has the same value in every row that has one"),
        ),
        (
            "image_path",
            Some("image_path has another value in every row and names files"),
        ),
        ("sex", Some("sex has only 2 different values in 616 rows")),
        ("patient_id", None),
    ] {
        let told = begun.begin(
            &model,
            &one,
            &["--force", "--root", &root, "--patient", column],
        );
        let warned: Vec<&str> = told
            .lines()
            .filter(|line| line.starts_with("warning: "))
            .collect();
        match expected {
            None => assert!(warned.is_empty(), "{told}"),
            Some(expected) => {
                assert_eq!(warned.len(), 1, "{told}");
                assert!(warned[0].contains(expected), "{told}");
                assert!(
                    begun.text().contains(&format!("    # {column} has ")),
                    "{}",
                    begun.text()
                );
            }
        }
    }
}

#[test]
fn off_a_terminal_everything_that_is_needed_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let output = support::equipoise()
        .current_dir(folder.path())
        .arg("init")
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    let told = stderr(&output);
    assert!(
        told.contains("--model FILE") && told.contains("--manifest FILE"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_reviewed_file_is_kept_unless_force_is_given() {
    let (model, manifest) = demo();
    let begun = Begun::new();
    std::fs::write(begun.audit(), "reviewed\n").unwrap();
    let output = begun.init(&model, &manifest, &[]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
    assert_eq!(begun.text(), "reviewed\n");
    begun.begin(&model, &manifest, &["--force"]);
    assert!(begun.text().starts_with("# Written by"));
}

/// The questions, on a terminal that `script` makes.
#[test]
fn on_a_terminal_it_asks() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let (model, manifest) = demo();
    let begun = Begun::new();
    let audit = begun.audit().display().to_string();
    let binary = assert_cmd::cargo::cargo_bin("equipoise");
    let typed = format!(
        "{}\n{}\n\n\nnone\nlesions\nlesion\n\n\n0.5\nsex,site\nsensitivity\nsensitivity >= 0.7\n\n",
        model.display(),
        manifest.display()
    );
    let command = format!("{} init --to {audit}", binary.display());
    let begun_terminal = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut terminal) = begun_terminal else {
        eprintln!("skipped: `script` is not here");
        return;
    };
    terminal
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    let output = terminal.wait_with_output().unwrap();
    let shown = stdout(&output);
    assert!(shown.contains("did you mean \"lesion\"?"), "{shown}");
    let text = begun.text();
    for written in [
        "patient: none",
        "column: lesion",
        "positive: [\"1\"]",
        "negative: [\"0\"]",
        "threshold: {fixed: 0.5}",
        "  site: {column: site}",
        "metric: sensitivity, strata: [overall, sex, site], require: \">= 0.7\"}",
    ] {
        assert!(text.contains(written), "{written}\n{text}\n{shown}");
    }
    assert!(!text.contains("age_group: {"), "{text}");
}
