//! The tables below the small figures of curves.

use crate::assessment::StratumCurves;

use super::super::index::Index;
use super::super::{format, names};
use super::Detail;
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::forests::value_text;
use super::strata::{endpoints, of_endpoint, rank};

/// Curves of one endpoint that are shown, the whole cohort first.
fn shown<'a>(
    index: &Index<'a>,
    endpoint: &str,
    keep: impl Fn(&StratumCurves) -> bool,
) -> Vec<&'a StratumCurves> {
    let mut found: Vec<&StratumCurves> = index
        .result
        .curves
        .iter()
        .filter(|c| c.endpoint == endpoint && keep(c))
        .collect();
    found.sort_by_key(|c| rank(&c.attribute));
    found
}

fn add(
    section: &mut Section,
    caption: String,
    description: &str,
    columns: Vec<Column>,
    rows: Vec<Row>,
) {
    if rows.is_empty() {
        return;
    }
    section.blocks.push(Block::Table(Table {
        caption,
        description: Some(description.to_owned()),
        class: "metric",
        folded: Some(false),
        columns,
        rows,
    }));
}

/// Operating points and areas.
pub(super) fn roc(index: &Index<'_>, section: &mut Section) {
    for endpoint in endpoints(index) {
        let rows = shown(index, endpoint, |c| !c.roc.is_empty())
            .into_iter()
            .map(|c| {
                let text = |metric: &str| {
                    index
                        .estimate(&c.endpoint, metric, &c.attribute, &c.level)
                        .map_or_else(|| "\u{2013}".to_owned(), value_text)
                };
                let rate = c
                    .operating_point
                    .map_or_else(|| "\u{2013}".to_owned(), |(x, _)| format::number(x, 3));
                Row::of_group(
                    &c.attribute,
                    vec![
                        Cell::new(names::group(&c.attribute, &c.level)),
                        Cell::new(rate),
                        Cell::new(text("sensitivity")),
                        Cell::new(text("specificity")),
                        Cell::new(text("auroc")),
                    ],
                )
            })
            .collect();
        add(
            section,
            format!("Operating points and areas{}", of_endpoint(index, endpoint)),
            "All points of the curves stand in tables/roc.csv.",
            vec![
                Column::group("Group"),
                Column::number("False positive rate"),
                Column::number("Sensitivity"),
                Column::number("Specificity"),
                Column::number("AUROC"),
            ],
            rows,
        );
    }
}

/// Precision and recall at the threshold, prevalence and areas.
pub(super) fn precision_recall(index: &Index<'_>, section: &mut Section) {
    for endpoint in endpoints(index) {
        let rows = shown(index, endpoint, |c| !c.precision_recall.is_empty())
            .into_iter()
            .map(|c| {
                let text = |metric: &str| {
                    index
                        .estimate(&c.endpoint, metric, &c.attribute, &c.level)
                        .map_or_else(|| "\u{2013}".to_owned(), value_text)
                };
                let share = prevalence(index, c);
                Row::of_group(
                    &c.attribute,
                    vec![
                        Cell::new(names::group(&c.attribute, &c.level)),
                        Cell::new(text("sensitivity")),
                        Cell::new(text("ppv")),
                        Cell::new(
                            share.map_or_else(|| "\u{2013}".to_owned(), |p| format::number(p, 3)),
                        ),
                        Cell::new(text("auprc")),
                    ],
                )
            })
            .collect();
        add(
            section,
            format!(
                "Precision and recall at the threshold{}",
                of_endpoint(index, endpoint)
            ),
            "All points of the curves stand in tables/precision_recall.csv.",
            vec![
                Column::group("Group"),
                Column::number("Recall (sensitivity)"),
                Column::number("Precision (positive predictive value)"),
                Column::number("Prevalence"),
                Column::number("AUPRC"),
            ],
            rows,
        );
    }
}

/// Share of positives of a group; `None` where its counts are withheld.
pub(super) fn prevalence(index: &Index<'_>, c: &StratumCurves) -> Option<f64> {
    let e = index.estimate(&c.endpoint, "auprc", &c.attribute, &c.level)?;
    let (positive, n) = e.n_positive.zip(e.n).filter(|(_, n)| *n > 0)?;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let share = positive as f64 / n as f64;
    Some(share)
}

/// The largest rank of groups whose bins are listed; all stand in the CSV.
fn most_rank(detail: Detail) -> u8 {
    if detail == Detail::OverallOnly { 0 } else { 1 }
}

/// Bins of the reliability diagrams.
pub(super) fn reliability(index: &Index<'_>, detail: Detail, section: &mut Section) {
    for endpoint in endpoints(index) {
        let mut rows = Vec::new();
        for c in shown(index, endpoint, |c| rank(&c.attribute) <= most_rank(detail)) {
            for bin in c.reliability.iter().filter(|bin| bin.n > 0) {
                let observed = format::number(bin.observed, 3);
                let limits = format::limits(bin.lower, bin.upper, 3)
                    .map(|limits| format!(" {limits}"))
                    .unwrap_or_default();
                rows.push(Row::of_group(
                    "",
                    vec![
                        Cell::new(names::group(&c.attribute, &c.level)),
                        Cell::new(format!(
                            "{} to {}",
                            format::plain(bin.from, 1),
                            format::plain(bin.to, 1)
                        )),
                        Cell::new(format::count(bin.n)),
                        Cell::new(format::count(bin.n_positive)),
                        Cell::new(format::number(bin.mean_score, 3)),
                        Cell::new(format!("{observed}{limits}")),
                    ],
                ));
            }
        }
        add(
            section,
            format!(
                "Bins of the reliability diagrams{}",
                of_endpoint(index, endpoint)
            ),
            "Groups that are not listed stand in tables/reliability.csv with all others.",
            vec![
                Column::group("Group"),
                Column::number("Predicted"),
                Column::number("Samples"),
                Column::number("Positive"),
                Column::number("Mean prediction"),
                Column::number("Observed [Wilson limits]"),
            ],
            rows,
        );
    }
}

/// Counts of the score histograms.
pub(super) fn scores(index: &Index<'_>, detail: Detail, section: &mut Section) {
    for endpoint in endpoints(index) {
        let found = shown(index, endpoint, |c| {
            rank(&c.attribute) <= most_rank(detail) && !c.histogram_positive.is_empty()
        });
        let Some(first) = found.first() else { continue };
        let bins = first.histogram_positive.len();
        let (low, high) = first.histogram_range;
        let mut columns = vec![Column::group("Group"), Column::text("Truth")];
        for i in 0..bins {
            #[expect(clippy::cast_precision_loss, reason = "a histogram has few bins")]
            let from = low + (high - low) * i as f64 / bins as f64;
            columns.push(Column::number(format!("from {}", format::number(from, 2))));
        }
        let mut rows = Vec::new();
        for c in &found {
            for (truth, counts) in [
                ("positive", &c.histogram_positive),
                ("negative", &c.histogram_negative),
            ] {
                let mut cells = vec![
                    Cell::new(names::group(&c.attribute, &c.level)),
                    Cell::new(truth),
                ];
                cells.extend(counts.iter().map(|n| Cell::new(format::count(*n))));
                rows.push(Row::of_group("", cells));
            }
        }
        add(
            section,
            format!("Samples by score{}", of_endpoint(index, endpoint)),
            "Bins of equal width; each column is named by its lower edge. Groups that are not listed stand in tables/scores.csv with all others.",
            columns,
            rows,
        );
    }
}
