//! Sensitivity and specificity together: likelihood ratios, diagnostic odds ratio, predictive
//! values at a declared prevalence.

use super::confusion::checked;
use super::kinds::ConfusionKinds;
use crate::statistics::{
    ClusteredProportion, Interval, NotEstimable, Scale, ScaledEstimate, normal_quantile,
};

/// Sensitivity and specificity of one group with what ties them: patients who have both
/// positives and negatives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagnostic {
    /// Sensitivity.
    pub sensitivity: ClusteredProportion,
    /// Specificity.
    pub specificity: ClusteredProportion,
    /// Covariance of the two estimates over patients; 0 when samples are independent.
    pub covariance: f64,
}

/// Which predictive value is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PredictiveValue {
    /// P(positive | called positive).
    Positive,
    /// P(negative | called negative).
    Negative,
}

impl Diagnostic {
    /// From samples; `cluster` `None` takes them as independent.
    ///
    /// # Errors
    /// No positive, no negative, or one patient in a class.
    pub fn new(
        y_true: &[bool],
        flagged: &[bool],
        cluster: Option<&[u32]>,
    ) -> Result<Self, NotEstimable> {
        checked(y_true, flagged, cluster)?;
        ConfusionKinds::of(y_true, flagged, cluster, cluster.is_some()).diagnostic()
    }

    /// From the four counts of independent samples.
    ///
    /// # Errors
    /// Fewer than two positives or negatives.
    pub fn from_counts(
        true_positive: u64,
        false_positive: u64,
        false_negative: u64,
        true_negative: u64,
    ) -> Result<Self, NotEstimable> {
        let sensitivity =
            ClusteredProportion::unclustered(true_positive, true_positive + false_negative)?;
        let specificity =
            ClusteredProportion::unclustered(true_negative, true_negative + false_positive)?;
        Ok(Self {
            sensitivity,
            specificity,
            covariance: 0.0,
        })
    }

    /// With patients Student's t below 40 of them in the smaller class, normal otherwise.
    fn scaled(
        &self,
        estimate: f64,
        standard_error: f64,
        scale: Scale,
        method: &'static str,
    ) -> Result<ScaledEstimate, NotEstimable> {
        let (positive, negative) = (self.sensitivity.n_clusters, self.specificity.n_clusters);
        if self.sensitivity.clustered {
            ScaledEstimate::new(
                estimate,
                standard_error,
                scale,
                positive.min(negative),
                method,
            )
        } else {
            ScaledEstimate::normal(estimate, standard_error, scale, positive + negative, method)
        }
    }

    fn on_log_scale(
        &self,
        estimate: f64,
        by_sensitivity: f64,
        by_specificity: f64,
    ) -> Result<ScaledEstimate, NotEstimable> {
        let (a, b) = (
            by_sensitivity * self.sensitivity.standard_error,
            by_specificity * self.specificity.standard_error,
        );
        let variance = a * a + b * b + 2.0 * by_sensitivity * by_specificity * self.covariance;
        let method = if self.sensitivity.clustered {
            "log_delta_cluster"
        } else {
            "log_delta"
        };
        if !estimate.is_finite() || estimate <= 0.0 {
            return Err(NotEstimable::Other("a sensitivity or specificity of 0 or 1 leaves the ratio without a bounded interval".to_owned()));
        }
        self.scaled(
            estimate,
            estimate * variance.max(0.0).sqrt(),
            Scale::Log,
            method,
        )
    }

    /// LR+ = sensitivity / (1 - specificity), interval on the log scale (Simel, Samsa and
    /// Matchar 1991, J Clin Epidemiol 44:763-770), clustered by the delta method, for which no
    /// published number is known: in the tests patients of one sample give the printed limits.
    ///
    /// # Errors
    /// A sensitivity of 0 or a specificity of 1.
    pub fn likelihood_ratio_positive(&self) -> Result<ScaledEstimate, NotEstimable> {
        let (se, fpr) = (self.sensitivity.estimate, 1.0 - self.specificity.estimate);
        self.on_log_scale(se / fpr, 1.0 / se, 1.0 / fpr)
    }

