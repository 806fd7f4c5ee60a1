//! Two scores on the same cases.

use super::super::result::AuditResult;
use super::{Csv, float, integer, status, text};

pub(super) fn table(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "other_endpoint",
        "metric",
        "attribute",
        "level",
        "n",
        "n_clusters",
        "both",
        "first_only",
        "second_only",
        "neither",
        "estimate",
        "other_estimate",
        "difference",
        "lower",
        "upper",
        "confidence_level",
        "method",
        "p",
        "p_mcnemar_exact",
        "p_mcnemar_continuity",
        "status",
        "reason",
    ]);
    for one in &result.paired {
        table.row(vec![
            one.id.clone(),
            one.endpoint.clone(),
            one.other_endpoint.clone(),
            one.metric.clone(),
            one.attribute.clone(),
            one.level.clone(),
            integer(one.n),
            integer(one.n_clusters),
            integer(one.both),
            integer(one.first_only),
            integer(one.second_only),
            integer(one.neither),
            float(one.estimate),
            float(one.other_estimate),
            float(one.difference),
            float(one.lower),
            float(one.upper),
            one.confidence_level.to_string(),
            one.method.clone(),
            float(one.p),
            float(one.p_mcnemar_exact),
            float(one.p_mcnemar_continuity),
            status(one.status),
            text(one.reason.as_ref()),
        ]);
    }
    table.text
}
