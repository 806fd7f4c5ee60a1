//! The audit file as a tree in which everything knows its place.
//!
//! A derive stops at the first mistake and loses positions behind tags and flattened maps; a
//! tree of our own lets the validator go on and report everything at once.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as ParserSpan};

use super::diagnostic::{Diagnostic, quoted};
use super::located::{Located, Span};
use super::source::Places;

/// Levels of nesting that are read. The grammar needs seven.
const DEEPEST: usize = 32;
/// Bytes of an audit file that are read.
const LONGEST: usize = 1 << 20;

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// From its first to its last character.
    pub(super) span: Span,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Text, as written: `01` stays `01`.
    Scalar {
        /// The text.
        text: String,
        /// Whether it stood in quotation marks or in a block, so that it is text for sure.
        quoted: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the file's order, without keys that occur again.
    Mapping(Vec<(Located<String>, Node)>),
}

/// Reads YAML (and so JSON). What is wrong goes to `found`; a key that occurs twice is an error
/// that does not end the reading.
pub(super) fn read(text: &str, found: &mut Vec<Diagnostic>) -> Option<Node> {
    let places = Places::new(text);
    if let Err(diagnostic) = readable(text, &places) {
        found.push(*diagnostic);
        return None;
    }
    let mut builder = Builder {
        places,
        open: Vec::new(),
        root: None,
        found,
    };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let step = match event {
            Err(error) => refuse(builder.syntax_error(&error, text)),
            Ok((Event::DocumentStart(_), span)) if documents > 0 => refuse(
                Diagnostic::error(
                    "several-documents",
                    "a second document begins here, expected one audit a file",
                )
                .at(builder.place(span))
                .help("remove the line `---`, or write the second audit into a file of its own"),
            ),
            Ok((event, span)) => {
                documents += usize::from(matches!(event, Event::DocumentStart(_)));
                builder.take(event, builder.place(span))
            }
        };
        if let Err(diagnostic) = step {
            builder.found.push(*diagnostic);
            return None;
        }
    }
    let root = builder.root.filter(|root| !root.is_empty());
    if root.is_none() {
        found.push(
            Diagnostic::error("empty-file", "the file holds no audit")
                .help("an audit begins with `audit: <id>`; `equipoise schema` prints the grammar"),
        );
    }
    root
}

fn refuse(diagnostic: Diagnostic) -> Result<(), Box<Diagnostic>> {
    Err(Box::new(diagnostic))
}

fn readable(text: &str, places: &Places<'_>) -> Result<(), Box<Diagnostic>> {
    if text.len() > LONGEST {
        let message = format!(
            "the file has {} bytes, expected an audit file of at most {LONGEST}",
            text.len()
        );
        return refuse(Diagnostic::error("file-too-large", message));
    }
    let control = |letter: &char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r');
    match text.char_indices().find(|(_, letter)| control(letter)) {
        Some((place, letter)) => refuse(
            Diagnostic::error(
                "control-character",
                format!(
                    "character U+{:04X} cannot stand in an audit file",
                    u32::from(letter)
                ),
            )
            .at(places.of_bytes(place, place + letter.len_utf8()))
            .help("save the file as plain text in UTF-8"),
        ),
        None => Ok(()),
    }
}

impl Node {
    /// Nothing was written: an empty value, `~` or `null` without quotation marks.
    pub(super) fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Scalar { text, quoted } => {
                !quoted && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            Kind::Sequence(_) | Kind::Mapping(_) => false,
        }
    }
}

/// A list or mapping that has begun and not ended.
enum Open {
    Sequence {
        span: Span,
        items: Vec<Node>,
    },
    Mapping {
        span: Span,
        entries: Vec<(Located<String>, Node)>,
        key: Option<Located<String>>,
    },
}

struct Builder<'a, 'f> {
    places: Places<'a>,
    open: Vec<Open>,
    root: Option<Node>,
    found: &'f mut Vec<Diagnostic>,
}

