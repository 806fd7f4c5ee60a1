//! Facts about clustered samples: two cohorts of the project's own. One was made and worked out by
//! `fixtures/make_clustered_r.R` with R's pROC, rms, survey and sandwich, one by
//! `fixtures/make_clustered_cohort.py` with numpy, scipy and statsmodels.

use std::path::Path;

use crate::calculation::CalculationError;
use crate::tables::Table;

use super::Fact;
use super::given_cohort::{GivenError, Stated};

const WHOSE: &str = "own clustered cohort";

/// Table and numbers of a cohort.
type Stored = (&'static str, &'static str);

const IN_R: Stored = (
    include_str!("../../fixtures/outside/clustered_r.csv"),
    include_str!("../../fixtures/outside/clustered_r.json"),
);
const IN_PYTHON: Stored = (
    include_str!("../../fixtures/outside/clustered.csv"),
    include_str!("../../fixtures/outside/clustered.json"),
);

pub(super) fn all() -> Vec<Fact> {
    [IN_R, IN_PYTHON]
        .into_iter()
        .flat_map(|stored| {
            facts(stored).unwrap_or_else(|why| {
                let got = Err(format!("the stored cohort cannot be read: {why}"));
                let case = "the stored cohort".to_owned();
                vec![Fact::new("cohort", WHOSE, case, (0.0, 0.0), got)]
            })
        })
        .collect()
}

fn facts((table, numbers): Stored) -> Result<Vec<Fact>, GivenError> {
    let (table, names) = read(table)?;
    let stated = Stated::read(WHOSE, WHOSE, numbers)?;
    // Twelve digits are stored, of fits that were iterated to the end.
    Ok(stated.beside(&table, &names, |_| 1e-9)?)
}

/// A table without quotes, and the names of its columns.
fn read(text: &str) -> Result<(Table, Vec<String>), CalculationError> {
    let mut rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap_or_default();
    let mut columns: Vec<(String, Vec<Option<String>>)> = header
        .iter()
        .map(|name| ((*name).to_owned(), Vec::new()))
        .collect();
    for row in rows {
        for (place, (_, texts)) in columns.iter_mut().enumerate() {
            texts.push(row.get(place).map(|text| (*text).to_owned()));
        }
    }
    let names = columns.iter().map(|(name, _)| name.clone()).collect();
    Ok((Table::from_columns(Path::new(WHOSE), columns)?, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated((_, numbers): Stored) -> serde_json::Map<String, serde_json::Value> {
        serde_json::from_str(numbers).unwrap()
    }

    /// Each number that is stored is a fact, and each holds.
    fn hold(stored: Stored, software: &[&str]) -> usize {
        let (facts, stated) = (facts(stored).unwrap(), stated(stored));
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
        // All but `_made_by`.
        assert_eq!(facts.len(), stated.len() - 1);
        for fact in &facts {
            assert_eq!(stated[&fact.case].as_f64().unwrap(), fact.expected);
            assert!(software.iter().all(|name| fact.source.contains(name)));
            assert!(fact.tolerance <= 1.01e-9 * fact.expected.abs().max(1e-2));
        }
        facts.len()
    }

    #[test]
    fn clustered_numbers_are_those_of_r() {
        let software = [
            "R 4.2.2",
            "pROC 1.18",
            "rms 6.5",
            "survey 4.1",
            "sandwich 3.0",
        ];
        assert_eq!(hold(IN_R, &software), 702);
    }

    #[test]
    fn clustered_numbers_are_those_of_other_packages() {
        let software = ["numpy 2.4", "scipy 1.17", "statsmodels 0.15"];
        assert_eq!(hold(IN_PYTHON, &software), 155);
    }

    /// Every number of R is really compared: none holds that is off by a millionth.
    #[test]
    fn numbers_that_are_off_by_a_millionth_fail() {
        let mut off = stated(IN_R);
        for value in off.values_mut() {
            if let Some(number) = value.as_f64() {
                *value = (number + 1e-6 * number.abs().max(1e-2)).into();
            }
        }
        let (table, names) = read(IN_R.0).unwrap();
        let text = serde_json::Value::from(off).to_string();
        let stated = Stated::read(WHOSE, WHOSE, &text).unwrap();
        let facts = stated.beside(&table, &names, |_| 1e-9).unwrap();
        let held: Vec<&Fact> = facts.iter().filter(|fact| fact.pass).collect();
        assert!(held.is_empty() && facts.len() == 702, "{held:#?}");
        // They differ, and are not merely absent.
        assert!(facts.iter().all(|fact| fact.got.is_some()));
    }
}
