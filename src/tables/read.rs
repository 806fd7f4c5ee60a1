//! A table as text columns.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use polars_core::prelude::*;
use polars_io::prelude::*;

use super::TableError;

/// The columns of a table that were asked for, as text.
#[derive(Debug)]
pub struct Table {
    file: String,
    frame: DataFrame,
    /// Rows of a CSV file that are empty lines.
    blank: BTreeSet<usize>,
}

/// One column: a text for each row, `None` where a Parquet file holds null.
#[derive(Debug, Clone)]
pub struct TextColumn {
    values: StringChunked,
}

impl TextColumn {
    /// Value in row `index` (from 0); `None` for null.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        self.values.get(index)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl Table {
    /// The file's name as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.frame.height()
    }

    /// A table of texts that come from elsewhere. `path` is what it is called by.
    ///
    /// # Errors
    /// Columns of different lengths or of one name.
    pub fn from_columns(
        path: &Path,
        columns: Vec<(String, Vec<Option<String>>)>,
    ) -> Result<Self, TableError> {
        let rows = columns.first().map_or(0, |(_, texts)| texts.len());
        let columns = columns
            .into_iter()
            .map(|(name, texts)| Column::new(name.into(), texts))
            .collect();
        let frame = DataFrame::new(rows, columns).map_err(|error| format_error(path, &error))?;
        Ok(Self {
            file: shown(path),
            frame,
            blank: BTreeSet::new(),
        })
    }

    /// Indexes of the rows that hold something: every row but empty lines.
    #[must_use]
    pub fn filled_rows(&self) -> Vec<usize> {
        (0..self.rows())
            .filter(|row| !self.blank.contains(row))
            .collect()
    }

    /// A column that was asked for when the table was read, as text.
    ///
    /// # Errors
    /// When it was not asked for, or holds lists or bytes.
    pub fn column(&self, name: &str) -> Result<TextColumn, TableError> {
        let column = self.stored(name)?;
        if matches!(column.dtype(), DataType::List(_) | DataType::Binary) {
            return Err(TableError::ColumnKind {
                file: self.file.clone(),
                column: name.to_owned(),
                kind: column.dtype().to_string(),
            });
        }
        let text = column
            .cast(&DataType::String)
            .map_err(|error| self.format(&error))?;
        let values = text.str().map_err(|error| self.format(&error))?;
        Ok(TextColumn {
            values: values.rechunk().into_owned(),
        })
    }

    /// A column as numbers: `None` where the value is null or a text that is no number. Single
    /// precision is widened exactly.
    ///
    /// # Errors
    /// When it was not asked for, or holds lists or bytes.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>, TableError> {
        let column = self.stored(name)?;
        if column.dtype().is_primitive_numeric() {
            let wide = column
                .cast(&DataType::Float64)
                .map_err(|error| self.format(&error))?;
            let values = wide.f64().map_err(|error| self.format(&error))?;
            return Ok(values.iter().collect());
        }
        let text = self.column(name)?;
        Ok((0..text.len())
            .map(|row| text.get(row).and_then(|value| value.trim().parse().ok()))
            .collect())
    }

    fn stored(&self, name: &str) -> Result<&Column, TableError> {
        self.frame.column(name).map_err(|error| self.format(&error))
    }

    fn format(&self, error: &PolarsError) -> TableError {
        TableError::Format {
            file: self.file.clone(),
            message: error.to_string(),
        }
    }
}

/// Names of all columns, in order.
///
/// # Errors
/// When the file is absent, empty, not UTF-8 or not what its ending says.
pub fn column_names(path: &Path) -> Result<Vec<String>, TableError> {
    if is_parquet(path) {
        let mut reader = ParquetReader::new(open(path)?);
        let schema = reader
            .schema()
            .map_err(|error| format_error(path, &error))?;
        return Ok(schema.iter_names().map(|name| name.to_string()).collect());
    }
    Ok(CsvShape::of(path)?.header)
}

/// The named columns as text. A name is read once, however often it is asked for.
///
/// # Errors
/// When the file cannot be read, a row has too many or too few fields, or a name is not a column.
pub fn read(path: &Path, names: &[&str]) -> Result<Table, TableError> {
    let mut wanted: Vec<&str> = Vec::new();
    for name in names {
        if !wanted.contains(name) {
            wanted.push(name);
        }
    }
    let (frame, blank) = if is_parquet(path) {
        (read_parquet(path, &wanted)?, BTreeSet::new())
    } else {
        read_csv(path, &wanted)?
    };
    let table = Table {
        file: shown(path),
        frame,
        blank,
    };
    if table.filled_rows().is_empty() {
        return Err(TableError::NoRows { file: shown(path) });
    }
    Ok(table)
}

