//! `evaluate` through the binary: what is counted, refused, gated, and never changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use support::{SmallAudit, by_id, code, number, small_table, stderr, stdout};

#[test]
fn counts_are_those_of_the_table() {
    let audit = SmallAudit::new();
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    let results = audit.results();
    let table = small_table();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    for sex in ["F", "M"] {
        let positives: Vec<&Vec<&str>> = rows
            .iter()
            .filter(|row| row[2] == sex && row[5] == "1")
            .collect();
        let caught = positives
            .iter()
            .filter(|row| row[6].parse::<f64>().unwrap() >= 0.5)
            .count();
        let row = by_id(&results, "estimates", &format!("sensitivity.sex.{sex}"));
        assert_eq!(row["denominator"].as_u64().unwrap(), positives.len() as u64);
        assert_eq!(row["numerator"].as_u64().unwrap(), caught as u64);
        let patients: std::collections::BTreeSet<&str> =
            positives.iter().map(|row| row[1]).collect();
        assert_eq!(row["n_clusters"].as_u64().unwrap(), patients.len() as u64);
    }
    let missing = by_id(&results, "estimates", "sensitivity.age_band.(missing)");
    assert_eq!(missing["n_patients"], 1);
}

#[test]
fn permuted_rows_and_other_threads_change_nothing() {
    let audit = SmallAudit::new();
    audit.evaluate_with(&["--threads", "1"]);
    let first = audit.results();
    let table = small_table();
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].reverse();
    audit.write("cohort.csv", &(lines.join("\n") + "\n"));
    audit.evaluate_with(&["--threads", "2"]);
    let second = audit.results();
    for list in ["estimates", "comparisons", "checks", "tests", "curves"] {
        assert_eq!(first[list], second[list], "{list}");
    }
}

#[test]
fn every_interval_holds_its_estimate_and_nothing_is_nan() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let results = audit.results();
    for row in results["estimates"].as_array().unwrap() {
        if row["status"] == "ok" && row["lower"].is_number() {
            let (lower, estimate, upper) = (
                number(row, "lower"),
                number(row, "estimate"),
                number(row, "upper"),
            );
            assert!(lower <= estimate && estimate <= upper, "{row}");
        }
        if row["status"] == "not_estimable" {
            assert!(
                row["reason"]
                    .as_str()
                    .is_some_and(|reason| !reason.is_empty()),
                "{row}"
            );
        }
    }
    let text = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    assert!(!text.contains("NaN"));
}

#[test]
fn absent_scores_are_counted_and_end_with_five() {
    let audit = SmallAudit::new();
    let scores: String = small_table()
        .lines()
        .filter(|line| !line.starts_with("s07,"))
        .map(|line| format!("{line}\n"))
        .collect();
    audit.write("scores.csv", &scores);
    let output = support::run(&[
        "evaluate",
        &audit.shown("audit.yaml"),
        "--predictions",
        &audit.shown("scores.csv"),
        "--out",
        &audit.shown("out"),
    ]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    let said = stderr(&output);
    assert!(
        said.contains("the first is that of row 9 of the cohort"),
        "{said}"
    );
    assert!(said.contains("(no-score), the first in row 9 of"), "{said}");
    let results = audit.results();
    assert_eq!(results["verdict"], "error");
    let flow = results["cohort"]["flow"].as_array().unwrap();
    assert!(
        flow.iter()
            .any(|step| step["code"] == "no-score" && step["removed"] == 1),
        "{flow:?}"
    );
    let failures = results["cohort"]["failures"].as_array().unwrap();
    assert!(
        failures
            .iter()
            .any(|failure| failure["attribute"] == "site" && failure["n"] == 1),
        "{failures:?}"
    );
    audit.change_audit("  columns:", "  max_failed_share: 0.2\n  columns:");
    let output = support::run(&[
        "evaluate",
        &audit.shown("audit.yaml"),
        "--predictions",
        &audit.shown("scores.csv"),
        "--out",
        &audit.shown("out"),
    ]);
    assert_ne!(code(&output), 5, "{}", stderr(&output));
}

#[test]
fn duplicate_samples_are_refused_with_their_rows() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &small_table().replace("s09,", "s04,"));
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("rows 6 and 11") && stderr(&output).contains("s04"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_patient_of_two_sexes_is_named_with_rows() {
    let audit = SmallAudit::new();
    // s00 and s01 are samples of patient p00, who is F.
    audit.write(
        "cohort.csv",
        &small_table().replace("s01,p00,F", "s01,p00,M"),
    );
    let output = audit.evaluate();
    assert!(
        stderr(&output).contains("1 patient has several levels of sex"),
        "{}",
        stderr(&output)
    );
    let findings = audit.results()["findings"].clone();
    assert!(
        findings
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["code"] == "contradicting-attribute"),
        "{findings}"
    );
    // Nobody's id leaves the table.
    for file in [
        "results.json",
        "report.html",
        "findings.sarif",
        "summary.md",
    ] {
        let path = audit.path("out/small").join(file);
        assert!(
            !std::fs::read_to_string(path).unwrap().contains("p00"),
            "{file}"
        );
    }
}

