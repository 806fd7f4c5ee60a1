//! Names in sentences: which words of a text are a site, and which are the text's own.
//!
//! A name that is no word of the page is replaced wherever it stands. One that is (`Other`, `Model`,
//! `Pass`, `A`) is replaced where a sentence names a group: behind its attribute, in quotation marks, in
//! a list of levels; and in texts of the audit file, where it is written as a name.

use std::collections::{BTreeMap, BTreeSet};

use crate::report;

/// Names of fewer letters are not looked for inside of words.
const SHORTEST_IN_WORDS: usize = 4;
/// Names without a letter, as numbers of hospitals are, are looked for in texts of the audit file from
/// so many signs on; shorter ones are any number.
const SHORTEST_NUMBER: usize = 3;
/// Signs that stand for an apostrophe.
const APOSTROPHES: [char; 4] = ['\'', '\u{2019}', '\u{2018}', '\u{2bc}'];

/// Whose text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// The audit file's, or a file's name.
    Own,
    /// One that is written here, or an id.
    Sentence,
}

/// Something to look for and what takes its place.
#[derive(Debug, Clone)]
struct Pattern {
    old: String,
    new: String,
    any_case: bool,
    inside_words: bool,
    own_only: bool,
}

/// What names look like in texts.
#[derive(Default, Clone)]
pub(super) struct Sentences {
    /// By their first letter, the longest first.
    patterns: BTreeMap<char, Vec<Pattern>>,
    /// Names and letters, the longest first, for lists.
    names: Vec<(String, String)>,
    /// What stands before or behind a list of levels.
    before: Vec<String>,
    behind: Vec<String>,
    /// Names that are no words of the page, and no letters.
    distinct: Vec<String>,
    /// Names that are seen inside of words too.
    inner: Vec<String>,
}

impl Sentences {
    /// From names and letters, the columns of sites with their attributes, and every renamed level with
    /// its attribute or crossing.
    pub fn new<'n>(
        letters: &BTreeMap<String, String>,
        columns: &BTreeMap<String, String>,
        renamed: impl Iterator<Item = (&'n str, &'n str, String)>,
    ) -> Self {
        let mut found = Self::default();
        for (attribute, level, new) in renamed {
            for between in ["=", " ", ": "] {
                found.add_exact(
                    format!("{attribute}{between}{level}"),
                    format!("{attribute}{between}{new}"),
                );
            }
            found.add_exact(format!("\"{level}\""), format!("\"{new}\""));
        }
        let page = words_of_the_program();
        let own: BTreeSet<&String> = letters.values().collect();
        for (name, letter) in letters {
            let has_letters = name.chars().any(char::is_alphabetic);
            let is_distinct = has_letters && !holds_word(&page, &name.to_lowercase());
            let written_as_a_name = name.chars().any(char::is_uppercase) && name.len() > 1;
            let signs = name.chars().count();
            let is_number = !has_letters && signs >= SHORTEST_NUMBER;
            let inside_words = is_distinct && signs >= SHORTEST_IN_WORDS || is_number;
            if is_distinct || written_as_a_name || is_number {
                found.add(Pattern {
                    old: name.clone(),
                    new: letter.clone(),
                    any_case: is_distinct,
                    inside_words,
                    own_only: !is_distinct,
                });
            }
            if is_distinct && !own.contains(name) {
                found.distinct.push(name.clone());
            }
            if inside_words {
                found.inner.push(name.clone());
            }
            found.names.push((name.clone(), letter.clone()));
        }
        found.names.sort_by(|a, b| longest_first(&a.0, &b.0));
        found.before = ["less that of ", "the reference "]
            .map(str::to_owned)
            .into();
        for (column, attribute) in columns {
            found.before.push(format!("{column} is not one of "));
            found.before.push(format!("{column} is one of "));
            found.behind.push(format!(" of {attribute}: "));
        }
        found.sort();
        found
    }

    /// The same with whole texts and what takes their place.
    pub fn with(&self, texts: BTreeMap<String, String>) -> Self {
        let mut found = self.clone();
        for (old, new) in texts {
            found.add_exact(old, new);
        }
        found.sort();
        found
    }

    fn add_exact(&mut self, old: String, new: String) {
        self.add(Pattern {
            old,
            new,
            any_case: false,
            inside_words: false,
            own_only: false,
        });
    }

    fn add(&mut self, pattern: Pattern) {
        if let Some(first) = pattern.old.chars().next() {
            self.patterns
                .entry(folded(first))
                .or_default()
                .push(pattern);
        }
    }

    fn sort(&mut self) {
        for patterns in self.patterns.values_mut() {
            patterns.sort_by(|a, b| longest_first(&a.old, &b.old));
        }
    }

    /// Replaces every name at once, so that no letter is taken for another site's name.
    pub fn replaced(&self, text: &str, whose: Text) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(next) = text[at..].chars().next() {
            if let Some((length, new)) = self.listed(text, at).or_else(|| self.at(text, at, whose))
            {
                out.push_str(&new);
                at += length;
            } else {
                out.push(next);
                at += next.len_utf8();
            }
        }
        out
    }

    fn at(&self, text: &str, at: usize, whose: Text) -> Option<(usize, String)> {
        let first = text[at..].chars().next()?;
        let is_apart = is_apart(text, at, first);
        let patterns = self.patterns.get(&folded(first))?;
        patterns.iter().find_map(|pattern| {
            if pattern.own_only && whose != Text::Own {
                return None;
            }
            let length = begins_with(&text[at..], &pattern.old, pattern.any_case)?;
            let is_word = is_apart && ends(&text[at + length..], &pattern.old);
            let inside = pattern.inside_words && whose == Text::Own;
            (is_word || inside && !cuts_a_number(text, at, length))
                .then(|| (length, pattern.new.clone()))
        })
    }

    /// Levels joined by commas in a place where sentences list levels.
    fn listed(&self, text: &str, at: usize) -> Option<(usize, String)> {
        let first = text[at..].chars().next()?;
        if !is_apart(text, at, first) {
            return None;
        }
        let mut new = Vec::new();
        let mut end = at;
        loop {
            let (length, letter) = self.names.iter().find_map(|(name, letter)| {
                let length = begins_with(&text[end..], name, false)?;
                ends(&text[end + length..], name).then_some((length, letter))
            })?;
            new.push(letter.as_str());
            end += length;
            let goes_on = text[end..].strip_prefix(", ").is_some_and(|rest| {
                let mut names = self.names.iter();
                names.any(|(name, _)| {
                    begins_with(rest, name, false).is_some_and(|length| ends(&rest[length..], name))
                })
            });
            if !goes_on {
                break;
            }
            end += ", ".len();
        }
        let behind = |tail: &String| text[end..].starts_with(tail.as_str());
        let is_list = self
            .before
            .iter()
            .any(|lead| text[..at].ends_with(lead.as_str()))
            || self.behind.iter().any(behind);
        is_list.then(|| (end - at, new.join(", ")))
    }

    /// A name that another name holds, such as a scanner's that is called after its site.
    pub fn held_by(&self, other: &str) -> Option<&str> {
        let mut inner = self.inner.iter();
        let found = inner.find(|name| {
            other.char_indices().any(|(at, _)| {
                begins_with(&other[at..], name, true)
                    .is_some_and(|length| !cuts_a_number(other, at, length))
            })
        });
        found.map(String::as_str)
    }

    /// A name that is no word of the page and stands in a text as a word of its own.
    pub fn distinct_in(&self, text: &str) -> Option<&str> {
        let mut distinct = self.distinct.iter();
        let found = distinct.find(|name| {
            text.char_indices().any(|(at, first)| {
                is_apart(text, at, first)
                    && begins_with(&text[at..], name, true)
                        .is_some_and(|length| ends(&text[at + length..], name))
            })
        });
        found.map(String::as_str)
    }
}

