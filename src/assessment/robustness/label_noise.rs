//! Wrong labels: how many would erase or make a difference, and values under an imperfect reference.

use crate::assessment::EstimateStatus;
use crate::assessment::metric::Metric;
use crate::cohort::Strata;
use crate::config::Sampling;
use crate::statistics::{
    AgainstReference, Interval, NotEstimable, ProportionDifference, TippingPoint, tipping_point,
};

use super::counts::{ClassCounts, Compared};
use super::{LabelNoise, ReferencePoint, Setting};

/// Sensitivity or specificity of the reference standard for which values are given.
const REFERENCE_ACCURACY: [f64; 5] = [1.0, 0.99, 0.98, 0.95, 0.90];

/// One row for each known level.
pub(super) fn label_noise(
    setting: &Setting<'_>,
    strata: &Strata,
    metric: Metric,
    by_class: &[ClassCounts; 2],
    compared: &Compared<'_>,
) -> Vec<LabelNoise> {
    let [positives, negatives] = by_class;
    let known = |level: usize| !strata.holds_missing[level];
    let all = |counts: &ClassCounts| {
        (0..strata.levels.len())
            .filter(|level| known(*level))
            .map(|level| counts.sums(level))
            .fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1))
    };
    let (all_positives, all_negatives) = (all(positives), all(negatives));
    (0..strata.levels.len())
        .filter(|level| known(*level))
        .map(|level| {
            let (p, n) = (positives.sums(level), negatives.sums(level));
            let less = |all: (u64, u64), own: (u64, u64)| (all.0 - own.0, all.1 - own.1);
            let tables = (
                table(p, n),
                table(less(all_positives, p), less(all_negatives, n)),
            );
            row(setting, strata, metric, compared, level, tables)
        })
        .collect()
}

/// Decisions of one arm against the reference, from its right decisions by class.
fn table(positives: (u64, u64), negatives: (u64, u64)) -> AgainstReference {
    AgainstReference {
        true_positive: positives.0 as f64,
        false_negative: (positives.1 - positives.0) as f64,
        true_negative: negatives.0 as f64,
        false_positive: (negatives.1 - negatives.0) as f64,
    }
}

fn row(
    setting: &Setting<'_>,
    strata: &Strata,
    metric: Metric,
    compared: &Compared<'_>,
    level: usize,
    (own, others): (AgainstReference, AgainstReference),
) -> LabelNoise {
    let confidence = setting.audit.statistics.confidence;
    let (attribute, name) = (&strata.attribute, &strata.levels[level]);
    let enriched = setting.audit.cohort.sampling == Some(Sampling::Enriched);
    let mut row = LabelNoise {
        id: setting.id(metric, &format!("{attribute}.{name}-label-noise")),
        endpoint: setting.measured.endpoint.clone(),
        metric: metric.id().to_owned(),
        attribute: attribute.clone(),
        level: name.clone(),
        difference: None,
        significant: None,
        erases: None,
        loses_significance: None,
        creates_deficit: None,
        creates_excess: None,
        confidence_level: confidence,
        method: String::new(),
        reference_grid: Vec::new(),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    let found = compared
        .difference(level)
        .and_then(|of| tipped(&of, confidence).map(|found| (of, found)));
    match found {
        Err(why) => row.reason = Some(why.to_string()),
        Ok((of, (tipping, limits))) => {
            row.difference = Some(of.estimate());
            row.significant = Some(!limits.contains(0.0));
            row.erases = tipping.erases;
            row.loses_significance = tipping.loses_significance;
            row.creates_deficit = tipping.creates_deficit;
            row.creates_excess = tipping.creates_excess;
            row.method = "label_tipping_point".to_owned();
            row.status = EstimateStatus::Ok;
            if !enriched {
                row.reference_grid = grid(metric, &own, &others);
            }
        }
    }
    row
}

/// Tipping points on the counts whose Newcombe interval is the displayed one.
fn tipped(
    of: &ProportionDifference,
    confidence: f64,
) -> Result<(TippingPoint, Interval), NotEstimable> {
    let tipping = tipping_point(
        of.a.wilson_counts(confidence)?,
        of.b.wilson_counts(confidence)?,
        of.correlation,
        confidence,
    )?;
    Ok((tipping, of.interval(confidence)?))
}

fn grid(metric: Metric, own: &AgainstReference, others: &AgainstReference) -> Vec<ReferencePoint> {
    let value = |of: &AgainstReference, accuracy: f64| {
        if metric == Metric::Sensitivity {
            of.sensitivity(accuracy).ok()
        } else {
            of.specificity(accuracy).ok()
        }
    };
    REFERENCE_ACCURACY
        .into_iter()
        .map(|accuracy| {
            let estimate = value(own, accuracy);
            let reference_estimate = value(others, accuracy);
            let less = |other: Option<f64>| Some(estimate? - other?);
            ReferencePoint {
                reference_accuracy: accuracy,
                estimate,
                reference_estimate,
                difference: less(reference_estimate),
                difference_if_only_here: less(value(others, 1.0)),
            }
        })
        .collect()
}
