//! Differences with the mix of another attribute held fixed: crude beside adjusted.

use crate::assessment::{CaseMix, CaseMixCell, EstimateStatus, THIN_CELL_PATIENTS};

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{self, IntervalRow, Mark};
use super::super::index::Index;
use super::super::{format, names, words};
use super::absent;
use super::block::{Block, Cell, Column, Figure, Row, Section, Table};
use super::forests::missing_text;
use super::numbers::{NONE, percent, signed, signed_cell};
use super::strata::{endpoints, of_endpoint};

/// One figure and two tables for each pair of attributes and metric.
pub(super) fn section(index: &Index<'_>) -> Result<Section, ReportError> {
    let mut section = Section::new("case-mix", "Case mix");
    let all = &index.result.case_mix;
    if all.is_empty() {
        absent::of_binary(
            index,
            &mut section,
            "Not computed because the audit file names no pair of attributes (statistics.case_mix: [{compare: sex, within: site}]).",
        );
        return Ok(section);
    }
    section.say(
        "A group may do worse only because its cases come from where the model does worse. Adjusted, both arms have the mix of the whole \
         cohort's positives (or negatives), so that what is left of a difference does not come from that mix. Where crude and adjusted \
         differ, the mix explains a part; it does not excuse it.",
    );
    for endpoint in endpoints(index) {
        let mut seen: Vec<(&str, &str, &str)> = Vec::new();
        for one in all.iter().filter(|one| one.endpoint == endpoint) {
            let key = (
                one.attribute.as_str(),
                one.within.as_str(),
                one.metric.as_str(),
            );
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let found: Vec<&CaseMix> = all
                .iter()
                .filter(|other| {
                    other.endpoint == endpoint
                        && (other.attribute.as_str(), other.within.as_str()) == (key.0, key.1)
                        && other.metric == key.2
                })
                .collect();
            pair(index, endpoint, &found, &mut section)?;
        }
    }
    section.note(format!(
        "A group \u{201c}hardly occurs\u{201d} where fewer than {THIN_CELL_PATIENTS} of its patients have the class and everyone else has at \
         least as many. Levels without both arms are left out, and the standard is the rest. The Mantel-Haenszel figures and the test assume \
         one effect for all levels and independent samples; with patients they rest on effective counts (samples over their design effect), \
         and they take no account of patients in both arms. The standardised limits do.",
    ));
    Ok(section)
}

fn pair(
    index: &Index<'_>,
    endpoint: &str,
    found: &[&CaseMix],
    section: &mut Section,
) -> Result<(), ReportError> {
    let Some(first) = found.first() else {
        return Ok(());
    };
    let name = format!(
        "{}: {} within {}{}",
        words::metric(&first.metric),
        names::attribute(&first.attribute),
        names::attribute(&first.within),
        of_endpoint(index, endpoint)
    );
    if found.iter().any(|one| one.status == EstimateStatus::Ok) {
        section.blocks.extend(
            figure(index, endpoint, &name, found)?
                .into_iter()
                .map(Block::Figure),
        );
    }
    section
        .blocks
        .push(Block::Table(effects(index, &name, found)));
    section.blocks.push(Block::Table(cells(&name, found)));
    Ok(())
}

fn figure(
    index: &Index<'_>,
    endpoint: &str,
    name: &str,
    found: &[&CaseMix],
) -> Result<Vec<Figure>, ReportError> {
    let mut rows = Vec::new();
    for one in found {
        let group = names::group(&one.attribute, &one.level);
        rows.push(figures::Row::Heading(group.clone()));
        let withheld = one.status == EstimateStatus::Suppressed;
        let n = |used_only: bool| {
            let used = one
                .cells
                .iter()
                .filter(|cell| !used_only || cell.weight.is_some());
            (!withheld).then(|| used.map(|cell| cell.n).sum::<u64>())
        };
        let crude = (one.crude_difference, one.crude_lower, one.crude_upper);
        let adjusted = (one.difference, one.lower, one.upper);
        for (label, (difference, lower, upper), n) in
            [("crude", crude, n(false)), ("adjusted", adjusted, n(true))]
        {
            let text = match difference {
                Some(d) => format!(
                    "{} {}",
                    format::signed(d, 3),
                    format::signed_limits(lower, upper, 3).unwrap_or_default()
                ),
                None => missing_text(one.status, one.reason.as_deref()),
            };
            rows.push(figures::Row::Group(IntervalRow {
                label: label.to_owned(),
                title: format!("{group}, {label}: {text}"),
                value: difference.map(|d| (d, lower, upper)),
                n,
                patients: None,
                text,
                mark: Mark::Plain,
                bound: None,
                overall: false,
            }));
        }
    }
    let first = found.first().map_or(("", "", ""), |one| {
        (&one.metric, &one.attribute, &one.within)
    });
    let id = [first.0, endpoint, first.1, first.2]
        .map(encode_part)
        .join(".");
    let heading = format!(
        "Difference [{} interval]",
        format::percent(index.result.methods.confidence)
    );
    let svgs = figures::gaps(
        &index.words,
        &format!("case-mix.{id}"),
        name,
        &heading,
        true,
        rows,
    )?;
    Ok(Figure::parts(
        &format!("{name}, crude and adjusted"),
        "The numbers stand in the table below and in tables/case_mix.csv.",
        svgs,
    ))
}

