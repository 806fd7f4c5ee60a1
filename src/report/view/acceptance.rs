//! Acceptance table: one row for every requirement in every stratum.

use crate::gate::{AuditVerdict, Check, Verdict};

use super::super::index::Index;
use super::super::{anchor, format, names, words};
use super::block::{Block, Cell, Column, Row, Section, Table};

/// The acceptance table, or why there is none.
pub(super) fn section(index: &Index<'_>) -> Section {
    let result = index.result;
    let mut section = Section::new("acceptance", "Acceptance criteria");
    if result.checks.is_empty() {
        section.absent(match result.verdict {
            AuditVerdict::NoGate => {
                "Not evaluated because the audit file has no gate section: no requirement was set."
            }
            _ => "Not evaluated because no requirement applied to any group.",
        });
        return section;
    }
    let alpha = result
        .methods
        .alpha
        .or_else(|| result.checks.first().map(|c| c.alpha));
    if let Some(alpha) = alpha {
        section.say(format!(
            "The requirements are those of the audit file (SHA-256 {}\u{2026}). A requirement is met when the gating limit, at a \
             one-sided error of {}, lies on its right side; it is not met when the data show the contrary after correction for \
             the number of checks in its family; otherwise it is undecided.",
            format::short_hash(&result.audit.config_sha256),
            format::plain(alpha, 4).trim_end_matches('0')
        ));
    }
    section.blocks.push(Block::Table(table(index)));
    if result.verdict != AuditVerdict::Pass
        && result.checks.iter().any(|c| c.verdict == Verdict::Pass)
    {
        section.note(
            "That all requirements hold together needs no correction for their number. Since they do not all hold here, \
             single rows that pass are each at their own error level and are not adjusted.",
        );
    }
    section.note(
        "Limits in this table are the gating limits. The intervals shown elsewhere on this page use the display method and \
         may differ slightly.",
    );
    section
}

fn table(index: &Index<'_>) -> Table {
    let several = index.several_endpoints();
    let columns = vec![
        Column::text("Requirement"),
        Column::group(if several {
            "Group and endpoint"
        } else {
            "Group"
        }),
        Column::number("N+ / N\u{2212}"),
        Column::number("Patients"),
        Column::number("Estimate"),
        Column::number("Gating limits"),
        Column::number("Criterion"),
        Column::text("Verdict"),
        Column::wide("Why"),
    ];
    Table {
        caption: "Requirements by group".to_owned(),
        class: "acceptance",
        columns,
        rows: index
            .result
            .checks
            .iter()
            .map(|check| row(check, index))
            .collect(),
        ..Table::default()
    }
}

fn row(check: &Check, index: &Index<'_>) -> Row {
    let least = format::decimals(&check.metric);
    let digits = format::separating_decimals(
        &[check.estimate, check.lower, check.upper],
        check.bound,
        least,
    );
    let (estimate, limits) = if check.reference.is_some() {
        (
            check.estimate.map(|v| format::signed(v, digits)),
            format::signed_limits(check.lower, check.upper, digits),
        )
    } else {
        (
            check.estimate.map(|v| format::number(v, digits)),
            format::limits(check.lower, check.upper, digits),
        )
    };
    let mut requirement = words::metric(&check.metric).to_owned();
    if let Some(reference) = &check.reference {
        requirement = format!(
            "{requirement}, against {}",
            names::reference(&check.attribute, reference)
        );
    }
    let mut group =
        Cell::new(names::group(&check.attribute, &check.level)).with_href(index.target(check));
    if index.several_endpoints() {
        group = group.with_note(names::name(&check.endpoint));
    }
    let cells = vec![
        Cell::new(names::name(&check.requirement)).with_note(requirement),
        group,
        samples(check, index),
        Cell::new(format::count_shown(check.n_clusters)),
        Cell::new(estimate.unwrap_or_else(|| words::no_estimate(check))),
        Cell::new(limits.unwrap_or_else(|| "none".to_owned())),
        criterion(check),
        verdict(check),
        why(check),
    ];
    Row {
        id: Some(anchor::of_check(check)),
        class: words::verdict_class(check.verdict),
        cells,
    }
}

