//! Endpoints with a task through the binary: nothing depends on order or threads, and cohorts on the
//! edge give reasons in place of numbers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::every_task::{
    EveryTask, Row, TASK_ENDPOINTS, compared, estimate, list, set, table, without_surface,
};
use support::{code, number, stderr, stdout};

#[test]
fn every_task_is_measured_whatever_the_order_of_rows_and_the_threads() {
    let audit = EveryTask::new(|_, _| ());
    let output = audit.evaluate(&["--threads", "1"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let first = audit.results();
    for endpoint in TASK_ENDPOINTS {
        let own = list(&first, "estimates").iter().filter(|row| {
            let name = row["endpoint"].as_str().unwrap();
            name.split(':').next() == Some(endpoint)
        });
        let (mut rows, mut estimated) = (0, 0);
        for row in own {
            rows += 1;
            estimated += usize::from(row["status"] == "ok");
        }
        assert!(rows >= 12, "{endpoint}: {rows} estimates");
        assert_eq!(estimated, rows, "{endpoint}");
    }
    let text = table(120, |_, _| ());
    let mut lines: Vec<&str> = text.lines().collect();
    for (turn, threads) in [(41, "1"), (17, "2"), (73, "8")] {
        lines[1..].reverse();
        lines[1..].rotate_left(turn);
        audit.write("cohort.csv", &(lines.join("\n") + "\n"));
        let output = audit.evaluate(&["--threads", threads]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let again = audit.results();
        for (key, value) in compared(&first).as_object().unwrap() {
            assert_eq!(
                value.to_string(),
                again[key].to_string(),
                "{key} at {threads} threads"
            );
        }
    }
}

/// A row of results: estimated with finite numbers in order, or with a reason and none.
fn is_sound(row: &Value, value: &str) {
    let limits = (row["lower"].as_f64(), row["upper"].as_f64());
    match row["status"].as_str().unwrap() {
        "ok" => {
            let estimate = row[value]
                .as_f64()
                .unwrap_or_else(|| panic!("no {value}: {row}"));
            assert!(estimate.is_finite(), "{row}");
            match limits {
                (Some(lower), Some(upper)) => {
                    assert!(lower <= estimate && estimate <= upper, "{row}");
                }
                (None, None) => assert!(row["reason"].is_string(), "no limits, no reason: {row}"),
                _ => panic!("one limit: {row}"),
            }
        }
        "not_estimable" => {
            assert!(
                row["reason"].as_str().is_some_and(|why| !why.is_empty()),
                "{row}"
            );
            assert_eq!(limits, (None, None), "{row}");
            // A difference without limits is shown all the same.
            let finite = row[value].as_f64().is_some_and(f64::is_finite);
            let shown = value == "difference" && finite;
            assert!(row[value].is_null() || shown, "{row}");
        }
        other => panic!("{other}: {row}"),
    }
}

/// Evaluates a cohort on the edge and looks at every row. JSON has no NaN and no infinity, so that
/// a number that is none would stand as null where one is expected.
fn sound(what: &str, change: impl Fn(usize, &mut Row)) -> Value {
    sound_table(what, &table(120, change))
}

fn sound_table(what: &str, table: &str) -> Value {
    let audit = EveryTask::with(table);
    let output = audit.evaluate(&[]);
    assert_eq!(
        code(&output),
        0,
        "{what}: {}{}",
        stdout(&output),
        stderr(&output)
    );
    let results = audit.results();
    for row in list(&results, "estimates") {
        is_sound(row, "estimate");
    }
    for row in list(&results, "comparisons") {
        is_sound(row, "difference");
    }
    for row in list(&results, "tests") {
        let ok = row["status"] == "ok";
        assert_eq!(row["p"].is_number(), ok, "{what}: {row}");
        assert!(ok || row["reason"].is_string(), "{what}: {row}");
    }
    let page = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    for word in ["NaN", ">inf<", ">-inf<", "Infinity"] {
        assert!(!page.contains(word), "{what}: the report holds {word}");
    }
    results
}

#[test]
fn one_patient_has_estimates_and_no_limits() {
    let results = sound("one patient", |_, row| {
        set(row, &[("patient", "p"), ("sex", "F"), ("site", "A")])
    });
    for row in list(&results, "estimates") {
        assert!(row["lower"].is_null() && row["upper"].is_null(), "{row}");
    }
    let one_image = sound_table("one image", &table(1, |_, _| ()));
    assert_eq!(one_image["cohort"]["n_samples"], 1);
    // One patient alone at one site.
    let results = sound("a site of one patient", |number, row| {
        if number == 7 {
            set(row, &[("patient", "alone"), ("site", "C")]);
        } else if row["site"] == "C" {
            set(row, &[("site", "B")]);
        }
    });
    let row = estimate(&results, "mae", "size", "site.C");
    assert_eq!(row["status"], "not_estimable", "{row}");
    assert_eq!(row["n_patients"], 1);
}

#[test]
fn one_class_or_an_absent_class_has_a_reason() {
    let results = sound("one class", |_, row| {
        set(
            row,
            &[
                ("dx", "nv"),
                ("grade", "1"),
                ("has_a", "1"),
                ("has_b", "1"),
                ("event", "1"),
            ],
        );
    });
    for (metric, endpoint) in [
        ("balanced_accuracy", "diagnosis"),
        ("macro_auroc", "diagnosis"),
        ("auroc", "diagnosis:mel"),
        ("sensitivity", "diagnosis:mel"),
        ("specificity", "diagnosis:nv"),
        ("specificity", "grade:1-or-above"),
        ("overdiagnosis_rate", "nothing"),
        ("macro_specificity", "several"),
    ] {
        let row = estimate(&results, metric, endpoint, "overall.all");
        assert_eq!(row["status"], "not_estimable", "{row}");
    }
    let absent = sound("an absent class", |_, row| {
        if row["dx"] == "bcc" && row["site"] == "B" {
            set(row, &[("dx", "nv")]);
        }
    });
    let row = estimate(&absent, "macro_f1", "diagnosis", "site.B");
    assert!(
        row["reason"].as_str().unwrap().contains("no sample of bcc"),
        "{row}"
    );
    assert_eq!(
        estimate(&absent, "macro_f1", "diagnosis", "site.A")["status"],
        "ok"
    );
}

#[test]
fn equal_scores_and_exact_predictions_have_no_made_up_limits() {
    let results = sound("equal scores", |_, row| {
        set(
            row,
            &[
                ("a", "0.5"),
                ("b", "0.5"),
                ("nv", "0.4"),
                ("mel", "0.3"),
                ("bcc", "0.3"),
                ("severity", "1"),
                ("predicted", "50"),
                ("risk", "0.3"),
                ("box.0.score", "0.5"),
                ("box.1.score", "0.5"),
            ],
        );
    });
    for (metric, endpoint) in [
        ("macro_auroc", "diagnosis"),
        ("harrell_c", "risk"),
        ("uno_c", "risk"),
        ("auroc_at_horizon", "risk"),
        ("recalibration_slope", "size"),
        ("macro_auroc_of_endpoints", "several"),
    ] {
        let row = estimate(&results, metric, endpoint, "overall.all");
        assert_eq!(row["status"], "not_estimable", "{row}");
    }
    let exact = sound("exact predictions", |_, row| {
        let (grade, measured) = (row["grade"].clone(), row["measured"].clone());
        let voxels = row["lesion.voxels_truth"].clone();
        set(
            row,
            &[
                ("severity", &grade),
                ("predicted", &measured),
                ("low", &measured),
                ("high", &measured),
            ],
        );
        for name in [
            "lesion.voxels_predicted",
            "lesion.voxels_both",
            "lesion.volume_predicted",
        ] {
            set(row, &[(name, &voxels)]);
        }
        set(
            row,
            &[
                ("lesion.hd95", "0"),
                ("lesion.hd95_pooled", "0"),
                ("lesion.assd", "0"),
                ("lesion.surface_dice", "1"),
            ],
        );
        for class in ["nv", "mel", "bcc"] {
            let own = if row["dx"] == class { "1" } else { "0" };
            set(row, &[(class, own)]);
        }
    });
    for (metric, endpoint, value) in [
        ("kappa_quadratic", "grade", 1.0),
        ("mae", "size", 0.0),
        ("rmse", "size", 0.0),
        ("r_squared", "size", 1.0),
        ("interval_width", "size", 0.0),
        ("dice", "outline", 1.0),
        ("hd95", "outline", 0.0),
        ("macro_f1", "diagnosis", 1.0),
        ("log_loss", "diagnosis", 0.0),
    ] {
        let row = estimate(&exact, metric, endpoint, "overall.all");
        assert_eq!(row["estimate"].as_f64(), Some(value), "{row}");
    }
}

#[test]
fn follow_up_without_censoring_events_or_a_horizon() {
    let all = sound("nobody censored", |_, row| set(row, &[("event", "1")]));
    let known = estimate(&all, "censored_before_horizon", "risk", "overall.all");
    assert_eq!(known["numerator"], 0, "{known}");
    // Without censoring the observed risk is the share of times up to the horizon.
    let observed = number(
        estimate(&all, "observed_risk", "risk", "overall.all"),
        "estimate",
    );
    let short = table(120, |_, _| ());
    let short = short.lines().skip(1).filter(|line| {
        let column = short
            .lines()
            .next()
            .unwrap()
            .split(',')
            .position(|name| name == "time");
        line.split(',')
            .nth(column.unwrap())
            .unwrap()
            .parse::<f64>()
            .unwrap()
            <= 3.0
    });
    assert!(
        (observed - short.count() as f64 / 120.0).abs() < 1e-12,
        "{observed}"
    );
    let none = sound("no event", |_, row| {
        set(row, &[("event", "0"), ("time", "4")])
    });
    assert_eq!(
        estimate(&none, "uno_c", "risk", "overall.all")["status"],
        "not_estimable"
    );
    assert_eq!(
        number(
            estimate(&none, "observed_risk", "risk", "overall.all"),
            "estimate"
        ),
        0.0
    );
    let early = sound("nobody followed to the horizon", |number, row| {
        set(
            row,
            &[
                ("time", &format!("{}", 1.0 + number as f64 / 100.0)),
                ("event", "0"),
            ],
        );
    });
    let row = estimate(&early, "auroc_at_horizon", "risk", "overall.all");
    assert_eq!(row["status"], "not_estimable", "{row}");
    sound("all at once", |_, row| {
        set(row, &[("time", "3"), ("event", "1")])
    });
    sound("at time 0", |number, row| {
        set(
            row,
            &[
                ("time", "0"),
                ("event", if number % 2 == 0 { "0" } else { "1" }),
            ],
        )
    });
    sound("risks of 0 and 1", |number, row| {
        set(row, &[("risk", if number % 2 == 0 { "0" } else { "1" })])
    });
}

#[test]
fn empty_masks_and_no_boxes() {
    let results = sound("nothing predicted", |_, row| {
        without_surface(
            row,
            &[
                "lesion.voxels_predicted",
                "lesion.voxels_both",
                "lesion.volume_predicted",
                "lesion.lesions_found",
                "lesion.lesions_predicted",
                "lesion.lesions_matched",
            ],
        );
        set(row, &[("box.0.score", "0.1"), ("box.1.score", "0.1")]);
    });
    for metric in [
        "hd95",
        "surface_dice",
        "voxel_precision",
        "lesion_precision",
    ] {
        let row = estimate(&results, metric, "outline", "overall.all");
        assert_eq!(row["status"], "not_estimable", "{row}");
    }
    assert_eq!(
        number(
            estimate(&results, "dice", "outline", "overall.all"),
            "estimate"
        ),
        0.0
    );
    assert_eq!(
        number(
            estimate(&results, "missed_entirely", "outline", "overall.all"),
            "estimate"
        ),
        1.0
    );
    let row = estimate(&results, "lesion_precision", "boxes", "overall.all");
    assert_eq!(row["status"], "not_estimable", "{row}");
    assert_eq!(
        number(
            estimate(&results, "lesion_sensitivity", "boxes", "overall.all"),
            "estimate"
        ),
        0.0
    );
    let nothing = sound("nothing drawn", |_, row| {
        without_surface(
            row,
            &[
                "lesion.voxels_truth",
                "lesion.voxels_both",
                "lesion.volume_truth",
                "lesion.lesions_truth",
                "lesion.lesions_found",
                "lesion.lesions_matched",
            ],
        );
        set(row, &[("drawn", "none")]);
    });
    for (metric, endpoint) in [
        ("lesion_sensitivity", "boxes"),
        ("average_precision", "boxes"),
        ("voxel_sensitivity", "outline"),
    ] {
        let row = estimate(&nothing, metric, endpoint, "overall.all");
        assert_eq!(row["status"], "not_estimable", "{row}");
    }
    assert!(
        number(
            estimate(
                &nothing,
                "false_positives_per_image",
                "boxes",
                "overall.all"
            ),
            "estimate"
        ) > 0.0
    );
    // Both empty: left out of Dice, and counted for nothing.
    let both = sound("two empty masks", |number, row| {
        if number >= 60 {
            for (column, text) in row
                .iter_mut()
                .filter(|(column, _)| column.starts_with("lesion."))
            {
                let distance = ["hd95", "hd95_pooled", "assd", "surface_dice"]
                    .iter()
                    .any(|name| column.ends_with(name));
                *text = if distance { "-1" } else { "0" }.to_owned();
            }
        }
    });
    assert!(
        number(
            estimate(&both, "dice", "outline", "overall.all"),
            "estimate"
        ) > 0.5
    );
}

/// A table of another program may hold what cannot be.
#[test]
fn cases_that_cannot_be_have_a_reason() {
    for (column, text) in [
        ("lesion.lesions_found", "5"),
        ("lesion.lesions_matched", "1e300"),
        ("lesion.voxels_both", "900"),
        ("lesion.voxels_both", "-1"),
        ("lesion.surface_dice", "1.4"),
        ("lesion.hd95", "-5"),
    ] {
        let results = sound(column, |number, row| {
            if number == 3 {
                set(row, &[(column, text)]);
            }
        });
        let row = estimate(&results, "dice", "outline", "overall.all");
        assert_eq!(row["status"], "not_estimable", "{row}");
        let name = column.trim_start_matches("lesion.");
        let why = row["reason"].as_str().unwrap();
        assert!(why.contains(name) && why.contains("cannot be"), "{row}");
        // Groups without it are measured.
        let known = list(&results, "estimates").iter().filter(|row| {
            row["metric"] == "dice" && row["attribute"] == "site" && row["status"] == "ok"
        });
        assert_eq!(known.count(), 2, "{column}");
    }
}
