//! Parquet out: the same bytes for the same columns.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use polars_core::prelude::*;
use polars_io::prelude::*;

use super::TableError;

/// One column to write, as a rule from row to value, so that no column is held whole.
pub struct OutputColumn<'a> {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: OutputValues<'a>,
}

/// Values of a column by row, counted from 0; `None` where there is none.
pub enum OutputValues<'a> {
    /// Text.
    Text(Box<dyn Fn(usize) -> Option<&'a str> + 'a>),
    /// Double precision numbers.
    Float(Box<dyn Fn(usize) -> Option<f64> + 'a>),
}

impl<'a> OutputColumn<'a> {
    /// A column of text.
    #[must_use]
    pub fn text(name: &str, value: impl Fn(usize) -> Option<&'a str> + 'a) -> Self {
        Self {
            name: name.to_owned(),
            values: OutputValues::Text(Box::new(value)),
        }
    }

    /// A column of numbers.
    #[must_use]
    pub fn float(name: &str, value: impl Fn(usize) -> Option<f64> + 'a) -> Self {
        Self {
            name: name.to_owned(),
            values: OutputValues::Float(Box::new(value)),
        }
    }

    fn rows(&self, rows: Range<usize>) -> Column {
        let name: PlSmallStr = self.name.as_str().into();
        match &self.values {
            OutputValues::Text(value) => {
                StringChunked::from_iter_options(name, rows.map(value)).into_column()
            }
            OutputValues::Float(value) => {
                Float64Chunked::from_iter_options(name, rows.map(value)).into_column()
            }
        }
    }
}

/// Rows written at a time: the size of a row group, so that neither the bytes depend on the
/// number of threads nor the memory on the number of rows.
const ROWS_AT_A_TIME: usize = 65_536;

/// Writes `rows` rows of these columns to a Parquet file.
///
/// # Errors
/// When the file cannot be made or written.
pub fn write_parquet(
    path: &Path,
    rows: usize,
    columns: &[OutputColumn<'_>],
) -> Result<(), TableError> {
    let shown = path.display().to_string();
    let format = |error: PolarsError| TableError::Format {
        file: shown.clone(),
        message: error.to_string(),
    };
    let frame = |rows: Range<usize>| {
        DataFrame::new_infer_height(
            columns
                .iter()
                .map(|column| column.rows(rows.clone()))
                .collect(),
        )
        .map_err(format)
    };
    let file = File::create(path).map_err(|source| TableError::Open {
        file: shown.clone(),
        source,
    })?;
    let mut writer = ParquetWriter::new(file)
        .with_compression(ParquetCompression::Uncompressed)
        .set_parallel(false)
        .batched(frame(0..0)?.schema())
        .map_err(format)?;
    let mut begin = 0;
    while begin < rows || begin == 0 {
        let end = (begin + ROWS_AT_A_TIME).min(rows);
        writer.write_batch(&frame(begin..end)?).map_err(format)?;
        begin = end.max(1);
    }
    writer.finish().map(|_| ()).map_err(format)
}
