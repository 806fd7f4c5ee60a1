//! Verdicts and protection of endpoints with a task, through the binary: the gate follows the numbers,
//! few patients decide nothing, small groups stay withheld, and what failed is counted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::every_task::{EVERY_TASK, EveryTask, compared, estimate, list, set, without_surface};
use support::{by_id, code, number, stderr, stdout};

#[test]
fn a_sample_without_a_score_is_left_out_and_counted() {
    let columns = [
        "bcc",
        "severity",
        "predicted",
        "risk",
        "lesion.hd95",
        "box.1.x0",
        "a",
    ];
    for column in columns {
        let audit = EveryTask::new(|number, row| {
            if number == 3 {
                row.iter_mut()
                    .filter(|(name, _)| **name == column)
                    .for_each(|(_, text)| text.clear());
            }
        });
        let output = audit.evaluate(&[]);
        assert_eq!(code(&output), 0, "{column}: {}", stderr(&output));
        let results = audit.results();
        for (metric, endpoint) in [
            ("accuracy", "diagnosis"),
            ("mae", "size"),
            ("dice", "outline"),
            ("false_positives_per_image", "boxes"),
        ] {
            let row = estimate(&results, metric, endpoint, "overall.all");
            assert_eq!(row["n"], 119, "{column}: {row}");
        }
        let failed: u64 = list(&results["cohort"], "failures")
            .iter()
            .filter(|row| row["attribute"] == "overall")
            .map(|row| row["n"].as_u64().unwrap())
            .sum();
        assert_eq!(failed, 1, "{column}: {}", results["cohort"]["failures"]);
    }
    // An unknown truth takes a sample out of its own endpoint only.
    let audit = EveryTask::new(|number, row| {
        if number == 3 {
            set(row, &[("measured", "")]);
        }
    });
    audit.evaluate(&[]);
    let results = audit.results();
    assert_eq!(estimate(&results, "mae", "size", "overall.all")["n"], 119);
    assert_eq!(
        estimate(&results, "accuracy", "diagnosis", "overall.all")["n"],
        120
    );
}

fn check<'a>(results: &'a Value, id: &str) -> &'a Value {
    by_id(results, "checks", id)
}

#[test]
fn a_rule_on_a_class_fails_or_passes_as_the_numbers_say() {
    let audit = EveryTask::new(|_, _| ());
    audit.evaluate(&[]);
    let found = number(
        estimate(
            &audit.results(),
            "sensitivity",
            "diagnosis:mel",
            "overall.all",
        ),
        "estimate",
    );
    assert!(found > 0.3 && found < 0.95, "{found}");
    let rule = |id: &str, bound: f64| {
        format!(
            "{{id: {id}, metric: sensitivity, endpoint: 'diagnosis:mel', strata: [overall], require: '>= {bound:.2}'}}"
        )
    };
    audit.gate(&[
        &rule("low", found - 0.28),
        &rule("near", found),
        &rule("high", (found + 0.28).min(0.99)),
    ]);
    let output = audit.evaluate(&[]);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    let results = audit.results();
    assert_eq!(
        check(&results, "low.diagnosis:mel.overall.all")["verdict"],
        "pass"
    );
    assert_eq!(
        check(&results, "near.diagnosis:mel.overall.all")["verdict"],
        "inconclusive"
    );
    assert_eq!(
        check(&results, "high.diagnosis:mel.overall.all")["verdict"],
        "fail"
    );
    // Only the class that is asked for.
    assert_eq!(list(&results, "checks").len(), 3);
    let own = check(&results, "low.diagnosis:mel.overall.all");
    let shown = estimate(&results, "sensitivity", "diagnosis:mel", "overall.all");
    assert_eq!(own["n_class"], shown["denominator"]);
    assert_eq!(own["n_clusters"], shown["n_clusters"]);
}

