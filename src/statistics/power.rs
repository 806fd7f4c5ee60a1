//! What a sample of a given size can show, and the size that is needed.
//!
//! Sizes are denominators taken as independent; the caller divides by the design effect before
//! and multiplies by it afterwards.

use super::difference::newcombe_10;
use super::distributions::{ln_choose, normal_quantile};
use super::proportion_exact::{at_least, at_most, clopper_pearson_lower, clopper_pearson_upper};
use super::root::turning_point;

/// Largest size that is looked for.
pub(super) const LARGEST: u64 = 10_000_000;

pub(super) fn is_share(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}

/// Least k of `n` whose one-sided lower Clopper-Pearson limit reaches `floor`; `None` when not
/// even n of n does.
fn least_passing(n: u64, floor: f64, alpha: f64) -> Option<u64> {
    let passes =
        |k: u64| clopper_pearson_lower(k as f64, n as f64, alpha).is_ok_and(|lower| lower >= floor);
    if n == 0 || !passes(n) {
        return None;
    }
    let (mut failing, mut passing) = (-1i128, i128::from(n));
    while passing - failing > 1 {
        let middle = (failing + passing) / 2;
        if passes(middle as u64) {
            passing = middle
        } else {
            failing = middle
        }
    }
    Some(passing as u64)
}

/// Largest k of `n` whose one-sided upper Clopper-Pearson limit stays below `floor`.
fn largest_failing(n: u64, floor: f64, alpha: f64) -> Option<u64> {
    let fails =
        |k: u64| clopper_pearson_upper(k as f64, n as f64, alpha).is_ok_and(|upper| upper < floor);
    if n == 0 || !fails(0) {
        return None;
    }
    let (mut failing, mut other) = (0u64, n);
    while other - failing > 1 {
        let middle = failing + (other - failing) / 2;
        if fails(middle) {
            failing = middle
        } else {
            other = middle
        }
    }
    Some(failing)
}

/// P(the one-sided lower Clopper-Pearson limit at level 1 - `alpha` is at least `floor`) for
/// `n` independent trials of probability `p`: exact, by the binomial distribution.
#[must_use]
pub fn passing_probability(n: u64, p: f64, floor: f64, alpha: f64) -> f64 {
    if !is_share(p) {
        return 0.0;
    }
    least_passing(n, floor, alpha).map_or(0.0, |k| at_least(k as f64, n as f64, p))
}

/// P(the one-sided upper limit lies below `floor`), likewise exact.
#[must_use]
pub fn failing_probability(n: u64, p: f64, floor: f64, alpha: f64) -> f64 {
    if !is_share(p) {
        return 0.0;
    }
    largest_failing(n, floor, alpha).map_or(0.0, |k| at_most(k as f64, n as f64, p))
}

/// Least true proportion that passes `floor` with probability `power` in `n` trials; `None`
/// when none does, for `n` too small.
#[must_use]
pub fn passing_floor(n: u64, floor: f64, alpha: f64, power: f64) -> Option<f64> {
    let k = least_passing(n, floor, alpha)?;
    Some(turning_point(0.0, 1.0, |p| {
        at_least(k as f64, n as f64, p) < power
    }))
}

