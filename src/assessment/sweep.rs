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
    /// Sensitivity less that of everyone else whose level is known, at the same threshold; null
    /// for the whole cohort, for missing levels, and where either is not known.
    #[serde(default)]
    pub sensitivity_gap: Option<f64>,
    /// The same of specificity.
    #[serde(default)]
    pub specificity_gap: Option<f64>,
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
            sensitivity_gap: None,
            specificity_gap: None,
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

/// Correctly decided samples and all samples of one class, of one level at one threshold.
type Counted = (f64, f64);

/// Sets, at every threshold, each known level of an attribute against all other known levels.
/// Samples are counted, so that patients with several weigh more; the comparisons have limits,
/// these curves have none.
pub(super) fn gaps(sweeps: &mut [ThresholdSweep], is_known: impl Fn(&ThresholdSweep) -> bool) {
    let known: Vec<usize> = (0..sweeps.len())
        .filter(|place| is_known(&sweeps[*place]) && !sweeps[*place].points.is_empty())
        .collect();
    let steps = known.iter().map(|place| sweeps[*place].points.len());
    let Some(steps) = steps.min() else { return };
    for step in 0..steps {
        let counts: Vec<[Counted; 2]> = known
            .iter()
            .map(|place| {
                let sweep = &sweeps[*place];
                let count = |share: Option<f64>, n: Option<u64>| {
                    let n = n.unwrap_or_default() as f64;
                    (share.map_or(0.0, |share| (share * n).round()), n)
                };
                let point = &sweep.points[step];
                [
                    count(point.sensitivity, sweep.n_positive),
                    count(point.specificity, sweep.n_negative),
                ]
            })
            .collect();
        for (own, place) in known.iter().enumerate() {
            let gap = |class: usize| {
                let (right, n) = counts[own][class];
                let (all_right, all_n) = counts.iter().fold((0.0, 0.0), |all, one| {
                    (all.0 + one[class].0, all.1 + one[class].1)
                });
                (n > 0.0 && all_n > n).then(|| right / n - (all_right - right) / (all_n - n))
            };
            let (sensitivity_gap, specificity_gap) = (gap(0), gap(1));
            let point = &mut sweeps[*place].points[step];
            (point.sensitivity_gap, point.specificity_gap) = (sensitivity_gap, specificity_gap);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(level: &str, found: u64, positives: u64) -> ThresholdSweep {
        ThresholdSweep {
            endpoint: "e".to_owned(),
            attribute: "site".to_owned(),
            level: level.to_owned(),
            n_positive: Some(positives),
            n_negative: Some(0),
            points: vec![SweepPoint {
                threshold: 0.5,
                sensitivity: (positives > 0).then(|| found as f64 / positives as f64),
                specificity: None,
                sensitivity_gap: None,
                specificity_gap: None,
            }],
        }
    }

    #[test]
    fn a_gap_is_to_all_other_known_levels_together() {
        let mut sweeps = [
            of("A", 8, 10),
            of("B", 10, 40),
            of("C", 0, 0),
            of("(missing)", 5, 5),
        ];
        gaps(&mut sweeps, |sweep| sweep.level != "(missing)");
        let gap = |place: usize| sweeps[place].points[0].sensitivity_gap;
        assert!((gap(0).unwrap() - (0.8 - 0.25)).abs() < 1e-12);
        assert!((gap(1).unwrap() - (0.25 - 0.8)).abs() < 1e-12);
        assert_eq!((gap(2), gap(3)), (None, None));
        assert_eq!(sweeps[0].points[0].specificity_gap, None);
    }
}
