//! `check --preview`: what the model would be fed, before it runs.

use std::path::PathBuf;

use crate::cohort::LoadedCohort;
use crate::config::Diagnostic;
use crate::report::preview_html;

use super::finish::Started;
use super::model::Ready;
use super::planned::hidden_before_run;
use super::{AuditError, Event, Options, looking};

/// Writes `<out>/<audit>.preview.html` with so many images of each level.
pub(super) fn write(
    started: &Started,
    loaded: &LoadedCohort,
    ready: Option<&Ready>,
    each: usize,
    options: &Options<'_>,
) -> Result<PathBuf, AuditError> {
    let refused = |message: &str, help: &str| {
        started.refuse(vec![
            Diagnostic::error("preview", message.to_owned()).help(help),
        ])
    };
    let audit = &started.audit;
    if !audit.report.as_ref().is_some_and(|report| report.images) {
        return Err(refused(
            "the audit file does not allow images of the cohort to be shown",
            "write `report: {images: true}`, if whoever may see the page may see the images",
        ));
    }
    let Some(ready) = ready else {
        return Err(refused(
            "there is no `model`, so that no image is preprocessed",
            "name the model, or leave --preview out",
        ));
    };
    (options.events)(Event::Stage("reading images for the preview"));
    let hidden = hidden_before_run(audit, &loaded.cohort, &loaded.cohort);
    let sheets = looking::contact_sheets(audit, &loaded.cohort, &hidden, ready, each)
        .map_err(AuditError::Internal)?;
    if sheets.is_empty() {
        return Err(refused(
            "no image of the cohort could be read",
            "`equipoise inspect FILE --audit AUDIT` says why",
        ));
    }
    let path = options.out.join(format!("{}.preview.html", audit.id));
    let failed = |source| AuditError::Output {
        path: path.display().to_string(),
        source,
    };
    std::fs::create_dir_all(&options.out).map_err(failed)?;
    std::fs::write(&path, preview_html(&audit.title, &sheets)?).map_err(failed)?;
    Ok(path)
}
