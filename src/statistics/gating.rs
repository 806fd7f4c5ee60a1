//! Limits and tests that decide about one proportion whose trials come in clusters.
//!
//! The limits are those of Clopper and Pearson on an effective n (Korn and Graubard 1998, Surv
//! Methodol 24:193-201). A displayed interval may miss a little more often than it says; a limit
//! that lets a model pass may not. What makes it miss is that the design effect is estimated:
//! from few clusters that carry the rarer outcome it is too small as often as not, and most of
//! all when the estimate lies on the flattering side. Two rules answer that:
//!
//! - The ratio of t quantiles has the degrees of freedom of the variance estimate, not of the
//!   number of clusters. By Satterthwaite's rule (Biometrics 1946, 2:110-114) from the spread of
//!   the clusters' own squares, as for sandwich variances by Pan and Wall (Stat Med 2002,
//!   21:1429-1441): 2 V^2 / var(V) = 2 (sum u^2)^2 / (sum u^4 - (sum u^2)^2 / K) with
//!   u = a - p b, and never more than K - 1.
//! - The rule for few carriers does not end at once. Between 4 and 10 effective carriers the
//!   design effect goes over from that of complete correlation, sum b^2 / sum b, to the estimated
//!   one. Effective carriers are (sum c)^2 / sum c^2, c the rarer outcomes of a cluster (Kish
//!   1965, Survey Sampling, section 11.7): three clusters that hold nearly all failures count as
//!   three. The share of complete correlation is not estimated and has no variance, so that the
//!   degrees of freedom grow with it.
//!
//! The end points 4 and 10 are a choice, made by simulation: with them the one-sided 2.5% limits
//! miss in less than 3% of audits in every cell from 20 clusters on (`docs/coverage.md`).

use super::clustered::{ClusteredProportion, Kind};
use super::distributions::{beta_quantile, t_quantile};
use super::proportion_exact::{at_least, at_most};
use super::root::turning_point;
use super::{NotEstimable, checked_confidence, ordered_sum};

/// With fewer carriers of the rarer outcome, the estimated design effect is not trusted at all.
const FEW_CARRIERS: u64 = 5;
/// Up to so many effective carriers complete correlation is assumed.
const UNTRUSTED: f64 = 4.0;
/// From so many effective carriers on the estimated design effect stands alone.
const TRUSTED: f64 = 10.0;

/// Clusters that hold the rarer outcome.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carriers {
    /// How many.
    pub count: u64,
    /// (sum c)^2 / sum c^2, c the rarer outcomes of a cluster; 0 without any.
    effective: f64,
}

impl Carriers {
    /// Carriers among clusters of (events, trials), given the totals. When events and
    /// non-events are equally many, those with fewer.
    pub fn of(kinds: &[Kind<(u64, u64)>], (events, trials): (u64, u64)) -> Self {
        let of = |rarer: fn(&(u64, u64)) -> u64| {
            let (mut count, mut sum, mut squares) = (0, 0_u128, 0_u128);
            for (counts, times) in kinds {
                let held = rarer(counts);
                count += if held > 0 { *times } else { 0 };
                sum += u128::from(held) * u128::from(*times);
                squares += u128::from(held).pow(2) * u128::from(*times);
            }
            Self {
                count,
                effective: (sum as f64).powi(2) / (squares.max(1) as f64),
            }
        };
        let (with, without) = (of(|(a, _)| *a), of(|(a, b)| b - a));
        match events.cmp(&(trials - events)) {
            std::cmp::Ordering::Less => with,
            std::cmp::Ordering::Greater => without,
            std::cmp::Ordering::Equal => Self {
                count: with.count.min(without.count),
                effective: with.effective.min(without.effective),
            },
        }
    }

    /// Whether they are too few to trust the estimated design effect.
    pub fn are_few(&self) -> bool {
        self.count < FEW_CARRIERS
    }

    /// Weight of complete correlation in the design effect.
    fn weight_of_complete(&self) -> f64 {
        if self.are_few() {
            1.0
        } else {
            ((TRUSTED - self.effective) / (TRUSTED - UNTRUSTED)).clamp(0.0, 1.0)
        }
    }
}

/// Effective n on which is decided, and how well its variance is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    pub n_effective: f64,
    pub degrees_of_freedom: f64,
}

