//! Facts about tables of counts: Blaker's limits (`fixtures/make_blaker.py`), strata, funnels,
//! sizes, thresholds.

use crate::calculation::{Counts, proportion, strata};
use crate::metrics::{ChoiceRule, choose_threshold};
use crate::statistics::{funnel_limits, n_to_decide_floor};

use super::facts_of_scores::said;
use super::{Fact, field, limits};

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    blaker(&mut facts);
    berkeley(&mut facts);
    lung_cancer(&mut facts);
    funnels(&mut facts);
    sizes(&mut facts);
    thresholds(&mut facts);
    facts
}

fn blaker(facts: &mut Vec<Fact>) {
    const PRINTED: &str = "R's contingencytables, as printed";
    // The first p accepted on a grid of 1e-7 over the whole range, upwards and downwards.
    const GRID: &str = "own counts, brute force on a grid with scipy 1.17";
    for (source, tolerance, cases) in [
        (
            PRINTED,
            5.1e-5,
            &[(13, 16, [0.5656, 0.9469]), (1, 100, [0.0005, 0.0513])][..],
        ),
        (
            GRID,
            2.1e-7,
            &[
                (131, 134, [0.935_973_0, 0.993_870_6]),
                (3, 10, [0.087_264_5, 0.619_410_6]),
                (5, 10, [0.222_441_2, 0.777_558_8]),
                (13, 16, [0.565_591_9, 0.946_854_0]),
                (81, 263, [0.253_918_6, 0.366_463_3]),
                (15, 148, [0.057_956_2, 0.160_115_0]),
                (1, 29, [0.001_767_2, 0.166_035_4]),
                (37, 41, [0.774_081_7, 0.965_984_0]),
            ],
        ),
    ] {
        for (events, trials, expected) in cases {
            let (events, trials) = (*events, *trials);
            let found = proportion(Counts { events, trials }, 0.95);
            let case = format!("{events}/{trials}");
            let of = (source, &*case);
            limits(facts, &found, "blaker", of, *expected, tolerance);
        }
    }
}

fn group(counts: &[(u64, u64)]) -> Vec<Counts> {
    counts
        .iter()
        .map(|(events, trials)| Counts {
            events: *events,
            trials: *trials,
        })
        .collect()
}

/// Admissions to Berkeley in 1973 (Bickel, Hammel and O'Connell 1975), six departments.
fn berkeley(facts: &mut Vec<Fact>) {
    let men = group(&[
        (512, 825),
        (353, 560),
        (120, 325),
        (138, 417),
        (53, 191),
        (22, 373),
    ]);
    let women = group(&[
        (89, 108),
        (17, 25),
        (202, 593),
        (131, 375),
        (94, 393),
        (24, 341),
    ]);
    let found = strata(&men, &women, 0.95);
    const R: &str = "R, mantelhaen.test(UCBAdmissions), as printed";
    for (name, expected) in [
        ("estimate", 0.904_696_8),
        ("lower", 0.771_907_4),
        ("upper", 1.060_329_8),
    ] {
        facts.push(Fact::new(
            "mantel_haenszel_rbg",
            R,
            format!("six departments, odds ratio, {name}"),
            (expected, 5e-8),
            field(&found, "mantel_haenszel_odds_ratio", name),
        ));
    }
    for (name, expected, tolerance) in [("chi2", 18.83, 0.01), ("p", 0.0021, 6e-5)] {
        facts.push(Fact::new(
            "breslow_day_tarone",
            "Breslow-Day for UCBAdmissions, as published",
            format!("six departments, without Tarone's correction, {name}"),
            (expected, tolerance),
            field(&found, "breslow_day", name),
        ));
    }
}

/// Smoking and lung cancer of men and women (Doll and Hill 1950).
fn lung_cancer(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Doll and Hill 1950 in R's contingencytables, as printed";
    let found = strata(
        &group(&[(647, 1269), (41, 69)]),
        &group(&[(2, 29), (19, 51)]),
        0.95,
    );
    for (method, id, name, expected, tolerance) in [
        (
            "mantel_haenszel_rbg",
            "mantel_haenszel_odds_ratio",
            "estimate",
            4.5239,
            5e-5,
        ),
        (
            "mantel_haenszel_sato",
            "mantel_haenszel_difference",
            "estimate",
            0.3294,
            5e-5,
        ),
        (
            "breslow_day_tarone",
            "breslow_day_tarone",
            "chi2",
            5.175,
            5e-4,
        ),
        (
            "breslow_day_tarone",
            "breslow_day_tarone",
            "p",
            0.02292,
            5e-6,
        ),
    ] {
        facts.push(Fact::new(
            method,
            SOURCE,
            format!("men and women, {name}"),
            (expected, tolerance),
            field(&found, id, name),
        ));
    }
}

