//! Values of `calc`'s arguments: counts, shares, tables of scores.

use std::path::PathBuf;

use crate::calculation::{Columns, Counts};

/// A table of scores.
#[derive(Debug, clap::Args)]
pub struct ScoreTable {
    /// CSV or Parquet, one row a sample
    pub(super) file: PathBuf,
    /// Column of the reference standard, 0 or 1
    #[arg(long)]
    truth: String,
    /// Column of scores, higher more positive
    #[arg(long)]
    score: String,
    /// Column of the patient, where one has several samples
    #[arg(long)]
    cluster: Option<String>,
    /// Column of an attribute whose levels are shown
    #[arg(long)]
    by: Option<String>,
}

impl ScoreTable {
    pub(super) fn columns(&self) -> Columns<'_> {
        Columns {
            truth: &self.truth,
            score: &self.score,
            cluster: self.cluster.as_deref(),
            by: self.by.as_deref(),
        }
    }
}

/// Counts of all strata of a group.
#[derive(Debug, Clone)]
pub struct ListOfCounts(pub(super) Vec<Counts>);

pub(super) fn counts(text: &str) -> Result<Counts, String> {
    let wrong = || format!("\"{text}\" is no count of events in trials; write for example 131/134");
    let (events, trials) = text.split_once('/').ok_or_else(wrong)?;
    let number = |part: &str| part.trim().parse::<u64>().map_err(|_| wrong());
    let (events, trials) = (number(events)?, number(trials)?);
    if trials == 0 {
        return Err(format!(
            "\"{text}\" has no trial, so that there is no proportion"
        ));
    }
    if events > trials {
        return Err(format!(
            "\"{text}\" has more events than trials; write events/trials"
        ));
    }
    Ok(Counts { events, trials })
}

pub(super) fn list_of_counts(text: &str) -> Result<ListOfCounts, String> {
    text.split(',')
        .map(counts)
        .collect::<Result<_, _>>()
        .map(ListOfCounts)
}

fn number_in(text: &str, inside: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|value| inside(*value))
        .ok_or_else(|| format!("expected {expected}"))
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    number_in(
        text,
        |value| value > 0.0 && value < 1.0,
        "a number between 0 and 1, for example 0.95",
    )
}

pub(super) fn margin(text: &str) -> Result<f64, String> {
    number_in(
        text,
        |value| value > -1.0 && value < 1.0,
        "a difference between -1 and 1, for example 0.10",
    )
}

pub(super) fn finite(text: &str) -> Result<f64, String> {
    number_in(text, f64::is_finite, "a number, for example 0.5")
}

pub(super) fn one_sided(text: &str) -> Result<f64, String> {
    number_in(
        text,
        |value| value > 0.0 && value <= 0.5,
        "a one-sided error above 0 and at most 0.5, for example 0.025",
    )
}

pub(super) fn probability(text: &str) -> Result<f64, String> {
    number_in(
        text,
        |value| (0.0..=1.0).contains(&value),
        "a p-value from 0 to 1",
    )
}
