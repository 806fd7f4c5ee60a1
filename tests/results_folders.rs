//! What is done with finished results: baselines, comparisons, verification.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::every_task::EveryTask;
use support::{SmallAudit, by_id, code, number, run, small_table, stderr, stdout};

/// The small audit with a rule against a baseline.
fn audit(require: &str) -> SmallAudit {
    let audit = SmallAudit::new();
    audit.change_audit(
        "      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: '>= 0.5'}",
        &format!(
            "      - {{id: kept, metric: sensitivity, baseline: baselines/v1.json, strata: [overall, site], require: '{require}'}}\n      - {{id: area, metric: auroc, baseline: baselines/v1.json, require: '{require}'}}"
        ),
    );
    audit
}

fn baseline(audit: &SmallAudit, more: &[&str]) -> std::process::Output {
    let (folder, to) = (audit.shown("out/small"), audit.shown("baselines/v1.json"));
    let mut arguments = vec!["baseline", &folder, "--to", &to];
    arguments.extend(more);
    run(&arguments)
}

/// The table with the scores of every positive below the threshold from row 20 on.
fn worse() -> String {
    let mut lines: Vec<String> = small_table().lines().map(str::to_owned).collect();
    for line in &mut lines[20..] {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if fields[5] == "1" {
            fields[6] = "0.02".to_owned();
        }
        *line = fields.join(",");
    }
    lines.join("\n") + "\n"
}

