//! Attributes of samples: levels, bins, and the level of those who have none.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::config::{Attribute, Bins, CohortSpec, Diagnostic, nearest};
use crate::tables::TextColumn;

use super::distinct::Distinct;
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
    let texts = Distinct::of(kept.iter().map(|row| column.get(*row)));
    let levels_of_texts: Vec<Option<Cow<'_, str>>> = texts
        .texts
        .iter()
        .map(|text| level_of(attribute, spec, text))
        .collect();
    let not_number: Vec<bool> = texts
        .texts
        .iter()
        .zip(&levels_of_texts)
        .map(|(text, level)| level.is_none() && attribute.bins.is_some() && !is_missing(spec, text))
        .collect();
    let not_numbers: Vec<usize> = texts.rows(kept, &not_number);
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
    let levels = levels_of(attribute, &texts, &levels_of_texts, kept, file, found);
    if attribute.bins.is_none() {
        look_alikes(attribute, &levels, file, found);
    }
    encode(attribute, levels, &texts, &levels_of_texts)
}

/// Whether a text stands for a missing value. A table that already says so means the same.
fn is_missing(spec: &CohortSpec, text: &str) -> bool {
    text == MISSING_LEVEL || spec.missing.iter().any(|missing| missing == text)
}

/// The level that a text stands for; `None` where it is missing or no number of a bin.
fn level_of<'a>(
    attribute: &'a Attribute,
    spec: &CohortSpec,
    text: &'a str,
) -> Option<Cow<'a, str>> {
    if is_missing(spec, text) {
        return None;
    }
    match &attribute.bins {
        None => Some(Cow::Borrowed(canonical_text(text))),
        Some(bins) => bins
            .labels
            .get(bin_of(bins, number(text)?))
            .map(|label| Cow::Borrowed(label.as_str())),
    }
}

/// Index of the interval that holds `x`: `[40, 60]` makes below 40, 40 to below 60, 60 and above.
fn bin_of(bins: &Bins, x: f64) -> usize {
    bins.edges.partition_point(|edge| *edge <= x)
}

fn levels_of(
    attribute: &Attribute,
    texts: &Distinct<'_>,
    levels_of_texts: &[Option<Cow<'_, str>>],
    kept: &[usize],
    file: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<String> {
    if let Some(bins) = &attribute.bins {
        return bins.labels.clone();
    }
    let distinct: BTreeSet<&str> = levels_of_texts
        .iter()
        .flatten()
        .map(AsRef::as_ref)
        .collect();
    let Some(declared) = &attribute.levels else {
        return in_natural_order(distinct.into_iter());
    };
    let valid: Vec<&str> = declared.iter().map(|level| canonical_text(level)).collect();
    for text in distinct {
        if !valid.contains(&text) {
            let is_meant: Vec<bool> = levels_of_texts
                .iter()
                .map(|level| level.as_deref() == Some(text))
                .collect();
            let rows = texts.rows(kept, &is_meant);
            found.push(
                Diagnostic::error(
                    "undeclared-level",
                    format!(
                        "{file} {}: {} is \"{text}\", expected one of {}",
                        named_rows(&rows),
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
    texts: &Distinct<'_>,
    levels_of_texts: &[Option<Cow<'_, str>>],
) -> AttributeColumn {
    let missing =
        |own: &Option<u32>| own.is_none_or(|text| levels_of_texts[text as usize].is_none());
    if texts.of_rows.iter().any(missing) {
        levels.push(MISSING_LEVEL.to_owned());
    }
    let place: HashMap<&str, u16> = levels
        .iter()
        .zip(0u16..)
        .map(|(level, code)| (level.as_str(), code))
        .collect();
    let last = u16::try_from(levels.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let codes_of_texts: Vec<u16> = levels_of_texts
        .iter()
        .map(|level| {
            let code = level.as_deref().and_then(|text| place.get(text).copied());
            code.unwrap_or(last)
        })
        .collect();
    let codes = texts
        .of_rows
        .iter()
        .map(|text| text.map_or(last, |text| codes_of_texts[text as usize]))
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
