//! Forest plot: one metric by group, with the requirement where the gate has one.

use super::super::error::ReportError;
use super::super::language::Translator;
use super::intervals::{Part, Plot, Row, Ticks, draw, free_range, in_parts, range};

/// Draws the forest plot of a metric: of a share between 0 and 1, of anything else on an axis that
/// holds every number.
///
/// Squares grow in area with the square root of n, whiskers are the displayed intervals,
/// a hollow square is a requirement that could not be decided. Many groups make several
/// figures with one axis, each of which fits a printed page.
pub(in super::super) fn forest(
    words: &Translator,
    id: &str,
    metric: &str,
    n_heading: &str,
    value_heading: &str,
    is_share: bool,
    rows: Vec<Row>,
) -> Result<Vec<String>, ReportError> {
    let range = if is_share {
        range(&rows, (0.0, 1.0), 0.3)
    } else {
        free_range(&rows)
    };
    in_parts(words, id, rows, |part| {
        draw_part(words, metric, n_heading, value_heading, range, part)
    })
}

fn draw_part(
    words: &Translator,
    metric: &str,
    n_heading: &str,
    value_heading: &str,
    range: (f64, f64),
    part: &Part<'_>,
) -> Result<String, ReportError> {
    let title = format!("{metric} by group");
    let description = describe(part.rows);
    draw(
        words,
        &Plot {
            title: &title,
            description: &description,
            row_heading: "Group",
            n_heading,
            value_heading,
            axis_label: metric,
            range,
            ticks: Ticks::Plain,
            zero: None,
            shade: false,
            legend: true,
        },
        part,
    )
}

/// The figure in words: every group's title, as a screen reader would want it.
pub(super) fn describe(rows: &[Row]) -> String {
    let parts: Vec<&str> = rows
        .iter()
        .filter_map(|r| {
            if let Row::Group(g) = r {
                Some(g.title.as_str())
            } else {
                None
            }
        })
        .collect();
    let most = 12;
    if parts.len() <= most {
        return parts.join("; ");
    }
    format!(
        "{}; and {} more groups, all in the table of this metric.",
        parts[..most].join("; "),
        parts.len() - most
    )
}

#[cfg(test)]
mod tests {
    use super::super::intervals::{IntervalRow, Mark};
    use super::*;

    fn row(n: u64, value: f64, mark: Mark) -> Row {
        Row::Group(IntervalRow {
            label: "B".to_owned(),
            title: format!("site B {value}"),
            value: Some((value, Some(value - 0.1), Some(value + 0.05))),
            n: Some(n),
            patients: None,
            text: format!("{value:.3}"),
            mark,
            bound: Some(0.85),
            overall: false,
        })
    }

    /// Figures of groups, parts in order.
    fn drawn(rows: Vec<Row>) -> Vec<String> {
        let words = Translator::default();
        forest(&words, "f", "Sensitivity", "n", "e", true, rows).unwrap()
    }

    #[test]
    fn the_legend_shows_the_whole_cohort_as_it_is_drawn() {
        let drawn = |mark: Mark| {
            let Row::Group(mut whole) = row(100, 0.8, mark) else {
                unreachable!("a group")
            };
            whole.overall = true;
            let figures = forest(
                &Translator::default(),
                "f",
                "Sensitivity",
                "positives",
                "Estimate",
                true,
                vec![Row::Group(whole)],
            )
            .unwrap();
            figures[0].matches("f-plane").count()
        };
        // An empty diamond within a full one, in the row and in the legend, and the legend's empty square.
        assert_eq!(drawn(Mark::Inconclusive), drawn(Mark::Pass) + 3);
    }

    /// Sides of the filled squares of a figure, of rows first, then of the legend.
    fn sides(figure: &str) -> Vec<f64> {
        let squares = figure.split("f-pass\" x=").skip(1);
        let side = |square: &str| {
            let from = square.split("width=\"").nth(1).unwrap();
            from.split('"').next().unwrap().parse().unwrap()
        };
        squares.map(side).collect()
    }

    #[test]
    fn squares_of_all_parts_have_one_scale() {
        let mut rows: Vec<Row> = (0..70).map(|_| row(40, 0.8, Mark::Pass)).collect();
        rows.push(row(4000, 0.9, Mark::Pass));
        let figures = drawn(rows);
        assert!(figures.len() > 1 && figures[0].contains("id=\"f.1"));
        let (first, last) = (sides(&figures[0]), sides(figures.last().unwrap()));
        // The first part has small groups alone.
        assert_eq!(first[0], last[0]);
        let largest = last.iter().copied().fold(0.0, f64::max);
        assert!(first[0] * 1.5 < largest, "{first:?} {last:?}");
    }

    #[test]
    fn larger_groups_get_larger_squares_and_hollow_ones_are_undecided() {
        let small = drawn(vec![row(10, 0.8, Mark::Pass), row(1000, 0.9, Mark::Pass)]).remove(0);
        let sides = sides(&small);
        assert!(sides[1] > sides[0] * 1.5, "{sides:?}");
        let hollow = drawn(vec![row(10, 0.8, Mark::Inconclusive)]).remove(0);
        assert!(hollow.contains("s-inconclusive") && !hollow.contains("f-inconclusive"));
        assert!(hollow.contains("not decided") && !hollow.contains("requirement met"));
    }

    #[test]
    fn patients_stand_beside_n_where_they_are_counted() {
        let svg = |patients: Option<u64>| {
            let mut rows = vec![row(1200, 0.8, Mark::Plain), row(10, 0.8, Mark::Plain)];
            let Row::Group(first) = &mut rows[0] else {
                panic!("a group")
            };
            first.patients = patients;
            forest(
                &Translator::default(),
                "f",
                "Sensitivity",
                "positives",
                "e",
                true,
                rows,
            )
            .unwrap()
            .remove(0)
        };
        let (with, without) = (svg(Some(950)), svg(None));
        assert!(with.contains(">patients<") && with.contains(">950<"));
        // The other group's are withheld, which is said in its row.
        assert_eq!(with.matches(">withheld<").count(), 1);
        assert!(!without.contains(">patients<"));
        for figure in [with, without] {
            assert!(figure.contains(">positives<") && figure.contains(">1,200<"));
        }
    }

    #[test]
    fn figure_grows_with_its_rows_until_it_fills_a_page() {
        let svgs = |n: usize| {
            let rows: Vec<Row> = (0..n).map(|_| row(10, 0.8, Mark::Plain)).collect();
            drawn(rows)
        };
        let height = |n: usize| -> f64 {
            svgs(n)[0]
                .split(" height=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
                .parse()
                .unwrap()
        };
        assert!((height(40) - height(2) - 38.0 * 22.0).abs() < 1.0);
        let many = svgs(200);
        assert!(many.len() > 1);
        assert_eq!(
            many.iter()
                .map(|svg| svg.matches("<title>site B").count())
                .sum::<usize>(),
            200
        );
    }
}
