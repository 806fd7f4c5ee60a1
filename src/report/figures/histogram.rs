//! Scores by truth: positives upwards, negatives downwards, the threshold between.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::format;
use super::super::language::Translator;
use super::hover::{Axes, Hover, counts};
use super::panel::{Frame, Panel, ticks, write};
use super::svg::{Canvas, Ink};

/// What one panel shows.
pub(in super::super) struct HistogramPanel<'a> {
    /// Unique id of the figure.
    pub id: &'a str,
    /// Title for screen readers.
    pub title: &'a str,
    /// Description for screen readers.
    pub description: &'a str,
    /// Counts of positives in equal bins.
    pub positive: &'a [u64],
    /// Counts of negatives in the same bins.
    pub negative: &'a [u64],
    /// Least and largest edge.
    pub range: (f64, f64),
    /// Threshold, when it lies inside the range.
    pub threshold: Option<f64>,
    /// How the counts of the bars are carried.
    pub hover: Hover,
}

const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 172.0;
const FRAME: Frame = Frame {
    left: 8.0,
    top: 8.0,
    right: 212.0,
    bottom: 132.0,
};
const SMALL: f64 = 11.0;

/// Draws one panel. Each class is scaled to its own total, so that a rare class can be seen.
pub(in super::super) fn histogram(
    words: &Translator,
    data: &HistogramPanel<'_>,
) -> Result<String, ReportError> {
    let canvas = Canvas::new(words, WIDTH, HEIGHT);
    let root = canvas.area();
    let (low, high) = data.range;
    let high = if high > low { high } else { low + 1.0 };
    let positive = shares(data.positive);
    let negative = shares(data.negative);
    let most = positive
        .iter()
        .chain(&negative)
        .fold(0.0_f64, |m, v| m.max(*v))
        .max(1e-9);
    let panel = Panel::new(&root, FRAME, (low, high), (-1.05, 1.05));

    let (values, decimals) = ticks(low, high, 4.0);
    for value in &values {
        panel.line(&[(*value, -1.05), (*value, 1.05)], Ink::Grid, 1.0)?;
    }
    for value in values {
        let x = FRAME.left + (value - low) / (high - low) * (FRAME.right - FRAME.left);
        write(
            &root,
            &format::number(value, decimals),
            (x, FRAME.bottom + 12.0),
            HPos::Center,
            Ink::Muted,
            SMALL,
        )?;
    }
    for (heights, sign, ink, name, counts) in [
        (&positive, 1.0, Ink::Positive, "Positives", data.positive),
        (&negative, -1.0, Ink::Negative, "Negatives", data.negative),
    ] {
        canvas.open(&format!(
            "{name}: {}",
            format::counted(counts.iter().sum(), "sample", "samples")
        ));
        panel.fill(&steps(heights, low, high, sign / most), ink)?;
        canvas.close();
        if data.hover == Hover::Titles {
            bars(&canvas, &panel, (low, high), (name, counts), sign)?;
        }
    }
    if data.hover == Hover::Numbers {
        let axes = Axes {
            frame: FRAME,
            x: (low, high),
            y: (-1.05, 1.05),
        };
        counts(&canvas, &axes, [data.positive, data.negative]);
    }
    panel.line(&[(low, 0.0), (high, 0.0)], Ink::Axis, 1.0)?;
    if let Some(threshold) = data.threshold.filter(|t| (low..=high).contains(t)) {
        canvas.open(&format!("Threshold {threshold}"));
        panel.line(
            &[(threshold, -1.05), (threshold, 1.05)],
            Ink::Requirement,
            1.4,
        )?;
        canvas.close();
    }
    let middle = f64::midpoint(FRAME.left, FRAME.right);
    write(
        &root,
        &words.say("Score"),
        (middle, HEIGHT - 10.0),
        HPos::Center,
        Ink::Muted,
        SMALL,
    )?;
    drop(panel);
    drop(root);
    Ok(canvas.finish(data.id, "plot small", data.title, data.description))
}

/// Invisible bars over the full height of one class, each with its count in words.
#[expect(clippy::cast_precision_loss, reason = "a histogram has few bins")]
fn bars(
    canvas: &Canvas<'_>,
    panel: &Panel<'_>,
    (low, high): (f64, f64),
    (name, counts): (&str, &[u64]),
    sign: f64,
) -> Result<(), ReportError> {
    let width = (high - low) / counts.len().max(1) as f64;
    for (i, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let from = low + width * i as f64;
        canvas.open(&format!(
            "{name}, score {} to {}: {}",
            format::number(from, 2),
            format::number(from + width, 2),
            format::count(*count)
        ));
        panel.block((from, 0.0), (from + width, sign), Ink::Hover)?;
        canvas.close();
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of samples are far below 2^53"
)]
fn shares(counts: &[u64]) -> Vec<f64> {
    let total = counts.iter().sum::<u64>().max(1) as f64;
    counts.iter().map(|&c| c as f64 / total).collect()
}

/// Outline of a histogram as one polygon.
#[expect(clippy::cast_precision_loss, reason = "a histogram has few bins")]
fn steps(heights: &[f64], low: f64, high: f64, scale: f64) -> Vec<(f64, f64)> {
    let width = (high - low) / heights.len().max(1) as f64;
    let mut outline = vec![(low, 0.0)];
    for (i, height) in heights.iter().enumerate() {
        let left = low + width * i as f64;
        outline.push((left, height * scale));
        outline.push((left + width, height * scale));
    }
    outline.push((high, 0.0));
    outline
}
