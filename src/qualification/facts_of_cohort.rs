//! Facts about clustered samples: a cohort of the project's own, made and worked out by
//! `fixtures/make_clustered_cohort.py` with numpy, scipy and statsmodels.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::metrics::{self, AurocDifference, AurocMethod, Bins, ShareOf};
use crate::statistics::{NotEstimable, ProportionDifference, ScaledEstimate};

use super::Fact;
use super::facts_of_scores::said;

const SOURCE: &str = "own clustered cohort, numpy 2.4, scipy 1.17, statsmodels 0.15";
const TEXT: &str = include_str!("../../fixtures/outside/clustered.json");

#[derive(Deserialize)]
struct Stored {
    /// Patient, site, truth, score, second score.
    rows: Vec<(u32, String, u8, f64, f64)>,
    expected: BTreeMap<String, f64>,
}

type Found = BTreeMap<String, Result<f64, String>>;

pub(super) fn all() -> Vec<Fact> {
    let stored: Stored = match serde_json::from_str(TEXT) {
        Ok(stored) => stored,
        Err(why) => {
            let got = Err(format!("the stored cohort cannot be read: {why}"));
            let case = "the stored cohort".to_owned();
            return vec![Fact::new("cohort", SOURCE, case, (0.0, 0.0), got)];
        }
    };
    let found = found(&stored);
    stored
        .expected
        .iter()
        .map(|(key, expected)| {
            let (group, rest) = key.split_once('.').unwrap_or(("", key));
            let (method, number) = rest.split_once('.').unwrap_or((rest, "estimate"));
            let missing = || Err(format!("nothing here computes {key}"));
            let got = found.get(key).cloned().unwrap_or_else(missing);
            // Iterations of both sides stop when steps are small, not at the same digit.
            let digits = if method.starts_with("calibration") {
                1e-7
            } else {
                1e-9
            };
            let tolerance = digits * expected.abs().max(1e-2);
            let case = format!("{group}, {method} {number}");
            Fact::new(
                limits_by(group, method, number),
                SOURCE,
                case,
                (*expected, tolerance),
                got,
            )
        })
        .collect()
}

/// Id of the method that gives a number of a metric beside the estimate itself.
fn limits_by<'a>(group: &str, metric: &'a str, number: &str) -> &'a str {
    let share = SHARES.iter().any(|(name, _)| *name == metric);
    match (metric, number) {
        (_, "estimate") if group != "A-B" => metric,
        _ if share && group == "A-B" => "mover_wilson",
        _ if share => "wilson_effective_n",
        ("auroc", "se_delong") => "delong",
        ("auroc", "se_obuchowski") => "obuchowski",
        ("auroc", _) => "logit_obuchowski",
        ("calibration_slope" | "calibration_intercept", _) => "cluster_sandwich",
        ("oe_ratio", _) => "log_ratio_cluster",
        ("brier", _) => "ratio_mean_cluster",
        ("spiegelhalter", "z_cluster" | "p_cluster") => "spiegelhalter_sandwich",
        ("net_benefit_standardised", _) => "net_benefit",
        _ => metric,
    }
}

/// The samples of a group.
struct Group {
    patient: Vec<u32>,
    y: Vec<bool>,
    score: Vec<f64>,
    second: Vec<f64>,
}

impl Group {
    fn of(stored: &Stored, site: Option<&str>) -> Self {
        let rows = stored
            .rows
            .iter()
            .filter(|row| site.is_none_or(|site| row.1 == site));
        let mut group = Self {
            patient: Vec::new(),
            y: Vec::new(),
            score: Vec::new(),
            second: Vec::new(),
        };
        for (patient, _, truth, score, second) in rows {
            group.patient.push(*patient);
            group.y.push(*truth == 1);
            group.score.push(*score);
            group.second.push(*second);
        }
        group
    }
}

fn found(stored: &Stored) -> Found {
    let mut found = Found::new();
    let (a, b) = (Group::of(stored, Some("A")), Group::of(stored, Some("B")));
    let all = Group::of(stored, None);
    for (name, group) in [("all", &all), ("A", &a), ("B", &b)] {
        let mut put = |key: &str, value: Result<f64, NotEstimable>| {
            found.insert(format!("{name}.{key}"), said(value));
        };
        shares(group, &mut put);
        area(group, &mut put);
        calibration(group, &mut put);
    }
    between(&a, &b, &mut found);
    let paired = metrics::auroc_paired(&all.y, &all.score, &all.second, None);
    let statistic = |of: AurocDifference| {
        of.statistic()
            .ok_or_else(|| NotEstimable::Other("no statistic".to_owned()))
    };
    let key = "two scores.delong_paired";
    let estimate = paired.as_ref().map(AurocDifference::estimate);
    let estimate = estimate.map_err(ToString::to_string);
    found.insert(format!("{key}.estimate"), estimate);
    found.insert(format!("{key}.statistic"), said(paired.and_then(statistic)));
    found
}

const SHARES: [(&str, ShareOf); 5] = [
    ("sensitivity", ShareOf::Sensitivity),
    ("specificity", ShareOf::Specificity),
    ("ppv", ShareOf::Ppv),
    ("npv", ShareOf::Npv),
    ("accuracy", ShareOf::Accuracy),
];

fn share(
    group: &Group,
    of: ShareOf,
) -> Result<crate::statistics::ClusteredProportion, NotEstimable> {
    let flagged: Vec<bool> = group.score.iter().map(|score| *score >= 0.5).collect();
    metrics::proportion(of, &group.y, &flagged, Some(&group.patient))
}

