//! The demo audit as the README gives it: finds the planted site, accuses no other group,
//! gives the same bytes again, and every way through the commands ends at the same numbers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{by_id, code, number, project, results, run, stderr, stdout};

/// Runs the demo once with the given threads into a folder of its own.
fn demo(threads: &str) -> (tempfile::TempDir, std::process::Output) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let output = run(&[
        "run",
        "audits/demo.yaml",
        "--out",
        &out,
        "--threads",
        threads,
    ]);
    (folder, output)
}

fn first_demo() -> &'static (tempfile::TempDir, std::process::Output) {
    static DONE: std::sync::OnceLock<(tempfile::TempDir, std::process::Output)> =
        std::sync::OnceLock::new();
    DONE.get_or_init(|| demo("1"))
}

fn folder() -> PathBuf {
    first_demo().0.path().join("demo")
}

#[test]
fn it_finds_the_planted_site_and_accuses_no_other_group() {
    let (_, output) = first_demo();
    assert_eq!(code(output), 1, "{}", stderr(output));
    let results = results(&folder());
    assert_eq!(results["verdict"], "fail");
    let checks = results["checks"].as_array().unwrap();
    let failed: Vec<String> = checks
        .iter()
        .filter(|check| check["verdict"] == "fail")
        .map(|check| {
            format!(
                "{} {}={}",
                check["requirement"].as_str().unwrap(),
                check["attribute"].as_str().unwrap(),
                check["level"].as_str().unwrap()
            )
        })
        .collect();
    assert!(!failed.is_empty());
    assert!(
        failed.iter().all(|check| check.ends_with("site=West")),
        "{failed:?}"
    );
    assert!(
        checks
            .iter()
            .all(|check| check["verdict"] == "fail" || check["verdict"] == "pass"),
        "{checks:#?}"
    );
    let text = stdout(output);
    assert!(text.lines().count() <= 25, "{text}");
    assert!(
        text.contains("West") && text.contains("report.html"),
        "{text}"
    );
}

#[test]
fn another_run_with_two_threads_gives_the_same_bytes() {
    let (again, _) = demo("2");
    for name in [
        "results.json",
        "report.html",
        "summary.md",
        "predictions.parquet",
        "tables/estimates.csv",
    ] {
        let first = std::fs::read(folder().join(name)).unwrap();
        let second = std::fs::read(again.path().join("demo").join(name)).unwrap();
        assert!(first == second, "{name} differs");
    }
}

#[test]
fn reruns_give_the_same_decisions() {
    let results = results(&folder());
    assert_eq!(results["reproducibility"]["status"], "within_tolerance");
    for rerun in results["reproducibility"]["runs"].as_array().unwrap() {
        assert_eq!(rerun["decision_flips"], 0, "{rerun}");
        assert!(rerun["groups"].as_array().unwrap().len() > 5);
    }
}

#[test]
fn results_follow_their_schema() {
    let schema: Value = serde_json::from_str(
        &std::fs::read_to_string(project().join("docs/schema/results.schema.json")).unwrap(),
    )
    .unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let results = results(&folder());
    let errors: Vec<String> = validator
        .iter_errors(&results)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut broken = results.clone();
    broken["verdict"] = Value::from("splendid");
    assert!(!validator.is_valid(&broken), "the schema accepts anything");
}

