//! Rules on endpoints with a task.

use crate::assessment::{DECIDING_PATIENTS, TaskDifference, TaskMeasured, TaskQuantity};
use crate::cohort::Strata;
use crate::config::{Compare, GateSpec, Relation, Requirement, Rule};
use crate::statistics::{NotEstimable, ProportionDifference, ScaledEstimate};

use super::baseline;
use super::evaluate::{GateInput, Pending, comparison_key};
use super::joined::Joined;
use super::selection::{Selected, asked_of_nobody, reference_level, select};
use super::tested::{Basis, Tested, proportion_limits};
use super::withheld::is_withheld;

/// Checks of one rule on every endpoint with a task that has its metric.
pub(super) fn checks<'a>(
    input: &GateInput<'_>,
    gate: &GateSpec,
    rule: &'a Rule,
    strata: &'a [Strata],
    joined: &Joined<'_>,
) -> Vec<Pending<'a>> {
    let mut pending = Vec::new();
    for measured in &joined.tasks {
        for (place, metric) in measured.endpoint.metrics.iter().enumerate() {
            let name = metric.endpoint(&measured.endpoint.name);
            let asked = rule.endpoint.as_ref().is_none_or(|only| only.value == name);
            if metric.text.id != rule.metric.id() || !asked {
                continue;
            }
            for selected in select(rule, strata) {
                let is_reference = rule.compare == Compare::Reference
                    && reference_level(input.audit, &selected.strata.attribute)
                        .is_none_or(|level| level == selected.level_name());
                if !is_reference {
                    pending.push(check(input, gate, rule, &name, selected, (measured, place)));
                }
            }
            let nobody = asked_of_nobody(input.audit, rule, strata);
            pending.extend(nobody.into_iter().map(|(selected, reason)| Pending {
                rule,
                endpoint: name.clone(),
                place: None,
                selected,
                tested: Err(reason),
                sizes: (0, 0),
                missing_stratum: true,
                withheld: false,
            }));
        }
    }
    pending
}

fn check<'a>(
    input: &GateInput<'_>,
    gate: &GateSpec,
    rule: &'a Rule,
    name: &str,
    selected: Selected<'a>,
    (measured, place): (&TaskMeasured<'_>, usize),
) -> Pending<'a> {
    let samples = measured.members(selected.strata, selected.level);
    let patients: std::collections::BTreeSet<u32> =
        measured.clusters(&samples).into_iter().collect();
    let missing_stratum = !selected
        .strata
        .codes
        .iter()
        .any(|code| usize::from(*code) == selected.level);
    let withheld = is_withheld(input, rule, name, selected);
    let tested = if withheld {
        Err(format!("withheld: {}", input.hidden.reason()))
    } else if missing_stratum {
        Err(format!(
            "the cohort has no sample with {}={}",
            selected.strata.attribute,
            selected.level_name()
        ))
    } else if let Some(few) = few_of_a_class(rule, measured, place, &samples) {
        Err(few)
    } else if let Some(least) = rule
        .min
        .patients
        .filter(|least| (patients.len() as u64) < *least)
    {
        Err(format!(
            "{} patients, the rule asks for at least {least}",
            patients.len()
        ))
    } else if let Some(file) = &rule.baseline {
        input
            .baselines
            .of(file, (rule.metric, name, selected))
            .and_then(|stored| {
                let found = measured
                    .quantity(place, &samples)
                    .map_err(|why| why.to_string())?;
                let tested = baseline::of_task(&stored, &found, &rule.require, gate.alpha)?;
                if file.scores.is_none() {
                    return Ok(tested);
                }
                let why = "metrics of an endpoint with a task are not compared case by case";
                Ok(baseline::unpaired(tested, why))
            })
    } else if rule.compare == Compare::None {
        limits(measured, place, &samples, &rule.require, gate.alpha)
    } else {
        gap(
            input,
            gate,
            rule,
            name,
            selected,
            (measured, place, &samples),
        )
    };
    Pending {
        rule,
        endpoint: name.to_owned(),
        place: None,
        selected,
        tested,
        sizes: (
            own_samples(measured, place, &samples),
            patients.len() as u64,
        ),
        missing_stratum,
        withheld,
    }
}

/// Samples of the metric's own denominator.
fn own_samples(measured: &TaskMeasured<'_>, place: usize, samples: &[u32]) -> u64 {
    let sizes = measured.class_sizes(place, samples);
    match (measured.endpoint.metrics[place].text.id, sizes) {
        ("sensitivity", Some((positives, _))) => positives,
        ("specificity", Some((_, negatives))) => negatives,
        _ => samples.len() as u64,
    }
}

/// Why a group has fewer positives or negatives than the rule asks for.
fn few_of_a_class(
    rule: &Rule,
    measured: &TaskMeasured<'_>,
    place: usize,
    samples: &[u32],
) -> Option<String> {
    let asked = [
        ("positives", rule.min.positives),
        ("negatives", rule.min.negatives),
    ];
    let sizes = measured.class_sizes(place, samples);
    asked.into_iter().enumerate().find_map(|(class, (name, least))| {
        let least = least?;
        let Some(sizes) = sizes else {
            return Some(format!(
                "the rule asks for {name}, which this metric has not: write `min: {{patients: ...}}`"
            ));
        };
        let found = [sizes.0, sizes.1][class];
        (found < least).then(|| format!("{found} {name}, the rule asks for at least {least}"))
    })
}