/// Smallest true difference that is seen with probability `power` by a one-sided test at
/// `alpha` between arms of `n_a` and `n_b` (effective) trials when the second arm has
/// proportion `p_b` and the first lies below it (for the other side give 1 - `p_b`): the delta with
/// delta = (z_alpha + z_power) sqrt(p_a (1 - p_a) / n_a + p_b (1 - p_b) / n_b), p_a = p_b - delta.
/// `None` when no difference down to p_a = 0 is large enough, or an arm is empty.
///
/// At p_b of 0 or 1 the variance takes half an event from the arm, as it is not zero in truth. No
/// published number is known for this form; the tests put the solution back into the equation.
#[must_use]
pub fn detectable_difference(n_a: f64, n_b: f64, p_b: f64, alpha: f64, power: f64) -> Option<f64> {
    if !(n_a > 0.0 && n_b > 0.0 && is_share(p_b)) {
        return None;
    }
    let factor = normal_quantile(1.0 - alpha) + normal_quantile(power);
    if !factor.is_finite() {
        return None;
    }
    let variance = |p: f64, n: f64| {
        let p = p.clamp(0.5 / (n + 1.0), (n + 0.5) / (n + 1.0));
        p * (1.0 - p) / n
    };
    let short =
        |delta: f64| delta < factor * (variance(p_b - delta, n_a) + variance(p_b, n_b)).sqrt();
    let found = turning_point(0.0, 1.0, |delta| delta <= p_b && short(delta));
    if found < p_b && !short(found + 1e-9) {
        Some(found)
    } else {
        None
    }
}

/// Smallest shortfall below `floor` that fails it with probability `power` in `n` (effective,
/// real) trials: with k the largest count whose one-sided upper Clopper-Pearson limit stays
/// below the floor, the p with P(X <= k | p) = `power`, both through the incomplete beta
/// function at real arguments. `None` when no count fails.
#[must_use]
pub fn detectable_shortfall(n: f64, floor: f64, alpha: f64, power: f64) -> Option<f64> {
    let fails = |k: f64| clopper_pearson_upper(k, n, alpha).is_ok_and(|upper| upper < floor);
    if !is_share(floor) || !fails(0.0) {
        return None;
    }
    let k = turning_point(0.0, n, fails);
    let p = turning_point(0.0, floor, |p| at_most(k, n, p) >= power);
    Some(floor - p)
}

/// Trials in the first arm (the second has `ratio` times as many) at which a Newcombe interval
/// decides about "difference >= bound" with probability about `power` when `p_a`, `p_b` are the
/// truth. Normal approximation, corrected so that the interval at the expected counts, widened by
/// the power's quantile, excludes the bound. `None` when the difference equals the bound.
#[must_use]
pub fn n_to_decide_difference(
    p_a: f64,
    p_b: f64,
    ratio: f64,
    bound: f64,
    alpha: f64,
    power: f64,
) -> Option<f64> {
    let distance = (p_a - p_b - bound).abs();
    if !is_share(p_a)
        || !is_share(p_b)
        || ratio.is_nan()
        || ratio <= 0.0
        || distance.is_nan()
        || distance <= 0.0
    {
        return None;
    }
    let z = normal_quantile(1.0 - alpha) + normal_quantile(power);
    let confidence = 2.0 * super::distributions::normal_cdf(z) - 1.0;
    let decided = |n: f64| {
        newcombe_10(p_a * n, n, p_b * n * ratio, n * ratio, confidence).is_ok_and(|limits| {
            if p_a - p_b > bound {
                limits.lower >= bound
            } else {
                limits.upper < bound
            }
        })
    };
    let largest = LARGEST as f64;
    if !decided(largest) {
        return None;
    }
    Some(turning_point(0.0, largest, |n| n <= 0.0 || !decided(n)).max(1.0))
}

/// Factor by which a sample must grow until an estimate with this standard error is told apart
/// from `bound` with probability `power`: ((z_alpha + z_power) se / (estimate - bound))^2, the
/// standard error falling with the root of the sample. `None` when they coincide.
#[must_use]
pub fn growth_to_decide(
    estimate: f64,
    standard_error: f64,
    bound: f64,
    alpha: f64,
    power: f64,
) -> Option<f64> {
    let distance = (estimate - bound).abs();
    let z = normal_quantile(1.0 - alpha) + normal_quantile(power);
    let factor = (z * standard_error / distance).powi(2);
    (distance > 0.0 && factor.is_finite() && factor > 0.0).then_some(factor)
}

/// Smallest difference from a bound that an estimate with this standard error shows with
/// probability `power`: (z_alpha + z_power) se.
#[must_use]
pub fn detectable_by_standard_error(standard_error: f64, alpha: f64, power: f64) -> f64 {
    (normal_quantile(1.0 - alpha) + normal_quantile(power)) * standard_error
}

