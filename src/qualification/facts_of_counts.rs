//! Facts about proportions, differences, paired tables, families and plans.

use crate::calculation::{
    Counts, DiagnosticCounts, PlannedFloor, adjusted, diagnostic, difference, paired, power,
    proportion, ratio,
};
use crate::statistics::PairedTable;

use super::{Fact, field, limits};

type Pair = (u64, u64);

fn counts((events, trials): Pair) -> Counts {
    Counts { events, trials }
}

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    proportions(&mut facts);
    differences(&mut facts);
    ratios(&mut facts);
    margins(&mut facts);
    pairs(&mut facts);
    diagnostics(&mut facts);
    families(&mut facts);
    plans(&mut facts);
    facts
}

/// Newcombe 1998, Stat Med 17:857-872, table I.
fn proportions(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Newcombe 1998, Stat Med 17:857-872, table I";
    const CASES: [Pair; 4] = [(81, 263), (15, 148), (0, 20), (1, 29)];
    const PRINTED: [(&str, [[f64; 2]; 4]); 4] = [
        (
            "wilson",
            [
                [0.2553, 0.3662],
                [0.0624, 0.1605],
                [0.0, 0.1611],
                [0.0061, 0.1718],
            ],
        ),
        (
            "clopper_pearson",
            [
                [0.2527, 0.3676],
                [0.0578, 0.1617],
                [0.0, 0.1684],
                [0.0009, 0.1776],
            ],
        ),
        (
            "mid_p",
            [
                [0.2544, 0.3658],
                [0.0601, 0.1581],
                [0.0, 0.1391],
                [0.0017, 0.1585],
            ],
        ),
        (
            "wilson_continuity",
            [
                [0.2535, 0.3682],
                [0.0598, 0.1644],
                [0.0, 0.2005],
                [0.0018, 0.1963],
            ],
        ),
    ];
    for (method, printed) in PRINTED {
        for (case, expected) in CASES.into_iter().zip(printed) {
            let found = proportion(counts(case), 0.95);
            let shown = format!("{}/{}", case.0, case.1);
            limits(facts, &found, method, (SOURCE, &shown), expected, 5e-05);
        }
    }
}

/// Newcombe 1998, Stat Med 17:873-890, table II (method 10).
fn differences(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Newcombe 1998, Stat Med 17:873-890, table II (method 10)";
    const CASES: [(Pair, Pair); 7] = [
        ((56, 70), (48, 80)),
        ((9, 10), (3, 10)),
        ((6, 7), (2, 7)),
        ((5, 56), (0, 29)),
        ((0, 10), (0, 20)),
        ((10, 10), (0, 20)),
        ((10, 10), (0, 10)),
    ];
    const PRINTED: [(&str, [[f64; 2]; 7]); 2] = [
        (
            "newcombe_10",
            [
                [0.0524, 0.3339],
                [0.1705, 0.809],
                [0.0582, 0.8062],
                [-0.0381, 0.1926],
                [-0.1611, 0.2775],
                [0.6791, 1.0],
                [0.6075, 1.0],
            ],
        ),
        (
            "miettinen_nurminen",
            [
                [0.0528, 0.3382],
                [0.17, 0.8406],
                [0.0342, 0.8534],
                [-0.0326, 0.1933],
                [-0.1658, 0.2844],
                [0.7156, 1.0],
                [0.6636, 1.0],
            ],
        ),
    ];
    for (method, printed) in PRINTED {
        for ((first, second), expected) in CASES.into_iter().zip(printed) {
            let found = difference(counts(first), counts(second), None, 0.95);
            let shown = format!("{}/{} and {}/{}", first.0, first.1, second.0, second.1);
            limits(facts, &found, method, (SOURCE, &shown), expected, 5e-05);
        }
    }
}

/// Fagerland, Lydersen, Laake 2015 (score, Miettinen-Nurminen).
fn ratios(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Fagerland, Lydersen, Laake 2015 (score, Miettinen-Nurminen)";
    const CASES: [(Pair, Pair); 3] = [
        ((24, 73), (53, 65)),
        ((29, 55), (11, 11)),
        ((7, 18), (1, 18)),
    ];
    const PRINTED: [(&str, [[f64; 2]; 3]); 2] = [
        (
            "risk_ratio_score",
            [[0.28, 0.56], [0.397, 0.742], [1.296, 42.544]],
        ),
        (
            "odds_ratio_score",
            [[0.05, 0.245], [0.0, 0.417], [1.416, 76.428]],
        ),
    ];
    for (method, printed) in PRINTED {
        for ((first, second), expected) in CASES.into_iter().zip(printed) {
            let found = ratio(counts(first), counts(second), 0.95);
            let shown = format!("{}/{} and {}/{}", first.0, first.1, second.0, second.1);
            limits(facts, &found, method, (SOURCE, &shown), expected, 0.0006);
        }
    }
}

/// A margin of 10 points, by two independent codes.
fn margins(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "two independent codes";
    let (test, reference) = (counts((90, 100)), counts((95, 100)));
    let found = difference(test, reference, Some(0.1), 0.95);
    for (method, z, p) in [
        ("farrington_manning", 1.2665, 0.10267),
        ("miettinen_nurminen_test", 1.26333, 0.10324),
    ] {
        for (name, expected) in [("z", z), ("p", p)] {
            let case = format!("90/100 and 95/100, margin 0.1, {name}");
            facts.push(Fact::new(
                method,
                SOURCE,
                case,
                (expected, 5e-06),
                field(&found, method, name),
            ));
        }
    }
    // One-sided 95% limits are those of a two-sided 90% interval.
    let found = difference(test, reference, None, 0.90);
    for (method, expected) in [
        ("mee", -0.11659),
        ("miettinen_nurminen", -0.11678),
        ("newcombe_10", -0.1155),
    ] {
        let case = "90/100 and 95/100, one-sided 95% lower limit".to_owned();
        facts.push(Fact::new(
            method,
            SOURCE,
            case,
            (expected, 5e-06),
            field(&found, method, "lower"),
        ));
    }
}

