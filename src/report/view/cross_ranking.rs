//! Ranking between groups (xAUC): one table an attribute.

use crate::assessment::{CrossRanking, EstimateStatus};

use super::super::index::Index;
use super::super::{format, names};
use super::absent;
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::strata::{endpoints, of_endpoint};

/// Positives of each level against negatives of every other.
pub(super) fn section(index: &Index<'_>) -> Section {
    let mut section = Section::new("cross-ranking", "Ranking between groups");
    let all = &index.result.cross_ranking;
    if all.is_empty() {
        absent::of_binary(
            index,
            &mut section,
            "Not computed because no attribute asks for it (strata.X.cross_ranking: true).",
        );
        return section;
    }
    section.say(
        "Chance that a positive of one group has a higher score than a negative of another (xAUC, Kallus and Zhou 2019). A group's own \
         AUROC does not see whether its scores lie lower than those of others: where one worklist is sorted by score, positives of a group \
         with a low value in its row wait behind negatives of the others. On the diagonal stands the group's own AUROC.",
    );
    for endpoint in endpoints(index) {
        let mut attributes: Vec<&str> = Vec::new();
        for one in all.iter().filter(|one| one.endpoint == endpoint) {
            if !attributes.contains(&one.attribute.as_str()) {
                attributes.push(&one.attribute);
            }
        }
        for attribute in attributes {
            let found: Vec<&CrossRanking> = all
                .iter()
                .filter(|one| one.endpoint == endpoint && one.attribute == attribute)
                .collect();
            section.blocks.push(Block::Table(table(
                format!(
                    "Positives of a row against negatives of a column: {}{}",
                    names::attribute(attribute),
                    of_endpoint(index, endpoint)
                ),
                attribute,
                &found,
            )));
        }
    }
    section
}

fn table(caption: String, attribute: &str, found: &[&CrossRanking]) -> Table {
    let mut levels: Vec<&str> = Vec::new();
    for one in found {
        if !levels.contains(&one.positives_of.as_str()) {
            levels.push(&one.positives_of);
        }
    }
    let mut columns = vec![Column::group("Positives of"), Column::number("n")];
    columns.extend(
        levels.iter().map(|level| {
            Column::number(format!("Negatives of {}", names::level(attribute, level)))
        }),
    );
    let row = |level: &&str| {
        let of: Vec<&&CrossRanking> = found
            .iter()
            .filter(|one| one.positives_of == *level)
            .collect();
        let n = of.iter().find_map(|one| one.n_positive);
        let mut cells = vec![
            Cell::new(names::group(attribute, level)),
            Cell::new(format::count_shown(n)),
        ];
        cells.extend(levels.iter().map(|other| {
            match of.iter().find(|one| one.negatives_of == *other) {
                Some(one) if one.status == EstimateStatus::Ok => {
                    let value = one
                        .estimate
                        .map_or_else(String::new, |v| format::number(v, 3));
                    let cell = Cell::new(value);
                    match format::limits(one.lower, one.upper, 3) {
                        Some(limits) => cell.with_note(limits),
                        None => cell,
                    }
                }
                Some(one) => {
                    Cell::new("\u{2013}").with_note(one.reason.clone().unwrap_or_default())
                }
                None => Cell::new("\u{2013}"),
            }
        }));
        Row {
            id: None,
            class: "",
            cells,
        }
    };
    Table {
        caption,
        description: None,
        class: "metric",
        folded: None,
        rows: levels.iter().map(row).collect(),
        columns,
    }
}