/// The numbers of the demo, so that a change to any of them is seen.
#[test]
fn the_numbers_of_the_demo_are_these() {
    let results = results(&folder());
    let mut lines = Vec::new();
    for metric in ["sensitivity", "specificity", "auroc", "oe_ratio"] {
        for place in [
            "overall.all",
            "sex.F",
            "sex.M",
            "site.North",
            "site.South",
            "site.West",
        ] {
            let row = by_id(&results, "estimates", &format!("{metric}.{place}"));
            lines.push(format!(
                "{metric} {place} n={} {:.4} [{:.4}, {:.4}] {}",
                row["n_class"],
                number(row, "estimate"),
                number(row, "lower"),
                number(row, "upper"),
                row["method"].as_str().unwrap()
            ));
        }
    }
    for check in results["checks"].as_array().unwrap() {
        lines.push(format!(
            "{} {:.4} [{:.4}, {:.4}] {}",
            check["id"].as_str().unwrap(),
            number(check, "estimate"),
            number(check, "lower"),
            number(check, "upper"),
            check["verdict"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!("demo_numbers", lines.join("\n"));
}

/// Floats to three decimals and without what names the engine: the same text with either engine.
fn settled(value: &Value) -> Value {
    const OF_THE_ENGINE: [&str; 9] = [
        // Of the last bit of every score.
        "measured_sha256",
        "engine",
        "varied",
        "equipoise",
        "identical_bits",
        "max_abs_difference",
        "max_abs_score_difference",
        "max_ulp",
        "n_near_threshold",
    ];
    match value {
        Value::Number(number) if number.is_f64() => {
            Value::from(format!("{:.3}", number.as_f64().unwrap()).replace("-0.000", "0.000"))
        }
        Value::Array(items) => items.iter().map(settled).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !OF_THE_ENGINE.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), settled(&without_replicates(name, value))))
            .collect(),
        other => other.clone(),
    }
}

/// A p-value by replicates moves by one of a thousand with the last bit of a score, and processors
/// compute that in different ways.
fn without_replicates(name: &str, value: &Value) -> Value {
    let mut value = value.clone();
    if let (Some(fields), "if_calibrated") = (value.as_object_mut(), name) {
        fields.remove("p");
    }
    value
}

/// Every field of `results.json`, a line for each row, so that any change of shape or number is seen.
#[test]
fn the_results_of_the_demo_are_these() {
    let mut results = settled(&results(&folder()));
    let reruns = results["reproducibility"]["runs"].as_array_mut().unwrap();
    // One rerun by the other engine comes on top where both are there.
    reruns.retain(|rerun| rerun["id"] == "rerun-1");
    let findings = results["findings"].as_array_mut().unwrap();
    findings.retain(|one| one["code"] != "embedded-engine" && one["code"] != "rerun-not-varied");
    let mut lines = Vec::new();
    for (section, value) in results.as_object().unwrap() {
        match value {
            Value::Array(rows) => {
                lines.extend(rows.iter().map(|row| format!("{section}: {row}")));
            }
            Value::Object(fields) => {
                lines.extend(
                    fields
                        .iter()
                        .map(|(name, value)| format!("{section}.{name}: {value}")),
                );
            }
            one => lines.push(format!("{section}: {one}")),
        }
    }
    insta::assert_snapshot!("demo_results", lines.join("\n"));
}

#[test]
fn scores_agree_with_another_program() {
    let path = project().join("fixtures/demo/reference_scores.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let table = equipoise::tables::read(
        &folder().join("predictions.parquet"),
        &["image_id", "score", "score.logit"],
    )
    .unwrap();
    let ids = table.column("image_id").unwrap();
    let logits = table.numbers("score.logit").unwrap();
    let ours: std::collections::BTreeMap<&str, f64> = (0..ids.len())
        .map(|row| (ids.get(row).unwrap(), logits[row].unwrap()))
        .collect();
    let mut compared = 0;
    for line in text.lines().skip(1) {
        let mut fields = line.split(',');
        let (id, expected) = (
            fields.next().unwrap(),
            fields.next().unwrap().parse::<f64>().unwrap(),
        );
        if let Some(logit) = ours.get(id) {
            assert!(
                (logit - expected).abs() < 1e-3,
                "{id}: {logit} against {expected}"
            );
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared} scores compared");
}

#[test]
fn predict_then_evaluate_ends_at_the_same_numbers() {
    let out = tempfile::tempdir().unwrap();
    let shown = out.path().display().to_string();
    let predicted = run(&["predict", "audits/demo.yaml", "--out", &shown]);
    assert_eq!(code(&predicted), 0, "{}", stderr(&predicted));
    let scores = out
        .path()
        .join("demo/predictions.parquet")
        .display()
        .to_string();
    let output = run(&[
        "evaluate",
        "audits/demo.yaml",
        "--predictions",
        &scores,
        "--out",
        &out.path().join("second").display().to_string(),
    ]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let (first, second) = (results(&folder()), results(&out.path().join("second/demo")));
    let measured = |results: &Value| -> Vec<Value> {
        let checks = results["checks"].as_array().unwrap().iter();
        checks
            .filter(|check| check["metric"] != "decision_flips")
            .cloned()
            .collect()
    };
    assert!(measured(&first) == measured(&second), "the checks differ");
    for list in ["estimates", "comparisons", "tests", "curves", "cohort"] {
        assert!(first[list] == second[list], "{list} differ");
    }
    assert_eq!(second["reproducibility"]["status"], "not_run");
}

#[test]
fn check_says_what_the_gate_could_show_and_runs_nothing() {
    let out = tempfile::tempdir().unwrap();
    let output = run(&[
        "check",
        "audits/demo.yaml",
        "--out",
        &out.path().display().to_string(),
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("site=West"), "{}", stdout(&output));
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn broken_and_absent_images_never_stop_the_run_and_end_with_five() {
    let folder = tempfile::tempdir().unwrap();
    let demo = project().join("fixtures/demo");
    copy(&demo.join("images"), &folder.path().join("images"));
    std::fs::copy(demo.join("cohort.csv"), folder.path().join("cohort.csv")).unwrap();
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder.path().join("images"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    let bytes = std::fs::read(&names[10]).unwrap();
    std::fs::write(&names[10], &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(&names[20], b"").unwrap();
    std::fs::write(&names[30], b"this is no image").unwrap();
    std::fs::remove_file(&names[40]).unwrap();
    let text = std::fs::read_to_string(project().join("audits/demo.yaml")).unwrap();
    let text = text
        .replace("../fixtures/demo/cohort.csv", "cohort.csv")
        .replace(
            "../fixtures/demo/model.onnx",
            &demo.join("model.onnx").display().to_string(),
        );
    let text = text
        .replace("../fixtures/demo/images", "images")
        .replace("root: ../fixtures/demo", "root: .");
    let audit = folder.path().join("audit.yaml");
    std::fs::write(&audit, text).unwrap();
    let out = folder.path().join("out");
    let output = run(&[
        "run",
        &audit.display().to_string(),
        "--out",
        &out.display().to_string(),
    ]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("1 of") && stderr(&output).contains("image files do not exist"),
        "{}",
        stderr(&output)
    );
    let results = results(&out.join("demo"));
    assert_eq!(results["verdict"], "error");
    let failures = results["cohort"]["failures"].as_array().unwrap();
    let overall: u64 = failures
        .iter()
        .filter(|failure| failure["attribute"] == "overall")
        .map(|failure| failure["n"].as_u64().unwrap())
        .sum();
    assert_eq!(overall, 4, "{failures:?}");
    assert!(
        failures
            .iter()
            .any(|failure| failure["reason"] == "file-absent"),
        "{failures:?}"
    );
    assert!(results["estimates"].as_array().unwrap().len() > 50);
    assert!(out.join("demo/report.html").exists());
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_changed_model_is_refused_by_its_lock() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(project().join("audits/demo.yaml")).unwrap();
    let base = project().join("fixtures/demo").display().to_string();
    let hash = text
        .split("sha256: ")
        .nth(1)
        .unwrap()
        .trim_matches(|c: char| c == '"' || c.is_whitespace())
        .chars()
        .take(64)
        .collect::<String>();
    let text = text
        .replace("../fixtures/demo", &base)
        .replace(&hash, &"0".repeat(64));
    let audit = folder.path().join("audit.yaml");
    std::fs::write(&audit, text).unwrap();
    let output = run(&[
        "run",
        &audit.display().to_string(),
        "--out",
        &folder.path().join("out").display().to_string(),
    ]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("locked to"), "{}", stderr(&output));
}

/// The demo audit with another model or engine, in a folder of its own.
fn changed_demo(changes: &[(&str, &str)]) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let base = project().join("fixtures").display().to_string();
    let mut text = std::fs::read_to_string(project().join("audits/demo.yaml")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "the demo does not hold {from}");
        text = text.replace(from, to);
    }
    let audit = folder.path().join("audit.yaml");
    std::fs::write(&audit, text.replace("../fixtures", &base)).unwrap();
    let arguments = vec![
        "run".to_owned(),
        audit.display().to_string(),
        "--out".to_owned(),
        folder.path().join("out").display().to_string(),
    ];
    (folder, arguments)
}

#[test]
fn an_operator_that_the_embedded_engine_lacks_is_named() {
    let hash = equipoise::provenance::hash_file(&project().join("fixtures/demo/model.onnx"));
    let lock = format!("sha256: \"{}\"", hash.unwrap().sha256);
    let (_folder, arguments) = changed_demo(&[
        ("demo/model.onnx", "tiny/unsupported-operators.onnx"),
        (&lock, "threads: 1"),
        ("engine: auto", "engine: embedded"),
    ]);
    let output = support::equipoise().args(&arguments).output().unwrap();
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("LRN"), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("equipoise runtime install"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_named_library_that_is_none_is_refused() {
    let (folder, mut arguments) = changed_demo(&[("engine: auto", "engine: onnxruntime")]);
    let library = folder.path().join("libonnxruntime.so");
    std::fs::write(&library, "this is no library").unwrap();
    arguments.extend(["--onnxruntime".to_owned(), library.display().to_string()]);
    let output = support::equipoise().args(&arguments).output().unwrap();
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("cannot be used as ONNX Runtime"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn without_a_library_the_error_says_how_to_get_it() {
    let (folder, arguments) = changed_demo(&[("engine: auto", "engine: onnxruntime")]);
    let output = support::equipoise()
        .args(&arguments)
        .env_clear()
        .env("HOME", folder.path())
        .env("PATH", folder.path())
        .output()
        .unwrap();
    if code(&output) == 1 {
        eprintln!("skipped: an ONNX Runtime lies in a folder of the system");
        return;
    }
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("equipoise runtime install"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn answers_that_differ_beyond_the_tolerance_end_with_six() {
    if !stdout(&run(&["runtime", "list"])).contains("takes onnxruntime") {
        eprintln!("skipped: no ONNX Runtime");
        return;
    }
    let text = std::fs::read_to_string(project().join("audits/demo.yaml")).unwrap();
    let gate = text[text.find("\ngate:").unwrap()..].to_owned();
    // Two engines never agree to the last bit; without a gate nothing else decides.
    let (folder, arguments) = changed_demo(&[(&gate, "\n"), ("1.0e-3", "1.0e-12")]);
    let output = support::equipoise().args(&arguments).output().unwrap();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let results = results(&folder.path().join("out/demo"));
    assert_eq!(results["reproducibility"]["status"], "breached");
}
