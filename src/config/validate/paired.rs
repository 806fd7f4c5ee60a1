//! `paired_with`: two scores of the same cases.

use super::super::audit::Endpoint;
use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::located::Located;
use super::names::canonical;
use super::reader::Value;

/// Whether every `paired_with` names another endpoint with the same reference standard; what is
/// wrong is reported.
pub(super) fn check(value: &Value<'_>, endpoints: &[Endpoint]) -> bool {
    let mut clear = true;
    for endpoint in endpoints {
        let Some(name) = &endpoint.paired_with else {
            continue;
        };
        if let Some(found) = mismatch(endpoint, name, endpoints) {
            clear = false;
            value.cx.report(found.at(name.span));
        }
    }
    clear
}

/// Why an endpoint and the one that it names make no pair.
fn mismatch(
    endpoint: &Endpoint,
    name: &Located<String>,
    endpoints: &[Endpoint],
) -> Option<Diagnostic> {
    let others: Vec<&str> = endpoints
        .iter()
        .map(|other| other.name.value.as_str())
        .filter(|other| *other != endpoint.name.value)
        .collect();
    let Some(other) = endpoints
        .iter()
        .find(|other| other.name.value == name.value && other.name.value != endpoint.name.value)
    else {
        let message = if name.value == endpoint.name.value {
            format!("endpoint {} is paired with itself", quoted(name))
        } else {
            format!("{} is no endpoint", quoted(name))
        };
        let help = if others.is_empty() {
            "declare a second endpoint with the same `truth` and the other `score`".to_owned()
        } else {
            suggestion(name, &others, "other endpoint")
        };
        return Some(Diagnostic::error("unknown-endpoint", message).help(help));
    };
    let texts = |texts: &[Located<String>]| {
        let mut texts: Vec<String> = texts
            .iter()
            .map(|text| canonical(text).to_owned())
            .collect();
        texts.sort();
        texts
    };
    let same = endpoint.truth_column.value == other.truth_column.value
        && texts(&endpoint.positive) == texts(&other.positive)
        && texts(&endpoint.negative) == texts(&other.negative);
    if same {
        return None;
    }
    let message = format!(
        "endpoints {} and {} have different truths, expected the same",
        quoted(&endpoint.name),
        quoted(&other.name)
    );
    Some(Diagnostic::error("contradiction", message).help(
        "two scores are compared on the same cases only where both have the same `truth` (column, positive, negative)",
    ))
}
