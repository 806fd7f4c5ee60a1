//! What stands beside the comparisons, through the binary: case mix, missing attributes, label
//! noise, failed images as errors, spread and partial pooling.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::{SmallAudit, by_id, code, number, small_table, stderr};

const HEAD: &str = "id,patient,sex,site,age,truth,score\n";

fn near(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

fn evaluated(audit: &SmallAudit) -> Value {
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    audit.results()
}

fn report(audit: &SmallAudit) -> String {
    std::fs::read_to_string(audit.path("out/small/report.html")).unwrap()
}

fn ask_case_mix(audit: &SmallAudit) {
    audit.change_audit(
        "seed: 3",
        "seed: 3, case_mix: [{compare: sex, within: site}]",
    );
}

/// Admitted and applicants, men then women, by department: Berkeley 1973 (Bickel, Hammel and
/// O'Connell 1975).
const BERKELEY: [(&str, [u32; 4]); 6] = [
    ("A", [512, 825, 89, 108]),
    ("B", [353, 560, 17, 25]),
    ("C", [120, 325, 202, 593]),
    ("D", [138, 417, 131, 375]),
    ("E", [53, 191, 94, 393]),
    ("F", [22, 373, 24, 341]),
];

/// Applicants as positives, the admitted ones found.
fn berkeley() -> String {
    let mut table = HEAD.to_owned();
    let mut rows = 0;
    for (site, [men_in, men, women_in, women]) in BERKELEY {
        for (sex, admitted, all) in [("M", men_in, men), ("F", women_in, women)] {
            for place in 0..all {
                let score = if place < admitted { 0.9 } else { 0.1 };
                table.push_str(&format!("s{rows},p{rows},{sex},{site},50,1,{score}\n"));
                rows += 1;
            }
        }
    }
    table
}

#[test]
fn berkeley_crude_standardised_and_mantel_haenszel() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &berkeley());
    ask_case_mix(&audit);
    audit.change_audit("patient: patient", "patient: none");
    let results = evaluated(&audit);
    let row = by_id(&results, "case_mix", "sensitivity.sex.M-within-site");
    near(
        number(row, "crude_difference"),
        1198.0 / 2691.0 - 557.0 / 1835.0,
        1e-12,
    );
    // By hand: both sexes with the applicants of all departments.
    let total: u32 = BERKELEY.iter().map(|(_, n)| n[1] + n[3]).sum();
    let standard = |admitted: usize| -> f64 {
        BERKELEY
            .iter()
            .map(|(_, n)| {
                f64::from(n[1] + n[3]) / f64::from(total) * f64::from(n[admitted])
                    / f64::from(n[admitted + 1])
            })
            .sum()
    };
    near(number(row, "estimate"), standard(0), 1e-12);
    near(number(row, "difference"), standard(0) - standard(2), 1e-12);
    assert!(number(row, "crude_lower") > 0.0 && number(row, "upper") < 0.0);
    assert_eq!(row["method"], "standardised_mover");
    // R's mantelhaen.test(UCBAdmissions), and Breslow and Day's test of the same table.
    let ratio = &row["mantel_haenszel_odds_ratio"];
    near(number(ratio, "estimate"), 0.904_696_8, 5e-8);
    near(number(ratio, "lower"), 0.771_907_4, 5e-8);
    near(number(ratio, "upper"), 1.060_329_8, 5e-8);
    near(number(&row["homogeneity"], "p"), 0.0021, 1e-4);
    assert_eq!(row["on_effective_counts"], false);
    let cells = row["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 6);
    near(number(&cells[0], "weight"), 933.0 / 4526.0, 1e-12);
    let other = by_id(&results, "case_mix", "sensitivity.sex.F-within-site");
    near(
        number(other, "difference"),
        -number(row, "difference"),
        1e-12,
    );
    // There is no negative: the row says so, and nothing is 0.
    let none = by_id(&results, "case_mix", "specificity.sex.F-within-site");
    assert_eq!(none["status"], "not_estimable");
    assert_eq!(none["difference"], Value::Null);
    let page = report(&audit);
    for text in ["Mantel N, Haenszel W", "Tarone", "Direct standardisation"] {
        assert!(page.contains(text), "{text}");
    }
}

