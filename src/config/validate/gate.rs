//! The `gate` section: policy, families and rules.

use super::super::audit::{
    Compare, Family, GateSpec, GatedMetric, Minimum, Policy, PolicyAction, Rule, Sampling,
    ScoreKind, StratumSelector, TaskEndpoint,
};
use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::keys;
use super::super::located::{Located, Span};
use super::baseline;
use super::names::{identifier, visible_name};
use super::planning;
use super::reader::{Section, Value};
use super::requirement::requirement;
use super::selector::selectors;
use super::strata::StrataRead;
use super::thresholds;
use super::waivers::{locked, waivers};
use crate::tasks::{TASKS, metric_text, never_decided};

/// Metrics of the grammar that no rule of this version can be about.
const LATER_METRICS: [&str; 12] = [
    "balanced_accuracy",
    "f1",
    "auprc",
    "scaled_brier",
    "ici",
    "e50",
    "e90",
    "emax",
    "ece_width",
    "ece_mass",
    "rms_calibration_error_debiased",
    "spiegelhalter_z",
];

/// What other sections say that rules depend on.
pub(super) struct Facts<'a> {
    /// `None` where the section could not be read at all, so that nothing is known of it.
    pub(super) strata: Option<&'a StrataRead>,
    /// Names of endpoints, where they could be read.
    pub(super) endpoints: Option<Vec<String>>,
    /// Endpoints with a task, where they could be read.
    pub(super) tasks: Option<&'a [TaskEndpoint]>,
    pub(super) score_kind: Option<ScoreKind>,
    pub(super) sampling: Option<Sampling>,
    /// Whether the audit asks for reruns.
    pub(super) reruns: bool,
    /// Endpoints whose threshold is chosen on the measured samples.
    pub(super) nested: Vec<String>,
}

pub(super) fn gate(value: &Value<'_>, facts: &Facts<'_>) -> Option<GateSpec> {
    let section = value.section(&keys::GATE)?;
    let alpha = match section.get("alpha") {
        None => Some(0.025),
        Some(value) => value.number_in("above 0 and below 0.5", |alpha| 0.0 < alpha && alpha < 0.5),
    };
    let policy = match section.get("policy") {
        None => Some(STRICT),
        Some(value) => policy(&value),
    };
    let families = section
        .required(
            "families",
            "a gate requires something: `families: {safety: [...]}`",
        )
        .and_then(|value| families(&value, facts));
    let correction = planning::correction(&section);
    let assume = match section.get("assume") {
        None => Some(None),
        Some(value) => planning::assume(&value, facts.endpoints.as_deref()).map(Some),
    };
    let waivers = match section.get("waivers") {
        None => Some(Vec::new()),
        Some(value) => waivers(&value, facts, families.as_deref()),
    };
    let locked = match section.get("locked") {
        None => Some(None),
        Some(value) => locked(&value, waivers.as_deref()).map(Some),
    };
    Some(GateSpec {
        locked: locked?,
        alpha: alpha?,
        policy: policy?,
        families: families?,
        correction: correction?,
        assume: assume?,
        waivers: waivers?,
    })
}

const STRICT: Policy = Policy {
    inconclusive: PolicyAction::Fail,
    not_evaluable: PolicyAction::Fail,
    missing_stratum: PolicyAction::Fail,
};

fn policy(value: &Value<'_>) -> Option<Policy> {
    let section = value.section(&keys::POLICY)?;
    let actions = [("fail", PolicyAction::Fail), ("warn", PolicyAction::Warn)];
    let action = |key: &str| match section.get(key) {
        None => Some(PolicyAction::Fail),
        Some(value) => value.choice(&actions, &[]),
    };
    let inconclusive = action("inconclusive");
    let not_evaluable = action("not_evaluable");
    let missing_stratum = action("missing_stratum");
    Some(Policy {
        inconclusive: inconclusive?,
        not_evaluable: not_evaluable?,
        missing_stratum: missing_stratum?,
    })
}

