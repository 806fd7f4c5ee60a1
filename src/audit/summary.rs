//! What the rooms found, in the shapes of `results.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use crate::assessment::{Assessment, FedValues, LARGE_SHIFT, OperatingPoint};
use crate::cohort::{Cohort, Strata, TaskTruth, Truth, crossings, task_truths};
use crate::config::{
    Audit, Diagnostic, Direction, Prevalences, Sampling, ScoreKind, SourceText, TaskEndpoint,
};
use crate::gate::Gated;
use crate::inference::Predictions;
use crate::parity::{Parity, ParityStatus};
use crate::report::{
    AttributeSummary, AuditIdentity, CohortSummary, EndpointSummary, FailureCount, Finding,
    FlowStep, LevelSummary, Methods, ModelInputSummary, Severity, TaskSummary, TuningSummary,
};
use crate::tasks::Given;

use super::finish::Source;

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

pub(super) fn cohort(
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
pub(super) fn reason_in_words(reason: &str) -> String {
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

/// What is to be said of the makers' numbers; nothing where neither they nor a model were given.
fn of_parity(parity: &Parity, from: &Source<'_>) -> Option<Finding> {
    let (code, severity, help) = match parity.status {
        ParityStatus::NotVerified if matches!(from, Source::File(_)) => return None,
        ParityStatus::NotVerified => ("parity-not-verified", Severity::Note, None),
        ParityStatus::WithinTolerance => ("parity-within-tolerance", Severity::Note, None),
        ParityStatus::BeyondTolerance => (
            "parity-beyond-tolerance",
            Severity::Error,
            Some("`equipoise doctor AUDIT` searches for the explanation".to_owned()),
        ),
    };
    Some(Finding {
        code: code.to_owned(),
        severity,
        message: parity.reason.clone(),
        help,
        line: None,
    })
}

/// A group whose images differ from all others before the model sees them.
fn fed_differently(one: &FedValues) -> Option<Finding> {
    let shift = one.shift.filter(|shift| shift.abs() >= LARGE_SHIFT)?;
    let (attribute, level) = (&one.attribute, &one.level);
    Some(Finding {
        code: "fed-differently".to_owned(),
        severity: Severity::Note,
        message: format!(
            "the images of {attribute} {level} lie {:.1} standard deviations {} those of all others (channel {}, after preprocessing)",
            shift.abs(),
            if shift > 0.0 { "above" } else { "below" },
            one.channel
        ),
        help: Some(
            "look at `tables/fed.csv`: another scanner, window or export can stand behind a difference of scores"
                .to_owned(),
        ),
        line: None,
    })
}

pub(super) fn findings(
    warnings: &[Diagnostic],
    from: &Source<'_>,
    parity: &Parity,
    fed: &[FedValues],
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = warnings
        .iter()
        .map(|warning| Finding {
            code: warning.code.to_owned(),
            severity: match warning.severity {
                crate::config::Severity::Error => Severity::Error,
                crate::config::Severity::Warning => Severity::Warning,
                crate::config::Severity::Note => Severity::Note,
            },
            message: warning.message.clone(),
            help: warning.help.clone(),
            line: warning.span.map(|span| span.line as u64),
        })
        .collect();
    if let Source::Model { ready, .. } = from {
        let note = |code: &str, message: String, help: Option<&str>| Finding {
            code: code.to_owned(),
            severity: Severity::Note,
            message,
            help: help.map(str::to_owned),
            line: None,
        };
        if ready.model().instead_of().is_some() {
            let help =
                "`equipoise runtime install` gets ONNX Runtime, and the model is then run on both";
            findings.push(note(
                "embedded-engine",
                "ONNX Runtime was not found, so that the embedded engine ran the model".to_owned(),
                Some(help),
            ));
        }
        findings.extend(
            ready
                .not_varied()
                .iter()
                .map(|what| note("rerun-not-varied", what.clone(), None)),
        );
        findings.extend(
            ready
                .model()
                .cautions()
                .into_iter()
                .map(|caution| note("engine-caution", caution, None)),
        );
    }
    findings.extend(of_parity(parity, from));
    findings.extend(fed.iter().filter_map(fed_differently));
    findings.sort_by(|a, b| {
        a.severity
            .cmp(&b.severity)
            .then_with(|| a.code.cmp(&b.code))
            .then_with(|| a.message.cmp(&b.message))
    });
    findings
}
