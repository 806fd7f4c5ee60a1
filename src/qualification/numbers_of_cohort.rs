//! What this binary makes of a clustered cohort, by the names that other software gives its numbers
//! (`docs/methods-and-checks.md`, "A cohort and software of your own").

use std::collections::BTreeMap;

use crate::calculation::{CalculationError, Columns, Samples};
use crate::metrics::{
    self, Auroc, AurocDifference, AurocMethod, Bins, CurveMetric, Recalibrated, ShareOf, on_curve,
    standardised_partial_area,
};
use crate::statistics::{ClusteredProportion, NotEstimable, ProportionDifference, ScaledEstimate};
use crate::tables::Table;

/// Scores from here on are called positive.
const THRESHOLD: f64 = 0.5;
/// Threshold probability of the net benefit.
const ACTED_ON_FROM: f64 = 0.3;
/// Confidence of all limits.
const CONFIDENCE: f64 = 0.95;
/// Columns that are no attribute. `second` is a second score of the same samples.
const OWN: [&str; 5] = ["patient", "y", "score", "second", "image"];

/// Names of the shares: of limits and errors, of the estimate.
const SHARES: [(&str, &str, ShareOf); 5] = [
    ("sens", "sensitivity", ShareOf::Sensitivity),
    ("spec", "specificity", ShareOf::Specificity),
    ("ppv", "ppv", ShareOf::Ppv),
    ("npv", "npv", ShareOf::Npv),
    ("acc", "accuracy", ShareOf::Accuracy),
];

/// Columns that a cohort must have, and those of `names` that it may have.
pub(super) fn wanted(names: &[String]) -> Vec<&str> {
    let mut wanted = vec!["y", "score", "patient"];
    wanted.extend(
        names
            .iter()
            .map(String::as_str)
            .filter(|name| *name == "second" || !OWN.contains(name)),
    );
    wanted
}

/// Numbers by name, or why there is none.
pub(super) type Found = BTreeMap<String, Result<f64, String>>;

/// Every number of the cohort, of each level of each attribute and of every two of them.
///
/// # Errors
/// A value that is no number, an empty one, a truth other than 0 and 1.
pub(super) fn numbers(table: &Table, names: &[String]) -> Result<Found, CalculationError> {
    let columns = |score, by| Columns {
        truth: "y",
        score,
        cluster: Some("patient"),
        by,
    };
    let all = Samples::of(table, columns("score", None))?;
    let mut found = Found::new();
    of_group("all", &all, &mut found);
    for name in names.iter().filter(|name| !OWN.contains(&name.as_str())) {
        let samples = Samples::of(table, columns("score", Some(name)))?;
        of_levels(&samples, &mut found);
    }
    if names.iter().any(|name| name == "second") {
        let second = Samples::of(table, columns("second", None))?.score;
        let difference = metrics::auroc_paired(&all.y, &all.score, &second, None);
        let mut put = Put::new("auroc.score_vs_second", &mut found);
        put.each(
            "",
            difference,
            &[
                ("difference", |of| Some(of.estimate())),
                ("Z", AurocDifference::statistic),
                ("p", |of| of.p_two_sided().ok()),
            ],
        );
    }
    Ok(found)
}

/// Puts numbers under the name of their group.
struct Put<'a> {
    group: String,
    found: &'a mut Found,
}

