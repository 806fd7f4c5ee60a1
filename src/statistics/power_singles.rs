//! Chances of a floor where every patient has one trial.

use super::ClusteredProportion;
use super::power::is_share;
use super::power_floor::n_to_decide_floor;
use super::proportion_exact::at_least;

/// Sizes above which one patient more or less is no matter.
const LARGE: u64 = 5000;

/// P(the gating lower limit at one-sided `alpha` is at least `floor`) for `n` patients with one
/// trial each of probability `p`: exact, by the binomial distribution of the events.
///
/// The gate takes patients for clusters. With one trial each the design effect is n / (n - 1)
/// whatever the outcomes, so that its limit is Clopper and Pearson's on n - 1 and not on n, and
/// [`passing_probability`](super::passing_probability) would be a little too high.
#[must_use]
pub fn passing_probability_of_singles(n: u64, p: f64, floor: f64, alpha: f64) -> f64 {
    if !is_share(p) {
        return 0.0;
    }
    let passes = |events: u64| {
        ClusteredProportion::from_kinds(&[((1, 1), events), ((0, 1), n - events)])
            .and_then(|share| share.gate_lower(alpha))
            .is_ok_and(|lower| lower >= floor)
    };
    if !passes(n) {
        return 0.0;
    }
    // More events never lower the limit: the least number that passes by bisection.
    let (mut below, mut passing) = (0, n);
    if passes(0) {
        return 1.0;
    }
    while passing - below > 1 {
        let middle = below + (passing - below) / 2;
        if passes(middle) {
            passing = middle
        } else {
            below = middle
        }
    }
    at_least(passing as f64, n as f64, p)
}

/// Least number of patients with one trial each from which on a floor passes with at least
/// probability `power` when `p`, above the floor, is the truth. As [`n_to_decide_floor`], with the
/// limit that the gate takes; sizes are tried one by one until three teeth of the saw that exact
/// power is hold. `None` as there.
#[must_use]
pub fn n_of_singles_to_pass_floor(p: f64, floor: f64, alpha: f64, power: f64) -> Option<u64> {
    if p <= floor {
        return None;
    }
    let from = n_to_decide_floor(p, floor, alpha, power)?;
    if from > LARGE {
        return Some(from + 1);
    }
    let teeth = (3.0 / (1.0 - floor)).ceil().min(LARGE as f64) as u64 + 3;
    let mut held = 0;
    for n in from.max(2).. {
        held = if passing_probability_of_singles(n, p, floor, alpha) >= power {
            held + 1
        } else {
            0
        };
        if held == teeth {
            return Some(n + 1 - teeth);
        }
        if n > 2 * LARGE {
            break;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::passing_probability;

    /// All numbers of events added up by hand, with the gate's limit of each.
    #[test]
    fn singles_pass_as_often_as_their_limits_say() {
        for (n, p, floor) in [
            (40, 0.9, 0.8),
            (113, 0.9, 0.8),
            (30, 0.97, 0.9),
            (25, 0.5, 0.0),
        ] {
            let mut expected = 0.0;
            for events in 0..=n {
                let share =
                    ClusteredProportion::from_kinds(&[((1, 1), events), ((0, 1), n - events)]);
                if share.unwrap().gate_lower(0.025).unwrap() >= floor {
                    expected += crate::statistics::binomial_probability(events, n, p);
                }
            }
            let found = passing_probability_of_singles(n, p, floor, 0.025);
            assert!(
                (found - expected).abs() < 1e-12,
                "{n} {p}: {found} {expected}"
            );
            assert!(found <= passing_probability(n, p, floor, 0.025) + 1e-12);
        }
        assert_eq!(
            passing_probability_of_singles(10, f64::NAN, 0.8, 0.025),
            0.0
        );
        assert_eq!(passing_probability_of_singles(3, 0.9, 0.8, 0.025), 0.0);
    }

    #[test]
    fn no_size_of_singles_from_the_one_named_falls_short() {
        for (p, floor, power) in [(0.9, 0.8, 0.8), (0.95, 0.9, 0.8), (0.99, 0.95, 0.9)] {
            let exact = n_to_decide_floor(p, floor, 0.025, power).unwrap();
            let n = n_of_singles_to_pass_floor(p, floor, 0.025, power).unwrap();
            let reached = |n: u64| passing_probability_of_singles(n, p, floor, 0.025) >= power;
            assert!(
                (n..n + 400).all(reached) && !reached(n - 1),
                "{p} {floor}: {n}"
            );
            assert!(
                (exact..exact + 12).contains(&n),
                "{p} {floor}: {n} for {exact}"
            );
        }
        assert_eq!(n_of_singles_to_pass_floor(0.8, 0.8, 0.025, 0.8), None);
        assert_eq!(n_of_singles_to_pass_floor(0.7, 0.8, 0.025, 0.8), None);
    }
}
