//! Estimates with a standard error whose interval is symmetric on some scale.

use super::clustered::MANY_CLUSTERS;
use super::distributions::{normal_quantile, normal_sf, t_cdf, t_quantile};
use super::{Interval, NotEstimable, checked_confidence};

/// Share of an estimate below which a standard error is rounding of sums.
const ROUNDING: f64 = 1e-12;
/// An estimate is not taken as closer to 0 for this, since sums that cancel leave rounding alone.
const LEAST: f64 = 1e-3;

/// Scale on which an estimate is taken as normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// As it is.
    Identity,
    /// Logarithm: ratios.
    Log,
    /// Log odds: shares and areas.
    Logit,
    /// Wilson's score, of a share or a mean of numbers between 0 and 1: the limits are symmetric in
    /// log odds, 2 asinh(z se / 2) apart from the estimate, se the standard error of the log odds
    /// (Newcombe 2001, Am Stat 55:200-202).
    Score,
    /// Inverse hyperbolic tangent: correlations (Fisher 1921, Metron 1:3-32).
    FisherZ,
    /// Minus the logarithm of what is missing to 1: shares of a variance that are explained.
    LogComplement,
}

impl Scale {
    fn to(self, x: f64) -> f64 {
        match self {
            Self::Identity => x,
            Self::Log => x.ln(),
            Self::Logit | Self::Score => (x / (1.0 - x)).ln(),
            Self::FisherZ => x.atanh(),
            Self::LogComplement => -(-x).ln_1p(),
        }
    }

    fn from(self, x: f64) -> f64 {
        match self {
            Self::Identity => x,
            Self::Log => x.exp(),
            Self::Logit | Self::Score => expit(x),
            Self::FisherZ => x.tanh(),
            Self::LogComplement => -(-x).exp_m1(),
        }
    }

    /// Derivative of the scale at x.
    fn slope(self, x: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Log => 1.0 / x,
            Self::Logit | Self::Score => 1.0 / (x * (1.0 - x)),
            Self::FisherZ => 1.0 / ((1.0 - x) * (1.0 + x)),
            Self::LogComplement => 1.0 / (1.0 - x),
        }
    }
}

/// An estimate, its standard error, and the scale of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScaledEstimate {
    /// Point estimate, on its own scale.
    pub estimate: f64,
    /// Standard error on the estimate's own scale.
    pub standard_error: f64,
    /// Scale on which the interval is symmetric.
    pub scale: Scale,
    /// Degrees of freedom of Student's t; `None` for the normal distribution.
    pub df: Option<f64>,
    /// Least and largest possible value; limits are cut to them.
    pub range: (f64, f64),
    /// Clusters behind the standard error.
    pub n_clusters: u64,
    /// Id of the interval's method.
    pub method: &'static str,
}

impl ScaledEstimate {
    /// From clusters: Student's t with K - 1 degrees of freedom below 40 of them.
    ///
    /// # Errors
    /// An estimate or standard error that is not finite, or one without a place on the scale (a
    /// ratio of 0 has no logarithm).
    pub fn new(
        estimate: f64,
        standard_error: f64,
        scale: Scale,
        n_clusters: u64,
        method: &'static str,
    ) -> Result<Self, NotEstimable> {
        if n_clusters < 2 {
            return Err(NotEstimable::OnePatient);
        }
        if !estimate.is_finite() || !standard_error.is_finite() || !scale.to(estimate).is_finite() {
            return Err(NotEstimable::Other(format!(
                "an estimate of {estimate} has no interval on this scale"
            )));
        }
        let range = match scale {
            Scale::Identity => (f64::NEG_INFINITY, f64::INFINITY),
            Scale::Log => (0.0, f64::INFINITY),
            Scale::Logit | Scale::Score => (0.0, 1.0),
            Scale::FisherZ => (-1.0, 1.0),
            Scale::LogComplement => (f64::NEG_INFINITY, 1.0),
        };
        let df = (n_clusters < MANY_CLUSTERS).then_some(n_clusters as f64 - 1.0);
        Ok(Self {
            estimate,
            standard_error,
            scale,
            df,
            range,
            n_clusters,
            method,
        })
    }

