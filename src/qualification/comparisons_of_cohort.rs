//! Levels of an attribute of a clustered cohort, and two scores of it, set against each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::calculation::Samples;
use crate::metrics::{self, AurocDifference, ContrastKinds, ShareOf, auroc_shared};
use crate::statistics::{Heterogeneity, ProportionDifference, wald_heterogeneity};

use super::numbers_of_cohort::{CONFIDENCE, Found, Put, Read, SHARES, flagged, lower, upper};

/// Groups that names ask for, and what they ask to compare: `A_vs_B` of `auroc.A_vs_B.D`, the attribute of
/// `sens.site.wald_p`. A column with a level for each sample has very many levels and pairs, of which
/// none is meant.
pub(super) fn asked<'a>(names: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    let mut asked = BTreeSet::new();
    for (group, rest) in names.filter_map(|name| name.split_once('.')) {
        asked.insert(group);
        asked.extend(rest.rsplit_once('.').map(|(compared, _)| compared));
    }
    asked
}

/// The pairs of levels that are asked for, and all levels where that is.
pub(super) fn compared(
    attribute: &str,
    (names, own): (&[String], &[Samples]),
    asked: &BTreeSet<&str>,
    found: &mut Found,
) {
    for (first, a) in own.iter().enumerate() {
        for (second, b) in own.iter().enumerate().skip(first + 1) {
            let names = format!("{}_vs_{}", names[first], names[second]);
            if asked.contains(names.as_str()) {
                of_areas(&names, a, b, found);
                of_shares(&names, a, b, found);
            }
        }
    }
    if !asked.contains(attribute) {
        return;
    }
    let numbers: [Read<Heterogeneity>; 2] = [
        ("wald_chi2", "wald_cluster", |of| Some(of.statistic)),
        ("wald_p", "wald_cluster", |of| Some(of.p)),
    ];
    for (short, _, of) in SHARES {
        let test = wald_heterogeneity(&by_patient(own, of));
        Put::new(short, found).each(attribute, &test, &numbers);
    }
}

/// (Events, trials) of each patient in each level.
fn by_patient(own: &[Samples], of: ShareOf) -> Vec<Vec<(u64, u64)>> {
    let mut counts: BTreeMap<u32, Vec<(u64, u64)>> = BTreeMap::new();
    for (level, samples) in own.iter().enumerate() {
        let patients = samples.cluster.iter().flatten();
        for ((y, called), patient) in samples.y.iter().zip(flagged(samples)).zip(patients) {
            if let Some(event) = of.counts(*y, called) {
                let patient = counts.entry(*patient);
                let cell = &mut patient.or_insert_with(|| vec![(0, 0); own.len()])[level];
                cell.0 += u64::from(event);
                cell.1 += 1;
            }
        }
    }
    counts.into_values().collect()
}

/// DeLong's test where samples are independent, and Obuchowski's, which knows of patients in both.
fn of_areas(names: &str, a: &Samples, b: &Samples, found: &mut Found) {
    let mut put = Put::new("auroc", found);
    let area = |of: &Samples| metrics::auroc(&of.y, &of.score, None);
    let apart = area(a).and_then(|own| Ok(AurocDifference::disjoint(own, area(b)?)));
    let numbers: [Read<AurocDifference>; 3] = [
        ("D", "welch_delong", AurocDifference::statistic),
        ("df", "welch_delong", |of| of.df),
        ("p", "welch_delong", |of| of.p_two_sided().ok()),
    ];
    put.each(names, &apart, &numbers);
    let (of_a, of_b) = (a.cluster.as_deref(), b.cluster.as_deref());
    let clustered = auroc_shared(
        (&a.y, &a.score, of_a.unwrap_or_default()),
        (&b.y, &b.score, of_b.unwrap_or_default()),
    );
    let id = clustered.as_ref().map_or("auroc", |of| of.method);
    let numbers: [Read<AurocDifference>; 3] = [
        ("D_cluster", id, AurocDifference::statistic),
        ("df_cluster", id, |of| of.df),
        ("p_cluster", id, |of| of.p_two_sided().ok()),
    ];
    put.each(names, &clustered, &numbers);
}

fn of_shares(names: &str, a: &Samples, b: &Samples, found: &mut Found) {
    let (of_a, of_b) = (a.cluster.as_deref(), b.cluster.as_deref());
    let (called_a, called_b) = (flagged(a), flagged(b));
    let both = ContrastKinds::of(
        (&a.y, &called_a, of_a.unwrap_or_default()),
        (&b.y, &called_b, of_b.unwrap_or_default()),
        true,
    );
    for (short, _, of) in SHARES {
        let difference = both.difference(of);
        let id = difference
            .as_ref()
            .map_or(short, ProportionDifference::method);
        let numbers: [Read<ProportionDifference>; 3] = [
            ("difference", id, |of| Some(of.estimate())),
            ("lower", id, |of| lower(of.interval(CONFIDENCE))),
            ("upper", id, |of| upper(of.interval(CONFIDENCE))),
        ];
        Put::new(short, found).each(names, &difference, &numbers);
    }
}

/// Both scores of the same samples: as if these were independent, and with patients.
pub(super) fn of_two_scores(all: &Samples, second: &[f64], found: &mut Found) {
    const NAME: &str = "score_vs_second";
    let paired = |cluster| metrics::auroc_paired(&all.y, &all.score, second, cluster);
    let mut put = Put::new("auroc", found);
    let numbers: [Read<AurocDifference>; 3] = [
        ("difference", "delong_paired", |of| Some(of.estimate())),
        ("Z", "delong_paired", AurocDifference::statistic),
        ("p", "delong_paired", |of| of.p_two_sided().ok()),
    ];
    put.each(NAME, &paired(None), &numbers);
    let numbers: [Read<AurocDifference>; 2] = [
        ("Z_cluster", "obuchowski_paired", AurocDifference::statistic),
        ("p_cluster", "obuchowski_paired", |of| of.p_two_sided().ok()),
    ];
    put.each(NAME, &paired(all.cluster.as_deref()), &numbers);
}