impl Decided {
    /// `squares` is sum u^2 for u = a n - A b; `n_effective` is the displayed one and `complete`
    /// that of complete correlation, (sum b)^2 / sum b^2.
    pub fn new(
        kinds: &[Kind<(u64, u64)>],
        (events, trials): (u64, u64),
        squares: f64,
        n_effective: f64,
        complete: f64,
        carriers: &Carriers,
    ) -> Self {
        let clusters: u64 = kinds.iter().map(|(_, times)| times).sum();
        let (n, most) = (trials as f64, clusters as f64 - 1.0);
        // One trial a cluster: the design effect is n / (n - 1) whatever the outcomes.
        if clusters == trials {
            return Self {
                n_effective,
                degrees_of_freedom: most,
            };
        }
        let weight = carriers.weight_of_complete();
        let estimated = (1.0 - weight) * n / n_effective;
        let design_effect = estimated + weight * n / n_effective.min(complete);
        let fourths = ordered_sum(kinds.iter().map(|((a, b), times)| {
            let influence =
                i128::from(*a) * i128::from(trials) - i128::from(events) * i128::from(*b);
            *times as f64 * (influence as f64 / n).powi(4)
        }));
        let squared = (squares / (n * n)).powi(2);
        let spread = fourths - squared / clusters as f64;
        let freedom = 2.0 * squared / spread * (design_effect / estimated).powi(2);
        Self {
            n_effective: n / design_effect,
            // No spread, or nothing estimated: as many as there can be.
            degrees_of_freedom: if freedom.is_finite() && freedom > 0.0 {
                freedom.min(most)
            } else {
                most
            },
        }
    }
}

impl ClusteredProportion {
    /// Whether Korn and Graubard's ratio of t quantiles differs from 1.
    fn variance_is_estimated(&self) -> bool {
        self.clustered && self.degrees_of_freedom < self.trials as f64 - 1.0
    }

    /// Effective n for exact limits at one-sided `alpha`: `n_effective_decided` times
    /// (t_{n-1} / t_df)^2, df the degrees of freedom of the variance, and at most n (Korn and
    /// Graubard 1998, Surv Methodol 24:193-201, with the degrees of freedom of Satterthwaite).
    #[must_use]
    pub fn n_effective_exact(&self, alpha: f64) -> f64 {
        let n = self.trials as f64;
        if !self.variance_is_estimated() {
            return self.n_effective_decided.min(n);
        }
        // Towards alpha = 1/2 both quantiles go to 0 and their ratio to a limit.
        let tail = alpha.min(1.0 - alpha).clamp(1e-300, 0.499_999);
        let ratio =
            t_quantile(1.0 - tail, n - 1.0) / t_quantile(1.0 - tail, self.degrees_of_freedom);
        (self.n_effective_decided * ratio * ratio).min(n)
    }

