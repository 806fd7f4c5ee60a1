//! What differs between the results of two audits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::gate::{AuditVerdict, Check, Verdict};
use crate::report::AuditResult;

use super::{AuditError, folder};

/// What differs between two results; the first is the one from before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResultComparison {
    /// Ids of the audits.
    pub audits: (String, String),
    /// Their verdicts.
    pub verdicts: (AuditVerdict, AuditVerdict),
    /// Their exit codes.
    pub exit_codes: (u8, u8),
    /// Inputs, settings and versions that differ.
    pub inputs: Vec<InputChange>,
    /// Checks with another verdict, waiver or bound, and those of one result only.
    pub checks: Vec<CheckChange>,
    /// Estimates that differ, and those of one result only, in the order of the second result.
    pub estimates: Vec<EstimateChange>,
    /// Estimates that are the same in both.
    pub n_same: usize,
}

impl ResultComparison {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.inputs.is_empty()
            && self.checks.is_empty()
            && self.estimates.is_empty()
            && self.verdicts.0 == self.verdicts.1
            && self.exit_codes.0 == self.exit_codes.1
    }
}

/// One input that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputChange {
    /// What it is: `audit file`, `model`, `manifest`, `engine`, ...
    pub what: String,
    /// SHA-256 or version before; null where there was none.
    pub before: Option<String>,
    /// The same after.
    pub after: Option<String>,
}

/// One check that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckChange {
    /// Its id.
    pub id: String,
    /// How it stood before; null where there was none.
    pub before: Option<CheckState>,
    /// How it stands after.
    pub after: Option<CheckState>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CheckState {
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether a waiver covers it.
    pub waived: bool,
    /// What it is required to be.
    pub bound: f64,
    /// The metric, or the signed difference.
    pub estimate: Option<f64>,
}

/// One estimate that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EstimateChange {
    /// Its id.
    pub id: String,
    /// Before; null where it could not be estimated, was withheld or not asked for.
    pub before: Option<f64>,
    /// After.
    pub after: Option<f64>,
    /// After minus before.
    pub difference: Option<f64>,
}

/// Sets the results of two folders against each other.
///
/// # Errors
/// When one of them holds no results.
pub fn compare(before: &Path, after: &Path) -> Result<ResultComparison, AuditError> {
    let (before, after) = (folder::read_result(before)?, folder::read_result(after)?);
    let (estimates, n_same) = estimates(&before, &after);
    Ok(ResultComparison {
        audits: (before.audit.id.clone(), after.audit.id.clone()),
        verdicts: (before.verdict, after.verdict),
        exit_codes: (before.exit_code, after.exit_code),
        inputs: inputs(&before, &after),
        checks: checks(&before, &after),
        estimates,
        n_same,
    })
}

fn inputs(before: &AuditResult, after: &AuditResult) -> Vec<InputChange> {
    let (before, after) = (identities(before), identities(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| InputChange {
            what: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

/// Everything that a result was made from, by what it is. Inputs of one role are told apart by file.
fn identities(result: &AuditResult) -> BTreeMap<String, String> {
    let provenance = &result.provenance;
    let mut found = BTreeMap::from([
        ("audit file".to_owned(), result.audit.config_sha256.clone()),
        ("equipoise".to_owned(), provenance.equipoise.clone()),
    ]);
    for input in &provenance.inputs {
        let several = provenance
            .inputs
            .iter()
            .filter(|other| other.role == input.role);
        let name = if several.count() > 1 {
            format!("{} {}", input.role, input.file)
        } else {
            input.role.clone()
        };
        found.insert(name, input.sha256.clone());
    }
    if let Some(model) = &provenance.model {
        found.insert("model".to_owned(), model.sha256.clone());
    }
    if let Some(images) = &provenance.images_sha256 {
        found.insert("images".to_owned(), images.clone());
    }
    if let Some(engine) = &provenance.engine {
        let library = engine.library_sha256.clone().unwrap_or_default();
        let text = format!("{} {} {library}", engine.name, engine.version);
        found.insert("engine".to_owned(), text.trim_end().to_owned());
    }
    found
}

fn checks(before: &AuditResult, after: &AuditResult) -> Vec<CheckChange> {
    let by_id = |result: &AuditResult| -> BTreeMap<String, CheckState> {
        let states = result.checks.iter();
        states
            .map(|check| (check.id.clone(), standing(check)))
            .collect()
    };
    let (before, after) = (by_id(before), by_id(after));
    let differs = |one: &CheckState, other: &CheckState| {
        (one.verdict, one.waived) != (other.verdict, other.waived)
            || one.bound.to_bits() != other.bound.to_bits()
    };
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    ids.into_iter()
        .filter(|id| match (before.get(*id), after.get(*id)) {
            (Some(one), Some(other)) => differs(one, other),
            _ => true,
        })
        .map(|id| CheckChange {
            id: id.clone(),
            before: before.get(id).copied(),
            after: after.get(id).copied(),
        })
        .collect()
}

fn standing(check: &Check) -> CheckState {
    CheckState {
        verdict: check.verdict,
        waived: check.waived,
        bound: check.bound,
        estimate: check.estimate,
    }
}

fn estimates(before: &AuditResult, after: &AuditResult) -> (Vec<EstimateChange>, usize) {
    let was: BTreeMap<&str, Option<f64>> = before
        .estimates
        .iter()
        .map(|row| (row.id.as_str(), row.estimate))
        .collect();
    let is: BTreeSet<&str> = after.estimates.iter().map(|row| row.id.as_str()).collect();
    let gone = before
        .estimates
        .iter()
        .filter(|row| !is.contains(row.id.as_str()));
    let rows = after.estimates.iter().map(|row| (row, row.estimate));
    let mut n_same = 0;
    let mut changed = Vec::new();
    for (row, after) in rows.chain(gone.map(|row| (row, None))) {
        let before = was.get(row.id.as_str()).copied().flatten();
        if before == after && was.contains_key(row.id.as_str()) && is.contains(row.id.as_str()) {
            n_same += 1;
            continue;
        }
        changed.push(EstimateChange {
            id: row.id.clone(),
            before,
            after,
            difference: after.zip(before).map(|(after, before)| after - before),
        });
    }
    (changed, n_same)
}
