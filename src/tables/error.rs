//! What can be wrong with a table as a file.

/// A table that cannot be read or written. Files are named without their folder's parents.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// There is no such file.
    #[error("{file}: no such file")]
    Absent {
        /// Path as given.
        file: String,
    },
    /// The file cannot be opened.
    #[error("{file}: cannot be opened ({source})")]
    Open {
        /// Path as given.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is empty, or has no header.
    #[error("{file}: the file is empty; expected a header line and one row for each sample")]
    Empty {
        /// Path as given.
        file: String,
    },
    /// There is a header and nothing below it.
    #[error("{file}: there is a header but no row; expected one row for each sample")]
    NoRows {
        /// Path as given.
        file: String,
    },
    /// Bytes that are not UTF-8.
    #[error("{file} line {line}: not UTF-8 text; save the table with UTF-8 encoding")]
    Encoding {
        /// Path as given.
        file: String,
        /// Line of the first wrong byte, from 1.
        line: usize,
    },
    /// A row with more or fewer fields than the header.
    #[error("{file} line {line}: {found} fields, expected {expected} as in the header")]
    Ragged {
        /// Path as given.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Fields of this line.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// A quote inside a field that does not begin with one.
    #[error(
        "{file} line {line}: field {column} holds a quote but does not begin with one; put the whole field in quotes and double those inside"
    )]
    StrayQuote {
        /// Path as given.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Field, from 1.
        column: usize,
    },
    /// A quoted field that never ends.
    #[error("{file} line {line}: a quoted field begins here and never ends")]
    OpenQuote {
        /// Path as given.
        file: String,
        /// Line, from 1.
        line: usize,
    },
    /// Two columns share a name that is asked for.
    #[error(
        "{file}: column \"{column}\" occurs more than once in the header; give each column its own name"
    )]
    RepeatedColumn {
        /// Path as given.
        file: String,
        /// The name.
        column: String,
    },
    /// A column whose values cannot be shown as text.
    #[error("{file}: column \"{column}\" holds {kind}, expected text or numbers")]
    ColumnKind {
        /// Path as given.
        file: String,
        /// The name.
        column: String,
        /// What it holds.
        kind: String,
    },
    /// Anything else the reader or writer says.
    #[error("{file}: {message}")]
    Format {
        /// Path as given.
        file: String,
        /// What is said.
        message: String,
    },
}
