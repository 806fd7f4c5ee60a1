//! What a planned gate would come to if the model truly performed as assumed: the chance of each
//! verdict, by simulating audits of the cohort at hand and deciding them with the gate itself.

use std::cell::Cell;
use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::Serialize;

use crate::assessment::Assessment;
use crate::cohort::{Cohort, Strata, crossings};
use crate::config::{Audit, Date, Family, GateSpec, GatedMetric, Rule};
use crate::disclosure::Hidden;
use crate::inference::Predictions;
use crate::reproducibility::Reproducibility;

use super::assumptions::{in_words, of_probabilities, simulated_rules};
use super::evaluate::{GateInput, family_checks};
use super::joined::Joined;
use super::planned_sizes::Sizes;
use super::selection::select;
use super::simulated::Simulated;
use super::tested::Detail;
use super::{AuditVerdict, AuditedModel, Baselines, Check, NeededCounts, Verdict, outcome};

/// Simulated audits at most, and at least.
pub(super) const MOST: u64 = 1000;
const LEAST: u64 = 100;
/// Samples that are looked at in all simulated audits together: a few seconds' work.
const WORK: u64 = 100_000_000;

/// The chances of a planned gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chances {
    /// Simulated audits.
    pub replicates: u64,
    /// Largest Monte-Carlo standard error of a chance: 0.5 / sqrt(replicates).
    pub largest_standard_error: f64,
    /// Seed of the draws.
    pub seed: u64,
    /// What is assumed, one line an endpoint.
    pub assumed: Vec<String>,
    /// Of the whole audit, over the requirements that could be simulated.
    pub audit: VerdictChances,
    /// Of every simulated check, the least likely to pass first.
    pub checks: Vec<CheckChances>,
    /// Requirements that were not simulated.
    pub not_simulated: Vec<NotSimulated>,
}

/// Chances that add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct VerdictChances {
    /// The requirement is shown to be met.
    pub pass: f64,
    /// It is shown not to be met.
    pub fail: f64,
    /// Neither is shown.
    pub inconclusive: f64,
    /// It cannot be computed.
    pub not_evaluable: f64,
}

/// The chances of one check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckChances {
    /// As in `results.json`.
    pub id: String,
    /// Id of the rule.
    pub requirement: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// `complement`, a level or `baseline` for a signed difference, null for a floor.
    pub reference: Option<String>,
    /// What is required, as written.
    pub require: String,
    /// The true value that follows from what is assumed; null where the cohort's prevalence
    /// takes part in it.
    pub true_value: Option<f64>,
    /// Samples in the denominator; null, like all sizes, where the group is withheld.
    pub n_class: Option<u64>,
    /// Patients in the denominator.
    pub n_clusters: Option<u64>,
    /// Chance of each verdict.
    #[serde(flatten)]
    pub chances: VerdictChances,
    /// Monte-Carlo standard error of the chance to pass.
    pub standard_error: f64,
    /// The exact chance to pass, where there is a formula: a floor, samples independent.
    pub exact_pass: Option<f64>,
    /// Sizes at which it would pass with a chance of about 80%, smaller than the present ones where the
    /// plan has more than that; null where no size does, or no formula is known.
    pub n_needed: Option<NeededCounts>,
    /// Why it cannot be computed, where that is likely.
    pub reason: Option<String>,
}

/// A requirement whose chances are not known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotSimulated {
    /// Id of the rule.
    pub requirement: String,
    /// Endpoint.
    pub endpoint: String,
    /// Why.
    pub reason: String,
}