/// File name without its folder: what people call the table.
fn shown(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ending.eq_ignore_ascii_case("parquet") || ending.eq_ignore_ascii_case("pq")
    })
}

fn open(path: &Path) -> Result<File, TableError> {
    let file = || path.display().to_string();
    let opened = File::open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => TableError::Absent { file: file() },
        _ => TableError::Open {
            file: file(),
            source,
        },
    })?;
    match opened.metadata() {
        Ok(facts) if facts.is_dir() => Err(TableError::Format {
            file: file(),
            message: "is a folder, expected a CSV or Parquet file".to_owned(),
        }),
        _ => Ok(opened),
    }
}

fn format_error(path: &Path, error: &PolarsError) -> TableError {
    // Polars adds advice about its own Python options after the first line.
    let message = error.to_string();
    TableError::Format {
        file: shown(path),
        message: message.lines().next().unwrap_or_default().to_owned(),
    }
}

fn read_parquet(path: &Path, wanted: &[&str]) -> Result<DataFrame, TableError> {
    let names: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
    let frame = ParquetReader::new(open(path)?)
        .with_columns(Some(names))
        .finish()
        .map_err(|error| format_error(path, &error))?;
    let columns: Result<Vec<Column>, PolarsError> = wanted
        .iter()
        .map(|name| frame.column(name).cloned())
        .collect();
    let columns = columns.map_err(|error| format_error(path, &error))?;
    DataFrame::new(frame.height(), columns).map_err(|error| format_error(path, &error))
}

fn read_csv(path: &Path, wanted: &[&str]) -> Result<(DataFrame, BTreeSet<usize>), TableError> {
    let shape = CsvShape::of(path)?;
    for name in wanted {
        if shape.header.iter().filter(|other| other == name).count() > 1 {
            return Err(TableError::RepeatedColumn {
                file: shown(path),
                column: (*name).to_owned(),
            });
        }
    }
    // Selected by position: unnamed and repeated columns elsewhere in the header do no harm.
    let mut positions = Vec::with_capacity(wanted.len());
    for name in wanted {
        let position = shape.header.iter().position(|other| other == name);
        positions.push(position.ok_or_else(|| TableError::Format {
            file: shown(path),
            message: format!("no column \"{name}\""),
        })?);
    }
    let parse = CsvParseOptions::default()
        .with_separator(shape.separator)
        .with_missing_is_null(false);
    let frame = CsvReadOptions::default()
        .with_has_header(true)
        .with_infer_schema_length(Some(0))
        .with_parse_options(parse)
        .with_projection(Some(std::sync::Arc::new(positions.clone())))
        .with_rechunk(true)
        .into_reader_with_file_handle(open(path)?)
        .finish()
        .map_err(|error| format_error(path, &error))?;
    // What a blank line stands for differs between readers; the row is there and counts for nothing.
    let frame = named_by_position(path, frame, wanted, &positions)?;
    Ok((frame, shape.blank))
}

/// Polars returns projected columns in the file's order and renames repeated ones.
fn named_by_position(
    path: &Path,
    frame: DataFrame,
    wanted: &[&str],
    positions: &[usize],
) -> Result<DataFrame, TableError> {
    let mut sorted: Vec<usize> = positions.to_vec();
    sorted.sort_unstable();
    let mut columns = Vec::with_capacity(wanted.len());
    for (name, position) in wanted.iter().zip(positions) {
        let place = sorted.binary_search(position).unwrap_or_default();
        let column = frame.columns().get(place).cloned();
        let mut column = column.ok_or_else(|| TableError::Format {
            file: shown(path),
            message: format!("no column \"{name}\""),
        })?;
        column.rename((*name).into());
        columns.push(column);
    }
    DataFrame::new(frame.height(), columns).map_err(|error| format_error(path, &error))
}

/// What a first pass over the bytes of a CSV file finds: encoding, separator, header, and
/// that every row has as many fields as the header.
struct CsvShape {
    header: Vec<String>,
    separator: u8,
    /// Empty lines, by the index of the row that they would be.
    blank: BTreeSet<usize>,
}

