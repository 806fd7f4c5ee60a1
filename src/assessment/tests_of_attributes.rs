//! One global test of each metric over all levels of an attribute.

use crate::cohort::{OVERALL, Strata};
use crate::config::StatisticsSpec;
use crate::metrics::ShareOf;
use crate::statistics::{
    Heterogeneity, NotEstimable, permutation_heterogeneity, permutation_heterogeneity_of_kinds,
    wald_heterogeneity,
};

use super::measured::Measured;
use super::metric::Metric;
use super::partition::LevelTable;
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
    (strata, table): (&Strata, &LevelTable),
    several: bool,
) -> Vec<HeterogeneityTest> {
    if strata.attribute == OVERALL {
        return Vec::new();
    }
    TESTED
        .into_iter()
        .map(|tested| test(spec, measured, (strata, table), several, tested))
        .collect()
}

fn test(
    spec: &StatisticsSpec,
    measured: &Measured,
    (strata, table): (&Strata, &LevelTable),
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
        p_adjusted: None,
        family_size: 0,
        adjustment: String::new(),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    match heterogeneity(spec, measured, (strata, table), share) {
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
    (strata, table): (&Strata, &LevelTable),
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
    let mut per_patient = PerPatient::default();
    // Counts of one patient by level.
    let mut own = vec![(0u64, 0u64); known.len()];
    for (next, row) in measured.by_patient.iter().enumerate() {
        let row = *row as usize;
        let level = strata.codes[measured.samples[row] as usize];
        if let Some(place) = place_of[usize::from(level)]
            && let Some(event) = share.counts(measured.y_true[row], measured.flagged[row])
        {
            own[place].0 += u64::from(event);
            own[place].1 += 1;
        }
        let last_of_patient = measured
            .by_patient
            .get(next + 1)
            .is_none_or(|other| measured.patient[*other as usize] != measured.patient[row]);
        if last_of_patient {
            per_patient.add(&own);
            own.fill((0, 0));
        }
    }
    if !per_patient.several_levels.is_empty() {
        return Ok((wald_heterogeneity(&per_patient.all(known.len()))?, known));
    }
    let (levels, clusters): (Vec<usize>, Vec<(u64, u64)>) =
        per_patient.one_level.into_iter().unzip();
    Ok((
        permutation_heterogeneity(&clusters, &levels, permutations, spec.seed)?,
        known,
    ))
}

/// Events and trials of every patient with any, by level.
#[derive(Default)]
struct PerPatient {
    /// Of those whose samples have one level: the level and the counts.
    one_level: Vec<(usize, (u64, u64))>,
    /// Of the others: the counts of all levels.
    several_levels: Vec<Vec<(u64, u64)>>,
}

impl PerPatient {
    fn add(&mut self, by_level: &[(u64, u64)]) {
        let mut filled = by_level
            .iter()
            .enumerate()
            .filter(|(_, (_, trials))| *trials > 0);
        match (filled.next(), filled.next()) {
            (None, _) => {}
            (Some((level, counts)), None) => self.one_level.push((level, *counts)),
            _ => self.several_levels.push(by_level.to_vec()),
        }
    }

    fn all(self, levels: usize) -> Vec<Vec<(u64, u64)>> {
        let spread = self.one_level.into_iter().map(|(level, counts)| {
            let mut by_level = vec![(0, 0); levels];
            by_level[level] = counts;
            by_level
        });
        spread.chain(self.several_levels).collect()
    }
}
