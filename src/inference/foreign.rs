//! Scores that another program computed, or that an earlier run stored.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use crate::cohort::{Cohort, named_rows};
use crate::config::{Audit, Diagnostic, Located, ScoreKind, Severity, nearest};
use crate::tables::{self, Table, TableError, TextColumn};

use super::{Predictions, SampleStatus};

/// Scores joined to a cohort, and what did not fit.
#[derive(Debug)]
pub struct ForeignScores {
    /// Scores in the cohort's order; names are the columns.
    pub predictions: Predictions,
    /// Samples without a score, scores without a sample, numbers that are none: each with rows.
    pub found: Vec<Diagnostic>,
}

/// A table of scores, not yet joined to anything.
#[derive(Debug)]
pub struct ScoreTable {
    table: Table,
    key: String,
    scores: Vec<String>,
    /// Log odds beside each score, where the table holds them.
    logits: Vec<Option<String>>,
    /// Whether a column says why a sample has no score.
    stored: bool,
}

impl ScoreTable {
    /// Reads a CSV or Parquet table of scores. A column `<score>.logit` beside a score holds its
    /// log odds (as in a stored `predictions.parquet`).
    ///
    /// # Errors
    /// An absent or broken table, an unknown column.
    pub fn read(path: &Path, audit: &Audit) -> Result<Self, Vec<Diagnostic>> {
        let at_file = |error: TableError| vec![Diagnostic::error("predictions", error.to_string())];
        let available = tables::column_names(path).map_err(at_file)?;
        let key = key_column(path, audit, &available)?;
        let scores = score_columns(path, audit, &available, &key)?;
        let logits: Vec<Option<String>> = scores
            .iter()
            .map(|name| Some(format!("{name}.logit")).filter(|logit| available.contains(logit)))
            .collect();
        let mut names: Vec<&str> = vec![&key];
        names.extend(scores.iter().map(String::as_str));
        names.extend(logits.iter().flatten().map(String::as_str));
        // A stored `predictions.parquet` says why a sample has no score.
        let has = |column: &str| available.iter().any(|name| name == column);
        let parquet = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
        let stored = has("status") && (parquet || logits.iter().any(Option::is_some));
        if stored {
            names.push("status");
        }
        let table = tables::read(path, &names).map_err(at_file)?;
        Ok(Self {
            table,
            key,
            scores,
            logits,
            stored,
        })
    }

    /// Joins the scores to a cohort by sample id.
    ///
    /// # Errors
    /// One sample with two different scores, probabilities outside 0 to 1.
    pub fn join(&self, audit: &Audit, cohort: &Cohort) -> Result<ForeignScores, Vec<Diagnostic>> {
        let mut joining = Joining {
            table: &self.table,
            cohort,
            found: Vec::new(),
        };
        let rows = joining.rows(&self.key)?;
        let reasons = if self.stored {
            let column = self.table.column("status");
            let refused =
                |error: TableError| vec![Diagnostic::error("predictions", error.to_string())];
            Some(column.map_err(refused)?)
        } else {
            None
        };
        let predictions =
            joining.predictions(&self.scores, &self.logits, &rows, reasons.as_ref(), audit)?;
        Ok(ForeignScores {
            predictions,
            found: joining.found,
        })
    }
}

/// The id column: that of exams, `columns.sample` or `columns.image`.
fn key_column(path: &Path, audit: &Audit, available: &[String]) -> Result<String, Vec<Diagnostic>> {
    let declared = audit.cohort.id_column();
    let Some(declared) = declared else {
        return Err(vec![Diagnostic::error("no-sample-column", "`cohort.columns` names neither `sample` nor `image`, so that scores cannot be joined".to_owned()).at(audit.cohort.manifest.span)]);
    };
    if available.contains(&declared.value) {
        return Ok(declared.value.clone());
    }
    Err(vec![unknown_column(path, declared, available)])
}

