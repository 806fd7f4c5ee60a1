//! Roots of monotone functions by bisection: slow, safe, and the same on every machine.

/// Bisections until the bracket is a few units in the last place wide.
const STEPS: usize = 200;

/// The point of `[from, to]` where `below` turns from true to false.
///
/// `below` must be true to the left of the point and false to its right. When it is true
/// everywhere the answer is `to`, when it is false everywhere the answer is `from`.
pub(super) fn turning_point(from: f64, to: f64, below: impl Fn(f64) -> bool) -> f64 {
    let (mut left, mut right) = (from, to);
    for _ in 0..STEPS {
        let middle = 0.5 * (left + right);
        if middle <= left || middle >= right {
            break;
        }
        if below(middle) {
            left = middle;
        } else {
            right = middle;
        }
    }
    0.5 * (left + right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_square_root() {
        assert!(
            (turning_point(0.0, 2.0, |x| x * x < 2.0) - std::f64::consts::SQRT_2).abs() < 1e-15
        );
    }

    #[test]
    fn keeps_to_the_bracket() {
        assert!((turning_point(0.0, 1.0, |_| true) - 1.0).abs() < 1e-12);
        assert!(turning_point(0.0, 1.0, |_| false).abs() < 1e-12);
    }
}
