//! The reference standard of each sample.

use std::collections::BTreeMap;

use crate::config::{CohortSpec, Diagnostic, Endpoint};
use crate::tables::TextColumn;

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
    let mut strange: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut truth = Vec::with_capacity(kept.len());
    for row in kept {
        let text = column
            .get(*row)
            .filter(|text| !spec.missing.iter().any(|missing| missing == text));
        truth.push(match text.map(canonical_text) {
            None => Truth::Indeterminate,
            Some(text) if is(&endpoint.positive, text) => Truth::Positive,
            Some(text) if is(&endpoint.negative, text) => Truth::Negative,
            Some(text) => {
                strange.entry(text.to_owned()).or_default().push(*row);
                Truth::Indeterminate
            }
        });
    }
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
