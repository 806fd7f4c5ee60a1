//! Facts about a made-up cohort of 240 samples and a family of p-values, worked out by
//! `fixtures/make_outside_numbers.py` with scipy, statsmodels and scikit-learn.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::calculation::{Counts, DiagnosticCounts, adjusted, diagnostic, proportion};
use crate::metrics::{
    self, Auroc, AurocMethod, ConfusionCounts, CurveMetric, MatrixMetric, on_curve,
    standardised_partial_area,
};
use crate::statistics::{self, NotEstimable};

use super::facts_of_scores::said;
use super::{Fact, field, limits};

const TEXT: &str = include_str!("../../fixtures/outside/numbers.json");
const STATSMODELS: &str = "own counts, statsmodels 0.15.0";
const P_VALUES: &str = "own reading of published p-values, statsmodels 0.15.0";
const SCIKIT_LEARN: &str = "own sample of 240, scikit-learn 1.9.1";
const REGRESSION: &str = "own sample of 240, statsmodels 0.15.0";
const GRADIENT: &str = "own counts, delta method with a numerical gradient, numpy 2.4.6";
const SOLVED: &str = "own areas, its equation solved by scipy 1.17.1";
const RATIO: &str = "own sample, linearised ratio over patients, numpy 2.4.6";
const SCIPY: &str = "own arguments, scipy 1.17.1";

/// True positives, false negatives, false positives, true negatives, prevalence, PPV and NPV with
/// their limits.
type PredictiveCase = (u64, u64, u64, u64, f64, [f64; 3], [f64; 3]);

#[derive(Deserialize)]
struct Stored {
    y: Vec<u8>,
    score: Vec<f64>,
    patient: Vec<u32>,
    p: Vec<f64>,
    proportion: BTreeMap<String, Vec<(u64, u64, f64, f64)>>,
    adjusted: BTreeMap<String, Vec<f64>>,
    matrix: BTreeMap<String, f64>,
    ranking: BTreeMap<String, f64>,
    recalibration: BTreeMap<String, f64>,
    smooth: BTreeMap<String, f64>,
    predictive: Vec<PredictiveCase>,
    newcombe_5: Vec<[f64; 5]>,
    net_benefit: BTreeMap<String, [f64; 2]>,
    distributions: BTreeMap<String, Vec<Vec<f64>>>,
}

pub(super) fn all() -> Vec<Fact> {
    let stored: Stored = match serde_json::from_str(TEXT) {
        Ok(stored) => stored,
        Err(why) => {
            let got = Err(format!("the stored numbers cannot be read: {why}"));
            let case = "the stored numbers".to_owned();
            return vec![Fact::new("numbers", STATSMODELS, case, (0.0, 0.0), got)];
        }
    };
    let mut facts = Vec::new();
    counts(&stored, &mut facts);
    families(&stored, &mut facts);
    for (method, number, source, expected, digits, got) in of_samples(&stored) {
        let case = format!("240 samples of 120 patients, {number}");
        let expected = (expected, digits * expected.abs());
        facts.push(Fact::new(method, source, case, expected, got));
    }
    predictive(&stored, &mut facts);
    areas(&stored, &mut facts);
    benefits(&stored, &mut facts);
    distributions(&stored, &mut facts);
    facts
}

fn counts(stored: &Stored, facts: &mut Vec<Fact>) {
    for (method, cases) in &stored.proportion {
        for (events, trials, lower, upper) in cases {
            let (events, trials) = (*events, *trials);
            let found = proportion(Counts { events, trials }, 0.95);
            let case = format!("{events}/{trials}");
            let expected = [*lower, *upper];
            limits(facts, &found, method, (STATSMODELS, &case), expected, 1e-10);
        }
    }
}

fn families(stored: &Stored, facts: &mut Vec<Fact>) {
    let found = adjusted(&stored.p);
    for (method, expected) in &stored.adjusted {
        for (place, (entry, expected)) in found.iter().zip(expected).enumerate() {
            facts.push(Fact::new(
                method,
                P_VALUES,
                format!("15 p-values, number {}, adjusted", place + 1),
                (*expected, 1e-12),
                field(&found, &entry.id, method),
            ));
        }
    }
}

/// Method, which number of it, source, the number, relative tolerance, ours.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    f64,
    f64,
    Result<f64, String>,
);

