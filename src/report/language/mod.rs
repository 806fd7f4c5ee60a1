//! The page in another language: a file of phrases, and the translator that puts them in place.
//!
//! Called by `index` (which carries the translator to figures and templates), `view` and `html`. The
//! page is made in English and translated at the end, sentence by sentence, so that an English
//! `results.json` can be shown in any language and every other output stays as it is. What stands
//! in the audit's own data is never translated. A phrase without a translation stays English.

mod catalogue;
mod pattern;
mod read;
mod translate;
mod verbatim;
mod work;

#[cfg(test)]
mod completeness;
#[cfg(test)]
mod literals;
#[cfg(test)]
mod own_names;

pub use catalogue::{Direction, Language, LanguageError, Missing, built_in, empty_entry, starter};
pub(super) use translate::Translator;
pub(super) use verbatim::names_of;
