//! Texts, numbers, choices and files: reading of single values.

use std::path::PathBuf;

use super::super::diagnostic::{Diagnostic, nearest, quoted};
use super::super::located::Located;
use super::super::tree::Kind;
use super::reader::{Context, Value};

impl Value<'_> {
    /// Text as written; numbers and truth values are text too.
    pub(super) fn text(&self) -> Option<Located<String>> {
        let text = self.scalar();
        if text.is_none() {
            let help = if self.is_empty() {
                "if the text itself is meant, put it in quotation marks"
            } else {
                ""
            };
            self.wrong_type("text", help);
        }
        text.map(|text| Located::new(text.to_owned(), self.node.span))
    }

    /// Text of at least one visible character.
    pub(super) fn name(&self) -> Option<Located<String>> {
        let text = self.text()?;
        if text.trim().is_empty() {
            self.wrong_type("a name", "");
            return None;
        }
        Some(text)
    }

    /// A path, relative to the audit file's folder.
    pub(super) fn path(&self) -> Option<Located<PathBuf>> {
        let name = self.name()?;
        Some(Located::new(self.cx.base.join(&name.value), name.span))
    }

    /// A path that must be a file, where files are looked at.
    pub(super) fn file(&self) -> Option<Located<PathBuf>> {
        let path = self.path()?;
        if self.cx.look_at_files && !path.is_file() {
            let kind = if path.is_dir() {
                "is a folder, expected a file"
            } else {
                "does not exist"
            };
            let message = format!("`{}`: {} {kind}", self.path, path.display());
            self.error(
                "file-not-found",
                message,
                "paths are relative to the audit file's folder",
            );
            return None;
        }
        Some(path)
    }

    /// A path that must be a folder, where files are looked at.
    pub(super) fn folder(&self) -> Option<Located<PathBuf>> {
        let path = self.path()?;
        if self.cx.look_at_files && !path.is_dir() {
            let kind = if path.is_file() {
                "is a file, expected a folder"
            } else {
                "does not exist"
            };
            let message = format!("`{}`: {} {kind}", self.path, path.display());
            self.error(
                "file-not-found",
                message,
                "paths are relative to the audit file's folder",
            );
            return None;
        }
        Some(path)
    }

    /// A file, or a folder that lists its files.
    pub(super) fn file_or_folder(&self) -> Option<Located<PathBuf>> {
        let path = self.path()?;
        if path.is_dir() {
            return Some(path);
        }
        self.file()
    }

    /// A finite number written without quotation marks.
    pub(super) fn number(&self) -> Option<f64> {
        let number = match &self.node.kind {
            Kind::Scalar {
                text,
                quoted: false,
            } => number(text),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type("a number", self.help_for_number());
        }
        number
    }

    fn help_for_number(&self) -> &'static str {
        match self.scalar() {
            Some(text) if number(text).is_some() => "remove the quotation marks",
            Some(text) if text.ends_with('%') => "write a share as a number from 0 to 1",
            _ => "",
        }
    }

    /// A number for which `holds`; `range` says in words which ones do.
    pub(super) fn number_in(&self, range: &str, holds: impl Fn(f64) -> bool) -> Option<f64> {
        let number = self.number()?;
        if holds(number) {
            return Some(number);
        }
        let message = format!(
            "`{}` is {}, expected a number {range}",
            self.path,
            self.described()
        );
        let help = percent(number).filter(|_| holds(number / 100.0));
        self.error("out-of-range", message, &help.unwrap_or_default());
        None
    }

    /// A share from 0 to 1.
    pub(super) fn share(&self) -> Option<f64> {
        self.number_in("from 0 to 1", |share| (0.0..=1.0).contains(&share))
    }

    /// A whole number from `least` to `largest`.
    pub(super) fn count(&self, least: u64, largest: u64) -> Option<u64> {
        let text = match &self.node.kind {
            Kind::Scalar {
                text,
                quoted: false,
            } => text.as_str(),
            _ => "",
        };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            self.wrong_type("a whole number", self.help_for_number());
            return None;
        }
        let count = text
            .parse()
            .ok()
            .filter(|count| (least..=largest).contains(count));
        if count.is_none() {
            let range = if largest == u64::MAX {
                format!("of at least {least}")
            } else {
                format!("from {least} to {largest}")
            };
            let message = format!(
                "`{}` is {}, expected a whole number {range}",
                self.path,
                self.described()
            );
            self.error("out-of-range", message, "");
        }
        count
    }

    /// The same for sizes held in memory.
    pub(super) fn size(&self, least: u64, largest: u32) -> Option<usize> {
        usize::try_from(self.count(least, u64::from(largest))?).ok()
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Option<bool> {
        let flag = match &self.node.kind {
            Kind::Scalar {
                text,
                quoted: false,
            } => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            self.wrong_type("true or false", "");
        }
        flag
    }

    /// One of the named options. Names in `later` are refused as not supported yet.
    pub(super) fn choice<T: Clone>(&self, options: &[(&str, T)], later: &[&str]) -> Option<T> {
        let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
        let Some(text) = self.scalar() else {
            self.wrong_type(&format!("one of {}", names.join(", ")), "");
            return None;
        };
        let chosen = options.iter().find(|(name, _)| *name == text);
        if chosen.is_none() {
            if later.contains(&text) {
                self.not_supported(&format!("`{}: {text}`", self.path), &names);
            } else {
                let message = format!(
                    "`{}` is {}, expected one of {}",
                    self.path,
                    quoted(text),
                    names.join(", ")
                );
                let near: Vec<String> = nearest(text, &names)
                    .iter()
                    .map(|near| format!("`{near}`"))
                    .collect();
                let help = if near.is_empty() {
                    String::new()
                } else {
                    format!("did you mean {}?", near.join(" or "))
                };
                self.error("unknown-value", message, &help);
            }
        }
        chosen.map(|(_, value)| value.clone())
    }

    /// Texts of a list, or one text. None twice, at least `least` of them.
    pub(super) fn texts(&self, least: usize) -> Option<Vec<Located<String>>> {
        if self.is_mapping() {
            self.wrong_type("text, or a list of texts", "");
            return None;
        }
        let values = self.one_or_list();
        let texts: Vec<Option<Located<String>>> = values.iter().map(Value::text).collect();
        let texts = texts.into_iter().collect::<Option<Vec<_>>>()?;
        if texts.len() < least {
            let message = format!(
                "`{}` has {} entries, expected at least {least}",
                self.path,
                texts.len()
            );
            self.error("too-few", message, "");
            return None;
        }
        self.cx.unique(&texts, &self.path).then_some(texts)
    }
}

