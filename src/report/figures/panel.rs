//! A rectangle with two linear axes, drawn on through plotters.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{Circle, EmptyElement, PathElement, Polygon, Rectangle};
use plotters::prelude::{Cartesian2d, DrawingArea};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoTextStyle, ShapeStyle};

use super::super::error::ReportError;
use super::super::format;
use super::svg::{FONT, Ink, SvgBackend, UNIT};

/// A place and size in pixels: left, top, right, bottom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Pixels as plotters' whole units.
#[expect(
    clippy::cast_possible_truncation,
    reason = "places in a figure are small"
)]
pub(super) fn units(pixels: f64) -> i32 {
    (pixels * UNIT).round() as i32
}

fn failed(error: impl std::fmt::Display) -> ReportError {
    ReportError::Figure {
        figure: "svg".to_owned(),
        reason: error.to_string(),
    }
}

fn stroke(ink: Ink, width: f64) -> ShapeStyle {
    ink.colour().stroke_width(units(width).unsigned_abs())
}

/// Writes text at a pixel.
pub(super) fn write(
    root: &DrawingArea<SvgBackend<'_>, Shift>,
    text: &str,
    (x, y): (f64, f64),
    h: HPos,
    ink: Ink,
    size: f64,
) -> Result<(), ReportError> {
    let style = ("sans-serif", size * UNIT).into_text_style(root);
    let colour = ink.colour();
    let style = style.color(&colour).pos(Pos::new(h, VPos::Center));
    root.draw_text(text, &style, (units(x), units(y)))
        .map_err(failed)
}

/// Height of a line of a text of the usual size.
const LINE: f64 = 14.0;

/// Writes lines below each other, their middle at a height.
pub(super) fn write_lines(
    root: &DrawingArea<SvgBackend<'_>, Shift>,
    lines: &[String],
    (x, middle): (f64, f64),
    h: HPos,
    ink: Ink,
) -> Result<(), ReportError> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a text of a figure has few lines"
    )]
    let mut y = middle - LINE / 2.0 * lines.len().saturating_sub(1) as f64;
    for line in lines {
        write(root, line, (x, y), h, ink, FONT)?;
        y += LINE;
    }
    Ok(())
}

/// One coordinate system on a figure.
pub(super) struct Panel<'a> {
    area: DrawingArea<SvgBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
}

impl<'a> Panel<'a> {
    /// Axes from `x.0` (left) to `x.1` (right) and `y.0` (bottom) to `y.1` (top) in a frame.
    pub fn new(
        root: &DrawingArea<SvgBackend<'a>, Shift>,
        frame: Frame,
        x: (f64, f64),
        y: (f64, f64),
    ) -> Self {
        let pixels = (
            units(frame.left)..units(frame.right),
            units(frame.bottom)..units(frame.top),
        );
        let axes: Cartesian2d<RangedCoordf64, RangedCoordf64> =
            Cartesian2d::new(x.0..x.1, y.0..y.1, pixels);
        Self {
            area: root.apply_coord_spec(axes),
        }
    }

    /// A line through points.
    pub fn line(&self, points: &[(f64, f64)], ink: Ink, width: f64) -> Result<(), ReportError> {
        self.area
            .draw(&PathElement::new(points.to_vec(), stroke(ink, width)))
            .map_err(failed)
    }

    /// A filled polygon.
    pub fn fill(&self, points: &[(f64, f64)], ink: Ink) -> Result<(), ReportError> {
        self.area
            .draw(&Polygon::new(points.to_vec(), ink.colour().filled()))
            .map_err(failed)
    }

    /// A filled rectangle between two corners.
    pub fn block(&self, from: (f64, f64), to: (f64, f64), ink: Ink) -> Result<(), ReportError> {
        self.area
            .draw(&Rectangle::new([from, to], ink.colour().filled()))
            .map_err(failed)
    }

    /// A rectangle between two corners, filled or an outline.
    pub fn bar(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        ink: Ink,
        filled: bool,
    ) -> Result<(), ReportError> {
        let style = if filled {
            ink.colour().filled()
        } else {
            stroke(ink, 1.4)
        };
        self.area
            .draw(&Rectangle::new([from, to], style))
            .map_err(failed)
    }

    /// A square centred on a point, `half` pixels to each side.
    pub fn square(
        &self,
        at: (f64, f64),
        half: f64,
        ink: Ink,
        filled: bool,
    ) -> Result<(), ReportError> {
        let h = units(half);
        let plane = if filled { ink } else { Ink::Plane };
        let body =
            EmptyElement::at(at) + Rectangle::new([(-h, -h), (h, h)], plane.colour().filled());
        self.area.draw(&body).map_err(failed)?;
        if filled {
            return Ok(());
        }
        let edge = EmptyElement::at(at) + Rectangle::new([(-h, -h), (h, h)], stroke(ink, 1.6));
        self.area.draw(&edge).map_err(failed)
    }

