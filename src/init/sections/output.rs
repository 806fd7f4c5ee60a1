//! `output` and `endpoints`: what the numbers are, and what they are measured by.

use crate::init::columns::ColumnFacts;
use crate::init::draft::Chosen;
use crate::init::model::Given;
use crate::init::write::{Lines, list, scalar};

/// Labels beyond this are one TODO together.
const MOST_LABELS: usize = 40;

/// `output` and `endpoints`.
pub(in crate::init) fn endpoint(chosen: &Chosen<'_>, out: &mut Lines) {
    out.blank();
    match &chosen.survey.model.given {
        Given::Stored => stored(chosen, out),
        Given::One => one_number(chosen, None, out),
        Given::Numbers(count) => numbers(chosen, *count, out),
        Given::Maps(labels) => maps(chosen, *labels, out),
        Given::Boxes {
            boxes,
            scores,
            candidates,
        } => detected(chosen, (boxes, scores), *candidates, out),
        Given::Unclear(outputs) => {
            let todo = out.todo(&format!(
                "which output holds the scores: {}",
                outputs.join(", ")
            ));
            one_number(chosen, Some(todo), out);
        }
    }
}

/// The activation that is left to apply, and what a score is then.
fn activation(chosen: &Chosen<'_>, words: &str, out: &mut Lines) -> String {
    match chosen.survey.known.activation {
        Some((activation, kind)) => {
            out.comment(0, "The graph's last operator is the activation.");
            format!("activation: {activation}, score_kind: {kind}")
        }
        None => {
            out.comment(
                0,
                "The graph's last operator is no activation. After sigmoid or softmax a score is a \
                 probability; with `activation: none` add `score_kind: probability`, `logit` or `score`.",
            );
            format!("activation: {}", out.todo(words))
        }
    }
}

/// The name of the endpoint: that of the column with the truth.
fn name(chosen: &Chosen<'_>) -> String {
    named_like(chosen.truth.map_or("finding", |truth| truth.name.as_str()))
}

fn named_like(name: &str) -> String {
    let name = name.strip_prefix("dicom:").unwrap_or(name);
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | ' ');
    scalar(
        &name
            .chars()
            .map(|one| if fits(one) { one } else { '_' })
            .collect::<String>(),
    )
}

fn one_number(chosen: &Chosen<'_>, output: Option<String>, out: &mut Lines) {
    let head = if output.is_some() {
        out.todo("binary, multilabel, multiclass, numbers, segmentation or detection")
    } else {
        "binary".to_owned()
    };
    let words = "sigmoid, or none where the number is to be taken as it is";
    let activation = activation(chosen, words, out);
    let named = output.map_or_else(String::new, |name| format!("name: {name}, "));
    out.push(format!("output: {{{named}head: {head}, {activation}}}"));
    out.blank();
    out.push("endpoints:");
    binary(chosen, None, out);
}

/// An endpoint with a positive and a negative side.
fn binary(chosen: &Chosen<'_>, score: Option<String>, out: &mut Lines) {
    if let Some(truth) = chosen.truth {
        out.comment(2, &format!("{}: {}", truth.name, truth.levels_text()));
    } else {
        let candidates = candidates(chosen);
        if !candidates.is_empty() {
            out.comment(
                2,
                "Columns with few values, of which one may be the reference standard:",
            );
            for candidate in candidates {
                out.comment(
                    2,
                    &format!("  {}: {}", candidate.name, candidate.levels_text()),
                );
            }
        }
    }
    out.push(format!("  {}:", name(chosen)));
    if let Some(score) = score {
        out.push(format!("    score: {score}"));
    }
    out.push("    truth:");
    let column = match chosen.truth {
        Some(truth) => scalar(&truth.name),
        None => out.todo("column with the reference standard"),
    };
    out.push(format!("      column: {column}"));
    for (key, values) in [
        ("positive", &chosen.positive),
        ("negative", &chosen.negative),
    ] {
        let values = side(key, values, out);
        out.push(format!("      {key}: {values}"));
    }
    let threshold = threshold(chosen, out);
    out.comment(4, ABOUT_THRESHOLDS);
    out.push(format!("    threshold: {{fixed: {threshold}}}"));
}

const ABOUT_THRESHOLDS: &str =
    "Positive when the score is at least the threshold. One tuned on this cohort would flatter it.";

fn side(key: &str, values: &[String], out: &mut Lines) -> String {
    if values.is_empty() {
        format!("[{}]", out.todo(&format!("values that mean {key}")))
    } else {
        list(values)
    }
}

