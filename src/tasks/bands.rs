//! Limits of the points of a line, and lines of shares.

use std::collections::BTreeMap;

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

/// Rows in the order of their first number, cut into at most ten parts of nearly as many, equal
/// numbers together; `None` where two parts of twenty cannot be made.
pub(super) fn parts<T: Copy>(mut rows: Vec<(f64, T)>) -> Option<Vec<Vec<(f64, T)>>> {
    let most = (rows.len() / LEAST_IN_BIN).min(MOST_BINS);
    if most < 2 {
        return None;
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut parts: Vec<Vec<(f64, T)>> = Vec::new();
    let mut from = 0;
    for part in 1..=most {
        let mut to = (part * rows.len() / most).max(from);
        while to < rows.len() && to > 0 && rows[to].0.total_cmp(&rows[to - 1].0).is_eq() {
            to += 1;
        }
        if to - from >= LEAST_IN_BIN {
            parts.push(rows[from..to].to_vec());
            from = to;
        }
    }
    if let Some(last) = parts.last_mut() {
        last.extend(&rows[from..]);
    }
    (parts.len() > 1).then_some(parts)
}

/// Share of events against the mean predicted probability, part by part, with Wilson's limits.
pub(super) fn reliability(
    rows: impl Iterator<Item = (f64, bool, u32)>,
    confidence: f64,
) -> Option<Vec<FigureLine>> {
    let rows = rows.map(|(p, event, patient)| (p, (event, patient)));
    let parts = parts(rows.collect())?;
    let mut line = FigureLine::plain("Observed share by predicted probability", Vec::new());
    for part in &parts {
        let n = part.len() as f64;
        let x = ordered_sum(part.iter().map(|(p, _)| *p)) / n;
        let events = part.iter().filter(|(_, (event, _))| *event).count();
        line.points.push((x, events as f64 / n));
        line.n.push(part.len() as u64);
        line.band.push(limits_of_share(
            part.iter().map(|(_, own)| *own),
            confidence,
        ));
    }
    let ends = (line.points.first()?.0, line.points.last()?.0);
    let ideal = FigureLine::plain("Calibrated", vec![(ends.0, ends.0), (ends.1, ends.1)]);
    Some(vec![line, ideal])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_equal_numbers_together() {
        let rows = |values: &[f64]| -> Option<Vec<usize>> {
            let rows = values.iter().map(|value| (*value, ())).collect();
            parts(rows).map(|parts| parts.iter().map(Vec::len).collect())
        };
        assert_eq!(rows(&[0.5; 39]), None);
        assert_eq!(rows(&[0.5; 400]), None);
        let ascending: Vec<f64> = (0..41).map(f64::from).collect();
        assert_eq!(rows(&ascending), Some(vec![20, 21]));
        let mut tied = vec![0.25; 50];
        tied.extend((0..50).map(f64::from));
        // 100 rows are five parts of twenty; 0.25 with what precedes it fills two and a half of them.
        assert_eq!(rows(&tied), Some(vec![51, 29, 20]));
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(rows(&many), Some(vec![100; 10]));
    }

    /// `proportion_confint(15, 20, method="wilson")` of statsmodels 0.15.0.
    #[test]
    fn a_point_has_the_limits_of_wilson() {
        let rows = (0..40_u32).map(|i| {
            let high = i >= 20;
            let p = if high { 0.75 } else { 0.25 };
            (p, (i % 4 != 0) == high, i)
        });
        let lines = reliability(rows, 0.95).unwrap();
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
