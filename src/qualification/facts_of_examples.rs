//! Facts about worked examples whose raw data are given: litters, peak flow, a table of a guidance.

use crate::calculation::{DiagnosticCounts, diagnostic};
use crate::metrics;
use crate::statistics::{
    ClusteredProportion, bland_altman, n_positive_for_auroc, normal_cdf, philox,
};

use super::facts_of_scores::said;
use super::{Fact, field};

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    litters(&mut facts);
    peak_flow(&mut facts);
    areas(&mut facts);
    predicted(&mut facts);
    generator(&mut facts);
    facts
}

/// Pups alive of pups born, by litter (Weil 1970), as in the examples of Rao and Scott.
const TREATED: [(u64, u64); 16] = [
    (12, 12),
    (11, 11),
    (10, 10),
    (9, 9),
    (10, 11),
    (9, 10),
    (9, 10),
    (8, 9),
    (8, 9),
    (4, 5),
    (7, 9),
    (4, 7),
    (5, 10),
    (3, 6),
    (3, 10),
    (0, 7),
];
const CONTROL: [(u64, u64); 16] = [
    (13, 13),
    (12, 12),
    (9, 9),
    (9, 9),
    (8, 8),
    (8, 8),
    (12, 13),
    (11, 12),
    (9, 10),
    (9, 10),
    (8, 9),
    (11, 13),
    (4, 5),
    (5, 7),
    (7, 10),
    (7, 10),
];

fn litters(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "aod docs, rats (Rao-Scott 1993)";
    for (name, litters, share, effect) in [
        ("treated", TREATED, 0.7724, 3.953),
        ("control", CONTROL, 0.8987, 1.232),
    ] {
        let found = said(ClusteredProportion::from_clusters(&litters));
        let case = |what: &str| format!("16 {name} litters, {what}");
        facts.push(Fact::new(
            "wilson_effective_n",
            SOURCE,
            case("share alive"),
            (share, 6e-4),
            found.clone().map(|found| found.estimate),
        ));
        let got = found.and_then(|found| found.design_effect.ok_or("none".to_owned()));
        facts.push(Fact::new(
            "wilson_effective_n",
            SOURCE,
            case("design effect"),
            (effect, 6e-4),
            got,
        ));
    }
}

/// Seventeen subjects with two peak flow meters, l/min.
fn peak_flow(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Bland-Altman 1986, peak flow";
    const LARGE: [f64; 17] = [
        494.0, 395.0, 516.0, 434.0, 476.0, 557.0, 413.0, 442.0, 650.0, 433.0, 417.0, 656.0, 267.0,
        478.0, 178.0, 423.0, 427.0,
    ];
    const MINI: [f64; 17] = [
        512.0, 430.0, 520.0, 428.0, 500.0, 600.0, 364.0, 380.0, 658.0, 445.0, 432.0, 626.0, 260.0,
        477.0, 259.0, 350.0, 451.0,
    ];
    // The paper takes two standard deviations: the level whose normal quantile is 2.
    let found = said(bland_altman(&LARGE, &MINI, 1.0 - 2.0 * normal_cdf(-2.0)));
    for (what, expected, tolerance) in [
        ("mean difference", -2.118, 6e-4),
        ("standard deviation", 38.77, 6e-3),
        ("lower limit, 2 sd", -79.6, 0.06),
        ("upper limit, 2 sd", 75.4, 0.06),
    ] {
        let got = found.clone().and_then(|found| {
            let limits = said(found.spread).map(|spread| spread.limits);
            Ok(match what {
                "mean difference" => found.bias,
                "standard deviation" => found.sd,
                "lower limit, 2 sd" => limits?.lower,
                _ => limits?.upper,
            })
        });
        facts.push(Fact::new(
            "bland_altman",
            SOURCE,
            format!("large and mini meter, {what}"),
            (expected, tolerance),
            got,
        ));
    }
}

fn areas(facts: &mut Vec<Fact>) {
    let variance = metrics::obuchowski_of_components(
        [0.001_315_130_7, 0.002_237_587_3, 0.005_178_547_8],
        (29.0, 36.0),
    );
    facts.push(Fact::new(
        "obuchowski",
        "Obuchowski 1997, MRA example: variance from its components",
        "29 positives, 36 negatives, area 0.9837, standard error".to_owned(),
        (0.0108, 5e-5),
        Ok(variance.sqrt()),
    ));
    facts.push(Fact::new(
        "power_auroc",
        "pROC power.roc.test docs",
        "area 0.8, power 0.9, alpha 0.05, positives with as many negatives".to_owned(),
        (16.62, 0.01),
        said(n_positive_for_auroc(0.8, 1.0, 0.05, 0.9)),
    ));
    // Straight lines between the points are too optimistic for an estimate; here they check the
    // points of the curve. It starts at recall 0 with the precision of its first point.
    let (y, score) = ([false, false, true, true], [0.1, 0.4, 0.35, 0.8]);
    let trapezoids = said(metrics::precision_recall_curve(&y, &score, 200)).map(|curve| {
        let mut before = (0.0, curve.first().map_or(1.0, |first| first.1));
        let mut area = 0.0;
        for point in curve {
            area += (point.0 - before.0) * 0.5 * (point.1 + before.1);
            before = point;
        }
        area
    });
    facts.push(Fact::new(
        "precision_recall_curve",
        "scikit-learn docs",
        "0 0 1 1 with 0.1 0.4 0.35 0.8, area by trapezoids".to_owned(),
        (0.791_666_7, 1e-6),
        trapezoids,
    ));
}

/// Number needed to predict, 1 / (PPV + NPV - 1), of the table of the guidance.
fn predicted(facts: &mut Vec<Fact>) {
    let counts = DiagnosticCounts {
        true_positive: 4200,
        false_positive: 3400,
        false_negative: 800,
        true_negative: 16600,
    };
    let found = diagnostic(counts, &[], 0.95);
    let got = field(&found, "ppv", "estimate")
        .and_then(|ppv| Ok(1.0 / (ppv + field(&found, "npv", "estimate")? - 1.0)));
    facts.push(Fact::new(
        "ppv",
        "FDA draft guidance on AI-enabled device software functions, January 2025, appendix F",
        "4200, 3400, 800, 16600 (tp, fp, fn, tn), number needed to predict".to_owned(),
        (1.97, 6e-3),
        got,
    ));
}

/// Known answers that were published with the generator.
fn generator(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Random123 (Salmon 2011), kat_vectors, philox4x32-10";
    for (name, counter, key, expected) in [
        (
            "all bits 0",
            [0; 4],
            [0; 2],
            [0x6627_e8d5_u32, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
        ),
        (
            "all bits 1",
            [u32::MAX; 4],
            [u32::MAX; 2],
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
        ),
        (
            "digits of pi",
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ] {
        for (word, (expected, got)) in expected.into_iter().zip(philox(counter, key)).enumerate() {
            facts.push(Fact::new(
                "random",
                SOURCE,
                format!("counter and key of {name}, word {}", word + 1),
                (f64::from(expected), 0.0),
                Ok(f64::from(got)),
            ));
        }
    }
}
