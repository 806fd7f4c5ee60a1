//! What every code stands for: of findings, mistakes, failures, and exits.
//!
//! Called by `explain` and by SARIF. Codes are made in many rooms; a test holds this list against
//! all of them, so that none is without an explanation and none is explained that nobody gives.

mod cohort;
mod exits;
mod file;
mod gate;
mod imaging;
mod measures;
mod model;

use serde::Serialize;

/// One code and what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Code {
    /// Stable, kebab-case, unique.
    pub code: &'static str,
    /// What is checked, or counted.
    pub checks: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// All codes in alphabetical order, exits last.
#[must_use]
pub fn codes() -> Vec<Code> {
    let mut found: Vec<Code> = [
        cohort::CODES,
        file::CODES,
        gate::CODES,
        imaging::CODES,
        measures::CODES,
        model::CODES,
    ]
    .concat();
    found.sort_by_key(|one| one.code);
    found.extend(exits::CODES);
    found
}

/// One code; `None` for a name that is none.
#[must_use]
pub fn code(name: &str) -> Option<Code> {
    codes().into_iter().find(|one| one.code == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_read_as_sentences() {
        let all = codes();
        let unique: std::collections::BTreeSet<&str> = all.iter().map(|one| one.code).collect();
        assert_eq!(unique.len(), all.len());
        for one in &all {
            let kebab = |letter: char| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
            };
            assert!(one.code.chars().all(kebab), "{}", one.code);
            for text in [one.checks, one.matters, one.remedy] {
                assert!(
                    text.ends_with('.') && text.len() > 7,
                    "{}: {text}",
                    one.code
                );
                let first = text.trim_start_matches('`');
                let is_sentence = first.chars().next().is_some_and(|letter| {
                    letter.is_uppercase()
                        || text.starts_with('`')
                        || letter.is_ascii_digit()
                        || text.starts_with("x1")
                });
                assert!(is_sentence, "{}: {text}", one.code);
            }
        }
        assert_eq!(code("waiver-void").map(|one| one.code), Some("waiver-void"));
        assert_eq!(code("nothing-of-the-kind"), None);
    }
}
