//! The table of contents: calls the rooms in order.
//!
//! configuration -> cohort -> model and engine -> predictions -> reruns -> assessment ->
//! gate -> provenance -> report. `evaluate` enters at the predictions and goes the same way.

mod baseline;
mod compare;
mod doctor;
mod error;
mod finish;
mod folder;
mod headers;
mod inspect;
mod looking;
mod model;
mod model_inputs;
mod outlines;
mod parity;
mod planned;
mod presentation;
mod preview;
mod redact;
mod rerun;
mod samples;
mod shapes;
mod summary;
mod thresholds;
mod units;
mod verify;
mod withhold;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::cohort::Cohort;
use crate::config::{Date, Diagnostic, Need, SourceText};
use crate::gate;
use crate::inference::{self, Predictions};
use crate::report::AuditResult;
use crate::reproducibility::Reproducibility;

use thresholds::Scores;

pub use baseline::{BaselineChange, BaselineMove, move_baseline};
pub use compare::{
    CheckChange, CheckState, EstimateChange, InputChange, ResultComparison, compare,
};
pub use doctor::{ChannelStatistics, Diagnosis, Explanation, Remark, doctor};
pub use error::AuditError;
pub use inspect::Feed;
pub use planned::{Plan, PlannedCheck, PlannedStratum};
pub use redact::{Redacted, redact};
pub use verify::{FileState, Verification, VerifiedFile, verify};

/// What is being done, for whoever shows progress.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A stage begins.
    Stage(&'a str),
    /// Samples of the current stage that are done.
    Samples {
        /// What is run.
        what: &'a str,
        /// Done so far.
        done: u64,
        /// Of how many.
        total: u64,
    },
}

/// What a caller decides besides the audit file. Only [`Self::today`] changes a result.
pub struct Options<'a> {
    /// Folder for results.
    pub out: PathBuf,
    /// Workers that decode and run the model.
    pub threads: usize,
    /// Library of ONNX Runtime instead of the one that would be found.
    pub onnxruntime: Option<PathBuf>,
    /// Told what is being done.
    pub events: &'a (dyn Fn(Event<'_>) + Sync),
    /// Raised to stop.
    pub interrupted: &'a AtomicBool,
    /// The command line, for `manifest.json`.
    pub command: Vec<String>,
    /// The day on which waivers are looked at.
    pub today: Date,
}

/// A finished audit.
#[derive(Debug)]
pub struct Finished {
    /// What was found.
    pub result: AuditResult,
    /// Folder with its files.
    pub folder: PathBuf,
    /// What was noticed, with places in the audit file.
    pub warnings: Vec<Diagnostic>,
    /// The audit file's text, to show those places.
    pub source: Option<SourceText>,
    /// Why samples have no score, by reason.
    pub failed: Vec<FailedSamples>,
}

/// Scores that were stored.
#[derive(Debug)]
pub struct Predicted {
    /// `predictions.parquet`.
    pub file: PathBuf,
    /// Samples of the cohort.
    pub samples: usize,
    /// Samples with a score.
    pub scored: usize,
    /// Why the others have none, by reason.
    pub failed: Vec<FailedSamples>,
    /// Whether the share of failed samples is within what the audit file allows.
    pub trusted: bool,
    /// Engine and version.
    pub engine: String,
    /// What was noticed.
    pub warnings: Vec<Diagnostic>,
    /// The audit file's text.
    pub source: SourceText,
}

/// Samples without a score for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSamples {
    /// Stable kebab-case reason.
    pub reason: String,
    /// How many there are.
    pub samples: usize,
    /// Id of the first of them. In an id a patient's name may stand: it is for the terminal of whoever
    /// asks for it.
    pub first: String,
    /// Where the first of them comes from, without names: `row 12 of cohort.csv`.
    pub place: String,
    /// One sentence about the first.
    pub message: String,
}

impl FailedSamples {
    fn by_reason(
        started: &finish::Started,
        cohort: &Cohort,
        predictions: &Predictions,
    ) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for (sample, failure) in predictions.failures() {
            match found
                .iter_mut()
                .find(|known| known.reason == failure.reason)
            {
                Some(known) => known.samples += 1,
                None => found.push(Self {
                    reason: failure.reason.clone(),
                    samples: 1,
                    first: cohort.samples.get(sample).unwrap_or_default().to_owned(),
                    place: started.place(cohort.rows.get(sample).copied().unwrap_or_default()),
                    message: failure.message.clone(),
                }),
            }
        }
        found.sort_by(|a, b| a.reason.cmp(&b.reason));
        found
    }
}

/// Runs the model over the cohort, measures, reruns, gates, and writes everything.
///
/// # Errors
/// Whatever keeps the audit from being completed; a failed gate is no error.
pub fn run(file: &Path, options: &Options<'_>) -> Result<Finished, AuditError> {
    let mut started = finish::Started::new(file, Need::Model, options)?;
    let loaded = started.cohort()?;
    let ready = model::open(&started, loaded.everyone(), options)?;
    let makers = parity::makers(&started, &loaded, &ready.head.names)?;
    started.warn_about_files(&loaded);
    started.warn(samples::warnings(&started, &loaded, &ready));
    started.claim_folder(options)?;
    (options.events)(Event::Stage("running the model"));
    let first = ready.predict(
        loaded.everyone(),
        None,
        ready.settings(options),
        "running the model",
        options,
    )?;
    let scores = Scores::new(&loaded, first.predictions);
    let thresholds = started.thresholds(&loaded, &scores)?;
    let reproducibility = rerun::reruns(
        &started.audit,
        &loaded.cohort,
        &ready,
        scores.measured(),
        &thresholds.points,
        options,
    )?;
    let parity = parity::compare(
        &started,
        loaded.everyone(),
        makers.as_ref(),
        (scores.everyone(), &thresholds.points),
        Some(&ready),
        options,
    )?;
    started.complete(
        loaded,
        (scores, thresholds),
        (reproducibility, parity),
        finish::Source::Model {
            ready: &ready,
            decoders: &first.decoders,
        },
        options,
    )
}