/// Paired tables.
fn pairs(facts: &mut Vec<Fact>) {
    let table = |[both, first_only, second_only, neither]: [u64; 4]| PairedTable {
        both,
        first_only,
        second_only,
        neither,
    };
    let found = paired(table([20, 12, 2, 16]), 0.95);
    limits(
        facts,
        &found,
        "newcombe_paired_8",
        ("Newcombe 1998, Stat Med 17:2635-2650", "[20, 12, 2, 16]"),
        [0.0618, 0.3242],
        5e-05,
    );
    limits(
        facts,
        &found,
        "newcombe_paired_10",
        ("Newcombe 1998, Stat Med 17:2635-2650", "[20, 12, 2, 16]"),
        [0.0562, 0.3292],
        5e-05,
    );
    let found = paired(table([4, 9, 3, 16]), 0.95);
    limits(
        facts,
        &found,
        "tango",
        ("Tango 1998; Fagerland 2014", "[4, 9, 3, 16]"),
        [-0.027, 0.39],
        0.0006,
    );
    let found = paired(table([794, 150, 86, 570]), 0.95);
    facts.push(Fact::new(
        "mcnemar_chi2",
        "Agresti, approval ratings",
        "[794, 150, 86, 570], chi2".to_owned(),
        (17.3559, 6.0e-05),
        field(&found, "mcnemar_chi2", "chi2"),
    ));
    facts.push(Fact::new(
        "mcnemar_chi2_continuity",
        "Agresti, approval ratings",
        "[794, 150, 86, 570], chi2".to_owned(),
        (16.8178, 6.0e-05),
        field(&found, "mcnemar_chi2_continuity", "chi2"),
    ));
    facts.push(Fact::new(
        "mcnemar_chi2_continuity",
        "Agresti, approval ratings",
        "[794, 150, 86, 570], p".to_owned(),
        (4.115e-05, 2.5e-08),
        field(&found, "mcnemar_chi2_continuity", "p"),
    ));
    facts.push(Fact::new(
        "mcnemar_exact",
        "Agresti, approval ratings",
        "[794, 150, 86, 570], p".to_owned(),
        (3.716e-05, 2.2e-08),
        field(&found, "mcnemar_exact", "p"),
    ));
}

/// A table of a guidance; limits were cut, not rounded, in one place.
fn diagnostics(facts: &mut Vec<Fact>) {
    const SOURCE: &str =
        "FDA draft guidance on AI-enabled device software functions, January 2025, appendix F";
    let counts = DiagnosticCounts {
        true_positive: 4200,
        false_positive: 3400,
        false_negative: 800,
        true_negative: 16600,
    };
    let found = diagnostic(counts, &[], 0.95);
    let printed: [(&str, [f64; 3], f64); 5] = [
        ("sensitivity", [0.84, 0.829, 0.85], 0.001),
        ("specificity", [0.83, 0.825, 0.835], 0.001),
        ("ppv", [0.553, 0.541, 0.564], 0.001),
        ("npv", [0.954, 0.951, 0.957], 0.001),
        ("likelihood_ratio_positive", [4.9, 4.8, 5.1], 0.051),
    ];
    for (method, expected, tolerance) in printed {
        for (name, expected) in ["estimate", "lower", "upper"].into_iter().zip(expected) {
            let case = format!("4200, 3400, 800, 16600 (tp, fp, fn, tn), {name}");
            facts.push(Fact::new(
                method,
                SOURCE,
                case,
                (expected, tolerance),
                field(&found, method, name),
            ));
        }
    }
}

/// Rejections at 0.05 of a published family.
fn families(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Benjamini-Hochberg 1995, 15 p-values";
    const P: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262,
        0.5719, 0.6528, 0.759, 1.0,
    ];
    let found = adjusted(&P);
    for (method, expected) in [
        ("bonferroni", 3.0),
        ("holm", 3.0),
        ("benjamini_hochberg", 4.0),
        ("benjamini_yekutieli", 3.0),
    ] {
        let adjusted: Result<Vec<f64>, String> = found
            .iter()
            .map(|entry| field(&found, &entry.id, method))
            .collect();
        let rejected = adjusted.map(|p| p.iter().filter(|p| **p <= 0.05).count() as f64);
        facts.push(Fact::new(
            method,
            SOURCE,
            "rejections at 0.05".to_owned(),
            (expected, 0.0),
            rejected,
        ));
    }
}

/// Chance that a one-sided 97.5% Clopper-Pearson limit shows 0.80 when 0.90 is true.
fn plans(facts: &mut Vec<Fact>) {
    for (n, expected) in [(110, 0.7913), (117, 0.8091), (120, 0.856)] {
        let plan = PlannedFloor {
            truth: 0.9,
            floor: 0.8,
            n: Some(n),
            alpha: 0.025,
        };
        let got = field(&power(plan), "pass", "estimate");
        let case = format!("n = {n}, truth 0.90, floor 0.80");
        facts.push(Fact::new(
            "power",
            "exact binomial",
            case,
            (expected, 6e-05),
            got,
        ));
    }
}
