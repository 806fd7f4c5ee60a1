//! What is let pass, why, by whom, until when, and whether it holds.

use crate::gate::{Waiver, WaiverState};

use super::super::index::Index;
use super::super::{anchor, names, words};
use super::block::{Block, Cell, Column, Row, Section, Table};

/// All waivers of the audit file, or that there are none.
pub(super) fn section(index: &Index<'_>) -> Section {
    let mut section = Section::new("waivers", "Waivers");
    let waivers = &index.result.waivers;
    if waivers.is_empty() {
        section.absent("Not shown because the audit file has no waiver: nothing is let pass.");
        return section;
    }
    section.say(
        "A waiver lets one check of one group pass for a while. It names its reason, who answers for it, \
         who agreed, the model that was looked at and the worst result that it covers. It is void for another \
         model or a worse result, and over after its last day: the check then blocks again.",
    );
    section.blocks.push(Block::Table(Table {
        caption: "Waivers and what came of them".to_owned(),
        class: "waivers",
        columns: vec![
            Column::text("Requirement"),
            Column::group("Group"),
            Column::text("State"),
            Column::wide("Why it is let pass"),
            Column::text("Owner"),
            Column::text("Approver"),
            Column::number("Until"),
            Column::number("Not beyond"),
        ],
        rows: waivers.iter().map(|waiver| row(waiver, index)).collect(),
        ..Table::default()
    }));
    section.note("The day on which waivers were looked at stands in manifest.json.");
    section
}

fn row(waiver: &Waiver, index: &Index<'_>) -> Row {
    let mut group = Cell::new(names::group(&waiver.attribute, &waiver.level));
    if let Some(endpoint) = &waiver.endpoint {
        group = group.with_note(names::name(endpoint));
    }
    let check = index
        .result
        .checks
        .iter()
        .find(|check| waiver.checks.first() == Some(&check.id));
    if let Some(check) = check {
        group = group.with_href(anchor::of_check(check));
    }
    let class = match waiver.state {
        WaiverState::Applied => "verdict none",
        WaiverState::Unused => "verdict inconclusive",
        WaiverState::Expired | WaiverState::Void | WaiverState::Invalid => "verdict fail",
    };
    Row {
        id: None,
        class: "",
        cells: vec![
            Cell::new(names::name(&waiver.check)),
            group,
            Cell::new(words::sentence(words::waiver_state(waiver.state)).trim_end_matches('.'))
                .with_class(class)
                .with_note(words::sentence(&waiver.explanation)),
            Cell::new(names::name(&waiver.reason)),
            Cell::new(names::name(&waiver.owner)),
            Cell::new(names::name(&waiver.approver)),
            Cell::new(waiver.until.clone()),
            Cell::new(waiver.not_beyond.to_string().replace('-', "\u{2212}")),
        ],
    }
}
