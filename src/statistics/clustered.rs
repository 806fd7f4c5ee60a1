//! One proportion whose trials come in clusters (images of patients).
//!
//! The variance is that of a ratio estimator over clusters. Divided by the binomial variance it
//! gives the design effect, and n over the design effect is the effective n that enters the
//! intervals (Rao and Scott 1992, Biometrics 48:577-585; Obuchowski 1998, Biometrics 54:803-817).

use super::distributions::{normal_quantile, t_quantile};
use super::gating::{Carriers, Decided};
use super::proportion::{
    ProportionMethod, agresti_coull_limits, wilson_continuity_limits, wilson_limits,
};
use super::{Interval, NotEstimable, checked_confidence};

/// What several clusters have in common, and how many of them there are.
pub type Kind<T> = (T, u64);

/// The different values among `clusters` in ascending order, each with how often it occurs.
#[must_use]
pub fn tallied<T: Ord + Copy>(clusters: impl IntoIterator<Item = T>) -> Vec<Kind<T>> {
    let mut sorted: Vec<T> = clusters.into_iter().collect();
    sorted.sort_unstable();
    sorted
        .chunk_by(|a, b| a == b)
        .filter_map(|same| Some((*same.first()?, same.len() as u64)))
        .collect()
}

/// From this many clusters on, normal quantiles serve.
pub(super) const MANY_CLUSTERS: u64 = 40;

/// Quantile of the normal distribution, of Student's t with K - 1 degrees of freedom below 40 clusters
/// (Dean and Pagano 2015, J Surv Stat Methodol 3:484-503); `clusters` `None` where samples are
/// independent.
fn quantile(p: f64, clusters: Option<u64>) -> f64 {
    match clusters {
        Some(clusters) if clusters < MANY_CLUSTERS => t_quantile(p, clusters as f64 - 1.0),
        _ => normal_quantile(p),
    }
}

/// Wilson's limits of a share on an effective n, Student's t with K - 1 degrees of freedom for the
/// normal quantile below 40 clusters (Dean and Pagano 2015); `clusters` `None` where samples are
/// independent.
///
/// # Errors
/// A level outside (0, 1), an effective n that is not above 0, or a single cluster.
pub fn wilson_of_clusters(
    share: f64,
    n_effective: f64,
    clusters: Option<u64>,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    let p = 0.5 + 0.5 * checked_confidence(confidence)?;
    if clusters.is_some_and(|clusters| clusters < 2) {
        return Err(NotEstimable::OnePatient);
    }
    if !(n_effective > 0.0 && (0.0..=1.0).contains(&share)) {
        return Err(NotEstimable::Empty("samples"));
    }
    let quantile = quantile(p, clusters);
    Ok(wilson_limits(share, n_effective, quantile))
}

/// A proportion with what clustering does to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredProportion {
    /// Events over all clusters.
    pub events: u64,
    /// Trials over all clusters.
    pub trials: u64,
    /// Events over trials.
    pub estimate: f64,
    /// Cluster-robust standard error; the binomial one when trials were taken as independent.
    pub standard_error: f64,
    /// Clustered over binomial variance before the floor at 1; `None` at 0/n and n/n, where it
    /// is 0/0, and when trials were taken as independent.
    pub design_effect: Option<f64>,
    /// Trials over the design effect (floored at 1), and lowered further with few carriers.
    pub n_effective: f64,
    /// Clusters with at least one trial.
    pub n_clusters: u64,
    /// Clusters that carry the rarer outcome.
    pub n_carriers: u64,
    /// Whether fewer than 5 clusters carry it, so that the design effect is not trusted and
    /// `n_effective` is at most (sum b)^2 / sum b^2, b the trials of a cluster.
    pub few_carriers: bool,
    /// Effective n of the exact limits before Student's t: the design effect is drawn towards
    /// that of complete correlation where few clusters carry the rarer outcome.
    pub n_effective_decided: f64,
    /// Degrees of freedom of the variance behind `n_effective_decided`; at most K - 1.
    pub degrees_of_freedom: f64,
    /// Whether clusters were told apart from trials.
    pub clustered: bool,
}

impl ClusteredProportion {
    /// From (events, trials) of every cluster; clusters without a trial take no part.
    ///
    /// With a the events, b the trials of a cluster, K clusters, p = sum a / sum b:
    /// var = K/(K-1) sum (a - p b)^2 / (sum b)^2, design effect = var / (p (1 - p) / sum b).
    ///
    /// # Errors
    /// No trial, fewer than two clusters, or more events than trials in a cluster.
    pub fn from_clusters(clusters: &[(u64, u64)]) -> Result<Self, NotEstimable> {
        Self::from_kinds(&tallied(clusters.iter().copied()))
    }

