//! The CSV tables beside the page.

mod fed;
mod paired;
mod task_curves;

use crate::assessment::EstimateStatus;

use super::result::AuditResult;
use super::tables_thresholds::{group_thresholds, threshold_sweeps};

/// One table: its columns' names, then its rows.
pub(super) struct Csv {
    pub(super) text: String,
}

impl Csv {
    pub(super) fn new(columns: &[&str]) -> Self {
        let mut table = Self {
            text: String::new(),
        };
        table.row(columns.iter().map(|c| (*c).to_owned()).collect());
        table
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        let cells: Vec<String> = cells.iter().map(|cell| quote(cell)).collect();
        self.text.push_str(&cells.join(","));
        self.text.push('\n');
    }
}

/// Quotes a cell where RFC 4180 asks for it.
fn quote(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Shortest form that reads back as the same value; empty when absent.
pub(super) fn float(value: Option<f64>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

pub(super) fn integer(value: Option<u64>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

pub(super) fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

pub(super) fn status(status: EstimateStatus) -> String {
    match status {
        EstimateStatus::Ok => "ok",
        EstimateStatus::NotEstimable => "not_estimable",
        EstimateStatus::Suppressed => "suppressed",
    }
    .to_owned()
}

/// The tables as (file name, text): estimates, comparisons, pairs, checks, flow, reruns, the
/// analyses beside the comparisons, and what other thresholds would give.
///
/// Comma-separated UTF-8 with one header row and `\n` line ends; an absent number is an empty
/// cell, never a zero. Floats are written in full, not rounded as on the page.
#[must_use]
pub fn tables(result: &AuditResult) -> Vec<(String, String)> {
    [
        ("estimates.csv", estimates(result)),
        ("comparisons.csv", comparisons(result)),
        ("paired.csv", paired::table(result)),
        ("checks.csv", checks(result)),
        ("flow.csv", flow(result)),
        ("reruns.csv", reruns(result)),
        ("fed.csv", fed::table(result)),
        ("group_thresholds.csv", group_thresholds(result)),
        ("threshold_sweeps.csv", threshold_sweeps(result)),
        ("task_curves.csv", task_curves::table(result)),
        ("roc.csv", super::tables_curves::roc(result)),
        (
            "precision_recall.csv",
            super::tables_curves::precision_recall(result),
        ),
        ("reliability.csv", super::tables_curves::reliability(result)),
        ("scores.csv", super::tables_curves::scores(result)),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text))
    .chain(super::tables_robustness::tables(result))
    .collect()
}

fn estimates(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "n",
        "n_class",
        "n_positive",
        "n_patients",
        "numerator",
        "denominator",
        "n_clusters",
        "estimate",
        "lower",
        "upper",
        "confidence_level",
        "method",
        "standard_error",
        "design_effect",
        "status",
        "reason",
        "flags",
        "if_calibrated_expected",
        "if_calibrated_upper_95",
        "if_calibrated_p",
        "p",
    ]);
    for e in &result.estimates {
        let null = e.if_calibrated.as_ref();
        let flags: Vec<String> = e
            .flags
            .iter()
            .map(|f| super::words::flag(*f).0.replace(' ', "_"))
            .collect();
        table.row(vec![
            e.id.clone(),
            e.endpoint.clone(),
            e.metric.clone(),
            e.attribute.clone(),
            e.level.clone(),
            integer(e.n),
            integer(e.n_class),
            integer(e.n_positive),
            integer(e.n_patients),
            integer(e.numerator),
            integer(e.denominator),
            integer(e.n_clusters),
            float(e.estimate),
            float(e.lower),
            float(e.upper),
            e.confidence_level.to_string(),
            e.method.clone(),
            float(e.standard_error),
            float(e.design_effect),
            status(e.status),
            text(e.reason.as_ref()),
            flags.join(" "),
            float(null.map(|null| null.expected)),
            float(null.map(|null| null.upper_95)),
            float(null.map(|null| null.p)),
            float(e.p),
        ]);
    }
    table.text
}

