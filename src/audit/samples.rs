//! A look into some images of the cohort before the model runs: whether the steps fit their samples.

use crate::cohort::{LoadedCohort, image_path};
use crate::config::{Diagnostic, InputKind};

use super::finish::Started;
use super::model::Ready;

/// So many images are looked at, evenly over the cohort.
const LOOKED_AT: usize = 5;

/// One warning for each thing that is odd. What cannot be read is told when the model runs, and a
/// series of slices costs too much to be read for this.
pub(super) fn remarks(started: &Started, loaded: &LoadedCohort, ready: &Ready) -> Vec<Diagnostic> {
    let audit = &started.audit;
    if audit
        .input
        .is_none_or(|input| input.kind == InputKind::DicomSeries)
    {
        return Vec::new();
    }
    let everyone = loaded.everyone();
    let looked_at = LOOKED_AT.min(everyone.len());
    let mut found: Vec<Diagnostic> = Vec::new();
    for number in 0..looked_at {
        let sample = (2 * number + 1) * everyone.len() / (2 * looked_at);
        let name = &everyone.images[sample];
        let path = image_path(&audit.cohort.root, name);
        let decoded = std::fs::read(&path)
            .ok()
            .and_then(|bytes| ready.pipeline.read(&path, &bytes).ok());
        let remark = decoded.and_then(|decoded| ready.pipeline.remark(&decoded.image));
        // What the audit file alone gives away has been told.
        let mut told = started.warnings.iter().chain(&found);
        let Some(remark) = remark.filter(|remark| told.all(|one| one.code != remark.code)) else {
            continue;
        };
        let message = format!("{name}: {}", remark.message);
        let mut warning = Diagnostic::warning(remark.code, message).help(remark.help);
        if let Some(span) = audit.step_places.get(remark.step) {
            warning = warning.at(*span);
        }
        found.push(warning);
    }
    found
}
