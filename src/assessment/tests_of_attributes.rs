//! One global test of each metric over all levels of an attribute.

use std::collections::BTreeMap;

use crate::cohort::{OVERALL, Strata};
use crate::config::StatisticsSpec;
use crate::metrics::{self, ShareOf};
use crate::statistics::{
    Heterogeneity, NotEstimable, permutation_heterogeneity, wald_heterogeneity,
};

use super::measured::Measured;
use super::metric::Metric;
use super::{EstimateStatus, HeterogeneityTest};

/// Metrics whose heterogeneity is tested.
const TESTED: [(Metric, ShareOf); 2] = [
    (Metric::Sensitivity, ShareOf::Sensitivity),
    (Metric::Specificity, ShareOf::Specificity),
];

/// Tests of one attribute; none for the whole cohort. Samples with a missing value take no part.
pub(super) fn tests(
    spec: &StatisticsSpec,
    measured: &Measured,
    strata: &Strata,
    several: bool,
) -> Vec<HeterogeneityTest> {
    if strata.attribute == OVERALL {
        return Vec::new();
    }
    TESTED
        .into_iter()
        .map(|tested| test(spec, measured, strata, several, tested))
        .collect()
}

fn test(
    spec: &StatisticsSpec,
    measured: &Measured,
    strata: &Strata,
    several: bool,
    (metric, share): (Metric, ShareOf),
) -> HeterogeneityTest {
    let endpoint = if several {
        format!("{}.", measured.endpoint)
    } else {
        String::new()
    };
    let mut row = HeterogeneityTest {
        id: format!("{}.{endpoint}{}", metric.id(), strata.attribute),
        endpoint: measured.endpoint.clone(),
        metric: metric.id().to_owned(),
        attribute: strata.attribute.clone(),
        levels: Vec::new(),
        method: String::new(),
        statistic: None,
        df: None,
        permutations: None,
        p: None,
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    match heterogeneity(spec, measured, strata, share) {
        Err(why) => row.reason = Some(why.to_string()),
        Ok((found, levels)) => {
            row.levels = found
                .levels
                .iter()
                .filter_map(|place| levels.get(*place))
                .map(|level| strata.levels[*level].clone())
                .collect();
            row.method = found.method.to_owned();
            row.statistic = Some(found.statistic);
            row.df = found.df;
            row.permutations = found.permutations;
            row.p = Some(found.p);
            row.status = EstimateStatus::Ok;
        }
    }
    row
}

/// By permuting whole patients where each has one level, by a cluster-robust Wald test where
/// the attribute varies within patients.
fn heterogeneity(
    spec: &StatisticsSpec,
    measured: &Measured,
    strata: &Strata,
    share: ShareOf,
) -> Result<(Heterogeneity, Vec<usize>), NotEstimable> {
    let known: Vec<usize> = (0..strata.levels.len())
        .filter(|level| !strata.holds_missing[*level])
        .collect();
    let mut patients: BTreeMap<u32, Vec<(u64, u64)>> = BTreeMap::new();
    for (place, level) in known.iter().enumerate() {
        let members = measured.members(strata, *level);
        let mut group = measured.group(&members);
        if !measured.clustered {
            // Every sample by itself.
            group.patient = members
                .iter()
                .map(|member| u32::try_from(*member).unwrap_or(u32::MAX))
                .collect();
        }
        let counts =
            metrics::proportion_counts(share, &group.y_true, &group.flagged, &group.patient);
        for (patient, counts) in (0u32..).zip(counts).filter(|(_, counts)| counts.1 > 0) {
            patients
                .entry(patient)
                .or_insert_with(|| vec![(0, 0); known.len()])[place] = counts;
        }
    }
    let levels_of =
        |counts: &Vec<(u64, u64)>| counts.iter().filter(|(_, trials)| *trials > 0).count();
    if patients.values().any(|counts| levels_of(counts) > 1) {
        let clusters: Vec<Vec<(u64, u64)>> = patients.into_values().collect();
        return Ok((wald_heterogeneity(&clusters)?, known));
    }
    let one_level = |counts: Vec<(u64, u64)>| {
        counts
            .into_iter()
            .enumerate()
            .find(|(_, (_, trials))| *trials > 0)
    };
    let (levels, clusters): (Vec<usize>, Vec<(u64, u64)>) =
        patients.into_values().filter_map(one_level).unzip();
    let permutations = spec.replicates.get() as u64;
    Ok((
        permutation_heterogeneity(&clusters, &levels, permutations, spec.seed)?,
        known,
    ))
}
