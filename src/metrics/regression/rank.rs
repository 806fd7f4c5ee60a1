//! Spearman's correlation with the influence of every sample.

use super::differences;
use super::explained::{Centred, correlation};
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable, ordered_sum};

/// Spearman's correlation of mid-ranks, as [`crate::statistics::spearman`], with influences: that
/// of Pearson's correlation of the ranks, and what a sample does to the ranks of the others. A
/// sample's weight raises the rank of every value above it by one and of every equal value by a
/// half; in n log n.
///
/// # Errors
/// No sample, lengths that differ, a value that is no finite number, or a side that does not vary.
pub fn spearman_influenced(y_true: &[f64], y_pred: &[f64]) -> Result<Influenced, NotEstimable> {
    differences(y_true, y_pred)?;
    let (truth, predicted) = (MidRanks::new(y_true), MidRanks::new(y_pred));
    let (first, second) = (
        Centred::new(&truth.ranks, "the truth")?,
        Centred::new(&predicted.ranks, "the prediction")?,
    );
    let of_ranks = correlation(&first, &second);
    let by_truth = truth.raised(&slopes(of_ranks.estimate, &first, &second));
    let by_prediction = predicted.raised(&slopes(of_ranks.estimate, &second, &first));
    all_finite(Influenced {
        estimate: of_ranks.estimate,
        influence: of_ranks
            .influence
            .iter()
            .zip(by_truth.iter().zip(&by_prediction))
            .map(|(own, (a, b))| own + a + b)
            .collect(),
    })
}

/// Derivative of the correlation in each of `moved`'s values: (v - r u) over the root of its sum
/// of squares.
fn slopes(r: f64, moved: &Centred, other: &Centred) -> Vec<f64> {
    let (a, b) = (moved.squares.sqrt(), other.squares.sqrt());
    let values = moved.values.iter().zip(&other.values);
    values.map(|(x, y)| (y / b - r * x / a) / a).collect()
}

/// Ranks from 1, tied values sharing the mean of theirs, with the ascending order.
struct MidRanks {
    ranks: Vec<f64>,
    /// Places of equal values, ascending.
    tied: Vec<Vec<usize>>,
}

impl MidRanks {
    fn new(values: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let tied: Vec<Vec<usize>> = order
            .chunk_by(|a, b| values[*a] == values[*b])
            .map(<[usize]>::to_vec)
            .collect();
        let mut ranks = vec![0.0; values.len()];
        let mut below = 0;
        for places in &tied {
            let rank = below as f64 + (places.len() as f64 + 1.0) / 2.0;
            places.iter().for_each(|place| ranks[*place] = rank);
            below += places.len();
        }
        Self { ranks, tied }
    }

    /// For every sample, the sum of `slope` over values above it and half the sum over equal ones.
    fn raised(&self, slope: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; slope.len()];
        let mut above = 0.0;
        for places in self.tied.iter().rev() {
            let equal = ordered_sum(places.iter().map(|place| slope[*place]));
            for place in places {
                found[*place] = above + 0.5 * equal;
            }
            above += equal;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;
    use crate::statistics::spearman;

    #[test]
    fn influences_are_derivatives_with_ties() {
        let rows = [
            (1.0, 2.0),
            (2.0, 1.0),
            (2.0, 7.0),
            (4.0, 7.0),
            (5.5, 6.0),
            (-1.0, 0.5),
            (3.0, 0.5),
        ];
        let split = |rows: &[(f64, f64)]| -> (Vec<f64>, Vec<f64>) { rows.iter().copied().unzip() };
        assert_derivative(&rows, 1e-5, |rows| {
            let (y, p) = split(rows);
            spearman_influenced(&y, &p).unwrap()
        });
        let (y, p) = split(&rows);
        let found = spearman_influenced(&y, &p).unwrap();
        assert!((found.estimate - spearman(&y, &p).unwrap()).abs() < 1e-14);
        assert!(spearman_influenced(&[1.0, 1.0], &[1.0, 2.0]).is_err());
        assert!(spearman_influenced(&[], &[]).is_err());
    }
}