fn threshold(chosen: &Chosen<'_>, out: &mut Lines) -> String {
    match chosen.answers.threshold {
        Some(threshold) => threshold.to_string(),
        None => out.todo("threshold that the makers fixed, on the scale of the score"),
    }
}

/// One endpoint for each finding.
fn each(chosen: &Chosen<'_>, out: &mut Lines) {
    out.comment(2, ABOUT_THRESHOLDS);
    for one in &chosen.several {
        out.comment(
            2,
            &format!("{}: {}", one.truth.name, one.truth.levels_text()),
        );
        let what = score_wanted(chosen, &one.truth.name);
        let score = match &one.score {
            Some(score) => scalar(score),
            None => out.todo(&what),
        };
        let positive = side("positive", &one.positive, out);
        let negative = side("negative", &one.negative, out);
        out.push(format!("  {}:", named_like(&one.truth.name)));
        out.push(format!("    score: {score}"));
        out.push(format!(
            "    truth: {{column: {}, positive: {positive}, negative: {negative}}}",
            scalar(&one.truth.name)
        ));
        let threshold = threshold(chosen, out);
        out.push(format!("    threshold: {{fixed: {threshold}}}"));
    }
}

/// What the score of one of several findings is to be.
fn score_wanted(chosen: &Chosen<'_>, finding: &str) -> String {
    let stored = chosen.survey.stored.as_ref();
    match stored.map(|stored| stored.columns.as_slice()) {
        Some(columns) if columns.len() < chosen.several.len() => {
            let names: Vec<&str> = columns.iter().map(|one| one.name.as_str()).collect();
            let holds = if names.is_empty() {
                "no column of scores".to_owned()
            } else {
                format!("only {}", names.join(", "))
            };
            format!(
                "column with the score of {finding}. {} findings need a score each, and the table of scores has {holds}: \
                 add a column to it, or delete the endpoints without one",
                chosen.several.len()
            )
        }
        _ => format!("score of {finding}: {}", score_names(chosen)),
    }
}

/// What may be named as a score.
fn score_names(chosen: &Chosen<'_>) -> String {
    match &chosen.survey.stored {
        Some(stored) => {
            let names: Vec<&str> = stored.columns.iter().map(|one| one.name.as_str()).collect();
            format!("one of {}", names.join(", "))
        }
        None => "label of the output that this is about".to_owned(),
    }
}

/// Stored scores: what they are, and what they are held against.
fn stored(chosen: &Chosen<'_>, out: &mut Lines) {
    let Some(stored) = &chosen.survey.stored else {
        return;
    };
    if stored.are_shares() {
        out.comment(
            0,
            "All scores lie between 0 and 1. `score` claims nothing of them; if they are meant as probabilities write \
             `score_kind: probability`, and their calibration is measured too.",
        );
    } else {
        out.comment(
            0,
            "`logit` where the sigmoid of a score is a probability, else `score`.",
        );
    }
    out.push("output: {score_kind: score}");
    out.blank();
    out.push("endpoints:");
    if !chosen.several.is_empty() {
        each(chosen, out);
        return;
    }
    let called = chosen
        .truth
        .and_then(|truth| chosen.survey.score_called(&truth.name));
    let score = match (called, stored.columns.as_slice()) {
        (Some(called), _) => scalar(&called),
        (None, [only]) => scalar(&only.name),
        (None, []) => out.todo("column of the table of scores that holds the score"),
        (None, _) => out.todo(&format!("column with the score: {}", score_names(chosen))),
    };
    binary(chosen, Some(score), out);
}

fn candidates<'a>(chosen: &Chosen<'a>) -> Vec<&'a ColumnFacts> {
    let mut all = chosen.survey.truths();
    all.truncate(12);
    all
}

fn labels(chosen: &Chosen<'_>, count: Option<usize>, out: &mut Lines) -> String {
    let known = &chosen.survey.known.labels;
    if !known.is_empty() && count.is_none_or(|count| count == known.len()) {
        return list(known);
    }
    match count {
        Some(count) if count <= MOST_LABELS => {
            let labels: Vec<String> = (1..=count)
                .map(|place| out.todo(&format!("name of number {place} of the output")))
                .collect();
            format!("[{}]", labels.join(", "))
        }
        _ => format!("[{}]", out.todo("one name for each number of the output")),
    }
}

