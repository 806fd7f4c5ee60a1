//! Differences between groups: a figure with the margin and a table for each metric.

use crate::assessment::{Comparison, EstimateStatus};
use crate::gate::Verdict;
use crate::tasks::{Better, metric_text};

use super::super::anchor::{self, encode_part};
use super::super::error::ReportError;
use super::super::figures::{self, IntervalRow, Mark};

use super::super::index::Index;
use super::super::{format, names, words};
use super::absent;
use super::block::{Block, Cell, Column, Figure, Row, Section, Table};
use super::forests::is_share;
use super::forests::missing_text;
use super::strata::{all_endpoints, metrics, of_endpoint, strata};
use super::units::metric_name;

/// Gaps by metric.
pub(super) fn section(index: &Index<'_>) -> Result<Section, ReportError> {
    let result = index.result;
    let mut section = Section::new("gaps", "Differences between groups");
    if result.comparisons.is_empty() {
        section.absent(if absent::has_groups(index) {
            "Not computed because no metric of this audit is compared between groups."
        } else {
            "Not computed because no attribute with at least two levels was declared."
        });
        return Ok(section);
    }
    section.say(
        "Each group is set against everyone else whose value is known, or against its declared reference level, never against \
         the whole cohort that contains it. Differences are signed: below zero, the group does worse. An interval that holds \
         zero does not show that the groups are alike; the smallest difference that would have shown stands beside it.",
    );
    if !result.methods.tasks.is_empty() {
        section.say("Of errors and distances less is better: above zero, the group does worse. Each table says so.");
    }
    for endpoint in all_endpoints(index) {
        for metric in metrics(result.comparisons.iter().map(|c| c.metric.as_str())) {
            let found: Vec<&Comparison> = result
                .comparisons
                .iter()
                .filter(|c| c.endpoint == endpoint && c.metric == metric)
                .collect();
            if found.is_empty() {
                continue;
            }
            if found
                .iter()
                .any(|c| c.status == EstimateStatus::Ok && c.difference.is_some())
                && !endpoint.contains(':')
            {
                section.blocks.extend(
                    figures_of(index, endpoint, metric, &found)?
                        .into_iter()
                        .map(Block::Figure),
                );
            }
            if !endpoint.contains(':') {
                section
                    .blocks
                    .extend(detectable(index, endpoint, metric, &found)?);
            }
            section
                .blocks
                .push(Block::Table(table(index, endpoint, metric, &found)));
        }
    }
    tests(index, &mut section);
    super::spread::into(index, &mut section);
    Ok(section)
}

fn figures_of(
    index: &Index<'_>,
    endpoint: &str,
    metric: &str,
    found: &[&Comparison],
) -> Result<Vec<Figure>, ReportError> {
    let mut rows = Vec::new();
    for (attribute, levels) in strata(
        found
            .iter()
            .map(|c| (c.attribute.as_str(), c.level.as_str())),
    ) {
        rows.push(figures::Row::Heading(names::attribute(attribute)));
        for level in levels {
            let of_level = found
                .iter()
                .filter(|c| c.attribute == attribute && c.level == level);
            rows.extend(of_level.map(|c| figures::Row::Group(row(index, c))));
        }
    }
    let name = format!(
        "{}{}",
        metric_name(index, endpoint, metric),
        of_endpoint(index, endpoint)
    );
    let id = format!("gaps.{}.{}", encode_part(metric), encode_part(endpoint));
    let heading = format!(
        "Difference [{} interval]",
        format::percent(index.result.methods.confidence)
    );
    let svgs = figures::gaps(&index.words, &id, &name, &heading, is_share(metric), rows)?;
    let note = "The numbers stand in the table below and in tables/comparisons.csv.";
    Ok(Figure::parts(
        &format!("{name}: group minus reference"),
        note,
        svgs,
    ))
}

