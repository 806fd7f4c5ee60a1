//! All checks of a gate: limits, correction within families, verdicts, what would be needed.

use crate::assessment::{Assessment, Measured, Metric, OperatingPoint};
use crate::cohort::{Cohort, Strata, crossings};
use crate::config::{
    Audit, Compare, Date, Family, GateSpec, GatedMetric, PolicyAction, Relation, Rule, Sampling,
};
use crate::disclosure::Hidden;
use crate::inference::Predictions;
use crate::reproducibility::Reproducibility;

use crate::metrics::ConfusionCounts;

use super::correction::{Adjusted, corrected};
use super::decide::decide;
use super::flips::flips;
use super::headline::headline;
use super::joined::Joined;
use super::paired::Cases;
use super::selection::{Selected, asked_of_nobody, reference_level, select, too_few};
use super::tested::{Arms, Detail, Tested, detectable, needed};
use super::trust::inputs_trusted;
use super::withheld::is_withheld;
use super::{
    AuditVerdict, AuditedModel, Baselines, Check, Outcome, Verdict, Waiver, baseline, outcome,
    tasks, tested, waivers,
};

/// What the gate looks at.
pub struct GateInput<'a> {
    /// The audit.
    pub audit: &'a Audit,
    /// The measured cohort.
    pub cohort: &'a Cohort,
    /// Its scores.
    pub predictions: &'a Predictions,
    /// The single samples behind it, joined or not, and their scores: what can be trusted is
    /// decided on these.
    pub samples: (&'a Cohort, &'a Predictions),
    /// Its estimates.
    pub assessment: &'a Assessment,
    /// The threshold of every endpoint.
    pub points: &'a [OperatingPoint],
    /// Samples that should have chosen thresholds and have no score, and all that should.
    pub tuning: Option<(u64, u64)>,
    /// Its reruns.
    pub reproducibility: &'a Reproducibility,
    /// Why the numbers cannot be trusted whatever the gate says: they are not the makers'.
    pub not_the_makers: Option<&'a str>,
    /// Groups that are withheld: the gate says nothing of them.
    pub hidden: &'a Hidden,
    /// Stored results that rules compare with.
    pub baselines: &'a Baselines,
    /// The model that waivers must have been given for.
    pub model: AuditedModel<'a>,
    /// The day on which waivers are looked at.
    pub today: Date,
}

/// What the gate says.
#[derive(Debug, Clone)]
pub struct Gated {
    /// Every requirement in every stratum.
    pub checks: Vec<Check>,
    /// Every waiver and what came of it.
    pub waivers: Vec<Waiver>,
    /// SHA-256 of what was measured of each binary endpoint; empty without a gate.
    pub measured_sha256: Vec<Option<String>>,
    /// Verdict of the audit.
    pub verdict: AuditVerdict,
    /// Exit code.
    pub exit_code: u8,
    /// One sentence in plain words.
    pub headline: String,
}

/// Evaluates every rule of the gate.
#[must_use]
pub fn evaluate(input: &GateInput<'_>) -> Gated {
    let mut checks = Vec::new();
    let mut measured_sha256 = Vec::new();
    if let Some(gate) = &input.audit.gate {
        let strata = crossings(input.cohort, &input.audit.intersections);
        let joined = Joined::new(input);
        let endpoints = 0..input.audit.endpoints.len();
        measured_sha256
            .extend(endpoints.map(|endpoint| joined.fingerprint(endpoint, &input.cohort.samples)));
        for family in &gate.families {
            checks.extend(family_checks(
                input,
                gate,
                family,
                &strata,
                &joined,
                Detail::Full,
            ));
        }
    }
    let waivers = input.audit.gate.as_ref().map_or_else(Vec::new, |gate| {
        waivers::apply(gate, &mut checks, input.model, input.today)
    });
    let trusted = inputs_trusted(input);
    let Outcome { verdict, exit_code } = outcome(
        input.audit.gate.as_ref(),
        &checks,
        input.reproducibility,
        &waivers,
        trusted.is_none(),
    );
    let headline = headline(
        verdict,
        (&checks, &waivers),
        input.reproducibility,
        trusted.as_deref(),
        input.audit.several_endpoints(),
    );
    Gated {
        checks,
        waivers,
        measured_sha256,
        verdict,
        exit_code,
        headline,
    }
}

