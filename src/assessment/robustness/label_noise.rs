//! Wrong labels: how many would erase or make a difference, and values under an imperfect reference.

use crate::assessment::EstimateStatus;
use crate::config::Sampling;
use crate::statistics::{
    Interval, NotEstimable, ProportionDifference, TippingPoint, tipping_point,
};

use super::reference_grid::Tables;
use super::{LabelNoise, OfShare, Setting};

/// One row for each known level.
pub(super) fn label_noise(
    setting: &Setting<'_>,
    of: &OfShare<'_>,
    tables: &Tables,
) -> Vec<LabelNoise> {
    of.known()
        .map(|level| row(setting, of, level, tables))
        .collect()
}

fn row(setting: &Setting<'_>, of: &OfShare<'_>, level: usize, tables: &Tables) -> LabelNoise {
    let (strata, metric) = (of.strata, of.metric);
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
    let found = of
        .table
        .against_complement(level)
        .difference(of.share)
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
                row.reference_grid = tables.grid(metric, level, confidence);
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
