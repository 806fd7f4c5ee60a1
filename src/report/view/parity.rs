//! The makers' own numbers beside those of the audit.

use crate::parity::{ParityOfScore, ParityStatus};

use super::super::index::Index;
use super::super::{format, names};
use super::block::{Block, Cell, Column, Row, Section, Table};

/// The section about parity with the model's makers.
pub(super) fn section(index: &Index<'_>) -> Section {
    let parity = &index.result.parity;
    let mut section = Section::new("parity", "Parity with the model's makers");
    if parity.status == ParityStatus::NotVerified {
        section.absent(format!("Parity not verified: {}.", parity.reason));
        return section;
    }
    section.say(match parity.status {
        ParityStatus::BeyondTolerance => format!(
            "The metrics of this report cannot be trusted: {}. `equipoise doctor` searches for the explanation.",
            parity.reason
        ),
        _ => format!("Checked: {}.", parity.reason),
    });
    if !parity.scores.is_empty() {
        section.blocks.push(Block::Table(scores(&parity.scores)));
    }
    if let Some(tensors) = &parity.tensors {
        section.say(format!(
            "Input tensors compared: {}; of another shape or unreadable: {}; largest difference of a value: {} (tolerated: {}).",
            counted(tensors.n_compared),
            counted(tensors.n_unlike),
            tensors
                .max_abs
                .map_or_else(|| "none could be taken".to_owned(), format::scientific),
            format::scientific(tensors.max_abs_tolerated)
        ));
    }
    section.note(
        "Compared sample by sample over all samples that the makers gave numbers for. The rank correlation is Spearman's.",
    );
    section
}

fn counted(count: Option<u64>) -> String {
    count.map_or_else(|| "withheld".to_owned(), format::count)
}

fn scores(scores: &[ParityOfScore]) -> Table {
    let rows = scores
        .iter()
        .map(|one| Row {
            id: None,
            class: "",
            cells: vec![
                Cell::new(names::name(&one.score)).with_note(one.scale.clone()),
                Cell::new(counted(one.n_compared)),
                Cell::new(counted(one.n_left_out)),
                Cell::new(format::scientific(one.max_abs)),
                Cell::new(format::scientific(one.max_abs_tolerated)),
                Cell::new(format::scientific(one.mean_abs)),
                Cell::new(counted(one.decision_flips)),
                Cell::new(
                    one.rank_correlation
                        .map_or_else(|| "none".to_owned(), |rho| format!("{rho:.4}")),
                ),
            ],
        })
        .collect();
    Table {
        caption: "Scores beside the makers'".to_owned(),
        class: "parity",
        columns: vec![
            Column::text("Score"),
            Column::number("Samples"),
            Column::number("Left out"),
            Column::number("Largest difference"),
            Column::number("Tolerated"),
            Column::number("Mean difference"),
            Column::number("Decisions that differ"),
            Column::number("Rank correlation"),
        ],
        rows,
        ..Table::default()
    }
}
