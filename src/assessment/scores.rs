//! Metrics of the score itself: ranking and calibration.

use crate::config::{AurocMethod as Declared, StatisticsSpec};
use crate::metrics::{self, Auroc, AurocMethod, Bins, CalibrationDraws};
use crate::statistics::{Interval, NotEstimable, ScaledEstimate, p_in_words};

use super::IfCalibrated;
use super::measured::Group;
use super::metric::Metric;
use super::quantities::{Difference, Quantity};

/// Bins of the expected calibration error.
const ECE_BINS: usize = 10;

/// What all groups share in measuring calibration.
#[derive(Debug)]
pub struct CalibrationSetting {
    /// Bins that hold a tenth of the whole cohort each, the same for every group.
    pub equal_mass: Bins,
    /// The random numbers of the simulation and the bootstrap.
    pub draws: CalibrationDraws,
    /// Where the searches for intercept and slope begin: what the whole cohort has.
    pub start: RecalibrationStart,
}

/// Intercept and slope from which a group's own are searched; no result depends on them.
#[derive(Debug, Clone, Copy)]
pub struct RecalibrationStart {
    intercept: [f64; 2],
    slope: [f64; 2],
}

impl Default for RecalibrationStart {
    /// Right as they are.
    fn default() -> Self {
        Self {
            intercept: [0.0, 1.0],
            slope: [0.0, 1.0],
        }
    }
}

impl RecalibrationStart {
    /// From the fits of everyone, where there are any.
    pub(super) fn of(whole: &Group) -> Self {
        let mut start = Self::default();
        if let Ok(ranked) = whole.probabilities() {
            if let Ok(fit) = ranked.calibration_intercept(start.intercept) {
                start.intercept = fit.coefficients;
            }
            if let Ok(fit) = ranked.calibration_slope(start.slope) {
                start.slope = fit.coefficients;
            }
        }
        start
    }
}

/// A metric of the score with an interval at any level.
#[derive(Debug, Clone)]
pub enum ScoreInterval {
    /// An area under the ROC curve.
    Auroc(Auroc, AurocMethod),
    /// Anything with a standard error.
    Scaled(ScaledEstimate),
}

/// A ranking or calibration metric of a group (not the expected calibration error, whose
/// interval is a bootstrap at one level).
///
/// # Errors
/// One class, one patient, no probabilities, scores of exactly 0 or 1, separation.
pub fn score_interval(metric: Metric, group: &Group) -> Result<ScoreInterval, NotEstimable> {
    score_interval_by(
        metric,
        group,
        AurocMethod::Logit,
        RecalibrationStart::default(),
    )
}

fn score_interval_by(
    metric: Metric,
    group: &Group,
    method: AurocMethod,
    start: RecalibrationStart,
) -> Result<ScoreInterval, NotEstimable> {
    if group.y_true.is_empty() {
        return Err(NotEstimable::Empty("samples"));
    }
    if metric == Metric::Auroc {
        return Ok(ScoreInterval::Auroc(group.area()?.clone(), method));
    }
    if metric == Metric::Auprc {
        return Ok(ScoreInterval::Scaled(group.ranked()?.average_precision()?));
    }
    let of = group.probabilities()?;
    Ok(ScoreInterval::Scaled(match metric {
        Metric::Brier => of.brier()?,
        Metric::ScaledBrier => of.scaled_brier()?,
        Metric::OeRatio => of.observed_expected()?,
        Metric::CalibrationIntercept => of.calibration_intercept(start.intercept)?.value,
        Metric::CalibrationSlope => of.calibration_slope(start.slope)?.value,
        other => {
            return Err(NotEstimable::Other(format!(
                "{} has no interval of this kind",
                other.id()
            )));
        }
    }))
}

impl ScoreInterval {
    /// Two-sided interval.
    ///
    /// # Errors
    /// A level outside 0 to 1, or no bounded interval.
    pub fn interval(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        match self {
            Self::Auroc(area, method) => {
                area.interval(*method, confidence).map(|(limits, _)| limits)
            }
            Self::Scaled(value) => value.interval(confidence),
        }
    }

    /// Point estimate.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        match self {
            Self::Auroc(area, _) => area.estimate,
            Self::Scaled(value) => value.estimate,
        }
    }

    /// Standard error on the metric's own scale.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        match self {
            Self::Auroc(area, _) => area.standard_error(),
            Self::Scaled(value) => Some(value.standard_error),
        }
    }

    /// Id of the interval's method at a level.
    ///
    /// # Errors
    /// As [`Self::interval`].
    pub fn method(&self, confidence: f64) -> Result<&'static str, NotEstimable> {
        match self {
            Self::Auroc(area, method) => area.interval(*method, confidence).map(|(_, id)| id),
            Self::Scaled(value) => Ok(value.method),
        }
    }
}

