//! Range over the levels of an attribute beside the range by chance alone.

use crate::assessment::EstimateStatus;

use super::super::index::Index;
use super::super::{format, names, words};
use super::absent;
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::forests::missing_text;
use super::numbers::value;

/// Adds the table to the section on differences.
pub(super) fn into(index: &Index<'_>, section: &mut Section) {
    section.heading("Largest less smallest value");
    let all = &index.result.spread;
    if all.is_empty() {
        let why = "Not computed because no attribute was declared.";
        absent::of_binary(index, section, why);
        return;
    }
    let several = index.several_endpoints();
    let mut columns = vec![Column::group("Attribute")];
    if several {
        columns.push(Column::text("Endpoint"));
    }
    columns.extend([
        Column::text("Metric"),
        Column::number("Levels"),
        Column::text("From"),
        Column::text("To"),
        Column::number("Range"),
        Column::number("By chance alone"),
        Column::number("95% of chance below"),
        Column::number("Less chance"),
        Column::text("Method"),
    ]);
    let rows = all
        .iter()
        .map(|one| {
            let mut cells = vec![Cell::new(names::attribute(&one.attribute))];
            if several {
                cells.push(Cell::new(names::name(&one.endpoint)));
            }
            let level = |level: &Option<String>| {
                level
                    .as_ref()
                    .map_or_else(String::new, |level| names::level(&one.attribute, level))
            };
            let range = if one.status == EstimateStatus::Ok {
                Cell::new(value(one.range)).with_class("strong")
            } else {
                let why = missing_text(one.status, one.reason.as_deref());
                Cell::new(why).with_class("words")
            };
            cells.extend([
                Cell::new(words::metric(&one.metric)),
                Cell::new(format::count(one.levels.len() as u64)),
                Cell::new(level(&one.lowest)),
                Cell::new(level(&one.highest)),
                range,
                Cell::new(value(one.expected_by_chance)),
                Cell::new(value(one.upper_95_by_chance)),
                Cell::new(value(one.bias_corrected)),
                Cell::method(&one.method, index.result),
            ]);
            Row {
                id: None,
                class: "",
                cells,
            }
        })
        .collect();
    section.blocks.push(Block::Table(Table {
        caption: "Range over the levels of an attribute, and what chance alone would show"
            .to_owned(),
        class: "tests",
        columns,
        rows,
        ..Table::default()
    }));
    section.note(
        "A range is never negative and grows with the number of levels, so that it says nothing without the range that groups which are \
         alike would show. It is description: the test stands in the table above, and no requirement is decided on a range.",
    );
}
