//! A table of truth beside a folder of DICOM files: which of its columns holds a number of the
//! headers, so that the two can be joined.
//!
//! The numbers are compared here and written nowhere.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::columns::ColumnFacts;
use super::survey::InitError;

/// Header values that tell files, series, exams or patients apart, by sample.
pub(super) type Numbers = Vec<(&'static str, Vec<Option<String>>)>;

/// How a table is joined.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Join {
    pub(super) table: PathBuf,
    /// Column of the table.
    pub(super) column: String,
    /// Header value.
    pub(super) on: &'static str,
    /// Samples with a row.
    pub(super) found: usize,
}

/// Finds the column and the header value that have most in common, and gives the table's other
/// columns by sample.
pub(super) fn join(
    table: &Path,
    columns: &[ColumnFacts],
    numbers: &Numbers,
) -> Result<(Join, Vec<ColumnFacts>), InitError> {
    let mut best: Option<(usize, &ColumnFacts, &'static str, Vec<Option<usize>>)> = None;
    for column in columns.iter().filter(|column| is_key(column)) {
        for (on, texts) in numbers {
            let places = places(column, texts);
            let found = places.iter().flatten().count();
            if found > best.as_ref().map_or(0, |(most, ..)| *most) {
                best = Some((found, column, on, places));
            }
        }
    }
    let Some((found, key, on, places)) = best else {
        let known: Vec<&str> = numbers.iter().map(|(name, _)| *name).collect();
        return Err(InitError(format!(
            "--join {}: no column with a different value in every row holds one of {} of the files",
            table.display(),
            known.join(", ")
        )));
    };
    let others = columns.iter().filter(|column| column.name != key.name);
    let joined = others
        .map(|column| {
            let texts = places.iter().map(|row| column.text((*row)?));
            ColumnFacts::of_texts(&column.name, texts)
        })
        .collect();
    let join = Join {
        table: table.to_owned(),
        column: key.name.clone(),
        on,
        found,
    };
    Ok((join, joined))
}

/// Whether each of its values stands in one row alone.
fn is_key(column: &ColumnFacts) -> bool {
    column.distinct > 0 && column.distinct + column.missing == column.rows
}

/// For each sample the row of the table with its number.
fn places(column: &ColumnFacts, numbers: &[Option<String>]) -> Vec<Option<usize>> {
    let rows = (0..column.rows).filter_map(|row| Some((column.text(row)?.trim(), row)));
    let rows: HashMap<&str, usize> = rows.collect();
    numbers
        .iter()
        .map(|number| rows.get(number.as_deref()?.trim()).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_with_most_in_common_is_found() {
        let column = |name: &str, texts: &[&str]| {
            ColumnFacts::of_texts(name, texts.iter().map(|text| Some(*text)))
        };
        let table = [
            column("patient", &["p1", "p2", "p9"]),
            column("exam", &["1.2", "1.3", "1.4"]),
            column("opacity", &["yes", "no", "yes"]),
        ];
        let texts = |texts: &[&str]| -> Vec<Option<String>> {
            texts.iter().map(|text| Some((*text).to_owned())).collect()
        };
        let numbers: Numbers = vec![
            ("dicom:PatientID", texts(&["p1", "p1", "p3", "p4"])),
            (
                "dicom:StudyInstanceUID",
                texts(&["1.4", "1.2", "1.2", "1.5"]),
            ),
        ];
        let (join, joined) = join(Path::new("truth.csv"), &table, &numbers).unwrap();
        assert_eq!(
            (join.column.as_str(), join.on),
            ("exam", "dicom:StudyInstanceUID")
        );
        assert_eq!(join.found, 3);
        let opacity = joined.iter().find(|one| one.name == "opacity").unwrap();
        let by_sample: Vec<Option<&str>> = (0..4).map(|row| opacity.text(row)).collect();
        assert_eq!(by_sample, [Some("yes"), Some("yes"), Some("yes"), None]);
        assert!(super::join(Path::new("truth.csv"), &table[2..], &numbers).is_err());
    }
}