    /// With normal quantiles whatever the number of clusters: classical formulas, and estimates
    /// from all pairs of samples.
    ///
    /// # Errors
    /// As [`Self::new`]; one cluster is not refused.
    pub fn normal(
        estimate: f64,
        standard_error: f64,
        scale: Scale,
        n_clusters: u64,
        method: &'static str,
    ) -> Result<Self, NotEstimable> {
        let found = Self::new(estimate, standard_error, scale, n_clusters.max(2), method)?;
        Ok(Self {
            df: None,
            n_clusters,
            ..found
        })
    }

    /// The same for a decision, where only `carriers` clusters carry the rarer outcome: Student's t
    /// with m - 1 degrees of freedom and a standard error larger by sqrt(m / (m - 1)), m the
    /// carriers. The sandwich and the ratio variance are sums over few terms that matter, however
    /// many clusters there are, and too small on average (Mancl and DeRouen 2001, Biometrics
    /// 57:126-134; Pan and Wall 2002, Stat Med 21:1429-1441). No published number is known for
    /// this choice of m; docs/calibration-gate-rates.csv holds simulated error rates.
    ///
    /// # Errors
    /// Fewer than two carriers.
    pub fn on_carriers(self, carriers: u64, method: &'static str) -> Result<Self, NotEstimable> {
        if carriers < 2 {
            return Err(NotEstimable::OnePatient);
        }
        let m = carriers as f64;
        Ok(Self {
            standard_error: self.standard_error * (m / (m - 1.0)).sqrt(),
            df: Some(m - 1.0),
            method,
            ..self
        })
    }

    /// The same with limits cut to a range.
    #[must_use]
    pub fn within(self, least: f64, largest: f64) -> Self {
        Self {
            range: (least, largest),
            ..self
        }
    }

    /// Two-sided interval.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        let p = 0.5 + 0.5 * checked_confidence(confidence)?;
        // Equal values add up to a hair of rounding, which is no spread either. Near the ends of the
        // other scales a small error is a large one on the scale.
        let hair = match self.scale {
            Scale::Identity => ROUNDING * self.estimate.abs().max(LEAST),
            Scale::Log => ROUNDING * self.estimate.abs(),
            Scale::Logit | Scale::Score | Scale::FisherZ | Scale::LogComplement => 0.0,
        };
        if self.standard_error <= hair {
            return Err(NotEstimable::Other(
                "patients do not differ at all, so that the standard error is zero and no interval can be given".to_owned(),
            ));
        }
        let quantile = self
            .df
            .map_or_else(|| normal_quantile(p), |df| t_quantile(p, df));
        let half = match self.scale {
            Scale::Score => 2.0 * (0.5 * quantile * self.scaled_error()).asinh(),
            _ => quantile * self.scaled_error(),
        };
        let at = self.scale.to(self.estimate);
        let (least, largest) = self.range;
        let (lower, upper) = (
            self.scale.from(at - half).clamp(least, largest),
            self.scale.from(at + half).clamp(least, largest),
        );
        if !lower.is_finite() || !upper.is_finite() {
            return Err(NotEstimable::Other("no bounded interval".to_owned()));
        }
        // Going to the scale and back costs a digit; the interval holds its estimate all the same.
        Ok(Interval {
            lower: lower.min(self.estimate),
            upper: upper.max(self.estimate),
        })
    }

    fn scaled_error(&self) -> f64 {
        self.standard_error * self.scale.slope(self.estimate)
    }

    /// Distance from a value in standard errors, on the scale; 0 when they coincide.
    #[must_use]
    pub fn statistic(&self, value: f64) -> f64 {
        let distance = self.scale.to(self.estimate) - self.scale.to(value);
        if distance == 0.0 {
            0.0
        } else {
            let distance = match self.scale {
                Scale::Score => 2.0 * (0.5 * distance).sinh(),
                _ => distance,
            };
            distance / self.scaled_error()
        }
    }

    /// P(a standardised error is above `statistic`).
    fn upper_tail(&self, statistic: f64) -> f64 {
        if statistic == f64::INFINITY {
            return 0.0;
        }
        if statistic == f64::NEG_INFINITY {
            return 1.0;
        }
        self.df
            .map_or_else(|| normal_sf(statistic), |df| t_cdf(-statistic, df))
    }

    /// Two-sided p for "the true value is `null`".
    #[must_use]
    pub fn p_two_sided(&self, null: f64) -> f64 {
        (2.0 * self.upper_tail(self.statistic(null).abs())).min(1.0)
    }

    /// One-sided p for "the true value is at least `bound`": small when the estimate lies far below.
    #[must_use]
    pub fn p_at_least(&self, bound: f64) -> f64 {
        self.upper_tail(-self.statistic(bound))
    }

    /// One-sided p for "the true value is at most `bound`": small when the estimate lies far above.
    #[must_use]
    pub fn p_at_most(&self, bound: f64) -> f64 {
        self.upper_tail(self.statistic(bound))
    }
}

