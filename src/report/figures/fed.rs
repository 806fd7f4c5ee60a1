//! What groups were fed: the mean of each group's images with one standard deviation to either side.

use super::super::error::ReportError;
use super::super::language::Translator;
use super::forest::describe;
use super::intervals::{Plot, Row, Ticks, draw, in_parts};

/// Draws one channel.
pub(in super::super) fn fed(
    words: &Translator,
    id: &str,
    title: &str,
    rows: Vec<Row>,
) -> Result<Vec<String>, ReportError> {
    let range = range(&rows);
    in_parts(words, id, rows, |part| {
        let description = describe(part.rows);
        let plot = Plot {
            title,
            description: &description,
            row_heading: "Group",
            n_heading: "Images",
            value_heading: "Mean (SD between images)",
            axis_label: "mean of an image; bars: 1 SD between images to either side",
            range,
            ticks: Ticks::Plain,
            zero: None,
            shade: false,
            legend: false,
        };
        draw(words, &plot, part)
    })
}

/// From the lowest to the highest end of a bar, with room at both ends.
fn range(rows: &[Row]) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for row in rows {
        let Row::Group(group) = row else { continue };
        let Some((mean, lower, upper)) = group.value else {
            continue;
        };
        for value in [Some(mean), lower, upper].into_iter().flatten() {
            low = low.min(value);
            high = high.max(value);
        }
    }
    if low > high {
        return (0.0, 1.0);
    }
    let room = (0.05 * (high - low)).max(1e-6 * high.abs()).max(1e-9);
    (low - room, high + room)
}
