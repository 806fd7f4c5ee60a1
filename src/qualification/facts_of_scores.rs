//! Facts about ranking, calibration, ranges, shrinkage, prevalence and agreement.

use crate::metrics::{self, Bins};
use crate::statistics::{
    NotEstimable, Tail, d2, intraclass_correlation, james_stein, maximum_quantile,
    relative_repeatability_limits, rogan_gladen,
};

use super::Fact;

pub(super) fn said<T>(found: Result<T, NotEstimable>) -> Result<T, String> {
    found.map_err(|why| why.to_string())
}

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    ranking(&mut facts);
    calibration(&mut facts);
    ranges(&mut facts);
    shrinkage(&mut facts);
    agreement(&mut facts);
    facts
}

/// The example of scikit-learn's documentation.
fn ranking(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "scikit-learn docs";
    let (y, score) = ([false, false, true, true], [0.1, 0.4, 0.35, 0.8]);
    let area = metrics::auroc(&y, &score, None);
    let case = |what: &str| format!("0 0 1 1 with 0.1 0.4 0.35 0.8, {what}");
    let value = said(area.clone().map(|area| area.estimate));
    facts.push(Fact::new(
        "auroc",
        SOURCE,
        case("area"),
        (0.75, 1e-6),
        value,
    ));
    let variance = said(area).and_then(|area| area.variance_delong.ok_or("no variance".to_owned()));
    facts.push(Fact::new(
        "delong",
        SOURCE,
        case("variance"),
        (0.125, 1e-6),
        variance,
    ));
    let precision = said(metrics::average_precision(&y, &score, None)).map(|found| found.estimate);
    facts.push(Fact::new(
        "average_precision",
        SOURCE,
        case("average precision"),
        (0.833_333_3, 1e-6),
        precision,
    ));
}

/// The example of torchmetrics' documentation.
fn calibration(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "torchmetrics docs";
    let (y, p) = (
        [false, false, true, true, true],
        [0.25, 0.25, 0.55, 0.75, 0.75],
    );
    let found = said(metrics::calibration_error(
        &y,
        &p,
        None,
        &Bins::Width(2),
        0.95,
        10,
        1,
    ));
    for (method, expected) in [
        ("ece_l1", 0.29),
        ("ece_l2", 0.291_833_3),
        ("ece_max", 0.316_666_7),
    ] {
        let got = found.clone().map(|found| match method {
            "ece_l1" => found.l1,
            "ece_l2" => found.l2,
            _ => found.largest,
        });
        facts.push(Fact::new(
            method,
            SOURCE,
            "five cases, two bins".to_owned(),
            (expected, 1e-6),
            got,
        ));
    }
}

/// Expected range of normals, and quantiles of the largest of correlated ones.
#[expect(clippy::approx_constant, reason = "the digits as they were printed")]
fn ranges(facts: &mut Vec<Fact>) {
    for (k, expected) in [
        (2, 1.128_38),
        (3, 1.692_57),
        (4, 2.058_75),
        (5, 2.325_93),
        (6, 2.534_41),
        (8, 2.847_20),
        (10, 3.077_51),
    ] {
        let source = "tables of the range of k normals (d2)";
        facts.push(Fact::new(
            "chance_range",
            source,
            format!("k = {k}"),
            (expected, 1e-5),
            Ok(d2(k)),
        ));
    }
    // For four the exact integral is 2.44177: the table cuts it off where it rounds the others.
    for (k, expected, tolerance) in [
        (2usize, 2.212, 6e-4),
        (3, 2.349, 6e-4),
        (4, 2.441, 1e-3),
        (5, 2.511, 6e-4),
    ] {
        let correlation: Vec<Vec<f64>> = (0..k)
            .map(|i| (0..k).map(|j| if i == j { 1.0 } else { 0.5 }).collect())
            .collect();
        let got = said(maximum_quantile(&correlation, Tail::TwoSided, 0.95, 1));
        let source = "Dunnett tables, rho 0.5, df infinite, two-sided 5%";
        facts.push(Fact::new(
            "max_t",
            source,
            if k == 4 {
                "k = 4; the integral is 2.44177, which the table cuts off".to_owned()
            } else {
                format!("k = {k}")
            },
            (expected, tolerance),
            got,
        ));
    }
}

