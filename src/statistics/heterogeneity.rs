//! One global test of a proportion over all levels of an attribute.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::NotEstimable;
use super::clustered::{Kind, MANY_CLUSTERS, tallied};
use super::distributions::{chi_squared_sf, f_sf};
use super::linear::{cholesky, solve, zeros};
use super::random::{Purpose, RandomStream};

/// From so many clusters on permutations end once enough of them are beyond the observed value.
const MANY_PATIENTS: u64 = 20_000;
/// Permutations beyond the observed value that are enough: they give p within 7% (one standard
/// error, relative), however large it is.
const ENOUGH_BEYOND: u64 = 200;
/// Permutations between two looks.
const BLOCK: u64 = 256;

/// Outcome of a global test.
#[derive(Debug, Clone, PartialEq)]
pub struct Heterogeneity {
    /// Value of the statistic.
    pub statistic: f64,
    /// p-value of "all levels have the same proportion".
    pub p: f64,
    /// Numerator degrees of freedom, for a Wald test.
    pub df: Option<f64>,
    /// Random permutations, for a permutation test.
    pub permutations: Option<u64>,
    /// Levels that took part, by their index.
    pub levels: Vec<usize>,
    /// Id of the method.
    pub method: &'static str,
}

/// Events, trials and sum over clusters of what a cluster-robust variance needs.
#[derive(Clone, Copy, Default)]
struct Level {
    clusters: f64,
    events: f64,
    trials: f64,
    events_squared: f64,
    product: f64,
    trials_squared: f64,
}

impl Level {
    /// So many clusters with the same counts.
    fn add_several(&mut self, (events, trials): (u64, u64), times: u64) {
        let (a, b, times) = (events as f64, trials as f64, times as f64);
        self.clusters += times;
        self.events += times * a;
        self.trials += times * b;
        self.events_squared += times * a * a;
        self.product += times * a * b;
        self.trials_squared += times * b * b;
    }

    fn estimate(&self) -> f64 {
        self.events / self.trials
    }

    /// Ratio-estimator variance, at least that of independent trials with half an event and half
    /// a non-event added: a level without a single error has no variance of its own.
    fn variance(&self) -> f64 {
        let p = self.estimate();
        let squares = self.events_squared - 2.0 * p * self.product + p * p * self.trials_squared;
        let clustered =
            self.clusters / (self.clusters - 1.0) * squares / (self.trials * self.trials);
        clustered.max(independent_variance(self.events, self.trials))
    }
}

fn independent_variance(events: f64, trials: f64) -> f64 {
    let p = (events + 0.5) / (trials + 1.0);
    p * (1.0 - p) / trials
}

/// Weighted sum of squares around the precision-weighted mean: Cochran's Q.
fn studentised(levels: &[Level]) -> f64 {
    let weights: Vec<f64> = levels.iter().map(|level| 1.0 / level.variance()).collect();
    let total: f64 = weights.iter().sum();
    let mean = levels
        .iter()
        .zip(&weights)
        .map(|(level, weight)| weight * level.estimate())
        .sum::<f64>()
        / total;
    levels
        .iter()
        .zip(&weights)
        .map(|(level, weight)| weight * (level.estimate() - mean).powi(2))
        .sum()
}

/// Studentised permutation test over levels that do not vary within a cluster
/// (DiCiccio and Romano 2020, JASA 115:1339-1351, extended to clusters).
///
/// Whole clusters, each carrying its (events, trials) of the denominator, are permuted over the
/// levels; the statistic is Cochran's Q with cluster-robust variances; p = (1 + #{Q* >= Q}) /
/// (1 + B). Clusters with the same counts are exchangeable, so that a permutation is a draw of a
/// table (counts x levels) with both margins fixed, by one hypergeometric number a cell: its cost
/// does not depend on the number of clusters, but on how many kinds of counts there are. From
/// 20,000 clusters on permutations end once 200 of them reach the observed Q, and p = 200 / their
/// number (Besag and Clifford 1991, Biometrika 78:301-304). `level` holds the level of each
/// cluster; clusters without a trial and levels with fewer than two clusters take no part. No
/// published number can exist for random permutations; the tests check its level.
///
/// # Errors
/// Fewer than two levels with two clusters each.
pub fn permutation_heterogeneity(
    clusters: &[(u64, u64)],
    level: &[usize],
    permutations: u64,
    seed: u64,
) -> Result<Heterogeneity, NotEstimable> {
    if clusters.len() != level.len() {
        return Err(NotEstimable::Other(
            "clusters and levels differ in length".to_owned(),
        ));
    }
    let mut by_level = vec![Vec::new(); level.iter().max().map_or(0, |last| last + 1)];
    for (counts, at) in clusters.iter().zip(level) {
        by_level[*at].push(*counts);
    }
    let kinds: Vec<Vec<Kind<(u64, u64)>>> = by_level.into_iter().map(tallied).collect();
    permutation_heterogeneity_of_kinds(&kinds, permutations, seed)
}

