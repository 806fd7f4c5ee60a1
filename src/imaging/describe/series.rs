//! A folder of DICOM slices, one description a series.

use std::path::Path;

use serde::Serialize;

use super::{Refusal, read_bytes};
use crate::imaging::dicom::{self, Series, Slice, arrange};
use crate::imaging::image::Samples;

/// Facts of one series in a folder. Nothing is repaired: what is unusual is in `flags`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SeriesDescription {
    /// `DICOM series`.
    pub format: &'static str,
    /// Place among the folder's series, from 0, in the order of the names of their first files.
    pub series_index: usize,
    /// Files with a place in the series.
    pub files: usize,
    /// Slices, rows and columns of the volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<[usize; 3]>,
    /// Direction of a row, then of a column, of the first file with a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orientation: Option<[f64; 6]>,
    /// Names of the files by position along the slice normal.
    pub order: Vec<String>,
    /// Those positions, mm.
    pub z: Vec<f64>,
    /// Median distance of slices at different positions, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<f64>,
    /// Least distance of neighbours, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing_min: Option<f64>,
    /// Largest distance of neighbours, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing_max: Option<f64>,
    /// Angle between the normal and the line from first to last position, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tilt_deg: Option<f64>,
    /// What is unusual, as stable codes.
    pub flags: Vec<&'static str>,
    /// Names of files in the folder that are no slices.
    pub ignored: Vec<String>,
    /// Names of slices without position or orientation.
    pub without_position: Vec<String>,
    /// Names of localizers beside other slices.
    pub localizers: Vec<String>,
    /// Names of files that are copies of another one of the same instance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<String>,
    /// Least value in the modality's unit.
    #[serde(rename = "min", skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// Largest such value.
    #[serde(rename = "max", skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// Mean of such values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Stored values of the stacked slices as 32-bit integers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_sha256: Option<String>,
    /// Values in the modality's unit as 32-bit floats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modality_sha256: Option<String>,
    /// What a user should know of single slices.
    pub notes: Vec<String>,
}

/// Describes every series of a folder; of a series that makes no volume the order is still told.
/// Folders inside it are not looked into.
///
/// # Errors
/// The folder cannot be listed, or holds no DICOM slice.
pub fn describe_folder(
    folder: &Path,
) -> Result<Vec<(SeriesDescription, Option<Refusal>)>, Refusal> {
    let (series, ignored) = read_series(folder)?;
    let all = series.iter().enumerate();
    Ok(all
        .map(|(index, series)| one(folder, index, series, &ignored))
        .collect())
}

/// The series of a folder, or of a file with several frames, and the names of files that are no slices.
///
/// # Errors
/// The folder cannot be listed, or holds no DICOM slice; the file has one frame.
pub(in crate::imaging) fn read_series(
    folder: &Path,
) -> Result<(Vec<Series>, Vec<String>), Refusal> {
    let refusal = |reason: &str, error: String| Refusal {
        error,
        reason: reason.to_owned(),
        step: "read",
    };
    let unreadable = |error: std::io::Error| {
        let error = format!("the folder cannot be read ({})", error.kind());
        refusal("file-unreadable", error)
    };
    if !folder.is_dir() {
        return read_frames(folder).map(|series| (series, Vec::new()));
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.path().is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let (mut slices, mut ignored) = (Vec::new(), Vec::new());
    for name in names {
        // As below a folder of samples.
        if dicom::is_hidden(Path::new(&name)) {
            ignored.push(name);
            continue;
        }
        let bytes = read_bytes(&folder.join(&name))?;
        match Slice::read_all(&name, &bytes) {
            Ok(own) => slices.extend(own),
            Err(_) => ignored.push(name),
        }
    }
    if slices.is_empty() {
        return Err(refusal(
            "no-slice",
            format!(
                "the folder holds {} files and no DICOM slice among them; a folder is read as the \
                 slices of a series",
                ignored.len()
            ),
        ));
    }
    let read = |name: &str| std::fs::read(folder.join(name));
    let (slices, copies) = dicom::without_copies(slices, read).map_err(unreadable)?;
    let mut all = arrange(slices, !ignored.is_empty());
    for series in &mut all {
        series.add_copies(&copies);
    }
    Ok((all, ignored))
}

/// The frames of an enhanced file.
fn read_frames(file: &Path) -> Result<Vec<Series>, Refusal> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let slices = Slice::read_all(&name, &read_bytes(file)?)?;
    if slices.len() < 2 {
        return Err(Refusal {
            error:
                "the file holds one slice, or frames without a place of their own; expected the \
                    folder of a series, or a file whose frames have functional groups"
                    .to_owned(),
            reason: "no-slice".to_owned(),
            step: "read",
        });
    }
    Ok(arrange(slices, false))
}

fn one(
    folder: &Path,
    index: usize,
    series: &Series,
    ignored: &[String],
) -> (SeriesDescription, Option<Refusal>) {
    let mut description = SeriesDescription {
        format: "DICOM series",
        series_index: index,
        files: series.order.len(),
        orientation: series.orientation,
        order: series.order.clone(),
        z: series.z.clone(),
        spacing: series.spacing,
        spacing_min: series.spacing_range.map(|range| range.0),
        spacing_max: series.spacing_range.map(|range| range.1),
        tilt_deg: series.tilt_degrees,
        flags: series.flags.iter().map(|flag| flag.code()).collect(),
        ignored: ignored.to_vec(),
        without_position: series.without_position.clone(),
        localizers: series.localizers.clone(),
        copies: series.copies.clone(),
        ..SeriesDescription::default()
    };
    let volume = match series.volume(|name| std::fs::read(folder.join(name))) {
        Ok(volume) => volume,
        Err(error) => return (description, Some(error.into())),
    };
    description.shape = Some(volume.shape);
    description.raw_sha256 = Some(volume.raw_sha256);
    description.notes = volume.notes;
    let values = Samples::F32(volume.values);
    if let Some(summary) = values.summary() {
        description.minimum = Some(summary.min);
        description.maximum = Some(summary.max);
        description.mean = Some(summary.mean);
    }
    description.modality_sha256 = Some(dicom::sha256(&values));
    (description, None)
}
