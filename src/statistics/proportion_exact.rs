//! Intervals of one proportion from the binomial distribution itself.
//!
//! P(X >= k) for X ~ Binomial(n, p) is the incomplete beta function I_p(k, n - k + 1), which is
//! defined for real k and n: that is how effective sample sizes enter without rounding.

use super::distributions::{beta_cdf, beta_quantile, beta_sf};
use super::proportion::checked_counts;
use super::root::turning_point;
use super::{Interval, NotEstimable, checked_confidence};

/// P(X >= k) for X ~ Binomial(n, p), continued to real k and n.
pub(super) fn at_least(k: f64, n: f64, p: f64) -> f64 {
    if k <= 0.0 {
        1.0
    } else {
        beta_cdf(p, k, n - k + 1.0)
    }
}

/// P(X <= k) for X ~ Binomial(n, p), continued to real k and n.
pub(super) fn at_most(k: f64, n: f64, p: f64) -> f64 {
    if k >= n {
        1.0
    } else {
        beta_sf(p, k + 1.0, n - k)
    }
}

/// One-sided lower limit of Clopper and Pearson at level `1 - alpha`: the p with P(X >= k | p) = alpha.
/// 0 at k = 0.
///
/// # Errors
/// `n` is 0, `k` is outside `[0, n]`, or `alpha` is outside (0, 1).
pub fn clopper_pearson_lower(k: f64, n: f64, alpha: f64) -> Result<f64, NotEstimable> {
    checked_counts(k, n)?;
    checked_confidence(1.0 - alpha)?;
    Ok(if k == 0.0 {
        0.0
    } else {
        beta_quantile(alpha, k, n - k + 1.0)
    })
}

/// One-sided upper limit of Clopper and Pearson at level `1 - alpha`: the p with P(X <= k | p) = alpha.
/// 1 at k = n.
///
/// # Errors
/// As [`clopper_pearson_lower`].
pub fn clopper_pearson_upper(k: f64, n: f64, alpha: f64) -> Result<f64, NotEstimable> {
    checked_counts(k, n)?;
    checked_confidence(1.0 - alpha)?;
    Ok(if k == n {
        1.0
    } else {
        beta_quantile(1.0 - alpha, k + 1.0, n - k)
    })
}

/// Clopper and Pearson's interval (Biometrika 1934, 26:404-413), `k` and `n` real.
///
/// # Errors
/// As [`clopper_pearson_lower`].
pub fn clopper_pearson(k: f64, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
    Ok(Interval {
        lower: clopper_pearson_lower(k, n, tail)?,
        upper: clopper_pearson_upper(k, n, tail)?,
    })
}

/// Exact one-sided upper limit of a share at level `1 - alpha`; 1 - alpha^(1/n) when there is no
/// event (Hanley and Lippman-Hand 1983). 1 when there is no trial: nothing is known.
#[must_use]
pub fn exact_upper(events: u64, trials: u64, alpha: f64) -> f64 {
    if events == 0 && trials > 0 {
        return -(alpha.ln() / trials as f64).exp_m1();
    }
    clopper_pearson_upper(events as f64, trials as f64, alpha).unwrap_or(1.0)
}

/// The mid-p interval: half the probability of the observed count is left out of both tails
/// (Berry and Armitage 1995; Newcombe 1998, method 6). `k` and `n` real.
///
/// # Errors
/// As [`clopper_pearson_lower`].
pub fn mid_p(k: f64, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    checked_counts(k, n)?;
    let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
    let beyond = |p: f64| {
        if k + 1.0 > n {
            0.0
        } else {
            at_least(k + 1.0, n, p)
        }
    };
    let before = |p: f64| if k < 1.0 { 0.0 } else { at_most(k - 1.0, n, p) };
    let upper_tail = |p: f64| 0.5 * (at_least(k, n, p) + beyond(p));
    let lower_tail = |p: f64| 0.5 * (at_most(k, n, p) + before(p));
    Ok(Interval {
        lower: if k == 0.0 {
            0.0
        } else {
            turning_point(0.0, k / n, |p| upper_tail(p) < tail)
        },
        upper: if k == n {
            1.0
        } else {
            turning_point(k / n, 1.0, |p| lower_tail(p) >= tail)
        },
    })
}

