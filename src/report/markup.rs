//! Elements within texts of the page: code between backticks, and what stayed English on another page.
//!
//! A text is plain until the page is put together, and the same one may stand in a paragraph, in an
//! attribute or in a figure. So both are marked by characters that Unicode sets apart for use within a
//! program, and become elements where elements can stand.

use std::borrow::Cow;

use super::names::{CLOSE, OPEN};

/// Around what stays English on a page in another language.
const ENGLISH: (char, char) = ('\u{fdd2}', '\u{fdd3}');
/// Around code.
const CODE: (char, char) = ('\u{fdd4}', '\u{fdd5}');
/// What both become.
const ELEMENTS: [(char, &str); 4] = [
    (ENGLISH.0, "<span lang=\"en\">"),
    (ENGLISH.1, "</span>"),
    (CODE.0, "<code>"),
    (CODE.1, "</code>"),
];

/// Whether a character marks something and is not shown.
pub(super) fn is_mark(c: char) -> bool {
    (OPEN..=CODE.1).contains(&c)
}

/// A text of the result, or of what is made of it, without marks that its data may hold.
pub(super) fn unmarked(text: &str) -> Cow<'_, str> {
    let is_element = |c: char| is_mark(c) && c != OPEN && c != CLOSE;
    if text.contains(is_element) {
        Cow::Owned(text.replace(is_element, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// Text that stays English.
pub(super) fn english(text: &str) -> String {
    format!("{}{text}{}", ENGLISH.0, ENGLISH.1)
}

/// Whether all of a text stays English.
pub(super) fn is_english(text: &str) -> bool {
    let inner = text.strip_prefix(ENGLISH.0);
    let inner = inner.and_then(|inner| inner.strip_suffix(ENGLISH.1));
    inner.is_some_and(|inner| !inner.contains([ENGLISH.0, ENGLISH.1]))
}

/// The text with what stands between backticks marked as code.
pub(super) fn with_code(text: &str) -> Cow<'_, str> {
    if text.matches('`').count() < 2 {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some((before, inside, after)) = first_code(rest) {
        out.push_str(before);
        out.push(CODE.0);
        out.push_str(inside);
        out.push(CODE.1);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What stands before, between and behind the first two backticks.
fn first_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (inside, after) = rest.split_once('`')?;
    Some((before, inside, after))
}

/// A minus sign in the place of the hyphen of negative numbers, outside of names and code.
pub(super) fn with_minus(text: &str) -> Cow<'_, str> {
    if !text.contains('-') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let (mut before, mut within, mut code) = (' ', false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            OPEN => within = true,
            CLOSE => within = false,
            '`' => code = !code,
            _ => {}
        }
        let negative = c == '-'
            && !within
            && !code
            && (before.is_whitespace() || matches!(before, '(' | '['))
            && chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if negative { '\u{2212}' } else { c });
        before = c;
    }
    Cow::Owned(out)
}

/// Another mark between thousands in the place of the comma, outside of names.
pub(super) fn with_thousands<'t>(text: &'t str, mark: &str) -> Cow<'t, str> {
    if mark == "," || !text.contains(',') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let (mut before, mut within) = (' ', false);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let number = rest.find(|c: char| c != ',' && !c.is_ascii_digit());
        let number = rest[..number.unwrap_or(rest.len())].trim_end_matches(',');
        if !within && before != '.' && c.is_ascii_digit() && has_thousands(number) {
            out.push_str(&number.replace(',', mark));
            rest = &rest[number.len()..];
            before = '0';
            continue;
        }
        // The digits of another number are passed over together.
        let length = match number.len() {
            0 => c.len_utf8(),
            length => length,
        };
        match c {
            OPEN => within = true,
            CLOSE => within = false,
            _ => {}
        }
        out.push_str(&rest[..length]);
        before = rest[..length].chars().next_back().unwrap_or(c);
        rest = &rest[length..];
    }
    Cow::Owned(out)
}

