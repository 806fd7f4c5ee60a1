//! The audit's numbers beside those of the model's makers.

use crate::assessment::OperatingPoint;
use crate::cohort::{Cohort, LoadedCohort};
use crate::config::ParityTensors;
use crate::inference::Predictions;
use crate::parity::{
    self, MakersScores, Ours, Parity, ParityOfTensors, TensorDifference, tensor_difference,
    tensor_files,
};

use super::finish::Started;
use super::model::Ready;
use super::{AuditError, Event, Options, rerun};

/// Reads the makers' scores before any time is spent on a model.
pub(super) fn makers(
    started: &Started,
    loaded: &LoadedCohort,
    scores: &[String],
) -> Result<Option<MakersScores>, AuditError> {
    let spec = started.audit.parity.as_ref();
    let Some(spec) = spec.and_then(|spec| spec.scores.as_ref()) else {
        return Ok(None);
    };
    parity::read_makers(spec, &started.audit, loaded.everyone(), scores)
        .map(Some)
        .map_err(|found| started.refuse(found))
}

/// Compares all that the makers gave. Without a model (`ready`) no tensor can be made.
pub(super) fn compare(
    started: &Started,
    cohort: &Cohort,
    makers: Option<&MakersScores>,
    (predictions, points): (&Predictions, &[OperatingPoint]),
    ready: Option<&Ready>,
    options: &Options<'_>,
) -> Result<Parity, AuditError> {
    let audit = &started.audit;
    let Some(spec) = &audit.parity else {
        return Ok(Parity::default());
    };
    (options.events)(Event::Stage("comparing with the makers"));
    let decisions = rerun::decisions(audit, predictions, points);
    let ours = Ours {
        predictions,
        decisions: &decisions,
        activation: audit.output.activation,
        score_kind: audit.output.score_kind,
        only: None,
    };
    let scores = match (&spec.scores, makers) {
        (Some(spec), Some(makers)) => {
            parity::compare_scores(spec, makers, ours).map_err(|found| started.refuse(found))?
        }
        _ => Vec::new(),
    };
    let tensors = match (&spec.tensors, ready) {
        (Some(spec), Some(ready)) => Some(tensors(started, spec, cohort, ready)?),
        _ => None,
    };
    if scores.is_empty() && tensors.is_none() {
        return Ok(Parity::not_verified(
            "the makers gave input tensors only, which stored scores cannot be compared with",
        ));
    }
    Ok(Parity::of(scores, tensors))
}

/// Compares every tensor of the makers whose sample is in the cohort.
fn tensors(
    started: &Started,
    spec: &ParityTensors,
    cohort: &Cohort,
    ready: &Ready,
) -> Result<ParityOfTensors, AuditError> {
    let (mut compared, mut unlike) = (0, 0);
    let mut largest: Option<f64> = None;
    let inputs = ready.image_inputs();
    for (sample, id) in cohort.samples.iter().enumerate() {
        let files = tensor_files(&spec.folder, &inputs, id);
        if files.iter().all(Option::is_none) {
            continue;
        }
        let ours = ready.tensors(cohort, sample);
        for (place, file) in files.iter().enumerate() {
            let Some(file) = file else { continue };
            compared += 1;
            let theirs = std::fs::read(file).map_err(|source| AuditError::Read {
                path: file.display().to_string(),
                source,
            })?;
            let difference = match &ours {
                Ok(ours) => tensor_difference(&theirs, &ours[place]),
                Err(reason) => TensorDifference::Unlike(reason.clone()),
            };
            match difference {
                // What is not a number lies as far away as numbers go.
                TensorDifference::Largest(value) => {
                    largest = Some(largest.unwrap_or(0.0).max(value.min(f64::MAX)));
                }
                TensorDifference::Unlike(reason) => {
                    unlike += 1;
                    tracing::warn!("{}: {reason}", file.display());
                }
            }
        }
    }
    if compared == 0 {
        let message = format!(
            "{} holds no tensor of a sample of the cohort",
            spec.folder.display()
        );
        let found = crate::config::Diagnostic::error("parity-no-sample", message)
            .at(spec.folder.span)
            .help("files are named `<sample id>.npy`; of a model with several inputs of images they lie in a folder for each input, of its name");
        return Err(started.refuse(vec![found]));
    }
    Ok(ParityOfTensors {
        n_compared: Some(compared),
        n_unlike: Some(unlike),
        max_abs: largest,
        max_abs_tolerated: spec.max_abs,
    })
}