/// Reference positives and negatives of the group; below them the metric's own denominator where it
/// is neither. Endpoints without positives have their denominator alone.
fn samples(check: &Check, index: &Index<'_>) -> Cell {
    let (endpoint, metric) = (&check.endpoint, &check.metric);
    let estimate = index.estimate(endpoint, metric, &check.attribute, &check.level);
    let noun = words::class_noun(metric);
    let class = format!("{} {noun}", format::count_shown(check.n_class));
    let is_binary = index
        .result
        .methods
        .endpoints
        .iter()
        .any(|e| e.name == *endpoint);
    match estimate.filter(|_| is_binary) {
        Some(e) => {
            let negative =
                e.n.zip(e.n_positive)
                    .map(|(n, positive)| n - positive.min(n));
            let cell = Cell::new(format!(
                "{} / {}",
                format::count_shown(e.n_positive),
                format::count_shown(negative)
            ));
            match noun {
                "positives" | "negatives" | "samples" => cell,
                _ => cell.with_note(class),
            }
        }
        None => Cell::new(format::count_shown(check.n_class)).with_note(noun),
    }
}

/// The bound; that it bounds a difference stands below it.
fn criterion(check: &Check) -> Cell {
    let text = words::criterion(check);
    match text.strip_prefix("difference ") {
        Some(bound) => Cell::new(bound).with_note("difference"),
        None => Cell::new(text),
    }
}

fn verdict(check: &Check) -> Cell {
    let cell = Cell::new(words::verdict(check.verdict)).with_class(match check.verdict {
        Verdict::Pass => "verdict pass",
        Verdict::Fail => "verdict fail",
        Verdict::Inconclusive => "verdict inconclusive",
        Verdict::NotEvaluable => "verdict none",
    });
    match (check.verdict, check.waived, check.blocking) {
        (_, true, _) => cell.with_note("waived"),
        (Verdict::Pass, ..) | (_, _, true) => cell,
        _ => cell.with_note("warning only"),
    }
}

/// The reason, and for undecided checks what would decide them.
fn why(check: &Check) -> Cell {
    let cell = Cell::new(words::sentence(&check.reason));
    let mut notes = Vec::new();
    if check.verdict == Verdict::Inconclusive {
        if let Some(least) = check.minimum_detectable {
            notes.push(format!(
                "A shortfall of {} would show with 80% power.",
                format::number(least, 3)
            ));
        }
        match check.n_needed {
            Some(needed) => {
                let of = |n: Option<u64>, words: &str| {
                    n.map(|n| format!("{} {words}", format::count(n)))
                };
                let parts: Vec<String> = [
                    of(needed.positives, words::class_noun(&check.metric)),
                    of(needed.patients, "patients"),
                ]
                .into_iter()
                .flatten()
                .collect();
                if !parts.is_empty() {
                    let parts = parts.join(" from ");
                    notes.push(match check.reference {
                        None => format!(
                            "About {parts} would decide it, were the estimate the truth."
                        ),
                        Some(_) => format!(
                            "About {parts} would decide it, were the estimate the truth and what it is compared with larger by the same factor."
                        ),
                    });
                }
            }
            None => notes.push(
                "No number of patients would decide it, were the estimate the truth.".to_owned(),
            ),
        }
    }
    if let (Verdict::Fail | Verdict::Inconclusive, Some(p), Some(adjusted)) =
        (check.verdict, check.p_fail, check.p_fail_adjusted)
    {
        notes.push(format!(
            "One-sided p {}; {} by {} over {}.",
            format::p_value(p),
            format::p_value(adjusted),
            words::adjustment(&check.adjustment),
            format::counted(check.family_size, "comparison", "comparisons"),
        ));
    }
    if notes.is_empty() {
        cell
    } else {
        cell.with_note(notes.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;
    use crate::gate::NeededCounts;

    /// The size of a group says little of a gap where the other arm stays as it is.
    #[test]
    fn the_other_arm_of_a_gap_is_not_forgotten() {
        let mut check = example::chest().checks[0].clone();
        check.verdict = Verdict::Inconclusive;
        check.n_needed = Some(NeededCounts {
            positives: Some(210),
            patients: Some(190),
            of: None,
        });
        let note = |check: &Check| why(check).note.unwrap();
        assert!(note(&check).contains("were the estimate the truth."));
        check.reference = Some("complement".to_owned());
        assert!(
            note(&check).contains("and what it is compared with larger by the same factor."),
            "{}",
            note(&check)
        );
    }
}
