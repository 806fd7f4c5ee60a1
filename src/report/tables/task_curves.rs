//! What is drawn of endpoints with a task, point by point.

use super::super::result::AuditResult;
use super::{Csv, float, integer};

/// `task_curves.csv`: one row for each point of a line, each value across a figure, and each cell of
/// a table of counts.
pub(super) fn table(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "endpoint",
        "attribute",
        "level",
        "kind",
        "part",
        "line",
        "x",
        "y",
        "lower",
        "upper",
        "n",
    ]);
    for c in &result.task_curves {
        let figure = &c.figure;
        let part = figure.part.clone().unwrap_or_default();
        let mut row = |line: &str, x: String, y: String, limits: Option<(f64, f64)>, n| {
            table.row(vec![
                c.endpoint.clone(),
                c.attribute.clone(),
                c.level.clone(),
                figure.kind.clone(),
                part.clone(),
                line.to_owned(),
                x,
                y,
                float(limits.map(|own| own.0)),
                float(limits.map(|own| own.1)),
                integer(n),
            ]);
        };
        for line in &figure.lines {
            for (place, (x, y)) in line.points.iter().enumerate() {
                let limits = line.band.get(place).copied().flatten();
                let n = line.n.get(place).copied();
                row(&line.name, float(Some(*x)), float(Some(*y)), limits, n);
            }
        }
        for level in &figure.levels {
            let value = float(Some(level.value));
            row(&level.name, String::new(), value, level.limits, None);
        }
        if let Some(matrix) = &figure.matrix {
            for (truth, counts) in matrix.rows.iter().zip(&matrix.counts) {
                for (called, n) in matrix.columns.iter().zip(counts) {
                    row("samples", called.clone(), truth.clone(), None, Some(*n));
                }
            }
        }
    }
    table.text
}
