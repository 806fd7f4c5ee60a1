//! Decision curves: net benefit by group over the declared threshold probabilities.

use crate::assessment::{DecisionCurve, EstimateStatus};

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{CurvePanel, curve};
use super::super::index::Index;
use super::super::{format, names};
use super::absent;
use super::block::{Block, Cell, Column, Figure, Panels, Row, Section, Table};
use super::strata::{endpoints, of_endpoint, rank, strata};

/// Net benefit.
pub(super) fn section(index: &Index<'_>) -> Result<Section, ReportError> {
    let mut section = Section::new("net-benefit", "Net benefit");
    let all = &index.result.decision_curves;
    if all.is_empty() {
        absent::of_binary(
            index,
            &mut section,
            "Not computed because no endpoint declares a range of threshold probabilities (endpoints.X.net_benefit).",
        );
        return Ok(section);
    }
    section.say(
        "True positives less weighted false positives, per sample: tp/n \u{2212} fp/n \u{d7} t/(1 \u{2212} t), where t is the probability \
         at which one would act. The dashed line is acting on everyone, zero is acting on nobody; a model is worth using where it lies \
         above both. The grey line is the whole cohort. Net benefit follows prevalence: compare the standardised form (over prevalence) \
         between groups, and read it as description, not as a test.",
    );
    for endpoint in endpoints(index) {
        let found: Vec<&DecisionCurve> = all.iter().filter(|c| c.endpoint == endpoint).collect();
        if found.is_empty() {
            continue;
        }
        section
            .blocks
            .push(Block::Panels(panels(index, endpoint, &found)?));
        section.blocks.push(table(index, endpoint, &found));
    }
    Ok(section)
}

/// Ends of the vertical axis, the same for every group of an endpoint.
fn axis(found: &[&DecisionCurve]) -> (f64, f64) {
    let points = || found.iter().flat_map(|c| &c.points);
    let top = points()
        .map(|p| p.net_benefit.max(p.treat_all).max(p.upper.unwrap_or(0.0)))
        .fold(0.02, f64::max);
    let bottom = points()
        .map(|p| p.lower.unwrap_or(p.net_benefit))
        .fold(0.0, f64::min);
    // Acting on everyone falls without end: it may leave the figure.
    (bottom.max(-0.5 * top).min(-0.1 * top), top * 1.05)
}

fn panels(
    index: &Index<'_>,
    endpoint: &str,
    found: &[&DecisionCurve],
) -> Result<Vec<Panels>, ReportError> {
    let y = axis(found);
    let line = |c: &DecisionCurve| -> Vec<(f64, f64)> {
        c.points
            .iter()
            .map(|p| (p.threshold, p.net_benefit))
            .collect()
    };
    let overall: Vec<(f64, f64)> = found
        .iter()
        .find(|c| c.attribute == "overall")
        .map_or_else(Vec::new, |c| line(c));
    let mut groups = Vec::new();
    let drawn = found
        .iter()
        .filter(|c| !c.points.is_empty() && rank(&c.attribute) < 2);
    for (attribute, levels) in strata(drawn.map(|c| (c.attribute.as_str(), c.level.as_str()))) {
        let mut figures = Vec::new();
        for level in levels {
            let Some(c) = found
                .iter()
                .find(|c| c.attribute == attribute && c.level == level)
            else {
                continue;
            };
            let first = c.points.first().map_or(0.0, |p| p.threshold);
            let last = c.points.last().map_or(1.0, |p| p.threshold);
            let x = if first < last {
                (first, last)
            } else {
                (first - 0.05, first + 0.05)
            };
            let band: Vec<(f64, f64, f64)> = c
                .points
                .iter()
                .filter_map(|p| Some((p.threshold, p.lower?, p.upper?)))
                .collect();
            let everyone: Vec<(f64, f64)> = c
                .points
                .iter()
                .map(|p| (p.threshold, p.treat_all))
                .collect();
            let marks: Vec<((f64, f64), String)> = c
                .points
                .iter()
                .map(|p| {
                    let limits = format::signed_limits(p.lower, p.upper, 3).unwrap_or_default();
                    let title = format!(
                        "Acting at {}: net benefit {} {limits}; acting on everyone {}",
                        format::percent(p.threshold),
                        format::signed(p.net_benefit, 3),
                        format::signed(p.treat_all, 3)
                    );
                    ((p.threshold, p.net_benefit), title)
                })
                .collect();
            figures.push(Figure {
                table: None,
                caption: names::level(attribute, level),
                note: c.prevalence.map(|share| {
                    format!(
                        "prevalence {}, {}",
                        format::percent(share),
                        format::counted_shown(c.n_patients, "patient", "patients")
                    )
                }),
                svg: curve(&index.words, &CurvePanel {
                    id: &["net-benefit", endpoint, attribute, level]
                        .map(encode_part)
                        .join("."),
                    title: &format!("Net benefit, {}", names::group(attribute, level)),
                    description: "Net benefit over threshold probabilities, with limits; the numbers stand in the table below.",
                    label: "Threshold probability",
                    y_label: "Net benefit",
                    x,
                    y,
                    curve: &line(c),
                    band: &band,
                    overall: if rank(attribute) > 0 { &overall } else { &[] },
                    dashed: &everyone,
                    marks: &marks,
                    vertices: None,
                })?,
            });
        }
        groups.push(Panels {
            heading: format!(
                "{}{}",
                names::attribute(attribute),
                of_endpoint(index, endpoint)
            ),
            figures,
        });
    }
    Ok(groups)
}

fn limits(lower: Option<f64>, upper: Option<f64>) -> String {
    format::signed_limits(lower, upper, 3).unwrap_or_else(|| "no interval".to_owned())
}

fn table(index: &Index<'_>, endpoint: &str, found: &[&DecisionCurve]) -> Block {
    let mut rows = Vec::new();
    for c in found {
        let name = names::group(&c.attribute, &c.level);
        if c.status != EstimateStatus::Ok {
            let mut cells = vec![
                Cell::new(name),
                Cell::new("\u{2013}"),
                Cell::new(c.reason.clone().unwrap_or_default()).with_class("words"),
            ];
            cells.extend((0..5).map(|_| Cell::new("\u{2013}")));
            rows.push(Row {
                id: None,
                class: "",
                cells,
            });
            continue;
        }
        for p in &c.points {
            rows.push(Row {
                id: None,
                class: "",
                cells: vec![
                    Cell::new(name.clone()),
                    Cell::new(format::percent(p.threshold)),
                    Cell::new(format::signed(p.net_benefit, 3)).with_class("strong"),
                    Cell::new(limits(p.lower, p.upper)),
                    Cell::new(
                        p.standardised
                            .map_or_else(|| "\u{2013}".to_owned(), |v| format::signed(v, 3)),
                    ),
                    Cell::new(limits(p.standardised_lower, p.standardised_upper)),
                    Cell::new(format::signed(p.treat_all, 3)),
                    Cell::new(limits(p.treat_all_lower, p.treat_all_upper)),
                ],
            });
        }
    }
    Block::Table(Table {
        caption: format!("Net benefit by group{}", of_endpoint(index, endpoint)),
        description: None,
        class: "metric",
        folded: Some(false),
        columns: vec![
            Column::group("Group"),
            Column::number("Threshold"),
            Column::number("Net benefit"),
            Column::number(format!(
                "{} interval",
                format::percent(index.result.methods.confidence)
            )),
            Column::number("Standardised"),
            Column::number("interval"),
            Column::number("Acting on everyone"),
            Column::number("interval"),
        ],
        rows,
    })
}
