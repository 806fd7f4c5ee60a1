//! The makers' table of scores.

use std::collections::HashMap;

use crate::cohort::Cohort;
use crate::config::{Audit, Diagnostic, Located, ParityScores, nearest};
use crate::tables::{self, TableError};

/// The makers' numbers, joined to a cohort.
#[derive(Debug, Clone)]
pub struct MakersScores {
    /// Names of scores, and the columns of the makers' table.
    pub names: Vec<(String, String)>,
    /// By score, then by sample of the cohort.
    pub values: Vec<Vec<Option<f64>>>,
    /// Rows whose sample is not in the cohort.
    pub elsewhere: usize,
}

impl MakersScores {
    /// Samples with a number for at least one score.
    #[must_use]
    pub fn samples(&self) -> Vec<usize> {
        let samples = self.values.first().map_or(0, Vec::len);
        (0..samples)
            .filter(|sample| self.values.iter().any(|column| column[*sample].is_some()))
            .collect()
    }
}

/// Reads the table and joins it by sample id. `scores` are the names of the model's scores.
///
/// # Errors
/// An absent or broken table, unknown columns and scores, numbers that are none, one sample
/// twice, no sample of the cohort.
pub fn read_makers(
    spec: &ParityScores,
    audit: &Audit,
    cohort: &Cohort,
    scores: &[String],
) -> Result<MakersScores, Vec<Diagnostic>> {
    let at_file = |error: TableError| {
        vec![Diagnostic::error("parity-scores", error.to_string()).at(spec.file.span)]
    };
    let file = spec
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let available = tables::column_names(&spec.file).map_err(at_file)?;
    let key = id_column(spec, audit, &file, &available)?;
    let names = columns(spec, scores, &file, &available)?;
    let mut wanted: Vec<&str> = vec![&key];
    wanted.extend(names.iter().map(|(_, column)| column.as_str()));
    wanted.sort_unstable();
    wanted.dedup();
    let table = tables::read(&spec.file, &wanted).map_err(at_file)?;
    let ids = table.column(&key).map_err(at_file)?;
    let place: HashMap<&str, usize> = cohort.samples.iter().zip(0..).collect();
    let mut row_of: Vec<Option<usize>> = vec![None; cohort.len()];
    let mut elsewhere = 0;
    for row in table.filled_rows() {
        let Some(sample) = ids.get(row).and_then(|id| place.get(id)) else {
            elsewhere += 1;
            continue;
        };
        if let Some(first) = row_of[*sample].replace(row) {
            let message = format!(
                "{file} rows {} and {} are of the same sample, expected one row a sample",
                tables::row_number(first),
                tables::row_number(row)
            );
            return Err(vec![
                Diagnostic::error("parity-repeated", message).at(spec.file.span),
            ]);
        }
    }
    if row_of.iter().all(Option::is_none) {
        let message =
            format!("{file} has {elsewhere} row(s) and none is of a sample of the cohort");
        return Err(vec![
            Diagnostic::error("parity-no-sample", message)
                .at(spec.file.span)
                .help(format!(
                    "samples are joined by the column \"{key}\"; name another with `parity.sample`"
                )),
        ]);
    }
    let mut values = Vec::new();
    for (_, column) in &names {
        let texts = table.column(column).map_err(at_file)?;
        let numbers = table.numbers(column).map_err(at_file)?;
        let mut of_sample = Vec::with_capacity(row_of.len());
        for row in &row_of {
            let number = row.and_then(|row| numbers[row]);
            let written = row
                .and_then(|row| texts.get(row))
                .unwrap_or_default()
                .trim();
            let missing = number.is_none()
                && (written.is_empty() || audit.cohort.missing.iter().any(|text| text == written));
            if let (Some(row), false, false) = (row, missing, number.is_some_and(f64::is_finite)) {
                let message = format!(
                    "{file} row {}: {column} is \"{written}\", expected a finite number",
                    tables::row_number(*row)
                );
                return Err(vec![
                    Diagnostic::error("parity-number", message).at(spec.file.span),
                ]);
            }
            of_sample.push(number);
        }
        values.push(of_sample);
    }
    Ok(MakersScores {
        names,
        values,
        elsewhere,
    })
}

fn id_column(
    spec: &ParityScores,
    audit: &Audit,
    file: &str,
    available: &[String],
) -> Result<String, Vec<Diagnostic>> {
    let declared = spec.sample.as_ref().or(audit.cohort.id_column());
    let Some(name) = declared else {
        let message = "nothing says which column of the makers' scores holds the sample's id";
        return Err(vec![
            Diagnostic::error("no-sample-column", message)
                .at(spec.file.span)
                .help("write `parity: {sample: COLUMN}`"),
        ]);
    };
    match unknown(name, file, available) {
        Some(found) => Err(vec![found]),
        None => Ok(name.value.clone()),
    }
}

fn columns(
    spec: &ParityScores,
    scores: &[String],
    file: &str,
    available: &[String],
) -> Result<Vec<(String, String)>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut names = Vec::new();
    for (score, column) in &spec.columns {
        if !scores.contains(&score.value) {
            let message = format!("the model gives no score \"{}\"", score.value);
            found.push(
                Diagnostic::error("unknown-score", message)
                    .at(score.span)
                    .help(format!("there are {}", scores.join(", "))),
            );
        }
        found.extend(unknown(column, file, available));
        names.push((score.value.clone(), column.value.clone()));
    }
    if spec.columns.is_empty() {
        let same = scores.iter().filter(|score| available.contains(score));
        names.extend(same.map(|score| (score.clone(), score.clone())));
        if names.is_empty() {
            let message = format!(
                "{file} has no column named as a score of the model ({})",
                scores.join(", ")
            );
            found.push(
                Diagnostic::error("parity-columns", message)
                    .at(spec.file.span)
                    .help(format!(
                        "say which column holds what: `parity: {{columns: {{{}: COLUMN}}}}`; there are {}",
                        scores.first().map_or("score", String::as_str),
                        available.join(", ")
                    )),
            );
        }
    }
    if found.is_empty() {
        Ok(names)
    } else {
        Err(found)
    }
}

/// What is wrong with a column's name; `None` where the table has it.
fn unknown(name: &Located<String>, file: &str, available: &[String]) -> Option<Diagnostic> {
    if available.contains(&name.value) {
        return None;
    }
    let valid: Vec<&str> = available.iter().map(String::as_str).collect();
    let near = nearest(name, &valid)
        .first()
        .map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
    let message = format!("{file} has no column \"{}\"", name.value);
    Some(
        Diagnostic::error("unknown-column", message)
            .at(name.span)
            .help(format!("{near}there are {}", valid.join(", "))),
    )
}