fn of_samples(stored: &Stored) -> Vec<Row> {
    let y: Vec<bool> = stored.y.iter().map(|y| *y == 1).collect();
    let (score, patient) = (&stored.score[..], &stored.patient[..]);
    let mut rows: Vec<Row> = Vec::new();
    let mut put = |method: &'static str,
                   number: &'static str,
                   (source, of): (&'static str, &BTreeMap<String, f64>),
                   (key, digits): (&str, f64),
                   got: Result<f64, String>| {
        // A number that is not stored agrees with nothing.
        let expected = of.get(key).copied().unwrap_or(f64::INFINITY);
        rows.push((method, number, source, expected, digits, got));
    };
    let flagged: Vec<bool> = score.iter().map(|score| *score >= 0.5).collect();
    let table = ConfusionCounts::of(&y, &flagged);
    let of = (SCIKIT_LEARN, &stored.matrix);
    for metric in MatrixMetric::ALL {
        let got = metric.value(&table).ok_or_else(|| "no value".to_owned());
        put(metric.id(), "estimate", of, (metric.id(), 1e-12), got);
    }
    let of = (SCIKIT_LEARN, &stored.ranking);
    let area = metrics::auroc(&y, score, None).map(|area| area.estimate);
    put("auroc", "estimate", of, ("auroc", 1e-12), said(area));
    let precision = metrics::average_precision(&y, score, None).map(|found| found.estimate);
    let key = "average_precision";
    put(key, "estimate", of, (key, 1e-12), said(precision));
    let partial = CurveMetric::PartialArea {
        specificity_from: 0.8,
    };
    let partial = on_curve(partial, &y, score, None, 0.95, 10, 1)
        .map(|found| standardised_partial_area(found.estimate, 0.8));
    put(
        "partial_auroc",
        "from specificity 0.8 on, standardised",
        of,
        ("standardised_partial_area", 1e-12),
        said(partial),
    );
    put(
        "xauc",
        "positives below 0.6 against negatives from 0.4 on",
        of,
        ("xauc", 1e-12),
        said(across(&y, score, patient)),
    );
    let brier = metrics::brier(&y, score, None).map(|found| found.estimate);
    put("brier", "estimate", of, ("brier", 1e-12), said(brier));
    let scaled = metrics::scaled_brier(&y, score, None).map(|found| found.estimate);
    put(
        "scaled_brier",
        "estimate",
        of,
        ("scaled_brier", 1e-10),
        said(scaled),
    );
    let of = (REGRESSION, &stored.recalibration);
    let slope = said(metrics::calibration_slope(&y, score, None, Some(patient)));
    let intercept = said(metrics::calibration_intercept(
        &y,
        score,
        None,
        Some(patient),
    ));
    for (number, key, found) in [
        ("slope", "slope", &slope),
        ("intercept", "intercept", &intercept),
    ] {
        let got = found.clone().map(|found| found.value.estimate);
        put("cluster_sandwich", number, of, (key, 1e-8), got);
    }
    let error = slope.clone().map(|slope| slope.value.standard_error);
    let number = "standard error of the slope over patients";
    put(
        "cluster_sandwich",
        number,
        of,
        ("slope_se_cluster", 1e-7),
        error,
    );
    let number = "standard error of the slope, samples independent";
    let error = slope.map(|slope| slope.se_model);
    put(
        "cluster_sandwich",
        number,
        of,
        ("slope_se_model", 1e-7),
        error,
    );
    let number = "standard error of the intercept over patients";
    let error = intercept.map(|intercept| intercept.value.standard_error);
    put(
        "cluster_sandwich",
        number,
        of,
        ("intercept_se_cluster", 1e-7),
        error,
    );
    let of = (REGRESSION, &stored.smooth);
    let curve = metrics::smooth_calibration(&y, score, None, Some(patient));
    let curve = said(curve).map(|curve| curve.distances);
    for key in ["ici", "e50", "e90", "emax"] {
        let got = curve.clone().map(|of| match key {
            "ici" => of.ici,
            "e50" => of.e50,
            "e90" => of.e90,
            _ => of.emax,
        });
        put("smooth_calibration", key, of, (key, 1e-6), got);
    }
    rows
}

fn across(y: &[bool], score: &[f64], patient: &[u32]) -> Result<f64, NotEstimable> {
    let group = |keep: &dyn Fn(f64) -> bool| {
        let rows: Vec<usize> = (0..y.len()).filter(|row| keep(score[*row])).collect();
        (
            rows.iter().map(|row| y[*row]).collect::<Vec<_>>(),
            rows.iter().map(|row| score[*row]).collect::<Vec<_>>(),
            rows.iter().map(|row| patient[*row]).collect::<Vec<_>>(),
        )
    };
    let (first, second) = (group(&|score| score < 0.6), group(&|score| score >= 0.4));
    metrics::xauc(
        (&first.0, &first.1, Some(&first.2)),
        (&second.0, &second.1, Some(&second.2)),
    )
    .map(|found| found.estimate)
}

/// Predictive values where a share of 1%, 5% or 10% is ill.
fn predictive(stored: &Stored, facts: &mut Vec<Fact>) {
    for (tp, fn_, fp, tn, at, ppv, npv) in &stored.predictive {
        let counts = DiagnosticCounts {
            true_positive: *tp,
            false_positive: *fp,
            false_negative: *fn_,
            true_negative: *tn,
        };
        let found = diagnostic(counts, &[*at], 0.95);
        for (id, numbers) in [("ppv_at_prevalence", ppv), ("npv_at_prevalence", npv)] {
            for (name, expected) in ["estimate", "lower", "upper"].into_iter().zip(numbers) {
                facts.push(Fact::new(
                    "mercaldo_logit",
                    GRADIENT,
                    format!("{id} {at} of {tp}, {fp}, {fn_}, {tn} (tp, fp, fn, tn), {name}"),
                    (*expected, 1e-9),
                    field(&found, id, name),
                ));
            }
        }
    }
}

fn areas(stored: &Stored, facts: &mut Vec<Fact>) {
    for [estimate, m, n, lower, upper] in &stored.newcombe_5 {
        let (n_positive, n_negative) = (*m as u64, *n as u64);
        let area = Auroc {
            estimate: *estimate,
            n_positive,
            n_negative,
            n_clusters: n_positive + n_negative,
            variance_delong: None,
            variance_obuchowski: None,
            n_effective: (*m, *n),
            n_patients: (n_positive, n_negative),
            few_carriers: false,
        };
        let found = said(area.interval(AurocMethod::Newcombe5, 0.95)).map(|found| found.0);
        for (name, expected) in [("lower", *lower), ("upper", *upper)] {
            let got = found.clone().map(|limits| match name {
                "lower" => limits.lower,
                _ => limits.upper,
            });
            let case = format!("{estimate} of {m} positives and {n} negatives, {name} limit");
            facts.push(Fact::new("newcombe_5", SOLVED, case, (expected, 1e-9), got));
        }
    }
}

/// Four patients of 2, 2, 1 and 1 samples.
fn benefits(stored: &Stored, facts: &mut Vec<Fact>) {
    let y = [true, false, true, false, false, true];
    let p = [0.9, 0.4, 0.2, 0.1, 0.6, 0.7];
    let found = said(metrics::net_benefit(
        &y,
        &p,
        Some(&[0, 0, 1, 1, 2, 3]),
        0.25,
    ));
    for (key, expected) in &stored.net_benefit {
        let value = found.clone().and_then(|of| match key.as_str() {
            "net_benefit" => Ok(of.model),
            "net_benefit_treat_all" => Ok(of.treat_all),
            _ => of.standardised.ok_or_else(|| "no value".to_owned()),
        });
        for (name, expected) in ["estimate", "standard error"].into_iter().zip(expected) {
            let got = value.clone().map(|value| match name {
                "estimate" => value.estimate,
                _ => value.standard_error,
            });
            let case = format!("six samples of four patients, threshold 1/4, {key}, {name}");
            facts.push(Fact::new(
                "net_benefit",
                RATIO,
                case,
                (*expected, 1e-12),
                got,
            ));
        }
    }
}

fn distributions(stored: &Stored, facts: &mut Vec<Fact>) {
    for (name, rows) in &stored.distributions {
        for row in rows {
            let got = match (name.as_str(), &row[..]) {
                ("t_quantile", [p, df, _]) => Ok(statistics::t_quantile(*p, *df)),
                ("beta_quantile", [p, a, b, _]) => Ok(statistics::beta_quantile(*p, *a, *b)),
                ("chi_squared_sf", [x, df, _]) => Ok(statistics::chi_squared_sf(*x, *df)),
                ("f_sf", [x, one, two, _]) => Ok(statistics::f_sf(*x, *one, *two)),
                ("normal_quantile", [p, _]) => Ok(statistics::normal_quantile(*p)),
                _ => Err(format!("nothing here computes {name}")),
            };
            let (expected, given) = row.split_last().map_or((0.0, &row[..]), |(e, g)| (*e, g));
            let given: Vec<String> = given.iter().map(f64::to_string).collect();
            facts.push(Fact::new(
                "distributions",
                SCIPY,
                format!("{name} of {}", given.join(", ")),
                (expected, 1e-10 * expected.abs()),
                got,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_scipy_statsmodels_and_scikit_learn() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(facts.len() > 100, "{}", facts.len());
    }

    #[test]
    fn sources_are_those_of_the_file() {
        let stored: serde_json::Value = serde_json::from_str(TEXT).unwrap();
        for (source, package) in [
            (STATSMODELS, "statsmodels"),
            (P_VALUES, "statsmodels"),
            (REGRESSION, "statsmodels"),
            (SCIKIT_LEARN, "scikit-learn"),
            (SCIPY, "scipy"),
            (SOLVED, "scipy"),
            (GRADIENT, "numpy"),
            (RATIO, "numpy"),
        ] {
            let version = stored["versions"][package].as_str().unwrap();
            assert!(
                source.ends_with(&format!("{package} {version}")),
                "{source}"
            );
        }
    }
}
