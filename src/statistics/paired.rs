//! Two binary decisions on the same cases: two models, or two runs of one.

use super::distributions::{chi_squared_sf, normal_quantile};
use super::proportion::wilson_limits;
use super::proportion_exact::{at_least, at_most};
use super::root::turning_point;
use super::{Interval, NotEstimable, checked_confidence};

/// A paired 2 x 2 table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PairedTable {
    /// Both positive.
    pub both: u64,
    /// Only the first positive.
    pub first_only: u64,
    /// Only the second positive.
    pub second_only: u64,
    /// Neither positive.
    pub neither: u64,
}

/// McNemar's test in its variants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// (b - c)^2 / (b + c), one degree of freedom.
    pub chi_squared: f64,
    /// Its p.
    pub p: f64,
    /// (|b - c| - 1)^2 / (b + c).
    pub chi_squared_continuity: f64,
    /// Its p.
    pub p_continuity: f64,
    /// Exact two-sided p: twice the smaller binomial tail, at most 1.
    pub p_exact: f64,
    /// Mid-p: the exact p less the probability of the observed split (Fagerland 2013).
    pub p_mid: f64,
}

impl PairedTable {
    /// Counts one more case: whether it is positive by the first and by the second.
    pub fn add(&mut self, positive: (bool, bool)) {
        let cell = match positive {
            (true, true) => &mut self.both,
            (true, false) => &mut self.first_only,
            (false, true) => &mut self.second_only,
            (false, false) => &mut self.neither,
        };
        *cell += 1;
    }

