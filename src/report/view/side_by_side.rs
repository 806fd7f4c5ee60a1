//! Endpoints by groups in one table: binary endpoints, their averages, and what else is made of them.

use crate::assessment::Estimate;
use crate::tasks::{KeyKind, task};

use super::super::anchor;
use super::super::index::Index;
use super::super::result::TaskSummary;
use super::super::{format, names, words};
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::forests::missing_text;
use super::strata::{endpoints, of_estimates, rank};

/// Metrics of binary endpoints that stand in the table, each with those that average it over endpoints.
const BLOCKS: [(&str, &[&str]); 3] = [
    ("sensitivity", &["macro_sensitivity", "micro_sensitivity"]),
    ("specificity", &["macro_specificity", "micro_specificity"]),
    ("auroc", &["macro_auroc_of_endpoints"]),
];

/// Most groups beside each other; with more of them every attribute has a table of its own.
const MOST_COLUMNS: usize = 16;

/// One line of the table.
struct Line<'a> {
    label: String,
    endpoint: &'a str,
    metric: &'a str,
}

/// A metric with the lines of all that have it.
struct Part<'a> {
    heading: String,
    lines: Vec<Line<'a>>,
}

/// Adds the table where several endpoints are there to stand side by side.
pub(super) fn add(index: &Index<'_>, section: &mut Section) {
    let parts = parts(index);
    if parts.iter().all(|part| part.lines.len() < 2) {
        return;
    }
    section.heading("Endpoints side by side");
    section.say(
        "One line for each endpoint, below them what is made of several, one column for each group; limits stand below the estimates. Crossings of \
         attributes stand in the tables of the metrics.",
    );
    for attributes in tables(index) {
        section
            .blocks
            .push(Block::Table(table(index, &parts, &attributes)));
    }
}

/// Whether a task is made of binary endpoints.
fn is_of_endpoints(one: &TaskSummary) -> bool {
    task(&one.task).is_some_and(|spec| spec.keys.iter().any(|key| key.kind == KeyKind::Endpoints))
}

fn parts<'a>(index: &Index<'a>) -> Vec<Part<'a>> {
    let made_of: Vec<&'a TaskSummary> = index
        .result
        .methods
        .tasks
        .iter()
        .filter(|one| is_of_endpoints(one))
        .collect();
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (metric, averages) in BLOCKS {
        let of_binary = endpoints(index).into_iter().map(|endpoint| Line {
            label: names::name(endpoint),
            endpoint,
            metric,
        });
        let mut lines: Vec<Line<'a>> = of_binary.collect();
        for one in &made_of {
            lines.extend(averages.iter().map(|average| Line {
                label: format!("{}: {}", names::name(&one.name), words::metric(average)),
                endpoint: &one.name,
                metric: average,
            }));
        }
        parts.push(Part {
            heading: words::metric(metric).to_owned(),
            lines,
        });
    }
    let averages = |metric: &str| BLOCKS.iter().any(|(_, own)| own.contains(&metric));
    for one in &made_of {
        let others = one.metrics.iter().filter(|metric| !averages(metric));
        parts.push(Part {
            heading: names::name(&one.name),
            lines: others
                .map(|metric| Line {
                    label: words::metric(metric).to_owned(),
                    endpoint: &one.name,
                    metric,
                })
                .collect(),
        });
    }
    for part in &mut parts {
        part.lines.retain(|line| {
            index
                .estimate(line.endpoint, line.metric, "overall", "all")
                .is_some()
        });
    }
    parts.retain(|part| !part.lines.is_empty());
    parts
}

type Groups<'a> = Vec<(&'a str, Vec<&'a str>)>;

/// The whole cohort and single attributes, in one table or, where they are too many, one for each.
fn tables<'a>(index: &Index<'a>) -> Vec<Groups<'a>> {
    let mut all: Groups<'a> = of_estimates(&index.result.estimates);
    all.retain(|(attribute, _)| rank(attribute) < 2);
    let columns: usize = all.iter().map(|(_, levels)| levels.len()).sum();
    if columns <= MOST_COLUMNS {
        return vec![all];
    }
    all.into_iter().map(|one| vec![one]).collect()
}

