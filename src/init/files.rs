//! Which column names image files, what kind they are, and what a few of them hold.

use std::path::{Path, PathBuf};

use crate::config::InputKind;
use crate::imaging::{decode_named, describe, dicom};

use super::columns::ColumnFacts;

/// Rows of which files are looked for.
const LOOKED_FOR: usize = 60;
/// Files that are decoded.
const DECODED: usize = 5;
/// Share of the rows looked at whose file must be there.
const ENOUGH: f64 = 0.9;

/// Kind of input, as the audit file writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Raster,
    Array,
    Volume,
    Dicom,
    DicomSeries,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Raster => "raster",
            Self::Array => "array",
            Self::Volume => "volume",
            Self::Dicom => "dicom",
            Self::DicomSeries => "dicom_series",
        }
    }
}

/// What is known of the images.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ImageFacts {
    pub(super) kind: Option<Kind>,
    /// Channels of the decoded files, where all have the same number.
    pub(super) channels: Option<usize>,
    /// One line for each different size that was seen.
    pub(super) sizes: Vec<String>,
    /// What a reviewer should know.
    pub(super) notes: Vec<String>,
}

/// A column of image files and the folder that they are relative to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ImageColumn {
    pub(super) column: usize,
    pub(super) root: PathBuf,
    /// Rows that were looked at, and those whose file is there.
    pub(super) looked_at: usize,
    pub(super) found: usize,
}

/// Columns whose values are files below one of the folders, the surest first.
pub(super) fn image_columns(columns: &[ColumnFacts], roots: &[PathBuf]) -> Vec<ImageColumn> {
    let mut seen = Vec::new();
    for (column, facts) in columns.iter().enumerate() {
        let texts = spread(facts, LOOKED_FOR);
        if texts.is_empty() {
            continue;
        }
        // A folder is a series; one that many rows name is a site or a class that has a folder.
        let series = facts.distinct + facts.missing == facts.rows;
        let best = roots
            .iter()
            .map(|root| {
                let exists = |text: &&&str| {
                    let path = root.join(text);
                    path.is_file() || series && path.is_dir()
                };
                (texts.iter().filter(exists).count(), root)
            })
            .max_by_key(|(found, _)| *found);
        if let Some((found, root)) = best
            && found as f64 >= ENOUGH * texts.len() as f64
        {
            seen.push(ImageColumn {
                column,
                root: root.clone(),
                looked_at: texts.len(),
                found,
            });
        }
    }
    // A column with a file in every row before one that lacks some, such as masks.
    seen.sort_by_key(|one| (columns[one.column].missing, one.column));
    seen
}

/// A sentence on a column whose values become files once an ending is added, as ids of images often
/// do.
pub(super) fn without_ending(columns: &[ColumnFacts], roots: &[PathBuf]) -> Option<String> {
    const ENDINGS: [&str; 7] = [".png", ".jpg", ".jpeg", ".dcm", ".npy", ".nii.gz", ".tif"];
    for facts in columns {
        let texts = spread(facts, DECODED);
        for (root, ending) in roots
            .iter()
            .flat_map(|root| ENDINGS.iter().map(move |ending| (root, ending)))
        {
            let there = |text: &&str| root.join(format!("{text}{ending}")).is_file();
            if !texts.is_empty() && texts.iter().all(there) {
                let folder = root.file_name().unwrap_or_default().to_string_lossy();
                return Some(format!(
                    "Values of {} are files of the folder {folder} once {ending} is added: add a column with \
                     the whole name to the table.",
                    facts.name
                ));
            }
        }
    }
    None
}

/// Values spread over the table.
fn spread(facts: &ColumnFacts, most: usize) -> Vec<&str> {
    let step = facts.rows.div_ceil(most).max(1);
    (0..facts.rows)
        .step_by(step)
        .filter_map(|row| facts.text(row))
        .collect()
}

