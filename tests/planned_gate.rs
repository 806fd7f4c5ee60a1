//! Chances of a planned gate, through `check`, before any model runs.
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
use support::{SmallAudit, code, number, run, stderr, stdout};

/// P(the one-sided 97.5% Clopper-Pearson limit reaches 0.80) at a true 0.90: exact binomial.
#[test]
fn independent_floors_have_their_binomial_chances() {
    let sites = [("A", 110, 3), ("B", 117, 3), ("C", 120, 3)];
    let audit = planned(&table(&sites, 1), FLOOR, "{sensitivity: 0.90}");
    audit.change_audit("patient: patient", "patient: none");
    let found = checked(&audit, &[]);
    let replicates = number(&found["chances"], "replicates");
    assert_eq!(replicates, 1000.0);
    for (site, n, expected) in [("A", 110, 0.7913), ("B", 117, 0.8091), ("C", 120, 0.8560)] {
        let check = chances_of(&found, &format!("floor.site.{site}"));
        assert_eq!(check["n_class"], n);
        assert!((number(check, "exact_pass") - expected).abs() < 6e-5);
        let error = (expected * (1.0 - expected) / replicates).sqrt();
        let pass = number(check, "pass");
        assert!((pass - expected).abs() < 4.0 * error, "{site}: {pass}");
        let all = pass
            + number(check, "fail")
            + number(check, "inconclusive")
            + number(check, "not_evaluable");
        assert!((all - 1.0).abs() < 1e-12);
    }
    // Three independent sites: the audit passes when all three do.
    let whole = 0.7913 * 0.8091 * 0.8560;
    let pass = number(&found["chances"]["audit"], "pass");
    assert!((pass - whole).abs() < 4.0 * 0.0158, "{pass}");
    // Text says the same, and warns of nothing that passes this often.
    let output = run(&["check", &audit.shown("audit.yaml")]);
    assert!(stdout(&output).contains("1000 simulated audits"));
    assert!(!stdout(&output).contains("WARNING floor"));
}

#[test]
fn images_of_one_patient_make_passing_rarer() {
    let sites = [("A", 240, 8)];
    let one = |assume: &str| {
        let audit = planned(&table(&sites, 4), FLOOR, assume);
        number(chances_of(&checked(&audit, &[]), "floor.site.A"), "pass")
    };
    let independent = one("{sensitivity: 0.88, intracluster_correlation: 0}");
    let clustered = one("{sensitivity: 0.88, intracluster_correlation: 0.3}");
    let alike = one("{sensitivity: 0.88, intracluster_correlation: 1}");
    assert!(
        independent > clustered + 0.2 && clustered > alike + 0.1,
        "{independent} {clustered} {alike}"
    );
    // Images that are all alike are worth one each: 60 patients, n_eff 60 with Student's t of 59.
    let binomial = 0.26;
    assert!((alike - binomial).abs() < 0.12, "{alike}");
}

/// On the bound the chance to pass is the error that alpha allows, whatever the metric.
#[test]
fn at_the_bound_a_pass_is_as_rare_as_alpha() {
    let rules = "      - {id: floor, metric: sensitivity, require: '>= 0.85'}\n\
        \u{20}     - {id: ceiling, metric: flag_rate, require: '<= 0.55'}\n\
        \u{20}     - {id: area, metric: auroc, require: '>= 0.8'}\n\
        \u{20}     - {id: gap, metric: specificity, compare: complement, strata: [sex], require: 'difference >= 0'}\n\
        \u{20}     - {id: ranks, metric: auroc, compare: complement, strata: [sex], require: 'difference >= -0.5'}\n";
    let assume =
        "{sensitivity: 0.85, specificity: 0.75, auroc: 0.8, intracluster_correlation: 0.2}";
    let audit = planned(&table(&[("A", 200, 200)], 2), rules, assume);
    let found = checked(&audit, &[]);
    for id in [
        "floor.overall.all",
        "area.overall.all",
        "gap.sex.F",
        "gap.sex.M",
    ] {
        let pass = number(chances_of(&found, id), "pass");
        assert!(pass < 0.025 + 4.0 * 0.005 && pass > 0.002, "{id}: {pass}");
    }
    // Flag rate 0.85 / 2 + 0.25 / 2 = 0.55: on its ceiling.
    let ceiling = number(chances_of(&found, "ceiling.overall.all"), "pass");
    assert!(ceiling < 0.045, "{ceiling}");
    assert_eq!(number(chances_of(&found, "ranks.sex.F"), "pass"), 1.0);
    assert!(number(&found["chances"]["audit"], "pass") < 0.01);
    // Nothing decides on a bound; what would is not made up.
    assert!(chances_of(&found, "floor.overall.all")["n_needed"].is_null());
}

