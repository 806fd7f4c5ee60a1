//! Puts the words of a finished page into its language. Anchors, classes, codes and commands stay.

use super::super::language::Translator;
use super::block::{Block, Definition, Figure, Section, Table};

/// One text in the language of the page.
pub(super) fn in_language(words: &Translator, text: &mut String) {
    if let std::borrow::Cow::Owned(said) = words.say(text) {
        *text = said;
    }
}

impl Section {
    /// Heading and content in the language of the page.
    pub fn translate(&mut self, words: &Translator) {
        let mut title = self.title.to_string();
        in_language(words, &mut title);
        self.title = title.into();
        for block in &mut self.blocks {
            block.translate(words);
        }
    }
}

impl Block {
    fn translate(&mut self, words: &Translator) {
        match self {
            Self::Paragraph(text) | Self::Note(text) | Self::Heading(text) | Self::Absent(text) => {
                in_language(words, text);
            }
            Self::Table(table) => table.translate(words),
            Self::Figure(figure) => figure.translate(words),
            Self::Panels(groups) => {
                for group in groups {
                    in_language(words, &mut group.heading);
                    for figure in &mut group.figures {
                        figure.translate(words);
                    }
                }
            }
            Self::Sheets(sheets) => {
                for sheet in sheets {
                    for text in sheet.texts() {
                        in_language(words, text);
                    }
                }
            }
            Self::Command(_) => {}
            Self::List(items) => {
                for item in items {
                    in_language(words, item);
                }
            }
            Self::Definitions(terms) | Self::References(terms) => {
                for term in terms {
                    term.translate(words);
                }
            }
        }
    }
}

impl Figure {
    /// The drawing itself got its words when it was laid out.
    fn translate(&mut self, words: &Translator) {
        in_language(words, &mut self.caption);
        if let Some(note) = &mut self.note {
            in_language(words, note);
        }
    }
}

impl Definition {
    /// Term and meaning; what cites publications stays.
    pub fn translate(&mut self, words: &Translator) {
        in_language(words, &mut self.term);
        let own = self.detail.strip_suffix(self.sources.as_str());
        let own = own.unwrap_or(&self.detail).trim_end();
        let mut said = words.say(own).into_owned();
        if !self.sources.is_empty() {
            said.push(' ');
            said.push_str(&self.sources);
        }
        self.detail = said;
    }
}

impl Table {
    fn translate(&mut self, words: &Translator) {
        in_language(words, &mut self.caption);
        if let Some(description) = &mut self.description {
            in_language(words, description);
        }
        for column in &mut self.columns {
            in_language(words, &mut column.label);
        }
        for cell in self.rows.iter_mut().flat_map(|row| &mut row.cells) {
            // Ids of methods and codes are the same in every language.
            if cell.class != "method" {
                in_language(words, &mut cell.text);
            }
            if let Some(note) = &mut cell.note {
                in_language(words, note);
            }
        }
    }
}
