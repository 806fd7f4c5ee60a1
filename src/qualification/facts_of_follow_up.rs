//! Facts about times to an event: a textbook's curve, and made-up follow-up that R's survival,
//! scikit-survival and lifelines were given too.

use serde::Deserialize;

use crate::metrics::survival::{
    KaplanMeier, area_at, brier_at, harrell_c, observed_risk_at, uno_c,
};
use crate::statistics::{Influenced, NotEstimable};

use super::Fact;
use super::facts_of_outcomes::{in_full, stored, uncorrected};
use super::facts_of_scores::said;

const DIGITS: f64 = 1e-10;
const PYTHON: &str = "own follow-up, scikit-survival 0.28.0, lifelines 0.30.3";
const R: &str = "own follow-up, R 4.2.2, survival 3.5.3";

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    remission(&mut facts);
    follow_up(&mut facts);
    facts
}

/// Months of remission under 6-mercaptopurine.
fn remission(facts: &mut Vec<Fact>) {
    const SOURCE: &str = "Freireich et al. 1963, 6-mercaptopurine arm, as in many textbooks";
    const TIME: [f64; 21] = [
        6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0, 6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0,
        25.0, 32.0, 32.0, 34.0, 35.0,
    ];
    const EVENTS: usize = 9;
    let event: Vec<bool> = (0..TIME.len()).map(|place| place < EVENTS).collect();
    let curve = said(KaplanMeier::new(&TIME, &event));
    for (months, expected) in [
        (6.0, 0.857),
        (7.0, 0.807),
        (10.0, 0.753),
        (13.0, 0.690),
        (16.0, 0.627),
        (22.0, 0.538),
        (23.0, 0.448),
    ] {
        let got = curve.as_ref().map_err(Clone::clone).and_then(|curve| {
            curve
                .at(months)
                .ok_or_else(|| "nobody is followed so long".to_owned())
        });
        facts.push(Fact::new(
            "observed_risk",
            SOURCE,
            format!("21 patients, in remission beyond {months} months"),
            (expected, 6e-4),
            got,
        ));
    }
}

#[derive(Deserialize)]
struct FollowUp {
    name: String,
    time: Vec<f64>,
    event: Vec<u8>,
    score: Vec<f64>,
    risk: Vec<f64>,
    patient: Vec<u32>,
    horizon: f64,
    tau: f64,
    harrell: f64,
    survival_at_horizon: f64,
    uno_all_pairs: f64,
    area_all_pairs: f64,
    brier_all_pairs: f64,
    uno: f64,
    area: f64,
    brier: f64,
}

#[derive(Deserialize)]
struct ByR {
    name: String,
    harrell: f64,
    harrell_error: f64,
    harrell_error_clustered: f64,
    uno: f64,
    survival: f64,
    survival_error_robust: f64,
    survival_error_clustered: f64,
}

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

fn follow_up(facts: &mut Vec<Fact>) {
    let text = include_str!("../../fixtures/outcomes/survival.json");
    let Some(python) = stored::<Cases<FollowUp>>(facts, PYTHON, text) else {
        return;
    };
    let text = include_str!("../../fixtures/outcomes/concordance.json");
    let Some(r) = stored::<Cases<ByR>>(facts, R, text) else {
        return;
    };
    for of in &python.cases {
        let by_r = r.cases.iter().find(|by_r| by_r.name == of.name);
        case(facts, of, by_r);
    }
}

fn case(facts: &mut Vec<Fact>, of: &FollowUp, by_r: Option<&ByR>) {
    let event: Vec<bool> = of.event.iter().map(|event| *event == 1).collect();
    let patient = Some(of.patient.as_slice());
    let kind = match of.name.as_str() {
        "tied" => "tied times and scores",
        _ => "no ties",
    };
    let mut put = |(method, what): (&str, &str),
                   source: &'static str,
                   expected: f64,
                   got: Result<f64, NotEstimable>| {
        let case = format!("{} samples, {kind}, {what}", of.time.len());
        let expected = in_full(expected, DIGITS);
        facts.push(Fact::new(method, source, case, expected, said(got)));
    };
    let estimate = |found: &Result<Influenced, NotEstimable>| found.clone().map(|f| f.estimate);
    let error = |found: &Result<Influenced, NotEstimable>, patient: Option<&[u32]>| {
        let found = found.clone();
        found.map(|found| uncorrected(&found, patient))
    };
    let harrell = harrell_c(&of.time, &event, &of.score);
    let uno = uno_c(&of.time, &event, &of.score, of.tau);
    let area = area_at(&of.time, &event, &of.score, of.horizon);
    let brier = brier_at(&of.time, &event, &of.risk, of.horizon);
    let observed = observed_risk_at(&of.time, &event, of.horizon);
    let event_free = || estimate(&observed).map(|risk| 1.0 - risk);

    let name = ("harrell_c", "estimate");
    put(name, PYTHON, of.harrell, estimate(&harrell));
    let name = ("observed_risk", "share without event at the horizon");
    put(name, PYTHON, of.survival_at_horizon, event_free());
    for (method, found, by_definition, printed) in [
        ("uno_c", &uno, of.uno_all_pairs, of.uno),
        ("auroc_at_horizon", &area, of.area_all_pairs, of.area),
        ("brier_at_horizon", &brier, of.brier_all_pairs, of.brier),
    ] {
        // With tied times scikit-survival takes the probability of being uncensored up to and
        // including a time, the formulas and R that before it.
        if of.name == "tied" {
            const SOURCE: &str = "own follow-up, its definition over all pairs, numpy";
            put((method, "estimate"), SOURCE, by_definition, estimate(found));
        } else {
            put((method, "estimate"), PYTHON, printed, estimate(found));
        }
    }
    let Some(by_r) = by_r else {
        return;
    };
    const ALONE: &str = "standard error, samples by themselves";
    const CLUSTERED: &str = "standard error, patients as clusters";
    for (method, what, expected, got) in [
        ("harrell_c", "estimate", by_r.harrell, estimate(&harrell)),
        (
            "harrell_c",
            ALONE,
            by_r.harrell_error,
            error(&harrell, None),
        ),
        (
            "harrell_c",
            CLUSTERED,
            by_r.harrell_error_clustered,
            error(&harrell, patient),
        ),
        ("uno_c", "estimate", by_r.uno, estimate(&uno)),
        (
            "observed_risk",
            "share without event at the horizon",
            by_r.survival,
            event_free(),
        ),
        (
            "observed_risk",
            ALONE,
            by_r.survival_error_robust,
            error(&observed, None),
        ),
        (
            "observed_risk",
            CLUSTERED,
            by_r.survival_error_clustered,
            error(&observed, patient),
        ),
    ] {
        put((method, what), R, expected, got);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn numbers_of_follow_up() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(facts.len(), 7 + 2 * 12);
    }

    /// The packages that the sources name are those that made the files.
    #[test]
    fn sources_of_follow_up_are_those_of_the_files() {
        for (source, text) in [
            (
                PYTHON,
                include_str!("../../fixtures/outcomes/survival.json"),
            ),
            (R, include_str!("../../fixtures/outcomes/concordance.json")),
        ] {
            let file: Value = serde_json::from_str(text).unwrap();
            let made_by = file["made_by"].as_str().unwrap();
            assert!(source.ends_with(made_by), "{source} {made_by}");
        }
    }
}
