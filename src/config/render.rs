//! Diagnostics as text for people, with the lines of the audit file they are about.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::diagnostic::{Diagnostic, Severity};
use super::located::Span;
use super::source::SourceText;

/// Diagnostics one below the other, each with the line it is about where it has a place and
/// `source` is given. Control sequences for colour only with `color`.
#[must_use]
pub fn render(found: &[Diagnostic], source: Option<&SourceText>, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for diagnostic in found {
        let group = group(diagnostic, source);
        text.push_str(renderer.render(&[group]).trim_end());
        text.push_str("\n\n");
    }
    text
}

fn group<'a>(diagnostic: &'a Diagnostic, source: Option<&'a SourceText>) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code);
    let mut group = Group::with_title(title);
    if let Some(source) = source {
        group = match diagnostic.span {
            Some(span) => group.element(snippet(diagnostic, span, source)),
            None => group.element(Origin::path(source.name.as_str())),
        };
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    span: Span,
    source: &'a SourceText,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let mut first = AnnotationKind::Primary.span(within(span, &source.text));
    if let Some(label) = &diagnostic.label {
        first = first.label(label.as_str());
    }
    let snippet = Snippet::source(source.text.as_str())
        .path(source.name.as_str())
        .annotation(first);
    match &diagnostic.also {
        Some((span, words)) => snippet.annotation(
            AnnotationKind::Context
                .span(within(*span, &source.text))
                .label(words.as_str()),
        ),
        None => snippet,
    }
}

/// The bytes to underline: inside the text, between characters, on one line, not empty where
/// the line has something to underline.
fn within(span: Span, text: &str) -> Range<usize> {
    let mut start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.floor_char_boundary(span.end.clamp(start, text.len()));
    let line_end = text[start..]
        .find('\n')
        .map_or(text.len(), |length| start + length);
    let mut end = end.min(line_end);
    if start == end {
        end = text[start..line_end]
            .chars()
            .next()
            .map_or(end, |letter| start + letter.len_utf8());
    }
    // At the very end of a text there is nothing to underline; the last character stands for it.
    if start == end && start == text.len() {
        start = text
            .trim_end()
            .char_indices()
            .next_back()
            .map_or(0, |(place, _)| place);
        end = text[start..]
            .chars()
            .next()
            .map_or(start, |letter| start + letter.len_utf8());
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::config::diagnostic::Diagnostic;
    use crate::config::located::Span;
    use crate::config::source::SourceText;

    fn at(start: usize, end: usize) -> Diagnostic {
        let span = Span {
            start,
            end,
            line: 1,
            column: 1,
        };
        Diagnostic::error("test", "message")
            .at(span)
            .label("here")
            .also(span, "and here")
            .help("help")
    }

    #[test]
    fn no_place_in_no_text_panics() {
        let wide = format!("key: {}\n", "wide ".repeat(200));
        let texts = [
            "",
            "\n",
            "\n\n\n",
            "é",
            "a: \tb\n\tc: d",
            "漢字: 値\nemoji: 👩‍⚕️ e\u{301}\n",
            "a\u{200b}\u{202e}b",
            &wide,
        ];
        for text in texts {
            let source = SourceText::new("audit.yaml", text);
            let mut places: Vec<usize> = (0..text.len().min(60)).collect();
            places.extend([text.len().saturating_sub(1), text.len(), text.len() + 7]);
            for start in &places {
                for end in &places {
                    for color in [false, true] {
                        let shown = render(&[at(*start, *end)], Some(&source), color);
                        assert!(shown.contains("message"), "{text:?} {start} {end}");
                    }
                }
            }
        }
    }

    #[test]
    fn plain_text_has_no_control_sequences() {
        let source = SourceText::new("audit.yaml", "a: 1\n");
        assert!(!render(&[at(0, 1)], Some(&source), false).contains('\u{1b}'));
        assert!(render(&[at(0, 1)], Some(&source), true).contains('\u{1b}'));
    }

    #[test]
    fn without_a_source_the_message_stands_alone() {
        let shown = render(&[Diagnostic::error("test", "message")], None, false);
        assert_eq!(shown, "error[test]: message\n\n");
    }
}