/// Measures, gates and reports from scores that are read from a file.
///
/// # Errors
/// Whatever keeps the audit from being completed; a failed gate is no error.
pub fn evaluate(
    file: &Path,
    predictions: &Path,
    options: &Options<'_>,
) -> Result<Finished, AuditError> {
    let mut started = finish::Started::new(file, Need::Scores, options)?;
    (options.events)(Event::Stage("reading cohort and scores"));
    let audit = started.audit.clone();
    let (loaded, scores) = rayon::join(
        || started.cohort(),
        || inference::ScoreTable::read(predictions, &audit),
    );
    let loaded = loaded?;
    started.claim_folder(options)?;
    let read = scores
        .and_then(|scores| scores.join(&audit, loaded.everyone()))
        .map_err(|found| started.refuse(found))?;
    started.warn(read.found);
    let scores = Scores::new(&loaded, read.predictions);
    let thresholds = started.thresholds(&loaded, &scores)?;
    let reproducibility = Reproducibility::not_run(
        "the scores were read from a file, so that there was no model to run again",
    );
    let makers = parity::makers(&started, &loaded, &scores.everyone().names)?;
    let parity = parity::compare(
        &started,
        loaded.everyone(),
        makers.as_ref(),
        (scores.everyone(), &thresholds.points),
        None,
        options,
    )?;
    started.complete(
        loaded,
        (scores, thresholds),
        (reproducibility, parity),
        finish::Source::File(predictions),
        options,
    )
}

/// Runs the model and stores its scores.
///
/// # Errors
/// Whatever keeps the scores from being computed or written.
pub fn predict(file: &Path, options: &Options<'_>) -> Result<Predicted, AuditError> {
    let mut started = finish::Started::new(file, Need::Model, options)?;
    let loaded = started.cohort()?;
    let ready = model::open(&started, loaded.everyone(), options)?;
    started.warn_about_files(&loaded);
    let run = ready.predict(
        loaded.everyone(),
        None,
        ready.settings(options),
        "running the model",
        options,
    )?;
    let folder = options.out.join(&started.audit.id);
    let path =
        folder::write_predictions(&folder, &started.audit, loaded.everyone(), &run.predictions)?;
    let scored = run.predictions.status.len() - run.predictions.failures().count();
    let failed = 1.0 - scored as f64 / run.predictions.status.len().max(1) as f64;
    Ok(Predicted {
        file: path,
        samples: loaded.everyone().len(),
        scored,
        failed: FailedSamples::by_reason(&started, loaded.everyone(), &run.predictions),
        trusted: failed <= started.audit.cohort.max_failed_share,
        engine: ready.engine_name(),
        warnings: started.warnings,
        source: started.source,
    })
}

/// Checks everything but the model's work, and says what the planned gate could detect.
///
/// # Errors
/// Everything that `run` would refuse before the model runs; a preview of images that the audit
/// file does not allow.
pub fn check(
    file: &Path,
    preview: Option<usize>,
    options: &Options<'_>,
) -> Result<Plan, AuditError> {
    let mut started = finish::Started::new(file, Need::Scores, options)?;
    if started.audit.model.is_some() {
        // Whatever `run` would refuse is refused here.
        started = finish::Started::new(file, Need::Model, options)?;
    }
    let loaded = started.cohort()?;
    started.warn(gate::planned_waiver_warnings(
        started.audit.gate.as_ref(),
        options.today,
    ));
    let ready = match &started.audit.model {
        Some(_) => Some(model::open(&started, loaded.everyone(), options)?),
        None => None,
    };
    if let Some(ready) = &ready {
        started.warn_about_files(&loaded);
        let found = samples::remarks(&started, &loaded, ready);
        if found.iter().any(Diagnostic::is_error) {
            return Err(started.refuse(found));
        }
        started.warn(found);
    }
    let preview = match preview {
        Some(each) => Some(preview::write(
            &started,
            &loaded,
            ready.as_ref(),
            each,
            options,
        )?),
        None => None,
    };
    started.read_baselines()?;
    (options.events)(Event::Stage("simulating the planned gate"));
    let chances = planned::chances(&started, &loaded.cohort);
    let mut plan = planned::plan(started, &loaded, ready.as_ref(), chances);
    plan.preview = preview;
    Ok(plan)
}

/// Where the audit file of a finished audit lay, as its manifest has it; `None` without a manifest.
///
/// # Errors
/// When there is a manifest that cannot be read.
pub fn audit_file(folder: &Path) -> Result<Option<PathBuf>, AuditError> {
    let manifest = folder::read_manifest(folder)?;
    let inputs = manifest.into_iter().flat_map(|manifest| manifest.inputs);
    Ok(inputs
        .filter(|input| input.role == "audit")
        .map(|input| PathBuf::from(input.path))
        .next())
}

/// Writes the report of a finished audit again, from its `results.json` alone; in another language where
/// one is asked for by its tag or by the path of a language file. `results.json` stays as it is.
///
/// # Errors
/// When there is no such file or language, it has another shape, or the report cannot be written.
pub fn report(folder: &Path, language: Option<&str>) -> Result<AuditResult, AuditError> {
    let mut result = folder::read_result(folder)?;
    if let Some(asked) = language {
        result.presentation.get_or_insert_default().language = presentation::asked_for(asked)?;
    }
    folder::write_report(folder, &result)?;
    Ok(result)
}
