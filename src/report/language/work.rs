//! Finds the phrases that one text is made of.

#[cfg(test)]
use std::collections::BTreeSet;
use std::collections::HashMap;

use super::super::markup::{english, is_mark, with_thousands};
use super::super::names::{self, bare, has_words};
use super::catalogue::{Language, Phrase, words};
use super::pattern::{self, Piece, matches};

/// How deep phrases may stand within phrases.
const DEEPEST: usize = 40;
/// Letters that a template must have of its own to be used where its parts are not all known.
const FEWEST_LETTERS: usize = 5;

/// A text in the other language.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub text: String,
    /// Parts of the English text without a translation.
    pub missing: Vec<String>,
    /// Letters in the places of names that look like more than a name.
    doubtful: usize,
    /// English phrases that it is made of.
    #[cfg(test)]
    pub used: BTreeSet<String>,
}

impl Said {
    fn as_it_is(text: &str) -> Self {
        Self {
            text: bare(text).into_owned(),
            missing: Vec::new(),
            doubtful: 0,
            #[cfg(test)]
            used: BTreeSet::new(),
        }
    }

    fn untranslated(text: &str) -> Self {
        Self {
            text: english(&bare(text)),
            missing: vec![bare(text).into_owned()],
            ..Self::as_it_is("")
        }
    }

    /// Letters that stay English, or may do so.
    fn left(&self) -> usize {
        let missing: usize = self.missing.iter().map(String::len).sum();
        missing + self.doubtful
    }

    /// Takes over what is missing from and used in a part.
    fn add(&mut self, part: &Self) {
        self.missing.extend(part.missing.iter().cloned());
        self.doubtful += part.doubtful;
        #[cfg(test)]
        self.used.extend(part.used.iter().cloned());
    }
}

/// One text being translated.
pub(super) struct Work<'a> {
    pub language: &'a Language,
    /// Names that may stand unmarked in sentences of the result.
    pub names: &'a HashMap<String, String>,
    /// Names that look as if a sentence ended within them.
    pub broken: &'a [String],
    /// What was said before.
    pub said: &'a mut HashMap<String, Said>,
}

/// One way to say a text, and how deep it stands.
type Way<'a> = fn(&mut Work<'a>, &str, usize) -> Option<Said>;

impl<'a> Work<'a> {
    /// A text, which may itself be a part of another one.
    pub fn say(&mut self, text: &str, depth: usize) -> Said {
        if !has_words(text) {
            return Said::as_it_is(&with_thousands(text, &self.language.thousands));
        }
        if let Some(known) = self.said.get(text) {
            return known.clone();
        }
        if depth > DEEPEST {
            return Said::untranslated(text);
        }
        let mut said = self.find(text, depth);
        // A word of the page is one, whatever the audit calls so besides.
        if !said.missing.is_empty()
            && let Some(name) = self.names.get(text)
        {
            said = Said::as_it_is(name);
        }
        self.said.insert(text.to_owned(), said.clone());
        said
    }

    /// A name out of the audit's own data.
    fn name(&self, text: &str) -> Said {
        if let Some(name) = self.names.get(text) {
            return Said::as_it_is(name);
        }
        let mut said = Said::as_it_is(text);
        // Several sentences or steps are no name, unless nothing else fits.
        if has_words(text) && (text.contains("; ") || text.contains(": ")) {
            said.doubtful = text.len();
        }
        said
    }

    /// The way to say it that leaves the fewest letters English.
    fn find(&mut self, text: &str, depth: usize) -> Said {
        if let Some(fixed) = self.language.fixed.get(text) {
            let phrase = &self.language.phrases[*fixed];
            return put(phrase, &[]);
        }
        let mut best = if is_name(text) {
            return Said::as_it_is(text);
        } else {
            Said::untranslated(text)
        };
        let ways: [Way<'a>; 5] = [
            Self::by_sentences,
            Self::by_template,
            Self::trimmed,
            Self::with_small_letter,
            Self::without_full_stop,
        ];
        for way in ways {
            if let Some(said) = way(self, text, depth)
                && said.left() < best.left()
            {
                best = said;
            }
            if best.left() == 0 {
                break;
            }
        }
        best
    }

    /// Templates that may fit, those that say most first.
    fn candidates(&self, text: &str) -> Vec<usize> {
        let mut found: Vec<usize> = self.language.wordless.clone();
        let mut seen: Vec<&str> = Vec::new();
        for (_, word) in words(text) {
            if seen.contains(&word) {
                continue;
            }
            seen.push(word);
            if let Some(templates) = self.language.by_word.get(word) {
                found.extend(templates);
            }
        }
        let phrases = &self.language.phrases;
        found.sort_by(|a, b| {
            (phrases[*b].literal.cmp(&phrases[*a].literal))
                .then_with(|| phrases[*a].english.cmp(&phrases[*b].english))
        });
        found
    }

    fn by_template(&mut self, text: &str, depth: usize) -> Option<Said> {
        let language = self.language;
        let mut best: Option<Said> = None;
        for candidate in self.candidates(text) {
            let phrase = &language.phrases[candidate];
            matches(&phrase.pieces, text, &mut |held| {
                // Where part of it is not known, a list or a bracket is better left whole.
                let most = match &best {
                    _ if phrase.letters < FEWEST_LETTERS => 1,
                    Some(best) => best.left(),
                    None => usize::MAX,
                };
                let mut left = 0;
                let mut parts = Vec::with_capacity(held.len());
                for (hole, part) in phrase.holes().zip(held) {
                    let said = if pattern::is_name(hole) {
                        self.name(part)
                    } else {
                        self.say(part, depth + 1)
                    };
                    left += said.left();
                    // Not better than what is there: the rest, often long, need not be looked at.
                    if left >= most {
                        return false;
                    }
                    parts.push(said);
                }
                best = Some(put(phrase, &parts));
                left == 0
            });
            if best.as_ref().is_some_and(|best| best.left() == 0) {
                break;
            }
        }
        best
    }

