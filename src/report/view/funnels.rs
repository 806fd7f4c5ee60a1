//! Funnels: levels of attributes without an order (sites, devices) by size.

use crate::assessment::{EstimateStatus, Funnel};

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{FunnelPlot, funnel};
use super::super::index::Index;
use super::super::language::Translator;
use super::super::{format, names, words};
use super::absent;
use super::block::{Block, Cell, Column, Figure, Row, Section, Table};
use super::forests::missing_text;
use super::numbers::value;
use super::strata::of_endpoint;

/// One figure and one table for each attribute and metric.
pub(super) fn section(index: &Index<'_>) -> Result<Section, ReportError> {
    let mut section = Section::new("funnels", "Sites and their size");
    let all = &index.result.funnels;
    if all.is_empty() {
        absent::of_binary(
            index,
            &mut section,
            "Not computed because no attribute without an order (site, device) has four known levels or more.",
        );
        return Ok(section);
    }
    section.say(
        "Small sites scatter more than large ones. The funnel shows where a site of each size lies by chance alone if all have the value of \
         all together. One of twenty lies outside the 95% limits by chance, one of five hundred outside the 99.8% limits; nothing is gated on them, \
         and that sites may truly differ by more than chance is not taken into account.",
    );
    for one in all {
        let name = format!(
            "{} by {}{}",
            words::metric(&one.metric),
            names::attribute(&one.attribute),
            of_endpoint(index, &one.endpoint)
        );
        match (one.status, one.target) {
            (EstimateStatus::Ok, Some(target)) => {
                section
                    .blocks
                    .push(Block::Figure(figure(&index.words, one, &name, target)?));
                section.blocks.push(Block::Table(table(index, one, &name)));
            }
            _ => section.absent(format!(
                "{name}: {}.",
                missing_text(one.status, one.reason.as_deref()).trim_end_matches('.')
            )),
        }
    }
    Ok(section)
}

fn place(outside: &str) -> &'static str {
    match outside {
        "99.8" => "outside the 99.8% limits",
        "95" => "outside the 95% limits, inside the 99.8% limits",
        _ => "inside the 95% limits",
    }
}

fn figure(
    translator: &Translator,
    one: &Funnel,
    name: &str,
    target: f64,
) -> Result<Figure, ReportError> {
    let points: Vec<_> = one
        .points
        .iter()
        .map(|point| {
            let title = format!(
                "{}: {}, effective n {}, {}",
                names::group(&one.attribute, &point.level),
                format::number(point.estimate, 3),
                format::plain(point.n_effective, 1),
                place(&point.outside)
            );
            (point, title)
        })
        .collect();
    let count = |outside: &str| one.points.iter().filter(|p| p.outside == outside).count() as u64;
    let id = ["funnel", &one.metric, &one.endpoint, &one.attribute];
    Ok(Figure {
        table: None,
        caption: format!("{name}, by size"),
        note: Some("The numbers stand in the table below and in tables/funnels.csv.".to_owned()),
        svg: funnel(
            translator,
            &FunnelPlot {
                id: &id.map(encode_part).join("."),
                title: &format!("Funnel plot: {name}"),
                description: &format!(
                    "{} around {}: {} inside the 95% limits, {} outside them and inside the 99.8% limits, {} outside the 99.8% limits.",
                    format::counted(one.points.len() as u64, "level", "levels"),
                    format::number(target, 3),
                    count("none"),
                    count("95"),
                    count("99.8"),
                ),
                metric: words::metric(&one.metric),
                target,
                points: &points,
                limits: &one.limits,
            },
        )?,
    })
}

fn table(index: &Index<'_>, one: &Funnel, name: &str) -> Table {
    let class = words::sentence(words::class_noun(&one.metric));
    let rows = one
        .points
        .iter()
        .map(|point| Row {
            id: None,
            class: "",
            cells: vec![
                Cell::new(names::level(&one.attribute, &point.level)),
                Cell::new(format::count(point.n_class)),
                Cell::new(format::plain(point.n_effective, 1)),
                Cell::new(format::number(point.estimate, 3)),
                Cell::new(place(&point.outside)),
                Cell::method(&one.method, index.result),
            ],
        })
        .collect();
    Table {
        caption: format!("{name}: place in the funnel"),
        description: Some(format!("All together: {}.", value(one.target))),
        class: "metric",
        folded: Some(false),
        columns: vec![
            Column::group("Level"),
            Column::number(class.trim_end_matches('.')),
            Column::number("Effective n"),
            Column::number("Estimate"),
            Column::text("Place"),
            Column::text("Method"),
        ],
        rows,
    }
}
