//! Rows of follow-up, for the tests of this room.

/// Time, whether the event happened then, score.
pub(super) type Row = (f64, bool, f64);

/// The same by column.
pub(super) fn split(rows: &[Row]) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    (
        rows.iter().map(|row| row.0).collect(),
        rows.iter().map(|row| row.1).collect(),
        rows.iter().map(|row| row.2).collect(),
    )
}