#[test]
fn an_undeclared_truth_is_indeterminate_named_and_counted() {
    let audit = SmallAudit::new();
    audit.write(
        "cohort.csv",
        &small_table().replace("s02,p01,M,A,31,0,", "s02,p01,M,A,31,maybe,"),
    );
    let output = audit.evaluate();
    assert!(
        stderr(&output).contains("row 4: truth is \"maybe\""),
        "{}",
        stderr(&output)
    );
    let results = audit.results();
    let flow = results["cohort"]["flow"].as_array().unwrap();
    assert!(
        flow.iter()
            .any(|step| step["code"] == "truth-indeterminate" && step["removed"] == 1),
        "{flow:?}"
    );
    assert_eq!(results["cohort"]["n_samples"], 59);
}

#[test]
fn a_number_that_is_none_is_refused_with_its_row() {
    let audit = SmallAudit::new();
    audit.write(
        "cohort.csv",
        &small_table().replace("s02,p01,M,A,31,", "s02,p01,M,A,old,"),
    );
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("row 4: age is \"old\""),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_probability_outside_its_range_is_refused() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &small_table().replace(",0.3000", ",3.0"));
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("expected a probability from 0 to 1"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn levels_of_text_stay_text() {
    let audit = SmallAudit::new();
    audit.write(
        "cohort.csv",
        &small_table().replace(",A,", ",01,").replace(",B,", ",1,"),
    );
    audit.evaluate();
    let results = audit.results();
    by_id(&results, "estimates", "sensitivity.site.01");
    by_id(&results, "estimates", "sensitivity.site.1");
}

#[test]
fn no_gate_ends_with_zero_and_says_so() {
    let audit = SmallAudit::new();
    let text = support::SMALL_AUDIT
        .split("gate:")
        .next()
        .unwrap()
        .to_owned();
    audit.write("audit.yaml", &text);
    let output = audit.evaluate();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(audit.results()["verdict"], "no_gate");
}

#[test]
fn few_data_never_pass() {
    let audit = SmallAudit::new();
    audit.change_audit("'>= 0.5'", "'>= 0.8'");
    let output = audit.evaluate();
    let results = audit.results();
    for check in results["checks"].as_array().unwrap() {
        assert_ne!(check["verdict"], "pass", "{check}");
        assert!(
            check["reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty())
        );
    }
    assert!([1, 3].contains(&code(&output)));
    let lines = stdout(&output).lines().count();
    assert!(lines <= 25, "{lines} lines");
}

#[test]
fn exit_zero_keeps_the_verdict_in_the_results() {
    let audit = SmallAudit::new();
    audit.change_audit("'>= 0.5'", "'>= 0.99'");
    let output = audit.evaluate_with(&["--exit-zero"]);
    assert_eq!(code(&output), 0);
    assert_ne!(audit.results()["exit_code"], 0);
}

/// The small table as columns of text and numbers.
fn write_as_parquet(audit: &SmallAudit) {
    use equipoise::tables::{OutputColumn, write_parquet};
    let table = small_table();
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let column = |(place, name): (usize, &&str)| {
        let text = {
            let rows = &rows;
            move |row: usize| rows.get(row).map(|row: &Vec<&str>| row[place])
        };
        match *name {
            "age" | "truth" | "score" => {
                OutputColumn::float(name, move |row| text(row)?.parse().ok())
            }
            _ => OutputColumn::text(name, text),
        }
    };
    let columns: Vec<_> = header.iter().enumerate().map(column).collect();
    write_parquet(&audit.path("cohort.parquet"), rows.len(), &columns).unwrap();
}

#[test]
fn parquet_semicolons_and_windows_line_ends_give_the_same_numbers() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let first = audit.results();
    let others = [
        small_table().replace(',', ";"),
        format!("\u{feff}{}", small_table().replace('\n', "\r\n")),
        small_table().replace(",A,", ",\"A\","),
    ];
    for table in others {
        audit.write("cohort.csv", &table);
        let output = audit.evaluate();
        assert!([0, 3].contains(&code(&output)), "{}", stderr(&output));
        assert_eq!(first["estimates"], audit.results()["estimates"]);
    }
    write_as_parquet(&audit);
    audit.change_audit("manifest: cohort.csv", "manifest: cohort.parquet");
    audit.write("cohort.csv", &small_table());
    let output = audit.evaluate();
    assert!([0, 3].contains(&code(&output)), "{}", stderr(&output));
    assert_eq!(first["estimates"], audit.results()["estimates"]);
    assert_eq!(first["checks"], audit.results()["checks"]);
}

#[test]
fn a_table_without_patients_says_so() {
    let audit = SmallAudit::new();
    audit.change_audit("patient: patient", "patient: none");
    audit.evaluate();
    let results = audit.results();
    assert_eq!(results["cohort"]["clustered"], false);
    let row = by_id(&results, "estimates", "sensitivity.overall.all");
    assert_eq!(row["method"], "wilson");
    assert_eq!(row["n_clusters"], row["denominator"]);
    assert!(
        row["flags"]
            .as_array()
            .unwrap()
            .contains(&"samples_taken_as_independent".into())
    );
}

#[test]
fn samples_are_joined_to_patients_as_declared() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "output:",
        "aggregate: [{to: patient, by: max, truth: any, attribute: first}]\noutput:",
    );
    audit.evaluate();
    let results = audit.results();
    let overall = by_id(&results, "estimates", "sensitivity.overall.all");
    let patients: std::collections::BTreeSet<String> = small_table()
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(overall["n"].as_u64().unwrap(), patients.len() as u64);
    assert_eq!(results["cohort"]["unit"], "patient");
    let flow = results["cohort"]["flow"].as_array().unwrap();
    assert!(
        flow.iter().any(|step| step["code"] == "aggregated"),
        "{flow:?}"
    );
}

