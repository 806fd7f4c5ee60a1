//! Baselines: read for the gate, and moved by a command of their own.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use crate::config::{BaselineFile, Diagnostic};
use crate::gate::{Baseline, Baselines};
use crate::provenance::hash_file;

use super::AuditError;
use super::finish::{Source, Started};

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
        if wrong.is_empty() {
            self.baselines = read;
            Ok(())
        } else {
            Err(self.refuse(wrong))
        }
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
