//! Cells of a crossing, raw and partially pooled.

use crate::assessment::EstimateStatus;
use crate::assessment::metric::Metric;
use crate::cohort::Strata;
use crate::statistics::{NotEstimable, PartialPooling, partial_pooling};

use super::counts::ClassCounts;
use super::{Pooled, Setting};

/// One row for each cell whose levels are known, an empty one too.
pub(super) fn pooled(
    setting: &Setting<'_>,
    strata: &Strata,
    metric: Metric,
    counts: &ClassCounts,
) -> Vec<Pooled> {
    let levels: Vec<usize> = (0..strata.levels.len())
        .filter(|level| !strata.holds_missing[*level])
        .collect();
    let confidence = setting.audit.statistics.confidence;
    let found = fitted(counts, &levels, confidence);
    let row = |(place, level): (usize, &usize)| {
        let (attribute, name) = (&strata.attribute, &strata.levels[*level]);
        let (events, trials) = counts.sums(*level);
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
    counts: &ClassCounts,
    levels: &[usize],
    confidence: f64,
) -> Result<PartialPooling, NotEstimable> {
    let cells = levels
        .iter()
        .map(|level| counts.effective(*level))
        .collect::<Result<Vec<(f64, f64)>, NotEstimable>>()?;
    partial_pooling(&cells, confidence)
}
