//! Sensitivity against false positives per image.

use std::collections::BTreeSet;

use crate::metrics::detection as of;
use crate::statistics::Scale;

use super::super::bands::limits;
use super::super::{Drawing, FigureLine, TaskFigure};
use super::Boxes;

/// Most points of a drawn curve.
const MOST_POINTS: usize = 100;
/// Points of a curve that have limits, and the patients with a lesion that they need.
const BAND_POINTS: usize = 40;
const LEAST_WITH_LESION: usize = 10;
/// How far the curve is drawn, as a multiple of the largest declared number of false positives.
const RATES_SHOWN: f64 = 1.25;

impl Boxes {
    /// Sensitivity against false positives per image; limits of the sensitivity at each number of
    /// false positives, which hold point by point.
    pub(super) fn froc(&self, drawing: Drawing<'_>) -> Option<TaskFigure> {
        let images = self.of(drawing.samples);
        let curve = of::froc_curve(&images).ok()?;
        // Beyond the rates that are asked for nobody works with the model.
        let most = RATES_SHOWN * self.rates.iter().copied().fold(0.0, f64::max);
        let end = curve.last()?.false_positives_per_image.min(most);
        let shown = curve.partition_point(|point| point.false_positives_per_image <= end);
        let step = shown.div_ceil(MOST_POINTS).max(1);
        let last = shown.checked_sub(1)?;
        let mut points: Vec<(f64, f64)> = curve[..shown]
            .iter()
            .enumerate()
            .filter(|(place, _)| place % step == 0 || *place == last)
            .map(|(_, point)| (point.false_positives_per_image, point.sensitivity))
            .collect();
        let with_lesion = images.iter().zip(drawing.patient);
        let with_lesion = with_lesion.filter(|(own, _)| own.truths() > 0);
        let patients: BTreeSet<u32> = with_lesion.map(|(_, own)| *own).collect();
        // Of fewer patients with a lesion a standard error says nothing.
        let is_banded = patients.len() >= LEAST_WITH_LESION && end > 0.0;
        let steps = if is_banded { BAND_POINTS } else { 1 };
        let rates = (1..=steps).map(|step| end * step as f64 / steps as f64);
        let rates: Vec<f64> = rates.collect();
        let found = of::sensitivities_at_false_positives(&images, &rates).ok()?;
        // The curve ends where the band does, between two of its own points.
        if let Some(found) = found
            .last()
            .filter(|_| points.last().is_some_and(|p| p.0 < end))
        {
            points.push((end, found.estimate));
        }
        let mut band = FigureLine::plain("At this many false positives", Vec::new());
        for (rate, found) in rates.into_iter().zip(found).filter(|_| is_banded) {
            band.points.push((rate, found.estimate));
            let limits = limits(&found, drawing.patient, Scale::Logit, drawing.confidence);
            band.band.push(limits);
        }
        let mut lines = vec![FigureLine::plain("FROC curve", points)];
        if band.band.iter().any(Option::is_some) {
            lines.push(band);
        }
        let axes = ["False positives per image", "Sensitivity per lesion"];
        Some(TaskFigure::of_lines(&super::FROC, axes, lines))
    }
}
