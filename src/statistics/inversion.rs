//! p-values by inverting intervals, so that a p-value and a limit never disagree.

use super::root::turning_point;
use super::{Interval, NotEstimable};

/// Smallest one-sided alpha that is told apart from zero.
const LEAST: f64 = 1e-12;

/// Two-sided p for "the true value is `null`": the least 1 - confidence at which the interval
/// leaves `null` out. `interval` takes a two-sided confidence and must widen with it.
///
/// # Errors
/// When the interval cannot be computed at any level.
pub fn p_two_sided(
    null: f64,
    interval: impl Fn(f64) -> Result<Interval, NotEstimable>,
) -> Result<f64, NotEstimable> {
    interval(0.5)?;
    let holds = |p: f64| interval(1.0 - p).is_ok_and(|found| found.contains(null));
    Ok(turning_point(LEAST, 1.0 - LEAST, holds).clamp(0.0, 1.0))
}

/// One-sided p for "the true value is at least `bound`": the least alpha at which the upper
/// limit of the interval at confidence 1 - 2 alpha lies below `bound`; above one half, where the
/// estimate exceeds the bound, 1 minus the alpha at which the lower limit reaches it.
///
/// # Errors
/// When the interval cannot be computed at any level.
pub fn p_at_least(
    bound: f64,
    interval: impl Fn(f64) -> Result<Interval, NotEstimable>,
) -> Result<f64, NotEstimable> {
    interval(0.5)?;
    one_sided(
        bound,
        |alpha| interval(1.0 - 2.0 * alpha).map(|found| found.upper),
        |alpha| interval(1.0 - 2.0 * alpha).map(|found| -found.lower),
    )
}

/// One-sided p for "the true value is at most `bound`"; the mirror image of [`p_at_least`].
///
/// # Errors
/// When the interval cannot be computed at any level.
pub fn p_at_most(
    bound: f64,
    interval: impl Fn(f64) -> Result<Interval, NotEstimable>,
) -> Result<f64, NotEstimable> {
    p_at_least(-bound, |confidence| {
        interval(confidence).map(|found| Interval {
            lower: -found.upper,
            upper: -found.lower,
        })
    })
}

fn one_sided(
    bound: f64,
    upper: impl Fn(f64) -> Result<f64, NotEstimable>,
    minus_lower: impl Fn(f64) -> Result<f64, NotEstimable>,
) -> Result<f64, NotEstimable> {
    let narrowest = 0.5 - 1e-9;
    if upper(narrowest)? < bound {
        return Ok(turning_point(LEAST, narrowest, |alpha| {
            upper(alpha).map_or(true, |limit| limit >= bound)
        }));
    }
    if minus_lower(narrowest)? < -bound {
        return Ok(1.0
            - turning_point(LEAST, narrowest, |alpha| {
                minus_lower(alpha).map_or(true, |limit| limit >= -bound)
            }));
    }
    Ok(0.5)
}

#[cfg(test)]
mod tests {
    use super::super::{normal_cdf, normal_quantile};
    use super::*;

    fn wald(estimate: f64, se: f64) -> impl Fn(f64) -> Result<Interval, NotEstimable> {
        move |confidence| {
            let half = se * normal_quantile(0.5 + 0.5 * confidence);
            Ok(Interval {
                lower: estimate - half,
                upper: estimate + half,
            })
        }
    }

    #[test]
    fn inverting_a_normal_interval_gives_the_normal_p() {
        for (estimate, se, bound) in [(0.3, 0.1, 0.5), (0.7, 0.1, 0.5), (0.51, 0.2, 0.5)] {
            let z: f64 = (estimate - bound) / se;
            let below = p_at_least(bound, wald(estimate, se)).unwrap();
            assert!((below - normal_cdf(z)).abs() < 1e-8, "{below}");
            assert!((p_at_most(bound, wald(estimate, se)).unwrap() - normal_cdf(-z)).abs() < 1e-8);
            assert!(
                (p_two_sided(bound, wald(estimate, se)).unwrap() - 2.0 * normal_cdf(-z.abs()))
                    .abs()
                    < 1e-8
            );
        }
    }
}
