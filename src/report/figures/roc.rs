//! ROC curve of one group over the whole cohort's.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::language::Translator;
use super::hover::{Axes, Hover, vertices};
use super::panel::{Frame, Panel, write};
use super::svg::{Canvas, Ink};

/// What one panel shows.
pub(in super::super) struct RocPanel<'a> {
    /// Unique id of the figure.
    pub id: &'a str,
    /// Title for screen readers.
    pub title: &'a str,
    /// Description for screen readers.
    pub description: &'a str,
    /// (false positive rate, sensitivity) of the group.
    pub curve: &'a [(f64, f64)],
    /// The whole cohort's curve, drawn in grey behind; empty when this is the whole cohort.
    pub overall: &'a [(f64, f64)],
    /// (false positive rate, lower, upper limit of sensitivity); empty without a band.
    pub band: &'a [(f64, f64, f64)],
    /// Operating point.
    pub point: Option<(f64, f64)>,
    /// Limits of the false positive rate at the operating point.
    pub point_x: Option<(f64, f64)>,
    /// Limits of the sensitivity at the operating point.
    pub point_y: Option<(f64, f64)>,
    /// How the values of the curve's vertices are carried.
    pub hover: Hover,
}

const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 242.0;
const FRAME: Frame = Frame {
    left: 34.0,
    top: 24.0,
    right: 212.0,
    bottom: 202.0,
};
const SMALL: f64 = 11.0;

/// Draws one panel.
pub(in super::super) fn roc(
    words: &Translator,
    data: &RocPanel<'_>,
) -> Result<String, ReportError> {
    let canvas = Canvas::new(words, WIDTH, HEIGHT);
    let root = canvas.area();
    let panel = Panel::new(&root, FRAME, (0.0, 1.0), (0.0, 1.0));
    unit_axes(
        &root,
        &panel,
        FRAME,
        (&words.say("False positive rate"), &words.say("Sensitivity")),
        HEIGHT,
    )?;
    band(&panel, data.band)?;
    panel.line(&[(0.0, 0.0), (1.0, 1.0)], Ink::Axis, 0.8)?;
    if !data.overall.is_empty() {
        panel.line(data.overall, Ink::Overall, 1.4)?;
    }
    if !data.curve.is_empty() {
        panel.line(data.curve, Ink::Group, 1.8)?;
        let axes = Axes {
            frame: FRAME,
            x: (0.0, 1.0),
            y: (0.0, 1.0),
        };
        let names = ("False positive rate", "sensitivity");
        vertices(&canvas, &axes, names, data.curve, data.hover);
    }
    if let Some((x, y)) = data.point {
        canvas.open(&format!(
            "Operating point: sensitivity {y:.3}, false positive rate {x:.3}"
        ));
        if let Some((low, high)) = data.point_x {
            panel.line(&[(low, y), (high, y)], Ink::Text, 1.2)?;
        }
        if let Some((low, high)) = data.point_y {
            panel.line(&[(x, low), (x, high)], Ink::Text, 1.2)?;
        }
        panel.circle((x, y), 3.6, Ink::Text, true)?;
        canvas.close();
    }
    drop(panel);
    drop(root);
    Ok(canvas.finish(data.id, "plot small", data.title, data.description))
}

/// A filled band of (x, lower, upper).
pub(super) fn band(panel: &Panel<'_>, band: &[(f64, f64, f64)]) -> Result<(), ReportError> {
    if band.len() < 2 {
        return Ok(());
    }
    let outline: Vec<(f64, f64)> = band
        .iter()
        .map(|(x, lower, _)| (*x, *lower))
        .chain(band.iter().rev().map(|(x, _, upper)| (*x, *upper)))
        .collect();
    panel.fill(&outline, Ink::Band)
}

/// Grid of two axes from 0 to 1, with the names of both.
pub(super) fn unit_axes(
    root: &plotters::prelude::DrawingArea<super::svg::SvgBackend<'_>, plotters::coord::Shift>,
    panel: &Panel<'_>,
    frame: Frame,
    (label, y_label): (&str, &str),
    height: f64,
) -> Result<(), ReportError> {
    for value in [0.0, 0.25, 0.5, 0.75, 1.0] {
        panel.line(&[(value, 0.0), (value, 1.0)], Ink::Grid, 1.0)?;
        panel.line(&[(0.0, value), (1.0, value)], Ink::Grid, 1.0)?;
    }
    for (value, text) in [(0.0, "0"), (0.5, "0.5"), (1.0, "1")] {
        let x = frame.left + (frame.right - frame.left) * value;
        let y = frame.bottom - (frame.bottom - frame.top) * value;
        write(
            root,
            text,
            (x, frame.bottom + 12.0),
            HPos::Center,
            Ink::Muted,
            SMALL,
        )?;
        write(
            root,
            text,
            (frame.left - 6.0, y),
            HPos::Right,
            Ink::Muted,
            SMALL,
        )?;
    }
    y_name(root, y_label)?;
    let middle = f64::midpoint(frame.left, frame.right);
    write(
        root,
        label,
        (middle, height - 10.0),
        HPos::Center,
        Ink::Muted,
        SMALL,
    )
}

/// Name of a vertical axis, above it, where it is read without turning the head.
pub(super) fn y_name(
    root: &plotters::prelude::DrawingArea<super::svg::SvgBackend<'_>, plotters::coord::Shift>,
    name: &str,
) -> Result<(), ReportError> {
    write(root, name, (2.0, 9.0), HPos::Left, Ink::Muted, SMALL)
}