fn limits(
    measured: &TaskMeasured<'_>,
    place: usize,
    samples: &[u32],
    require: &Requirement,
    alpha: f64,
) -> Result<Tested, String> {
    let found = measured
        .quantity(place, samples)
        .map_err(|why| why.to_string())?;
    match &found {
        TaskQuantity::Share { of, .. } => {
            proportion_limits(of, require, alpha).map_err(|why| why.to_string())
        }
        TaskQuantity::Plain { .. } => {
            Err("no limits are known for this metric, so that nothing is decided by it".to_owned())
        }
        // Limits of its own are shown of few of a class as well; a decision asks for more.
        TaskQuantity::Scaled { few: Some(why), .. } => Err(why.to_string()),
        TaskQuantity::Scaled { of, .. } => {
            enough(found.n_clusters())?;
            let words = |why: NotEstimable| why.to_string();
            let (at, method) = found.scaled_limits(1.0 - 2.0 * alpha).map_err(words)?;
            let at_most = require.relation == Relation::AtMost;
            let p_fail = found.scaled_p(require.bound, at_most).map_err(words)?;
            Ok(Tested {
                estimate: of.estimate,
                lower: at.lower,
                upper: at.upper,
                p_fail,
                method: method.to_owned(),
                n_class: found.n(),
                n_clusters: found.n_clusters(),
                comparison: None,
                note: None,
                basis: Basis::StandardError(of.standard_error),
            })
        }
    }
}

/// Whether there are patients enough for a decision on a standard error.
fn enough(patients: u64) -> Result<(), String> {
    if patients >= DECIDING_PATIENTS {
        return Ok(());
    }
    Err(format!(
        "{patients} patients; at least {DECIDING_PATIENTS} are needed for a decision on a standard error"
    ))
}

/// Limits at confidence 1 - 2 `alpha` of a difference with a standard error.
pub(super) fn scaled(
    of: &ScaledEstimate,
    n: u64,
    patients: u64,
    require: &Requirement,
    alpha: f64,
) -> Result<Tested, String> {
    enough(patients)?;
    let at = of
        .interval(1.0 - 2.0 * alpha)
        .map_err(|why| why.to_string())?;
    Ok(Tested {
        estimate: of.estimate,
        lower: at.lower,
        upper: at.upper,
        p_fail: match require.relation {
            Relation::AtMost => of.p_at_most(require.bound),
            Relation::AtLeast | Relation::Equal => of.p_at_least(require.bound),
        },
        method: of.method.to_owned(),
        n_class: n,
        n_clusters: patients,
        comparison: None,
        note: None,
        basis: Basis::StandardError(of.standard_error),
    })
}

fn gap(
    input: &GateInput<'_>,
    gate: &GateSpec,
    rule: &Rule,
    name: &str,
    selected: Selected<'_>,
    (measured, place, samples): (&TaskMeasured<'_>, usize, &[u32]),
) -> Result<Tested, String> {
    let strata = selected.strata;
    let other = if rule.compare == Compare::Reference {
        let reference = reference_level(input.audit, &strata.attribute).unwrap_or_default();
        let level = strata.levels.iter().position(|level| level == reference);
        level.map_or_else(Vec::new, |level| measured.members(strata, level))
    } else {
        measured.complement(strata, selected.level)
    };
    let cannot = |why: NotEstimable| format!("the difference cannot be computed: {why}");
    let found = measured
        .difference(place, samples, &other)
        .map_err(cannot)?;
    let mut tested = match &found {
        TaskDifference::Share(of) => shares(of, &rule.require, gate.alpha).map_err(cannot)?,
        TaskDifference::Scaled { of, n_clusters, .. } => {
            let patients = n_clusters.0.min(n_clusters.1);
            let n = samples.len() as u64;
            let mut tested = scaled(of, n, patients, &rule.require, gate.alpha)?;
            tested.n_clusters = n_clusters.0;
            tested
        }
    };
    tested.comparison = comparison_key(rule, name, selected);
    Ok(tested)
}

pub(super) fn shares(
    of: &ProportionDifference,
    require: &Requirement,
    alpha: f64,
) -> Result<Tested, NotEstimable> {
    Ok(Tested {
        estimate: of.estimate(),
        lower: of.gate_lower(alpha)?,
        upper: of.gate_upper(alpha)?,
        p_fail: match require.relation {
            Relation::AtMost => of.p_at_most(require.bound)?,
            Relation::AtLeast | Relation::Equal => of.p_at_least(require.bound)?,
        },
        method: of.method().to_owned(),
        n_class: of.a.trials,
        n_clusters: of.a.n_clusters,
        comparison: None,
        note: None,
        basis: Basis::Difference {
            estimates: (of.a.estimate, of.b.estimate),
            n_effective: (of.a.n_effective, of.b.n_effective),
        },
    })
}