fn effects(index: &Index<'_>, name: &str, found: &[&CaseMix]) -> Table {
    let row = |one: &&CaseMix| {
        let adjusted = if one.status == EstimateStatus::Ok {
            signed_cell(one.difference, one.lower, one.upper)
        } else {
            Cell::new(missing_text(one.status, one.reason.as_deref())).with_class("words")
        };
        let difference = &one.mantel_haenszel_difference;
        let ratio = &one.mantel_haenszel_odds_ratio;
        let odds = match (ratio.estimate, format::limits(ratio.lower, ratio.upper, 2)) {
            (Some(estimate), Some(limits)) => {
                Cell::new(format::number(estimate, 2)).with_note(limits)
            }
            _ => Cell::new(NONE).with_note(ratio.reason.clone().unwrap_or_default()),
        };
        let test = match (one.homogeneity.p, one.homogeneity.df) {
            (Some(p), Some(df)) => Cell::new(format::p_value(p))
                .with_note(format!("{} degrees of freedom", format::plain(df, 0))),
            _ => Cell::new(NONE).with_note(one.homogeneity.reason.clone().unwrap_or_default()),
        };
        let method = Cell::method(&one.method, index.result);
        let method = match one.n_shared_patients.filter(|shared| *shared > 0) {
            Some(shared) => method.with_note(format!(
                "{} in both arms",
                format::counted(shared, "patient", "patients")
            )),
            None => method,
        };
        Row {
            id: None,
            class: "",
            cells: vec![
                Cell::new(names::group(&one.attribute, &one.level)),
                signed_cell(one.crude_difference, one.crude_lower, one.crude_upper),
                Cell::new(signed(one.crude_difference_of_used)),
                adjusted.with_class("strong"),
                signed_cell(difference.estimate, difference.lower, difference.upper),
                odds,
                test,
                method,
            ],
        }
    };
    Table {
        caption: format!("{name}, group minus everyone else"),
        class: "comparisons",
        columns: vec![
            Column::group("Group"),
            Column::number("Crude"),
            Column::number("Crude, of the samples adjusted for"),
            Column::number("Adjusted (standardised)"),
            Column::number("Mantel-Haenszel difference"),
            Column::number("Mantel-Haenszel odds ratio"),
            Column::number("p, same odds ratio everywhere"),
            Column::text("Method of the adjusted limits"),
        ],
        rows: found.iter().map(row).collect(),
        ..Table::default()
    }
}

fn cells(name: &str, found: &[&CaseMix]) -> Table {
    let row = |one: &CaseMix, cell: &CaseMixCell| {
        let said = match (cell.weight, cell.hardly_occurs) {
            (None, true) => "left out; group hardly occurs",
            (None, false) => "left out: an arm is empty",
            (Some(_), true) => "group hardly occurs",
            (Some(_), false) => "",
        };
        Row {
            id: None,
            class: "",
            cells: vec![
                Cell::new(names::group(&one.attribute, &one.level)),
                Cell::new(names::group(&one.within, &cell.level)),
                Cell::new(format::count(cell.n)),
                Cell::new(format::count(cell.n_patients)),
                Cell::new(format::count(cell.n_reference)),
                Cell::new(format::count(cell.n_patients_reference)),
                Cell::new(percent(cell.weight)),
                Cell::new(said),
            ],
        }
    };
    let class = found
        .first()
        .map_or("samples", |one| words::class_noun(&one.metric));
    Table {
        caption: format!("{name}: who stands behind it ({class})"),
        class: "cohort",
        folded: Some(found.iter().any(|one| {
            one.cells
                .iter()
                .any(|cell| cell.hardly_occurs || cell.weight.is_none())
        })),
        columns: vec![
            Column::group("Group"),
            Column::group("Within"),
            Column::number("Samples of the group"),
            Column::number("Patients"),
            Column::number("Samples of everyone else"),
            Column::number("Patients"),
            Column::number("Weight"),
            Column::text("Note"),
        ],
        rows: found
            .iter()
            .flat_map(|one| one.cells.iter().map(|cell| row(one, cell)))
            .collect(),
        ..Table::default()
    }
}
