//! Columns that a model is fed, as numbers.

use std::collections::BTreeMap;

use crate::config::{Audit, Coding, CohortSpec, Diagnostic, Feed, TabularColumn};
use crate::tables::TextColumn;

use super::include::number;
use super::rows::{canonical_text, named_rows};

/// One column as a model is fed it.
#[derive(Debug, Clone)]
pub struct InputColumn {
    /// Column of the manifest.
    pub column: String,
    /// The number of each sample, already scaled or mapped; `None`: the value is missing, and the
    /// audit file does not say what stands for it.
    pub values: Vec<Option<f64>>,
}

/// The columns that the model's inputs are fed, in the audit file's order.
pub(super) fn declared(audit: &Audit) -> impl Iterator<Item = &TabularColumn> {
    let inputs = audit.model.iter().flat_map(|model| &model.inputs);
    inputs.flat_map(|input| match &input.feed {
        Feed::Table(table) => table.columns.as_slice(),
        Feed::Image(_) => &[],
    })
}

/// Reads a column for the kept rows. A text that is no number, and a level that the map leaves
/// out, are errors; a missing value that nothing stands for is a warning, since the sample fails.
pub(super) fn read(
    declared: &TabularColumn,
    column: &TextColumn,
    spec: &CohortSpec,
    kept: &[usize],
    file: &str,
    found: &mut Vec<Diagnostic>,
) -> InputColumn {
    let name = &declared.column;
    let mut reading = Reading {
        coding: &declared.coding,
        strange: BTreeMap::new(),
        seen: Vec::new(),
    };
    let mut absent = Vec::new();
    let values = kept
        .iter()
        .map(|row| {
            let text = column
                .get(*row)
                .filter(|text| !spec.missing.iter().any(|missing| missing == text));
            match text {
                Some(text) => reading.number(text, *row),
                None => {
                    if declared.missing.is_none() {
                        absent.push(*row);
                    }
                    declared.missing
                }
            }
        })
        .collect();
    let refused = |text: &str, rows: &[usize]| {
        let (code, expected, help) = match &declared.coding {
            Coding::Numeric { .. } => (
                "not-a-number",
                "a number for the model's input".to_owned(),
                "correct the table, list the text under `cohort.missing`, or give the column a `map`",
            ),
            Coding::Categorical { levels, .. } => {
                let levels: Vec<&str> = levels.iter().map(|(level, _)| level.as_str()).collect();
                (
                    "unmapped-level",
                    format!("one of {} (the column's `map`)", levels.join(", ")),
                    "add the level to `map`, write `other:` with the number of every other level, or list the text under `cohort.missing`",
                )
            }
        };
        let message = format!(
            "{file} {}: {} is \"{text}\", expected {expected}",
            named_rows(rows),
            name.value
        );
        Diagnostic::error(code, message).at(name.span).help(help)
    };
    found.extend(
        reading
            .strange
            .iter()
            .map(|(text, rows)| refused(text, rows)),
    );
    if !absent.is_empty() {
        let message = format!(
            "{file} {}: {} is missing, and the model's input takes it; {} of {} rows get no score",
            named_rows(&absent),
            name.value,
            absent.len(),
            kept.len()
        );
        found.push(
            Diagnostic::warning("input-missing", message)
                .at(name.span)
                .help("write `missing:` with the number that the makers fed in its place; without it these samples count as failed (`cohort.max_failed_share`)"),
        );
    }
    if let Coding::Categorical { levels, .. } = &declared.coding {
        for (place, (level, _)) in levels.iter().enumerate() {
            if levels[..place]
                .iter()
                .any(|(other, _)| canonical_text(other) == canonical_text(level))
            {
                let message = format!("`map` has \"{}\" twice: `1.0` is `1`", level.value);
                found.push(Diagnostic::error("duplicate-entry", message).at(level.span));
            } else if !reading.seen.contains(&place) {
                let message = format!(
                    "{file}: column {} never holds \"{}\"",
                    name.value, level.value
                );
                found.push(
                    Diagnostic::note("map-level-unused", message)
                        .at(level.span)
                        .help("fine if the cohort has none; check the spelling, since `other` takes what is misspelt"),
                );
            }
        }
    }
    InputColumn {
        column: name.value.clone(),
        values,
    }
}

struct Reading<'a> {
    coding: &'a Coding,
    /// Texts that have no number, with their rows.
    strange: BTreeMap<String, Vec<usize>>,
    /// Places of the levels that occur.
    seen: Vec<usize>,
}

impl Reading<'_> {
    fn number(&mut self, text: &str, row: usize) -> Option<f64> {
        let found = match self.coding {
            Coding::Numeric {
                offset,
                numerator,
                denominator,
            } => number(text).map(|value| (value - offset) * numerator / denominator),
            Coding::Categorical { levels, other } => {
                let text = canonical_text(text);
                let place = levels
                    .iter()
                    .position(|(level, _)| canonical_text(level) == text);
                if let Some(place) = place.filter(|place| !self.seen.contains(place)) {
                    self.seen.push(place);
                }
                place.map(|place| levels[place].1).or(*other)
            }
        };
        if found.is_none() {
            self.strange.entry(text.to_owned()).or_default().push(row);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Reading;
    use crate::config::{Coding, Located, Span};
    use std::collections::BTreeMap;

    fn reading(coding: &Coding) -> Reading<'_> {
        Reading {
            coding,
            strange: BTreeMap::new(),
            seen: Vec::new(),
        }
    }

    #[test]
    fn numbers_are_offset_then_scaled() {
        let coding = Coding::Numeric {
            offset: 60.0,
            numerator: 1.0,
            denominator: 12.5,
        };
        let mut numeric = reading(&coding);
        assert_eq!(numeric.number("85", 0), Some(2.0));
        assert_eq!(numeric.number(" 47.5", 1), Some(-1.0));
        assert_eq!(numeric.number("old", 2), None);
        assert_eq!(numeric.number("old", 5), None);
        assert_eq!(numeric.strange["old"], [2, 5]);
    }

    #[test]
    fn levels_have_their_number_and_the_rest_has_its_own() {
        let level = |text: &str, number| (Located::new(text.to_owned(), Span::default()), number);
        let levels = vec![level("male", 1.0), level("1", 0.25)];
        let coding = Coding::Categorical {
            levels: levels.clone(),
            other: None,
        };
        let mut strict = reading(&coding);
        assert_eq!(strict.number("male", 0), Some(1.0));
        // As levels are compared everywhere.
        assert_eq!(strict.number("1.0", 1), Some(0.25));
        assert_eq!(strict.number("Male", 2), None);
        assert_eq!(strict.strange["Male"], [2]);
        let coding = Coding::Categorical {
            levels,
            other: Some(0.5),
        };
        assert_eq!(reading(&coding).number("Male", 2), Some(0.5));
    }
}
