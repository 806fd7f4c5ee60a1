//! The synthetic clustered cohort against what R's pROC, rms and survey say of it.
//!
//! Every one of the 177 reference numbers must be reproduced. The clustered Wilson limits of the
//! reference use the normal quantile throughout; groups here all have 40 patients or more.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may panic, and says when it skips"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use equipoise::qualification::{Fact, facts_of_given_cohort};

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("EQUIPOISE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let folder = folder.join("reference");
    if folder.join("clustered_cohort.csv").is_file() {
        Some(folder)
    } else {
        eprintln!("SKIPPED: no reference numbers at {}", folder.display());
        None
    }
}

#[test]
fn clustered_cohort_as_in_r() {
    let Some(folder) = shared() else { return };
    let facts = facts_of_given_cohort(&folder).unwrap();
    assert_eq!(facts.len(), 177);
    let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
    // No tolerance is wider than the digits or the end of the iterations explain.
    let widest = facts
        .iter()
        .map(|fact| fact.tolerance / fact.expected.abs().max(1e-2));
    assert!(widest.fold(0.0, f64::max) < 1.21e-4);
    let exact = facts
        .iter()
        .filter(|fact| fact.tolerance <= 1.01e-9 * fact.expected.abs().max(1e-2));
    assert_eq!(exact.count(), 147);
}

/// What a number is, whichever group it is of: `.auroc.se_delong`, `auroc._vs_.D`.
fn kind(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    match parts[..] {
        [metric, pair, number] if pair.contains("_vs_") => format!("{metric}._vs_.{number}"),
        [_, ref number @ ..] => format!(".{}", number.join(".")),
        [] => String::new(),
    }
}

/// The cohort of the binary has numbers of R of every kind that the reference has.
#[test]
fn every_kind_of_number_is_in_the_binary() {
    let Some(folder) = shared() else { return };
    let kinds = |facts: Vec<Fact>| -> BTreeSet<String> {
        facts.iter().map(|fact| kind(&fact.case)).collect()
    };
    let reference = kinds(facts_of_given_cohort(&folder).unwrap());
    assert_eq!(reference.len(), 32, "{reference:?}");
    let mut carried = equipoise::qualification::facts();
    carried.retain(|fact| fact.source.starts_with("own clustered cohort; R 4."));
    let carried = kinds(carried);
    let missing: Vec<&String> = reference.difference(&carried).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A number that `published.yaml` expects.
#[derive(Debug)]
struct Published {
    source: String,
    number: f64,
    /// As stated in its block; what the digits printed allow where none is.
    tolerance: Option<f64>,
}

/// Every number of the file, with the source of its block.
fn published(value: &serde_json::Value, source: &str, found: &mut Vec<Published>) {
    const EXPECTED: [&str; 4] = [
        "expected",
        "one_sided_95_lower",
        "rejections_at_0.05",
        "printed",
    ];
    fn numbers(value: &serde_json::Value, put: &mut impl FnMut(f64)) {
        match value {
            serde_json::Value::Number(number) => put(number.as_f64().unwrap()),
            serde_json::Value::Array(items) => items.iter().for_each(|item| numbers(item, put)),
            serde_json::Value::Object(fields) => {
                fields.values().for_each(|item| numbers(item, put));
            }
            _ => {}
        }
    }
    match value {
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| published(item, source, found))
        }
        serde_json::Value::Object(fields) => {
            let own = fields.get("source").and_then(|source| source.as_str());
            let source = own.unwrap_or(source);
            let tolerance = fields.get("tol").and_then(serde_json::Value::as_f64);
            for (name, value) in fields {
                if EXPECTED.contains(&name.as_str()) {
                    numbers(value, &mut |number| {
                        found.push(Published {
                            source: source.to_owned(),
                            number,
                            tolerance,
                        })
                    });
                } else {
                    published(value, source, found);
                }
            }
        }
        _ => {}
    }
}

/// No number of the file is skipped: each is what a fact of the same source expects, to the
/// tolerance stated, and the fact holds.
#[test]
fn every_published_number_is_reproduced() {
    // Four statistics, rho 0.5: the integral is 2.441771, which the table cuts off; 6e-4 cannot be
    // met by anyone.
    const CUT_OFF: f64 = 2.441;
    let Some(folder) = shared() else { return };
    let text = std::fs::read_to_string(folder.join("published.yaml")).unwrap();
    let file: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let mut expected = Vec::new();
    published(&file, "", &mut expected);
    assert!(expected.len() > 130, "{}", expected.len());
    let stated = expected.iter().filter(|one| one.tolerance.is_some());
    assert!(stated.count() > 60);
    let facts = equipoise::qualification::facts();
    let wrong: Vec<&Published> = expected
        .iter()
        .filter(|one| {
            !facts.iter().any(|fact| {
                let same = |number: f64| (fact.expected - number).abs() < 1e-9;
                let percent = one.source.starts_with("FDA") && same(one.number / 100.0);
                let stated = one.tolerance.filter(|_| one.number != CUT_OFF);
                fact.source == one.source
                    && fact.pass
                    && (same(one.number) || percent)
                    && stated.is_none_or(|stated| fact.tolerance <= stated * (1.0 + 1e-9))
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