/// The small table with sites that vary within patients, and some sexes missing.
fn varied_table() -> String {
    let mut table = HEAD.to_owned();
    for (place, line) in small_table().lines().skip(1).enumerate() {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[3] = ["A", "B", "B"][place % 3];
        if place % 7 == 3 {
            cells[2] = "";
        }
        table.push_str(&format!("{}\n", cells.join(",")));
    }
    table
}

#[test]
fn crude_differences_are_those_of_the_comparisons_also_where_patients_are_in_both_arms() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &varied_table());
    audit.change_audit(
        "seed: 3",
        "seed: 3, case_mix: [{compare: sex, within: site}, {compare: site, within: sex}]",
    );
    let results = evaluated(&audit);
    let mut shared = 0;
    for row in results["case_mix"].as_array().unwrap() {
        let (metric, attribute, level) = (
            row["metric"].as_str().unwrap(),
            row["attribute"].as_str().unwrap(),
            row["level"].as_str().unwrap(),
        );
        let id = format!("{metric}.{attribute}.{level}-vs-complement");
        let comparison = by_id(&results, "comparisons", &id);
        assert_eq!(row["crude_difference"], comparison["difference"], "{id}");
        assert_eq!(row["crude_lower"], comparison["lower"], "{id}");
        assert_eq!(row["crude_upper"], comparison["upper"], "{id}");
        assert_eq!(row["on_effective_counts"], true);
        if row["method"] == "standardised_mover_shared" {
            shared += 1;
            assert!(number(row, "n_shared_patients") > 0.0);
        }
        assert!(number(row, "lower") <= number(row, "difference"));
        assert!(number(row, "difference") <= number(row, "upper"));
    }
    assert!(shared > 0, "no patient is in both arms");
    for row in results["label_noise"].as_array().unwrap() {
        let id = format!(
            "{}.{}.{}-vs-complement",
            row["metric"].as_str().unwrap(),
            row["attribute"].as_str().unwrap(),
            row["level"].as_str().unwrap()
        );
        let comparison = by_id(&results, "comparisons", &id);
        assert_eq!(row["difference"], comparison["difference"], "{id}");
        if row["status"] == "ok" {
            let clear = number(comparison, "lower") > 0.0 || number(comparison, "upper") < 0.0;
            assert_eq!(row["significant"], clear, "{id}");
            assert_eq!(row["loses_significance"].is_number(), clear, "{id}");
        }
    }
}

