//! What is drawn of an endpoint with a task: panels of lines by kind, and tables of counts. What a kind
//! means its task says.

use crate::assessment::TaskCurves;
use crate::tasks::{FigureLine, FigureMatrix, TaskFigure, figure_text};

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{Across, Marked, TaskPanel, task_lines};
use super::super::language::Translator;
use super::super::{format, names};
use super::block::{Block, Cell, Column, Figure, Panels, Row, Section, Table};
use super::strata::strata;

/// Adds everything that is drawn of one endpoint.
pub(super) fn add(
    translator: &Translator,
    curves: &[&TaskCurves],
    section: &mut Section,
) -> Result<(), ReportError> {
    let mut kinds: Vec<&str> = Vec::new();
    for c in curves {
        let kind = c.figure.kind.as_str();
        if !c.figure.lines.is_empty() && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    for kind in kinds {
        let text = figure_text(kind);
        // Of parts only the whole cohort is drawn: groups times parts are more than anybody reads.
        let own: Vec<&TaskCurves> = curves
            .iter()
            .filter(|c| c.figure.kind == kind && !c.figure.lines.is_empty())
            .filter(|c| c.figure.part.is_none() || c.attribute == "overall")
            .copied()
            .collect();
        if own.is_empty() {
            continue;
        }
        // A kind of another version of this tool has no text here, and is drawn all the same.
        let heading = text.map_or(kind, |text| text.title);
        section.heading(heading);
        if let Some(text) = text {
            section.say(text.about);
        }
        section
            .blocks
            .push(Block::Panels(panels(translator, &own)?));
        section.blocks.push(Block::Table(points(heading, &own)));
    }
    for c in curves {
        if let Some(matrix) = &c.figure.matrix {
            section.blocks.push(Block::Table(of_matrix(c, matrix)));
        }
    }
    Ok(())
}

/// The numbers of the figures. Of a line with very many points about twenty are shown, evenly spread:
/// the table in the folder has them all.
fn points(heading: &str, curves: &[&TaskCurves]) -> Table {
    const MOST: usize = 20;
    let mut rows = Vec::new();
    for c in curves {
        let group = names::group(&c.attribute, &c.level);
        let group = match &c.figure.part {
            Some(part) => format!("{}, {group}", names::name(part)),
            None => group,
        };
        let mut row =
            |line: &str, x: Option<f64>, (y, limits): (f64, Option<(f64, f64)>), n: Option<u64>| {
                let ends = limits.map(|own| (Some(own.0), Some(own.1)));
                let ends = ends.and_then(|(lower, upper)| format::limits(lower, upper, 3));
                let missing = || "\u{2013}".to_owned();
                let cells = vec![
                    Cell::new(group.clone()),
                    Cell::new(line.to_owned()),
                    Cell::new(x.map_or_else(missing, |x| format::number(x, 3))),
                    Cell::new(format::number(y, 3)),
                    Cell::new(ends.unwrap_or_else(missing)),
                    Cell::new(n.map_or_else(missing, format::count)),
                ];
                rows.push(Row::of_group(&c.attribute, cells));
            };
        for line in &c.figure.lines {
            let step = line.points.len().div_ceil(MOST).max(1);
            for (place, (x, y)) in line.points.iter().enumerate().step_by(step) {
                let limits = line.band.get(place).copied().flatten();
                row(
                    &line.name,
                    Some(*x),
                    (*y, limits),
                    line.n.get(place).copied(),
                );
            }
        }
        for level in &c.figure.levels {
            row(&level.name, None, (level.value, level.limits), None);
        }
    }
    let axis = |of: fn(&TaskFigure) -> &String| {
        let first = curves.first().map(|c| of(&c.figure).clone());
        Column::number(first.unwrap_or_default())
    };
    Table {
        caption: format!("{heading}: the numbers of the figures"),
        description: Some(
            "Every point stands in `tables/task_curves.csv`; of long lines some are shown here."
                .to_owned(),
        ),
        class: "metric",
        folded: Some(false),
        columns: vec![
            Column::group("Group"),
            Column::text("Line"),
            axis(|figure| &figure.x),
            axis(|figure| &figure.y),
            Column::number("Limits"),
            Column::number("Samples"),
        ],
        rows,
    }
}

/// Ends of an axis that holds all values.
fn axis(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    if low > high {
        return (0.0, 1.0);
    }
    let margin = if high > low { 0.05 * (high - low) } else { 0.5 };
    (low - margin, high + margin)
}

/// All values that a panel must hold, of both axes.
fn axes(curves: &[&TaskCurves]) -> ((f64, f64), (f64, f64)) {
    let lines = || curves.iter().flat_map(|c| &c.figure.lines);
    let points = || lines().flat_map(|line| &line.points);
    let limits = lines().flat_map(|line| line.band.iter().flatten());
    let levels = curves.iter().flat_map(|c| &c.figure.levels);
    let levels = levels.flat_map(|level| {
        let (lower, upper) = level.limits.unwrap_or((level.value, level.value));
        [level.value, lower, upper]
    });
    let heights = points().map(|(_, y)| *y);
    let heights = heights.chain(limits.flat_map(|(lower, upper)| [*lower, *upper]));
    (axis(points().map(|(x, _)| *x)), axis(heights.chain(levels)))
}

fn panels(translator: &Translator, curves: &[&TaskCurves]) -> Result<Vec<Panels>, ReportError> {
    let axes = axes(curves);
    let overall = curves
        .iter()
        .find(|c| c.attribute == "overall" && c.figure.part.is_none())
        .and_then(|c| c.figure.lines.first())
        .map_or(&[][..], |line| line.points.as_slice());
    let mut groups = Vec::new();
    let all = curves
        .iter()
        .map(|c| (c.attribute.as_str(), c.level.as_str()));
    for (attribute, levels) in strata(all) {
        let mut figures = Vec::new();
        for level in levels {
            let own = |c: &&&TaskCurves| c.attribute == attribute && c.level == level;
            for c in curves.iter().filter(own) {
                if let Some(line) = c.figure.lines.first() {
                    figures.push(panel(translator, c, line, axes, overall)?);
                }
            }
        }
        if !figures.is_empty() {
            groups.push(Panels {
                heading: names::attribute(attribute),
                figures,
            });
        }
    }
    Ok(groups)
}

fn panel(
    translator: &Translator,
    c: &TaskCurves,
    line: &FigureLine,
    (x, y): ((f64, f64), (f64, f64)),
    overall: &[(f64, f64)],
) -> Result<Figure, ReportError> {
    let figure = &c.figure;
    let (banded, dashed) = others(figure);
    let marks = marks(figure, line);
    let across: Vec<Across> = figure
        .levels
        .iter()
        .map(|level| Across {
            value: level.value,
            limits: level.limits,
            title: with_limits(&level.name, level.value, level.limits),
        })
        .collect();
    let mut id = vec![figure.kind.clone()];
    id.extend(
        [&c.endpoint, &c.attribute, &c.level]
            .into_iter()
            .chain(&figure.part)
            .map(|part| encode_part(part)),
    );
    let mut group = names::group(&c.attribute, &c.level);
    if let Some(part) = &figure.part {
        group = format!("{}, {group}", names::name(part));
    }
    let title = format!("{} against {}, {group}", figure.y, figure.x.to_lowercase());
    let mut description = format!("{} points.", marks.len());
    for level in &across {
        description = format!("{description} {}.", level.title);
    }
    if c.attribute != "overall" {
        description.push_str(" The grey line is the whole cohort.");
    }
    let svg = task_lines(
        translator,
        &TaskPanel {
            id: &id.join("."),
            title: &title,
            description: &description,
            label: &figure.x,
            x,
            y,
            line: &line.points,
            band: &banded,
            marks: &marks,
            overall: if c.attribute == "overall" || !across.is_empty() {
                &[]
            } else {
                overall
            },
            dashed: &dashed,
            across: &across,
        },
    )?;
    Ok(Figure {
        table: None,
        caption: figure
            .part
            .as_deref()
            .map_or_else(|| names::level(&c.attribute, &c.level), names::name),
        note: Some(figure.y.clone()),
        svg,
    })
}

/// The band of a figure, and the lines that its first one is compared with.
#[expect(clippy::type_complexity, reason = "points of lines")]
fn others(figure: &TaskFigure) -> (Vec<(f64, f64, f64)>, Vec<Vec<(f64, f64)>>) {
    let with_band = figure.lines.iter().find(|line| {
        // Limits of points with samples are whiskers.
        line.n.is_empty() && line.band.iter().any(Option::is_some)
    });
    let band = with_band.map_or_else(Vec::new, |line| {
        let points = line.points.iter().zip(&line.band);
        points
            .filter_map(|((x, _), limits)| limits.map(|(lower, upper)| (*x, lower, upper)))
            .collect()
    });
    let compared = figure.lines.iter().skip(1);
    let dashed = compared
        .filter(|line| line.band.is_empty())
        .map(|line| line.points.clone());
    (band, dashed.collect())
}

fn marks(figure: &TaskFigure, line: &FigureLine) -> Vec<Marked> {
    let points = line.points.iter().enumerate();
    points
        .map(|(place, at)| {
            let n = line.n.get(place).map_or_else(String::new, |n| {
                format!(", {}", format::counted(*n, "sample", "samples"))
            });
            let limits = line.band.get(place).copied().flatten();
            let x = format::number(at.0, 3);
            let y = with_limits(&figure.y.to_lowercase(), at.1, limits);
            Marked {
                at: *at,
                limits: limits.filter(|_| !line.n.is_empty()),
                title: format!("{}: {} {x}, {y}{n}", line.name, figure.x.to_lowercase()),
            }
        })
        .collect()
}

fn with_limits(name: &str, value: f64, limits: Option<(f64, f64)>) -> String {
    let limits = format::limits(limits.map(|own| own.0), limits.map(|own| own.1), 3);
    let limits = limits.map_or_else(String::new, |limits| format!(" {limits}"));
    format!("{name} {}{limits}", format::number(value, 3))
}

fn of_matrix(c: &TaskCurves, matrix: &FigureMatrix) -> Table {
    let mut columns = vec![Column::group(c.figure.y.clone()), Column::number("Samples")];
    columns.extend(
        matrix
            .columns
            .iter()
            .map(|name| Column::number(names::name(name))),
    );
    let rows = matrix
        .rows
        .iter()
        .zip(&matrix.counts)
        .map(|(name, counts)| {
            let all: u64 = counts.iter().sum();
            let mut cells = vec![Cell::new(names::name(name)), Cell::new(format::count(all))];
            cells.extend(counts.iter().zip(&matrix.columns).map(|(n, column)| {
                let cell = Cell::new(format::count(*n));
                let cell = if column == name {
                    cell.with_class("strong")
                } else {
                    cell
                };
                if all > 0 {
                    cell.with_note(format::percent(*n as f64 / all as f64))
                } else {
                    cell
                }
            }));
            Row {
                cells,
                ..Row::default()
            }
        })
        .collect();
    Table {
        caption: format!(
            "{}: {} by {}, {}",
            names::name(&c.endpoint),
            c.figure.y.to_lowercase(),
            c.figure.x.to_lowercase(),
            names::group(&c.attribute, &c.level)
        ),
        description: Some(format!(
            "Rows are {}, columns {}; shares are of the row.",
            c.figure.y.to_lowercase(),
            c.figure.x.to_lowercase()
        )),
        class: "metric",
        folded: Some(c.attribute == "overall"),
        columns,
        rows,
    }
}
