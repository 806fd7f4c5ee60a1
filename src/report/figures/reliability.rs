//! Reliability diagram of one group over the whole cohort's.

use super::super::error::ReportError;
use super::super::format;
use super::super::language::Translator;
use super::panel::{Frame, Panel};
use super::roc::{band, unit_axes};
use super::svg::{Canvas, Ink};
use crate::assessment::{ReliabilityBin, SmoothPoint};

/// What one panel shows.
pub(in super::super) struct ReliabilityPanel<'a> {
    /// Unique id of the figure.
    pub id: &'a str,
    /// Title for screen readers.
    pub title: &'a str,
    /// Description for screen readers.
    pub description: &'a str,
    /// Bins of the group.
    pub bins: &'a [ReliabilityBin],
    /// Bins of the whole cohort, drawn in grey behind; empty when this is the whole cohort.
    pub overall: &'a [ReliabilityBin],
    /// Smooth curve of the group with its band; empty where none was fitted.
    pub smooth: &'a [SmoothPoint],
}

const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 272.0;
const FRAME: Frame = Frame {
    left: 34.0,
    top: 24.0,
    right: 212.0,
    bottom: 202.0,
};
const RUG: Frame = Frame {
    left: 34.0,
    top: 222.0,
    right: 212.0,
    bottom: 246.0,
};

/// Draws one panel: observed share against mean prediction with Wilson bars, and counts below.
pub(in super::super) fn reliability(
    words: &Translator,
    data: &ReliabilityPanel<'_>,
) -> Result<String, ReportError> {
    let canvas = Canvas::new(words, WIDTH, HEIGHT);
    let root = canvas.area();
    let panel = Panel::new(&root, FRAME, (0.0, 1.0), (0.0, 1.0));
    unit_axes(
        &root,
        &panel,
        FRAME,
        (
            &words.say("Predicted probability"),
            &words.say("Observed share"),
        ),
        HEIGHT,
    )?;
    let limits: Vec<(f64, f64, f64)> = data
        .smooth
        .iter()
        .filter_map(|point| Some((point.probability, point.lower?, point.upper?)))
        .collect();
    band(&panel, &limits)?;
    panel.line(&[(0.0, 0.0), (1.0, 1.0)], Ink::Axis, 0.8)?;
    let behind = points(data.overall);
    if behind.len() > 1 {
        panel.line(&behind, Ink::Overall, 1.4)?;
    }
    // Without a smooth curve the bins are joined, so that their course can be followed.
    let curve: Vec<(f64, f64)> = if data.smooth.is_empty() {
        points(data.bins)
    } else {
        data.smooth
            .iter()
            .map(|point| (point.probability, point.observed))
            .collect()
    };
    if curve.len() > 1 {
        let width = if data.smooth.is_empty() { 1.0 } else { 1.6 };
        panel.line(&curve, Ink::Group, width)?;
    }
    let rug = Panel::new(&root, RUG, (0.0, 1.0), (0.0, 1.0));
    let most = data.bins.iter().map(|b| b.n).max().unwrap_or(1).max(1);
    for bin in data.bins.iter().filter(|b| b.n > 0) {
        canvas.open(&title(bin));
        let at = (bin.mean_score, bin.observed);
        if let (Some(lower), Some(upper)) = (bin.lower, bin.upper) {
            panel.line(&[(at.0, lower), (at.0, upper)], Ink::Group, 1.4)?;
        }
        panel.square(at, 3.2, Ink::Group, true)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of samples are far below 2^53"
        )]
        let height = bin.n as f64 / most as f64;
        let gap = (bin.to - bin.from) * 0.12;
        rug.block(
            (bin.from + gap, 0.0),
            (bin.to - gap, height.max(0.05)),
            Ink::Overall,
        )?;
        canvas.close();
    }
    rug.line(&[(0.0, 0.0), (1.0, 0.0)], Ink::Axis, 1.0)?;
    drop(rug);
    drop(panel);
    drop(root);
    Ok(canvas.finish(data.id, "plot small", data.title, data.description))
}

fn points(bins: &[ReliabilityBin]) -> Vec<(f64, f64)> {
    bins.iter()
        .filter(|b| b.n > 0)
        .map(|b| (b.mean_score, b.observed))
        .collect()
}

fn title(bin: &ReliabilityBin) -> String {
    let limits = format::limits(bin.lower, bin.upper, 2)
        .map(|l| format!(" {l}"))
        .unwrap_or_default();
    format!(
        "Predicted {} to {}: {} of {} positive, observed {}{limits}, mean prediction {}",
        format::plain(bin.from, 1),
        format::plain(bin.to, 1),
        format::count(bin.n_positive),
        format::count(bin.n),
        format::plain(bin.observed, 2),
        format::plain(bin.mean_score, 2),
    )
}