#[test]
fn nothing_is_decided_on_a_standard_error_of_few_patients() {
    let few = |patients: usize| {
        let audit = EveryTask::new(move |number, row| {
            if row["site"] == "C" {
                // Of four rows the last is of site C.
                set(row, &[("patient", &format!("c{}", number / 4 % patients))]);
            }
        });
        audit.gate(&[
            "{id: error, metric: mae, endpoint: size, strata: [site], require: '<= 50'}",
            "{id: gap, metric: mae, endpoint: size, strata: [site], compare: complement, require: 'difference <= 50'}",
        ]);
        audit.evaluate(&[]);
        audit.results()
    };
    let results = few(9);
    let row = check(&results, "error.size.site.C");
    assert_eq!(row["verdict"], "not_evaluable", "{row}");
    assert!(
        row["reason"].as_str().unwrap().contains("at least 10"),
        "{row}"
    );
    assert_eq!(
        check(&results, "gap.size.site.C")["verdict"],
        "not_evaluable"
    );
    // The estimate is shown all the same, and others are decided.
    assert_eq!(estimate(&results, "mae", "size", "site.C")["n_clusters"], 9);
    assert_eq!(check(&results, "error.size.site.A")["verdict"], "pass");
    let results = few(10);
    assert_eq!(check(&results, "error.size.site.C")["verdict"], "pass");
    assert_eq!(check(&results, "gap.size.site.C")["verdict"], "pass");
}

#[test]
fn samples_are_independent_where_the_audit_says_so() {
    let audit = EveryTask::new(|_, _| ());
    let text = EVERY_TASK.replace("seed: 3}", "seed: 3, clusters: none}");
    audit.write("audit.yaml", &text);
    audit.evaluate(&[]);
    let results = audit.results();
    for (metric, endpoint) in [("mae", "size"), ("accuracy", "diagnosis")] {
        let row = estimate(&results, metric, endpoint, "overall.all");
        assert_eq!(row["n_clusters"], 120, "{row}");
        let flags = row["flags"].as_array().unwrap();
        assert!(
            flags.contains(&"samples_taken_as_independent".into()),
            "{row}"
        );
    }
}

/// `min` counts the positives and negatives of a class.
#[test]
fn a_rule_on_a_class_may_ask_for_so_many_of_it() {
    let audit = EveryTask::new(|_, _| ());
    audit.evaluate(&[]);
    let of_metric = |metric: &str| {
        let results = audit.results();
        let row = estimate(&results, metric, "diagnosis:mel", "overall.all").clone();
        row["n_class"].as_u64().unwrap()
    };
    let (positives, negatives) = (of_metric("sensitivity"), of_metric("specificity"));
    assert!(positives > 0 && positives < negatives);
    let rule = |id: &str, metric: &str, min: &str| {
        format!(
            "{{id: {id}, metric: {metric}, endpoint: 'diagnosis:mel', strata: [overall], require: '>= 0.01', min: {{{min}}}}}"
        )
    };
    let (all, more) = (
        format!("positives: {positives}"),
        format!("positives: {}", positives + 1),
    );
    let negative = format!("negatives: {}", negatives + 1);
    audit.gate(&[
        &rule("enough", "sensitivity", &all),
        &rule("few", "sensitivity", &more),
        &rule("area", "auroc", &more),
        &rule("others", "specificity", &negative),
    ]);
    audit.evaluate(&[]);
    let results = audit.results();
    let of = |id: &str| check(&results, &format!("{id}.diagnosis:mel.overall.all")).clone();
    assert_eq!(of("enough")["verdict"], "pass");
    for (id, found) in [
        ("few", positives),
        ("area", positives),
        ("others", negatives),
    ] {
        let found = format!(
            "{found} {}, the rule asks for at least {}",
            if id == "others" {
                "negatives"
            } else {
                "positives"
            },
            found + 1
        );
        assert_eq!(of(id)["verdict"], "not_evaluable");
        assert!(
            of(id)["reason"].as_str().unwrap().contains(&found),
            "{}",
            of(id)
        );
    }
    // What is counted is the class, also where nothing is decided.
    assert_eq!(of("few")["n_class"], positives);
}

