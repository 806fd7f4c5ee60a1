//! A language file: what it holds, how it is read, and what is wrong with one.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pattern::{Piece, pieces};
use super::read::Reader;

const GERMAN: &str = include_str!("../../../reports-templates/languages/de.yaml");

/// Which way a language is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From left to right.
    #[default]
    Ltr,
    /// From right to left.
    Rtl,
}

/// A mistake in a language file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} line {line}: {message}")]
pub struct LanguageError {
    /// Name of the file.
    pub name: String,
    /// Line of the mistake, from 1.
    pub line: usize,
    /// What is wrong, what was expected.
    pub message: String,
}

/// An English phrase and what it becomes.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    /// The English text.
    pub english: String,
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// Pieces of the translation.
    pub translation: Vec<Piece>,
    /// Characters that are text and no placeholder: what says most is tried first.
    pub literal: usize,
    /// Letters among them.
    pub letters: usize,
}

impl Phrase {
    /// Names of the placeholders in the order of the English text.
    pub fn holes(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// Whether it has no placeholder.
    pub fn is_fixed(&self) -> bool {
        !self.pieces.iter().any(|p| matches!(p, Piece::Hole(_)))
    }
}

/// The phrases of one language.
#[derive(Debug)]
pub struct Language {
    /// Tag of the language (BCP 47), for `<html lang>`.
    pub tag: String,
    /// Which way it is written.
    pub direction: Direction,
    /// Mark between thousands; decimals have a point in every language.
    pub thousands: String,
    /// Name of the file.
    pub name: String,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    pub(super) phrases: Vec<Phrase>,
    pub(super) fixed: HashMap<String, usize>,
    /// Templates by a word that each of them holds.
    pub(super) by_word: HashMap<String, Vec<usize>>,
    /// Templates without a whole word.
    pub(super) wordless: Vec<usize>,
    /// English phrases that the file lists without a translation.
    empty: usize,
}

/// How a file stands beside the catalogue of English phrases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Phrases of the catalogue without a translation, in its order.
    pub missing: Vec<String>,
    /// Phrases of the file that the catalogue does not know: of another version, or mistyped.
    pub unknown: Vec<String>,
    /// Phrases of the catalogue.
    pub phrases: usize,
}

impl Language {
    /// Reads a language file.
    ///
    /// # Errors
    /// The first mistake with its line: no YAML, an unknown key, a phrase that occurs twice, a
    /// placeholder that one side lacks, two placeholders without anything between them.
    pub fn read(name: &str, text: &str) -> Result<Self, LanguageError> {
        let mut reader = Reader::new(name, text);
        let written = reader.file()?;
        let mut language = Self {
            tag: written.tag,
            direction: written.direction,
            thousands: written.thousands,
            name: name.to_owned(),
            sha256: Sha256::digest(text.as_bytes())
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            phrases: Vec::with_capacity(written.phrases.len()),
            fixed: HashMap::new(),
            by_word: HashMap::new(),
            wordless: Vec::new(),
            empty: 0,
        };
        for (english, translation, line) in written.phrases {
            if translation.trim().is_empty() {
                language.empty += 1;
                continue;
            }
            let phrase = phrase(&english, &translation).map_err(|message| LanguageError {
                name: name.to_owned(),
                line,
                message,
            })?;
            language.phrases.push(phrase);
        }
        language.place();
        Ok(language)
    }

