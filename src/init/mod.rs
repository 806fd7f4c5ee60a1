//! A first audit file from a model (or a table of stored scores) and a table that were looked at: columns, levels, counts,
//! image files, the graph's signature.
//!
//! Called by `cli` (`init`). What was seen is written down with where it was seen; what nobody
//! can see (which column is the reference standard, how an image was prepared, which threshold was
//! fixed) is a `TODO`, which refuses to run. Stored scores are looked at as columns; nothing
//! is measured here.

mod columns;
mod draft;
mod files;
mod headers;
mod joined;
mod model;
mod names;
mod paths;
mod roles;
mod scores;
mod sections;
mod survey;
mod write;

pub use columns::ColumnFacts;
pub use draft::{Answers, FirstDraft, Requirement, draft};
pub use survey::{InitError, Places, ScoresOf, Survey, look};
