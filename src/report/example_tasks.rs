//! A result for tests whose endpoints all have a task: nothing in it is a yes-or-no decision on a score.

use super::example::chest;
use super::result::{AuditResult, TaskSummary};

fn task(name: &str, task: &str, parts: &[&str], metrics: &[&str]) -> TaskSummary {
    let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    TaskSummary {
        name: name.to_owned(),
        task: task.to_owned(),
        declared: Vec::new(),
        parts: texts(parts),
        metrics: texts(metrics),
    }
}

/// The metric and endpoint that stand in place of one of the binary endpoint's.
fn renamed(metric: &str) -> Option<(&'static str, &'static str)> {
    Some(match metric {
        "sensitivity" => ("sensitivity", "diagnosis:mel"),
        "specificity" => ("underdiagnosis_rate", "clear"),
        "auroc" => ("kappa", "diagnosis"),
        "brier" => ("hd95", "outline"),
        "calibration_slope" => ("dice", "outline"),
        _ => return None,
    })
}

/// Attributes with levels, some missing, and no binary endpoint.
pub(crate) fn tasks_only() -> AuditResult {
    let mut result = chest();
    result.methods.endpoints.clear();
    result.methods.tasks = vec![
        task("clear", "no_finding", &["clear"], &["underdiagnosis_rate"]),
        task(
            "diagnosis",
            "multiclass",
            &["diagnosis", "diagnosis:mel"],
            &["sensitivity", "kappa"],
        ),
        task("outline", "segmentation", &["outline"], &["hd95", "dice"]),
    ];
    result.estimates.retain(|e| renamed(&e.metric).is_some());
    for e in &mut result.estimates {
        let Some((metric, endpoint)) = renamed(&e.metric) else {
            continue;
        };
        if metric == "underdiagnosis_rate" {
            e.numerator = e.denominator.zip(e.numerator).map(|(n, k)| n - k);
            e.estimate = e.estimate.map(|value| 1.0 - value);
            (e.lower, e.upper) = (
                e.upper.map(|value| 1.0 - value),
                e.lower.map(|value| 1.0 - value),
            );
        }
        (e.metric, e.endpoint) = (metric.to_owned(), endpoint.to_owned());
        e.id = [metric, endpoint, &e.attribute, &e.level].join(".");
    }
    result.comparisons.retain(|c| c.metric == "sensitivity");
    for c in &mut result.comparisons {
        c.endpoint = "diagnosis:mel".to_owned();
    }
    for c in &mut result.checks {
        c.endpoint = "diagnosis:mel".to_owned();
    }
    result.tests.clear();
    result.curves.clear();
    result.case_mix.clear();
    result.missing_attribute.clear();
    result.label_noise.clear();
    result.failures_as_errors.clear();
    result.spread.clear();
    result.funnels.clear();
    result.pooled.clear();
    result.group_thresholds.clear();
    result.threshold_sweeps.clear();
    result
}
