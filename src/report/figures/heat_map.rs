//! A crossing of two attributes: one cell for each pair of levels, with its value and n in it.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::language::Translator;
use super::intervals::Root;
use super::panel::{Frame, Panel, write, write_lines};
use super::svg::{Canvas, FONT, Ink};
use super::text;

/// One cell.
pub(in super::super) struct HeatCell {
    /// Row and column.
    pub at: (usize, usize),
    /// Everything in words, for the cell's title.
    pub title: String,
    /// The number itself; `None` when there is none.
    pub value: Option<f64>,
    /// The number as text, or a short word for why there is none.
    pub text: String,
    /// How many samples it rests on, as text.
    pub n: String,
}

/// What the figure shows.
pub(in super::super) struct HeatMap<'a> {
    /// Unique id of the figure.
    pub id: &'a str,
    /// Title for screen readers.
    pub title: &'a str,
    /// Description for screen readers.
    pub description: &'a str,
    /// Attribute of the rows, and of the columns.
    pub attributes: (&'a str, &'a str),
    /// Levels of the rows.
    pub rows: &'a [String],
    /// Levels of the columns.
    pub columns: &'a [String],
    /// Cells; a pair of levels without one stays empty.
    pub cells: &'a [HeatCell],
    /// Values at the ends of the shading.
    pub range: (f64, f64),
    /// The ends of the shading in words, for the legend.
    pub ends: (&'a str, &'a str),
}

/// Most columns that leave a cell room for its text.
pub(in super::super) const MOST_COLUMNS: usize = 9;
/// Most rows on a printed page.
pub(in super::super) const MOST_ROWS: usize = 20;

const LEFT: f64 = 190.0;
const CELL: (f64, f64) = (68.0, 38.0);
const FOOT: f64 = 40.0;
const SMALL: f64 = 11.0;
const SHADES: [Ink; 5] = [Ink::Heat1, Ink::Heat2, Ink::Heat3, Ink::Heat4, Ink::Heat5];

/// Draws the map. Shades are five steps of one hue, light enough for the text on all of them.
pub(in super::super) fn heat_map(
    words: &Translator,
    map: &HeatMap<'_>,
) -> Result<String, ReportError> {
    #[expect(clippy::cast_precision_loss, reason = "a map has few rows and columns")]
    let size = (
        map.columns.len() as f64 * CELL.0,
        map.rows.len() as f64 * CELL.1,
    );
    let width = (LEFT + size.0 + 4.0).max(520.0);
    let head = head(words, map.columns);
    let height = head + size.1 + FOOT;
    let canvas = Canvas::new(words, width, height);
    let root = canvas.area();
    let frame = Frame {
        left: 0.0,
        top: 0.0,
        right: width,
        bottom: height,
    };
    // Pixels themselves are the coordinates.
    let panel = Panel::new(&root, frame, (0.0, width), (height, 0.0));
    heads(words, map, &root, head)?;
    for cell in map.cells {
        canvas.open(&cell.title);
        draw_cell(words, map, cell, head, &root, &panel)?;
        canvas.close();
    }
    legend(words, map, &root, &panel, head + size.1 + 22.0)?;
    drop(panel);
    drop(root);
    Ok(canvas.finish(map.id, "plot heat", map.title, map.description))
}

/// A column's name on three lines at most.
fn column_lines(words: &Translator, level: &str) -> Vec<String> {
    text::wrap(&words.say(level), SMALL, CELL.0 - 4.0, 3)
}

/// Height above the cells: the attribute's name and the columns' names.
fn head(words: &Translator, columns: &[String]) -> f64 {
    let most = columns
        .iter()
        .map(|level| column_lines(words, level).len())
        .max();
    #[expect(clippy::cast_precision_loss, reason = "three lines at most")]
    let lines = most.unwrap_or(1) as f64;
    27.0 + 13.0 * lines
}

#[expect(clippy::cast_precision_loss, reason = "a map has few rows and columns")]
fn place(head: f64, (row, column): (usize, usize)) -> (f64, f64) {
    (LEFT + column as f64 * CELL.0, head + row as f64 * CELL.1)
}

