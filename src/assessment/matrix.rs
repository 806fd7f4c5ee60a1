//! Metrics of the whole confusion matrix of one group: patient bootstrap and likelihood ratios.

use crate::config::StatisticsSpec;
use crate::metrics::{Diagnostic, MatrixDraws, MatrixMetric, PredictiveValue, Resampled};
use crate::statistics::{Interval, NotEstimable, ScaledEstimate};

use super::measured::Group;
use super::metric::Metric;
use super::quantities::Quantity;

/// What the whole matrix of a group gives. All bootstrapped metrics see the same resamples.
pub(super) struct WholeMatrix {
    resampled: Vec<(MatrixMetric, Result<Resampled, NotEstimable>)>,
    diagnostic: Result<Diagnostic, NotEstimable>,
}

impl WholeMatrix {
    pub(super) fn new(spec: &StatisticsSpec, group: &Group, draws: &MatrixDraws) -> Self {
        Self {
            resampled: group.kinds().matrix_metrics(spec.confidence, draws),
            diagnostic: group.kinds().diagnostic(),
        }
    }

    /// A metric of the whole matrix; `None` for any other.
    pub(super) fn quantity(
        &self,
        spec: &StatisticsSpec,
        metric: Metric,
        prevalence: Option<f64>,
    ) -> Option<Result<Quantity, NotEstimable>> {
        let bootstrapped = |which: MatrixMetric| {
            let (_, found) = self.resampled.iter().find(|(metric, _)| *metric == which)?;
            Some(found.clone().map(|found| from_bootstrap(&found)))
        };
        let ratio = |of: fn(&Diagnostic) -> Result<ScaledEstimate, NotEstimable>| {
            Some(
                self.diagnostic
                    .as_ref()
                    .map_err(Clone::clone)
                    .and_then(of)
                    .map(|found| from_ratio(&found, spec.confidence)),
            )
        };
        let predictive = |which: PredictiveValue| {
            let prevalence = prevalence?;
            Some(
                self.diagnostic
                    .as_ref()
                    .map_err(Clone::clone)
                    .and_then(|of| predictive_value(of, which, prevalence, spec.confidence)),
            )
        };
        match metric {
            Metric::PpvAtPrevalence => predictive(PredictiveValue::Positive),
            Metric::NpvAtPrevalence => predictive(PredictiveValue::Negative),
            Metric::BalancedAccuracy => bootstrapped(MatrixMetric::BalancedAccuracy),
            Metric::Youden => bootstrapped(MatrixMetric::Youden),
            Metric::F1 => bootstrapped(MatrixMetric::F1),
            Metric::Mcc => bootstrapped(MatrixMetric::Mcc),
            Metric::LikelihoodRatioPositive => ratio(Diagnostic::likelihood_ratio_positive),
            Metric::LikelihoodRatioNegative => ratio(Diagnostic::likelihood_ratio_negative),
            Metric::DiagnosticOddsRatio => ratio(Diagnostic::odds_ratio),
            _ => None,
        }
    }
}

fn from_bootstrap(found: &Resampled) -> Quantity {
    let method = if let Some(closed) = found.closed {
        closed
    } else if found.by_normals {
        "patient_bootstrap_normal"
    } else {
        "patient_bootstrap"
    };
    Quantity {
        standard_error: found.standard_error,
        n_effective: Some(found.n_clusters as f64),
        ..Quantity::new(found.estimate, found.interval.clone(), method)
    }
}

fn predictive_value(
    of: &Diagnostic,
    which: PredictiveValue,
    prevalence: f64,
    confidence: f64,
) -> Result<Quantity, NotEstimable> {
    let estimate = of
        .predictive_value(which, prevalence)
        .ok_or(NotEstimable::Empty(match which {
            PredictiveValue::Positive => "samples called positive",
            PredictiveValue::Negative => "samples called negative",
        }))?;
    let (limits, method) = of.predictive_value_interval(which, prevalence, confidence)?;
    // The adjusted logit is centred elsewhere than the plain estimate.
    let limits = Interval {
        lower: limits.lower.min(estimate),
        upper: limits.upper.max(estimate),
    };
    Ok(Quantity {
        n_effective: Some(of.sensitivity.n_effective.min(of.specificity.n_effective)),
        few_carriers: of.sensitivity.few_carriers || of.specificity.few_carriers,
        ..Quantity::new(estimate, Ok::<_, NotEstimable>(limits), method)
    })
}

fn from_ratio(found: &ScaledEstimate, confidence: f64) -> Quantity {
    Quantity {
        standard_error: Some(found.standard_error),
        n_effective: Some(found.n_clusters as f64),
        ..Quantity::new(found.estimate, found.interval(confidence), found.method)
    }
}
