//! Text inside figures: escaping, widths by estimate, and breaking of long labels.

use super::super::markup::is_mark;

/// Escapes markup and replaces control characters.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_mark(c) => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Estimated width of a text at a font size, in the size's unit.
///
/// System fonts differ; the estimate is for a rather wide one, so that columns do not touch.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| advance(c) * size).sum()
}

fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '|' | '\'' | ' ' | '[' | ']' | '('
        | ')' => 0.33,
        'f' | 'r' | 't' | '-' | '\u{202f}' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.9,
        'A'..='Z' => 0.68,
        // Ideographs, kana, hangul and full-width forms fill their square.
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{20000}'..='\u{3ffff}' => 1.0,
        // Marks that stand on the letter before them, and the page's own.
        '\u{300}'..='\u{36f}' => 0.0,
        c if is_mark(c) => 0.0,
        _ => 0.58,
    }
}

/// The text cut to a width, with an ellipsis when something was cut.
pub(super) fn cut(text: &str, size: f64, available: f64) -> String {
    if width(text, size) <= available {
        return text.to_owned();
    }
    let room = available - size * 0.8;
    let mut used = 0.0;
    let mut out: String = text
        .chars()
        .take_while(|c| {
            used += advance(*c) * size;
            used <= room
        })
        .collect();
    out = out.trim_end().to_owned();
    out.push('\u{2026}');
    out
}

/// Words; one that is wider than the line is broken where the line ends, since names in scripts
/// without blanks are one word.
fn broken(text: &str, size: f64, available: f64) -> Vec<String> {
    let mut pieces = Vec::new();
    // Blanks that do not break stand within numbers.
    let breaks = |c: char| c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}');
    for word in text.split(breaks).filter(|word| !word.is_empty()) {
        let mut piece = String::new();
        let mut used = 0.0;
        for c in word.chars() {
            let wide = advance(c) * size;
            if used + wide > available && !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
                used = 0.0;
            }
            used += wide;
            piece.push(c);
        }
        pieces.push(piece);
    }
    pieces
}

/// The text on at most `most` lines; words stay whole where they fit, the last line is cut.
pub(super) fn wrap(text: &str, size: f64, available: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let broken = broken(text, size, available);
    let mut words = broken.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        let joined = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if line.is_empty() || width(&joined, size) <= available {
            line = joined;
        } else if lines.len() + 1 == most {
            line = joined;
            for rest in words.by_ref() {
                line.push(' ');
                line.push_str(rest);
            }
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
    }
    lines.push(line);
    lines
        .into_iter()
        .map(|l| cut(&l, size, available))
        .collect()
}

/// Height of a row that holds so many lines, `least` with one.
pub(super) fn height(lines: usize, least: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a text of a figure has few lines"
    )]
    let more = lines.saturating_sub(1) as f64;
    least + (14.0 * more - 2.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_labels_stay_within_their_column() {
        let name = "Universit\u{e4}tsklinikum St. Katharina, Abteilung f\u{fc}r Kinderradiologie und Neuroradiologie";
        let lines = wrap(name, 12.0, 200.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|l| width(l, 12.0) <= 200.0), "{lines:?}");
        assert!(lines[1].ends_with('\u{2026}'));
        let word = "Donaudampfschifffahrtselektrizit\u{e4}tenhauptbetriebswerk";
        let lines = wrap(word, 12.0, 200.0, 2);
        assert_eq!(
            lines.concat(),
            word,
            "two lines hold it, broken where the first ends"
        );
        assert_eq!(wrap("B", 12.0, 200.0, 2), ["B"]);
        assert_eq!(wrap("1\u{202f}000 2", 12.0, 42.0, 2), ["1\u{202f}000", "2"]);
        assert_eq!(wrap("", 12.0, 200.0, 2), [""]);
        let square = cut(&"\u{6771}".repeat(40), 12.0, 200.0);
        assert!(width(&square, 12.0) <= 200.0 && square.ends_with('\u{2026}'));
    }
}