/// Folders that image paths may be relative to: the one given, else that of the table and those
/// beside it.
pub(super) fn roots(given: Option<&Path>, manifest: &Path) -> Vec<PathBuf> {
    if let Some(given) = given {
        return vec![given.to_owned()];
    }
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let mut roots = vec![folder.to_owned()];
    if let Ok(entries) = std::fs::read_dir(folder) {
        let mut below: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.is_dir())
            .collect();
        below.sort();
        below.truncate(100);
        roots.extend(below);
    }
    roots
}

/// Looks into a few of the files.
pub(super) fn look(facts: &ColumnFacts, root: &Path) -> ImageFacts {
    let texts = spread(facts, DECODED);
    let mut seen = ImageFacts::default();
    let kinds: Vec<Option<Kind>> = texts.iter().map(|text| kind(&root.join(text))).collect();
    seen.kind = kinds.first().copied().flatten();
    if kinds.iter().any(|kind| *kind != seen.kind) {
        seen.notes
            .push("the files are of different kinds".to_owned());
        seen.kind = None;
        return seen;
    }
    let planes = match seen.kind {
        Some(Kind::Raster) => InputKind::Raster,
        Some(Kind::Array) => InputKind::Array,
        Some(Kind::Dicom) => {
            let paths: Vec<PathBuf> = texts.iter().map(|text| root.join(text)).collect();
            return look_at_dicom(&paths);
        }
        _ => return seen,
    };
    let mut channels = Vec::new();
    for text in &texts {
        let path = root.join(text);
        let decoded = describe::read_bytes(&path)
            .map_err(|refusal| refusal.error)
            .and_then(|bytes| {
                decode_named(&bytes, Some(&path), planes).map_err(|error| error.to_string())
            });
        match decoded {
            Ok(decoded) => {
                let image = decoded.image;
                channels.push(image.channels);
                seen.size(
                    image.columns,
                    image.rows,
                    image.channels,
                    image.samples.dtype(),
                );
            }
            Err(error) => seen.notes.push(format!("{text}: {error}")),
        }
    }
    channels.dedup();
    if let [only] = channels.as_slice() {
        seen.channels = Some(*only);
    }
    seen
}

/// Sizes and photometric interpretations of a few DICOM files, from their headers.
pub(super) fn look_at_dicom(paths: &[PathBuf]) -> ImageFacts {
    let mut seen = ImageFacts {
        kind: Some(Kind::Dicom),
        ..ImageFacts::default()
    };
    let mut channels = Vec::new();
    for path in paths.iter().take(DECODED) {
        let Ok(bytes) = describe::read_bytes(path) else {
            continue;
        };
        let said = dicom::describe(&bytes);
        if let Some([_, rows, columns, samples]) = said.shape {
            let said = said.photometric_interpretation.unwrap_or_default();
            channels.push(samples);
            seen.size(columns, rows, samples, &said);
        }
    }
    channels.dedup();
    if let [only] = channels.as_slice() {
        seen.channels = Some(*only);
    }
    seen
}

impl ImageFacts {
    fn size(&mut self, columns: usize, rows: usize, channels: usize, what: &str) {
        let word = if channels == 1 { "channel" } else { "channels" };
        let line = format!("{columns} wide, {rows} high, {channels} {word}, {what}");
        if !self.sizes.contains(&line) {
            self.sizes.push(line);
        }
    }
}

/// The kind of a file by its ending, of one without a known ending by its first bytes; a folder is
/// a series.
fn kind(path: &Path) -> Option<Kind> {
    if path.is_dir() {
        return Some(Kind::DicomSeries);
    }
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&[".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"]) {
        Some(Kind::Raster)
    } else if ends(&[".npy", ".npz"]) {
        Some(Kind::Array)
    } else if ends(&[".nii", ".nii.gz"]) {
        Some(Kind::Volume)
    } else if ends(&[".dcm", ".dicom"])
        || describe::read_bytes(path).is_ok_and(|bytes| dicom::is_dicom(&bytes))
    {
        Some(Kind::Dicom)
    } else {
        None
    }
}
