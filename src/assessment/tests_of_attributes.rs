//! One global test of each metric over all levels of an attribute.

use std::collections::BTreeMap;

use crate::cohort::{OVERALL, Strata};
use crate::config::StatisticsSpec;
use crate::statistics::{Heterogeneity, NotEstimable, permutation_heterogeneity, wald_heterogeneity};

use super::measured::Measured;
use super::metric::Metric;
use super::quantities::event;
use super::{EstimateStatus, HeterogeneityTest};

/// Metrics whose heterogeneity is tested.
const TESTED: [Metric; 2] = [Metric::Sensitivity, Metric::Specificity];

/// Tests of one attribute; none for the whole cohort. Samples with a missing value take no part.
pub(super) fn tests(spec: &StatisticsSpec, measured: &Measured, strata: &Strata, several: bool) -> Vec<HeterogeneityTest> {
    if strata.attribute == OVERALL {
        return Vec::new();
    }
    TESTED.into_iter().map(|metric| test(spec, measured, strata, several, metric)).collect()
}

fn test(spec: &StatisticsSpec, measured: &Measured, strata: &Strata, several: bool, metric: Metric) -> HeterogeneityTest {
    let endpoint = if several { format!("{}.", measured.endpoint) } else { String::new() };
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
    match heterogeneity(spec, measured, strata, metric) {
        Err(why) => row.reason = Some(why.to_string()),
        Ok((found, levels)) => {
            row.levels = found.levels.iter().filter_map(|place| levels.get(*place)).map(|level| strata.levels[*level].clone()).collect();
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
fn heterogeneity(spec: &StatisticsSpec, measured: &Measured, strata: &Strata, metric: Metric) -> Result<(Heterogeneity, Vec<usize>), NotEstimable> {
    let known: Vec<usize> = (0..strata.levels.len()).filter(|level| !strata.holds_missing[*level]).collect();
    let mut patients: BTreeMap<u32, BTreeMap<usize, (u64, u64)>> = BTreeMap::new();
    for (place, sample) in measured.samples.iter().enumerate() {
        let Some(level) = known.iter().position(|level| *level == usize::from(strata.codes[*sample])) else { continue };
        let Some(event) = event(metric, measured.y_true[place], measured.flagged[place]) else { continue };
        let counts = patients.entry(measured.patient[place]).or_default().entry(level).or_default();
        counts.0 += u64::from(event);
        counts.1 += 1;
    }
    let varies = patients.values().any(|levels| levels.len() > 1);
    if varies {
        let counts = |levels: BTreeMap<usize, (u64, u64)>| (0..known.len()).map(|level| levels.get(&level).copied().unwrap_or_default()).collect();
        let clusters: Vec<Vec<(u64, u64)>> = patients.into_values().map(counts).collect();
        return Ok((wald_heterogeneity(&clusters)?, known));
    }
    let (levels, clusters): (Vec<usize>, Vec<(u64, u64)>) = patients.into_values().flatten().unzip();
    let permutations = spec.replicates.get() as u64;
    Ok((permutation_heterogeneity(&clusters, &levels, permutations, spec.seed)?, known))
}
