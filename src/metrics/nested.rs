//! Patient bootstrap of a threshold that is chosen on the measured samples themselves.
//!
//! Every replicate draws whole patients with replacement twice. The first draw chooses the
//! threshold; the second, independent of it, is measured there. Percentiles of the second draw's
//! figures then hold both the uncertainty of the choice and that of the measurement.
//!
//! Why two draws: measured on the draw that chose it, a threshold always looks as good as its
//! rule demands. A sensitivity fixed at 0.90 by choice then has an interval of almost no width,
//! which held the sensitivity at the chosen threshold in 27-32% of simulated studies, and
//! Youden's in 79-93%; with two draws, never narrower than limits that take the threshold as
//! given, in 97% or more (`fixtures/thresholds_simulation.py`; 60 to 600 patients).
//!
//! Sources: Field and Welsh 2007 (J R Stat Soc B 69:369-390) for whole patients as the unit of
//! resampling; Ewald 2006 (J Clin Epidemiol 59:798-801) and Leeflang et al. 2008 (Clin Chem
//! 54:729-737) for the optimism of thresholds measured where they were chosen. No published number
//! was found for these limits; the tests check how often they hold the truth.

use rayon::prelude::*;

use super::confusion::{ConfusionCounts, ShareOf};
use super::threshold::{ChoiceRule, ScoreLadder};
use crate::statistics::{Interval, NotEstimable, Purpose, RandomStream, quantile_of_sorted};

/// Samples split into levels: the level of each sample, and how many levels there are.
#[derive(Debug, Clone)]
pub struct Partition {
    /// Level of each sample.
    pub codes: Vec<u16>,
    /// Number of levels.
    pub levels: usize,
}

/// Thresholds and confusion matrices of all replicates.
#[derive(Debug, Clone, Default)]
pub struct NestedDraws {
    /// Chosen threshold of each replicate in which there was one.
    pub thresholds: Vec<f64>,
    /// Replicates that were drawn.
    pub replicates: u64,
    /// Matrix by replicate with a threshold, then by partition and level.
    counts: Vec<Vec<Vec<ConfusionCounts>>>,
}

/// A percentile interval over replicates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NestedInterval {
    /// Percentiles.
    pub interval: Interval,
    /// Standard deviation over replicates.
    pub standard_error: f64,
    /// Replicates in which the figure could be computed.
    pub replicates: u64,
}

/// Draws patients, chooses, measures. `cluster` `None` takes every sample as its own patient.
///
/// Assumes that patients are independent and come from the population that the threshold is
/// meant for. Replicates of one class, or without a score that reaches the target, have no
/// threshold and are counted.
#[must_use]
pub fn nested_draws(
    ladder: &ScoreLadder,
    rule: ChoiceRule,
    cluster: Option<&[u32]>,
    partitions: &[Partition],
    replicates: u64,
    seed: u64,
) -> NestedDraws {
    let (patient, n_patients) = dense(ladder.len(), cluster);
    let found: Vec<Option<(f64, Vec<Vec<ConfusionCounts>>)>> = (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            let mut stream = RandomStream::new(seed, Purpose::NestedThreshold, replicate);
            let mut draw = || {
                let mut times = vec![0u64; n_patients];
                for _ in 0..n_patients {
                    times[stream.below(n_patients as u64) as usize] += 1;
                }
                times
            };
            let (chooses, measured) = (draw(), draw());
            let choice = ladder
                .choose(rule, |row| chooses[patient[row] as usize])
                .ok()?;
            let mut counts: Vec<Vec<ConfusionCounts>> = partitions
                .iter()
                .map(|partition| vec![ConfusionCounts::default(); partition.levels])
                .collect();
            for row in 0..ladder.len() {
                let times = measured[patient[row] as usize];
                if times == 0 {
                    continue;
                }
                let (positive, flagged) =
                    (ladder.is_positive(row), ladder.is_flagged(row, choice.step));
                for (partition, counts) in partitions.iter().zip(&mut counts) {
                    counts[partition.codes[row] as usize].add_times(positive, flagged, times);
                }
            }
            Some((choice.threshold, counts))
        })
        .collect();
    let (thresholds, counts) = found.into_iter().flatten().unzip();
    NestedDraws {
        thresholds,
        replicates,
        counts,
    }
}

