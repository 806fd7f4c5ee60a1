//! What this binary makes of a clustered cohort, by the names that other software gives its numbers
//! (`docs/methods-and-checks.md`, "A cohort and software of your own").

use std::collections::{BTreeMap, BTreeSet};

use crate::calculation::{CalculationError, Columns, Samples};
use crate::metrics::{
    self, Auroc, AurocMethod, Bins, CurveMetric, Recalibrated, ShareOf, Spiegelhalter, on_curve,
    standardised_partial_area,
};
use crate::statistics::{ClusteredProportion, Interval, NotEstimable, ScaledEstimate};
use crate::tables::Table;

use super::comparisons_of_cohort::{compared, of_two_scores};

/// Scores from here on are called positive.
const THRESHOLD: f64 = 0.5;
/// Threshold probability of the net benefit.
const ACTED_ON_FROM: f64 = 0.3;
/// Confidence of all limits.
pub(super) const CONFIDENCE: f64 = 0.95;
/// What a limit of a gate may miss on its side.
const ALPHA: f64 = 0.025;
/// Columns that are no attribute. `second` is a second score of the same samples.
const OWN: [&str; 5] = ["patient", "y", "score", "second", "image"];

/// Names of the shares: of limits and errors, of the estimate.
pub(super) const SHARES: [(&str, &str, ShareOf); 5] = [
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

/// Numbers by name with the method that each belongs to; why there is none in place of a number.
pub(super) type Found = BTreeMap<String, (&'static str, Result<f64, String>)>;

/// Every number of the cohort and of each level of each attribute, and the comparisons `asked` for.
///
/// # Errors
/// A value that is no number, an empty one, a truth other than 0 and 1.
pub(super) fn numbers(
    table: &Table,
    names: &[String],
    asked: &BTreeSet<&str>,
) -> Result<Found, CalculationError> {
    let columns = |score, by| Columns {
        truth: "y",
        score,
        cluster: Some("patient"),
        by,
    };
    let all = Samples::of(table, columns("score", None))?;
    let mut found = Found::new();
    of_group("all", &all, &mut found);
    let mut groups = BTreeSet::from(["all".to_owned()]);
    let mut twice = BTreeSet::new();
    for name in names.iter().filter(|name| !OWN.contains(&name.as_str())) {
        let samples = Samples::of(table, columns("score", Some(name)))?;
        let Some((codes, levels)) = &samples.by else {
            continue;
        };
        let own: Vec<Samples> = (0..)
            .zip(levels)
            .map(|(code, _)| samples.with(|row| codes[row] == code))
            .collect();
        let levels_asked = levels.iter().zip(&own);
        for (level, samples) in levels_asked.filter(|(level, _)| asked.contains(level.as_str())) {
            of_group(level, samples, &mut found);
            if !groups.insert(level.clone()) {
                twice.insert(level.clone());
            }
        }
        compared(name, (levels, &own), asked, &mut found);
    }
    if names.iter().any(|name| name == "second") {
        let second = Samples::of(table, columns("second", None))?.score;
        of_two_scores(&all, &second, &mut found);
    }
    for (name, (_, value)) in &mut found {
        let group = name.split_once('.').map_or("", |(group, _)| group);
        if twice.contains(group) {
            *value = Err(format!(
                "two groups are called {group}: name the levels of one column otherwise"
            ));
        }
    }
    Ok(found)
}

/// Puts numbers under the name of their group.
pub(super) struct Put<'a> {
    group: String,
    found: &'a mut Found,
}

/// A number of an answer: the end of its name, the id of its method, and how it is read off; `None`
/// where there is none.
pub(super) type Read<T> = (&'static str, &'static str, fn(&T) -> Option<f64>);

impl<'a> Put<'a> {
    pub(super) fn new(group: impl Into<String>, found: &'a mut Found) -> Self {
        let group = group.into();
        Self { group, found }
    }

    fn one(&mut self, name: &str, method: &'static str, value: Result<f64, NotEstimable>) {
        self.each(name, &value, &[("", method, |value| Some(*value))]);
    }

    /// Numbers of one answer: `name` with each end.
    pub(super) fn each<T>(
        &mut self,
        name: &str,
        answer: &Result<T, NotEstimable>,
        numbers: &[Read<T>],
    ) {
        for (end, method, read) in numbers {
            let parts = [&*self.group, name, end];
            let key: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let value = match answer {
                Ok(answer) => read(answer).ok_or_else(|| "there is no such number here".to_owned()),
                Err(why) => Err(why.to_string()),
            };
            self.found.insert(key.join("."), (method, value));
        }
    }
}

fn of_group(name: &str, samples: &Samples, found: &mut Found) {
    let mut put = Put::new(name, found);
    let mut patients = samples.cluster.clone().unwrap_or_default();
    patients.sort_unstable();
    patients.dedup();
    let positive = samples.y.iter().filter(|y| **y).count();
    put.one("n", "counts", Ok(samples.y.len() as f64));
    put.one("n_positive", "counts", Ok(positive as f64));
    put.one("n_patients", "counts", Ok(patients.len() as f64));
    shares(samples, &mut put);
    areas(samples, &mut put);
    points(samples, &mut put);
    recalibrations(samples, &mut put);
    calibration(samples, &mut put);
    benefit(samples, &mut put);
}

/// Whether each sample is called positive.
pub(super) fn flagged(samples: &Samples) -> Vec<bool> {
    let score = samples.score.iter();
    score.map(|score| *score >= THRESHOLD).collect()
}

fn shares(samples: &Samples, put: &mut Put<'_>) {
    const EFFECTIVE: &str = "wilson_effective_n";
    const EXACT: &str = "clopper_pearson_effective_n";
    let flagged = flagged(samples);
    for (short, long, of) in SHARES {
        let value = metrics::proportion(of, &samples.y, &flagged, samples.cluster.as_deref());
        put.each(long, &value, &[("", long, |of| Some(of.estimate))]);
        let numbers: [Read<ClusteredProportion>; 7] = [
            ("se_cluster", EFFECTIVE, |of| Some(of.standard_error)),
            ("se_survey", EFFECTIVE, |of| Some(of.standard_error)),
            ("deff", EFFECTIVE, |of| of.design_effect),
            ("wilson_eff_lower", EFFECTIVE, |of| {
                lower(of.wilson(CONFIDENCE))
            }),
            ("wilson_eff_upper", EFFECTIVE, |of| {
                upper(of.wilson(CONFIDENCE))
            }),
            ("exact_eff_lower", EXACT, |of| of.gate_lower(ALPHA).ok()),
            ("exact_eff_upper", EXACT, |of| of.gate_upper(ALPHA).ok()),
        ];
        put.each(short, &value, &numbers);
    }
}

/// The lower limit, if there is one.
pub(super) fn lower(limits: Result<Interval, NotEstimable>) -> Option<f64> {
    limits.ok().map(|limits| limits.lower)
}

/// The upper limit, if there is one.
pub(super) fn upper(limits: Result<Interval, NotEstimable>) -> Option<f64> {
    limits.ok().map(|limits| limits.upper)
}

/// Limits of an area where `method` gives them and no other stands in for it.
fn limits(area: &Auroc, method: AurocMethod, id: &str) -> Result<Interval, NotEstimable> {
    match area.interval(method, CONFIDENCE)? {
        (limits, used) if used == id => Ok(limits),
        (_, used) => Err(NotEstimable::Other(format!("{used} in its place"))),
    }
}

fn areas(samples: &Samples, put: &mut Put<'_>) {
    const LOGIT: &str = "logit_obuchowski";
    const DELONG: &str = "delong";
    let (y, score) = (&samples.y, &samples.score);
    let area = metrics::auroc(y, score, samples.cluster.as_deref());
    let numbers: [Read<Auroc>; 2] = [
        ("", "auroc", |area| Some(area.estimate)),
        ("se_obuchowski", "obuchowski", Auroc::standard_error),
    ];
    put.each("auroc", &area, &numbers);
    let on_logit = area.and_then(|area| limits(&area, AurocMethod::Logit, LOGIT));
    let numbers: [Read<Interval>; 2] = [
        ("logit_lower", LOGIT, |limits| Some(limits.lower)),
        ("logit_upper", LOGIT, |limits| Some(limits.upper)),
    ];
    put.each("auroc", &on_logit, &numbers);
    let area = metrics::auroc(y, score, None);
    let numbers: [Read<Auroc>; 1] = [("se_delong", DELONG, Auroc::standard_error)];
    put.each("auroc", &area, &numbers);
    let plain = area.and_then(|area| limits(&area, AurocMethod::Delong, DELONG));
    let numbers: [Read<Interval>; 2] = [
        ("delong_lower", DELONG, |limits| Some(limits.lower)),
        ("delong_upper", DELONG, |limits| Some(limits.upper)),
    ];
    put.each("auroc", &plain, &numbers);
}

/// What is read off the curve; its limits, which need resamples, are not asked for.
fn points(samples: &Samples, put: &mut Put<'_>) {
    let read = |metric| {
        on_curve(metric, &samples.y, &samples.score, None, CONFIDENCE, 10, 1)
            .map(|found| found.estimate)
    };
    let area = read(CurveMetric::PartialArea {
        specificity_from: 0.8,
    });
    let numbers: [Read<f64>; 2] = [
        ("", "partial_auroc", |area| Some(*area)),
        ("standardised", "partial_auroc", |area| {
            Some(standardised_partial_area(*area, 0.8))
        }),
    ];
    put.each("partial_auroc_80", &area, &numbers);
    let found = read(CurveMetric::SensitivityAt { specificity: 0.9 });
    let name = "sensitivity_at_specificity";
    put.one("sensitivity_at_specificity_90", name, found);
    let found = read(CurveMetric::SpecificityAt { sensitivity: 0.9 });
    let name = "specificity_at_sensitivity";
    put.one("specificity_at_sensitivity_90", name, found);
}

fn recalibrations(samples: &Samples, put: &mut Put<'_>) {
    const SANDWICH: &str = "cluster_sandwich";
    let (y, p, patient) = (&samples.y, &samples.score, samples.cluster.as_deref());
    let intercept = metrics::calibration_intercept(y, p, None, patient);
    let slope = metrics::calibration_slope(y, p, None, patient);
    for (name, method, found) in [
        ("citl", "calibration_intercept", intercept),
        ("slope", "calibration_slope", slope),
    ] {
        let numbers: [Read<Recalibrated>; 4] = [
            ("", method, |of| Some(of.value.estimate)),
            ("se_model", "logistic_model", |of| Some(of.se_model)),
            ("se_cluster", SANDWICH, |of| Some(of.value.standard_error)),
            ("se_cluster_robcov", SANDWICH, |of| {
                Some(of.value.standard_error)
            }),
        ];
        put.each(name, &found, &numbers);
    }
}

/// An estimate over patients, and its error and limits by the method of these.
fn scaled(estimate: &'static str, limits: &'static str) -> [Read<ScaledEstimate>; 4] {
    [
        ("", estimate, |of| Some(of.estimate)),
        ("se_cluster", limits, |of| Some(of.standard_error)),
        ("lower", limits, |of| lower(of.interval(CONFIDENCE))),
        ("upper", limits, |of| upper(of.interval(CONFIDENCE))),
    ]
}

fn calibration(samples: &Samples, put: &mut Put<'_>) {
    const SANDWICH: &str = "spiegelhalter_sandwich";
    let (y, p, patient) = (&samples.y, &samples.score, samples.cluster.as_deref());
    let brier = metrics::brier(y, p, patient);
    put.each("brier", &brier, &scaled("brier", "ratio_mean_cluster"));
    let ratio = metrics::observed_expected(y, p, patient);
    put.each("oe", &ratio, &scaled("oe_ratio", "log_ratio_cluster"));
    let error = metrics::expected_calibration_error(y, p, &Bins::Width(10));
    put.one("ece_width10", "ece_width", error);
    let test = metrics::spiegelhalter(y, p, patient);
    let of = |read: fn(&Spiegelhalter) -> f64| test.as_ref().map(read).map_err(Clone::clone);
    put.one("spiegelhalter_z", "spiegelhalter", of(|test| test.z));
    put.one("spiegelhalter_p", "spiegelhalter", of(|test| test.p));
    put.one("spiegelhalter_z_cluster", SANDWICH, of(|of| of.z_cluster));
    put.one("spiegelhalter_p_cluster", SANDWICH, of(|of| of.p_cluster));
}

fn benefit(samples: &Samples, put: &mut Put<'_>) {
    const OVER: &str = "net_benefit_standardised";
    let patient = samples.cluster.as_deref();
    let found = metrics::net_benefit(&samples.y, &samples.score, patient, ACTED_ON_FROM);
    let over = found
        .clone()
        .and_then(|of| of.standardised.ok_or(NotEstimable::Empty("positives")));
    let found = found.map(|of| of.model);
    put.each(
        "net_benefit_30",
        &found,
        &scaled("net_benefit", "net_benefit"),
    );
    put.each("net_benefit_30_standardised", &over, &scaled(OVER, OVER));
}
