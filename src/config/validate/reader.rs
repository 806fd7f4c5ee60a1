//! Typed reading of the tree. Every reader reports what is wrong and gives `None`, so that the
//! caller goes on and the user sees all mistakes at once.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::super::diagnostic::{Diagnostic, nearest, quoted, suggestion};
use super::super::keys::Keys;
use super::super::located::{Located, Span};
use super::super::tree::{Kind, Node};
use super::Need;

/// What all readers share.
pub(super) struct Context<'a> {
    found: RefCell<Vec<Diagnostic>>,
    /// What the audit file is read for.
    pub(super) need: Need,
    base: &'a Path,
    /// Whether named files must exist.
    look_at_files: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(need: Need, base: &'a Path, look_at_files: bool) -> Self {
        Self {
            found: RefCell::new(Vec::new()),
            need,
            base,
            look_at_files,
        }
    }

    /// The audit file's folder.
    pub(super) fn folder(&self) -> PathBuf {
        if self.base.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            self.base.to_path_buf()
        }
    }

    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    pub(super) fn into_found(self) -> Vec<Diagnostic> {
        self.found.into_inner()
    }
}

/// A value, its path of keys for messages, and the place of its key.
#[derive(Clone)]
pub(super) struct Value<'a> {
    pub(super) cx: &'a Context<'a>,
    node: &'a Node,
    /// Keys from the root, as in `cohort.columns.image`.
    pub(super) path: String,
    /// Place of the key, or of the value in a list.
    pub(super) key: Span,
}

