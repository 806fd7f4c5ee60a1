//! Numbers of other packages and of published tables.

use super::*;
use crate::metrics::derivative_law::{indices, near, numbers};
use proptest::prelude::*;
use serde_json::Value;

/// Root of the sum of squared influences of patients, as statsmodels has it without its correction.
fn uncorrected(found: &Influenced, patient: Option<&[u32]>) -> f64 {
    let by_patient = found.by_cluster(patient);
    by_patient.values().map(|c| c * c).sum::<f64>().sqrt()
}

/// `fixtures/make_outcome_numbers.py`.
#[test]
fn samples_of_patients_by_statsmodels_and_scikit_learn() {
    let text = include_str!("../../../fixtures/outcomes/regression.json");
    let stored: Value = serde_json::from_str(text).unwrap();
    let (y, p) = (numbers(&stored["y_true"]), numbers(&stored["y_pred"]));
    let patient = indices(&stored["patient"]);
    let of = |metric: RegressionMetric| metric.measure(&y, &p).unwrap();
    for (metric, name) in [
        (RegressionMetric::Bias, "bias"),
        (RegressionMetric::MeanAbsoluteError, "mean_absolute_error"),
        (
            RegressionMetric::RootMeanSquareError,
            "root_mean_square_error",
        ),
        (RegressionMetric::RSquared, "r_squared"),
        (RegressionMetric::Pearson, "pearson"),
        (RegressionMetric::Spearman, "spearman"),
        (RegressionMetric::CalibrationSlope, "slope"),
        (RegressionMetric::CalibrationIntercept, "intercept"),
    ] {
        near(of(metric).estimate, &stored[name], 1e-10);
    }
    let clustered = |metric| uncorrected(&of(metric), Some(&patient));
    near(
        clustered(RegressionMetric::Bias),
        &stored["bias_error"],
        1e-10,
    );
    near(
        clustered(RegressionMetric::MeanAbsoluteError),
        &stored["mean_absolute_error_error"],
        1e-10,
    );
    let root = of(RegressionMetric::RootMeanSquareError);
    near(
        2.0 * root.estimate * uncorrected(&root, Some(&patient)),
        &stored["mean_square_error_error"],
        1e-9,
    );
    let line = calibration_line(&y, &p).unwrap();
    near(uncorrected(&line.slope, None), &stored["slope_hc0"], 1e-10);
    near(
        uncorrected(&line.intercept, None),
        &stored["intercept_hc0"],
        1e-9,
    );
    near(
        uncorrected(&line.slope, Some(&patient)),
        &stored["slope_clustered"],
        1e-10,
    );
    near(
        uncorrected(&line.intercept, Some(&patient)),
        &stored["intercept_clustered"],
        1e-9,
    );
    // 40,000 resamples of 40 patients. The resampled R2 has a long tail below, which no derivative
    // shows.
    for (metric, name) in [
        (RegressionMetric::RSquared, "r_squared_bootstrap"),
        (RegressionMetric::Pearson, "pearson_bootstrap"),
        (RegressionMetric::Spearman, "spearman_bootstrap"),
        (
            RegressionMetric::RootMeanSquareError,
            "root_mean_square_error_bootstrap",
        ),
    ] {
        let ratio = clustered(metric) / stored[name].as_f64().unwrap();
        assert!((ratio - 1.0).abs() < 0.15, "{name} {ratio}");
    }
}

/// Cardiac output of 12 patients by radionuclide ventriculography and by impedance cardiography
/// (Bland and Altman 1999, Stat Methods Med Res 8:135-160, table 4): patient, impedance cardiography,
/// radionuclide ventriculography.
fn cardiac_output(patients: usize) -> (Vec<u32>, Vec<f64>, Vec<f64>) {
    let text = include_str!("../../../fixtures/outcomes/cardiac_output.json");
    let stored: Value = serde_json::from_str(text).unwrap();
    let (mut patient, mut ic, mut rv) = (Vec::new(), Vec::new(), Vec::new());
    let of = stored["patients"].as_array().unwrap();
    for (own, pairs) in (0u32..).zip(&of[..patients]) {
        for pair in pairs.as_array().unwrap() {
            patient.push(own);
            rv.push(pair[0].as_f64().unwrap());
            ic.push(pair[1].as_f64().unwrap());
        }
    }
    (patient, ic, rv)
}

/// Cardiac output, radionuclide ventriculography less impedance cardiography. Bland and Altman 2007
/// (true value varies): bias 0.6021667, standard deviation 0.99062408, limits -1.3394565 and
/// 2.5437899.
#[test]
fn repeated_pairs_of_bland_and_altman_2007() {
    let (patient, ic, rv) = cardiac_output(12);
    let found = limits_of_agreement(&ic, &rv, Some(&patient), 0.95).unwrap();
    assert!((found.bias.estimate - 0.602_166_7).abs() < 1e-7);
    assert!((found.sd - 0.990_624_08).abs() < 1e-7, "{}", found.sd);
    // The paper takes 1.96 for the normal quantile.
    assert!((found.lower.estimate + 1.339_456_5).abs() < 5e-5);
    assert!((found.upper.estimate - 2.543_789_9).abs() < 5e-5);
}

