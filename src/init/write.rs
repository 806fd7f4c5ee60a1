//! The parts of the audit file, in the order in which a person reads it.

use super::draft::{Chosen, FirstDraft};
use super::sections;

/// Lines of YAML that know which of them are still to be found out.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: Vec<String>,
    todos: Vec<String>,
    warnings: Vec<String>,
}

impl Lines {
    pub(super) fn push(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// A comment; a long one is broken into several lines.
    pub(super) fn comment(&mut self, indent: usize, text: &str) {
        let blank = " ".repeat(indent);
        let mut line = String::new();
        for word in one_line(text).split(' ') {
            if line.chars().count() + word.chars().count() + indent > 96 && !line.is_empty() {
                self.push(format!("{blank}# {line}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            self.push(format!("{blank}# {line}"));
        }
    }

    pub(super) fn blank(&mut self) {
        self.push("");
    }

    /// A comment on what is hardly meant, which is told as well.
    pub(super) fn warn(&mut self, indent: usize, text: &str) {
        self.comment(indent, text);
        self.warnings.push(one_line(text));
    }

    /// A value that is still to be found out.
    pub(super) fn todo(&mut self, what: &str) -> String {
        self.todos.push(one_line(what));
        placeholder(what)
    }
}

/// What stands where something is still to be found out; `check` refuses it.
pub(super) fn placeholder(what: &str) -> String {
    scalar_quoted(&format!("TODO: {}", one_line(what)))
}

/// A text as a YAML scalar: plain where that is safe, else in quotation marks.
pub(super) fn scalar(text: &str) -> String {
    let plain_letter = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    const RESERVED: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let reserved = RESERVED.contains(&text.to_lowercase().as_str()) || text.starts_with("TODO");
    if begins && !reserved && text.chars().all(plain_letter) {
        text.to_owned()
    } else {
        scalar_quoted(text)
    }
}

fn scalar_quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(super) fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| scalar(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// Without breaks, so that a comment cannot end early.
fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|letter| {
            let breaks = matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
            if letter.is_control() || breaks {
                ' '
            } else {
                letter
            }
        })
        .collect();
    line.trim().to_owned()
}

/// The whole file.
pub(super) fn write(chosen: &Chosen<'_>) -> FirstDraft {
    let mut out = Lines::default();
    sections::head(chosen, &mut out);
    sections::model(chosen, &mut out);
    sections::cohort(chosen, &mut out);
    let images = chosen
        .survey
        .image_facts(chosen.image.map(|column| column.name.as_str()));
    if chosen.survey.stored.is_none() {
        sections::input(chosen, &images, &mut out);
        sections::preprocess(chosen, &images, &mut out);
    }
    sections::endpoint(chosen, &mut out);
    sections::strata(chosen, &mut out);
    sections::rest(chosen, &mut out);
    FirstDraft {
        text: out.lines.join("\n") + "\n",
        todos: out.todos,
        warnings: out.warnings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_what_they_are() {
        for (text, written) in [
            ("patient_id", "patient_id"),
            ("images/test", "images/test"),
            ("yes", "\"yes\""),
            ("1", "\"1\""),
            ("a: b", "\"a: b\""),
            ("TODO", "\"TODO\""),
            ("dicom:PatientSex", "\"dicom:PatientSex\""),
            ("Größe", "\"Größe\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }

    #[test]
    fn a_comment_cannot_end_early() {
        let mut lines = Lines::default();
        lines.comment(2, "a\nb: c\u{2028}d");
        assert_eq!(lines.lines, ["  # a b: c d"]);
    }
}
