//! Intervals of one proportion k / n in closed form, and the choice among all methods.
//!
//! `k` and `n` are real: an effective sample size is no whole number. Wald's interval is not
//! offered, since it fails near 0 and 1, which is where medical proportions live.

use super::distributions::{beta_quantile, normal_quantile};
use super::proportion_exact::{blaker, clopper_pearson, mid_p};
use super::{Interval, NotEstimable, checked_confidence};

/// Method of an interval for a proportion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProportionMethod {
    /// Wilson's score interval.
    Wilson,
    /// Clopper and Pearson's exact interval.
    ClopperPearson,
    /// Agresti and Coull's interval.
    AgrestiCoull,
    /// Equal-tailed interval from Jeffreys' prior.
    Jeffreys,
    /// Clopper and Pearson's with half the probability of the observed count.
    MidP,
    /// Blaker's exact interval, never wider than Clopper and Pearson's.
    Blaker,
    /// Wilson's with a continuity correction.
    WilsonContinuity,
}

impl ProportionMethod {
    /// All methods.
    pub const ALL: [Self; 7] = [
        Self::Wilson,
        Self::ClopperPearson,
        Self::AgrestiCoull,
        Self::Jeffreys,
        Self::MidP,
        Self::Blaker,
        Self::WilsonContinuity,
    ];

    /// Id in audit files and results.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::ClopperPearson => "clopper_pearson",
            Self::AgrestiCoull => "agresti_coull",
            Self::Jeffreys => "jeffreys",
            Self::MidP => "mid_p",
            Self::Blaker => "blaker",
            Self::WilsonContinuity => "wilson_continuity",
        }
    }

    /// Id when `k` and `n` are those of the effective sample size.
    #[must_use]
    pub fn id_effective_n(self) -> &'static str {
        match self {
            Self::Wilson => "wilson_effective_n",
            Self::ClopperPearson | Self::Blaker => "clopper_pearson_effective_n",
            Self::AgrestiCoull => "agresti_coull_effective_n",
            Self::Jeffreys => "jeffreys_effective_n",
            Self::MidP => "mid_p_effective_n",
            Self::WilsonContinuity => "wilson_continuity_effective_n",
        }
    }

    /// Two-sided interval of `k` events in `n` trials.
    ///
    /// # Errors
    /// As the method's own function.
    pub fn interval(self, k: f64, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
        match self {
            Self::Wilson => wilson(k, n, confidence),
            Self::ClopperPearson => clopper_pearson(k, n, confidence),
            Self::AgrestiCoull => agresti_coull(k, n, confidence),
            Self::Jeffreys => jeffreys(k, n, confidence),
            Self::MidP => mid_p(k, n, confidence),
            Self::Blaker => blaker(k, n, confidence),
            Self::WilsonContinuity => wilson_continuity(k, n, confidence),
        }
    }
}

/// `k` and `n` must be finite with `0 <= k <= n` and `n > 0`.
pub(super) fn checked_counts(k: f64, n: f64) -> Result<(), NotEstimable> {
    if n == 0.0 && k == 0.0 {
        return Err(NotEstimable::Empty("trials"));
    }
    if n.is_finite() && n > 0.0 && (0.0..=n).contains(&k) {
        Ok(())
    } else {
        Err(NotEstimable::Other(format!(
            "{k} events in {n} trials is no proportion"
        )))
    }
}

/// Wilson's score interval (Wilson 1927, JASA 22:209-212): all p with |k/n - p| <= z sqrt(p(1-p)/n).
///
/// Lower limit 0 at k = 0, upper limit 1 at k = n, never outside [0, 1].
///
/// # Errors
/// `n` is 0, `k` is outside `[0, n]`, or the level is outside (0, 1).
pub fn wilson(k: f64, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    checked_counts(k, n)?;
    let z = normal_quantile(0.5 + 0.5 * checked_confidence(confidence)?);
    Ok(wilson_limits(k / n, n, z))
}

/// Wilson's limits with any quantile for z (Student's for few clusters: Dean and Pagano 2015).
pub(super) fn wilson_limits(p: f64, n: f64, z: f64) -> Interval {
    let z2 = z * z;
    let scale = 1.0 + z2 / n;
    let centre = (p + z2 / (2.0 * n)) / scale;
    let half = z / scale * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    clamped(p, centre - half, centre + half)
}

/// Limits kept inside [0, 1], exact at the ends, and never on the wrong side of the estimate.
fn clamped(p: f64, lower: f64, upper: f64) -> Interval {
    Interval {
        lower: if p <= 0.0 { 0.0 } else { lower.clamp(0.0, p) },
        upper: if p >= 1.0 { 1.0 } else { upper.clamp(p, 1.0) },
    }
}

/// Wilson's interval with a continuity correction (Newcombe 1998, Stat Med 17:857-872, method 4).
///
/// # Errors
/// As [`wilson`].
pub fn wilson_continuity(k: f64, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    checked_counts(k, n)?;
    let z = normal_quantile(0.5 + 0.5 * checked_confidence(confidence)?);
    Ok(wilson_continuity_limits(k / n, n, z))
}

