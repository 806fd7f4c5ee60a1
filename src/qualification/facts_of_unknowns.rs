//! Facts about what unknowns could do to a gap, standardised groups and a perfect rate
//! (`fixtures/what_if.py`).

use crate::metrics::{ConfusionCounts, ConfusionKinds, MatrixDraws};
use crate::statistics::{
    AgainstReference, NotEstimable, StandardisedDifference, StratumCounts, tipping_point,
};

use super::Fact;
use super::facts_of_scores::said;

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    sums(&mut facts);
    standardised(&mut facts);
    imperfect(&mut facts);
    tipping(&mut facts);
    facts
}

/// Limits of Youden's J where one rate is 1: Newcombe's method 10 for true less false positive rate.
fn sums(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "own counts, statsmodels 0.15, confint_proportions_2indep (newcomb)";
    let kind = |tp, fp, fn_, tn| ConfusionCounts {
        true_positive: tp,
        false_positive: fp,
        false_negative: fn_,
        true_negative: tn,
    };
    for (false_positive, expected) in [
        (0u64, [0.769_713_715, 1.0]),
        (7, [0.408_942_939, 0.836_394_068]),
    ] {
        let kinds = vec![
            (kind(1, 0, 0, 0), 18),
            (kind(0, 1, 0, 0), false_positive),
            (kind(0, 0, 0, 1), 22 - false_positive),
        ];
        let found = ConfusionKinds::from_kinds(kinds, false)
            .matrix_metrics(0.95, &MatrixDraws::new(200, 1));
        let youden = found
            .into_iter()
            .find(|(metric, _)| metric.id() == "youden");
        let youden = youden
            .ok_or_else(|| "there is no youden".to_owned())
            .and_then(|(_, found)| said(found.and_then(|found| found.interval)));
        for (name, expected) in ["lower", "upper"].into_iter().zip(expected) {
            let got = youden.clone().map(|limits| match name {
                "lower" => limits.lower,
                _ => limits.upper,
            });
            let case = format!("J of 18/18 and {}/22, {name} limit", 22 - false_positive);
            facts.push(Fact::new(
                "mover_wilson_sum",
                SOURCE,
                case,
                (expected, 1e-9),
                got,
            ));
        }
    }
}

/// Thirty clusters in three strata; every third is in both groups.
fn two_groups() -> (Vec<StratumCounts>, Vec<StratumCounts>) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for cluster in 0..30u32 {
        let stratum = (cluster % 5 / 2) as usize;
        let trials = 1 + u64::from(cluster % 4);
        let one = |events: u64, stratum: usize| StratumCounts {
            cluster,
            stratum,
            events,
            trials,
        };
        if cluster % 3 != 1 {
            let events = u64::from(cluster) * 7 % (trials + 1);
            first.push(one(events.min(trials), stratum));
        }
        if cluster % 3 != 2 {
            let events = trials - u64::from(cluster) * 5 % (trials + 1);
            let stratum = (stratum + usize::from(cluster.is_multiple_of(2))) % 3;
            second.push(one(events, stratum));
        }
    }
    (first, second)
}

/// Groups that share clusters: a mean for each group and stratum, errors by cluster.
fn standardised(facts: &mut Vec<Fact>) {
    const SOURCE: &str =
        "own counts, statsmodels 0.15, saturated regression with errors by cluster";
    let (first, second) = two_groups();
    let found = said(StandardisedDifference::new(
        &first,
        &second,
        &[2.0, 5.0, 3.0],
    ));
    for (name, expected) in [
        ("first group", 0.502_727_272_727_272_7),
        ("second group", 0.711_255_411_255_411_3),
        ("standard error of the first", 0.092_775_148_206_277_14),
        ("standard error of the second", 0.092_608_321_010_359_1),
        ("correlation", -0.142_998_277_896_357_08),
    ] {
        let got = found.clone().map(|found| match name {
            "first group" => found.a.estimate,
            "second group" => found.b.estimate,
            "standard error of the first" => found.a.standard_error,
            "standard error of the second" => found.b.standard_error,
            _ => found.correlation,
        });
        facts.push(Fact::new(
            "standardised_mover_shared",
            SOURCE,
            format!("30 clusters in three strata, ten of both groups, {name}"),
            (expected, 1e-9),
            got,
        ));
    }
}

