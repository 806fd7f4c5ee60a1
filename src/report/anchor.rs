//! Stable ids: the same in the page, the log, JUnit and SARIF.

use crate::assessment::{Comparison, Estimate, PairedComparison};
use crate::gate::Check;

/// One part of an id with everything outside `[A-Za-z0-9_*-]` percent-encoded (UTF-8, upper-case hex).
#[must_use]
pub fn encode_part(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'*' | b'-') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Parts, each encoded, joined by dots.
fn join(parts: &[&str]) -> String {
    parts
        .iter()
        .map(|part| encode_part(part))
        .collect::<Vec<_>>()
        .join(".")
}

/// Whether `id` is made without the endpoint, as it is when an audit has only one.
fn is_short(id: &str, parts: [&str; 3]) -> bool {
    id.len() == parts.iter().map(|part| part.len()).sum::<usize>() + 2
        && id == format!("{}.{}.{}", parts[0], parts[1], parts[2])
}

/// Anchor with the endpoint exactly where the id has it.
fn anchor(id: &str, first: &str, endpoint: &str, attribute: &str, level: &str) -> String {
    if is_short(id, [first, attribute, level]) {
        join(&[first, attribute, level])
    } else {
        join(&[first, endpoint, attribute, level])
    }
}

/// Anchor of an estimate: `sensitivity.site.B`.
#[must_use]
pub fn of_estimate(estimate: &Estimate) -> String {
    let Estimate {
        id,
        metric,
        endpoint,
        attribute,
        level,
        ..
    } = estimate;
    anchor(id, metric, endpoint, attribute, level)
}

/// Anchor of a comparison: `sensitivity.sex.F-vs-complement`.
#[must_use]
pub fn of_comparison(comparison: &Comparison) -> String {
    let level = format!("{}-vs-{}", comparison.level, comparison.reference);
    anchor(
        &comparison.id,
        &comparison.metric,
        &comparison.endpoint,
        &comparison.attribute,
        &level,
    )
}

/// Anchor of two scores on the same cases: `sensitivity.new-vs-old.sex.F`.
#[must_use]
pub fn of_paired(one: &PairedComparison) -> String {
    let pair = format!("{}-vs-{}", one.endpoint, one.other_endpoint);
    join(&[&one.metric, &pair, &one.attribute, &one.level])
}

/// Anchor of a row of the acceptance table: `check.sens-floor.site.B`.
///
/// The prefix keeps a rule that is named like a metric apart from that metric's own row.
#[must_use]
pub fn of_check(check: &Check) -> String {
    let Check {
        id,
        requirement,
        endpoint,
        attribute,
        level,
        ..
    } = check;
    format!(
        "check.{}",
        anchor(id, requirement, endpoint, attribute, level)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_encoded_bytewise() {
        assert_eq!(encode_part("F*B_x-1"), "F*B_x-1");
        assert_eq!(encode_part(">=60"), "%3E%3D60");
        assert_eq!(encode_part("[40,60)"), "%5B40%2C60%29");
        assert_eq!(encode_part("St. Anne"), "St%2E%20Anne");
        assert_eq!(encode_part("東"), "%E6%9D%B1");
    }

    #[test]
    fn endpoint_stands_in_the_anchor_only_when_it_stands_in_the_id() {
        assert_eq!(
            anchor("sensitivity.site.B", "sensitivity", "e", "site", "B"),
            "sensitivity.site.B"
        );
        assert_eq!(
            anchor("sensitivity.e.site.B", "sensitivity", "e", "site", "B"),
            "sensitivity.e.site.B"
        );
    }
}
