//! Crossings of attributes: every cell raw and partially pooled.

use crate::assessment::{EstimateStatus, Pooled};

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{self, IntervalRow, Mark, forest};
use super::super::index::Index;
use super::super::{format, names, words};
use super::block::{Block, Cell, Column, Figure, Row, Section, Table};
use super::drawn::Drawn;
use super::forests::{is_share, missing_text, value_text};
use super::heat_maps;
use super::numbers::{value, value_cell};
use super::strata::{endpoints, metrics, of_endpoint, of_estimates, rank};

/// Cells of one crossing that are drawn; beyond this the table alone serves.
const MOST_DRAWN: usize = 24;

/// One figure and one table for each crossing and metric.
pub(super) fn section(index: &Index<'_>) -> Result<Section, ReportError> {
    let mut section = Section::new("intersections", "Intersections");
    let all = &index.result.pooled;
    let crossed = crossings(index);
    if crossed.is_empty() {
        section.absent(
            "Not computed because the audit file names no crossing of attributes (strata.intersections).",
        );
        return Ok(section);
    }
    if all.is_empty() {
        of_tasks(index, &crossed, &mut section)?;
        return Ok(section);
    }
    section.say(
        "Cells of a crossing are small, and the worst of many small cells looks bad by chance. The pooled value draws each cell towards the \
         crossing's mean, the more so the fewer samples it has and the less the cells differ. Verdicts use raw intervals only: pooling \
         borrows from other groups, and a group must be judged by its own patients. Limits of pooled values take the fitted mean and spread of \
         the crossing as known: they leave out the error of that fit and are too narrow, most of all where the fit finds no spread, so that \
         every cell has the same value and limits. In simulated crossings of 4 to 16 cells, 95% limits hold the truth in about 80% to 90%.",
    );
    for endpoint in endpoints(index) {
        let mut crossings: Vec<&str> = Vec::new();
        for one in all.iter().filter(|one| one.endpoint == endpoint) {
            if !crossings.contains(&one.attribute.as_str()) {
                crossings.push(&one.attribute);
            }
        }
        for crossing in crossings {
            for metric in metrics(all.iter().map(|one| one.metric.as_str())) {
                let found: Vec<&Pooled> = all
                    .iter()
                    .filter(|one| {
                        (
                            one.endpoint.as_str(),
                            one.attribute.as_str(),
                            one.metric.as_str(),
                        ) == (endpoint, crossing, metric)
                    })
                    .collect();
                let Some(first) = found.first() else { continue };
                heat_maps::into(index, &mut section, (endpoint, crossing, metric))?;
                if found.len() <= MOST_DRAWN && first.status == EstimateStatus::Ok {
                    section
                        .blocks
                        .extend(figure(index, first, &found)?.into_iter().map(Block::Figure));
                }
                let table = table(index, first, &found);
                section.blocks.push(Block::Table(table));
            }
        }
    }
    of_tasks(index, &crossed, &mut section)?;
    Ok(section)
}

/// Crossings that have estimates.
fn crossings<'a>(index: &Index<'a>) -> Vec<&'a str> {
    let all = of_estimates(&index.result.estimates).into_iter();
    all.map(|(attribute, _)| attribute)
        .filter(|attribute| rank(attribute) == 2)
        .collect()
}

/// Maps of what endpoints with a task are measured by, where it is a share. Their cells are not pooled:
/// most are no counts of samples.
fn of_tasks(index: &Index<'_>, crossed: &[&str], section: &mut Section) -> Result<(), ReportError> {
    for task in &index.result.methods.tasks {
        let drawn = Drawn::of(index, task, true);
        let shares: Vec<_> = drawn
            .shown
            .into_iter()
            .filter(|(_, metric)| is_share(metric))
            .collect();
        section.heading(names::name(&task.name));
        if shares.is_empty() {
            section.absent("No map because no metric of this endpoint that has limits is a share.");
            continue;
        }
        section.say("Cells as they are, not pooled.");
        for (endpoint, metric) in shares {
            for crossing in crossed {
                heat_maps::into(index, section, (endpoint, crossing, metric))?;
            }
        }
    }
    Ok(())
}

