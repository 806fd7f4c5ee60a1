//! `equipoise calc`: small questions, answered by the functions that audits use.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::audit::AuditError;
use crate::calculation::{
    AurocColumns, Columns, Counts, DiagnosticCounts, Entry, PlannedFloor, ReadOffs, adjusted,
    agreement, calibration, decisions, diagnostic, difference, paired, power, proportion, ranking,
    ratio, read_offs, strata, to_json, to_text,
};
use crate::statistics::PairedTable;

use super::Exit;
use super::arguments::{GlobalArguments, Printed};
use super::calc_values::{
    ListOfCounts, ScoreTable, counts, finite, list_of_counts, margin, one_sided, probability, share,
};
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
        after_help = "Example:\n  equipoise calc diagnostic --tp 670 --fp 202 --fn 74 --tn 640 --prevalence 0.01 --prevalence 0.05"
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
        /// Predictive values also at this prevalence; may be given several times
        #[arg(long, value_parser = share)]
        prevalence: Vec<f64>,
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
        /// Also the sensitivity at this specificity, of the first score
        #[arg(long, value_parser = share)]
        at_specificity: Option<f64>,
        /// Also the specificity at this sensitivity, of the first score
        #[arg(long, value_parser = share)]
        at_sensitivity: Option<f64>,
        /// Also the area from this specificity on, of the first score
        #[arg(long, value_parser = share)]
        partial_from: Option<f64>,
    },
    /// Decisions at a threshold from a table of scores, patients as clusters
    #[command(
        after_help = "Example:\n  equipoise calc decisions scores.csv --truth y --score a --threshold 0.5 --cluster patient --by sex"
    )]
    Decisions {
        #[command(flatten)]
        table: ScoreTable,
        /// A sample is called positive when score >= threshold
        #[arg(long, allow_negative_numbers = true, value_parser = finite)]
        threshold: f64,
        /// Predictive values also at this prevalence; may be given several times
        #[arg(long, value_parser = share)]
        prevalence: Vec<f64>,
    },
    /// Calibration and net benefit from a table of probabilities, patients as clusters
    #[command(
        after_help = "Example:\n  equipoise calc calibration scores.csv --truth y --score p --cluster patient --threshold 0.1"
    )]
    Calibration {
        #[command(flatten)]
        table: ScoreTable,
        /// Net benefit also at this threshold probability; may be given several times
        #[arg(long, value_parser = share)]
        threshold: Vec<f64>,
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
            diagnostic(counts, prevalence, confidence)
        }
        Question::Auroc {
            file,
            truth,
            score,
            cluster,
            by,
            at_specificity,
            at_sensitivity,
            partial_from,
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
            let mut entries =
                ranking(file, columns, confidence).map_err(AuditError::Calculation)?;
            let first = Columns {
                truth,
                score: &score[0],
                cluster: cluster.as_deref(),
                by: None,
            };
            let wanted = ReadOffs {
                at_specificity: *at_specificity,
                at_sensitivity: *at_sensitivity,
                partial_from: *partial_from,
            };
            let found =
                read_offs(file, first, wanted, confidence).map_err(AuditError::Calculation)?;
            entries.extend(found);
            entries
        }
        Question::Decisions {
            table,
            threshold,
            prevalence,
        } => decisions(
            &table.file,
            table.columns(),
            *threshold,
            prevalence,
            confidence,
        )
        .map_err(AuditError::Calculation)?,
        Question::Calibration { table, threshold } => {
            calibration(&table.file, table.columns(), threshold, confidence)
                .map_err(AuditError::Calculation)?
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
