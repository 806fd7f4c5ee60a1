//! Methods without a published example, against what scipy, statsmodels and scikit-learn say
//! (`fixtures/outside/numbers.json`, made by `fixtures/make_outside_numbers.py`).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use equipoise::metrics::{
    self, ConfusionCounts, CurveMetric, MatrixMetric, on_curve, standardised_partial_area,
};
use equipoise::statistics::{self, ProportionMethod};
use serde_json::Value;

fn stored() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/outside/numbers.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    let items = value.as_array().unwrap();
    items.iter().map(|item| item.as_f64().unwrap()).collect()
}

fn cohort(stored: &Value) -> (Vec<bool>, Vec<f64>, Vec<u32>) {
    (
        floats(&stored["y"]).iter().map(|y| *y > 0.5).collect(),
        floats(&stored["score"]),
        floats(&stored["patient"])
            .iter()
            .map(|p| *p as u32)
            .collect(),
    )
}

fn close(what: &str, found: f64, expected: &Value, relative: f64) {
    let expected = expected.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "{what}: {found}, expected {expected}"
    );
}

#[test]
fn agresti_coull_and_jeffreys_as_in_statsmodels() {
    let stored = stored();
    for method in [ProportionMethod::AgrestiCoull, ProportionMethod::Jeffreys] {
        for case in stored["proportion"][method.id()].as_array().unwrap() {
            let [k, n] = [0, 1].map(|place| case[place].as_f64().unwrap());
            let found = method.interval(k, n, 0.95).unwrap();
            assert!((found.lower - case[2].as_f64().unwrap()).abs() < 1e-10);
            assert!((found.upper - case[3].as_f64().unwrap()).abs() < 1e-10);
        }
    }
}

#[test]
fn adjusted_p_values_as_in_statsmodels() {
    let stored = stored();
    let p = floats(&stored["p"]);
    type Adjust = fn(&[f64]) -> Vec<f64>;
    let all: [(&str, Adjust); 5] = [
        ("bonferroni", statistics::bonferroni),
        ("holm", statistics::holm),
        ("hochberg", statistics::hochberg),
        ("benjamini_hochberg", statistics::benjamini_hochberg),
        ("benjamini_yekutieli", statistics::benjamini_yekutieli),
    ];
    for (name, adjust) in all {
        let expected = floats(&stored["adjusted"][name]);
        for (found, expected) in adjust(&p).into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{name} {found} {expected}"
            );
        }
    }
}

#[test]
fn matrix_metrics_as_in_scikit_learn() {
    let stored = stored();
    let (y, score, _) = cohort(&stored);
    let flagged: Vec<bool> = score.iter().map(|score| *score >= 0.5).collect();
    let counts = ConfusionCounts::of(&y, &flagged);
    for metric in MatrixMetric::ALL {
        let found = metric.value(&counts).unwrap();
        let name = match metric {
            MatrixMetric::BalancedAccuracy => "balanced_accuracy",
            MatrixMetric::Youden => "youden",
            MatrixMetric::F1 => "f1",
            MatrixMetric::Mcc => "mcc",
        };
        close(name, found, &stored["matrix"][name], 1e-12);
    }
}

#[test]
fn ranking_and_brier_as_in_scikit_learn() {
    let stored = stored();
    let (y, score, patient) = cohort(&stored);
    let expected = &stored["ranking"];
    let area = metrics::auroc(&y, &score, None).unwrap();
    close("auroc", area.estimate, &expected["auroc"], 1e-12);
    let precision = metrics::average_precision(&y, &score, None).unwrap();
    let name = "average_precision";
    close(name, precision.estimate, &expected[name], 1e-12);
    let partial = CurveMetric::PartialArea {
        specificity_from: 0.8,
    };
    let partial = on_curve(partial, &y, &score, None, 0.95, 100, 1).unwrap();
    let name = "standardised_partial_area";
    let found = standardised_partial_area(partial.estimate, 0.8);
    close(name, found, &expected[name], 1e-12);
    let group = |keep: &dyn Fn(f64) -> bool| {
        let rows: Vec<usize> = (0..y.len()).filter(|row| keep(score[*row])).collect();
        (
            rows.iter().map(|row| y[*row]).collect::<Vec<_>>(),
            rows.iter().map(|row| score[*row]).collect::<Vec<_>>(),
            rows.iter().map(|row| patient[*row]).collect::<Vec<_>>(),
        )
    };
    let (first, second) = (group(&|score| score < 0.6), group(&|score| score >= 0.4));
    let between = metrics::xauc(
        (&first.0, &first.1, Some(&first.2)),
        (&second.0, &second.1, Some(&second.2)),
    )
    .unwrap();
    close("xauc", between.estimate, &expected["xauc"], 1e-12);
    let brier = metrics::brier(&y, &score, None).unwrap();
    close("brier", brier.estimate, &expected["brier"], 1e-12);
    let scaled = metrics::scaled_brier(&y, &score, None).unwrap();
    close(
        "scaled_brier",
        scaled.estimate,
        &expected["scaled_brier"],
        1e-10,
    );
}

#[test]
fn recalibration_as_in_statsmodels() {
    let stored = stored();
    let (y, score, patient) = cohort(&stored);
    let expected = &stored["recalibration"];
    let slope = metrics::calibration_slope(&y, &score, None, Some(&patient)).unwrap();
    close("slope", slope.value.estimate, &expected["slope"], 1e-8);
    close("slope", slope.se_model, &expected["slope_se_model"], 1e-7);
    let error = slope.value.standard_error;
    close("slope", error, &expected["slope_se_cluster"], 1e-7);
    let intercept = metrics::calibration_intercept(&y, &score, None, Some(&patient)).unwrap();
    close(
        "intercept",
        intercept.value.estimate,
        &expected["intercept"],
        1e-8,
    );
    let error = intercept.value.standard_error;
    close("intercept", error, &expected["intercept_se_cluster"], 1e-7);
}

#[test]
fn smooth_calibration_as_in_statsmodels() {
    let stored = stored();
    let (y, score, patient) = cohort(&stored);
    let found = metrics::smooth_calibration(&y, &score, None, Some(&patient)).unwrap();
    let distances = found.distances;
    for (name, found) in [
        ("ici", distances.ici),
        ("e50", distances.e50),
        ("e90", distances.e90),
        ("emax", distances.emax),
    ] {
        close(name, found, &stored["smooth"][name], 1e-6);
    }
}

#[test]
fn distributions_as_in_scipy() {
    let stored = stored();
    let rows = |name: &str| -> Vec<Vec<f64>> {
        let rows = stored["distributions"][name].as_array().unwrap();
        rows.iter().map(floats).collect()
    };
    let near = |found: f64, expected: f64| {
        assert!(
            (found - expected).abs() <= 1e-10 * expected.abs(),
            "{found} {expected}"
        );
    };
    for row in rows("t_quantile") {
        near(statistics::t_quantile(row[0], row[1]), row[2]);
    }
    for row in rows("beta_quantile") {
        near(statistics::beta_quantile(row[0], row[1], row[2]), row[3]);
    }
    for row in rows("chi_squared_sf") {
        near(statistics::chi_squared_sf(row[0], row[1]), row[2]);
    }
    for row in rows("f_sf") {
        near(statistics::f_sf(row[0], row[1], row[2]), row[3]);
    }
    for row in rows("normal_quantile") {
        near(statistics::normal_quantile(row[0]), row[1]);
    }
}
