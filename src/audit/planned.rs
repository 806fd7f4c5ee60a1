//! What is known before the model runs: who is in the audit, and what its gate could show.

use serde::Serialize;

use crate::cohort::{Cohort, LoadedCohort, Strata, Truth, crossings, task_truths};
use crate::config::{
    Audit, ChosenOn, Compare, Diagnostic, GatedMetric, Relation, Rule, SourceText, ThresholdRule,
};
use crate::disclosure::{Hidden, Scored, hidden_strata};
use crate::gate::{self, Chances, Selected, asked_of_nobody, select};
use crate::inference::Predictions;
use crate::statistics;

use super::finish::Started;
use super::model::Ready;
use super::{model_inputs, units};

/// What `check` found.
#[derive(Debug)]
pub struct Plan {
    /// Id of the audit.
    pub id: String,
    /// What the model takes and gives, one line each; `None` without a model.
    pub model: Option<Vec<String>>,
    /// From rows to samples.
    pub flow: Vec<PlannedStep>,
    /// Endpoints whose threshold is chosen, and by which samples.
    pub tuning: Vec<PlannedThreshold>,
    /// Sizes of all groups.
    pub strata: Vec<PlannedStratum>,
    /// What each requirement could detect.
    pub checks: Vec<PlannedCheck>,
    /// Chances of its verdicts; `None` without `gate.assume`.
    pub chances: Option<Chances>,
    /// Whether there is a gate that could have chances.
    pub gated: bool,
    /// Page with `--preview`'s pictures; `None` where none was asked for.
    pub preview: Option<std::path::PathBuf>,
    /// Warnings and notes.
    pub warnings: Vec<Diagnostic>,
    /// The audit file's text.
    pub source: SourceText,
}

/// One step of the flow.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedStep {
    /// In words.
    pub description: String,
    /// Samples taken away.
    pub removed: u64,
    /// Samples left.
    pub remaining: u64,
    /// Patients left.
    pub remaining_patients: u64,
}

/// One endpoint whose threshold is chosen.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedThreshold {
    /// Endpoint.
    pub endpoint: String,
    /// `youden`, `target_sensitivity` or `target_specificity`.
    pub rule: &'static str,
    /// What must be reached; null for Youden.
    pub target: Option<f64>,
    /// `tuning` or `nested`.
    pub on: &'static str,
    /// Samples with a known truth that choose.
    pub n: u64,
    /// Patients.
    pub n_patients: u64,
    /// Reference positives.
    pub n_positive: u64,
    /// Reference negatives.
    pub n_negative: u64,
}

/// One group.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedStratum {
    /// Endpoint.
    pub endpoint: String,
    /// `attribute=level`, or `overall`.
    pub name: String,
    /// Samples with a known truth; null, like all numbers of it, where the group is withheld.
    pub n: Option<u64>,
    /// Patients.
    pub n_patients: Option<u64>,
    /// Reference positives; null also where the endpoint has a task.
    pub n_positive: Option<u64>,
    /// Reference negatives; null also where the endpoint has a task.
    pub n_negative: Option<u64>,
}

/// One requirement in one group.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedCheck {
    /// `rule attribute=level`.
    pub name: String,
    /// Samples in the denominator; null where the group is withheld.
    pub n_class: Option<u64>,
    /// The true value from which on it would most likely pass, for a floor or a ceiling; the
    /// smallest true gap that would most likely be seen, for a difference. Null when nothing would.
    pub value: Option<f64>,
    /// In words.
    pub detectable: String,
}

/// Power at which detectable values are given.
const POWER: f64 = 0.8;

/// Groups that would be withheld if every sample had a score.
pub(super) fn hidden_before_run(audit: &Audit, samples: &Cohort, units: &Cohort) -> Hidden {
    let everything = |cohort| Scored {
        cohort,
        is_scored: &|_| true,
    };
    hidden_strata(audit, everything(samples), everything(units), &|_| None)
}