#[test]
fn one_patient_of_a_class_decides_nothing() {
    // Truth and scores of one class and of a macro average, of which a single patient is melanoma.
    let audit = EveryTask::new(|number, row| {
        let is = if number == 0 { "mel" } else { "nv" };
        set(row, &[("dx", is)]);
    });
    audit.gate(&[
        "{id: area, metric: auroc, endpoint: 'diagnosis:mel', strata: [overall], require: '>= 0.01'}",
    ]);
    audit.evaluate(&[]);
    let results = audit.results();
    let row = estimate(&results, "auroc", "diagnosis:mel", "overall.all");
    assert!(row["estimate"].is_number(), "{row}");
    assert!(row["lower"].is_null() && row["upper"].is_null(), "{row}");
    let found = check(&results, "area.diagnosis:mel.overall.all");
    assert_eq!(found["verdict"], "not_evaluable", "{found}");
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.contains("rarest class"), "{reason}");
}

/// Of thirty patients at site C three have an outline to measure distances to: what is decided by a
/// distance is decided on these.
#[test]
fn patients_without_a_value_do_not_count_for_a_decision() {
    let decided = |patients: usize| {
        let audit = EveryTask::new(move |number, row| {
            if row["site"] == "C" && number / 4 >= patients {
                let empty = [
                    "lesion.voxels_predicted",
                    "lesion.voxels_both",
                    "lesion.volume_predicted",
                ];
                without_surface(row, &empty);
            }
        });
        audit.gate(&[
            "{id: far, metric: hd95, endpoint: outline, strata: [site], require: '<= 50'}",
            "{id: gap, metric: hd95, endpoint: outline, strata: [site], compare: complement, require: 'difference <= 50'}",
        ]);
        audit.evaluate(&[]);
        audit.results()
    };
    let results = decided(3);
    let row = estimate(&results, "hd95", "outline", "site.C");
    assert_eq!(
        (&row["n_class"], &row["n_clusters"]),
        (&3.into(), &3.into()),
        "{row}"
    );
    assert_eq!(row["n"], 30, "{row}");
    for id in ["far.outline.site.C", "gap.outline.site.C"] {
        let row = check(&results, id);
        assert_eq!(row["verdict"], "not_evaluable", "{row}");
        assert!(
            row["reason"].as_str().unwrap().starts_with("3 patients"),
            "{row}"
        );
    }
    let results = decided(10);
    for id in ["far.outline.site.C", "gap.outline.site.C"] {
        assert_eq!(check(&results, id)["verdict"], "pass");
    }
}

/// Three patients are censored before the horizon, three have a large lesion: both are told by
/// numbers of their own, and both are small.
#[test]
fn small_numbers_of_follow_up_and_of_sizes_are_withheld() {
    let few = |change: &dyn Fn(usize, &mut support::every_task::Row), id: &str| {
        let audit = EveryTask::new(change);
        audit.evaluate(&[]);
        let full = audit.results();
        let shown = by_id(&full, "estimates", id);
        let least = number(shown, "numerator").min(number(shown, "denominator"));
        assert!(least < 11.0, "{shown}");
        audit.change("audit.yaml", "seed: 3", "seed: 3, suppress_below: 11");
        audit.evaluate(&[]);
        let cut = audit.results();
        let row = by_id(&cut, "estimates", id);
        assert_eq!(row["status"], "suppressed", "{row}");
        for key in ["estimate", "numerator", "denominator", "n_class"] {
            assert!(row[key].is_null(), "{row}");
        }
    };
    few(
        &|number, row| {
            let (time, event) = match number {
                0..3 => ("1", "0"),
                3..40 => ("2", "1"),
                40..80 => ("4", "1"),
                _ => ("5", "0"),
            };
            set(row, &[("time", time), ("event", event)]);
        },
        "censored_before_horizon.risk.overall.all",
    );
    few(
        &|number, row| {
            let drawn = match number {
                0..4 => "0 0 100 100",
                4..60 => "0 0 10 10",
                _ => "none",
            };
            set(row, &[("drawn", drawn)]);
        },
        "lesion_sensitivity.boxes:area-from-400.overall.all",
    );
}

