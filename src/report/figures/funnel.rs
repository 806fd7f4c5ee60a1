//! Funnel plot: levels by size and share between the limits of chance.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::format;
use super::super::language::Translator;
use super::intervals::Root;
use super::panel::{Frame, Panel, ticks, write};
use super::svg::{Canvas, FONT, Ink};
use super::text;
use crate::assessment::{FunnelLimit, FunnelPoint};

/// What the figure shows.
pub(in super::super) struct FunnelPlot<'a> {
    /// Unique id of the figure.
    pub id: &'a str,
    /// Title for screen readers.
    pub title: &'a str,
    /// Description for screen readers.
    pub description: &'a str,
    /// Name of the vertical axis.
    pub metric: &'a str,
    /// Share of all levels together.
    pub target: f64,
    /// Each level with its title.
    pub points: &'a [(&'a FunnelPoint, String)],
    /// Limits by ascending size.
    pub limits: &'a [FunnelLimit],
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const FRAME: Frame = Frame {
    left: 48.0,
    top: 26.0,
    right: 700.0,
    bottom: 336.0,
};
const SMALL: f64 = 11.0;

/// Draws the funnel. Levels outside the limits have other shapes and their names beside them,
/// where these do not run into each other.
pub(in super::super) fn funnel(
    words: &Translator,
    plot: &FunnelPlot<'_>,
) -> Result<String, ReportError> {
    let canvas = Canvas::new(words, WIDTH, HEIGHT);
    let root = canvas.area();
    let (x, y) = ends(plot);
    let panel = Panel::new(&root, FRAME, x, y);
    axes(words, plot, &root, &panel, x, y)?;
    limits(plot, &panel, x, y)?;
    let pixel = |point: &FunnelPoint| {
        (
            FRAME.left + (point.n_effective - x.0) / (x.1 - x.0) * (FRAME.right - FRAME.left),
            FRAME.bottom - (point.estimate - y.0) / (y.1 - y.0) * (FRAME.bottom - FRAME.top),
        )
    };
    // Marks first, so that names avoid all of them.
    let mut taken: Vec<Boxed> = plot
        .points
        .iter()
        .map(|(point, _)| Boxed::around(pixel(point)))
        .collect();
    for (point, title) in plot.points {
        canvas.open(title);
        mark(&panel, point)?;
        if point.outside != "none" {
            name(&root, &point.level, pixel(point), &mut taken)?;
        }
        canvas.close();
    }
    legend(words, plot, &root)?;
    drop(panel);
    drop(root);
    Ok(canvas.finish(plot.id, "plot wide", plot.title, plot.description))
}