/// Bars of the smallest differences that would have shown, where any is known.
fn detectable(
    index: &Index<'_>,
    endpoint: &str,
    metric: &str,
    found: &[&Comparison],
) -> Result<Vec<Block>, ReportError> {
    let known = |c: &&&Comparison| c.minimum_detectable.is_some() && c.reference == "complement";
    if !found.iter().any(|c| known(&c)) {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    let mut heading = "";
    for c in found.iter().filter(known) {
        if c.attribute != heading {
            heading = &c.attribute;
            rows.push(figures::Row::Heading(names::attribute(heading)));
        }
        rows.push(figures::Row::Group(detectable_row(index, c)));
    }
    let name = format!(
        "{}{}",
        metric_name(index, endpoint, metric),
        of_endpoint(index, endpoint)
    );
    let id = format!(
        "detectable.{}.{}",
        encode_part(metric),
        encode_part(endpoint)
    );
    let svgs = figures::detectable(&index.words, &id, &name, rows)?;
    let note = "Differences from everyone else smaller than the bar would be missed in more than one of five such cohorts. The numbers \
                stand in the table below and in tables/comparisons.csv.";
    let figures = Figure::parts(
        &format!("{name}: smallest difference that would have shown"),
        note,
        svgs,
    );
    Ok(figures.into_iter().map(Block::Figure).collect())
}

fn detectable_row(index: &Index<'_>, c: &Comparison) -> IntervalRow {
    let margin = index
        .check(
            &c.endpoint,
            &c.metric,
            &c.attribute,
            &c.level,
            Some(&c.reference),
        )
        .map(|check| check.bound.abs());
    let least = c.minimum_detectable.unwrap_or_default();
    let long = margin.is_some_and(|margin| least > margin);
    let n = index
        .estimate(&c.endpoint, &c.metric, &c.attribute, &c.level)
        .and_then(|e| e.n_class);
    let text = format::number(least, 3);
    let against = margin.map_or_else(String::new, |margin| {
        let side = if long { "longer than" } else { "within" };
        format!(
            ", {side} the margin of {}",
            format::bound(margin, &c.metric)
        )
    });
    IntervalRow {
        label: names::level(&c.attribute, &c.level),
        title: format!("{}: {text}{against}", names::group(&c.attribute, &c.level)),
        value: Some((least, None, None)),
        n,
        patients: None,
        text,
        mark: if long { Mark::LongBar } else { Mark::Bar },
        bound: margin,
        overall: false,
    }
}

fn row(index: &Index<'_>, c: &Comparison) -> IntervalRow {
    let check = index.check(
        &c.endpoint,
        &c.metric,
        &c.attribute,
        &c.level,
        Some(&c.reference),
    );
    let n = index
        .estimate(&c.endpoint, &c.metric, &c.attribute, &c.level)
        .and_then(|e| e.n_class);
    let text = difference_text(c);
    IntervalRow {
        label: label(c),
        title: format!(
            "{} minus {}: {text}",
            names::group(&c.attribute, &c.level),
            names::reference(&c.attribute, &c.reference)
        ),
        value: c
            .difference
            .filter(|_| c.status == EstimateStatus::Ok)
            .map(|d| (d, c.lower, c.upper)),
        n,
        patients: None,
        text,
        mark: match check.map(|k| k.verdict) {
            Some(Verdict::Pass) => Mark::Pass,
            Some(Verdict::Fail) => Mark::Fail,
            Some(Verdict::Inconclusive) => Mark::Inconclusive,
            _ => Mark::Plain,
        },
        bound: check.map(|k| k.bound),
        overall: false,
    }
}

fn label(c: &Comparison) -> String {
    let level = names::level(&c.attribute, &c.level);
    if c.reference == "complement" {
        level
    } else {
        format!(
            "{level} against {}",
            names::level(&c.attribute, &c.reference)
        )
    }
}

fn difference_text(c: &Comparison) -> String {
    match (c.status, c.difference) {
        (EstimateStatus::Ok, Some(d)) => {
            let limits = format::signed_limits(c.lower, c.upper, 3)
                .map(|l| format!(" {l}"))
                .unwrap_or_default();
            format!("{}{limits}", format::signed(d, 3))
        }
        _ => missing_text(c.status, c.reason.as_deref()),
    }
}

/// `Holm, of 3`, and why where it is not what was asked for.
fn adjustment_text(by: &str, family_size: u64, note: Option<&str>) -> String {
    let plain = format!("{}, of {family_size}", words::adjustment(by));
    note.map_or_else(|| plain.clone(), |note| format!("{plain} ({note})"))
}

fn table(index: &Index<'_>, endpoint: &str, metric: &str, found: &[&Comparison]) -> Table {
    let value = |v: Option<f64>| v.map_or_else(|| "\u{2013}".to_owned(), |v| format::number(v, 3));
    let ratios = found.iter().any(|c| c.ratio.is_some());
    let mut rows: Vec<Row> = found
        .iter()
        .map(|c| {
            let ok = c.status == EstimateStatus::Ok && c.difference.is_some();
            let p = |p: Option<f64>| p.map_or_else(|| "\u{2013}".to_owned(), format::p_value);
            let shared = c
                .n_shared_patients
                .filter(|n| *n > 0)
                .map(|n| format!("{} in both", format::counted(n, "patient", "patients")));
            let method = Cell::method(&c.method, index.result);
            let adjusted = Cell::new(p(c.p_adjusted));
            Row {
                id: Some(anchor::of_comparison(c)),
                class: "",
                cells: vec![
                    Cell::new(names::group(&c.attribute, &c.level)),
                    Cell::new(names::reference(&c.attribute, &c.reference)),
                    Cell::new(value(c.estimate)),
                    Cell::new(value(c.reference_estimate)),
                    Cell::new(difference_text(c)).with_class(if ok { "" } else { "words" }),
                    Cell::new(p(c.p)),
                    if c.p_adjusted.is_some() {
                        adjusted.with_note(adjustment_text(
                            &c.adjustment,
                            c.family_size,
                            c.adjustment_note.as_deref(),
                        ))
                    } else {
                        adjusted
                    },
                    Cell::new(value(c.minimum_detectable)),
                    match shared {
                        Some(shared) => method.with_note(shared),
                        None => method,
                    },
                ],
            }
        })
        .collect();
    let mut columns = vec![
        Column::group("Group"),
        Column::group("Against"),
        Column::number("In group"),
        Column::number("In reference"),
        Column::number(format!(
            "Difference [{} interval]",
            format::percent(index.result.methods.confidence)
        )),
        Column::number("p"),
        Column::number("p, adjusted"),
        Column::number("Detectable"),
        Column::text("Method"),
    ];
    if ratios {
        columns.insert(RATIO, Column::number("Ratio"));
        for (row, c) in rows.iter_mut().zip(found) {
            row.cells.insert(RATIO, ratio(c));
        }
    }
    Table {
        caption: format!(
            "{}{}: differences",
            metric_name(index, endpoint, metric),
            of_endpoint(index, endpoint)
        ),
        class: "comparisons",
        description: worse_side(metric).map(str::to_owned),
        columns,
        rows,
        ..Table::default()
    }
}

/// On which side of zero a group does worse, where it is not below.
fn worse_side(metric: &str) -> Option<&'static str> {
    match metric_text(metric)?.better {
        Better::Higher => None,
        Better::Lower => Some("Less is better: above zero, the group does worse."),
        Better::Near(_) => Some(
            "Neither side is better by itself: the group with the estimate nearer to its ideal does better.",
        ),
        Better::Neither => Some("Neither side is better."),
    }
}

