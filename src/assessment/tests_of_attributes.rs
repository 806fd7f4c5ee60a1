//! One global test of each metric over all levels of an attribute.

use std::collections::BTreeMap;

use crate::cohort::{OVERALL, Strata};
use crate::config::StatisticsSpec;
use crate::metrics::ShareOf;
use crate::statistics::{
    Heterogeneity, Kind, NotEstimable, permutation_heterogeneity_of_kinds,
    wald_heterogeneity_of_kinds,
};

use super::HeterogeneityTest;
use super::measured::Measured;
use super::metric::Metric;
use super::partition::{Decisions, LevelTable};
use super::unanswered::About;

/// Metrics whose heterogeneity is tested.
const TESTED: [(Metric, ShareOf); 2] = [
    (Metric::Sensitivity, ShareOf::Sensitivity),
    (Metric::Specificity, ShareOf::Specificity),
];

/// Tests of one attribute; none for the whole cohort. Samples with a missing value take no part.
pub(super) fn tests(
    spec: &StatisticsSpec,
    measured: &Measured,
    (strata, table, decisions): (&Strata, &LevelTable, &Decisions),
    several: bool,
) -> Vec<HeterogeneityTest> {
    if strata.attribute == OVERALL {
        return Vec::new();
    }
    TESTED
        .into_iter()
        .map(|tested| test(spec, measured, (strata, table, decisions), several, tested))
        .collect()
}

fn test(
    spec: &StatisticsSpec,
    measured: &Measured,
    (strata, table, decisions): (&Strata, &LevelTable, &Decisions),
    several: bool,
    (metric, share): (Metric, ShareOf),
) -> HeterogeneityTest {
    let endpoint = if several {
        format!("{}.", measured.endpoint)
    } else {
        String::new()
    };
    let about = About {
        id: format!("{}.{endpoint}{}", metric.id(), strata.attribute),
        endpoint: &measured.endpoint,
        metric: metric.id(),
        attribute: &strata.attribute,
    };
    let found = heterogeneity(spec, measured, (strata, table, decisions), share);
    HeterogeneityTest::of(about, &strata.levels, found.map_err(|why| why.to_string()))
}

/// By permuting whole patients where each has one level, by a cluster-robust Wald test where
/// the attribute varies within patients.
fn heterogeneity(
    spec: &StatisticsSpec,
    measured: &Measured,
    (strata, table, decisions): (&Strata, &LevelTable, &Decisions),
    share: ShareOf,
) -> Result<(Heterogeneity, Vec<usize>), NotEstimable> {
    let known: Vec<usize> = (0..strata.levels.len())
        .filter(|level| !strata.holds_missing[*level])
        .collect();
    let permutations = spec.replicates.get() as u64;
    if !table.varies || !measured.clustered {
        let kinds: Vec<_> = known
            .iter()
            .map(|level| table.kinds(*level).shares(share))
            .collect();
        let found = permutation_heterogeneity_of_kinds(&kinds, permutations, spec.seed)?;
        return Ok((found, known));
    }
    let mut place_of = vec![None; strata.levels.len()];
    for (place, level) in known.iter().enumerate() {
        place_of[*level] = Some(place);
    }
    // Patients by their events and trials in every level.
    let mut kinds: BTreeMap<Vec<(u64, u64)>, u64> = BTreeMap::new();
    let mut own = vec![(0u64, 0u64); known.len()];
    for samples in decisions.patients() {
        own.fill((0, 0));
        let levels = &table.codes_by_patient()[samples.clone()];
        for (level, (positive, flagged)) in levels.iter().zip(&decisions.decided()[samples]) {
            if let Some(place) = place_of[usize::from(*level)]
                && let Some(event) = share.counts(*positive, *flagged)
            {
                own[place].0 += u64::from(event);
                own[place].1 += 1;
            }
        }
        match kinds.get_mut(&own) {
            Some(times) => *times += 1,
            None => {
                kinds.insert(own.clone(), 1);
            }
        }
    }
    let filled = |own: &[(u64, u64)]| own.iter().filter(|(_, trials)| *trials > 0).count();
    kinds.retain(|own, _| filled(own) > 0);
    if kinds.keys().any(|own| filled(own) > 1) {
        let kinds: Vec<Kind<&[(u64, u64)]>> = kinds
            .iter()
            .map(|(own, times)| (own.as_slice(), *times))
            .collect();
        return Ok((wald_heterogeneity_of_kinds(&kinds)?, known));
    }
    let of_level = |place: usize| -> Vec<Kind<(u64, u64)>> {
        let own = kinds.iter().map(|(own, times)| (own[place], *times));
        own.filter(|((_, trials), _)| *trials > 0).collect()
    };
    let by_level: Vec<_> = (0..known.len()).map(of_level).collect();
    let found = permutation_heterogeneity_of_kinds(&by_level, permutations, spec.seed)?;
    Ok((found, known))
}
