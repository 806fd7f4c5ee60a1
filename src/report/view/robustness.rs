//! What could change a difference besides chance: missing attributes and wrong labels.

use crate::assessment::{EstimateStatus, LabelNoise, MissingAttribute};

use super::super::index::Index;
use super::super::{format, names, words};
use super::absent;
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::forests::missing_text;
use super::numbers::{NONE, percent, signed, value};
use super::strata::{endpoints, metrics, of_endpoint, rank};

/// Bounds for missing attributes, tipping points, values under an imperfect reference.
pub(super) fn section(index: &Index<'_>) -> Section {
    let mut section = Section::new("robustness", "What could change these differences");
    if absent::has_no_binary(index) {
        absent::of_binary(index, &mut section, "");
        return section;
    }
    section.say(
        "Three questions that no interval answers: what if the samples without the attribute belonged to one of the groups, what if \
         some labels of one group are wrong, and what if the reference standard errs in every group. Nothing here is gated.",
    );
    section.heading("Samples without the attribute");
    missing(index, &mut section);
    section.heading("Wrong labels in one group");
    labels(index, &mut section);
    section.heading("An imperfect reference standard");
    reference(index, &mut section);
    section
}

fn missing(index: &Index<'_>, section: &mut Section) {
    let all = &index.result.missing_attribute;
    if all.is_empty() {
        section.absent("Not computed because no attribute has missing values.");
        return;
    }
    section.say(
        "Least difference: every wrongly decided sample without the attribute belongs to the group, every rightly decided one to the \
         others; largest: the other way round. The limits are those of the two extremes. Where they hold zero, the missing values alone \
         could make or erase the difference. Samples are given to a group one by one, so that where patients have several the extremes may lie \
         further out than any way of giving whole patients. Crossings are left out: each of their cells could lack either attribute.",
    );
    for endpoint in endpoints(index) {
        for metric in metrics(all.iter().map(|one| one.metric.as_str())) {
            let rows: Vec<Row> = all
                .iter()
                .filter(|one| one.endpoint == endpoint && one.metric == metric)
                .map(|one| missing_row(index, one))
                .collect();
            if rows.is_empty() {
                continue;
            }
            section.blocks.push(Block::Table(Table {
                caption: format!(
                    "{}: difference from everyone else, with the missing in either group{}",
                    words::metric(metric),
                    of_endpoint(index, endpoint)
                ),
                class: "comparisons",
                columns: vec![
                    Column::group("Group"),
                    Column::number(format!("Missing ({})", words::class_noun(metric))),
                    Column::number("Without them"),
                    Column::number("Least"),
                    Column::number("Largest"),
                    Column::number(format!(
                        "{} limits of the extremes",
                        format::percent(index.result.methods.confidence)
                    )),
                    Column::text("Method"),
                ],
                rows,
                ..Table::default()
            }));
        }
    }
}

fn missing_row(index: &Index<'_>, one: &MissingAttribute) -> Row {
    let n = index
        .estimate(&one.endpoint, &one.metric, &one.attribute, "(missing)")
        .filter(|e| e.status != EstimateStatus::Suppressed)
        .map_or_else(|| NONE.to_owned(), |e| format::count_shown(e.n_class));
    let mut cells = vec![
        Cell::new(names::group(&one.attribute, &one.level)),
        Cell::new(n),
    ];
    if one.status == EstimateStatus::Ok {
        let limits = format::signed_limits(one.lower, one.upper, 3);
        cells.extend([
            Cell::new(signed(one.difference)),
            Cell::new(signed(one.worst)),
            Cell::new(signed(one.best)),
            Cell::new(limits.unwrap_or_else(|| NONE.to_owned())),
        ]);
    } else {
        let why = missing_text(one.status, one.reason.as_deref());
        cells.push(Cell::new(why).with_class("words"));
        cells.extend([NONE, NONE, NONE].map(Cell::new));
    }
    cells.push(Cell::method(&one.method, index.result));
    row(cells)
}

fn row(cells: Vec<Cell>) -> Row {
    Row {
        id: None,
        class: "",
        cells,
    }
}

/// The rows of one endpoint and metric, single attributes before crossings.
fn of<'a>(all: &'a [LabelNoise], endpoint: &str, metric: &str) -> Vec<&'a LabelNoise> {
    let mut found: Vec<&LabelNoise> = all
        .iter()
        .filter(|one| one.endpoint == endpoint && one.metric == metric)
        .collect();
    found.sort_by_key(|one| rank(&one.attribute));
    found
}