    /// Cases.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.both + self.first_only + self.second_only + self.neither
    }

    fn pairs(&self) -> Result<f64, NotEstimable> {
        match self.n() {
            0 => Err(NotEstimable::Empty("pairs")),
            n => Ok(n as f64),
        }
    }

    /// Share of first positives minus share of second positives.
    ///
    /// # Errors
    /// The table is empty.
    pub fn difference(&self) -> Result<f64, NotEstimable> {
        Ok((self.first_only as f64 - self.second_only as f64) / self.pairs()?)
    }

    /// Newcombe's paired method 10 (Stat Med 1998, 17:2635-2650): Wilson limits of both margins,
    /// combined with phi from a continuity-corrected determinant.
    ///
    /// # Errors
    /// The table is empty or the level is outside (0, 1).
    pub fn newcombe_10(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        self.newcombe(confidence, true)
    }

    /// Newcombe's paired method 8: the same with the plain phi.
    ///
    /// # Errors
    /// As [`Self::newcombe_10`].
    pub fn newcombe_8(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        self.newcombe(confidence, false)
    }

    /// Newcombe's paired method 10 with the table's shares on another number of pairs: what
    /// remains of it where pairs come in clusters.
    ///
    /// # Errors
    /// As [`Self::newcombe_10`].
    pub fn newcombe_10_on(&self, n: f64, confidence: f64) -> Result<Interval, NotEstimable> {
        self.newcombe_scaled(n / self.pairs()?, confidence, true)
    }

    fn newcombe(&self, confidence: f64, corrected: bool) -> Result<Interval, NotEstimable> {
        self.newcombe_scaled(1.0, confidence, corrected)
    }

    fn newcombe_scaled(
        &self,
        scale: f64,
        confidence: f64,
        corrected: bool,
    ) -> Result<Interval, NotEstimable> {
        let pairs = self.pairs()?;
        let z = normal_quantile(0.5 + 0.5 * checked_confidence(confidence)?);
        let (first, second) = (
            (self.both + self.first_only) as f64 / pairs,
            (self.both + self.second_only) as f64 / pairs,
        );
        let limits = |p: f64| wilson_limits(p, pairs * scale, z);
        Ok(super::difference::mover(
            (first, second),
            limits(first),
            limits(second),
            self.phi(scale, corrected),
        ))
    }

    /// Correlation of the two decisions; 0 when a margin is empty.
    fn phi(&self, scale: f64, corrected: bool) -> f64 {
        let [a, b, c, d] = [self.both, self.first_only, self.second_only, self.neither]
            .map(|count| count as f64 * scale);
        let n = a + b + c + d;
        let margins = (a + b) * (c + d) * (a + c) * (b + d);
        if margins == 0.0 {
            return 0.0;
        }
        let determinant = a * d - b * c;
        let shrunk = match determinant {
            x if corrected && x > 0.0 => (x - 0.5 * n).max(0.0),
            x => x,
        };
        shrunk / margins.sqrt()
    }

    /// Tango's score interval (Stat Med 1998, 17:891-908).
    ///
    /// # Errors
    /// The table is empty or the level is outside (0, 1).
    pub fn tango(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        let n = self.pairs()?;
        let limit = normal_quantile(0.5 + 0.5 * checked_confidence(confidence)?);
        let (b, c) = (self.first_only as f64, self.second_only as f64);
        let z = |delta: f64| {
            // Maximum-likelihood P(second only) under P(first only) - P(second only) = delta.
            let linear = -b - c + (2.0 * n - b + c) * delta;
            let constant = -c * delta * (1.0 - delta);
            let q = ((linear * linear - 8.0 * n * constant).max(0.0).sqrt() - linear) / (4.0 * n);
            let variance = n * (2.0 * q + delta * (1.0 - delta));
            let distance = b - c - n * delta;
            if distance == 0.0 {
                0.0
            } else {
                distance / variance.max(0.0).sqrt()
            }
        };
        let difference = (b - c) / n;
        Ok(Interval {
            lower: turning_point(-1.0, difference, |delta| z(delta) > limit),
            upper: turning_point(difference, 1.0, |delta| z(delta) > -limit),
        })
    }

    /// McNemar's test of equal margins (McNemar 1947; Fagerland, Lydersen and Laake 2013). With
    /// no discordant pair every p is 1.
    #[must_use]
    pub fn mcnemar(&self) -> McNemar {
        let (b, c) = (self.first_only as f64, self.second_only as f64);
        let m = b + c;
        if m == 0.0 {
            return McNemar {
                chi_squared: 0.0,
                p: 1.0,
                chi_squared_continuity: 0.0,
                p_continuity: 1.0,
                p_exact: 1.0,
                p_mid: 1.0,
            };
        }
        let chi_squared = (b - c).powi(2) / m;
        let chi_squared_continuity = ((b - c).abs() - 1.0).max(0.0).powi(2) / m;
        let least = b.min(c);
        let tail = at_most(least, m, 0.5);
        let point = tail
            - if least > 0.0 {
                at_most(least - 1.0, m, 0.5)
            } else {
                0.0
            };
        let p_exact = (2.0 * tail).min(1.0);
        let p_mid = if b == c {
            1.0 - 0.5 * (at_least(b, m, 0.5) - at_least(b + 1.0, m, 0.5))
        } else {
            (2.0 * tail - point).min(1.0)
        };
        McNemar {
            chi_squared,
            p: chi_squared_sf(chi_squared, 1.0),
            chi_squared_continuity,
            p_continuity: chi_squared_sf(chi_squared_continuity, 1.0),
            p_exact,
            p_mid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(both: u64, first_only: u64, second_only: u64, neither: u64) -> PairedTable {
        PairedTable {
            both,
            first_only,
            second_only,
            neither,
        }
    }

    #[test]
    fn newcombe_1998_paired() {
        let cases = table(20, 12, 2, 16);
        let (eight, ten) = (
            cases.newcombe_8(0.95).unwrap(),
            cases.newcombe_10(0.95).unwrap(),
        );
        assert!(
            (eight.lower - 0.0618).abs() < 5e-5 && (eight.upper - 0.3242).abs() < 5e-5,
            "{eight:?}"
        );
        assert!(
            (ten.lower - 0.0562).abs() < 5e-5 && (ten.upper - 0.3292).abs() < 5e-5,
            "{ten:?}"
        );
    }

    #[test]
    fn tango_as_in_fagerland_2014() {
        let found = table(4, 9, 3, 16).tango(0.95).unwrap();
        assert!(
            (found.lower + 0.027).abs() < 6e-4 && (found.upper - 0.390).abs() < 6e-4,
            "{found:?}"
        );
    }

    #[test]
    fn approval_ratings_of_agresti() {
        let found = table(794, 150, 86, 570).mcnemar();
        assert!(
            (found.chi_squared - 17.3559).abs() < 6e-5
                && (found.chi_squared_continuity - 16.8178).abs() < 6e-5
        );
        assert!(
            (found.p_continuity - 4.115e-5).abs() < 1e-8 && (found.p_exact - 3.716e-5).abs() < 1e-8,
            "{found:?}"
        );
        assert!(found.p_mid < found.p_exact);
    }

    #[test]
    fn degenerate_tables() {
        assert_eq!(
            table(0, 0, 0, 0).tango(0.95),
            Err(NotEstimable::Empty("pairs"))
        );
        assert_eq!(table(5, 0, 0, 5).mcnemar().p_mid, 1.0);
        for cases in [
            table(10, 0, 0, 0),
            table(0, 10, 0, 0),
            table(0, 0, 0, 10),
            table(3, 0, 0, 4),
        ] {
            for found in [
                cases.tango(0.95).unwrap(),
                cases.newcombe_8(0.95).unwrap(),
                cases.newcombe_10(0.95).unwrap(),
            ] {
                let difference = cases.difference().unwrap();
                assert!(
                    found.lower.is_finite()
                        && found.upper.is_finite()
                        && found.lower <= difference + 1e-9
                        && difference <= found.upper + 1e-9,
                    "{cases:?} {found:?}"
                );
            }
        }
    }
}