/// Whether digits stand in threes between commas.
fn has_thousands(number: &str) -> bool {
    let mut groups = number.split(',');
    let first = groups
        .next()
        .is_some_and(|one| (1..=3).contains(&one.len()));
    let mut others = groups.peekable();
    first && others.peek().is_some() && others.all(|one| one.len() == 3)
}

/// The text without marks.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains(is_mark) {
        Cow::Owned(text.replace(is_mark, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// Elements whose content is text alone, or drawn.
const RAW: [&str; 5] = ["script", "style", "title", "textarea", "svg"];

/// A page with elements in the place of marks, and none within tags and where elements cannot stand.
pub(super) fn into_elements(page: String) -> String {
    if !page.contains(is_mark) {
        return page;
    }
    let mut out = String::with_capacity(page.len() + 64);
    let mut rest = page.as_str();
    while !rest.is_empty() {
        let (text, tag) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        push_elements(&mut out, text);
        let mut end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let raw = RAW.iter().find(|name| is_tag(&tag[..end], name));
        if let Some(name) = raw {
            let close = tag[end..].find(&format!("</{name}"));
            end = close.map_or(tag.len(), |close| end + close);
        }
        out.push_str(&plain(&tag[..end]));
        rest = &tag[end..];
    }
    out
}

fn is_tag(tag: &str, name: &str) -> bool {
    let rest = tag.strip_prefix('<').and_then(|tag| tag.strip_prefix(name));
    rest.is_some_and(|rest| rest.starts_with(['>', ' ', '\n']))
}

fn push_elements(out: &mut String, text: &str) {
    for c in text.chars() {
        match ELEMENTS.iter().find(|(mark, _)| *mark == c) {
            Some((_, element)) => out.push_str(element),
            None if is_mark(c) => {}
            None => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::name;
    use super::*;

    #[test]
    fn marks_become_elements_in_text_and_nothing_in_tags_scripts_and_figures() {
        let page = format!(
            "<title>{0}</title><p aria-label=\"{0}\">{0}, {1}</p><svg><text>{0}</text></svg><script>{0}<b</script>{0}",
            english("a"),
            with_code("`b` c `"),
        );
        assert_eq!(
            into_elements(page),
            "<title>a</title><p aria-label=\"a\"><span lang=\"en\">a</span>, <code>b</code> c `</p><svg><text>a</text></svg>\
             <script>a<b</script><span lang=\"en\">a</span>"
        );
        assert!(is_english(&english("a")) && !is_english("a"));
        assert!(!is_english(&format!("{} b {}", english("a"), english("c"))));
    }

    #[test]
    fn negative_numbers_have_a_minus_and_names_code_dates_and_exponents_their_hyphen() {
        for (from, to) in [
            (
                "-0.116 [-0.2, 0.1] (-3)",
                "\u{2212}0.116 [\u{2212}0.2, 0.1] (\u{2212}3)",
            ),
            (
                "2026-11-30, 1e-7, p-value, site=-1, - 3",
                "2026-11-30, 1e-7, p-value, site=-1, - 3",
            ),
            ("`>= -0.05` and -2", "`>= -0.05` and \u{2212}2"),
        ] {
            assert_eq!(with_minus(from), to);
        }
        let own = format!("{}: -1", name("grade -1"));
        assert_eq!(with_minus(&own), own.replace(": -", ": \u{2212}"));
    }

    #[test]
    fn thousands_are_told_from_lists_decimals_and_names() {
        for (from, to) in [
            ("1,000", "1_000"),
            ("[1,234,567, 12,345]", "[1_234_567, 12_345]"),
            (
                "40,65 and 1,2345 and 1234,567",
                "40,65 and 1,2345 and 1234,567",
            ),
            ("0.123,456; 1,000.5, 7", "0.123,456; 1_000.5, 7"),
        ] {
            assert_eq!(with_thousands(from, "_"), to);
        }
        let own = format!("{} 1,000", name("[100,200)"));
        assert_eq!(with_thousands(&own, ""), own.replace("1,000", "1000"));
        assert_eq!(with_thousands("1,000", ","), "1,000");
    }
}
