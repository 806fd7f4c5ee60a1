//! Small panels of an endpoint with a task: lines with limits, values that hold for the whole group.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::language::Translator;
use super::panel::{Frame, Panel, grid, write};
use super::svg::{Canvas, Ink};

/// A point with what a pointer finds there and its limits.
pub(in super::super) struct Marked {
    /// Place.
    pub at: (f64, f64),
    /// Lower and upper limit.
    pub limits: Option<(f64, f64)>,
    /// Title.
    pub title: String,
}

/// A value across the panel.
pub(in super::super) struct Across {
    /// Value.
    pub value: f64,
    /// Lower and upper limit.
    pub limits: Option<(f64, f64)>,
    /// Title.
    pub title: String,
}

/// What one panel shows.
pub(in super::super) struct TaskPanel<'a> {
    /// Unique id of the figure.
    pub id: &'a str,
    /// Title for screen readers.
    pub title: &'a str,
    /// Description for screen readers.
    pub description: &'a str,
    /// Name of the horizontal axis; the vertical one is named beside the caption.
    pub label: &'a str,
    /// Ends of the horizontal axis.
    pub x: (f64, f64),
    /// Ends of the vertical axis.
    pub y: (f64, f64),
    /// The line itself.
    pub line: &'a [(f64, f64)],
    /// (x, lower, upper) of a band around it.
    pub band: &'a [(f64, f64, f64)],
    /// Points on the line, with whiskers where they have limits of their own.
    pub marks: &'a [Marked],
    /// The whole cohort's line, in grey.
    pub overall: &'a [(f64, f64)],
    /// Lines to compare with.
    pub dashed: &'a [Vec<(f64, f64)>],
    /// Values across the panel.
    pub across: &'a [Across],
}

const WIDTH: f64 = 250.0;
const HEIGHT: f64 = 236.0;
const FRAME: Frame = Frame {
    left: 46.0,
    top: 8.0,
    right: 242.0,
    bottom: 194.0,
};
const SMALL: f64 = 11.0;
/// Marks from which on they are drawn small.
const MANY: usize = 25;

/// Draws one panel. What lies outside the axes is cut off at them.
pub(in super::super) fn task_lines(
    words: &Translator,
    data: &TaskPanel<'_>,
) -> Result<String, ReportError> {
    let canvas = Canvas::new(words, WIDTH, HEIGHT);
    let root = canvas.area();
    let panel = Panel::new(&root, FRAME, data.x, data.y);
    let inside = |(x, y): (f64, f64)| (x.clamp(data.x.0, data.x.1), y.clamp(data.y.0, data.y.1));
    grid(&root, &panel, FRAME, (data.x, data.y), SMALL)?;
    for across in data.across {
        canvas.open(&across.title);
        if let Some((lower, upper)) = across.limits {
            let corners = (inside((data.x.0, lower)), inside((data.x.1, upper)));
            panel.block(corners.0, corners.1, Ink::Band)?;
        }
        let ends = [(data.x.0, across.value), (data.x.1, across.value)];
        panel.line(&ends.map(inside), Ink::Overall, 1.4)?;
        canvas.close();
    }
    if data.band.len() > 1 {
        let lower = data.band.iter().map(|(x, lower, _)| inside((*x, *lower)));
        let upper = data.band.iter().rev();
        let upper = upper.map(|(x, _, upper)| inside((*x, *upper)));
        panel.fill(&lower.chain(upper).collect::<Vec<_>>(), Ink::Band)?;
    }
    if data.y.0 < 0.0 && data.y.1 > 0.0 {
        panel.line(&[(data.x.0, 0.0), (data.x.1, 0.0)], Ink::Axis, 1.2)?;
    }
    let path = |points: &[(f64, f64)], ink: Ink, width: f64| {
        if points.len() < 2 {
            return Ok(());
        }
        let points: Vec<(f64, f64)> = points.iter().map(|point| inside(*point)).collect();
        panel.line(&points, ink, width)
    };
    for dashed in data.dashed {
        path(dashed, Ink::Requirement, 1.0)?;
    }
    path(data.overall, Ink::Overall, 1.4)?;
    path(data.line, Ink::Group, 1.8)?;
    // Many points on a line are there to be pointed at, not to be seen.
    let radius = if data.marks.len() > MANY { 1.0 } else { 2.4 };
    for mark in data.marks {
        canvas.open(&mark.title);
        if let Some((lower, upper)) = mark.limits {
            let ends = [(mark.at.0, lower), (mark.at.0, upper)];
            panel.line(&ends.map(inside), Ink::Group, 1.4)?;
        }
        panel.circle(inside(mark.at), radius, Ink::Group, true)?;
        canvas.close();
    }
    let middle = f64::midpoint(FRAME.left, FRAME.right);
    let at = (middle, HEIGHT - 10.0);
    let label = words.say(data.label);
    write(&root, &label, at, HPos::Center, Ink::Muted, SMALL)?;
    drop(panel);
    drop(root);
    Ok(canvas.finish(data.id, "plot small", data.title, data.description))
}
