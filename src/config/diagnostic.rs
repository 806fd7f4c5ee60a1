//! One mistake or remark with its place, and names that may have been meant.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::located::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The audit cannot begin.
    Error,
    /// The audit goes on; somebody should look at it.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One mistake or remark.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one lower-case sentence: found and expected.
    pub message: String,
    /// The place in the audit file.
    pub span: Option<Span>,
    /// A few words to stand at the place.
    pub label: Option<String>,
    /// A second place that belongs to it, with a few words.
    pub also: Option<(Span, String)>,
    /// What can be done.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Without place and help.
    #[must_use]
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            span: None,
            label: None,
            also: None,
            help: None,
        }
    }

    /// An error without place and help.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning without place and help.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A note without place and help.
    #[must_use]
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Sets the words at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets a second place.
    #[must_use]
    pub fn also(mut self, span: Span, words: impl Into<String>) -> Self {
        self.also = Some((span, words.into()));
        self
    }

    /// Sets what can be done.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether it keeps the audit from beginning.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// For programs: `file`, `line`, `column` (both from 1, null without a place), `code`,
    /// `severity`, `message`, `help`.
    #[must_use]
    pub fn to_json(&self, file: Option<&str>) -> Value {
        json!({
            "file": file,
            "line": self.span.map(|span| span.line),
            "column": self.span.map(|span| span.column),
            "code": self.code,
            "severity": self.severity.name(),
            "message": self.message,
            "help": self.help,
        })
    }
}

/// At most three of `valid` that may have been meant by `name`, the likeliest first.
///
/// A name counts as near when it is the same but for case and separators, when one begins with
/// the other, or when at most a third of its letters must be changed, swapped, added or left out.
#[must_use]
pub fn nearest(name: &str, valid: &[&str]) -> Vec<String> {
    const SHOWN: usize = 3;
    const LONGEST: usize = 120;
    let folded = fold(name);
    if folded.is_empty() || folded.chars().count() > LONGEST {
        return Vec::new();
    }
    let mut near: Vec<(usize, &str)> = valid
        .iter()
        .filter_map(|candidate| Some((distance(&folded, &fold(candidate))?, *candidate)))
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter()
        .take(SHOWN)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

fn fold(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

fn distance(name: &str, candidate: &str) -> Option<usize> {
    const BEGINNING: usize = 3;
    if name == candidate {
        return Some(0);
    }
    let (short, long) = if name.len() < candidate.len() {
        (name, candidate)
    } else {
        (candidate, name)
    };
    if short.chars().count() >= BEGINNING && long.starts_with(short) {
        return Some(1);
    }
    let changes = strsim::damerau_levenshtein(name, candidate);
    let letters = name.chars().count().max(candidate.chars().count());
    (changes * 3 <= letters).then_some(changes + 1)
}

/// Text from a file in quotation marks, without control characters and not too long.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).flat_map(visible).collect();
    if text.chars().count() > LONGEST {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

fn visible(letter: char) -> Vec<char> {
    if letter.is_control() {
        letter.escape_default().collect()
    } else {
        vec![letter]
    }
}

/// `did you mean "a" or "b"? ` for names that are near, else nothing; then what is valid.
pub(super) fn suggestion(name: &str, valid: &[&str], what: &str) -> String {
    let near: Vec<String> = nearest(name, valid)
        .iter()
        .map(|near| format!("`{near}`"))
        .collect();
    // A name may be valid for several reasons: it is listed once.
    let mut seen = BTreeSet::new();
    let listed: Vec<String> = valid
        .iter()
        .filter(|name| seen.insert(**name))
        .map(|name| quoted(name))
        .collect();
    let listed: Vec<&str> = listed.iter().map(|name| name.trim_matches('"')).collect();
    let listed = match listed.as_slice() {
        [] => format!("there is no {what}"),
        names => format!("valid: {}", names.join(", ")),
    };
    if near.is_empty() {
        listed
    } else {
        format!("did you mean {}? {listed}", near.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, nearest, quoted};
    use crate::config::located::Span;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let valid = ["sensitivity", "specificity", "auroc", "max_failed_share"];
        assert_eq!(nearest("sensitvity", &valid), ["sensitivity"]);
        assert_eq!(nearest("AUROC", &valid), ["auroc"]);
        assert_eq!(nearest("max-failed-share", &valid), ["max_failed_share"]);
        assert_eq!(nearest("sens", &valid), ["sensitivity"]);
        assert!(nearest("dice", &valid).is_empty());
        assert!(nearest("", &valid).is_empty());
        assert!(nearest(&"x".repeat(10_000), &valid).is_empty());
    }

    #[test]
    fn a_valid_name_is_listed_once() {
        assert_eq!(
            super::suggestion("q", &["dx", "dx:a", "dx"], "endpoint"),
            "valid: dx, dx:a"
        );
        let none = super::suggestion("q", &[], "binary endpoint");
        assert_eq!(none, "there is no binary endpoint");
    }

    #[test]
    fn shown_text_holds_no_control_characters() {
        assert_eq!(quoted("a\u{1b}[31m"), "\"a\\u{1b}[31m\"");
        assert_eq!(quoted(&"é".repeat(100)).chars().count(), 63);
    }

    #[test]
    fn the_form_for_programs_has_place_code_and_help() {
        let span = Span {
            start: 4,
            end: 6,
            line: 2,
            column: 3,
        };
        let json = Diagnostic::error("unknown-key", "unknown key")
            .at(span)
            .help("remove it")
            .to_json(Some("audit.yaml"));
        assert_eq!(json["file"], "audit.yaml");
        assert_eq!(json["line"], 2);
        assert_eq!(json["column"], 3);
        assert_eq!(json["code"], "unknown-key");
        assert_eq!(json["help"], "remove it");
    }
}
