//! What the rooms found, in the shapes of `results.json`.

mod cohort;
mod findings;

use std::collections::BTreeSet;
use std::path::Path;

use crate::assessment::{Assessment, OperatingPoint};
use crate::config::{Audit, Direction, Prevalences, ScoreKind, SourceText, TaskEndpoint};
use crate::gate::Gated;
use crate::inference::Predictions;
use crate::report::{AuditIdentity, EndpointSummary, Methods, ModelInputSummary, TaskSummary};
use crate::tasks::Given;

pub(super) use cohort::{cohort, reason_in_words};
pub(super) use findings::findings;

/// Day on which the requirements were fixed, as the audit file says.
pub(super) fn locked(audit: &Audit) -> Option<String> {
    let gate = audit.gate.as_ref()?;
    gate.locked.map(|day| day.to_string())
}

pub(super) fn identity(audit: &Audit, source: &SourceText, file: &Path) -> AuditIdentity {
    AuditIdentity {
        id: audit.id.clone(),
        title: audit.title.clone(),
        intended_use: audit.intended_use.clone(),
        file: file
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        config_sha256: source.sha256.clone(),
        locked: locked(audit),
    }
}

pub(super) fn methods(
    audit: &Audit,
    predictions: &Predictions,
    points: &[OperatingPoint],
    assessment: &Assessment,
    gated: &Gated,
    (inputs, preprocessing): (Vec<ModelInputSummary>, Vec<String>),
) -> Methods {
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    ids.extend(assessment.estimates.iter().map(|one| one.method.as_str()));
    ids.extend(assessment.comparisons.iter().map(|one| one.method.as_str()));
    ids.extend(
        assessment
            .comparisons
            .iter()
            .filter_map(|one| one.ratio.as_ref())
            .map(|ratio| ratio.method.as_str()),
    );
    ids.extend(assessment.tests.iter().map(|one| one.method.as_str()));
    ids.extend(
        assessment
            .decision_curves
            .iter()
            .map(|one| one.method.as_str()),
    );
    ids.extend(
        assessment
            .cross_ranking
            .iter()
            .map(|one| one.method.as_str()),
    );
    ids.extend(assessment.paired.iter().map(|one| one.method.as_str()));
    if assessment
        .paired
        .iter()
        .any(|one| one.p_mcnemar_exact.is_some())
    {
        ids.insert("mcnemar");
    }
    if !assessment.cross_ranking.is_empty() {
        ids.insert("xauc");
    }
    if assessment.curves.iter().any(|one| !one.smooth.is_empty()) {
        ids.insert("smooth_calibration");
    }
    if assessment.curves.iter().any(|one| !one.roc_band.is_empty()) {
        ids.insert("curve_bands");
    }
    ids.extend(assessment.robustness.method_ids());
    ids.extend(
        points
            .iter()
            .filter_map(|point| point.choice.as_ref())
            .map(|choice| choice.method.as_str()),
    );
    ids.extend(gated.checks.iter().map(|one| one.method.as_str()));
    let compared = assessment.comparisons.iter();
    ids.extend(compared.map(|one| one.adjustment.as_str()));
    ids.extend(assessment.tests.iter().map(|one| one.adjustment.as_str()));
    ids.extend(gated.checks.iter().map(|one| one.adjustment.as_str()));
    ids.remove("");
    Methods {
        confidence: audit.statistics.confidence,
        replicates: audit.statistics.replicates.get() as u64,
        seed: audit.statistics.seed,
        alpha: audit.gate.as_ref().map(|gate| gate.alpha),
        endpoints: audit
            .endpoints
            .iter()
            .zip(points)
            .enumerate()
            .map(|(place, (endpoint, point))| EndpointSummary {
                measured_sha256: gated.measured_sha256.get(place).cloned().flatten(),
                ..endpoint_summary(audit, endpoint, predictions, point)
            })
            .collect(),
        tasks: audit.tasks.iter().map(task_summary).collect(),
        inputs,
        preprocessing,
        method_ids: ids.into_iter().map(str::to_owned).collect(),
    }
}

fn endpoint_summary(
    audit: &Audit,
    endpoint: &crate::config::Endpoint,
    predictions: &Predictions,
    point: &OperatingPoint,
) -> EndpointSummary {
    let texts = |texts: &[crate::config::Located<String>]| {
        texts.iter().map(|text| text.value.clone()).collect()
    };
    let named = endpoint.score.as_ref().map(|name| name.value.clone());
    EndpointSummary {
        name: endpoint.name.value.clone(),
        score: named
            .or_else(|| predictions.names.first().cloned())
            .unwrap_or_default(),
        truth_column: endpoint.truth_column.value.clone(),
        positive: texts(&endpoint.positive),
        negative: texts(&endpoint.negative),
        threshold: point.threshold,
        threshold_choice: point.choice.clone(),
        prevalence: endpoint.prevalence.all().first().copied(),
        prevalences: match &endpoint.prevalence {
            Prevalences::List(shares) => shares.clone(),
            Prevalences::NotDeclared | Prevalences::One(_) => Vec::new(),
        },
        measured_sha256: None,
        at_specificity: endpoint.ranking.at_specificity,
        at_sensitivity: endpoint.ranking.at_sensitivity,
        partial_from: endpoint.ranking.partial_from,
        relation: if endpoint.direction == Direction::Lower {
            "<="
        } else {
            ">="
        }
        .to_owned(),
        score_kind: match audit.output.score_kind {
            ScoreKind::Probability => "probability",
            ScoreKind::Logit => "logit",
            ScoreKind::Score => "score",
        }
        .to_owned(),
    }
}

/// What an endpoint with a task declares.
fn task_summary(endpoint: &TaskEndpoint) -> TaskSummary {
    let mut metrics: Vec<String> = Vec::new();
    for metric in &endpoint.metrics {
        if metrics.iter().all(|known| known != metric.text.id) {
            metrics.push(metric.text.id.to_owned());
        }
    }
    let declared = endpoint.task.keys.iter().filter_map(|key| {
        let given = match endpoint.declared.values.get(key.name)? {
            Given::Texts(texts) => texts.join(", "),
            Given::Numbers(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
                numbers.join(", ")
            }
        };
        Some((key.name.to_owned(), given))
    });
    TaskSummary {
        name: endpoint.name.value.clone(),
        task: endpoint.task.id.to_owned(),
        declared: declared.collect(),
        parts: endpoint.names(),
        metrics,
    }
}