    /// The same from the different counts of clusters, each with the number of clusters that have
    /// it: clusters with the same counts are exchangeable, so that nothing is lost, and the cost
    /// does not depend on how many there are.
    ///
    /// # Errors
    /// As [`Self::from_clusters`].
    pub fn from_kinds(kinds: &[Kind<(u64, u64)>]) -> Result<Self, NotEstimable> {
        if let Some(((events, trials), _)) = kinds.iter().find(|((a, b), _)| a > b) {
            return Err(NotEstimable::Other(format!(
                "a cluster has {events} events in {trials} trials"
            )));
        }
        let filled: Vec<Kind<(u64, u64)>> = kinds
            .iter()
            .copied()
            .filter(|((_, trials), times)| *trials > 0 && *times > 0)
            .collect();
        let used = || filled.iter();
        let n_clusters = used().map(|(_, times)| times).sum::<u64>();
        let events: u64 = used().map(|((events, _), times)| events * times).sum();
        let trials: u64 = used().map(|((_, trials), times)| trials * times).sum();
        match n_clusters {
            0 => return Err(NotEstimable::Empty("trials")),
            1 => return Err(NotEstimable::OnePatient),
            _ => {}
        }
        let n = trials as f64;
        let p = events as f64 / n;
        let pairs = || used().map(|(counts, times)| ((*counts, *counts), *times));
        let squares =
            scaled_products(pairs(), (events, trials), (events, trials)).ok_or_else(too_large)?;
        let k = n_clusters as f64;
        let variance = k / (k - 1.0) * (squares / (n * n)) / (n * n);
        let design_effect = (events > 0 && events < trials).then(|| variance / (p * (1.0 - p) / n));
        let carriers = Carriers::of(&filled, (events, trials));
        let few_carriers = carriers.are_few();
        let complete = n * n
            / filled
                .iter()
                .map(|((_, b), times)| u128::from(*b).pow(2) * u128::from(*times))
                .sum::<u128>() as f64;
        let mut n_effective = n / design_effect.unwrap_or(1.0).max(1.0);
        if few_carriers {
            n_effective = n_effective.min(complete);
        }
        let decided = Decided::new(
            &filled,
            (events, trials),
            squares,
            n_effective,
            complete,
            &carriers,
        );
        Ok(Self {
            events,
            trials,
            estimate: p,
            standard_error: variance.sqrt(),
            design_effect,
            n_effective,
            n_clusters,
            n_carriers: carriers.count,
            few_carriers,
            n_effective_decided: decided.n_effective,
            degrees_of_freedom: decided.degrees_of_freedom,
            clustered: true,
        })
    }

    /// Every trial is taken as independent: the binomial distribution.
    ///
    /// # Errors
    /// No trial, a single one, or more events than trials.
    pub fn unclustered(events: u64, trials: u64) -> Result<Self, NotEstimable> {
        match trials {
            0 => return Err(NotEstimable::Empty("trials")),
            1 => return Err(NotEstimable::OnePatient),
            _ if events > trials => {
                return Err(NotEstimable::Other(format!(
                    "{events} events in {trials} trials is no proportion"
                )));
            }
            _ => {}
        }
        let n = trials as f64;
        let p = events as f64 / n;
        Ok(Self {
            events,
            trials,
            estimate: p,
            standard_error: (p * (1.0 - p) / n).sqrt(),
            design_effect: None,
            n_effective: n,
            n_clusters: trials,
            n_carriers: events.min(trials - events),
            few_carriers: false,
            n_effective_decided: n,
            degrees_of_freedom: n - 1.0,
            clustered: false,
        })
    }

    /// A proportion of which only the counts, the effective n of its limits and the number of its
    /// clusters are known: what a stored result holds. [`Self::wilson`] is that of the result that
    /// was stored; carriers and design effect are no longer known.
    ///
    /// # Errors
    /// No trial, more events than trials, fewer than two clusters, or an effective n that is not
    /// above 0 and at most the trials.
    pub fn summarised(
        (events, trials): (u64, u64),
        n_effective: f64,
        n_clusters: u64,
        clustered: bool,
    ) -> Result<Self, NotEstimable> {
        let plain = Self::unclustered(events, trials)?;
        if n_clusters < 2 {
            return Err(NotEstimable::OnePatient);
        }
        // Sums of many weights may end a few digits above the trials.
        if !(n_effective > 0.0 && n_effective <= plain.trials as f64 * (1.0 + 1e-9)) {
            return Err(NotEstimable::Other(format!(
                "an effective n of {n_effective} does not go with {trials} trials"
            )));
        }
        let p = plain.estimate;
        Ok(Self {
            standard_error: (p * (1.0 - p) / n_effective).sqrt(),
            n_effective,
            n_clusters,
            n_effective_decided: n_effective,
            degrees_of_freedom: n_clusters as f64 - 1.0,
            clustered,
            ..plain
        })
    }

