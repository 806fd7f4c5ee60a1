//! Texts as they are compared, and row numbers as people read them.

use crate::tables::row_number;

/// Text of a level or truth value as it is compared: only a plain integer with `.0` loses its
/// decimals (`1.0` is `1`, `-2.0` is `-2`; `01`, `1.50` and `1e3` stay as they are).
#[must_use]
pub fn canonical_text(text: &str) -> &str {
    let Some((whole, decimals)) = text.split_once('.') else {
        return text;
    };
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain && !decimals.is_empty() && decimals.bytes().all(|byte| byte == b'0') {
        whole
    } else {
        text
    }
}

/// `row 5`, `rows 5 and 9`, `rows 5, 9, 12, 13, 20 and 31 more` for indexes of rows from 0.
#[must_use]
pub fn named_rows(indexes: &[usize]) -> String {
    const SHOWN: usize = 5;
    let numbers: Vec<String> = indexes
        .iter()
        .take(SHOWN)
        .map(|index| row_number(*index).to_string())
        .collect();
    let more = indexes.len().saturating_sub(SHOWN);
    match (numbers.as_slice(), more) {
        ([], _) => "no row".to_owned(),
        ([only], 0) => format!("row {only}"),
        ([first @ .., last], 0) => format!("rows {} and {last}", first.join(", ")),
        (all, more) => format!("rows {} and {more} more", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{canonical_text, named_rows};

    #[test]
    fn only_plain_integers_lose_their_decimals() {
        for (text, expected) in [
            ("1.0", "1"),
            ("1", "1"),
            ("01", "01"),
            ("01.0", "01"),
            ("-2.00", "-2"),
            ("1.50", "1.50"),
            ("1.", "1."),
            (".0", ".0"),
            ("1e3", "1e3"),
            ("v1.0", "v1.0"),
        ] {
            assert_eq!(canonical_text(text), expected, "{text}");
        }
    }

    #[test]
    fn rows_are_counted_with_the_header_as_row_one() {
        assert_eq!(named_rows(&[0]), "row 2");
        assert_eq!(named_rows(&[0, 7]), "rows 2 and 9");
        assert_eq!(
            named_rows(&[0, 1, 2, 3, 4, 5, 6]),
            "rows 2, 3, 4, 5, 6 and 2 more"
        );
    }
}
