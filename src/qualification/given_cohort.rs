//! Numbers of other software about a cohort that is given: two files in a folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::calculation::{CalculationError, Columns, Samples};
use crate::metrics::{self, AurocDifference, AurocMethod, Bins, ShareOf};
use crate::statistics::{NotEstimable, ScaledEstimate};
use crate::tables;

use super::Fact;
use super::facts_of_scores::said;

/// The samples: `patient`, `y` (0 or 1), `score` in (0, 1), and any other column as an attribute.
const TABLE: &str = "clustered_cohort.csv";
/// The numbers: `GROUP.NUMBER`, `auroc.LEVEL_vs_LEVEL.NUMBER`.
const EXPECTED: &str = "clustered_cohort.expected.json";
/// Scores from here on are called positive.
const THRESHOLD: f64 = 0.5;

/// Why a cohort cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum GivenError {
    /// The samples.
    #[error(transparent)]
    Samples(#[from] CalculationError),
    /// The numbers.
    #[error("{file}: {what}")]
    Numbers {
        /// The file.
        file: String,
        /// What is wrong, and what was expected.
        what: String,
    },
}

/// Every number of `clustered_cohort.expected.json` beside what this binary makes of
/// `clustered_cohort.csv`, both in `folder`. A number that nothing here computes is not reproduced.
///
/// # Errors
/// A file that cannot be read, a column that is missing, a value that is no number.
pub fn facts_of_given_cohort(folder: &Path) -> Result<Vec<Fact>, GivenError> {
    let (made_by, expected) = numbers(&folder.join(EXPECTED))?;
    let path = folder.join(TABLE);
    let named = tables::column_names(&path).map_err(CalculationError::from)?;
    let attributes = named
        .iter()
        .filter(|name| !["patient", "y", "score", "image"].contains(&name.as_str()));
    let columns = |by| Columns {
        truth: "y",
        score: "score",
        cluster: Some("patient"),
        by,
    };
    let all = Samples::read(&path, columns(None))?;
    let mut found = BTreeMap::new();
    group("all", &all, &mut found);
    for attribute in attributes {
        let samples = Samples::read(&path, columns(Some(attribute)))?;
        levels(&samples, &mut found);
    }
    let source = format!("given cohort; {made_by}");
    Ok(expected
        .into_iter()
        .map(|(key, expected)| {
            let missing = || Err("nothing here computes it".to_owned());
            let got = found.get(&key).cloned().unwrap_or_else(missing);
            let tolerance = tolerance(&key) * expected.abs().max(1e-2);
            Fact::new(
                method(&key),
                source.clone(),
                key,
                (expected, tolerance),
                got,
            )
        })
        .collect())
}

/// Who made the numbers, and the numbers.
fn numbers(path: &Path) -> Result<(String, BTreeMap<String, f64>), GivenError> {
    let wrong = |what: String| GivenError::Numbers {
        file: path.display().to_string(),
        what,
    };
    let text =
        std::fs::read_to_string(path).map_err(|why| wrong(format!("cannot be read ({why})")))?;
    let fields: BTreeMap<String, Value> = serde_json::from_str(&text).map_err(|why| {
        wrong(format!(
            "expected one JSON object of names and numbers ({why})"
        ))
    })?;
    let mut made_by = "made by unnamed software".to_owned();
    let mut found = BTreeMap::new();
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("_made_by", Value::String(text)) => made_by = text,
            (_, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                found.insert(key, number);
            }
            (_, other) => {
                return Err(wrong(format!("{key} is {other}, expected a number")));
            }
        }
    }
    if found.is_empty() {
        return Err(wrong(
            "there is no number; expected names like all.auroc".to_owned(),
        ));
    }
    Ok((made_by, found))
}

/// Relative difference that is allowed. Ten digits are printed. R's `glm` stops when the deviance
/// changes by less than 1e-8 and takes the weights of its standard errors from the step before the
/// last, where ours iterate to the end; `lrm`, behind `robcov`, stops a little later.
fn tolerance(key: &str) -> f64 {
    match key {
        key if key.ends_with("se_model") => 1.2e-4,
        key if key.ends_with("robcov") => 1e-6,
        key if key.ends_with("slope") || key.ends_with("citl") => 2e-8,
        _ => 1e-9,
    }
}

/// Id of the method that a number belongs to.
fn method(key: &str) -> &'static str {
    let number = key.split_once('.').map_or(key, |(_, number)| number);
    match number {
        number if key.contains("_vs_") && !number.is_empty() => "welch_delong",
        "sensitivity" => "sensitivity",
        "specificity" => "specificity",
        "auroc" => "auroc",
        "auroc.se_obuchowski" => "obuchowski",
        "citl" => "calibration_intercept",
        "slope" => "calibration_slope",
        "slope.se_cluster_robcov" => "cluster_sandwich",
        "brier" => "brier",
        "oe" => "oe_ratio",
        "ece_width10" => "ece_width",
        "spiegelhalter_z" => "spiegelhalter",
        number if number.starts_with("auroc.") => "delong",
        number if number.starts_with("sens.") || number.starts_with("spec.") => {
            "wilson_effective_n"
        }
        number if number.ends_with("se_model") => "logistic_model",
        _ => "counts",
    }
}

type Found = BTreeMap<String, Result<f64, String>>;

