//! The reference tables that tests read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of formats; says so where it is absent.
pub(super) fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("EQUIPOISE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let folder = shared.join("data/formats");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is absent", folder.display());
    None
}

/// Fields of a CSV line; commas inside double quotes belong to the field.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    fields
}

/// A row of a table, by column.
pub(super) type Row = BTreeMap<String, String>;

/// The rows of a table.
pub(super) fn rows(folder: &Path, table: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(folder.join(table)).unwrap();
    let mut lines = text.lines();
    let names = fields(lines.next().unwrap());
    lines
        .map(|line| names.iter().cloned().zip(fields(line)).collect())
        .collect()
}
