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
    let n_positive = group.n_positive() as usize;
    let n_negative = group.y_true.len() - n_positive;
    // Positives among the samples up to a place; thresholds ascend, and so do the places.
    let (mut end, mut positives) = (0, 0);
    let share = |count: usize, all: usize| (all > 0).then(|| count as f64 / all as f64);
    let points = thresholds.iter().map(|threshold| {
        // Scores on the threshold are called positive in either direction.
        let below = if group.lower {
            group.y_score.partition_point(|score| score <= threshold)
        } else {
            group.y_score.partition_point(|score| score < threshold)
        };
        let between = group.y_true.get(end..below).unwrap_or_default();
        positives += between.iter().filter(|y| **y).count();
        end = below;
        let negatives = below - positives;
        let (sensitive, specific) = if group.lower {
            (positives, n_negative - negatives)
        } else {
            (n_positive - positives, negatives)
        };
        SweepPoint {
            threshold: *threshold,
            sensitivity: share(sensitive, n_positive),
            specificity: share(specific, n_negative),
        }
    });
    let points = if group.y_true.is_empty() {
        Vec::new()
    } else {
        points.collect()
    };
    ThresholdSweep {
        endpoint: place.endpoint.to_owned(),
        attribute: place.attribute.to_owned(),
        level: place.level.to_owned(),
        n_positive: Some(n_positive as u64),
        n_negative: Some(n_negative as u64),
        points,
    }
}