/// Patients as indices from 0 without gaps, in the order of their own indices.
fn dense(rows: usize, cluster: Option<&[u32]>) -> (Vec<u32>, usize) {
    let Some(cluster) = cluster else {
        return ((0u32..).take(rows).collect(), rows);
    };
    let mut known: Vec<u32> = cluster.to_vec();
    known.sort_unstable();
    known.dedup();
    let place = cluster
        .iter()
        .map(|own| known.binary_search(own).unwrap_or_default() as u32)
        .collect();
    (place, known.len())
}

impl NestedDraws {
    /// Matrices of the union of some levels of a partition, by replicate.
    fn matrices<'a>(
        &'a self,
        partition: usize,
        levels: &'a [usize],
    ) -> impl Iterator<Item = ConfusionCounts> + 'a {
        self.counts.iter().map(move |counts| {
            levels
                .iter()
                .fold(ConfusionCounts::default(), |all, level| {
                    all + counts[partition][*level]
                })
        })
    }

    /// Percentile interval of a figure of the matrix in the union of some levels.
    ///
    /// # Errors
    /// When it is undefined in more than 5% of the replicates, or these have no threshold.
    pub fn interval(
        &self,
        partition: usize,
        levels: &[usize],
        value: impl Fn(&ConfusionCounts) -> Option<f64>,
        confidence: f64,
    ) -> Result<NestedInterval, NotEstimable> {
        let values = self
            .matrices(partition, levels)
            .filter_map(|counts| value(&counts))
            .collect();
        self.percentiles(values, confidence)
    }

    /// Percentile interval of a figure in some levels less that in others, and the two-sided
    /// p-value for no difference: 2 (1 + the rarer sign) / (1 + replicates), zero counted as both.
    ///
    /// # Errors
    /// As [`NestedDraws::interval`].
    pub fn difference(
        &self,
        partition: usize,
        (levels, others): (&[usize], &[usize]),
        value: impl Fn(&ConfusionCounts) -> Option<f64>,
        confidence: f64,
    ) -> Result<(NestedInterval, f64), NotEstimable> {
        let values: Vec<f64> = self
            .matrices(partition, levels)
            .zip(self.matrices(partition, others))
            .filter_map(|(own, other)| Some(value(&own)? - value(&other)?))
            .collect();
        let below = values
            .iter()
            .filter(|difference| **difference <= 0.0)
            .count();
        let above = values
            .iter()
            .filter(|difference| **difference >= 0.0)
            .count();
        let p = 2.0 * (1 + below.min(above)) as f64 / (1 + values.len()) as f64;
        Ok((self.percentiles(values, confidence)?, p.min(1.0)))
    }

    /// Percentile interval of the threshold itself.
    ///
    /// # Errors
    /// When more than 5% of the replicates have none.
    pub fn threshold(&self, confidence: f64) -> Result<NestedInterval, NotEstimable> {
        self.percentiles(self.thresholds.clone(), confidence)
    }

    fn percentiles(
        &self,
        mut values: Vec<f64>,
        confidence: f64,
    ) -> Result<NestedInterval, NotEstimable> {
        let n = values.len() as u64;
        if n < 2 || n * 20 < self.replicates * 19 {
            return Err(NotEstimable::Other(format!(
                "in {} of {} resamples there is no threshold, or no value at it",
                self.replicates - n,
                self.replicates
            )));
        }
        values.sort_unstable_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - confidence);
        let at = |p: f64| quantile_of_sorted(&values, p).unwrap_or_default();
        let mean = values.iter().sum::<f64>() / n as f64;
        let spread = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / (n as f64 - 1.0);
        Ok(NestedInterval {
            interval: Interval {
                lower: at(tail),
                upper: at(1.0 - tail),
            },
            standard_error: spread.sqrt(),
            replicates: n,
        })
    }
}

/// A share of one matrix; `None` where its denominator is empty.
#[must_use]
pub fn share_of_matrix(share: ShareOf, counts: &ConfusionCounts) -> Option<f64> {
    let (events, trials) = share.of(counts);
    (trials > 0).then(|| events as f64 / trials as f64)
}

#[cfg(test)]
#[path = "nested_tests.rs"]
mod tests;
