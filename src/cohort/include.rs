//! The rules of `cohort.include`.

use std::collections::BTreeSet;

use crate::config::{CohortSpec, Diagnostic, IncludeRule, IncludeTest, Located, nearest};
use crate::tables::TextColumn;

use super::rows::{canonical_text, named_rows};

/// Keeps the rows that satisfy the rule. A missing value satisfies none.
pub(super) fn apply(
    rule: &IncludeRule,
    column: &TextColumn,
    spec: &CohortSpec,
    rows: &[usize],
    file: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let present = |row: usize| {
        column
            .get(row)
            .filter(|text| !spec.missing.iter().any(|missing| missing == text))
            .map(canonical_text)
    };
    match &rule.test {
        IncludeTest::In(texts) => {
            unknown_levels(&rule.column, texts, column, file, found);
            keep(rows, |row| {
                present(row).is_some_and(|text| listed(texts, text))
            })
        }
        IncludeTest::NotIn(texts) => {
            unknown_levels(&rule.column, texts, column, file, found);
            keep(rows, |row| {
                present(row).is_some_and(|text| !listed(texts, text))
            })
        }
        IncludeTest::Range { min, max } => {
            let mut strange = Vec::new();
            let kept = keep(rows, |row| {
                present(row).and_then(number).is_some_and(|x| {
                    min.is_none_or(|low| x >= low) && max.is_none_or(|high| x <= high)
                })
            });
            for row in rows {
                if present(*row).is_some_and(|text| number(text).is_none()) {
                    strange.push(*row);
                }
            }
            if let Some(first) = strange.first() {
                let text = present(*first).unwrap_or_default();
                found.push(
                    Diagnostic::error(
                        "not-a-number",
                        format!(
                            "{file} {}: {} is \"{text}\", expected a number for `min` and `max`",
                            named_rows(&strange),
                            rule.column.value
                        ),
                    )
                    .at(rule.column.span)
                    .help("correct the table, or list the text under `cohort.missing`"),
                );
            }
            kept
        }
    }
}

/// The rule in words, for the flow: `view in PA, AP`, `age at least 18`.
pub(super) fn describe(rule: &IncludeRule) -> String {
    let list = |texts: &[Located<String>]| {
        texts
            .iter()
            .map(|text| text.value.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let column = &rule.column.value;
    match &rule.test {
        IncludeTest::In(texts) => format!("{column} is not one of {}", list(texts)),
        IncludeTest::NotIn(texts) => format!("{column} is one of {}, or missing", list(texts)),
        IncludeTest::Range {
            min: Some(min),
            max: Some(max),
        } => format!("{column} is below {min}, above {max}, or missing"),
        IncludeTest::Range {
            min: Some(min),
            max: None,
        } => format!("{column} is below {min}, or missing"),
        IncludeTest::Range {
            min: None,
            max: Some(max),
        } => format!("{column} is above {max}, or missing"),
        IncludeTest::Range {
            min: None,
            max: None,
        } => format!("{column} is missing"),
    }
}

/// A finite number written in the usual way.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|x| x.is_finite())
}

pub(super) fn listed(texts: &[Located<String>], text: &str) -> bool {
    texts.iter().any(|one| canonical_text(one) == text)
}

fn keep(rows: &[usize], test: impl Fn(usize) -> bool) -> Vec<usize> {
    rows.iter().copied().filter(|row| test(*row)).collect()
}

/// A listed text that never occurs is most likely misspelt: an error that names what does occur.
pub(super) fn unknown_levels(
    name: &Located<String>,
    texts: &[Located<String>],
    column: &TextColumn,
    file: &str,
    found: &mut Vec<Diagnostic>,
) {
    let occurring: BTreeSet<&str> = (0..column.len())
        .filter_map(|row| column.get(row))
        .map(canonical_text)
        .collect();
    let valid: Vec<&str> = occurring.iter().copied().collect();
    for text in texts {
        if !occurring.contains(canonical_text(text)) {
            found.push(
                Diagnostic::error(
                    "unknown-level",
                    format!(
                        "{file}: column {} never holds \"{}\"",
                        name.value, text.value
                    ),
                )
                .at(text.span)
                .help(super::attribute::what_occurs(
                    &nearest(text, &valid),
                    &valid,
                )),
            );
        }
    }
}
