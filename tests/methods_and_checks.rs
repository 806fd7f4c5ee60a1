//! The list of methods and their outside numbers names every method and only tests that exist.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Rows of the tables as cells without their backquotes.
fn rows() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(project().join("docs/methods-and-checks.md")).unwrap();
    text.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().replace('`', ""))
                .collect()
        })
        .collect()
}

/// Method ids that a report can explain: the arms of `method_texts*.rs`.
fn explained() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&project().join("src/report/view"), &mut files);
    let mut ids = BTreeSet::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("method_texts") {
            continue;
        }
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            if let Some(id) = line.trim().strip_suffix(" => make(") {
                ids.extend(id.split(" | ").map(|id| id.trim_matches('"').to_owned()));
            }
        }
    }
    ids
}

#[test]
fn every_method_is_listed() {
    let explained = explained();
    assert!(
        explained.len() > 40 && explained.contains("wilson"),
        "{explained:?}"
    );
    let listed: BTreeSet<String> = rows().into_iter().map(|row| row[0].clone()).collect();
    let missing: Vec<&String> = explained.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "docs/methods-and-checks.md does not name {missing:?}"
    );
}

#[test]
fn every_test_that_is_named_exists() {
    let mut files = Vec::new();
    sources(&project().join("src"), &mut files);
    sources(&project().join("tests"), &mut files);
    let code: String = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let mut absent = Vec::new();
    let rows = rows();
    for row in &rows {
        assert_eq!(row.len(), 5, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        for test in row[3].split(", ") {
            if !code.contains(&format!("fn {test}(")) {
                absent.push(format!("{}: {test}", row[0]));
            }
        }
    }
    assert!(rows.len() > 60 && absent.is_empty(), "{absent:#?}");
}

/// A row names what `qualify` recomputes, or says that there is no number from elsewhere; and every
/// number that `qualify` recomputes has its row.
#[test]
fn every_number_from_elsewhere_is_in_qualify() {
    let facts: BTreeSet<String> = equipoise::qualification::facts()
        .into_iter()
        .map(|fact| fact.method)
        .collect();
    assert!(facts.len() > 100, "{facts:?}");
    let (mut named, mut wrong) = (BTreeSet::new(), Vec::new());
    for row in rows() {
        if row[4] == "none" {
            let reasons = ["by definition", "law", "closed form", "no number found"];
            if !reasons.iter().any(|reason| row[2].starts_with(reason)) {
                wrong.push(format!("{}: {} is not in qualify", row[0], row[2]));
            }
            continue;
        }
        for fact in row[4].split(", ") {
            if !facts.contains(fact) {
                wrong.push(format!("{}: qualify recomputes no {fact}", row[0]));
            }
            named.insert(fact.to_owned());
        }
    }
    let without_row: Vec<&String> = facts.difference(&named).collect();
    assert!(
        wrong.is_empty() && without_row.is_empty(),
        "{wrong:#?} {without_row:?}"
    );
}
