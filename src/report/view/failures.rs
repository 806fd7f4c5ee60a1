//! Failed samples counted as wrong decisions, beside the estimates that leave them out.

use crate::assessment::{EstimateStatus, FailuresAsErrors};

use super::super::index::Index;
use super::super::{format, names, words};
use super::absent;
use super::block::{Block, Cell, Column, Row, Section, Table};
use super::forests::missing_text;
use super::numbers::value_cell;
use super::strata::{endpoints, metrics, of_endpoint, rank};

/// One table for each endpoint and metric.
pub(super) fn section(index: &Index<'_>) -> Section {
    let mut section = Section::new("failures-as-errors", "Failed images as errors");
    let all = &index.result.failures_as_errors;
    if all.is_empty() {
        if index.result.cohort.failures.is_empty() {
            section.absent("Not computed because every sample has a score: nothing failed.");
        } else {
            let why = "Not computed because no sample that failed has a known truth and stayed a unit of its own.";
            absent::of_binary(index, &mut section, why);
        }
        return section;
    }
    section.say(
        "Where an image cannot be read or run, the patient gets no help from the model. Here every failed sample with a known truth counts \
         as a wrong decision, beside the estimate that leaves it out. After joining, a unit fails when none of its samples has a score.",
    );
    for endpoint in endpoints(index) {
        for metric in metrics(all.iter().map(|one| one.metric.as_str())) {
            let mut found: Vec<&FailuresAsErrors> = all
                .iter()
                .filter(|one| one.endpoint == endpoint && one.metric == metric)
                .collect();
            found.sort_by_key(|one| rank(&one.attribute));
            if !found.is_empty() {
                let table = table(index, endpoint, metric, &found);
                section.blocks.push(Block::Table(table));
            }
        }
    }
    section
}

fn table(index: &Index<'_>, endpoint: &str, metric: &str, found: &[&FailuresAsErrors]) -> Table {
    let interval = |what: &str| {
        let level = format::percent(index.result.methods.confidence);
        Column::number(format!("{what} [{level} interval]"))
    };
    let row = |one: &&FailuresAsErrors| {
        let counted = if one.status == EstimateStatus::Ok {
            value_cell(one.estimate, one.lower, one.upper)
        } else {
            let why = missing_text(one.status, one.reason.as_deref());
            Cell::new(why).with_class("words")
        };
        Row::of_group(
            &one.attribute,
            vec![
                Cell::new(names::group(&one.attribute, &one.level)),
                Cell::new(format::count_shown(one.n_class)),
                Cell::new(format::count_shown(one.n_failed)),
                value_cell(one.plain_estimate, one.plain_lower, one.plain_upper),
                counted,
                Cell::method(&one.method, index.result),
            ],
        )
    };
    Table {
        caption: format!(
            "{} with failed samples as wrong decisions{}",
            words::metric(metric),
            of_endpoint(index, endpoint)
        ),
        class: "metric",
        columns: vec![
            Column::group("Group"),
            Column::number(words::sentence(words::class_noun(metric)).trim_end_matches('.')),
            Column::number("Failed"),
            interval("Without them"),
            interval("As wrong decisions"),
            Column::text("Method"),
        ],
        rows: found.iter().map(row).collect(),
        ..Table::default()
    }
}