fn comparisons(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "reference",
        "estimate",
        "reference_estimate",
        "difference",
        "lower",
        "upper",
        "ratio",
        "ratio_lower",
        "ratio_upper",
        "ratio_method",
        "confidence_level",
        "method",
        "p",
        "p_adjusted",
        "family_size",
        "adjustment",
        "adjustment_note",
        "minimum_detectable",
        "n_shared_patients",
        "status",
        "reason",
    ]);
    for c in &result.comparisons {
        table.row(vec![
            c.id.clone(),
            c.endpoint.clone(),
            c.metric.clone(),
            c.attribute.clone(),
            c.level.clone(),
            c.reference.clone(),
            float(c.estimate),
            float(c.reference_estimate),
            float(c.difference),
            float(c.lower),
            float(c.upper),
            float(c.ratio.as_ref().map(|ratio| ratio.estimate)),
            float(c.ratio.as_ref().map(|ratio| ratio.lower)),
            float(c.ratio.as_ref().map(|ratio| ratio.upper)),
            text(c.ratio.as_ref().map(|ratio| &ratio.method)),
            c.confidence_level.to_string(),
            c.method.clone(),
            float(c.p),
            float(c.p_adjusted),
            c.family_size.to_string(),
            c.adjustment.clone(),
            text(c.adjustment_note.as_ref()),
            float(c.minimum_detectable),
            integer(c.n_shared_patients),
            status(c.status),
            text(c.reason.as_ref()),
        ]);
    }
    table.text
}

fn checks(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "id",
        "requirement",
        "family",
        "endpoint",
        "metric",
        "attribute",
        "level",
        "reference",
        "relation",
        "bound",
        "estimate",
        "lower",
        "upper",
        "method",
        "alpha",
        "p_fail",
        "p_fail_adjusted",
        "family_size",
        "adjustment",
        "adjustment_note",
        "n_class",
        "n_clusters",
        "verdict",
        "blocking",
        "waived",
        "minimum_detectable",
        "n_needed_positives",
        "n_needed_patients",
        "n_needed_of",
        "line",
        "reason",
    ]);
    for c in &result.checks {
        table.row(vec![
            c.id.clone(),
            c.requirement.clone(),
            c.family.clone(),
            c.endpoint.clone(),
            c.metric.clone(),
            c.attribute.clone(),
            c.level.clone(),
            text(c.reference.as_ref()),
            c.relation.clone(),
            c.bound.to_string(),
            float(c.estimate),
            float(c.lower),
            float(c.upper),
            c.method.clone(),
            c.alpha.to_string(),
            float(c.p_fail),
            float(c.p_fail_adjusted),
            c.family_size.to_string(),
            c.adjustment.clone(),
            text(c.adjustment_note.as_ref()),
            integer(c.n_class),
            integer(c.n_clusters),
            super::words::verdict(c.verdict)
                .to_lowercase()
                .replace(' ', "_"),
            c.blocking.to_string(),
            c.waived.to_string(),
            float(c.minimum_detectable),
            integer(c.n_needed.and_then(|n| n.positives)),
            integer(c.n_needed.and_then(|n| n.patients)),
            c.n_needed
                .and_then(|n| n.of)
                .map_or_else(String::new, |of| of.id().to_owned()),
            c.line.to_string(),
            c.reason.clone(),
        ]);
    }
    table.text
}

fn flow(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "code",
        "endpoint",
        "description",
        "removed",
        "remaining",
        "remaining_patients",
    ]);
    for step in &result.cohort.flow {
        table.row(vec![
            step.code.clone(),
            text(step.endpoint.as_ref()),
            step.description.clone(),
            step.removed.to_string(),
            step.remaining.to_string(),
            step.remaining_patients.to_string(),
        ]);
    }
    table.text
}

