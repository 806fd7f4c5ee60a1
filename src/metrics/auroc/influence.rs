//! What each unit contributes to an area.

use super::placements::ArmArea;
use crate::metrics::ranked::Ranked;
use crate::statistics::{Influenced, NotEstimable};

/// The area with the influence of every sample, in the order they were given.
///
/// # Errors
/// As [`auroc_influence`].
pub fn auroc_influenced(y_true: &[bool], y_score: &[f64]) -> Result<Influenced, NotEstimable> {
    let unit: Vec<u32> = (0..y_true.len() as u32).collect();
    let rows = Ranked::new(y_true, y_score, None, Some(&unit))?;
    let area = ArmArea::new(&rows, &rows.caller_cluster, unit.len(), |_| true)?;
    Ok(Influenced {
        estimate: area.auroc,
        influence: area
            .by_patient
            .into_iter()
            .map(|one| one.positive + one.negative)
            .collect(),
    })
}

/// Influence of every unit 0, 1, ..., `count` - 1 on the area: the sum of the centred placements
/// of its samples, each over the size of its class (DeLong, DeLong and Clarke-Pearson 1988;
/// Obuchowski 1997). 0 for units without a sample; the influences sum to 0.
///
/// # Errors
/// One class, all scores equal, a score that is no number, or lengths that differ.
pub fn auroc_influence(
    y_true: &[bool],
    y_score: &[f64],
    unit: &[u32],
    count: usize,
) -> Result<Vec<f64>, NotEstimable> {
    let rows = Ranked::new(y_true, y_score, None, Some(unit))?;
    let area = ArmArea::new(&rows, &rows.caller_cluster, count, |_| true)?;
    Ok(area
        .by_patient
        .into_iter()
        .map(|one| one.positive + one.negative)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{auroc_influence, auroc_influenced};
    use crate::metrics::auroc;

    #[test]
    fn influences_sum_to_nothing_and_their_squares_to_the_variance() {
        // The four samples of scikit-learn's documentation: AUROC 0.75, placements of the
        // positives 0.5 and 1, of the negatives 1 and 0.5.
        let y = [false, false, true, true];
        let score = [0.1, 0.4, 0.35, 0.8];
        let own = auroc_influence(&y, &score, &[0, 1, 2, 3], 5).unwrap();
        assert_eq!(own, [0.125, -0.125, -0.125, 0.125, 0.0]);
        let with_estimate = auroc_influenced(&y, &score).unwrap();
        assert_eq!(with_estimate.estimate, 0.75);
        assert_eq!(with_estimate.influence, own[..4]);
        // Within each class n / (n - 1) times the sum of squares is DeLong's variance, 0.125.
        let squares: f64 = own.iter().map(|value| value * value).sum();
        let area = auroc(&y, &score, None).unwrap();
        assert!((2.0 * squares - 0.125).abs() < 1e-12);
        assert!((2.0 * squares - area.variance_delong.unwrap()).abs() < 1e-12);
        // Two patients with a sample of each class: their samples' influences add up.
        let joined = auroc_influence(&y, &score, &[0, 1, 1, 0], 2).unwrap();
        assert_eq!(joined, [0.25, -0.25]);
        assert!(auroc_influence(&[true, true], &[0.1, 0.2], &[0, 1], 2).is_err());
    }
}
