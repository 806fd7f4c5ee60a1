//! Private elements as columns. What they hold is the maker's secret, a person's name as well as a
//! scanner's mode, so that nothing of them gets past this file unless the audit file spells it out:
//! words that it declares, or numbers that it only compares with declared bounds.

use std::collections::BTreeSet;

use crate::cohort::{canonical_text, named_rows};
use crate::config::{Audit, Diagnostic, IncludeTest, Located, Span};
use crate::imaging::dicom::Column;

use super::{Columns, PREFIX, units};

/// The uses of a private column whose values would be shown as they are.
pub(super) fn undeclared(audit: &Audit, name: &str, span: Span) -> Option<Diagnostic> {
    let cohort = &audit.cohort;
    let shown = audit.strata.iter().any(|attribute| {
        attribute.column.span == span && attribute.bins.is_none() && attribute.levels.is_none()
    });
    let names = [cohort.image.as_ref(), cohort.sample.as_ref()];
    let is_a_name = names.into_iter().flatten().any(|name| name.span == span);
    let (message, help) = if shown {
        (
            "it is a private element, whose values may identify and would be shown as they are",
            "declare what it may hold, `levels: [A, B]` or `bins: [10, 20]`; other values then count \
             as missing",
        )
    } else if is_a_name {
        (
            "it is a private element, whose values may identify and would be shown as they are",
            "name a column of the manifest",
        )
    } else {
        return None;
    };
    let message = format!("column \"{name}\" is refused: {message}");
    Some(
        Diagnostic::error("private-element", message)
            .at(span)
            .help(help),
    )
}

/// Makes a missing value of everything in private columns that the audit file does not declare.
pub(super) fn withhold(audit: &Audit, columns: &mut Columns, found: &mut Vec<Diagnostic>) {
    let units = units(audit);
    for (name, texts) in columns.iter_mut() {
        let private = name.starts_with(PREFIX)
            && !units.contains(&name.as_str())
            && Column::parse(name).is_ok_and(|column| column.is_private());
        if !private {
            continue;
        }
        let words = words(audit, name);
        let passes = |text: &str| match words.is_empty() {
            true => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
            false => words.contains(canonical_text(text)),
        };
        let mut withheld = Vec::new();
        for (row, text) in texts.iter_mut().enumerate() {
            if text.as_deref().is_some_and(|text| !passes(text)) {
                *text = None;
                withheld.push(row);
            }
        }
        if !withheld.is_empty() {
            let message = format!(
                "{}: {name} holds what the audit file does not declare, and counts as missing",
                named_rows(&withheld)
            );
            let help = "its values are not shown, since private elements may identify; declare \
                        those that are meant";
            found.push(
                Diagnostic::warning("private-undeclared", message)
                    .at(audit.cohort.manifest.span)
                    .help(help),
            );
        }
    }
}

/// The words that the audit file gives for a column; none where it only compares numbers.
fn words<'a>(audit: &'a Audit, name: &str) -> BTreeSet<&'a str> {
    let mut lists: Vec<&[Located<String>]> = Vec::new();
    for attribute in &audit.strata {
        if attribute.column.value == name {
            lists.extend(attribute.levels.as_deref());
        }
    }
    for rule in &audit.cohort.include {
        if let (true, IncludeTest::In(words) | IncludeTest::NotIn(words)) =
            (rule.column.value == name, &rule.test)
        {
            lists.push(words);
        }
    }
    if let Some(tuning) = &audit.cohort.tuning
        && tuning.column.value == name
    {
        lists.push(&tuning.levels);
    }
    for endpoint in &audit.endpoints {
        if endpoint.truth_column.value == name {
            lists.extend([endpoint.positive.as_slice(), endpoint.negative.as_slice()]);
        }
    }
    let words = lists.into_iter().flatten();
    words.map(|word| canonical_text(&word.value)).collect()
}
