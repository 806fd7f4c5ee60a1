//! `equipoise calc`: small questions, answered by the functions that audits use.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::audit::AuditError;
use crate::calculation::{
    AurocColumns, Counts, DiagnosticCounts, Entry, PlannedFloor, adjusted, agreement, diagnostic,
    difference, paired, power, proportion, ranking, ratio, strata, to_json, to_text,
};
use crate::statistics::PairedTable;

use super::Exit;
use super::arguments::{GlobalArguments, Printed};
use super::output;

/// `calc`.
#[derive(Debug, Args)]
pub struct CalcArguments {
    /// Confidence level of two-sided intervals
    #[arg(long, global = true, value_name = "LEVEL", default_value_t = 0.95, value_parser = share)]
    pub confidence: f64,
    /// What is asked.
    #[command(subcommand)]
    pub question: Question,
}

/// Questions.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Intervals of a proportion
    #[command(
        after_help = "Examples:\n  equipoise calc proportion 131/134\n  equipoise calc proportion 0/20 --method clopper_pearson"
    )]
    Proportion {
        /// Events of trials
        #[arg(value_name = "EVENTS/TRIALS", value_parser = counts)]
        counts: Counts,
        /// `all`, or the id of one method (wilson, clopper_pearson, mid_p, blaker, ...)
        #[arg(long, default_value = "all")]
        method: String,
    },
    /// Difference of two independent proportions, first minus second
    #[command(
        after_help = "Examples:\n  equipoise calc difference 56/70 48/80\n  equipoise calc difference 90/100 95/100 --margin 0.10"
    )]
    Difference {
        /// First group
        #[arg(value_name = "EVENTS/TRIALS", value_parser = counts)]
        first: Counts,
        /// Second group
        #[arg(value_name = "EVENTS/TRIALS", value_parser = counts)]
        second: Counts,
        /// Also test, one-sided, that the first is not lower by more than this; 0 tests that it is
        /// higher, -0.05 that it is higher by more than 0.05
        #[arg(long, allow_hyphen_values = true, value_parser = margin)]
        margin: Option<f64>,
        /// `all`, or the id of one method (newcombe_10, miettinen_nurminen, mee)
        #[arg(long, default_value = "all")]
        method: String,
    },
    /// Ratio of two independent proportions and of their odds
    #[command(after_help = "Example:\n  equipoise calc ratio 24/73 53/65")]
    Ratio {
        /// First group
        #[arg(value_name = "EVENTS/TRIALS", value_parser = counts)]
        first: Counts,
        /// Second group
        #[arg(value_name = "EVENTS/TRIALS", value_parser = counts)]
        second: Counts,
    },
    /// Two decisions on the same cases: difference and McNemar's tests
    #[command(
        after_help = "Example (both positive, first only, second only, neither):\n  equipoise calc paired 20 12 2 16"
    )]
    Paired {
        /// Cases positive by both
        both: u64,
        /// Cases positive by the first only
        first_only: u64,
        /// Cases positive by the second only
        second_only: u64,
        /// Cases positive by neither
        neither: u64,
    },
    /// Everything that a two-by-two table says of a test
    #[command(
        after_help = "Example:\n  equipoise calc diagnostic --tp 670 --fp 202 --fn 74 --tn 640 --prevalence 0.01"
    )]
    Diagnostic {
        /// Positives called positive
        #[arg(long)]
        tp: u64,
        /// Negatives called positive
        #[arg(long)]
        fp: u64,
        /// Positives called negative
        #[arg(long = "fn")]
        fn_: u64,
        /// Negatives called negative
        #[arg(long)]
        tn: u64,
        /// Predictive values also at this prevalence
        #[arg(long, value_parser = share)]
        prevalence: Option<f64>,
    },
    /// Area under the ROC curve from a table of scores
    #[command(
        after_help = "Examples:\n  equipoise calc auroc scores.csv --truth y --score a\n  \
        equipoise calc auroc scores.csv --truth y --score a --score b --cluster patient\n  \
        equipoise calc auroc scores.csv --truth y --score a --cluster patient --by sex"
    )]
    Auroc {
        /// CSV or Parquet, one row a sample
        file: PathBuf,
        /// Column of the reference standard, 0 or 1
        #[arg(long)]
        truth: String,
        /// Column of scores, higher more positive; twice for two models on the same cases
        #[arg(long, required = true)]
        score: Vec<String>,
        /// Column of the patient, where one has several samples
        #[arg(long)]
        cluster: Option<String>,
        /// Column of an attribute whose levels are compared
        #[arg(long)]
        by: Option<String>,
    },
    /// Two groups over the same strata: standardised, Mantel-Haenszel, Breslow-Day
    #[command(
        after_help = "Example (two groups, three strata):\n  equipoise calc strata 21/464,11/165,8/69 26/453,25/174,11/70"
    )]
    Strata {
        /// First group: events/trials of each stratum, joined by commas
        #[arg(value_name = "E/T,E/T,...", value_parser = list_of_counts)]
        first: ListOfCounts,
        /// Second group
        #[arg(value_name = "E/T,E/T,...", value_parser = list_of_counts)]
        second: ListOfCounts,
    },
    /// p-values of a family, adjusted
    #[command(after_help = "Example:\n  equipoise calc adjust 0.01 0.02 0.03")]
    Adjust {
        /// p-values
        #[arg(required = true, value_name = "P", value_parser = probability)]
        p: Vec<f64>,
    },
    /// Chance of each verdict about a floor, and the sizes needed
    #[command(after_help = "Example:\n  equipoise calc power --true 0.9 --floor 0.8 --n 100")]
    Power {
        /// Proportion that is believed to be true
        #[arg(long = "true", value_parser = share)]
        truth: f64,
        /// Floor that must be shown
        #[arg(long, value_parser = share)]
        floor: f64,
        /// Independent samples in the denominator
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
        n: Option<u64>,
        /// One-sided error, at most 0.5
        #[arg(long, default_value_t = 0.025, value_parser = one_sided)]
        alpha: f64,
    },
    /// Agreement of repeated measurements from a table
    #[command(
        after_help = "Example:\n  equipoise calc agreement readings.csv --score first --score second"
    )]
    Agreement {
        /// CSV or Parquet, one row a subject
        file: PathBuf,
        /// Columns of measurements, at least two
        #[arg(long, required = true, num_args = 1)]
        score: Vec<String>,
    },
}