fn unknown_column(path: &Path, name: &Located<String>, available: &[String]) -> Diagnostic {
    let valid: Vec<&str> = available.iter().map(String::as_str).collect();
    let near = nearest(name, &valid)
        .first()
        .map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    Diagnostic::error(
        "unknown-column",
        format!("{file} has no column \"{}\"", name.value),
    )
    .at(name.span)
    .help(format!("{near}there are {}", valid.join(", ")))
}

/// One column for each endpoint, each once. An endpoint without `score` takes the column
/// `score`, one of its own name, or the only one besides the id.
fn score_columns(
    path: &Path,
    audit: &Audit,
    available: &[String],
    key: &str,
) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut columns: Vec<String> = Vec::new();
    let mut problems = Vec::new();
    for endpoint in &audit.endpoints {
        let found = match &endpoint.score {
            Some(name) if available.contains(&name.value) => Some(name.value.clone()),
            Some(name) => {
                problems.push(unknown_column(path, name, available));
                continue;
            }
            None => {
                let others: Vec<&String> = available
                    .iter()
                    .filter(|name| *name != key && *name != "status" && !name.ends_with(".logit"))
                    .collect();
                let named = others
                    .iter()
                    .find(|name| name.as_str() == "score" || **name == &endpoint.name.value);
                named
                    .or(if others.len() == 1 {
                        others.first()
                    } else {
                        None
                    })
                    .map(|name| (*name).clone())
            }
        };
        match found {
            Some(name) if !columns.contains(&name) => columns.push(name),
            Some(_) => {}
            None => problems.push(
                Diagnostic::error(
                    "score-column",
                    format!(
                        "it is not clear which column holds the score of endpoint {}",
                        endpoint.name.value
                    ),
                )
                .at(endpoint.name.span)
                .help(format!(
                    "write `score: COLUMN` in the endpoint; there are {}",
                    available.join(", ")
                )),
            ),
        }
    }
    for name in audit.scores_of_tasks() {
        if !available.contains(&name.value) {
            problems.push(unknown_column(path, name, available));
        } else if !columns.contains(&name.value) {
            columns.push(name.value.clone());
        }
    }
    problems.extend(unread_candidates(path, audit, available));
    if problems.is_empty() {
        Ok(columns)
    } else {
        Err(problems)
    }
}

/// Columns of further candidates of a task than it declares: boxes that nobody would look at.
fn unread_candidates(path: &Path, audit: &Audit, available: &[String]) -> Option<Diagnostic> {
    let number = |name: &str| -> Option<(String, usize)> {
        let (rest, _) = name.rsplit_once('.')?;
        let (base, number) = rest.rsplit_once('.')?;
        Some((base.to_owned(), number.parse().ok()?))
    };
    let mut declared: BTreeMap<String, (usize, &Located<String>)> = BTreeMap::new();
    for name in audit.scores_of_tasks() {
        if let Some((base, number)) = number(&name.value) {
            let own = declared.entry(base).or_insert((number, name));
            own.0 = own.0.max(number);
        }
    }
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    available.iter().find_map(|column| {
        let (base, further) = number(column)?;
        let (last, name) = declared.get(&base)?;
        (further > *last).then(|| {
            Diagnostic::error(
                "predictions",
                format!(
                    "{file} has a column \"{column}\", and the audit file reads {} only, so that boxes would be left out",
                    match last + 1 {
                        1 => "1 candidate".to_owned(),
                        n => format!("{n} candidates"),
                    }
                ),
            )
            .at(name.span)
            .help("write `candidates` as many as the table holds, or take the columns out of it")
        })
    })
}

/// The rows of every sample: nearly always one.
struct RowsOfSamples {
    first: Vec<u32>,
    further: BTreeMap<usize, Vec<usize>>,
}

impl RowsOfSamples {
    const NONE: u32 = u32::MAX;