/// The same of probabilities: of a calibrated model, and of one that is off by what is assumed. Sites
/// have other prevalences, and the model is calibrated in each of them.
#[test]
fn calibration_at_the_bound_passes_as_rarely_as_alpha() {
    let sites = [("A", 150, 150), ("B", 60, 240), ("C", 140, 160)];
    let rules = |oe: &str, slope: &str, intercept: &str| {
        format!(
            "      - {{id: oe, metric: oe_ratio, strata: [overall, site], require: '>= {oe}'}}\n\
             \u{20}     - {{id: slope, metric: calibration_slope, strata: [overall, site], require: '>= {slope}'}}\n\
             \u{20}     - {{id: large, metric: calibration_intercept, strata: [overall, site], require: '{intercept}'}}\n\
             \u{20}     - {{id: brier, metric: brier, strata: [overall], require: '<= 0.3'}}\n\
             \u{20}     - {{id: area, metric: auroc, strata: [site], require: '>= 0.8'}}\n"
        )
    };
    let one = |rules: &str, assume: &str| {
        let audit = planned(&table(&sites, 1), rules, assume);
        audit.change_audit("patient: patient", "patient: none");
        checked(&audit, &[])
    };
    let groups = ["overall.all", "site.A", "site.B", "site.C"];
    let calibrated = one(&rules("1", "1", ">= 0"), "{auroc: 0.8}");
    let said = calibrated["chances"]["assumed"][0].as_str().unwrap();
    assert!(said.contains("oe_ratio 1 (none declared)"), "{said}");
    for group in groups {
        for rule in ["oe", "slope", "large"] {
            let pass = number(chances_of(&calibrated, &format!("{rule}.{group}")), "pass");
            assert!((0.001..0.05).contains(&pass), "{rule} {group}: {pass}");
        }
    }
    for site in ["A", "B", "C"] {
        let pass = number(
            chances_of(&calibrated, &format!("area.site.{site}")),
            "pass",
        );
        assert!((0.005..0.05).contains(&pass), "{site}: {pass}");
    }
    assert_eq!(
        number(chances_of(&calibrated, "brier.overall.all"), "pass"),
        1.0
    );
    assert!(
        calibrated["chances"]["not_simulated"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // Off by what is assumed, in the whole cohort.
    let off = one(
        &rules("0.8", "0.7", "<= 10"),
        "{auroc: 0.8, oe_ratio: 0.8, calibration_slope: 0.7}",
    );
    for rule in ["oe", "slope"] {
        let pass = number(chances_of(&off, &format!("{rule}.overall.all")), "pass");
        assert!((0.001..0.05).contains(&pass), "{rule}: {pass}");
    }
    assert_eq!(
        number(chances_of(&off, "oe.overall.all"), "true_value"),
        0.8
    );
}

/// A calibrated model of this area at a prevalence of 1/2 has a Brier score of 0.18247 (SciPy's
/// quadrature of the same two normal distributions).
#[test]
fn the_brier_score_follows_from_area_and_prevalence() {
    let rules = "      - {id: below, metric: brier, require: '<= 0.18247'}\n\
        \u{20}     - {id: above, metric: brier, require: '>= 0.18247'}\n";
    let audit = planned(&table(&[("A", 300, 300)], 1), rules, "{auroc: 0.8}");
    audit.change_audit("patient: patient", "patient: none");
    let found = checked(&audit, &[]);
    for id in ["below.overall.all", "above.overall.all"] {
        let pass = number(chances_of(&found, id), "pass");
        assert!((0.002..0.06).contains(&pass), "{id}: {pass}");
    }
    // More than all cannot be expected.
    let impossible = planned(
        &table(&[("A", 30, 30)], 1),
        rules,
        "{auroc: 0.8, oe_ratio: 0.4}",
    );
    let found = checked(&impossible, &[]);
    let why = found["chances"]["not_simulated"][0]["reason"]
        .as_str()
        .unwrap();
    assert!(why.contains("an O:E ratio of 0.4 cannot be"), "{why}");
}

/// A rule against a baseline is held against what stands in the file.
#[test]
fn rules_with_a_baseline_are_simulated() {
    // All scores are at the threshold: everybody is called positive, sensitivity 1 of 200.
    let rules = "      - {id: kept, metric: sensitivity, baseline: v1.json, require: 'difference >= -0.1'}\n";
    let audit = planned(&table(&[("A", 200, 50)], 1), rules, "{sensitivity: 0.99}");
    let pass = |assume: &str| {
        audit.change_audit("assume: {sensitivity: 0.99}", &format!("assume: {assume}"));
        let found = checked(&audit, &[]);
        audit.change_audit(&format!("assume: {assume}"), "assume: {sensitivity: 0.99}");
        chances_of(&found, "kept.overall.all").clone()
    };
    // There is no file yet.
    let none = pass("{sensitivity: 0.99}");
    assert_eq!(number(&none, "not_evaluable"), 1.0);
    assert!(
        none["reason"]
            .as_str()
            .unwrap()
            .contains("there is no baseline")
    );
    audit.evaluate();
    let (folder, to) = (audit.shown("out/small"), audit.shown("v1.json"));
    let made = run(&["baseline", &folder, "--to", &to]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    assert!(number(&pass("{sensitivity: 0.98}"), "pass") > 0.99);
    let bound = pass("{sensitivity: 0.9}");
    assert!(number(&bound, "pass") < 0.06 && bound["true_value"].is_null());
    assert!(number(&pass("{sensitivity: 0.75}"), "fail") > 0.9);
}

#[test]
fn the_size_that_would_pass_does() {
    let audit = planned(&table(&[("A", 40, 4)], 1), FLOOR, "{sensitivity: 0.90}");
    audit.change_audit("patient: patient", "patient: none");
    let few = checked(&audit, &[]);
    let check = chances_of(&few, "floor.site.A");
    assert!(number(check, "pass") < 0.4);
    let n = check["n_needed"]["positives"].as_u64().unwrap() as u32;
    assert!((100..=120).contains(&n), "{n}");
    let text = stdout(&run(&["check", &audit.shown("audit.yaml")]));
    assert!(
        text.contains(&format!("about {n} of {n} patients would pass")),
        "{text}"
    );
    assert!(text.contains("WARNING the whole audit passes"), "{text}");
    audit.write("cohort.csv", &table(&[("A", n, 4)], 1));
    let enough = number(
        chances_of(&checked(&audit, &[]), "floor.site.A"),
        "exact_pass",
    );
    assert!((0.8..0.87).contains(&enough), "{enough}");
}

/// The gate takes patients for clusters. With one sample each that costs one patient and no more:
/// 113 suffice where samples are declared independent (scipy's binomial, every size).
#[test]
fn one_sample_a_patient_needs_no_more_than_independent_samples() {
    let audit = planned(&table(&[("A", 40, 4)], 1), FLOOR, "{sensitivity: 0.90}");
    let found = checked(&audit, &[]);
    let check = chances_of(&found, "floor.site.A");
    for unit in ["positives", "patients"] {
        let n = check["n_needed"][unit].as_u64().unwrap();
        assert!((113..=116).contains(&n), "{unit}: {n}");
    }
    // The exact chance is the one that is simulated.
    let (exact, pass) = (number(check, "exact_pass"), number(check, "pass"));
    assert!((exact - pass).abs() < 4.0 * 0.016, "{exact} {pass}");
}

#[test]
fn hopeless_plans_say_so() {
    // 12 of 12 would reach 0.735: no result passes. Below its least size nothing is evaluated.
    let rules = "      - {id: high, metric: sensitivity, strata: [site], require: '>= 0.80'}\n\
        \u{20}     - {id: wrong, metric: sensitivity, require: '>= 0.95'}\n\
        \u{20}     - {id: least, metric: sensitivity, require: '>= 0.5', min: {positives: 30}}\n";
    let audit = planned(&table(&[("A", 12, 4)], 1), rules, "{sensitivity: 0.90}");
    let found = checked(&audit, &[]);
    let high = chances_of(&found, "high.site.A");
    assert_eq!(number(high, "pass"), 0.0);
    assert!(number(high, "inconclusive") > 0.99);
    let least = chances_of(&found, "least.overall.all");
    assert_eq!(number(least, "not_evaluable"), 1.0);
    assert!(least["reason"].as_str().unwrap().contains("at least 30"));
    let text = stdout(&run(&["check", &audit.shown("audit.yaml")]));
    for expected in [
        "WARNING high.site.A passed in none of the simulated audits: 12 positives of 12 patients; about ",
        "what is assumed comes to 0.9, which does not keep clear of \">= 0.95\"",
        "WARNING least.overall.all will hardly be evaluable: 12 positives, the rule asks for at least 30",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn what_is_not_assumed_is_listed() {
    let rules = "      - {id: floor, metric: sensitivity, require: '>= 0.5'}\n\
        \u{20}     - {id: spec, metric: specificity, require: '>= 0.5'}\n\
        \u{20}     - {id: brier, metric: brier, require: '<= 0.5'}\n\
        \u{20}     - {id: ppv, metric: ppv, require: '>= 0.1'}\n";
    let audit = planned(&table(&[("A", 40, 40)], 2), rules, "{sensitivity: 0.90}");
    let found = checked(&audit, &[]);
    let left: Vec<(&str, &str)> = found["chances"]["not_simulated"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| {
            (
                left["requirement"].as_str().unwrap(),
                left["reason"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        left,
        [
            (
                "spec",
                "no assumption declared: `gate.assume` has no specificity"
            ),
            (
                "brier",
                "no assumption declared: `gate.assume` has no auroc, from which the spread of the simulated probabilities follows, and with it the limits of brier"
            ),
            (
                "ppv",
                "no assumption declared: `gate.assume` has no specificity"
            ),
        ]
    );
    assert_eq!(found["chances"]["checks"].as_array().unwrap().len(), 1);
    let text = stdout(&run(&["check", &audit.shown("audit.yaml")]));
    assert!(text.contains("passes at most as often as shown"), "{text}");
    // An endpoint's own value is taken before the common one.
    audit.change_audit(
        "{sensitivity: 0.90}",
        "{sensitivity: 0.90, endpoints: {finding: {sensitivity: 0.51, specificity: 0.9}}}",
    );
    let own = checked(&audit, &[]);
    assert_eq!(
        number(chances_of(&own, "floor.overall.all"), "true_value"),
        0.51
    );
    assert_eq!(own["chances"]["checks"].as_array().unwrap().len(), 3);
}

#[test]
fn without_an_assumption_it_says_how_to_declare_one() {
    let audit = SmallAudit::new();
    let text = stdout(&run(&["check", &audit.shown("audit.yaml")]));
    assert!(text.contains("Add `assume: {sensitivity: ..."), "{text}");
    assert!(checked(&audit, &[])["chances"].is_null());
}

#[test]
fn rows_and_threads_change_no_chance() {
    let rules = "      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: '>= 0.80'}\n\
        \u{20}     - {id: area, metric: auroc, strata: [overall, sex], require: '>= 0.7'}\n";
    let sites = [("A", 61, 40), ("B", 33, 50)];
    let rows = table(&sites, 3);
    let assume = "{sensitivity: 0.9, auroc: 0.85, intracluster_correlation: 0.2}";
    let audit = planned(&rows, rules, assume);
    let first = checked(&audit, &["--threads", "1"]);
    let mut lines: Vec<&str> = rows.lines().collect();
    lines[1..].reverse();
    lines[1..].rotate_left(37);
    audit.write("cohort.csv", &(lines.join("\n") + "\n"));
    let second = checked(&audit, &["--threads", "2"]);
    assert_eq!(first["chances"], second["chances"]);
    // Another seed draws other audits.
    audit.change_audit("seed: 3", "seed: 4");
    assert_ne!(
        first["chances"]["checks"],
        checked(&audit, &[])["chances"]["checks"]
    );
}

#[test]
fn long_tables_fit_a_screen_unless_asked_for() {
    let names: Vec<String> = (0..30).map(|site| format!("S{site:02}")).collect();
    let sites: Vec<(&str, u32, u32)> = names
        .iter()
        .map(|name| (name.as_str(), 20 + 3 * name[1..].parse::<u32>().unwrap(), 2))
        .collect();
    let audit = planned(&table(&sites, 1), FLOOR, "{sensitivity: 0.95}");
    let file = audit.shown("audit.yaml");
    let rows = |text: &str| {
        text.lines()
            .filter(|line| line.trim_start().starts_with("floor.site."))
            .count()
    };
    let short = stdout(&run(&["check", &file]));
    assert_eq!(rows(&short), 18, "{short}");
    assert!(
        short.contains("... 12 of 30 checks are left out, all with a chance to pass of 0."),
        "{short}"
    );
    assert!(short.contains("; `check -v` shows them"), "{short}");
    let long = stdout(&run(&["check", &file, "-v"]));
    assert_eq!(rows(&long), 30, "{long}");
    // The least likely to pass comes first.
    let pass: Vec<f64> = long
        .lines()
        .filter(|line| line.trim_start().starts_with("floor.site."))
        .map(|line| line.split_whitespace().nth(1).unwrap().parse().unwrap())
        .collect();
    assert!(pass.is_sorted() && pass[0] < pass[29], "{pass:?}");
}

/// 12 of 12 reach 0.735 at most: such a site cannot pass, and none of them is left out.
#[test]
fn checks_that_cannot_pass_are_never_left_out() {
    let names: Vec<String> = (0..30).map(|site| format!("S{site:02}")).collect();
    let sites: Vec<(&str, u32, u32)> = names
        .iter()
        .enumerate()
        .map(|(place, name)| (name.as_str(), if place < 25 { 12 } else { 200 }, 2))
        .collect();
    let audit = planned(&table(&sites, 1), FLOOR, "{sensitivity: 0.95}");
    let text = stdout(&run(&["check", &audit.shown("audit.yaml")]));
    for name in &names[..25] {
        let row = format!("  floor.site.{name} ");
        assert!(text.contains(&row), "{name}\n{text}");
    }
    assert!(
        text.contains("... 5 of 30 checks are left out, all with a chance to pass of 0.9")
            || text.contains("... 5 of 30 checks are left out, all with a chance to pass of 1.0"),
        "{text}"
    );
}

#[test]
fn mistakes_in_assumptions_are_named() {
    for (assume, expected) in [
        ("{sensitivity: 90}", "for 90% write 0.9"),
        ("{auroc: 1}", "expected a number between 0 and 1"),
        ("{sensitivty: 0.9}", "`sensitivity`"),
        (
            "{intracluster_correlation: 0.1}",
            "assumes nothing of the model's performance",
        ),
        (
            "{endpoints: {findng: {sensitivity: 0.9}}}",
            "\"findng\" is no endpoint",
        ),
    ] {
        let audit = planned(&table(&[("A", 20, 4)], 1), FLOOR, assume);
        let output = run(&["check", &audit.shown("audit.yaml")]);
        assert_eq!(code(&output), 2, "{assume}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

/// A rule whose column is empty in every row is not met by being forgotten: it blocks, and `check`
/// says so before.
#[test]
fn a_rule_without_a_group_blocks() {
    let table = table(&[("A", 60, 60)], 1)
        .replace(",F,", ",,")
        .replace(",M,", ",,");
    let rules = "      - {id: whole, metric: sensitivity, strata: [overall], require: '>= 0.1'}\n      \
        - {id: floor, metric: sensitivity, strata: [sex], require: '>= 0.1'}\n      \
        - {id: crossed, metric: sensitivity, strata: [sex*site], require: '>= 0.1'}\n      \
        - {id: gap, metric: specificity, compare: complement, strata: [sex], require: 'difference >= -0.5'}\n";
    let audit = planned(&table, rules, "{sensitivity: 0.9, specificity: 0.9}");
    let checked = run(&["check", &audit.shown("audit.yaml")]);
    assert!(
        stderr(&checked).contains("rule-without-group"),
        "{}",
        stderr(&checked)
    );
    assert!(stdout(&checked).contains("cannot be evaluated: no sample has a known value of sex"));
    let output = audit.evaluate();
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let results = audit.results();
    let checks = results["checks"].as_array().unwrap();
    for id in ["floor", "crossed", "gap"] {
        let own: Vec<&Value> = checks.iter().filter(|c| c["requirement"] == id).collect();
        assert_eq!(own.len(), 1, "{id}");
        assert_eq!(own[0]["verdict"], "not_evaluable");
        assert_eq!(own[0]["blocking"], true);
        let reason = own[0]["reason"].as_str().unwrap();
        assert!(reason.contains("no sample has a known value"), "{reason}");
    }
}
