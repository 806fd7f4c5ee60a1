//! Gap plot: signed differences of groups from their reference, with the margin shaded.

use super::super::error::ReportError;
use super::super::language::Translator;
use super::forest::describe;
use super::intervals::{Part, Plot, Row, Ticks, draw, free_range, in_parts, range};

/// Draws differences of one metric; zero is a solid line, the margin a dashed one.
pub(in super::super) fn gaps(
    words: &Translator,
    id: &str,
    metric: &str,
    value_heading: &str,
    is_share: bool,
    rows: Vec<Row>,
) -> Result<Vec<String>, ReportError> {
    let (low, high) = if is_share {
        range(&rows, (-1.0, 1.0), 0.2)
    } else {
        free_range(&rows)
    };
    // Zero is always in view, since the question is on which side of it a group lies.
    let beyond = if is_share { 0.05 } else { 0.02 * (high - low) };
    let span = (low.min(-beyond), high.max(beyond));
    in_parts(words, id, rows, |part| {
        draw_part(words, metric, value_heading, span, part)
    })
}

fn draw_part(
    words: &Translator,
    metric: &str,
    value_heading: &str,
    span: (f64, f64),
    part: &Part<'_>,
) -> Result<String, ReportError> {
    let title = format!("{metric}: difference from the reference group");
    let description = describe(part.rows);
    draw(
        words,
        &Plot {
            title: &title,
            description: &description,
            row_heading: "Group",
            n_heading: "n",
            value_heading,
            axis_label: "difference (group minus reference)",
            range: span,
            ticks: Ticks::Signed,
            zero: Some(0.0),
            shade: true,
            legend: true,
        },
        part,
    )
}
