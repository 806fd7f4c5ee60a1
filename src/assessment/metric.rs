//! The metrics of this version, by their ids.

use crate::config::{Endpoint, GatedMetric, Prevalences, Smooth, StatisticsSpec};
use crate::metrics::{ConfusionCounts, ShareOf};
use crate::statistics::NotEstimable;

/// What is measured in every stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Called positive among reference positives.
    Sensitivity,
    /// Called negative among reference negatives.
    Specificity,
    /// Reference positives among those called positive.
    Ppv,
    /// Reference negatives among those called negative.
    Npv,
    /// Right decisions among all.
    Accuracy,
    /// Called positive among all.
    FlagRate,
    /// Area under the ROC curve.
    Auroc,
    /// Mean squared difference of probability and outcome.
    Brier,
    /// Observed over expected events.
    OeRatio,
    /// Logistic recalibration intercept with the slope held at 1.
    CalibrationIntercept,
    /// Logistic recalibration slope.
    CalibrationSlope,
    /// Expected calibration error, ten bins of equal width.
    EceWidth,
    /// The same, ten bins that hold a tenth of the whole cohort each.
    EceMass,
    /// Root-mean-square calibration error without the part that chance adds.
    RmsCalibrationErrorDebiased,
    /// Spiegelhalter's z with the patient sandwich.
    SpiegelhalterZ,
    /// Brier score relative to always predicting the prevalence.
    ScaledBrier,
    /// Area under the precision-recall curve, as average precision.
    Auprc,
    /// Mean of sensitivity and specificity.
    BalancedAccuracy,
    /// Sensitivity + specificity - 1.
    Youden,
    /// Harmonic mean of sensitivity and PPV.
    F1,
    /// Matthews' correlation coefficient.
    Mcc,
    /// Sensitivity / (1 - specificity).
    LikelihoodRatioPositive,
    /// (1 - sensitivity) / specificity.
    LikelihoodRatioNegative,
    /// LR+ / LR-.
    DiagnosticOddsRatio,
    /// PPV at the endpoint's declared prevalence.
    PpvAtPrevalence,
    /// NPV at the endpoint's declared prevalence.
    NpvAtPrevalence,
    /// Largest sensitivity at the declared specificity.
    SensitivityAtSpecificity,
    /// Largest specificity at the declared sensitivity.
    SpecificityAtSensitivity,
    /// Area under the ROC curve from the declared specificity to 1.
    PartialAuroc,
    /// Mean absolute distance of probabilities from the smooth calibration curve.
    Ici,
    /// Median of these distances.
    E50,
    /// 90th percentile of these distances.
    E90,
    /// Largest of these distances.
    Emax,
}

impl Metric {
    /// All of them, in the order of results and report.
    pub const ALL: [Self; 33] = [
        Self::Sensitivity,
        Self::Specificity,
        Self::Ppv,
        Self::Npv,
        Self::Accuracy,
        Self::FlagRate,
        Self::Auroc,
        Self::Brier,
        Self::OeRatio,
        Self::CalibrationIntercept,
        Self::CalibrationSlope,
        Self::EceWidth,
        Self::EceMass,
        Self::RmsCalibrationErrorDebiased,
        Self::SpiegelhalterZ,
        Self::ScaledBrier,
        Self::Auprc,
        Self::BalancedAccuracy,
        Self::Youden,
        Self::F1,
        Self::Mcc,
        Self::LikelihoodRatioPositive,
        Self::LikelihoodRatioNegative,
        Self::DiagnosticOddsRatio,
        Self::PpvAtPrevalence,
        Self::NpvAtPrevalence,
        Self::SensitivityAtSpecificity,
        Self::SpecificityAtSensitivity,
        Self::PartialAuroc,
        Self::Ici,
        Self::E50,
        Self::E90,
        Self::Emax,
    ];

