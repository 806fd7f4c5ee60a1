//! Two scores on the same cases: one table a pair of endpoints.

use crate::assessment::{EstimateStatus, PairedComparison};

use super::super::index::Index;
use super::super::{format, names, words};
use super::absent;
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::forests::missing_text;
use super::strata::strata;

/// Differences of two scores by group.
pub(super) fn section(index: &Index<'_>) -> Section {
    let mut section = Section::new("paired", "Two scores on the same cases");
    let all = &index.result.paired;
    if all.is_empty() {
        absent::of_binary(
            index,
            &mut section,
            "Not computed because no endpoint names another one to be compared with (endpoints.X.paired_with).",
        );
        return section;
    }
    section.say(
        "Both scores were read on the same cases, so that only the cases on which they disagree tell them apart. Differences are signed: \
         below zero, the first score does worse. Nothing here is gated.",
    );
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for one in all {
        let pair = (one.endpoint.as_str(), one.other_endpoint.as_str());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    for (first, second) in pairs {
        for metric in ["sensitivity", "specificity", "auroc"] {
            let found: Vec<&PairedComparison> = all
                .iter()
                .filter(|one| {
                    one.endpoint == first && one.other_endpoint == second && one.metric == metric
                })
                .collect();
            if !found.is_empty() {
                section
                    .blocks
                    .push(Block::Table(table(index, (first, second), metric, &found)));
            }
        }
    }
    section.note(
        "p is that of McNemar\u{2019}s mid-p test where every case is a patient of its own, and goes with the interval otherwise; it is not \
         adjusted for the number of groups.",
    );
    section
}

fn table(
    index: &Index<'_>,
    (first, second): (&str, &str),
    metric: &str,
    found: &[&PairedComparison],
) -> Table {
    let counts = metric != "auroc";
    let mut columns = vec![
        Column::group("Group"),
        Column::number(match metric {
            "sensitivity" => "Positives",
            "specificity" => "Negatives",
            _ => "Samples",
        }),
        Column::number(names::name(first)),
        Column::number(names::name(second)),
    ];
    if counts {
        columns.push(Column::number("Only first right"));
        columns.push(Column::number("Only second right"));
    }
    columns.extend([
        Column::number(format!(
            "Difference [{} interval]",
            format::percent(index.result.methods.confidence)
        )),
        Column::number("p"),
        Column::text("Method"),
    ]);
    let ordered = strata(
        found
            .iter()
            .map(|one| (one.attribute.as_str(), one.level.as_str())),
    );
    let rows = ordered
        .iter()
        .flat_map(|(attribute, levels)| levels.iter().map(move |level| (*attribute, *level)))
        .filter_map(|(attribute, level)| {
            found
                .iter()
                .find(|one| one.attribute == attribute && one.level == level)
        })
        .map(|one| row(index, one, counts))
        .collect();
    Table {
        caption: format!(
            "{}: {} minus {}",
            words::metric(metric),
            names::name(first),
            names::name(second)
        ),
        class: "comparisons",
        columns,
        rows,
        ..Table::default()
    }
}

fn row(index: &Index<'_>, one: &PairedComparison, counts: bool) -> Row {
    let dash = || "\u{2013}".to_owned();
    let value = |v: Option<f64>| v.map_or_else(dash, |v| format::number(v, 3));
    let count = |n: Option<u64>| n.map_or_else(dash, format::count);
    let cases = format::count_shown(one.n);
    let ok = one.status == EstimateStatus::Ok;
    let difference = match one.difference.filter(|_| ok) {
        Some(difference) => {
            let limits = format::signed_limits(one.lower, one.upper, 3)
                .map(|limits| format!(" {limits}"))
                .unwrap_or_default();
            Cell::new(format!("{}{limits}", format::signed(difference, 3)))
        }
        None => Cell::new(missing_text(one.status, one.reason.as_deref())).with_class("words"),
    };
    let mut cells = vec![
        Cell::new(names::group(&one.attribute, &one.level)),
        match one.n_clusters {
            Some(patients) => {
                Cell::new(count(one.n)).with_note(format::counted(patients, "patient", "patients"))
            }
            None => Cell::new(cases),
        },
        Cell::new(value(one.estimate)),
        Cell::new(value(one.other_estimate)),
    ];
    if counts {
        cells.push(Cell::new(count(one.first_only)));
        cells.push(Cell::new(count(one.second_only)));
    }
    cells.extend([
        difference,
        Cell::new(one.p.map_or_else(dash, format::p_value)),
        Cell::method(&one.method, index.result),
    ]);
    Row {
        id: Some(super::super::anchor::of_paired(one)),
        class: "",
        cells,
    }
}
