//! Typed reading of the tree. Every reader reports what is wrong and gives `None`, so that the
//! caller goes on and the user sees all mistakes at once.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::keys::Keys;
use super::super::located::{Located, Span};
use super::super::tree::{Kind, Node};
use super::Need;
use super::values::number;

/// What all readers share.
pub(super) struct Context<'a> {
    found: RefCell<Vec<Diagnostic>>,
    /// What the audit file is read for.
    pub(super) need: Need,
    pub(super) base: &'a Path,
    /// Whether named files must exist.
    pub(super) look_at_files: bool,
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
    pub(super) node: &'a Node,
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

    /// Reports a warning at this value.
    pub(super) fn warning(&self, code: &'static str, message: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::warning(code, message).at(self.node.span);
        self.cx.report(diagnostic.help(help));
    }

    pub(super) fn wrong_type(&self, expected: &str, help: &str) {
        let name = if self.path.is_empty() {
            "the file".to_owned()
        } else {
            format!("`{}`", self.path)
        };
        let message = format!("{name} is {}, expected {expected}", self.described());
        self.error("wrong-type", message, help);
    }

    /// What the value is, in words.
    pub(super) fn described(&self) -> String {
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
