//! Reads the team's templates, logo and language file, and tries the templates before a model runs.

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::{Audit, Diagnostic, LANGUAGES, Located, ReportLanguage};
use crate::report::{
    ChosenLanguage, Logo, Presentation, check_templates, is_template_name, template_names,
};

use super::AuditError;

/// Most bytes of a language file.
const MOST_LANGUAGE_BYTES: u64 = 2_000_000;
/// Most bytes of one template.
const MOST_BYTES: u64 = 500_000;

/// What the `report` section asks for; `None` where it asks for nothing.
///
/// # Errors
/// Files that cannot be read, names that no template has, templates with mistakes: each with its
/// place in the audit file.
pub(super) fn read(audit: &Audit) -> Result<Option<Presentation>, Vec<Diagnostic>> {
    let Some(report) = &audit.report else {
        return Ok(None);
    };
    let mut found = Vec::new();
    let mut presentation = Presentation {
        sign_off: report.sign_off.clone(),
        ..Presentation::default()
    };
    if let Some(path) = &report.logo {
        let bytes = std::fs::read(&path.value).map_err(|error| error.to_string());
        match bytes.and_then(|bytes| Logo::new(&bytes)) {
            Ok(logo) => presentation.logo = Some(logo),
            Err(why) => found.push(at(
                path,
                "report-logo",
                &format!("`report.logo`: {} {why}", path.value.display()),
            )),
        }
    }
    match &report.language {
        None => {}
        Some(ReportLanguage::BuiltIn(name)) => {
            presentation.language = Some(ChosenLanguage {
                name: name.clone(),
                text: None,
            });
        }
        Some(ReportLanguage::File(path)) => match language_file(&path.value) {
            Ok(language) => presentation.language = Some(language),
            Err(why) => found.push(
                at(
                    path,
                    "report-language",
                    &format!("`report.language`: {why}"),
                )
                .help("`equipoise language FILE` says what a language file lacks"),
            ),
        },
    }
    if let Some(folder) = &report.templates {
        match templates(&folder.value) {
            Ok(templates) => presentation.templates = templates,
            Err(why) => found.push(
                at(
                    folder,
                    "report-template",
                    &format!("`report.templates`: {why}"),
                )
                .help(format!(
                    "embedded templates: {}; further .html files may be included by them",
                    template_names().collect::<Vec<_>>().join(", ")
                )),
            ),
        }
        if let Err(error) = check_templates(&presentation) {
            found.push(
                at(
                    folder,
                    "report-template",
                    &format!("`report.templates`: {error}"),
                )
                .help("docs/report-templates.md lists what a template may use"),
            );
        }
    }
    if !found.is_empty() {
        return Err(found);
    }
    Ok((!presentation.is_default()).then_some(presentation))
}

/// A language by its tag, or a language file by its path; `None` for English.
///
/// # Errors
/// Why it is none.
fn language(asked: &str) -> Result<Option<ChosenLanguage>, String> {
    if asked == "en" {
        return Ok(None);
    }
    if LANGUAGES.contains(&asked) {
        return Ok(Some(ChosenLanguage {
            name: asked.to_owned(),
            text: None,
        }));
    }
    let path = Path::new(asked);
    if !path.exists() {
        return Err(format!(
            "there is no language \"{asked}\" and no file of that name, expected {} or a language file",
            LANGUAGES.join(", ")
        ));
    }
    language_file(path).map(Some)
}

/// The language that a command line asks for; `None` for English.
///
/// # Errors
/// Why it is none.
pub(super) fn asked_for(asked: &str) -> Result<Option<ChosenLanguage>, AuditError> {
    language(asked).map_err(|why| AuditError::Usage(format!("--language: {why}")))
}

/// A language file that holds what it should.
fn language_file(path: &Path) -> Result<ChosenLanguage, String> {
    let shown = path.display();
    let bytes = path.metadata().map_or(0, |about| about.len());
    if bytes > MOST_LANGUAGE_BYTES {
        return Err(format!(
            "{shown} has {bytes} bytes, expected at most {MOST_LANGUAGE_BYTES}"
        ));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{shown} could not be read as text: {error}"))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let language = ChosenLanguage {
        name: name.into_owned(),
        text: Some(text),
    };
    language.read().map_err(|error| error.to_string())?;
    Ok(language)
}

fn at(path: &Located<std::path::PathBuf>, code: &'static str, message: &str) -> Diagnostic {
    Diagnostic::error(code, message).at(path.span)
}

/// Every file of the folder by name. Hidden files are left alone; any other must be a template.
fn templates(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let failed = |error: std::io::Error| format!("{} could not be read: {error}", folder.display());
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if !is_template_name(&name) {
            return Err(format!("{name} is no template"));
        }
        let bytes = entry.metadata().map_err(failed)?.len();
        if bytes > MOST_BYTES {
            return Err(format!(
                "{name} has {bytes} bytes, expected at most {MOST_BYTES}"
            ));
        }
        let text = std::fs::read_to_string(entry.path())
            .map_err(|error| format!("{name} could not be read as text: {error}"))?;
        found.insert(name, text);
    }
    Ok(found)
}
