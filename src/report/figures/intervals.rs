//! Rows of groups with a mark and whiskers on one axis: the body of forest and gap plots.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::language::Translator;
use super::interval_columns::{Counts, headings, labels, told};
use super::interval_scaffold::{axis, bounds, explained, legend, more_height, shade};
use super::panel::{Frame, Panel, write_lines};
use super::svg::{Canvas, FONT, Ink};
use super::text;

/// How a mark is drawn: what the gate says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Mark {
    /// No requirement: filled, neutral.
    Plain,
    /// Requirement met: filled.
    Pass,
    /// Requirement not met: filled, with a cross.
    Fail,
    /// Not decided: hollow.
    Inconclusive,
    /// A bar from zero that ends within its bound.
    Bar,
    /// A bar from zero that ends beyond its bound: hollow.
    LongBar,
    /// A rerun that changed no decision.
    Kept,
    /// A rerun that changed decisions: filled, with a cross.
    Flipped,
}

impl Mark {
    /// Whether the mark is an outline.
    pub(super) fn is_hollow(self) -> bool {
        matches!(self, Self::Inconclusive | Self::LongBar)
    }

    /// Whether the mark carries a cross.
    pub(super) fn is_crossed(self) -> bool {
        matches!(self, Self::Fail | Self::Flipped)
    }
}

/// How the axis is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ticks {
    /// Numbers as they are.
    Plain,
    /// With a plus sign where they are positive.
    Signed,
    /// The numbers are exponents of ten.
    Powers,
}

/// One group with its number.
#[derive(Debug, Clone)]
pub(in super::super) struct IntervalRow {
    /// Group's name under its heading.
    pub label: String,
    /// Everything in words, for the mark's title.
    pub title: String,
    /// Point estimate and limits; `None` when there is no number.
    pub value: Option<(f64, Option<f64>, Option<f64>)>,
    /// Samples in the denominator; `None` where withheld.
    pub n: Option<u64>,
    /// Patients of the group; `None` where withheld or where the figure does not count them.
    pub patients: Option<u64>,
    /// The number as text, or why there is none.
    pub text: String,
    /// What the gate says.
    pub mark: Mark,
    /// Where the requirement's bound lies.
    pub bound: Option<f64>,
    /// Whether it is the whole cohort, drawn as a diamond.
    pub overall: bool,
}

/// A line of the figure.
#[derive(Debug, Clone)]
pub(in super::super) enum Row {
    /// An attribute's name.
    Heading(String),
    /// A group.
    Group(IntervalRow),
}

/// The rows of one figure of several that show one metric.
pub(super) struct Part<'a> {
    pub id: &'a str,
    pub rows: &'a [Row],
    /// Largest n of all parts, so that a square means the same in each.
    most: u64,
}

/// What differs between the plots that share these rows.
pub(super) struct Plot<'a> {
    pub title: &'a str,
    pub description: &'a str,
    /// What a row is: `Group`, `Rerun`.
    pub row_heading: &'a str,
    pub n_heading: &'a str,
    pub value_heading: &'a str,
    pub axis_label: &'a str,
    /// Axis from and to.
    pub range: (f64, f64),
    /// How the axis is labelled.
    pub ticks: Ticks,
    /// A solid line across all rows (no difference).
    pub zero: Option<f64>,
    /// Whether the side on which the bound is met is shaded.
    pub shade: bool,
    /// Whether marks are explained: where some stand for verdicts.
    pub legend: bool,
}

pub(super) const WIDTH: f64 = 860.0;
const LABEL_RIGHT: f64 = 206.0;
pub(super) const PLOT_LEFT: f64 = 222.0;
pub(super) const PLOT_RIGHT: f64 = 556.0;
pub(super) const HEAD: f64 = 30.0;
const FOOT: f64 = 74.0;
pub(super) const INDENT: f64 = 12.0;

/// A row with its place.
pub(super) struct Placed<'a> {
    pub row: &'a Row,
    pub lines: Vec<String>,
    /// The number, or why there is none.
    pub told: Vec<String>,
    pub top: f64,
    pub bottom: f64,
}

impl Placed<'_> {
    pub fn middle(&self) -> f64 {
        f64::midpoint(self.top, self.bottom)
    }
}

/// Most lines of a label, a number or a reason; beyond that it is cut, and whole in the row's title.
pub(super) const MOST_LINES: usize = 3;

