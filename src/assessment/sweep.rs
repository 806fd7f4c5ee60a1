//! Sensitivity and specificity of a group over thresholds: what another threshold would give.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimates::Place;
use super::measured::Group;

/// Steps of a sweep.
const STEPS: u32 = 40;

/// Sensitivity and specificity of one group over thresholds that are the same for every group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThresholdSweep {
    /// Endpoint.
    pub endpoint: String,
    /// Attribute, `overall` for the whole cohort.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Reference positives; null where withheld.
    pub n_positive: Option<u64>,
    /// Reference negatives; null where withheld.
    pub n_negative: Option<u64>,
    /// By ascending threshold; empty without any sample, and where withheld.
    pub points: Vec<SweepPoint>,
}

/// Sensitivity and specificity at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweepPoint {
    /// Threshold.
    pub threshold: f64,
    /// Share of positives called positive; null without positives.
    pub sensitivity: Option<f64>,
    /// Share of negatives called negative; null without negatives.
    pub specificity: Option<f64>,
}

/// Thresholds of an endpoint's sweeps: equal steps over the range of the score histograms, and
/// the endpoint's own.
pub(super) fn thresholds((from, to): (f64, f64), own: f64) -> Vec<f64> {
    let step = |number: u32| from + (to - from) * f64::from(number) / f64::from(STEPS);
    let mut thresholds: Vec<f64> = (0..=STEPS).map(step).collect();
    thresholds.push(own);
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    thresholds
}

/// The sweep of one group, whose scores ascend.
pub(super) fn sweep(place: &Place<'_>, group: &Group, thresholds: &[f64]) -> ThresholdSweep {
    let of = |class: bool| -> Vec<f64> {
        group
            .y_true
            .iter()
            .zip(&group.y_score)
            .filter(|(y, _)| **y == class)
            .map(|(_, score)| *score)
            .collect()
    };
    let (positive, negative) = (of(true), of(false));
    // Scores on the threshold are called positive in either direction.
    let flagged = |scores: &[f64], threshold: f64| {
        if group.lower {
            scores.partition_point(|score| *score <= threshold)
        } else {
            scores.len() - scores.partition_point(|score| *score < threshold)
        }
    };
    let share = |count: usize, all: usize| (all > 0).then(|| count as f64 / all as f64);
    let point = |threshold: &f64| SweepPoint {
        threshold: *threshold,
        sensitivity: share(flagged(&positive, *threshold), positive.len()),
        specificity: share(
            negative.len() - flagged(&negative, *threshold),
            negative.len(),
        ),
    };
    ThresholdSweep {
        endpoint: place.endpoint.to_owned(),
        attribute: place.attribute.to_owned(),
        level: place.level.to_owned(),
        n_positive: Some(positive.len() as u64),
        n_negative: Some(negative.len() as u64),
        points: if group.y_true.is_empty() {
            Vec::new()
        } else {
            thresholds.iter().map(point).collect()
        },
    }
}
