//! Puts the phrases of a language in the place of English text.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::markup::{self, plain, unmarked, with_code, with_minus, with_thousands};
use super::super::names::{bare, has_words};
use super::catalogue::Language;
use super::pattern::{self, Piece};
use super::work::{Said, Work, sentences};

/// Translates the texts of one page and keeps which of them have no translation.
///
/// English text is given back as it is where no language is asked for, but for the marks of names.
#[derive(Debug, Default)]
pub(in crate::report) struct Translator {
    language: Option<Arc<Language>>,
    /// Texts out of the audit's own data, and what stands in their place: themselves, but for groups
    /// whose level is missing.
    names: HashMap<String, String>,
    /// Those within which a sentence seems to end.
    broken: Vec<String>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    said: HashMap<String, Said>,
    missing: BTreeSet<String>,
    #[cfg(test)]
    used: BTreeSet<String>,
}

impl Translator {
    /// Translates into a language, leaving alone what the audit itself names. `names` is asked with a
    /// translator without names.
    pub fn new(
        language: Arc<Language>,
        names: impl FnOnce(&Self) -> HashMap<String, String>,
    ) -> Self {
        let mut made = Self {
            language: Some(language),
            ..Self::default()
        };
        made.names = names(&made);
        let mut broken: Vec<String> = made.names.keys().cloned().collect();
        broken.retain(|name| sentences(name).len() > 1);
        broken.sort();
        made.broken = broken;
        made.memory = Mutex::default();
        made
    }

