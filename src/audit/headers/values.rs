//! Header values of the files that the rows name.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::cohort::{image_path, named_rows};
use crate::config::{Audit, Diagnostic};
use crate::imaging::dicom::{self, Column};

use super::Columns;

/// Values of a header, or why one of them, or all, could not be read.
type Read = Vec<Result<Option<String>, String>>;

pub(super) fn add_headers(
    audit: &Audit,
    headers: &[(String, Column)],
    columns: &mut Columns,
    found: &mut Vec<Diagnostic>,
) -> Result<(), Vec<Diagnostic>> {
    if headers.is_empty() {
        return Ok(());
    }
    let spec = &audit.cohort;
    let images = spec.image.as_ref();
    let paths = images.and_then(|image| columns.iter().find(|(name, _)| *name == image.value));
    let Some((_, paths)) = paths else {
        let message = "header values need `cohort.columns.image`, the column of the files' paths";
        let at = images.map_or(spec.manifest.span, |image| image.span);
        return Err(vec![Diagnostic::error("header-column", message).at(at)]);
    };
    let read: Vec<Read> = paths
        .par_iter()
        .map(|path| {
            header(
                path.as_deref().map(|path| image_path(&spec.root, path)),
                headers,
            )
        })
        .collect();
    for (place, (name, column)) in headers.iter().enumerate() {
        let mut wrong: Vec<usize> = Vec::new();
        let mut first = None;
        let mut texts = Vec::with_capacity(read.len());
        for (row, values) in read.iter().enumerate() {
            match &values[place] {
                Ok(text) => texts.push(text.clone()),
                Err(error) => {
                    wrong.push(row);
                    first.get_or_insert(error);
                    texts.push(None);
                }
            }
        }
        if let Some(error) = first {
            let rows = named_rows(&wrong);
            // The reason may hold the value.
            let reason = match column.is_private() {
                true => String::new(),
                false => format!(" ({error})"),
            };
            let message = format!("{rows}: {name} is not read and counts as missing{reason}");
            found.push(Diagnostic::warning("header-unread", message).at(spec.manifest.span));
        }
        columns.push((name.clone(), texts));
    }
    Ok(())
}

/// The header values of a file; of a folder, those of the first file by name.
fn header(path: Option<PathBuf>, headers: &[(String, Column)]) -> Read {
    let all = |error: String| headers.iter().map(|_| Err(error.clone())).collect();
    let Some(path) = path else {
        return all("the row names no file".to_owned());
    };
    let bytes = first_file(&path).and_then(std::fs::read);
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return all(format!("the file cannot be read: {}", error.kind())),
    };
    match dicom::read_elements(&bytes) {
        Ok(elements) => headers
            .iter()
            .map(|(_, column)| elements.column(column).map_err(|error| error.to_string()))
            .collect(),
        Err(error) => all(error.to_string()),
    }
}

fn first_file(path: &Path) -> std::io::Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        files.push(entry?.path());
    }
    files.retain(|file| file.is_file() && !dicom::is_hidden(file));
    let first = files.into_iter().min();
    first.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
}
