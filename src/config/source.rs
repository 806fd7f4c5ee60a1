//! The audit file's text.

use sha2::{Digest, Sha256};

use super::located::Span;

/// The audit file as it was read, so that places in it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// Name for messages: the path as the caller gave it.
    pub name: String,
    /// The text without byte order mark and with line feeds as line ends. Every
    /// [`Span`] counts the bytes of this text.
    pub text: String,
    /// SHA-256 of the file's bytes as they were, in lower-case hex.
    pub sha256: String,
}

impl SourceText {
    /// Keeps `text` for messages under `name`. The hash is over the bytes of `text` as given.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        let hash = Sha256::digest(text.as_bytes());
        let sha256 = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = if text.contains('\r') {
            text.replace("\r\n", "\n").replace('\r', "\n")
        } else {
            text.to_owned()
        };
        Self {
            name: name.to_owned(),
            text,
            sha256,
        }
    }
}

/// Finds line and column of byte offsets.
#[derive(Debug)]
pub(super) struct Places<'a> {
    text: &'a str,
    /// Byte offset of each character, and the text's length at the end.
    characters: Vec<usize>,
    /// Byte offset of each line's first byte.
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut characters: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
        characters.push(text.len());
        let mut lines = vec![0];
        lines.extend(text.match_indices('\n').map(|(byte, _)| byte + 1));
        Self {
            text,
            characters,
            lines,
        }
    }

    /// The place between two counts of characters from the start of the text.
    pub(super) fn of_characters(&self, start: usize, end: usize) -> Span {
        let byte = |index: usize| self.characters.get(index).copied();
        let start = byte(start).unwrap_or(self.text.len());
        self.of_bytes(start, byte(end).unwrap_or(self.text.len()).max(start))
    }

    /// The place between two byte offsets, which must lie between characters.
    pub(super) fn of_bytes(&self, start: usize, end: usize) -> Span {
        let line = self.lines.partition_point(|first| *first <= start).max(1);
        let first = self.lines.get(line - 1).copied().unwrap_or_default();
        let column = self
            .text
            .get(first..start)
            .map_or(0, |before| before.chars().count())
            + 1;
        Span {
            start,
            end,
            line,
            column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, SourceText};

    #[test]
    fn marks_and_line_ends_are_evened_out_and_the_hash_is_of_the_bytes() {
        let plain = SourceText::new("a.yaml", "a: 1\nb: 2\n");
        let windows = SourceText::new("a.yaml", "\u{feff}a: 1\r\nb: 2\r\n");
        assert_eq!(plain.text, windows.text);
        assert_ne!(plain.sha256, windows.sha256);
        // SHA-256 of the empty message, FIPS 180-4 examples.
        assert_eq!(
            SourceText::new("", "").sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn columns_count_characters_and_offsets_count_bytes() {
        let text = "a: é\nübung: x";
        let place = Places::new(text).of_characters(12, 13);
        assert_eq!(&text[place.start..place.end], "x");
        assert_eq!((place.line, place.column), (2, 8));
        let end = Places::new(text).of_characters(99, 120);
        assert_eq!((end.start, end.end), (text.len(), text.len()));
    }
}
