//! A folder of DICOM files as a table: the header values that make groups in most audits.
//!
//! Direct identifiers are read only to count patients, and are written nowhere.

use std::path::Path;

use rayon::prelude::*;

use crate::imaging::dicom::{self, Column, Elements};

use super::columns::ColumnFacts;
use super::joined::Numbers;

/// The column of a folder's files, as the audit file names it.
pub(super) const PATH: &str = "path";
/// The patient's number: only ever counted.
pub(super) const PATIENT: &str = "dicom:PatientID";
/// What a table beside the files may name them by.
const NUMBERS: [&str; 5] = [
    "dicom:SOPInstanceUID",
    "dicom:SeriesInstanceUID",
    "dicom:StudyInstanceUID",
    "dicom:AccessionNumber",
    PATIENT,
];
/// Header values that are worth comparing or that say what an image is.
const WANTED: [&str; 11] = [
    "dicom:PatientSex",
    "dicom:PatientAge",
    "dicom:EthnicGroup",
    "dicom:Manufacturer",
    "dicom:ManufacturerModelName",
    "dicom:Modality",
    "dicom:BodyPartExamined",
    "dicom:ViewPosition",
    "dicom:SliceThickness",
    "dicom:KVP",
    "dicom:PhotometricInterpretation",
];

/// The columns of the DICOM files below a folder, and the numbers of each; of volumes one row for each
/// folder that holds some.
pub(super) fn columns(folder: &Path, volumes: bool) -> Result<(Vec<ColumnFacts>, Numbers), String> {
    let mut paths = dicom::files_below(folder)
        .map_err(|error| format!("the folder cannot be read ({})", error.kind()))?
        .paths;
    if volumes {
        // The first file of a series by name counts, as in the audit itself.
        paths.dedup_by(|next, first| next.parent() == first.parent());
    }
    let wanted: Vec<Column> = NUMBERS
        .iter()
        .chain(&WANTED)
        .filter_map(|name| Column::parse(name).ok())
        .collect();
    let rows: Vec<(String, Vec<Option<String>>)> = paths
        .par_iter()
        .filter_map(|path| {
            let elements = std::fs::read(path).ok();
            let elements = dicom::read_elements(&elements?).ok()?;
            let named = if volumes { path.parent()? } else { path };
            let name = named.strip_prefix(folder).unwrap_or(named);
            Some((name.display().to_string(), values(&elements, &wanted)))
        })
        .collect();
    if rows.is_empty() {
        let files = paths.len();
        return Err(format!(
            "none of the {files} files below the folder is DICOM"
        ));
    }
    let paths = rows.iter().map(|(path, _)| Some(path.as_str()));
    let mut columns = vec![ColumnFacts::of_texts(PATH, paths)];
    let texts = |place: usize| rows.iter().map(move |(_, values)| values[place].as_deref());
    let mut numbers = Numbers::new();
    for (place, name) in NUMBERS.into_iter().enumerate() {
        numbers.push((
            name,
            texts(place).map(|text| text.map(str::to_owned)).collect(),
        ));
        if name == PATIENT {
            columns.push(ColumnFacts::of_texts(name, texts(place)).without_texts());
        }
    }
    for (place, name) in WANTED.into_iter().enumerate() {
        columns.push(ColumnFacts::of_texts(name, texts(NUMBERS.len() + place)));
    }
    columns.retain(|column| column.distinct > 0);
    Ok((columns, numbers))
}

fn values(elements: &Elements, wanted: &[Column]) -> Vec<Option<String>> {
    wanted
        .iter()
        .map(|column| elements.column(column).ok().flatten())
        .collect()
}
