//! Baselines: read for the gate, and moved by a command of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::assessment::{Estimate, EstimateStatus};
use crate::cohort::LoadedCohort;
use crate::config::{BaselineFile, Diagnostic};
use crate::gate::{AuditVerdict, Baseline, BaselineEstimate, BaselineInput, Baselines};
use crate::inference::ScoreTable;
use crate::provenance::{hash_file, hex};
use crate::report::AuditResult;

use super::finish::{Source, Started};
use super::thresholds::Scores;
use super::{AuditError, folder, units};

impl Started {
    /// The baseline files that rules name and that are there, each once.
    pub(super) fn baseline_files(&self) -> Vec<&Path> {
        let paths: BTreeSet<&Path> = self
            .named_baselines()
            .map(|file| file.path.as_path())
            .collect();
        paths.into_iter().filter(|path| path.is_file()).collect()
    }

    fn named_baselines(&self) -> impl Iterator<Item = &BaselineFile> {
        let families = self.audit.gate.iter().flat_map(|gate| &gate.families);
        families
            .flat_map(|family| &family.rules)
            .filter_map(|rule| rule.baseline.as_ref())
    }

    /// Reads them. One that is not there yet makes its rules not evaluable; one that is none is an error.
    pub(super) fn read_baselines(&mut self) -> Result<(), AuditError> {
        let mut read = Baselines::default();
        let (mut wrong, mut noticed) = (Vec::new(), Vec::new());
        for file in self.named_baselines() {
            if read.has(&file.path) {
                continue;
            }
            let named = &file.named;
            match std::fs::read_to_string(&file.path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let why = format!(
                        "there is no baseline {}; `equipoise baseline DIR --to FILE` makes one from results",
                        named.value
                    );
                    read.add(file.path.clone(), Err(why));
                }
                Err(error) => wrong.push(malformed(file, &error.to_string())),
                Ok(text) => match Baseline::parse(&text) {
                    Err(why) => wrong.push(malformed(file, &why)),
                    Ok(baseline) => {
                        if baseline.audit != self.audit.id {
                            noticed.push(of_another_audit(file, &baseline.audit, &self.audit.id));
                        }
                        read.add(file.path.clone(), Ok(baseline));
                    }
                },
            }
        }
        self.warn(noticed);
        if !wrong.is_empty() {
            return Err(self.refuse(wrong));
        }
        self.baselines = read;
        self.read_baseline_tables()
    }

    /// Tables of scores behind baselines that are there, each once.
    pub(super) fn baseline_score_files(&self) -> Vec<&Path> {
        let files = self.named_baselines();
        let there = files.filter(|file| file.path.is_file());
        let paths: BTreeSet<&Path> = there
            .filter_map(|file| Some(file.scores.as_ref()?.value.as_path()))
            .collect();
        paths.into_iter().collect()
    }

    /// Reads them before any time is spent on new scores. Without the results there is nothing to compare
    /// with, and their scores are not asked for.
    fn read_baseline_tables(&mut self) -> Result<(), AuditError> {
        let paths: Vec<PathBuf> = self
            .baseline_score_files()
            .into_iter()
            .map(Path::to_path_buf)
            .collect();
        for path in paths {
            let table = ScoreTable::read(&path, &self.audit).map_err(|found| self.refuse(found))?;
            self.baseline_tables.push((path, table));
        }
        Ok(())
    }

    /// Joins them to the units that are measured.
    pub(super) fn join_baseline_scores(&mut self, loaded: &LoadedCohort) -> Result<(), AuditError> {
        for (path, table) in std::mem::take(&mut self.baseline_tables) {
            // What of the table finds no sample is told with the checks that could not be paired.
            let read = table
                .join(&self.audit, loaded.everyone())
                .map_err(|found| self.refuse(found))?;
            let scores = Scores::new(loaded, read.predictions);
            let units = units::units(&self.audit, &loaded.cohort, scores.measured());
            let (_, joined) = units.map_err(|found| self.refuse(found))?;
            self.baselines.add_scores(path, joined.into_owned());
        }
        Ok(())
    }

    /// SHA-256 of the model that the audit file names where scores are read from a table: its lock, or
    /// that of the file where it can be read. It is the audit file's word that the scores are of it.
    pub(super) fn declared_model(&self, from: &Source<'_>) -> Result<Option<String>, AuditError> {
        let (Source::File(_), Some(model)) = (from, &self.audit.model) else {
            return Ok(None);
        };
        if let Some(locked) = &model.sha256 {
            return Ok(Some(locked.value.clone()));
        }
        if !model.file.is_file() {
            return Ok(None);
        }
        let hash = hash_file(&model.file).map_err(|source| AuditError::Read {
            path: model.file.display().to_string(),
            source,
        })?;
        Ok(Some(hash.sha256))
    }
}

fn malformed(file: &BaselineFile, why: &str) -> Diagnostic {
    let message = format!("{} is no baseline: {why}", file.named.value);
    Diagnostic::error("malformed-baseline", message)
        .at(file.named.span)
        .help("make it anew: `equipoise baseline DIR --to FILE`, DIR being the folder of an audit's results")
}

fn of_another_audit(file: &BaselineFile, theirs: &str, ours: &str) -> Diagnostic {
    let message = format!(
        "the baseline {} is of audit {theirs}, and this is {ours}",
        file.named.value
    );
    Diagnostic::warning("baseline-of-another-audit", message)
        .at(file.named.span)
        .help("groups and endpoints are compared by their names; make sure that they mean the same")
}

