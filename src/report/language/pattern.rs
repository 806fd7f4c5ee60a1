//! Templates of sentences: literal text with named placeholders, matched against a sentence.

use super::super::names::{OPEN, is_balanced};

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text that stands there as it is.
    Literal(String),
    /// A place for something else.
    Hole(String),
}

impl Piece {
    /// The text, where it is one.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Hole(_) => None,
        }
    }
}

/// The pieces of a template. `{name}` is a placeholder where the name is made of lower-case letters,
/// digits and underscores; any other brace is text.
pub(super) fn pieces(template: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut literal = String::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let name = rest[start + 1..]
            .find('}')
            .map(|end| &rest[start + 1..start + 1 + end])
            .filter(|name| is_hole(name));
        match name {
            Some(name) => {
                literal.push_str(&rest[..start]);
                if !literal.is_empty() {
                    found.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                found.push(Piece::Hole(name.to_owned()));
                rest = &rest[start + name.len() + 2..];
            }
            None => {
                literal.push_str(&rest[..=start]);
                rest = &rest[start + 1..];
            }
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        found.push(Piece::Literal(literal));
    }
    found
}

fn is_hole(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether a placeholder stands for numbers alone: `n`, or `n` with a digit.
pub(super) fn is_numeric(name: &str) -> bool {
    name.strip_prefix('n')
        .is_some_and(|rest| rest.len() < 2 && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a placeholder stands for a name out of the audit's own data: `name`, or `name` with a digit.
/// What stands there is never translated.
pub(super) fn is_name(name: &str) -> bool {
    name.strip_prefix("name")
        .is_some_and(|rest| rest.len() < 2 && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a text may stand for a number: no letter but the `e` of an exponent, or that it is withheld.
pub(super) fn may_be_number(text: &str) -> bool {
    if text == super::super::format::WITHHELD {
        return true;
    }
    let mut before = ' ';
    text.chars().all(|c| {
        let fits = (!c.is_alphabetic() && c != OPEN) || (c == 'e' && before.is_ascii_digit());
        before = c;
        fits
    })
}

/// Most ways in which one template is tried on one text.
const MOST_MATCHES: usize = 24;

/// Gives every way in which the pieces match the text to `take`, the contents of the placeholders in
/// order, the shortest first; ends when `take` says so.
pub(super) fn matches<'t>(
    pieces: &[Piece],
    text: &'t str,
    take: &mut dyn FnMut(&[&'t str]) -> bool,
) {
    let mut left = MOST_MATCHES;
    step(pieces, text, &mut Vec::new(), &mut left, take);
}

/// Whether to end.
fn step<'t>(
    pieces: &[Piece],
    text: &'t str,
    held: &mut Vec<&'t str>,
    left: &mut usize,
    take: &mut dyn FnMut(&[&'t str]) -> bool,
) -> bool {
    match pieces {
        [] => {
            if !text.is_empty() {
                return false;
            }
            *left -= 1;
            take(held) || *left == 0
        }
        [Piece::Literal(literal), rest @ ..] => text
            .strip_prefix(literal.as_str())
            .is_some_and(|text| step(rest, text, held, left, take)),
        [Piece::Hole(name)] => {
            let fits =
                !text.is_empty() && is_balanced(text) && (!is_numeric(name) || may_be_number(text));
            fits && {
                held.push(text);
                let end = step(&[], "", held, left, take);
                held.pop();
                end
            }
        }
        // The last literal can only stand at the end.
        [Piece::Hole(name), Piece::Literal(literal)] => text
            .strip_suffix(literal.as_str())
            .is_some_and(|inside| step(&[Piece::Hole(name.clone())], inside, held, left, take)),
        [Piece::Hole(name), Piece::Literal(literal), rest @ ..] => {
            for (at, _) in text.match_indices(literal.as_str()) {
                let inside = &text[..at];
                // What begins within a name ends behind it.
                if inside.is_empty() || !is_balanced(inside) {
                    continue;
                }
                if is_numeric(name) && !may_be_number(inside) {
                    return false;
                }
                held.push(inside);
                let end = step(rest, &text[at + literal.len()..], held, left, take);
                held.pop();
                if end {
                    return true;
                }
            }
            false
        }
        // Two placeholders side by side are refused when a file is read.
        [Piece::Hole(_), Piece::Hole(_), ..] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::names::name;
    use super::*;

    fn all<'t>(template: &str, text: &'t str) -> Vec<Vec<&'t str>> {
        let mut found = Vec::new();
        matches(&pieces(template), text, &mut |held| {
            found.push(held.to_vec());
            false
        });
        found
    }

    #[test]
    fn placeholders_are_names_and_other_braces_are_text() {
        assert_eq!(
            pieces("{n} of {m_2} have `{images: true}`"),
            [
                Piece::Hole("n".to_owned()),
                Piece::Literal(" of ".to_owned()),
                Piece::Hole("m_2".to_owned()),
                Piece::Literal(" have `{images: true}`".to_owned()),
            ]
        );
    }

    #[test]
    fn every_way_to_match_is_found_the_shortest_first() {
        assert_eq!(
            all("{x} of {y}", "a of b of c"),
            [vec!["a", "b of c"], vec!["a of b", "c"]]
        );
        assert_eq!(
            all("({x})", "(a) (b)"),
            [vec!["a) (b"]],
            "a lone closing literal stands at the end"
        );
        assert!(all("{x} of", "of").is_empty(), "nothing is no content");
    }

    #[test]
    fn no_template_ends_within_a_name() {
        let (a, b) = (name("a and b"), name("and c"));
        assert_eq!(
            all("{x} and {y}", &format!("{a} and {b}")),
            [[a.as_str(), b.as_str()]]
        );
        assert!(
            all("{x} and {y}", &a).is_empty()
                && all("{n} of {x}", "\u{fdd0}3\u{fdd1} of a").is_empty()
        );
    }

    #[test]
    fn numbers_hold_no_letters() {
        assert_eq!(all("{n} of {x}", "1,204 of them"), [["1,204", "them"]]);
        assert!(all("{n} of {x}", "some of them").is_empty());
        assert_eq!(all("p {n}", "p 1.2e-7"), [["1.2e-7"]]);
        assert_eq!(all("p {n}", "p withheld"), [["withheld"]]);
    }
}
