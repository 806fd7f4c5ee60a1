//! Cells of a crossing, raw and partially pooled.

use crate::assessment::EstimateStatus;
use crate::statistics::{NotEstimable, PartialPooling, partial_pooling};

use super::{OfShare, Pooled, Setting};

/// One row for each cell whose levels are known, an empty one too.
pub(super) fn pooled(setting: &Setting<'_>, of: &OfShare<'_>) -> Vec<Pooled> {
    let (strata, metric) = (of.strata, of.metric);
    let levels: Vec<usize> = of.known().collect();
    let confidence = setting.audit.statistics.confidence;
    let found = fitted(of, &levels, confidence);
    let row = |(place, level): (usize, &usize)| {
        let (attribute, name) = (&strata.attribute, &strata.levels[*level]);
        let (events, trials) = of.table.sums(*level, of.share);
        let mut row = Pooled {
            id: setting.id(metric, &format!("{attribute}.{name}-pooled")),
            endpoint: setting.measured.endpoint.clone(),
            metric: metric.id().to_owned(),
            attribute: attribute.clone(),
            level: name.clone(),
            n_class: Some(trials),
            raw_estimate: (trials > 0).then(|| events as f64 / trials as f64),
            estimate: None,
            lower: None,
            upper: None,
            mean: None,
            prior_size: None,
            confidence_level: confidence,
            method: String::new(),
            status: EstimateStatus::NotEstimable,
            reason: None,
        };
        match &found {
            Err(why) => row.reason = Some(why.to_string()),
            Ok(found) => {
                row.estimate = Some(found.estimates[place]);
                row.lower = Some(found.intervals[place].lower);
                row.upper = Some(found.intervals[place].upper);
                row.mean = Some(found.mean);
                row.prior_size = found.prior_size;
                row.method = "beta_binomial_pooling".to_owned();
                row.status = EstimateStatus::Ok;
            }
        }
        row
    };
    levels.iter().enumerate().map(row).collect()
}

fn fitted(
    of: &OfShare<'_>,
    levels: &[usize],
    confidence: f64,
) -> Result<PartialPooling, NotEstimable> {
    let cells = levels
        .iter()
        .map(|level| of.table.effective(*level, of.share))
        .collect::<Result<Vec<(f64, f64)>, NotEstimable>>()?;
    partial_pooling(&cells, confidence)
}