/// Sensitivity and specificity for the condition itself: the latent table solved numerically.
fn imperfect(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "own counts, the latent table solved by scipy 1.17 (fsolve)";
    const TABLE: AgainstReference = AgainstReference {
        true_positive: 90.0,
        false_positive: 40.0,
        false_negative: 30.0,
        true_negative: 340.0,
    };
    for (sensitivity, specificity, expected) in [
        (
            0.95,
            0.98,
            [0.794_545_454_545_454_6, 0.905_633_802_816_901_4],
        ),
        (
            0.90,
            0.95,
            [0.878_947_368_421_052_8, 0.918_181_818_181_818_2],
        ),
        (0.98, 0.97, [0.82, 0.898_918_918_918_919]),
    ] {
        let reference = format!("reference {sensitivity} and {specificity}");
        for (name, expected, got) in [
            ("sensitivity", expected[0], TABLE.sensitivity(specificity)),
            ("specificity", expected[1], TABLE.specificity(sensitivity)),
        ] {
            facts.push(Fact::new(
                "imperfect_reference",
                SOURCE,
                format!("90, 40, 30, 340 (tp, fp, fn, tn), {reference}, {name}"),
                (expected, 1e-9),
                said(got),
            ));
        }
    }
}

fn tipping(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "own counts, statsmodels 0.15 (newcomb) in a root finder of scipy 1.17";
    let none = || NotEstimable::Other("there is no tipping point".to_owned());
    for (first, second, name, expected) in [
        (
            (70.0, 100.0),
            (180.0, 200.0),
            "loses significance",
            0.474_258_165_843_141_3,
        ),
        (
            (95.0, 100.0),
            (120.0, 200.0),
            "loses significance",
            0.787_657_179_342_085_6,
        ),
        (
            (78.0, 100.0),
            (160.0, 200.0),
            "creates a deficit",
            0.384_385_619_470_803_7,
        ),
        (
            (78.0, 100.0),
            (160.0, 200.0),
            "creates an excess",
            0.586_660_262_285_263,
        ),
        (
            (8.0, 10.0),
            (18.0, 20.0),
            "creates a deficit",
            0.758_413_926_994_596_1,
        ),
    ] {
        let found = tipping_point(first, second, 0.0, 0.95);
        let got = found.and_then(|found| {
            match name {
                "loses significance" => found.loses_significance,
                "creates a deficit" => found.creates_deficit,
                _ => found.creates_excess,
            }
            .ok_or_else(none)
        });
        facts.push(Fact::new(
            "label_tipping_point",
            SOURCE,
            format!(
                "{}/{} and {}/{}, {name}",
                first.0, first.1, second.0, second.1
            ),
            (expected, 1e-8),
            said(got),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::standardised_difference;

    #[test]
    fn numbers_of_unknowns() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(facts.len() > 18, "{}", facts.len());
    }

    #[test]
    fn standardised_groups_that_share_clusters_keep_their_laws() {
        let (first, second) = two_groups();
        let weights = [2.0, 5.0, 3.0];
        let found = StandardisedDifference::new(&first, &second, &weights).unwrap();
        assert_eq!(found.n_shared, 10);
        let limits = found.interval(0.95).unwrap();
        assert!(limits.contains(found.estimate()) && found.method().ends_with("shared"));
        let apart = standardised_difference(&found.a, &found.b, 0.95).unwrap();
        assert!((limits.width() < apart.width()) == (found.correlation > 0.0));
        let turned = StandardisedDifference::new(&second, &first, &weights).unwrap();
        assert_eq!(turned.estimate(), -found.estimate());
        assert!((turned.interval(0.95).unwrap().upper + limits.lower).abs() < 1e-12);
    }
}
