//! Columns with the truth of endpoints that have a task, as written.

use crate::config::{Audit, CohortSpec, Diagnostic, Located, TaskEndpoint};
use crate::tables::TextColumn;
use crate::tasks::{BadCell, BinaryInput, Inputs};

use super::Truth;
use super::rows::{canonical_text, named_rows};

/// One column of the manifest, sample by sample.
#[derive(Debug, Clone)]
pub struct ValueColumn {
    /// Its name.
    pub column: String,
    /// What stands in it; `None` where it counts as missing.
    pub texts: Vec<Option<Box<str>>>,
}

/// The columns that endpoints with a task name, each once.
pub(super) fn declared(audit: &Audit) -> Vec<&Located<String>> {
    let mut columns: Vec<&Located<String>> = Vec::new();
    for (_, column) in audit.tasks.iter().flat_map(TaskEndpoint::columns) {
        if columns.iter().all(|known| known.value != column.value) {
            columns.push(column);
        }
    }
    columns
}

pub(super) fn read(
    name: &Located<String>,
    column: &TextColumn,
    spec: &CohortSpec,
    kept: &[usize],
) -> ValueColumn {
    let text = |row: &usize| {
        column
            .get(*row)
            .filter(|text| !spec.missing.iter().any(|missing| missing == text))
            .map(|text| canonical_text(text).into())
    };
    ValueColumn {
        column: name.value.clone(),
        texts: kept.iter().map(text).collect(),
    }
}

/// The columns of an endpoint, as its task takes them.
#[must_use]
pub fn task_inputs<'a>(endpoint: &TaskEndpoint, values: &'a [ValueColumn], n: usize) -> Inputs<'a> {
    let mut inputs = Inputs {
        n,
        ..Inputs::default()
    };
    for (key, column) in endpoint.columns() {
        let found = values.iter().find(|own| own.column == column.value);
        let texts = found.map_or_else(
            || vec![None; n],
            |own| own.texts.iter().map(Option::as_deref).collect(),
        );
        inputs.columns.entry(key).or_default().push(texts);
    }
    inputs
}

/// The truth of an endpoint with a task, as far as small classes of it are protected.
#[derive(Debug, Clone)]
pub struct TaskTruth {
    /// Names of the endpoint and its parts in results.
    pub names: Vec<String>,
    /// For each class of the truth, whether a sample is of it; one class of all known ones where
    /// the truth has none.
    pub classes: Vec<Vec<bool>>,
}

/// Scores of all samples by their name, where they are there.
pub type ScoresByName<'a> = &'a dyn Fn(&str) -> Option<Vec<f64>>;

/// The truth of every endpoint with a task. Of an outline it is only known with the scores of its
/// cases; before the model ran, every case with a mask is one class.
#[must_use]
pub fn task_truths(
    audit: &Audit,
    cohort: &super::Cohort,
    scores: ScoresByName<'_>,
) -> Vec<TaskTruth> {
    let n = cohort.len();
    audit
        .tasks
        .iter()
        .filter_map(|endpoint| {
            let own: Vec<Vec<f64>> = endpoint
                .scores
                .iter()
                .map(|(_, name)| scores(name).unwrap_or_else(|| vec![0.0; n]))
                .collect();
            let truth_of = |name: &str| {
                let mut names = audit.endpoints.iter().map(|one| one.name.value.as_str());
                let place = names.position(|own| own == name)?;
                cohort.truth.get(place).map(Vec::as_slice)
            };
            let inputs = before_decisions(endpoint, &cohort.values, &own, n, &truth_of);
            let rows = (endpoint.task.rows)(&endpoint.declared, &inputs).ok()?;
            let mut classes = rows.classes();
            if classes.is_empty() {
                classes = vec![(0..n).map(|sample| rows.is_known(sample)).collect()];
            }
            Some(TaskTruth {
                names: endpoint.names(),
                classes,
            })
        })
        .collect()
}

/// What a task is given before anything is called positive: of binary endpoints the truth alone.
fn before_decisions<'a>(
    endpoint: &TaskEndpoint,
    values: &'a [ValueColumn],
    scores: &'a [Vec<f64>],
    n: usize,
    truth_of: &dyn Fn(&str) -> Option<&'a [Truth]>,
) -> Inputs<'a> {
    let mut inputs = task_inputs(endpoint, values, n);
    for ((key, _), own) in endpoint.scores.iter().zip(scores) {
        inputs.scores.entry(key).or_default().push(own);
    }
    let known = |truth: &Truth| match truth {
        Truth::Positive => Some(true),
        Truth::Negative => Some(false),
        Truth::Indeterminate => None,
    };
    inputs.binary = endpoint
        .binary()
        .map(|name| BinaryInput {
            name: name.value.clone(),
            y_true: match truth_of(name) {
                None => vec![None; n],
                Some(truth) => truth.iter().map(known).collect(),
            },
            flagged: vec![false; n],
            rank: vec![0.0; n],
        })
        .collect();
    inputs
}

/// Cells that are no truth, before any score is there. `rows` are those of the table, from 0.
pub(super) fn check(
    endpoint: &TaskEndpoint,
    values: &[ValueColumn],
    rows: &[usize],
    file: &str,
    found: &mut Vec<Diagnostic>,
) {
    let n = rows.len();
    let zeros = vec![vec![0.0; n]; endpoint.scores.len()];
    let inputs = before_decisions(endpoint, values, &zeros, n, &|_| None);
    let Err(bad) = (endpoint.task.rows)(&endpoint.declared, &inputs) else {
        return;
    };
    let mut told: Vec<(&BadCell, Vec<usize>)> = Vec::new();
    for cell in &bad {
        let alike = told
            .iter_mut()
            .find(|(first, _)| first.key == cell.key && first.message == cell.message);
        match alike {
            Some((_, places)) => places.push(rows[cell.row]),
            None => told.push((cell, vec![rows[cell.row]])),
        }
    }
    const SHOWN: usize = 10;
    let more = told.len().saturating_sub(SHOWN);
    for (cell, places) in told.into_iter().take(SHOWN) {
        let column = endpoint.columns().find(|(key, _)| *key == cell.key);
        let name = column.map_or(cell.key, |(_, column)| column.value.as_str());
        let message = format!("{file} {}: {name} is {}", named_rows(&places), cell.message);
        let diagnostic = Diagnostic::error("truth-outside-declared", message)
            .help("correct the table, or write the text under `cohort.missing` if it stands for an unknown truth");
        found.push(match column {
            Some((_, column)) => diagnostic.at(column.span),
            None => diagnostic,
        });
    }
    if more > 0 {
        let message = format!(
            "{file}: {more} more texts of endpoint {} are no truth",
            endpoint.name.value
        );
        found.push(Diagnostic::error("truth-outside-declared", message).at(endpoint.name.span));
    }
}