    /// Quantile that leaves `tail` above it.
    fn quantile(&self, tail: f64) -> f64 {
        quantile(1.0 - tail, self.clustered.then_some(self.n_clusters))
    }

    /// The displayed interval: Wilson on the effective n.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn wilson(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
        Ok(wilson_limits(
            self.estimate,
            self.n_effective,
            self.quantile(tail),
        ))
    }

    /// A displayed interval by any method, and the id of the method that was used.
    ///
    /// Blaker's acceptability is not defined for real counts, so that Clopper and Pearson's
    /// limits stand in for it when trials are clustered; the id says so.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval(
        &self,
        method: ProportionMethod,
        confidence: f64,
    ) -> Result<(Interval, &'static str), NotEstimable> {
        if !self.clustered {
            return Ok((
                method.interval(self.events as f64, self.trials as f64, confidence)?,
                method.id(),
            ));
        }
        let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
        let (p, n, z) = (self.estimate, self.n_effective, self.quantile(tail));
        let exact = self.n_effective_exact(tail);
        let limits = match method {
            ProportionMethod::Wilson => wilson_limits(p, n, z),
            ProportionMethod::WilsonContinuity => wilson_continuity_limits(p, n, z),
            ProportionMethod::AgrestiCoull => agresti_coull_limits(p, n, z),
            ProportionMethod::Blaker => ProportionMethod::ClopperPearson.interval(
                self.scaled_events(exact),
                exact,
                confidence,
            )?,
            ProportionMethod::ClopperPearson
            | ProportionMethod::Jeffreys
            | ProportionMethod::MidP => {
                method.interval(self.scaled_events(exact), exact, confidence)?
            }
        };
        Ok((limits, method.id_effective_n()))
    }

    /// Events that go with an effective n: exact at 0/n and n/n.
    pub(super) fn scaled_events(&self, n: f64) -> f64 {
        if self.events == self.trials {
            n
        } else {
            self.estimate * n
        }
    }
}

/// Sum over clusters of (a n - A b)(a' n' - A' b') for totals (A, n) and (A', n'): in whole
/// numbers, so that the order of the clusters cannot change a digit. `None` on overflow.
pub(super) fn scaled_products(
    kinds: impl Iterator<Item = Kind<((u64, u64), (u64, u64))>>,
    first: (u64, u64),
    second: (u64, u64),
) -> Option<f64> {
    let scaled = |(events, trials): (u64, u64), total: (u64, u64)| -> Option<i128> {
        (i128::from(events) * i128::from(total.1))
            .checked_sub(i128::from(total.0) * i128::from(trials))
    };
    let mut sum = 0_i128;
    for ((one, other), times) in kinds {
        let product = scaled(one, first)?.checked_mul(scaled(other, second)?)?;
        sum = sum.checked_add(product.checked_mul(i128::from(times))?)?;
    }
    Some(sum as f64)
}

/// Every value once, in ascending order, with all the clusters that have it.
#[must_use]
pub fn merged<T: Ord + Copy>(mut kinds: Vec<Kind<T>>) -> Vec<Kind<T>> {
    kinds.sort_unstable();
    let mut merged: Vec<Kind<T>> = Vec::with_capacity(kinds.len());
    for (value, times) in kinds {
        match merged.last_mut() {
            Some((last, sum)) if *last == value => *sum += times,
            _ => merged.push((value, times)),
        }
    }
    merged
}

