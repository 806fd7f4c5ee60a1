//! Parquet out: the same bytes for the same columns.

use std::fs::File;
use std::path::Path;

use polars_core::prelude::*;
use polars_io::prelude::*;

use super::TableError;

/// One column to write.
#[derive(Debug, Clone)]
pub struct OutputColumn {
    /// Its name.
    pub name: String,
    /// Its values, all columns of one length.
    pub values: OutputValues,
}

/// Values of a column.
#[derive(Debug, Clone)]
pub enum OutputValues {
    /// Text.
    Text(Vec<Option<String>>),
    /// Double precision numbers.
    Float(Vec<Option<f64>>),
}

impl OutputColumn {
    /// A column of text.
    #[must_use]
    pub fn text(name: &str, values: Vec<Option<String>>) -> Self {
        Self {
            name: name.to_owned(),
            values: OutputValues::Text(values),
        }
    }

    /// A column of numbers.
    #[must_use]
    pub fn float(name: &str, values: Vec<Option<f64>>) -> Self {
        Self {
            name: name.to_owned(),
            values: OutputValues::Float(values),
        }
    }
}

/// Writes columns to a Parquet file. Row groups have a fixed size, so that the bytes do not
/// depend on the number of threads.
///
/// # Errors
/// When the file cannot be made or the columns differ in length.
pub fn write_parquet(path: &Path, columns: Vec<OutputColumn>) -> Result<(), TableError> {
    let shown = path.display().to_string();
    let format = |error: PolarsError| TableError::Format {
        file: shown.clone(),
        message: error.to_string(),
    };
    let columns: Vec<Column> = columns
        .into_iter()
        .map(|column| match column.values {
            OutputValues::Text(values) => Column::new(column.name.into(), values),
            OutputValues::Float(values) => Column::new(column.name.into(), values),
        })
        .collect();
    let mut frame = DataFrame::new_infer_height(columns).map_err(format)?;
    let file = File::create(path).map_err(|source| TableError::Open {
        file: shown.clone(),
        source,
    })?;
    ParquetWriter::new(file)
        .with_compression(ParquetCompression::Uncompressed)
        .with_row_group_size(Some(65_536))
        .set_parallel(false)
        .finish(&mut frame)
        .map(|_| ())
        .map_err(format)
}
