//! Endpoints with a task that cannot be: cells that are no truth and audit files that contradict
//! themselves are refused with one sentence that names the place.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use support::every_task::EveryTask;
use support::{code, stderr};

/// Sentences of errors in what was printed.
fn errors(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.starts_with("error"))
        .collect()
}

/// One error that names file, row and column and says what was expected.
#[test]
fn a_cell_that_is_no_truth_is_named_with_its_row() {
    for (column, text, expected) in [
        ("measured", "old", "expected a number"),
        ("measured", "inf", "expected a number"),
        ("dx", "melanoma", "expected one of nv, mel, bcc"),
        ("grade", "3", "expected one of 0, 1, 2"),
        ("time", "-1", "expected a time of at least 0"),
        ("time", "soon", "expected a number"),
        ("event", "2", "expected one of 0, 1"),
        ("drawn", "1 2 3", "expected four numbers"),
        ("drawn", "1 2 3 x", "expected a number"),
        ("drawn", "9 2 3 4", "ends before it starts"),
    ] {
        let audit = EveryTask::new(|number, row| {
            if number == 4 {
                row.insert(column, text.to_owned());
            }
        });
        let output = audit.evaluate(&[]);
        let said = stderr(&output);
        assert_eq!(code(&output), 2, "{column} {text}: {said}");
        // The header is row 1.
        let place = format!("cohort.csv row 6: {column} is");
        assert!(
            said.contains(&place) && said.contains(expected),
            "{column} {text}: {said}"
        );
        // Of several numbers the one that is none.
        let last = text.split(' ').next_back().unwrap();
        assert!(said.contains(last), "{column} {text}: {said}");
        assert_eq!(errors(&said).len(), 1, "{column} {text}: {said}");
        assert!(!audit.path("out/small/results.json").exists());
        // `check` finds it before anything runs.
        assert!(audit.refused().contains(&place), "{column} {text}");
    }
}

/// Rows with the same text are named together, and a time that is no number is told once.
#[test]
fn many_bad_cells_are_few_sentences() {
    let audit = EveryTask::new(|number, row| {
        if number % 10 == 4 {
            row.insert("measured", "old".to_owned());
        }
    });
    let said = stderr(&audit.evaluate(&[]));
    assert_eq!(errors(&said).len(), 1, "{said}");
    assert!(said.contains("rows 6, 16"), "{said}");
}

#[test]
fn a_box_given_by_some_of_its_numbers_is_refused() {
    let audit = EveryTask::new(|number, row| {
        for (column, text) in [("x0", "10"), ("y0", "10"), ("x1", "30"), ("y1", "30")] {
            let some = number == 4 && column == "y1";
            row.insert(column, if some { "" } else { text }.to_owned());
        }
    });
    audit.change(
        "audit.yaml",
        "truth: {boxes: drawn}",
        "truth: {box: [x0, y0, x1, y1]}",
    );
    let output = audit.evaluate(&[]);
    let said = stderr(&output);
    assert_eq!(code(&output), 2, "{said}");
    assert!(said.contains("row 6"), "{said}");
    assert!(
        said.contains("3 of four numbers, expected all or none"),
        "{said}"
    );
}