#[test]
fn a_group_that_hardly_occurs_somewhere_is_a_finding_at_its_line() {
    let audit = SmallAudit::new();
    let mut table = berkeley();
    table = table
        .lines()
        .filter(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            // Three women are left in B, none in E.
            let women_of = |site: &str| cells[2] == "F" && cells[3] == site;
            let number: u32 = cells[0][1..].parse().unwrap_or(0);
            !(women_of("E") || women_of("B") && !number.is_multiple_of(8))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    audit.write("cohort.csv", &table);
    ask_case_mix(&audit);
    let output = audit.evaluate();
    let said = stderr(&output);
    assert!(
        said.contains("sex F hardly occurs in B, E of site"),
        "{said}"
    );
    let results = audit.results();
    let finding = results["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["code"] == "case-mix-thin-cell")
        .unwrap();
    assert_eq!(finding["severity"], "warning");
    assert!(finding["line"].is_number());
    let row = by_id(&results, "case_mix", "sensitivity.sex.F-within-site");
    let cells = row["cells"].as_array().unwrap();
    assert_eq!(cells[4]["weight"], Value::Null);
    assert_eq!(cells[4]["hardly_occurs"], true);
    assert!(number(&cells[1], "n_patients") < 5.0);
    assert!(report(&audit).contains("left out; group hardly occurs"));
}

#[test]
fn pairs_that_make_no_sense_are_refused() {
    for (pairs, what) in [
        ("[{compare: sexx, within: site}]", "did you mean `sex`"),
        ("[{compare: sex, within: sex}]", "two different attributes"),
        ("[{compare: sex}]", "has no key `within`"),
        ("[{compare: sex, by: site}]", "has no key \"by\""),
        ("{compare: sex, within: site}", "a list of pairs"),
        (
            "[{compare: sex, within: site}, {compare: sex, within: site}]",
            "twice",
        ),
        ("[{compare: sex*site, within: age_band}]", "no attribute"),
    ] {
        let audit = SmallAudit::new();
        audit.change_audit("seed: 3", &format!("seed: 3, case_mix: {pairs}"));
        let output = audit.evaluate();
        assert_eq!(code(&output), 2, "{pairs}");
        assert!(stderr(&output).contains(what), "{}", stderr(&output));
    }
}

/// Truth, call and level of every row of a table.
fn decisions(table: &str, column: usize) -> Vec<(bool, bool, String)> {
    table
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let score: f64 = cells[6].parse().unwrap();
            (cells[5] == "1", score >= 0.5, cells[column].to_owned())
        })
        .collect()
}

#[test]
fn bounds_hold_every_way_to_share_out_the_missing() {
    let audit = SmallAudit::new();
    let table = varied_table();
    audit.write("cohort.csv", &table);
    let results = evaluated(&audit);
    let rows = decisions(&table, 2);
    let counts = |class: bool, level: &str| {
        let own: Vec<_> = rows
            .iter()
            .filter(|row| row.0 == class && row.2 == level)
            .collect();
        let right = own.iter().filter(|row| row.1 == class).count();
        (right as f64, own.len() as f64)
    };
    for (metric, class) in [("sensitivity", true), ("specificity", false)] {
        let (f, m, missing) = (counts(class, "F"), counts(class, "M"), counts(class, ""));
        assert!(missing.1 > 0.0);
        let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
        for right in 0..=missing.0 as u32 {
            for wrong in 0..=(missing.1 - missing.0) as u32 {
                let (right, wrong) = (f64::from(right), f64::from(wrong));
                let d = (f.0 + right) / (f.1 + right + wrong)
                    - (m.0 + missing.0 - right) / (m.1 + missing.1 - right - wrong);
                (least, largest) = (f64::min(least, d), f64::max(largest, d));
            }
        }
        let row = by_id(
            &results,
            "missing_attribute",
            &format!("{metric}.sex.F-if-missing"),
        );
        near(number(row, "worst"), least, 1e-12);
        near(number(row, "best"), largest, 1e-12);
        assert!(number(row, "lower") <= least && number(row, "upper") >= largest);
    }
    // Only attributes with missing values have rows: sex and age band.
    let all = results["missing_attribute"].as_array().unwrap();
    assert!(all.iter().all(|row| row["attribute"] != "site"));
    assert!(report(&audit).contains("Manski"));
}

