//! The CSV tables of the analyses beside the comparisons.

use crate::assessment::{CommonEffect, ReferencePoint};

use super::result::AuditResult;
use super::tables::{Csv, float, integer, status, text};

/// The tables as (file name, text); each has its head row where nothing was computed.
pub(super) fn tables(result: &AuditResult) -> Vec<(String, String)> {
    [
        ("case_mix.csv", case_mix(result)),
        ("case_mix_cells.csv", case_mix_cells(result)),
        ("missing_attribute.csv", missing_attribute(result)),
        ("label_noise.csv", label_noise(result)),
        ("imperfect_reference.csv", imperfect_reference(result)),
        ("failures_as_errors.csv", failures_as_errors(result)),
        ("spread.csv", spread(result)),
        ("funnels.csv", funnels(result)),
        ("pooled.csv", pooled(result)),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text))
    .collect()
}

fn case_mix(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "within",
        "crude_difference",
        "crude_lower",
        "crude_upper",
        "crude_method",
        "crude_difference_of_used",
        "estimate",
        "reference_estimate",
        "difference",
        "lower",
        "upper",
        "confidence_level",
        "method",
        "n_shared_patients",
        "mantel_haenszel_difference",
        "mantel_haenszel_difference_lower",
        "mantel_haenszel_difference_upper",
        "mantel_haenszel_odds_ratio",
        "mantel_haenszel_odds_ratio_lower",
        "mantel_haenszel_odds_ratio_upper",
        "breslow_day_tarone",
        "breslow_day_tarone_df",
        "breslow_day_tarone_p",
        "on_effective_counts",
        "status",
        "reason",
    ]);
    let effect = |of: &CommonEffect| [float(of.estimate), float(of.lower), float(of.upper)];
    for one in &result.case_mix {
        let mut row = vec![
            one.id.clone(),
            one.endpoint.clone(),
            one.metric.clone(),
            one.attribute.clone(),
            one.level.clone(),
            one.within.clone(),
            float(one.crude_difference),
            float(one.crude_lower),
            float(one.crude_upper),
            one.crude_method.clone(),
            float(one.crude_difference_of_used),
            float(one.estimate),
            float(one.reference_estimate),
            float(one.difference),
            float(one.lower),
            float(one.upper),
            one.confidence_level.to_string(),
            one.method.clone(),
            integer(one.n_shared_patients),
        ];
        row.extend(effect(&one.mantel_haenszel_difference));
        row.extend(effect(&one.mantel_haenszel_odds_ratio));
        row.extend([
            float(one.homogeneity.statistic),
            float(one.homogeneity.df),
            float(one.homogeneity.p),
            one.on_effective_counts.to_string(),
            status(one.status),
            text(one.reason.as_ref()),
        ]);
        table.row(row);
    }
    table.text
}

fn case_mix_cells(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "within",
        "within_level",
        "n",
        "n_patients",
        "n_reference",
        "n_patients_reference",
        "weight",
        "hardly_occurs",
    ]);
    for one in &result.case_mix {
        for cell in &one.cells {
            table.row(vec![
                one.id.clone(),
                one.endpoint.clone(),
                one.metric.clone(),
                one.attribute.clone(),
                one.level.clone(),
                one.within.clone(),
                cell.level.clone(),
                cell.n.to_string(),
                cell.n_patients.to_string(),
                cell.n_reference.to_string(),
                cell.n_patients_reference.to_string(),
                float(cell.weight),
                cell.hardly_occurs.to_string(),
            ]);
        }
    }
    table.text
}

fn missing_attribute(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "difference",
        "worst",
        "best",
        "lower",
        "upper",
        "confidence_level",
        "method",
        "status",
        "reason",
    ]);
    for one in &result.missing_attribute {
        table.row(vec![
            one.id.clone(),
            one.endpoint.clone(),
            one.metric.clone(),
            one.attribute.clone(),
            one.level.clone(),
            float(one.difference),
            float(one.worst),
            float(one.best),
            float(one.lower),
            float(one.upper),
            one.confidence_level.to_string(),
            one.method.clone(),
            status(one.status),
            text(one.reason.as_ref()),
        ]);
    }
    table.text
}