#[test]
fn lower_scores_can_be_the_positive_ones() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let first = audit.results();
    let turned: String = small_table()
        .lines()
        .enumerate()
        .map(|(number, line)| match (number, line.rsplit_once(',')) {
            (1.., Some((head, score))) => {
                format!("{head},{:.4}\n", 1.0 - score.parse::<f64>().unwrap())
            }
            _ => format!("{line}\n"),
        })
        .collect();
    audit.write("cohort.csv", &turned);
    audit.change_audit(
        "threshold: {fixed: 0.5}",
        "threshold: {fixed: 0.5}, direction: lower",
    );
    audit.change_audit("score_kind: probability", "score_kind: score");
    audit.evaluate();
    let second = audit.results();
    for id in [
        "sensitivity.overall.all",
        "specificity.site.B",
        "auroc.sex.F",
    ] {
        assert_eq!(
            number(by_id(&first, "estimates", id), "estimate"),
            number(by_id(&second, "estimates", id), "estimate"),
            "{id}"
        );
    }
    assert_eq!(
        by_id(&second, "estimates", "brier.overall.all")["status"],
        "not_estimable"
    );
}

#[test]
fn blank_lines_count_for_nothing_and_stray_quotes_are_refused() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let first = audit.results();
    let spaced = small_table().replace("s05,", "\ns05,") + "\n\n";
    audit.write("cohort.csv", &spaced);
    let output = audit.evaluate();
    assert!([0, 3].contains(&code(&output)), "{}", stderr(&output));
    assert_eq!(first["estimates"], audit.results()["estimates"]);
    audit.write(
        "cohort.csv",
        &small_table().replace("s05,p03,", "s05,p\"0\"3,"),
    );
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("cohort.csv line 7: field 2 holds a quote"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn joining_samples_hides_no_failure() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "output:",
        "aggregate: [{to: patient, by: max, truth: any, attribute: first}]\noutput:",
    );
    audit.write("cohort.csv", &small_table().replace(",0.0600\n", ",\n"));
    let output = audit.evaluate();
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    let results = audit.results();
    let failures = results["cohort"]["failures"].as_array().unwrap();
    assert!(!failures.is_empty());
    let mut remaining = 60;
    for step in results["cohort"]["flow"].as_array().unwrap() {
        remaining -= step["removed"].as_u64().unwrap();
        assert_eq!(step["remaining"].as_u64().unwrap(), remaining, "{step}");
    }
}