impl Context<'_> {
    /// Reports entries that occur more than once; whether there are none.
    pub(super) fn unique(&self, texts: &[Located<String>], path: &str) -> bool {
        let mut unique = true;
        for (index, text) in texts.iter().enumerate() {
            if let Some(first) = texts[..index].iter().find(|first| *first == text) {
                unique = false;
                let message = format!("{} occurs twice in `{path}`", quoted(text));
                self.report(
                    Diagnostic::error("duplicate-entry", message)
                        .at(text.span)
                        .label("again here")
                        .also(first.span, "first here"),
                );
            }
        }
        unique
    }
}

/// What to write for a share that was given in per cent.
pub(super) fn percent(number: f64) -> Option<String> {
    (1.0 < number && number <= 100.0).then(|| format!("for {number}% write {}", number / 100.0))
}

/// A finite decimal number: digits, a point, an exponent, and nothing else.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = |letter: u8| letter.is_ascii_digit() || b"+-.eE".contains(&letter);
    if !text.bytes().all(plain) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_decimal_and_finite() {
        for (text, expected) in [
            ("1", 1.0),
            ("-0.05", -0.05),
            ("+2", 2.0),
            ("1.0e-4", 1e-4),
            (".5", 0.5),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in [
            "", "1e999", "nan", "inf", ".inf", "0x1", "1_000", "1,5", "e", "--1", "85%",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