/// Probability of a log odds: 1 / (1 + exp(-x)) without overflow.
#[must_use]
pub fn expit(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        x.exp() / (1.0 + x.exp())
    }
}

#[cfg(test)]
mod tests {
    use super::super::wilson;
    use super::*;

    #[test]
    fn limits_and_p_values_agree_on_every_scale() {
        for (scale, k) in [
            (Scale::Identity, 100),
            (Scale::Log, 100),
            (Scale::Logit, 100),
            (Scale::Score, 100),
            (Scale::Log, 12),
            (Scale::FisherZ, 100),
            (Scale::LogComplement, 100),
        ] {
            let found = ScaledEstimate::new(0.7, 0.05, scale, k, "test").unwrap();
            let limits = found.interval(0.95).unwrap();
            assert!(limits.lower < 0.7 && 0.7 < limits.upper);
            assert!((found.p_two_sided(limits.lower) - 0.05).abs() < 1e-9);
            assert!((found.p_at_least(limits.upper) - 0.025).abs() < 1e-9);
            assert!((found.p_at_most(limits.lower) - 0.025).abs() < 1e-9);
            assert!((found.p_at_most(0.7) - 0.5).abs() < 1e-12);
        }
    }

    #[test]
    fn the_score_scale_gives_wilsons_limits() {
        for (k, n) in [(81.0, 263.0), (29.0, 30.0), (1.0, 29.0)] {
            let p: f64 = k / n;
            let error = (p * (1.0 - p) / n).sqrt();
            let found = ScaledEstimate::normal(p, error, Scale::Score, 9, "test").unwrap();
            let (found, wilson) = (found.interval(0.95).unwrap(), wilson(k, n, 0.95).unwrap());
            assert!((found.lower - wilson.lower).abs() < 1e-12, "{k} of {n}");
            assert!((found.upper - wilson.upper).abs() < 1e-12, "{k} of {n}");
        }
    }

    #[test]
    fn few_carriers_widen_by_t_and_by_their_number() {
        // t(11) at 0.975 is 2.200985 in every table; sqrt(12 / 11) = 1.0444659.
        let found = ScaledEstimate::new(0.7, 0.05, Scale::Identity, 500, "test").unwrap();
        let few = found.on_carriers(12, "few").unwrap();
        let limits = few.interval(0.95).unwrap();
        assert!((0.7 - limits.lower - 2.200_985 * 1.044_465_9 * 0.05).abs() < 1e-7);
        assert!(found.on_carriers(1, "few").is_err());
    }

    #[test]
    fn rounding_is_no_spread() {
        // The standard error of two equal squares, 0.1 * 0.1 and (1 - 0.9) * (1 - 0.9).
        let found = ScaledEstimate::new(0.01, 3.5e-18, Scale::Identity, 2, "test").unwrap();
        assert!(found.interval(0.95).is_err());
        let found = ScaledEstimate::new(0.01, 1e-9, Scale::Identity, 2, "test").unwrap();
        assert!(found.interval(0.95).is_ok());
        // An intercept of a perfectly calibrated group of equal patients.
        let found = ScaledEstimate::new(0.0, 5e-17, Scale::Identity, 30, "test").unwrap();
        assert!(found.interval(0.95).is_err());
        // A share close to 1 whose error is large in log odds.
        let found = ScaledEstimate::new(1.0 - 1e-14, 3e-14, Scale::Logit, 50, "test").unwrap();
        assert!(found.interval(0.95).is_ok());
    }

    #[test]
    fn what_has_no_place_on_the_scale_is_refused() {
        assert!(ScaledEstimate::new(0.0, 0.1, Scale::Log, 50, "test").is_err());
        assert!(ScaledEstimate::new(1.0, 0.0, Scale::Logit, 50, "test").is_err());
        assert!(ScaledEstimate::new(0.5, f64::NAN, Scale::Identity, 50, "test").is_err());
        assert_eq!(
            ScaledEstimate::new(0.5, 0.1, Scale::Identity, 1, "test"),
            Err(NotEstimable::OnePatient)
        );
    }
}