#[test]
fn a_baseline_is_made_gates_and_moves_only_by_its_command() {
    let audit = audit("difference >= -0.5");
    let first = audit.evaluate();
    // There is none yet: nothing can be evaluated, and the reason says what to do.
    assert_eq!(code(&first), 4, "{}", stderr(&first));
    let reason = by_id(&audit.results(), "checks", "kept.overall.all")["reason"].to_string();
    assert!(
        reason.contains("equipoise baseline DIR --to FILE"),
        "{reason}"
    );

    let dry = baseline(&audit, &["--dry-run"]);
    assert_eq!(code(&dry), 0);
    assert!(!audit.path("baselines/v1.json").exists());
    let made = baseline(&audit, &[]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    assert!(
        stdout(&made).contains("there was none before"),
        "{}",
        stdout(&made)
    );

    audit.evaluate();
    let results = audit.results();
    let check = by_id(&results, "checks", "kept.site.B");
    assert_eq!(number(check, "estimate"), 0.0);
    assert_eq!(check["reference"], "baseline");
    // The same scores again: not even the few of site B leave anything open.
    assert_eq!(check["method"], "baseline_identical");
    assert_eq!(check["verdict"], "pass", "{check}");
    let check = by_id(&results, "checks", "kept.overall.all");
    assert_eq!(check["verdict"], "pass", "{check}");
    let inputs = results["provenance"]["inputs"].as_array().unwrap();
    assert!(
        inputs
            .iter()
            .any(|input| input["role"] == "baseline" && input["file"] == "v1.json")
    );

    // A worse model: the baseline stays where it is, and the rule fails by the right amount.
    let before = std::fs::read(audit.path("baselines/v1.json")).unwrap();
    let sensitivity = number(
        by_id(&results, "estimates", "sensitivity.overall.all"),
        "estimate",
    );
    audit.write("cohort.csv", &worse());
    audit.change_audit("difference >= -0.5", "difference >= -0.05");
    let output = audit.evaluate();
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    let results = audit.results();
    let check = by_id(&results, "checks", "kept.overall.all");
    assert_eq!(check["verdict"], "fail");
    assert_eq!(check["method"], "baseline_newcombe_10");
    let now = number(
        by_id(&results, "estimates", "sensitivity.overall.all"),
        "estimate",
    );
    assert!((number(check, "estimate") - (now - sensitivity)).abs() < 1e-12);
    assert!(
        stdout(&output).contains("need difference from baseline >= -0.05"),
        "{}",
        stdout(&output)
    );
    assert_eq!(
        before,
        std::fs::read(audit.path("baselines/v1.json")).unwrap()
    );

    let moved = baseline(&audit, &["--format", "json"]);
    let json: Value = serde_json::from_str(&stdout(&moved)).unwrap();
    let change = json["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["metric"] == "sensitivity" && one["attribute"] == "overall");
    let change = change.unwrap();
    assert!((number(change, "before") - sensitivity).abs() < 1e-12);
    assert!((number(change, "after") - now).abs() < 1e-12);
    let text = std::fs::read_to_string(audit.path("baselines/v1.json")).unwrap();
    let new: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(new["replaces"], json["replaces"]);
    // Aggregates only: no sample, no patient.
    assert!(!text.contains("s07") && !text.contains("p07"), "{text}");
}

/// Scores of the same samples, nudged: as a retrained model would give them.
fn nudged() -> String {
    let table = support::small_table();
    let mut lines = table.lines();
    let head = lines.next().unwrap();
    let score = head.split(',').position(|name| name == "score").unwrap();
    let mut text = format!("{head}\n");
    for (i, line) in lines.enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        let old: f64 = cells[score].parse().unwrap();
        let shift = if i % 3 == 0 { 0.01 } else { -0.01 };
        cells[score] = format!("{:.4}", (old + shift).clamp(0.0, 1.0));
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

#[test]
fn a_baseline_with_its_scores_is_compared_case_by_case() {
    let audit = audit("difference >= -0.05");
    audit.evaluate();
    assert_eq!(code(&baseline(&audit, &[])), 0);
    std::fs::copy(
        audit.path("out/small/predictions.parquet"),
        audit.path("baselines/v1.parquet"),
    )
    .unwrap();
    audit.write("cohort.csv", &nudged());
    audit.evaluate();
    let unpaired = audit.results();
    audit.change_audit(
        "baseline: baselines/v1.json",
        "baseline: {results: baselines/v1.json, scores: baselines/v1.parquet}",
    );
    let output = audit.evaluate();
    assert!(code(&output) != 2, "{}", stderr(&output));
    let paired = audit.results();
    let check = |results: &Value| by_id(results, "checks", "kept.overall.all").clone();
    let (wide, narrow) = (check(&unpaired), check(&paired));
    assert_eq!(wide["method"], "baseline_newcombe_10");
    assert!(
        [
            "newcombe_paired_10",
            "paired_patient_bootstrap",
            "newcombe_paired_10_effective_n"
        ]
        .contains(&narrow["method"].as_str().unwrap()),
        "{narrow}"
    );
    assert!((number(&wide, "estimate") - number(&narrow, "estimate")).abs() < 1e-12);
    let width = |check: &Value| number(check, "upper") - number(check, "lower");
    assert!(width(&narrow) < 0.8 * width(&wide), "{narrow}\n{wide}");
    let area = |results: &Value| by_id(results, "checks", "area.overall.all").clone();
    let (wide, narrow) = (area(&unpaired), area(&paired));
    assert_eq!(wide["method"], "baseline_sum_of_variances");
    assert_eq!(narrow["method"], "obuchowski_paired");
    assert!((number(&wide, "estimate") - number(&narrow, "estimate")).abs() < 1e-12);
    assert!(width(&narrow) < 0.5 * width(&wide), "{narrow}\n{wide}");
    let inputs = paired["provenance"]["inputs"].as_array().unwrap();
    assert!(
        inputs
            .iter()
            .any(|input| input["role"] == "baseline scores")
    );

    // Other scores than those behind the results are not taken for them.
    audit.write("baselines/v1.csv", &worse());
    audit.change_audit("scores: baselines/v1.parquet", "scores: baselines/v1.csv");
    audit.evaluate();
    let other = check(&audit.results());
    assert_eq!(other["method"], "baseline_newcombe_10");
    let reason = other["reason"].as_str().unwrap();
    assert!(
        reason.contains("other patients than the baseline's, since the baseline's table gives"),
        "{reason}"
    );
    // Nor are those of fewer samples.
    let text = support::small_table();
    let fewer: Vec<&str> = text.lines().take(20).collect();
    audit.write("baselines/v1.csv", &(fewer.join("\n") + "\n"));
    audit.evaluate();
    let fewer = check(&audit.results());
    assert_eq!(fewer["method"], "baseline_newcombe_10");
    assert!(
        fewer["reason"]
            .as_str()
            .unwrap()
            .contains("not every sample has a score")
    );

    // A table that is not there is a mistake of the audit file, told before anything is measured.
    std::fs::remove_file(audit.path("baselines/v1.csv")).unwrap();
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("v1.csv"), "{}", stderr(&output));
}

#[test]
fn withheld_groups_are_in_no_baseline_and_new_groups_are_told() {
    let audit = audit("difference >= -0.5");
    audit.change_audit("seed: 3}", "seed: 3, suppress_below: 10}");
    audit.evaluate();
    let results = audit.results();
    let withheld: Vec<&Value> = results["estimates"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["status"] == "suppressed")
        .collect();
    assert!(!withheld.is_empty());
    assert_eq!(code(&baseline(&audit, &[])), 0);
    let text = std::fs::read_to_string(audit.path("baselines/v1.json")).unwrap();
    let stored: Value = serde_json::from_str(&text).unwrap();
    for row in withheld {
        assert!(stored["estimates"].as_array().unwrap().iter().all(|one| {
            (&one["attribute"], &one["level"], &one["metric"])
                != (&row["attribute"], &row["level"], &row["metric"])
        }));
    }
    // A site that the baseline has never seen.
    audit.write("cohort.csv", &small_table().replace(",B,", ",C,"));
    audit.evaluate();
    let results = audit.results();
    let checks = results["checks"].as_array().unwrap();
    let of_c = checks.iter().find(|one| one["level"] == "C").unwrap();
    assert_eq!(of_c["verdict"], "not_evaluable");
}

#[test]
fn what_is_no_baseline_is_refused_at_its_place_and_never_replaced() {
    let audit = audit("difference >= -0.5");
    std::fs::create_dir(audit.path("baselines")).unwrap();
    for text in ["{\"kind\": \"something else\"}", "not json", "{}"] {
        audit.write("baselines/v1.json", text);
        let output = audit.evaluate();
        assert_eq!(code(&output), 2);
        assert!(
            stderr(&output).contains("malformed-baseline"),
            "{}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains("audit.yaml:"),
            "{}",
            stderr(&output)
        );
    }
    audit.change_audit("baselines/v1.json", "baselines/v2.json");
    audit.evaluate();
    assert_eq!(code(&baseline(&audit, &[])), 2);
    assert_eq!(
        std::fs::read_to_string(audit.path("baselines/v1.json")).unwrap(),
        "{}"
    );
}

#[test]
fn a_comparison_names_what_differs_and_nothing_else() {
    let audit = SmallAudit::new();
    audit.evaluate();
    std::fs::rename(audit.path("out/small"), audit.path("before")).unwrap();
    audit.evaluate();
    let compare = |more: &[&str]| {
        let (before, after) = (audit.shown("before"), audit.shown("out/small"));
        let mut arguments = vec!["compare", &before, &after];
        arguments.extend(more);
        run(&arguments)
    };
    assert!(
        stdout(&compare(&[])).starts_with("nothing differs"),
        "{}",
        stdout(&compare(&[]))
    );

    audit.write("cohort.csv", &worse());
    audit.evaluate();
    let output = compare(&["--format", "json"]);
    assert_eq!(code(&output), 0);
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let inputs: Vec<&str> = json["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["what"].as_str().unwrap())
        .collect();
    assert_eq!(inputs, ["manifest", "predictions"]);
    let estimates = json["estimates"].as_array().unwrap();
    let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
    assert!(
        estimates
            .iter()
            .any(|one| id(one) == "sensitivity.overall.all")
    );
    assert!(
        estimates
            .iter()
            .all(|one| !id(one).starts_with("specificity."))
    );
    let changed: Vec<String> = json["checks"].as_array().unwrap().iter().map(id).collect();
    assert!(
        changed.contains(&"floor.overall.all".to_owned()),
        "{changed:?}"
    );
    let text = stdout(&compare(&[]));
    assert!(
        text.contains("floor.overall.all: ") && text.contains("sensitivity.overall.all: "),
        "{text}"
    );
    assert_eq!(
        code(&run(&[
            "compare",
            &audit.shown("before"),
            &audit.shown("nowhere")
        ])),
        2
    );
}

#[test]
fn a_changed_file_is_found_and_report_mends_only_what_it_writes() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let folder = audit.shown("out/small");
    let verify = || run(&["verify", &folder]);
    assert_eq!(code(&verify()), 0, "{}", stdout(&verify()));

    audit.change("out/small/summary.md", "Measured", "Guessed");
    audit.write("out/small/extra.txt", "not of this audit");
    let output = verify();
    assert_eq!(code(&output), 5);
    let text = stdout(&output);
    assert!(
        text.contains("DIFFERS summary.md") && text.contains("not in the manifest extra.txt"),
        "{text}"
    );
    std::fs::remove_file(audit.path("out/small/extra.txt")).unwrap();
    assert_eq!(code(&run(&["report", &folder])), 0);
    assert_eq!(code(&verify()), 0, "{}", stdout(&verify()));

    // Results that were changed by hand stay changed for verify, whatever is rendered from them.
    audit.change(
        "out/small/results.json",
        "\"exit_code\": ",
        "\"exit_code\":  ",
    );
    assert_eq!(code(&run(&["report", &folder])), 0);
    assert!(
        stdout(&verify()).contains("DIFFERS results.json"),
        "{}",
        stdout(&verify())
    );

    audit.evaluate();
    std::fs::remove_file(audit.path("out/small/junit.xml")).unwrap();
    assert_eq!(code(&verify()), 5);
    audit.evaluate();
    // An input that is gone is no fault; one that is another is.
    std::fs::rename(audit.path("cohort.csv"), audit.path("moved.csv")).unwrap();
    assert_eq!(code(&verify()), 0, "{}", stdout(&verify()));
    audit.write("cohort.csv", &worse());
    assert_eq!(code(&verify()), 5);
    assert_eq!(code(&run(&["verify", &audit.shown("baselines")])), 2);
}

/// Without what says which file it was and where its rules stand.
fn without_places(mut results: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("line");
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    results["audit"] = Value::Null;
    strip(&mut results);
    results
}

#[test]
fn the_resolved_audit_file_gives_the_same_results() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let before = audit.results();
    let resolved = std::fs::read_to_string(audit.path("out/small/audit.resolved.yaml")).unwrap();
    for line in [
        "  multiplicity: \"holm\"",
        "title: small",
        "        compare: \"none\"",
    ] {
        assert!(
            resolved.lines().any(|one| one == line),
            "{line}: {resolved}"
        );
    }
    audit.write("audit.yaml", &resolved);
    let check = audit.call("check");
    assert_eq!(code(&check), 0, "{}", stderr(&check));
    audit.evaluate();
    let after = audit.results();
    assert_ne!(
        before["audit"]["config_sha256"],
        after["audit"]["config_sha256"]
    );
    assert!(without_places(before) == without_places(after));
    // Resolved once more it stays the same.
    let again = std::fs::read_to_string(audit.path("out/small/audit.resolved.yaml")).unwrap();
    assert_eq!(resolved, again);
}

#[test]
fn metrics_of_tasks_are_held_against_a_baseline_too() {
    let gate = "gate:\n  families:\n    kept:\n      - {id: error, metric: mae, baseline: v1.json, require: 'difference <= 1'}\n      - {id: covered, metric: within_tolerance, baseline: v1.json, require: 'difference >= -0.3'}\n";
    let audit = EveryTask::new(|_, _| ());
    let text = std::fs::read_to_string(audit.path("audit.yaml")).unwrap();
    audit.write("audit.yaml", &format!("{text}{gate}"));
    audit.evaluate(&[]);
    let (folder, to) = (audit.shown("out/small"), audit.shown("v1.json"));
    assert_eq!(code(&run(&["baseline", &folder, "--to", &to])), 0);
    audit.evaluate(&[]);
    let results = support::results(&audit.path("out/small"));
    for (id, method, error) in [
        ("error.size.overall.all", "baseline_sum_of_variances", true),
        ("covered.size.overall.all", "baseline_newcombe_10", false),
    ] {
        let check = by_id(&results, "checks", id);
        assert_eq!(number(check, "estimate"), 0.0);
        assert_eq!(check["method"], method);
        assert_eq!(check["verdict"], "pass", "{check}");
        // Two results with the same standard error: the limits are sqrt(2) times as wide.
        if error {
            let row = by_id(&results, "estimates", "mae.size.overall.all");
            let ratio = number(check, "upper") / (number(row, "standard_error") * 2.0f64.sqrt());
            assert!((ratio - 1.96).abs() < 0.1, "{ratio}");
        }
    }
}