/// Five patients at site C: nothing of them stands in any list or on the page.
#[test]
fn small_groups_of_every_task_are_withheld() {
    let audit = EveryTask::new(|number, row| {
        if row["site"] == "C" && number % 7 != 0 {
            set(row, &[("site", "A")]);
        }
    });
    audit.gate(&[
        "{id: error, metric: mae, endpoint: size, strata: [site], require: '<= 50'}",
        "{id: found, metric: lesion_sensitivity, endpoint: boxes, strata: [site], compare: complement, require: 'difference >= -0.9'}",
    ]);
    audit.evaluate(&[]);
    let full = audit.results();
    let small = number(estimate(&full, "mae", "size", "site.C"), "n_patients");
    assert!((2.0..11.0).contains(&small), "{small}");
    audit.change("audit.yaml", "seed: 3", "seed: 3, suppress_below: 11");
    let output = audit.evaluate(&[]);
    assert_ne!(code(&output), 2, "{}", stderr(&output));
    let cut = audit.results();
    let hidden: BTreeSet<(String, String)> = list(&cut["disclosure"], "withheld")
        .iter()
        .map(|row| {
            (
                row["attribute"].as_str().unwrap().to_owned(),
                row["level"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert!(
        hidden.contains(&("site".to_owned(), "C".to_owned())),
        "{hidden:?}"
    );
    let is_hidden = |row: &Value| {
        hidden.contains(&(
            row["attribute"].as_str().unwrap().to_owned(),
            row["level"].as_str().unwrap_or_default().to_owned(),
        ))
    };
    let mut emptied = 0;
    for (name, value) in [
        ("estimates", "estimate"),
        ("comparisons", "difference"),
        ("checks", "estimate"),
    ] {
        for row in list(&cut, name).iter().filter(|row| is_hidden(row)) {
            for key in [
                value,
                "lower",
                "upper",
                "n",
                "n_class",
                "n_clusters",
                "n_patients",
                "numerator",
                "denominator",
                "standard_error",
            ] {
                assert!(row[key].is_null(), "{name} {key}: {row}");
            }
            emptied += 1;
        }
    }
    assert!(emptied > 60, "{emptied}");
    assert!(list(&cut, "task_curves").iter().all(|row| !is_hidden(row)));
    assert!(list(&full, "task_curves").iter().any(is_hidden));
    for row in list(&cut, "tests")
        .iter()
        .filter(|row| row["attribute"] == "site")
    {
        assert!(row["p"].is_null(), "{row}");
    }
    // Long numbers that only withheld rows have stand in no file.
    let mut known = BTreeSet::new();
    long_numbers(&compared(&cut), &mut known);
    let mut secret = BTreeSet::new();
    for name in ["estimates", "comparisons", "checks", "tests", "task_curves"] {
        for row in list(&full, name).iter().filter(|row| is_hidden(row)) {
            long_numbers(row, &mut secret);
        }
    }
    let secret: Vec<&String> = secret.difference(&known).collect();
    assert!(secret.len() > 200, "{}", secret.len());
    for file in [
        "results.json",
        "report.html",
        "tables/estimates.csv",
        "tables/comparisons.csv",
        "tables/checks.csv",
        "summary.md",
    ] {
        let text = std::fs::read_to_string(audit.path("out/small").join(file)).unwrap();
        for number in &secret {
            let mut places = text.match_indices(number.as_str());
            let whole = |(at, number): (usize, &str)| {
                let digit = |c: char| c.is_ascii_digit();
                !text[..at].ends_with(digit) && !text[at + number.len()..].starts_with(digit)
            };
            assert!(!places.any(whole), "{file} holds {number}");
        }
    }
}

fn long_numbers(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Number(number) if number.to_string().len() > 7 => {
            // Of a difference and its mirror image only the sign differs.
            found.insert(number.to_string().trim_start_matches('-').to_owned());
        }
        Value::Array(values) => values.iter().for_each(|value| long_numbers(value, found)),
        Value::Object(map) => map.values().for_each(|value| long_numbers(value, found)),
        _ => {}
    }
}