/// Gives every row the height that its label and its words need.
fn place<'r>(words: &Translator, rows: &'r [Row]) -> (Vec<Placed<'r>>, f64) {
    let mut top = HEAD;
    let mut placed = Vec::with_capacity(rows.len());
    for row in rows {
        let (lines, told, least) = match row {
            Row::Heading(name) => {
                let lines = text::wrap(&words.say(name), FONT, LABEL_RIGHT, MOST_LINES);
                (lines, Vec::new(), 26.0)
            }
            Row::Group(group) => {
                let indent = if group.overall { 0.0 } else { INDENT };
                let label = words.say(&group.label);
                let lines = text::wrap(&label, FONT, LABEL_RIGHT - indent, MOST_LINES);
                (lines, told(words, group), 22.0)
            }
        };
        let height = text::height(lines.len().max(told.len()), least);
        placed.push(Placed {
            row,
            lines,
            told,
            top,
            bottom: top + height,
        });
        top += height;
    }
    (placed, top)
}

/// Draws the figure.
pub(super) fn draw(
    words: &Translator,
    plot: &Plot<'_>,
    part: &Part<'_>,
) -> Result<String, ReportError> {
    let rows = part.rows;
    let (placed, end) = place(words, rows);
    let explained = explained(words, plot, rows);
    let canvas = Canvas::new(words, WIDTH, end + FOOT + more_height(&explained));
    let root = canvas.area();
    let frame = Frame {
        left: PLOT_LEFT,
        top: HEAD,
        right: PLOT_RIGHT,
        bottom: end,
    };
    // The second axis is the pixel row itself, so that marks can be placed between plotters' coordinates and text.
    let panel = Panel::new(&root, frame, plot.range, (end, HEAD));

    let counts = Counts::of(rows);
    headings(words, plot, &root, counts)?;
    shade(plot, &panel, &placed)?;
    axis(words, plot, &root, &panel, end)?;
    bounds(&panel, &placed)?;
    for row in &placed {
        match row.row {
            Row::Heading(_) => {
                let at = (0.0, row.middle() + 3.0);
                write_lines(&root, &row.lines, at, HPos::Left, Ink::Muted)?;
            }
            Row::Group(group) => {
                canvas.open(&group.title);
                labels(words, &root, row, group, counts)?;
                mark(&panel, plot, row, group, part.most)?;
                canvas.close();
            }
        }
    }
    legend(&root, &explained, end + 58.0)?;
    drop(panel);
    drop(root);
    Ok(canvas.finish(part.id, "plot wide", plot.title, plot.description))
}

pub(super) type Root<'a> =
    plotters::prelude::DrawingArea<super::svg::SvgBackend<'a>, plotters::coord::Shift>;

/// Side of a square whose area grows with the square root of n.
fn half_side(n: u64, most: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of samples are far below 2^53"
    )]
    let share = n as f64 / most.max(1) as f64;
    let area = 16.0 + 105.0 * share.sqrt();
    area.sqrt() / 2.0
}

pub(super) fn ink_of(mark: Mark) -> Ink {
    match mark {
        Mark::Plain | Mark::Bar | Mark::LongBar | Mark::Kept => Ink::Group,
        Mark::Pass => Ink::Pass,
        Mark::Fail | Mark::Flipped => Ink::Fail,
        Mark::Inconclusive => Ink::Inconclusive,
    }
}

fn mark(
    panel: &Panel<'_>,
    plot: &Plot<'_>,
    row: &Placed<'_>,
    group: &IntervalRow,
    most: u64,
) -> Result<(), ReportError> {
    let Some((value, lower, upper)) = group.value else {
        return Ok(());
    };
    let y = row.middle();
    let ink = ink_of(group.mark);
    let inside = |v: f64| v.clamp(plot.range.0, plot.range.1);
    if matches!(group.mark, Mark::Bar | Mark::LongBar) {
        let (from, to) = ((inside(0.0), y - 5.0), (inside(value), y + 5.0));
        return panel.bar(from, to, ink, !group.mark.is_hollow());
    }
    if let (Some(lower), Some(upper)) = (lower, upper) {
        let (from, to) = (inside(lower), inside(upper));
        panel.line(&[(from, y), (to, y)], ink, 1.4)?;
        panel.line(&[(from, y - 3.5), (from, y + 3.5)], ink, 1.4)?;
        panel.line(&[(to, y - 3.5), (to, y + 3.5)], ink, 1.4)?;
    }
    let at = (inside(value), y);
    let half = half_side(group.n.unwrap_or_default(), most);
    if group.overall {
        panel.diamond(at, half + 1.5, ink)?;
        if group.mark.is_hollow() {
            panel.diamond(at, (half - 0.5).max(1.5), Ink::Plane)?;
        }
    } else {
        panel.square(at, half, ink, !group.mark.is_hollow())?;
    }
    if group.mark.is_crossed() {
        panel.cross(at, (half - 1.2).max(1.8), Ink::Plane)?;
    }
    Ok(())
}

