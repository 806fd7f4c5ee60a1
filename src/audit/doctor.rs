//! Why are the scores not the makers'? Contradictions, tensors, and a search for the change of
//! the audit file that comes nearest to the makers' scores. Nothing is changed by itself.

mod explain;
mod recipes;
mod statics;
mod statistics;
mod tensors;

use std::path::Path;

use crate::config::{Diagnostic, Need, SourceText};
use crate::parity::{ParityOfScore, ParityOfTensors};
use crate::reproducibility::sample_among;

use super::finish::Started;
use super::{AuditError, Event, Options, model, parity};

use explain::Known;
use tensors::MakersTensors;

pub use explain::Explanation;
pub use statics::Remark;
pub use statistics::ChannelStatistics;

/// What the doctor found.
#[derive(Debug)]
pub struct Diagnosis {
    /// Id of the audit.
    pub id: String,
    /// Engine and version.
    pub engine: String,
    /// Samples that were looked at.
    pub samples: usize,
    /// Contradictions between audit file, graph and tensors.
    pub remarks: Vec<Remark>,
    /// Values of the input tensors, by channel.
    pub channels: Vec<ChannelStatistics>,
    /// Scores beside the makers', as the audit file has it; `None` where the makers gave none.
    pub parity: Option<Vec<ParityOfScore>>,
    /// Input tensors beside the makers', where they gave these and no scores.
    pub tensors: Option<ParityOfTensors>,
    /// Whether these lie within the declared tolerance.
    pub within: bool,
    /// Changes of the audit file that come nearer to the makers, nearest first.
    pub explanations: Vec<Explanation>,
    /// Changes that were tried.
    pub tried: usize,
    /// What was noticed in the audit file.
    pub warnings: Vec<Diagnostic>,
    /// Its text.
    pub source: SourceText,
}

/// Looks at `sample` samples; those with numbers of the makers where there are any.
///
/// # Errors
/// Everything that `run` would refuse before the model runs.
pub fn doctor(file: &Path, sample: usize, options: &Options<'_>) -> Result<Diagnosis, AuditError> {
    let mut started = Started::new(file, Need::Model, options)?;
    let loaded = started.cohort()?;
    let ready = model::open(&started, loaded.everyone(), options)?;
    let makers = parity::makers(&started, &loaded, &ready.head.names)?;
    let cohort = loaded.everyone();
    let spec = started.audit.parity.as_ref();
    let tensors = spec
        .and_then(|spec| spec.tensors.as_ref())
        .map(|spec| MakersTensors::find(spec, cohort, &ready.image_inputs()))
        .filter(|found| !found.samples().is_empty());
    let scores = spec.and_then(|spec| spec.scores.as_ref());
    let (known, samples) = match (scores, &makers, &tensors) {
        (Some(spec), Some(makers), _) => (Some(Known::Scores(spec, makers)), makers.samples()),
        (.., Some(tensors)) => (Some(Known::Tensors(tensors)), tensors.samples()),
        _ => (None, (0..cohort.len()).collect()),
    };
    let seed = started.audit.statistics.seed;
    let only = sample_among(&cohort.samples, &samples, sample, seed);
    let mut remarks = statics::contradictions(&started.audit, &ready);
    (options.events)(Event::Stage("looking at tensors"));
    let (channels, of_tensors) = statistics::of_tensors(&ready, cohort, &only);
    remarks.extend(of_tensors);
    let searched = match known {
        Some(known) => Some(explain::search(
            &started, &ready, cohort, &only, known, options,
        )?),
        None => None,
    };
    let engine = ready.engine_name();
    let mut diagnosis = Diagnosis {
        id: started.audit.id.clone(),
        engine,
        samples: only.len(),
        remarks,
        channels,
        parity: None,
        tensors: None,
        within: true,
        explanations: Vec::new(),
        tried: 0,
        warnings: started.warnings,
        source: started.source,
    };
    if let Some(found) = searched {
        diagnosis.within = found.within;
        diagnosis.parity = Some(found.parity);
        diagnosis.tensors = found.tensors;
        diagnosis.explanations = found.explanations;
        diagnosis.tried = found.tried;
    }
    Ok(diagnosis)
}
