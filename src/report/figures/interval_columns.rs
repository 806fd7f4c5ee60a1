//! The columns of words and counts beside the marks of an interval plot.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::format;
use super::super::language::Translator;
use super::intervals::{
    INDENT, IntervalRow, MOST_LINES, PLOT_LEFT, PLOT_RIGHT, Placed, Plot, Root, Row, WIDTH,
};
use super::panel::{write, write_lines};
use super::svg::{FONT, Ink};
use super::text;

/// Right end of the column of n beside one of patients; alone it stands where that one would.
const N_RIGHT: f64 = 622.0;
const PATIENTS_RIGHT: f64 = 684.0;
const VALUE_LEFT: f64 = 700.0;

/// Which counts stand beside the rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    N,
    NAndPatients,
}

impl Counts {
    pub fn of(rows: &[Row]) -> Self {
        let counted = |row: &Row| matches!(row, Row::Group(group) if group.patients.is_some());
        if rows.iter().any(counted) {
            Self::NAndPatients
        } else {
            Self::N
        }
    }

    pub fn n_right(self) -> f64 {
        match self {
            Self::N => PATIENTS_RIGHT,
            Self::NAndPatients => N_RIGHT,
        }
    }
}

/// Middle of a heading: one line stands above the plot, two fill the room above it.
const HEAD_MIDDLE: f64 = 12.0;

/// What the columns are.
pub(super) fn headings(
    words: &Translator,
    plot: &Plot<'_>,
    root: &Root<'_>,
    counts: Counts,
) -> Result<(), ReportError> {
    let head = |text: &str, x: f64, side: HPos, room: f64| {
        let lines = text::wrap(&words.say(text), FONT, room, 2);
        let at = (x, HEAD_MIDDLE);
        write_lines(root, &lines, at, side, Ink::Muted)
    };
    head(plot.row_heading, 0.0, HPos::Left, PLOT_LEFT)?;
    // Nothing stands above the plot, so that a long heading may begin there.
    let room = counts.n_right() - PLOT_LEFT;
    head(plot.n_heading, counts.n_right(), HPos::Right, room)?;
    if counts == Counts::NAndPatients {
        let room = PATIENTS_RIGHT - N_RIGHT - 2.0;
        head("patients", PATIENTS_RIGHT, HPos::Right, room)?;
    }
    head(
        plot.value_heading,
        VALUE_LEFT,
        HPos::Left,
        WIDTH - VALUE_LEFT,
    )
}

/// The number of a group, or why there is none: the axis is free then for the reason.
pub(super) fn told(words: &Translator, group: &IntervalRow) -> Vec<String> {
    let room = match group.value {
        Some(_) => WIDTH - VALUE_LEFT,
        None => PLOT_RIGHT - PLOT_LEFT - 8.0,
    };
    text::wrap(&words.say(&group.text), FONT, room, MOST_LINES)
}

pub(super) fn labels(
    words: &Translator,
    root: &Root<'_>,
    row: &Placed<'_>,
    group: &IntervalRow,
    counts: Counts,
) -> Result<(), ReportError> {
    let x = if group.overall { 0.0 } else { INDENT };
    let y = row.middle();
    write_lines(root, &row.lines, (x, y), HPos::Left, Ink::Text)?;
    let count = |n: Option<u64>, right: f64| {
        let said = words.say(&format::count_shown(n));
        write(root, &said, (right, y), HPos::Right, Ink::Text, FONT)
    };
    count(group.n, counts.n_right())?;
    if counts == Counts::NAndPatients {
        count(group.patients, PATIENTS_RIGHT)?;
    }
    let (x, ink) = match group.value {
        Some(_) => (VALUE_LEFT, Ink::Text),
        None => (PLOT_LEFT + 4.0, Ink::Muted),
    };
    write_lines(root, &row.told, (x, y), HPos::Left, ink)
}
