//! Smallest differences that would have shown, as bars against the margin.

use super::super::error::ReportError;
use super::super::language::Translator;
use super::forest::describe;
use super::intervals::{Plot, Row, Ticks, draw, free_range, in_parts};

/// Draws one metric. A bar that reaches beyond its margin is hollow: a difference as large as the
/// margin could stay unseen there.
pub(in super::super) fn detectable(
    words: &Translator,
    id: &str,
    metric: &str,
    rows: Vec<Row>,
) -> Result<Vec<String>, ReportError> {
    let range = (0.0, free_range(&rows).1.max(1e-6));
    in_parts(words, id, rows, |part| {
        let description = describe(part.rows);
        let plot = Plot {
            title: &format!("{metric}: smallest difference that would have shown"),
            description: &description,
            row_heading: "Group",
            n_heading: "n",
            value_heading: "Detectable",
            axis_label: "difference that shows with 80% power",
            range,
            ticks: Ticks::Plain,
            zero: Some(0.0),
            shade: false,
            legend: true,
        };
        draw(words, &plot, part)
    })
}