/// The same from the different counts of the clusters of each level, each with the number of
/// clusters that have it.
///
/// # Errors
/// As [`permutation_heterogeneity`].
pub fn permutation_heterogeneity_of_kinds(
    by_level: &[Vec<Kind<(u64, u64)>>],
    permutations: u64,
    seed: u64,
) -> Result<Heterogeneity, NotEstimable> {
    let filled = |level: &[Kind<(u64, u64)>]| -> Vec<Kind<(u64, u64)>> {
        let has_trials = |((_, trials), _): &&Kind<(u64, u64)>| *trials > 0;
        level.iter().filter(has_trials).copied().collect()
    };
    let by_level: Vec<Vec<Kind<(u64, u64)>>> = by_level.iter().map(|own| filled(own)).collect();
    let sizes: Vec<u64> = by_level
        .iter()
        .map(|own| own.iter().map(|(_, times)| times).sum())
        .collect();
    let levels: Vec<usize> = (0..sizes.len()).filter(|at| sizes[*at] >= 2).collect();
    if levels.len() < 2 {
        return Err(NotEstimable::Other(
            "fewer than two levels with two patients each".to_owned(),
        ));
    }
    // How many clusters of each kind every level has.
    let mut kinds: BTreeMap<(u64, u64), Vec<u64>> = BTreeMap::new();
    for (place, level) in levels.iter().enumerate() {
        for (counts, times) in &by_level[*level] {
            kinds
                .entry(*counts)
                .or_insert_with(|| vec![0; levels.len()])[place] += times;
        }
    }
    let mut observed = vec![Level::default(); levels.len()];
    for (counts, by_level) in &kinds {
        for (sums, times) in observed.iter_mut().zip(by_level) {
            sums.add_several(*counts, *times);
        }
    }
    let statistic = studentised(&observed);
    let kinds: Vec<((u64, u64), u64)> = kinds
        .into_iter()
        .map(|(counts, by_level)| (counts, by_level.iter().sum()))
        .collect();
    let sizes: Vec<u64> = levels.iter().map(|at| sizes[*at]).collect();
    // Ties must count as reached although sums are rounded.
    let reached = statistic * (1.0 - 1e-9) - 1e-12;
    let is_beyond = |replicate: u64| {
        let stream = RandomStream::new(seed, Purpose::HeterogeneityPermutation, replicate);
        studentised(&permuted(&kinds, &sizes, stream)) >= reached
    };
    let enough = sizes.iter().sum::<u64>() >= MANY_PATIENTS;
    let found = permute(permutations, enough.then_some(ENOUGH_BEYOND), is_beyond);
    Ok(Heterogeneity {
        statistic,
        p: found.p,
        df: None,
        permutations: Some(found.permutations),
        levels,
        method: if found.permutations < permutations {
            "studentised_permutation_sequential"
        } else {
            "studentised_permutation"
        },
    })
}

/// Permutations that were made and what they say.
struct Permuted {
    permutations: u64,
    p: f64,
}

/// Counts permutations beyond the observed statistic, all of them or until `enough` are: then
/// p = enough / permutations (Besag and Clifford 1991), otherwise (1 + #) / (1 + B). Permutations
/// are looked at in their own order, so that threads change nothing.
fn permute(most: u64, enough: Option<u64>, is_beyond: impl Fn(u64) -> bool + Sync) -> Permuted {
    let (mut done, mut beyond) = (0, 0);
    while done < most {
        let block = if enough.is_some() {
            BLOCK.min(most - done)
        } else {
            most - done
        };
        let found: Vec<bool> = (done..done + block)
            .into_par_iter()
            .map(&is_beyond)
            .collect();
        for one in found {
            done += 1;
            beyond += u64::from(one);
            if enough == Some(beyond) {
                return Permuted {
                    permutations: done,
                    p: beyond as f64 / done as f64,
                };
            }
        }
    }
    Permuted {
        permutations: done,
        p: (1 + beyond) as f64 / (1 + done) as f64,
    }
}

/// One random assignment of all clusters to levels of the given sizes.
fn permuted(kinds: &[((u64, u64), u64)], sizes: &[u64], mut stream: RandomStream) -> Vec<Level> {
    let mut left: Vec<u64> = kinds.iter().map(|(_, times)| *times).collect();
    let mut sums = vec![Level::default(); sizes.len()];
    for (place, sums) in sums.iter_mut().enumerate() {
        let mut wanted = sizes[place];
        let mut others: u64 = left.iter().sum();
        for ((counts, _), left) in kinds.iter().zip(&mut left) {
            others -= *left;
            let drawn = stream.hypergeometric(*left, others, wanted);
            *left -= drawn;
            wanted -= drawn;
            sums.add_several(*counts, drawn);
        }
    }
    sums
}