    /// Orders the templates so that few of them are tried on a text.
    fn place(&mut self) {
        let mut common: HashMap<&str, usize> = HashMap::new();
        for phrase in self.phrases.iter().filter(|p| !p.is_fixed()) {
            for word in whole_words(&phrase.pieces) {
                *common.entry(word).or_default() += 1;
            }
        }
        let mut by_word: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, phrase) in self.phrases.iter().enumerate() {
            if phrase.is_fixed() {
                self.fixed.insert(phrase.english.clone(), i);
                continue;
            }
            let rarest = whole_words(&phrase.pieces)
                .into_iter()
                .min_by_key(|word| (common.get(word).copied().unwrap_or(0), *word));
            match rarest {
                Some(word) => by_word.entry(word.to_owned()).or_default().push(i),
                None => self.wordless.push(i),
            }
        }
        self.by_word = by_word;
    }

    /// How this language stands beside the catalogue.
    #[must_use]
    pub fn missing(&self) -> Missing {
        let mine: HashMap<&str, ()> = self
            .phrases
            .iter()
            .map(|p| (p.english.as_str(), ()))
            .collect();
        let catalogue = catalogue();
        let known: HashMap<&str, ()> = catalogue.iter().map(|p| (p.as_str(), ())).collect();
        let absent = |all: &[String], held: &HashMap<&str, ()>| -> Vec<String> {
            let lacking = all.iter().filter(|p| !held.contains_key(p.as_str()));
            lacking.cloned().collect()
        };
        let own: Vec<String> = self.phrases.iter().map(|p| p.english.clone()).collect();
        Missing {
            missing: absent(&catalogue, &mine),
            unknown: absent(&own, &known),
            phrases: catalogue.len(),
        }
    }
}

/// Words of a template that no placeholder touches.
fn whole_words(pieces: &[Piece]) -> Vec<&str> {
    let mut found = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        let Piece::Literal(text) = piece else {
            continue;
        };
        let words = words(text);
        let n = words.len();
        for (place, (start, word)) in words.into_iter().enumerate() {
            let touches_before = place == 0 && start == 0 && i > 0;
            let ends = start + word.len() == text.len();
            let touches_after = place + 1 == n && ends && i + 1 < pieces.len();
            if !touches_before && !touches_after {
                found.push(word);
            }
        }
    }
    found
}

/// Runs of letters with their places.
pub(super) fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (c.is_alphabetic(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        found.push((from, &text[from..]));
    }
    found
}

fn holes(pieces: &[Piece]) -> Vec<&str> {
    let mut names: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Hole(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
        .collect();
    names.sort_unstable();
    names
}

fn phrase(english: &str, translation: &str) -> Result<Phrase, String> {
    let (own, other) = (pieces(english), pieces(translation));
    if own
        .windows(2)
        .any(|pair| matches!(pair, [Piece::Hole(_), Piece::Hole(_)]))
    {
        return Err(format!(
            "\"{english}\" has two placeholders with nothing between them, which cannot be told apart"
        ));
    }
    let (asked, given) = (holes(&own), holes(&other));
    if let Some(pair) = asked.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!(
            "\"{english}\" has the placeholder {{{}}} twice",
            pair[0]
        ));
    }
    if let Some(lacking) = asked.iter().find(|name| !given.contains(name)) {
        return Err(format!(
            "the translation of \"{english}\" lacks the placeholder {{{lacking}}}, so that what stands there would be lost"
        ));
    }
    if let Some(foreign) = given.iter().find(|name| !asked.contains(name)) {
        return Err(format!(
            "the translation of \"{english}\" has the placeholder {{{foreign}}}, which the English text has not"
        ));
    }
    let own_text = || own.iter().filter_map(Piece::literal).flat_map(str::chars);
    let literal = own_text().count();
    let letters = own_text().filter(|c| c.is_alphabetic()).count();
    Ok(Phrase {
        english: english.to_owned(),
        pieces: own,
        translation: other,
        literal,
        letters,
    })
}

/// A language that the binary carries; `None` for any other name.
#[must_use]
pub fn built_in(name: &str) -> Option<Arc<Language>> {
    static READ: OnceLock<Option<Arc<Language>>> = OnceLock::new();
    (name == "de")
        .then(|| READ.get_or_init(|| Language::read("de.yaml", GERMAN).ok().map(Arc::new)))
        .and_then(Clone::clone)
}

