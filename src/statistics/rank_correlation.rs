//! Correlation of ranks.

/// Spearman's rank correlation of pairs: Pearson's correlation of mid-ranks (tied values share
/// the mean of their ranks), as in Spearman, Am J Psychol 15, 72 (1904). No assumption is made
/// about the values' distribution.
///
/// `None` for fewer than two pairs, for sides of different length, where one side has a single
/// value only, and where a value is not a number.
#[must_use]
pub fn spearman(first: &[f64], second: &[f64]) -> Option<f64> {
    let nan = |values: &[f64]| values.iter().any(|value| value.is_nan());
    if first.len() != second.len() || first.len() < 2 || nan(first) || nan(second) {
        return None;
    }
    let (first, second) = (mid_ranks(first), mid_ranks(second));
    let mean = (first.len() as f64 + 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let spread = (sum(&first, &first) * sum(&second, &second)).sqrt();
    (spread > 0.0).then(|| sum(&first, &second) / spread)
}

/// Ranks from 1; tied values get the mean of theirs.
fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = start as f64 + (tied.len() as f64 + 1.0) / 2.0;
        tied.iter().for_each(|place| ranks[*place] = rank);
        start += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::spearman;

    /// scipy.stats.spearmanr on the same numbers.
    #[test]
    fn agrees_with_scipy() {
        let first = [1.0, 2.0, 2.0, 4.0, 5.5, -1.0, 3.0];
        let second = [2.0, 1.0, 7.0, 7.0, 6.0, 0.5, 0.5];
        let rho = spearman(&first, &second).unwrap();
        assert!((rho - SCIPY).abs() < 1e-14, "{rho}");
        assert_eq!(spearman(&first, &first), Some(1.0));
    }

    const SCIPY: f64 = 0.449_560_204_093_263_9;

    #[test]
    fn what_has_no_correlation_gives_none() {
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0]), None);
        assert_eq!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[], &[]), None);
    }
}