fn families(value: &Value<'_>, facts: &Facts<'_>) -> Option<Vec<Family>> {
    let named = value.named("families of rules")?;
    if named.is_empty() {
        value.error(
            "too-few",
            "`gate.families` is empty, expected at least one family",
            "",
        );
        return None;
    }
    let mut ids: Vec<(String, Span)> = Vec::new();
    let mut families = Vec::new();
    let mut complete = true;
    for (name, value) in named {
        complete &= visible_name(value.cx, &name, "a family", &[]);
        let Some(values) = value.list("rules") else {
            complete = false;
            continue;
        };
        if values.is_empty() {
            complete = false;
            value.error(
                "too-few",
                format!("`{}` has no rule", value.path),
                "remove the family, or add a rule",
            );
        }
        let rules: Vec<Option<Rule>> = values
            .iter()
            .map(|value| rule(value, facts, &mut ids))
            .collect();
        match rules.into_iter().collect() {
            Some(rules) => families.push(Family {
                name: name.value,
                rules,
            }),
            None => complete = false,
        }
    }
    complete.then_some(families)
}

fn rule(value: &Value<'_>, facts: &Facts<'_>, ids: &mut Vec<(String, Span)>) -> Option<Rule> {
    let section = value.section(&keys::RULE)?;
    let id = section
        .required(
            "id",
            "every rule has a name of its own, such as `id: sens-floor`",
        )
        .and_then(|value| identifier(&value, "the id of the rule"))
        .and_then(|id| unique_id(value, id, ids));
    let metric = section
        .required(
            "metric",
            "say what is measured, such as `metric: sensitivity`",
        )
        .and_then(|value| metric(&value, facts));
    let endpoint = match section.get("endpoint") {
        None => Some(None),
        Some(value) => endpoint(&value, facts).map(Some),
    };
    let at_given_threshold = thresholds::gateable(
        value,
        metric,
        endpoint.as_ref().and_then(Option::as_ref),
        (&facts.nested, facts.tasks.unwrap_or_default()),
    );
    let comparisons = [
        ("none", Compare::None),
        ("complement", Compare::Complement),
        ("reference", Compare::Reference),
    ];
    let compare = match section.get("compare") {
        None => Some(Compare::None),
        Some(value) => value
            .choice(&comparisons, &[])
            .and_then(|compare| comparable(&value, metric, compare)),
    };
    let strata = strata(&section, facts, compare, metric);
    let baseline = match section.get("baseline") {
        None => Some(None),
        Some(value) => baseline::baseline(&value, metric, compare).map(Some),
    };
    let compared = match (&baseline, compare) {
        (Some(None), Some(compare)) => Some(compare != Compare::None),
        (Some(Some(_)), _) => Some(true),
        _ => None,
    };
    let require = section
        .required("require", "write the bound, such as `require: \">= 0.85\"`")
        .and_then(|value| requirement(&value, metric, compared));
    let min = match section.get("min") {
        None => Some(Minimum::default()),
        Some(value) => minimum(&value).filter(|min| has_classes(&value, metric, *min)),
    };
    at_given_threshold?;
    measured_somewhere(value, &metric, &endpoint, facts)?;
    Some(Rule {
        id: id?,
        metric: metric?,
        endpoint: endpoint?,
        strata: strata?,
        compare: compare?,
        baseline: baseline?,
        require: require?,
        min: min?,
    })
}

/// Metrics of tasks have no positives and negatives that a rule could ask for, unless they are those
/// of a class.
fn has_classes(value: &Value<'_>, metric: Option<GatedMetric>, min: Minimum) -> bool {
    let Some(GatedMetric::Task(id)) = metric else {
        return true;
    };
    let asked = min.positives.is_some() || min.negatives.is_some();
    if asked {
        value.error(
            "contradiction",
            format!("`{id}` has no positives and negatives to count"),
            "write `min: {patients: ...}`",
        );
    }
    !asked
}

/// A rule on a metric that no endpoint has would be met by nobody.
fn measured_somewhere(
    value: &Value<'_>,
    metric: &Option<GatedMetric>,
    endpoint: &Option<Option<Located<String>>>,
    facts: &Facts<'_>,
) -> Option<()> {
    let (Some(metric), Some(endpoint), Some(tasks)) = (metric, endpoint, facts.tasks) else {
        return Some(());
    };
    let asked = |name: &str| endpoint.as_ref().is_none_or(|only| only.value == name);
    let of_tasks = tasks.iter().any(|task| {
        task.metrics
            .iter()
            .any(|one| one.text.id == metric.id() && asked(&one.endpoint(&task.name)))
    });
    let names_of_tasks: Vec<String> = tasks.iter().flat_map(TaskEndpoint::names).collect();
    let binary = facts.endpoints.iter().flatten().any(|name| {
        asked(name) && !names_of_tasks.contains(name) && !matches!(metric, GatedMetric::Task(_))
    });
    if of_tasks || binary {
        return Some(());
    }
    let measured: Vec<String> = tasks
        .iter()
        .flat_map(|task| {
            let own = task.metrics.iter();
            own.map(|one| format!("{} of {}", one.text.id, one.endpoint(&task.name)))
        })
        .collect();
    let message = match endpoint {
        None => format!("no endpoint has the metric `{}`", metric.id()),
        Some(only) => format!("endpoint {} has no metric `{}`", only.value, metric.id()),
    };
    value.error(
        "unknown-metric",
        message,
        &format!("endpoints with a task have: {}", measured.join(", ")),
    );
    None
}

