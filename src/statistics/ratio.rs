//! Score intervals for the ratio of two independent proportions and for their odds ratio.

use super::distributions::normal_quantile;
use super::proportion::checked_counts;
use super::root::turning_point;
use super::{Interval, NotEstimable, checked_confidence};

/// Largest ratio that is looked for; beyond it a limit counts as infinite.
const LARGEST: f64 = 1e8;

/// Score interval of (k1/n1) / (k2/n2) with N / (N - 1) (Miettinen and Nurminen 1985, Stat Med
/// 4:213-226).
///
/// # Errors
/// An arm is empty or impossible, no event in either arm, or no upper limit: no event in the
/// second arm leaves the ratio unbounded.
pub fn risk_ratio_score(
    k1: f64,
    n1: f64,
    k2: f64,
    n2: f64,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    let chi = |ratio: f64| {
        let (p1, p2) = restricted_by_ratio(k1, n1, k2, n2, ratio);
        let variance = (p1 * (1.0 - p1) / n1 + ratio * ratio * p2 * (1.0 - p2) / n2) * (n1 + n2)
            / (n1 + n2 - 1.0);
        standardised(k1 / n1 - ratio * k2 / n2, variance)
    };
    if k2 == 0.0 {
        return unbounded(
            "the second group has no event, so that the ratio has no upper limit",
            k1,
            n1,
            k2,
            n2,
        );
    }
    invert(k1, n1, k2, n2, confidence, chi)
}

/// Score interval of the odds ratio with N / (N - 1) (Miettinen and Nurminen 1985).
///
/// # Errors
/// As [`risk_ratio_score`]; also when every trial of the first arm is an event.
pub fn odds_ratio_score(
    k1: f64,
    n1: f64,
    k2: f64,
    n2: f64,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    let chi = |ratio: f64| {
        let (p1, p2) = restricted_by_odds(k1, n1, k2, n2, ratio);
        let information = 1.0 / (n1 * p1 * (1.0 - p1)) + 1.0 / (n2 * p2 * (1.0 - p2));
        let score = (k1 - n1 * p1) * information.sqrt();
        let z = score * ((n1 + n2 - 1.0) / (n1 + n2)).sqrt();
        if z.is_nan() { 0.0 } else { z }
    };
    if k2 == 0.0 || (n1.is_finite() && k1 == n1) {
        return unbounded(
            "an empty cell leaves the odds ratio without an upper limit",
            k1,
            n1,
            k2,
            n2,
        );
    }
    invert(k1, n1, k2, n2, confidence, chi)
}

fn unbounded(reason: &str, k1: f64, n1: f64, k2: f64, n2: f64) -> Result<Interval, NotEstimable> {
    checked_counts(k1, n1)?;
    checked_counts(k2, n2)?;
    Err(NotEstimable::Other(reason.to_owned()))
}

fn standardised(distance: f64, variance: f64) -> f64 {
    if distance == 0.0 {
        0.0
    } else {
        distance / variance.sqrt()
    }
}

/// All ratios whose |z| stays below the quantile; z falls as the ratio rises.
fn invert(
    k1: f64,
    n1: f64,
    k2: f64,
    n2: f64,
    confidence: f64,
    z: impl Fn(f64) -> f64,
) -> Result<Interval, NotEstimable> {
    checked_counts(k1, n1)?;
    checked_counts(k2, n2)?;
    let limit = normal_quantile(0.5 + 0.5 * checked_confidence(confidence)?);
    let edge = LARGEST.ln();
    let lower = if k1 == 0.0 {
        0.0
    } else {
        turning_point(-edge, edge, |log| z(log.exp()) > limit).exp()
    };
    let upper = turning_point(-edge, edge, |log| z(log.exp()) > -limit).exp();
    let never_below = lower <= 1.01 / LARGEST;
    if upper >= 0.99 * LARGEST {
        return Err(NotEstimable::Other(
            "the ratio has no upper limit".to_owned(),
        ));
    }
    Ok(Interval {
        lower: if never_below { 0.0 } else { lower },
        upper,
    })
}

/// Maximum-likelihood (p1, p2) under p1 = ratio p2.
fn restricted_by_ratio(k1: f64, n1: f64, k2: f64, n2: f64, ratio: f64) -> (f64, f64) {
    let term = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count / p };
    let rising = |p2: f64| {
        term(k1 + k2, p2) - ratio * term(n1 - k1, 1.0 - ratio * p2) - term(n2 - k2, 1.0 - p2) > 0.0
    };
    let p2 = turning_point(0.0, (1.0 / ratio).min(1.0), rising);
    ((ratio * p2).min(1.0), p2)
}

/// (p1, p2) with odds ratio `ratio` and n1 p1 + n2 p2 = k1 + k2: the maximum-likelihood ones.
fn restricted_by_odds(k1: f64, n1: f64, k2: f64, n2: f64, ratio: f64) -> (f64, f64) {
    let first = |p2: f64| ratio * p2 / (1.0 - p2 + ratio * p2);
    let p2 = turning_point(0.0, 1.0, |p2| n1 * first(p2) + n2 * p2 < k1 + k2);
    (first(p2), p2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fagerland_lydersen_laake_2015() {
        let cases = [
            (
                (24.0, 73.0, 53.0, 65.0),
                (0.280, 0.560),
                Some((0.050, 0.245)),
            ),
            (
                (7.0, 18.0, 1.0, 18.0),
                (1.296, 42.544),
                Some((1.416, 76.428)),
            ),
            ((29.0, 55.0, 11.0, 11.0), (0.397, 0.742), Some((0.0, 0.417))),
        ];
        for ((k1, n1, k2, n2), risk, odds) in cases {
            let found = risk_ratio_score(k1, n1, k2, n2, 0.95).unwrap();
            assert!(
                (found.lower - risk.0).abs() < 6e-4 && (found.upper - risk.1).abs() < 6e-4,
                "{found:?}"
            );
            if let Some(odds) = odds {
                let found = odds_ratio_score(k1, n1, k2, n2, 0.95).unwrap();
                assert!(
                    (found.lower - odds.0).abs() < 6e-4 && (found.upper - odds.1).abs() < 6e-4,
                    "{found:?}"
                );
            }
        }
    }

    #[test]
    fn unbounded_ratios_are_not_estimable() {
        assert!(risk_ratio_score(3.0, 10.0, 0.0, 10.0, 0.95).is_err());
        assert!(odds_ratio_score(10.0, 10.0, 2.0, 10.0, 0.95).is_err());
        assert!(risk_ratio_score(0.0, 0.0, 2.0, 10.0, 0.95).is_err());
        assert_eq!(
            risk_ratio_score(0.0, 20.0, 5.0, 20.0, 0.95).unwrap().lower,
            0.0
        );
    }
}
