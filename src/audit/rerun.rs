//! Runs the model again as the audit file asks.

use crate::cohort::{Cohort, crossings};
use crate::config::{Audit, Direction};
use crate::inference::{Predictions, Run};
use crate::reproducibility::{self, Decision, GroupOfSamples, Reproducibility, Setting};

use super::model::{Ready, Settings};
use super::{AuditError, Options};

/// Does every planned rerun and compares it with the first run.
pub(super) fn reruns(
    audit: &Audit,
    cohort: &Cohort,
    ready: &Ready,
    first: &Run,
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
        ready.layout.fixed_batch.is_some(),
        names,
    );
    let only = reproducibility::sample_of(
        &cohort.samples,
        spec.sample.map(std::num::NonZeroUsize::get),
        audit.statistics.seed,
    );
    let decisions = decisions(audit, &first.predictions);
    let groups = groups(audit, cohort);
    let mut runs = Vec::new();
    for run in planned {
        let settings = Settings {
            threads: run.threads,
            batch: run.batch,
            other_engine: run.other_engine,
            workers: own.workers,
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
        runs.push(reproducibility::compare(
            &first.predictions,
            &again.predictions,
            only.as_deref(),
            setting,
            &decisions,
            &groups,
            &cohort.patient_of,
        ));
    }
    Ok(reproducibility::outcome(spec, runs))
}

/// Decision rules of all endpoints whose score is among the predictions.
pub(super) fn decisions(audit: &Audit, predictions: &Predictions) -> Vec<Decision> {
    audit
        .endpoints
        .iter()
        .filter_map(|endpoint| {
            let score =
                predictions.position(endpoint.score.as_ref().map(|name| name.value.as_str()))?;
            Some(Decision {
                endpoint: endpoint.name.value.clone(),
                score,
                threshold: endpoint.threshold,
                lower_is_positive: endpoint.direction == Direction::Lower,
            })
        })
        .collect()
}

fn groups(audit: &Audit, cohort: &Cohort) -> Vec<GroupOfSamples> {
    let mut groups = Vec::new();
    for strata in crossings(cohort, &audit.intersections) {
        for (level, code) in strata.levels.iter().zip(0u16..) {
            let members = (0..cohort.len())
                .filter(|sample| strata.codes[*sample] == code)
                .collect();
            groups.push(GroupOfSamples {
                attribute: strata.attribute.clone(),
                level: level.clone(),
                members,
            });
        }
    }
    groups
}
