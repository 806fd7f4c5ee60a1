//! How far below a floor the truth must lie to be shown.

use super::power::failing_probability;
use super::root::turning_point;

/// Smallest shortfall below `floor` that `n` independent trials would show with probability
/// `power` at one-sided `alpha` (exact binomial, Clopper-Pearson): floor - p for the largest p
/// with P(upper limit < floor) >= `power`. `None` when not even p = 0 would be shown.
#[must_use]
pub fn detectable_shortfall(n: f64, floor: f64, alpha: f64, power: f64) -> Option<f64> {
    let trials = n.floor().max(0.0) as u64;
    let shown = |p: f64| failing_probability(trials, p, floor, alpha) >= power;
    if !shown(0.0) {
        return None;
    }
    Some(floor - turning_point(0.0, floor, shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortfall_has_its_power_and_a_little_less_has_not() {
        for (n, floor) in [(40.0, 0.8), (120.0, 0.9), (400.0, 0.85)] {
            let delta = detectable_shortfall(n, floor, 0.025, 0.8).unwrap();
            assert!(delta > 0.0 && delta < floor);
            assert!(failing_probability(n as u64, floor - delta - 1e-6, floor, 0.025) >= 0.8);
            assert!(failing_probability(n as u64, floor - delta + 1e-3, floor, 0.025) < 0.8);
        }
        assert_eq!(detectable_shortfall(1.0, 0.8, 0.025, 0.8), None);
        assert_eq!(detectable_shortfall(0.0, 0.8, 0.025, 0.8), None);
    }
}
