//! Placement values: the structural components of DeLong, DeLong and Clarke-Pearson 1988.

use crate::metrics::rows::Rows;
use crate::statistics::{NotEstimable, ordered_sum};

/// Area and the components of its variance.
#[derive(Debug, Clone)]
pub(super) struct Placements {
    /// P(score of a positive > score of a negative) + half P(equal).
    pub auroc: f64,
    /// For each row its placement among the other class, less the area.
    pub centred: Vec<f64>,
}

impl Placements {
    /// By one pass over the sorted scores: O(n) after sorting (Sun and Xu 2014).
    ///
    /// # Errors
    /// One class, or all scores equal.
    pub fn new(rows: &Rows) -> Result<Self, NotEstimable> {
        rows.both_classes()?;
        if rows.score.first() == rows.score.last() {
            return Err(NotEstimable::ConstantScores);
        }
        let (n1, n0) = (rows.n_positive as f64, rows.n_negative() as f64);
        let mut centred = vec![0.0; rows.len()];
        let (mut positives_below, mut negatives_below) = (0u64, 0u64);
        // Twice the number of pairs in the right order: a whole number, exact.
        let mut twice_concordant = 0u128;
        let mut start = 0;
        for tied in rows.score.chunk_by(|a, b| a == b) {
            let here = start..start + tied.len();
            let positives = rows.y[here.clone()].iter().filter(|y| **y).count() as u64;
            let negatives = tied.len() as u64 - positives;
            twice_concordant += u128::from(positives) * u128::from(2 * negatives_below + negatives);
            for row in here {
                centred[row] = if rows.y[row] {
                    (negatives_below as f64 + 0.5 * negatives as f64) / n0
                } else {
                    1.0 - (positives_below as f64 + 0.5 * positives as f64) / n1
                };
            }
            positives_below += positives;
            negatives_below += negatives;
            start += tied.len();
        }
        let auroc = twice_concordant as f64 / (2.0 * n1 * n0);
        centred.iter_mut().for_each(|value| *value -= auroc);
        Ok(Self { auroc, centred })
    }

    /// DeLong's variance, rows independent; `None` with a single row of a class.
    pub fn variance_delong(&self, rows: &Rows) -> Option<f64> {
        let of_class = |class: bool, n: usize| {
            let squares = ordered_sum(
                self.centred
                    .iter()
                    .zip(&rows.y)
                    .filter(|(_, y)| **y == class)
                    .map(|(value, _)| value * value),
            );
            (n >= 2).then(|| squares / (n as f64 - 1.0) / n as f64)
        };
        Some(of_class(true, rows.n_positive)? + of_class(false, rows.n_negative())?)
    }
}

/// What one patient contributes to an area: the sums of its centred placements over n of their
/// class, for positives and for negatives, and whether it has any of either.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Influence {
    pub positive: f64,
    pub negative: f64,
    pub has_positive: bool,
    pub has_negative: bool,
}

impl Influence {
    pub fn minus(self, other: Self) -> Self {
        Self {
            positive: self.positive - other.positive,
            negative: self.negative - other.negative,
            has_positive: self.has_positive || other.has_positive,
            has_negative: self.has_negative || other.has_negative,
        }
    }
}

/// Influence of every patient, in the order of `id` of each row (0, 1, ..., `count` - 1).
pub(super) fn influences(
    rows: &Rows,
    placements: &Placements,
    id: &[u32],
    count: usize,
) -> Vec<Influence> {
    let mut sums = vec![Influence::default(); count];
    let (n1, n0) = (rows.n_positive as f64, rows.n_negative() as f64);
    for (row, id) in id.iter().enumerate() {
        let sum = &mut sums[*id as usize];
        if rows.y[row] {
            sum.positive += placements.centred[row] / n1;
            sum.has_positive = true;
        } else {
            sum.negative += placements.centred[row] / n0;
            sum.has_negative = true;
        }
    }
    sums
}

/// Obuchowski's clustered variance (Biometrics 1997, 53:567-578) of an area, or, from
/// differences of influences, of a difference of areas. `None` with fewer than two patients in
/// a class.
pub(super) fn variance_obuchowski(influences: &[Influence]) -> Option<f64> {
    let count =
        |has: fn(&Influence) -> bool| influences.iter().filter(|one| has(one)).count() as f64;
    let (i10, i01) = (count(|one| one.has_positive), count(|one| one.has_negative));
    let i = count(|one| one.has_positive || one.has_negative);
    if i10 < 2.0 || i01 < 2.0 {
        return None;
    }
    let sum = |product: fn(&Influence) -> f64| ordered_sum(influences.iter().map(product));
    let positives = i10 / (i10 - 1.0) * sum(|one| one.positive * one.positive);
    let negatives = i01 / (i01 - 1.0) * sum(|one| one.negative * one.negative);
    let both = i / (i - 1.0) * sum(|one| one.positive * one.negative);
    // The influences are already divided by the size of their class.
    Some(obuchowski_of_components(
        [positives, negatives, both],
        (1.0, 1.0),
    ))
}

/// Obuchowski's variance of an area from its components (1997, equation 5), with n1 positives and
/// n0 negatives: `S10 / n1 + S01 / n0 + 2 S11 / (n1 n0)`; 0 where the covariance outweighs the rest.
#[must_use]
pub fn obuchowski_of_components([s10, s01, s11]: [f64; 3], (n1, n0): (f64, f64)) -> f64 {
    (s10 / n1 + s01 / n0 + 2.0 * s11 / (n1 * n0)).max(0.0)
}
