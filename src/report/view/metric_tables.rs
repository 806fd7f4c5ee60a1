//! Every metric in every stratum: one table a metric.

use crate::assessment::{Estimate, EstimateStatus};

use super::super::anchor;
use super::super::index::Index;
use super::super::{format, names, words};
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::forests::missing_text;
use super::strata::{all_endpoints, metrics, of_endpoint, of_estimates};
use super::units::metric_name;

/// Metrics whose table is open at first besides gated ones.
const OPEN: [&str; 3] = ["sensitivity", "specificity", "auroc"];

/// All estimates.
pub(super) fn section(index: &Index<'_>) -> Section {
    let result = index.result;
    let mut section = Section::new("metrics", "All metrics by group");
    if result.estimates.is_empty() {
        section.absent("Not computed because no sample had both a score and a truth.");
        return section;
    }
    section.say(format!(
        "Every number with its counts, its {} interval and the method behind it. \u{201c}Unreliable\u{201d} marks an effective n \
         below 30 or an interval wider than 0.30.",
        format::percent(result.methods.confidence)
    ));
    let strata = of_estimates(&result.estimates);
    for endpoint in all_endpoints(index) {
        for metric in metrics(result.estimates.iter().map(|e| e.metric.as_str())) {
            let found: Vec<&Estimate> = strata
                .iter()
                .flat_map(|(attribute, levels)| {
                    levels
                        .iter()
                        .filter_map(|level| index.estimate(endpoint, metric, attribute, level))
                })
                .collect();
            if found.is_empty() {
                continue;
            }
            let shown = Shown {
                events: found.iter().any(|e| e.denominator.is_some()),
                design_effect: found.iter().any(|e| e.design_effect.is_some()),
                if_calibrated: found.iter().any(|e| e.if_calibrated.is_some()),
                p: found.iter().any(|e| e.p.is_some()),
                notes: found.iter().any(|e| !e.flags.is_empty()),
            };
            let gated = result
                .checks
                .iter()
                .any(|c| c.metric == metric && c.endpoint == endpoint);
            section.blocks.push(Block::Table(Table {
                caption: format!(
                    "{}{}",
                    metric_name(index, endpoint, metric),
                    of_endpoint(index, endpoint)
                ),
                description: words::metric_definition(metric).map(str::to_owned),
                class: "metric",
                folded: Some(gated || OPEN.contains(&metric)),
                columns: columns(metric, index, shown),
                rows: found.into_iter().map(|e| row(e, index, shown)).collect(),
            }));
        }
    }
    section
}

/// Columns that only some metrics have.
#[derive(Clone, Copy)]
struct Shown {
    events: bool,
    design_effect: bool,
    if_calibrated: bool,
    p: bool,
    notes: bool,
}

fn columns(metric: &str, index: &Index<'_>, shown: Shown) -> Vec<Column> {
    let class = match words::class_noun(metric) {
        "positives" => "Positives",
        "negatives" => "Negatives",
        "called positive" => "Called positive",
        "called negative" => "Called negative",
        _ => "Used",
    };
    let mut columns = vec![
        Column::group("Group"),
        Column::number("Samples"),
        Column::number("Patients"),
        Column::number(class),
    ];
    if shown.events {
        columns.push(Column::number("Count"));
    }
    columns.push(Column::number("Estimate"));
    columns.push(Column::number(format!(
        "{} interval",
        format::percent(index.result.methods.confidence)
    )));
    if shown.design_effect {
        columns.push(Column::number("Design effect"));
    }
    if shown.if_calibrated {
        columns.push(Column::number("If calibrated: mean (95% below)"));
        columns.push(Column::number("p"));
    }
    if shown.p {
        columns.push(Column::number("p"));
    }
    columns.push(Column::text("Method"));
    if shown.notes {
        columns.push(Column::text("Notes"));
    }
    columns
}

fn row(e: &Estimate, index: &Index<'_>, shown: Shown) -> Row {
    let digits = format::decimals(&e.metric);
    let dash = || "\u{2013}".to_owned();
    let (value, limits) = match (e.status, e.estimate) {
        (EstimateStatus::Ok, Some(v)) => (
            Cell::new(format::number(v, digits)).with_class("strong"),
            match (format::limits(e.lower, e.upper, digits), &e.reason) {
                (Some(limits), _) => Cell::new(limits),
                (None, Some(why)) => Cell::new("no interval").with_note(why.clone()),
                (None, None) => Cell::new("no interval"),
            },
        ),
        _ => (
            Cell::new(missing_text(e.status, None)).with_class("words"),
            Cell::new(e.reason.clone().unwrap_or_else(dash)).with_class("words"),
        ),
    };
    let events = match (e.numerator, e.denominator) {
        (Some(k), Some(n)) => format!("{}/{}", format::count(k), format::count(n)),
        _ => dash(),
    };
    let flags: Vec<&str> = e.flags.iter().map(|f| words::flag(*f).0).collect();
    let mut cells = vec![
        Cell::new(names::group(&e.attribute, &e.level)),
        Cell::new(format::count_shown(e.n)),
        Cell::new(format::count_shown(e.n_patients)),
        Cell::new(format::count_shown(e.n_class)),
    ];
    if shown.events {
        cells.push(Cell::new(events));
    }
    cells.extend([value, limits]);
    if shown.design_effect {
        cells.push(Cell::new(
            e.design_effect.map_or_else(dash, |d| format::number(d, 2)),
        ));
    }
    if shown.if_calibrated {
        let null = e.if_calibrated.as_ref();
        let number = |value: f64| format::number(value, digits);
        cells.push(Cell::new(null.map_or_else(dash, |null| {
            format!("{} ({})", number(null.expected), number(null.upper_95))
        })));
        cells.push(Cell::new(
            null.map_or_else(dash, |null| format::p_value(null.p)),
        ));
    }
    if shown.p {
        cells.push(Cell::new(e.p.map_or_else(dash, format::p_value)));
    }
    cells.push(Cell::method(&e.method, index.result));
    if shown.notes {
        cells.push(Cell::new(flags.join(", ")));
    }
    Row {
        id: Some(anchor::of_estimate(e)),
        ..Row::of_group(&e.attribute, cells)
    }
}
