//! Published numbers, and what this binary makes of the same data.
//!
//! Called by the command `qualify`: the evidence that a quality department files before it relies
//! on a tool. Facts only: a source, the data it used, the number it printed; for methods of clustered
//! samples, which no paper prints, cohorts of our own with the numbers of R and of Python, and on
//! request a cohort in files with what other software says of it. This room knows no audit file and
//! no command line.

mod comparisons_of_cohort;
mod facts_of_cohort;
mod facts_of_counts;
mod facts_of_examples;
mod facts_of_follow_up;
mod facts_of_means;
mod facts_of_outcomes;
mod facts_of_outlines;
mod facts_of_packages;
mod facts_of_scores;
mod facts_of_tables;
mod facts_of_tasks;
mod facts_of_unknowns;
mod given_cohort;
mod numbers_of_cohort;

use std::borrow::Cow;

use serde::Serialize;

use crate::calculation::{Entry, Field};

pub use given_cohort::{GivenError, facts_of_given_cohort};

/// One published number beside ours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// Id of the method.
    pub method: String,
    /// Where the number was published, or who made it of which data.
    pub source: Cow<'static, str>,
    /// Data, and which number of the method.
    pub case: String,
    /// Published number.
    pub expected: f64,
    /// Absolute tolerance: what the digits printed allow.
    pub tolerance: f64,
    /// Ours; `None` with the reason in `problem`.
    pub got: Option<f64>,
    /// Why there is no number.
    pub problem: Option<String>,
    /// Whether the two agree.
    pub pass: bool,
}

impl Fact {
    /// Whether the number was published, and not made by other software on data of this project or
    /// of the user.
    #[must_use]
    pub fn is_published(&self) -> bool {
        !self.source.starts_with("own ") && !self.source.starts_with("given ")
    }

    /// A published number beside ours.
    #[must_use]
    pub fn new(
        method: &str,
        source: impl Into<Cow<'static, str>>,
        case: String,
        (expected, tolerance): (f64, f64),
        got: Result<f64, String>,
    ) -> Self {
        let (got, problem) = match got {
            Ok(value) if value.is_finite() => (Some(value), None),
            Ok(_) => (None, Some("it is no finite number".to_owned())),
            Err(why) => (None, Some(why)),
        };
        Self {
            method: method.to_owned(),
            source: source.into(),
            case,
            expected,
            tolerance,
            pass: got.is_some_and(|got| (got - expected).abs() <= tolerance),
            got,
            problem,
        }
    }
}

/// Published numbers of methods that this version lacks: told, never counted as passed. None now;
/// for the Dice of two empty masks surface-distance documents no number, and there is none here.
pub const NOT_IN_THIS_VERSION: [(&str, &str); 0] = [];

/// Every fact, computed now.
#[must_use]
pub fn facts() -> Vec<Fact> {
    let mut all = facts_of_counts::all();
    all.extend(facts_of_scores::all());
    all.extend(facts_of_tables::all());
    all.extend(facts_of_packages::all());
    all.extend(facts_of_unknowns::all());
    all.extend(facts_of_examples::all());
    all.extend(facts_of_cohort::all());
    all.extend(facts_of_means::all());
    all.extend(facts_of_outcomes::all());
    all.extend(facts_of_follow_up::all());
    all.extend(facts_of_outlines::all());
    all.extend(facts_of_tasks::all());
    all
}

/// A number of an answer by entry and field.
fn field(entries: &[Entry], id: &str, name: &str) -> Result<f64, String> {
    let entry = entries
        .iter()
        .find(|entry| entry.id == id)
        .ok_or_else(|| format!("there is no {id}"))?;
    let found = entry.fields.iter().find(|(field, _)| *field == name);
    match found {
        Some((_, Field::Number(Some(value)))) => Ok(*value),
        Some((_, Field::Count(value))) => Ok(*value as f64),
        _ => Err(format!("{id} has no {name}")),
    }
}

/// Both limits of one method.
fn limits(
    facts: &mut Vec<Fact>,
    entries: &[Entry],
    method: &str,
    (source, case): (&'static str, &str),
    expected: [f64; 2],
    tolerance: f64,
) {
    for (name, expected) in ["lower", "upper"].into_iter().zip(expected) {
        facts.push(Fact::new(
            method,
            source,
            format!("{case}, {name} limit"),
            (expected, tolerance),
            field(entries, method, name),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_number_does_not_pass() {
        let fact = |expected| Fact::new("m", "s", "c".to_owned(), (expected, 1e-3), Ok(0.5));
        assert!(fact(0.5004).pass && !fact(0.502).pass);
        assert!(!Fact::new("m", "s", "c".to_owned(), (0.0, 1.0), Err("why".to_owned())).pass);
        assert!(!Fact::new("m", "s", "c".to_owned(), (0.0, 1.0), Ok(f64::NAN)).pass);
    }

    /// A metric that nobody outside has computed is not qualified.
    #[test]
    fn every_metric_of_every_task_is_in_a_fact() {
        let all = facts();
        let missing: Vec<&str> = crate::tasks::TASKS
            .iter()
            .flat_map(|task| task.texts)
            .map(|text| text.id)
            .filter(|id| all.iter().all(|fact| fact.method != *id))
            .collect();
        assert!(missing.is_empty(), "without a fact: {missing:?}");
    }

    #[test]
    fn every_fact_agrees() {
        let all = facts();
        let wrong: Vec<&Fact> = all.iter().filter(|fact| !fact.pass).collect();
        assert!(
            wrong.is_empty() && all.len() > 100,
            "{} {wrong:#?}",
            all.len()
        );
    }
}
