//! Difference of two independent proportions: intervals and tests against a margin.
//!
//! Counts are real, so that effective sample sizes can enter.

use super::distributions::{normal_quantile, normal_sf};
use super::proportion::{checked_counts, wilson};
use super::root::turning_point;
use super::{Interval, NotEstimable, checked_confidence};

/// Method of an interval for a difference of proportions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceMethod {
    /// Newcombe's method 10: the limits of two Wilson intervals, combined.
    Newcombe10,
    /// Miettinen and Nurminen's score interval.
    MiettinenNurminen,
    /// Mee's score interval: the former without the factor N / (N - 1).
    Mee,
}

impl DifferenceMethod {
    /// All methods.
    pub const ALL: [Self; 3] = [Self::Newcombe10, Self::MiettinenNurminen, Self::Mee];

    /// Id in audit files and results.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Newcombe10 => "newcombe_10",
            Self::MiettinenNurminen => "miettinen_nurminen",
            Self::Mee => "mee",
        }
    }

    /// Interval of `k1 / n1 - k2 / n2`.
    ///
    /// # Errors
    /// As the method's own function.
    pub fn interval(
        self,
        k1: f64,
        n1: f64,
        k2: f64,
        n2: f64,
        confidence: f64,
    ) -> Result<Interval, NotEstimable> {
        match self {
            Self::Newcombe10 => newcombe_10(k1, n1, k2, n2, confidence),
            Self::MiettinenNurminen => miettinen_nurminen(k1, n1, k2, n2, confidence),
            Self::Mee => mee(k1, n1, k2, n2, confidence),
        }
    }
}

/// Limits of a difference from the limits of its two sides, which may be correlated
/// (MOVER: Zou and Donner 2008, Stat Med 27:1693-1702). Kept inside [-1, 1].
pub(super) fn mover(
    estimates: (f64, f64),
    first: Interval,
    second: Interval,
    correlation: f64,
) -> Interval {
    let (a, b) = estimates;
    let reach = |x: f64, y: f64| (x * x - 2.0 * correlation * x * y + y * y).max(0.0).sqrt();
    let difference = a - b;
    Interval {
        lower: (difference - reach(a - first.lower, second.upper - b)).clamp(-1.0, difference),
        upper: (difference + reach(first.upper - a, b - second.lower)).clamp(difference, 1.0),
    }
}

/// Newcombe's method 10 (Stat Med 1998, 17:873-890): Wilson limits of both proportions, combined
/// by the square-and-add rule.
///
/// # Errors
/// A denominator is 0, a count is outside its denominator, or the level is outside (0, 1).
pub fn newcombe_10(
    k1: f64,
    n1: f64,
    k2: f64,
    n2: f64,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    let first = wilson(k1, n1, confidence)?;
    let second = wilson(k2, n2, confidence)?;
    Ok(mover((k1 / n1, k2 / n2), first, second, 0.0))
}

/// Miettinen and Nurminen's score interval (Stat Med 1985, 4:213-226), with N / (N - 1).
///
/// # Errors
/// As [`newcombe_10`].
pub fn miettinen_nurminen(
    k1: f64,
    n1: f64,
    k2: f64,
    n2: f64,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    score_interval(k1, n1, k2, n2, confidence, (n1 + n2) / (n1 + n2 - 1.0))
}

/// Mee's score interval (Biometrics 1984, 40:1175-1176).
///
/// # Errors
/// As [`newcombe_10`].
pub fn mee(k1: f64, n1: f64, k2: f64, n2: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    score_interval(k1, n1, k2, n2, confidence, 1.0)
}

fn score_interval(
    k1: f64,
    n1: f64,
    k2: f64,
    n2: f64,
    confidence: f64,
    inflation: f64,
) -> Result<Interval, NotEstimable> {
    checked_counts(k1, n1)?;
    checked_counts(k2, n2)?;
    let limit = normal_quantile(0.5 + 0.5 * checked_confidence(confidence)?);
    let difference = k1 / n1 - k2 / n2;
    let z = |delta: f64| score_z(k1, n1, k2, n2, delta, inflation);
    Ok(Interval {
        lower: turning_point(-1.0, difference, |delta| z(delta) > limit),
        upper: turning_point(difference, 1.0, |delta| z(delta) > -limit),
    })
}

/// (observed difference - delta) over its standard error under p1 - p2 = delta.
fn score_z(k1: f64, n1: f64, k2: f64, n2: f64, delta: f64, inflation: f64) -> f64 {
    let p2 = restricted_p2(k1, n1, k2, n2, delta);
    let p1 = (p2 + delta).clamp(0.0, 1.0);
    let variance = inflation * (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2);
    let distance = k1 / n1 - k2 / n2 - delta;
    if distance == 0.0 {
        0.0
    } else {
        distance / variance.sqrt()
    }
}

/// Maximum-likelihood p2 under p1 = p2 + delta. The log-likelihood is concave, so that its
/// derivative is followed to zero by bisection; the closed form of the cubic loses digits.
fn restricted_p2(k1: f64, n1: f64, k2: f64, n2: f64, delta: f64) -> f64 {
    let (from, to) = ((-delta).max(0.0), (1.0 - delta).min(1.0));
    let term = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count / p };
    let rising = |p2: f64| {
        let p1 = p2 + delta;
        term(k1, p1) - term(n1 - k1, 1.0 - p1) + term(k2, p2) - term(n2 - k2, 1.0 - p2) > 0.0
    };
    turning_point(from, to, rising)
}

