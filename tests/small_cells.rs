//! `suppress_below` through the binary: nothing of a withheld group stands in any file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use support::{SmallAudit, by_id, code, run, stderr, stdout};

/// Site C has three positives and two negatives; the others have many. Numbers are chosen so that
/// no other group has the same share of anything.
fn table() -> String {
    let mut table = "id,patient,sex,site,age,truth,score\n".to_owned();
    let mut number = 0;
    for (site, positives, negatives) in [("A", 47, 53), ("B", 29, 37), ("C", 3, 2), ("D", 19, 23)] {
        for (truth, n) in [(1, positives), (0, negatives)] {
            for one in 0..n {
                let sex = if one % 2 == 0 { "F" } else { "M" };
                let wrong = one % 7 == 1;
                let high = (truth == 1) != wrong;
                let score = if high { 0.55 } else { 0.05 } + 0.003 * f64::from(one % 60);
                let age = 30 + number % 40;
                table.push_str(&format!(
                    "s{number:03},p{number:03},{sex},{site},{age},{truth},{score:.4}\n"
                ));
                number += 1;
            }
        }
    }
    table
}

fn audit(below: u32) -> SmallAudit {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &table());
    audit.change_audit("seed: 3}", &format!("seed: 3, suppress_below: {below}}}"));
    audit.change_audit(
        "site: {column: site}",
        "site: {column: site, cross_ranking: true}",
    );
    audit.change_audit(
        "threshold: {fixed: 0.5}}",
        "threshold: {fixed: 0.5}, net_benefit: {from: 0.1, to: 0.3, step: 0.1}}",
    );
    audit.change_audit(
        "require: '>= 0.5'}",
        "require: '>= 0.5'}\n      - {id: gap, metric: sensitivity, compare: complement, strata: [site, sex], require: 'difference >= -0.3'}",
    );
    audit
}

/// Every file of a finished audit but the scores of single samples and the hashes of the run.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name != "predictions.parquet" && name != "manifest.json" {
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

fn withheld(results: &Value) -> BTreeSet<(String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    results["disclosure"]["withheld"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "attribute"), text(row, "level")))
        .collect()
}

fn is_of(row: &Value, withheld: &BTreeSet<(String, String)>) -> bool {
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    withheld.contains(&(text("attribute"), text("level")))
}

/// Numbers of a row, at any depth.
fn numbers(value: &Value, found: &mut Vec<f64>) {
    match value {
        Value::Number(number) => found.extend(number.as_f64()),
        Value::Array(values) => values.iter().for_each(|value| numbers(value, found)),
        Value::Object(map) => map.values().for_each(|value| numbers(value, found)),
        _ => {}
    }
}

/// Whether a text holds a number that is no part of a longer one.
fn holds_number(text: &str, number: &str) -> bool {
    text.match_indices(number).any(|(place, _)| {
        let digit = |c: char| c.is_ascii_digit() || c == ',';
        !text[..place].ends_with(digit)
            && !text[place + number.len()..].starts_with(|c: char| c.is_ascii_digit())
    })
}

#[test]
fn rows_of_withheld_groups_hold_no_number() {
    let audit = audit(11);
    let output = audit.evaluate();
    // Checks on withheld groups are not evaluable and block.
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let results = audit.results();
    let hidden = withheld(&results);
    let has =
        |attribute: &str, level: &str| hidden.contains(&(attribute.to_owned(), level.to_owned()));
    assert!(has("site", "C") && has("site", "D"), "{hidden:?}");
    assert!(
        !has("site", "A") && !has("site", "B") && !has("overall", "all"),
        "{hidden:?}"
    );
    let mut emptied = 0;
    for list in ["estimates", "comparisons", "decision_curves", "curves"] {
        for row in results[list].as_array().unwrap() {
            if !is_of(row, &hidden) {
                continue;
            }
            emptied += 1;
            let mut rest = row.clone();
            for known in ["confidence_level", "family_size", "histogram_range"] {
                rest.as_object_mut().unwrap().remove(known);
            }
            let mut found = Vec::new();
            numbers(&rest, &mut found);
            assert!(found.is_empty(), "{list}: {row}");
            if list != "curves" {
                assert_eq!(row["status"], "suppressed", "{row}");
                assert!(
                    row["reason"].as_str().unwrap().contains("fewer than 11"),
                    "{row}"
                );
            }
        }
    }
    assert!(emptied > 100, "{emptied}");
    for row in results["cross_ranking"].as_array().unwrap() {
        let one = |key: &str| has("site", row[key].as_str().unwrap());
        let is_hidden = one("positives_of") || one("negatives_of");
        assert_eq!(row["estimate"].is_null(), is_hidden, "{row}");
        assert_eq!(row["n_positive"].is_null(), is_hidden, "{row}");
    }
    for row in results["tests"].as_array().unwrap() {
        let any = hidden
            .iter()
            .any(|(attribute, _)| row["attribute"] == attribute.as_str());
        assert_eq!(row["p"].is_null(), any, "{row}");
    }
    for attribute in results["cohort"]["attributes"].as_array().unwrap() {
        for level in attribute["levels"].as_array().unwrap() {
            let is_hidden = has(
                attribute["attribute"].as_str().unwrap(),
                level["level"].as_str().unwrap(),
            );
            for key in ["n", "n_patients", "n_positive"] {
                assert_eq!(level[key].is_null(), is_hidden, "{level}");
            }
        }
    }
}