/// Axes that hold every level and the limits of all but the smallest sizes.
fn ends(plot: &FunnelPlot<'_>) -> ((f64, f64), (f64, f64)) {
    let largest = plot.limits.last().map_or(1.0, |limit| limit.n);
    // Sizes from zero, unless all levels are far from it.
    let smallest = plot.limits.first().map_or(0.0, |limit| limit.n);
    let from = if smallest > 0.2 * largest {
        smallest
    } else {
        0.0
    };
    let shares = plot.points.iter().map(|(point, _)| point.estimate);
    let spread = plot
        .limits
        .iter()
        .filter(|limit| limit.n >= 0.04 * largest)
        .flat_map(|limit| [limit.lower_998, limit.upper_998]);
    let (low, high) = shares
        .chain(spread)
        .fold((plot.target, plot.target), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    let room = 0.04 * (high - low).max(0.02);
    (
        (from, largest),
        ((low - room).max(-0.02), (high + room).min(1.02)),
    )
}

fn axes(
    words: &Translator,
    plot: &FunnelPlot<'_>,
    root: &Root<'_>,
    panel: &Panel<'_>,
    x: (f64, f64),
    y: (f64, f64),
) -> Result<(), ReportError> {
    let (values, decimals) = ticks(x.0, x.1, 6.0);
    for value in values {
        panel.line(&[(value, y.0), (value, y.1)], Ink::Grid, 1.0)?;
        let at = FRAME.left + (value - x.0) / (x.1 - x.0) * (FRAME.right - FRAME.left);
        let label = format::number(value, decimals);
        write(
            root,
            &label,
            (at, FRAME.bottom + 14.0),
            HPos::Center,
            Ink::Muted,
            FONT,
        )?;
    }
    let (values, decimals) = ticks(y.0.max(0.0), y.1.min(1.0), 5.0);
    for value in values {
        panel.line(&[(x.0, value), (x.1, value)], Ink::Grid, 1.0)?;
        let at = FRAME.bottom - (value - y.0) / (y.1 - y.0) * (FRAME.bottom - FRAME.top);
        let label = format::number(value, decimals);
        write(
            root,
            &label,
            (FRAME.left - 6.0, at),
            HPos::Right,
            Ink::Muted,
            FONT,
        )?;
    }
    let metric = words.say(plot.metric);
    write(root, &metric, (0.0, 10.0), HPos::Left, Ink::Muted, FONT)?;
    let middle = f64::midpoint(FRAME.left, FRAME.right);
    write(
        root,
        &words.say("effective n"),
        (middle, FRAME.bottom + 34.0),
        HPos::Center,
        Ink::Muted,
        FONT,
    )
}

fn limits(
    plot: &FunnelPlot<'_>,
    panel: &Panel<'_>,
    x: (f64, f64),
    y: (f64, f64),
) -> Result<(), ReportError> {
    let inside = |v: f64| v.clamp(y.0, y.1);
    let line = |of: fn(&FunnelLimit) -> f64| -> Vec<(f64, f64)> {
        plot.limits.iter().map(|l| (l.n, inside(of(l)))).collect()
    };
    let (lower, upper) = (line(|l| l.lower_95), line(|l| l.upper_95));
    let band: Vec<(f64, f64)> = lower
        .iter()
        .copied()
        .chain(upper.into_iter().rev())
        .collect();
    panel.fill(&band, Ink::Region)?;
    for of in [(|l| l.lower_998) as fn(&FunnelLimit) -> f64, |l| {
        l.upper_998
    }] {
        panel.line(&line(of), Ink::Requirement, 1.2)?;
    }
    panel.line(&[(x.0, plot.target), (x.1, plot.target)], Ink::Axis, 1.4)
}

fn mark(panel: &Panel<'_>, point: &FunnelPoint) -> Result<(), ReportError> {
    let at = (point.n_effective, point.estimate);
    match point.outside.as_str() {
        "99.8" => {
            panel.square(at, 5.5, Ink::Fail, true)?;
            panel.cross(at, 3.6, Ink::Plane)
        }
        "95" => panel.square(at, 4.6, Ink::Inconclusive, false),
        _ => panel.circle(at, 3.4, Ink::Group, true),
    }
}

/// A place on the figure that is taken.
#[derive(Clone, Copy)]
struct Boxed {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Boxed {
    fn around((x, y): (f64, f64)) -> Self {
        Self {
            left: x - 6.0,
            top: y - 6.0,
            right: x + 6.0,
            bottom: y + 6.0,
        }
    }

    fn touches(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// Writes a level's name beside its mark where there is room; its title and the table have it anyway.
fn name(
    root: &Root<'_>,
    level: &str,
    (x, y): (f64, f64),
    taken: &mut Vec<Boxed>,
) -> Result<(), ReportError> {
    let shown = text::cut(level, SMALL, 190.0);
    let width = text::width(&shown, SMALL);
    let at = |left: f64, middle: f64| Boxed {
        left,
        top: middle - 7.0,
        right: left + width,
        bottom: middle + 7.0,
    };
    let places = [
        (at(x + 9.0, y), HPos::Left, (x + 9.0, y)),
        (at(x - 9.0 - width, y), HPos::Right, (x - 9.0, y)),
        (at(x - width / 2.0, y - 14.0), HPos::Center, (x, y - 14.0)),
        (at(x - width / 2.0, y + 14.0), HPos::Center, (x, y + 14.0)),
    ];
    for (place, anchor, to) in places {
        let fits = place.left >= FRAME.left
            && place.right <= WIDTH
            && place.top >= FRAME.top - 8.0
            && place.bottom <= FRAME.bottom;
        if fits && !taken.iter().any(|other| other.touches(place)) {
            taken.push(place);
            return write(root, &shown, to, anchor, Ink::Text, SMALL);
        }
    }
    Ok(())
}

fn legend(words: &Translator, plot: &FunnelPlot<'_>, root: &Root<'_>) -> Result<(), ReportError> {
    let y = HEIGHT - 26.0;
    let frame = Frame {
        left: 0.0,
        top: y - 10.0,
        right: WIDTH,
        bottom: y + 10.0,
    };
    let panel = Panel::new(root, frame, (0.0, WIDTH), (-10.0, 10.0));
    let word = |x: f64, english: &str| -> Result<f64, ReportError> {
        let said = words.say(english);
        write(root, &said, (x, y), HPos::Left, Ink::Muted, FONT)?;
        Ok(x + text::width(&said, FONT) + 18.0)
    };
    panel.block((4.0, -6.0), (22.0, 6.0), Ink::Region)?;
    let mut x = word(28.0, "inside 95% limits")?;
    panel.line(&[(x, 0.0), (x + 18.0, 0.0)], Ink::Requirement, 1.2)?;
    x = word(x + 24.0, "99.8% limits")?;
    panel.line(&[(x, 0.0), (x + 18.0, 0.0)], Ink::Axis, 1.4)?;
    x = word(x + 24.0, "all together")?;
    if plot.points.iter().any(|(point, _)| point.outside == "95") {
        panel.square((x + 5.0, 0.0), 4.6, Ink::Inconclusive, false)?;
        x = word(x + 16.0, "outside 95%")?;
    }
    if plot.points.iter().any(|(point, _)| point.outside == "99.8") {
        panel.square((x + 5.0, 0.0), 5.5, Ink::Fail, true)?;
        panel.cross((x + 5.0, 0.0), 3.6, Ink::Plane)?;
        word(x + 16.0, "outside 99.8%")?;
    }
    Ok(())
}
