//! The `output` and `aggregate` sections.

use super::super::audit::{Activation, Head, OutputSpec, Pool, ScoreKind};
use super::super::diagnostic::Diagnostic;
use super::super::keys;
use super::super::located::Located;
use super::Need;
use super::reader::{Context, Section, Value};

const HEADS: [(&str, Head); 3] = [
    ("binary", Head::Binary),
    ("multilabel", Head::Multilabel),
    ("multiclass", Head::Multiclass),
];
const LATER_HEADS: [&str; 8] = [
    "class_index",
    "ordinal",
    "regression",
    "survival",
    "risk",
    "segmentation",
    "detection",
    "embedding",
];
const ACTIVATIONS: [(&str, Activation); 3] = [
    ("none", Activation::None),
    ("sigmoid", Activation::Sigmoid),
    ("softmax", Activation::Softmax),
];
const SCORE_KINDS: [(&str, ScoreKind); 3] = [
    ("probability", ScoreKind::Probability),
    ("logit", ScoreKind::Logit),
    ("score", ScoreKind::Score),
];

/// An audit of stored scores may leave the section out: its scores then only rank.
pub(super) fn without_section(cx: &Context<'_>) -> OutputSpec {
    cx.report(kind_not_declared());
    OutputSpec {
        name: None,
        head: Head::Binary,
        activation: Activation::None,
        score_kind: ScoreKind::Score,
        labels: Vec::new(),
        pool: None,
    }
}

fn kind_not_declared() -> Diagnostic {
    let message = "the audit does not say what a score is, so that scores only rank and nothing is said of calibration";
    Diagnostic::note("score-kind-not-declared", message)
        .help("write `output: {score_kind: probability}` if scores are meant as probabilities")
}

pub(super) fn output(value: &Value<'_>) -> Option<OutputSpec> {
    let section = value.section(&keys::OUTPUT)?;
    let need = value.cx.need;
    let labels = match section.get("labels") {
        None => Some(Vec::new()),
        Some(value) => labels(&value),
    };
    let head = match (section.get("head"), need, &labels) {
        (None, Need::Scores, Some(labels)) if labels.len() > 1 => Some(Head::Multilabel),
        (None, Need::Scores, _) => Some(Head::Binary),
        _ => section
            .required(
                "head",
                "say what the model's numbers stand for: binary, multilabel or multiclass",
            )
            .and_then(|value| value.choice(&HEADS, &LATER_HEADS)),
    };
    let activation = match (section.get("activation"), need) {
        (None, Need::Scores) => Some(Activation::None),
        _ => section
            .required(
                "activation",
                "write `sigmoid` or `softmax` for what the tool must apply, `none` when the model already does",
            )
            .and_then(|value| value.choice(&ACTIVATIONS, &[])),
    };
    let score_kind = score_kind(&section, activation);
    let name = match section.get("name") {
        None => Some(None),
        Some(value) => value.name().map(Some),
    };
    let pool = match section.get("pool") {
        None => Some(None),
        Some(value) => value
            .choice(&[("mean", Pool::Mean), ("max", Pool::Max)], &[])
            .map(Some),
    };
    let (head, activation, score_kind) = (head?, activation?, score_kind?);
    let fits = fitting(&section, head, activation, score_kind);
    let labels = labels?;
    let labelled = number_of_labels(&section, head, &labels);
    (fits && labelled).then_some(OutputSpec {
        name: name?,
        head,
        activation,
        score_kind,
        labels,
        pool: pool?,
    })
}

/// After a sigmoid or softmax a score is a probability unless the audit says otherwise.
fn score_kind(section: &Section<'_>, activation: Option<Activation>) -> Option<ScoreKind> {
    if let Some(value) = section.get("score_kind") {
        return value.choice(&SCORE_KINDS, &[]);
    }
    match (activation, section.value.cx.need) {
        (Some(Activation::Sigmoid | Activation::Softmax), _) => Some(ScoreKind::Probability),
        (_, Need::Scores) => {
            section
                .value
                .cx
                .report(kind_not_declared().at(section.value.key));
            Some(ScoreKind::Score)
        }
        (_, Need::Model) => {
            section.required(
                "score_kind",
                "say what a score is: probability, logit or score",
            );
            None
        }
    }
}

fn fitting(section: &Section<'_>, head: Head, activation: Activation, kind: ScoreKind) -> bool {
    let at = |key: &str| section.get(key).unwrap_or_else(|| section.value.clone());
    let mut fits = true;
    let mut refuse = |key: &str, message: &str, help: &str| {
        fits = false;
        at(key).error("contradiction", message, help);
    };
    match (head, activation) {
        (Head::Binary | Head::Multilabel, Activation::Softmax) => refuse(
            "activation",
            "softmax is over classes of which one is true, which this head has not",
            "write `head: multiclass` with one label for each class, or `activation: sigmoid`",
        ),
        (Head::Multiclass, Activation::Sigmoid) => refuse(
            "activation",
            "a sigmoid takes each number by itself, but of classes exactly one is true",
            "write `activation: softmax`, or `head: multilabel`",
        ),
        _ => {}
    }
    if activation != Activation::None && kind == ScoreKind::Logit {
        refuse(
            "score_kind",
            "`score_kind` is what a score is after the activation, and that is no logit",
            "write `score_kind: probability`, or `activation: none`",
        );
    }
    fits
}

fn labels(value: &Value<'_>) -> Option<Vec<Option<Located<String>>>> {
    let labels: Vec<Option<Option<Located<String>>>> = value
        .list("labels, with `~` for a number that is not used")?
        .iter()
        .map(|label| {
            if label.is_empty() {
                Some(None)
            } else {
                label.name().map(Some)
            }
        })
        .collect();
    let labels = labels.into_iter().collect::<Option<Vec<_>>>()?;
    let named: Vec<Located<String>> = labels.iter().flatten().cloned().collect();
    value.cx.unique(&named, &value.path).then_some(labels)
}

/// Stored scores have names of their own, so that labels may be left out there.
fn number_of_labels(section: &Section<'_>, head: Head, labels: &[Option<Located<String>>]) -> bool {
    let Some(value) = section.get("labels") else {
        if head != Head::Binary && section.value.cx.need == Need::Model {
            section.required("labels", "give one label for each of the model's numbers, in its order; `~` for one that is not used");
            return false;
        }
        return true;
    };
    let expected = match head {
        Head::Binary if labels.len() > 1 => "at most one, since a binary head gives one number",
        Head::Multiclass if labels.len() < 2 => "at least two classes",
        Head::Multilabel if labels.is_empty() => "at least one",
        _ if !labels.is_empty() && labels.iter().all(Option::is_none) => "at least one with a name",
        _ => return true,
    };
    let message = format!(
        "`{}` has {} labels, expected {expected}",
        value.path,
        labels.len()
    );
    value.error("label-count", message, "");
    false
}
