//! Endpoints with a task: an overview by group, and what is drawn of each.

use crate::assessment::TaskCurves;
use crate::tasks::{Better, MetricText, metric_text, task};

use super::super::anchor;
use super::super::error::ReportError;
use super::super::index::Index;
use super::super::result::TaskSummary;
use super::super::{format, names, words};
use super::Detail;
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::forests::{missing_text, value_text};
use super::side_by_side;
use super::strata::{endpoints, of_estimates, rank};
use super::task_curves;
use super::units::metric_name;

/// The section.
pub(super) fn section(index: &Index<'_>, detail: Detail) -> Result<Section, ReportError> {
    let mut section = Section::new("tasks", "Endpoints by group");
    let tasks = &index.result.methods.tasks;
    let binary = endpoints(index);
    if tasks.is_empty() && binary.len() < 2 {
        section.absent("Not shown because the only endpoint of this audit is binary; its groups stand in the sections above.");
        return Ok(section);
    }
    side_by_side::add(index, &mut section);
    for one in tasks {
        of_task(index, one, detail, &mut section)?;
    }
    Ok(section)
}

fn of_task(
    index: &Index<'_>,
    one: &TaskSummary,
    detail: Detail,
    section: &mut Section,
) -> Result<(), ReportError> {
    section.heading(names::name(&one.name));
    if let Some(spec) = task(&one.task) {
        section.say(spec.about);
    }
    let measured = |endpoint: &str, metric: &str| {
        let mut rows = index.result.estimates.iter();
        rows.any(|e| e.endpoint == endpoint && e.metric == metric)
    };
    let whole: Vec<(String, &str, &str)> = one
        .metrics
        .iter()
        .filter(|metric| measured(&one.name, metric))
        .map(|metric| {
            (
                heading(index, &one.name, metric),
                one.name.as_str(),
                metric.as_str(),
            )
        })
        .collect();
    if !whole.is_empty() {
        section.blocks.push(Block::Table(overview(
            index,
            format!("All of {} by group", names::name(&one.name)),
            &whole,
        )));
    }
    let parts: Vec<&String> = one.parts.iter().filter(|part| **part != one.name).collect();
    for metric in &one.metrics {
        let columns: Vec<(String, &str, &str)> = parts
            .iter()
            .filter(|part| measured(part, metric))
            .map(|part| {
                let own = part.strip_prefix(one.name.as_str());
                let own = own.and_then(|rest| rest.strip_prefix(':'));
                (
                    names::name(own.unwrap_or(part)),
                    part.as_str(),
                    metric.as_str(),
                )
            })
            .collect();
        if !columns.is_empty() {
            let mut table = overview(
                index,
                format!(
                    "{} \u{b7} {}, part by part",
                    words::metric(metric),
                    names::name(&one.name)
                ),
                &columns,
            );
            table.description = words::metric_definition(metric).map(str::to_owned);
            section.blocks.push(Block::Table(table));
        }
    }
    let curves: Vec<&TaskCurves> = index
        .result
        .task_curves
        .iter()
        .filter(|c| c.endpoint == one.name && is_shown(&c.attribute, detail))
        .collect();
    task_curves::add(&index.words, &curves, section)?;
    Ok(())
}

fn is_shown(attribute: &str, detail: Detail) -> bool {
    match detail {
        Detail::All => true,
        Detail::NoCrossings => rank(attribute) < 2,
        Detail::OverallOnly => rank(attribute) == 0,
    }
}

/// The metric with the end that is good.
fn heading(index: &Index<'_>, endpoint: &str, metric: &str) -> String {
    let direction = match metric_text(metric).map(|text: &MetricText| text.better) {
        Some(Better::Higher) => " \u{2191}",
        Some(Better::Lower) => " \u{2193}",
        _ => "",
    };
    format!("{}{direction}", metric_name(index, endpoint, metric))
}

/// One row a group, one column for each (heading, endpoint, metric).
fn overview(index: &Index<'_>, caption: String, columns: &[(String, &str, &str)]) -> Table {
    let mut rows = Vec::new();
    for (attribute, levels) in of_estimates(&index.result.estimates) {
        for level in levels {
            let found: Vec<_> = columns
                .iter()
                .map(|(_, endpoint, metric)| index.estimate(endpoint, metric, attribute, level))
                .collect();
            let Some(first) = found.iter().flatten().next() else {
                continue;
            };
            let mut cells = vec![
                Cell::new(names::group(attribute, level)),
                Cell::new(format::count_shown(first.n)),
                Cell::new(format::count_shown(first.n_patients)),
            ];
            cells.extend(found.iter().map(|e| {
                match e {
                    None => Cell::new("\u{2013}"),
                    Some(e) if e.estimate.is_some() => {
                        Cell::new(value_text(e)).with_href(anchor::of_estimate(e))
                    }
                    // Why stands in the table of the metric.
                    Some(e) => Cell::new(missing_text(e.status, None))
                        .with_class("words")
                        .with_href(anchor::of_estimate(e)),
                }
            }));
            rows.push(Row::of_group(attribute, cells));
        }
    }
    let mut heads = vec![
        Column::group("Group"),
        Column::number("Samples"),
        Column::number("Patients"),
    ];
    heads.extend(
        columns
            .iter()
            .map(|(name, _, _)| Column::number(name.clone())),
    );
    Table {
        caption,
        class: "metric",
        columns: heads,
        rows,
        ..Table::default()
    }
}
