//! The gap of each group over thresholds: whether another common threshold would close it.

use crate::assessment::ThresholdSweep;

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{CurvePanel, Hover, curve};
use super::super::index::Index;
use super::super::result::EndpointSummary;
use super::super::{format, names};
use super::Detail;
use super::block::{Block, Figure, Panels, Section};
use super::strata::{of_endpoint, strata};

/// Adds the panels of every endpoint, or says why there are none.
pub(super) fn into(
    index: &Index<'_>,
    (detail, hover): (Detail, Hover),
    section: &mut Section,
) -> Result<(), ReportError> {
    section.heading("Gap in sensitivity over thresholds");
    let known = |sweep: &&ThresholdSweep| sweep.points.iter().any(|p| p.sensitivity_gap.is_some());
    if detail == Detail::OverallOnly {
        section.absent(
            "Not drawn, to keep this page small; the gaps stand in tables/threshold_sweeps.csv.",
        );
        return Ok(());
    }
    if !index
        .result
        .threshold_sweeps
        .iter()
        .any(|sweep| known(&sweep))
    {
        section.absent("Not computed because no attribute has two levels with positives.");
        return Ok(());
    }
    section.say(
        "Sensitivity of each group less that of everyone else whose level is known, at every common threshold. The dot is the threshold in \
         use, the dashed line the margin where the gate has one. These curves have no limits: what is known of a gap at the threshold in use \
         stands in the section on differences.",
    );
    for endpoint in &index.result.methods.endpoints {
        let all: Vec<&ThresholdSweep> = index
            .result
            .threshold_sweeps
            .iter()
            .filter(|sweep| sweep.endpoint == endpoint.name)
            .filter(known)
            .collect();
        if !all.is_empty() {
            let panels = panels(index, endpoint, &all, hover)?;
            section.blocks.push(Block::Panels(panels));
        }
    }
    Ok(())
}

fn panels(
    index: &Index<'_>,
    endpoint: &EndpointSummary,
    all: &[&ThresholdSweep],
    hover: Hover,
) -> Result<Vec<Panels>, ReportError> {
    let points = || all.iter().flat_map(|sweep| &sweep.points);
    let x = points().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
        (low.min(point.threshold), high.max(point.threshold))
    });
    let x = if x.0 < x.1 { x } else { (x.0 - 0.5, x.0 + 0.5) };
    // The same on both sides of zero, so that panels can be set against each other.
    let most = points()
        .filter_map(|point| point.sensitivity_gap)
        .fold(0.1_f64, |most, gap| most.max(gap.abs()));
    let most = ((most * 10.0).ceil() / 10.0).min(1.0);
    let mut groups = Vec::new();
    for (attribute, levels) in strata(all.iter().map(|s| (s.attribute.as_str(), s.level.as_str())))
    {
        let figures = levels
            .into_iter()
            .filter_map(|level| {
                all.iter()
                    .find(|sweep| sweep.attribute == attribute && sweep.level == level)
            })
            .map(|sweep| figure(index, endpoint, sweep, (x, most), hover))
            .collect::<Result<Vec<Figure>, ReportError>>()?;
        groups.push(Panels {
            heading: format!(
                "{}{}",
                names::attribute(attribute),
                of_endpoint(index, &endpoint.name)
            ),
            figures,
        });
    }
    Ok(groups)
}

fn figure(
    index: &Index<'_>,
    endpoint: &EndpointSummary,
    sweep: &ThresholdSweep,
    (x, most): ((f64, f64), f64),
    hover: Hover,
) -> Result<Figure, ReportError> {
    let line: Vec<(f64, f64)> = sweep
        .points
        .iter()
        .filter_map(|point| Some((point.threshold, point.sensitivity_gap?)))
        .collect();
    let marks: Vec<((f64, f64), String)> = line
        .iter()
        .filter(|(threshold, _)| *threshold == endpoint.threshold)
        .map(|&(threshold, gap)| {
            let title = format!("Threshold {threshold}: gap {}", format::signed(gap, 3));
            ((threshold, gap), title)
        })
        .collect();
    let margin = index
        .check(
            &sweep.endpoint,
            "sensitivity",
            &sweep.attribute,
            &sweep.level,
            Some("complement"),
        )
        .map(|check| check.bound);
    let dashed: Vec<(f64, f64)> =
        margin.map_or_else(Vec::new, |margin| vec![(x.0, margin), (x.1, margin)]);
    let name = names::group(&sweep.attribute, &sweep.level);
    Ok(Figure {
        table: None,
        caption: names::level(&sweep.attribute, &sweep.level),
        note: marks
            .first()
            .map(|((_, gap), _)| format!("{} at the threshold in use", format::signed(*gap, 3))),
        svg: curve(
            &index.words,
            &CurvePanel {
                id: &[
                    "threshold-gaps",
                    &sweep.endpoint,
                    &sweep.attribute,
                    &sweep.level,
                ]
                .map(encode_part)
                .join("."),
                title: &format!("Gap in sensitivity over thresholds, {name}"),
                description: "Sensitivity of the group less that of everyone else, over thresholds; the numbers stand in tables/threshold_sweeps.csv.",
                label: "Threshold",
                y_label: "Difference in sensitivity",
                x,
                y: (-most, most),
                curve: &line,
                band: &[],
                overall: &[],
                dashed: &dashed,
                marks: &marks,
                vertices: Some((("Threshold", "gap"), hover)),
            },
        )?,
    })
}
