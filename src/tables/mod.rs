//! CSV and Parquet in and out.
//!
//! Called by `cohort` (manifests), `inference` (stored and foreign scores) and `report`.
//! The only room that knows polars; it does not know what a column means. Every value is
//! read as text, without guessing a type: `01` and `1` are two sites.

mod error;
mod read;
mod write;

pub use error::TableError;
pub use read::{Table, TextColumn, column_names, read};
pub use write::{OutputColumn, OutputValues, write_parquet};

/// Row of a table as people count it: the header is row 1, the first sample row 2.
#[must_use]
pub fn row_number(index: usize) -> usize {
    index + 2
}

/// Index from 0 of a row that people count as `number`: the converse of [`row_number`].
#[must_use]
pub fn row_index(number: usize) -> usize {
    number.saturating_sub(2)
}
