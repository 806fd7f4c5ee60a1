//! Facts about measurements, grades, classes and several endpoints together: small samples of the
//! project's own, made and worked out by `fixtures/make_outcome_numbers.py`.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::metrics::multiclass::{
    self, Averaging, Endpoint, EndpointShare, macro_auroc_of_endpoints, share_of_endpoints,
};
use crate::metrics::regression::{self, calibration_line};
use crate::metrics::{KappaWeights, mean_absolute_category_error, weighted_kappa};
use crate::statistics::{Influenced, NotEstimable};

use super::Fact;
use super::facts_of_scores::said;

/// Digits in which our sums and theirs may differ, relative to the number.
const DIGITS: f64 = 1e-10;

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    measurements(&mut facts);
    grades(&mut facts);
    classes(&mut facts);
    facts
}

/// A stored sample; one that cannot be read is a fact that fails.
pub(super) fn stored<T: DeserializeOwned>(
    facts: &mut Vec<Fact>,
    source: &'static str,
    text: &str,
) -> Option<T> {
    match serde_json::from_str(text) {
        Ok(stored) => Some(stored),
        Err(why) => {
            let got = Err(format!("the stored sample cannot be read: {why}"));
            let case = "the stored sample".to_owned();
            facts.push(Fact::new("sample", source, case, (0.0, 0.0), got));
            None
        }
    }
}

/// Tolerance for a number of another package that is known in full.
pub(super) fn in_full(expected: f64, digits: f64) -> (f64, f64) {
    (expected, digits * expected.abs().max(1e-2))
}

/// Root of the sum of squared influences of patients: what packages give without the correction for
/// few clusters.
pub(super) fn uncorrected(found: &Influenced, patient: Option<&[u32]>) -> f64 {
    let by_patient = found.by_cluster(patient);
    by_patient.values().map(|c| c * c).sum::<f64>().sqrt()
}

#[derive(Deserialize)]
struct Measurements {
    y_true: Vec<f64>,
    y_pred: Vec<f64>,
    patient: Vec<u32>,
    bias: f64,
    bias_error: f64,
    mean_absolute_error: f64,
    mean_absolute_error_error: f64,
    root_mean_square_error: f64,
    mean_square_error_error: f64,
    r_squared: f64,
    slope: f64,
    slope_hc0: f64,
    slope_clustered: f64,
    intercept: f64,
    intercept_hc0: f64,
    intercept_clustered: f64,
}

const OF_MEASUREMENTS: &str =
    "own sample of 40 patients, statsmodels 0.15.0, scikit-learn 1.9.1, scipy 1.17.1";

fn measurements(facts: &mut Vec<Fact>) {
    let text = include_str!("../../fixtures/outcomes/regression.json");
    let Some(of) = stored::<Measurements>(facts, OF_MEASUREMENTS, text) else {
        return;
    };
    let patient = Some(of.patient.as_slice());
    let mut put = |method: &str, what: &str, expected: f64, got: Result<f64, NotEstimable>| {
        let case = format!("113 images, {what}");
        let expected = in_full(expected, DIGITS);
        facts.push(Fact::new(
            method,
            OF_MEASUREMENTS,
            case,
            expected,
            said(got),
        ));
    };
    let (y, p) = (&of.y_true, &of.y_pred);
    let error = |found: &Result<Influenced, NotEstimable>| {
        let found = found.clone();
        found.map(|found| uncorrected(&found, patient))
    };
    const CLUSTERED: &str = "standard error, patients as clusters";
    let estimate = |found: &Result<Influenced, NotEstimable>| found.clone().map(|f| f.estimate);

    let bias = regression::bias(y, p);
    put("bias", "estimate", of.bias, estimate(&bias));
    put("bias", CLUSTERED, of.bias_error, error(&bias));
    let mae = regression::mean_absolute_error(y, p);
    put("mae", "estimate", of.mean_absolute_error, estimate(&mae));
    put("mae", CLUSTERED, of.mean_absolute_error_error, error(&mae));
    let rmse = regression::root_mean_square_error(y, p);
    put(
        "rmse",
        "estimate",
        of.root_mean_square_error,
        estimate(&rmse),
    );
    // statsmodels has that of the mean square, which is 2 RMSE times that of the root.
    put(
        "rmse",
        "standard error of its square, patients as clusters",
        of.mean_square_error_error,
        rmse.map(|root| 2.0 * root.estimate * uncorrected(&root, patient)),
    );
    let explained = regression::r_squared(y, p);
    put("r_squared", "estimate", of.r_squared, estimate(&explained));

    let line = calibration_line(y, p);
    let slope = line.clone().map(|line| line.slope);
    let intercept = line.map(|line| line.intercept);
    let alone = |found: &Result<Influenced, NotEstimable>| {
        let found = found.clone();
        found.map(|found| uncorrected(&found, None))
    };
    const ALONE: &str = "standard error, images by themselves (HC0)";
    for (method, found, expected) in [
        (
            "recalibration_slope",
            slope,
            [of.slope, of.slope_hc0, of.slope_clustered],
        ),
        (
            "recalibration_intercept",
            intercept,
            [of.intercept, of.intercept_hc0, of.intercept_clustered],
        ),
    ] {
        put(method, "estimate", expected[0], estimate(&found));
        put(method, ALONE, expected[1], alone(&found));
        put(method, CLUSTERED, expected[2], error(&found));
    }
}