/// Chances of the verdicts of a gate; `None` without a gate or without `gate.assume`. The cohort
/// is the one that is measured: joined to larger units where the audit asks for that. Checks on
/// `hidden` strata are not evaluable, as they will be. Rules against a baseline take its stored results
/// as they stand.
#[must_use]
pub fn chances(
    audit: &Audit,
    cohort: &Cohort,
    hidden: &Hidden,
    baselines: &Baselines,
) -> Option<Chances> {
    let gate = audit.gate.as_ref()?;
    let assume = gate.assume.as_ref()?;
    let strata = crossings(cohort, &audit.intersections);
    let (families, not_simulated) = simulated_rules(audit, cohort, gate, assume);
    let endpoints: Vec<Simulated> = audit
        .endpoints
        .iter()
        .enumerate()
        .map(|(place, endpoint)| {
            let own = || {
                families
                    .iter()
                    .flat_map(|family| &family.rules)
                    .filter(|rule| rule.endpoint.as_ref() == Some(&endpoint.name))
            };
            let ranked = own().any(|rule| rule.metric == GatedMetric::Auroc);
            let assumed = assume.of(&endpoint.name.value);
            let asked = asked_of(own().filter(|rule| of_probabilities(rule.metric)), &strata);
            Simulated::new(audit, cohort, place, assumed, (ranked, &asked))
        })
        .collect();
    let planned = Planned {
        audit,
        cohort,
        hidden,
        gate,
        families: &families,
        strata: &strata,
        endpoints: &endpoints,
        baselines,
    };
    let replicates = planned.replicates();
    let audits: Vec<SimulatedAudit> = (0..replicates)
        .into_par_iter()
        .map(|replicate| planned.decide(replicate))
        .collect();
    Some(Chances {
        replicates,
        largest_standard_error: 0.5 / (replicates as f64).sqrt(),
        seed: audit.statistics.seed,
        assumed: audit
            .endpoints
            .iter()
            .zip(&endpoints)
            .map(|(endpoint, simulated)| {
                in_words(
                    audit,
                    cohort,
                    (endpoint, assume),
                    simulated.says_probabilities(),
                )
            })
            .collect(),
        audit: of_audits(&audits),
        checks: planned.checks(&audits),
        not_simulated,
    })
}

/// The strata that some rules look at, each once.
fn asked_of<'a, 'r>(
    rules: impl Iterator<Item = &'r Rule>,
    strata: &'a [Strata],
) -> Vec<&'a Strata> {
    let names: BTreeSet<&str> = rules
        .flat_map(|rule| select(rule, strata))
        .map(|selected| selected.strata.attribute.as_str())
        .collect();
    let own = strata.iter();
    own.filter(|one| names.contains(one.attribute.as_str()))
        .collect()
}

/// What came of one simulated audit.
struct SimulatedAudit {
    verdict: AuditVerdict,
    checks: Vec<(Verdict, f64)>,
    /// All of the first audit's checks: names and sizes are the same in every one.
    described: Vec<Check>,
}

struct Planned<'a> {
    audit: &'a Audit,
    cohort: &'a Cohort,
    hidden: &'a Hidden,
    gate: &'a GateSpec,
    families: &'a [Family],
    strata: &'a [Strata],
    endpoints: &'a [Simulated],
    baselines: &'a Baselines,
}