impl CsvShape {
    fn of(path: &Path) -> Result<Self, TableError> {
        let mut reader = BufReader::with_capacity(1 << 16, open(path)?);
        let mut scan = FieldScan::new(path);
        let mut record = Vec::new();
        let mut shape: Option<Self> = None;
        let mut row = 0;
        loop {
            let start = scan.line + 1;
            if !scan.next_record(&mut reader, &mut record)? {
                break;
            }
            let text = std::str::from_utf8(&record).map_err(|_| TableError::Encoding {
                file: shown(path),
                line: start,
            })?;
            let text = text.trim_end_matches(['\n', '\r']);
            if let Some(column) = shape
                .as_ref()
                .and_then(|shape| stray_quote(text, shape.separator))
            {
                return Err(TableError::StrayQuote {
                    file: shown(path),
                    line: start,
                    column,
                });
            }
            match &mut shape {
                None => {
                    let text = text.trim_start_matches('\u{feff}');
                    if text.is_empty() {
                        return Err(TableError::Empty { file: shown(path) });
                    }
                    let separator = likely_separator(text);
                    shape = Some(Self {
                        header: fields(text, separator),
                        separator,
                        blank: BTreeSet::new(),
                    });
                }
                Some(shape) => {
                    let found = count_fields(text, shape.separator);
                    // A lone column may be empty.
                    let blank = text.is_empty() && shape.header.len() > 1;
                    if blank {
                        shape.blank.insert(row);
                    }
                    row += 1;
                    if found != shape.header.len() && !blank {
                        return Err(TableError::Ragged {
                            file: shown(path),
                            line: start,
                            found,
                            expected: shape.header.len(),
                        });
                    }
                }
            }
        }
        shape.ok_or_else(|| TableError::Empty { file: shown(path) })
    }
}

/// Reads records that may span lines inside quotes, counting lines.
struct FieldScan {
    file: String,
    line: usize,
}

impl FieldScan {
    fn new(path: &Path) -> Self {
        Self {
            file: shown(path),
            line: 0,
        }
    }

    fn next_record(
        &mut self,
        reader: &mut impl BufRead,
        record: &mut Vec<u8>,
    ) -> Result<bool, TableError> {
        record.clear();
        let first = self.line + 1;
        let mut quotes = 0usize;
        loop {
            let before = record.len();
            let read = reader
                .by_ref()
                .read_until(b'\n', record)
                .map_err(|source| TableError::Open {
                    file: self.file.clone(),
                    source,
                })?;
            if read == 0 {
                return if quotes % 2 == 1 {
                    Err(TableError::OpenQuote {
                        file: self.file.clone(),
                        line: first,
                    })
                } else {
                    Ok(!record.is_empty())
                };
            }
            self.line += 1;
            quotes += record
                .iter()
                .skip(before)
                .filter(|byte| **byte == b'"')
                .count();
            if quotes.is_multiple_of(2) {
                return Ok(true);
            }
        }
    }
}

/// Comma, unless the header holds none and holds semicolons or tabs.
fn likely_separator(header: &str) -> u8 {
    if header.contains(',') {
        b','
    } else if header.contains(';') {
        b';'
    } else if header.contains('\t') {
        b'\t'
    } else {
        b','
    }
}

/// Number of the first field that holds a quote without beginning with one. Readers disagree
/// on what that means, so that it is refused.
fn stray_quote(text: &str, separator: u8) -> Option<usize> {
    let mut field = 1;
    let (mut quoted, mut begins, mut closed) = (false, true, false);
    for byte in text.bytes() {
        match byte {
            b'"' if quoted => (quoted, closed) = (false, true),
            // A doubled quote inside a quoted field.
            b'"' if closed => (quoted, closed) = (true, false),
            b'"' if begins => quoted = true,
            b'"' => return Some(field),
            _ if byte == separator && !quoted => {
                field += 1;
                closed = false;
                begins = true;
                continue;
            }
            _ => closed = false,
        }
        begins = false;
    }
    None
}

fn count_fields(text: &str, separator: u8) -> usize {
    let mut quoted = false;
    let mut count = 1;
    for byte in text.bytes() {
        if byte == b'"' {
            quoted = !quoted;
        } else if byte == separator && !quoted {
            count += 1;
        }
    }
    count
}

fn fields(text: &str, separator: u8) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '"' {
            if quoted && letters.peek() == Some(&'"') {
                letters.next();
                if let Some(last) = found.last_mut() {
                    last.push('"');
                }
            } else {
                quoted = !quoted;
            }
        } else if letter == char::from(separator) && !quoted {
            found.push(String::new());
        } else if let Some(last) = found.last_mut() {
            last.push(letter);
        }
    }
    found
}
