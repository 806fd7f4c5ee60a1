//! Numbers of R's survival, scikit-survival and lifelines, and laws.

use super::*;
use crate::metrics::derivative_law::{indices, near, numbers as list, truths};
use proptest::prelude::*;
use serde_json::Value;

fn squares(found: &Influenced, patient: Option<&[u32]>) -> f64 {
    let by_patient = found.by_cluster(patient);
    by_patient.values().map(|c| c * c).sum::<f64>().sqrt()
}

fn stored() -> (Value, Value) {
    let of_python = include_str!("../../../fixtures/outcomes/survival.json");
    let of_r = include_str!("../../../fixtures/outcomes/concordance.json");
    (
        serde_json::from_str(of_python).unwrap(),
        serde_json::from_str(of_r).unwrap(),
    )
}

/// Made-up follow-up with and without tied times and scores (`fixtures/make_outcome_numbers.py` and
/// `fixtures/outcomes/concordance.R`).
#[test]
fn two_samples_by_r_and_by_scikit_survival() {
    let (python, r) = stored();
    let both = python["cases"].as_array().unwrap().iter();
    for (case, by_r) in both.zip(r["cases"].as_array().unwrap()) {
        assert_eq!(case["name"], by_r["name"]);
        let (time, event) = (list(&case["time"]), truths(&case["event"]));
        let (score, risk) = (list(&case["score"]), list(&case["risk"]));
        let patient = indices(&case["patient"]);
        let horizon = case["horizon"].as_f64().unwrap();
        let tau = case["tau"].as_f64().unwrap();

        let harrell = harrell_c(&time, &event, &score).unwrap();
        near(harrell.estimate, &case["harrell"], 1e-12);
        near(harrell.estimate, &by_r["harrell"], 1e-12);
        near(squares(&harrell, None), &by_r["harrell_error"], 1e-10);
        near(
            squares(&harrell, Some(&patient)),
            &by_r["harrell_error_clustered"],
            1e-10,
        );

        let observed = observed_risk_at(&time, &event, horizon).unwrap();
        near(1.0 - observed.estimate, &by_r["survival"], 1e-12);
        near(1.0 - observed.estimate, &case["survival_at_horizon"], 1e-12);
        near(
            squares(&observed, None),
            &by_r["survival_error_robust"],
            1e-10,
        );
        near(
            squares(&observed, Some(&patient)),
            &by_r["survival_error_clustered"],
            1e-10,
        );

        let uno = uno_c(&time, &event, &score, tau).unwrap();
        let area = area_at(&time, &event, &score, horizon).unwrap();
        let brier = brier_at(&time, &event, &risk, horizon).unwrap();
        near(uno.estimate, &by_r["uno"], 1e-12);
        near(uno.estimate, &case["uno_all_pairs"], 1e-12);
        near(area.estimate, &case["area_all_pairs"], 1e-12);
        near(brier.estimate, &case["brier_all_pairs"], 1e-12);
        if case["name"] == "continuous" {
            near(uno.estimate, &case["uno"], 1e-12);
            near(area.estimate, &case["area"], 1e-12);
            near(brier.estimate, &case["brier"], 1e-12);
        }
        // A horizon at which some have their event and some are censored.
        let area_there = area_at(&time, &event, &score, 4.0).unwrap();
        near(area_there.estimate, &case["area_at_a_time"], 1e-12);
        let brier_there = brier_at(&time, &event, &risk, 4.0).unwrap();
        near(brier_there.estimate, &case["brier_at_a_time"], 1e-12);

        // 4,000 resamples of the patients, weights estimated again in each.
        for (found, name) in [(&uno, "uno"), (&area, "area"), (&brier, "brier")] {
            let resampled = case[format!("{name}_bootstrap")].as_f64().unwrap();
            let ratio = found.standard_error(Some(&patient)).unwrap().0 / resampled;
            assert!((ratio - 1.0).abs() < 0.08, "{name} {ratio}");
        }
    }
}

proptest! {
    #[test]
    fn finite_within_range_and_free_of_the_order(
        rows in proptest::collection::vec((0u32..12, any::<bool>(), 0u32..11), 1..40),
        turn in 0usize..40,
        horizon in 0.0f64..13.0,
    ) {
        let split = |rows: &[(u32, bool, u32)]| -> (Vec<f64>, Vec<bool>, Vec<f64>) {
            (
                rows.iter().map(|row| f64::from(row.0)).collect(),
                rows.iter().map(|row| row.1).collect(),
                rows.iter().map(|row| f64::from(row.2) / 10.0).collect(),
            )
        };
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        let (a, b) = (split(&rows), split(&turned));
        for metric in [
            SurvivalMetric::HarrellC,
            SurvivalMetric::UnoC(horizon),
            SurvivalMetric::UnoC(f64::INFINITY),
            SurvivalMetric::Area(horizon),
            SurvivalMetric::Brier(horizon),
            SurvivalMetric::ScaledBrier(horizon),
            SurvivalMetric::ObservedExpected(horizon),
            SurvivalMetric::ObservedMinusExpected(horizon),
            SurvivalMetric::ObservedRisk(horizon),
            SurvivalMetric::CensoredBefore(horizon),
            SurvivalMetric::Area(horizon.floor()),
            SurvivalMetric::Brier(horizon.floor()),
        ] {
            let first = metric.measure(&a.0, &a.1, &a.2);
            let second = metric.measure(&b.0, &b.1, &b.2);
            let (Ok(found), Ok(again)) = (&first, &second) else {
                prop_assert!(first.is_err() && second.is_err());
                continue;
            };
            prop_assert_eq!(found.estimate, again.estimate, "{:?}", metric);
            prop_assert!(found.estimate.is_finite());
            prop_assert!(found.influence.iter().all(|c| c.is_finite()));
            prop_assert!(found.influence.iter().sum::<f64>().abs() < 1e-8, "{:?}", metric);
            let (least, largest) = metric.range();
            prop_assert!(least <= found.estimate && found.estimate <= largest);
        }
        // A score turned round turns the concordance round.
        let negative: Vec<f64> = a.2.iter().map(|s| -s).collect();
        if let Ok(found) = harrell_c(&a.0, &a.1, &a.2) {
            let back = harrell_c(&a.0, &a.1, &negative).unwrap();
            prop_assert!((found.estimate + back.estimate - 1.0).abs() < 1e-12);
        }
    }
}