#[derive(Deserialize)]
struct Kappa {
    kappa: f64,
    standard_error: f64,
}

#[derive(Deserialize)]
struct Grades {
    categories: usize,
    y_true: Vec<u32>,
    y_pred: Vec<u32>,
    unweighted: Kappa,
    linear: Kappa,
    quadratic: Kappa,
    mean_absolute_error: f64,
}

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

const OF_GRADES: &str = "own samples, statsmodels 0.15.0, scikit-learn 1.9.1";

fn grades(facts: &mut Vec<Fact>) {
    let text = include_str!("../../fixtures/outcomes/kappa.json");
    let Some(all) = stored::<Cases<Grades>>(facts, OF_GRADES, text) else {
        return;
    };
    for of in all.cases {
        let case = |what: &str| {
            let (n, grades) = (of.y_true.len(), of.categories);
            format!("{n} readings of {grades} grades, {what}")
        };
        for (method, weights, expected) in [
            ("kappa_unweighted", KappaWeights::Unweighted, &of.unweighted),
            ("kappa_linear", KappaWeights::Linear, &of.linear),
            ("kappa_quadratic", KappaWeights::Quadratic, &of.quadratic),
        ] {
            let found = weighted_kappa(&of.y_true, &of.y_pred, of.categories, weights);
            let error = found.clone().map(|found| uncorrected(&found, None));
            for (what, expected, got) in [
                ("estimate", expected.kappa, found.map(|f| f.estimate)),
                (
                    "standard error of Fleiss, Cohen and Everitt 1969",
                    expected.standard_error,
                    error,
                ),
            ] {
                let expected = in_full(expected, DIGITS);
                facts.push(Fact::new(
                    method,
                    OF_GRADES,
                    case(what),
                    expected,
                    said(got),
                ));
            }
        }
        let mean = mean_absolute_category_error(&of.y_true, &of.y_pred);
        facts.push(Fact::new(
            "mae",
            OF_GRADES,
            case("mean distance in grades"),
            in_full(of.mean_absolute_error, DIGITS),
            said(mean.map(|mean| mean.estimate)),
        ));
    }
}

#[derive(Deserialize)]
struct Classes {
    classes: usize,
    y_true: Vec<u32>,
    scores: Vec<f64>,
    accuracy: f64,
    top_2: f64,
    balanced_accuracy: f64,
    macro_f1: f64,
    macro_auroc: f64,
    log_loss: f64,
    brier: f64,
}

/// A metric of true and called classes and their number.
type OfDecisions = fn(&[u32], &[u32], usize) -> Result<Influenced, NotEstimable>;

const OF_CLASSES: &str = "own sample of four classes, scikit-learn 1.9.1";