/// P(X = k) for X ~ Binomial(n, p).
#[must_use]
pub fn binomial_probability(k: u64, n: u64, p: f64) -> f64 {
    if k > n || !is_share(p) {
        return 0.0;
    }
    let term = |count: u64, p: f64| {
        if count == 0 {
            0.0
        } else {
            count as f64 * p.ln()
        }
    };
    (ln_choose(n, k) + term(k, p) + term(n - k, 1.0 - p)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_power_as_published() {
        for (n, expected) in [(110, 0.7913), (117, 0.8091), (120, 0.8560)] {
            assert!(
                (passing_probability(n, 0.90, 0.80, 0.025) - expected).abs() < 6e-5,
                "{n}"
            );
        }
    }

    #[test]
    fn least_passing_truth() {
        let p = passing_floor(117, 0.80, 0.025, 0.80).unwrap();
        assert!((passing_probability(117, p, 0.80, 0.025) - 0.80).abs() < 1e-9 && p < 0.90);
        assert_eq!(passing_floor(5, 0.80, 0.025, 0.80), None);
        assert_eq!(passing_floor(0, 0.80, 0.025, 0.80), None);
    }

    #[test]
    fn detectable_shortfall_fails_with_its_power() {
        let shortfall = detectable_shortfall(120.0, 0.80, 0.025, 0.80).unwrap();
        // At a whole count of failures the exact power brackets 80%.
        assert!(failing_probability(120, 0.80 - shortfall - 0.015, 0.80, 0.025) >= 0.80);
        assert!(failing_probability(120, 0.80 - shortfall + 0.015, 0.80, 0.025) <= 0.80);
        assert_eq!(detectable_shortfall(2.0, 0.30, 0.025, 0.80), None);
        assert_eq!(detectable_shortfall(0.0, 0.30, 0.025, 0.80), None);
    }

    #[test]
    fn detectable_difference_solves_its_equation() {
        let delta = detectable_difference(200.0, 400.0, 0.85, 0.025, 0.80).unwrap();
        let se = ((0.85 - delta) * (0.15 + delta) / 200.0 + 0.85 * 0.15 / 400.0_f64).sqrt();
        assert!((delta - (1.959_964 + 0.841_621) * se).abs() < 1e-6);
        assert_eq!(detectable_difference(0.0, 10.0, 0.5, 0.025, 0.8), None);
        assert_eq!(detectable_difference(50.0, 50.0, 0.5, f64::NAN, 0.8), None);
        assert_eq!(detectable_difference(3.0, 3.0, 0.5, 0.025, 0.8), None);
    }

    #[test]
    fn needed_size_for_a_difference_is_near_the_textbook_one() {
        // (1.96 + 0.8416)^2 (0.9 x 0.1 + 0.8 x 0.2) / 0.1^2 = 196 a group.
        let n = n_to_decide_difference(0.8, 0.9, 1.0, 0.0, 0.025, 0.8).unwrap();
        assert!((n - 196.0).abs() < 12.0, "{n}");
        assert_eq!(
            n_to_decide_difference(0.75, 0.5, 1.0, 0.25, 0.025, 0.8),
            None
        );
        assert!(
            (growth_to_decide(0.8, 0.05, 0.7, 0.025, 0.8).unwrap() - (2.801_585_f64 * 0.5).powi(2))
                .abs()
                < 1e-4
        );
        assert_eq!(growth_to_decide(0.8, 0.05, 0.8, 0.025, 0.8), None);
    }

    #[test]
    fn binomial_probabilities_add_up() {
        let total: f64 = (0..=30).map(|k| binomial_probability(k, 30, 0.37)).sum();
        assert!((total - 1.0).abs() < 1e-12);
        assert!((binomial_probability(0, 5, 0.0) - 1.0).abs() < 1e-12);
    }
}
