//! Answers from a table of scores.

use std::collections::BTreeMap;
use std::path::Path;

use thiserror::Error;

use crate::cohort::{canonical_text, named_rows};
use crate::config::nearest;
use crate::metrics::{self, Auroc, AurocDifference, AurocMethod};
use crate::tables::{self, Table, TableError};

use super::Entry;

/// Why a table gives no answer.
#[derive(Debug, Error)]
pub enum CalculationError {
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A column is not there.
    #[error("{file} has no column \"{name}\"; {help}")]
    Column {
        /// The table.
        file: String,
        /// What was asked for.
        name: String,
        /// What there is.
        help: String,
    },
    /// A value is not what it must be.
    #[error("{file} {rows}: {column} is {found}, expected {expected}")]
    Value {
        /// The table.
        file: String,
        /// Where.
        rows: String,
        /// In which column.
        column: String,
        /// What is there.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
}

/// Columns of a ranking.
#[derive(Debug, Clone, Copy)]
pub struct AurocColumns<'a> {
    /// Reference standard, 0 or 1.
    pub truth: &'a str,
    /// One or two scores, higher more positive.
    pub scores: &'a [String],
    /// Patient.
    pub cluster: Option<&'a str>,
    /// Attribute whose levels are compared.
    pub by: Option<&'a str>,
}

/// The columns of a table, each of which must be there.
pub(crate) fn open(path: &Path, wanted: &[&str]) -> Result<Table, CalculationError> {
    let available = tables::column_names(path)?;
    let valid: Vec<&str> = available.iter().map(String::as_str).collect();
    if let Some(name) = wanted.iter().find(|name| !valid.contains(name)) {
        let near = nearest(name, &valid);
        let near = near
            .first()
            .map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
        return Err(CalculationError::Column {
            file: path.display().to_string(),
            name: (*name).to_owned(),
            help: format!("{near}there are {}", valid.join(", ")),
        });
    }
    Ok(tables::read(path, wanted)?)
}

/// A column as numbers; every row must have one.
pub(super) fn numbers(table: &Table, name: &str) -> Result<Vec<f64>, CalculationError> {
    let values = table.numbers(name)?;
    let rows = table.filled_rows();
    let bad: Vec<usize> = rows
        .iter()
        .copied()
        .filter(|row| !values[*row].is_some_and(f64::is_finite))
        .collect();
    if let Some(first) = bad.first() {
        let text = table.column(name)?;
        return Err(CalculationError::Value {
            file: table.file().to_owned(),
            rows: named_rows(&bad),
            column: name.to_owned(),
            found: shown(text.get(*first)),
            expected: "a number in every row",
        });
    }
    Ok(rows.iter().filter_map(|row| values[*row]).collect())
}

fn shown(text: Option<&str>) -> String {
    match text {
        None | Some("") => "empty".to_owned(),
        Some(text) => format!("\"{text}\""),
    }
}

pub(super) fn truth(table: &Table, name: &str) -> Result<Vec<bool>, CalculationError> {
    let text = table.column(name)?;
    let known = |row: usize| match text.get(row).map(canonical_text) {
        Some("1") => Some(true),
        Some("0") => Some(false),
        _ => None,
    };
    let rows = table.filled_rows();
    let bad: Vec<usize> = rows
        .iter()
        .copied()
        .filter(|row| known(*row).is_none())
        .collect();
    match bad.first() {
        Some(first) => Err(CalculationError::Value {
            file: table.file().to_owned(),
            rows: named_rows(&bad),
            column: name.to_owned(),
            found: shown(text.get(*first)),
            expected: "0 or 1 in every row",
        }),
        None => Ok(rows.iter().filter_map(|row| known(*row)).collect()),
    }
}

