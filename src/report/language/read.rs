//! Reads what a language file says.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, Span};

use super::catalogue::{Direction, LanguageError};

/// What a file says, as it is written.
pub(super) struct Written {
    pub tag: String,
    pub direction: Direction,
    /// Mark between thousands.
    pub thousands: String,
    /// English phrase, translation and line.
    pub phrases: Vec<(String, String, usize)>,
}

/// What may stand between thousands: the page's script takes it out of numbers again, and a point would
/// be read as the decimal sign.
const THOUSANDS: [&str; 8] = [
    "", ",", "'", "\u{2019}", " ", "\u{a0}", "\u{2009}", "\u{202f}",
];

/// Reads the events of YAML, so that every mistake has its line.
pub(super) struct Reader<'a> {
    name: &'a str,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    pub fn new(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            parser: Parser::new_from_str(text),
        }
    }

    fn error(&self, line: usize, message: impl Into<String>) -> LanguageError {
        LanguageError {
            name: self.name.to_owned(),
            line,
            message: message.into(),
        }
    }

    /// The next event that is no frame of the document.
    fn next(&mut self) -> Result<(Event<'a>, Span), LanguageError> {
        loop {
            match self.parser.next() {
                None => {
                    return Err(self.error(
                        1,
                        "the file ends too early, expected `language:` and `phrases:`",
                    ));
                }
                Some(Err(error)) => {
                    let line = error.marker().line();
                    return Err(self.error(line, format!("this is no YAML: {}", error.info())));
                }
                Some(Ok((Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _))) => {}
                Some(Ok(found)) => return Ok(found),
            }
        }
    }

    /// A text, or `None` where the mapping ends.
    fn text(&mut self, what: &str) -> Result<Option<(String, usize)>, LanguageError> {
        let (event, span) = self.next()?;
        let line = span.start.line();
        match event {
            Event::Scalar(text, ..) => Ok(Some((text.into_owned(), line))),
            Event::MappingEnd => Ok(None),
            _ => Err(self.error(line, format!("expected {what}, which is a text"))),
        }
    }

    fn mapping(&mut self, what: &str) -> Result<(), LanguageError> {
        let (event, span) = self.next()?;
        match event {
            Event::MappingStart(..) => Ok(()),
            _ => Err(self.error(span.start.line(), format!("expected {what}: a mapping"))),
        }
    }

    fn value(&mut self, key: &str, line: usize) -> Result<String, LanguageError> {
        match self.text(&format!("the value of `{key}`"))? {
            Some((text, _)) => Ok(text),
            None => Err(self.error(line, format!("`{key}` has no value"))),
        }
    }

    /// The whole file.
    pub fn file(&mut self) -> Result<Written, LanguageError> {
        self.mapping("a language file with `language:` and `phrases:`")?;
        let (mut tag, mut direction, mut phrases) = (None, Direction::Ltr, None);
        let mut thousands = ",".to_owned();
        while let Some((key, line)) = self.text("a key")? {
            match key.as_str() {
                "language" => tag = Some((self.value(&key, line)?, line)),
                "direction" => {
                    direction = match self.value(&key, line)?.as_str() {
                        "ltr" => Direction::Ltr,
                        "rtl" => Direction::Rtl,
                        other => {
                            let message =
                                format!("`direction` is \"{other}\", expected ltr or rtl");
                            return Err(self.error(line, message));
                        }
                    }
                }
                "thousands" => {
                    thousands = self.value(&key, line)?;
                    if !THOUSANDS.contains(&thousands.as_str()) {
                        let message = format!(
                            "`thousands` is \"{thousands}\", expected the mark between thousands: nothing, a comma, an \
                             apostrophe or a blank (also a narrow one that does not break, U+202F); the decimal sign is a point"
                        );
                        return Err(self.error(line, message));
                    }
                }
                "phrases" => phrases = Some(self.phrases()?),
                other => {
                    let message = format!(
                        "there is no key \"{other}\" in a language file, expected language, direction, thousands or phrases"
                    );
                    return Err(self.error(line, message));
                }
            }
        }
        let (tag, line) = tag.ok_or_else(|| {
            self.error(
                1,
                "`language` is missing: the tag of the language, such as fr",
            )
        })?;
        if !is_tag(&tag) {
            let message = format!(
                "`language` is \"{tag}\", expected the tag of a language, such as fr or pt-BR"
            );
            return Err(self.error(line, message));
        }
        let phrases = phrases.ok_or_else(|| self.error(1, "`phrases` is missing"))?;
        Ok(Written {
            tag,
            direction,
            thousands,
            phrases,
        })
    }

    fn phrases(&mut self) -> Result<Vec<(String, String, usize)>, LanguageError> {
        self.mapping("phrases with their translations")?;
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut found = Vec::new();
        while let Some((english, line)) = self.text("an English phrase")? {
            if let Some(before) = seen.insert(english.clone(), line) {
                let message = format!("\"{english}\" stands here again, first in line {before}");
                return Err(self.error(line, message));
            }
            let translation = self.value(&english, line)?;
            found.push((english, translation, line));
        }
        Ok(found)
    }
}

/// Letters, digits and hyphens, as tags of languages are made of; it goes into an attribute of the page.
fn is_tag(tag: &str) -> bool {
    (2..=35).contains(&tag.len())
        && tag.starts_with(|c: char| c.is_ascii_alphabetic())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
