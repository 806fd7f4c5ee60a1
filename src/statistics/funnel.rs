//! Limits of a funnel plot: where the shares of institutions of every size lie when all have the
//! same true share.

use super::distributions::beta_cdf;
use super::not_estimable::NotEstimable;

/// Limits of a funnel at one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelLimits {
    /// 2.5% of institutions lie below by chance.
    pub lower_95: f64,
    /// 2.5% lie above.
    pub upper_95: f64,
    /// 0.1% lie below.
    pub lower_998: f64,
    /// 0.1% lie above.
    pub upper_998: f64,
}

/// Exact binomial limits of a funnel plot with interpolation between counts, at 95% and 99.8%.
///
/// With r the least count whose distribution function F reaches p, the limit is (r - a) / n with
/// a = (F(r) - p) / (F(r) - F(r - 1)) (Spiegelhalter DJ. Funnel plots for comparing institutional
/// performance. Stat Med 2005;24:1185-1202, appendix A.1.1). `n` need not be whole: an effective n
/// is taken through the incomplete beta function. Limits are cut at 0 and 1. They assume that
/// institutions differ by chance alone (no overdispersion).
///
/// # Errors
/// `n` is not finite or below 1, or the target is not between 0 and 1 (where all lie on it and
/// nothing varies).
pub fn funnel_limits(target: f64, n: f64) -> Result<FunnelLimits, NotEstimable> {
    if !(n.is_finite() && n >= 1.0) {
        return Err(NotEstimable::Other(format!(
            "a funnel has no limits at a size of {n}"
        )));
    }
    if !(target > 0.0 && target < 1.0) {
        return Err(NotEstimable::Other(
            "the common value is 0 or 1, so that nothing varies by chance".to_owned(),
        ));
    }
    let limit = |p: f64| limit(target, n, p);
    Ok(FunnelLimits {
        lower_95: limit(0.025),
        upper_95: limit(0.975),
        lower_998: limit(0.001),
        upper_998: limit(0.999),
    })
}

/// P(X <= k) of a binomial of size `n`.
fn binomial_cdf(k: f64, n: f64, share: f64) -> f64 {
    if k < 0.0 {
        0.0
    } else if k >= n {
        1.0
    } else {
        beta_cdf(1.0 - share, n - k, k + 1.0)
    }
}

fn limit(target: f64, n: f64, p: f64) -> f64 {
    // The least count whose distribution function reaches p, by halving.
    let (mut below, mut reached) = (-1.0, n.ceil());
    while reached - below > 1.0 {
        let middle = f64::midpoint(below, reached).floor();
        if binomial_cdf(middle, n, target) >= p {
            reached = middle;
        } else {
            below = middle;
        }
    }
    let at = binomial_cdf(reached, n, target);
    let step = at - binomial_cdf(reached - 1.0, n, target);
    let back = if step > 0.0 { (at - p) / step } else { 0.0 };
    ((reached - back) / n).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_narrow_with_size_and_hold_the_target() {
        let mut before = 1.0;
        for n in [5.0, 12.5, 40.0, 133.3, 2000.0] {
            let limits = funnel_limits(0.8, n).unwrap();
            assert!(limits.lower_998 <= limits.lower_95 && limits.upper_95 <= limits.upper_998);
            assert!(limits.lower_95 < 0.8 && 0.8 < limits.upper_95);
            let width = limits.upper_95 - limits.lower_95;
            assert!(width < before);
            before = width;
        }
    }

    #[test]
    fn no_size_and_no_variation_have_no_limits() {
        assert!(funnel_limits(0.8, 0.0).is_err());
        assert!(funnel_limits(0.8, f64::NAN).is_err());
        assert!(funnel_limits(1.0, 20.0).is_err());
        assert!(funnel_limits(0.0, 20.0).is_err());
    }
}
