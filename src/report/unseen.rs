//! Signs that are not seen but turn the text around them: a name from a table must not be able to
//! reorder what stands beside it, on the page, in a log or in a review.

use std::borrow::Cow;

use super::error::ReportError;
use super::result::AuditResult;

/// Whether a sign sets the direction of the text around it (Unicode's bidirectional controls).
fn turns(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// A text in which signs that turn the text around them can be read: `\u{202e}`.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.contains(turns) {
        Cow::Owned(written_out(text, "\\"))
    } else {
        Cow::Borrowed(text)
    }
}

/// `backslash` is how one is written in the text.
fn written_out(text: &str, backslash: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if turns(letter) {
            out.push_str(&format!("{backslash}u{{{:x}}}", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    out
}

/// A result in whose names and texts such signs can be read. Templates and language files are the
/// team's own, and stay.
///
/// # Errors
/// Only when the result cannot be written as JSON.
pub fn readable(mut result: AuditResult) -> Result<AuditResult, ReportError> {
    let mut presentation = result.presentation.take();
    let text = serde_json::to_string(&result)?;
    if text.contains(turns) {
        // Within a text of JSON a backslash is written twice.
        result = serde_json::from_str(&written_out(&text, "\\\\"))?;
    }
    let signers = presentation.iter_mut().flat_map(|one| &mut one.sign_off);
    for signer in signers.flatten() {
        *signer = shown(signer).into_owned();
    }
    result.presentation = presentation;
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn signs_that_turn_text_are_written_out_in_every_output() {
        let mut result = example::chest();
        let name = "B\u{202e}ssaP\u{2069}\u{200f}";
        result.audit.title = format!("Sites \\u{{b}} and {name}");
        for check in &mut result.checks {
            check.level = name.to_owned();
        }
        result.headline = format!("site={name} fails");
        let result = readable(result).unwrap();
        assert_eq!(
            result.audit.title,
            "Sites \\u{b} and B\\u{202e}ssaP\\u{2069}\\u{200f}"
        );
        assert_eq!(result.checks[0].level, "B\\u{202e}ssaP\\u{2069}\\u{200f}");
        for text in [
            super::super::html(&result).unwrap(),
            super::super::summary_markdown(&result),
            super::super::terminal_summary(&result, "report.html"),
            super::super::github_annotations(&result, "a.yaml"),
            super::super::junit(&result).unwrap(),
            super::super::sarif(&result, "a.yaml").unwrap(),
            super::super::code_quality(&result, "a.yaml").unwrap(),
        ] {
            assert!(!text.contains(turns));
        }
    }

    #[test]
    fn what_holds_none_stays_the_same() {
        let result = example::two_endpoints();
        assert_eq!(readable(result.clone()).unwrap(), result);
        assert!(matches!(shown("שלום site"), Cow::Borrowed(_)));
    }
}
