//! Every code is explained, and every explanation is of a code that is given somewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use equipoise::report::codes;
use support::{SmallAudit, code, project, run, stderr, stdout};

/// Rooms whose texts between quotation marks with a hyphen are codes.
const ROOMS: [&str; 9] = [
    "config",
    "cohort",
    "imaging",
    "inference",
    "parity",
    "assessment",
    "gate",
    "audit",
    "tables",
];
/// Texts with a hyphen that are no codes.
const NO_CODES: [&str; 0] = [];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && !name.contains("test") && !name.contains("golden") {
            found.push(path);
        }
    }
}

/// The code of a file without its tests.
fn text(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    match text.find("#[cfg(test)]\nmod tests {") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Texts between quotation marks that hold small letters, digits and hyphens only.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2).filter(|word| {
        let plain =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        word.starts_with(|letter: char| letter.is_ascii_lowercase())
            && !word.ends_with('-')
            && word.chars().all(plain)
    })
}

#[test]
fn every_code_is_explained() {
    let explained: BTreeSet<&str> = codes().iter().map(|one| one.code).collect();
    let mut missing: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = 0;
    for room in ROOMS {
        let mut files = Vec::new();
        sources(&project().join("src").join(room), &mut files);
        files.push(project().join(format!("src/{room}.rs")));
        for file in files.iter().filter(|file| file.exists()) {
            // Escaped quotation marks would turn inside and outside round.
            for line in text(file).lines() {
                let line = line.replace("\\\"", "'");
                for word in words(&line).filter(|word| word.contains('-')) {
                    seen += 1;
                    if !explained.contains(word) && !NO_CODES.contains(&word) {
                        missing.insert(word.to_owned(), file.display().to_string());
                    }
                }
            }
        }
    }
    assert!(seen > 150, "{seen}");
    assert!(missing.is_empty(), "no explanation of {missing:#?}");
}

#[test]
fn every_explanation_is_of_a_code_that_is_given() {
    let mut files = Vec::new();
    sources(&project().join("src"), &mut files);
    let mut given: BTreeSet<String> = BTreeSet::new();
    for file in files
        .iter()
        .filter(|file| !file.to_string_lossy().contains("report/codes"))
    {
        for line in text(file).lines() {
            given.extend(words(&line.replace("\\\"", "'")).map(str::to_owned));
        }
    }
    let exits = |name: &str| name.starts_with("exit-");
    let unused: Vec<&str> = codes()
        .iter()
        .map(|one| one.code)
        .filter(|name| !exits(name) && !given.contains(*name))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn explain_explains_lists_and_suggests() {
    let one = run(&["explain", "waiver-void"]);
    assert_eq!(code(&one), 0);
    for words in ["what it checks", "why it matters", "what to do"] {
        assert!(stdout(&one).contains(words), "{}", stdout(&one));
    }
    let all = run(&["explain"]);
    assert_eq!(stdout(&all).lines().count(), codes().len());
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(&["explain", "exit-3", "--format", "json"]))).unwrap();
    assert_eq!(json["code"], "exit-3");
    let near = run(&["explain", "waiver-viod"]);
    assert_eq!(code(&near), 2);
    assert!(
        stderr(&near).contains("did you mean waiver-void"),
        "{}",
        stderr(&near)
    );
    assert_eq!(code(&run(&["explain", "nothing at all"])), 2);
}

#[test]
fn every_exit_code_of_the_help_is_explained() {
    let help = stdout(&run(&["--help"]));
    let help = &help[help.find("Exit codes:").unwrap()..];
    let numbers: BTreeSet<&str> = help
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .collect();
    let explained: BTreeSet<String> = codes()
        .iter()
        .filter_map(|one| one.code.strip_prefix("exit-").map(str::to_owned))
        .collect();
    let numbers: BTreeSet<String> = numbers.into_iter().map(str::to_owned).collect();
    assert_eq!(&numbers | &BTreeSet::from(["130".to_owned()]), explained);
}

#[test]
fn findings_of_an_audit_can_be_explained() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let results = audit.results();
    for finding in results["findings"].as_array().unwrap() {
        let name = finding["code"].as_str().unwrap();
        assert_eq!(code(&run(&["explain", name])), 0, "{name}");
    }
}
