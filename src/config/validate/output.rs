//! The `output` and `aggregate` sections.

use super::super::audit::{Activation, Head, OutputSpec, Pool, Resample, ScoreKind};
use super::super::diagnostic::Diagnostic;
use super::super::keys;
use super::super::located::Located;
use super::Need;
use super::reader::{Context, Section, Value};

const HEADS: [(&str, Head); 6] = [
    ("binary", Head::Binary),
    ("multilabel", Head::Multilabel),
    ("multiclass", Head::Multiclass),
    // Named numbers of any kind: they are read as those of several labels are.
    ("numbers", Head::Multilabel),
    ("segmentation", Head::Segmentation),
    ("detection", Head::Detection),
];
const LATER_HEADS: [&str; 2] = ["class_index", "embedding"];
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

/// Inside an outline where the map is at least this, unless the audit file says otherwise.
const INSIDE_FROM: f64 = 0.5;

const RESAMPLES: [(&str, Resample); 3] = [
    ("linear", Resample::Linear),
    ("nearest", Resample::Nearest),
    ("refuse", Resample::Refuse),
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
        inside_from: INSIDE_FROM,
        resample: Resample::Linear,
        boxes: None,
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
                "say what the model's numbers stand for: binary, multilabel, multiclass, numbers, segmentation or detection",
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
    let score_kind = match head {
        // What is kept of an outline or a box is no probability.
        Some(Head::Segmentation | Head::Detection) => Some(ScoreKind::Score),
        _ => score_kind(&section, activation),
    };
    let inside_from = match section.get("inside_from") {
        None => Some(INSIDE_FROM),
        Some(value) => value.number(),
    };
    let resample = match section.get("resample") {
        None => Some(Resample::Linear),
        Some(value) => value.choice(&RESAMPLES, &[]),
    };
    let boxes = match section.get("boxes") {
        None => Some(None),
        Some(value) => value.name().map(Some),
    };
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
    let fits = fitting(&section, head, activation, score_kind) && of_its_head(&section, head);
    let labels = labels?;
    let labelled = number_of_labels(&section, head, &labels);
    (fits && labelled).then_some(OutputSpec {
        name: name?,
        head,
        activation,
        score_kind,
        labels,
        pool: pool?,
        inside_from: inside_from?,
        resample: resample?,
        boxes: boxes?,
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
        (Head::Binary | Head::Multilabel | Head::Detection, Activation::Softmax) => refuse(
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

/// Keys that only one kind of output has.
fn of_its_head(section: &Section<'_>, head: Head) -> bool {
    let mut fits = true;
    for (key, own) in [
        ("inside_from", Head::Segmentation),
        ("resample", Head::Segmentation),
        ("boxes", Head::Detection),
    ] {
        if let Some(value) = section.get(key).filter(|_| head != own) {
            let message = format!("`output.{key}` has nothing to say of this head");
            value.error("contradiction", message, "remove it");
            fits = false;
        }
    }
    let pooled = matches!(head, Head::Segmentation | Head::Detection);
    if let Some(value) = section.get("pool").filter(|_| pooled) {
        let message = "`output.pool` makes one number of a map, and this head keeps the map";
        value.error("contradiction", message, "remove it");
        fits = false;
    }
    let lacks = head == Head::Detection && section.value.cx.need == Need::Model;
    for key in ["name", "boxes"] {
        if lacks && section.get(key).is_none() {
            section.required(
                key,
                "a detection has two outputs: `name:` that of the scores, `boxes:` that of the boxes",
            );
            fits = false;
        }
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
        Head::Multilabel | Head::Segmentation if labels.is_empty() => "at least one",
        Head::Detection if labels.len() != 1 => "one, which names the boxes",
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