/// Counts of all strata of a group.
#[derive(Debug, Clone)]
pub struct ListOfCounts(Vec<Counts>);

fn counts(text: &str) -> Result<Counts, String> {
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

fn list_of_counts(text: &str) -> Result<ListOfCounts, String> {
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

fn share(text: &str) -> Result<f64, String> {
    number_in(
        text,
        |value| value > 0.0 && value < 1.0,
        "a number between 0 and 1, for example 0.95",
    )
}

fn margin(text: &str) -> Result<f64, String> {
    number_in(
        text,
        |value| value > -1.0 && value < 1.0,
        "a difference between -1 and 1, for example 0.10",
    )
}

fn one_sided(text: &str) -> Result<f64, String> {
    number_in(
        text,
        |value| value > 0.0 && value <= 0.5,
        "a one-sided error above 0 and at most 0.5, for example 0.025",
    )
}

fn probability(text: &str) -> Result<f64, String> {
    number_in(
        text,
        |value| (0.0..=1.0).contains(&value),
        "a p-value from 0 to 1",
    )
}

pub(super) fn calc(given: &CalcArguments, global: &GlobalArguments) -> Result<Exit, AuditError> {
    let entries = answer(given)?;
    match global.format.printed() {
        Printed::Text => output::print(&to_text(&entries))?,
        Printed::Json => output::print_json(&to_json(&entries))?,
    }
    Ok(Exit::Success)
}

fn answer(given: &CalcArguments) -> Result<Vec<Entry>, AuditError> {
    let confidence = given.confidence;
    Ok(match &given.question {
        Question::Proportion { counts, method } => only(proportion(*counts, confidence), method)?,
        Question::Difference {
            first,
            second,
            margin,
            method,
        } => only(difference(*first, *second, *margin, confidence), method)?,
        Question::Ratio { first, second } => ratio(*first, *second, confidence),
        Question::Paired {
            both,
            first_only,
            second_only,
            neither,
        } => {
            let table = PairedTable {
                both: *both,
                first_only: *first_only,
                second_only: *second_only,
                neither: *neither,
            };
            paired(table, confidence)
        }
        Question::Diagnostic {
            tp,
            fp,
            fn_,
            tn,
            prevalence,
        } => {
            let counts = DiagnosticCounts {
                true_positive: *tp,
                false_positive: *fp,
                false_negative: *fn_,
                true_negative: *tn,
            };
            diagnostic(counts, *prevalence, confidence)
        }
        Question::Auroc {
            file,
            truth,
            score,
            cluster,
            by,
        } => {
            if score.len() > 2 {
                return Err(usage(
                    "--score is given more than twice; two models are compared at a time",
                ));
            }
            let columns = AurocColumns {
                truth,
                scores: score,
                cluster: cluster.as_deref(),
                by: by.as_deref(),
            };
            ranking(file, columns, confidence).map_err(AuditError::Calculation)?
        }
        Question::Strata { first, second } => {
            let (a, b) = (&first.0, &second.0);
            if a.len() != b.len() {
                return Err(usage(&format!(
                    "the first group has {} strata and the second {}; give the same strata in the same order",
                    a.len(),
                    b.len()
                )));
            }
            strata(a, b, confidence)
        }
        Question::Adjust { p } => adjusted(p),
        Question::Power {
            truth,
            floor,
            n,
            alpha,
        } => power(PlannedFloor {
            truth: *truth,
            floor: *floor,
            n: *n,
            alpha: *alpha,
        }),
        Question::Agreement { file, score } => {
            if score.len() < 2 {
                return Err(usage(
                    "agreement needs --score at least twice, one for each measurement",
                ));
            }
            agreement(file, score, confidence).map_err(AuditError::Calculation)?
        }
    })
}

/// The entry of one method, or all of them.
fn only(entries: Vec<Entry>, method: &str) -> Result<Vec<Entry>, AuditError> {
    if method == "all" {
        return Ok(entries);
    }
    let ids: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
    let chosen: Vec<Entry> = entries
        .into_iter()
        .filter(|entry| entry.id == method)
        .collect();
    if chosen.is_empty() {
        Err(usage(&format!(
            "there is no method \"{method}\"; there are all, {}",
            ids.join(", ")
        )))
    } else {
        Ok(chosen)
    }
}

fn usage(message: &str) -> AuditError {
    AuditError::Usage(message.to_owned())
}
