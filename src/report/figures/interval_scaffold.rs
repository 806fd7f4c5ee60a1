//! What stands around the marks of an interval plot: axis, bounds, shading, legend.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::format;
use super::super::language::Translator;
use super::intervals::{
    HEAD, IntervalRow, Mark, PLOT_LEFT, PLOT_RIGHT, Placed, Plot, Root, Row, Ticks, WIDTH, ink_of,
};
use super::panel::{Frame, Panel, ticks, write};
use super::svg::{FONT, Ink};
use super::text;

/// Grid, tick labels, the axis and its name.
pub(super) fn axis(
    words: &Translator,
    plot: &Plot<'_>,
    root: &Root<'_>,
    panel: &Panel<'_>,
    end: f64,
) -> Result<(), ReportError> {
    let (mut values, decimals) = ticks(plot.range.0, plot.range.1, 6.0);
    if plot.ticks == Ticks::Powers {
        values.retain(|value| value.fract().abs() < 1e-9);
    }
    let scale = (PLOT_RIGHT - PLOT_LEFT) / (plot.range.1 - plot.range.0);
    for value in &values {
        panel.line(&[(*value, HEAD), (*value, end)], Ink::Grid, 1.0)?;
    }
    for value in values {
        let x = PLOT_LEFT + (value - plot.range.0) * scale;
        let label = match plot.ticks {
            Ticks::Signed => format::signed(value, decimals),
            Ticks::Plain => format::number(value, decimals),
            Ticks::Powers => format!("1e{}", format::plain(value, 0)),
        };
        write(
            root,
            &label,
            (x, end + 14.0),
            HPos::Center,
            Ink::Muted,
            FONT,
        )?;
    }
    panel.line(&[(plot.range.0, end), (plot.range.1, end)], Ink::Axis, 1.0)?;
    if let Some(zero) = plot.zero {
        panel.line(&[(zero, HEAD), (zero, end)], Ink::Axis, 1.2)?;
    }
    let middle = f64::midpoint(PLOT_LEFT, PLOT_RIGHT);
    write(
        root,
        &words.say(plot.axis_label),
        (middle, end + 32.0),
        HPos::Center,
        Ink::Muted,
        FONT,
    )
}

/// Stretches of rows that share a bound, with the pixel rows they cover.
fn stretches(placed: &[Placed<'_>]) -> Vec<(f64, f64, f64)> {
    let mut found: Vec<(f64, f64, f64)> = Vec::new();
    for row in placed {
        let Row::Group(group) = row.row else { continue };
        let Some(bound) = group.bound else { continue };
        match found.last_mut() {
            // A heading between two rows of the same requirement does not break its line.
            Some((b, _, bottom)) if (*b - bound).abs() < 1e-12 && row.top - *bottom < 30.0 => {
                *bottom = row.bottom
            }
            _ => found.push((bound, row.top, row.bottom)),
        }
    }
    found
}

/// The dashed lines of the requirements.
pub(super) fn bounds(panel: &Panel<'_>, placed: &[Placed<'_>]) -> Result<(), ReportError> {
    for (bound, top, bottom) in stretches(placed) {
        panel.line(&[(bound, top), (bound, bottom)], Ink::Requirement, 1.4)?;
    }
    Ok(())
}

/// Shades the side of the bound where the requirement is met.
pub(super) fn shade(
    plot: &Plot<'_>,
    panel: &Panel<'_>,
    placed: &[Placed<'_>],
) -> Result<(), ReportError> {
    if !plot.shade {
        return Ok(());
    }
    for (bound, top, bottom) in stretches(placed) {
        let far = if bound <= 0.0 {
            plot.range.1
        } else {
            plot.range.0
        };
        panel.block((bound, top), (far, bottom), Ink::Region)?;
    }
    Ok(())
}

/// What a word of the legend explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Mark(Mark),
    Whole,
    Bound,
}

impl Sign {
    /// From its middle to the words.
    fn room(self) -> f64 {
        match self {
            Self::Mark(_) | Self::Whole => 10.0,
            Self::Bound => 18.0,
        }
    }
}