fn heads(
    words: &Translator,
    map: &HeatMap<'_>,
    root: &Root<'_>,
    head: f64,
) -> Result<(), ReportError> {
    let (rows, columns) = map.attributes;
    let name = text::cut(&words.say(columns), FONT, 330.0);
    write(root, &name, (LEFT, 8.0), HPos::Left, Ink::Muted, FONT)?;
    let name = text::cut(&words.say(rows), FONT, LEFT - 12.0);
    write(
        root,
        &name,
        (0.0, head - 10.0),
        HPos::Left,
        Ink::Muted,
        FONT,
    )?;
    for (column, level) in map.columns.iter().enumerate() {
        let x = place(head, (0, column)).0 + CELL.0 / 2.0;
        let lines = column_lines(words, level);
        #[expect(clippy::cast_precision_loss, reason = "three lines at most")]
        let mut y = head - 10.0 - 13.0 * (lines.len() - 1) as f64;
        for line in &lines {
            write(root, line, (x, y), HPos::Center, Ink::Text, SMALL)?;
            y += 13.0;
        }
    }
    for (row, level) in map.rows.iter().enumerate() {
        let middle = place(head, (row, 0)).1 + CELL.1 / 2.0;
        let lines = text::wrap(&words.say(level), FONT, LEFT - 12.0, 2);
        write_lines(root, &lines, (0.0, middle), HPos::Left, Ink::Text)?;
    }
    Ok(())
}

fn draw_cell(
    words: &Translator,
    map: &HeatMap<'_>,
    cell: &HeatCell,
    head: f64,
    root: &Root<'_>,
    panel: &Panel<'_>,
) -> Result<(), ReportError> {
    let (x, y) = place(head, cell.at);
    let (right, bottom) = (x + CELL.0 - 2.0, y + CELL.1 - 2.0);
    match cell.value {
        Some(value) => panel.block((x, y), (right, bottom), shade(map.range, value))?,
        // Hollow: there is a cell, and no number in it.
        None => panel.line(
            &[(x, y), (right, y), (right, bottom), (x, bottom), (x, y)],
            Ink::Grid,
            1.2,
        )?,
    }
    let ink = if cell.value.is_some() {
        Ink::Text
    } else {
        Ink::Muted
    };
    let middle = f64::midpoint(x, right);
    // A word that stands for a number may need the line of n too, where there is none.
    let most = if cell.n.is_empty() { 2 } else { 1 };
    let (said, size) = (
        words.say(&cell.text),
        if cell.value.is_some() { FONT } else { SMALL },
    );
    let lines = text::wrap(&said, size, CELL.0 - 6.0, most);
    for (line, down) in lines.iter().zip([12.0, 26.0]) {
        write(root, line, (middle, y + down), HPos::Center, ink, size)?;
    }
    let n = text::cut(&words.say(&cell.n), SMALL, CELL.0 - 6.0);
    write(root, &n, (middle, y + 26.0), HPos::Center, ink, SMALL)
}

fn shade((low, high): (f64, f64), value: f64) -> Ink {
    let share = if high > low {
        (value - low) / (high - low)
    } else {
        0.5
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a step between 0 and 4"
    )]
    let step = (share.clamp(0.0, 1.0) * 4.999).floor() as usize;
    SHADES.get(step).copied().unwrap_or(Ink::Heat5)
}

fn legend(
    words: &Translator,
    map: &HeatMap<'_>,
    root: &Root<'_>,
    panel: &Panel<'_>,
    y: f64,
) -> Result<(), ReportError> {
    let ends = (words.say(map.ends.0), words.say(map.ends.1));
    write(root, &ends.0, (LEFT, y), HPos::Left, Ink::Muted, SMALL)?;
    let mut x = LEFT + text::width(&ends.0, SMALL) + 8.0;
    for ink in SHADES {
        panel.block((x, y - 6.0), (x + 18.0, y + 6.0), ink)?;
        x += 20.0;
    }
    write(root, &ends.1, (x + 6.0, y), HPos::Left, Ink::Muted, SMALL)?;
    let x = x + 6.0 + text::width(&ends.1, SMALL) + 20.0;
    write(
        root,
        &words.say("hollow: no number"),
        (x, y),
        HPos::Left,
        Ink::Muted,
        SMALL,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_rise_with_the_value_and_every_cell_says_its_number() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let cell = |at, value: Option<f64>| HeatCell {
            at,
            title: format!("cell {at:?}"),
            value,
            text: value.map_or_else(|| "none".to_owned(), |v| format!("{v:.2}")),
            n: "n 12".to_owned(),
        };
        let svg = heat_map(
            &Translator::default(),
            &HeatMap {
                id: "h",
                title: "t",
                description: "d",
                attributes: ("sex", "site"),
                rows: &names(&["F", "M"]),
                columns: &names(&["A", "مستشفى الملك فيصل"]),
                cells: &[
                    cell((0, 0), Some(0.5)),
                    cell((0, 1), Some(1.0)),
                    cell((1, 0), None),
                ],
                range: (0.5, 1.0),
                ends: ("0.50", "1.00"),
            },
        )
        .unwrap();
        assert!(svg.contains("<title>cell (0, 0)</title><rect class=\"f-heat1\""));
        assert!(svg.contains("<title>cell (0, 1)</title><rect class=\"f-heat5\""));
        assert!(svg.contains("<title>cell (1, 0)</title><path class=\"s-grid\""));
        assert_eq!(svg.matches(">n 12<").count(), 3);
    }
}
