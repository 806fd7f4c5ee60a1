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

/// Explains only the marks that occur.
pub(super) fn legend(
    translator: &Translator,
    plot: &Plot<'_>,
    root: &Root<'_>,
    rows: &[Row],
    y: f64,
) -> Result<(), ReportError> {
    let frame = Frame {
        left: 0.0,
        top: y - 10.0,
        right: WIDTH,
        bottom: y + 10.0,
    };
    let panel = Panel::new(root, frame, (0.0, WIDTH), (-10.0, 10.0));
    let groups: Vec<&IntervalRow> = rows
        .iter()
        .filter_map(|r| if let Row::Group(g) = r { Some(g) } else { None })
        .collect();
    let mut x = 6.0;
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
    for (mark, words) in marks {
        if !groups.iter().any(|g| g.mark == mark && g.value.is_some()) {
            continue;
        }
        panel.square((x, 0.0), 4.5, ink_of(mark), !mark.is_hollow())?;
        if mark.is_crossed() {
            panel.cross((x, 0.0), 3.0, Ink::Plane)?;
        }
        x = word(translator, root, x + 10.0, y, words)?;
    }
    let mut whole = groups.iter().filter(|g| g.overall).peekable();
    if whole.peek().is_some() {
        // As it is drawn: a whole cohort that cannot be decided is hollow.
        panel.diamond((x, 0.0), 6.0, Ink::Muted)?;
        if whole.all(|g| g.mark.is_hollow()) {
            panel.diamond((x, 0.0), 4.0, Ink::Plane)?;
        }
        x = word(translator, root, x + 10.0, y, "whole cohort")?;
    }
    if groups.iter().any(|g| g.bound.is_some()) {
        panel.line(&[(x - 5.0, 0.0), (x + 13.0, 0.0)], Ink::Requirement, 1.4)?;
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
        word(translator, root, x + 18.0, y, words)?;
    }
    Ok(())
}

fn word(
    translator: &Translator,
    root: &Root<'_>,
    x: f64,
    y: f64,
    english: &str,
) -> Result<f64, ReportError> {
    let said = translator.say(english);
    write(root, &said, (x, y), HPos::Left, Ink::Muted, FONT)?;
    Ok(x + text::width(&said, FONT) + 22.0)
}
