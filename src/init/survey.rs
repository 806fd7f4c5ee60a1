//! Looking at the model, the table and the image files.

use std::path::{Path, PathBuf};

use crate::config::nearest;
use crate::engine::summarize;
use crate::import::{self, Draft};
use crate::tables;

use super::columns::ColumnFacts;
use super::files::{self, ImageFacts};
use super::joined::{self, Join};
use super::model::ModelFacts;
use super::names;
use super::roles::{self, Group};
use super::scores::StoredScores;
use super::{headers, paths};

/// What keeps a first audit file from being written: one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InitError(pub(super) String);

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// What gives scores.
    pub scores_of: ScoresOf<'a>,
    /// The table, or a folder of DICOM files.
    pub manifest: &'a Path,
    /// Folder of the image files; without it the table's folder and those in it are tried.
    pub root: Option<&'a Path>,
    /// The makers' configuration.
    pub preprocessor: Option<&'a Path>,
    /// A table of truth beside a folder of DICOM files.
    pub join: Option<&'a Path>,
}

/// What gives scores.
#[derive(Debug, Clone, Copy)]
pub enum ScoresOf<'a> {
    /// A model that is to be run.
    Model(&'a Path),
    /// A table of stored scores.
    Table(&'a Path),
}

/// What was seen before anything was asked.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The model, or the table of stored scores.
    pub(super) source_path: PathBuf,
    pub(super) manifest: PathBuf,
    /// Whether the manifest is a folder of DICOM files.
    pub(super) folder: bool,
    pub(super) model: ModelFacts,
    /// Stored scores in place of a model.
    pub(super) stored: Option<StoredScores>,
    /// What `import` makes of the model and of the makers' configuration.
    pub(super) known: Draft,
    pub(super) preprocessor: Option<String>,
    pub(super) columns: Vec<ColumnFacts>,
    /// The table that is joined.
    pub(super) join: Option<Join>,
    /// Columns that cannot be named: without a name, or with one that stands twice.
    pub(super) left_out: usize,
    /// Columns of image files, the surest first, with the folder.
    pub(super) images: Vec<files::ImageColumn>,
    /// A column that nearly names files.
    pub(super) almost: Option<String>,
    pub(super) given_root: Option<PathBuf>,
}

/// Looks at all of them.
///
/// # Errors
/// A file that is absent or is not what it should be; a table to join that has nothing in common with
/// the files.
pub fn look(places: Places<'_>) -> Result<Survey, InitError> {
    let Places {
        scores_of,
        manifest,
        root,
        preprocessor,
        join: table,
    } = places;
    let (source, facts, known) = match scores_of {
        ScoresOf::Model(model) => {
            let (facts, known) = look_at_model(model, preprocessor)?;
            (model, facts, known)
        }
        ScoresOf::Table(table) => (table, ModelFacts::none(), Draft::default()),
    };
    if let Some(root) = root.filter(|root| !root.is_dir()) {
        return Err(InitError(format!(
            "--root {}: expected the folder that image paths are relative to",
            root.display()
        )));
    }
    let folder = manifest.is_dir();
    if let Some(table) = table.filter(|_| !folder) {
        return Err(InitError(format!(
            "--join {}: a table is joined to a folder of DICOM files, and --manifest names a table",
            table.display()
        )));
    }
    let (mut columns, mut left_out, mut join) = (Vec::new(), 0, None);
    if folder {
        let (of_headers, numbers) = headers::columns(manifest, facts.volumes())
            .map_err(|reason| InitError(format!("{}: {reason}", manifest.display())))?;
        columns.extend(of_headers);
        if let Some(table) = table {
            let (of_table, unnamed) = look_at_table(table)?;
            left_out = unnamed;
            let (found, joined) = joined::join(table, &of_table, &numbers)?;
            columns.extend(joined);
            join = Some(found);
        }
    } else {
        (columns, left_out) = look_at_table(manifest)?;
    }
    let stored = match scores_of {
        ScoresOf::Table(_) if folder => {
            return Err(InitError(format!(
                "--manifest {}: stored scores are joined to a table by the samples' ids, and this is a folder",
                manifest.display()
            )));
        }
        ScoresOf::Table(table) if table == manifest => Some(StoredScores::beside(table, &columns)),
        ScoresOf::Table(table) => Some(StoredScores::of(table, &look_at_table(table)?.0, &columns)),
        ScoresOf::Model(_) => None,
    };
    let images = if stored.is_some() {
        Vec::new()
    } else if folder {
        let files = columns.first().map_or(0, |paths| paths.rows);
        vec![files::ImageColumn {
            column: 0,
            root: manifest.to_owned(),
            looked_at: files,
            found: files,
        }]
    } else {
        files::image_columns(&columns, &files::roots(root, manifest))
    };
    let almost = (images.is_empty() && stored.is_none())
        .then(|| files::without_ending(&columns, &files::roots(root, manifest)))
        .flatten();
    Ok(Survey {
        source_path: source.to_owned(),
        manifest: manifest.to_owned(),
        folder,
        model: facts,
        stored,
        known,
        preprocessor: preprocessor
            .and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned()),
        columns,
        join,
        left_out,
        images,
        almost,
        given_root: root.map(Path::to_owned),
    })
}

