//! Reading an audit file.

use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::audit::Audit;
use super::diagnostic::Diagnostic;
use super::source::{Places, SourceText};
use super::tree;
use super::validate::{Need, validate};

/// An audit file without mistakes.
#[derive(Debug, Clone)]
pub struct LoadedAudit {
    /// What it says.
    pub audit: Audit,
    /// Its text.
    pub source: SourceText,
    /// What was noticed: warnings and notes.
    pub warnings: Vec<Diagnostic>,
}

/// Everything that is wrong with an audit file.
#[derive(Debug, Clone)]
pub struct ConfigErrors {
    /// Errors, and warnings beside them, in the order of the file.
    pub found: Vec<Diagnostic>,
    /// The file's text, to show the places; `None` when it could not be read.
    pub source: Option<SourceText>,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.summary())
    }
}

impl std::error::Error for ConfigErrors {}

impl ConfigErrors {
    /// Text for people; see [`super::render()`].
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        super::render(&self.found, self.source.as_ref(), color)
    }

    /// For programs: a list of [`Diagnostic::to_json`].
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let file = self.source.as_ref().map(|source| source.name.as_str());
        self.found.iter().map(|one| one.to_json(file)).collect()
    }

    fn summary(&self) -> String {
        let errors: Vec<&Diagnostic> = self.found.iter().filter(|one| one.is_error()).collect();
        let file = self
            .source
            .as_ref()
            .map_or("", |source| source.name.as_str());
        let separator = if file.is_empty() { "" } else { ": " };
        match errors.as_slice() {
            [only] => format!("{file}{separator}{}", only.message),
            many => format!("{file}{separator}{} mistakes in the audit file", many.len()),
        }
    }
}

/// Reads and checks an audit file. Paths in it are taken relative to its folder, and the
/// manifest (and the model, under [`Need::Model`]) must exist.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn load(path: &Path, need: Need) -> Result<LoadedAudit, ConfigErrors> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let message = format!("{name}: the audit file cannot be read ({error})");
        ConfigErrors {
            found: vec![Diagnostic::error("unreadable-file", message)],
            source: None,
        }
    })?;
    let base = path.parent().unwrap_or(Path::new(""));
    match std::str::from_utf8(&bytes) {
        Ok(text) => checked(text, &name, base, need, true),
        Err(error) => Err(not_utf8(&bytes, error.valid_up_to(), &name)),
    }
}

/// Checks the text of an audit file. `name` stands in messages, paths are taken relative to
/// `base`, and no file is looked at.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn parse(text: &str, name: &str, base: &Path, need: Need) -> Result<LoadedAudit, ConfigErrors> {
    checked(text, name, base, need, false)
}

fn checked(
    text: &str,
    name: &str,
    base: &Path,
    need: Need,
    look_at_files: bool,
) -> Result<LoadedAudit, ConfigErrors> {
    let source = SourceText::new(name, text);
    let mut found = Vec::new();
    let root = tree::read(&source.text, &mut found);
    let audit = root.and_then(|root| validate(&root, need, base, look_at_files, &mut found));
    found.sort_by_key(|one| one.span.map_or(0, |span| span.start));
    match audit {
        Some(audit) => Ok(LoadedAudit {
            audit,
            source,
            warnings: found,
        }),
        None => Err(ConfigErrors {
            found,
            source: Some(source),
        }),
    }
}

fn not_utf8(bytes: &[u8], valid: usize, name: &str) -> ConfigErrors {
    let start = String::from_utf8_lossy(&bytes[..valid]);
    let place = Places::new(&start).of_bytes(start.len(), start.len());
    let message = format!(
        "{name} line {} column {}: not UTF-8 text, expected an audit file in UTF-8",
        place.line, place.column
    );
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let help = if utf16 {
        "the file is in UTF-16; save it as UTF-8"
    } else {
        "save the file as UTF-8"
    };
    let sha256 = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let source = SourceText {
        name: name.to_owned(),
        text: start.into_owned(),
        sha256,
    };
    ConfigErrors {
        found: vec![Diagnostic::error("not-utf8", message).at(place).help(help)],
        source: Some(source),
    }
}
