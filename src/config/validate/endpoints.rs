//! The `endpoints` section.

use super::super::audit::{
    CohortSpec, Direction, Endpoint, Head, OutputSpec, Prevalences, RankingSpec, TaskEndpoint,
};
use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::keys;
use super::super::located::Located;
use super::Need;
use super::aggregate::{UnitOfThreshold, endpoint_unit};
use super::measures;
use super::names::{canonical, visible_name};
use super::paired;
use super::reader::{Section, Value};
use super::tasks;
use super::thresholds;

/// What other sections say that endpoints depend on.
pub(super) struct Scores<'a> {
    pub(super) output: Option<&'a OutputSpec>,
    pub(super) cohort: Option<&'a CohortSpec>,
    /// Whether scores come, or may come, from the model that the audit names.
    pub(super) from_model: bool,
}

/// The endpoints, binary ones and those of other tasks; the units that their thresholds are for go
/// to `units`.
pub(super) fn endpoints(
    value: &Value<'_>,
    scores: &Scores<'_>,
    units: &mut Vec<UnitOfThreshold>,
) -> Option<(Vec<Endpoint>, Vec<TaskEndpoint>)> {
    let named = value.named("endpoints")?;
    if named.is_empty() {
        value.error("too-few", "`endpoints` is empty, expected at least one", "");
        return None;
    }
    let only = named.len() == 1;
    let (others, binary): (Vec<_>, Vec<_>) = named
        .iter()
        .partition(|(_, value)| tasks::task_of(value).is_some());
    let endpoints: Vec<Option<Endpoint>> = binary
        .iter()
        .map(|(name, value)| endpoint(name, value, scores, only, units))
        .collect();
    let others: Vec<Option<TaskEndpoint>> = others
        .iter()
        .map(|(name, value)| tasks::endpoint(name, value))
        .collect();
    let endpoints: Vec<Endpoint> = endpoints.into_iter().collect::<Option<_>>()?;
    let others: Vec<TaskEndpoint> = others.into_iter().collect::<Option<_>>()?;
    let paired = paired::check(value, &endpoints);
    (tasks::check(value, &endpoints, &others) && paired).then_some((endpoints, others))
}

fn endpoint(
    name: &Located<String>,
    value: &Value<'_>,
    scores: &Scores<'_>,
    only: bool,
    units: &mut Vec<UnitOfThreshold>,
) -> Option<Endpoint> {
    let named = visible_name(value.cx, name, "an endpoint", &[]);
    let section = value.section(&keys::ENDPOINT)?;
    let score = score(&section, scores, only);
    let truth = section
        .required(
            "truth",
            "write `truth: {column: ..., positive: [...], negative: [...]}`",
        )
        .and_then(|value| truth(&value, scores.cohort));
    let threshold = section
        .required(
            "threshold",
            "write the deployed threshold: `threshold: {fixed: 0.5}`",
        )
        .and_then(|value| thresholds::threshold(&value, scores));
    let directions = [("higher", Direction::Higher), ("lower", Direction::Lower)];
    let direction = match section.get("direction") {
        None => Some(Direction::Higher),
        Some(value) => value.choice(&directions, &[]),
    };
    let prevalence = match section.get("prevalence") {
        None => Some(Prevalences::NotDeclared),
        Some(value) => measures::prevalences(&value),
    };
    let ranking = match section.get("ranking") {
        None => Some(RankingSpec::default()),
        Some(value) => measures::ranking(&value),
    };
    let net_benefit = match section.get("net_benefit") {
        None => Some(Vec::new()),
        Some(value) => measures::net_benefit(&value, scores.output),
    };
    let paired_with = match section.get("paired_with") {
        None => Some(None),
        Some(value) => value.name().map(Some),
    };
    let unit = endpoint_unit(&section);
    units.extend(unit.flatten());
    let truth = truth?;
    unit?;
    Some(Endpoint {
        name: named.then(|| name.clone())?,
        score: score?,
        truth_column: truth.column,
        positive: truth.positive,
        negative: truth.negative,
        threshold: threshold?,
        direction: direction?,
        prevalence: prevalence?,
        ranking: ranking?,
        net_benefit: net_benefit?,
        paired_with: paired_with?,
    })
}

fn score(
    section: &Section<'_>,
    scores: &Scores<'_>,
    only: bool,
) -> Option<Option<Located<String>>> {
    let labels: Vec<&str> = scores
        .output
        .iter()
        .flat_map(|output| &output.labels)
        .flatten()
        .map(|label| label.value.as_str())
        .collect();
    let Some(value) = section.get("score") else {
        if only && labels.len() < 2 {
            return Some(None);
        }
        let help = if labels.is_empty() {
            "name the score of each endpoint: a label of the output, or a column of scores"
                .to_owned()
        } else {
            format!("name one of the labels: {}", labels.join(", "))
        };
        section.required("score", &help);
        return None;
    };
    let name = value.name()?;
    let Some(output) = scores.output.filter(|_| scores.from_model) else {
        return Some(Some(name));
    };
    if matches!(output.head, Head::Segmentation | Head::Detection) {
        let message = "of outlines and boxes no score is kept that a binary endpoint could take";
        let help = "write `task: segmentation` or `task: detection` in the endpoint";
        value.error("unknown-score", message, help);
        return None;
    }
    if labels.is_empty() {
        if output.head == Head::Binary && value.cx.need == Need::Model && name.value != "score" {
            let message = format!(
                "there is no label {}, since the output has no labels",
                quoted(&name)
            );
            let help = format!(
                "leave `score` out, or write `labels: [{}]` under `output`",
                name.value
            );
            value.error("unknown-score", message, &help);
            return None;
        }
    } else if !labels.contains(&name.value.as_str()) {
        let message = format!("{} is no label of the output", quoted(&name));
        value.error(
            "unknown-score",
            message,
            &suggestion(&name, &labels, "label"),
        );
        return None;
    }
    Some(Some(name))
}

struct Truth {
    column: Located<String>,
    positive: Vec<Located<String>>,
    negative: Vec<Located<String>>,
}

fn truth(value: &Value<'_>, cohort: Option<&CohortSpec>) -> Option<Truth> {
    let section = value.section(&keys::TRUTH)?;
    let column = section
        .required("column", "name the column with the reference standard")
        .and_then(|value| value.name());
    let texts = |key: &str| {
        let help = format!(
            "give the texts that mean {key}: `{key}: [\"{}\"]`",
            u8::from(key == "positive")
        );
        section
            .required(key, &help)
            .and_then(|value| value.texts(1))
    };
    let (positive, negative) = (texts("positive"), texts("negative"));
    let (positive, negative) = (positive?, negative?);
    let mut clear = true;
    for text in &negative {
        if let Some(first) = positive
            .iter()
            .find(|other| canonical(other) == canonical(text))
        {
            clear = false;
            let message = format!("{} means both positive and negative", quoted(text));
            value.cx.report(
                Diagnostic::error("contradiction", message)
                    .at(text.span)
                    .label("negative here")
                    .also(first.span, "positive here"),
            );
        }
    }
    let missing = cohort.map_or(&[][..], |cohort| &cohort.missing);
    for text in positive.iter().chain(&negative) {
        if missing.contains(&text.value) {
            clear = false;
            let message = format!(
                "{} counts as missing, so that it cannot be a truth",
                quoted(text)
            );
            value.cx.report(
                Diagnostic::error("contradiction", message)
                    .at(text.span)
                    .help("write `cohort: {missing: [...]}` without it if it is a truth"),
            );
        }
    }
    clear.then_some(Truth {
        column: column?,
        positive,
        negative,
    })
}
