//! What the model was fed: numbers by group always, pictures where the audit file allows them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{code, number, project, run, stderr, stdout};

/// The demo audit beside the project's own, with something added and without reruns.
fn demo(folder: &Path, more: &str) -> String {
    let text = std::fs::read_to_string(project().join("audits/demo.yaml")).unwrap();
    let root = project().display().to_string();
    let text = text.replace("../", &format!("{root}/"));
    let file = folder.join("audit.yaml");
    std::fs::write(&file, format!("{text}\n{more}\n")).unwrap();
    file.display().to_string()
}

fn results(out: &Path) -> Value {
    let file = out.join("demo/results.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn values_by_group_add_up_to_those_of_the_cohort() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let file = demo(folder.path(), "");
    let shown = out.display().to_string();
    let output = run(&["run", &file, "--out", &shown, "--exit-zero"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let results = results(&out);
    let fed = results["fed"].as_array().unwrap();
    let whole = fed
        .iter()
        .find(|row| row["attribute"] == "overall")
        .unwrap();
    assert_eq!(whole["n"], results["cohort"]["n_samples"]);
    for attribute in ["sex", "site"] {
        let levels: Vec<&Value> = fed
            .iter()
            .filter(|row| row["attribute"] == attribute && row["channel"] == whole["channel"])
            .collect();
        assert!(levels.len() > 1, "{attribute}");
        let n: f64 = levels.iter().map(|row| number(row, "n")).sum();
        let sum: f64 = levels
            .iter()
            .filter(|row| !row["mean"].is_null())
            .map(|row| number(row, "n") * number(row, "mean"))
            .sum();
        assert_eq!(n, number(whole, "n"));
        assert!((sum / n - number(whole, "mean")).abs() < 1e-9);
        assert!(
            levels
                .iter()
                .all(|row| number(row, "min") >= number(whole, "min"))
        );
    }
    // No picture unless the audit file allows it.
    assert!(results.get("contact_sheets").is_none());
    let report = std::fs::read_to_string(out.join("demo/report.html")).unwrap();
    assert!(report.contains("What the model was fed") && !report.contains("<img"));
    assert!(!report.contains("img-src"));
    let table = std::fs::read_to_string(out.join("demo/tables/fed.csv")).unwrap();
    assert_eq!(table.lines().count(), fed.len() + 1);
}

#[test]
fn pictures_are_shown_where_they_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let shown = out.display().to_string();
    let refused = demo(folder.path(), "");
    let output = run(&["check", &refused, "--preview", "3", "--out", &shown]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("does not allow images"));
    assert!(!out.exists());

    let file = demo(folder.path(), "report: {images: true, images_by: site}");
    let output = run(&["check", &file, "--preview", "3", "--out", &shown]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("demo.preview.html"));
    let page = std::fs::read_to_string(out.join("demo.preview.html")).unwrap();
    let output = run(&["run", &file, "--out", &shown, "--exit-zero"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let sheets = results(&out)["contact_sheets"].as_array().unwrap().clone();
    assert!(sheets.len() > 1);
    assert_eq!(page.matches("<img ").count(), sheets.len());
    for sheet in &sheets {
        assert_eq!(sheet["attribute"], "site");
        assert!((1.0..=6.0).contains(&number(sheet, "images")));
        assert!(sheet["png"].as_str().unwrap().starts_with("iVBORw0KGgo"));
    }
    let report = std::fs::read_to_string(out.join("demo/report.html")).unwrap();
    assert_eq!(report.matches("<img ").count(), sheets.len());
    assert!(report.contains("img-src data:"));
    assert!(!report.contains("http://") || !report.contains("src=\"http"));

    let unknown = demo(folder.path(), "report: {images: true, images_by: nowhere}");
    let output = run(&["check", &unknown]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("nowhere"), "{}", stderr(&output));
}
