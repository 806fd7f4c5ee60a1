//! Areas under ROC curves of several classes.

use super::classes::{all_present, checked};
use crate::metrics::auroc::auroc_influenced;
use crate::statistics::{Influenced, NotEstimable};

/// Mean over classes of the area of its score for the class against all others (macro-averaged,
/// one versus rest). Influences from the placements of every class (DeLong, DeLong and
/// Clarke-Pearson 1988). The negatives of a class are whatever else is in the group, so that the
/// area depends on the case mix.
///
/// # Errors
/// No sample, scores that do not fit, a score that is no finite number, a class without a sample,
/// one class only, or a class whose scores are all equal.
pub fn macro_auroc(
    y_true: &[u32],
    scores: &[f64],
    classes: usize,
) -> Result<Influenced, NotEstimable> {
    let n = checked(y_true, scores, classes)?;
    all_present(y_true, classes)?;
    let mut sum = Sum::new(n);
    for class in 0..classes {
        let of_class: Vec<bool> = y_true.iter().map(|y| *y as usize == class).collect();
        let score: Vec<f64> = column(scores, classes, class).collect();
        sum.add(&auroc_influenced(&of_class, &score)?, 0..n);
    }
    Ok(sum.over(classes as f64))
}

/// Hand and Till's M (2001, Machine Learning 45:171-186): mean over pairs of classes of the mean of
/// two areas, each of the samples of the two classes by the score of one of them. It does not
/// depend on the prevalence of the classes.
///
/// # Errors
/// As [`macro_auroc`].
pub fn hand_till(
    y_true: &[u32],
    scores: &[f64],
    classes: usize,
) -> Result<Influenced, NotEstimable> {
    let n = checked(y_true, scores, classes)?;
    all_present(y_true, classes)?;
    if classes < 2 {
        return Err(NotEstimable::OneClass(n as u64, 0));
    }
    let mut sum = Sum::new(n);
    for first in 0..classes {
        for second in (0..classes).filter(|second| *second != first) {
            let members: Vec<usize> = (0..n)
                .filter(|row| [first, second].contains(&(y_true[*row] as usize)))
                .collect();
            let of_first: Vec<bool> = members
                .iter()
                .map(|row| y_true[*row] as usize == first)
                .collect();
            let score: Vec<f64> = members
                .iter()
                .map(|row| scores[row * classes + first])
                .collect();
            sum.add(&auroc_influenced(&of_first, &score)?, members.into_iter());
        }
    }
    Ok(sum.over((classes * (classes - 1)) as f64))
}

fn column(scores: &[f64], classes: usize, class: usize) -> impl Iterator<Item = f64> {
    scores.chunks(classes).map(move |row| row[class])
}

/// A sum of estimates on parts of the samples.
pub(super) struct Sum {
    estimate: f64,
    influence: Vec<f64>,
}

impl Sum {
    pub(super) fn new(n: usize) -> Self {
        Self {
            estimate: 0.0,
            influence: vec![0.0; n],
        }
    }

    /// Adds an estimate on these rows.
    pub(super) fn add(&mut self, one: &Influenced, rows: impl Iterator<Item = usize>) {
        self.estimate += one.estimate;
        for (row, influence) in rows.zip(&one.influence) {
            self.influence[row] += influence;
        }
    }

    /// The mean of this many estimates.
    pub(super) fn over(self, count: f64) -> Influenced {
        Influenced {
            estimate: self.estimate / count,
            influence: self.influence.iter().map(|c| c / count).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;

    const ROWS: [(u32, [f64; 3]); 8] = [
        (0, [0.7, 0.2, 0.1]),
        (0, [0.3, 0.3, 0.4]),
        (1, [0.3, 0.5, 0.2]),
        (1, [0.5, 0.4, 0.1]),
        (2, [0.1, 0.2, 0.7]),
        (2, [0.2, 0.45, 0.35]),
        (2, [0.3, 0.3, 0.4]),
        (0, [0.6, 0.1, 0.3]),
    ];

    fn split(rows: &[(u32, [f64; 3])]) -> (Vec<u32>, Vec<f64>) {
        let scores = rows.iter().flat_map(|row| row.1);
        (rows.iter().map(|row| row.0).collect(), scores.collect())
    }

    #[test]
    fn influences_are_derivatives() {
        for metric in [macro_auroc, hand_till] {
            assert_derivative(&ROWS, 1e-5, |rows| {
                let (y, scores) = split(rows);
                metric(&y, &scores, 3).unwrap()
            });
        }
    }

    #[test]
    fn degenerate_groups() {
        let (y, scores) = split(&ROWS);
        for metric in [macro_auroc, hand_till] {
            assert_eq!(metric(&[], &[], 3), Err(NotEstimable::Empty("samples")));
            assert!(metric(&y, &scores[1..], 3).is_err());
            assert!(metric(&y[..4], &scores[..12], 3).is_err());
            assert!(metric(&[0, 0], &[0.1, 0.2], 1).is_err());
            assert_eq!(metric(&y, &[0.5; 24], 3), Err(NotEstimable::ConstantScores));
        }
        // Two classes have one area.
        let two = [0.1, 0.9, 0.6, 0.4, 0.35, 0.65, 0.8, 0.2];
        let truth = [0, 0, 1, 1];
        let area = macro_auroc(&truth, &two, 2).unwrap();
        assert_eq!(hand_till(&truth, &two, 2).unwrap(), area);
    }
}
