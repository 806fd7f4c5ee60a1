//! The samples of a table: truth, score, patient and attribute of each.

use std::path::Path;

use crate::statistics::{NotEstimable, ScaledEstimate};
use crate::tables::Table;

use super::table::{levels, numbers, open, truth};
use super::{CalculationError, Entry};

/// Columns of a table of scores.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// Reference standard, 0 or 1.
    pub truth: &'a str,
    /// Score, higher more positive.
    pub score: &'a str,
    /// Patient.
    pub cluster: Option<&'a str>,
    /// Attribute whose levels are compared.
    pub by: Option<&'a str>,
}

/// What the columns hold.
pub(crate) struct Samples {
    pub(crate) y: Vec<bool>,
    pub(crate) score: Vec<f64>,
    pub(crate) cluster: Option<Vec<u32>>,
    /// Level of each sample and the names of the levels.
    pub(crate) by: Option<(Vec<u32>, Vec<String>)>,
    /// Row of each in the table.
    rows: Vec<u32>,
}

impl Samples {
    pub(crate) fn read(path: &Path, columns: Columns<'_>) -> Result<Self, CalculationError> {
        let mut wanted = vec![columns.truth, columns.score];
        wanted.extend(columns.cluster.iter().chain(&columns.by));
        Self::of(&open(path, &wanted)?, columns)
    }

    /// The same of a table that holds the columns.
    pub(crate) fn of(table: &Table, columns: Columns<'_>) -> Result<Self, CalculationError> {
        let y = truth(table, columns.truth)?;
        let cluster = columns
            .cluster
            .map(|name| levels(table, name))
            .transpose()?;
        Ok(Self {
            score: numbers(table, columns.score)?,
            cluster: cluster.map(|(codes, _)| codes),
            by: columns.by.map(|name| levels(table, name)).transpose()?,
            rows: (0u32..).take(y.len()).collect(),
            y,
        })
    }

    /// The samples of some rows.
    pub(crate) fn with(&self, keep: impl Fn(usize) -> bool) -> Self {
        let rows: Vec<usize> = (0..self.y.len()).filter(|row| keep(*row)).collect();
        Self {
            y: rows.iter().map(|row| self.y[*row]).collect(),
            score: rows.iter().map(|row| self.score[*row]).collect(),
            cluster: self
                .cluster
                .as_ref()
                .map(|of| rows.iter().map(|row| of[*row]).collect()),
            by: None,
            rows: rows.iter().map(|row| self.rows[*row]).collect(),
        }
    }

    /// The patient of each sample; every sample its own where no column names them.
    pub(super) fn units(&self) -> Vec<u32> {
        self.cluster.clone().unwrap_or_else(|| self.rows.clone())
    }
}

/// An estimate with its standard error, patients and limits.
pub(super) fn scaled(
    id: &str,
    found: Result<ScaledEstimate, NotEstimable>,
    confidence: f64,
) -> Entry {
    match found {
        Ok(value) => Entry::interval(id, value.estimate, value.interval(confidence))
            .number("se", value.standard_error)
            .count("n_patients", value.n_clusters)
            .text("method", value.method),
        Err(why) => Entry::absent(id, &why),
    }
}
