//! The size from which a decision about a floor has its power.

use super::power::{LARGEST, binomial_probability, is_share};
use super::proportion_exact::at_least;

/// Least number of trials from which on the decision about `floor` falls with at least probability
/// `power` when `p` is the truth: to pass (the one-sided lower Clopper-Pearson limit reaches the
/// floor) where p > floor, to fail (the upper one stays below it) where p < floor. Exact binomial
/// power rises and falls with n, as the counts that decide are whole (Chernick and Liu 2002, Am
/// Stat 56:149-155); a smaller size can have the power while a larger one lacks it, and no size
/// from this one on lacks it. `None` when p equals the floor, no size up to ten million does, or
/// `alpha` or `power` is outside (0, 1).
///
/// Why no larger size has to be looked at: the test that randomises at its critical count k loses
/// no power with more trials, and the exact test has less by at most P(X = k - 1), itself at most
/// the largest probability of a count, which falls with n. Their difference is a lower bound that
/// rises with n; below the size at which it reaches `power`, sizes are tried one by one.
#[must_use]
pub fn n_to_decide_floor(p: f64, floor: f64, alpha: f64, power: f64) -> Option<u64> {
    let open = |share: f64| share > 0.0 && share < 1.0;
    if !is_share(p) || !is_share(floor) || p == floor || !open(alpha) || !open(power) {
        return None;
    }
    // To fail is to pass with events and non-events exchanged.
    let test = if p > floor {
        Exact { p, floor, alpha }
    } else {
        Exact {
            p: 1.0 - p,
            floor: 1.0 - floor,
            alpha,
        }
    };
    if floor == 0.0 {
        // Every sample passes a floor of 0.
        return Some(1);
    }
    let safe = first(|n| test.bound(n) >= power)?;
    let mut needed = safe;
    let mut k = test.critical(safe);
    for n in (1..safe).rev() {
        // One trial less asks for as many events or for one less.
        if k > 1 && at_least((k - 1) as f64, n as f64, test.floor) <= alpha {
            k -= 1;
        }
        if test.power_at(n, k) < power {
            break;
        }
        needed = n;
    }
    Some(needed)
}

/// A one-sided exact test of "at most the floor" against a truth above it.
struct Exact {
    p: f64,
    floor: f64,
    alpha: f64,
}

impl Exact {
    /// Least k with P(X >= k) at most alpha at the floor; n + 1 when there is none.
    fn critical(&self, n: u64) -> u64 {
        let (mut kept, mut rejected) = (0u64, n + 1);
        while rejected - kept > 1 {
            let middle = kept + (rejected - kept) / 2;
            if at_least(middle as f64, n as f64, self.floor) <= self.alpha {
                rejected = middle
            } else {
                kept = middle
            }
        }
        rejected
    }

    fn power_at(&self, n: u64, k: u64) -> f64 {
        if k > n {
            0.0
        } else {
            at_least(k as f64, n as f64, self.p)
        }
    }

    /// A lower bound of the power that never falls with n.
    fn bound(&self, n: u64) -> f64 {
        let k = self.critical(n);
        let exact = self.power_at(n, k);
        if self.p >= 1.0 {
            // Every trial is an event: it passes from the first size on that can.
            return exact;
        }
        let at_floor = if k > n {
            0.0
        } else {
            at_least(k as f64, n as f64, self.floor)
        };
        let edge = binomial_probability(k - 1, n, self.floor);
        let share = if edge > 0.0 {
            ((self.alpha - at_floor) / edge).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let randomised = exact + share * binomial_probability(k - 1, n, self.p);
        let mode = ((n + 1) as f64 * self.p).floor() as u64;
        randomised - binomial_probability(mode.min(n), n, self.p)
    }
}

/// First size at which something holds that holds from there on.
fn first(holds: impl Fn(u64) -> bool) -> Option<u64> {
    let mut upper = 1u64;
    while !holds(upper) {
        if upper >= LARGEST {
            return None;
        }
        upper = (2 * upper).min(LARGEST);
    }
    let mut lower = upper / 2;
    while upper - lower > 1 {
        let middle = lower + (upper - lower) / 2;
        if holds(middle) {
            upper = middle
        } else {
            lower = middle
        }
    }
    Some(upper)
}

#[cfg(test)]
mod tests {
    use super::super::power::{failing_probability, passing_probability};
    use super::*;

    #[test]
    fn exhaustive_with_the_probabilities_that_are_printed() {
        for (p, floor, power) in [
            (0.90, 0.80, 0.80),
            (0.70, 0.80, 0.80),
            (0.97, 0.90, 0.90),
            (0.20, 0.45, 0.80),
        ] {
            let n = n_to_decide_floor(p, floor, 0.025, power).unwrap();
            let reached = |n: u64| {
                let at = if p > floor {
                    passing_probability(n, p, floor, 0.025)
                } else {
                    failing_probability(n, p, floor, 0.025)
                };
                at >= power
            };
            assert!(!reached(n - 1), "{p} {floor} {n}");
            assert!((n..4 * n + 50).all(reached), "{p} {floor} {n}");
        }
    }

    #[test]
    fn ends_of_the_scale() {
        // 0.8^n <= 0.025 from 17 on.
        assert_eq!(n_to_decide_floor(1.0, 0.8, 0.025, 0.8), Some(17));
        assert_eq!(n_to_decide_floor(0.0, 0.2, 0.025, 0.8), Some(17));
        assert_eq!(n_to_decide_floor(0.5, 0.0, 0.025, 0.8), Some(1));
        assert_eq!(n_to_decide_floor(0.8, 0.8, 0.025, 0.8), None);
        assert_eq!(n_to_decide_floor(0.8, f64::NAN, 0.025, 0.8), None);
        assert_eq!(n_to_decide_floor(0.9, 0.8, 0.0, 0.8), None);
        assert_eq!(n_to_decide_floor(0.9, 0.8, 0.025, 1.0), None);
        assert!(n_to_decide_floor(0.81, 0.80, 0.025, 0.80).unwrap() > 10_000);
        assert_eq!(n_to_decide_floor(0.800_01, 0.80, 0.025, 0.80), None);
    }
}