/// A check before the family's correction.
pub(super) struct Pending<'a> {
    pub(super) rule: &'a Rule,
    /// Name of the endpoint.
    pub(super) endpoint: String,
    /// Its place among binary endpoints; `None` of one with a task.
    pub(super) place: Option<usize>,
    pub(super) selected: Selected<'a>,
    pub(super) tested: Result<Tested, String>,
    /// Samples and patients in the metric's denominator.
    pub(super) sizes: (u64, u64),
    pub(super) missing_stratum: bool,
    pub(super) withheld: bool,
}

/// All checks of one family.
pub(super) fn family_checks(
    input: &GateInput<'_>,
    gate: &GateSpec,
    family: &Family,
    strata: &[Strata],
    joined: &Joined<'_>,
    detail: Detail,
) -> Vec<Check> {
    let mut pending = Vec::new();
    for rule in &family.rules {
        pending.extend(tasks::checks(input, gate, rule, strata, joined));
        for (endpoint, declared) in input.audit.endpoints.iter().enumerate() {
            if matches!(rule.metric, GatedMetric::Task(_)) {
                continue;
            }
            if rule
                .endpoint
                .as_ref()
                .is_some_and(|only| only.value != declared.name.value)
            {
                continue;
            }
            for selected in select(rule, strata) {
                // Under `compare: reference` the reference level has nothing to be compared with.
                if rule.compare != Compare::Reference
                    || reference_level(input.audit, &selected.strata.attribute)
                        .is_some_and(|level| level != selected.level_name())
                {
                    pending.push(test(
                        input,
                        gate,
                        rule,
                        endpoint,
                        selected,
                        (joined, detail),
                    ));
                }
            }
            let nobody = asked_of_nobody(input.audit, rule, strata);
            pending.extend(nobody.into_iter().map(|(selected, reason)| Pending {
                rule,
                endpoint: declared.name.value.clone(),
                place: Some(endpoint),
                selected,
                tested: Err(reason),
                sizes: (0, 0),
                missing_stratum: true,
                withheld: false,
            }));
        }
    }
    let corrected = corrected(input, gate, &pending, joined, detail);
    pending
        .into_iter()
        .enumerate()
        .map(|(place, pending)| finished(input, gate, family, pending, corrected.of(place), detail))
        .collect()
}

fn test<'a>(
    input: &GateInput<'_>,
    gate: &GateSpec,
    rule: &'a Rule,
    endpoint: usize,
    selected: Selected<'a>,
    (joined, detail): (&Joined<'_>, Detail),
) -> Pending<'a> {
    let name = &input.audit.endpoints[endpoint].name.value;
    let members = selected
        .strata
        .codes
        .iter()
        .filter(|code| usize::from(**code) == selected.level)
        .count();
    let missing_stratum = members == 0;
    let withheld = is_withheld(input, rule, name, selected);
    let tested = match Metric::of_gate(rule.metric) {
        _ if withheld => Err(format!("withheld: {}", input.hidden.reason())),
        _ if missing_stratum => Err(format!(
            "the cohort has no sample with {}={}",
            selected.strata.attribute,
            selected.level_name()
        )),
        None => flips(input, rule, endpoint, selected),
        Some(metric) => measured(
            input,
            gate,
            rule,
            endpoint,
            selected,
            joined,
            (metric, detail),
        ),
    };
    let sizes = match (&tested, Metric::of_gate(rule.metric)) {
        // Told with a result; a group that has none still has its samples.
        (Err(_), Some(metric)) if !withheld => {
            let measured = joined.of(endpoint, metric);
            let group = measured.group(&measured.members(selected.strata, selected.level));
            let inside = |counts: &ConfusionCounts| metric.in_denominator(counts);
            (inside(&group.kinds().total()), group.n_patients(inside))
        }
        _ => (0, 0),
    };
    Pending {
        rule,
        endpoint: name.clone(),
        place: Some(endpoint),
        selected,
        tested,
        sizes,
        missing_stratum,
        withheld,
    }
}

