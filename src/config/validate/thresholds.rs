//! `endpoints.X.threshold` and `cohort.tuning`: fixed thresholds, and rules that choose them.

use super::super::audit::{
    ChosenOn, ChosenThreshold, Endpoint, GatedMetric, ScoreKind, TaskEndpoint, Threshold,
    ThresholdRule, TuningSplit,
};
use super::super::diagnostic::{Diagnostic, quoted};
use super::super::keys;
use super::super::located::Located;
use super::cohort::CohortRead;
use super::endpoints::Scores;
use super::reader::{Context, Section, Value};

/// How a threshold may come about, for messages.
const FORMS: &str = "`{fixed: 0.5}`, `{youden: {on: tuning}}`, `{target_sensitivity: {value: 0.95, on: tuning}}` or `{target_specificity: {value: 0.90, on: tuning}}`";

pub(super) fn threshold(value: &Value<'_>, scores: &Scores<'_>) -> Option<Threshold> {
    if let Some(text) = value.scalar() {
        let message = format!(
            "`{}` is {}, expected how the threshold was chosen",
            value.path,
            quoted(text)
        );
        value.error(
            "wrong-type",
            message,
            &format!("write `threshold: {{fixed: {text}}}`"),
        );
        return None;
    }
    let section = value.section(&keys::THRESHOLD)?;
    let known: Vec<&str> = section
        .keys()
        .map(|key| key.value.as_str())
        .filter(|key| keys::THRESHOLD.accepted.contains(key))
        .collect();
    match known.as_slice() {
        ["fixed"] => fixed(&section, scores).map(Threshold::Fixed),
        [rule] => chosen(&section, rule, scores).map(Threshold::Chosen),
        [] => {
            // A misspelt key has been told already.
            if section.keys().next().is_none() {
                section.required("fixed", "write the deployed threshold: `fixed: 0.5`");
            }
            None
        }
        several => {
            let message = format!(
                "`{}` has {}, expected one way to a threshold",
                value.path,
                several
                    .iter()
                    .map(|key| format!("`{key}`"))
                    .collect::<Vec<_>>()
                    .join(" and ")
            );
            value.error("contradiction", message, &format!("write one of {FORMS}"));
            None
        }
    }
}

fn fixed(section: &Section<'_>, scores: &Scores<'_>) -> Option<f64> {
    let fixed = section.get("fixed")?;
    if scores
        .output
        .is_some_and(|output| output.score_kind == ScoreKind::Probability)
    {
        fixed.number_in("from 0 to 1, since scores are probabilities", |threshold| {
            (0.0..=1.0).contains(&threshold)
        })
    } else {
        fixed.number()
    }
}

fn chosen(section: &Section<'_>, key: &str, scores: &Scores<'_>) -> Option<ChosenThreshold> {
    let value = section.get(key)?;
    if value.scalar().is_some() || value.is_list() {
        value.wrong_type("which samples choose", &format!("write one of {FORMS}"));
        return None;
    }
    let own = value.section(match key {
        "youden" => &keys::YOUDEN,
        "target_sensitivity" => &keys::TARGET_SENSITIVITY,
        _ => &keys::TARGET_SPECIFICITY,
    })?;
    let target = |make: fn(f64) -> ThresholdRule| {
        own.required("value", "write what must be reached: `value: 0.95`")
            .and_then(|value| {
                value.number_in("above 0 and at most 1", |share| 0.0 < share && share <= 1.0)
            })
            .map(make)
    };
    let rule = match key {
        "youden" => Some(ThresholdRule::Youden),
        "target_sensitivity" => target(ThresholdRule::TargetSensitivity),
        _ => target(ThresholdRule::TargetSpecificity),
    };
    let on = own
        .required(
            "on",
            "say which samples choose: `on: tuning` (rows of `cohort.tuning`, never measured) or `on: nested` (the measured ones, anew in every resample)",
        )
        .and_then(|value| on(&value, scores));
    Some(ChosenThreshold {
        rule: rule?,
        on: on?,
        span: value.key,
    })
}