impl Planned<'_> {
    /// As many audits as a few seconds allow.
    fn replicates(&self) -> u64 {
        let rules = self.families.iter().flat_map(|family| &family.rules);
        let looked_at: u64 = rules
            .map(|rule| select(rule, self.strata).len() as u64 * self.cohort.len() as u64)
            .sum();
        let drawn: u64 = self.endpoints.iter().map(Simulated::work).sum();
        let looked_at = looked_at + drawn;
        (WORK / looked_at.max(1)).clamp(LEAST, MOST) / LEAST * LEAST
    }

    fn decide(&self, replicate: u64) -> SimulatedAudit {
        let measured = self
            .endpoints
            .iter()
            .map(|endpoint| {
                endpoint.draw(
                    self.audit.statistics.seed,
                    replicate,
                    self.audit.endpoints.len(),
                )
            })
            .collect();
        let joined = Joined::of_measured(measured);
        let predictions = Predictions::unscored(Vec::new(), false, 0);
        let assessment = Assessment::default();
        let reproducibility = Reproducibility::not_run("the audit is only planned");
        let input = GateInput {
            audit: self.audit,
            cohort: self.cohort,
            predictions: &predictions,
            samples: (self.cohort, &predictions),
            assessment: &assessment,
            reproducibility: &reproducibility,
            not_the_makers: None,
            hidden: self.hidden,
            // Decisions are drawn, so that no threshold is looked at.
            points: &[],
            tuning: None,
            // No waiver is asked for.
            baselines: self.baselines,
            model: AuditedModel::Unknown,
            today: Date::default(),
        };
        let checks: Vec<Check> = self
            .families
            .iter()
            .flat_map(|family| {
                family_checks(
                    &input,
                    self.gate,
                    family,
                    self.strata,
                    &joined,
                    Detail::Verdicts,
                )
            })
            .collect();
        SimulatedAudit {
            verdict: outcome(Some(self.gate), &checks, &reproducibility, &[], true).verdict,
            checks: checks
                .iter()
                .map(|check| {
                    let width = match (check.lower, check.upper) {
                        (Some(lower), Some(upper)) => upper - lower,
                        _ => 0.0,
                    };
                    (check.verdict, width)
                })
                .collect(),
            described: if replicate == 0 { checks } else { Vec::new() },
        }
    }

    /// The checks with their chances, the least likely to pass first.
    fn checks(&self, audits: &[SimulatedAudit]) -> Vec<CheckChances> {
        let described = audits.first().map_or(&[][..], |first| &first.described);
        let sizes = Sizes {
            audit: self.audit,
            gate: self.gate,
            families: self.families,
            strata: self.strata,
            endpoints: self.endpoints,
            left: Cell::new((WORK as f64, described.len())),
        };
        let mut checks: Vec<CheckChances> = described
            .iter()
            .enumerate()
            .map(|(place, check)| {
                let verdicts = audits.iter().map(|audit| audit.checks[place]);
                let chances = tally(verdicts.clone().map(|(verdict, _)| verdict));
                let widths: Vec<f64> = verdicts
                    .map(|(_, width)| width)
                    .filter(|width| *width > 0.0)
                    .collect();
                let width =
                    (!widths.is_empty()).then(|| widths.iter().sum::<f64>() / widths.len() as f64);
                let found = sizes.of(check, width, chances.pass);
                let withheld = check.n_class.is_none();
                let shown = |n: u64| (!withheld).then_some(n);
                CheckChances {
                    id: check.id.clone(),
                    requirement: check.requirement.clone(),
                    endpoint: check.endpoint.clone(),
                    metric: check.metric.clone(),
                    attribute: check.attribute.clone(),
                    level: check.level.clone(),
                    reference: check.reference.clone(),
                    require: found.require,
                    true_value: found.true_value,
                    n_class: shown(found.n_class),
                    n_clusters: shown(found.n_clusters),
                    standard_error: (chances.pass * (1.0 - chances.pass) / audits.len() as f64)
                        .sqrt(),
                    exact_pass: found.exact_pass.filter(|_| !withheld),
                    n_needed: found.n_needed.filter(|_| !withheld),
                    reason: (check.verdict == Verdict::NotEvaluable).then(|| check.reason.clone()),
                    chances,
                }
            })
            .collect();
        checks.sort_by(|a, b| a.chances.pass.total_cmp(&b.chances.pass));
        checks
    }
}

fn tally(verdicts: impl Iterator<Item = Verdict>) -> VerdictChances {
    let mut counts = [0u64; 4];
    for verdict in verdicts {
        counts[match verdict {
            Verdict::Pass => 0,
            Verdict::Fail => 1,
            Verdict::Inconclusive => 2,
            Verdict::NotEvaluable => 3,
        }] += 1;
    }
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let [pass, fail, inconclusive, not_evaluable] = counts.map(|count| count as f64 / all);
    VerdictChances {
        pass,
        fail,
        inconclusive,
        not_evaluable,
    }
}

fn of_audits(audits: &[SimulatedAudit]) -> VerdictChances {
    tally(audits.iter().map(|audit| match audit.verdict {
        AuditVerdict::Pass => Verdict::Pass,
        AuditVerdict::Fail => Verdict::Fail,
        AuditVerdict::Inconclusive => Verdict::Inconclusive,
        AuditVerdict::NotEvaluable | AuditVerdict::NoGate | AuditVerdict::Error => {
            Verdict::NotEvaluable
        }
    }))
}
