//! Data of the figures: ROC, reliability diagram, score histograms. Aggregates only.

use crate::config::StatisticsSpec;
use crate::metrics::{self, Bins, ShareOf};

use super::estimates::Place;
use super::measured::Group;
use super::smooth::SmoothCurve;
use super::{ReliabilityBin, StratumCurves};

/// Bars of a score histogram.
const HISTOGRAM_BINS: usize = 20;
/// Bins of a reliability diagram.
const RELIABILITY_BINS: usize = 10;
/// Vertices of a ROC curve at most.
const ROC_VERTICES: usize = 200;

/// Curves of one group. `range` is that of all scores of the endpoint, the same for every group.
pub(super) fn curves(
    spec: &StatisticsSpec,
    place: &Place<'_>,
    group: &Group,
    range: (f64, f64),
    smooth: &SmoothCurve,
) -> StratumCurves {
    let bands = bands(spec, group);
    let operating_point = operating_point(group);
    let ranked = group.ranked().ok();
    let roc = ranked.and_then(|ranked| ranked.roc_curve(ROC_VERTICES, None).ok());
    let precision_recall = ranked
        .filter(|_| !place.enriched)
        .and_then(|ranked| ranked.precision_recall_curve(ROC_VERTICES).ok());
    let (negative, positive) = histograms(group, range);
    StratumCurves {
        endpoint: place.endpoint.to_owned(),
        attribute: place.attribute.to_owned(),
        level: place.level.to_owned(),
        roc: roc.unwrap_or_default(),
        operating_point,
        // The share of positives at a probability is that of the choice of cases.
        reliability: if group.probability && !place.enriched {
            reliability(group, spec.confidence)
        } else {
            Vec::new()
        },
        smooth: if place.enriched {
            Vec::new()
        } else {
            smooth.points(group, spec.confidence)
        },
        precision_recall: precision_recall.unwrap_or_default(),
        roc_band: bands.as_ref().map_or_else(Vec::new, |bands| {
            let one = |band: &metrics::RocBand| {
                (
                    band.false_positive_rate,
                    band.sensitivity.lower,
                    band.sensitivity.upper,
                )
            };
            bands.roc.iter().map(one).collect()
        }),
        precision_recall_band: bands
            .filter(|_| !place.enriched)
            .map_or_else(Vec::new, |bands| {
                let one = |band: &metrics::PrecisionRecall| {
                    (band.recall, band.precision.lower, band.precision.upper)
                };
                bands.precision_recall.iter().map(one).collect()
            }),
        histogram_negative: negative,
        histogram_positive: positive,
        histogram_range: range,
    }
}

/// Bands from resampled patients, where the audit asks for them and the group allows them.
fn bands(spec: &StatisticsSpec, group: &Group) -> Option<metrics::CurveBand> {
    if !spec.curve_bands {
        return None;
    }
    metrics::curve_bands(
        &group.y_true,
        &group.rank(),
        group.clusters(),
        spec.confidence,
        spec.replicates.get() as u64,
        spec.seed,
    )
    .ok()
}

/// Range of the histogram: 0 to 1 for probabilities, else the observed one.
pub(super) fn score_range(scores: &[f64], probability: bool) -> (f64, f64) {
    if probability || scores.is_empty() {
        return (0.0, 1.0);
    }
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if least < largest {
        (least, largest)
    } else {
        (least - 0.5, largest + 0.5)
    }
}

fn operating_point(group: &Group) -> Option<(f64, f64)> {
    let counts = group.kinds().total();
    let (events, positives) = ShareOf::Sensitivity.of(&counts);
    let (right, negatives) = ShareOf::Specificity.of(&counts);
    (positives > 0 && negatives > 0).then(|| {
        (
            (negatives - right) as f64 / negatives as f64,
            events as f64 / positives as f64,
        )
    })
}

fn histograms(group: &Group, (from, to): (f64, f64)) -> (Vec<u64>, Vec<u64>) {
    let mut negative = vec![0u64; HISTOGRAM_BINS];
    let mut positive = vec![0u64; HISTOGRAM_BINS];
    for (y, score) in group.y_true.iter().zip(&group.y_score) {
        let bin = bin_of((score - from) / (to - from), HISTOGRAM_BINS);
        if *y {
            positive[bin] += 1
        } else {
            negative[bin] += 1
        }
    }
    (negative, positive)
}

/// Bin of a share of the range; the last bin holds its upper edge.
fn bin_of(share: f64, bins: usize) -> usize {
    // Towards 0, and 0 for what lies below.
    ((share * bins as f64) as usize).min(bins - 1)
}

fn reliability(group: &Group, confidence: f64) -> Vec<ReliabilityBin> {
    let Ok(ranked) = group.probabilities() else {
        return Vec::new();
    };
    ranked
        .observed_shares(&Bins::Width(RELIABILITY_BINS))
        .into_iter()
        .enumerate()
        .filter(|(_, bin)| bin.n > 0)
        .map(|(number, bin)| {
            let limits = bin.share.and_then(|share| share.wilson(confidence)).ok();
            ReliabilityBin {
                from: number as f64 / RELIABILITY_BINS as f64,
                to: (number + 1) as f64 / RELIABILITY_BINS as f64,
                n: bin.n,
                n_positive: bin.n_positive,
                mean_score: bin.mean_probability,
                observed: bin.n_positive as f64 / bin.n as f64,
                lower: limits.map(|limits| limits.lower),
                upper: limits.map(|limits| limits.upper),
            }
        })
        .collect()
}
