//! Bounds of a difference if the samples without the attribute belonged to either group.

use crate::assessment::EstimateStatus;
use crate::assessment::metric::Metric;
use crate::cohort::Strata;
use crate::statistics::{Interval, MissingBounds, NotEstimable, missing_attribute_bounds};

use super::counts::{Added, Compared, by_class};
use super::{MissingAttribute, SHARES, Setting};

/// One row for each known level of an attribute with missing values; none without any.
pub(super) fn missing_attribute(setting: &Setting<'_>, strata: &Strata) -> Vec<MissingAttribute> {
    let Some(missing) = strata.holds_missing.iter().position(|missing| *missing) else {
        return Vec::new();
    };
    let codes = |sample: usize| Some(usize::from(strata.codes[sample]));
    let by_class = by_class(setting.measured, strata.levels.len(), codes);
    let mut rows = Vec::new();
    for ((metric, _), counts) in SHARES.into_iter().zip(&by_class) {
        let compared = Compared::new(counts, |level| !strata.holds_missing[level]);
        let known = (0..strata.levels.len()).filter(|level| *level != missing);
        rows.extend(known.map(|level| row(setting, strata, metric, &compared, level, missing)));
    }
    rows
}

fn row(
    setting: &Setting<'_>,
    strata: &Strata,
    metric: Metric,
    compared: &Compared<'_>,
    level: usize,
    missing: usize,
) -> MissingAttribute {
    let confidence = setting.audit.statistics.confidence;
    let (attribute, name) = (&strata.attribute, &strata.levels[level]);
    let mut row = MissingAttribute {
        id: setting.id(metric, &format!("{attribute}.{name}-if-missing")),
        endpoint: setting.measured.endpoint.clone(),
        metric: metric.id().to_owned(),
        attribute: attribute.clone(),
        level: name.clone(),
        difference: None,
        worst: None,
        best: None,
        lower: None,
        upper: None,
        confidence_level: confidence,
        method: String::new(),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    match bounds(compared, level, missing, confidence) {
        Err(why) => row.reason = Some(why.to_string()),
        Ok((bounds, limits)) => {
            row.difference = Some(bounds.observed);
            row.worst = Some(bounds.worst);
            row.best = Some(bounds.best);
            row.lower = Some(limits.lower);
            row.upper = Some(limits.upper);
            row.method = "missing_attribute_bounds".to_owned();
            row.status = EstimateStatus::Ok;
        }
    }
    row
}

/// The extremes over all ways to share out the missing, and the outer limits of the two.
fn bounds(
    compared: &Compared<'_>,
    level: usize,
    missing: usize,
    confidence: f64,
) -> Result<(MissingBounds, Interval), NotEstimable> {
    // First, so that an empty arm is named by its class.
    compared.difference(level)?;
    let counts = compared.counts;
    let bounds = missing_attribute_bounds(
        counts.sums(level),
        compared.complement_sums(level),
        counts.sums(missing),
    )?;
    let extreme = |errors_to_level: bool| {
        let added = Added {
            cells: &counts.levels[missing],
            errors_to_level,
        };
        compared
            .difference_with(level, Some(added))?
            .interval(confidence)
    };
    let limits = Interval {
        lower: extreme(true)?.lower,
        upper: extreme(false)?.upper,
    };
    Ok((bounds, limits))
}