fn numbers(chosen: &Chosen<'_>, count: Option<usize>, out: &mut Lines) {
    let several = !chosen.several.is_empty();
    let classes = chosen.truth.filter(|truth| {
        let levels = truth.levels.len();
        levels > 2 && count.is_none_or(|count| count == levels)
    });
    let head = match (classes, chosen.survey.known.head) {
        (_, Some(head)) => head.to_owned(),
        (_, None) if several => {
            out.comment(
                0,
                "Several columns of yes and no are findings of their own, so that each number is taken by itself.",
            );
            "multilabel".to_owned()
        }
        (Some(truth), None) => {
            out.comment(
                0,
                &format!("The model gives as many numbers as {} has values, so that they are taken as classes.", truth.name),
            );
            "multiclass".to_owned()
        }
        (None, None) => {
            out.todo("multilabel (each by itself), multiclass (exactly one is true) or numbers")
        }
    };
    let words = "sigmoid, or softmax (with multiclass), or none";
    let activation = activation(chosen, words, out);
    out.push("output:");
    out.push(format!("  head: {head}"));
    for part in activation.split(", score_kind: ").enumerate() {
        match part {
            (0, text) => out.push(format!("  {text}")),
            (_, text) => out.push(format!("  score_kind: {text}")),
        }
    }
    let labels = labels(chosen, count, out);
    out.push(format!("  labels: {labels}  # in the model's order"));
    out.blank();
    out.push("endpoints:");
    match classes {
        Some(truth) => {
            out.comment(2, &format!("{}: {}", truth.name, truth.levels_text()));
            let mut names: Vec<String> =
                truth.levels.iter().map(|(text, _)| text.clone()).collect();
            names.sort();
            out.push(format!("  {}:", name(chosen)));
            out.push("    task: multiclass");
            out.push(format!("    classes: {}", list(&names)));
            out.push(format!("    truth: {{column: {}}}", scalar(&truth.name)));
        }
        None if several => each(chosen, out),
        None => {
            let score = out.todo("label of the output that this is about");
            binary(chosen, Some(score), out);
        }
    }
}

fn maps(chosen: &Chosen<'_>, count: Option<usize>, out: &mut Lines) {
    let activation = match chosen.survey.known.activation {
        Some(_) => "none".to_owned(),
        None => out.todo("sigmoid, softmax (the largest map decides) or none"),
    };
    let labels = labels(chosen, count, out);
    out.comment(
        0,
        "A map is read as an outline. A map that is only a score takes `head: binary` and `pool`.",
    );
    out.push(format!(
        "output: {{head: segmentation, activation: {activation}, labels: {labels}}}"
    ));
    out.blank();
    let outline = out.todo("the label that is measured");
    let mask = match chosen.survey.images.get(1) {
        Some(column) => scalar(&chosen.survey.columns[column.column].name),
        None => out.todo("column with the mask's file"),
    };
    let tolerance =
        out.todo("distance up to which surfaces count as alike, in the masks' spacing or pixels");
    out.push("endpoints:");
    out.push("  outline:");
    out.push("    task: segmentation");
    out.push(format!("    outline: {outline}"));
    out.push(format!("    truth: {{mask: {mask}}}"));
    out.push(format!("    tolerance: {tolerance}"));
}

fn detected(chosen: &Chosen<'_>, ports: (&str, &str), candidates: Option<usize>, out: &mut Lines) {
    let (boxes, scores) = ports;
    let activation = match chosen.survey.known.activation {
        Some(_) => "none".to_owned(),
        None => out.todo("sigmoid, or none where the scores are taken as they are"),
    };
    out.push(format!(
        "output: {{head: detection, name: {}, boxes: {}, activation: {activation}, labels: [lesion]}}",
        scalar(scores),
        scalar(boxes)
    ));
    out.blank();
    let candidates = candidates.map_or_else(
        || out.todo("boxes that the model gives for each image"),
        |count| count.to_string(),
    );
    let truth = out.todo(
        "the columns with left, top, right and bottom, or in place of `box` `boxes` and one column",
    );
    let threshold = match chosen.answers.threshold {
        Some(threshold) => threshold.to_string(),
        None => out.todo("score from which a box is shown"),
    };
    out.push("endpoints:");
    out.push("  lesion:");
    out.push("    task: detection");
    out.push("    boxes: lesion");
    out.push(format!("    candidates: {candidates}"));
    out.push(format!("    truth: {{box: [{truth}]}}"));
    out.comment(
        4,
        "Where true and predicted boxes are in pixels of images of different sizes:",
    );
    out.push("    # size_of_truth: [width, height]");
    out.push("    # size_of_boxes: [width, height]");
    out.push(format!("    threshold: {threshold}"));
}
