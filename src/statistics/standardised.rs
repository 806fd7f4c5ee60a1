//! Direct standardisation: a proportion as it would be under a given mix of strata, and the
//! difference of two groups under the same mix.

use super::clustered::MANY_CLUSTERS;
use super::difference::mover;
use super::distributions::{normal_quantile, t_quantile};
use super::proportion::wilson_limits;
use super::{Interval, NotEstimable, checked_confidence, ordered_sum};

/// Events and trials of one cluster in one stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StratumCounts {
    /// Number of the cluster, the same in every group.
    pub cluster: u32,
    /// Place of the stratum among the weights.
    pub stratum: usize,
    /// Events.
    pub events: u64,
    /// Trials.
    pub trials: u64,
}

/// A proportion standardised to fixed shares of strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardised {
    /// Weighted mean of the strata's proportions.
    pub estimate: f64,
    /// Cluster-robust standard error.
    pub standard_error: f64,
    /// p (1 - p) / variance, at most the trials: what enters Wilson's interval.
    pub n_effective: f64,
    /// Clusters with a trial.
    pub n_clusters: u64,
}

impl Standardised {
    /// Wilson's interval on the effective n; Student's t below 40 clusters.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        let p = 0.5 + 0.5 * checked_confidence(confidence)?;
        let quantile = if self.n_clusters < MANY_CLUSTERS {
            t_quantile(p, self.n_clusters as f64 - 1.0)
        } else {
            normal_quantile(p)
        };
        Ok(wilson_limits(self.estimate, self.n_effective, quantile))
    }
}

/// Limits of the difference of two standardised proportions of disjoint clusters (MOVER). No
/// published number is known; the tests take a saturated regression with clustered errors.
///
/// # Errors
/// The level is outside (0, 1).
pub fn standardised_difference(
    first: &Standardised,
    second: &Standardised,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    StandardisedDifference {
        a: *first,
        b: *second,
        correlation: 0.0,
        n_shared: 0,
    }
    .interval(confidence)
}

/// Difference a - b of two proportions standardised to the same shares of strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StandardisedDifference {
    /// First group.
    pub a: Standardised,
    /// Second group.
    pub b: Standardised,
    /// Correlation of the two estimates; 0 when no cluster is in both groups.
    pub correlation: f64,
    /// Clusters with trials in both groups.
    pub n_shared: u64,
}

impl StandardisedDifference {
    /// From the counts of both groups, each sorted by cluster.
    ///
    /// With z the influence of a cluster on the standardised proportion of a group (see
    /// [`direct_standardisation`]), the correlation is sum z_a z_b / sqrt(sum z_a^2 sum z_b^2)
    /// over the clusters in both groups in the numerator; 0 when one of the groups does not vary.
    ///
    /// # Errors
    /// As [`direct_standardisation`], for either group.
    pub fn new(
        first: &[StratumCounts],
        second: &[StratumCounts],
        weights: &[f64],
    ) -> Result<Self, NotEstimable> {
        let (a, z_a) = standardised(first, weights)?;
        let (b, z_b) = standardised(second, weights)?;
        let mut products = Vec::new();
        let mut other = z_b.iter().peekable();
        for (cluster, z) in &z_a {
            while other.next_if(|(next, _)| next < cluster).is_some() {}
            if let Some((_, z_other)) = other.next_if(|(next, _)| next == cluster) {
                products.push(z * z_other);
            }
        }
        let squares = |z: &[(u32, f64)]| ordered_sum(z.iter().map(|(_, z)| z * z));
        let scale = squares(&z_a).sqrt() * squares(&z_b).sqrt();
        let n_shared = products.len() as u64;
        let correlation = if scale > 0.0 {
            (ordered_sum(products) / scale).clamp(-1.0, 1.0)
        } else {
            0.0
        };
        Ok(Self {
            a,
            b,
            correlation,
            n_shared,
        })
    }

    /// a - b.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        self.a.estimate - self.b.estimate
    }

    /// Id of the method of [`Self::interval`].
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.n_shared > 0 {
            "standardised_mover_shared"
        } else {
            "standardised_mover"
        }
    }

    /// Limits by MOVER from Wilson's limits of both proportions, with their correlation (Zou and
    /// Donner 2008).
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        Ok(mover(
            (self.a.estimate, self.b.estimate),
            self.a.interval(confidence)?,
            self.b.interval(confidence)?,
            self.correlation,
        ))
    }
}

/// Direct standardisation: p = sum w_j p_j with `weights` scaled to 1. Every cluster carries its
/// (events, trials) in each stratum; its influence is sum_j w_j (a_j - p_j b_j) / n_j, the
/// variance K / (K - 1) times the sum of squares.
///
/// # Errors
/// A stratum with weight has no trial, fewer than two clusters, or weights that are negative or
/// all zero.
pub fn direct_standardisation(
    clusters: &[Vec<(u64, u64)>],
    weights: &[f64],
) -> Result<Standardised, NotEstimable> {
    let counts: Vec<StratumCounts> = (0u32..)
        .zip(clusters)
        .flat_map(|(cluster, strata)| {
            let one = move |(stratum, (events, trials)): (usize, &(u64, u64))| StratumCounts {
                cluster,
                stratum,
                events: *events,
                trials: *trials,
            };
            strata.iter().enumerate().map(one)
        })
        .collect();
    standardised(&counts, weights).map(|(found, _)| found)
}