    /// LR- = (1 - sensitivity) / specificity.
    ///
    /// # Errors
    /// A sensitivity of 1 or a specificity of 0.
    pub fn likelihood_ratio_negative(&self) -> Result<ScaledEstimate, NotEstimable> {
        let (fnr, sp) = (1.0 - self.sensitivity.estimate, self.specificity.estimate);
        self.on_log_scale(fnr / sp, -1.0 / fnr, -1.0 / sp)
    }

    /// Diagnostic odds ratio LR+ / LR- (Glas et al. 2003, J Clin Epidemiol 56:1129-1135).
    ///
    /// # Errors
    /// A sensitivity or specificity of 0 or 1.
    pub fn odds_ratio(&self) -> Result<ScaledEstimate, NotEstimable> {
        let (se, sp) = (self.sensitivity.estimate, self.specificity.estimate);
        self.on_log_scale(
            se * sp / ((1.0 - se) * (1.0 - sp)),
            1.0 / (se * (1.0 - se)),
            1.0 / (sp * (1.0 - sp)),
        )
    }

    /// Predictive value at a declared prevalence, by Bayes' rule; `None` when nobody is called so.
    #[must_use]
    pub fn predictive_value(&self, which: PredictiveValue, prevalence: f64) -> Option<f64> {
        let (hit, miss) = parts(
            which,
            self.sensitivity.estimate,
            self.specificity.estimate,
            prevalence,
        );
        (hit + miss > 0.0).then(|| hit / (hit + miss))
    }

    /// Its interval on the logit scale, and the id of the method (Mercaldo, Lau and Zhou 2007,
    /// Stat Med 26:2170-2183). Where a sensitivity or specificity is 0 or 1: their adjusted
    /// logit, with z^2 / 2 events and non-events added to each (effective) denominator. No published
    /// number is known for the adjusted form.
    ///
    /// # Errors
    /// A prevalence or level outside (0, 1), or a value that does not exist.
    pub fn predictive_value_interval(
        &self,
        which: PredictiveValue,
        prevalence: f64,
        confidence: f64,
    ) -> Result<(Interval, &'static str), NotEstimable> {
        if !(prevalence > 0.0 && prevalence < 1.0 && confidence > 0.0 && confidence < 1.0) {
            return Err(NotEstimable::Other(
                "prevalence and confidence level must lie between 0 and 1".to_owned(),
            ));
        }
        let estimate = self
            .predictive_value(which, prevalence)
            .ok_or(NotEstimable::Empty(if which == PredictiveValue::Positive {
                "samples called positive"
            } else {
                "samples called negative"
            }))?;
        let extreme = [self.sensitivity, self.specificity]
            .iter()
            .any(|share| share.estimate <= 0.0 || share.estimate >= 1.0);
        let z = normal_quantile(0.5 + 0.5 * confidence);
        let added = if extreme { z * z } else { 0.0 };
        let smoothed = |share: &ClusteredProportion| {
            let n = share.n_effective + added;
            let p = (share.estimate * share.n_effective + 0.5 * added) / n;
            (
                p,
                if extreme {
                    (p * (1.0 - p) / n).sqrt()
                } else {
                    share.standard_error
                },
            )
        };
        let ((se, error_se), (sp, error_sp)) =
            (smoothed(&self.sensitivity), smoothed(&self.specificity));
        let (hit, miss) = parts(which, se, sp, prevalence);
        let (by_se, by_sp) = match which {
            PredictiveValue::Positive => (1.0 / se, 1.0 / (1.0 - sp)),
            PredictiveValue::Negative => (1.0 / (1.0 - se), 1.0 / sp),
        };
        let (a, b) = (by_se * error_se, by_sp * error_sp);
        let covariance = if extreme {
            0.0
        } else {
            2.0 * by_se * by_sp * self.covariance
        };
        let centre = hit / (hit + miss);
        let on_logit = (a * a + b * b + covariance).max(0.0).sqrt();
        let method = if extreme {
            "mercaldo_adjusted_logit"
        } else {
            "mercaldo_logit"
        };
        let scaled = self.scaled(
            centre,
            on_logit * centre * (1.0 - centre),
            Scale::Logit,
            method,
        )?;
        let limits = scaled.interval(confidence)?;
        Ok((
            Interval {
                lower: limits.lower.min(estimate),
                upper: limits.upper.max(estimate),
            },
            method,
        ))
    }
}

