//! CSV tables of thresholds: what if groups had their own, and sweeps.

use super::result::AuditResult;
use super::tables::{Csv, float, integer, status, text};

pub(super) fn group_thresholds(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "endpoint",
        "attribute",
        "level",
        "rule",
        "target",
        "on",
        "threshold",
        "sensitivity",
        "specificity",
        "n_positive",
        "n_negative",
        "n_patients",
        "measured_sensitivity",
        "measured_specificity",
        "status",
        "reason",
    ]);
    for row in &result.group_thresholds {
        table.row(vec![
            row.endpoint.clone(),
            row.attribute.clone(),
            row.level.clone(),
            row.rule.clone(),
            float(row.target),
            row.on.clone(),
            float(row.threshold),
            float(row.sensitivity),
            float(row.specificity),
            integer(row.n_positive),
            integer(row.n_negative),
            integer(row.n_patients),
            float(row.measured_sensitivity),
            float(row.measured_specificity),
            status(row.status),
            text(row.reason.as_ref()),
        ]);
    }
    table.text
}

pub(super) fn threshold_sweeps(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "endpoint",
        "attribute",
        "level",
        "n_positive",
        "n_negative",
        "threshold",
        "sensitivity",
        "specificity",
        "sensitivity_gap",
        "specificity_gap",
    ]);
    for sweep in &result.threshold_sweeps {
        for point in &sweep.points {
            table.row(vec![
                sweep.endpoint.clone(),
                sweep.attribute.clone(),
                sweep.level.clone(),
                integer(sweep.n_positive),
                integer(sweep.n_negative),
                point.threshold.to_string(),
                float(point.sensitivity),
                float(point.specificity),
                float(point.sensitivity_gap),
                float(point.specificity_gap),
            ]);
        }
    }
    table.text
}