fn classes(facts: &mut Vec<Fact>) {
    let text = include_str!("../../fixtures/outcomes/multiclass.json");
    let Some(of) = stored::<Classes>(facts, OF_CLASSES, text) else {
        return;
    };
    let mut put =
        |method: &str, what: &str, expected: f64, got: Result<Influenced, NotEstimable>| {
            facts.push(Fact::new(
                method,
                OF_CLASSES,
                format!("90 images, {what}"),
                in_full(expected, DIGITS),
                said(got.map(|found| found.estimate)),
            ));
        };
    let (y, s, k) = (&of.y_true, &of.scores, of.classes);
    let called = multiclass::argmax(s, k);
    let decided = |measure: OfDecisions| called.clone().and_then(|called| measure(y, &called, k));
    let accuracy = decided(|y, called, _| multiclass::multiclass_accuracy(y, called));
    put("accuracy", "estimate", of.accuracy, accuracy);
    let top = multiclass::top_k_accuracy(y, s, k, 2);
    put("top_k_accuracy", "two largest", of.top_2, top);
    let balanced = decided(multiclass::balanced_accuracy);
    put(
        "balanced_accuracy",
        "estimate",
        of.balanced_accuracy,
        balanced,
    );
    put(
        "macro_f1",
        "estimate",
        of.macro_f1,
        decided(multiclass::macro_f1),
    );
    let areas = multiclass::macro_auroc(y, s, k);
    put("macro_auroc", "estimate", of.macro_auroc, areas);
    put(
        "log_loss",
        "estimate",
        of.log_loss,
        multiclass::log_loss(y, s, k),
    );
    let brier = multiclass::multiclass_brier(y, s, k);
    put("multiclass_brier", "estimate", of.brier, brier);

    // Every class against the others is a finding of its own: so summarised, macro and micro
    // averages are scikit-learn's numbers of the classes.
    let classes = 0..k as u32;
    let truth: Vec<Vec<Option<bool>>> = classes
        .clone()
        .map(|class| y.iter().map(|own| Some(*own == class)).collect())
        .collect();
    let calls: Vec<Vec<bool>> = classes
        .clone()
        .map(|class| called.iter().flatten().map(|own| *own == class).collect())
        .collect();
    let endpoints: Vec<Endpoint<'_>> = truth
        .iter()
        .zip(&calls)
        .map(|(y_true, y_pred)| Endpoint { y_true, y_pred })
        .collect();
    const FINDINGS: &str = "every class as a finding";
    for (method, share, averaging, expected) in [
        (
            "macro_sensitivity",
            EndpointShare::Sensitivity,
            Averaging::Macro,
            of.balanced_accuracy,
        ),
        (
            "macro_f1_of_endpoints",
            EndpointShare::F1,
            Averaging::Macro,
            of.macro_f1,
        ),
        (
            "micro_sensitivity",
            EndpointShare::Sensitivity,
            Averaging::Micro,
            of.accuracy,
        ),
        ("micro_f1", EndpointShare::F1, Averaging::Micro, of.accuracy),
    ] {
        let found = share_of_endpoints(&endpoints, share, averaging);
        put(method, FINDINGS, expected, found);
    }
    let scores: Vec<Vec<f64>> = (0..k)
        .map(|class| s.iter().skip(class).step_by(k).copied().collect())
        .collect();
    let ranked: Vec<(&[Option<bool>], &[f64])> = truth
        .iter()
        .zip(&scores)
        .map(|(truth, scores)| (truth.as_slice(), scores.as_slice()))
        .collect();
    let areas = macro_auroc_of_endpoints(&ranked);
    put("macro_auroc_of_endpoints", FINDINGS, of.macro_auroc, areas);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn numbers_of_measurements_grades_and_classes() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(facts.len(), 13 + 3 * 7 + 12);
    }

    /// The packages that the sources name are those that made the files.
    #[test]
    fn sources_are_those_of_the_files() {
        for (source, text) in [
            (
                OF_MEASUREMENTS,
                include_str!("../../fixtures/outcomes/regression.json"),
            ),
            (
                OF_GRADES,
                include_str!("../../fixtures/outcomes/kappa.json"),
            ),
            (
                OF_CLASSES,
                include_str!("../../fixtures/outcomes/multiclass.json"),
            ),
        ] {
            let file: Value = serde_json::from_str(text).unwrap();
            let made_by = file["made_by"].as_str().unwrap();
            assert!(source.ends_with(made_by), "{source} {made_by}");
        }
    }
}