/// Rates of right and wrong calls per person at a prevalence.
fn parts(which: PredictiveValue, se: f64, sp: f64, prevalence: f64) -> (f64, f64) {
    match which {
        PredictiveValue::Positive => (prevalence * se, (1.0 - prevalence) * (1.0 - sp)),
        PredictiveValue::Negative => ((1.0 - prevalence) * sp, prevalence * (1.0 - se)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FDA draft guidance on AI-enabled device software functions, January 2025, appendix F.
    fn fda() -> Diagnostic {
        Diagnostic::from_counts(4200, 3400, 800, 16_600).unwrap()
    }

    #[test]
    fn fda_appendix_f() {
        let near = |value: f64, printed: f64| {
            assert!((100.0 * value - printed).abs() <= 0.06, "{value} {printed}")
        };
        let found = fda();
        let lr = found.likelihood_ratio_positive().unwrap();
        let limits = lr.interval(0.95).unwrap();
        assert!(
            (lr.estimate - 4.9).abs() < 0.06
                && (limits.lower - 4.8).abs() < 0.06
                && (limits.upper - 5.1).abs() < 0.06
        );
        // At the cohort's own prevalence the values are the observed shares.
        for (which, value, lower, upper) in [
            (PredictiveValue::Positive, 55.3, 54.1, 56.4),
            (PredictiveValue::Negative, 95.4, 95.1, 95.7),
        ] {
            near(found.predictive_value(which, 0.2).unwrap(), value);
            let (limits, _) = found.predictive_value_interval(which, 0.2, 0.95).unwrap();
            assert!(
                (100.0 * limits.lower - lower).abs() < 0.35
                    && (100.0 * limits.upper - upper).abs() < 0.35,
                "{limits:?}"
            );
        }
        let odds = found.odds_ratio().unwrap();
        assert!((odds.estimate - 4200.0 * 16_600.0 / (3400.0 * 800.0)).abs() < 1e-9);
        let se = (1.0_f64 / 4200.0 + 1.0 / 3400.0 + 1.0 / 800.0 + 1.0 / 16_600.0).sqrt();
        assert!((odds.standard_error / odds.estimate - se).abs() < 1e-12);
    }

    #[test]
    fn textbook_variance_of_the_negative_ratio() {
        let found = Diagnostic::from_counts(431, 30, 19, 116)
            .unwrap()
            .likelihood_ratio_negative()
            .unwrap();
        let expected = (1.0_f64 / 19.0 - 1.0 / 450.0 + 1.0 / 116.0 - 1.0 / 146.0).sqrt();
        assert!((found.standard_error / found.estimate - expected).abs() < 1e-12);
    }

    #[test]
    fn perfect_specificity_uses_the_adjusted_logit() {
        let found = Diagnostic::from_counts(18, 0, 2, 40).unwrap();
        let (limits, method) = found
            .predictive_value_interval(PredictiveValue::Positive, 0.01, 0.95)
            .unwrap();
        assert_eq!(method, "mercaldo_adjusted_logit");
        assert!(limits.upper == 1.0 && limits.lower > 0.0 && limits.lower < 0.3);
        assert!(found.likelihood_ratio_positive().is_err() && found.odds_ratio().is_err());
        assert!(found.likelihood_ratio_negative().is_ok());
        assert!(
            found
                .predictive_value_interval(PredictiveValue::Positive, 1.0, 0.95)
                .is_err()
        );
        let never = Diagnostic::from_counts(0, 0, 20, 40).unwrap();
        assert!(
            never
                .predictive_value_interval(PredictiveValue::Positive, 0.1, 0.95)
                .is_err()
        );
    }

    #[test]
    fn samples_in_patients_of_one_give_nearly_the_independent_answer() {
        let y: Vec<bool> = (0..400).map(|i| i % 4 == 0).collect();
        let flagged: Vec<bool> = (0..400).map(|i| (i % 4 == 0) != (i % 7 == 0)).collect();
        let own: Vec<u32> = (0..400).collect();
        let (a, b) = (
            Diagnostic::new(&y, &flagged, None).unwrap(),
            Diagnostic::new(&y, &flagged, Some(&own)).unwrap(),
        );
        assert_eq!(b.covariance, 0.0);
        let ratio = a.odds_ratio().unwrap().standard_error / b.odds_ratio().unwrap().standard_error;
        assert!((ratio - 1.0).abs() < 0.01);
    }
}