fn shares(group: &Group, put: &mut impl FnMut(&str, Result<f64, NotEstimable>)) {
    for (name, of) in SHARES {
        let value = share(group, of);
        let mut each = |number: &str, of: Result<f64, NotEstimable>| {
            put(&format!("{name}.{number}"), of);
        };
        each("estimate", value.clone().map(|value| value.estimate));
        each("se", value.clone().map(|value| value.standard_error));
        let none = || NotEstimable::Other("no design effect".to_owned());
        each(
            "deff",
            value
                .clone()
                .and_then(|value| value.design_effect.ok_or_else(none)),
        );
        let limits = value.and_then(|value| value.wilson(0.95));
        each("wilson_lower", limits.clone().map(|limits| limits.lower));
        each("wilson_upper", limits.map(|limits| limits.upper));
    }
}

fn area(group: &Group, put: &mut impl FnMut(&str, Result<f64, NotEstimable>)) {
    let found = metrics::auroc(&group.y, &group.score, Some(&group.patient));
    let root = |variance: Option<f64>| {
        variance
            .map(f64::sqrt)
            .ok_or_else(|| NotEstimable::Other("no variance".to_owned()))
    };
    put("auroc.estimate", found.clone().map(|area| area.estimate));
    let delong = found.clone().and_then(|area| root(area.variance_delong));
    put("auroc.se_delong", delong);
    let clustered = found
        .clone()
        .and_then(|area| root(area.variance_obuchowski));
    put("auroc.se_obuchowski", clustered);
    let limits = found.and_then(|area| area.interval(AurocMethod::Logit, 0.95));
    put(
        "auroc.logit_lower",
        limits.clone().map(|(limits, _)| limits.lower),
    );
    put("auroc.logit_upper", limits.map(|(limits, _)| limits.upper));
}

fn calibration(group: &Group, put: &mut impl FnMut(&str, Result<f64, NotEstimable>)) {
    let (y, p, patient) = (&group.y[..], &group.score[..], Some(&group.patient[..]));
    let mut scaled = |name: &str, of: Result<ScaledEstimate, NotEstimable>| {
        put(
            &format!("{name}.estimate"),
            of.clone().map(|of| of.estimate),
        );
        put(
            &format!("{name}.se"),
            of.clone().map(|of| of.standard_error),
        );
        let limits = of.and_then(|of| of.interval(0.95));
        put(
            &format!("{name}.lower"),
            limits.clone().map(|limits| limits.lower),
        );
        put(&format!("{name}.upper"), limits.map(|limits| limits.upper));
    };
    let slope = metrics::calibration_slope(y, p, None, patient);
    scaled("calibration_slope", slope.map(|slope| slope.value));
    let intercept = metrics::calibration_intercept(y, p, None, patient);
    scaled(
        "calibration_intercept",
        intercept.map(|intercept| intercept.value),
    );
    scaled("oe_ratio", metrics::observed_expected(y, p, patient));
    scaled("brier", metrics::brier(y, p, patient));
    let benefit = metrics::net_benefit(y, p, patient, 0.3);
    scaled("net_benefit", benefit.clone().map(|benefit| benefit.model));
    let none = || NotEstimable::Empty("positives");
    scaled(
        "net_benefit_standardised",
        benefit.and_then(|benefit| benefit.standardised.ok_or_else(none)),
    );
    let test = metrics::spiegelhalter(y, p, patient);
    put("spiegelhalter.z", test.clone().map(|test| test.z));
    put(
        "spiegelhalter.z_cluster",
        test.clone().map(|test| test.z_cluster),
    );
    put("spiegelhalter.p_cluster", test.map(|test| test.p_cluster));
    put(
        "ece_width.estimate",
        metrics::expected_calibration_error(y, p, &Bins::Width(10)),
    );
}

/// Two sites that share no patient.
fn between(a: &Group, b: &Group, found: &mut Found) {
    for (name, of) in SHARES {
        let difference =
            share(a, of).and_then(|own| Ok(ProportionDifference::disjoint(own, share(b, of)?)));
        let limits = difference.clone().and_then(|of| of.interval(0.95));
        for (number, value) in [
            ("estimate", difference.map(|of| of.estimate())),
            ("lower", limits.clone().map(|limits| limits.lower)),
            ("upper", limits.map(|limits| limits.upper)),
        ] {
            found.insert(format!("A-B.{name}.{number}"), said(value));
        }
    }
    let area = |group: &Group| metrics::auroc(&group.y, &group.score, None);
    let difference = area(a).and_then(|own| Ok(AurocDifference::disjoint(own, area(b)?)));
    let none = || NotEstimable::Other("the areas do not vary".to_owned());
    let number = |of: &dyn Fn(&AurocDifference) -> Option<f64>| {
        said(
            difference
                .clone()
                .and_then(|found| of(&found).ok_or_else(none)),
        )
    };
    let key = "A-B.welch_delong";
    found.insert(
        format!("{key}.statistic"),
        number(&AurocDifference::statistic),
    );
    found.insert(format!("{key}.df"), number(&|found| found.df));
    found.insert(
        format!("{key}.p"),
        number(&|found| found.p_two_sided().ok()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clustered_numbers_are_those_of_other_packages() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(
            wrong.is_empty(),
            "{} of {}: {wrong:#?}",
            wrong.len(),
            facts.len()
        );
        assert!(facts.len() > 150, "{}", facts.len());
    }
}