/// Limits by the interpolation of Spiegelhalter 2005, appendix A.1.1, between counts.
fn funnels(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "own sizes, binomial of scipy 1.17 with the paper's interpolation";
    for (target, n, expected) in [
        (
            0.1,
            50.0,
            [0.0, 0.013_862_927, 0.179_722_727_6, 0.240_128_418_8],
        ),
        (
            0.85,
            120.0,
            [
                0.737_061_215_6,
                0.778_969_103_6,
                0.906_974_675_1,
                0.937_927_914,
            ],
        ),
        (0.02, 30.0, [0.0, 0.0, 0.065_559_635_5, 0.124_339_519_8]),
        (
            0.5,
            1000.0,
            [
                0.450_652_196,
                0.468_502_095_2,
                0.530_497_904_8,
                0.548_347_804,
            ],
        ),
    ] {
        let found = said(funnel_limits(target, n));
        for (name, expected) in ["lower 99.8%", "lower 95%", "upper 95%", "upper 99.8%"]
            .into_iter()
            .zip(expected)
        {
            let got = found.clone().map(|found| match name {
                "lower 99.8%" => found.lower_998,
                "lower 95%" => found.lower_95,
                "upper 95%" => found.upper_95,
                _ => found.upper_998,
            });
            let case = format!("target {target}, n = {n}, {name}");
            facts.push(Fact::new(
                "funnel_binomial",
                SOURCE,
                case,
                (expected, 1e-8),
                got,
            ));
        }
    }
}

/// Sizes that decide a floor: an exhaustive look at all sizes to 20,000.
fn sizes(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "own plans, every size to 20,000 with scipy 1.17";
    for (truth, floor, alpha, power, expected) in [
        (0.9, 0.8, 0.025, 0.8, 113.0),
        (0.9, 0.8, 0.025, 0.9, 149.0),
        (0.7, 0.8, 0.025, 0.8, 155.0),
        (0.95, 0.9, 0.05, 0.8, 203.0),
        (0.99, 0.95, 0.025, 0.9, 202.0),
        (0.85, 0.8, 0.025, 0.8, 494.0),
        (0.3, 0.5, 0.025, 0.9, 70.0),
        (0.78, 0.8, 0.05, 0.8, 2639.0),
    ] {
        let got = n_to_decide_floor(truth, floor, alpha, power)
            .map(|n| n as f64)
            .ok_or_else(|| "no size was found".to_owned());
        let case = format!("truth {truth}, floor {floor}, alpha {alpha}, power {power}, n");
        facts.push(Fact::new("power", SOURCE, case, (expected, 0.0), got));
    }
}

/// Ratings of 58 normal and 51 abnormal CT images and their published operating points.
fn thresholds(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Hanley and McNeil 1982, Radiology 143:29-36, table I";
    const NORMAL: [usize; 5] = [33, 6, 6, 11, 2];
    const ABNORMAL: [usize; 5] = [3, 2, 2, 11, 33];
    let (mut y, mut rating) = (Vec::new(), Vec::new());
    for (class, counts) in [(false, NORMAL), (true, ABNORMAL)] {
        for (step, count) in counts.iter().enumerate() {
            y.extend(std::iter::repeat_n(class, *count));
            rating.extend(std::iter::repeat_n(step as f64 + 1.0, *count));
        }
    }
    for (method, rule, asked, sensitivity, false_positives) in [
        ("threshold_youden", ChoiceRule::Youden, "", 0.863, 0.224),
        (
            "threshold_target_sensitivity",
            ChoiceRule::TargetSensitivity(0.9),
            " 0.9",
            0.902,
            0.328,
        ),
        (
            "threshold_target_sensitivity",
            ChoiceRule::TargetSensitivity(0.94),
            " 0.94",
            0.941,
            0.431,
        ),
        (
            "threshold_target_specificity",
            ChoiceRule::TargetSpecificity(0.75),
            " 0.75",
            0.863,
            0.224,
        ),
        (
            "threshold_target_specificity",
            ChoiceRule::TargetSpecificity(0.8),
            " 0.8",
            0.647,
            0.034,
        ),
    ] {
        let found = said(choose_threshold(rule, &y, &rating, false));
        for (name, expected) in [
            ("sensitivity", sensitivity),
            ("false positive rate", false_positives),
        ] {
            let got = found.clone().map(|found| match name {
                "sensitivity" => found.sensitivity,
                _ => 1.0 - found.specificity,
            });
            let case = format!("109 ratings, chosen by {method}{asked}, {name}");
            facts.push(Fact::new(method, SOURCE, case, (expected, 6e-4), got));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_tables() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(facts.len() > 60, "{}", facts.len());
    }
}
