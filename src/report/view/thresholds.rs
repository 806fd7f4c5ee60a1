//! Thresholds: how they were chosen, what another one would give, what if groups had their own.

use crate::assessment::{EstimateStatus, GroupThreshold, ThresholdSweep};

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{CurvePanel, Hover, curve};
use super::super::index::Index;
use super::super::language::Translator;
use super::super::result::EndpointSummary;
use super::super::{format, names};
use super::Detail;
use super::absent;
use super::block::{Block, Cell, Column, Figure, Panels, Row, Section, Table};
use super::strata::{of_endpoint, rank, strata};
use super::threshold_words;

/// The thresholds section.
pub(super) fn section(
    index: &Index<'_>,
    detail: Detail,
    hover: Hover,
) -> Result<Section, ReportError> {
    let mut section = Section::new("thresholds", "Thresholds");
    let result = index.result;
    if absent::has_no_binary(index) {
        absent::of_binary(index, &mut section, "");
        return Ok(section);
    }
    for endpoint in &result.methods.endpoints {
        section.say(threshold_words::in_full(endpoint));
    }
    section.heading("Sensitivity over thresholds");
    if result.threshold_sweeps.is_empty() {
        section.absent("Not computed because no sample was measured.");
    } else {
        section.say(
            "Sensitivity of each group when the threshold moves; the grey line is the whole cohort, the dashed line the group's specificity, the \
             dot the threshold in use. Where lines of groups lie apart at every threshold, no common threshold closes the gap.",
        );
        for endpoint in &result.methods.endpoints {
            section
                .blocks
                .push(Block::Panels(panels(index, endpoint, detail, hover)?));
        }
        super::threshold_gaps::into(index, (detail, hover), &mut section)?;
    }
    section.heading("What if every group had its own threshold?");
    if result.group_thresholds.is_empty() {
        section.absent("Not computed because no attribute was declared.");
        return Ok(section);
    }
    section.say(
        "The threshold that the same rule would choose in each group alone. This is a what-if: no such threshold was used, nothing here was \
         decided on, and it gates nothing. Chosen on few samples it is uncertain and optimistic; whether groups may be given thresholds of \
         their own is no statistical question.",
    );
    for endpoint in &result.methods.endpoints {
        section.blocks.push(Block::Table(table(index, endpoint)));
    }
    Ok(section)
}