fn reruns(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "rerun",
        "varied",
        "engine",
        "endpoint",
        "attribute",
        "level",
        "n",
        "n_patients",
        "identical_bits",
        "max_abs_score_difference",
        "decision_flips",
        "patients_with_flips",
        "flip_share_upper",
    ]);
    for run in &result.reproducibility.runs {
        for group in &run.groups {
            table.row(vec![
                run.id.clone(),
                run.varied.join("; "),
                run.engine.clone(),
                group.endpoint.clone(),
                group.attribute.clone(),
                group.level.clone(),
                group.n.to_string(),
                group.n_patients.to_string(),
                run.identical_bits.to_string(),
                group.max_abs_score_difference.to_string(),
                group.decision_flips.to_string(),
                group.patients_with_flips.to_string(),
                group.flip_share_upper.to_string(),
            ]);
        }
    }
    table.text
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;
    use crate::assessment::TaskCurves;
    use crate::tasks::{FigureLevel, FigureLine, TaskFigure, figure_text};

    /// A reader of RFC 4180 that shares no code with the writer.
    fn parse(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut quoted) = (vec![], vec![], String::new(), false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (quoted, c) {
                (true, '"') if chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                (true, '"') => quoted = false,
                (true, c) => cell.push(c),
                (false, '"') => quoted = true,
                (false, ',') => row.push(std::mem::take(&mut cell)),
                (false, '\n') => {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                (false, c) => cell.push(c),
            }
        }
        assert!(cell.is_empty() && row.is_empty() && !quoted);
        rows
    }

    #[test]
    fn tables_parse_and_hold_every_row() {
        let mut result = example::many_strata();
        result.checks[0].reason = "a \"quoted\", long\nreason".to_owned();
        let counts = vec![vec![3, 1], vec![0, 2]];
        let classes = ["nv".to_owned(), "mel, \"m\"".to_owned()];
        let line = FigureLine {
            n: vec![20, 21],
            band: vec![Some((0.1, 0.4)), None],
            ..FigureLine::plain("Mean error", vec![(0.1, 0.2), (0.3, 0.4)])
        };
        let levels = vec![FigureLevel {
            name: "Bias".to_owned(),
            value: -1.5,
            limits: None,
        }];
        let figures = [
            TaskFigure::of_counts(["Called", "Truth"], &classes, counts),
            TaskFigure {
                levels,
                ..TaskFigure::of_lines(figure_text("agreement").unwrap(), ["x", "y"], vec![line])
            },
        ];
        result.task_curves = figures
            .into_iter()
            .map(|figure| TaskCurves {
                endpoint: "e".to_owned(),
                attribute: "overall".to_owned(),
                level: "all".to_owned(),
                figure,
            })
            .collect();
        let tables = tables(&result);
        let expected = [
            ("estimates.csv", result.estimates.len()),
            ("comparisons.csv", result.comparisons.len()),
            ("paired.csv", result.paired.len()),
            ("checks.csv", result.checks.len()),
            ("flow.csv", result.cohort.flow.len()),
            (
                "reruns.csv",
                result
                    .reproducibility
                    .runs
                    .iter()
                    .map(|r| r.groups.len())
                    .sum(),
            ),
            ("fed.csv", result.fed.len()),
            ("group_thresholds.csv", result.group_thresholds.len()),
            (
                "threshold_sweeps.csv",
                result.threshold_sweeps.iter().map(|s| s.points.len()).sum(),
            ),
            (
                "task_curves.csv",
                result
                    .task_curves
                    .iter()
                    .map(|c| {
                        let figure = &c.figure;
                        let points = figure.lines.iter().map(|line| line.points.len());
                        let cells = figure.matrix.iter().flat_map(|m| &m.counts).map(Vec::len);
                        points.chain(cells).sum::<usize>() + figure.levels.len()
                    })
                    .sum(),
            ),
            ("roc.csv", result.curves.iter().map(|c| c.roc.len()).sum()),
            (
                "precision_recall.csv",
                result.curves.iter().map(|c| c.precision_recall.len()).sum(),
            ),
            (
                "reliability.csv",
                result.curves.iter().map(|c| c.reliability.len()).sum(),
            ),
            (
                "scores.csv",
                result
                    .curves
                    .iter()
                    .map(|c| c.histogram_positive.len())
                    .sum(),
            ),
            ("case_mix.csv", result.case_mix.len()),
            (
                "case_mix_cells.csv",
                result.case_mix.iter().map(|one| one.cells.len()).sum(),
            ),
            ("missing_attribute.csv", result.missing_attribute.len()),
            ("label_noise.csv", result.label_noise.len()),
            (
                "imperfect_reference.csv",
                result
                    .label_noise
                    .iter()
                    .map(|one| one.reference_grid.len())
                    .sum(),
            ),
            ("failures_as_errors.csv", result.failures_as_errors.len()),
            ("spread.csv", result.spread.len()),
            (
                "funnels.csv",
                result.funnels.iter().map(|one| one.points.len()).sum(),
            ),
            ("pooled.csv", result.pooled.len()),
        ];
        assert_eq!(tables.len(), expected.len());
        for ((name, text), (expected_name, n)) in tables.iter().zip(expected) {
            assert_eq!(name, expected_name);
            let rows = parse(text);
            assert_eq!(rows.len(), n + 1, "{name}");
            assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{name}");
            assert!(!text.contains("NaN"));
        }
        let checks = parse(&tables[3].1);
        assert_eq!(checks[1].last().unwrap(), &result.checks[0].reason);
        let estimates = parse(&tables[0].1);
        for (row, e) in estimates[1..].iter().zip(&result.estimates) {
            assert_eq!(row[12].parse::<f64>().ok(), e.estimate);
            assert_eq!(row[4], e.level);
        }
    }
}