#[test]
fn checks_on_withheld_groups_are_not_evaluable_and_the_others_are() {
    let audit = audit(11);
    audit.evaluate();
    let results = audit.results();
    for id in ["floor.site.C", "floor.site.D", "gap.site.C"] {
        let check = by_id(&results, "checks", id);
        assert_eq!(check["verdict"], "not_evaluable", "{check}");
        assert!(
            check["reason"]
                .as_str()
                .unwrap()
                .contains("fewer than 11 patients"),
            "{check}"
        );
        for key in [
            "n_class",
            "n_clusters",
            "estimate",
            "lower",
            "upper",
            "p_fail",
            "n_needed",
            "minimum_detectable",
        ] {
            assert!(check[key].is_null(), "{key} of {check}");
        }
    }
    let shown = by_id(&results, "checks", "floor.site.A");
    assert_eq!(shown["n_class"], 47);
    assert!(shown["estimate"].is_number());
    // The correction is over the checks that are shown: overall, F, M, A, B and the gaps of A and B
    // and of sex, whose two gaps are one.
    assert_eq!(shown["family_size"], 8);
}

#[test]
fn no_file_holds_a_number_that_only_withheld_groups_have() {
    let (all, some) = (audit(0), audit(11));
    all.evaluate();
    let output = some.evaluate();
    let (full, cut) = (all.results(), some.results());
    let hidden = withheld(&cut);
    // Long decimals of withheld rows that no shown row of the full results has.
    let (mut secret, mut known) = (BTreeSet::new(), BTreeSet::new());
    for list in [
        "estimates",
        "comparisons",
        "checks",
        "tests",
        "curves",
        "decision_curves",
        "cross_ranking",
        "missing_attribute",
        "label_noise",
        "spread",
        "pooled",
        "group_thresholds",
        "threshold_sweeps",
    ] {
        for (before, after) in full[list]
            .as_array()
            .unwrap()
            .iter()
            .zip(cut[list].as_array().unwrap())
        {
            let (mut own, mut left) = (Vec::new(), Vec::new());
            numbers(before, &mut own);
            numbers(after, &mut left);
            let keep = |numbers: Vec<f64>| {
                numbers
                    .into_iter()
                    .map(|x| x.to_string())
                    .filter(|text| text.len() > 6)
                    .collect::<Vec<_>>()
            };
            if before == after {
                known.extend(keep(own));
            } else {
                known.extend(keep(left));
                secret.extend(keep(own));
            }
        }
    }
    let secret: Vec<&String> = secret.difference(&known).collect();
    assert!(secret.len() > 300, "{}", secret.len());
    let mut written = files(&some.path("out/small"));
    written.push(("standard output".to_owned(), stdout(&output)));
    assert!(written.len() >= 9, "{}", written.len());
    for (name, text) in &written {
        for number in &secret {
            assert!(!holds_number(text, number), "{name} holds {number}");
        }
        // Counts of C: 3 of 3 positives less one error, 2 negatives.
        for count in ["2/3", "1/2", "3 positives", "2 negatives", "n+=3"] {
            assert!(!holds_number(text, count), "{name} holds {count}");
        }
    }
    let names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "report.html",
        "results.json",
        "summary.md",
        "junit.xml",
        "findings.sarif",
        "estimates.csv",
        "comparisons.csv",
        "checks.csv",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(hidden.len() > 4);
    let page = &written
        .iter()
        .find(|(name, _)| name == "report.html")
        .unwrap()
        .1;
    assert!(page.contains("id=\"withheld\"") && page.contains("Suppression of small cells"));
}

#[test]
fn without_the_key_or_with_zero_nothing_changes() {
    let zero = audit(0);
    zero.evaluate();
    let without = audit(0);
    without.change_audit(", suppress_below: 0", "");
    without.evaluate();
    let (mut first, mut second) = (zero.results(), without.results());
    for results in [&mut first, &mut second] {
        results["audit"]["config_sha256"] = Value::Null;
    }
    assert_eq!(first, second);
    assert_eq!(first["disclosure"]["suppress_below"], 0);
    assert_eq!(
        by_id(&first, "estimates", "sensitivity.site.C")["denominator"],
        3
    );
}