impl Builder<'_, '_> {
    fn place(&self, span: ParserSpan) -> Span {
        self.places
            .of_characters(span.start.index(), span.end.index())
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::Scalar(text, style, _, tag) => {
                refuse_tag(tag.is_some(), span)?;
                let quoted = style != ScalarStyle::Plain;
                self.scalar(text, quoted, span)
            }
            Event::SequenceStart(_, tag) => {
                refuse_tag(tag.is_some(), span)?;
                self.begin(Open::Sequence {
                    span,
                    items: Vec::new(),
                })
            }
            Event::MappingStart(_, tag) => {
                refuse_tag(tag.is_some(), span)?;
                self.begin(Open::Mapping {
                    span,
                    entries: Vec::new(),
                    key: None,
                })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(_) => refuse(
                Diagnostic::error("alias", "aliases (`*name`) are not read in audit files")
                    .at(span)
                    .help("write the value out"),
            ),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        quoted: bool,
        span: Span,
    ) -> Result<(), Box<Diagnostic>> {
        if let Some(Open::Mapping {
            key: key @ None, ..
        }) = self.open.last_mut()
        {
            if text == "<<" && !quoted {
                let message = "merge keys (`<<`) are not read in audit files";
                return refuse(
                    Diagnostic::error("merge-key", message)
                        .at(span)
                        .help("write the keys out"),
                );
            }
            if text.is_empty() {
                return refuse(Diagnostic::error("empty-key", "a key is empty").at(span));
            }
            *key = Some(Located::new(text.into_owned(), span));
            return Ok(());
        }
        let kind = Kind::Scalar {
            text: text.into_owned(),
            quoted,
        };
        self.place_value(Node { span, kind })
    }

    fn begin(&mut self, open: Open) -> Result<(), Box<Diagnostic>> {
        let (Open::Sequence { span, .. } | Open::Mapping { span, .. }) = &open;
        let span = *span;
        if matches!(self.open.last(), Some(Open::Mapping { key: None, .. })) {
            return refuse(
                Diagnostic::error("complex-key", "a key is a list or a mapping, expected text")
                    .at(span)
                    .help("put text with braces or brackets in quotation marks"),
            );
        }
        if self.open.len() >= DEEPEST {
            let message = format!("more than {DEEPEST} lists and mappings inside each other");
            return refuse(Diagnostic::error("too-deep", message).at(span));
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self, last: Span) -> Result<(), Box<Diagnostic>> {
        let node = match self.open.pop() {
            Some(Open::Sequence { span, items }) => {
                let end = items.last().map_or(span.end, |item| item.span.end);
                node(span, end, last, Kind::Sequence(items))
            }
            Some(Open::Mapping { span, entries, .. }) => {
                let end = entries.last().map_or(span.end, |(_, value)| value.span.end);
                let entries = self.without_duplicates(entries);
                node(span, end, last, Kind::Mapping(entries))
            }
            None => return Ok(()),
        };
        self.place_value(node)
    }

    fn place_value(&mut self, node: Node) -> Result<(), Box<Diagnostic>> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, key, .. }) => {
                if let Some(key) = key.take() {
                    entries.push((key, node));
                }
            }
        }
        Ok(())
    }

    fn without_duplicates(
        &mut self,
        entries: Vec<(Located<String>, Node)>,
    ) -> Vec<(Located<String>, Node)> {
        let mut seen = std::collections::BTreeMap::<String, Span>::new();
        let mut kept = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match seen.get(&key.value) {
                Some(first) => self.found.push(
                    Diagnostic::error(
                        "duplicate-key",
                        format!("key {} occurs twice", quoted(&key.value)),
                    )
                    .at(key.span)
                    .label("again here")
                    .also(*first, "first here")
                    .help("keep one of them"),
                ),
                None => {
                    seen.insert(key.value.clone(), key.span);
                    kept.push((key, value));
                }
            }
        }
        kept
    }

    fn syntax_error(&self, error: &ScanError, text: &str) -> Diagnostic {
        let index = error.marker().index();
        let span = self.places.of_characters(index, index);
        let line = text.lines().nth(span.line - 1).unwrap_or_default();
        let diagnostic = Diagnostic::error("syntax", format!("not valid YAML: {}", error.info()));
        let diagnostic = diagnostic.at(span);
        match syntax_help(line) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

fn node(span: Span, end_of_last: usize, last: Span, kind: Kind) -> Node {
    // The end of a block is reported where the next thing begins; only brackets are part of it.
    let end = if last.end > last.start {
        last.end
    } else {
        end_of_last
    };
    let span = Span {
        end: end.max(span.start),
        ..span
    };
    Node { span, kind }
}

fn refuse_tag(tagged: bool, span: Span) -> Result<(), Box<Diagnostic>> {
    if !tagged {
        return Ok(());
    }
    refuse(
        Diagnostic::error("tag", "tags (`!name`) are not read in audit files")
            .at(span)
            .help("put text in quotation marks to keep it as text"),
    )
}

fn syntax_help(line: &str) -> Option<&'static str> {
    let indent = &line[..line.len() - line.trim_start().len()];
    let value = line.split_once(": ").map_or("", |(_, value)| value.trim());
    if indent.contains('\t') {
        Some("indent with spaces, not with tabs")
    } else if line.contains("require: >") || line.contains("require: =") {
        Some("put the requirement in quotation marks: `require: \">= 0.85\"`")
    } else if value.contains(": ") && !value.starts_with(['{', '[', '"', '\'']) {
        Some("put text that holds a colon in quotation marks")
    } else if value.starts_with(['@', '%', '*', '&', '!', '`']) {
        Some("put text that begins with this sign in quotation marks")
    } else {
        None
    }
}
