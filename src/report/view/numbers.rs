//! Cells of numbers that several tables share.

use super::super::format;
use super::block::Cell;

/// What stands where there is no number.
pub(super) const NONE: &str = "\u{2013}";

/// A value between 0 and 1, or a dash.
pub(super) fn value(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |v| format::number(v, 3))
}

/// A signed difference, or a dash.
pub(super) fn signed(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |v| format::signed(v, 3))
}

/// A signed difference with its limits below.
pub(super) fn signed_cell(value: Option<f64>, lower: Option<f64>, upper: Option<f64>) -> Cell {
    with_limits(signed(value), format::signed_limits(lower, upper, 3))
}

/// A value with its limits below.
pub(super) fn value_cell(of: Option<f64>, lower: Option<f64>, upper: Option<f64>) -> Cell {
    with_limits(value(of), format::limits(lower, upper, 3))
}

fn with_limits(text: String, limits: Option<String>) -> Cell {
    let cell = Cell::new(text);
    match limits {
        Some(limits) => cell.with_note(limits),
        None => cell,
    }
}

/// A share in per cent, or a dash.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(
        || NONE.to_owned(),
        |share| format!("{}%", format::plain(share * 100.0, 1)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_a_dash_and_never_a_zero() {
        assert_eq!(
            (value(None), signed(None)),
            (NONE.to_owned(), NONE.to_owned())
        );
        assert_eq!(percent(None), NONE);
        assert_eq!(percent(Some(0.4742)), "47.4%");
        let cell = signed_cell(Some(0.1), Some(-0.02), Some(0.2));
        assert_eq!(cell.text, "+0.100");
        assert_eq!(cell.note.as_deref(), Some("[\u{2212}0.020, +0.200]"));
        assert_eq!(value_cell(Some(0.5), None, None).note, None);
    }
}