/// Cluster-robust Wald test over levels that vary within clusters: every cluster carries its
/// (events, trials) in each level.
///
/// The covariance of the levels' proportions comes from the clusters' influences, K / (K - 1)
/// times their sum of products, its diagonal not below that of independent trials with half an event
/// and half a non-event more. Chi-squared with J - 1 degrees of freedom; below 40 clusters F with
/// J - 1 and K - 1. No published number was found; `fixtures/make_clustered_r.R` has the covariance
/// of R's survey, and the tests check that a real difference is found and none is not.
///
/// # Errors
/// Fewer than two levels with two clusters each, or a singular covariance.
pub fn wald_heterogeneity(clusters: &[Vec<(u64, u64)>]) -> Result<Heterogeneity, NotEstimable> {
    let mut kinds: BTreeMap<&[(u64, u64)], u64> = BTreeMap::new();
    clusters
        .iter()
        .for_each(|cluster| *kinds.entry(cluster).or_default() += 1);
    let kinds: Vec<Kind<&[(u64, u64)]>> = kinds.into_iter().collect();
    wald_heterogeneity_of_kinds(&kinds)
}

/// The same from the different counts by level, each once and in ascending order (so that the
/// order of the rows has no say in how sums are rounded), with the number of clusters that have it.
///
/// # Errors
/// As [`wald_heterogeneity`].
pub fn wald_heterogeneity_of_kinds(
    kinds: &[Kind<&[(u64, u64)]>],
) -> Result<Heterogeneity, NotEstimable> {
    let width = kinds.iter().map(|(own, _)| own.len()).max().unwrap_or(0);
    let at = |cluster: &[(u64, u64)], level: usize| cluster.get(level).copied().unwrap_or((0, 0));
    let mut sums = vec![Level::default(); width];
    for (cluster, times) in kinds {
        for (level, counts) in cluster
            .iter()
            .enumerate()
            .filter(|(_, (_, trials))| *trials > 0)
        {
            sums[level].add_several(*counts, *times);
        }
    }
    let levels: Vec<usize> = (0..width)
        .filter(|level| sums[*level].clusters >= 2.0)
        .collect();
    if levels.len() < 2 {
        return Err(NotEstimable::Other(
            "fewer than two levels with two patients each".to_owned(),
        ));
    }
    let size = levels.len();
    let mut covariance = zeros(size);
    let mut k = 0.0;
    for (cluster, times) in kinds {
        let times = *times as f64;
        let influence: Vec<f64> = levels
            .iter()
            .map(|level| (at(cluster, *level), &sums[*level]))
            .map(|((events, trials), sum)| {
                (events as f64 - sum.estimate() * trials as f64) / sum.trials
            })
            .collect();
        if levels.iter().any(|level| at(cluster, *level).1 > 0) {
            k += times;
        }
        for i in 0..size {
            for j in 0..size {
                covariance[i][j] += times * influence[i] * influence[j];
            }
        }
    }
    covariance
        .iter_mut()
        .flatten()
        .for_each(|value| *value *= k / (k - 1.0));
    for (place, level) in levels.iter().enumerate() {
        covariance[place][place] = covariance[place][place].max(independent_variance(
            sums[*level].events,
            sums[*level].trials,
        ));
    }
    let first = levels[0];
    let contrast: Vec<f64> = levels[1..]
        .iter()
        .map(|level| sums[*level].estimate() - sums[first].estimate())
        .collect();
    let spread: Vec<Vec<f64>> = (1..size)
        .map(|i| {
            (1..size)
                .map(|j| covariance[i][j] - covariance[i][0] - covariance[0][j] + covariance[0][0])
                .collect()
        })
        .collect();
    let factor = cholesky(&spread).ok_or_else(|| {
        NotEstimable::Other("the covariance of the levels is singular".to_owned())
    })?;
    let statistic: f64 = solve(&factor, &contrast)
        .iter()
        .zip(&contrast)
        .map(|(a, b)| a * b)
        .sum();
    let df = (size - 1) as f64;
    let p = if k < MANY_CLUSTERS as f64 {
        f_sf(statistic / df, df, k - 1.0)
    } else {
        chi_squared_sf(statistic, df)
    };
    Ok(Heterogeneity {
        statistic,
        p,
        df: Some(df),
        permutations: None,
        levels,
        method: "wald_cluster",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(replicate: u64, shares: [f64; 3]) -> (Vec<(u64, u64)>, Vec<usize>) {
        let mut stream = RandomStream::new(11, Purpose::Simulation, replicate);
        (0..90)
            .map(|i| {
                let trials = 1 + stream.below(4);
                ((stream.binomial(trials, shares[i % 3]), trials), i % 3)
            })
            .unzip()
    }

    #[test]
    fn a_real_difference_is_found_and_no_difference_is_not() {
        let (clusters, level) = drawn(0, [0.9, 0.9, 0.4]);
        let found = permutation_heterogeneity(&clusters, &level, 999, 3).unwrap();
        assert!(found.p <= 0.002 && found.levels == vec![0, 1, 2]);
        let wide: Vec<Vec<(u64, u64)>> = clusters
            .iter()
            .zip(&level)
            .map(|(counts, at)| {
                let mut row = vec![(0, 0); 3];
                row[*at] = *counts;
                row
            })
            .collect();
        let wald = wald_heterogeneity(&wide).unwrap();
        assert!(wald.p < 1e-4 && wald.df == Some(2.0));
    }

    #[test]
    fn the_null_is_rejected_at_its_level() {
        let mut rejected = (0, 0);
        for replicate in 0..300 {
            let (clusters, level) = drawn(replicate, [0.8, 0.8, 0.8]);
            rejected.0 += u32::from(
                permutation_heterogeneity(&clusters, &level, 199, replicate)
                    .unwrap()
                    .p
                    <= 0.05,
            );
            let wide: Vec<Vec<(u64, u64)>> = clusters
                .iter()
                .zip(&level)
                .map(|(counts, at)| {
                    let mut row = vec![(0, 0); 3];
                    row[*at] = *counts;
                    row
                })
                .collect();
            rejected.1 += u32::from(wald_heterogeneity(&wide).unwrap().p <= 0.05);
        }
        // 5% of 300 is 15, with a standard deviation of 3.8.
        assert!(
            (4..=27).contains(&rejected.0) && rejected.1 <= 30,
            "{rejected:?}"
        );
    }

    #[test]
    fn order_of_rows_does_not_matter() {
        let (mut clusters, mut level) = drawn(5, [0.8, 0.7, 0.6]);
        let forwards = permutation_heterogeneity(&clusters, &level, 199, 1).unwrap();
        clusters.reverse();
        level.reverse();
        assert_eq!(
            permutation_heterogeneity(&clusters, &level, 199, 1).unwrap(),
            forwards
        );
    }

    #[test]
    fn degenerate_input() {
        assert!(permutation_heterogeneity(&[], &[], 99, 1).is_err());
        assert!(permutation_heterogeneity(&[(1, 1), (1, 1), (0, 1)], &[0, 0, 1], 99, 1).is_err());
        let all_right =
            permutation_heterogeneity(&[(2, 2); 8], &[0, 0, 0, 0, 1, 1, 1, 1], 99, 1).unwrap();
        assert_eq!(all_right.p, 1.0);
        assert!(wald_heterogeneity(&[]).is_err());
        assert!(
            (wald_heterogeneity(&vec![vec![(2, 2), (1, 1)]; 8])
                .unwrap()
                .p
                - 1.0)
                .abs()
                < 1e-12
        );
    }

    #[test]
    fn ending_early_gives_nearly_the_same_p() {
        for share in [0.9, 0.4, 0.12, 0.01] {
            let is_beyond = |replicate: u64| {
                RandomStream::new(5, Purpose::Simulation, replicate).uniform() < share
            };
            let (all, early) = (
                permute(10_000, None, is_beyond),
                permute(10_000, Some(ENOUGH_BEYOND), is_beyond),
            );
            assert_eq!(all.permutations, 10_000);
            assert!(
                (early.p / all.p - 1.0).abs() < 0.25,
                "{share}: {} {}",
                early.p,
                all.p
            );
            if share > 0.1 {
                assert!(early.permutations < 2500);
                assert!((early.permutations as f64 * early.p - 200.0).abs() < 1e-9);
            } else {
                assert_eq!((early.permutations, early.p), (10_000, all.p));
            }
        }
    }

    #[test]
    fn only_large_cohorts_end_early() {
        let clusters: Vec<(u64, u64)> = (0..24_000).map(|i| (u64::from(i % 7 == 0), 1)).collect();
        let level: Vec<usize> = (0..24_000).map(|i| (i / 3) % 2).collect();
        let large = permutation_heterogeneity(&clusters, &level, 2000, 1).unwrap();
        assert_eq!(large.method, "studentised_permutation_sequential");
        let small = permutation_heterogeneity(&clusters[..6000], &level[..6000], 2000, 1).unwrap();
        assert_eq!(
            (small.method, small.permutations),
            ("studentised_permutation", Some(2000))
        );
    }
}
