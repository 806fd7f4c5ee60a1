//! The smooth calibration curve of one group: its band and the distances from it.

use crate::config::{Smooth, StatisticsSpec};
use crate::metrics::{self, SmoothCalibration};
use crate::statistics::{Interval, NotEstimable};

use super::SmoothPoint;
use super::measured::Group;
use super::metric::Metric;
use super::quantities::Quantity;

/// Points of a curve in the report.
const POINTS: u32 = 40;

/// What the curve of a group gives, or why there is none; `None` where it is not asked for.
pub(super) struct SmoothCurve {
    found: Option<Result<SmoothCalibration, NotEstimable>>,
    /// Of ICI, E50, E90 and Emax, where asked for.
    intervals: Option<Result<[Interval; 4], NotEstimable>>,
}

impl SmoothCurve {
    /// Fits the curve of a group.
    pub(super) fn new(spec: &StatisticsSpec, group: &Group) -> Self {
        if spec.smooth == Smooth::None {
            return Self {
                found: None,
                intervals: None,
            };
        }
        if !group.probability {
            return Self {
                found: Some(Err(NotEstimable::NotProbability)),
                intervals: None,
            };
        }
        let (y, p, logit) = (&group.y_true, &group.y_score, group.logit.as_deref());
        let found = metrics::smooth_calibration(y, p, logit, group.clusters());
        let intervals = (spec.smooth == Smooth::Intervals && found.is_ok()).then(|| {
            metrics::smooth_calibration_intervals(
                y,
                p,
                logit,
                group.clusters(),
                spec.confidence,
                spec.replicates.get() as u64,
                spec.seed,
            )
        });
        Self {
            found: Some(found),
            intervals,
        }
    }

    /// One of the distances; `None` for another metric.
    pub(super) fn quantity(&self, metric: Metric) -> Option<Result<Quantity, NotEstimable>> {
        let place = match metric {
            Metric::Ici => 0,
            Metric::E50 => 1,
            Metric::E90 => 2,
            Metric::Emax => 3,
            _ => return None,
        };
        let found = match self.found.as_ref()? {
            Err(why) => return Some(Err(why.clone())),
            Ok(found) => found.distances,
        };
        let limits = match &self.intervals {
            None => Err("intervals are made with `statistics: {smooth_calibration: intervals}`: one fit for every resample".to_owned()),
            Some(Err(why)) => Err(why.to_string()),
            Some(Ok(limits)) => Ok(limits[place]),
        };
        let estimate = [found.ici, found.e50, found.e90, found.emax][place];
        let method = if self.intervals.is_some() {
            "smooth_calibration_bootstrap"
        } else {
            "smooth_calibration"
        };
        Some(Ok(Quantity::new(estimate, limits, method)))
    }

    /// The curve over the range of the group's scores; empty where there is none.
    pub(super) fn points(&self, group: &Group, confidence: f64) -> Vec<SmoothPoint> {
        let Some(Ok(curve)) = &self.found else {
            return Vec::new();
        };
        let inside = |score: &&f64| **score > 0.0 && **score < 1.0;
        let least = group
            .y_score
            .iter()
            .filter(inside)
            .copied()
            .reduce(f64::min);
        let largest = group
            .y_score
            .iter()
            .filter(inside)
            .copied()
            .reduce(f64::max);
        let (Some(least), Some(largest)) = (least, largest) else {
            return Vec::new();
        };
        let point = |step: u32| {
            let probability = least + (largest - least) * f64::from(step) / f64::from(POINTS);
            let limits = curve.band_at(probability, confidence).ok();
            SmoothPoint {
                probability,
                observed: curve.observed_at(probability),
                lower: limits.map(|limits| limits.lower),
                upper: limits.map(|limits| limits.upper),
            }
        };
        (0..=POINTS)
            .map(point)
            .filter(|point| point.observed.is_finite())
            .collect()
    }
}
