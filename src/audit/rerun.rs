//! Runs the model again as the audit file asks.

use std::borrow::Cow;

use crate::assessment::OperatingPoint;
use crate::cohort::{Cohort, crossings};
use crate::config::{Audit, Direction};
use crate::inference::{Predictions, SampleStatus};
use crate::reproducibility::{self, Decision, DecisionRule, Reproducibility, Setting};

use super::model::{Ready, Settings};
use super::{AuditError, Options, units};

/// Does every planned rerun and compares it with the first run.
pub(super) fn reruns(
    audit: &Audit,
    cohort: &Cohort,
    ready: &Ready,
    first: &Predictions,
    points: &[OperatingPoint],
    options: &Options<'_>,
) -> Result<Reproducibility, AuditError> {
    let Some(spec) = &audit.reproducibility else {
        return Ok(Reproducibility::not_run(
            "the audit file has no section `reproducibility`",
        ));
    };
    let own = ready.settings(options);
    let other = ready.other_engine_name();
    let names = other
        .as_ref()
        .map(|other| (ready.engine_kind(), other.as_str()));
    let planned = reproducibility::plan(
        spec,
        own.threads,
        own.batch,
        ready.inputs.fixed_batch.is_some(),
        names,
    );
    let only = reproducibility::sample_of(
        &cohort.samples,
        spec.sample.map(std::num::NonZeroUsize::get),
        audit.statistics.seed,
    );
    let decisions = decisions(audit, first, points);
    let refuse = |found| AuditError::Refused {
        found,
        text: ready.source().clone(),
    };
    // Decisions are taken on the units that are measured, of the samples that are run again.
    let chosen = only_of(first, only.as_deref());
    let (units, unit_scores) = units::units(audit, cohort, &chosen).map_err(refuse)?;
    let strata = crossings(&units, &audit.intersections);
    let mut runs = Vec::new();
    for run in planned {
        let settings = Settings {
            threads: run.threads,
            batch: run.batch,
            other_engine: run.other_engine,
            workers: own.workers,
            hash: false,
        };
        let again = ready.predict(cohort, only.as_deref(), settings, &run.id, options)?;
        let engine = if run.other_engine {
            ready.other_engine_version()
        } else {
            ready.engine_name()
        };
        let setting = Setting {
            id: run.id,
            varied: run.varied,
            engine,
        };
        let (_, again_units) = units::units(audit, cohort, &again.predictions).map_err(refuse)?;
        runs.push(reproducibility::compare(
            (first, &again.predictions),
            (&unit_scores, &again_units),
            only.as_deref(),
            setting,
            &decisions,
            &strata,
            &units.patient_of,
        ));
    }
    Ok(reproducibility::outcome(spec, runs))
}

/// The predictions with every sample that is not run again left out.
fn only_of<'a>(predictions: &'a Predictions, only: Option<&[usize]>) -> Cow<'a, Predictions> {
    let Some(only) = only else {
        return Cow::Borrowed(predictions);
    };
    let mut kept = predictions.clone();
    let left_out = SampleStatus::failed("not-run", "was not run again");
    let mut status = vec![left_out; predictions.status.len()];
    only.iter()
        .for_each(|sample| status[*sample] = predictions.status[*sample].clone());
    kept.status = status;
    Cow::Owned(kept)
}

/// Decision rules of all endpoints whose score is among the predictions.
pub(super) fn decisions(
    audit: &Audit,
    predictions: &Predictions,
    points: &[OperatingPoint],
) -> Vec<Decision> {
    let binary = audit
        .endpoints
        .iter()
        .zip(points)
        .filter_map(|(endpoint, point)| {
            let score =
                predictions.position(endpoint.score.as_ref().map(|name| name.value.as_str()))?;
            Some(Decision {
                endpoint: endpoint.name.value.clone(),
                scores: vec![score],
                rule: DecisionRule::Threshold {
                    at: point.threshold,
                    lower_is_positive: endpoint.direction == Direction::Lower,
                },
            })
        });
    let tasks = audit.tasks.iter().filter_map(|endpoint| {
        let scores = endpoint.scores.iter();
        let scores: Option<Vec<usize>> = scores
            .map(|(_, name)| predictions.position(Some(&name.value)))
            .collect();
        Some(Decision {
            endpoint: endpoint.name.value.clone(),
            scores: scores?,
            rule: DecisionRule::Task {
                decide: endpoint.task.decision?,
                declared: endpoint.declared.clone(),
            },
        })
    });
    binary.chain(tasks).collect()
}