/// Whether a match begins or ends within a longer number.
fn cuts_a_number(text: &str, at: usize, length: usize) -> bool {
    let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let found = &text[at..at + length];
    is_digit(found.chars().next()) && is_digit(text[..at].chars().next_back())
        || is_digit(found.chars().next_back()) && is_digit(text[at + length..].chars().next())
}

/// Every text that is written here and not by the audit: phrases of the page, what codes mean, ids.
fn words_of_the_program() -> String {
    let mut text = report::starter();
    for code in report::codes() {
        for part in [code.code, code.checks, code.matters, code.remedy] {
            text.push(' ');
            text.push_str(part);
        }
    }
    // Ids of metrics stand in the descriptions of the schema.
    text.push_str(&report::result_schema().unwrap_or_default());
    text.to_lowercase()
}

fn longest_first(a: &str, b: &str) -> std::cmp::Ordering {
    b.len().cmp(&a.len()).then_with(|| a.cmp(b))
}

fn folded(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

/// The same letter in any case, or an apostrophe of another shape.
fn same_letter(a: char, b: char) -> bool {
    a == b
        || a.to_lowercase().eq(b.to_lowercase())
        || APOSTROPHES.contains(&a) && APOSTROPHES.contains(&b)
}

/// How many bytes of a text are a name, where it begins with it.
fn begins_with(text: &str, name: &str, any_case: bool) -> Option<usize> {
    let mut letters = text.char_indices();
    for own in name.chars() {
        let (_, letter) = letters.next()?;
        if !(own == letter || any_case && same_letter(own, letter)) {
            return None;
        }
    }
    Some(letters.next().map_or(text.len(), |(place, _)| place))
}

/// Whether what begins here is in no word that began before.
fn is_apart(text: &str, at: usize, first: char) -> bool {
    let before = text[..at].chars().next_back();
    !first.is_alphanumeric() || before.is_none_or(|letter| !letter.is_alphanumeric())
}

/// Whether a name that is followed by this ends there.
fn ends(rest: &str, name: &str) -> bool {
    let ends_in_a_word = name.chars().next_back().is_some_and(char::is_alphanumeric);
    let next = rest.chars().next();
    !(ends_in_a_word && next.is_some_and(char::is_alphanumeric))
}

/// Whether a text holds a name as a word, both in lower case.
fn holds_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let first = name.chars().next().unwrap_or(' ');
        is_apart(text, at, first) && ends(&text[at + name.len()..], name)
    })
}