    /// The language, `None` for English.
    pub fn language(&self) -> Option<&Language> {
        self.language.as_deref()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text in the page's language.
    pub fn say(&self, text: &str) -> String {
        let text = unmarked(text);
        let text = with_minus(&text);
        let said = match &self.language {
            Some(language) => self.said(language, &text),
            None => bare(&text).into_owned(),
        };
        with_code(&said).into_owned()
    }

    fn said(&self, language: &Language, text: &str) -> String {
        if !has_words(text) {
            return bare(&with_thousands(text, &language.thousands)).into_owned();
        }
        let mut memory = self.memory();
        let said = Work {
            language,
            names: &self.names,
            broken: &self.broken,
            said: &mut memory.said,
        }
        .say(text, 0);
        memory.missing.extend(said.missing);
        #[cfg(test)]
        memory.used.extend(said.used);
        said.text
    }

    /// A phrase of the script or of a printed page's margin, with its placeholders filled in.
    pub fn fill(&self, english: &str, held: &dyn Fn(&str) -> Option<String>) -> String {
        plain(&self.fill_marked(english, held)).into_owned()
    }

    /// A phrase of a template, with its placeholders filled in.
    pub fn fill_marked(&self, english: &str, held: &dyn Fn(&str) -> Option<String>) -> String {
        let phrase = self.language.as_ref().and_then(|language| {
            let mut all = language.phrases.iter();
            all.find(|phrase| phrase.english == english)
        });
        let own;
        let mut stays = false;
        let pieces = match phrase {
            Some(phrase) => {
                #[cfg(test)]
                self.memory().used.insert(english.to_owned());
                &phrase.translation
            }
            None => {
                if self.language.is_some() && has_words(english) {
                    self.memory().missing.insert(english.to_owned());
                    stays = true;
                }
                own = pattern::pieces(english);
                &own
            }
        };
        let put = |piece: &Piece| match piece {
            Piece::Literal(text) if stays && has_words(text) => markup::english(text),
            Piece::Literal(text) => text.clone(),
            Piece::Hole(name) => held(name).unwrap_or_else(|| format!("{{{name}}}")),
        };
        pieces.iter().map(put).collect()
    }

    /// English texts of the page that have no translation, so far.
    pub fn missing(&self) -> Vec<String> {
        self.memory().missing.iter().cloned().collect()
    }

    /// What of one text has no translation, and the phrases that the rest is made of.
    #[cfg(test)]
    pub fn parts_of(&self, text: &str) -> (Vec<String>, BTreeSet<String>) {
        self.say(text);
        let memory = self.memory();
        let said = memory.said.get(&*with_minus(text)).cloned();
        said.map_or_else(Default::default, |said| (said.missing, said.used))
    }

    /// English phrases whose translations were used, so far.
    #[cfg(test)]
    pub fn used(&self) -> BTreeSet<String> {
        self.memory().used.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::names::name;
    use super::*;

    fn translator(phrases: &str, names: &[&str]) -> Translator {
        let text = format!("language: xx\nphrases:\n{phrases}");
        let language = Arc::new(Language::read("xx.yaml", &text).unwrap());
        let names = names
            .iter()
            .map(|n| ((*n).to_owned(), (*n).to_owned()))
            .collect();
        Translator::new(language, |_| names)
    }

    #[test]
    fn english_stays_as_it_is() {
        let english = Translator::default();
        assert_eq!(english.say("Group by group."), "Group by group.");
        assert!(english.missing().is_empty());
        assert_eq!(
            english.fill("{n} of {m}", &|name| Some(name.to_uppercase())),
            "N of M"
        );
    }

    #[test]
    fn what_a_placeholder_holds_is_translated_and_names_are_not() {
        let de = translator(
            "  \"{n} patients of {x}\": \"{n} Patienten von {x}\"\n  \"everyone else\": alle Übrigen\n  Other: Andere\n",
            &["Other", "the Elder"],
        );
        assert_eq!(
            de.say("3 patients of everyone else"),
            "3 Patienten von alle Übrigen"
        );
        assert_eq!(
            de.say(&format!("3 patients of {}", name("Other"))),
            "3 Patienten von Other"
        );
        assert_eq!(
            de.say("3 patients of the Elder"),
            "3 Patienten von the Elder"
        );
        assert_eq!(
            de.say("3 patients of Other"),
            "3 Patienten von Andere",
            "a word of the page where it is no name"
        );
        assert!(de.missing().is_empty());
        assert_eq!(
            de.say("3 patients of the moon"),
            format!("3 Patienten von {}", markup::english("the moon"))
        );
        assert_eq!(de.missing(), ["the moon"]);
    }

    #[test]
    fn what_says_most_comes_first_unless_something_would_stay_english() {
        let de = translator(
            "  \"{x} of {y}\": \"{x} von {y}\"\n  \"{x} of all of {y}\": \"{x} aus ganz {y}\"\n  \"{x}, {y}\": \"{x}, {y}\"\n  one: eins\n  two: zwei\n  \"two of all\": alle zwei\n",
            &[],
        );
        assert_eq!(de.say("one of all of two"), "eins aus ganz zwei");
        assert_eq!(de.say("one of two of all"), "eins von alle zwei");
        assert_eq!(de.say("one, two, one of two"), "eins, zwei, eins von zwei");
        assert!(de.missing().is_empty(), "{:?}", de.missing());
    }

    #[test]
    fn paragraphs_are_said_sentence_by_sentence() {
        let de = translator(
            "  A first one.: Ein erster.\n  \"It holds {n}.\": \"Er hält {n}.\"\n  this counts: das zählt\n",
            &[],
        );
        assert_eq!(
            de.say("A first one. It holds 0.95. This counts."),
            "Ein erster. Er hält 0.95. Das zählt."
        );
        assert_eq!(
            de.say("A first one. Not known. It holds 2."),
            format!("Ein erster. {} Er hält 2.", markup::english("Not known."))
        );
        assert_eq!(de.missing(), ["Not known."]);
    }

    #[test]
    fn a_full_stop_within_a_name_ends_no_sentence() {
        let de = translator(
            "  \"It misses most in {x}: {n}.\": \"Am meisten in {x}: {n}.\"\n  A first one.: Ein erster.\n",
            &["site St. Katharina, Wing B"],
        );
        assert_eq!(
            de.say("A first one. It misses most in site St. Katharina, Wing B: 3."),
            "Ein erster. Am meisten in site St. Katharina, Wing B: 3."
        );
        let wing = name("St. Katharina. Wing B");
        assert_eq!(
            de.say(&format!("A first one. It misses most in {wing}: 3. {wing}")),
            "Ein erster. Am meisten in St. Katharina. Wing B: 3. St. Katharina. Wing B"
        );
        assert!(de.missing().is_empty(), "{:?}", de.missing());
    }

    #[test]
    fn the_place_of_a_name_takes_no_sentence_where_another_phrase_fits() {
        let de = translator(
            "  \"{x}; {y}\": \"{x}; {y}\"\n  \"{name} is missing\": \"{name} fehlt\"\n  \"{n} removed: {x}\": \"{n} entfernt: {x}\"\n",
            &[],
        );
        assert_eq!(
            de.say("3 removed: age is missing; 2 removed: sex is missing"),
            "3 entfernt: age fehlt; 2 entfernt: sex fehlt"
        );
        assert_eq!(de.say("file: it is missing"), "file: it fehlt");
    }

    #[test]
    fn codes_numbers_and_hashes_are_no_prose() {
        let de = translator("  a: b\n", &[]);
        for text in [
            "AUROC",
            "wilson_effective_n",
            "decode-failed",
            "0.95",
            "ham10000.csv",
            "`report: {images: true}`",
            "3f2a91\u{2026}",
        ] {
            assert_eq!(de.say(text).replace(['\u{fdd4}', '\u{fdd5}'], "`"), text);
        }
        assert!(de.missing().is_empty(), "{:?}", de.missing());
        de.say("patient");
        assert_eq!(de.missing(), ["patient"]);
    }
}
