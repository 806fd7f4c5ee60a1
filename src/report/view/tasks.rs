//! Endpoints with a task: an overview by group, and what is drawn of each.

use crate::assessment::TaskCurves;
use crate::tasks::{Better, FigureMatrix, MetricText, TaskFigure, metric_text, task};

use super::super::anchor::{self, encode_part};
use super::super::error::ReportError;
use super::super::figures::{CurvePanel, curve};
use super::super::index::Index;
use super::super::result::TaskSummary;
use super::super::{format, words};
use super::Detail;
use super::block::{Block, Cell, Column, Figure, Panels, Row, Section, Table};
use super::forests::{missing_text, value_text};
use super::strata::{endpoints, of_estimates, rank, strata};

/// Metrics of several binary endpoints that stand side by side.
const SIDE_BY_SIDE: [&str; 3] = ["sensitivity", "specificity", "auroc"];

/// The section.
pub(super) fn section(index: &Index<'_>, detail: Detail) -> Result<Section, ReportError> {
    let mut section = Section::new("tasks", "Endpoints by group");
    let tasks = &index.result.methods.tasks;
    let binary = endpoints(index);
    if tasks.is_empty() && binary.len() < 2 {
        section.absent("Not shown because the only endpoint of this audit is binary; its groups stand in the sections above.");
        return Ok(section);
    }
    if binary.len() > 1 {
        section.say("Several binary endpoints side by side, one row for each group.");
        for metric in SIDE_BY_SIDE {
            let columns: Vec<(String, &str, &str)> = binary
                .iter()
                .map(|endpoint| ((*endpoint).to_owned(), *endpoint, metric))
                .collect();
            section.blocks.push(Block::Table(overview(
                index,
                format!("{} by endpoint", words::metric(metric)),
                &columns,
            )));
        }
    }
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
    section.heading(one.name.clone());
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
        .map(|metric| (heading(metric), one.name.as_str(), metric.as_str()))
        .collect();
    if !whole.is_empty() {
        section.blocks.push(Block::Table(overview(
            index,
            format!("{} by group", one.name),
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
                    own.unwrap_or(part).to_owned(),
                    part.as_str(),
                    metric.as_str(),
                )
            })
            .collect();
        if !columns.is_empty() {
            let mut table = overview(
                index,
                format!(
                    "{} of {} by part and group",
                    words::metric(metric),
                    one.name
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
    if curves.iter().any(|c| !c.figure.lines.is_empty()) {
        section.blocks.push(Block::Panels(panels(&curves)?));
    }
    for c in curves {
        if let Some(matrix) = &c.figure.matrix {
            section.blocks.push(Block::Table(of_matrix(c, matrix)));
        }
    }
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
fn heading(metric: &str) -> String {
    let direction = match metric_text(metric).map(|text: &MetricText| text.better) {
        Some(Better::Higher) => " \u{2191}",
        Some(Better::Lower) => " \u{2193}",
        _ => "",
    };
    format!("{}{direction}", words::metric(metric))
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
                Cell::new(words::group(attribute, level)),
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

/// Ends of an axis that holds all values.
fn axis(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    if low > high {
        return (0.0, 1.0);
    }
    let margin = if high > low { 0.05 * (high - low) } else { 0.5 };
    (low - margin, high + margin)
}

fn panels(curves: &[&TaskCurves]) -> Result<Vec<Panels>, ReportError> {
    let points = || {
        let lines = curves.iter().flat_map(|c| &c.figure.lines);
        lines.flat_map(|line| &line.points)
    };
    let (x, y) = (
        axis(points().map(|(x, _)| *x)),
        axis(points().map(|(_, y)| *y)),
    );
    let overall = curves
        .iter()
        .find(|c| c.attribute == "overall")
        .and_then(|c| c.figure.lines.first())
        .map_or(&[][..], |line| line.points.as_slice());
    let mut groups = Vec::new();
    for (attribute, levels) in strata(
        curves
            .iter()
            .map(|c| (c.attribute.as_str(), c.level.as_str())),
    ) {
        let mut figures = Vec::new();
        for level in levels {
            let found = curves
                .iter()
                .find(|c| c.attribute == attribute && c.level == level);
            let Some((c, line)) = found.and_then(|c| Some((c, c.figure.lines.first()?))) else {
                continue;
            };
            figures.push(panel(c, line, (x, y), overall)?);
        }
        if !figures.is_empty() {
            groups.push(Panels {
                heading: words::attribute(attribute),
                figures,
            });
        }
    }
    Ok(groups)
}

fn panel(
    c: &TaskCurves,
    line: &crate::tasks::FigureLine,
    (x, y): ((f64, f64), (f64, f64)),
    overall: &[(f64, f64)],
) -> Result<Figure, ReportError> {
    let TaskFigure {
        kind,
        x: label,
        y: vertical,
        ..
    } = &c.figure;
    let marks: Vec<((f64, f64), String)> = line
        .points
        .iter()
        .enumerate()
        .map(|(place, at)| {
            let n = line.n.get(place).map_or_else(String::new, |n| {
                format!(", {}", format::counted(*n, "sample", "samples"))
            });
            let title = format!(
                "{}: {} {}, {} {}{n}",
                line.name,
                label.to_lowercase(),
                format::number(at.0, 3),
                vertical.to_lowercase(),
                format::number(at.1, 3)
            );
            (*at, title)
        })
        .collect();
    let dashed = c
        .figure
        .lines
        .get(1)
        .map_or(&[][..], |line| line.points.as_slice());
    let id = format!(
        "{kind}.{}.{}.{}",
        encode_part(&c.endpoint),
        encode_part(&c.attribute),
        encode_part(&c.level)
    );
    let group = words::group(&c.attribute, &c.level);
    let title = format!("{} against {}, {group}", vertical, label.to_lowercase());
    let svg = curve(&CurvePanel {
        id: &id,
        title: &title,
        description: &format!("{} points; the grey line is the whole cohort.", marks.len()),
        label,
        x,
        y,
        curve: &line.points,
        band: &[],
        overall: if c.attribute == "overall" {
            &[]
        } else {
            overall
        },
        dashed,
        marks: &marks,
    })?;
    Ok(Figure {
        caption: words::level(&c.attribute, &c.level),
        note: Some(format!("{vertical}: {}", line.name.to_lowercase())),
        svg,
    })
}

fn of_matrix(c: &TaskCurves, matrix: &FigureMatrix) -> Table {
    let mut columns = vec![Column::group(c.figure.y.clone()), Column::number("Samples")];
    columns.extend(
        matrix
            .columns
            .iter()
            .map(|name| Column::number(name.clone())),
    );
    let rows = matrix
        .rows
        .iter()
        .zip(&matrix.counts)
        .map(|(name, counts)| {
            let all: u64 = counts.iter().sum();
            let mut cells = vec![Cell::new(name.clone()), Cell::new(format::count(all))];
            cells.extend(counts.iter().zip(&matrix.columns).map(|(n, column)| {
                let cell = Cell::new(format::count(*n));
                let cell = if column == name {
                    cell.with_class("strong")
                } else {
                    cell
                };
                if all > 0 {
                    cell.with_note(format::percent(*n as f64 / all as f64))
                } else {
                    cell
                }
            }));
            Row {
                cells,
                ..Row::default()
            }
        })
        .collect();
    Table {
        caption: format!(
            "{}: {} by {}, {}",
            c.endpoint,
            c.figure.y.to_lowercase(),
            c.figure.x.to_lowercase(),
            words::group(&c.attribute, &c.level)
        ),
        description: Some(format!(
            "Rows are {}, columns {}; shares are of the row.",
            c.figure.y.to_lowercase(),
            c.figure.x.to_lowercase()
        )),
        class: "metric",
        folded: Some(c.attribute == "overall"),
        columns,
        rows,
    }
}
