//! Rules for names that the user chooses.

use super::super::diagnostic::{Diagnostic, quoted};
use super::super::located::Located;
use super::reader::{Context, Value};

/// Longest name that is taken.
const LONGEST: usize = 100;

fn plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

/// What is wrong with the id of an audit, which names a folder and stands in addresses; `None` where
/// nothing is.
#[must_use]
pub fn wrong_id(name: &str) -> Option<String> {
    let wrong = name.is_empty()
        || name.len() > LONGEST
        || name.starts_with('.')
        || !name.chars().all(plain);
    wrong.then(|| {
        format!(
            "{}, expected letters, digits, `.`, `_` and `-`, not starting with a dot, at most {LONGEST}",
            quoted(name)
        )
    })
}

/// Letters, digits, `.`, `_`, `-`, not starting with a dot: safe as a folder and in an address.
pub(super) fn identifier(value: &Value<'_>, what: &str) -> Option<Located<String>> {
    let name = value.text()?;
    if let Some(wrong) = wrong_id(&name) {
        let message = format!("{what} is {wrong}");
        let suggested: String = name
            .trim_start_matches('.')
            .chars()
            .map(|letter| if plain(letter) { letter } else { '-' })
            .take(LONGEST)
            .collect();
        let suggested = suggested.trim_matches('-');
        let help = if suggested.is_empty() {
            String::new()
        } else {
            format!("`{suggested}` would do")
        };
        value.error("malformed-id", message, &help);
        return None;
    }
    Some(name)
}

/// A name of an endpoint, attribute or family: visible, not too long, without `refused` signs.
pub(super) fn visible_name(
    cx: &Context<'_>,
    name: &Located<String>,
    what: &str,
    refused: &[char],
) -> bool {
    let fits = !name.trim().is_empty()
        && name.trim() == name.value
        && name.chars().count() <= LONGEST
        && !name
            .chars()
            .any(|letter| letter.is_control() || refused.contains(&letter));
    if !fits {
        let without = if refused.is_empty() {
            String::new()
        } else {
            let signs: Vec<String> = refused.iter().map(|sign| format!("`{sign}`")).collect();
            format!(", without {}", signs.join(" and "))
        };
        let message = format!(
            "{} cannot name {what}, expected at most {LONGEST} visible characters{without}",
            quoted(name)
        );
        cx.report(Diagnostic::error("malformed-name", message).at(name.span));
    }
    fits
}

/// How the cohort compares texts: a plain integer with `.0` loses its decimals.
pub(super) fn canonical(text: &str) -> &str {
    let Some((whole, decimals)) = text.split_once('.') else {
        return text;
    };
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits(digits) && !decimals.is_empty() && decimals.bytes().all(|byte| byte == b'0') {
        whole
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn only_plain_integers_lose_their_decimals() {
        for (text, expected) in [
            ("1.0", "1"),
            ("01", "01"),
            ("-2.00", "-2"),
            ("1.50", "1.50"),
            ("1.", "1."),
            ("v1.0", "v1.0"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }
}