fn levels(samples: &Samples, found: &mut Found) {
    let Some((codes, names)) = &samples.by else {
        return;
    };
    let of = |code: u32| samples.with(|row| codes[row] == code);
    for (code, name) in (0..).zip(names) {
        group(name, &of(code), found);
    }
    for (first, a) in (0..).zip(names) {
        for (second, b) in (0..).zip(names).skip(first as usize + 1) {
            let area = |code| {
                let own = of(code);
                metrics::auroc(&own.y, &own.score, None)
            };
            let between = area(first)
                .and_then(|own| Ok(AurocDifference::disjoint(own, area(second)?)))
                .map_err(|why| why.to_string());
            let none = || "the areas do not vary".to_owned();
            let mut put = |name: &str, value: &dyn Fn(&AurocDifference) -> Option<f64>| {
                let value = between
                    .clone()
                    .and_then(|between| value(&between).ok_or_else(none));
                found.insert(format!("auroc.{a}_vs_{b}.{name}"), value);
            };
            put("D", &AurocDifference::statistic);
            put("df", &|between| between.df);
            put("p", &|between| between.p_two_sided().ok());
        }
    }
}

fn group(prefix: &str, samples: &Samples, found: &mut Found) {
    let (y, score, patient) = (
        samples.y.as_slice(),
        samples.score.as_slice(),
        samples.cluster.as_deref(),
    );
    let mut put = |key: &str, value: Result<f64, String>| {
        found.insert(format!("{prefix}.{key}"), value);
    };
    let mut patients = patient.unwrap_or_default().to_vec();
    patients.sort_unstable();
    patients.dedup();
    put("n", Ok(y.len() as f64));
    put("n_positive", Ok(y.iter().filter(|y| **y).count() as f64));
    put("n_patients", Ok(patients.len() as f64));
    shares(samples, &mut put);
    areas(samples, &mut put);
    let intercept = metrics::calibration_intercept(y, score, None, patient);
    let of_model = |found: &Result<_, NotEstimable>, pick: &dyn Fn(&_) -> f64| {
        said(found.as_ref().map(pick).map_err(Clone::clone))
    };
    put("citl", of_model(&intercept, &|found| found.value.estimate));
    put(
        "citl.se_model",
        of_model(&intercept, &|found| found.se_model),
    );
    let slope = metrics::calibration_slope(y, score, None, patient);
    put("slope", of_model(&slope, &|found| found.value.estimate));
    put("slope.se_model", of_model(&slope, &|found| found.se_model));
    put(
        "slope.se_cluster_robcov",
        of_model(&slope, &|found| found.value.standard_error),
    );
    let estimate =
        |found: Result<ScaledEstimate, NotEstimable>| said(found.map(|found| found.estimate));
    put("brier", estimate(metrics::brier(y, score, patient)));
    put(
        "oe",
        estimate(metrics::observed_expected(y, score, patient)),
    );
    let bins = metrics::expected_calibration_error(y, score, &Bins::Width(10));
    put("ece_width10", said(bins));
    let test = metrics::spiegelhalter(y, score, patient);
    put("spiegelhalter_z", said(test.map(|test| test.z)));
}

fn shares(samples: &Samples, put: &mut impl FnMut(&str, Result<f64, String>)) {
    let flagged: Vec<bool> = samples
        .score
        .iter()
        .map(|score| *score >= THRESHOLD)
        .collect();
    for (short, long, of) in [
        ("sens", "sensitivity", ShareOf::Sensitivity),
        ("spec", "specificity", ShareOf::Specificity),
    ] {
        let value = metrics::proportion(of, &samples.y, &flagged, samples.cluster.as_deref());
        let error = said(value.clone().map(|value| value.standard_error));
        put(long, said(value.clone().map(|value| value.estimate)));
        put(&format!("{short}.se_cluster"), error.clone());
        put(&format!("{short}.se_survey"), error);
        let effect = said(value.clone());
        let none = || "no design effect".to_owned();
        let effect = effect.and_then(|value| value.design_effect.ok_or_else(none));
        put(&format!("{short}.deff"), effect);
        let limits = value.and_then(|value| value.wilson(0.95));
        let lower = said(limits.clone().map(|limits| limits.lower));
        put(&format!("{short}.wilson_eff_lower"), lower);
        let upper = said(limits.map(|limits| limits.upper));
        put(&format!("{short}.wilson_eff_upper"), upper);
    }
}

fn areas(samples: &Samples, put: &mut impl FnMut(&str, Result<f64, String>)) {
    let none = || "no variance".to_owned();
    let clustered = said(metrics::auroc(
        &samples.y,
        &samples.score,
        samples.cluster.as_deref(),
    ));
    put("auroc", clustered.clone().map(|area| area.estimate));
    put(
        "auroc.se_obuchowski",
        clustered.and_then(|area| area.standard_error().ok_or_else(none)),
    );
    let plain = said(metrics::auroc(&samples.y, &samples.score, None));
    let error = plain.clone();
    put(
        "auroc.se_delong",
        error.and_then(|area| area.standard_error().ok_or_else(none)),
    );
    let limits = plain.and_then(|area| match area.interval(AurocMethod::Delong, 0.95) {
        Ok((limits, "delong")) => Ok(limits),
        Ok((_, other)) => Err(format!("{other} takes the place of delong here")),
        Err(why) => Err(why.to_string()),
    });
    put(
        "auroc.delong_lower",
        limits.clone().map(|limits| limits.lower),
    );
    put("auroc.delong_upper", limits.map(|limits| limits.upper));
}