/// Chances of the gate's verdicts, on the units that are measured.
pub(super) fn chances(started: &Started, cohort: &Cohort) -> Option<Chances> {
    let unscored = Predictions::unscored(Vec::new(), false, cohort.len());
    // Units that cannot be joined were refused when the cohort was read.
    let (joined, _) = units::units(&started.audit, cohort, &unscored).ok()?;
    let hidden = hidden_before_run(&started.audit, cohort, &joined);
    gate::chances(&started.audit, &joined, &hidden, &started.baselines)
}

pub(super) fn plan(
    started: Started,
    loaded: &LoadedCohort,
    ready: Option<&Ready>,
    chances: Option<Chances>,
) -> Plan {
    let cohort = &loaded.cohort;
    let strata = crossings(cohort, &started.audit.intersections);
    let hidden = hidden_before_run(&started.audit, cohort, cohort);
    let flow = cohort
        .flow
        .iter()
        .take_while(|step| !hidden.is_small(step.remaining_patients))
        .map(|step| PlannedStep {
            description: step.description.clone(),
            removed: step.removed,
            remaining: step.remaining,
            remaining_patients: step.remaining_patients,
        })
        .collect();
    Plan {
        id: started.audit.id.clone(),
        model: ready.map(describe),
        flow,
        tuning: choosing(&started.audit, loaded),
        strata: sizes(&started.audit, cohort, &strata, &hidden),
        checks: checks(&started.audit, cohort, &strata, &hidden),
        chances,
        gated: started.audit.gate.is_some(),
        preview: None,
        warnings: started.warnings,
        source: started.source,
    }
}

fn describe(ready: &Ready) -> Vec<String> {
    let signature = ready.model().signature();
    let mut lines = vec![format!("engine   {}", ready.engine_name())];
    lines.extend(
        signature
            .inputs
            .iter()
            .map(|port| format!("takes    {port}")),
    );
    lines.extend(
        signature
            .outputs
            .iter()
            .map(|port| format!("gives    {port}")),
    );
    lines.extend(
        model_inputs::summary(ready)
            .iter()
            .flat_map(|input| input.lines())
            .map(|line| format!("feeds    {line}")),
    );
    lines.extend(
        ready
            .steps()
            .into_iter()
            .map(|step| format!("step     {step}")),
    );
    lines.push(format!("scores   {}", ready.head.names.join(", ")));
    lines
}

fn count(
    cohort: &Cohort,
    endpoint: usize,
    strata: &Strata,
    level: usize,
    wanted: impl Fn(Truth) -> bool,
) -> u64 {
    (0..cohort.len())
        .filter(|sample| {
            usize::from(strata.codes[*sample]) == level && wanted(cohort.truth[endpoint][*sample])
        })
        .count() as u64
}

fn choosing(audit: &Audit, loaded: &LoadedCohort) -> Vec<PlannedThreshold> {
    let mut planned = Vec::new();
    for (place, endpoint) in audit.endpoints.iter().enumerate() {
        let Some(chosen) = endpoint.threshold.chosen() else {
            continue;
        };
        let (cohort, on) = match (&loaded.tuning, chosen.on) {
            (Some(split), ChosenOn::Tuning) => (&split.cohort, "tuning"),
            _ => (&loaded.cohort, "nested"),
        };
        let truth = &cohort.truth[place];
        let count = |class: Truth| truth.iter().filter(|truth| **truth == class).count() as u64;
        let (rule, target) = match chosen.rule {
            ThresholdRule::Youden => ("youden", None),
            ThresholdRule::TargetSensitivity(value) => ("target_sensitivity", Some(value)),
            ThresholdRule::TargetSpecificity(value) => ("target_specificity", Some(value)),
        };
        let (n_positive, n_negative) = (count(Truth::Positive), count(Truth::Negative));
        planned.push(PlannedThreshold {
            endpoint: endpoint.name.value.clone(),
            rule,
            target,
            on,
            n: n_positive + n_negative,
            n_patients: cohort.count_patients(|sample| truth[sample] != Truth::Indeterminate),
            n_positive,
            n_negative,
        });
    }
    planned
}

