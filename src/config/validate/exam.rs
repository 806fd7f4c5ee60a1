//! `cohort.exam`, and the views that the model's inputs take.

use super::super::audit::{
    AttributeRule, DuplicateView, ExamSpec, Feed, MissingView, ModelSpec, TruthRule,
};
use super::super::diagnostic::Diagnostic;
use super::super::keys;
use super::cohort::CohortRead;
use super::reader::{Context, Section, Value};

pub(super) fn exam(value: &Value<'_>) -> Option<ExamSpec> {
    let section = value.section(&keys::EXAM)?;
    let name = |key: &str, help: &str| section.required(key, help).and_then(|value| value.name());
    let column = name(
        "column",
        "name the column that tells exams apart: `column: study_id`",
    );
    let view = name(
        "view",
        "name the column with each image's view: `view: view_position`",
    );
    let missing = [
        ("error", MissingView::Error),
        ("skip", MissingView::Skip),
        ("zeros", MissingView::Zeros),
    ];
    let missing = match section.get("missing") {
        None => Some(MissingView::Error),
        Some(value) => value.choice(&missing, &[]),
    };
    let duplicate = [
        ("error", DuplicateView::Error),
        ("first", DuplicateView::First),
        ("last", DuplicateView::Last),
    ];
    let duplicate = match section.get("duplicate") {
        None => Some(DuplicateView::Error),
        Some(value) => value.choice(&duplicate, &[]),
    };
    let truth = truth_rule(&section);
    let attribute = attribute_rule(&section);
    Some(ExamSpec {
        column: column?,
        view: view?,
        missing: missing?,
        duplicate: duplicate?,
        truth: truth?,
        attribute: attribute?,
    })
}

/// `truth` of a section that joins samples.
pub(super) fn truth_rule(section: &Section<'_>) -> Option<TruthRule> {
    let rules = [
        ("any", TruthRule::Any),
        ("all", TruthRule::All),
        ("first", TruthRule::First),
        ("must_agree", TruthRule::MustAgree),
    ];
    match section.get("truth") {
        None => Some(TruthRule::MustAgree),
        Some(value) => value.choice(&rules, &[]),
    }
}

/// `attribute` of a section that joins samples.
pub(super) fn attribute_rule(section: &Section<'_>) -> Option<AttributeRule> {
    let rules = [
        ("must_agree", AttributeRule::MustAgree),
        ("first", AttributeRule::First),
        ("max", AttributeRule::Max),
        ("min", AttributeRule::Min),
    ];
    match section.get("attribute") {
        None => Some(AttributeRule::MustAgree),
        Some(value) => value.choice(&rules, &[]),
    }
}

/// Views that inputs take, and an exam that has them, need each other.
pub(super) fn views(cx: &Context<'_>, model: Option<&ModelSpec>, cohort: Option<&CohortRead>) {
    let (Some(model), Some(cohort)) = (model, cohort) else {
        return;
    };
    match (&cohort.spec.exam, model.views().first()) {
        (None, Some(view)) => cx.report(
            Diagnostic::error(
                "contradiction",
                "an input takes a view, and the cohort does not say which images make an exam",
            )
            .at(view.span)
            .help("write `exam: {column: study_id, view: view_position}` under `cohort`"),
        ),
        (Some(exam), None) => cx.report(
            Diagnostic::error(
                "contradiction",
                "images are joined to exams by view, and no input of the model takes a view",
            )
            .at(exam.column.span)
            .help("say which input takes which: `inputs: {cc: {view: CC}, mlo: {view: MLO}}` under `model`; a model that scores each image by itself is joined by `aggregate`"),
        ),
        _ => {}
    }
    for input in &model.inputs {
        let Feed::Image(feed) = &input.feed else {
            continue;
        };
        if let (Some(exam), Some(column)) = (&cohort.spec.exam, feed.images.first()) {
            let message = format!(
                "input \"{}\" is fed images of columns of one row, and `cohort.exam` ({}) joins several rows",
                input.name.value, exam.column.value
            );
            cx.report(
                Diagnostic::error("contradiction", message)
                    .at(column.span)
                    .help("name a `view` instead, or leave `cohort.exam` out"),
            );
            continue;
        }
        let silent = feed.view.is_none();
        if silent && !model.views().is_empty() {
            let message = format!(
                "input \"{}\" takes an image, and does not say of which view",
                input.name.value
            );
            cx.report(
                Diagnostic::error("view-missing", message)
                    .at(input.name.span)
                    .help("write `view:` with a text of the column of views"),
            );
        }
    }
}