pub(super) fn too_large() -> NotEstimable {
    NotEstimable::Other("the counts are too large to be squared".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn some(clusters: &[(u64, u64)]) -> ClusteredProportion {
        ClusteredProportion::from_clusters(clusters).unwrap()
    }

    #[test]
    fn degenerate_input_is_not_estimable() {
        assert_eq!(
            ClusteredProportion::from_clusters(&[]),
            Err(NotEstimable::Empty("trials"))
        );
        assert_eq!(
            ClusteredProportion::from_clusters(&[(0, 0), (0, 0)]),
            Err(NotEstimable::Empty("trials"))
        );
        assert_eq!(
            ClusteredProportion::from_clusters(&[(3, 9), (0, 0)]),
            Err(NotEstimable::OnePatient)
        );
        assert!(ClusteredProportion::from_clusters(&[(3, 2), (1, 2)]).is_err());
        assert_eq!(
            ClusteredProportion::unclustered(0, 0),
            Err(NotEstimable::Empty("trials"))
        );
        assert_eq!(
            ClusteredProportion::unclustered(1, 1),
            Err(NotEstimable::OnePatient)
        );
    }

    #[test]
    fn what_was_stored_has_the_limits_that_it_had() {
        let clusters: Vec<(u64, u64)> = (0..30).map(|i| (i % 3, 2)).collect();
        let whole = some(&clusters);
        let stored = ClusteredProportion::summarised(
            (whole.events, whole.trials),
            whole.n_effective,
            whole.n_clusters,
            true,
        )
        .unwrap();
        assert_eq!(stored.wilson(0.9).unwrap(), whole.wilson(0.9).unwrap());
        assert!(ClusteredProportion::summarised((1, 2), 3.0, 2, true).is_err());
        assert!(ClusteredProportion::summarised((1, 2), 0.0, 2, true).is_err());
        assert!(ClusteredProportion::summarised((1, 2), 2.0, 1, true).is_err());
    }

    #[test]
    fn one_image_a_patient_has_design_effect_n_over_n_minus_1() {
        let clusters: Vec<(u64, u64)> = (0..100).map(|i| (u64::from(i < 70), 1)).collect();
        let found = some(&clusters);
        assert!((found.design_effect.unwrap() - 100.0 / 99.0).abs() < 1e-12);
        assert!((found.n_effective - 99.0).abs() < 1e-9);
    }

    #[test]
    fn all_right_in_five_patients_says_little() {
        // 100/100 from 5 patients of 20 images: as if there were five trials, and fewer by t.
        let found = some(&[(20, 20); 5]);
        assert!(found.few_carriers && found.design_effect.is_none() && found.n_carriers == 0);
        assert!((found.n_effective - 5.0).abs() < 1e-12);
        let lower = found.gate_lower(0.025).unwrap();
        assert!(lower < 0.025_f64.powf(0.2), "{lower}");
        assert_eq!(found.gate_upper(0.025).unwrap(), 1.0);
        assert_eq!(found.p_at_least(0.8), 1.0);
        assert_eq!(found.wilson(0.95).unwrap().upper, 1.0);
    }

    #[test]
    fn unclustered_is_the_binomial() {
        let found = ClusteredProportion::unclustered(114, 120).unwrap();
        let (limits, method) = found
            .interval(ProportionMethod::ClopperPearson, 0.95)
            .unwrap();
        assert_eq!(method, "clopper_pearson");
        assert_eq!(limits.lower, found.gate_lower(0.025).unwrap());
        assert!((found.p_at_most(limits.lower) - 0.025).abs() < 1e-10);
    }

    proptest! {
        #[test]
        fn limits_and_p_values_agree(clusters in prop::collection::vec((0u64..4).prop_flat_map(|t| (0..=t, Just(t))), 2..60), alpha in 0.001f64..0.2) {
            if let Ok(found) = ClusteredProportion::from_clusters(&clusters) {
                let (lower, upper) = (found.gate_lower(alpha).unwrap(), found.gate_upper(alpha).unwrap());
                prop_assert!(lower <= found.estimate && found.estimate <= upper);
                if lower > 1e-12 { prop_assert!((found.p_at_most(lower) - alpha).abs() < 1e-7); }
                if upper < 1.0 - 1e-12 { prop_assert!((found.p_at_least(upper) - alpha).abs() < 1e-7); }
                for method in ProportionMethod::ALL {
                    let (limits, _) = found.interval(method, 1.0 - 2.0 * alpha).unwrap();
                    prop_assert!(limits.contains(found.estimate));
                }
                prop_assert!(found.n_effective <= found.trials as f64 + 1e-9);
            }
        }

        #[test]
        fn order_of_clusters_does_not_matter(mut clusters in prop::collection::vec((0u64..4).prop_flat_map(|t| (0..=t, Just(t))), 2..40)) {
            let forwards = ClusteredProportion::from_clusters(&clusters);
            clusters.reverse();
            let backwards = ClusteredProportion::from_clusters(&clusters);
            prop_assert_eq!(forwards.is_ok(), backwards.is_ok());
            if let (Ok(a), Ok(b)) = (forwards, backwards) { prop_assert_eq!(a, b); }
        }
    }
}
