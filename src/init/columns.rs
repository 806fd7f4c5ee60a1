//! The columns of a table, as far as their texts tell.

use std::collections::{BTreeMap, HashMap};

use crate::tables::TextColumn;

/// Up to so many different texts are levels of something; more are names or numbers.
pub(super) const MOST_LEVELS: usize = 24;
/// Levels that are written out in a line.
const MOST_SHOWN: usize = 10;
/// What the audit file takes as missing where it says nothing else.
pub(super) const MISSING: [&str; 4] = ["", "NA", "NaN", "null"];
/// Further texts that people write for "not known", in lower case.
const NOT_KNOWN: [&str; 16] = [
    "unknown",
    "unk",
    "n/a",
    "na",
    "nan",
    "none",
    "null",
    "?",
    "-",
    ".",
    "not known",
    "not available",
    "not reported",
    "missing",
    "unbekannt",
    "inconnu",
];

/// What was seen in one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// Rows.
    pub rows: usize,
    /// Rows without a value: empty, or one of the texts that count as missing by default.
    pub missing: usize,
    /// Different values.
    pub distinct: usize,
    /// Values with their rows, the most frequent first; empty where there are too many.
    pub levels: Vec<(String, usize)>,
    /// Least and largest number, where every value is one (or says that it is not known).
    pub range: Option<(f64, f64)>,
    /// Values that people write for "not known", with their rows.
    pub not_known: Vec<(String, usize)>,
    /// For each row the place of its value in `texts`; `None` where it is missing.
    pub(super) codes: Vec<Option<u32>>,
    /// The values in the order in which they first stand in the table.
    pub(super) texts: Vec<String>,
}

impl ColumnFacts {
    /// From a column, over the rows that hold something.
    pub(super) fn of(name: &str, column: &TextColumn, rows: &[usize]) -> Self {
        Self::of_texts(name, rows.iter().map(|row| column.get(*row)))
    }

    /// From texts, one a row.
    pub(super) fn of_texts<'a>(name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut places: HashMap<&str, u32> = HashMap::new();
        let mut texts = Vec::new();
        let mut counts = Vec::new();
        let mut codes = Vec::new();
        for value in values {
            let value = value.filter(|text| !MISSING.contains(text));
            codes.push(value.map(|text| {
                let place = *places.entry(text).or_insert_with(|| {
                    texts.push(text.to_owned());
                    counts.push(0);
                    u32::try_from(texts.len() - 1).unwrap_or(u32::MAX)
                });
                counts[place as usize] += 1;
                place
            }));
        }
        let mut facts = Self {
            name: name.to_owned(),
            rows: codes.len(),
            missing: codes.iter().filter(|code| code.is_none()).count(),
            distinct: texts.len(),
            levels: Vec::new(),
            range: None,
            not_known: Vec::new(),
            codes,
            texts,
        };
        facts.describe(&counts);
        facts
    }

    fn describe(&mut self, counts: &[usize]) {
        let not_known = |text: &str| NOT_KNOWN.contains(&text.trim().to_lowercase().as_str());
        let counted = self.texts.iter().cloned().zip(counts.iter().copied());
        let (unknown, known): (Vec<_>, Vec<_>) = counted.partition(|(text, _)| not_known(text));
        let numbers: Option<Vec<f64>> = known
            .iter()
            .map(|(text, _)| text.trim().parse().ok().filter(|x: &f64| x.is_finite()))
            .collect();
        self.range = numbers.filter(|all| !all.is_empty()).map(|all| {
            let least = all.iter().copied().fold(f64::INFINITY, f64::min);
            let largest = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (least, largest)
        });
        self.not_known = unknown;
        if self.distinct <= MOST_LEVELS {
            self.levels = known;
            self.levels
                .sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        }
    }

    /// The same with numbers for its values, so that none of them can be written anywhere.
    pub(super) fn without_texts(mut self) -> Self {
        self.texts = (1..=self.texts.len())
            .map(|number| number.to_string())
            .collect();
        self.levels.clear();
        self.not_known.clear();
        self.range = None;
        self
    }

    /// The value in a row.
    pub(super) fn text(&self, row: usize) -> Option<&str> {
        let code = (*self.codes.get(row)?)?;
        self.texts.get(code as usize).map(String::as_str)
    }

    /// Whether no two rows have the same value, and none lacks one.
    pub(super) fn is_unique(&self) -> bool {
        self.missing == 0 && self.distinct == self.rows
    }

    /// The most rows that share one value.
    pub(super) fn most_rows(&self) -> usize {
        let mut rows: BTreeMap<u32, usize> = BTreeMap::new();
        for code in self.codes.iter().flatten() {
            *rows.entry(*code).or_default() += 1;
        }
        rows.values().copied().max().unwrap_or(0)
    }

    /// Whether every value goes with one value of the other column alone.
    pub(super) fn settles(&self, other: &Self) -> bool {
        let mut seen: HashMap<u32, u32> = HashMap::new();
        self.codes
            .iter()
            .zip(&other.codes)
            .filter_map(|(mine, theirs)| Some(((*mine)?, (*theirs)?)))
            .all(|(mine, theirs)| *seen.entry(mine).or_insert(theirs) == theirs)
    }

    /// The numbers of the rows that have one.
    pub(super) fn numbers(&self) -> Vec<f64> {
        let of = |code: &u32| self.texts.get(*code as usize)?.trim().parse().ok();
        self.codes.iter().flatten().filter_map(of).collect()
    }

    /// The values with their rows as one line: `female 3010, male 3200`.
    #[must_use]
    pub fn levels_text(&self) -> String {
        let shown = self.levels.iter().take(MOST_SHOWN);
        let mut parts: Vec<String> = shown.map(|(text, rows)| format!("{text} {rows}")).collect();
        if self.levels.len() > MOST_SHOWN {
            parts.push(format!("{} others", self.levels.len() - MOST_SHOWN));
        }
        parts.extend(
            self.not_known
                .iter()
                .map(|(text, rows)| format!("{text} {rows}")),
        );
        if self.missing > 0 {
            parts.push(format!("no value {}", self.missing));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(texts: &[&str]) -> ColumnFacts {
        ColumnFacts::of_texts("x", texts.iter().map(|text| Some(*text)))
    }

    #[test]
    fn numbers_levels_and_what_is_not_known_are_told_apart() {
        let ages = column(&["40", "55.5", "", "unknown", "40", "NA"]);
        assert_eq!(ages.range, Some((40.0, 55.5)));
        assert_eq!((ages.missing, ages.distinct), (2, 3));
        assert_eq!(ages.not_known, [("unknown".to_owned(), 1)]);
        assert_eq!(ages.numbers(), [40.0, 55.5, 40.0]);
        let sexes = column(&["F", "M", "F", "", "Unknown"]);
        assert_eq!(sexes.range, None);
        assert_eq!(sexes.levels_text(), "F 2, M 1, Unknown 1, no value 1");
    }

    #[test]
    fn a_column_settles_another_when_each_value_goes_with_one() {
        let dx = column(&["mel", "nv", "nv", "bcc"]);
        let malignant = column(&["1", "0", "0", "1"]);
        assert!(dx.settles(&malignant));
        assert!(!malignant.settles(&dx));
        assert_eq!(dx.most_rows(), 2);
        assert!(!dx.is_unique() && column(&["a", "b"]).is_unique());
    }
}
