//! The cohort in results: the flow of samples, its attributes, failures by group.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::cohort::{Cohort, Strata, TaskTruth, Truth, crossings, task_truths};
use crate::config::{Audit, Sampling};
use crate::inference::Predictions;
use crate::report::{
    AttributeSummary, CohortSummary, FailureCount, FlowStep, LevelSummary, TuningSummary,
};

/// Who was measured, and who not for which reason.
pub(in super::super) fn cohort(
    audit: &Audit,
    samples: (&Cohort, &Predictions),
    units: (&Cohort, &Predictions),
    tuning: Option<TuningSummary>,
) -> CohortSummary {
    let (cohort, predictions) = units;
    let strata = crossings(cohort, &audit.intersections);
    let tasks = task_truths(audit, cohort, &|_| None);
    let measured: Vec<bool> = (0..cohort.len())
        .map(|sample| {
            let binary = || {
                let mut truths = cohort.truth.iter();
                truths.any(|truth| truth[sample] != Truth::Indeterminate)
            };
            let of_task = || {
                let mut classes = tasks.iter().flat_map(|task| &task.classes);
                classes.any(|class| class[sample])
            };
            predictions.is_scored(sample) && (binary() || of_task())
        })
        .collect();
    let unit = match audit.aggregate.last() {
        Some(last) => last.to.word(),
        None if audit.cohort.exam.is_some() => "exam",
        None if audit.cohort.image.is_some() => "image",
        None => "sample",
    };
    CohortSummary {
        flow: flow(audit, samples, units, &tasks),
        failures: failures(audit, samples),
        n_samples: Some(measured.iter().filter(|measured| **measured).count() as u64),
        n_patients: Some(cohort.count_patients(|sample| measured[sample])),
        clustered: cohort.clustered && audit.statistics.clusters,
        unit: unit.to_owned(),
        sampling: audit.cohort.sampling.map(|sampling| match sampling {
            Sampling::Consecutive => "consecutive".to_owned(),
            Sampling::Enriched => "enriched".to_owned(),
        }),
        reference_standard: audit.cohort.reference_standard.clone(),
        independence: audit.cohort.independence.clone(),
        attributes: strata
            .par_iter()
            .filter(|strata| !strata.parts.is_empty())
            .map(|strata| attribute(strata, cohort, &measured))
            .collect(),
        tuning,
    }
}

fn attribute(strata: &Strata, cohort: &Cohort, measured: &[bool]) -> AttributeSummary {
    let n_levels = strata.levels.len();
    let truth = cohort.truth.first();
    let mut first: Vec<Option<u16>> = vec![None; cohort.patients.len()];
    let mut varies = false;
    // Samples and positives of each level.
    let mut counts = vec![(0u64, 0u64); n_levels];
    for (sample, code) in strata.codes.iter().enumerate() {
        let (level, patient) = (usize::from(*code), cohort.patient_of[sample] as usize);
        if !strata.holds_missing[level] {
            varies |= *first[patient].get_or_insert(*code) != *code;
        }
        if !measured[sample] {
            continue;
        }
        let (samples, positives) = &mut counts[level];
        *samples += 1;
        *positives += u64::from(truth.is_some_and(|truth| truth[sample] == Truth::Positive));
    }
    let patients = cohort.count_patients_by_level(&strata.codes, n_levels, measured);
    let level =
        |((level, (samples, positives)), patients): ((&String, (u64, u64)), u64)| LevelSummary {
            level: level.clone(),
            n: Some(samples),
            n_patients: Some(patients),
            // Without a binary endpoint nobody is positive or negative.
            n_positive: truth.is_some().then_some(positives),
        };
    AttributeSummary {
        attribute: strata.attribute.clone(),
        column: strata.column.clone(),
        exploratory: strata.exploratory,
        varies_within_patients: cohort.clustered && varies,
        levels: strata
            .levels
            .iter()
            .zip(counts)
            .zip(patients)
            .map(level)
            .collect(),
    }
}