/// A test against a margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreTest {
    /// Standard normal statistic; large when the difference exceeds the margin.
    pub z: f64,
    /// One-sided p for "the difference is at most the margin".
    pub p: f64,
}

/// Farrington and Manning's test (Stat Med 1990, 9:1447-1454) of "p1 - p2 <= margin": non-inferiority by 0.10 has `margin` -0.10.
///
/// # Errors
/// As [`newcombe_10`]; also a margin outside (-1, 1).
pub fn farrington_manning(
    k1: f64,
    n1: f64,
    k2: f64,
    n2: f64,
    margin: f64,
) -> Result<ScoreTest, NotEstimable> {
    score_test(DifferenceMethod::Mee, k1, n1, k2, n2, margin)
}

/// The score test of "p1 - p2 <= margin" that belongs to an interval. Newcombe's interval has
/// none of its own; Mee's stands in.
///
/// # Errors
/// As [`farrington_manning`].
pub fn score_test(
    method: DifferenceMethod,
    k1: f64,
    n1: f64,
    k2: f64,
    n2: f64,
    margin: f64,
) -> Result<ScoreTest, NotEstimable> {
    checked_counts(k1, n1)?;
    checked_counts(k2, n2)?;
    if !(margin > -1.0 && margin < 1.0) {
        return Err(NotEstimable::Other(format!(
            "the margin {margin} is not between -1 and 1"
        )));
    }
    let inflation = if method == DifferenceMethod::MiettinenNurminen {
        (n1 + n2) / (n1 + n2 - 1.0)
    } else {
        1.0
    };
    let z = score_z(k1, n1, k2, n2, margin, inflation);
    if z.is_finite() {
        Ok(ScoreTest { z, p: normal_sf(z) })
    } else {
        Err(NotEstimable::Other(
            "the standard error under the margin is zero".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe 1998, Stat Med 17:873-890, table II.
    const CASES: [(f64, f64, f64, f64); 7] = [
        (56.0, 70.0, 48.0, 80.0),
        (9.0, 10.0, 3.0, 10.0),
        (6.0, 7.0, 2.0, 7.0),
        (5.0, 56.0, 0.0, 29.0),
        (0.0, 10.0, 0.0, 20.0),
        (10.0, 10.0, 0.0, 20.0),
        (10.0, 10.0, 0.0, 10.0),
    ];

    #[test]
    fn newcombe_table_ii() {
        let printed = [
            (
                DifferenceMethod::Newcombe10,
                [
                    (0.0524, 0.3339),
                    (0.1705, 0.8090),
                    (0.0582, 0.8062),
                    (-0.0381, 0.1926),
                    (-0.1611, 0.2775),
                    (0.6791, 1.0),
                    (0.6075, 1.0),
                ],
            ),
            (
                DifferenceMethod::MiettinenNurminen,
                [
                    (0.0528, 0.3382),
                    (0.1700, 0.8406),
                    (0.0342, 0.8534),
                    (-0.0326, 0.1933),
                    (-0.1658, 0.2844),
                    (0.7156, 1.0),
                    (0.6636, 1.0),
                ],
            ),
        ];
        for (method, limits) in printed {
            for ((k1, n1, k2, n2), (lower, upper)) in CASES.into_iter().zip(limits) {
                let found = method.interval(k1, n1, k2, n2, 0.95).unwrap();
                assert!(
                    (found.lower - lower).abs() < 5e-5 && (found.upper - upper).abs() < 5e-5,
                    "{} {k1}/{n1} {k2}/{n2}: {found:?}",
                    method.id()
                );
            }
        }
    }

    #[test]
    fn non_inferiority_as_two_other_codes_have_it() {
        let (k1, n1, k2, n2) = (90.0, 100.0, 95.0, 100.0);
        let fm = farrington_manning(k1, n1, k2, n2, -0.10).unwrap();
        assert!(
            (fm.z - 1.26650).abs() < 5e-6 && (fm.p - 0.10267).abs() < 5e-6,
            "{fm:?}"
        );
        let mn = score_test(DifferenceMethod::MiettinenNurminen, k1, n1, k2, n2, -0.10).unwrap();
        assert!(
            (mn.z - 1.26333).abs() < 5e-6 && (mn.p - 0.10324).abs() < 5e-6,
            "{mn:?}"
        );
        for (method, lower) in [
            (DifferenceMethod::Mee, -0.11659),
            (DifferenceMethod::MiettinenNurminen, -0.11678),
            (DifferenceMethod::Newcombe10, -0.11550),
        ] {
            assert!((method.interval(k1, n1, k2, n2, 0.90).unwrap().lower - lower).abs() < 5e-6);
        }
    }

    #[test]
    fn refuses_empty_arms_and_bad_margins() {
        for method in DifferenceMethod::ALL {
            assert!(method.interval(0.0, 0.0, 1.0, 2.0, 0.95).is_err());
            assert!(method.interval(1.0, 2.0, f64::NAN, 2.0, 0.95).is_err());
        }
        assert!(farrington_manning(1.0, 2.0, 1.0, 2.0, 1.0).is_err());
    }

    #[test]
    fn swapping_the_arms_turns_the_interval_round() {
        for method in DifferenceMethod::ALL {
            for (k1, n1, k2, n2) in CASES {
                let (one, other) = (
                    method.interval(k1, n1, k2, n2, 0.9).unwrap(),
                    method.interval(k2, n2, k1, n1, 0.9).unwrap(),
                );
                assert!(
                    (one.lower + other.upper).abs() < 1e-9
                        && (one.upper + other.lower).abs() < 1e-9
                );
            }
        }
    }
}