fn sizes(
    audit: &Audit,
    cohort: &Cohort,
    strata: &[Strata],
    hidden: &Hidden,
) -> Vec<PlannedStratum> {
    let mut sizes = Vec::new();
    for (endpoint, declared) in audit.endpoints.iter().enumerate() {
        for one in strata {
            for level in 0..one.levels.len() {
                let known = |sample: usize| {
                    usize::from(one.codes[sample]) == level
                        && cohort.truth[endpoint][sample] != Truth::Indeterminate
                };
                let withheld =
                    hidden.holds(&declared.name.value, &one.attribute, &one.levels[level]);
                let samples = |wanted: &dyn Fn(Truth) -> bool| {
                    (!withheld).then(|| count(cohort, endpoint, one, level, wanted))
                };
                sizes.push(PlannedStratum {
                    endpoint: declared.name.value.clone(),
                    name: name(one, level),
                    n: samples(&|truth| truth != Truth::Indeterminate),
                    n_patients: (!withheld).then(|| cohort.count_patients(known)),
                    n_positive: samples(&|truth| truth == Truth::Positive),
                    n_negative: samples(&|truth| truth == Truth::Negative),
                });
            }
        }
    }
    for (declared, truth) in audit
        .tasks
        .iter()
        .zip(task_truths(audit, cohort, &|_| None))
    {
        let known: Vec<bool> = (0..cohort.len())
            .map(|sample| truth.classes.iter().any(|class| class[sample]))
            .collect();
        for one in strata {
            for (level, text) in one.levels.iter().enumerate() {
                let inside =
                    |sample: usize| usize::from(one.codes[sample]) == level && known[sample];
                let withheld = hidden.holds(&declared.name.value, &one.attribute, text);
                let n = (0..cohort.len()).filter(|sample| inside(*sample)).count() as u64;
                sizes.push(PlannedStratum {
                    endpoint: declared.name.value.clone(),
                    name: name(one, level),
                    n: (!withheld).then_some(n),
                    n_patients: (!withheld).then(|| cohort.count_patients(inside)),
                    n_positive: None,
                    n_negative: None,
                });
            }
        }
    }
    sizes
}

fn name(strata: &Strata, level: usize) -> String {
    if strata.parts.is_empty() {
        "overall".to_owned()
    } else {
        format!("{}={}", strata.attribute, strata.levels[level])
    }
}

fn checks(audit: &Audit, cohort: &Cohort, strata: &[Strata], hidden: &Hidden) -> Vec<PlannedCheck> {
    let Some(gate) = &audit.gate else {
        return Vec::new();
    };
    let mut planned = Vec::new();
    for rule in gate.families.iter().flat_map(|family| &family.rules) {
        for (endpoint, declared) in audit.endpoints.iter().enumerate() {
            if rule
                .endpoint
                .as_ref()
                .is_some_and(|only| only.value != declared.name.value)
            {
                continue;
            }
            let nobody = asked_of_nobody(audit, rule, strata).into_iter();
            planned.extend(nobody.map(|(selected, reason)| PlannedCheck {
                name: format!("{} {}", rule.id.value, selected.strata.attribute),
                n_class: Some(0),
                value: None,
                detectable: format!("cannot be evaluated: {reason}"),
            }));
            for selected in select(rule, strata) {
                let endpoint_name = &declared.name.value;
                let attribute = &selected.strata.attribute;
                let level = selected.level_name();
                let withheld = match rule.compare {
                    Compare::Complement => {
                        hidden.holds_comparison(endpoint_name, attribute, level, "complement")
                    }
                    _ => hidden.holds(endpoint_name, attribute, level),
                };
                let check = planned_check(audit, cohort, rule, endpoint, selected);
                planned.extend(check.map(|check| {
                    if withheld {
                        PlannedCheck {
                            n_class: None,
                            value: None,
                            detectable: format!("withheld: {}", hidden.reason()),
                            ..check
                        }
                    } else {
                        check
                    }
                }));
            }
        }
    }
    planned
}

