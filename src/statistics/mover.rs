//! Difference of two proportions whose trials come in clusters, in disjoint or shared clusters.

use super::clustered::{ClusteredProportion, Kind, merged, scaled_products, tallied, too_large};
use super::difference::{DifferenceMethod, mover};
use super::inversion::{p_at_least, p_at_most, p_two_sided};
use super::{Interval, NotEstimable, checked_confidence};

/// MOVER limits of the sum of two proportions whose estimates are not correlated, from their
/// (clustered) Wilson limits (Newcombe 1998, Stat Med 17:873-890, method 10, with the second
/// proportion turned round; Zou and Donner 2008). Sensitivity + specificity - 1 is the difference
/// of the true and the false positive rate, so that this is an interval of Youden's J and of the
/// balanced accuracy. It has a width at 0/n and n/n too.
///
/// # Errors
/// The level is outside (0, 1).
pub fn sum_of_proportions(
    a: &ClusteredProportion,
    b: &ClusteredProportion,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    let (first, second) = (a.wilson(confidence)?, b.wilson(confidence)?);
    let sum = a.estimate + b.estimate;
    Ok(Interval {
        lower: (sum - (a.estimate - first.lower).hypot(b.estimate - second.lower)).max(0.0),
        upper: (sum + (first.upper - a.estimate).hypot(second.upper - b.estimate)).min(2.0),
    })
}

/// Events and trials of one cluster.
pub type Counts = (u64, u64);

/// Difference a - b of two proportions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionDifference {
    /// First arm.
    pub a: ClusteredProportion,
    /// Second arm.
    pub b: ClusteredProportion,
    /// Correlation of the two estimates; 0 when no cluster is in both arms.
    pub correlation: f64,
    /// Clusters with trials in both arms.
    pub n_shared: u64,
}

impl ProportionDifference {
    /// Arms that share no cluster.
    #[must_use]
    pub fn disjoint(a: ClusteredProportion, b: ClusteredProportion) -> Self {
        Self {
            a,
            b,
            correlation: 0.0,
            n_shared: 0,
        }
    }

    /// Arms that may share clusters: one entry a cluster, (events, trials) in the first arm and
    /// in the second; (0, 0) where a cluster has no trial in an arm.
    ///
    /// With z the influence (events - p trials) / n of a cluster on an arm, the correlation is
    /// sum z_a z_b / sqrt(sum z_a^2 sum z_b^2), 0 when one of the arms does not vary. No published
    /// number is known for shared clusters; `fixtures/make_clustered_r.R` has the correlation of R's
    /// survey, and the tests reduce it to disjoint and to equal arms.
    ///
    /// # Errors
    /// An arm has no trial or fewer than two clusters.
    pub fn shared(clusters: &[(Counts, Counts)]) -> Result<Self, NotEstimable> {
        Self::from_kinds(&tallied(clusters.iter().copied()))
    }

    /// The same from the different counts of clusters, each with the number of clusters that have
    /// it, as in [`ClusteredProportion::from_kinds`].
    ///
    /// # Errors
    /// As [`ClusteredProportion::from_clusters`], for either arm.
    pub fn from_kinds(kinds: &[Kind<(Counts, Counts)>]) -> Result<Self, NotEstimable> {
        let arm = |pick: fn(&(Counts, Counts)) -> Counts| {
            let kinds: Vec<Kind<Counts>> = kinds
                .iter()
                .map(|(both, times)| (pick(both), *times))
                .collect();
            ClusteredProportion::from_kinds(&merged(kinds))
        };
        let (a, b) = (arm(|both| both.0)?, arm(|both| both.1)?);
        let n_shared = kinds
            .iter()
            .filter(|((first, second), _)| first.1 > 0 && second.1 > 0)
            .map(|(_, times)| times)
            .sum::<u64>();
        let (in_a, in_b) = ((a.events, a.trials), (b.events, b.trials));
        let pairs = || kinds.iter().copied();
        let cross = scaled_products(pairs(), in_a, in_b).ok_or_else(too_large)?;
        let of_first = pairs().map(|((one, _), times)| ((one, one), times));
        let first = scaled_products(of_first, in_a, in_a).ok_or_else(too_large)?;
        let of_second = pairs().map(|((_, other), times)| ((other, other), times));
        let second = scaled_products(of_second, in_b, in_b).ok_or_else(too_large)?;
        let correlation = if n_shared > 0 && first > 0.0 && second > 0.0 {
            (cross / (first.sqrt() * second.sqrt())).clamp(-1.0, 1.0)
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

    /// Cluster-robust standard error of the difference.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        let (a, b) = (self.a.standard_error, self.b.standard_error);
        (a * a + b * b - 2.0 * self.correlation * a * b)
            .max(0.0)
            .sqrt()
    }

    /// Id of the method of [`Self::interval`].
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.n_shared > 0 {
            "mover_wilson_shared"
        } else if self.a.clustered || self.b.clustered {
            "mover_wilson"
        } else {
            "newcombe_10"
        }
    }

