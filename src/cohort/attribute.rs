//! Attributes of samples: levels, bins, and the level of those who have none.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Attribute, Bins, CohortSpec, Diagnostic, nearest};
use crate::tables::TextColumn;

use super::include::number;
use super::rows::{canonical_text, named_rows};

/// Level of samples whose value is missing.
pub const MISSING_LEVEL: &str = "(missing)";

/// One attribute of every sample.
#[derive(Debug, Clone)]
pub struct AttributeColumn {
    /// Its name.
    pub name: String,
    /// Column of the manifest.
    pub column: String,
    /// Levels in the order of the report; `(missing)` last, when it occurs.
    pub levels: Vec<String>,
    /// Index into `levels` of each sample.
    pub codes: Vec<u16>,
    /// Declared as exploratory.
    pub exploratory: bool,
}

impl AttributeColumn {
    /// Index of `(missing)`, when it occurs.
    #[must_use]
    pub fn missing_code(&self) -> Option<u16> {
        self.levels
            .iter()
            .position(|level| level == MISSING_LEVEL)
            .and_then(|place| u16::try_from(place).ok())
    }
}

/// Reads an attribute for the kept rows.
pub(super) fn read(
    attribute: &Attribute,
    column: &TextColumn,
    spec: &CohortSpec,
    kept: &[usize],
    file: &str,
    found: &mut Vec<Diagnostic>,
) -> AttributeColumn {
    let mut texts: Vec<Option<String>> = Vec::with_capacity(kept.len());
    let mut not_numbers: Vec<usize> = Vec::new();
    for row in kept {
        let text = column
            .get(*row)
            .filter(|text| !spec.missing.iter().any(|missing| missing == text))
            // A table that already says so means the same.
            .filter(|text| *text != MISSING_LEVEL);
        texts.push(match (&attribute.bins, text) {
            (_, None) => None,
            (None, Some(text)) => Some(canonical_text(text).to_owned()),
            (Some(bins), Some(text)) => match number(text) {
                Some(x) => bins.labels.get(bin_of(bins, x)).cloned(),
                None => {
                    not_numbers.push(*row);
                    None
                }
            },
        });
    }
    if let Some(first) = not_numbers.first() {
        let text = column.get(*first).unwrap_or_default();
        found.push(
            Diagnostic::error(
                "not-a-number",
                format!(
                    "{file} {}: {} is \"{text}\", expected a number for the bins of {}",
                    named_rows(&not_numbers),
                    attribute.column.value,
                    attribute.name.value
                ),
            )
            .at(attribute.column.span)
            .help("correct the table, or list the text under `cohort.missing`"),
        );
    }
    let levels = levels_of(attribute, &texts, kept, file, found);
    if attribute.bins.is_none() {
        look_alikes(attribute, &levels, file, found);
    }
    encode(attribute, levels, &texts)
}

/// Index of the interval that holds `x`: `[40, 60]` makes below 40, 40 to below 60, 60 and above.
fn bin_of(bins: &Bins, x: f64) -> usize {
    bins.edges.partition_point(|edge| *edge <= x)
}

fn levels_of(
    attribute: &Attribute,
    texts: &[Option<String>],
    kept: &[usize],
    file: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<String> {
    if let Some(bins) = &attribute.bins {
        return bins.labels.clone();
    }
    let mut where_found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (text, row) in texts.iter().zip(kept) {
        if let Some(text) = text {
            where_found.entry(text).or_default().push(*row);
        }
    }
    let Some(declared) = &attribute.levels else {
        return in_natural_order(where_found.keys().copied());
    };
    let valid: Vec<&str> = declared.iter().map(|level| canonical_text(level)).collect();
    for (text, rows) in &where_found {
        if !valid.contains(text) {
            found.push(
                Diagnostic::error(
                    "undeclared-level",
                    format!(
                        "{file} {}: {} is \"{text}\", expected one of {}",
                        named_rows(rows),
                        attribute.column.value,
                        valid.join(", ")
                    ),
                )
                .at(attribute.name.span)
                .help(what_occurs(&nearest(text, &valid), &valid)),
            );
        }
    }
    valid.into_iter().map(str::to_owned).collect()
}

/// By number when every level is one, else by text.
fn in_natural_order<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut levels: Vec<String> = texts.map(str::to_owned).collect();
    let numbers: Option<Vec<f64>> = levels.iter().map(|level| number(level)).collect();
    if numbers.is_some() {
        levels.sort_by(|a, b| {
            number(a)
                .partial_cmp(&number(b))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| a.cmp(b))
        });
    } else {
        levels.sort();
    }
    levels
}

/// `F` and `f `, `Male` and `male`: most likely one group written in two ways.
fn look_alikes(attribute: &Attribute, levels: &[String], file: &str, found: &mut Vec<Diagnostic>) {
    let mut folded: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for level in levels {
        folded
            .entry(level.trim().to_lowercase())
            .or_default()
            .insert(level);
    }
    for alike in folded.values().filter(|alike| alike.len() > 1) {
        let names: Vec<String> = alike.iter().map(|level| format!("\"{level}\"")).collect();
        found.push(
            Diagnostic::warning(
                "levels-look-alike",
                format!(
                    "{file}: column {} holds {}, which are taken as different groups",
                    attribute.column.value,
                    names.join(" and ")
                ),
            )
            .at(attribute.column.span)
            .help("write one group in one way in the table"),
        );
    }
}

fn encode(
    attribute: &Attribute,
    mut levels: Vec<String>,
    texts: &[Option<String>],
) -> AttributeColumn {
    if texts.iter().any(Option::is_none) {
        levels.push(MISSING_LEVEL.to_owned());
    }
    let place: BTreeMap<&str, u16> = levels
        .iter()
        .zip(0u16..)
        .map(|(level, code)| (level.as_str(), code))
        .collect();
    let last = u16::try_from(levels.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let codes = texts
        .iter()
        .map(|text| {
            text.as_deref()
                .and_then(|text| place.get(text).copied())
                .unwrap_or(last)
        })
        .collect();
    AttributeColumn {
        name: attribute.name.value.clone(),
        column: attribute.column.value.clone(),
        levels,
        codes,
        exploratory: attribute.exploratory,
    }
}

/// Help for a name that does not occur.
pub(super) fn what_occurs(near: &[String], valid: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut listed = valid
        .iter()
        .take(SHOWN)
        .map(|text| format!("\"{text}\""))
        .collect::<Vec<_>>()
        .join(", ");
    if valid.len() > SHOWN {
        listed.push_str(&format!(" and {} more", valid.len() - SHOWN));
    }
    match near.first() {
        Some(near) => format!("did you mean \"{near}\"? there are {listed}"),
        None => format!("there are {listed}"),
    }
}
