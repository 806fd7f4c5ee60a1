//! What a task is given: columns of the manifest and scores, row by row.

use std::collections::BTreeMap;

/// Columns and scores of one endpoint; all of the same length.
#[derive(Debug, Clone, Default)]
pub struct Inputs<'a> {
    /// Number of samples.
    pub n: usize,
    /// Columns by key, in the declared order; `None` where a cell counts as missing.
    pub columns: BTreeMap<&'static str, Vec<Vec<Option<&'a str>>>>,
    /// Scores by key, in the declared order. Meaningless for samples without a score, which are
    /// never asked for.
    pub scores: BTreeMap<&'static str, Vec<&'a [f64]>>,
    /// The binary endpoints that are named, in their order.
    pub binary: Vec<BinaryInput>,
}

/// A binary endpoint as a task sees it, sample by sample.
#[derive(Debug, Clone, Default)]
pub struct BinaryInput {
    /// Name of the endpoint.
    pub name: String,
    /// Truth; `None` where it is not known.
    pub y_true: Vec<Option<bool>>,
    /// Whether called positive.
    pub flagged: Vec<bool>,
    /// What ranking uses; higher is more positive.
    pub rank: Vec<f64>,
}

/// A cell that is no truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// Sample.
    pub row: usize,
    /// Key of the column.
    pub key: &'static str,
    /// What it is and what was expected.
    pub message: String,
}

impl<'a> Inputs<'a> {
    /// The first column of a key.
    #[must_use]
    pub fn column(&self, key: &str) -> &[Option<&'a str>] {
        self.columns
            .get(key)
            .and_then(|columns| columns.first())
            .map_or(&[], Vec::as_slice)
    }

    /// The first score of a key.
    #[must_use]
    pub fn score(&self, key: &str) -> &'a [f64] {
        self.all_scores(key).first().copied().unwrap_or_default()
    }

    /// All scores of a key.
    #[must_use]
    pub fn all_scores(&self, key: &str) -> &[&'a [f64]] {
        self.scores.get(key).map_or(&[], Vec::as_slice)
    }

    /// A column as places in a list of classes; what is neither missing nor one of them is bad.
    ///
    /// # Errors
    /// The cells that are none of the classes.
    pub fn classes(
        &self,
        key: &'static str,
        classes: &[String],
    ) -> Result<Vec<Option<u32>>, Vec<BadCell>> {
        let mut bad = Vec::new();
        let found = self
            .column(key)
            .iter()
            .enumerate()
            .map(|(row, text)| {
                let text = (*text)?;
                let place = (0u32..).zip(classes).find(|(_, class)| *class == text);
                if place.is_none() {
                    bad.push(BadCell {
                        row,
                        key,
                        message: format!("\"{text}\", expected one of {}", classes.join(", ")),
                    });
                }
                place.map(|(place, _)| place)
            })
            .collect();
        if bad.is_empty() { Ok(found) } else { Err(bad) }
    }

    /// A column as numbers; what is neither missing nor a finite number goes to `bad`.
    #[must_use]
    pub fn numbers(&self, key: &'static str, bad: &mut Vec<BadCell>) -> Vec<Option<f64>> {
        self.column(key)
            .iter()
            .enumerate()
            .map(|(row, text)| {
                let text = (*text)?.trim();
                let number = text.parse().ok().filter(|number: &f64| number.is_finite());
                if number.is_none() {
                    bad.push(BadCell {
                        row,
                        key,
                        message: format!("\"{text}\", expected a number"),
                    });
                }
                number
            })
            .collect()
    }
}