    /// The text in the other language; `None` where nothing of it is known.
    fn changed(&mut self, text: &str, depth: usize) -> Option<Said> {
        let said = self.say(text, depth + 1);
        (said.missing != [bare(text)]).then_some(said)
    }

    /// Blanks at the ends stay.
    fn trimmed(&mut self, text: &str, depth: usize) -> Option<Said> {
        let core = text.trim();
        if core.len() == text.len() {
            return None;
        }
        let mut said = self.changed(core, depth)?;
        let start = text.len() - text.trim_start().len();
        said.text = format!(
            "{}{}{}",
            &text[..start],
            said.text,
            &text[start + core.len()..]
        );
        Some(said)
    }

    /// A fragment that stands as a sentence has a capital letter.
    fn with_small_letter(&mut self, text: &str, depth: usize) -> Option<Said> {
        let small = with_first(text, char::is_uppercase, |c| c.to_lowercase().collect())?;
        let mut said = self.changed(&small, depth)?;
        if let Some(large) = with_first(&said.text, char::is_lowercase, |c| {
            c.to_uppercase().collect()
        }) {
            said.text = large;
        }
        Some(said)
    }

    fn without_full_stop(&mut self, text: &str, depth: usize) -> Option<Said> {
        let bare = text.strip_suffix('.').filter(|bare| !bare.ends_with('.'))?;
        let mut said = self.changed(bare, depth)?;
        said.text.push('.');
        Some(said)
    }

    /// Beginnings of sentences that are not within a name (`St. Katharina`).
    fn outside_names(&self, text: &str, mut starts: Vec<usize>) -> Vec<usize> {
        for name in names::places(text) {
            starts.retain(|start| !name.contains(start) || *start == name.start);
        }
        for name in self.broken {
            for (from, _) in text.match_indices(name.as_str()) {
                starts.retain(|start| !(from + 1..from + name.len()).contains(start));
            }
        }
        starts
    }

    /// Sentence by sentence; a run of sentences that is a phrase is taken whole.
    fn by_sentences(&mut self, text: &str, depth: usize) -> Option<Said> {
        let starts = self.outside_names(text, sentences(text));
        if starts.len() < 2 {
            return None;
        }
        let end = |i: usize| starts.get(i).copied().unwrap_or(text.len());
        let mut whole = Said::as_it_is("");
        let mut i = 0;
        while i < starts.len() {
            let run = (i + 1..=starts.len())
                .rev()
                .filter(|j| j - i < starts.len())
                .find(|j| {
                    self.language
                        .fixed
                        .contains_key(text[starts[i]..end(*j)].trim())
                })
                .unwrap_or(i + 1);
            let part = self.say(text[starts[i]..end(run)].trim(), depth + 1);
            if !whole.text.is_empty() {
                whole.text.push(' ');
            }
            whole.text.push_str(&part.text);
            whole.add(&part);
            i = run;
        }
        Some(whole)
    }
}

/// Where sentences begin.
pub(super) fn sentences(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    for (at, _) in text.match_indices(' ') {
        let before = text[..at].trim_end_matches([')', '\u{201d}', '`', '"']);
        let mut after = text[at + 1..].chars();
        let first = after.next();
        // A sentence may begin with a symbol: "p is the share ...".
        let symbol = after.next() == Some(' ');
        let begins = first.is_some_and(|c| (symbol || !c.is_lowercase()) && !c.is_whitespace());
        if before.ends_with(['.', '!', '?']) && begins {
            starts.push(at + 1);
        }
    }
    starts
}

/// The text with another first letter, where it is such a letter.
fn with_first(text: &str, is: fn(char) -> bool, to: fn(char) -> String) -> Option<String> {
    // Behind the mark of what stays English.
    let core = text.trim_start_matches(is_mark);
    let mut chars = core.chars();
    let first = chars.next().filter(|c| is(*c))?;
    let marks = &text[..text.len() - core.len()];
    Some(format!("{marks}{}{}", to(first), chars.as_str()))
}

/// A phrase with its parts in their places.
fn put(phrase: &Phrase, parts: &[Said]) -> Said {
    let mut said = Said::as_it_is("");
    #[cfg(test)]
    said.used.insert(phrase.english.clone());
    for piece in &phrase.translation {
        match piece {
            Piece::Literal(text) => said.text.push_str(text),
            Piece::Hole(name) => {
                let place = phrase.holes().position(|own| own == name);
                if let Some(part) = place.and_then(|place| parts.get(place)) {
                    said.text.push_str(&part.text);
                }
            }
        }
    }
    for part in parts {
        said.add(part);
    }
    said
}

/// Whether a text is no prose: one word that is a name, a code, a hash, an abbreviation, or a text in
/// quotation marks.
fn is_name(text: &str) -> bool {
    let quoted = |open: char, close: char| {
        text.len() > 2
            && text.starts_with(open)
            && text.ends_with(close)
            && text.matches(close).count() <= 2
    };
    if quoted('`', '`') || quoted('"', '"') {
        return true;
    }
    let core =
        text.trim_matches(|c: char| matches!(c, '(' | ')' | ',' | ';' | ':' | '\u{2026}' | '.'));
    if core.contains(char::is_whitespace) {
        return false;
    }
    core.chars().count() <= 2
        || core.contains(['.', '_', '/', '\\', '=', '@', '#', '<', '>', '+'])
        || core.contains(|c: char| c.is_ascii_digit())
        || (core.contains('-') && !core.contains(char::is_uppercase))
        || !core.contains(char::is_lowercase)
}
