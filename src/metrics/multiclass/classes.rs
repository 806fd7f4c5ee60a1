//! Classes from scores, counts of classes, and the share of samples whose class ranks high.

use crate::metrics::finite::{numbers, same_length};
use crate::statistics::{Influenced, NotEstimable};

/// Truths and scores that fit together, with the number of samples.
///
/// # Errors
/// No sample, lengths that do not fit, a class that is not declared, or a score that is no finite
/// number.
pub(super) fn checked(
    y_true: &[u32],
    scores: &[f64],
    classes: usize,
) -> Result<usize, NotEstimable> {
    let n = same_length(&[y_true.len(), scores.len().checked_div(classes).unwrap_or(0)])?;
    if scores.len() != n * classes {
        return Err(NotEstimable::Other(format!(
            "{} scores are no {n} rows of {classes}",
            scores.len()
        )));
    }
    declared(y_true, classes)?;
    numbers(scores, "a row of scores")?;
    Ok(n)
}

/// Every class below `classes`.
///
/// # Errors
/// A class that is not.
pub(super) fn declared(labels: &[u32], classes: usize) -> Result<(), NotEstimable> {
    match labels.iter().find(|label| **label as usize >= classes) {
        None => Ok(()),
        Some(bad) => Err(NotEstimable::Other(format!(
            "class {bad} is not below the {classes} declared"
        ))),
    }
}

/// The class of the highest score of every row; of equal scores the first class.
///
/// # Errors
/// Scores that are no rows of `classes`, or a score that is no finite number.
pub fn argmax(scores: &[f64], classes: usize) -> Result<Vec<u32>, NotEstimable> {
    if classes == 0 || !scores.len().is_multiple_of(classes) {
        return Err(NotEstimable::Other(format!(
            "{} scores are no rows of {classes}",
            scores.len()
        )));
    }
    numbers(scores, "a row of scores")?;
    let highest = |row: &[f64]| {
        (1..row.len()).fold(
            0,
            |best, class| {
                if row[class] > row[best] { class } else { best }
            },
        ) as u32
    };
    Ok(scores.chunks(classes).map(highest).collect())
}

/// Share of samples whose true class is among the `k` highest scores of its row. Of equal scores
/// the first class ranks higher, so that with `k` = 1 it is the accuracy of [`argmax`].
///
/// # Errors
/// As [`argmax`]; no sample, or a class that is not declared.
pub fn top_k_accuracy(
    y_true: &[u32],
    scores: &[f64],
    classes: usize,
    k: usize,
) -> Result<Influenced, NotEstimable> {
    checked(y_true, scores, classes)?;
    let within: Vec<f64> = y_true
        .iter()
        .zip(scores.chunks(classes))
        .map(|(class, row)| {
            let class = *class as usize;
            let before = row.iter().enumerate().filter(|(other, score)| {
                **score > row[class] || (**score == row[class] && *other < class)
            });
            f64::from(u8::from(before.count() < k))
        })
        .collect();
    Influenced::mean(&within)
}

/// Classes without a sample, ascending.
#[must_use]
pub fn absent_classes(y_true: &[u32], classes: usize) -> Vec<u32> {
    let mut seen = vec![false; classes];
    for class in y_true {
        if let Some(own) = seen.get_mut(*class as usize) {
            *own = true;
        }
    }
    let places = (0u32..).zip(&seen);
    places.filter(|(_, seen)| !**seen).map(|(c, _)| c).collect()
}

/// Every class must have a sample; the message names those that have none.
///
/// # Errors
/// A class without a sample.
pub(super) fn all_present(y_true: &[u32], classes: usize) -> Result<(), NotEstimable> {
    let absent = absent_classes(y_true, classes);
    if absent.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = absent.iter().map(ToString::to_string).collect();
    Err(NotEstimable::Other(format!(
        "no sample of class {} in this group, and a mean over fewer classes would be another quantity",
        named.join(", ")
    )))
}

/// Counts of samples by true class (rows) and predicted class (columns).
///
/// # Errors
/// Lengths that differ, or a class that is not declared. No sample gives zeros.
pub fn confusion_matrix(
    y_true: &[u32],
    y_pred: &[u32],
    classes: usize,
) -> Result<Vec<Vec<u64>>, NotEstimable> {
    if !y_true.is_empty() || !y_pred.is_empty() {
        same_length(&[y_true.len(), y_pred.len()])?;
    }
    declared(y_true, classes)?;
    declared(y_pred, classes)?;
    let mut counts = vec![vec![0; classes]; classes];
    for (truth, predicted) in y_true.iter().zip(y_pred) {
        counts[*truth as usize][*predicted as usize] += 1;
    }
    Ok(counts)
}

/// Share of the samples of class `truth` that are called `predicted`: one cell of the confusion
/// matrix over its row. On the diagonal it is the class's recall (sensitivity).
///
/// # Errors
/// Lengths that differ, or no sample of the class.
pub fn confusion_cell(
    y_true: &[u32],
    y_pred: &[u32],
    truth: u32,
    predicted: u32,
) -> Result<Influenced, NotEstimable> {
    same_length(&[y_true.len(), y_pred.len()])?;
    let of_class: Vec<f64> = y_true
        .iter()
        .map(|class| f64::from(u8::from(*class == truth)))
        .collect();
    let called: Vec<f64> = of_class
        .iter()
        .zip(y_pred)
        .map(|(of_class, called)| of_class * f64::from(u8::from(*called == predicted)))
        .collect();
    Influenced::ratio(&called, &of_class, "samples of this class")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first_class() {
        let scores = [0.2, 0.4, 0.4, 0.3, 0.3, 0.3, 0.1, 0.2, 0.7];
        assert_eq!(argmax(&scores, 3).unwrap(), [1, 0, 2]);
        let top = |k: usize| top_k_accuracy(&[2, 1, 0], &scores, 3, k).unwrap().estimate;
        assert_eq!(top(1), 0.0);
        assert!((top(2) - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(top(3), 1.0);
        assert_eq!(argmax(&[], 3).unwrap(), Vec::<u32>::new());
        assert!(argmax(&scores, 4).is_err() && argmax(&scores, 0).is_err());
        assert!(argmax(&[f64::NAN, 1.0], 2).is_err());
    }

    #[test]
    fn counts_and_cells() {
        let (y, p) = ([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0]);
        let counts = confusion_matrix(&y, &p, 3).unwrap();
        assert_eq!(counts, [[1, 1, 0], [0, 1, 0], [1, 0, 2]]);
        let cell = confusion_cell(&y, &p, 2, 0).unwrap();
        assert!((cell.estimate - 1.0 / 3.0).abs() < 1e-15);
        assert!(confusion_cell(&y, &p, 3, 0).is_err());
        assert!(confusion_matrix(&y, &p, 2).is_err());
        assert!(confusion_matrix(&y, &p[1..], 3).is_err());
        assert_eq!(confusion_matrix(&[], &[], 1).unwrap(), [[0]]);
    }

    #[test]
    fn absent_classes_are_named() {
        assert_eq!(absent_classes(&[0, 3], 5), [1, 2, 4]);
        let text = all_present(&[0, 3], 5).unwrap_err().to_string();
        assert!(text.contains("class 1, 2, 4"), "{text}");
    }
}
