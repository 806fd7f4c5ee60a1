//! Files of one audit: written aside, then put in place by rename, so that a folder is either
//! whole or the one from before.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cohort::Cohort;
use crate::config::Audit;
use crate::inference::Predictions;
use crate::provenance::{HashedFile, RunManifest, hash_file, hex};
use crate::report::{self, AuditResult};

use super::AuditError;

/// Name of the machine-readable results.
pub(super) const RESULTS: &str = "results.json";
/// Name of the file with paths, clock and host.
pub(super) const MANIFEST: &str = "manifest.json";
/// Name of the stored scores.
const PREDICTIONS: &str = "predictions.parquet";

/// A folder being filled beside its final place; removed when it is dropped unfinished.
pub(super) struct Staged {
    target: PathBuf,
    aside: PathBuf,
    done: bool,
}

impl Staged {
    /// Begins `out/<id>`, refusing to replace a folder that holds no audit.
    pub(super) fn new(out: &Path, id: &str) -> Result<Self, AuditError> {
        let target = out.join(id);
        if target.exists() && !holds_an_audit(&target) {
            return Err(AuditError::Foreign {
                path: target.display().to_string(),
            });
        }
        let aside = out.join(format!(".{id}.{}.partial", std::process::id()));
        let failed = |source| AuditError::Output {
            path: out.display().to_string(),
            source,
        };
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(failed)?;
        }
        fs::create_dir_all(aside.join("tables")).map_err(failed)?;
        Ok(Self {
            target,
            aside,
            done: false,
        })
    }

    /// Where files are written for now.
    pub(super) fn path(&self) -> &Path {
        &self.aside
    }

    /// Writes one file.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), AuditError> {
        let path = self.aside.join(name);
        fs::write(&path, text).map_err(|source| AuditError::Output {
            path: path.display().to_string(),
            source,
        })
    }

    /// Hashes what was written, writes `manifest.json`, and puts the folder in place.
    pub(super) fn finish(mut self, mut manifest: RunManifest) -> Result<PathBuf, AuditError> {
        let failed = |source| AuditError::Output {
            path: self.target.display().to_string(),
            source,
        };
        manifest.outputs = outputs(&self.aside).map_err(failed)?;
        let text = serde_json::to_string_pretty(&manifest)
            .map_err(|error| AuditError::Internal(error.to_string()))?;
        self.write(MANIFEST, &(text + "\n"))?;
        let before = self.aside.with_extension("before");
        if self.target.exists() {
            fs::rename(&self.target, &before).map_err(failed)?;
        }
        if let Err(source) = fs::rename(&self.aside, &self.target) {
            if before.exists() {
                fs::rename(&before, &self.target).map_err(failed)?;
            }
            return Err(failed(source));
        }
        self.done = true;
        if before.exists() {
            fs::remove_dir_all(&before).map_err(failed)?;
        }
        Ok(self.target.clone())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.done
            && let Err(error) = fs::remove_dir_all(&self.aside)
        {
            tracing::debug!("{} stays behind: {error}", self.aside.display());
        }
    }
}

/// Results, stored scores, or nothing at all.
fn holds_an_audit(folder: &Path) -> bool {
    let empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    empty || folder.join(RESULTS).is_file() || folder.join(PREDICTIONS).is_file()
}

