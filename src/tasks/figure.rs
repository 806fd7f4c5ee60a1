//! What is drawn of one endpoint in one group: aggregates only, never a sample.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a kind of figure shows, for readers.
#[derive(Debug)]
pub struct FigureText {
    /// Kebab-case kind in results.
    pub kind: &'static str,
    /// Heading.
    pub title: &'static str,
    /// What stands below it.
    pub about: &'static str,
}

/// What is drawn of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskFigure {
    /// Kebab-case kind, such as `confusion-matrix`.
    pub kind: String,
    /// Which part of the endpoint it is of, such as a class; of the whole where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// What stands on the horizontal axis, or in the columns.
    pub x: String,
    /// What stands on the vertical axis, or in the rows.
    pub y: String,
    /// Lines or points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<FigureLine>,
    /// Values that the whole group has, drawn across the figure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<FigureLevel>,
    /// Counts of truth by output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<FigureMatrix>,
}

impl TaskFigure {
    /// A figure of lines.
    #[must_use]
    pub fn of_lines(text: &FigureText, axes: [&str; 2], lines: Vec<FigureLine>) -> Self {
        Self {
            lines,
            ..Self::bare(text.kind, axes)
        }
    }

    fn bare(kind: &str, [x, y]: [&str; 2]) -> Self {
        Self {
            kind: kind.to_owned(),
            part: None,
            x: x.to_owned(),
            y: y.to_owned(),
            lines: Vec::new(),
            levels: Vec::new(),
            matrix: None,
        }
    }

    /// Counts of classes by classes.
    #[must_use]
    pub fn of_counts(axes: [&str; 2], classes: &[String], counts: Vec<Vec<u64>>) -> Self {
        Self {
            matrix: Some(FigureMatrix {
                rows: classes.to_vec(),
                columns: classes.to_vec(),
                counts,
            }),
            ..Self::bare("confusion-matrix", axes)
        }
    }
}

impl FigureLine {
    /// A line without samples or limits at its points.
    #[must_use]
    pub fn plain(name: &str, points: Vec<(f64, f64)>) -> Self {
        Self {
            name: name.to_owned(),
            points,
            n: Vec::new(),
            band: Vec::new(),
        }
    }
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
    /// (lower, upper) limits of each point, point by point and not of the whole line; empty where the
    /// line has none, `null` where a point has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub band: Vec<Option<(f64, f64)>>,
}

/// One value with its limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FigureLevel {
    /// What it is.
    pub name: String,
    /// Its estimate.
    pub value: f64,
    /// Its limits, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<(f64, f64)>,
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
