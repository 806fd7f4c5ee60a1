//! The reference standard of each sample.

use std::collections::BTreeMap;

use crate::config::{CohortSpec, Diagnostic, Endpoint};
use crate::tables::TextColumn;

use super::distinct::Distinct;
use super::rows::{canonical_text, named_rows};

/// What the reference standard says of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// One of the endpoint's positive texts.
    Positive,
    /// One of the endpoint's negative texts.
    Negative,
    /// Missing, or a text that is neither: counted in the flow, never measured.
    Indeterminate,
}

/// Truth of every row of the manifest. Texts that are neither positive nor negative are
/// reported with their rows; so is an endpoint of which one class never occurs.
pub(super) fn read(
    endpoint: &Endpoint,
    column: &TextColumn,
    spec: &CohortSpec,
    kept: &[usize],
    file: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<Truth> {
    let is = |texts: &[crate::config::Located<String>], text: &str| {
        texts.iter().any(|one| canonical_text(one) == text)
    };
    let texts = Distinct::of(kept.iter().map(|row| column.get(*row)));
    // Of each text what it says, and what it is compared as where it is no verdict.
    let mut truth_of = Vec::with_capacity(texts.texts.len());
    let mut strange_of = vec![None; texts.texts.len()];
    for (number, text) in texts.texts.iter().enumerate() {
        let known = Some(*text).filter(|text| !spec.missing.iter().any(|missing| missing == text));
        truth_of.push(match known.map(canonical_text) {
            None => Truth::Indeterminate,
            Some(text) if is(&endpoint.positive, text) => Truth::Positive,
            Some(text) if is(&endpoint.negative, text) => Truth::Negative,
            Some(text) => {
                strange_of[number] = Some(text);
                Truth::Indeterminate
            }
        });
    }
    let mut strange: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    if strange_of.iter().any(Option::is_some) {
        for (text, row) in texts.of_rows.iter().zip(kept) {
            if let Some(text) = text.and_then(|text| strange_of[text as usize]) {
                strange.entry(text).or_default().push(*row);
            }
        }
    }
    let truth: Vec<Truth> = texts
        .of_rows
        .iter()
        .map(|text| text.map_or(Truth::Indeterminate, |text| truth_of[text as usize]))
        .collect();
    for (text, rows) in &strange {
        found.push(
            Diagnostic::warning(
                "truth-outside-declared",
                format!("{file} {}: {} is \"{text}\", expected one of {}", named_rows(rows), endpoint.truth_column.value, declared(endpoint)),
            )
            .at(endpoint.truth_column.span)
            .help("these samples count as indeterminate and are not measured; add the text to `positive` or `negative` if it is a verdict"),
        );
    }
    for (class, name) in [(Truth::Positive, "positive"), (Truth::Negative, "negative")] {
        if !truth.contains(&class) {
            found.push(
                Diagnostic::warning("one-class", format!("{file}: no sample of endpoint {} is {name}; expected {}", endpoint.name.value, declared(endpoint)))
                    .at(endpoint.truth_column.span)
                    .help("check that `positive` and `negative` hold the texts of the table; AUROC and one of sensitivity and specificity cannot be estimated"),
            );
        }
    }
    truth
}

fn declared(endpoint: &Endpoint) -> String {
    let list = |texts: &[crate::config::Located<String>]| {
        texts
            .iter()
            .map(|text| format!("\"{}\"", text.value))
            .collect::<Vec<_>>()
            .join(", ")
    };
    format!(
        "{} (positive) or {} (negative)",
        list(&endpoint.positive),
        list(&endpoint.negative)
    )
}