#[test]
fn wrong_labels_that_erase_a_gap_and_values_under_an_imperfect_reference() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &small_table());
    let results = evaluated(&audit);
    let rows = decisions(&small_table(), 3);
    let table = |is_in: &dyn Fn(&str) -> bool| {
        let count = |truth: bool, call: bool| {
            rows.iter()
                .filter(|row| row.0 == truth && row.1 == call && is_in(&row.2))
                .count() as f64
        };
        (
            count(true, true),
            count(false, true),
            count(true, false),
            count(false, false),
        )
    };
    let (b, others) = (table(&|site| site == "B"), table(&|site| site != "B"));
    let row = by_id(&results, "label_noise", "sensitivity.site.B-label-noise");
    let reference = others.0 / (others.0 + others.2);
    assert!(b.0 / (b.0 + b.2) < reference);
    // tp / (n - e fn) = the others' sensitivity.
    let share = (b.0 + b.2 - b.0 / reference) / b.2;
    if share < 1.0 {
        near(number(row, "erases"), share, 1e-9);
    } else {
        assert_eq!(row["erases"], Value::Null);
    }
    // Staquet and others 1981, written out.
    let corrected = |(tp, fp, fn_, tn): (f64, f64, f64, f64), c: f64| {
        let n = tp + fp + fn_ + tn;
        (c * (tp + fp) - fp) / (n * (c - 1.0) + tp + fn_)
    };
    let grid = row["reference_grid"].as_array().unwrap();
    assert_eq!(grid.len(), 5);
    for point in grid {
        let c = number(point, "reference_accuracy");
        let expected = corrected(b, c);
        if (0.0..=1.0).contains(&expected) {
            near(number(point, "estimate"), expected, 1e-12);
        } else {
            assert_eq!(point["estimate"], Value::Null, "{c}");
        }
    }
    assert_eq!(grid[0]["difference"], row["difference"]);
    assert!(report(&audit).contains("Staquet"));
    // Chosen by outcome: how often the label errs among these cases is not known.
    audit.change_audit(
        "manifest: cohort.csv",
        "manifest: cohort.csv\n  sampling: enriched",
    );
    let results = evaluated(&audit);
    let row = by_id(&results, "label_noise", "sensitivity.site.B-label-noise");
    assert!(row["reference_grid"].as_array().unwrap().is_empty());
    assert!(report(&audit).contains("cases were chosen by outcome, so that how often"));
}

#[test]
fn failed_samples_count_as_wrong_decisions_of_their_group() {
    let audit = SmallAudit::new();
    let results = evaluated(&audit);
    assert!(results["failures_as_errors"].as_array().unwrap().is_empty());
    assert!(report(&audit).contains("every sample has a score: nothing failed"));
    // s00: a positive at site B; s07: a negative at site A.
    let scores: String = small_table()
        .lines()
        .filter(|line| !line.starts_with("s07,") && !line.starts_with("s00,"))
        .map(|line| format!("{line}\n"))
        .collect();
    audit.write("scores.csv", &scores);
    audit.change_audit("  columns:", "  max_failed_share: 0.2\n  columns:");
    let evaluate = || {
        let output = support::run(&[
            "evaluate",
            &audit.shown("audit.yaml"),
            "--predictions",
            &audit.shown("scores.csv"),
            "--out",
            &audit.shown("out"),
        ]);
        assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
        audit.results()
    };
    let results = evaluate();
    let rows = decisions(&small_table(), 3);
    for (metric, class, failed_at) in [("sensitivity", true, "B"), ("specificity", false, "A")] {
        for site in ["A", "B"] {
            let own: Vec<_> = rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.0 == class && row.2 == site)
                .collect();
            let right = own
                .iter()
                .filter(|(place, row)| row.1 == class && ![0, 7].contains(place))
                .count();
            let id = format!("{metric}.site.{site}-with-failures");
            let row = by_id(&results, "failures_as_errors", &id);
            near(
                number(row, "estimate"),
                right as f64 / own.len() as f64,
                1e-12,
            );
            let failed = u32::from(site == failed_at);
            near(number(row, "n_failed"), f64::from(failed), 0.0);
            let plain = by_id(&results, "estimates", &format!("{metric}.site.{site}"));
            assert_eq!(row["plain_estimate"], plain["estimate"]);
            assert!(number(row, "estimate") <= number(row, "plain_estimate"));
            assert!(number(row, "lower") <= number(row, "estimate"));
        }
    }
    // A patient whose other sample has a score has not failed: s00 and s01 are of p00.
    audit.change_audit(
        "endpoints:",
        "aggregate: [{to: patient, by: max, truth: any, attribute: first}]\nendpoints:",
    );
    let results = evaluate();
    let failed: f64 = results["failures_as_errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["attribute"] == "overall")
        .map(|row| number(row, "n_failed"))
        .sum();
    near(failed, 0.0, 0.0);
    assert!(results["failures_as_errors"].as_array().unwrap().is_empty());
}