fn look_at_model(
    model: &Path,
    preprocessor: Option<&Path>,
) -> Result<(ModelFacts, Draft), InitError> {
    let read = |path: &Path| {
        std::fs::read(path)
            .map_err(|error| InitError(format!("{}: cannot be read ({error})", path.display())))
    };
    let bytes = read(model)?;
    let summary = summarize(&bytes)
        .map_err(|reason| InitError(format!("{}: not an ONNX model: {reason}", model.display())))?;
    let configuration = preprocessor.map(read).transpose()?;
    // `import` tells a model by its ending, which this file may lack.
    let named = model.with_extension("onnx");
    let mut files: Vec<(&Path, &[u8])> = vec![(&named, &bytes)];
    if let (Some(path), Some(bytes)) = (preprocessor, &configuration) {
        files.push((path, bytes));
    }
    let known = import::import(&files).map_err(|error| InitError(error.to_string()))?;
    Ok((ModelFacts::of(&summary), known))
}

fn look_at_table(manifest: &Path) -> Result<(Vec<ColumnFacts>, usize), InitError> {
    let fail = |error: tables::TableError| InitError(error.to_string());
    let all = tables::column_names(manifest).map_err(fail)?;
    let named = |name: &&String| {
        !name.trim().is_empty() && all.iter().filter(|other| other == name).count() == 1
    };
    let names: Vec<&str> = all.iter().filter(named).map(String::as_str).collect();
    if names.is_empty() {
        return Err(InitError(format!(
            "{}: no column has a name of its own in the first row",
            manifest.display()
        )));
    }
    let table = tables::read(manifest, &names).map_err(fail)?;
    let rows = table.filled_rows();
    let mut columns = Vec::new();
    for name in &names {
        // Lists and bytes of a Parquet file are no columns of an audit.
        if let Ok(column) = table.column(name) {
            columns.push(ColumnFacts::of(name, &column, &rows));
        }
    }
    let left_out = all.len() - columns.len();
    Ok((columns, left_out))
}

impl Survey {
    /// The columns that were read.
    #[must_use]
    pub fn columns(&self) -> &[ColumnFacts] {
        &self.columns
    }

