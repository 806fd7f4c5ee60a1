//! `equipoise language`.

use crate::audit::AuditError;
use crate::report::{self, Language};

use super::Exit;
use super::arguments::{Format, GlobalArguments, LanguageArguments};
use super::output;

pub(super) fn language(
    given: &LanguageArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let Some(path) = &given.file else {
        output::print(&report::starter())?;
        return Ok(Exit::Success);
    };
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| AuditError::Read {
        path: shown.clone(),
        source,
    })?;
    let language =
        Language::read(&shown, &text).map_err(|error| AuditError::Usage(error.to_string()))?;
    let found = language.missing();
    if global.format == Format::Json {
        output::print_json(&serde_json::json!(found))?;
        return Ok(Exit::Success);
    }
    let mut told = format!(
        "{shown}: {} of {} phrases are translated into {}\n",
        found.phrases - found.missing.len(),
        found.phrases,
        language.tag
    );
    for (heading, phrases) in [
        ("without a translation; they stay English", &found.missing),
        (
            "not in the catalogue, and so never used: mistyped, or of another version",
            &found.unknown,
        ),
    ] {
        if !phrases.is_empty() {
            told.push_str(&format!("\n{} {heading}:\n", phrases.len()));
            for phrase in phrases {
                told.push_str(&report::empty_entry(phrase));
            }
        }
    }
    output::print(&told)?;
    Ok(Exit::Success)
}
