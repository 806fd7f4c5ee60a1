//! The binary as a new user meets it: help, mistakes, exit codes, files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use support::{SmallAudit, code, run, stderr, stdout};

#[test]
fn help_names_every_command_and_shows_examples() {
    let help = run(&["--help"]);
    assert_eq!(code(&help), 0);
    for command in [
        "run", "check", "predict", "evaluate", "report", "inspect", "runtime", "schema",
    ] {
        assert!(stdout(&help).contains(command), "{command}");
        let own = run(&[command, "--help"]);
        assert_eq!(code(&own), 0, "{command}");
    }
    assert!(stdout(&run(&["run", "--help"])).contains("equipoise run audits/demo.yaml"));
    insta::assert_snapshot!("help", stdout(&help));
}

#[test]
fn a_wrong_option_is_a_usage_error_that_names_a_near_one() {
    let wrong = run(&["run", "audits/demo.yaml", "--thread", "2"]);
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("--threads"), "{}", stderr(&wrong));
    assert_eq!(code(&run(&[])), 2);
}

#[test]
fn an_absent_audit_file_is_named() {
    let absent = run(&["run", "nowhere.yaml"]);
    assert_eq!(code(&absent), 2);
    assert!(
        stderr(&absent).contains("nowhere.yaml"),
        "{}",
        stderr(&absent)
    );
}

#[test]
fn an_unknown_column_is_underlined_with_the_nearest_name() {
    let audit = SmallAudit::new();
    audit.change_audit("site: {column: site}", "site: {column: sitee}");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(text.contains("audit.yaml:10:"), "{text}");
    assert!(
        text.contains("cohort.csv has no column \"sitee\""),
        "{text}"
    );
    assert!(text.contains("did you mean \"site\"?"), "{text}");
    assert!(text.contains("^^^^^"), "{text}");
    assert!(!audit.path("out/small").exists());
}

#[test]
fn several_mistakes_are_reported_at_once_and_as_json() {
    let audit = SmallAudit::new();
    audit.change_audit("threshold: {fixed: 0.5}", "treshold: {fixed: 0.5}");
    audit.change_audit("metric: sensitivity", "metric: sensitivty");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(
        text.contains("treshold") && text.contains("sensitivty"),
        "{text}"
    );
    let output = audit.evaluate_with(&["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let errors = json["errors"].as_array().unwrap();
    assert!(errors.len() >= 2, "{json}");
    assert!(
        errors
            .iter()
            .all(|error| error["line"].as_u64().is_some() && error["message"].is_string()),
        "{json}"
    );
}

#[test]
fn an_empty_table_and_a_table_without_rows_are_told_apart() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", "");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("the file is empty"),
        "{}",
        stderr(&output)
    );
    audit.write("cohort.csv", "id,patient,sex,site,age,truth,score\n");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("there is a header but no row"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_ragged_row_is_named_by_line() {
    let audit = SmallAudit::new();
    let table = support::small_table().replace("s03,", "s03,extra,");
    audit.write("cohort.csv", &table);
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("cohort.csv line 5: 8 fields, expected 7"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_folder_that_holds_something_else_is_not_replaced() {
    let audit = SmallAudit::new();
    std::fs::create_dir_all(audit.path("out/small")).unwrap();
    audit.write("out/small/thesis.txt", "years of work");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("is not replaced"),
        "{}",
        stderr(&output)
    );
    assert_eq!(
        std::fs::read_to_string(audit.path("out/small/thesis.txt")).unwrap(),
        "years of work"
    );
}

#[test]
fn a_second_run_replaces_the_first_and_leaves_nothing_else() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let first = std::fs::read(audit.path("out/small/results.json")).unwrap();
    audit.evaluate();
    assert_eq!(
        first,
        std::fs::read(audit.path("out/small/results.json")).unwrap()
    );
    let names: Vec<String> = std::fs::read_dir(audit.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["small"]);
}

#[test]
fn output_that_cannot_be_written_is_an_error_of_its_own() {
    let audit = SmallAudit::new();
    audit.write("out", "a file where a folder should be");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("cannot be written"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_report_is_written_again_from_results_alone() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let page = audit.path("out/small/report.html");
    let before = std::fs::read(&page).unwrap();
    std::fs::remove_file(&page).unwrap();
    let output = run(&["report", &audit.shown("out/small")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(before, std::fs::read(&page).unwrap());
    let output = run(&["report", &audit.shown("nothing")]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("results.json"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn schemas_are_the_committed_ones() {
    for (arguments, file) in [
        (vec!["schema"], "docs/schema/audit.schema.json"),
        (vec!["schema", "results"], "docs/schema/results.schema.json"),
    ] {
        let printed = stdout(&run(&arguments));
        let committed = std::fs::read_to_string(support::project().join(file)).unwrap();
        assert_eq!(
            printed,
            committed,
            "{file} is out of date: equipoise {} > {file}",
            arguments.join(" ")
        );
    }
}

#[test]
fn quiet_prints_the_result_and_nothing_to_standard_error() {
    let audit = SmallAudit::new();
    let output = audit.evaluate_with(&["--quiet"]);
    assert!(stdout(&output).contains("report.html"));
    assert_eq!(stderr(&output), "");
}
