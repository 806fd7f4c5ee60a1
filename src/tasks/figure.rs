//! What is drawn of one endpoint in one group: aggregates only, never a sample.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is drawn of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskFigure {
    /// Kebab-case kind, such as `confusion-matrix`.
    pub kind: String,
    /// What stands on the horizontal axis, or in the columns.
    pub x: String,
    /// What stands on the vertical axis, or in the rows.
    pub y: String,
    /// Lines or points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<FigureLine>,
    /// Counts of truth by output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<FigureMatrix>,
}

/// One line of a figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FigureLine {
    /// What it is.
    pub name: String,
    /// (x, y) by ascending x.
    pub points: Vec<(f64, f64)>,
    /// Samples behind each point; empty where that means nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub n: Vec<u64>,
}

/// Counts of truth by output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FigureMatrix {
    /// Names of the truth's classes, row by row.
    pub rows: Vec<String>,
    /// Names of the output's classes, column by column.
    pub columns: Vec<String>,
    /// Samples, row by row.
    pub counts: Vec<Vec<u64>>,
}
