//! Crossings of two attributes as maps: value and n in each cell.

use crate::assessment::{Estimate, EstimateStatus};

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{HeatCell, HeatMap, MOST_COLUMNS, MOST_ROWS, heat_map};
use super::super::index::Index;
use super::super::{format, names, words};
use super::block::{Block, Figure, Section};
use super::forests::value_text;
use super::strata::of_endpoint;

/// A cell of the crossing: its estimate and its two levels.
type Crossed<'a> = (&'a Estimate, &'a str, &'a str);

/// Adds the map of one crossing and metric, or says why there is none.
pub(super) fn into(
    index: &Index<'_>,
    section: &mut Section,
    (endpoint, crossing, metric): (&str, &str, &str),
) -> Result<(), ReportError> {
    let Some((first, second)) = crossing.split_once('*').filter(|(_, b)| !b.contains('*')) else {
        section.absent(format!(
            "No map of {} because more than two attributes are crossed; the table has every cell.",
            names::attribute(crossing)
        ));
        return Ok(());
    };
    let cells: Vec<Crossed<'_>> = index
        .result
        .estimates
        .iter()
        .filter(|e| e.endpoint == endpoint && e.attribute == crossing && e.metric == metric)
        .filter_map(|e| {
            let (a, b) = e.level.split_once('*')?;
            // A level that itself holds a star cannot be told apart.
            (!b.contains('*')).then_some((e, a, b))
        })
        .collect();
    let (mut rows, mut columns) = (
        levels(cells.iter().map(|c| c.1)),
        levels(cells.iter().map(|c| c.2)),
    );
    let turned = columns.len() > rows.len();
    let (mut across, mut down) = (second, first);
    if turned {
        std::mem::swap(&mut rows, &mut columns);
        std::mem::swap(&mut across, &mut down);
    }
    let name = format!(
        "{} by {}",
        words::metric(metric),
        names::attribute(crossing)
    );
    if columns.len() > MOST_COLUMNS {
        section.absent(format!(
            "{name}: no map because both attributes have more than {MOST_COLUMNS} levels; the table has every cell."
        ));
        return Ok(());
    }
    if !cells.iter().any(|(e, ..)| e.status == EstimateStatus::Ok) {
        section.absent(format!(
            "{name}: no map because no cell has a number; the table says why."
        ));
        return Ok(());
    }
    let range = range(&cells);
    let svgs = rows
        .chunks(MOST_ROWS)
        .enumerate()
        .map(|(part, rows)| {
            let drawn: Vec<HeatCell> = cells
                .iter()
                .filter_map(|&(e, a, b)| {
                    let (row, column) = if turned { (b, a) } else { (a, b) };
                    let at = (place(rows, row)?, place(&columns, column)?);
                    Some(cell(e, at))
                })
                .collect();
            let mut id = ["heat", metric, endpoint, crossing]
                .map(encode_part)
                .join(".");
            if part > 0 {
                id = format!("{id}.{}", part + 1);
            }
            let shown = |levels: &[&str]| -> Vec<String> {
                levels.iter().map(|level| names::level("", level)).collect()
            };
            heat_map(
                &index.words,
                &HeatMap {
                    id: &id,
                    title: &name,
                    description: &drawn
                        .iter()
                        .map(|c| c.title.as_str())
                        .collect::<Vec<_>>()
                        .join("; "),
                    attributes: (&names::attribute(down), &names::attribute(across)),
                    rows: &shown(rows),
                    columns: &shown(&columns),
                    cells: &drawn,
                    range,
                    ends: (&format::number(range.0, 2), &format::number(range.1, 2)),
                },
            )
        })
        .collect::<Result<Vec<String>, ReportError>>()?;
    section.blocks.extend(
        Figure::parts(
            &format!("{name}{}", of_endpoint(index, endpoint)),
            "Value and n of each cell; the stronger the colour, the higher. Limits stand in the table of the metric and in tables/estimates.csv.",
            svgs,
        )
        .into_iter()
        .map(Block::Figure),
    );
    Ok(())
}

/// Levels in order of their first appearance.
fn levels<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for level in all {
        if !found.contains(&level) {
            found.push(level);
        }
    }
    found
}

fn place(levels: &[&str], level: &str) -> Option<usize> {
    levels.iter().position(|one| *one == level)
}

/// Least and largest value, outwards to whole hundredths so that the legend says the ends.
fn range(cells: &[Crossed<'_>]) -> (f64, f64) {
    let values = cells
        .iter()
        .filter(|(e, ..)| e.status == EstimateStatus::Ok)
        .filter_map(|(e, ..)| e.estimate);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    (
        (low * 100.0 + 1e-9).floor() / 100.0,
        (high * 100.0 - 1e-9).ceil() / 100.0,
    )
}

fn cell(e: &Estimate, at: (usize, usize)) -> HeatCell {
    let value = e.estimate.filter(|_| e.status == EstimateStatus::Ok);
    let none = if e.status == EstimateStatus::Suppressed {
        format::WITHHELD
    } else {
        "none"
    };
    HeatCell {
        at,
        title: format!(
            "{}: {}, {} {}",
            names::group(&e.attribute, &e.level),
            value_text(e),
            format::count_shown(e.n_class),
            words::class_noun(&e.metric)
        ),
        value,
        text: value.map_or_else(
            || none.to_owned(),
            |v| format::number(v, format::decimals(&e.metric)),
        ),
        n: e.n_class
            .map_or_else(String::new, |n| format!("n {}", format::count(n))),
    }
}