fn table(index: &Index<'_>, parts: &[Part<'_>], groups: &Groups<'_>) -> Table {
    let mut columns = vec![Column::group("Endpoint")];
    let mut rows = Vec::new();
    let each = || {
        groups
            .iter()
            .flat_map(|(attribute, levels)| levels.iter().map(|level| (*attribute, *level)))
    };
    columns.extend(each().map(|(attribute, level)| Column::number(names::group(attribute, level))));
    for part in parts {
        rows.push(Row {
            id: None,
            class: "band",
            cells: vec![Cell::new(part.heading.clone())],
        });
        rows.extend(part.lines.iter().map(|line| {
            let mut cells = vec![Cell::new(line.label.clone())];
            cells.extend(each().map(|(attribute, level)| {
                cell(index.estimate(line.endpoint, line.metric, attribute, level))
            }));
            Row {
                id: None,
                class: "",
                cells,
            }
        }));
    }
    let caption = match groups.as_slice() {
        [(attribute, _)] => format!("Endpoints by group: {}", names::attribute(attribute)),
        _ => "Endpoints by group".to_owned(),
    };
    Table {
        caption,
        class: "metric",
        columns,
        rows,
        ..Table::default()
    }
}

/// The estimate, and its limits below it; why there is none stands in the table of the metric.
fn cell(found: Option<&Estimate>) -> Cell {
    let Some(e) = found else {
        return Cell::new("\u{2013}");
    };
    let digits = format::decimals(&e.metric);
    let cell = match e.estimate {
        Some(value) => {
            let cell = Cell::new(format::number(value, digits));
            match format::limits(e.lower, e.upper, digits) {
                Some(limits) => cell.with_note(limits),
                None => cell.with_note("no interval"),
            }
        }
        None => Cell::new(missing_text(e.status, None)).with_class("words"),
    };
    cell.with_href(anchor::of_estimate(e))
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;

    fn only(result: &super::super::super::result::AuditResult) -> Vec<Table> {
        let mut section = Section::new("tasks", "");
        let index = Index::new(result);
        add(&index, &mut section);
        section.translate(&index.words);
        let tables = section.blocks.into_iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        });
        tables.collect()
    }

    #[test]
    fn endpoints_averages_and_no_finding_stand_in_one_table() {
        let mut result = example::two_endpoints();
        let sensitivity: Vec<Estimate> = result
            .estimates
            .iter()
            .filter(|e| e.endpoint == "effusion" && e.metric == "sensitivity")
            .cloned()
            .collect();
        let mut of = |name: &str, kind: &str, metric: &str| {
            let mut all = sensitivity.clone();
            for e in &mut all {
                (e.endpoint, e.metric) = (name.to_owned(), metric.to_owned());
            }
            result.estimates.extend(all);
            result.methods.tasks.push(TaskSummary {
                name: name.to_owned(),
                task: kind.to_owned(),
                declared: Vec::new(),
                parts: vec![name.to_owned()],
                metrics: vec![metric.to_owned()],
            });
        };
        of("both", "multilabel", "macro_sensitivity");
        of("clear", "no_finding", "underdiagnosis_rate");
        let tables = only(&result);
        let [table] = tables.as_slice() else {
            panic!("{} tables", tables.len())
        };
        let names: Vec<&str> = table
            .rows
            .iter()
            .map(|r| r.cells[0].text.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "Sensitivity",
                "effusion",
                "pneumothorax",
                "both: Macro sensitivity",
                "Specificity",
                "effusion",
                "pneumothorax",
                "AUROC",
                "effusion",
                "pneumothorax",
                "clear",
                "Underdiagnosis rate",
            ]
        );
        let heads: Vec<&str> = table.columns.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(heads[..4], ["Endpoint", "Overall", "sex F", "sex M"]);
        // Every line has a cell for every group, with limits.
        for row in table.rows.iter().filter(|row| row.class != "band") {
            assert_eq!(row.cells.len(), table.columns.len());
        }
        let first = &table.rows[1].cells[1];
        assert!(first.note.as_deref().unwrap().starts_with('['), "{first:?}");
    }

    #[test]
    fn one_endpoint_has_no_such_table_and_many_groups_have_one_for_each_attribute() {
        assert!(only(&example::chest()).is_empty());
        let mut result = example::many_strata();
        let mut second = result.methods.endpoints[0].clone();
        second.name = "second".to_owned();
        result.methods.endpoints.push(second);
        let mut copied = result.estimates.clone();
        for e in &mut copied {
            e.endpoint = "second".to_owned();
        }
        result.estimates.extend(copied);
        assert_eq!(only(&result).len(), 2);
    }
}
