//! The columns of the table that an audit names.

use crate::config::{AggregationUnit, Audit, Diagnostic, Located, PatientColumn, Span, nearest};

use super::attribute::what_occurs;
use super::{tabular, values};

/// Every column that the audit names, with its place.
#[must_use]
pub fn named_columns(audit: &Audit) -> Vec<(&str, Span)> {
    let cohort = &audit.cohort;
    let mut columns: Vec<&Located<String>> = Vec::new();
    columns.extend(cohort.image.iter().chain(cohort.sample.iter()));
    if let PatientColumn::Column(column) = &cohort.patient {
        columns.push(column);
    }
    columns.extend(cohort.include.iter().map(|rule| &rule.column));
    columns.extend(cohort.tuning.iter().map(|split| &split.column));
    columns.extend(audit.strata.iter().map(|attribute| &attribute.column));
    columns.extend(
        audit
            .endpoints
            .iter()
            .map(|endpoint| &endpoint.truth_column),
    );
    columns.extend(values::declared(audit));
    if let Some(exam) = &cohort.exam {
        columns.extend([&exam.column, &exam.view]);
    }
    for aggregation in &audit.aggregate {
        if let AggregationUnit::Column { column, .. } = &aggregation.to {
            columns.push(column);
        }
    }
    columns.extend(tabular::declared(audit).map(|declared| &declared.column));
    let feeds = audit.model.iter().flat_map(|model| model.image_feeds());
    columns.extend(feeds.flat_map(|(_, feed)| &feed.images));
    columns
        .into_iter()
        .map(|column| (column.value.as_str(), column.span))
        .collect()
}

/// Columns that are named and not there, each at its place.
pub(super) fn unknown_columns(
    named: &[(&str, Span)],
    available: &[String],
    file: &str,
) -> Vec<Diagnostic> {
    let valid: Vec<&str> = available.iter().map(String::as_str).collect();
    named
        .iter()
        .filter(|(name, _)| !valid.contains(name))
        .map(|(name, span)| {
            Diagnostic::error("unknown-column", format!("{file} has no column \"{name}\""))
                .at(*span)
                .help(what_occurs(&nearest(name, &valid), &valid))
        })
        .collect()
}
