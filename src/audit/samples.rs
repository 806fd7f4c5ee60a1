//! A look into some images of the cohort before the model runs: whether the steps fit their samples.

use crate::cohort::{LoadedCohort, image_path};
use crate::config::{Diagnostic, InputKind};

use super::finish::Started;
use super::model::{Ready, Way};

/// So many images are looked at, evenly over the cohort.
const LOOKED_AT: usize = 5;

/// One warning for each thing that is odd, input by input. What cannot be read is told when the model
/// runs, and a series of slices costs too much to be read for this.
pub(super) fn remarks(started: &Started, loaded: &LoadedCohort, ready: &Ready) -> Vec<Diagnostic> {
    let everyone = loaded.everyone();
    let looked_at = LOOKED_AT.min(everyone.len());
    let mut found: Vec<Diagnostic> = Vec::new();
    for (way, inputs) in ready.ways_gone() {
        let way = &ready.ways[way];
        if way.spec.kind == InputKind::DicomSeries {
            continue;
        }
        let mut sources: Vec<usize> = inputs
            .iter()
            .flat_map(|input| input.sources.iter().copied())
            .collect();
        sources.sort_unstable();
        sources.dedup();
        let samples =
            (0..looked_at).map(|number| (2 * number + 1) * everyone.len() / (2 * looked_at));
        for (sample, source) in
            samples.flat_map(|sample| sources.iter().map(move |one| (sample, *one)))
        {
            let paths = everyone.sources.get(source).unwrap_or(&everyone.images);
            // What the audit file alone gives away has been told.
            let told = || started.warnings.iter().chain(&found);
            let place = started.place(everyone.rows[sample]);
            let remark = remark(started, way, (&paths[sample], &place))
                .filter(|remark| told().all(|one| one.code != remark.code));
            found.extend(remark);
        }
    }
    found
}

fn remark(started: &Started, way: &Way, (name, place): (&str, &str)) -> Option<Diagnostic> {
    let path = image_path(&started.audit.cohort.root, name);
    let bytes = std::fs::read(&path).ok()?;
    let decoded = way.pipeline.read(&path, &bytes).ok()?;
    let remark = way.pipeline.remark(&decoded.image)?;
    let message = format!("{place}: {}", remark.message);
    let warning = Diagnostic::warning(remark.code, message).help(remark.help);
    Some(match way.places.get(remark.step) {
        Some(span) => warning.at(*span),
        None => warning,
    })
}
