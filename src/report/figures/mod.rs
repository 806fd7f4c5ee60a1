//! Figures as accessible inline SVG, one file a figure.
//!
//! Called by `view`. Plotters does coordinates and shapes, [`svg`] writes them: groups with a
//! title for each mark, style classes instead of colours (so that the page's light, dark and
//! print styles apply), one fixed decimal. A figure is given plain values and never looks at
//! the result.

mod curve;
mod detectable;
mod fed;
mod flow;
mod forest;
mod funnel;
mod gaps;
mod heat_map;
mod histogram;
mod hover;
mod interval_columns;
mod interval_scaffold;
mod intervals;
mod panel;
mod reliability;
mod reruns;
mod roc;
mod svg;
mod svg_paths;
mod task_lines;
mod text;

#[cfg(test)]
mod room_tests;

pub(super) use curve::{CurvePanel, curve};
pub(super) use detectable::detectable;
pub(super) use fed::fed;
pub(super) use flow::{FlowBox, flow};
pub(super) use forest::forest;
pub(super) use funnel::{FunnelPlot, funnel};
pub(super) use gaps::gaps;
pub(super) use heat_map::{HeatCell, HeatMap, MOST_COLUMNS, MOST_ROWS, heat_map};
pub(super) use histogram::{HistogramPanel, histogram};
pub(super) use hover::Hover;
pub(super) use intervals::{IntervalRow, Mark, Row};
pub(super) use reliability::{ReliabilityPanel, reliability};
pub(super) use reruns::reruns;
pub(super) use roc::{RocPanel, roc};
pub(super) use task_lines::{Across, Marked, TaskPanel, task_lines};
