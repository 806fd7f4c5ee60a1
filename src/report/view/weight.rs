//! About how many bytes a page will have, from what stands in it.

use super::super::contact::ShownSheet;
use super::super::html::TEMPLATES;
use super::Page;
use super::block::{Block, Cell, Figure, Row, Section, Table};

/// Bytes of a text in HTML.
fn text(text: &str) -> usize {
    let escaped = |byte: &u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'' | b'/');
    text.len() + 4 * text.bytes().filter(escaped).count()
}

fn optional(some: Option<&String>, around: usize) -> usize {
    some.map_or(0, |own| text(own) + around)
}

impl Page<'_> {
    /// About how many bytes the page will have in the embedded templates: what their markup weighs is
    /// counted as it stands there, to a hundredth of the whole.
    pub fn weight(&self) -> usize {
        let fixed: usize = TEMPLATES
            .iter()
            .filter(|(name, _)| !name.ends_with(".html"))
            .map(|(_, own)| own.len())
            .sum();
        let logo = self.logo.as_ref().map_or(0, |logo| logo.base64.len());
        // Head, banner and key facts: three thousand bytes whatever is audited.
        fixed + logo + 3_000 + self.sections.iter().copied().map(section).sum::<usize>()
    }
}

fn section(section: &Section) -> usize {
    200 + section.blocks.iter().map(block).sum::<usize>()
}

fn block(block: &Block) -> usize {
    match block {
        Block::Paragraph(own) | Block::Note(own) | Block::Heading(own) | Block::Absent(own) => {
            text(own) + 23
        }
        Block::Command(own) => text(own) + 63,
        Block::Table(own) => table(own),
        Block::Figure(own) => figure(own) + text(&own.caption) + 134,
        Block::Panels(groups) => groups
            .iter()
            .map(|group| {
                let figures = group.figures.iter().map(|own| figure(own) + 60);
                text(&group.heading) + 90 + figures.sum::<usize>()
            })
            .sum(),
        Block::Sheets(sheets) => sheets.iter().map(ShownSheet::weight).sum(),
        Block::List(items) => items.iter().map(|item| text(item) + 10).sum(),
        Block::Definitions(items) | Block::References(items) => items
            .iter()
            .map(|item| text(&item.term) + text(&item.detail) + optional(item.id.as_ref(), 6) + 30)
            .sum(),
    }
}

fn figure(figure: &Figure) -> usize {
    figure.svg.len()
        + text(&figure.caption)
        + optional(figure.note.as_ref(), 26)
        + optional(figure.table.as_ref(), 45)
}

fn table(table: &Table) -> usize {
    let columns: usize = table
        .columns
        .iter()
        .map(|column| text(&column.label) + column.class.len() + 32)
        .sum();
    let rows: usize = table.rows.iter().map(|row| of_row(row, table)).sum();
    3 * text(&table.caption) + optional(table.description.as_ref(), 22) + columns + rows + 265
}

fn of_row(row: &Row, table: &Table) -> usize {
    let id = row.id.as_ref().map_or(0, |id| id.len() + 6);
    let cells = row.cells.iter().enumerate();
    let cells = cells.map(|(place, own)| {
        let class = table.columns.get(place).map_or("", |column| column.class);
        // The first one is a heading.
        cell(own, class) + if place == 0 { 12 } else { 0 }
    });
    let class = if row.class.is_empty() {
        0
    } else {
        row.class.len() + 9
    };
    10 + id + class + cells.sum::<usize>()
}

fn cell(cell: &Cell, column: &str) -> usize {
    let class = match (column.len(), cell.class.len()) {
        (0, 0) => 0,
        (0, one) | (one, 0) => one + 9,
        (one, other) => one + other + 10,
    };
    let href = cell.href.as_ref().map_or(0, |href| href.len() + 16);
    4 + class + text(&cell.text) + href + optional(cell.note.as_ref(), 26)
}

#[cfg(test)]
mod tests {
    use super::super::super::index::Index;
    use super::super::super::{example, html};
    use super::super::{Draft, Extent};

    #[test]
    fn the_weight_is_that_of_the_page_to_a_hundredth() {
        for result in [
            example::chest(),
            example::many_strata(),
            example::two_endpoints(),
        ] {
            let written = html(&result).unwrap().len() as f64;
            let index = Index::new(&result);
            let mut draft = Draft::new(&index).unwrap();
            let told = draft.page(Extent::steps(0)[0]).unwrap().weight() as f64;
            assert!(
                (told / written - 1.0).abs() < 0.01,
                "{told} told, {written} written"
            );
        }
    }
}
