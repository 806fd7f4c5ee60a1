//! Reruns: the largest difference of each on a logarithmic axis, changed decisions marked.

use super::super::error::ReportError;
use super::super::language::Translator;
use super::forest::describe;
use super::intervals::{Plot, Row, Ticks, draw, free_range, in_parts};

/// Draws reruns whose differences have one scale; values and bounds are log10 of differences.
pub(in super::super) fn reruns(
    words: &Translator,
    id: &str,
    scale: &str,
    rows: Vec<Row>,
) -> Result<Vec<String>, ReportError> {
    let (low, high) = free_range(&rows);
    // Whole powers of ten at both ends, two apart at least.
    let range = (
        (low - 0.2).floor(),
        (high + 0.2).ceil().max((low - 0.2).floor() + 2.0),
    );
    in_parts(words, id, rows, |part| {
        let description = describe(part.rows);
        let label = format!("largest absolute difference on the {scale} scale");
        let plot = Plot {
            title: "Largest difference of each rerun",
            description: &description,
            row_heading: "Rerun",
            n_heading: "Samples",
            value_heading: "Largest difference",
            axis_label: &label,
            range,
            ticks: Ticks::Powers,
            zero: None,
            shade: false,
            legend: true,
        };
        draw(words, &plot, part)
    })
}