fn panels(
    index: &Index<'_>,
    endpoint: &EndpointSummary,
    detail: Detail,
    hover: Hover,
) -> Result<Vec<Panels>, ReportError> {
    let all: Vec<&ThresholdSweep> = index
        .result
        .threshold_sweeps
        .iter()
        .filter(|sweep| sweep.endpoint == endpoint.name && !sweep.points.is_empty())
        .filter(|sweep| rank(&sweep.attribute) == 0 || detail != Detail::OverallOnly)
        .collect();
    let ends = all
        .iter()
        .flat_map(|sweep| &sweep.points)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
            (low.min(point.threshold), high.max(point.threshold))
        });
    let x = if ends.0 < ends.1 {
        ends
    } else {
        (ends.0 - 0.5, ends.0 + 0.5)
    };
    let overall: Vec<(f64, f64)> = all
        .iter()
        .find(|sweep| rank(&sweep.attribute) == 0)
        .map_or_else(Vec::new, |sweep| sensitivity(sweep));
    let mut groups = Vec::new();
    for (attribute, levels) in strata(all.iter().map(|s| (s.attribute.as_str(), s.level.as_str())))
    {
        let mut figures = Vec::new();
        for level in levels {
            let found = all
                .iter()
                .find(|sweep| sweep.attribute == attribute && sweep.level == level);
            if let Some(sweep) = found {
                let grey: &[(f64, f64)] = if rank(attribute) > 0 { &overall } else { &[] };
                figures.push(figure(&index.words, endpoint, sweep, (x, grey), hover)?);
            }
        }
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

fn sensitivity(sweep: &ThresholdSweep) -> Vec<(f64, f64)> {
    sweep
        .points
        .iter()
        .filter_map(|point| Some((point.threshold, point.sensitivity?)))
        .collect()
}

fn figure(
    translator: &Translator,
    endpoint: &EndpointSummary,
    sweep: &ThresholdSweep,
    (x, overall): ((f64, f64), &[(f64, f64)]),
    hover: Hover,
) -> Result<Figure, ReportError> {
    let specificity: Vec<(f64, f64)> = sweep
        .points
        .iter()
        .filter_map(|point| Some((point.threshold, point.specificity?)))
        .collect();
    // Both rates stand at the threshold in use; the curve's own vertices have theirs.
    let marks: Vec<((f64, f64), String)> = sweep
        .points
        .iter()
        .filter(|point| point.threshold == endpoint.threshold)
        .filter_map(|point| {
            let sensitivity = point.sensitivity?;
            let other = point
                .specificity
                .map_or_else(|| "not known".to_owned(), |v| format::number(v, 3));
            let title = format!(
                "Threshold {}: sensitivity {}, specificity {other}",
                point.threshold,
                format::number(sensitivity, 3)
            );
            Some(((point.threshold, sensitivity), title))
        })
        .collect();
    Ok(Figure {
        table: None,
        caption: names::level(&sweep.attribute, &sweep.level),
        note: Some(format!(
            "{} positive, {} negative",
            format::count_shown(sweep.n_positive),
            format::count_shown(sweep.n_negative)
        )),
        svg: curve(
            translator,
            &CurvePanel {
                id: &[
                    "thresholds",
                    &sweep.endpoint,
                    &sweep.attribute,
                    &sweep.level,
                ]
                .map(encode_part)
                .join("."),
                title: &format!(
                    "Sensitivity over thresholds, {}",
                    names::group(&sweep.attribute, &sweep.level)
                ),
                description: "Sensitivity of the group over thresholds, with its specificity dashed; the numbers stand in tables/threshold_sweeps.csv.",
                label: "Threshold",
                y_label: "Sensitivity (dashed: specificity)",
                x,
                y: (0.0, 1.0),
                curve: &sensitivity(sweep),
                band: &[],
                overall,
                dashed: &specificity,
                marks: &marks,
                vertices: Some((("Threshold", "sensitivity"), hover)),
            },
        )?,
    })
}

fn table(index: &Index<'_>, endpoint: &EndpointSummary) -> Table {
    let found: Vec<&GroupThreshold> = index
        .result
        .group_thresholds
        .iter()
        .filter(|row| row.endpoint == endpoint.name)
        .collect();
    let description = found.first().map(|row| {
        let place = if row.on == "tuning" {
            "Chosen on the group's tuning samples and then measured on the others"
        } else {
            "Chosen and measured on the same samples of the group"
        };
        format!(
            "{place}; the rule asks for {}.",
            threshold_words::rule(&row.rule, row.target)
        )
    });
    Table {
        caption: format!(
            "What-if: thresholds of groups{} (in use: {})",
            of_endpoint(index, &endpoint.name),
            endpoint.threshold
        ),
        description,
        class: "metric",
        folded: Some(false),
        columns: vec![
            Column::group("Group"),
            Column::number("Positive"),
            Column::number("Negative"),
            Column::number("Own threshold"),
            Column::number("Sensitivity"),
            Column::number("Specificity"),
            Column::number("Measured sensitivity"),
            Column::number("Measured specificity"),
        ],
        rows: found.iter().map(|row| what_if(row)).collect(),
    }
}

fn what_if(row: &GroupThreshold) -> Row {
    let share = |value: Option<f64>| {
        Cell::new(value.map_or_else(|| "\u{2013}".to_owned(), |value| format::number(value, 3)))
    };
    let own = match (row.status, row.threshold) {
        (EstimateStatus::Ok, Some(threshold)) => Cell::new(threshold.to_string()),
        _ => Cell::new("\u{2013}").with_note(row.reason.clone().unwrap_or_default()),
    };
    Row {
        id: None,
        class: "",
        cells: vec![
            Cell::new(names::group(&row.attribute, &row.level)),
            Cell::new(format::count_shown(row.n_positive)),
            Cell::new(format::count_shown(row.n_negative)),
            own,
            share(row.sensitivity),
            share(row.specificity),
            share(row.measured_sensitivity),
            share(row.measured_specificity),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{example, html};

    #[test]
    fn the_page_says_how_thresholds_were_chosen_and_that_own_ones_are_a_what_if() {
        let both = html(&example::two_endpoints()).unwrap();
        assert!(both.contains("The threshold of effusion, 0.5, is fixed in the audit file."));
        assert!(both.contains("was chosen on the measured samples themselves, among 200 samples"));
        assert!(both.contains("between 0.41 and 0.58"));
        assert!(both.contains("on others the model is likely to do worse"));
        assert!(both.contains("This is a what-if") && both.contains("gates nothing"));
        assert!(both.contains("thresholds.effusion.site.B"));
        let bare = html(&example::bare()).unwrap();
        assert!(bare.contains("was chosen on the tuning split, among 200 samples"));
        assert!(bare.contains("among the measured cannot be checked"));
        assert!(bare.contains("2 of 202 samples of the tuning split could not be scored"));
        assert!(bare.contains("Not computed because no attribute was declared"));
    }
}