fn unique_id(
    value: &Value<'_>,
    id: Located<String>,
    ids: &mut Vec<(String, Span)>,
) -> Option<Located<String>> {
    let earlier = ids
        .iter()
        .find(|(other, _)| *other == id.value)
        .map(|(_, span)| *span);
    ids.push((id.value.clone(), id.span));
    let Some(first) = earlier else {
        return Some(id);
    };
    value.cx.report(
        Diagnostic::error(
            "duplicate-rule",
            format!("two rules have the id {}", quoted(&id)),
        )
        .at(id.span)
        .label("again here")
        .also(first, "first here")
        .help("give every rule an id of its own, in all families"),
    );
    None
}

fn metric(value: &Value<'_>, facts: &Facts<'_>) -> Option<GatedMetric> {
    // Of tasks those metrics that an endpoint of this audit has; all where that is not known.
    let own: Vec<&str> = match facts.tasks {
        Some(tasks) => {
            let metrics = tasks.iter().flat_map(|task| &task.metrics);
            metrics.map(|metric| metric.text.id).collect()
        }
        None => {
            let texts = TASKS.iter().flat_map(|task| task.texts);
            texts.map(|text| text.id).collect()
        }
    };
    let mut options: Vec<(&str, GatedMetric)> = GatedMetric::NAMED.into_iter().collect();
    for id in own {
        let is_new = options.iter().all(|(name, _)| *name != id);
        if let Some(text) = metric_text(id).filter(|_| is_new) {
            options.push((text.id, GatedMetric::Task(text.id)));
        }
    }
    let named = value.scalar().and_then(metric_text);
    if let Some(text) = named.filter(|text| options.iter().all(|(name, _)| *name != text.id)) {
        let message = format!("no endpoint of this audit has the metric `{}`", text.id);
        let tasks = TASKS.iter().filter(|task| {
            let mut texts = task.texts.iter();
            texts.any(|own| own.id == text.id)
        });
        let tasks: Vec<String> = tasks.map(|task| format!("`task: {}`", task.id)).collect();
        let help = format!("an endpoint with {} has it", tasks.join(" or "));
        value.error("unknown-metric", message, &help);
        return None;
    }
    let metric = value.choice(&options, &LATER_METRICS)?;
    if let Some(reason) = never_decided(metric.id()) {
        value.error(
            "not-decidable",
            format!("nothing is decided by `{}`: {reason}", metric.id()),
            "it is shown all the same; bound `multiclass_brier` or `log_loss` instead",
        );
        return None;
    }
    let calibration = matches!(
        metric,
        GatedMetric::Brier
            | GatedMetric::OeRatio
            | GatedMetric::CalibrationIntercept
            | GatedMetric::CalibrationSlope
    );
    if calibration
        && facts
            .score_kind
            .is_some_and(|kind| kind != ScoreKind::Probability)
    {
        let message = format!(
            "`{}` is about probabilities, and the scores are none",
            value.scalar().unwrap_or_default()
        );
        value.error(
            "needs-probability",
            message,
            "write `output: {score_kind: probability}` if scores are meant as probabilities",
        );
        return None;
    }
    if metric == GatedMetric::DecisionFlips && !facts.reruns {
        value.error(
            "needs-reruns",
            "`decision_flips` counts decisions that change between reruns, and the audit asks for none",
            "add `reproducibility: {reruns: 3, vary: [threads, batch, session]}`",
        );
        return None;
    }
    let by_prevalence = matches!(
        metric,
        GatedMetric::Ppv
            | GatedMetric::Npv
            | GatedMetric::Accuracy
            | GatedMetric::FlagRate
            | GatedMetric::Brier
            | GatedMetric::OeRatio
            | GatedMetric::CalibrationIntercept
    );
    if by_prevalence && facts.sampling == Some(Sampling::Enriched) {
        let message = format!(
            "`{}` depends on the prevalence, which means nothing in a cohort with `sampling: enriched`",
            value.scalar().unwrap_or_default()
        );
        let help = "the rule will not be evaluable; sensitivity, specificity and auroc do not depend on the prevalence";
        value.cx.report(
            Diagnostic::warning("enriched-prevalence", message)
                .at(value.span())
                .help(help),
        );
    }
    Some(metric)
}

