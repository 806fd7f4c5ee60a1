//! A folder in place of a manifest: every DICOM file below it, or every folder that holds some.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::config::{Audit, Diagnostic, Located};
use crate::imaging::dicom::{self, Column, FilesBelow};

use super::Columns;

/// The column of a folder's files.
const PATH: &str = "path";
const INSTANCE: &str = "dicom:SOPInstanceUID";

/// A DICOM file, by the sample that it belongs to.
struct Instance {
    sample: PathBuf,
    uid: Option<String>,
}

/// The DICOM files below a folder, by path; with `dicom_series`, the folders that hold them.
pub(super) fn files(
    audit: &Audit,
    found: &mut Vec<Diagnostic>,
) -> Result<Columns, Vec<Diagnostic>> {
    let folder = &audit.cohort.manifest;
    let fail = |error: std::io::Error| {
        let message = format!("the folder cannot be read ({})", error.kind());
        vec![Diagnostic::error("table", message).at(folder.span)]
    };
    let below = dicom::files_below(folder).map_err(fail)?;
    let series = audit
        .input
        .is_some_and(|input| input.kind == crate::config::InputKind::DicomSeries);
    let instances = instances(folder, &below.paths, series)?;
    let others = below.paths.len() - instances.len();
    if instances.is_empty() {
        let message = format!("none of the {others} files below the folder is DICOM");
        return Err(vec![
            Diagnostic::error("no-sample", message).at(folder.span),
        ]);
    }
    found.extend(left_out(folder, &below, others));
    let mut samples: Vec<&Path> = instances.iter().map(|one| one.sample.as_path()).collect();
    samples.sort_unstable();
    samples.dedup();
    let mut names = Vec::new();
    for sample in samples {
        names.push(Some(
            name(sample).ok_or_else(|| not_unicode(folder, sample))?,
        ));
    }
    names.sort();
    found.extend(twice(folder, &instances, &names));
    Ok(vec![(PATH.to_owned(), names)])
}

/// The DICOM files among the paths, below the folder.
fn instances(
    folder: &Located<PathBuf>,
    paths: &[PathBuf],
    series: bool,
) -> Result<Vec<Instance>, Vec<Diagnostic>> {
    let column = Column::parse(INSTANCE)
        .map_err(|error| vec![Diagnostic::error("header-column", error.to_string())])?;
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).ok()?;
        let elements = dicom::read_elements(&bytes).ok()?;
        let sample = if series { path.parent()? } else { path };
        Some(Instance {
            sample: sample
                .strip_prefix(folder.as_path())
                .unwrap_or(sample)
                .to_path_buf(),
            uid: elements.column(&column).ok().flatten(),
        })
    };
    Ok(paths.par_iter().filter_map(read).collect())
}

/// A path in the table's writing; `None` where it is not Unicode, which a table cannot hold.
fn name(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

fn not_unicode(folder: &Located<PathBuf>, sample: &Path) -> Vec<Diagnostic> {
    let message = format!(
        "the name {} is not UTF-8, so that no table can hold it and its files would be lost",
        sample.display()
    );
    vec![
        Diagnostic::error("file-name", message)
            .at(folder.span)
            .help("rename it, such as with `convmv -f latin1 -t utf8 -r --notest FOLDER`"),
    ]
}

/// Files that are no samples.
fn left_out(folder: &Located<PathBuf>, below: &FilesBelow, others: usize) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut warn = |code, message: String| {
        found.push(Diagnostic::warning(code, message).at(folder.span));
    };
    if others > 0 {
        warn(
            "other-files",
            format!("{others} files below the folder are not DICOM, and left out"),
        );
    }
    if below.links + below.hidden > 0 {
        warn(
            "not-followed",
            format!(
                "{} links to folders (or to nothing) and {} hidden files or folders (`.name`) below the folder are not looked into",
                below.links, below.hidden
            ),
        );
    }
    found
}

/// Samples that hold an instance of an earlier one: they would be counted again. The first is named by
/// its place among the samples, since folders may be named after patients.
fn twice(
    folder: &Located<PathBuf>,
    instances: &[Instance],
    names: &[Option<String>],
) -> Option<Diagnostic> {
    let mut first: HashMap<&str, &Path> = HashMap::new();
    let mut again: HashSet<&Path> = HashSet::new();
    for one in instances {
        let Some(uid) = &one.uid else { continue };
        let earlier = *first.entry(uid).or_insert(&one.sample);
        if earlier != one.sample {
            again.insert(&one.sample);
        }
    }
    let places = again
        .iter()
        .filter_map(|sample| names.binary_search(&name(sample)).ok());
    let message = format!(
        "{} sample(s) hold a SOPInstanceUID of an earlier one, the first is file {} of the folder, and each counts by itself",
        again.len(),
        places.min()? + 1
    );
    Some(
        Diagnostic::warning("instance-twice", message)
            .at(folder.span)
            .help("remove copies from the folder, where an image should count once"),
    )
}
