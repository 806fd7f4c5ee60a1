//! A look into some images of the cohort before the model runs: whether the steps fit their samples,
//! and whether these can be fed at all.

use std::path::Path;

use crate::cohort::{LoadedCohort, image_path};
use crate::config::{Diagnostic, InputKind, Severity, Span};
use crate::inference::ImageInput;

use super::finish::Started;
use super::model::{Ready, Way};

/// So many images are looked at, evenly over the cohort.
const LOOKED_AT: usize = 4;
/// So many of series, each of which is hundreds of files.
const SERIES_LOOKED_AT: usize = 1;

/// Why an image cannot be fed, and the step that refuses it.
struct Refused {
    /// Where it comes from, without its name.
    place: String,
    because: String,
    step: Option<Span>,
}

/// One warning for each thing that is odd, input by input; an error where no image that was looked at
/// could be fed. Files that do not exist are told of elsewhere.
pub(super) fn remarks(started: &Started, loaded: &LoadedCohort, ready: &Ready) -> Vec<Diagnostic> {
    let everyone = loaded.everyone();
    let mut found: Vec<Diagnostic> = Vec::new();
    for (way, inputs) in ready.ways_gone() {
        let way = &ready.ways[way];
        let most = match way.spec.kind {
            InputKind::DicomSeries => SERIES_LOOKED_AT,
            _ => LOOKED_AT,
        };
        let most = most.min(everyone.len());
        let mut sources: Vec<usize> = inputs
            .iter()
            .flat_map(|input| input.sources.iter().copied())
            .collect();
        sources.sort_unstable();
        sources.dedup();
        let (mut tried, mut refused) = (0, Vec::new());
        let samples = (0..most).map(|number| (2 * number + 1) * everyone.len() / (2 * most));
        for (sample, source) in
            samples.flat_map(|sample| sources.iter().map(move |one| (sample, *one)))
        {
            let paths = everyone.sources.get(source).unwrap_or(&everyone.images);
            let place = started.place(everyone.rows[sample]);
            let (remark, failure) = match look(started, (way, &inputs), (&paths[sample], &place)) {
                None => continue,
                Some(Ok(remark)) => (remark, None),
                Some(Err(failure)) => (None, Some(failure)),
            };
            tried += 1;
            refused.extend(failure);
            // What the audit file alone gives away has been told.
            let told = || started.warnings.iter().chain(&found);
            found.extend(remark.filter(|remark| told().all(|one| one.code != remark.code)));
        }
        found.extend(not_fed(tried, &refused));
    }
    found
}

/// The same where the model is run all the same: what cannot be fed is a failed sample then.
pub(super) fn warnings(started: &Started, loaded: &LoadedCohort, ready: &Ready) -> Vec<Diagnostic> {
    let mut found = remarks(started, loaded, ready);
    for one in &mut found {
        one.severity = Severity::Warning;
    }
    found
}

fn not_fed(tried: usize, refused: &[Refused]) -> Option<Diagnostic> {
    let first = refused.first()?;
    let message = format!(
        "{} of {tried} image(s) that were looked at cannot be fed to the model, the first, of {}, because {}",
        refused.len(),
        first.place,
        first.because
    );
    let severity = match refused.len() == tried {
        true => Severity::Error,
        false => Severity::Warning,
    };
    let found = Diagnostic::new(severity, "sample-not-fed", message).help(
        "such samples get no score (`cohort.max_failed_share`); `equipoise inspect FILE --audit AUDIT` shows one",
    );
    Some(match first.step {
        Some(span) => found.at(span),
        None => found,
    })
}

/// What is odd about an image, or why it cannot be fed; `None` where there is no such file.
fn look(
    started: &Started,
    (way, inputs): (&Way, &[&ImageInput]),
    (name, place): (&str, &str),
) -> Option<Result<Option<Diagnostic>, Refused>> {
    let path = image_path(&started.audit.cohort.root, name);
    let is_folder = way.spec.kind == InputKind::DicomSeries && path.is_dir();
    let bytes = match is_folder {
        true => Vec::new(),
        false => std::fs::read(&path).ok().filter(|_| !name.is_empty())?,
    };
    Some(fed(way, inputs, place, (&path, &bytes)))
}

fn fed(
    way: &Way,
    inputs: &[&ImageInput],
    place: &str,
    (path, bytes): (&Path, &[u8]),
) -> Result<Option<Diagnostic>, Refused> {
    let refused = |because: String, step: Option<Span>| Refused {
        place: place.to_owned(),
        because,
        step,
    };
    let read = way.pipeline.read(path, bytes);
    let decoded = read.map_err(|refusal| refused(refusal.error, None))?;
    let remark = way.pipeline.remark(&decoded.image).map(|remark| {
        let message = format!("{place}: {}", remark.message);
        let warning = Diagnostic::warning(remark.code, message).help(remark.help);
        match way.places.get(remark.step) {
            Some(span) => warning.at(*span),
            None => warning,
        }
    });
    let image = way.pipeline.apply_telling(decoded.image);
    let image = image.map_err(|(step, error)| {
        let place = step.and_then(|step| way.places.get(step)).copied();
        refused(error.to_string(), place)
    })?;
    // Several images become the channels of one, which is seen when the model runs.
    let alone = inputs.iter().filter(|input| input.sources.len() == 1);
    for input in alone {
        let accepted = input.layout.accepts(&image);
        accepted.map_err(|sentence| refused(sentence, None))?;
    }
    Ok(remark)
}