/// The difference as a ratio.
fn ratio(c: &Comparison) -> Cell {
    match &c.ratio {
        Some(ratio) => Cell::new(format::number(ratio.estimate, 2))
            .with_note(format::limits(Some(ratio.lower), Some(ratio.upper), 2).unwrap_or_default()),
        None => Cell::new("\u{2013}"),
    }
}

/// Place of the ratio among the columns, behind the difference.
const RATIO: usize = 5;

fn tests(index: &Index<'_>, section: &mut Section) {
    section.heading("Heterogeneity over all levels of an attribute");
    if index.result.tests.is_empty() {
        section.absent(
            "Not computed because no attribute has a metric that could be tested over its levels.",
        );
        return;
    }
    let number = |v: Option<f64>| v.map_or_else(|| "\u{2013}".to_owned(), |v| format::number(v, 2));
    let several = index.several_endpoints();
    let rows = index
        .result
        .tests
        .iter()
        .map(|t| {
            let basis = match (t.df, t.permutations) {
                (Some(df), _) => format!("{} degrees of freedom", format::plain(df, 0)),
                (None, Some(n)) => format!("{} permutations", format::count(n)),
                (None, None) => "\u{2013}".to_owned(),
            };
            let p = match t.p {
                Some(p) if t.status == EstimateStatus::Ok => format::p_value(p),
                _ => missing_text(t.status, t.reason.as_deref()),
            };
            let mut cells = vec![Cell::new(names::attribute(&t.attribute))];
            if several {
                cells.push(Cell::new(names::name(&t.endpoint)));
            }
            cells.extend([
                Cell::new(words::metric(&t.metric)),
                Cell::new(format::count(t.levels.len() as u64)),
                Cell::new(number(t.statistic)),
                Cell::new(basis),
                Cell::new(p).with_class(if t.p.is_some() { "" } else { "words" }),
                match t.p_adjusted {
                    Some(p) => Cell::new(format::p_value(p)).with_note(adjustment_text(
                        &t.adjustment,
                        t.family_size,
                        None,
                    )),
                    None => Cell::new("\u{2013}"),
                },
                Cell::method(&t.method, index.result),
            ]);
            Row {
                id: None,
                class: "",
                cells,
            }
        })
        .collect();
    let mut columns = vec![Column::text("Attribute")];
    if several {
        columns.push(Column::text("Endpoint"));
    }
    columns.extend([
        Column::text("Metric"),
        Column::number("Levels"),
        Column::number("Statistic"),
        Column::text("Reference distribution"),
        Column::number("p"),
        Column::number("p, adjusted"),
        Column::text("Method"),
    ]);
    section.blocks.push(Block::Table(Table {
        caption: "Does the metric differ between any levels?".to_owned(),
        class: "tests",
        columns,
        rows,
        ..Table::default()
    }));
    section.note("A large p does not show that groups are alike.");
}