impl<'a> Value<'a> {
    pub(super) fn root(cx: &'a Context<'a>, node: &'a Node) -> Self {
        let key = match &node.kind {
            Kind::Mapping(entries) => entries.first().map_or(node.span, |(key, _)| key.span),
            Kind::Scalar { .. } | Kind::Sequence(_) => node.span,
        };
        Self {
            cx,
            node,
            path: String::new(),
            key,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.node.span
    }

    /// Reports an error at this value.
    pub(super) fn error(&self, code: &'static str, message: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::error(code, message).at(self.node.span);
        self.cx.report(if help.is_empty() {
            diagnostic
        } else {
            diagnostic.help(help)
        });
    }

    fn wrong_type(&self, expected: &str, help: &str) {
        let name = if self.path.is_empty() {
            "the file".to_owned()
        } else {
            format!("`{}`", self.path)
        };
        let message = format!("{name} is {}, expected {expected}", self.described());
        self.error("wrong-type", message, help);
    }

    /// What the value is, in words.
    fn described(&self) -> String {
        match &self.node.kind {
            Kind::Scalar { .. } if self.node.is_empty() => "empty".to_owned(),
            Kind::Scalar { text, quoted: true } => format!("the text {}", quoted(text)),
            Kind::Scalar { text, .. } if number(text).is_some() => text.clone(),
            Kind::Scalar { text, .. } => quoted(text),
            Kind::Sequence(_) => "a list".to_owned(),
            Kind::Mapping(_) => "a mapping".to_owned(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.node.is_empty()
    }

    /// The text of a scalar that is not empty of meaning, whatever it stands for.
    pub(super) fn scalar(&self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, .. } if !self.node.is_empty() => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.kind, Kind::Sequence(_))
    }

    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.node.kind, Kind::Mapping(_))
    }

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

    /// Refuses something of the grammar that a later version will take.
    pub(super) fn not_supported(&self, what: &str, instead: &[&str]) {
        let help = if instead.is_empty() {
            "remove it".to_owned()
        } else {
            format!("this version takes: {}", instead.join(", "))
        };
        let message = format!("{what} is not supported by this version");
        self.error("not-supported", message, &help);
    }

    /// The values of a list.
    pub(super) fn list(&self, of: &str) -> Option<Vec<Value<'a>>> {
        let Kind::Sequence(items) = &self.node.kind else {
            self.wrong_type(&format!("a list of {of}"), "");
            return None;
        };
        Some(self.items(items))
    }

    /// The values of a list, or the value itself where there is no list.
    pub(super) fn one_or_list(&self) -> Vec<Value<'a>> {
        match &self.node.kind {
            Kind::Sequence(items) => self.items(items),
            Kind::Scalar { .. } | Kind::Mapping(_) => vec![self.clone()],
        }
    }

    fn items(&self, items: &'a [Node]) -> Vec<Value<'a>> {
        items
            .iter()
            .enumerate()
            .map(|(index, node)| Value {
                cx: self.cx,
                node,
                path: format!("{}[{index}]", self.path),
                key: Span {
                    end: node.span.start,
                    ..node.span
                },
            })
            .collect()
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

    /// A mapping with fixed keys. Unknown keys are reported here.
    pub(super) fn section(&self, keys: &'static Keys) -> Option<Section<'a>> {
        let section = self.open_section(keys)?;
        for (key, _) in section.entries {
            section.check_key(key);
        }
        Some(section)
    }

    /// A mapping with fixed keys and names of the user's own.
    pub(super) fn open_section(&self, keys: &'static Keys) -> Option<Section<'a>> {
        let Kind::Mapping(entries) = &self.node.kind else {
            let example = keys.accepted.first().copied().unwrap_or("key");
            self.wrong_type(
                &format!("a mapping with keys such as `{example}`"),
                &format!("valid keys: {}", keys.accepted.join(", ")),
            );
            return None;
        };
        Some(Section {
            value: self.clone(),
            entries,
            keys,
        })
    }

    /// A mapping whose keys are names of the user's own.
    pub(super) fn named(&self, of: &str) -> Option<Vec<(Located<String>, Value<'a>)>> {
        let Kind::Mapping(entries) = &self.node.kind else {
            self.wrong_type(&format!("a mapping from names to {of}"), "");
            return None;
        };
        Some(
            entries
                .iter()
                .map(|(key, node)| (key.clone(), self.child(key, node)))
                .collect(),
        )
    }

    fn child(&self, key: &Located<String>, node: &'a Node) -> Value<'a> {
        let path = if self.path.is_empty() {
            key.value.clone()
        } else {
            format!("{}.{}", self.path, key.value)
        };
        Value {
            cx: self.cx,
            node,
            path: path.chars().filter(|letter| !letter.is_control()).collect(),
            key: key.span,
        }
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

/// A mapping with fixed keys.
pub(super) struct Section<'a> {
    pub(super) value: Value<'a>,
    entries: &'a [(Located<String>, Node)],
    keys: &'static Keys,
}

impl<'a> Section<'a> {
    /// The value of `key`, where given.
    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        debug_assert!(
            self.keys.accepted.contains(&key),
            "{key} is missing from the table of keys"
        );
        let (key, node) = self.entries.iter().find(|(name, _)| name.value == key)?;
        Some(self.value.child(key, node))
    }

    /// The value of `key`; its absence is an error.
    pub(super) fn required(&self, key: &str, help: &str) -> Option<Value<'a>> {
        let found = self.get(key);
        if found.is_none() {
            let place = if self.value.path.is_empty() {
                "the audit".to_owned()
            } else {
                format!("`{}`", self.value.path)
            };
            let diagnostic =
                Diagnostic::error("missing-key", format!("{place} has no key `{key}`"))
                    .at(self.value.key)
                    .label(format!("`{key}` is missing here"));
            self.value.cx.report(if help.is_empty() {
                diagnostic
            } else {
                diagnostic.help(help)
            });
        }
        found
    }

    /// Keys that are names of the user's own, where the mapping takes some beside fixed ones.
    pub(super) fn others(&self) -> Vec<(Located<String>, Value<'a>)> {
        self.entries
            .iter()
            .filter(|(key, _)| !self.keys.accepted.contains(&key.value.as_str()))
            .map(|(key, node)| (key.clone(), self.value.child(key, node)))
            .collect()
    }

    /// Keys as written, known or not.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a Located<String>> {
        self.entries.iter().map(|(key, _)| key)
    }

    fn check_key(&self, key: &Located<String>) {
        let name = key.value.as_str();
        if self.keys.accepted.contains(&name) {
            return;
        }
        let place = if self.value.path.is_empty() {
            "the audit".to_owned()
        } else {
            format!("`{}`", self.value.path)
        };
        let diagnostic = if self.keys.later.contains(&name) {
            Diagnostic::error(
                "not-supported",
                format!("`{name}` in {place} is not supported by this version"),
            )
            .help(format!(
                "remove it; valid keys: {}",
                self.keys.accepted.join(", ")
            ))
        } else {
            Diagnostic::error(
                "unknown-key",
                format!("{place} has no key {}", quoted(name)),
            )
            .help(suggestion(name, self.keys.accepted, "key"))
        };
        self.value.cx.report(diagnostic.at(key.span));
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