    /// Samples in the table.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.rows)
    }

    /// What the graph takes and gives, a line each.
    #[must_use]
    pub fn signature(&self) -> &[String] {
        &self.model.signature
    }

    /// Whether an image of each of several views is fed, so that exams must be declared.
    #[must_use]
    pub fn has_views(&self) -> bool {
        self.model.images.len() > 1
    }

    /// A column by its name.
    ///
    /// # Errors
    /// No such column; names the nearest one and all others.
    pub fn column(&self, name: &str, option: &str) -> Result<&ColumnFacts, InitError> {
        if let Some(found) = self.columns.iter().find(|column| column.name == name) {
            return Ok(found);
        }
        let known = self.columns.iter().map(|column| column.name.as_str());
        let all: Vec<&str> = known.collect();
        let near = nearest(name, &all);
        let near = near.first();
        let hint = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
        Err(InitError(format!(
            "{option}: {} has no column \"{name}\"{hint} (columns: {})",
            self.manifest.display(),
            all.join(", ")
        )))
    }

    /// The column that names the image files, where files were found for one.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        let best = self.images.first()?;
        Some(self.columns.get(best.column)?.name.as_str())
    }

    /// The column that tells patients apart, where a name says so.
    #[must_use]
    pub fn patient(&self) -> Option<&str> {
        roles::patient(&self.columns).map(|column| column.name.as_str())
    }

    /// Columns that may hold the reference standard, the likeliest first.
    #[must_use]
    pub fn truths(&self) -> Vec<&ColumnFacts> {
        roles::truths(&self.columns)
            .into_iter()
            .filter(|column| Some(column.name.as_str()) != self.image())
            .collect()
    }

    /// The values that mean positive and negative, where their words leave no doubt.
    #[must_use]
    pub fn sides<'a>(&self, truth: &'a ColumnFacts) -> Option<(&'a str, &'a str)> {
        names::sides(&truth.levels)
    }

    /// Columns that are proposed as groups.
    #[must_use]
    pub fn proposed_strata(&self, truth: Option<&str>) -> Vec<String> {
        let groups = self.groups(truth, &[]);
        let proposed = groups.into_iter().filter(|group| group.against.is_none());
        proposed.map(|group| group.column).collect()
    }

    /// Columns that may make groups. `taken` are those with another part to play.
    pub(super) fn groups(&self, truth: Option<&str>, taken: &[&str]) -> Vec<Group> {
        let mut taken = taken.to_vec();
        taken.extend(truth);
        taken.extend(self.image());
        taken.extend(self.patient());
        let parts = |column: &&ColumnFacts| names::are_parts(&column.levels);
        let parts = self.columns.iter().filter(parts);
        taken.extend(parts.map(|column| column.name.as_str()));
        let truth = truth.and_then(|name| self.columns.iter().find(|one| one.name == name));
        roles::groups(&self.columns, &taken, truth)
    }

    /// The score of a finding: the label of the output, or the column of stored scores, that is called
    /// like the column of its truth. `None` where none or several are.
    pub(super) fn score_called(&self, truth: &str) -> Option<String> {
        let names: Vec<&str> = match &self.stored {
            Some(stored) => stored.columns.iter().map(|one| one.name.as_str()).collect(),
            // One label among several classes is no finding of its own.
            None if matches!(self.known.head, None | Some("multilabel")) => {
                self.known.labels.iter().map(String::as_str).collect()
            }
            None => Vec::new(),
        };
        let finding = names::finding(truth);
        let mut alike = names
            .into_iter()
            .filter(|name| !finding.is_empty() && names::finding(name) == finding);
        match (alike.next(), alike.next()) {
            (Some(only), None) => Some(only.to_owned()),
            _ => None,
        }
    }

    /// What a few of the images hold.
    pub(super) fn image_facts(&self, image: Option<&str>) -> ImageFacts {
        let column = image.and_then(|name| self.columns.iter().position(|one| one.name == name));
        let Some(column) = column else {
            return ImageFacts::default();
        };
        let root = self.root(Some(column));
        if self.folder {
            let kind = if self.model.volumes() {
                files::Kind::DicomSeries
            } else {
                files::Kind::Dicom
            };
            let seen = if self.model.volumes() {
                ImageFacts::default()
            } else {
                files::look(&self.columns[column], &root)
            };
            return ImageFacts {
                kind: Some(kind),
                ..seen
            };
        }
        files::look(&self.columns[column], &root)
    }

    /// The folder that a column's paths are relative to.
    pub(super) fn root(&self, column: Option<usize>) -> PathBuf {
        if let Some(given) = &self.given_root {
            return given.clone();
        }
        let seen = self.images.iter().find(|one| Some(one.column) == column);
        match seen {
            Some(seen) => seen.root.clone(),
            None if self.folder => self.manifest.clone(),
            None => self.manifest.parent().unwrap_or(Path::new("")).to_owned(),
        }
    }

    /// A path as the audit file in `folder` writes it.
    pub(super) fn from(&self, folder: &Path, path: &Path) -> String {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        paths::from_folder(folder, path)
    }
}
