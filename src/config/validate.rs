//! From the tree to the checked [`Audit`]: one file for each section. Every mistake is reported,
//! none stops the reading, and nothing the file says is passed over in silence.

mod aggregate;
mod baseline;
mod case_mix;
mod channels;
mod cohort;
mod dicom;
mod endpoints;
mod equalize;
mod exam;
mod gate;
mod inputs;
mod measures;
mod model;
mod names;
mod output;
mod paired;
mod parity;
mod planning;
mod reader;
#[cfg(test)]
mod remark_tests;
mod remarks;
mod report;
mod requirement;
mod resize;
mod selector;
mod statistics;
mod steps;
mod strata;
mod tasks;
#[cfg(test)]
mod tests;
mod thresholds;
mod todo;
mod values;
mod volumes;
mod waivers;

#[cfg(test)]
pub(in crate::config) use remark_tests::REMARKS;

pub use names::wrong_id;
pub use requirement::requirement_form;

use std::path::Path;

use super::audit::{Audit, ModelSpec};
use super::diagnostic::Diagnostic;
use super::keys;
use super::tree::Node;

use reader::{Context, Section, Value};
use strata::StrataRead;

/// What the audit file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The model will run: `model`, `input` and all of `output` must be there.
    Model,
    /// Scores are at hand, or nothing is run: these sections may be absent, and are checked
    /// where they are given.
    Scores,
}

/// Checks the whole tree. What was noticed goes to `found`; there is an audit unless an error
/// is among it.
pub(super) fn validate(
    root: &Node,
    need: Need,
    base: &Path,
    look_at_files: bool,
    found: &mut Vec<Diagnostic>,
) -> Option<Audit> {
    let cx = Context::new(need, base, look_at_files);
    let audit = audit(&Value::root(&cx, root));
    let mut reported = cx.into_found();
    let todos = todo::todos(root);
    // What a TODO is not is told once, as a TODO.
    reported.retain(|one| {
        one.span
            .is_none_or(|span| todos.iter().all(|todo| todo.span != Some(span)))
    });
    reported.extend(todos);
    if audit.is_none() && !reported.iter().any(Diagnostic::is_error) {
        let message = "internal error: the audit file was refused without a reason";
        found.push(Diagnostic::error("internal", message));
    }
    found.extend(reported);
    audit.filter(|_| !found.iter().any(Diagnostic::is_error))
}