/// Index of each row's text among the sorted distinct texts, and these.
pub(super) fn levels(
    table: &Table,
    name: &str,
) -> Result<(Vec<u32>, Vec<String>), CalculationError> {
    let text = table.column(name)?;
    let rows = table.filled_rows();
    let bad: Vec<usize> = rows
        .iter()
        .copied()
        .filter(|row| text.get(*row).is_none_or(str::is_empty))
        .collect();
    if !bad.is_empty() {
        return Err(CalculationError::Value {
            file: table.file().to_owned(),
            rows: named_rows(&bad),
            column: name.to_owned(),
            found: "empty".to_owned(),
            expected: "a value in every row",
        });
    }
    let value = |row: &usize| canonical_text(text.get(*row).unwrap_or_default());
    let mut place: BTreeMap<&str, u32> = rows.iter().map(|row| (value(row), 0)).collect();
    for (index, value) in (0u32..).zip(place.values_mut()) {
        *value = index;
    }
    Ok((
        rows.iter().map(|row| place[value(row)]).collect(),
        place.keys().map(|name| (*name).to_owned()).collect(),
    ))
}

/// Area under the ROC curve by every method; two scores on the same cases; levels of an attribute.
///
/// # Errors
/// A table that cannot be read, a column that is not there, a value that is no number, a truth
/// other than 0 and 1.
pub fn ranking(
    path: &Path,
    columns: AurocColumns<'_>,
    confidence: f64,
) -> Result<Vec<Entry>, CalculationError> {
    let mut wanted = vec![columns.truth];
    wanted.extend(columns.scores.iter().map(String::as_str));
    wanted.extend(columns.cluster.iter().chain(&columns.by));
    let table = open(path, &wanted)?;
    let y = truth(&table, columns.truth)?;
    let scores = columns
        .scores
        .iter()
        .map(|name| numbers(&table, name))
        .collect::<Result<Vec<_>, _>>()?;
    let cluster = columns
        .cluster
        .map(|name| levels(&table, name))
        .transpose()?
        .map(|(codes, _)| codes);
    let Some(first) = scores.first() else {
        return Ok(Vec::new());
    };
    let mut entries = areas(&y, first, cluster.as_deref(), confidence);
    if let [first, second] = scores.as_slice() {
        let mut other = Entry::new("second");
        other.entries = areas(&y, second, cluster.as_deref(), confidence);
        entries.push(other);
        let found = metrics::auroc_paired(&y, first, second, cluster.as_deref());
        entries.push(compared("paired", found, confidence));
    }
    if let Some(by) = columns.by {
        let (codes, names) = levels(&table, by)?;
        // Apart from the methods, since a level may have any name.
        let mut levels = Entry::new("by");
        levels.entries = by_level(&y, first, cluster.as_deref(), (&codes, &names), confidence);
        entries.push(levels);
    }
    Ok(entries)
}

fn areas(y: &[bool], score: &[f64], cluster: Option<&[u32]>, confidence: f64) -> Vec<Entry> {
    let found = match metrics::auroc(y, score, cluster) {
        Ok(found) => found,
        Err(why) => return vec![Entry::absent("auroc", &why)],
    };
    let mut head = Entry::new("auroc")
        .number("estimate", found.estimate)
        .count("n_positive", found.n_positive)
        .count("n_negative", found.n_negative);
    if cluster.is_some() {
        head = head.count("n_patients", found.n_clusters);
    }
    let mut entries = vec![head];
    if cluster.is_some() {
        entries.push(only_limits(
            "obuchowski",
            &found,
            AurocMethod::Delong,
            confidence,
        ));
        entries.push(only_limits("logit", &found, AurocMethod::Logit, confidence));
        entries.push(only_limits(
            "newcombe_5",
            &found,
            AurocMethod::Newcombe5,
            confidence,
        ));
        // What it would be if samples were independent, to show what the patients make of it.
        if let Ok(independent) = metrics::auroc(y, score, None) {
            entries.push(only_limits(
                "delong",
                &independent,
                AurocMethod::Delong,
                confidence,
            ));
        }
    } else {
        entries.push(only_limits(
            "delong",
            &found,
            AurocMethod::Delong,
            confidence,
        ));
        entries.push(only_limits("logit", &found, AurocMethod::Logit, confidence));
        entries.push(only_limits(
            "newcombe_5",
            &found,
            AurocMethod::Newcombe5,
            confidence,
        ));
    }
    entries
}

fn limits(id: &str, area: &Auroc, method: AurocMethod, confidence: f64) -> Entry {
    let mut entry = Entry::new(id).number("estimate", area.estimate);
    if let Some(error) = area
        .standard_error()
        .filter(|_| method != AurocMethod::Newcombe5)
    {
        entry = entry.number("se", error);
    }
    match area.interval(method, confidence) {
        Ok((limits, used)) => entry.limits(Ok(limits)).text("method", used),
        Err(why) => entry.limits(Err(why)),
    }
}

