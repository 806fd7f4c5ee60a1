//! The `report` section.

use super::super::audit::{LANGUAGES, ReportLanguage, ReportSpec};
use super::super::keys;
use super::reader::Value;

pub(super) fn report(value: &Value<'_>, attributes: Option<&[String]>) -> Option<ReportSpec> {
    let section = value.section(&keys::REPORT)?;
    let images = match section.get("images") {
        None => Some(false),
        Some(value) => value.flag(),
    };
    let images_by = match section.get("images_by") {
        None => Some(None),
        Some(value) => value.name().map(Some),
    };
    let templates = optional(section.get("templates"), |value| value.folder());
    let logo = optional(section.get("logo"), |value| value.file());
    let sign_off = optional(section.get("sign_off"), |value| signers(&value));
    let language = optional(section.get("language"), |value| language(&value));
    if let (Some(Some(name)), Some(attributes)) = (&images_by, attributes)
        && !attributes.contains(&name.value)
    {
        value.cx.report(
            super::super::diagnostic::Diagnostic::error(
                "unknown-attribute",
                format!(
                    "`report.images_by` names {}, which is no attribute",
                    name.value
                ),
            )
            .at(name.span)
            .help(format!("there are {}", attributes.join(", "))),
        );
        return None;
    }
    Some(ReportSpec {
        images: images?,
        images_by: images_by?.map(|name| name.value),
        templates: templates?,
        logo: logo?,
        sign_off: sign_off?,
        language: language?.filter(|one| *one != ReportLanguage::BuiltIn("en".to_owned())),
    })
}

/// `Some(None)` where the key is absent, `None` where its value is wrong.
fn optional<T>(
    value: Option<Value<'_>>,
    read: impl FnOnce(Value<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

/// A built-in language by its tag, anything else as a file. A bare word of letters is no file name that
/// anybody means, so that a mistyped tag is told as one.
fn language(value: &Value<'_>) -> Option<ReportLanguage> {
    let name = value.name()?;
    if LANGUAGES.contains(&name.value.as_str()) {
        return Some(ReportLanguage::BuiltIn(name.value));
    }
    if !name.value.contains(['.', '/', '\\']) {
        value.error(
            "unknown-value",
            format!(
                "`report.language` is {}, expected {} or a language file",
                name.value,
                LANGUAGES.join(", ")
            ),
            "`equipoise language > FILE.yaml` writes a language file to begin with",
        );
        return None;
    }
    value.file().map(ReportLanguage::File)
}

/// Most lines of a sign-off block.
const MOST_SIGNERS: usize = 12;

fn signers(value: &Value<'_>) -> Option<Vec<String>> {
    let lines = value.list("lines of the sign-off block")?;
    if lines.len() > MOST_SIGNERS {
        value.error(
            "out-of-range",
            format!(
                "`report.sign_off` has {} lines, expected at most {MOST_SIGNERS}",
                lines.len()
            ),
            "",
        );
        return None;
    }
    let read: Vec<Option<String>> = lines
        .iter()
        .map(|line| line.name().map(|name| name.value))
        .collect();
    read.into_iter().collect()
}