fn audit(root: &Value<'_>) -> Option<Audit> {
    let section = root.section(&keys::ROOT)?;
    let id = section
        .required("audit", "name the audit: `audit: chest-xray-effusion`")
        .and_then(|value| names::identifier(&value, "`audit`"));
    let title = words(&section, "title");
    let intended_use = words(&section, "intended_use");
    let input = for_running(
        &section,
        "input",
        "say how images are read: `input: {kind: raster, channels: rgb}`",
        steps::input,
    );
    let model = for_running(
        &section,
        "model",
        "name the model: `model: {file: model.onnx}`",
        |value| model::model(value, input.flatten()),
    );
    let own = own_steps_everywhere(model.as_ref().and_then(Option::as_ref));
    let preprocess = match section.get("preprocess") {
        None => no_steps(&section, own).map(|steps| (steps, Vec::new())),
        Some(value) => {
            let read = steps::preprocess(&value, input.flatten());
            let unused = own && read.as_ref().is_some_and(|(steps, _)| !steps.is_empty());
            if unused {
                let message = "every declared input of images has its own `preprocess`, so that nothing takes these steps";
                value.error(
                    "contradiction",
                    message,
                    "remove them here, or declare the input that takes them: `model: {inputs: {name: {}}}`",
                );
            }
            read.filter(|_| !unused)
        }
    };
    let cohort = section
        .required(
            "cohort",
            "name the table of samples: `cohort: {manifest: cohort.csv, columns: {...}}`",
        )
        .and_then(|value| cohort::cohort(&value));
    let output = match (section.get("output"), root.cx.need) {
        (Some(value), _) => output::output(&value),
        (None, Need::Scores) => Some(output::without_section(root.cx)),
        (None, Need::Model) => {
            section.required(
                "output",
                "say what the model gives: `output: {head: binary, activation: sigmoid}`",
            );
            None
        }
    };
    let score_kind = output.as_ref().map(|output| output.score_kind);
    let aggregate = match section.get("aggregate") {
        None => Some(Vec::new()),
        Some(value) => aggregate::aggregate(&value, cohort.as_ref(), score_kind),
    };
    let scores = endpoints::Scores {
        output: output.as_ref(),
        cohort: cohort.as_ref().map(|cohort| &cohort.spec),
        from_model: section.get("model").is_some(),
    };
    let endpoint_section = section.required(
        "endpoints",
        "say what is measured: `endpoints: {name: {truth: {...}, threshold: {fixed: 0.5}}}`",
    );
    let mut units = Vec::new();
    let (endpoints, tasks) = endpoint_section
        .as_ref()
        .and_then(|value| endpoints::endpoints(value, &scores, &mut units))
        .unzip();
    if let (Some(cohort), Some(first)) = (&cohort, tasks.iter().flatten().next())
        && cohort.spec.count_failed_as_error
    {
        let message = "`cohort.count_failed_as_error` counts failed samples as wrong decisions, and an endpoint with a task has none";
        let help = "leave it out (failed samples still count against `max_failed_share`), or audit binary endpoints by themselves";
        root.cx.report(
            Diagnostic::error("contradiction", message)
                .at(first.name.span)
                .help(help),
        );
    }
    aggregate::levels(root.cx, &units, aggregate.as_deref(), cohort.as_ref());
    aggregate::one_direction(root.cx, aggregate.as_deref(), endpoints.as_deref());
    aggregate::votes_have_scores(root.cx, aggregate.as_deref(), endpoints.as_deref());
    let strata = match section.get("strata") {
        None => Some(StrataRead::none()),
        Some(value) => strata::strata(&value),
    };
    let statistics = match section.get("statistics") {
        None => Some(statistics::defaults()),
        Some(value) => statistics::statistics(&value, strata.as_ref()),
    };
    let reproducibility = match section.get("reproducibility") {
        None => Some(None),
        Some(value) => statistics::reproducibility(&value).map(Some),
    };
    let parity = match section.get("parity") {
        None => Some(None),
        Some(value) => parity::parity(&value).map(Some),
    };
    let names = strata.as_ref().map(|strata| strata.names.as_slice());
    let report = match section.get("report") {
        None => Some(None),
        Some(value) => report::report(&value, names).map(Some),
    };
    let facts = gate::Facts {
        strata: strata.as_ref(),
        endpoints: endpoint_section.and_then(|value| names_in(&value)),
        tasks: tasks.as_deref(),
        score_kind,
        sampling: cohort.as_ref().and_then(|cohort| cohort.spec.sampling),
        reruns: section.get("reproducibility").is_some(),
        nested: thresholds::nested(endpoints.as_deref()),
    };
    exam::views(
        root.cx,
        model.as_ref().and_then(Option::as_ref),
        cohort.as_ref(),
    );
    thresholds::unused_tuning(root.cx, cohort.as_ref(), endpoints.as_deref());
    let gate = match section.get("gate") {
        None => Some(None),
        Some(value) => gate::gate(&value, &facts).map(Some),
    };
    let strata = strata.filter(StrataRead::is_complete)?;
    let mut model = model?;
    if let (Some(model), Need::Scores) = (&mut model, root.cx.need) {
        inputs::without_image_columns(&mut model.inputs);
    }
    let (preprocess, step_places) = preprocess?;
    let id = id?.value;
    Some(Audit {
        title: title?.unwrap_or_else(|| id.clone()),
        id,
        intended_use: intended_use?,
        model,
        cohort: cohort?.spec,
        input: input?,
        preprocess,
        step_places,
        input_place: section.get("input").map(|value| value.span()),
        output: output?,
        aggregate: aggregate?,
        endpoints: endpoints?,
        tasks: tasks?,
        strata: strata.attributes,
        intersections: strata.crossings?,
        statistics: statistics?,
        reproducibility: reproducibility?,
        parity: parity?,
        report: report?,
        gate: gate?,
    })
}

fn words(section: &Section<'_>, key: &str) -> Option<Option<String>> {
    match section.get(key) {
        None => Some(None),
        Some(value) => value.name().map(|text| Some(text.value.trim().to_owned())),
    }
}

/// A section that must be there when the model runs, and is checked wherever it is given.
fn for_running<T>(
    section: &Section<'_>,
    key: &str,
    help: &str,
    read: impl Fn(&Value<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match (section.get(key), section.value.cx.need) {
        (Some(value), _) => read(&value).map(Some),
        (None, Need::Scores) => Some(None),
        (None, Need::Model) => {
            section.required(key, help);
            None
        }
    }
}

/// Whether every input of images has steps of its own, so that nothing takes those of the file.
fn own_steps_everywhere(model: Option<&ModelSpec>) -> bool {
    model.is_some_and(|model| {
        let mut feeds = model.image_feeds().map(|(_, feed)| feed.way.is_some());
        feeds
            .next()
            .is_some_and(|first| first && feeds.all(|own| own))
    })
}

/// A run without steps is possible, but only on purpose: `preprocess: []`; `own`: every input has
/// steps of its own.
fn no_steps(section: &Section<'_>, own: bool) -> Option<Vec<super::preprocess::Step>> {
    if section.value.cx.need == Need::Model && !own {
        section.required(
            "preprocess",
            "list the steps from pixels to the model's input; `preprocess: []` if there is none",
        );
        return None;
    }
    Some(Vec::new())
}

fn names_in(value: &Value<'_>) -> Option<Vec<String>> {
    value
        .is_mapping()
        .then(|| value.named("endpoints"))
        .flatten()
        .map(|named| named.into_iter().map(|(name, _)| name.value).collect())
}
