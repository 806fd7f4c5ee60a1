//! Forest plots by group.

use crate::assessment::{Estimate, EstimateStatus};
use crate::gate::Verdict;
use crate::tasks::{Unit, metric_text};

use super::super::anchor::{self, encode_part};
use super::super::error::ReportError;
use super::super::figures::{IntervalRow, Mark, Row, forest};
use super::super::index::Index;
use super::super::{format, names, words};
use super::Detail;
use super::block::{Block, Figure, Section};
use super::drawn::Drawn;
use super::strata::{endpoints, of_endpoint, of_estimates};
use super::units::metric_name;

/// Metrics that get a forest plot.
const METRICS: [&str; 3] = ["sensitivity", "specificity", "auroc"];

/// Forest plots of sensitivity, specificity and AUROC, and of what an endpoint with a task is measured
/// by. A page that is too large leaves out those of parts.
pub(super) fn section(index: &Index<'_>, detail: Detail) -> Result<Section, ReportError> {
    let mut section = Section::new("groups", "Performance by group");
    section.say(
        "One line for each group. The area of a square grows with the square root of the number of samples it rests on; \
         whiskers are the displayed intervals. A hollow square is a requirement that this cohort cannot decide.",
    );
    for endpoint in endpoints(index) {
        for metric in METRICS {
            let name = format!("{}{}", words::metric(metric), of_endpoint(index, endpoint));
            let mut found = index
                .result
                .estimates
                .iter()
                .filter(|e| e.endpoint == endpoint && e.metric == metric)
                .peekable();
            if found.peek().is_none() {
                section.absent(format!(
                    "{name}: not computed because this audit does not measure it for this endpoint."
                ));
            } else if found.all(|e| e.status != EstimateStatus::Ok) {
                section.absent(format!("{name}: no figure because it is not estimable in any group; its table says why."));
            } else {
                section.blocks.extend(
                    figures(index, endpoint, metric)?
                        .into_iter()
                        .map(Block::Figure),
                );
            }
        }
    }
    for task in &index.result.methods.tasks {
        let drawn = Drawn::of(index, task, detail != Detail::OverallOnly);
        for (endpoint, metric) in &drawn.shown {
            section.blocks.extend(
                figures(index, endpoint, metric)?
                    .into_iter()
                    .map(Block::Figure),
            );
        }
        if drawn.shown.is_empty() {
            section.absent(format!(
                "{}: no figure because no metric of it has limits in the whole cohort; the tables say why.",
                names::name(&task.name)
            ));
        }
        if !drawn.left_out.is_empty() {
            let names: Vec<&str> = drawn.left_out.iter().map(|id| words::metric(id)).collect();
            section.absent(format!(
                "{}: not everything is drawn, to keep this page small; the tables have all of: {}.",
                names::name(&task.name),
                names.join(", ")
            ));
        }
    }
    Ok(section)
}

fn figures(index: &Index<'_>, endpoint: &str, metric: &str) -> Result<Vec<Figure>, ReportError> {
    let mut rows = Vec::new();
    let mut table = None;
    for (attribute, levels) in of_estimates(&index.result.estimates) {
        let found: Vec<&Estimate> = levels
            .iter()
            .filter_map(|level| index.estimate(endpoint, metric, attribute, level))
            .collect();
        if found.is_empty() {
            continue;
        }
        table = table.or_else(|| found.first().map(|e| anchor::of_estimate(e)));
        if attribute != "overall" {
            rows.push(Row::Heading(names::attribute(attribute)));
        }
        rows.extend(found.into_iter().map(|e| Row::Group(row(index, e))));
    }
    let level = format::percent(index.result.methods.confidence);
    let name = format!(
        "{}{}",
        metric_name(index, endpoint, metric),
        of_endpoint(index, endpoint)
    );
    let id = format!("forest.{}.{}", encode_part(metric), encode_part(endpoint));
    let heading = words::class_noun(metric);
    let svgs = forest(
        &index.words,
        &id,
        &name,
        heading,
        &format!("Estimate [{level} interval]"),
        is_share(metric),
        rows,
    )?;
    let note = "The numbers stand in the table of this metric and in tables/estimates.csv.";
    Ok(Figure::parts(&format!("{name} by group"), note, svgs)
        .into_iter()
        .map(|figure| figure.with_table(table.as_ref()))
        .collect())
}

/// Whether a metric lies between 0 and 1.
pub(super) fn is_share(metric: &str) -> bool {
    metric_text(metric).is_none_or(|text| text.unit == Unit::Share)
}

fn row(index: &Index<'_>, e: &Estimate) -> IntervalRow {
    let check = index.check(&e.endpoint, &e.metric, &e.attribute, &e.level, None);
    let mark = match check.map(|c| c.verdict) {
        Some(Verdict::Pass) => Mark::Pass,
        Some(Verdict::Fail) => Mark::Fail,
        Some(Verdict::Inconclusive) => Mark::Inconclusive,
        _ => Mark::Plain,
    };
    let text = value_text(e);
    let requirement = check
        .map(|c| {
            format!(
                ", required {}: {}",
                words::criterion(c),
                words::verdict(c.verdict).to_lowercase()
            )
        })
        .unwrap_or_default();
    IntervalRow {
        label: names::level(&e.attribute, &e.level),
        title: format!(
            "{}: {text}, {} {}, {}{requirement}",
            names::group(&e.attribute, &e.level),
            format::count_shown(e.n_class),
            words::class_noun(&e.metric),
            format::counted_shown(e.n_clusters, "patient", "patients"),
        ),
        value: e
            .estimate
            .filter(|_| e.status == EstimateStatus::Ok)
            .map(|v| (v, e.lower, e.upper)),
        n: e.n_class,
        patients: e.n_clusters,
        text,
        mark,
        bound: check.map(|c| c.bound),
        overall: e.attribute == "overall",
    }
}

/// `0.781 [0.689, 0.852]`, or why there is no number.
pub(super) fn value_text(e: &Estimate) -> String {
    let digits = format::decimals(&e.metric);
    match (e.status, e.estimate) {
        (EstimateStatus::Ok, Some(value)) => {
            let limits = format::limits(e.lower, e.upper, digits)
                .map(|l| format!(" {l}"))
                .unwrap_or_default();
            format!("{}{limits}", format::number(value, digits))
        }
        _ => missing_text(e.status, e.reason.as_deref()),
    }
}

/// `not estimable: no positives in this group`.
pub(super) fn missing_text(status: EstimateStatus, reason: Option<&str>) -> String {
    let word = match status {
        EstimateStatus::Suppressed => "withheld",
        _ => "not estimable",
    };
    match reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    }
}