/// How a number is read off an answer, by the end of its name; `None` where it has none.
type Read<T> = (&'static str, fn(&T) -> Option<f64>);

impl<'a> Put<'a> {
    fn new(group: impl Into<String>, found: &'a mut Found) -> Self {
        let group = group.into();
        Self { group, found }
    }

    fn one(&mut self, name: &str, value: Result<f64, NotEstimable>) {
        self.each(name, value, &[("", |value| Some(*value))]);
    }

    /// Numbers of one answer: `name` with each end.
    fn each<T>(&mut self, name: &str, answer: Result<T, NotEstimable>, numbers: &[Read<T>]) {
        for (end, read) in numbers {
            let key: Vec<&str> = [&*self.group, name, end]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect();
            let value = match &answer {
                Ok(answer) => read(answer).ok_or_else(|| "there is no such number here".to_owned()),
                Err(why) => Err(why.to_string()),
            };
            self.found.insert(key.join("."), value);
        }
    }
}

fn of_group(name: &str, samples: &Samples, found: &mut Found) {
    let mut put = Put::new(name, found);
    let mut patients = samples.cluster.clone().unwrap_or_default();
    patients.sort_unstable();
    patients.dedup();
    let positive = samples.y.iter().filter(|y| **y).count();
    put.one("n", Ok(samples.y.len() as f64));
    put.one("n_positive", Ok(positive as f64));
    put.one("n_patients", Ok(patients.len() as f64));
    for (short, long, of) in SHARES {
        let value = share(samples, of);
        put.each(long, value.clone(), &[("", |of| Some(of.estimate))]);
        put.each(
            short,
            value,
            &[
                ("se_cluster", |of| Some(of.standard_error)),
                ("se_survey", |of| Some(of.standard_error)),
                ("deff", |of| of.design_effect),
                ("wilson_eff_lower", |of| {
                    Some(of.wilson(CONFIDENCE).ok()?.lower)
                }),
                ("wilson_eff_upper", |of| {
                    Some(of.wilson(CONFIDENCE).ok()?.upper)
                }),
            ],
        );
    }
    areas(samples, &mut put);
    points(samples, &mut put);
    recalibrations(samples, &mut put);
    calibration(samples, &mut put);
    benefit(samples, &mut put);
}

fn share(samples: &Samples, of: ShareOf) -> Result<ClusteredProportion, NotEstimable> {
    let flagged: Vec<bool> = samples
        .score
        .iter()
        .map(|score| *score >= THRESHOLD)
        .collect();
    metrics::proportion(of, &samples.y, &flagged, samples.cluster.as_deref())
}

/// Limits of an area where `method` gives them and no other stands in for it.
fn limits(area: &Auroc, method: AurocMethod, id: &str) -> Option<crate::statistics::Interval> {
    let (limits, used) = area.interval(method, CONFIDENCE).ok()?;
    (used == id).then_some(limits)
}

fn areas(samples: &Samples, put: &mut Put<'_>) {
    let (y, score) = (&samples.y, &samples.score);
    put.each(
        "auroc",
        metrics::auroc(y, score, samples.cluster.as_deref()),
        &[
            ("", |area| Some(area.estimate)),
            ("se_obuchowski", Auroc::standard_error),
            ("logit_lower", |area| {
                Some(limits(area, AurocMethod::Logit, "logit_obuchowski")?.lower)
            }),
            ("logit_upper", |area| {
                Some(limits(area, AurocMethod::Logit, "logit_obuchowski")?.upper)
            }),
        ],
    );
    put.each(
        "auroc",
        metrics::auroc(y, score, None),
        &[
            ("se_delong", Auroc::standard_error),
            ("delong_lower", |area| {
                Some(limits(area, AurocMethod::Delong, "delong")?.lower)
            }),
            ("delong_upper", |area| {
                Some(limits(area, AurocMethod::Delong, "delong")?.upper)
            }),
        ],
    );
}

/// What is read off the curve; its limits, which need resamples, are not asked for.
fn points(samples: &Samples, put: &mut Put<'_>) {
    let read = |metric| {
        on_curve(metric, &samples.y, &samples.score, None, CONFIDENCE, 10, 1)
            .map(|found| found.estimate)
    };
    put.each(
        "partial_auroc_80",
        read(CurveMetric::PartialArea {
            specificity_from: 0.8,
        }),
        &[
            ("", |area| Some(*area)),
            ("standardised", |area| {
                Some(standardised_partial_area(*area, 0.8))
            }),
        ],
    );
    put.one(
        "sensitivity_at_specificity_90",
        read(CurveMetric::SensitivityAt { specificity: 0.9 }),
    );
    put.one(
        "specificity_at_sensitivity_90",
        read(CurveMetric::SpecificityAt { sensitivity: 0.9 }),
    );
}

fn recalibrations(samples: &Samples, put: &mut Put<'_>) {
    let (y, p, patient) = (&samples.y, &samples.score, samples.cluster.as_deref());
    let numbers: [Read<Recalibrated>; 4] = [
        ("", |of| Some(of.value.estimate)),
        ("se_model", |of| Some(of.se_model)),
        ("se_cluster", |of| Some(of.value.standard_error)),
        ("se_cluster_robcov", |of| Some(of.value.standard_error)),
    ];
    put.each(
        "citl",
        metrics::calibration_intercept(y, p, None, patient),
        &numbers,
    );
    put.each(
        "slope",
        metrics::calibration_slope(y, p, None, patient),
        &numbers,
    );
}

/// An estimate over patients with its error and limits.
const SCALED: [Read<ScaledEstimate>; 4] = [
    ("", |of| Some(of.estimate)),
    ("se_cluster", |of| Some(of.standard_error)),
    ("lower", |of| Some(of.interval(CONFIDENCE).ok()?.lower)),
    ("upper", |of| Some(of.interval(CONFIDENCE).ok()?.upper)),
];

fn calibration(samples: &Samples, put: &mut Put<'_>) {
    let (y, p, patient) = (&samples.y, &samples.score, samples.cluster.as_deref());
    put.each("brier", metrics::brier(y, p, patient), &SCALED);
    put.each("oe", metrics::observed_expected(y, p, patient), &SCALED);
    put.one(
        "ece_width10",
        metrics::expected_calibration_error(y, p, &Bins::Width(10)),
    );
    let test = metrics::spiegelhalter(y, p, patient);
    put.each("spiegelhalter_z", test.clone(), &[("", |of| Some(of.z))]);
    put.each("spiegelhalter_p", test.clone(), &[("", |of| Some(of.p))]);
    put.each(
        "spiegelhalter_z_cluster",
        test.clone(),
        &[("", |of| Some(of.z_cluster))],
    );
    put.each(
        "spiegelhalter_p_cluster",
        test,
        &[("", |of| Some(of.p_cluster))],
    );
}

fn benefit(samples: &Samples, put: &mut Put<'_>) {
    let patient = samples.cluster.as_deref();
    let found = metrics::net_benefit(&samples.y, &samples.score, patient, ACTED_ON_FROM);
    let over = found.clone().and_then(|of| {
        of.standardised
            .ok_or_else(|| NotEstimable::Empty("positives"))
    });
    put.each("net_benefit_30", found.map(|of| of.model), &SCALED);
    put.each("net_benefit_30_standardised", over, &SCALED);
}

fn of_levels(samples: &Samples, found: &mut Found) {
    let Some((codes, names)) = &samples.by else {
        return;
    };
    let own: Vec<Samples> = (0..)
        .zip(names)
        .map(|(code, _)| samples.with(|row| codes[row] == code))
        .collect();
    for (name, samples) in names.iter().zip(&own) {
        of_group(name, samples, found);
    }
    for (first, a) in own.iter().enumerate() {
        for (second, b) in own.iter().enumerate().skip(first + 1) {
            between(
                &format!("{}_vs_{}", names[first], names[second]),
                a,
                b,
                found,
            );
        }
    }
}

/// Two levels that share no patient.
fn between(names: &str, a: &Samples, b: &Samples, found: &mut Found) {
    let area = |of: &Samples| metrics::auroc(&of.y, &of.score, None);
    let difference = area(a).and_then(|own| Ok(AurocDifference::disjoint(own, area(b)?)));
    Put::new(format!("auroc.{names}"), found).each(
        "",
        difference,
        &[
            ("D", AurocDifference::statistic),
            ("df", |of| of.df),
            ("p", |of| of.p_two_sided().ok()),
        ],
    );
    for (short, _, of) in SHARES {
        let difference =
            share(a, of).and_then(|own| Ok(ProportionDifference::disjoint(own, share(b, of)?)));
        Put::new(format!("{short}.{names}"), found).each(
            "",
            difference,
            &[
                ("difference", |of| Some(of.estimate())),
                ("lower", |of| Some(of.interval(CONFIDENCE).ok()?.lower)),
                ("upper", |of| Some(of.interval(CONFIDENCE).ok()?.upper)),
            ],
        );
    }
}

/// Id of the method that a number belongs to.
pub(super) fn method(key: &str) -> &'static str {
    let (group, number) = key.split_once('.').unwrap_or(("", key));
    if key.contains("_vs_") {
        return match (group, number) {
            ("auroc", number) if number.starts_with("score_vs_second") => "delong_paired",
            ("auroc", _) => "welch_delong",
            _ => "mover_wilson",
        };
    }
    let (metric, end) = number.split_once('.').unwrap_or((number, ""));
    match (metric, end) {
        (_, "se_model") => "logistic_model",
        ("sens" | "spec" | "ppv" | "npv" | "acc", end) if !end.is_empty() => "wilson_effective_n",
        ("sensitivity", _) => "sensitivity",
        ("specificity", _) => "specificity",
        ("ppv", _) => "ppv",
        ("npv", _) => "npv",
        ("accuracy", _) => "accuracy",
        ("auroc", "") => "auroc",
        ("auroc", "se_obuchowski") => "obuchowski",
        ("auroc", "logit_lower" | "logit_upper") => "logit_obuchowski",
        ("auroc", _) => "delong",
        ("partial_auroc_80", _) => "partial_auroc",
        ("sensitivity_at_specificity_90", _) => "sensitivity_at_specificity",
        ("specificity_at_sensitivity_90", _) => "specificity_at_sensitivity",
        ("citl", "") => "calibration_intercept",
        ("slope", "") => "calibration_slope",
        ("citl" | "slope", _) => "cluster_sandwich",
        ("brier", "") => "brier",
        ("brier", _) => "ratio_mean_cluster",
        ("oe", "") => "oe_ratio",
        ("oe", _) => "log_ratio_cluster",
        ("ece_width10", _) => "ece_width",
        ("spiegelhalter_z" | "spiegelhalter_p", _) => "spiegelhalter",
        ("spiegelhalter_z_cluster" | "spiegelhalter_p_cluster", _) => "spiegelhalter_sandwich",
        ("net_benefit_30", _) => "net_benefit",
        ("net_benefit_30_standardised", _) => "net_benefit_standardised",
        _ => "counts",
    }
}
