//! `baseline` of a rule: stored results that a metric is compared with.

use super::super::audit::{BaselineFile, Compare, GatedMetric};
use super::reader::Value;

/// Reads the path. Whether the file is there is said with the result: a first audit has none yet.
pub(super) fn baseline(
    value: &Value<'_>,
    metric: Option<GatedMetric>,
    compare: Option<Compare>,
) -> Option<BaselineFile> {
    let named = value.name()?;
    let path = value.path()?.value;
    if compare.is_some_and(|compare| compare != Compare::None) {
        value.error(
            "contradiction",
            "the rule compares groups with each other and with a baseline at once",
            "write two rules, or remove `compare`",
        );
        return None;
    }
    let reason = match metric {
        Some(GatedMetric::DecisionFlips) => "it is a count of this run",
        Some(
            GatedMetric::OeRatio
            | GatedMetric::CalibrationIntercept
            | GatedMetric::CalibrationSlope,
        ) => "a change towards or away from perfect calibration has no single direction",
        _ => return Some(BaselineFile { named, path }),
    };
    let name = metric.map_or("", GatedMetric::id);
    value.error(
        "not-comparable",
        format!("`{name}` is not compared with a baseline: {reason}"),
        "bound the metric itself, without `baseline`",
    );
    None
}