/// Blaker's interval (Can J Stat 2000, 28:783-798): the hull of all p whose acceptability, the
/// smaller tail plus the largest opposite tail that is not larger, is at least 1 - confidence.
/// Lies inside Clopper and Pearson's. The acceptability jumps where one more count enters the
/// opposite tail, so that accepted windows can be of any width (Klaschka 2010, Comput Stat Data
/// Anal 54:3153-3168, on codes that miss them); the limits are found from these jumps, not on a grid.
///
/// # Errors
/// As [`clopper_pearson_lower`]; also when `k` or `n` is no whole number, for which the
/// acceptability is not defined.
pub fn blaker(k: f64, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    let outer = clopper_pearson(k, n, confidence)?;
    if k.fract() != 0.0 || n.fract() != 0.0 {
        return Err(NotEstimable::Other(format!(
            "blaker's interval needs whole counts, not {k} in {n}"
        )));
    }
    let alpha = 1.0 - confidence;
    let upper = if k == n {
        1.0
    } else {
        1.0 - blaker_lower(n - k, n, alpha, 1.0 - outer.upper)
    };
    Ok(Interval {
        lower: if k == 0.0 {
            0.0
        } else {
            blaker_lower(k, n, alpha, outer.lower)
        },
        upper,
    })
}

/// First p from Clopper and Pearson's limit upwards that is accepted.
///
/// Let j be the largest count with P(X <= j) <= P(X >= k) at that limit. Until j + 1 enters the
/// lower tail the acceptability is 1 - P(j < X < k), which falls and then rises: it crosses alpha
/// at most once on its way up. Where j + 1 enters, both tails are equal and each is at least
/// alpha / 2, so that this point is accepted at the latest.
fn blaker_lower(k: f64, n: f64, alpha: f64, from: f64) -> f64 {
    let lower_tail = |j: f64, p: f64| if j < 0.0 { 0.0 } else { at_most(j, n, p) };
    let counted = counted_below(k, n, from);
    let enters = turning_point(from, k / n, |p| {
        lower_tail(counted + 1.0, p) > at_least(k, n, p)
    });
    let accepted = |p: f64| at_least(k, n, p) + lower_tail(counted, p) >= alpha;
    if accepted(enters) {
        turning_point(from, enters, |p| !accepted(p))
    } else {
        enters
    }
}

/// The largest j with P(X <= j) <= P(X >= k), by bisection over whole numbers; -1 when there is
/// none.
fn counted_below(k: f64, n: f64, p: f64) -> f64 {
    let tail = at_least(k, n, p);
    let (mut below, mut above) = (-1.0_f64, k);
    while above - below > 1.0 {
        let middle = ((below + above) / 2.0).floor();
        if at_most(middle, n, p) <= tail * (1.0 + 1e-12) {
            below = middle;
        } else {
            above = middle;
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_event_has_the_closed_form() {
        assert!((exact_upper(0, 20, 0.025) - (1.0 - 0.025_f64.powf(0.05))).abs() < 1e-14);
        assert!(
            (exact_upper(0, 3, 0.05) - clopper_pearson_upper(0.0, 3.0, 0.05).unwrap()).abs()
                < 1e-12
        );
        assert_eq!(exact_upper(0, 0, 0.05), 1.0);
        assert_eq!(exact_upper(4, 4, 0.05), 1.0);
    }

    #[test]
    fn clopper_pearson_limits_solve_their_equations_at_real_counts() {
        let (k, n) = (33.3, 41.7);
        let found = clopper_pearson(k, n, 0.95).unwrap();
        assert!((at_least(k, n, found.lower) - 0.025).abs() < 1e-12);
        assert!((at_most(k, n, found.upper) - 0.025).abs() < 1e-12);
    }

    #[test]
    fn blaker_lies_inside_clopper_pearson_and_refuses_real_counts() {
        for (k, n) in [
            (0.0, 10.0),
            (3.0, 10.0),
            (5.0, 10.0),
            (10.0, 10.0),
            (81.0, 263.0),
        ] {
            let inner = blaker(k, n, 0.95).unwrap();
            let outer = clopper_pearson(k, n, 0.95).unwrap();
            assert!(
                outer.lower <= inner.lower + 1e-9 && inner.upper <= outer.upper + 1e-9,
                "{k}/{n} {inner:?} {outer:?}"
            );
        }
        assert!(blaker(1.5, 10.0, 0.95).is_err());
    }
}