/// Every English phrase, in the order of the built-in file: a test holds it complete.
pub(super) fn catalogue() -> Vec<String> {
    let german = built_in("de");
    german.map_or_else(Vec::new, |german| {
        german.phrases.iter().map(|p| p.english.clone()).collect()
    })
}

/// A language file to begin with: every English phrase without a translation.
#[must_use]
pub fn starter() -> String {
    let mut text = String::from(
        "# Phrases of the report and their translations. {words} in braces are kept: what stands there is put in\n\
         # their place, wherever the translation has them. {n}, {n1} ... are numbers, {name}, {name1} ... names out\n\
         # of the audit. A phrase that is left empty\n\
         # stays English; `equipoise language FILE` lists these.\n\
         language: \"\"      # tag of the language, such as fr or pt-BR\n\
         direction: ltr    # rtl where it is written from right to left\n\
         thousands: \",\"    # mark between thousands; \"\\u202F\" is a narrow blank\n\
         phrases:\n",
    );
    for english in catalogue() {
        text.push_str(&empty_entry(&english));
    }
    text
}

/// The line of a language file for a phrase without a translation.
#[must_use]
pub fn empty_entry(english: &str) -> String {
    let quoted = serde_json::Value::String(english.to_owned());
    format!("  {quoted}: \"\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Language::read("fr.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_told_with_file_and_line() {
        let with =
            |phrases: &str| format!("language: fr\nphrases:\n  \"Yes\": \"Oui\"\n  {phrases}\n");
        for (phrases, expected) in [
            (
                "\"{n} groups\": groupes",
                "fr.yaml line 4: the translation of \"{n} groups\" lacks the placeholder {n}",
            ),
            (
                "\"groups\": \"{n} groupes\"",
                "fr.yaml line 4: the translation of \"groups\" has the placeholder {n}, which the English",
            ),
            (
                "\"Yes\": \"Si\"",
                "fr.yaml line 4: \"Yes\" stands here again, first in line 3",
            ),
            (
                "\"{x}{y} a\": \"{x}{y} a\"",
                "fr.yaml line 4: \"{x}{y} a\" has two placeholders",
            ),
            ("\"{x} a {x}\": \"{x}\"", "has the placeholder {x} twice"),
            (
                "\"No\": [a]",
                "fr.yaml line 4: expected the value of `No`, which is a text",
            ),
        ] {
            let found = error(&with(phrases));
            assert!(found.contains(expected), "{found}");
        }
        assert!(error("language: fr\nphrases: {\n").contains("this is no YAML"));
        assert!(
            error("language: \"f r\"\nphrases: {}\n").contains("expected the tag of a language")
        );
        assert!(error("phrases: {}\n").contains("`language` is missing"));
        assert!(error("language: fr\nwords: {}\n").contains("line 2: there is no key \"words\""));
        assert!(error("").contains("expected"), "{}", error(""));
        assert!(error("- a").contains("a mapping"));
    }

    #[test]
    fn json_is_read_too_and_empty_phrases_are_missing() {
        let language = Language::read(
            "ar.json",
            r#"{"language": "ar", "direction": "rtl", "phrases": {"Group": "", "Patients": "x"}}"#,
        )
        .unwrap();
        assert_eq!(language.direction, Direction::Rtl);
        assert_eq!((language.phrases.len(), language.empty), (1, 1));
        assert!(language.missing().missing.contains(&"Group".to_owned()));
        assert!(!language.missing().missing.contains(&"Patients".to_owned()));
    }

    #[test]
    fn the_starter_is_a_language_file_once_it_has_a_tag() {
        let begun = starter();
        assert!(begun.lines().count() > 500);
        let language = Language::read(
            "x.yaml",
            &begun.replacen("language: \"\"", "language: x-x", 1),
        )
        .unwrap();
        assert_eq!(language.empty, catalogue().len());
        assert!(language.missing().unknown.is_empty());
    }
}