#[test]
fn permuted_rows_and_threads_withhold_the_same() {
    let audit = audit(11);
    audit.evaluate_with(&["--threads", "1"]);
    let first = audit.results();
    let text = table();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    audit.write("cohort.csv", &(lines.join("\n") + "\n"));
    audit.evaluate_with(&["--threads", "2"]);
    let second = audit.results();
    for list in [
        "estimates",
        "comparisons",
        "checks",
        "tests",
        "curves",
        "disclosure",
        "cohort",
    ] {
        assert_eq!(first[list], second[list], "{list}");
    }
}

#[test]
fn warnings_tell_no_row_and_check_tells_no_small_number() {
    let audit = audit(11);
    // One patient of C in two sites, one truth that is neither.
    let text = table()
        .replace("s167,p167,", "s167,p166,")
        .replace("C,45,1,", "C,45,maybe,");
    audit.write("cohort.csv", &text);
    let output = audit.evaluate();
    assert!([3, 5].contains(&code(&output)), "{}", stderr(&output));
    for finding in audit.results()["findings"].as_array().unwrap() {
        let message = finding["message"].as_str().unwrap();
        assert!(
            !message.contains("row ") && !message.contains("p1"),
            "{finding}"
        );
    }
    audit.write("cohort.csv", &table());
    let planned = run(&["check", &audit.shown("audit.yaml"), "--format", "json"]);
    let plan: Value = serde_json::from_str(&stdout(&planned)).unwrap();
    let row = |name: &str| {
        let strata = plan["strata"].as_array().unwrap();
        strata
            .iter()
            .find(|row| row["name"] == name)
            .unwrap()
            .clone()
    };
    assert!(row("site=C")["n_positive"].is_null() && row("site=D")["n"].is_null());
    assert_eq!(row("site=A")["n_positive"], 47);
    let text = stdout(&run(&["check", &audit.shown("audit.yaml")]));
    assert!(text.contains("withheld"), "{text}");
}

#[test]
fn a_cohort_of_few_patients_tells_nothing_at_all() {
    let audit = audit(11);
    let text = table();
    let few: Vec<&str> = text
        .lines()
        .take(1)
        .chain(text.lines().skip(160).take(7))
        .collect();
    audit.write("cohort.csv", &(few.join("\n") + "\n"));
    let output = audit.evaluate();
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let results = audit.results();
    assert!(results["cohort"]["n_patients"].is_null() && results["cohort"]["n_samples"].is_null());
    assert_eq!(results["cohort"]["flow"].as_array().unwrap().len(), 0);
    assert_eq!(results["disclosure"]["flow_withheld"], true);
    let all = results["estimates"].as_array().unwrap();
    let counted = |row: &&Value| row["n_patients"].as_u64().is_some_and(|n| n > 0);
    assert_eq!(all.iter().filter(counted).count(), 0);
}

/// What is planned is told of the shown groups alone: no size of a withheld one, in text or JSON.
#[test]
fn chances_of_a_planned_gate_withhold_sizes() {
    let audit = audit(11);
    audit.change_audit(
        "  alpha: 0.025\n",
        "  alpha: 0.025\n  assume: {sensitivity: 0.90, intracluster_correlation: 0.1}\n",
    );
    let file = audit.shown("audit.yaml");
    let json = run(&["check", &file, "--format", "json"]);
    assert_eq!(code(&json), 0, "{}", stderr(&json));
    let found: Value = serde_json::from_str(&stdout(&json)).unwrap();
    let checks = found["chances"]["checks"].as_array().unwrap();
    let of = |id: &str| checks.iter().find(|check| check["id"] == id).unwrap();
    let mut withheld = 0;
    for check in checks {
        let hidden = check["reason"]
            .as_str()
            .is_some_and(|reason| reason.starts_with("withheld"));
        let sizes = ["n_class", "n_clusters", "n_needed", "exact_pass"];
        if hidden {
            withheld += 1;
            assert!(sizes.iter().all(|key| check[*key].is_null()), "{check}");
        } else {
            assert!(check["n_class"].as_u64().unwrap() >= 11, "{check}");
        }
    }
    assert!(withheld > 0 && of("floor.site.A")["n_class"] == 47);
    assert!(of("floor.site.C")["n_class"].is_null());
    let text = stdout(&run(&["check", &file, "-v"]));
    let line = text
        .lines()
        .find(|line| line.contains("floor.site.C "))
        .unwrap();
    let last: Vec<&str> = line.split_whitespace().rev().take(2).collect();
    assert_eq!(last, ["-", "-"], "{line}");
}