#[test]
fn a_range_stands_beside_what_chance_would_show() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &varied_table());
    let results = evaluated(&audit);
    for row in results["spread"].as_array().unwrap() {
        let (metric, attribute) = (
            row["metric"].as_str().unwrap(),
            row["attribute"].as_str().unwrap(),
        );
        assert_eq!(row["status"], "ok", "{row}");
        let of = |level: &Value| {
            let id = format!("{metric}.{attribute}.{}", level.as_str().unwrap());
            number(by_id(&results, "estimates", &id), "estimate")
        };
        let values: Vec<f64> = row["levels"].as_array().unwrap().iter().map(of).collect();
        let largest = values.iter().copied().fold(f64::MIN, f64::max);
        let least = values.iter().copied().fold(f64::MAX, f64::min);
        near(number(row, "range"), largest - least, 1e-12);
        near(
            of(&row["highest"]) - of(&row["lowest"]),
            largest - least,
            1e-12,
        );
        let (range, expected) = (number(row, "range"), number(row, "expected_by_chance"));
        assert!(
            expected > 0.0 && number(row, "upper_95_by_chance") > expected,
            "{row}"
        );
        near(
            number(row, "bias_corrected"),
            (range * range - expected * expected).max(0.0).sqrt(),
            1e-12,
        );
        assert!(
            !row["levels"]
                .as_array()
                .unwrap()
                .contains(&"(missing)".into())
        );
    }
    let page = report(&audit);
    assert!(page.contains("no requirement is decided on a range"));
    assert!(
        results["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["metric"] != "spread")
    );
}

#[test]
fn cells_of_a_crossing_lie_between_their_raw_value_and_the_common_mean() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &berkeley());
    let results = evaluated(&audit);
    let rows: Vec<&Value> = results["pooled"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["metric"] == "sensitivity")
        .collect();
    assert_eq!(rows.len(), 12);
    for row in rows {
        let (raw, pooled, mean) = (
            number(row, "raw_estimate"),
            number(row, "estimate"),
            number(row, "mean"),
        );
        assert!(raw.min(mean) <= pooled && pooled <= raw.max(mean), "{row}");
        assert!(number(row, "lower") <= pooled && pooled <= number(row, "upper"));
        // The posterior mean of Beta(a + k, b + n - k), with n near the samples of the cell.
        let weight = number(row, "n_class") / (number(row, "n_class") + number(row, "prior_size"));
        near(pooled, weight * raw + (1.0 - weight) * mean, 5e-3);
    }
    assert!(report(&audit).contains("Verdicts use raw intervals only"));
}

#[test]
fn order_of_rows_and_number_of_threads_change_nothing() {
    let lists = |table: &str, threads: &str| {
        let audit = SmallAudit::new();
        audit.write("cohort.csv", table);
        ask_case_mix(&audit);
        let output = audit.evaluate_with(&["--threads", threads]);
        assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
        let results = audit.results();
        [
            "case_mix",
            "missing_attribute",
            "label_noise",
            "spread",
            "pooled",
        ]
        .map(|list| results[list].to_string())
    };
    let table = varied_table();
    let mut turned: Vec<&str> = table.lines().skip(1).collect();
    turned.reverse();
    turned.rotate_left(17);
    let first = lists(&table, "1");
    assert!(first.iter().all(|list| list.len() > 2));
    assert_eq!(first, lists(&format!("{HEAD}{}\n", turned.join("\n")), "2"));
}