/// The standardised proportion, and the influence of each cluster with a trial.
fn standardised(
    counts: &[StratumCounts],
    weights: &[f64],
) -> Result<(Standardised, Vec<(u32, f64)>), NotEstimable> {
    let total: f64 = weights.iter().sum();
    if weights
        .iter()
        .any(|weight| !weight.is_finite() || *weight < 0.0)
        || total <= 0.0
    {
        return Err(NotEstimable::Other(
            "the weights of a standard must not be negative nor all zero".to_owned(),
        ));
    }
    let share: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
    let counted = |one: &&StratumCounts| {
        one.trials > 0 && share.get(one.stratum).is_some_and(|share| *share > 0.0)
    };
    let mut sums = vec![(0u64, 0u64); weights.len()];
    for one in counts.iter().filter(counted) {
        sums[one.stratum].0 += one.events;
        sums[one.stratum].1 += one.trials;
    }
    if sums
        .iter()
        .zip(&share)
        .any(|((_, trials), share)| *share > 0.0 && *trials == 0)
    {
        return Err(NotEstimable::Other(
            "a stratum of the standard has no trial in this group".to_owned(),
        ));
    }
    let p = |stratum: usize| sums[stratum].0 as f64 / sums[stratum].1 as f64;
    let mut influence: Vec<(u32, f64)> = Vec::new();
    for one in counts.iter().filter(counted) {
        let stratum = one.stratum;
        let own = share[stratum] * (one.events as f64 - p(stratum) * one.trials as f64)
            / sums[stratum].1 as f64;
        match influence.last_mut() {
            Some((cluster, sum)) if *cluster == one.cluster => *sum += own,
            _ => influence.push((one.cluster, own)),
        }
    }
    let n_clusters = influence.len() as u64;
    if n_clusters < 2 {
        return Err(NotEstimable::OnePatient);
    }
    let used: Vec<usize> = (0..weights.len())
        .filter(|stratum| share[*stratum] > 0.0)
        .collect();
    let estimate: f64 = used
        .iter()
        .map(|stratum| share[*stratum] * p(*stratum))
        .sum();
    let k = n_clusters as f64;
    let variance = k / (k - 1.0) * ordered_sum(influence.iter().map(|(_, z)| z * z));
    let trials: u64 = sums.iter().map(|(_, trials)| trials).sum();
    let independent: f64 = used
        .iter()
        .map(|stratum| share[*stratum].powi(2) * independent_variance(sums[*stratum]))
        .sum();
    let edge = 0.5 / (trials as f64 + 1.0);
    let centre = estimate.clamp(edge, 1.0 - edge);
    let n_effective = (centre * (1.0 - centre) / variance.max(independent)).min(trials as f64);
    let found = Standardised {
        estimate,
        standard_error: variance.sqrt(),
        n_effective,
        n_clusters,
    };
    Ok((found, influence))
}

/// Variance of a proportion of independent trials, the floor of the clustered one, with half an
/// event and half a non-event added at 0/n and n/n, since such strata have no variance of their own.
fn independent_variance((events, trials): (u64, u64)) -> f64 {
    let (k, n) = (events as f64, trials as f64);
    let p = if events == 0 || events == trials {
        (k + 0.5) / (n + 1.0)
    } else {
        k / n
    };
    p * (1.0 - p) / n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standardisation_by_hand_and_its_laws() {
        let clusters: Vec<Vec<(u64, u64)>> = (0..100)
            .map(|i| {
                if i < 60 {
                    vec![(u64::from(i < 54), 1), (0, 0)]
                } else {
                    vec![(0, 0), (u64::from(i < 80), 1)]
                }
            })
            .collect();
        let found = direct_standardisation(&clusters, &[1.0, 3.0]).unwrap();
        assert!((found.estimate - (0.25 * 0.9 + 0.75 * 0.5)).abs() < 1e-12);
        let variance = 100.0 / 99.0 * (0.0625 * 0.9 * 0.1 / 60.0 + 0.5625 * 0.25 / 40.0);
        assert!((found.standard_error.powi(2) - variance).abs() < 1e-12);
        assert!(found.interval(0.95).unwrap().contains(found.estimate));
        // The group's own shares leave the crude proportion unchanged.
        let crude = direct_standardisation(&clusters, &[60.0, 40.0]).unwrap();
        assert!((crude.estimate - 0.74).abs() < 1e-12);
        assert!(
            standardised_difference(&found, &crude, 0.95)
                .unwrap()
                .contains(found.estimate - crude.estimate)
        );
        assert!(direct_standardisation(&clusters, &[1.0, 1.0, 1.0]).is_err());
        assert!(direct_standardisation(&clusters, &[0.0, 0.0]).is_err());
        assert!(direct_standardisation(&[], &[1.0]).is_err());
        assert_eq!(
            direct_standardisation(&clusters[..1], &[1.0]),
            Err(NotEstimable::OnePatient)
        );
        assert_eq!(
            direct_standardisation(&vec![vec![(2, 2)]; 10], &[1.0])
                .unwrap()
                .interval(0.95)
                .unwrap()
                .upper,
            1.0
        );
    }
}
