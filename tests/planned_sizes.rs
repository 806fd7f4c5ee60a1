//! Sizes at which planned checks would pass: each is planned at that size, and simulated there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::planned::{FLOOR, chances_of, checked, planned, table};
use support::{number, run, stdout};

/// Samples and patients that a check is told to need.
fn needed(check: &Value) -> (u32, u32) {
    let of = |unit: &str| check["n_needed"][unit].as_u64().unwrap() as u32;
    (of("positives"), of("patients"))
}

/// A chance of about 80%: the search takes what is within 2 points of it, simulations have standard
/// errors of up to 1.6 and 2.5 points, and whole patients round.
fn is_about_eighty(pass: f64, what: &str) {
    assert!((0.72..=0.88).contains(&pass), "{what}: {pass}");
}

/// A small site with several images a patient: the formula, and a rate of passing that is near 0, say
/// little of what it needs. Carried on from a rate of 0.12 it would be 1104 positives, and 177 pass in 81%.
#[test]
fn a_small_site_is_told_what_it_needs() {
    let assume = "{sensitivity: 0.9, intracluster_correlation: 0.2}";
    let at = |positives: u32| {
        let audit = planned(&table(&[("A", positives, 4)], 3), FLOOR, assume);
        chances_of(&checked(&audit, &[]), "floor.site.A").clone()
    };
    let few = at(90);
    assert!((0.05..0.3).contains(&number(&few, "pass")), "{few}");
    let (positives, patients) = needed(&few);
    assert!((positives as f64 / patients as f64 - 3.0).abs() < 0.1);
    let then = at(positives.next_multiple_of(3));
    is_about_eighty(number(&then, "pass"), "from few");
    // A plan with far more patients than it needs is told about the same number.
    let many = at(900);
    assert!(number(&many, "pass") > 0.99, "{many}");
    let (less, _) = needed(&many);
    assert!(less < 900, "{less}");
    let ratio = f64::from(less) / f64::from(positives);
    assert!((0.85..=1.18).contains(&ratio), "{less} {positives}");
}

/// Gaps of AUROC, O:E ratio and calibration slope in a plan that is larger than needed.
#[test]
fn plans_that_are_too_large_are_told_so() {
    let rules = [
        "      - {id: ranks, metric: auroc, compare: complement, strata: [sex], require: 'difference >= -0.1'}\n",
        "      - {id: oe, metric: oe_ratio, require: '>= 0.8'}\n",
        "      - {id: slope, metric: calibration_slope, require: '>= 0.7'}\n",
    ];
    let at = |each: u32, rules: &str| {
        let rows = table(&[("A", each, each)], 1);
        let audit = planned(&rows, rules, "{auroc: 0.85}");
        checked(&audit, &[])
    };
    let large = at(600, &rules.concat());
    let ids = ["ranks.sex.F", "oe.overall.all", "slope.overall.all"];
    for (id, rule) in ids.into_iter().zip(rules) {
        let check = chances_of(&large, id);
        assert!(number(check, "pass") > 0.95, "{check}");
        let (samples, patients) = needed(check);
        assert_eq!(samples, patients);
        let present = check["n_class"].as_u64().unwrap() as u32;
        assert!(samples < present, "{id}: {samples} of {present}");
        assert_eq!(check["n_needed"]["of"], "samples");
        // The other sex shrinks with it.
        let each = 600.0 * f64::from(samples) / f64::from(present);
        let then = at(each.ceil() as u32, rule);
        is_about_eighty(number(chances_of(&then, id), "pass"), id);
    }
}

/// 0.9 in both groups and a margin of 0.1: what is told holds when both arms grow alike, and does not when
/// the group grows alone.
#[test]
fn the_other_arm_of_a_gap_grows_too_and_it_is_said() {
    let rules = "      - {id: gap, metric: specificity, compare: complement, strata: [site], require: 'difference >= -0.1'}\n";
    let at = |group: u32, other: u32| {
        let rows = table(&[("A", 4, group), ("B", 4, other)], 1);
        planned(&rows, rules, "{specificity: 0.9}")
    };
    let few = at(60, 60);
    let found = checked(&few, &[]);
    let check = chances_of(&found, "gap.site.A");
    assert_eq!(check["reference"], "complement");
    assert_eq!(check["n_needed"]["of"], "negatives");
    let (n, _) = needed(check);
    let pass = |group: u32, other: u32| {
        let found = checked(&at(group, other), &[]);
        number(chances_of(&found, "gap.site.A"), "pass")
    };
    is_about_eighty(pass(n, n), "both");
    assert!(pass(n, 60) < 0.7);
    let text = stdout(&run(&["check", &few.shown("audit.yaml")]));
    for said in [
        "sizes for a difference are those of the group itself; what it is compared with must grow by the same factor",
        "with as many times more of those it is compared with, would pass",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

/// `positives` is the name of the field whatever is counted; `of` says what.
#[test]
fn results_say_which_class_is_counted() {
    // Everybody is called positive: 5 of 5, 0 of 5, and 5 of 10 overall.
    let rules = "      - {id: sens, metric: sensitivity, require: '>= 0.6'}\n\
        \u{20}     - {id: spec, metric: specificity, require: '>= 0.4'}\n\
        \u{20}     - {id: ppv, metric: ppv, require: '>= 0.3'}\n\
        \u{20}     - {id: acc, metric: accuracy, require: '>= 0.3'}\n";
    let audit = planned(&table(&[("A", 5, 5)], 1), rules, "{sensitivity: 0.9}");
    audit.evaluate();
    let results = audit.results();
    let checks = results["checks"].as_array().unwrap();
    for (id, of) in [
        ("sens", "positives"),
        ("spec", "negatives"),
        ("ppv", "called_positive"),
        ("acc", "samples"),
    ] {
        let check = checks.iter().find(|one| one["requirement"] == id).unwrap();
        assert_eq!(check["verdict"], "inconclusive", "{check}");
        let needed = &check["n_needed"];
        assert_eq!(needed["of"], of);
        let n = needed["positives"].as_u64().unwrap();
        assert!(n >= check["n_class"].as_u64().unwrap(), "{check}");
    }
    let table = std::fs::read_to_string(audit.path("out/small/tables/checks.csv")).unwrap();
    assert!(
        table
            .lines()
            .next()
            .unwrap()
            .contains(",n_needed_patients,n_needed_of,")
    );
    assert!(table.contains(",negatives,"), "{table}");
}
