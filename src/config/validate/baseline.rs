//! `baseline` of a rule: stored results that a metric is compared with.

use std::path::PathBuf;

use super::super::audit::{BaselineFile, Compare, GatedMetric};
use super::super::keys;
use super::super::located::Located;
use super::reader::Value;

type Files = (Located<String>, PathBuf, Option<Located<PathBuf>>);

/// `FILE`, or `{results: FILE, scores: FILE}`.
fn files(value: &Value<'_>) -> Option<Files> {
    if !value.is_mapping() {
        return Some((value.name()?, value.path()?.value, None));
    }
    let section = value.section(&keys::BASELINE)?;
    let results = section.required(
        "results",
        "name the file that `equipoise baseline` wrote: `results: baselines/v1.json`",
    );
    let scores = section.required(
        "scores",
        "name the table of the scores behind it, or write `baseline: FILE` without one",
    );
    let (results, scores) = (results?, scores?);
    Some((results.name()?, results.path()?.value, Some(scores.path()?)))
}

/// Reads the path. Whether the file is there is said with the result: a first audit has none yet.
pub(super) fn baseline(
    value: &Value<'_>,
    metric: Option<GatedMetric>,
    compare: Option<Compare>,
) -> Option<BaselineFile> {
    let (named, path, scores) = files(value)?;
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
        _ => {
            return Some(BaselineFile {
                named,
                path,
                scores,
            });
        }
    };
    let name = metric.map_or("", GatedMetric::id);
    value.error(
        "not-comparable",
        format!("`{name}` is not compared with a baseline: {reason}"),
        "bound the metric itself, without `baseline`",
    );
    None
}