fn label_noise(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "difference",
        "significant",
        "erases",
        "loses_significance",
        "creates_deficit",
        "creates_excess",
        "confidence_level",
        "method",
        "status",
        "reason",
    ]);
    for one in &result.label_noise {
        table.row(vec![
            one.id.clone(),
            one.endpoint.clone(),
            one.metric.clone(),
            one.attribute.clone(),
            one.level.clone(),
            float(one.difference),
            one.significant
                .map(|significant| significant.to_string())
                .unwrap_or_default(),
            float(one.erases),
            float(one.loses_significance),
            float(one.creates_deficit),
            float(one.creates_excess),
            one.confidence_level.to_string(),
            one.method.clone(),
            status(one.status),
            text(one.reason.as_ref()),
        ]);
    }
    table.text
}

fn imperfect_reference(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "reference_accuracy",
        "estimate",
        "lower",
        "upper",
        "reference_estimate",
        "difference",
        "difference_if_only_here",
    ]);
    for one in &result.label_noise {
        for point in &one.reference_grid {
            let ReferencePoint {
                reference_accuracy,
                estimate,
                lower,
                upper,
                reference_estimate,
                difference,
                difference_if_only_here,
            } = point;
            table.row(vec![
                one.id.clone(),
                one.endpoint.clone(),
                one.metric.clone(),
                one.attribute.clone(),
                one.level.clone(),
                reference_accuracy.to_string(),
                float(*estimate),
                float(*lower),
                float(*upper),
                float(*reference_estimate),
                float(*difference),
                float(*difference_if_only_here),
            ]);
        }
    }
    table.text
}

fn failures_as_errors(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "n_class",
        "n_failed",
        "plain_estimate",
        "plain_lower",
        "plain_upper",
        "estimate",
        "lower",
        "upper",
        "confidence_level",
        "method",
        "status",
        "reason",
    ]);
    for one in &result.failures_as_errors {
        table.row(vec![
            one.id.clone(),
            one.endpoint.clone(),
            one.metric.clone(),
            one.attribute.clone(),
            one.level.clone(),
            integer(one.n_class),
            integer(one.n_failed),
            float(one.plain_estimate),
            float(one.plain_lower),
            float(one.plain_upper),
            float(one.estimate),
            float(one.lower),
            float(one.upper),
            one.confidence_level.to_string(),
            one.method.clone(),
            status(one.status),
            text(one.reason.as_ref()),
        ]);
    }
    table.text
}

/// One row a level; the limits are those of the figure and stand in results.json.
fn funnels(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "n_class",
        "n_effective",
        "estimate",
        "target",
        "outside",
        "method",
    ]);
    for one in &result.funnels {
        for point in &one.points {
            table.row(vec![
                one.id.clone(),
                one.endpoint.clone(),
                one.metric.clone(),
                one.attribute.clone(),
                point.level.clone(),
                point.n_class.to_string(),
                point.n_effective.to_string(),
                point.estimate.to_string(),
                float(one.target),
                point.outside.clone(),
                one.method.clone(),
            ]);
        }
    }
    table.text
}

fn spread(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "levels",
        "lowest",
        "highest",
        "range",
        "expected_by_chance",
        "upper_95_by_chance",
        "bias_corrected",
        "confidence_level",
        "method",
        "status",
        "reason",
    ]);
    for one in &result.spread {
        table.row(vec![
            one.id.clone(),
            one.endpoint.clone(),
            one.metric.clone(),
            one.attribute.clone(),
            one.level.clone(),
            one.levels.join("; "),
            text(one.lowest.as_ref()),
            text(one.highest.as_ref()),
            float(one.range),
            float(one.expected_by_chance),
            float(one.upper_95_by_chance),
            float(one.bias_corrected),
            one.confidence_level.to_string(),
            one.method.clone(),
            status(one.status),
            text(one.reason.as_ref()),
        ]);
    }
    table.text
}

fn pooled(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "n_class",
        "raw_estimate",
        "estimate",
        "lower",
        "upper",
        "mean",
        "prior_size",
        "confidence_level",
        "method",
        "status",
        "reason",
    ]);
    for one in &result.pooled {
        table.row(vec![
            one.id.clone(),
            one.endpoint.clone(),
            one.metric.clone(),
            one.attribute.clone(),
            one.level.clone(),
            integer(one.n_class),
            float(one.raw_estimate),
            float(one.estimate),
            float(one.lower),
            float(one.upper),
            float(one.mean),
            float(one.prior_size),
            one.confidence_level.to_string(),
            one.method.clone(),
            status(one.status),
            text(one.reason.as_ref()),
        ]);
    }
    table.text
}