/// Metrics that depend on how common the disease is in a group differ between groups even when
/// the model treats them alike, so that a gap rule on them would judge the groups.
fn comparable(value: &Value<'_>, metric: Option<GatedMetric>, compare: Compare) -> Option<Compare> {
    if compare == Compare::None {
        return Some(compare);
    }
    let Some(metric) = metric else {
        return Some(compare);
    };
    let name = metric.id();
    let reason = match metric {
        GatedMetric::Sensitivity | GatedMetric::Specificity | GatedMetric::Auroc => {
            return Some(compare);
        }
        GatedMetric::Ppv | GatedMetric::Npv => {
            "it depends on the prevalence, so that it differs between groups of different prevalence even when the model works alike in both"
        }
        GatedMetric::FlagRate => {
            "it depends on the prevalence: a group with more disease is flagged more often by a model that works alike in both"
        }
        GatedMetric::Accuracy => {
            "it mixes sensitivity and specificity by the prevalence of each group, so that differences are shown but never tested"
        }
        GatedMetric::Brier => {
            "it depends on the prevalence of each group, so that differences are shown but never tested"
        }
        GatedMetric::OeRatio
        | GatedMetric::CalibrationIntercept
        | GatedMetric::CalibrationSlope => {
            value.not_supported(
                &format!("comparing `{name}` between groups"),
                &["a bound for each group, without `compare`"],
            );
            return None;
        }
        GatedMetric::DecisionFlips => "it is a count over the whole cohort",
        GatedMetric::Task(id) => match metric_text(id).map(|text| text.compared) {
            Some(Err(reason)) => reason,
            _ => return Some(compare),
        },
    };
    let message = format!("`{name}` is never compared between groups: {reason}");
    let help = match metric {
        GatedMetric::Task(_) => "bound each group without `compare`",
        _ => "compare sensitivity, specificity or auroc, or bound each group without `compare`",
    };
    value.error("not-comparable", message, help);
    None
}

fn endpoint(value: &Value<'_>, facts: &Facts<'_>) -> Option<Located<String>> {
    let name = value.name()?;
    let parts: Vec<String> = facts
        .tasks
        .into_iter()
        .flatten()
        .flat_map(TaskEndpoint::names)
        .collect();
    if let Some(endpoints) = &facts.endpoints
        && !endpoints.contains(&name.value)
        && !parts.contains(&name.value)
    {
        let valid: Vec<&str> = endpoints.iter().chain(&parts).map(String::as_str).collect();
        let message = format!("{} is no endpoint", quoted(&name));
        value.error(
            "unknown-endpoint",
            message,
            &suggestion(&name, &valid, "endpoint"),
        );
        return None;
    }
    Some(name)
}

fn strata(
    section: &Section<'_>,
    facts: &Facts<'_>,
    compare: Option<Compare>,
    metric: Option<GatedMetric>,
) -> Option<Vec<StratumSelector>> {
    let Some(value) = section.get("strata") else {
        if compare.is_some_and(|compare| compare != Compare::None) {
            section.required(
                "strata",
                "a comparison is between groups: `strata: [sex, site]`",
            );
            return None;
        }
        return Some(vec![StratumSelector::Overall]);
    };
    let selected = selectors(&value, facts.strata?, compare)?;
    if metric == Some(GatedMetric::DecisionFlips) && selected != [StratumSelector::Overall] {
        value.not_supported("asking `decision_flips` of single groups", &["overall"]);
        return None;
    }
    Some(selected)
}

fn minimum(value: &Value<'_>) -> Option<Minimum> {
    let section = value.section(&keys::MINIMUM)?;
    let count = |key: &str| match section.get(key) {
        None => Some(None),
        Some(value) => value.count(0, u64::MAX).map(Some),
    };
    let (positives, negatives, patients) =
        (count("positives"), count("negatives"), count("patients"));
    Some(Minimum {
        positives: positives?,
        negatives: negatives?,
        patients: patients?,
    })
}
