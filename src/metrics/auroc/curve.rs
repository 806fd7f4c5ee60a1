//! Vertices of the ROC curve for a figure.

use crate::metrics::ranked::Ranked;
use crate::statistics::NotEstimable;

/// Vertices (false positive rate, sensitivity) from (0, 0) to (1, 1), at most `max_vertices`.
///
/// # Errors
/// One class, no sample, or a score that is no finite number.
pub fn roc_curve(
    y_true: &[bool],
    y_score: &[f64],
    max_vertices: usize,
) -> Result<Vec<(f64, f64)>, NotEstimable> {
    roc_curve_keeping(y_true, y_score, max_vertices, None)
}

/// The same; the vertex of the operating point (called positive at a score of at least
/// `threshold`) stays when others are left out.
///
/// # Errors
/// As [`roc_curve`].
pub fn roc_curve_keeping(
    y_true: &[bool],
    y_score: &[f64],
    max_vertices: usize,
    threshold: Option<f64>,
) -> Result<Vec<(f64, f64)>, NotEstimable> {
    Ranked::new(y_true, y_score, None, None)?.roc_curve(max_vertices, threshold)
}

impl Ranked {
    /// [`roc_curve_keeping`] of sorted samples.
    ///
    /// # Errors
    /// One class.
    pub fn roc_curve(
        &self,
        max_vertices: usize,
        threshold: Option<f64>,
    ) -> Result<Vec<(f64, f64)>, NotEstimable> {
        self.both_classes()?;
        let counts = self.called();
        // The last place whose score reaches the threshold.
        let operating = threshold.map(|threshold| {
            let below = self.score.partition_point(|score| *score < threshold);
            let called = (self.len() - below) as u64;
            counts.partition_point(|(fp, tp)| fp + tp < called)
        });
        let kept = thinned(
            &corners(counts, operating),
            counts,
            max_vertices.max(3),
            operating,
        );
        Ok(kept
            .into_iter()
            .map(|place| {
                (
                    counts[place].0 as f64 / self.n_negative() as f64,
                    counts[place].1 as f64 / self.n_positive as f64,
                )
            })
            .collect())
    }
}

/// Places where the curve turns: points on a straight piece say nothing.
fn corners(counts: &[(u64, u64)], keep: Option<usize>) -> Vec<usize> {
    let last = counts.len() - 1;
    let turns = |place: usize| {
        let (before, here, after) = (counts[place - 1], counts[place], counts[place + 1]);
        let (dx1, dy1) = (here.0 - before.0, here.1 - before.1);
        let (dx2, dy2) = (after.0 - here.0, after.1 - here.1);
        u128::from(dx1) * u128::from(dy2) != u128::from(dx2) * u128::from(dy1)
    };
    (0..=last)
        .filter(|place| *place == 0 || *place == last || keep == Some(*place) || turns(*place))
        .collect()
}

/// At most `most` of them, evenly spread along the curve.
fn thinned(
    places: &[usize],
    counts: &[(u64, u64)],
    most: usize,
    keep: Option<usize>,
) -> Vec<usize> {
    if places.len() <= most {
        return places.to_vec();
    }
    let (n0, n1) = counts[counts.len() - 1];
    let along =
        |place: usize| counts[place].0 as f64 / n0 as f64 + counts[place].1 as f64 / n1 as f64;
    let steps = most - if keep.is_some() { 2 } else { 1 };
    let mut kept = vec![places[0]];
    let mut next = 1;
    for place in &places[1..places.len() - 1] {
        // The first corner beyond each of the equal shares of the way from (0, 0) to (1, 1).
        let due = along(*place) >= 2.0 * next as f64 / steps as f64;
        if due {
            while along(*place) >= 2.0 * next as f64 / steps as f64 {
                next += 1;
            }
        }
        if due || keep == Some(*place) {
            kept.push(*place);
        }
    }
    kept.push(places[places.len() - 1]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::auroc;

    #[test]
    fn vertices_by_hand() {
        let found = roc_curve(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8], 200).unwrap();
        assert_eq!(
            found,
            vec![(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]
        );
        assert_eq!(
            roc_curve(&[true, false], &[0.5, 0.5], 200).unwrap(),
            vec![(0.0, 0.0), (1.0, 1.0)]
        );
        assert!(roc_curve(&[true, true], &[0.5, 0.6], 200).is_err());
    }

    #[test]
    fn thinning_keeps_the_ends_the_operating_point_and_nearly_the_area() {
        let y: Vec<bool> = (0..5000)
            .map(|i| (i * 7919) % 5000 < i / 2 + 1000)
            .collect();
        let score: Vec<f64> = (0..5000).map(f64::from).collect();
        let threshold = 3333.0;
        let found = roc_curve_keeping(&y, &score, 200, Some(threshold)).unwrap();
        assert!(found.len() <= 200 && found.len() > 150, "{}", found.len());
        let share = |class: bool| {
            y.iter()
                .zip(&score)
                .filter(|(y, s)| **y == class && **s >= threshold)
                .count() as f64
                / y.iter().filter(|y| **y == class).count() as f64
        };
        assert!(found.contains(&(share(false), share(true))));
        let area: f64 = found
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0) * 0.5 * (pair[1].1 + pair[0].1))
            .sum();
        assert!((area - auroc(&y, &score, None).unwrap().estimate).abs() < 0.003);
        assert!(
            found
                .windows(2)
                .all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1)
        );
    }
}
