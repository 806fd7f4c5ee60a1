//! What tests read of the reference files: their folder, their tables, and damage to them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder of the reference data; says so where it is absent.
pub(super) fn shared(part: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("EQUIPOISE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let folder = shared.join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is absent", folder.display());
    None
}

/// The folder of formats.
pub(super) fn folder() -> Option<PathBuf> {
    shared("data/formats")
}

/// Numbers that look random and are the same every time (xorshift).
pub(super) fn random() -> impl FnMut() -> usize {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    }
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