/// One number of a baseline that moves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineChange {
    /// Endpoint.
    pub endpoint: String,
    /// Metric id.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Estimate in the file that is replaced; null where it has none.
    pub before: Option<f64>,
    /// Estimate in the new one; null where it has none.
    pub after: Option<f64>,
}

/// A baseline that was made or moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineMove {
    /// Id of the audit whose results it holds.
    pub audit: String,
    /// Whether a file was there before.
    pub replaces: Option<String>,
    /// Whether the file was written.
    pub written: bool,
    /// Numbers that are in both and did not move.
    pub unchanged: usize,
    /// Numbers that moved, came or went, in the order of the new file.
    pub changes: Vec<BaselineChange>,
}

/// Makes a baseline of the results of a finished audit, in place of the one that `to` holds.
///
/// # Errors
/// No results in the folder; results whose inputs cannot be trusted; a file that is no baseline; a
/// file that cannot be written.
pub fn move_baseline(folder: &Path, to: &Path, dry_run: bool) -> Result<BaselineMove, AuditError> {
    let result = folder::read_result(folder)?;
    if result.verdict == AuditVerdict::Error {
        return Err(AuditError::Usage(format!(
            "{}: the inputs of this audit cannot be trusted, so that nothing may be compared with its results: {}",
            folder.display(),
            result.headline
        )));
    }
    let before = earlier(to)?;
    let new = of_result(&result, before.as_ref().map(|(_, sha256)| sha256.clone()));
    let changes = changes(before.as_ref().map(|(baseline, _)| baseline), &new);
    let moved = BaselineMove {
        audit: result.audit.id.clone(),
        replaces: new.replaces.clone(),
        written: !dry_run,
        unchanged: new.estimates.len() - changes.iter().filter(|one| one.after.is_some()).count(),
        changes,
    };
    if !dry_run {
        let text = serde_json::to_string_pretty(&new)
            .map_err(|error| AuditError::Internal(error.to_string()))?;
        folder::replace_file(to, &(text + "\n"))?;
    }
    Ok(moved)
}

/// The baseline that a file holds, and the file's hash; `None` where there is no file.
fn earlier(path: &Path) -> Result<Option<(Baseline, String)>, AuditError> {
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(AuditError::Read {
                path: shown,
                source,
            });
        }
        Ok(text) => text,
    };
    let baseline = Baseline::parse(&text).map_err(|why| {
        AuditError::Usage(format!("{shown} is no baseline and is not replaced: {why}"))
    })?;
    Ok(Some((baseline, hex(&Sha256::digest(text.as_bytes())))))
}

fn of_result(result: &AuditResult, replaces: Option<String>) -> Baseline {
    let (kind, schema) = Baseline::kind();
    let provenance = &result.provenance;
    Baseline {
        kind,
        schema,
        audit: result.audit.id.clone(),
        config_sha256: result.audit.config_sha256.clone(),
        equipoise: provenance.equipoise.clone(),
        model_sha256: provenance.model.as_ref().map(|model| model.sha256.clone()),
        inputs: provenance
            .inputs
            .iter()
            .map(|input| BaselineInput {
                role: input.role.clone(),
                sha256: input.sha256.clone(),
            })
            .collect(),
        images_sha256: provenance.images_sha256.clone(),
        replaces,
        clustered: result.cohort.clustered,
        measured_sha256: result
            .methods
            .endpoints
            .iter()
            .filter_map(|one| Some((one.name.clone(), one.measured_sha256.clone()?)))
            .collect(),
        estimates: result.estimates.iter().filter_map(stored).collect(),
    }
}

/// Only what could be estimated and is not withheld.
fn stored(row: &Estimate) -> Option<BaselineEstimate> {
    let estimate = row.estimate.filter(|_| row.status == EstimateStatus::Ok)?;
    Some(BaselineEstimate {
        endpoint: row.endpoint.clone(),
        metric: row.metric.clone(),
        attribute: row.attribute.clone(),
        level: row.level.clone(),
        n_class: row.n_class,
        n_clusters: row.n_clusters,
        numerator: row.numerator,
        denominator: row.denominator,
        n_effective: row.n_effective,
        estimate,
        standard_error: row.standard_error,
    })
}

fn changes(before: Option<&Baseline>, after: &Baseline) -> Vec<BaselineChange> {
    let about = |one: &BaselineEstimate| {
        [&one.endpoint, &one.metric, &one.attribute, &one.level].map(Clone::clone)
    };
    let mut earlier: BTreeMap<[String; 4], f64> = before
        .iter()
        .flat_map(|baseline| &baseline.estimates)
        .map(|one| (about(one), one.estimate))
        .collect();
    let change =
        |[endpoint, metric, attribute, level]: [String; 4], before, after| BaselineChange {
            endpoint,
            metric,
            attribute,
            level,
            before,
            after,
        };
    let mut found = Vec::new();
    for one in &after.estimates {
        let was = earlier.remove(&about(one));
        if was != Some(one.estimate) {
            found.push(change(about(one), was, Some(one.estimate)));
        }
    }
    let gone = earlier
        .into_iter()
        .map(|(about, was)| change(about, Some(was), None));
    found.extend(gone);
    found
}
