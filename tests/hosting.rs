//! What hosting services read: annotations, step summary, code quality, SARIF, and the shipped jobs.
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
use support::{SmallAudit, code, equipoise, project, run, stderr, stdout};

fn failing() -> SmallAudit {
    let audit = SmallAudit::new();
    audit.change_audit("'>= 0.5'", "'>= 0.99'");
    audit
}

#[test]
fn annotations_point_into_the_audit_file_and_the_summary_is_appended() {
    let audit = failing();
    audit.write("summary.md", "# before\n");
    let output = equipoise()
        .args([
            "evaluate",
            &audit.shown("audit.yaml"),
            "--predictions",
            &audit.shown("cohort.csv"),
        ])
        .args(["--out", &audit.shown("out"), "--format", "github"])
        .env("GITHUB_STEP_SUMMARY", audit.path("summary.md"))
        .output()
        .unwrap();
    let text = stdout(&output);
    let results = audit.results();
    assert_eq!(
        i64::from(code(&output)),
        results["exit_code"].as_i64().unwrap()
    );
    let checks = results["checks"].as_array().unwrap();
    let open = checks
        .iter()
        .filter(|check| check["verdict"] != "pass")
        .count();
    assert_eq!(text.lines().count(), 1 + open.min(9), "{text}");
    assert!(
        text.lines()
            .all(|line| line.starts_with("::error file=audit.yaml,")),
        "{text}"
    );
    let line = checks[0]["line"].as_u64().unwrap();
    assert!(text.contains(&format!(",line={line},")), "{text}");
    let summary = std::fs::read_to_string(audit.path("summary.md")).unwrap();
    let own = std::fs::read_to_string(audit.path("out/small/summary.md")).unwrap();
    assert_eq!(summary, format!("# before\n{own}"));
    // Without the variable nothing is written anywhere else.
    let plain = equipoise()
        .args(["report", &audit.shown("out/small"), "--format", "github"])
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .unwrap();
    assert_eq!(stdout(&plain), text);
}

#[test]
fn mistakes_of_the_audit_file_are_annotations_too() {
    let audit = SmallAudit::new();
    audit.change_audit("metric: sensitivity", "metric: sensitivty");
    let output = audit.evaluate_with(&["--format", "github"]);
    assert_eq!(code(&output), 2);
    let text = stdout(&output);
    assert!(text.starts_with("::error file=audit.yaml,line="), "{text}");
    assert!(text.contains("title=unknown-value::"), "{text}");
    assert!(stderr(&output).contains("sensitivty"));
}

#[test]
fn code_quality_and_sarif_name_the_file_in_its_repository() {
    let audit = failing();
    std::fs::create_dir(audit.path(".git")).unwrap();
    std::fs::create_dir(audit.path("audits")).unwrap();
    std::fs::rename(audit.path("audit.yaml"), audit.path("audits/small.yaml")).unwrap();
    std::fs::rename(audit.path("cohort.csv"), audit.path("audits/cohort.csv")).unwrap();
    let evaluate = |format: &str| {
        run(&[
            "evaluate",
            &audit.shown("audits/small.yaml"),
            "--predictions",
            &audit.shown("audits/cohort.csv"),
            "--out",
            &audit.shown("out"),
            "--format",
            format,
        ])
    };
    let quality: Value = serde_json::from_str(&stdout(&evaluate("gitlab"))).unwrap();
    assert_eq!(quality[0]["location"]["path"], "audits/small.yaml");
    let sarif: Value = serde_json::from_str(&stdout(&evaluate("sarif"))).unwrap();
    let first = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(first["artifactLocation"]["uri"], "audits/small.yaml");
    // The folder's own files know no repository.
    let stored = std::fs::read_to_string(audit.path("out/small/codequality.json")).unwrap();
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored[0]["location"]["path"], "small.yaml");
    assert_eq!(stored[0]["fingerprint"], quality[0]["fingerprint"]);
    let again = run(&["report", &audit.shown("out/small"), "--format", "gitlab"]);
    let again: Value = serde_json::from_str(&stdout(&again)).unwrap();
    assert_eq!(again, quality);
}

#[test]
fn json_on_standard_output_is_one_document() {
    let output = failing().evaluate_with(&["--format", "json"]);
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    for key in [
        "audit",
        "verdict",
        "exit_code",
        "checks",
        "waivers",
        "findings",
        "report",
    ] {
        assert!(!json[key].is_null(), "{key}");
    }
}

/// Every `equipoise ...` in a shipped file, up to what ends the command.
fn commands(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches([' ', '#', '-', '&']);
        for (place, _) in line.match_indices("equipoise ") {
            let before = line[..place].chars().next_back();
            let words: Vec<String> = line[place..]
                .split(['|', '>', ';', '\''])
                .next()
                .unwrap()
                .split_whitespace()
                .skip(1)
                .take_while(|word| !matches!(*word, "\\" | "||" | "&&"))
                .map(|word| word.trim_matches('"').to_owned())
                .collect();
            let is_command = before.is_none_or(|before| " ;".contains(before));
            if is_command
                && words
                    .first()
                    .is_some_and(|word| word.chars().all(|c| c.is_ascii_lowercase()))
            {
                found.push(words);
            }
        }
    }
    found
}

/// What a shipped job calls exists, with the options that it gives.
#[test]
fn shipped_jobs_call_commands_that_exist() {
    let mut seen = std::collections::BTreeSet::new();
    for file in [
        "integrations/github/equipoise.yml",
        "integrations/gitlab/equipoise.gitlab-ci.yml",
        "integrations/docker/Dockerfile",
        ".pre-commit-hooks.yaml",
    ] {
        let found = commands(&project().join(file));
        assert!(!found.is_empty(), "{file}");
        for words in found {
            let command = &words[0];
            let help = run(&[command, "--help"]);
            // Sentences of comments are no commands.
            if code(&help) != 0 {
                assert!(
                    !["run", "check", "report", "evaluate", "runtime"].contains(&command.as_str()),
                    "{file}: {words:?}"
                );
                continue;
            }
            seen.insert(command.clone());
            let help = stdout(&help);
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(option.as_str()), "{file}: {words:?}");
            }
            if let Some(place) = words.iter().position(|word| word == "--format") {
                assert!(help.contains(&words[place + 1]), "{file}: {words:?}");
            }
        }
    }
    for command in ["check", "run", "report", "runtime"] {
        assert!(seen.contains(command), "{command}: {seen:?}");
    }
}
