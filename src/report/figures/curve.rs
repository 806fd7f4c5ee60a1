//! Small panels with one curve and its band over reference lines: precision and recall, net benefit.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::language::Translator;
use super::hover::{Axes, Hover, vertices};
use super::panel::{Frame, Panel, grid, write};
use super::roc::y_name;
use super::svg::{Canvas, Ink};

/// What one panel shows.
pub(in super::super) struct CurvePanel<'a> {
    /// Unique id of the figure.
    pub id: &'a str,
    /// Title for screen readers.
    pub title: &'a str,
    /// Description for screen readers.
    pub description: &'a str,
    /// Name of the horizontal axis.
    pub label: &'a str,
    /// Name of the vertical axis.
    pub y_label: &'a str,
    /// Ends of the horizontal axis.
    pub x: (f64, f64),
    /// Ends of the vertical axis.
    pub y: (f64, f64),
    /// The curve.
    pub curve: &'a [(f64, f64)],
    /// (x, lower, upper) of its band.
    pub band: &'a [(f64, f64, f64)],
    /// The whole cohort's curve, in grey.
    pub overall: &'a [(f64, f64)],
    /// A dashed line to compare with.
    pub dashed: &'a [(f64, f64)],
    /// Points with a value to hover over.
    pub marks: &'a [((f64, f64), String)],
    /// Names of both axes for the values of the curve's vertices, and how they are carried; `None`
    /// where every point is among the marks.
    pub vertices: Option<((&'a str, &'a str), Hover)>,
}

const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 242.0;
const FRAME: Frame = Frame {
    left: 38.0,
    top: 24.0,
    right: 212.0,
    bottom: 202.0,
};
const SMALL: f64 = 11.0;

/// Draws one panel. What lies outside the axes is cut off at them.
pub(in super::super) fn curve(
    words: &Translator,
    data: &CurvePanel<'_>,
) -> Result<String, ReportError> {
    let canvas = Canvas::new(words, WIDTH, HEIGHT);
    let root = canvas.area();
    let panel = Panel::new(&root, FRAME, data.x, data.y);
    let inside = |(x, y): (f64, f64)| (x, y.clamp(data.y.0, data.y.1));
    grid(&root, &panel, FRAME, (data.x, data.y), SMALL)?;
    if data.band.len() > 1 {
        let outline: Vec<(f64, f64)> = data
            .band
            .iter()
            .map(|(x, lower, _)| inside((*x, *lower)))
            .chain(
                data.band
                    .iter()
                    .rev()
                    .map(|(x, _, upper)| inside((*x, *upper))),
            )
            .collect();
        panel.fill(&outline, Ink::Band)?;
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
    path(data.dashed, Ink::Requirement, 1.0)?;
    path(data.overall, Ink::Overall, 1.4)?;
    path(data.curve, Ink::Group, 1.8)?;
    if let Some((names, hover)) = data.vertices {
        let axes = Axes {
            frame: FRAME,
            x: data.x,
            y: data.y,
        };
        vertices(&canvas, &axes, names, data.curve, hover);
    }
    for (at, title) in data.marks {
        canvas.open(title);
        panel.circle(inside(*at), 2.4, Ink::Group, true)?;
        canvas.close();
    }
    write(
        &root,
        &words.say(data.label),
        (f64::midpoint(FRAME.left, FRAME.right), HEIGHT - 10.0),
        HPos::Center,
        Ink::Muted,
        SMALL,
    )?;
    y_name(&root, &words.say(data.y_label))?;
    drop(panel);
    drop(root);
    Ok(canvas.finish(data.id, "plot small", data.title, data.description))
}
