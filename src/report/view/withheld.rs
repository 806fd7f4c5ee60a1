//! What is withheld to protect small groups, by what rule, and what that costs.

use super::super::index::Index;
use super::super::{format, names};
use super::block::{Block, Cell, Column, Row, Section, Table};

/// The groups that are withheld, or that the audit file asks for none to be.
pub(super) fn section(index: &Index<'_>) -> Section {
    let disclosure = &index.result.disclosure;
    let mut section = Section::new("withheld", "Numbers withheld to protect patients");
    if disclosure.suppress_below == 0 {
        section.absent(
            "Nothing is withheld because the audit file sets no bound (statistics.suppress_below): numbers of few patients are shown.",
        );
        return section;
    }
    let below = disclosure.suppress_below;
    section.say(format!(
        "Few patients of a known group can be recognised. A group is withheld where 1 to {} patients stand behind it, or behind its \
         positives or its negatives for an endpoint. Further groups are withheld with it until none of these numbers follows from totals, \
         crossings, shares or intervals that are shown. Which group is small and which one only protects another is not told. \
         A number of 0 and numbers of errors are shown.",
        below - 1
    ));
    section.say(format!(
        "{} of {} are withheld, counted for each endpoint. Nothing was computed for the page from them alone; the whole cohort still \
         contains them. Checks on them are not evaluable. Tests over all levels of their attribute are withheld too, and so are differences \
         from everyone else where the size of everyone else would give a group away.",
        disclosure.withheld.len(),
        format::counted(disclosure.n_strata, "group", "groups")
    ));
    if disclosure.flow_withheld {
        section.say(
            "The end of the cohort flow is withheld as well, since few patients are left in it.",
        );
    }
    if !disclosure.withheld.is_empty() {
        section.blocks.push(Block::Table(table(index)));
    }
    section.note(
        "What protects is that another table of patients agrees with everything shown. It does not protect against what a reader \
         knows from elsewhere, nor hide that a number lies in a narrow range. The stored scores (predictions.parquet) hold every \
         sample and stay where the patients are.",
    );
    section
}

fn table(index: &Index<'_>) -> Table {
    let several = index.several_endpoints();
    let mut columns = vec![Column::group("Group")];
    if several {
        columns.push(Column::text("Endpoint"));
    }
    let rows = index
        .result
        .disclosure
        .withheld
        .iter()
        .map(|one| {
            let mut cells = vec![Cell::new(names::group(&one.attribute, &one.level))];
            if several {
                cells.push(Cell::new(names::name(&one.endpoint)));
            }
            Row {
                id: None,
                class: "",
                cells,
            }
        })
        .collect();
    Table {
        caption: "Groups that are withheld".to_owned(),
        class: "withheld",
        columns,
        rows,
        ..Table::default()
    }
}