    /// A diamond centred on a point.
    pub fn diamond(&self, at: (f64, f64), half: f64, ink: Ink) -> Result<(), ReportError> {
        let h = units(half);
        let shape = EmptyElement::at(at)
            + Polygon::new(
                vec![(0, -h), (h, 0), (0, h), (-h, 0)],
                ink.colour().filled(),
            );
        self.area.draw(&shape).map_err(failed)
    }

    /// A cross of two strokes over a point, for marks that must be told apart without colour.
    pub fn cross(&self, at: (f64, f64), half: f64, ink: Ink) -> Result<(), ReportError> {
        let h = units(half);
        let style = stroke(ink, 1.5);
        let shape = EmptyElement::at(at)
            + PathElement::new(vec![(-h, -h), (h, h)], style)
            + PathElement::new(vec![(-h, h), (h, -h)], style);
        self.area.draw(&shape).map_err(failed)
    }

    /// A circle around a point.
    pub fn circle(
        &self,
        at: (f64, f64),
        radius: f64,
        ink: Ink,
        filled: bool,
    ) -> Result<(), ReportError> {
        let style = if filled {
            ink.colour().filled()
        } else {
            stroke(ink, 1.5)
        };
        let shape = EmptyElement::at(at) + Circle::new((0, 0), units(radius), style);
        self.area.draw(&shape).map_err(failed)
    }
}

/// Lines at round values of both axes, and the values beside them.
pub(super) fn grid(
    root: &DrawingArea<SvgBackend<'_>, Shift>,
    panel: &Panel<'_>,
    frame: Frame,
    (x, y): ((f64, f64), (f64, f64)),
    size: f64,
) -> Result<(), ReportError> {
    let mut labels = Vec::new();
    for (horizontal, (low, high)) in [(true, x), (false, y)] {
        let (values, decimals) = ticks(low, high, 4.0);
        for value in values {
            let share = (value - low) / (high - low);
            let (line, at, anchor) = if horizontal {
                let across = frame.left + (frame.right - frame.left) * share;
                let line = [(value, y.0), (value, y.1)];
                (line, (across, frame.bottom + 12.0), HPos::Center)
            } else {
                let down = frame.bottom - (frame.bottom - frame.top) * share;
                let line = [(x.0, value), (x.1, value)];
                (line, (frame.left - 6.0, down), HPos::Right)
            };
            panel.line(&line, Ink::Grid, 1.0)?;
            labels.push((format::number(value, decimals), at, anchor));
        }
    }
    for (text, at, anchor) in labels {
        write(root, &text, at, anchor, Ink::Muted, size)?;
    }
    Ok(())
}

/// Round tick values that cover an interval, about `wanted` of them, and the decimals they need.
pub(super) fn ticks(low: f64, high: f64, wanted: f64) -> (Vec<f64>, usize) {
    let span = (high - low).max(1e-9);
    let magnitude = 10_f64.powf((span / wanted).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * magnitude)
        .find(|s| span / s <= wanted + 0.5)
        .unwrap_or(10.0 * magnitude);
    #[expect(clippy::cast_possible_truncation, reason = "a handful of ticks")]
    let (first, last) = (
        (low / step - 1e-6).ceil() as i64,
        (high / step + 1e-6).floor() as i64,
    );
    #[expect(clippy::cast_precision_loss, reason = "a handful of ticks")]
    let values = (first..=last).map(|i| i as f64 * step).collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "decimals of a tick step are few"
    )]
    let decimals = (-(step * 1.000_001).log10().floor()).clamp(0.0, 6.0) as usize;
    (values, decimals)
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn ticks_are_round_and_inside() {
        let (values, decimals) = ticks(0.5, 1.0, 6.0);
        assert_eq!(decimals, 1);
        assert_eq!(values.len(), 6);
        assert!((values[0] - 0.5).abs() < 1e-12 && (values[5] - 1.0).abs() < 1e-12);
        let (values, decimals) = ticks(-0.13, 0.08, 5.0);
        assert_eq!(decimals, 2);
        assert!(values.iter().all(|v| (-0.13..=0.08).contains(v)));
        assert!(values.iter().any(|v| v.abs() < 1e-12), "zero is a tick");
        assert_eq!(ticks(0.3, 0.3, 5.0).0.len(), 1);
    }
}