fn on(value: &Value<'_>, scores: &Scores<'_>) -> Option<ChosenOn> {
    let options = [("tuning", ChosenOn::Tuning), ("nested", ChosenOn::Nested)];
    let on = value.choice(&options, &[])?;
    // Of a cohort that could not be read nothing is known.
    if on == ChosenOn::Tuning && scores.cohort.is_some_and(|cohort| cohort.tuning.is_none()) {
        let message = format!(
            "`{}` is tuning, and the cohort declares no tuning split",
            value.path
        );
        value.error(
            "no-tuning-split",
            message,
            "name its rows: `cohort: {tuning: {column: split, in: [tuning]}}`, or write `on: nested`",
        );
        return None;
    }
    Some(on)
}

pub(super) fn tuning(value: &Value<'_>) -> Option<TuningSplit> {
    let section = value.section(&keys::TUNING)?;
    let column = section
        .required("column", "name the column that tells the tuning rows apart")
        .and_then(|value| value.name());
    let levels = section
        .required("in", "give its texts that mean tuning: `in: [tuning]`")
        .and_then(|value| value.texts(1));
    Some(TuningSplit {
        column: column?,
        levels: levels?,
        span: value.key,
    })
}

/// Rows that are set aside for nothing are most likely a mistake.
pub(super) fn unused_tuning(
    cx: &Context<'_>,
    cohort: Option<&CohortRead>,
    endpoints: Option<&[Endpoint]>,
) {
    let (Some(split), Some(endpoints)) = (
        cohort.and_then(|cohort| cohort.spec.tuning.as_ref()),
        endpoints,
    ) else {
        return;
    };
    if !endpoints
        .iter()
        .any(|endpoint| endpoint.threshold.is_chosen_on(ChosenOn::Tuning))
    {
        cx.report(
            Diagnostic::warning(
                "tuning-unused",
                "`cohort.tuning` sets rows aside, and no endpoint chooses its threshold on them",
            )
            .at(split.span)
            .help("write `threshold: {youden: {on: tuning}}`, or remove `cohort.tuning` so that these rows are measured"),
        );
    }
}

/// Names of the endpoints whose threshold is chosen on the measured samples themselves.
pub(super) fn nested(endpoints: Option<&[Endpoint]>) -> Vec<String> {
    endpoints
        .into_iter()
        .flatten()
        .filter(|endpoint| endpoint.threshold.is_chosen_on(ChosenOn::Nested))
        .map(|endpoint| endpoint.name.value.clone())
        .collect()
}

/// A metric of several endpoints that no threshold is in.
const RANKS_ONLY: &str = "macro_auroc_of_endpoints";

/// A threshold that was chosen on the measured samples fits them better than any others, and no
/// limit of this version corrects for that with a known error: such a rule is refused. So is one on
/// an endpoint that is made of decisions at such a threshold.
pub(super) fn gateable(
    rule: &Value<'_>,
    metric: Option<GatedMetric>,
    endpoint: Option<&Located<String>>,
    (nested, tasks): (&[String], &[TaskEndpoint]),
) -> Option<()> {
    let asked = |name: &str| endpoint.is_none_or(|endpoint| endpoint.value == name);
    let made_of_them = |task: &&TaskEndpoint| {
        let has = task.metrics.iter().any(|own| {
            metric.is_some_and(|metric| metric.id() == own.text.id)
                && own.text.id != RANKS_ONLY
                && asked(&own.endpoint(&task.name.value))
        });
        has && task.binary().any(|name| nested.contains(&name.value))
    };
    let at_threshold = matches!(
        metric,
        Some(
            GatedMetric::Sensitivity
                | GatedMetric::Specificity
                | GatedMetric::Ppv
                | GatedMetric::Npv
                | GatedMetric::Accuracy
                | GatedMetric::FlagRate
        )
    );
    let own = nested
        .iter()
        .map(String::as_str)
        .filter(|name| at_threshold && asked(name));
    let of_tasks = tasks.iter().filter(made_of_them);
    let concerned: Vec<&str> = own
        .chain(of_tasks.map(|task| task.name.value.as_str()))
        .collect();
    if concerned.is_empty() {
        return Some(());
    }
    let message = format!(
        "`{}` asks for a figure at the threshold of {}, which is chosen on the same cases (`on: nested`): no requirement can be shown to be met on cases that set the threshold",
        rule.path,
        concerned.join(" and ")
    );
    rule.error(
        "chosen-on-the-same-cases",
        message,
        "choose the threshold on rows of its own (`cohort.tuning` and `on: tuning`) or fix it; name `endpoint` where only another one is meant; auroc, calibration and decision_flips can be gated",
    );
    None
}
