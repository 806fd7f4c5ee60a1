//! Numbers of scikit-learn, and laws.

use super::*;
use crate::metrics::derivative_law::{indices, near, numbers};
use proptest::prelude::*;
use serde_json::Value;

/// `fixtures/make_outcome_numbers.py`.
#[test]
fn four_classes_by_scikit_learn() {
    let text = include_str!("../../../fixtures/outcomes/multiclass.json");
    let stored: Value = serde_json::from_str(text).unwrap();
    let (y, scores) = (indices(&stored["y_true"]), numbers(&stored["scores"]));
    let k = 4;
    let p = argmax(&scores, k).unwrap();
    for (found, name, tolerance) in [
        (multiclass_accuracy(&y, &p), "accuracy", 1e-12),
        (top_k_accuracy(&y, &scores, k, 2), "top_2", 1e-12),
        (balanced_accuracy(&y, &p, k), "balanced_accuracy", 1e-12),
        (macro_f1(&y, &p, k), "macro_f1", 1e-12),
        (macro_auroc(&y, &scores, k), "macro_auroc", 1e-12),
        (hand_till(&y, &scores, k), "hand_till", 1e-12),
        (log_loss(&y, &scores, k), "log_loss", 1e-12),
        (multiclass_brier(&y, &scores, k), "brier", 1e-12),
    ] {
        near(found.unwrap().estimate, &stored[name], tolerance);
    }
    let counts = confusion_matrix(&y, &p, k).unwrap();
    for (own, row) in counts.iter().zip(stored["confusion"].as_array().unwrap()) {
        let row: Vec<u64> = indices(row).into_iter().map(u64::from).collect();
        assert_eq!(*own, row);
    }
}

proptest! {
    #[test]
    fn finite_within_range_and_free_of_the_order(
        rows in proptest::collection::vec((0u32..3, 0u32..5, 0u32..5), 1..30),
        turn in 0usize..30,
    ) {
        let split = |rows: &[(u32, u32, u32)]| -> (Vec<u32>, Vec<f64>) {
            let scores = rows.iter().flat_map(|(_, a, b)| {
                let (a, b) = (f64::from(*a) / 8.0, f64::from(*b) / 8.0);
                [a, b, 1.0 - a - b]
            });
            (rows.iter().map(|row| row.0).collect(), scores.collect())
        };
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        let ((y, s), (y_turned, s_turned)) = (split(&rows), split(&turned));
        for metric in [
            MulticlassMetric::Accuracy,
            MulticlassMetric::TopK(2),
            MulticlassMetric::BalancedAccuracy,
            MulticlassMetric::MacroF1,
            MulticlassMetric::MacroAuroc,
            MulticlassMetric::HandTill,
            MulticlassMetric::Brier,
            MulticlassMetric::LogLoss,
        ] {
            let first = metric.measure(&y, &s, 3);
            let second = metric.measure(&y_turned, &s_turned, 3);
            let (Ok(found), Ok(again)) = (&first, &second) else {
                prop_assert!(first.is_err() && second.is_err());
                continue;
            };
            let (least, largest) = metric.range();
            prop_assert!(least <= found.estimate && found.estimate <= largest + 1e-12);
            prop_assert_eq!(found.estimate, again.estimate);
            prop_assert!(found.estimate.is_finite());
            prop_assert!(found.influence.iter().all(|c| c.is_finite()));
            prop_assert!(found.influence.iter().sum::<f64>().abs() < 1e-9);
        }
    }
}
