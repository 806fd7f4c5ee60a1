//! Numbers of other software about a cohort: a table and what is said of it. Both stand in a folder
//! that is given, or in this binary.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::calculation::{CalculationError, open};
use crate::tables::{self, Table};

use super::Fact;
use super::comparisons_of_cohort::asked;
use super::numbers_of_cohort::{numbers, wanted};

/// The samples: `patient`, `y` (0 or 1), `score` in (0, 1), and any other column as an attribute.
const TABLE: &str = "clustered_cohort.csv";
/// The numbers: `GROUP.NUMBER`, `auroc.LEVEL_vs_LEVEL.NUMBER`.
const EXPECTED: &str = "clustered_cohort.expected.json";

/// Why a cohort cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum GivenError {
    /// The samples.
    #[error(transparent)]
    Samples(#[from] CalculationError),
    /// The numbers.
    #[error("{file}: {what}")]
    Numbers {
        /// The file.
        file: String,
        /// What is wrong, and what was expected.
        what: String,
    },
}

/// Every number of `clustered_cohort.expected.json` beside what this binary makes of
/// `clustered_cohort.csv`, both in `folder`. A number that nothing here computes is not reproduced.
///
/// # Errors
/// A file that cannot be read, a column that is missing, a value that is no number.
pub fn facts_of_given_cohort(folder: &Path) -> Result<Vec<Fact>, GivenError> {
    let path = folder.join(EXPECTED);
    let file = path.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|why| GivenError::Numbers {
        file: file.clone(),
        what: format!("cannot be read ({why})"),
    })?;
    let stated = Stated::read("given cohort", &file, &text)?;
    let path = folder.join(TABLE);
    let names = tables::column_names(&path).map_err(CalculationError::from)?;
    let table = open(&path, &wanted(&names))?;
    Ok(stated.beside(&table, &names, iterated_as_by_default)?)
}

/// What other software says of a cohort.
pub(super) struct Stated {
    /// Whose cohort it is, and who made the numbers.
    pub(super) source: String,
    numbers: BTreeMap<String, f64>,
}

impl Stated {
    /// One JSON object of names and numbers; `_made_by` names the software.
    pub(super) fn read(whose: &str, file: &str, text: &str) -> Result<Self, GivenError> {
        let wrong = |what: String| GivenError::Numbers {
            file: file.to_owned(),
            what,
        };
        let fields: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|why| {
            wrong(format!(
                "expected one JSON object of names and numbers ({why})"
            ))
        })?;
        let mut made_by = "made by unnamed software".to_owned();
        let mut numbers = BTreeMap::new();
        for (key, value) in fields {
            match (key.as_str(), value) {
                ("_made_by", Value::String(text)) => made_by = text,
                (_, Value::Number(number)) => {
                    numbers.insert(key, number.as_f64().unwrap_or(f64::NAN));
                }
                (_, other) => {
                    return Err(wrong(format!("{key} is {other}, expected a number")));
                }
            }
        }
        if numbers.is_empty() {
            return Err(wrong(
                "there is no number; expected names like all.auroc".to_owned(),
            ));
        }
        Ok(Self {
            source: format!("{whose}; {made_by}"),
            numbers,
        })
    }

    /// Each number beside what this binary makes of the table, with the relative difference that is
    /// allowed for its name. A number below 1/100 is compared as one of 1/100.
    pub(super) fn beside(
        self,
        table: &Table,
        names: &[String],
        tolerance: fn(&str) -> f64,
    ) -> Result<Vec<Fact>, CalculationError> {
        let found = numbers(table, names, &asked(self.numbers.keys()))?;
        let facts = self.numbers.into_iter().map(|(key, expected)| {
            let missing = || ("none", Err("nothing here computes it".to_owned()));
            let (method, got) = found.get(&key).cloned().unwrap_or_else(missing);
            let tolerance = tolerance(&key) * expected.abs().max(1e-2);
            Fact::new(method, self.source.clone(), key, (expected, tolerance), got)
        });
        Ok(facts.collect())
    }
}

/// Relative difference that is allowed. Ten digits are printed. R's `glm` stops when the deviance
/// changes by less than 1e-8 and takes the weights of its standard errors from the step before the
/// last, where ours iterate to the end; `lrm`, behind `robcov`, stops a little later.
fn iterated_as_by_default(key: &str) -> f64 {
    match key {
        key if key.ends_with("se_model") => 1.2e-4,
        key if key.ends_with("robcov") => 1e-6,
        key if key.ends_with("slope") || key.ends_with("citl") => 2e-8,
        _ => 1e-9,
    }
}