/// A change of the audit file, and what must be said of it.
const WRONG: &[(&str, &str, &[&str])] = &[
    (
        "top: [2]",
        "tops: [2]",
        &[
            "endpoints.diagnosis",
            "no key \"tops\"",
            "multiclass",
            "top",
        ],
    ),
    (
        "classes: [nv, mel, bcc], ",
        "",
        &["endpoints.diagnosis", "no key `classes`"],
    ),
    (
        "top: [2]",
        "top: [9]",
        &["9 of 3 classes", "whole numbers from 2"],
    ),
    ("top: [2]", "top: [2.5]", &["2.5 of 3 classes"]),
    ("classes: [nv, mel, bcc]", "classes: [nv, nv, bcc]", &["nv"]),
    (
        "classes: [nv, mel, bcc]",
        "classes: [nv]",
        &["endpoints.diagnosis.classes"],
    ),
    (
        "score_kind: probability}",
        "score_kind: probability, scores: [nv, mel]}",
        &["2 scores for 3 classes"],
    ),
    (
        "task: multiclass",
        "task: multiclas",
        &["multiclas", "multiclass"],
    ),
    (
        "of: [first, second]}\n  diagnosis",
        "of: [first, third]}\n  diagnosis",
        &["\"third\"", "no binary endpoint", "first"],
    ),
    (
        "of: [first, second]}\n  diagnosis",
        "of: [grade]}\n  diagnosis",
        &["\"grade\"", "no binary endpoint"],
    ),
    (
        "score: severity",
        "score: severity, cuts: [1]",
        &["1 cuts for 3 grades", "expected 2"],
    ),
    (
        "score: severity",
        "score: severity, cuts: [1, 0.5]",
        &["endpoints.grade.cuts", "ascending"],
    ),
    (
        "score: severity",
        "score: severity, scores: [a, b, nv]",
        &["both given"],
    ),
    (", score: severity", "", &["neither `score` nor `scores`"]),
    (
        "interval: [low, high]",
        "interval: [low]",
        &["endpoints.size.interval", "1 names, expected 2"],
    ),
    (
        "tolerance: 5",
        "tolerance: -5",
        &["endpoints.size.tolerance"],
    ),
    (
        "horizon: 3",
        "horizon: 0",
        &["endpoints.risk.horizon", "above 0"],
    ),
    (
        "classes: [nv, mel, bcc]",
        "classes: [nv, mel, nv]",
        &["endpoints.diagnosis.classes", "\"nv\" occurs twice"],
    ),
    ("horizon: 3, ", "", &["endpoints.risk", "no key `horizon`"]),
    (
        "event: event",
        "events: event",
        &["endpoints.risk", "truth.event"],
    ),
    ("outline: lesion", "outline: le.sion", &["has a dot"]),
    (
        "{mask: mask}",
        "{mask: masks}",
        &["no column \"masks\"", "mask"],
    ),
    (
        "candidates: 2",
        "candidates: 1.5",
        &["1.5 is no whole number"],
    ),
    (
        "threshold: 0.5, false",
        "threshold: 0.5, fits: centre_distance, false",
        &["needs `fits_at`"],
    ),
    (
        "threshold: 0.5, false",
        "threshold: 0.5, fits_at: 1.5, false",
        &["an overlap is above 0 and at most 1"],
    ),
    (
        "threshold: 0.5, false",
        "threshold: 0.5, size_of_truth: [200, 150], false",
        &["`size_of_truth` and `size_of_boxes`"],
    ),
    (
        "threshold: 0.5, false",
        "threshold: 0.5, size_of_truth: [200], size_of_boxes: [4, 4], false",
        &["size_of_truth", "width and height"],
    ),
    (
        "truth: {boxes: drawn}",
        "truth: {}",
        &["the truth needs either `truth: {box: [LEFT"],
    ),
    (
        "score: predicted",
        "score: predictd",
        &["no column \"predictd\"", "predicted"],
    ),
    ("  size: {", "  diagnosis: {", &["diagnosis"]),
];

/// What is missing in the refusal of an audit, if it is refused at all.
fn unanswered(audit: &EveryTask, what: &str, expected: &[&str]) -> Vec<String> {
    let output = audit.evaluate(&[]);
    let said = stderr(&output);
    let mut wrong: Vec<String> = expected
        .iter()
        // The line and the column of it, too.
        .chain(&["audit.yaml:"])
        .filter(|words| !said.contains(**words))
        .map(|words| format!("{what} is not answered with {words}"))
        .collect();
    let written = audit.path("out/small/results.json").exists();
    if code(&output) != 2 || said.contains("panicked") || written {
        wrong.push(format!("{what} ends with {}", code(&output)));
    }
    if !wrong.is_empty() {
        wrong.push(said);
    }
    wrong
}

