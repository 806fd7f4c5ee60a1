//! Results to be shared without the names of sites: letters stand for them, the same everywhere.
//!
//! A result is taken apart as JSON, so that no field can be forgotten: levels are replaced where the
//! attribute is one of sites, and names in ids and sentences where they stand as names (`names`,
//! `sentence`). Codes and verdicts are never touched, so that a site may be called `Pass`. Everything
//! else is made from the redacted result alone, so that the proof is made on it: where it still holds
//! a name, nothing is written.

mod names;
mod sentence;

use std::path::{Path, PathBuf};

use crate::report::{self, AuditResult};

use self::names::Names;
use super::{AuditError, folder, presentation};

/// What an attribute of sites is called, or its column.
const SITES: [&str; 8] = [
    "site",
    "hospital",
    "center",
    "centre",
    "clinic",
    "institution",
    "facility",
    "department",
];

/// Where redacted results were written, and what stands for what.
#[derive(Debug)]
pub struct Redacted {
    /// The results as they were written.
    pub result: AuditResult,
    /// Their folder.
    pub folder: PathBuf,
    /// Attributes whose levels were replaced.
    pub attributes: Vec<String>,
    /// How many names were replaced.
    pub n_names: usize,
}

/// Writes the results of a finished audit and everything made from them to another folder, with
/// letters for the names of sites; the page in another language where one is asked for. Stored scores, the
/// manifest, images, templates, logo and signers are left out.
///
/// # Errors
/// No results; no attribute of sites, or one that is named and unknown; a folder that is there; no such
/// language; a name that would still stand in the results.
pub fn redact(
    from: &Path,
    attributes: &[String],
    to: &Path,
    language: Option<&str>,
) -> Result<Redacted, AuditError> {
    let result = folder::read_result(from)?;
    let attributes = site_attributes(&result, attributes)?;
    let names = Names::of(&result, &attributes);
    let (mut redacted, left) = names.redact(&result)?;
    if let Some(left) = left {
        return Err(AuditError::Usage(format!(
            "results.json would still hold the name \"{}\" in `{}`, so that nothing was written: {}",
            left.name, left.key, left.text
        )));
    }
    redacted.contact_sheets.clear();
    // A logo, signers and templates name a hospital as well; a language does not.
    let own = redacted.presentation.and_then(|asked| asked.language);
    let language = match language {
        Some(asked) => presentation::asked_for(asked)?,
        None => own,
    };
    redacted.presentation = language.map(|language| report::Presentation {
        language: Some(language),
        ..report::Presentation::default()
    });
    let mut files = vec![(folder::RESULTS.to_owned(), report::results_json(&redacted)?)];
    files.extend(folder::rendered(&redacted)?);
    if to.exists() {
        return Err(AuditError::Usage(format!(
            "{} is there already; name a new folder with --to",
            to.display()
        )));
    }
    for (file, text) in &files {
        folder::replace_file(&to.join(file), text)?;
    }
    Ok(Redacted {
        result: redacted,
        folder: to.to_path_buf(),
        n_names: names.count(),
        attributes,
    })
}

/// The attributes that are named, or those that are called like sites.
fn site_attributes(result: &AuditResult, named: &[String]) -> Result<Vec<String>, AuditError> {
    let single = result.cohort.attributes.iter();
    let single: Vec<_> = single.filter(|one| !one.attribute.contains('*')).collect();
    let all: Vec<&str> = single.iter().map(|one| one.attribute.as_str()).collect();
    if let Some(unknown) = named.iter().find(|name| !all.contains(&name.as_str())) {
        return Err(AuditError::Usage(format!(
            "the audit has no attribute \"{unknown}\"; there are {}",
            all.join(", ")
        )));
    }
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let is_site = |text: &str| {
        let text = text.to_lowercase();
        SITES.iter().any(|word| text.contains(word))
    };
    let found: Vec<String> = single
        .iter()
        .filter(|one| is_site(&one.attribute) || is_site(&one.column))
        .map(|one| one.attribute.clone())
        .collect();
    if found.is_empty() {
        return Err(AuditError::Usage(format!(
            "no attribute is called like a site; say which one is: --redact-sites=NAME, out of {}",
            all.join(", ")
        )));
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