fn name(index: &Index<'_>, one: &Pooled) -> String {
    format!(
        "{} by {}{}",
        words::metric(&one.metric),
        names::attribute(&one.attribute),
        of_endpoint(index, &one.endpoint)
    )
}

fn figure(
    index: &Index<'_>,
    first: &Pooled,
    found: &[&Pooled],
) -> Result<Vec<Figure>, ReportError> {
    let mut rows = Vec::new();
    for one in found {
        let group = names::level(&one.attribute, &one.level);
        rows.push(figures::Row::Heading(group.clone()));
        let raw = index
            .estimate(&one.endpoint, &one.metric, &one.attribute, &one.level)
            .filter(|e| e.status == EstimateStatus::Ok);
        let raw_text = raw.map_or_else(|| "not estimable".to_owned(), value_text);
        let pooled_text = format!(
            "{} {}",
            value(one.estimate),
            format::limits(one.lower, one.upper, 3).unwrap_or_default()
        );
        let raw_value = raw.and_then(|e| Some((e.estimate?, e.lower, e.upper)));
        let pooled_value = one.estimate.map(|v| (v, one.lower, one.upper));
        for (label, text, value) in [
            ("raw", raw_text, raw_value),
            ("pooled", pooled_text, pooled_value),
        ] {
            rows.push(figures::Row::Group(IntervalRow {
                label: label.to_owned(),
                title: format!("{group}, {label}: {text}"),
                value,
                n: one.n_class,
                patients: None,
                text,
                mark: Mark::Plain,
                bound: None,
                overall: false,
            }));
        }
    }
    let name = name(index, first);
    let id = [&first.metric, &first.endpoint, &first.attribute].map(|part| encode_part(part));
    let level = format::percent(index.result.methods.confidence);
    let svgs = forest(
        &index.words,
        &format!("pooled.{}", id.join(".")),
        &name,
        words::class_noun(&first.metric),
        &format!("Estimate [{level} interval]"),
        true,
        rows,
    )?;
    Ok(Figure::parts(
        &format!("{name}, raw and partially pooled"),
        "The numbers stand in the table below and in tables/pooled.csv.",
        svgs,
    ))
}

fn table(index: &Index<'_>, first: &Pooled, found: &[&Pooled]) -> Table {
    let row = |one: &&Pooled| {
        let raw = index.estimate(&one.endpoint, &one.metric, &one.attribute, &one.level);
        let pooled = if one.status == EstimateStatus::Ok {
            value_cell(one.estimate, one.lower, one.upper).with_class("strong")
        } else {
            Cell::new(missing_text(one.status, one.reason.as_deref())).with_class("words")
        };
        Row {
            id: None,
            class: "",
            cells: vec![
                Cell::new(names::level(&one.attribute, &one.level)),
                Cell::new(format::count_shown(one.n_class)),
                value_cell(
                    one.raw_estimate,
                    raw.and_then(|e| e.lower),
                    raw.and_then(|e| e.upper),
                ),
                pooled,
                Cell::method(&one.method, index.result),
            ],
        }
    };
    let described = match (first.mean, first.prior_size) {
        (Some(mean), Some(size)) => Some(format!(
            "Common mean {}, which weighs as much as {} samples in each cell.",
            format::number(mean, 3),
            format::plain(size, 1)
        )),
        (Some(mean), None) => Some(format!(
            "The cells vary no more than by chance, so that all have one pooled value with one interval. The share in all cells together is {}; \
             where it is 0 or 1, the pooled value, the mean of a posterior, lies a little inside.",
            format::number(mean, 3)
        )),
        _ => None,
    };
    let class = words::sentence(words::class_noun(&first.metric));
    Table {
        caption: format!("{}, raw and partially pooled", name(index, first)),
        description: described,
        class: "metric",
        columns: vec![
            Column::group("Group"),
            Column::number(class.trim_end_matches('.')),
            Column::number("Raw"),
            Column::number("Pooled"),
            Column::text("Method"),
        ],
        rows: found.iter().map(row).collect(),
        ..Table::default()
    }
}