    fn new(samples: usize) -> Self {
        Self {
            first: vec![Self::NONE; samples],
            further: BTreeMap::new(),
        }
    }

    fn len(&self) -> usize {
        self.first.len()
    }

    fn add(&mut self, sample: usize, row: usize) {
        if self.first[sample] == Self::NONE {
            self.first[sample] = row as u32;
        } else {
            self.further.entry(sample).or_default().push(row);
        }
    }

    fn first(&self, sample: usize) -> Option<usize> {
        let row = self.first[sample];
        (row != Self::NONE).then_some(row as usize)
    }

    fn further(&self, sample: usize) -> &[usize] {
        self.further.get(&sample).map_or(&[], Vec::as_slice)
    }
}

struct Joining<'a> {
    table: &'a Table,
    cohort: &'a Cohort,
    found: Vec<Diagnostic>,
}

impl Joining<'_> {
    /// Rows of the predictions by sample of the cohort.
    fn rows(&mut self, key: &str) -> Result<RowsOfSamples, Vec<Diagnostic>> {
        let ids = self
            .table
            .column(key)
            .map_err(|error| vec![Diagnostic::error("predictions", error.to_string())])?;
        let samples = &self.cohort.samples;
        // Only looked into, never listed: its order has no say in anything. Made when a row comes
        // that is not the next sample: a table in the order of the ids needs no map.
        let place: OnceCell<HashMap<&str, usize>> = OnceCell::new();
        let all = || (0..samples.len()).map(|sample| (&samples[sample], sample));
        let mut rows = RowsOfSamples::new(samples.len());
        let mut strangers = Vec::new();
        let mut next = 0;
        for row in self.table.filled_rows() {
            let id = ids.get(row);
            let found = if next < samples.len() && id == Some(&samples[next]) {
                Some(next)
            } else {
                id.and_then(|id| place.get_or_init(|| all().collect()).get(id).copied())
            };
            match found {
                Some(sample) => {
                    rows.add(sample, row);
                    next = sample + 1;
                }
                None => strangers.push(row),
            }
        }
        if !strangers.is_empty() {
            let message = format!(
                "{}: {} scores belong to no sample of the cohort ({})",
                self.table.file(),
                strangers.len(),
                named_rows(&strangers)
            );
            self.found.push(
                Diagnostic::new(Severity::Note, "score-without-sample", message)
                    .help("they are not used; samples left out by `cohort.include` are among them"),
            );
        }
        let absent: Vec<usize> = (0..rows.len())
            .filter(|sample| rows.first(*sample).is_none())
            .collect();
        if let Some(first) = absent.first() {
            let message = format!(
                "{}: {} samples of the cohort have no score, the first is that of row {} of the cohort",
                self.table.file(),
                absent.len(),
                self.cohort.rows[*first]
            );
            self.found.push(
                Diagnostic::warning("sample-without-score", message).help(format!(
                    "rows are joined by the column {key}; its texts must be the same in both tables"
                )),
            );
        }
        Ok(rows)
    }

    fn predictions(
        &mut self,
        scores: &[String],
        logits: &[Option<String>],
        rows: &RowsOfSamples,
        reasons: Option<&TextColumn>,
        audit: &Audit,
    ) -> Result<Predictions, Vec<Diagnostic>> {
        let error = |error: TableError| vec![Diagnostic::error("predictions", error.to_string())];
        let mut joined = Predictions::unscored(scores.to_vec(), false, self.cohort.len());
        let mut status: Vec<SampleStatus> = (0..rows.len())
            .map(|sample| {
                if rows.first(sample).is_none() {
                    SampleStatus::failed("no-score", "there is no score for this sample")
                } else {
                    SampleStatus::Scored
                }
            })
            .collect();
        for (place, (score, logit)) in scores.iter().zip(logits).enumerate() {
            let values = self.table.numbers(score).map_err(error)?;
            let own = logit
                .as_ref()
                .map(|name| self.table.numbers(name))
                .transpose()
                .map_err(error)?;
            let mut log_odds = vec![0.0; self.cohort.len()];
            let mut complete = own.is_some();
            let mut strange = Vec::new();
            for sample in 0..rows.len() {
                let Some(first) = rows.first(sample) else {
                    continue;
                };
                let first = &first;
                let other = rows.further(sample).iter();
                if let Some(other) = other.copied().find(|row| values[*row] != values[*first]) {
                    return Err(vec![contradiction(
                        self.table.file(),
                        &self.cohort.samples[sample],
                        score,
                        *first,
                        other,
                    )]);
                }
                match values[*first].filter(|value| value.is_finite()) {
                    Some(value) => {
                        joined.scores[place][sample] = value;
                        match own
                            .as_ref()
                            .and_then(|own| own[*first])
                            .filter(|value| value.is_finite())
                        {
                            Some(value) => log_odds[sample] = value,
                            None => complete = false,
                        }
                    }
                    None => match reasons.and_then(|reasons| reasons.get(*first)) {
                        Some(reason) if reason != "scored" => {
                            status[sample] =
                                SampleStatus::failed(reason, "it has no score in the stored run");
                        }
                        _ => {
                            strange.push(*first);
                            status[sample] = SampleStatus::failed(
                                "not-finite",
                                "the score is missing or not a finite number",
                            );
                        }
                    },
                }
            }
            joined.logits[place] = complete.then_some(log_odds);
            self.report_strange(score, &strange);
            self.check_range(score, &values, rows, audit)?;
        }
        self.report_repeated(rows);
        joined.status = status;
        Ok(joined)
    }

    fn report_strange(&mut self, score: &str, strange: &[usize]) {
        if !strange.is_empty() {
            let message = format!(
                "{} {}: {score} is missing or no finite number",
                self.table.file(),
                named_rows(strange)
            );
            self.found
                .push(Diagnostic::warning("score-not-finite", message).help(
                "these samples count as failed, for every endpoint; see `cohort.max_failed_share`",
            ));
        }
    }

    fn report_repeated(&mut self, rows: &RowsOfSamples) {
        let repeated: BTreeSet<usize> = rows.further.values().flatten().copied().collect();
        if !repeated.is_empty() {
            let repeated: Vec<usize> = repeated.into_iter().collect();
            let message = format!(
                "{} {}: the sample and its scores stand in an earlier row too",
                self.table.file(),
                named_rows(&repeated)
            );
            self.found.push(Diagnostic::note("repeated-score", message));
        }
    }

    fn check_range(
        &self,
        score: &str,
        values: &[Option<f64>],
        rows: &RowsOfSamples,
        audit: &Audit,
    ) -> Result<(), Vec<Diagnostic>> {
        if audit.output.score_kind != ScoreKind::Probability {
            return Ok(());
        }
        let outside: Vec<usize> = (0..rows.len())
            .filter_map(|sample| rows.first(sample))
            .filter(|row| values[*row].is_some_and(|p| p.is_finite() && !(0.0..=1.0).contains(&p)))
            .collect();
        let Some(first) = outside.first() else {
            return Ok(());
        };
        let value = values[*first].unwrap_or_default();
        let message = format!(
            "{} {}: {score} is {value}, expected a probability from 0 to 1",
            self.table.file(),
            named_rows(&outside)
        );
        Err(vec![Diagnostic::error("not-a-probability", message).help("for log odds write `output: {score_kind: logit}`, for other numbers `score_kind: score`")])
    }
}

fn contradiction(file: &str, sample: &str, score: &str, first: usize, other: usize) -> Diagnostic {
    Diagnostic::error(
        "contradicting-scores",
        format!(
            "{file} {}: sample {sample} has two different values of {score}",
            named_rows(&[first, other])
        ),
    )
    .help("leave one row for each sample")
}