    /// Id of the method of the gating limits.
    #[must_use]
    pub fn gate_method(&self) -> &'static str {
        if self.clustered {
            "clopper_pearson_effective_n"
        } else {
            "clopper_pearson"
        }
    }

    /// One-sided lower limit of Clopper and Pearson at level 1 - `alpha` on the effective n.
    ///
    /// # Errors
    /// `alpha` is outside (0, 1).
    pub fn gate_lower(&self, alpha: f64) -> Result<f64, NotEstimable> {
        checked_confidence(1.0 - alpha)?;
        let n = self.n_effective_exact(alpha);
        let k = self.scaled_events(n);
        Ok(if self.events == 0 {
            0.0
        } else {
            beta_quantile(alpha, k, n - k + 1.0)
        })
    }

    /// One-sided upper limit of Clopper and Pearson at level 1 - `alpha` on the effective n.
    ///
    /// # Errors
    /// `alpha` is outside (0, 1).
    pub fn gate_upper(&self, alpha: f64) -> Result<f64, NotEstimable> {
        checked_confidence(1.0 - alpha)?;
        let n = self.n_effective_exact(alpha);
        let k = self.scaled_events(n);
        Ok(if self.events == self.trials {
            1.0
        } else {
            beta_quantile(1.0 - alpha, k + 1.0, n - k)
        })
    }

    /// One-sided p for "the proportion is at least `bound`": the alpha at which
    /// [`Self::gate_upper`] equals the bound. With known variance this is P(X <= k | bound).
    #[must_use]
    pub fn p_at_least(&self, bound: f64) -> f64 {
        if self.events == self.trials || bound <= 0.0 {
            return 1.0;
        }
        if bound > 1.0 {
            return 0.0;
        }
        self.turning_alpha(|n| at_most(self.scaled_events(n), n, bound))
    }

    /// One-sided p for "the proportion is at most `bound`": the alpha at which
    /// [`Self::gate_lower`] equals the bound.
    #[must_use]
    pub fn p_at_most(&self, bound: f64) -> f64 {
        if self.events == 0 || bound >= 1.0 {
            return 1.0;
        }
        if bound < 0.0 {
            return 0.0;
        }
        self.turning_alpha(|n| at_least(self.scaled_events(n), n, bound))
    }

    /// The alpha that equals the tail on the effective n at that alpha.
    fn turning_alpha(&self, tail: impl Fn(f64) -> f64) -> f64 {
        if self.variance_is_estimated() {
            turning_point(0.0, 1.0, |alpha| {
                tail(self.n_effective_exact(alpha)) > alpha
            })
        } else {
            tail(self.n_effective_exact(0.5))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(clusters: &[(u64, u64)]) -> ClusteredProportion {
        ClusteredProportion::from_clusters(clusters).unwrap()
    }

    #[test]
    fn korn_and_graubard_factor() {
        // Tables of t: t_{99, .975} = 1.98422, t_{9, .975} = 2.26216. Five clusters each of 4 and
        // of 7 in 10: all influences have the same size, so that nothing but K limits the freedom.
        let clusters: Vec<(u64, u64)> = (0..10)
            .map(|i| (if i % 2 == 0 { 4 } else { 7 }, 10))
            .collect();
        let found = some(&clusters);
        assert_eq!(found.degrees_of_freedom, 9.0);
        let factor = (1.984_216_952_f64 / 2.262_157_163).powi(2);
        // Failures 6 and 3 in five clusters each: 45^2 / (5 (36 + 9)) = 9 effective carriers, so
        // that a sixth of the design effect is the 10 of complete correlation.
        let design_effect = (10.0 + 5.0 * 100.0 / 99.0) / 6.0;
        assert!((found.n_effective_decided - 100.0 / design_effect).abs() < 1e-9);
        let expected = found.n_effective_decided * factor;
        assert!((found.n_effective_exact(0.025) - expected).abs() < 1e-6);
    }

    #[test]
    fn satterthwaite_by_hand() {
        // 60 clusters of 2, of which 12 have one failure: u = 0.8 twelve times and -0.2 48 times
        // (a - p b with p = 0.9). sum u^2 = 9.6, sum u^4 = 4.992, 2 * 92.16 / (4.992 - 1.536).
        let clusters: Vec<(u64, u64)> = (0..60).map(|i| (if i < 12 { 1 } else { 2 }, 2)).collect();
        let found = some(&clusters);
        assert!((found.degrees_of_freedom - 2.0 * 92.16 / 3.456).abs() < 1e-9);
        assert!((found.n_effective_decided - found.n_effective).abs() < 1e-9);
    }

    #[test]
    fn one_image_a_patient_keeps_every_degree_of_freedom() {
        let clusters: Vec<(u64, u64)> = (0..100).map(|i| (u64::from(i >= 6), 1)).collect();
        let found = some(&clusters);
        assert_eq!(found.degrees_of_freedom, 99.0);
        assert_eq!(found.n_effective_exact(0.025), found.n_effective);
    }

    #[test]
    fn the_rule_for_few_carriers_fades_out() {
        // One failure in each of so many of 100 patients with two images each.
        let exact = |carriers: u64| {
            let clusters: Vec<(u64, u64)> =
                (0..100).map(|i| (2 - u64::from(i < carriers), 2)).collect();
            some(&clusters)
        };
        assert!((exact(0).n_effective_decided - 100.0).abs() < 1e-9);
        assert!((exact(4).n_effective_decided - 100.0).abs() < 1e-9);
        assert!((exact(7).n_effective_decided - 200.0 / 1.5).abs() < 1e-9);
        assert!((exact(10).n_effective_decided - 200.0).abs() < 1e-9);
        assert_eq!(exact(4).degrees_of_freedom, 99.0);
        // More failures never bring a higher limit.
        let limits: Vec<f64> = (0..30)
            .map(|k| exact(k).gate_lower(0.025).unwrap())
            .collect();
        assert!(limits.windows(2).all(|two| two[1] < two[0]), "{limits:?}");
    }

    #[test]
    fn failures_of_few_patients_count_as_few() {
        // Five carriers, one of which holds most: (10 + 4)^2 / (100 + 4) = 1.9 effective ones.
        let clusters: Vec<(u64, u64)> = (0..50)
            .map(|i| match i {
                0 => (0, 10),
                1..=4 => (9, 10),
                _ => (10, 10),
            })
            .collect();
        let found = some(&clusters);
        assert!(!found.few_carriers && found.n_carriers == 5);
        assert!((found.n_effective_decided - 50.0).abs() < 1e-9);
        assert_eq!(found.degrees_of_freedom, 49.0);
    }

    #[test]
    fn equal_counts_of_both_outcomes_take_the_fewer_carriers() {
        let carriers = Carriers::of(&[((4, 4), 1), ((1, 4), 2), ((0, 0), 1)], (6, 12));
        assert_eq!(carriers.count, 2);
        assert!((carriers.effective - 2.0).abs() < 1e-12);
    }
}
