//! Limits of the points of a line, and lines of shares.

use std::collections::{BTreeMap, BTreeSet};

use crate::statistics::{ClusteredProportion, Influenced, Scale, ordered_sum};

use super::FigureLine;

/// Patients behind a point below which it has no limits; and those that must carry what varies.
const LEAST_PATIENTS: u64 = 10;
const LEAST_CARRIERS: f64 = 5.0;
/// Most bins of a line, and the fewest samples of one.
const MOST_BINS: usize = 10;
const LEAST_IN_BIN: usize = 20;

/// Limits of an estimate with influences, symmetric on `scale`. `None` where fewer than ten patients
/// are behind it or fewer than five carry what varies: a standard error says nothing there.
pub(super) fn limits(
    of: &Influenced,
    patient: &[u32],
    scale: Scale,
    confidence: f64,
) -> Option<(f64, f64)> {
    let found = of.scaled(Some(patient), scale, "").ok()?;
    if found.n_clusters < LEAST_PATIENTS || of.carriers(Some(patient)) < LEAST_CARRIERS {
        return None;
    }
    let limits = found.interval(confidence).ok()?;
    Some((limits.lower, limits.upper))
}

/// Wilson's limits of a share with the patients as clusters.
pub(super) fn limits_of_share(
    trials: impl Iterator<Item = (bool, u32)>,
    confidence: f64,
) -> Option<(f64, f64)> {
    let mut of: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for (holds, patient) in trials {
        let own = of.entry(patient).or_default();
        *own = (own.0 + u64::from(holds), own.1 + 1);
    }
    let counts: Vec<(u64, u64)> = of.into_values().collect();
    let found = if counts.iter().all(|(_, trials)| *trials == 1) {
        let events = counts.iter().map(|(events, _)| events).sum();
        ClusteredProportion::unclustered(events, counts.len() as u64)
    } else {
        ClusteredProportion::from_clusters(&counts)
    };
    let limits = found.ok()?;
    let limits = limits.wilson(confidence).ok()?;
    Some((limits.lower, limits.upper))
}

/// One sample of a figure: where it stands, what is measured there, and whose it is.
pub(super) type Point<T> = (f64, T, u32);

/// Edges that cut numbers into at most ten bins of nearly as many.
pub(super) fn edges(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..MOST_BINS)
        .filter_map(|bin| values.get(bin * values.len() / MOST_BINS).copied())
        .collect();
    edges.dedup();
    edges
}

/// Points by bins, which are joined with their right neighbour until twenty samples and
/// `least_patients` patients lie in each (the last with its left one), so that no bin tells of a few;
/// `None` where not two such bins can be made.
pub(super) fn parts<T: Copy>(
    points: Vec<Point<T>>,
    edges: &[f64],
    least_patients: usize,
) -> Option<Vec<Vec<Point<T>>>> {
    let mut bins: Vec<Vec<Point<T>>> = (0..=edges.len()).map(|_| Vec::new()).collect();
    for point in points {
        bins[edges.partition_point(|edge| *edge <= point.0)].push(point);
    }
    let is_enough = |bin: &[Point<T>]| {
        let patients: BTreeSet<u32> = bin.iter().map(|point| point.2).collect();
        bin.len() >= LEAST_IN_BIN && patients.len() >= least_patients
    };
    let mut parts: Vec<Vec<Point<T>>> = Vec::new();
    let mut open: Vec<Point<T>> = Vec::new();
    for bin in bins {
        open.extend(bin);
        if is_enough(&open) {
            parts.push(std::mem::take(&mut open));
        }
    }
    if let Some(last) = parts.last_mut() {
        last.extend(open);
    }
    (parts.len() > 1).then_some(parts)
}

/// Share of events against the mean predicted probability, bin by bin, with Wilson's limits.
pub(super) fn reliability(
    points: impl Iterator<Item = Point<bool>>,
    edges: &[f64],
    (confidence, least_patients): (f64, usize),
) -> Option<Vec<FigureLine>> {
    let parts = parts(points.collect(), edges, least_patients)?;
    let mut line = FigureLine::plain("Observed share by predicted probability", Vec::new());
    for part in &parts {
        let n = part.len() as f64;
        let x = ordered_sum(part.iter().map(|(p, ..)| *p)) / n;
        let events = part.iter().filter(|(_, event, _)| *event).count();
        line.points.push((x, events as f64 / n));
        line.n.push(part.len() as u64);
        let trials = part.iter().map(|(_, event, patient)| (*event, *patient));
        line.band.push(limits_of_share(trials, confidence));
    }
    let ends = (line.points.first()?.0, line.points.last()?.0);
    let ideal = FigureLine::plain("Calibrated", vec![(ends.0, ends.0), (ends.1, ends.1)]);
    Some(vec![line, ideal])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_those_of_everyone_and_hold_enough_patients() {
        let ascending: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(
            edges(ascending.clone()),
            [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]
        );
        assert_eq!(edges(vec![0.5; 30]), [0.5]);
        let edges = edges(ascending.clone());
        let sizes = |patients: u32| {
            let points = ascending
                .iter()
                .zip(0..)
                .map(|(x, own)| (*x, (), own % patients));
            let parts = parts(points.collect(), &edges, 10)?;
            Some(parts.iter().map(Vec::len).collect::<Vec<usize>>())
        };
        // Twenty samples are two tenths.
        assert_eq!(sizes(100), Some(vec![20; 5]));
        assert_eq!(sizes(9), None);
        // Of the same ten patients every bin has all.
        assert_eq!(sizes(10), Some(vec![20; 5]));
        let few = ascending[..39]
            .iter()
            .zip(0..)
            .map(|(x, own)| (*x, (), own));
        assert_eq!(
            parts(few.collect(), &edges, 10).map(|parts| parts.len()),
            None
        );
        // A group that lies in one bin of everyone has no line.
        let one = (0..60).map(|own| (5.0, (), own));
        assert_eq!(parts(one.collect(), &edges, 10), None);
    }

    /// `proportion_confint(15, 20, method="wilson")` of statsmodels 0.15.0.
    #[test]
    fn a_point_has_the_limits_of_wilson() {
        let rows = (0..40_u32).map(|i| {
            let high = i >= 20;
            let p = if high { 0.75 } else { 0.25 };
            (p, (i % 4 != 0) == high, i)
        });
        let lines = reliability(rows, &[0.5], (0.95, 10)).unwrap();
        assert_eq!(lines[0].points, [(0.25, 0.25), (0.75, 0.75)]);
        assert_eq!(lines[0].n, [20, 20]);
        let (lower, upper) = lines[0].band[1].unwrap();
        assert!((lower - 0.531_299_2).abs() < 1e-6 && (upper - 0.888_138_4).abs() < 1e-6);
        assert_eq!(lines[1].points, [(0.25, 0.25), (0.75, 0.75)]);
    }

    #[test]
    fn few_patients_have_no_limits() {
        let mean = Influenced::mean(&[1.0, 2.0, 4.0, 3.0]).unwrap();
        assert_eq!(limits(&mean, &[0, 1, 2, 3], Scale::Identity, 0.95), None);
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let patients: Vec<u32> = (0..20).collect();
        let mean = Influenced::mean(&values).unwrap();
        let (lower, upper) = limits(&mean, &patients, Scale::Identity, 0.95).unwrap();
        // scipy.stats.t.interval(0.95, 19, loc=9.5, scale=sqrt(35 / 20)).
        assert!((lower - 6.731_188).abs() < 1e-5 && (upper - 12.268_812).abs() < 1e-5);
    }
}