#[test]
fn truth_that_differs_within_a_patient_is_refused_before_anything_runs() {
    let audit = SmallAudit::new();
    audit.change_audit("output:", "aggregate: [{to: patient, by: max}]\noutput:");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    // Patient p00 has samples s00 (positive) and s01 (positive), p01 has s02 (negative) alone,
    // p04 has s06 (positive) and s07 (negative) in rows 8 and 9.
    assert!(
        stderr(&output).contains("cohort.csv rows 8 and 9: the truth of samples"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_enriched_cohort_gives_no_figure_that_follows_prevalence() {
    let audit = SmallAudit::new();
    audit.change_audit("  columns:", "  sampling: enriched\n  columns:");
    audit.evaluate();
    let results = audit.results();
    for metric in [
        "ppv",
        "npv",
        "accuracy",
        "flag_rate",
        "oe_ratio",
        "ece_width",
        "ece_mass",
        "rms_calibration_error_debiased",
        "spiegelhalter_z",
    ] {
        let row = by_id(&results, "estimates", &format!("{metric}.overall.all"));
        assert_eq!(row["status"], "not_estimable", "{metric}");
    }
    let curves = results["curves"].as_array().unwrap();
    assert!(!curves.is_empty());
    for curve in curves {
        for name in ["reliability", "smooth"] {
            assert_eq!(curve[name].as_array().map_or(0, Vec::len), 0, "{name}");
        }
    }
    assert_eq!(
        by_id(&results, "estimates", "sensitivity.overall.all")["status"],
        "ok"
    );
}

#[test]
fn warnings_alone_are_no_praise() {
    let audit = SmallAudit::new();
    audit.change_audit("'>= 0.5'", "'>= 0.9'");
    audit.change_audit(
        "  alpha: 0.025",
        "  alpha: 0.025\n  policy: {inconclusive: warn}",
    );
    let output = audit.evaluate();
    if code(&output) == 0 {
        assert!(stdout(&output).contains("only warn"), "{}", stdout(&output));
    } else {
        assert_eq!(code(&output), 1, "{}", stdout(&output));
    }
}

#[test]
fn nothing_evaluated_ends_with_four_and_one_blocked_check_with_three() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "require: '>= 0.5'",
        "require: '>= 0.5', min: {positives: 1000}",
    );
    let output = audit.evaluate();
    assert_eq!(code(&output), 4, "{}", stdout(&output));
    assert_eq!(audit.results()["verdict"], "not_evaluable");
    audit.change_audit("min: {positives: 1000}", "min: {positives: 12}");
    let output = audit.evaluate();
    let checks = audit.results()["checks"].clone();
    let verdicts: Vec<&str> = checks
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["verdict"].as_str().unwrap())
        .collect();
    assert!(
        verdicts.contains(&"not_evaluable") && verdicts.contains(&"pass"),
        "{verdicts:?}"
    );
    assert_eq!(code(&output), 3, "{verdicts:?}");
}

/// The log and the summary name the endpoint of a check where there are several.
#[test]
fn the_headline_names_the_endpoint_where_there_are_several() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "threshold: {fixed: 0.5}}\n",
        "threshold: {fixed: 0.5}}\n  other: {score: score, truth: {column: truth, positive: [1], negative: [0]}, threshold: {fixed: 0.6}}\n",
    );
    audit.change_audit("'>= 0.5'", "'<= 0.1'");
    let output = audit.evaluate();
    let said = stdout(&output);
    let first = said.lines().next().unwrap();
    assert!(
        first.contains("(endpoint ") && first.contains("floor endpoint="),
        "{first}"
    );
    let results = audit.results();
    let summary = std::fs::read_to_string(audit.path("out/small/summary.md")).unwrap();
    let headline = results["headline"].as_str().unwrap();
    assert!(
        headline.contains("floor endpoint=") && summary.contains("floor endpoint="),
        "{headline}"
    );
}

/// The day is the audit file's word: it stands on the first page, in the results and in the manifest.
#[test]
fn the_day_on_which_requirements_were_fixed_is_kept() {
    let audit = SmallAudit::new();
    audit.change_audit("gate:\n", "gate:\n  locked: 2026-09-01\n");
    assert_eq!(code(&audit.evaluate()), 3);
    assert_eq!(audit.results()["audit"]["locked"], "2026-09-01");
    let read = |name: &str| std::fs::read_to_string(audit.path("out/small").join(name)).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&read("manifest.json")).unwrap();
    assert_eq!(manifest["locked"], "2026-09-01");
    let page = read("report.html");
    let first = &page[..page.find("id=\"plan\"").unwrap()];
    assert!(first.contains("<dt>Requirements fixed on</dt><dd>2026-09-01</dd>"));
    assert!(page.contains("The file says that its requirements were fixed on 2026-09-01;"));

    audit.change_audit("locked: 2026-09-01", "locked: 2026-02-30");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("`gate.locked` is \"2026-02-30\""),
        "{}",
        stderr(&output)
    );
}