    /// MOVER limits from the (clustered) Wilson limits of both arms (Newcombe 1998; Zou and
    /// Donner 2008, Stat Med 27:1693-1702, with the correlation of the arms).
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        let (first, second) = (self.a.wilson(confidence)?, self.b.wilson(confidence)?);
        Ok(mover(
            (self.a.estimate, self.b.estimate),
            first,
            second,
            self.correlation,
        ))
    }

    /// Interval by any method, and the id of the method that was used. The score methods take
    /// the effective counts of clustered arms; they know no correlation, so that MOVER stands in
    /// for them when arms share clusters.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval_by(
        &self,
        method: DifferenceMethod,
        confidence: f64,
    ) -> Result<(Interval, &'static str), NotEstimable> {
        let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
        if method == DifferenceMethod::Newcombe10 || self.n_shared > 0 {
            return Ok((self.interval(confidence)?, self.method()));
        }
        let (na, nb) = (
            self.a.n_effective_exact(tail),
            self.b.n_effective_exact(tail),
        );
        let limits = method.interval(
            self.a.scaled_events(na),
            na,
            self.b.scaled_events(nb),
            nb,
            confidence,
        )?;
        let id = match method {
            _ if !self.a.clustered && !self.b.clustered => method.id(),
            DifferenceMethod::Mee => "mee_effective_n",
            _ => "miettinen_nurminen_effective_n",
        };
        Ok((limits, id))
    }

    /// Two-sided p for "no difference", by inverting [`Self::interval`].
    ///
    /// # Errors
    /// None in practice; the interval exists at every level.
    pub fn p_two_sided(&self) -> Result<f64, NotEstimable> {
        p_two_sided(0.0, |confidence| self.interval(confidence))
    }

    /// One-sided lower limit at level 1 - `alpha`.
    ///
    /// # Errors
    /// `alpha` is not in (0, 0.5).
    pub fn gate_lower(&self, alpha: f64) -> Result<f64, NotEstimable> {
        Ok(self.interval(1.0 - 2.0 * alpha)?.lower)
    }

    /// One-sided upper limit at level 1 - `alpha`.
    ///
    /// # Errors
    /// `alpha` is not in (0, 0.5).
    pub fn gate_upper(&self, alpha: f64) -> Result<f64, NotEstimable> {
        Ok(self.interval(1.0 - 2.0 * alpha)?.upper)
    }

    /// One-sided p for "the difference is at least `bound`".
    ///
    /// # Errors
    /// None in practice.
    pub fn p_at_least(&self, bound: f64) -> Result<f64, NotEstimable> {
        p_at_least(bound, |confidence| self.interval(confidence))
    }

    /// One-sided p for "the difference is at most `bound`".
    ///
    /// # Errors
    /// None in practice.
    pub fn p_at_most(&self, bound: f64) -> Result<f64, NotEstimable> {
        p_at_most(bound, |confidence| self.interval(confidence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unclustered_arms_give_newcombe_method_10() {
        let found = ProportionDifference::disjoint(
            ClusteredProportion::unclustered(56, 70).unwrap(),
            ClusteredProportion::unclustered(48, 80).unwrap(),
        );
        let limits = found.interval(0.95).unwrap();
        assert!((limits.lower - 0.0524).abs() < 5e-5 && (limits.upper - 0.3339).abs() < 5e-5);
        assert_eq!(found.method(), "newcombe_10");
        let p = found.p_two_sided().unwrap();
        assert!(found.interval(1.0 - p).unwrap().lower.abs() < 1e-9);
        assert!((found.p_at_least(found.gate_upper(0.025).unwrap()).unwrap() - 0.025).abs() < 1e-9);
        assert!((found.p_at_most(found.gate_lower(0.1).unwrap()).unwrap() - 0.1).abs() < 1e-9);
    }

    #[test]
    fn equal_arms_of_shared_patients_do_not_differ() {
        let clusters: Vec<_> = (0..60).map(|i| ((i % 3, 3), (i % 3, 3))).collect();
        let found = ProportionDifference::shared(&clusters).unwrap();
        assert!((found.correlation - 1.0).abs() < 1e-12 && found.standard_error() < 1e-9);
        assert_eq!(found.method(), "mover_wilson_shared");
        assert!(found.interval(0.95).unwrap().contains(0.0));
    }

    #[test]
    fn no_shared_cluster_is_the_disjoint_formula() {
        let first: Vec<(u64, u64)> = (0..45).map(|i| (i % 3, 2)).collect();
        let second: Vec<(u64, u64)> = (0..50).map(|i| (i % 2, 2)).collect();
        let arms: Vec<_> = first
            .iter()
            .map(|a| (*a, (0, 0)))
            .chain(second.iter().map(|b| ((0, 0), *b)))
            .collect();
        let shared = ProportionDifference::shared(&arms).unwrap();
        let disjoint = ProportionDifference::disjoint(
            ClusteredProportion::from_clusters(&first).unwrap(),
            ClusteredProportion::from_clusters(&second).unwrap(),
        );
        assert_eq!(shared, disjoint);
        assert_eq!(shared.method(), "mover_wilson");
    }

    #[test]
    fn positive_correlation_narrows_the_interval() {
        let clusters: Vec<_> = (0..60)
            .map(|i: u64| ((i % 4, 3), ((i % 4).min(3), 4)))
            .map(|((a, n), b)| ((a.min(n), n), b))
            .collect();
        let found = ProportionDifference::shared(&clusters).unwrap();
        let ignoring = ProportionDifference::disjoint(found.a, found.b);
        assert!(
            found.correlation > 0.5
                && found.interval(0.95).unwrap().width() < ignoring.interval(0.95).unwrap().width()
        );
    }

    #[test]
    fn degenerate_arms_have_limits_and_a_p() {
        let found = ProportionDifference::disjoint(
            ClusteredProportion::unclustered(10, 10).unwrap(),
            ClusteredProportion::unclustered(0, 20).unwrap(),
        );
        let p = found.p_two_sided().unwrap();
        assert!(p > 0.0 && p < 1e-4);
        let none = ProportionDifference::disjoint(
            ClusteredProportion::unclustered(10, 10).unwrap(),
            ClusteredProportion::unclustered(20, 20).unwrap(),
        );
        assert!((none.p_two_sided().unwrap() - 1.0).abs() < 1e-6);
        for method in DifferenceMethod::ALL {
            assert!(none.interval_by(method, 0.95).unwrap().0.contains(0.0));
        }
    }
}