/// Samples of one class in a group, patient by patient.
fn sizes_of_patients(
    cohort: &Cohort,
    endpoint: usize,
    selected: Selected<'_>,
    class: Truth,
) -> Vec<u64> {
    let mut sizes = vec![0u64; cohort.patients.len()];
    for sample in 0..cohort.len() {
        let inside = usize::from(selected.strata.codes[sample]) == selected.level;
        if inside && cohort.truth[endpoint][sample] == class {
            sizes[cohort.patient_of[sample] as usize] += 1;
        }
    }
    sizes.retain(|size| *size > 0);
    sizes
}

/// Only sensitivity and specificity have a denominator that is known before the model runs.
/// Samples of a patient count by the design effect of the correlation that `gate.assume` declares;
/// without one they are taken as independent.
fn planned_check(
    audit: &Audit,
    cohort: &Cohort,
    rule: &Rule,
    endpoint: usize,
    selected: Selected<'_>,
) -> Option<PlannedCheck> {
    let gate = audit.gate.as_ref()?;
    let alpha = gate.alpha;
    let class = match rule.metric {
        GatedMetric::Sensitivity => Truth::Positive,
        GatedMetric::Specificity => Truth::Negative,
        _ => return None,
    };
    if rule.baseline.is_some() {
        return None;
    }
    let n = count(cohort, endpoint, selected.strata, selected.level, |truth| {
        truth == class
    });
    let name_of_endpoint = &audit.endpoints[endpoint].name.value;
    let assumed = gate
        .assume
        .as_ref()
        .map(|assume| assume.of(name_of_endpoint));
    let rho = assumed.and_then(|assumed| assumed.intracluster_correlation);
    let per_independent = match rho.filter(|_| cohort.clustered) {
        Some(rho) => statistics::cluster_design_effect(
            &sizes_of_patients(cohort, endpoint, selected, class),
            rho,
        ),
        None => 1.0,
    };
    let effective = n as f64 / per_independent;
    let sized = if per_independent > 1.0 {
        format!("n={n} (as {effective:.0} independent ones)")
    } else {
        format!("n={n}")
    };
    let metric = if class == Truth::Positive {
        "sensitivity"
    } else {
        "specificity"
    };
    let bound = rule.require.bound;
    let (value, detectable) = match (rule.compare, rule.require.relation) {
        (Compare::None, Relation::AtLeast) => {
            let value = statistics::passing_floor(effective.floor() as u64, bound, alpha, POWER);
            let words = value.map_or_else(
                || format!("{sized}: no true {metric} would pass >= {bound}; too few"),
                |value| {
                    format!("{sized}: passes >= {bound} if the true {metric} is {value:.3} or more")
                },
            );
            (value, words)
        }
        (Compare::None, _) => return None,
        _ => {
            if rule.compare != Compare::Complement {
                return None;
            }
            let others: u64 = (0..selected.strata.levels.len())
                .filter(|level| *level != selected.level && !selected.strata.holds_missing[*level])
                .map(|level| {
                    count(cohort, endpoint, selected.strata, level, |truth| {
                        truth == class
                    })
                })
                .sum();
            let declared = assumed.and_then(|assumed| match class {
                Truth::Positive => assumed.sensitivity,
                _ => assumed.specificity,
            });
            let planned = declared.unwrap_or(PLANNING_VALUE);
            let value = statistics::detectable_difference(
                effective,
                others as f64 / per_independent,
                planned,
                alpha,
                POWER,
            );
            let words = value.map_or_else(|| format!("{sized} against {others}: no gap could be detected; too few"), |value| format!("{sized} against {others}: a true gap of {value:.3} would be seen ({metric} of {planned} assumed)"));
            (value, words)
        }
    };
    Some(PlannedCheck {
        name: format!(
            "{} {}",
            rule.id.value,
            name(selected.strata, selected.level)
        ),
        n_class: Some(n),
        value,
        detectable,
    })
}

/// Sensitivity or specificity for the size of detectable gaps where `gate.assume` declares none.
const PLANNING_VALUE: f64 = 0.85;
