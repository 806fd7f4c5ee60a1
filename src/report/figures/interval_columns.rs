//! The columns of words and counts beside the marks of an interval plot.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::format;
use super::super::language::Translator;
use super::intervals::{
    INDENT, IntervalRow, PLOT_LEFT, PLOT_RIGHT, Placed, Plot, Root, Row, WIDTH,
};
use super::panel::write;
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

/// What the columns are.
pub(super) fn headings(
    words: &Translator,
    plot: &Plot<'_>,
    root: &Root<'_>,
    counts: Counts,
) -> Result<(), ReportError> {
    let head = |text: &str, x: f64, side: HPos| {
        write(root, &words.say(text), (x, 12.0), side, Ink::Muted, FONT)
    };
    head(plot.row_heading, 0.0, HPos::Left)?;
    head(plot.n_heading, counts.n_right(), HPos::Right)?;
    if counts == Counts::NAndPatients {
        head("patients", PATIENTS_RIGHT, HPos::Right)?;
    }
    head(plot.value_heading, VALUE_LEFT, HPos::Left)
}

pub(super) fn labels(
    words: &Translator,
    root: &Root<'_>,
    row: &Placed<'_>,
    group: &IntervalRow,
    counts: Counts,
) -> Result<(), ReportError> {
    let x = if group.overall { 0.0 } else { INDENT };
    let first = if row.lines.len() > 1 {
        row.middle() - 7.0
    } else {
        row.middle()
    };
    let mut y = first;
    for line in &row.lines {
        write(root, line, (x, y), HPos::Left, Ink::Text, FONT)?;
        y += 14.0;
    }
    let count = |n: Option<u64>, right: f64| {
        let at = (right, row.middle());
        write(
            root,
            &words.say(&format::count_shown(n)),
            at,
            HPos::Right,
            Ink::Text,
            FONT,
        )
    };
    count(group.n, counts.n_right())?;
    if counts == Counts::NAndPatients {
        count(group.patients, PATIENTS_RIGHT)?;
    }
    if group.value.is_some() {
        let value = text::cut(&words.say(&group.text), FONT, WIDTH - VALUE_LEFT);
        return write(
            root,
            &value,
            (VALUE_LEFT, row.middle()),
            HPos::Left,
            Ink::Text,
            FONT,
        );
    }
    // Without a mark the axis is free for the reason, which needs the room.
    let reason = text::cut(&words.say(&group.text), FONT, PLOT_RIGHT - PLOT_LEFT - 8.0);
    write(
        root,
        &reason,
        (PLOT_LEFT + 4.0, row.middle()),
        HPos::Left,
        Ink::Muted,
        FONT,
    )
}