    /// Id in results, gates and anchors.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Sensitivity => "sensitivity",
            Self::Specificity => "specificity",
            Self::Ppv => "ppv",
            Self::Npv => "npv",
            Self::Accuracy => "accuracy",
            Self::FlagRate => "flag_rate",
            Self::Auroc => "auroc",
            Self::Brier => "brier",
            Self::OeRatio => "oe_ratio",
            Self::CalibrationIntercept => "calibration_intercept",
            Self::CalibrationSlope => "calibration_slope",
            Self::EceWidth => "ece_width",
            Self::EceMass => "ece_mass",
            Self::RmsCalibrationErrorDebiased => "rms_calibration_error_debiased",
            Self::SpiegelhalterZ => "spiegelhalter_z",
            Self::ScaledBrier => "scaled_brier",
            Self::Auprc => "auprc",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Youden => "youden",
            Self::F1 => "f1",
            Self::Mcc => "mcc",
            Self::LikelihoodRatioPositive => "likelihood_ratio_positive",
            Self::LikelihoodRatioNegative => "likelihood_ratio_negative",
            Self::DiagnosticOddsRatio => "diagnostic_odds_ratio",
            Self::PpvAtPrevalence => "ppv_at_prevalence",
            Self::NpvAtPrevalence => "npv_at_prevalence",
            Self::SensitivityAtSpecificity => "sensitivity_at_specificity",
            Self::SpecificityAtSensitivity => "specificity_at_sensitivity",
            Self::PartialAuroc => "partial_auroc",
            Self::Ici => "ici",
            Self::E50 => "e50",
            Self::E90 => "e90",
            Self::Emax => "emax",
        }
    }

    /// Whether the audit asks for it: some metrics are only given where the endpoint declares
    /// what they need.
    #[must_use]
    pub fn is_asked_for(self, endpoint: &Endpoint, spec: &StatisticsSpec) -> bool {
        match self {
            Self::PpvAtPrevalence | Self::NpvAtPrevalence => !endpoint.prevalence.all().is_empty(),
            Self::SensitivityAtSpecificity => endpoint.ranking.at_specificity.is_some(),
            Self::SpecificityAtSensitivity => endpoint.ranking.at_sensitivity.is_some(),
            Self::PartialAuroc => endpoint.ranking.partial_from.is_some(),
            other => !other.is_smooth() || spec.smooth != Smooth::None,
        }
    }

    /// The ids under which an endpoint's results carry it, and the declared prevalence that it is
    /// given at: a listed prevalence stands in the id, `ppv_at_prevalence_0.05`.
    #[must_use]
    pub fn ids(self, endpoint: &Endpoint) -> Vec<(String, Option<f64>)> {
        match (self, &endpoint.prevalence) {
            (Self::PpvAtPrevalence | Self::NpvAtPrevalence, Prevalences::List(shares)) => shares
                .iter()
                .map(|share| (format!("{}_{share}", self.id()), Some(*share)))
                .collect(),
            (_, declared) => vec![(self.id().to_owned(), declared.all().first().copied())],
        }
    }

    /// Whether it is a distance from the smooth calibration curve.
    #[must_use]
    pub fn is_smooth(self) -> bool {
        matches!(self, Self::Ici | Self::E50 | Self::E90 | Self::Emax)
    }

    /// Samples in its denominator.
    #[must_use]
    pub fn in_denominator(self, counts: &ConfusionCounts) -> u64 {
        match self.share() {
            Some(share) => share.of(counts).1,
            None => counts.total(),
        }
    }

    /// The share of a confusion matrix that it is, if it is one.
    #[must_use]
    pub fn share(self) -> Option<ShareOf> {
        match self {
            Self::Sensitivity => Some(ShareOf::Sensitivity),
            Self::Specificity => Some(ShareOf::Specificity),
            Self::Ppv => Some(ShareOf::Ppv),
            Self::Npv => Some(ShareOf::Npv),
            Self::Accuracy => Some(ShareOf::Accuracy),
            Self::FlagRate => Some(ShareOf::FlagRate),
            _ => None,
        }
    }

    /// Whether it is measured at the endpoint's threshold.
    #[must_use]
    pub fn follows_threshold(self) -> bool {
        self.share().is_some()
            || matches!(
                self,
                Self::BalancedAccuracy
                    | Self::Youden
                    | Self::F1
                    | Self::Mcc
                    | Self::LikelihoodRatioPositive
                    | Self::LikelihoodRatioNegative
                    | Self::DiagnosticOddsRatio
                    | Self::PpvAtPrevalence
                    | Self::NpvAtPrevalence
            )
    }

    /// Whether it follows the share of positives in a cohort, so that it means nothing where
    /// cases were chosen by outcome.
    #[must_use]
    pub fn follows_prevalence(self) -> bool {
        matches!(
            self,
            Self::Ppv
                | Self::Npv
                | Self::Accuracy
                | Self::FlagRate
                | Self::Brier
                | Self::OeRatio
                | Self::CalibrationIntercept
                | Self::EceWidth
                | Self::EceMass
                | Self::RmsCalibrationErrorDebiased
                | Self::SpiegelhalterZ
                | Self::Ici
                | Self::E50
                | Self::E90
                | Self::Emax
                | Self::ScaledBrier
                | Self::Auprc
                | Self::F1
                | Self::Mcc
        )
    }

    /// Why it is not given for a cohort whose cases were chosen by outcome.
    #[must_use]
    pub fn means_nothing_when_enriched(self) -> NotEstimable {
        NotEstimable::Other(format!(
            "{} follows prevalence, which means nothing in a cohort whose cases were chosen by outcome (`sampling: enriched`)",
            self.id()
        ))
    }

    /// Whether an interval belongs to it: a test statistic has a p-value in its place, and no
    /// interval is known for the debiased error. Distances from the smooth curve have one where
    /// it is asked for.
    #[must_use]
    pub fn has_interval(self) -> bool {
        !matches!(
            self,
            Self::SpiegelhalterZ | Self::RmsCalibrationErrorDebiased
        ) && !self.is_smooth()
    }

    /// Whether groups may be compared by it. PPV and NPV follow prevalence; accuracy, Brier
    /// score and flag rate mix the classes in the shares of each group.
    #[must_use]
    pub fn is_comparable(self) -> bool {
        matches!(self, Self::Sensitivity | Self::Specificity | Self::Auroc)
    }

    /// The metric of a gate rule on binary endpoints; `None` for counts of reruns, and for metrics
    /// that only endpoints with a task have.
    #[must_use]
    pub fn of_gate(metric: GatedMetric) -> Option<Self> {
        Some(match metric {
            GatedMetric::Sensitivity => Self::Sensitivity,
            GatedMetric::Specificity => Self::Specificity,
            GatedMetric::Ppv => Self::Ppv,
            GatedMetric::Npv => Self::Npv,
            GatedMetric::Accuracy => Self::Accuracy,
            GatedMetric::FlagRate => Self::FlagRate,
            GatedMetric::Auroc => Self::Auroc,
            GatedMetric::Brier => Self::Brier,
            GatedMetric::OeRatio => Self::OeRatio,
            GatedMetric::CalibrationIntercept => Self::CalibrationIntercept,
            GatedMetric::CalibrationSlope => Self::CalibrationSlope,
            GatedMetric::DecisionFlips | GatedMetric::Task(_) => return None,
        })
    }
}