/// A ranking or calibration metric as a row of the results.
pub(super) fn quantity(
    spec: &StatisticsSpec,
    metric: Metric,
    group: &Group,
    calibration: &CalibrationSetting,
) -> Result<Quantity, NotEstimable> {
    match metric {
        Metric::EceWidth => {
            return expected_calibration_error(
                spec,
                group,
                &Bins::Width(ECE_BINS),
                &calibration.draws,
            );
        }
        Metric::EceMass => {
            let bins = &calibration.equal_mass;
            return expected_calibration_error(spec, group, bins, &calibration.draws);
        }
        Metric::RmsCalibrationErrorDebiased => return debiased(group),
        Metric::SpiegelhalterZ => return spiegelhalter(group),
        _ => {}
    }
    let method = match spec.auroc {
        Declared::Logit => AurocMethod::Logit,
        Declared::Delong => AurocMethod::Delong,
        Declared::Newcombe5 => AurocMethod::Newcombe5,
    };
    let found = match score_interval_by(metric, group, method, calibration.start) {
        Err(why @ NotEstimable::PerfectRanking) => {
            return Ok(Quantity::new(1.0, Err(why), "wilson_auprc"));
        }
        found => found?,
    };
    let limits = found.interval(spec.confidence);
    Ok(Quantity {
        standard_error: found.standard_error(),
        design_effect: match &found {
            ScoreInterval::Auroc(area, _) => area.design_effect(),
            ScoreInterval::Scaled(_) => None,
        },
        n_effective: match &found {
            ScoreInterval::Auroc(area, _) => Some(area.n_effective.0 + area.n_effective.1),
            ScoreInterval::Scaled(value) => Some(value.n_clusters as f64),
        },
        ..Quantity::new(found.estimate(), limits, found.method(spec.confidence)?)
    })
}

fn expected_calibration_error(
    spec: &StatisticsSpec,
    group: &Group,
    bins: &Bins,
    draws: &CalibrationDraws,
) -> Result<Quantity, NotEstimable> {
    let found = group
        .probabilities()?
        .calibration_error(bins, spec.confidence, draws)?;
    let method = if found.by_normals {
        "ece_bootstrap_normal"
    } else {
        "ece_bootstrap"
    };
    Ok(Quantity {
        if_calibrated: Some(IfCalibrated::of(&found)),
        ..Quantity::new(found.l1, found.interval_l1, method)
    })
}

fn debiased(group: &Group) -> Result<Quantity, NotEstimable> {
    let found = group
        .probabilities()?
        .debiased_calibration_error(&Bins::Width(ECE_BINS))?;
    let why = if found.negative {
        format!(
            "the debiased square is {:.6}, negative and shown as 0; no interval is known for this error",
            found.square
        )
    } else {
        "no interval is known for this error".to_owned()
    };
    Ok(Quantity::new(found.rms, Err(why), "debiased_rms"))
}

fn spiegelhalter(group: &Group) -> Result<Quantity, NotEstimable> {
    let found = group.probabilities()?.spiegelhalter()?;
    let (z, p, method, beside) = if group.clustered {
        let beside = format!(
            "; taking samples as independent, z = {:.3} and {}",
            found.z,
            p_in_words(found.p)
        );
        (
            found.z_cluster,
            found.p_cluster,
            "spiegelhalter_sandwich",
            beside,
        )
    } else {
        (found.z, found.p, "spiegelhalter", String::new())
    };
    let why = format!(
        "a test statistic has no interval: {}{beside}",
        p_in_words(p)
    );
    Ok(Quantity {
        p: Some(p),
        ..Quantity::new(z, Err(why), method)
    })
}

/// Difference of the areas of two groups.
pub(super) fn auroc_difference(group: &Group, other: &Group) -> Result<Difference, NotEstimable> {
    let found = if group.clustered {
        metrics::auroc_shared(
            (&group.y_true, &group.rank(), &group.patient),
            (&other.y_true, &other.rank(), &other.patient),
        )?
    } else {
        let area = |group: &Group| group.area().cloned();
        metrics::AurocDifference::disjoint(area(group)?, area(other)?)
    };
    Ok(Difference::of_areas(found))
}