fn labels(index: &Index<'_>, section: &mut Section) {
    let all = &index.result.label_noise;
    if all.is_empty() {
        section.absent("Not computed because no attribute with at least two levels was declared.");
        return;
    }
    section.say(
        "The share of a group's wrong decisions (of its right ones where the group does better) that would have to rest on a wrong label, \
         in this group alone, to erase the difference or its significance; and, where none is significant, the share of right decisions \
         whose labels would have to be wrong to show the group worse, or of wrong decisions to show it better. A small share means that the \
         conclusion hangs on few labels. Significant is a difference whose own interval leaves out 0, without adjustment for the number of \
         groups. A dash: not even all of them would do.",
    );
    for endpoint in endpoints(index) {
        for metric in metrics(all.iter().map(|one| one.metric.as_str())) {
            let found = of(all, endpoint, metric);
            if found.is_empty() {
                continue;
            }
            section.blocks.push(Block::Table(Table {
                caption: format!(
                    "{}: wrong labels that would change the conclusion{}",
                    words::metric(metric),
                    of_endpoint(index, endpoint)
                ),
                class: "comparisons",
                folded: Some(true),
                columns: vec![
                    Column::group("Group"),
                    Column::number("Difference"),
                    Column::text("Significant"),
                    Column::number("Erases it"),
                    Column::number("Erases significance"),
                    Column::number("Shows it worse"),
                    Column::number("Shows it better"),
                    Column::text("Method"),
                ],
                rows: found.iter().map(|one| label_row(index, one)).collect(),
                ..Table::default()
            }));
        }
    }
}

fn label_row(index: &Index<'_>, one: &LabelNoise) -> Row {
    let mut cells = vec![Cell::new(names::group(&one.attribute, &one.level))];
    if one.status == EstimateStatus::Ok {
        cells.extend([
            Cell::new(signed(one.difference)),
            Cell::new(match one.significant {
                Some(true) => "yes",
                Some(false) => "no",
                None => NONE,
            }),
            Cell::new(percent(one.erases)),
            Cell::new(percent(one.loses_significance)),
            Cell::new(percent(one.creates_deficit)),
            Cell::new(percent(one.creates_excess)),
        ]);
    } else {
        let why = missing_text(one.status, one.reason.as_deref());
        cells.push(Cell::new(why).with_class("words"));
        cells.extend([NONE; 5].map(Cell::new));
    }
    cells.push(Cell::method(&one.method, index.result));
    row(cells)
}

fn reference(index: &Index<'_>, section: &mut Section) {
    let all = &index.result.label_noise;
    if all.iter().all(|one| one.reference_grid.is_empty()) {
        section.absent(if index.result.cohort.sampling.as_deref() == Some("enriched") {
            "Not computed because cases were chosen by outcome, so that how often the reference errs among them is not known."
        } else {
            "Not computed because no group could be compared."
        });
        return;
    }
    section.say(
        "Values for the condition itself if the reference standard were not always right and erred independently of the model. Corrected \
         sensitivity depends on the specificity of the reference alone, corrected specificity on its sensitivity alone. In each cell: the \
         group's value with its limits; below it the difference from everyone else if the reference errs so everywhere, and if it errs so in this group \
         alone. \u{201c}Ruled out\u{201d}: the decisions do not fit such a reference.",
    );
    for endpoint in endpoints(index) {
        for metric in metrics(all.iter().map(|one| one.metric.as_str())) {
            let mut found = of(all, endpoint, metric);
            found.retain(|one| rank(&one.attribute) < 2 && !one.reference_grid.is_empty());
            if let Some(table) = reference_table(index, endpoint, metric, &found) {
                section.blocks.push(Block::Table(table));
            }
        }
    }
    section.note("Crossings stand in results.json and tables/imperfect_reference.csv.");
}

fn reference_table(
    index: &Index<'_>,
    endpoint: &str,
    metric: &str,
    found: &[&LabelNoise],
) -> Option<Table> {
    let other = if metric == "sensitivity" {
        "specificity"
    } else {
        "sensitivity"
    };
    let mut columns = vec![Column::group("Group")];
    columns.extend(
        found
            .first()?
            .reference_grid
            .iter()
            .map(|point| Column::number(format!("Reference {other} {}", point.reference_accuracy))),
    );
    let rows = found
        .iter()
        .map(|one| {
            let mut cells = vec![Cell::new(names::group(&one.attribute, &one.level))];
            cells.extend(one.reference_grid.iter().map(|point| match point.estimate {
                None => Cell::new("ruled out").with_class("words"),
                Some(_) => {
                    let limits = format::limits(point.lower, point.upper, 3)
                        .map_or_else(String::new, |limits| format!(" {limits}"));
                    Cell::new(format!("{}{limits}", value(point.estimate))).with_note(format!(
                        "{}; here alone {}",
                        signed(point.difference),
                        signed(point.difference_if_only_here)
                    ))
                }
            }));
            row(cells)
        })
        .collect();
    Some(Table {
        caption: format!(
            "{} if the reference standard is imperfect{}",
            words::metric(metric),
            of_endpoint(index, endpoint)
        ),
        class: "metric",
        folded: Some(false),
        columns,
        rows,
        ..Table::default()
    })
}