/// A metric or a signed difference in one stratum.
fn measured(
    input: &GateInput<'_>,
    gate: &GateSpec,
    rule: &Rule,
    endpoint: usize,
    selected: Selected<'_>,
    joined: &Joined<'_>,
    (metric, detail): (Metric, Detail),
) -> Result<Tested, String> {
    let measured = joined.of(endpoint, metric);
    let group = measured.group(&measured.members(selected.strata, selected.level));
    if let Some(why) = too_few(rule, &group) {
        return Err(why);
    }
    if input.audit.cohort.sampling == Some(Sampling::Enriched) && metric.follows_prevalence() {
        return Err(metric.means_nothing_when_enriched().to_string());
    }
    if let Some(file) = &rule.baseline {
        let name = &input.audit.endpoints[endpoint].name.value;
        let stored = input.baselines.of(file, (rule.metric, name, selected))?;
        let tested = baseline::binary(
            &stored,
            (metric, &group),
            joined.fingerprint(endpoint, &input.cohort.samples),
            &rule.require,
            gate.alpha,
        );
        let Some(before) = joined.earlier(file, endpoint, metric) else {
            return tested;
        };
        if tested
            .as_ref()
            .is_ok_and(|one| one.method == baseline::IDENTICAL)
        {
            return tested;
        }
        let of = |scores: &Measured| scores.members(selected.strata, selected.level);
        let paired =
            Cases::new((measured, &of(measured)), (before, &of(before))).and_then(|cases| {
                let spec = &input.audit.statistics;
                cases.difference(metric, &stored, spec, (&rule.require, gate.alpha))
            });
        return paired.or_else(|why| tested.map(|one| baseline::unpaired(one, &why)));
    }
    if rule.compare == Compare::None {
        return tested::limits(metric, &group, &rule.require, gate.alpha, detail);
    }
    let other = measured.group(&reference_members(input.audit, rule, selected, measured));
    let mut tested = tested::gap(
        metric,
        &Arms {
            group: &group,
            reference: &other,
        },
        &rule.require,
        gate.alpha,
        detail,
    )?;
    let name = &input.audit.endpoints[endpoint].name.value;
    tested.comparison = comparison_key(rule, name, selected);
    Ok(tested)
}

/// Places of the samples that a group is compared with.
pub(super) fn reference_members(
    audit: &Audit,
    rule: &Rule,
    selected: Selected<'_>,
    measured: &Measured,
) -> Vec<u32> {
    if rule.compare == Compare::Reference {
        let name = reference_level(audit, &selected.strata.attribute).unwrap_or_default();
        let level = selected
            .strata
            .levels
            .iter()
            .position(|level| level == name);
        return measured.members(selected.strata, level.unwrap_or(selected.level));
    }
    measured.complement(selected.strata, selected.level)
}

/// Two complementary levels of an attribute are one comparison: they share a key.
pub(super) fn comparison_key(
    rule: &Rule,
    endpoint: &str,
    selected: Selected<'_>,
) -> Option<String> {
    let known = selected
        .strata
        .holds_missing
        .iter()
        .filter(|missing| !**missing)
        .count();
    (known == 2 && rule.compare == Compare::Complement)
        .then(|| format!("{} {endpoint} {}", rule.id.value, selected.strata.attribute))
}