/// One explanation in its place.
pub(super) struct Explained {
    sign: Sign,
    said: String,
    x: f64,
    /// Line of the legend, from 0.
    line: usize,
}

/// Height of a line of the legend.
const LINE: f64 = 18.0;

/// Explanations of the marks that occur, on as many lines as their words need.
pub(super) fn explained(words: &Translator, plot: &Plot<'_>, rows: &[Row]) -> Vec<Explained> {
    let (mut x, mut line) = (6.0, 0);
    let mut all = Vec::new();
    for (sign, english) in signs(plot, rows) {
        let said = words.say(english);
        let width = sign.room() + text::width(&said, FONT);
        if x + width > WIDTH && x > 6.0 {
            (x, line) = (6.0, line + 1);
        }
        all.push(Explained {
            sign,
            said,
            x,
            line,
        });
        x += width + 22.0;
    }
    all
}

/// What the lines of a legend take beyond the first one.
pub(super) fn more_height(all: &[Explained]) -> f64 {
    let last = all.last().map_or(0, |one| one.line);
    #[expect(clippy::cast_precision_loss, reason = "a legend has few lines")]
    let lines = last as f64;
    lines * LINE
}

fn signs(plot: &Plot<'_>, rows: &[Row]) -> Vec<(Sign, &'static str)> {
    if !plot.legend {
        return Vec::new();
    }
    let groups: Vec<&IntervalRow> = rows
        .iter()
        .filter_map(|r| if let Row::Group(g) = r { Some(g) } else { None })
        .collect();
    let marks = [
        (Mark::Pass, "requirement met"),
        (Mark::Fail, "not met"),
        (Mark::Inconclusive, "not decided"),
        (Mark::Plain, "no requirement"),
        (Mark::Kept, "no decision changed"),
        (Mark::Flipped, "decisions changed"),
        (Mark::Bar, "detectable"),
        (Mark::LongBar, "longer than the margin"),
    ];
    let occurs = |mark: Mark| groups.iter().any(|g| g.mark == mark && g.value.is_some());
    let mut found: Vec<(Sign, &str)> = marks
        .into_iter()
        .filter(|(mark, _)| occurs(*mark))
        .map(|(mark, words)| (Sign::Mark(mark), words))
        .collect();
    if groups.iter().any(|g| g.overall) {
        found.push((Sign::Whole, "whole cohort"));
    }
    if groups.iter().any(|g| g.bound.is_some()) {
        let words = if plot.shade {
            "margin; the shaded side meets it"
        } else if plot.ticks == Ticks::Powers {
            "tolerance"
        } else if groups
            .iter()
            .any(|g| matches!(g.mark, Mark::Bar | Mark::LongBar))
        {
            "margin"
        } else {
            "requirement"
        };
        found.push((Sign::Bound, words));
    }
    found
}

/// Draws the legend, its first line at `y`.
pub(super) fn legend(root: &Root<'_>, all: &[Explained], y: f64) -> Result<(), ReportError> {
    for one in all {
        #[expect(clippy::cast_precision_loss, reason = "a legend has few lines")]
        let y = y + LINE * one.line as f64;
        let frame = Frame {
            left: 0.0,
            top: y - 10.0,
            right: WIDTH,
            bottom: y + 10.0,
        };
        let panel = Panel::new(root, frame, (0.0, WIDTH), (-10.0, 10.0));
        let x = one.x;
        match one.sign {
            Sign::Mark(mark) => {
                panel.square((x, 0.0), 4.5, ink_of(mark), !mark.is_hollow())?;
                if mark.is_crossed() {
                    panel.cross((x, 0.0), 3.0, Ink::Plane)?;
                }
            }
            Sign::Whole => panel.diamond((x, 0.0), 6.0, Ink::Muted)?,
            Sign::Bound => {
                panel.line(&[(x - 5.0, 0.0), (x + 13.0, 0.0)], Ink::Requirement, 1.4)?;
            }
        }
        let at = (x + one.sign.room(), y);
        write(root, &one.said, at, HPos::Left, Ink::Muted, FONT)?;
    }
    Ok(())
}