/// Hash of every file below `folder`, by name.
pub(super) fn outputs(folder: &Path) -> io::Result<Vec<HashedFile>> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_path_buf(), String::new())];
    while let Some((current, prefix)) = folders.pop() {
        for entry in fs::read_dir(&current)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else if entry.file_type()?.is_symlink() && entry.path().is_dir() {
                // Nothing that an audit wrote, and not to be followed.
                found.push(HashedFile {
                    role: "output".to_owned(),
                    path: name,
                    sha256: String::new(),
                    bytes: 0,
                });
            } else if name != MANIFEST {
                let hash = hash_file(&entry.path())?;
                found.push(HashedFile {
                    role: "output".to_owned(),
                    path: name,
                    sha256: hash.sha256,
                    bytes: hash.bytes,
                });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Every text file that is made from the results alone.
pub(super) fn rendered(result: &AuditResult) -> Result<Vec<(String, String)>, AuditError> {
    let mut files = vec![
        ("report.html".to_owned(), report::html(result)?),
        ("summary.md".to_owned(), report::summary_markdown(result)),
        ("junit.xml".to_owned(), report::junit(result)?),
        (
            "findings.sarif".to_owned(),
            report::sarif(result, &result.audit.file)?,
        ),
        (
            "codequality.json".to_owned(),
            report::code_quality(result, &result.audit.file)?,
        ),
    ];
    files.extend(
        report::tables(result)
            .into_iter()
            .map(|(name, text)| (format!("tables/{name}"), text)),
    );
    Ok(files)
}

/// Writes everything of a finished audit into the staged folder.
pub(super) fn write_all(
    staged: &Staged,
    result: &AuditResult,
    audit: &Audit,
    cohort: &Cohort,
    predictions: &Predictions,
) -> Result<(), AuditError> {
    let write_results = || -> Result<(), AuditError> {
        staged.write(RESULTS, &report::results_json(result)?)?;
        for (name, text) in rendered(result)? {
            staged.write(&name, &text)?;
        }
        Ok(())
    };
    let path = staged.path().join(PREDICTIONS);
    let write_scores = || predictions.write(&path, id_column(audit), &cohort.samples);
    let (results, scores) = rayon::join(write_results, write_scores);
    results?;
    scores?;
    Ok(())
}

/// Name of the id column in stored scores: the manifest's own, so that they join again.
fn id_column(audit: &Audit) -> &str {
    let declared = audit.cohort.id_column();
    declared.map_or("sample", |column| column.value.as_str())
}

/// Writes `predictions.parquet` alone, beside whatever the folder holds.
pub(super) fn write_predictions(
    folder: &Path,
    audit: &Audit,
    cohort: &Cohort,
    predictions: &Predictions,
) -> Result<PathBuf, AuditError> {
    let failed = |source| AuditError::Output {
        path: folder.display().to_string(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let path = folder.join(PREDICTIONS);
    let aside = folder.join(format!(".{PREDICTIONS}.{}.partial", std::process::id()));
    predictions.write(&aside, id_column(audit), &cohort.samples)?;
    fs::rename(&aside, &path).map_err(failed)?;
    Ok(path)
}

/// Reads `results.json` of a finished audit.
pub(super) fn read_result(folder: &Path) -> Result<AuditResult, AuditError> {
    let path = folder.join(RESULTS);
    let shown = path.display().to_string();
    let text = fs::read_to_string(&path).map_err(|source| AuditError::Read {
        path: shown.clone(),
        source,
    })?;
    let result: AuditResult =
        serde_json::from_str(&text).map_err(|error| AuditError::NotResults {
            path: shown.clone(),
            message: error.to_string(),
        })?;
    if result.schema == report::SCHEMA_VERSION {
        Ok(report::readable(result)?)
    } else {
        Err(AuditError::NotResults {
            path: shown,
            message: format!(
                "schema {}, this version reads {}",
                result.schema,
                report::SCHEMA_VERSION
            ),
        })
    }
}

/// Writes a file by rename, so that it is whole or the one from before; its folder is made.
pub(super) fn replace_file(path: &Path, text: &str) -> Result<(), AuditError> {
    let failed = |source| AuditError::Output {
        path: path.display().to_string(),
        source,
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.partial", std::process::id()));
    let aside = path.with_file_name(name);
    fs::write(&aside, text).map_err(failed)?;
    fs::rename(&aside, path).map_err(failed)
}

/// Writes the files made from the results again, and their hashes into `manifest.json` where there is
/// one. The hash of `results.json` stays: they are made from it, and a changed one must show.
pub(super) fn write_report(folder: &Path, result: &AuditResult) -> Result<(), AuditError> {
    let files = rendered(result)?;
    for (name, text) in &files {
        replace_file(&folder.join(name), text)?;
    }
    let Some(mut manifest) = read_manifest(folder)? else {
        return Ok(());
    };
    for (name, text) in &files {
        let new = HashedFile {
            role: "output".to_owned(),
            path: name.clone(),
            sha256: hex(&Sha256::digest(text.as_bytes())),
            bytes: text.len() as u64,
        };
        match manifest.outputs.iter_mut().find(|one| one.path == *name) {
            Some(known) => *known = new,
            None => manifest.outputs.push(new),
        }
    }
    manifest.outputs.sort_by(|a, b| a.path.cmp(&b.path));
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|error| AuditError::Internal(error.to_string()))?;
    replace_file(&folder.join(MANIFEST), &(text + "\n"))
}

/// `manifest.json` of a folder; `None` where there is none.
pub(super) fn read_manifest(folder: &Path) -> Result<Option<RunManifest>, AuditError> {
    let path = folder.join(MANIFEST);
    let shown = path.display().to_string();
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(AuditError::Read {
                path: shown,
                source,
            });
        }
        Ok(text) => text,
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| AuditError::NotResults {
            path: shown,
            message: error.to_string(),
        })
}