fn finished(
    input: &GateInput<'_>,
    gate: &GateSpec,
    family: &Family,
    pending: Pending<'_>,
    corrected: Adjusted<'_>,
    detail: Detail,
) -> Check {
    let Pending {
        rule,
        endpoint: endpoint_name,
        place: _,
        selected,
        tested,
        sizes,
        missing_stratum,
        withheld,
    } = pending;
    // A part of an endpoint is always named: it is what tells its checks apart.
    let several = input.audit.several_endpoints() || endpoint_name.contains(':');
    let middle = if several {
        format!("{endpoint_name}.")
    } else {
        String::new()
    };
    let mut check = Check {
        id: format!(
            "{}.{middle}{}.{}",
            rule.id.value,
            selected.strata.attribute,
            selected.level_name()
        ),
        requirement: rule.id.value.clone(),
        endpoint: endpoint_name,
        metric: rule.metric.id().to_owned(),
        attribute: selected.strata.attribute.clone(),
        level: selected.level_name().to_owned(),
        reference: match rule.compare {
            Compare::None => rule.baseline.as_ref().map(|_| "baseline".to_owned()),
            Compare::Complement => Some("complement".to_owned()),
            Compare::Reference => {
                reference_level(input.audit, &selected.strata.attribute).map(str::to_owned)
            }
        },
        relation: match rule.require.relation {
            Relation::AtLeast => ">=",
            Relation::AtMost => "<=",
            Relation::Equal => "==",
        }
        .to_owned(),
        bound: rule.require.bound,
        estimate: None,
        lower: None,
        upper: None,
        method: String::new(),
        alpha: gate.alpha,
        p_fail: None,
        p_fail_adjusted: None,
        family: family.name.clone(),
        family_size: corrected.family_size,
        adjustment: String::new(),
        adjustment_note: None,
        n_class: (!withheld).then_some(sizes.0),
        n_clusters: (!withheld).then_some(sizes.1),
        verdict: Verdict::NotEvaluable,
        blocking: true,
        waived: false,
        reason: String::new(),
        minimum_detectable: None,
        n_needed: None,
        line: rule.id.span.line as u64,
    };
    match tested {
        Err(reason) => check.reason = reason,
        Ok(tested) => decided(&mut check, rule, gate, tested, corrected, detail),
    }
    let action = match check.verdict {
        _ if missing_stratum => gate.policy.missing_stratum,
        Verdict::Inconclusive => gate.policy.inconclusive,
        Verdict::NotEvaluable => gate.policy.not_evaluable,
        Verdict::Pass | Verdict::Fail => PolicyAction::Fail,
    };
    check.blocking = action == PolicyAction::Fail;
    check
}

fn decided(
    check: &mut Check,
    rule: &Rule,
    gate: &GateSpec,
    tested: Tested,
    corrected: Adjusted<'_>,
    detail: Detail,
) {
    check.estimate = Some(tested.estimate);
    check.lower = Some(tested.lower);
    check.upper = Some(tested.upper);
    check.method.clone_from(&tested.method);
    check.n_class = Some(tested.n_class);
    check.n_clusters = Some(tested.n_clusters);
    if tested.method == "observed_count" {
        let failed = tested.p_fail < 0.5;
        check.verdict = if failed { Verdict::Fail } else { Verdict::Pass };
        check.reason = format!(
            "{} decisions changed in the worst rerun; with 97.5% confidence it would be at most {:.1} of {} patients",
            tested.estimate, tested.upper, tested.n_clusters
        );
        check.family_size = 1;
        return;
    }
    check.p_fail = Some(tested.p_fail);
    check.p_fail_adjusted = Some(corrected.p);
    check.adjustment = corrected.by.id().to_owned();
    check.adjustment_note = corrected.note.map(str::to_owned);
    let decision = decide(&tested, &rule.require, gate.alpha, corrected);
    check.verdict = decision.verdict;
    check.reason = match &tested.note {
        Some(note) => format!("{}; {note}", decision.reason),
        None => decision.reason,
    };
    if detail == Detail::Verdicts {
        return;
    }
    check.minimum_detectable = detectable(&tested, rule, gate.alpha);
    if check.verdict == Verdict::Inconclusive {
        check.n_needed = needed(&tested, rule, gate.alpha)
            .map(|n| n.at_least(tested.n_class, tested.n_clusters));
    }
}
