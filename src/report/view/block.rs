//! The few shapes that every section is made of.

use std::borrow::Cow;

use serde::Serialize;

use super::super::anchor::encode_part;
use super::super::contact::ShownSheet;
use super::super::result::AuditResult;

/// A section of the page.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    /// Anchor.
    pub id: &'static str,
    /// Heading.
    pub title: Cow<'static, str>,
    /// Content in order.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section without content yet.
    pub fn new(id: &'static str, title: &'static str) -> Self {
        Self {
            id,
            title: Cow::Borrowed(title),
            blocks: Vec::new(),
        }
    }

    /// Adds a paragraph.
    pub fn say(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    /// Adds a smaller paragraph that explains what stands before it.
    pub fn note(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Note(text.into()));
    }

    /// Adds a heading below the section's.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    /// Says why something is not there.
    pub fn absent(&mut self, reason: impl Into<String>) {
        self.blocks.push(Block::Absent(reason.into()));
    }
}

/// One piece of a section.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub(super) enum Block {
    /// Text.
    Paragraph(String),
    /// Smaller text.
    Note(String),
    /// A heading below the section's.
    Heading(String),
    /// "Not computed because ...".
    Absent(String),
    /// A table.
    Table(Table),
    /// One wide figure.
    Figure(Figure),
    /// Small figures side by side, by attribute.
    Panels(Vec<Panels>),
    /// Contact sheets.
    Sheets(Vec<ShownSheet>),
    /// A command line to type.
    Command(String),
    /// A list of sentences.
    List(Vec<String>),
    /// Terms and what they mean.
    Definitions(Vec<Definition>),
    /// Numbered references, each with its id.
    References(Vec<Definition>),
}

/// A table; the first cell of a row is its heading.
#[derive(Debug, Default, Serialize)]
pub(super) struct Table {
    /// Caption, also its name for screen readers.
    pub caption: String,
    /// A sentence below the caption.
    pub description: Option<String>,
    /// Class for the style sheet.
    pub class: &'static str,
    /// Whether it is folded, and open at first.
    pub folded: Option<bool>,
    /// Column headings.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Serialize)]
pub(super) struct Column {
    /// Heading.
    pub label: String,
    /// `num` for numbers, `group` for names, `wide` for sentences, or empty.
    pub class: &'static str,
}

impl Column {
    /// A column of words.
    pub fn text(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            class: "",
        }
    }

    /// A column of numbers.
    pub fn number(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            class: "num",
        }
    }

    /// A column of groups' names, which may be long.
    pub fn group(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            class: "group",
        }
    }

    /// A column of sentences.
    pub fn wide(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            class: "wide",
        }
    }
}

/// A row.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    /// Anchor.
    pub id: Option<String>,
    /// Class for the style sheet; `band` spans the table with a heading.
    pub class: &'static str,
    /// Cells.
    pub cells: Vec<Cell>,
}

impl Row {
    /// A group's row; the whole cohort's is set apart.
    pub fn of_group(attribute: &str, cells: Vec<Cell>) -> Self {
        Self {
            id: None,
            class: if attribute == "overall" { "whole" } else { "" },
            cells,
        }
    }
}

/// A cell.
#[derive(Debug, Default, Serialize)]
pub(super) struct Cell {
    /// What stands in it.
    pub text: String,
    /// A second, smaller line.
    pub note: Option<String>,
    /// Class for the style sheet besides its column's.
    pub class: &'static str,
    /// Anchor on this page that it points to.
    pub href: Option<String>,
}

impl Cell {
    /// Plain text.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// With a second, smaller line.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// A method's id, pointing to its description where the methods section has one.
    pub fn method(id: &str, result: &AuditResult) -> Self {
        let cell = Self::new(id).with_class("method");
        if result.methods.method_ids.iter().any(|known| known == id) {
            cell.with_href(format!("method.{}", encode_part(id)))
        } else {
            cell
        }
    }

    /// With a class.
    pub fn with_class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// Pointing to an anchor.
    pub fn with_href(mut self, anchor: impl Into<String>) -> Self {
        self.href = Some(anchor.into());
        self
    }
}

/// One figure, drawn.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    /// Caption.
    pub caption: String,
    /// A second, smaller line of the caption.
    pub note: Option<String>,
    /// Anchor in the table of its numbers.
    pub table: Option<String>,
    /// The `<svg>` element.
    pub svg: String,
}

impl Figure {
    /// The parts of one figure that is too tall for a page; the parts are numbered when there are several.
    pub fn parts(caption: &str, note: &str, svgs: Vec<String>) -> Vec<Self> {
        let n = svgs.len();
        svgs.into_iter()
            .enumerate()
            .map(|(i, svg)| Self {
                caption: if n > 1 {
                    format!("{caption}, part {} of {n}", i + 1)
                } else {
                    caption.to_owned()
                },
                note: Some(note.to_owned()),
                table: None,
                svg,
            })
            .collect()
    }

    /// The same with a link to the table of its numbers.
    pub fn with_table(self, anchor: Option<&String>) -> Self {
        Self {
            table: anchor.cloned(),
            ..self
        }
    }
}

/// Small figures under one heading.
#[derive(Debug, Serialize)]
pub(super) struct Panels {
    /// Heading: the attribute.
    pub heading: String,
    /// Figures.
    pub figures: Vec<Figure>,
}

/// A term and what it means.
#[derive(Debug, Serialize)]
pub(super) struct Definition {
    /// Anchor.
    pub id: Option<String>,
    /// Term.
    pub term: String,
    /// Meaning.
    pub detail: String,
    /// The end of the meaning that cites publications, which no language changes.
    #[serde(skip)]
    pub sources: String,
}

impl Definition {
    /// A term without an anchor.
    pub fn new(term: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            id: None,
            term: term.into(),
            detail: detail.into(),
            sources: String::new(),
        }
    }
}