/// The same data, true value constant (Bland and Altman 1999, section 5.2): bias 0.7092, standard
/// deviation 1.0517, limits -1.3521 and 2.7705.
#[test]
fn unpaired_readings_of_bland_and_altman_1999() {
    let (patient, ic, rv) = cardiac_output(12);
    let found =
        mover_limits_of_constant_truth((&ic, &patient), (&rv, &patient), 0.95, 0.95).unwrap();
    assert!((found.bias - 0.7092).abs() < 6e-5);
    // The paper rounds on the way: all digits give 1.05185.
    assert!((found.sd - 1.0517).abs() < 2e-4);
    assert!((found.limits.lower + 1.3521).abs() < 4e-4);
    assert!((found.limits.upper - 2.7705).abs() < 4e-4);
}

/// The first four patients by MOVER as R's SimplyAgree has them in its tests (`agree_nest`, two
/// digits): bias 0.7255, limits -2.14 (-9.83 to -0.33) and 3.59 (1.77 to 11.27).
#[test]
fn four_patients_by_mover() {
    let (patient, ic, rv) = cardiac_output(4);
    let found = mover_limits(&ic, &rv, Some(&patient), 0.95, 0.95).unwrap();
    assert!((found.bias - 0.7255).abs() < 1e-3, "{found:?}");
    for (value, stored) in [
        (found.limits.lower, -2.14),
        (found.limits.upper, 3.59),
        (found.lower_interval.lower, -9.83),
        (found.lower_interval.upper, -0.33),
        (found.upper_interval.lower, 1.77),
        (found.upper_interval.upper, 11.27),
    ] {
        assert!((value - stored).abs() < 0.01, "{value} {stored} {found:?}");
    }
}

const METRICS: [RegressionMetric; 9] = [
    RegressionMetric::Bias,
    RegressionMetric::MeanAbsoluteError,
    RegressionMetric::RootMeanSquareError,
    RegressionMetric::RSquared,
    RegressionMetric::CalibrationSlope,
    RegressionMetric::CalibrationIntercept,
    RegressionMetric::Pearson,
    RegressionMetric::Spearman,
    RegressionMetric::WithinTolerance(1.0),
];

proptest! {
    #[test]
    fn every_metric_is_finite_within_its_range_and_free_of_the_order(
        rows in proptest::collection::vec((-50i32..50, -50i32..50, -3i32..9), 1..30),
        turn in 0usize..30,
    ) {
        let scaled = |rows: &[(i32, i32, i32)]| -> (Vec<f64>, Vec<f64>) {
            rows.iter()
                .map(|(y, p, e)| (f64::from(*y), f64::from(*p) * 10f64.powi(*e)))
                .unzip()
        };
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        let ((y, p), (y_turned, p_turned)) = (scaled(&rows), scaled(&turned));
        for metric in METRICS {
            let (Ok(found), Ok(again)) = (
                metric.measure(&y, &p),
                metric.measure(&y_turned, &p_turned),
            ) else {
                prop_assert!(metric.measure(&y, &p).is_err());
                prop_assert!(metric.measure(&y_turned, &p_turned).is_err());
                continue;
            };
            prop_assert_eq!(found.estimate, again.estimate, "{:?}", metric);
            prop_assert!(found.estimate.is_finite());
            prop_assert!(found.influence.iter().all(|c| c.is_finite()));
            let (least, largest) = metric.range();
            prop_assert!(least <= found.estimate && found.estimate <= largest);
            let size: f64 = found.influence.iter().map(|c| c.abs()).sum();
            let sum: f64 = found.influence.iter().sum();
            prop_assert!(sum.abs() <= 1e-7 * (1.0 + size), "{:?} {}", metric, sum);
        }
    }

    #[test]
    fn limits_of_agreement_are_finite_and_hold_the_bias(
        rows in proptest::collection::vec((-50i32..50, 0u32..6), 1..30),
    ) {
        let d: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let id: Vec<u32> = rows.iter().map(|row| row.1).collect();
        let y = vec![0.0; d.len()];
        if let Ok(found) = limits_of_agreement(&y, &d, Some(&id), 0.95) {
            prop_assert!(found.lower.estimate <= found.bias.estimate);
            prop_assert!(found.bias.estimate <= found.upper.estimate);
            prop_assert!(found.upper.influence.iter().all(|c| c.is_finite()));
            let recovered = mover_limits(&y, &d, Some(&id), 0.95, 0.95).unwrap();
            prop_assert!(recovered.upper_interval.contains(recovered.limits.upper));
            prop_assert!(recovered.lower_interval.contains(recovered.limits.lower));
        } else {
            prop_assert!(id.iter().all(|own| *own == id[0]));
        }
    }
}
