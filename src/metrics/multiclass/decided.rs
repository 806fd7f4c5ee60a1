//! Metrics of the decided class: accuracy, balanced accuracy, macro-averaged F1.

use super::classes::{all_present, declared};
use crate::metrics::finite::same_length;
use crate::statistics::{Influenced, NotEstimable};

/// Share of samples whose predicted class is the true one.
///
/// # Errors
/// No sample or lengths that differ.
pub fn multiclass_accuracy(y_true: &[u32], y_pred: &[u32]) -> Result<Influenced, NotEstimable> {
    same_length(&[y_true.len(), y_pred.len()])?;
    let both = y_true.iter().zip(y_pred);
    let right: Vec<f64> = both.map(|(a, b)| f64::from(u8::from(a == b))).collect();
    Influenced::mean(&right)
}

/// How many samples are truly of a class, called it, and both.
#[derive(Debug, Clone, Copy, Default)]
struct ClassCounts {
    truth: f64,
    called: f64,
    both: f64,
}

fn counts(
    y_true: &[u32],
    y_pred: &[u32],
    classes: usize,
) -> Result<Vec<ClassCounts>, NotEstimable> {
    same_length(&[y_true.len(), y_pred.len()])?;
    declared(y_true, classes)?;
    declared(y_pred, classes)?;
    all_present(y_true, classes)?;
    let mut found = vec![ClassCounts::default(); classes];
    for (truth, called) in y_true.iter().zip(y_pred) {
        found[*truth as usize].truth += 1.0;
        found[*called as usize].called += 1.0;
        if truth == called {
            found[*truth as usize].both += 1.0;
        }
    }
    Ok(found)
}

/// Balanced accuracy: mean over classes of the recall (macro-averaged recall), every class with
/// the same weight whatever its prevalence. Influence of a sample of class c: (right - recall_c) /
/// (n_c k).
///
/// # Errors
/// No sample, lengths that differ, a class that is not declared, or one without a sample.
pub fn balanced_accuracy(
    y_true: &[u32],
    y_pred: &[u32],
    classes: usize,
) -> Result<Influenced, NotEstimable> {
    let counts = counts(y_true, y_pred, classes)?;
    let k = classes as f64;
    let recall = |class: &ClassCounts| class.both / class.truth;
    Ok(Influenced {
        estimate: counts.iter().map(recall).sum::<f64>() / k,
        influence: y_true
            .iter()
            .zip(y_pred)
            .map(|(truth, called)| {
                let own = &counts[*truth as usize];
                (f64::from(u8::from(truth == called)) - recall(own)) / (own.truth * k)
            })
            .collect(),
    })
}

/// Macro-averaged F1: mean over classes of 2 TP / (2 TP + FP + FN), the ratio of twice the samples
/// that are both to those that are truly and those that are called the class; 0 for a class that
/// is never called rightly. F1 depends on the prevalence of the classes: it describes a group and
/// is not compared between groups of another case mix. Influence by the linearised ratio.
///
/// # Errors
/// As [`balanced_accuracy`].
pub fn macro_f1(
    y_true: &[u32],
    y_pred: &[u32],
    classes: usize,
) -> Result<Influenced, NotEstimable> {
    let counts = counts(y_true, y_pred, classes)?;
    let k = classes as f64;
    let f1 = |class: &ClassCounts| 2.0 * class.both / (class.truth + class.called);
    // What a sample adds by its true and by its called class.
    let term = |class: &ClassCounts, right: bool| {
        (f64::from(u8::from(right)) - f1(class)) / ((class.truth + class.called) * k)
    };
    Ok(Influenced {
        estimate: counts.iter().map(f1).sum::<f64>() / k,
        influence: y_true
            .iter()
            .zip(y_pred)
            .map(|(truth, called)| {
                let right = truth == called;
                term(&counts[*truth as usize], right) + term(&counts[*called as usize], right)
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;

    const ROWS: [(u32, u32); 9] = [
        (0, 0),
        (0, 1),
        (0, 0),
        (1, 1),
        (1, 0),
        (2, 2),
        (2, 1),
        (2, 2),
        (2, 2),
    ];

    #[test]
    fn influences_are_derivatives() {
        type Metric = fn(&[u32], &[u32]) -> Result<Influenced, NotEstimable>;
        let metrics: [Metric; 3] = [
            multiclass_accuracy,
            |y, p| balanced_accuracy(y, p, 3),
            |y, p| macro_f1(y, p, 3),
        ];
        for metric in metrics {
            assert_derivative(&ROWS, 1e-5, |rows| {
                let (y, p): (Vec<u32>, Vec<u32>) = rows.iter().copied().unzip();
                metric(&y, &p).unwrap()
            });
        }
    }

    #[test]
    fn degenerate_groups() {
        for metric in [balanced_accuracy, macro_f1] {
            assert_eq!(metric(&[], &[], 2), Err(NotEstimable::Empty("samples")));
            assert!(metric(&[0], &[0], 2).is_err());
            assert!(metric(&[0, 1], &[0, 2], 2).is_err());
            assert!(metric(&[0, 1], &[0], 2).is_err());
            let perfect = metric(&[0, 1], &[0, 1], 2).unwrap();
            assert_eq!((perfect.estimate, perfect.influence), (1.0, vec![0.0; 2]));
            // One class never called.
            assert!(metric(&[0, 1], &[0, 0], 2).unwrap().estimate < 1.0);
        }
        assert!(multiclass_accuracy(&[], &[]).is_err());
    }
}
