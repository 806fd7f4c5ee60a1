//! Names of the audit's own (groups, attributes, endpoints, files) in texts that are to be translated.
//!
//! A level may be called `Pass` or `Patients`, and these are words of the page too. So a name is marked
//! where a text is made, the translator leaves alone what is marked and nothing else, and takes the
//! marks off. They are two characters that Unicode sets apart for use within a program.

use std::borrow::Cow;

use super::markup::plain;
use super::words;

/// Before a name.
pub(super) const OPEN: char = '\u{fdd0}';
/// Behind it.
pub(super) const CLOSE: char = '\u{fdd1}';

/// A name as it stands in a text that is to be translated.
pub(super) fn name(own: &str) -> String {
    format!("{OPEN}{}{CLOSE}", plain(own))
}

/// Names in a row, each marked.
pub(super) fn list<'n>(own: impl IntoIterator<Item = &'n String>) -> String {
    let marked: Vec<String> = own.into_iter().map(|one| name(one)).collect();
    marked.join(", ")
}

/// [`words::group`] with its names marked.
pub(super) fn group(attribute: &str, level: &str) -> String {
    words::group_with(attribute, level, &name)
}

/// [`words::level`] with its names marked.
pub(super) fn level(attribute: &str, level: &str) -> String {
    words::level_with(attribute, level, &name)
}

/// [`words::attribute`] with its names marked.
pub(super) fn attribute(attribute: &str) -> String {
    words::attribute_with(attribute, &name)
}

/// Reference group in words: `everyone else`, or the level.
pub(super) fn reference(attribute: &str, reference: &str) -> String {
    match reference {
        "complement" => "everyone else".to_owned(),
        "baseline" => "the baseline".to_owned(),
        level => group(attribute, level),
    }
}

/// The text without marks.
pub(super) fn bare(text: &str) -> Cow<'_, str> {
    if text.contains([OPEN, CLOSE]) {
        Cow::Owned(text.replace([OPEN, CLOSE], ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether no name begins outside of the text and ends in it, or the other way round.
pub(super) fn is_balanced(text: &str) -> bool {
    let mut within = false;
    for c in text.chars().filter(|c| matches!(*c, OPEN | CLOSE)) {
        if (c == OPEN) == within {
            return false;
        }
        within = c == OPEN;
    }
    !within
}

/// Places of the names, marks included.
pub(super) fn places(text: &str) -> Vec<std::ops::Range<usize>> {
    let ends = text
        .match_indices(CLOSE)
        .map(|(at, close)| at + close.len());
    let starts = text.match_indices(OPEN).map(|(at, _)| at);
    starts.zip(ends).map(|(from, to)| from..to).collect()
}

/// Whether a letter stands outside of names.
pub(super) fn has_words(text: &str) -> bool {
    let mut within = false;
    text.chars().any(|c| {
        match c {
            OPEN => within = true,
            CLOSE => within = false,
            _ => {}
        }
        !within && c.is_alphabetic()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_marked_one_by_one_and_the_word_for_missing_is_not() {
        assert_eq!(group("site", "B"), "\u{fdd0}site B\u{fdd1}");
        assert_eq!(
            group("sex*site", "F*(missing)"),
            "\u{fdd0}sex F\u{fdd1} \u{d7} \u{fdd0}site\u{fdd1} missing"
        );
        assert_eq!(level("site", "(missing)"), "missing");
        assert_eq!(level("site", "missing"), "\u{fdd0}missing\u{fdd1}");
        for (attribute, level) in [("overall", "all"), ("sex*site", "F*B"), ("gene", "B*27")] {
            assert_eq!(
                bare(&group(attribute, level)),
                words::group(attribute, level)
            );
        }
    }

    #[test]
    fn marks_in_data_do_not_make_names() {
        let odd = name("a\u{fdd1} Pass \u{fdd0}b");
        assert_eq!(odd, "\u{fdd0}a Pass b\u{fdd1}");
        assert!(is_balanced(&odd) && !has_words(&odd) && has_words(&format!("{odd} for")));
        assert!(!is_balanced("\u{fdd1} \u{fdd0}") && !is_balanced("\u{fdd0}a") && is_balanced(""));
        let found = places(&format!("in {odd}"));
        let ends: Vec<_> = found.iter().map(|name| (name.start, name.end)).collect();
        assert_eq!(ends, [(3, odd.len() + 3)]);
    }
}