pub(super) fn wilson_continuity_limits(p: f64, n: f64, z: f64) -> Interval {
    let (q, z2) = (1.0 - p, z * z);
    let below = (z2 - 2.0 - 1.0 / n + 4.0 * p * (n * q + 1.0))
        .max(0.0)
        .sqrt();
    let above = (z2 + 2.0 - 1.0 / n + 4.0 * p * (n * q - 1.0))
        .max(0.0)
        .sqrt();
    let scale = 2.0 * (n + z2);
    clamped(
        p,
        (2.0 * n * p + z2 - 1.0 - z * below) / scale,
        (2.0 * n * p + z2 + 1.0 + z * above) / scale,
    )
}

/// Agresti and Coull's interval (Am Stat 1998, 52:119-126): Wald's around (k + z^2/2) / (n + z^2),
/// cut to [0, 1].
///
/// # Errors
/// As [`wilson`].
pub fn agresti_coull(k: f64, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    checked_counts(k, n)?;
    let z = normal_quantile(0.5 + 0.5 * checked_confidence(confidence)?);
    Ok(agresti_coull_limits(k / n, n, z))
}

pub(super) fn agresti_coull_limits(p: f64, n: f64, z: f64) -> Interval {
    let total = n + z * z;
    let centre = (p * n + 0.5 * z * z) / total;
    let half = z * (centre * (1.0 - centre) / total).sqrt();
    Interval {
        lower: (centre - half).clamp(0.0, p),
        upper: (centre + half).clamp(p, 1.0),
    }
}

/// Equal-tailed credible interval under Jeffreys' prior Beta(1/2, 1/2), with the lower limit 0
/// at k = 0 and the upper limit 1 at k = n (Brown, Cai and DasGupta 2001, Stat Sci 16:101-133).
///
/// # Errors
/// As [`wilson`].
pub fn jeffreys(k: f64, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    checked_counts(k, n)?;
    let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
    let (a, b) = (k + 0.5, n - k + 0.5);
    Ok(Interval {
        lower: if k == 0.0 {
            0.0
        } else {
            beta_quantile(tail, a, b).min(k / n)
        },
        upper: if k == n {
            1.0
        } else {
            beta_quantile(1.0 - tail, a, b).max(k / n)
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Newcombe 1998, Stat Med 17:857-872, table I.
    const CASES: [(f64, f64); 4] = [(81.0, 263.0), (15.0, 148.0), (0.0, 20.0), (1.0, 29.0)];

    #[test]
    fn newcombe_table_i() {
        let printed = [
            (
                ProportionMethod::Wilson,
                [
                    (0.2553, 0.3662),
                    (0.0624, 0.1605),
                    (0.0, 0.1611),
                    (0.0061, 0.1718),
                ],
            ),
            (
                ProportionMethod::ClopperPearson,
                [
                    (0.2527, 0.3676),
                    (0.0578, 0.1617),
                    (0.0, 0.1684),
                    (0.0009, 0.1776),
                ],
            ),
            (
                ProportionMethod::MidP,
                [
                    (0.2544, 0.3658),
                    (0.0601, 0.1581),
                    (0.0, 0.1391),
                    (0.0017, 0.1585),
                ],
            ),
            (
                ProportionMethod::WilsonContinuity,
                [
                    (0.2535, 0.3682),
                    (0.0598, 0.1644),
                    (0.0, 0.2005),
                    (0.0018, 0.1963),
                ],
            ),
        ];
        for (method, limits) in printed {
            for ((k, n), (lower, upper)) in CASES.into_iter().zip(limits) {
                let found = method.interval(k, n, 0.95).unwrap();
                assert!(
                    (found.lower - lower).abs() < 5e-5 && (found.upper - upper).abs() < 5e-5,
                    "{} {k}/{n}: {found:?}",
                    method.id()
                );
            }
        }
    }

    #[test]
    fn refuses_what_is_no_proportion() {
        for method in ProportionMethod::ALL {
            assert_eq!(
                method.interval(0.0, 0.0, 0.95),
                Err(NotEstimable::Empty("trials"))
            );
            for (k, n, level) in [
                (3.0, 2.0, 0.95),
                (-1.0, 2.0, 0.95),
                (f64::NAN, 2.0, 0.95),
                (1.0, f64::INFINITY, 0.95),
                (1.0, 2.0, 1.0),
                (1.0, 2.0, f64::NAN),
            ] {
                assert!(
                    method.interval(k, n, level).is_err(),
                    "{} {k} {n} {level}",
                    method.id()
                );
            }
        }
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_estimate_and_mirrors(n in 1u32..400, share in 0.0f64..=1.0, level in 0.5f64..0.999) {
            let n = f64::from(n);
            let k = (share * n).round();
            for method in ProportionMethod::ALL {
                let found = method.interval(k, n, level).unwrap();
                prop_assert!(0.0 <= found.lower && found.lower <= k / n && k / n <= found.upper && found.upper <= 1.0, "{} {k}/{n} {found:?}", method.id());
                let mirrored = method.interval(n - k, n, level).unwrap();
                prop_assert!((found.lower - (1.0 - mirrored.upper)).abs() < 1e-6, "{} {k}/{n} {found:?} {mirrored:?}", method.id());
            }
        }
    }
}