/// The cohort's own steps, then failures by reason, then what each endpoint lacks.
fn flow(
    audit: &Audit,
    (cohort, predictions): (&Cohort, &Predictions),
    (units, unit_scores): (&Cohort, &Predictions),
    tasks: &[TaskTruth],
) -> Vec<FlowStep> {
    let mut flow = Flow::begin(cohort);
    let mut left = vec![true; cohort.len()];
    let mut reasons: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (sample, failure) in predictions.failures() {
        reasons.entry(&failure.reason).or_default().push(sample);
    }
    for (reason, samples) in reasons {
        samples.iter().for_each(|sample| left[*sample] = false);
        flow.push(cohort, &left, reason, None, reason_in_words(reason));
    }
    let scored: Vec<bool> = (0..units.len())
        .map(|unit| unit_scores.is_scored(unit))
        .collect();
    if !audit.aggregate.is_empty() {
        let description = format!(
            "the samples that are left are joined to {}",
            audit
                .aggregate
                .last()
                .map_or("units", |last| last.to.words())
        );
        flow.push(units, &scored, "aggregated", None, description);
    }
    let before = flow.remaining;
    for (endpoint, truth) in audit.endpoints.iter().zip(&units.truth) {
        let name = &endpoint.name.value;
        let several = audit.several_endpoints().then_some(name.as_str());
        let kept: Vec<bool> = scored
            .iter()
            .zip(truth)
            .map(|(scored, truth)| *scored && *truth != Truth::Indeterminate)
            .collect();
        let description = format!(
            "{} is missing or neither positive nor negative",
            endpoint.truth_column.value
        );
        flow.remaining = before;
        flow.push(units, &kept, "truth-indeterminate", several, description);
        flow.push(
            units,
            &kept,
            "measured",
            several,
            format!("measured for {name}"),
        );
    }
    for (endpoint, truth) in audit.tasks.iter().zip(tasks) {
        let name = &endpoint.name.value;
        let several = audit.several_endpoints().then_some(name.as_str());
        let kept: Vec<bool> = (0..scored.len())
            .map(|unit| scored[unit] && truth.classes.iter().any(|class| class[unit]))
            .collect();
        let columns: Vec<&str> = endpoint
            .columns()
            .map(|(_, column)| column.value.as_str())
            .collect();
        let description = if columns.is_empty() {
            "the truth of an endpoint it is made of is missing".to_owned()
        } else {
            format!("{} is missing", columns.join(" or "))
        };
        flow.remaining = before;
        flow.push(units, &kept, "truth-indeterminate", several, description);
        let description = format!("measured for {name}");
        flow.push(units, &kept, "measured", several, description);
    }
    flow.steps
}

/// Steps under way.
struct Flow {
    steps: Vec<FlowStep>,
    remaining: u64,
}

impl Flow {
    /// The cohort's own steps.
    fn begin(cohort: &Cohort) -> Self {
        let step = |step: &crate::cohort::FlowEntry| FlowStep {
            code: step.code.clone(),
            endpoint: None,
            description: step.description.clone(),
            removed: step.removed,
            remaining: step.remaining,
            remaining_patients: step.remaining_patients,
        };
        Self {
            steps: cohort.flow.iter().map(step).collect(),
            remaining: cohort.len() as u64,
        }
    }

    /// One more step, after which those of `left` remain.
    fn push(
        &mut self,
        cohort: &Cohort,
        left: &[bool],
        code: &str,
        endpoint: Option<&str>,
        description: String,
    ) {
        let remaining = left.iter().filter(|left| **left).count() as u64;
        self.steps.push(FlowStep {
            code: code.to_owned(),
            endpoint: endpoint.map(str::to_owned),
            description,
            removed: self.remaining.saturating_sub(remaining),
            remaining,
            remaining_patients: cohort.count_patients(|sample| left[sample]),
        });
        self.remaining = remaining;
    }
}

/// A failure's reason in words.
pub(in super::super) fn reason_in_words(reason: &str) -> String {
    match reason {
        "file-absent" => "the image file does not exist".to_owned(),
        "file-unreadable" => "the image file cannot be read".to_owned(),
        "not-finite" => "the score is missing or not a finite number".to_owned(),
        "mask-unreadable" => "the drawn mask cannot be read".to_owned(),
        "mask-other-grid" => "the drawn mask has another grid than the model's map".to_owned(),
        "no-score" => "there is no score".to_owned(),
        "wrong-size" => {
            "the preprocessed image does not have the size that the model takes".to_owned()
        }
        "input-missing" => {
            "a value is missing that the model takes, and nothing stands for it".to_owned()
        }
        other => format!("the image cannot be used ({other})"),
    }
}

fn failures(audit: &Audit, (cohort, predictions): (&Cohort, &Predictions)) -> Vec<FailureCount> {
    let mut counts: Vec<FailureCount> = Vec::new();
    if predictions.failures().next().is_none() {
        return counts;
    }
    for one in crossings(cohort, &audit.intersections) {
        let mut by_level: BTreeMap<(u16, &str), u64> = BTreeMap::new();
        for (sample, failure) in predictions.failures() {
            *by_level
                .entry((one.codes[sample], &failure.reason))
                .or_default() += 1;
        }
        for ((code, reason), n) in by_level {
            counts.push(FailureCount {
                attribute: one.attribute.clone(),
                level: one.levels[code as usize].clone(),
                reason: reason.to_owned(),
                n,
                n_stratum: one.codes.iter().filter(|other| **other == code).count() as u64,
            });
        }
    }
    counts
}
