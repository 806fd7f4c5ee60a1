//! Methods, written from the configuration.

use super::super::result::{AuditResult, EndpointSummary};
use super::super::{format, names, words};
use super::block::{Block, Cell, Column, Definition, Row, Section, Table};
use super::{method_texts, threshold_words};

/// The methods section.
pub(super) fn section(result: &AuditResult) -> Section {
    let methods = &result.methods;
    let cohort = &result.cohort;
    let mut section = Section::new("methods", "Methods");
    section.say(format!(
        "Displayed intervals are two-sided at {}. {} Resampling used {} with seed {}.",
        format::percent(methods.confidence),
        match methods.alpha {
            Some(alpha) => format!(
                "Gating limits are one-sided at {}.",
                format::plain(alpha, 4).trim_end_matches('0')
            ),
            None => "There was no gate.".to_owned(),
        },
        format::counted(methods.replicates, "replicate", "replicates"),
        methods.seed,
    ));
    section.say(if cohort.clustered {
        format!(
            "The unit of analysis is the {}; the patient is the unit of sampling, and all intervals take the samples of one patient together.",
            cohort.unit
        )
    } else {
        format!("The unit of analysis is the {}; no patient column was declared, so every sample was taken as independent.", cohort.unit)
    });
    section.heading("Endpoints");
    if !methods.endpoints.is_empty() {
        section.blocks.push(Block::Table(endpoints(result)));
    }
    if !methods.tasks.is_empty() {
        section.blocks.push(Block::Table(tasks(result)));
    }
    for endpoint in &methods.endpoints {
        section.say(threshold_words::in_full(endpoint));
    }
    if !methods.inputs.is_empty() {
        section.heading("Model inputs");
        let inputs = methods.inputs.iter();
        let lines = inputs.flat_map(|input| input.lines_with(&names::name));
        section.blocks.push(Block::List(lines.collect()));
    }
    section.heading("Preprocessing");
    if methods.preprocessing.is_empty() {
        section.absent("Not described because no image was read: scores came from a file.");
    } else {
        section
            .blocks
            .push(Block::List(methods.preprocessing.clone()));
    }
    section.heading("Statistical methods");
    if methods.method_ids.is_empty() {
        section.absent("None listed because nothing was computed.");
    } else {
        let references = methods.method_ids.iter().map(|id| reference(id)).collect();
        section.blocks.push(Block::References(references));
    }
    section
}

fn endpoints(result: &AuditResult) -> Table {
    let rows = result
        .methods
        .endpoints
        .iter()
        .map(|e| {
            let relation = if e.relation == "<=" {
                "\u{2264}"
            } else {
                "\u{2265}"
            };
            Row {
                id: None,
                class: "",
                cells: vec![
                    Cell::new(names::name(&e.name)),
                    Cell::new(names::name(&e.score)),
                    Cell::new(e.score_kind.clone()),
                    Cell::new(format!("{relation} {}", e.threshold)),
                    Cell::new(names::name(&e.truth_column)),
                    Cell::new(names::list(&e.positive)),
                    Cell::new(names::list(&e.negative)),
                    Cell::new(prevalences(e)),
                    Cell::new(read_off(e)),
                ],
            }
        })
        .collect();
    Table {
        caption: "Endpoints as they were measured".to_owned(),
        class: "endpoints",
        columns: [
            "Endpoint",
            "Score",
            "Kind of score",
            "Called positive",
            "Truth column",
            "Positive",
            "Negative",
            "Prevalence in use",
            "Read off the ROC curve",
        ]
        .map(Column::text)
        .into(),
        rows,
        ..Table::default()
    }
}

/// Endpoints with a task, as declared.
fn tasks(result: &AuditResult) -> Table {
    let rows = result.methods.tasks.iter().map(|one| Row {
        cells: vec![
            Cell::new(names::name(&one.name)),
            Cell::new(names::name(&one.task)),
            Cell::new(
                one.declared
                    .iter()
                    .map(|(key, value)| names::name(&format!("{key}: {value}")))
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
            Cell::new(
                one.metrics
                    .iter()
                    .map(|metric| words::metric(metric))
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        ],
        ..Row::default()
    });
    Table {
        caption: "Endpoints with a task".to_owned(),
        class: "endpoints",
        columns: vec![
            Column::text("Endpoint"),
            Column::text("Task"),
            Column::wide("As declared"),
            Column::wide("Metrics"),
        ],
        rows: rows.collect(),
        ..Table::default()
    }
}

/// The shares of positives that an endpoint declares.
fn prevalences(e: &EndpointSummary) -> String {
    let all: Vec<String> = match &e.prevalences[..] {
        [] => e.prevalence.iter().map(f64::to_string).collect(),
        listed => listed.iter().map(f64::to_string).collect(),
    };
    if all.is_empty() {
        "not declared".to_owned()
    } else {
        all.join(", ")
    }
}

/// What is read off the ROC curve besides the threshold, as declared.
fn read_off(e: &EndpointSummary) -> String {
    let parts: Vec<String> = [
        (e.at_specificity, "sensitivity at specificity"),
        (e.at_sensitivity, "specificity at sensitivity"),
        (e.partial_from, "partial area from specificity"),
    ]
    .into_iter()
    .filter_map(|(value, name)| Some(format!("{name} {}", value?)))
    .collect();
    if parts.is_empty() {
        "nothing declared".to_owned()
    } else {
        parts.join("; ")
    }
}

fn reference(id: &str) -> Definition {
    let anchor = format!("method.{}", super::super::anchor::encode_part(id));
    match method_texts::method(id) {
        Some(method) => {
            let sources = method.sources.join(" ");
            Definition {
                id: Some(anchor),
                term: format!("{} ({id})", method.name),
                detail: format!("{} {sources}", method.text),
                sources,
            }
        }
        None => Definition {
            id: Some(anchor),
            ..Definition::new(id, "No description is stored for this method.")
        },
    }
}
