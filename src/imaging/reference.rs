//! What tests read of the reference files: their folder, their tables, and damage to them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::image::{Colour, Image, Samples};

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

/// What libraries make of small images (`fixtures/make_imaging_steps.py`).
pub(super) fn steps() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/imaging/steps.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// An image of that script: `{"dtype", "rows", "columns", "channels", "seed"}`.
pub(super) fn made(input: &Value) -> Image {
    let number = |key: &str| input[key].as_u64().unwrap();
    let (rows, columns, channels) = (number("rows"), number("columns"), number("channels"));
    let seed = number("seed");
    let mut values = Vec::new();
    for y in 0..rows {
        for x in 0..columns {
            for c in 0..channels {
                let wave = (3 * x * x + 5 * y * y + x * y + 11 * c + seed) % 97;
                values.push(40 * seed % 50 + wave * (1 + (x / 7 + y / 5) % 2));
            }
        }
    }
    let samples = match input["dtype"].as_str().unwrap() {
        "uint8" => Samples::U8(values.iter().map(|value| *value as u8).collect()),
        "uint16" => Samples::U16(values.iter().map(|value| *value as u16 * 101).collect()),
        _ => Samples::F32(
            values
                .iter()
                .map(|value| *value as f32 * 1.5 - 60.0)
                .collect(),
        ),
    };
    let colour = match channels {
        1 => Colour::Gray,
        _ => Colour::Rgb,
    };
    let [rows, columns, channels] = [rows, columns, channels].map(|number| number as usize);
    Image::new(rows, columns, channels, colour, samples).unwrap()
}