/// Eighteen batting averages (Efron and Morris 1975), after 45 times at bat.
fn shrinkage(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Efron-Morris 1975, batting";
    const HITS: [f64; 18] = [
        18.0, 17.0, 16.0, 15.0, 14.0, 14.0, 13.0, 12.0, 11.0, 11.0, 10.0, 10.0, 10.0, 10.0, 10.0,
        9.0, 8.0, 7.0,
    ];
    let averages: Vec<f64> = HITS.iter().map(|hits| hits / 45.0).collect();
    let mean = averages.iter().sum::<f64>() / 18.0;
    let found = said(james_stein(&averages, mean * (1.0 - mean) / 45.0));
    let kept = found.clone().map(|found| found.kept);
    facts.push(Fact::new(
        "james_stein",
        SOURCE,
        "share of the distance kept".to_owned(),
        (0.211_653_4, 6e-5),
        kept,
    ));
    for (name, place, expected) in [("Clemente", 0usize, 0.294), ("Alvis", 17, 0.242)] {
        let got = found.clone().map(|found| found.estimates[place]);
        facts.push(Fact::new(
            "james_stein",
            SOURCE,
            name.to_owned(),
            (expected, 6e-4),
            got,
        ));
    }
    let got = said(rogan_gladen(4.0 / 80.0, 0.90, 0.99)).map(|share| 100.0 * share);
    let case = "4 of 80 positive, sensitivity 0.90, specificity 0.99, percent".to_owned();
    facts.push(Fact::new(
        "rogan_gladen",
        "Rogan-Gladen via epiR docs",
        case,
        (4.494, 6e-4),
        got,
    ));
}

/// Six subjects and four judges, and limits of relative change.
fn agreement(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Shrout-Fleiss 1979, 6 subjects x 4 judges";
    let ratings: Vec<Vec<f64>> = [
        [9.0, 2.0, 5.0, 8.0],
        [6.0, 1.0, 3.0, 2.0],
        [8.0, 4.0, 6.0, 8.0],
        [7.0, 1.0, 2.0, 6.0],
        [10.0, 5.0, 6.0, 9.0],
        [6.0, 2.0, 4.0, 7.0],
    ]
    .iter()
    .map(|row| row.to_vec())
    .collect();
    let found = said(intraclass_correlation(&ratings, 0.95));
    for (method, expected) in [
        ("icc_1_1", 0.166),
        ("icc_2_1", 0.290),
        ("icc_3_1", 0.715),
        ("icc_1_k", 0.443),
        ("icc_2_k", 0.620),
        ("icc_3_k", 0.909),
    ] {
        let got = found.clone().and_then(|found| {
            said(match method {
                "icc_1_1" => found.one_way,
                "icc_2_1" => found.agreement,
                "icc_3_1" => found.consistency,
                "icc_1_k" => found.one_way_mean,
                "icc_2_k" => found.agreement_mean,
                _ => found.consistency_mean,
            })
        });
        facts.push(Fact::new(
            method,
            SOURCE,
            "all ratings".to_owned(),
            (expected, 6e-4),
            got,
        ));
    }
    for (wcv, expected) in [(0.12, [-28.2, 39.3]), (0.10, [-24.2, 31.9])] {
        let found = said(relative_repeatability_limits(wcv));
        for (name, expected) in ["lower", "upper"].into_iter().zip(expected) {
            let got = found.clone().map(|limits| {
                100.0
                    * if name == "lower" {
                        limits.lower
                    } else {
                        limits.upper
                    }
            });
            let case = format!("within-subject variation {wcv}, {name} limit in percent");
            let source = "QIBA, asymmetric repeatability limits";
            facts.push(Fact::new(
                "repeatability_limits",
                source,
                case,
                (expected, 0.06),
                got,
            ));
        }
    }
}
