//! Who was in the audit: flow, failures by group, representativeness.

use super::super::error::ReportError;
use super::super::figures::{self, FlowBox};
use super::super::index::Index;
use super::super::result::{CohortSummary, FlowStep};
use super::super::{format, names};
use super::block::{Block, Cell, Column, Figure, Row, Section, Table};
use super::strata::endpoints;

/// Flow and failures.
pub(super) fn flow(index: &Index<'_>) -> Result<Section, ReportError> {
    let cohort = &index.result.cohort;
    let mut section = Section::new("flow", "Cohort flow and exclusions");
    if cohort.flow.is_empty() {
        section.absent(if index.result.disclosure.flow_withheld {
            "Withheld because few patients are in this cohort (statistics.suppress_below)."
        } else {
            "Not available because the result records no flow."
        });
    } else {
        section.say("From the rows of the manifest to the samples that were measured. Nothing is dropped without a line here.");
        for endpoint in endpoints(index) {
            let steps = steps_of(cohort, endpoint);
            section
                .blocks
                .push(Block::Figure(figure(index, endpoint, &steps)?));
            if !index.several_endpoints() || steps.iter().all(|s| s.endpoint.is_none()) {
                break;
            }
        }
        section.blocks.push(Block::Table(table(index)));
    }
    failures(cohort, &mut section);
    Ok(section)
}

/// Steps common to all endpoints and those of one, in order.
fn steps_of<'a>(cohort: &'a CohortSummary, endpoint: &str) -> Vec<&'a FlowStep> {
    cohort
        .flow
        .iter()
        .filter(|s| s.endpoint.as_deref().is_none_or(|e| e == endpoint))
        .collect()
}

fn figure(index: &Index<'_>, endpoint: &str, steps: &[&FlowStep]) -> Result<Figure, ReportError> {
    let mut boxes: Vec<FlowBox> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        // A step that took nothing away is in the table; in the figure it would be an empty box.
        if i > 0 && step.removed == 0 {
            continue;
        }
        boxes.push(FlowBox {
            removed: if i == 0 {
                String::new()
            } else {
                format!(
                    "{} removed: {}",
                    format::count(step.removed),
                    step.description
                )
            },
            left: format!(
                "{}, {}",
                format::counted(step.remaining, "sample", "samples"),
                format::counted(step.remaining_patients, "patient", "patients")
            ),
        });
    }
    let words: Vec<String> = boxes
        .iter()
        .map(|b| {
            if b.removed.is_empty() {
                b.left.clone()
            } else {
                format!("{}, leaving {}", b.removed, b.left)
            }
        })
        .collect();
    let several = index.several_endpoints() && steps.iter().any(|s| s.endpoint.is_some());
    Ok(Figure {
        table: None,
        caption: if several {
            format!("Cohort flow \u{b7} {}", names::name(endpoint))
        } else {
            "Cohort flow".to_owned()
        },
        note: None,
        svg: figures::flow(
            &index.words,
            &format!(
                "cohort-flow.{}",
                super::super::anchor::encode_part(endpoint)
            ),
            &words.join("; "),
            &boxes,
        )?,
    })
}

fn table(index: &Index<'_>) -> Table {
    let cohort = &index.result.cohort;
    let several = index.several_endpoints();
    let mut columns = vec![Column::wide("Step")];
    if several {
        columns.push(Column::text("Endpoint"));
    }
    columns.extend([
        Column::number("Removed"),
        Column::number("Samples left"),
        Column::number("Patients left"),
    ]);
    let rows = cohort
        .flow
        .iter()
        .enumerate()
        .map(|(i, step)| {
            let mut cells =
                vec![Cell::new(step.description.clone()).with_note(names::name(&step.code))];
            if several {
                cells.push(Cell::new(
                    step.endpoint
                        .as_deref()
                        .map_or_else(|| "all".to_owned(), names::name),
                ));
            }
            cells.extend([
                Cell::new(if i == 0 {
                    "\u{2013}".to_owned()
                } else {
                    format::count(step.removed)
                }),
                Cell::new(format::count(step.remaining)),
                Cell::new(format::count(step.remaining_patients)),
            ]);
            Row {
                id: None,
                class: "",
                cells,
            }
        })
        .collect();
    Table {
        caption: "Steps of the flow".to_owned(),
        class: "flow",
        columns,
        rows,
        ..Table::default()
    }
}

fn failures(cohort: &CohortSummary, section: &mut Section) {
    section.heading("Samples that could not be scored");
    if cohort.failures.is_empty() {
        section.say("None: every sample that entered got a score.");
        return;
    }
    if cohort
        .attributes
        .iter()
        .flat_map(|one| &one.levels)
        .any(|level| level.n.is_none())
    {
        section.note("Groups that are withheld to protect patients have no row here.");
    }
    let rows = cohort
        .failures
        .iter()
        .map(|f| Row {
            id: None,
            class: "",
            cells: vec![
                Cell::new(names::group(&f.attribute, &f.level)),
                Cell::new(f.reason.clone()).with_class("method"),
                Cell::new(format::count(f.n)),
                Cell::new(format::count(f.n_stratum)),
                Cell::new(format::share(f.n, f.n_stratum)),
            ],
        })
        .collect();
    section.blocks.push(Block::Table(Table {
        caption: "Failures by group and reason".to_owned(),
        class: "failures",
        columns: vec![
            Column::group("Group"),
            Column::text("Reason"),
            Column::number("Failed"),
            Column::number("Of"),
            Column::number("Share"),
        ],
        rows,
        ..Table::default()
    }));
}

/// Samples, patients and positives in each level of each attribute.
pub(super) fn representativeness(index: &Index<'_>) -> Section {
    let cohort = &index.result.cohort;
    let mut section = Section::new("representativeness", "Representativeness");
    if cohort.attributes.is_empty() {
        section.absent("Not computed because the audit file declares no attribute (strata).");
        return section;
    }
    section.say(
        "How many samples, patients and reference positives stand behind each group. A group that is small here cannot be judged \
         elsewhere, however its estimate looks.",
    );
    let mut rows = Vec::new();
    for attribute in &cohort.attributes {
        let mut notes = vec![format!("column {}", names::name(&attribute.column))];
        if attribute.varies_within_patients {
            notes.push("varies within patients".to_owned());
        }
        if attribute.exploratory {
            notes.push("exploratory".to_owned());
        }
        rows.push(Row {
            id: None,
            class: "band",
            cells: vec![
                Cell::new(names::attribute(&attribute.attribute)).with_note(notes.join("; ")),
            ],
        });
        rows.extend(attribute.levels.iter().map(|level| Row {
            id: None,
            class: "",
            cells: vec![
                Cell::new(names::level(&attribute.attribute, &level.level)),
                Cell::new(format::count_shown(level.n)),
                Cell::new(format::share_shown(level.n, cohort.n_samples)),
                Cell::new(format::count_shown(level.n_patients)),
                Cell::new(format::count_shown(level.n_positive)),
                Cell::new(format::share_shown(level.n_positive, level.n)),
            ],
        }));
    }
    let first = index.result.methods.endpoints.first();
    section.blocks.push(Block::Table(Table {
        caption: "Who is in the cohort".to_owned(),
        description: first.filter(|_| index.several_endpoints()).map(|e| {
            let name = names::name(&e.name);
            format!("Positives are those of the endpoint {name}.")
        }),
        class: "cohort",
        columns: vec![
            Column::group("Level"),
            Column::number("Samples"),
            Column::number("Share"),
            Column::number("Patients"),
            Column::number("Positives"),
            Column::number("Prevalence"),
        ],
        rows,
        ..Table::default()
    }));
    section
}