/// Tallest body of one figure in pixels, so that it fits a printed page.
const MOST_HEIGHT: f64 = 880.0;

/// One figure for each part of the rows that fits a printed page; of several each has a number behind
/// its id.
pub(super) fn in_parts(
    words: &Translator,
    id: &str,
    rows: Vec<Row>,
    draw_part: impl Fn(&Part<'_>) -> Result<String, ReportError>,
) -> Result<Vec<String>, ReportError> {
    let n = rows.iter().filter_map(|row| match row {
        Row::Group(group) => group.n,
        Row::Heading(_) => None,
    });
    let most = n.max().unwrap_or(1);
    let parts = parts(words, rows);
    let draw = |(place, rows): (usize, &Vec<Row>)| {
        let id = if parts.len() > 1 {
            format!("{id}.{}", place + 1)
        } else {
            id.to_owned()
        };
        draw_part(&Part {
            id: &id,
            rows,
            most,
        })
    };
    parts.iter().enumerate().map(draw).collect()
}

/// Rows in parts that each fit a printed page; a heading is repeated where its groups go on.
fn parts(words: &Translator, rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut parts: Vec<Vec<Row>> = Vec::new();
    let mut part: Vec<Row> = Vec::new();
    let mut heading: Option<String> = None;
    let heights: Vec<f64> = place(words, &rows)
        .0
        .iter()
        .map(|p| p.bottom - p.top)
        .collect();
    let mut used = 0.0;
    for (row, height) in rows.into_iter().zip(heights) {
        if let Row::Heading(name) = &row {
            heading = Some(name.clone());
        }
        // A heading alone at the end of a part belongs to the next one.
        let room = if matches!(row, Row::Heading(_)) {
            MOST_HEIGHT - 60.0
        } else {
            MOST_HEIGHT
        };
        if used + height > room && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
            used = 0.0;
            if let (Row::Group(_), Some(name)) = (&row, &heading) {
                let again = Row::Heading(format!("{name} (continued)"));
                used = place(words, std::slice::from_ref(&again)).1 - HEAD;
                part.push(again);
            }
        }
        used += height;
        part.push(row);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// Least and largest of all numbers and bounds; `None` where there is none.
fn ends(rows: &[Row]) -> Option<(f64, f64)> {
    let values = rows.iter().flat_map(|row| match row {
        Row::Heading(_) => Vec::new(),
        Row::Group(group) => {
            let own = group
                .value
                .map(|(value, lower, upper)| [Some(value), lower, upper]);
            let own = own.into_iter().flatten().flatten();
            own.chain(group.bound).collect::<Vec<f64>>()
        }
    });
    let ends = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    (ends.0 <= ends.1).then_some(ends)
}

/// Axis that holds every number and bound of a metric without ends of its own.
pub(super) fn free_range(rows: &[Row]) -> (f64, f64) {
    let Some((low, high)) = ends(rows) else {
        return (0.0, 1.0);
    };
    let margin = if high > low {
        0.06 * (high - low)
    } else {
        0.1 * high.abs().max(1.0)
    };
    (low - margin, high + margin)
}

/// Axis that holds every number and bound, widened to round ends.
pub(super) fn range(rows: &[Row], limits: (f64, f64), least_span: f64) -> (f64, f64) {
    let Some((low, high)) = ends(rows) else {
        return limits;
    };
    let step = 0.05;
    let (mut low, mut high) = (
        ((low - 0.01) / step).floor() * step,
        ((high + 0.01) / step).ceil() * step,
    );
    if high - low < least_span {
        let middle = f64::midpoint(low, high);
        low = middle - least_span / 2.0;
        high = middle + least_span / 2.0;
    }
    (low.max(limits.0), high.min(limits.1))
}