#[test]
fn a_wrong_endpoint_is_refused_with_its_place() {
    let wrong: Vec<String> = WRONG
        .iter()
        .flat_map(|(from, to, expected)| {
            let audit = EveryTask::new(|_, _| ());
            audit.change("audit.yaml", from, to);
            unanswered(&audit, to, expected)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A rule, and what must be said of it.
const WRONG_RULES: &[(&str, &[&str])] = &[
    (
        "metric: kappa, endpoint: grade, strata: [overall], require: '>= 0.5'",
        &["kappa"],
    ),
    (
        "metric: mae, endpoint: diagnosis, strata: [overall], require: '<= 5'",
        &[
            "endpoint diagnosis has no metric `mae`",
            "accuracy of diagnosis",
        ],
    ),
    (
        "metric: sensitivity, endpoint: diagnosis, strata: [overall], require: '>= 0.5'",
        &[
            "endpoint diagnosis has no metric `sensitivity`",
            "sensitivity of diagnosis:mel",
        ],
    ),
    (
        "metric: sensitivity, endpoint: 'diagnosis:scc', strata: [overall], require: '>= 0.5'",
        &["\"diagnosis:scc\" is no endpoint"],
    ),
    (
        "metric: kappa_quadratic, endpoint: grade, strata: [sex], compare: complement, require: 'difference >= -0.1'",
        &[
            "`kappa_quadratic` is never compared between groups",
            "bound each group without `compare`",
            "how common each grade is",
        ],
    ),
    (
        "metric: classwise_calibration_error, endpoint: diagnosis, strata: [overall], require: '<= 0.5'",
        &[
            "nothing is decided by `classwise_calibration_error`",
            "bound `multiclass_brier`",
        ],
    ),
    (
        "metric: harrell_c, endpoint: risk, strata: [sex], compare: complement, require: 'difference >= -0.1'",
        &["never compared between groups"],
    ),
    (
        "metric: balanced_accuracy, endpoint: diagnosis, strata: [site], compare: reference, require: 'difference >= -0.1'",
        &["never compared between groups"],
    ),
    (
        "metric: dice, endpoint: outline, strata: [overall], require: '>= 85'",
        &["from 0 to 1", "0.85"],
    ),
    (
        "metric: mae, endpoint: size, strata: [overall], require: '== 5'",
        &["write `>=` or `<=`"],
    ),
    (
        "metric: dice, endpoint: outline, strata: [overall], require: '>= 0.8', min: {positives: 30}",
        &[
            "`dice` has no positives and negatives to count",
            "min: {patients: ...}",
        ],
    ),
    (
        "metric: mae, endpoint: size, strata: [sex], compare: complement, require: '<= 5'",
        &["difference"],
    ),
];

#[test]
fn a_rule_that_cannot_be_is_refused_with_its_place() {
    let wrong: Vec<String> = WRONG_RULES
        .iter()
        .flat_map(|(rule, expected)| {
            let audit = EveryTask::new(|_, _| ());
            audit.gate(&[&format!("{{id: only, {rule}}}")]);
            unanswered(&audit, rule, expected)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Scores that are no probabilities are no reason to give calibration all the same.
#[test]
fn scores_that_are_no_probabilities_have_no_calibration() {
    let audit = EveryTask::new(|number, row| {
        if number == 4 {
            row.insert("nv", "7.5".to_owned());
            row.insert("risk", "1.5".to_owned());
        }
    });
    let output = audit.evaluate(&[]);
    let said = stderr(&output);
    assert_eq!(code(&output), 0, "{said}");
    let results = audit.results();
    for id in [
        "log_loss.diagnosis.overall.all",
        "multiclass_brier.diagnosis.overall.all",
        "brier_at_horizon.risk.overall.all",
    ] {
        let row = support::by_id(&results, "estimates", id);
        assert_eq!(row["status"], "not_estimable", "{row}");
        assert!(
            row["reason"].as_str().unwrap().contains("probability"),
            "{row}"
        );
    }
    assert_eq!(
        support::by_id(&results, "estimates", "harrell_c.risk.overall.all")["status"],
        "ok"
    );
}

/// Boxes that stand in the table and that the audit file does not read would be left out unseen.
#[test]
fn more_candidates_in_the_table_than_are_read_are_refused() {
    let audit = EveryTask::new(|_, _| ());
    let from = "candidates: 2";
    audit.change("audit.yaml", from, "candidates: 1");
    let output = audit.evaluate(&[]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("reads 1 candidate only"), "{said}");
    assert!(said.contains("write `candidates` as many as"), "{said}");
}