/// The limits of the method that an entry is named after, or why it does not serve here: another
/// method's limits never stand under its name.
fn only_limits(id: &str, area: &Auroc, method: AurocMethod, confidence: f64) -> Entry {
    let replaced = method != AurocMethod::Newcombe5
        && area
            .interval(method, confidence)
            .is_ok_and(|(_, used)| used.starts_with("newcombe_5"));
    if !replaced {
        return limits(id, area, method, confidence);
    }
    let why = if area.is_separated() {
        "the classes are perfectly separated, where this method has no width; see newcombe_5"
    } else if area.standard_error().is_none() {
        "this method's variance is 0 or not defined here; see newcombe_5"
    } else {
        "at most 50 samples of a class, where this method is not used; see newcombe_5"
    };
    Entry::new(id)
        .number("estimate", area.estimate)
        .text("not_estimable", why)
}

fn compared(
    id: &str,
    found: Result<AurocDifference, crate::statistics::NotEstimable>,
    confidence: f64,
) -> Entry {
    let found = match found {
        Ok(found) => found,
        Err(why) => return Entry::absent(id, &why),
    };
    let mut entry = Entry::new(id)
        .number("estimate", found.estimate())
        .limits(found.interval(confidence));
    if let Some(z) = found.statistic() {
        entry = entry.number("z", z);
    }
    if let Some(df) = found.df {
        entry = entry.number("df", df);
    }
    if let Ok(p) = found.p_two_sided() {
        entry = entry.number("p", p);
    }
    entry.text("method", found.method)
}

type Arm = (Vec<bool>, Vec<f64>, Vec<u32>);

fn by_level(
    y: &[bool],
    score: &[f64],
    cluster: Option<&[u32]>,
    (codes, names): (&[u32], &[String]),
    confidence: f64,
) -> Vec<Entry> {
    let arm = |keep: &dyn Fn(u32) -> bool| -> Arm {
        let rows: Vec<usize> = (0..y.len()).filter(|row| keep(codes[*row])).collect();
        (
            rows.iter().map(|row| y[*row]).collect(),
            rows.iter().map(|row| score[*row]).collect(),
            rows.iter()
                .map(|row| cluster.map_or(*row as u32, |cluster| cluster[*row]))
                .collect(),
        )
    };
    (0u32..)
        .zip(names)
        .map(|(code, name)| {
            let (own, rest) = (arm(&|other| other == code), arm(&|other| other != code));
            let mut entry = Entry::new(name.as_str());
            entry.entries = areas(
                &own.0,
                &own.1,
                cluster.map(|_| own.2.as_slice()),
                confidence,
            );
            if names.len() > 1 {
                entry.entries.push(compared(
                    "difference_from_others",
                    against(&own, &rest, cluster.is_some()),
                    confidence,
                ));
                for (id, first, second) in [
                    ("xauc_positives_here", &own, &rest),
                    ("xauc_negatives_here", &rest, &own),
                ] {
                    let patients = |arm: &'_ Arm| cluster.map(|_| arm.2.clone());
                    let (own, others) = (patients(first), patients(second));
                    let found = metrics::xauc(
                        (&first.0, &first.1, own.as_deref()),
                        (&second.0, &second.1, others.as_deref()),
                    );
                    entry.entries.push(match found {
                        Ok(area) => limits(id, &area, AurocMethod::Logit, confidence),
                        Err(why) => Entry::absent(id, &why),
                    });
                }
            }
            entry
        })
        .collect()
}

fn against(
    own: &Arm,
    rest: &Arm,
    clustered: bool,
) -> Result<AurocDifference, crate::statistics::NotEstimable> {
    if clustered {
        return metrics::auroc_shared((&own.0, &own.1, &own.2), (&rest.0, &rest.1, &rest.2));
    }
    Ok(AurocDifference::disjoint(
        metrics::auroc(&own.0, &own.1, None)?,
        metrics::auroc(&rest.0, &rest.1, None)?,
    ))
}
