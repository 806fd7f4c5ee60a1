//! Values to hover over where a mark has no room for words: every vertex of a curve, every bar.

use std::fmt::Write;

use super::super::format;
use super::panel::{Frame, units};
use super::svg::Canvas;
use super::svg_paths::kept;
use super::text::escape;

/// How a figure carries the values of its marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Hover {
    /// A title for each mark, which needs no script.
    Titles,
    /// Thousandths in an attribute, of which the page's script makes the same titles when a pointer comes
    /// to the figure: a tenth of the bytes.
    Numbers,
}

/// The coordinate system of a panel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axes {
    pub frame: Frame,
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Axes {
    /// Pixels of a point, as far inside the axes as it can be drawn.
    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let share =
            |value: f64, (from, to): (f64, f64)| ((value - from) / (to - from)).clamp(0.0, 1.0);
        let Frame {
            left,
            top,
            right,
            bottom,
        } = self.frame;
        (
            left + share(x, self.x) * (right - left),
            bottom - share(y, self.y) * (bottom - top),
        )
    }

    /// `left top right bottom x0 x1 y0 y1`, for the page's script.
    fn written(&self) -> String {
        let Frame {
            left,
            top,
            right,
            bottom,
        } = self.frame;
        format!(
            "{left} {top} {right} {bottom} {} {} {} {}",
            self.x.0, self.x.1, self.y.0, self.y.1
        )
    }
}

/// A value in whole thousandths, with the digits of its three decimals.
fn thousandths(value: f64) -> String {
    let digits = format::plain(value, 3).replace('.', "");
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits.as_str()),
    };
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    format!("{sign}{digits}")
}

/// Gives every vertex that a curve is drawn with its value. `names` are those of both axes.
pub(super) fn vertices(
    canvas: &Canvas,
    axes: &Axes,
    names: (&str, &str),
    points: &[(f64, f64)],
    hover: Hover,
) {
    let names = (canvas.words().say(names.0), canvas.words().say(names.1));
    let places: Vec<(f64, f64)> = points.iter().map(|point| axes.place(*point)).collect();
    let drawn = kept(
        &places
            .iter()
            .map(|(x, y)| (units(*x), units(*y)))
            .collect::<Vec<_>>(),
    );
    let drawn = drawn.into_iter().zip(points.iter().zip(&places));
    let drawn = drawn.filter_map(|(kept, both)| kept.then_some(both));
    match hover {
        Hover::Titles => {
            let marks: Vec<_> = drawn
                .map(|((x, y), place)| {
                    let words = format!(
                        "{} {}, {} {}",
                        names.0,
                        format::number(*x, 3),
                        names.1,
                        format::number(*y, 3)
                    );
                    (*place, words)
                })
                .collect();
            canvas.spots(&marks);
        }
        Hover::Numbers => {
            let mut numbers = String::new();
            for ((x, y), _) in drawn {
                let blank = if numbers.is_empty() { "" } else { " " };
                // Writing to a text cannot fail.
                let _ = write!(numbers, "{blank}{} {}", thousandths(*x), thousandths(*y));
            }
            let (x, y) = names;
            canvas.note(&format!(
                " data-axes=\"{}\" data-names=\"{}|{}\" data-points=\"{numbers}\"",
                axes.written(),
                escape(&x),
                escape(&y)
            ));
        }
    }
}

/// Adds the counts of a histogram's bars as numbers, positives first.
pub(super) fn counts(canvas: &Canvas, axes: &Axes, both: [&[u64]; 2]) {
    let written = both.map(|counts| {
        let counts: Vec<String> = counts.iter().map(u64::to_string).collect();
        counts.join(" ")
    });
    canvas.note(&format!(
        " data-axes=\"{}\" data-bars=\"{}\"",
        axes.written(),
        written.join("|")
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXES: Axes = Axes {
        frame: Frame {
            left: 10.0,
            top: 0.0,
            right: 110.0,
            bottom: 100.0,
        },
        x: (0.0, 1.0),
        y: (-1.0, 1.0),
    };

    fn drawn(hover: Hover) -> String {
        let words = crate::report::language::Translator::default();
        let canvas = Canvas::new(&words, 120.0, 120.0);
        let points = [(0.0, -0.05), (0.25, 0.5), (0.5, 0.5), (1.0, 0.5)];
        vertices(&canvas, &AXES, ("threshold", "gap"), &points, hover);
        canvas.finish("f", "plot", "t", "d")
    }

    #[test]
    fn every_vertex_that_is_drawn_has_its_value_in_words() {
        let svg = drawn(Hover::Titles);
        assert!(
            svg.contains(
                "<path d=\"M10 52.5h0\"><title>threshold 0.000, gap \u{2212}0.050</title></path>"
            ),
            "{svg}"
        );
        assert!(
            svg.contains("<path d=\"M35 25h0\"><title>threshold 0.250, gap 0.500</title></path>")
        );
        assert!(
            svg.contains("<path d=\"M110 25h0\"><title>threshold 1.000, gap 0.500</title></path>")
        );
        assert_eq!(
            svg.matches("h0\"").count(),
            3,
            "the third point lies on the line"
        );
    }

    #[test]
    fn or_as_numbers_of_which_the_same_words_are_made() {
        let svg = drawn(Hover::Numbers);
        assert!(svg.contains(
            "data-axes=\"10 0 110 100 0 1 -1 1\" data-names=\"threshold|gap\" data-points=\"0 -50 250 500 1000 500\""
        ), "{svg}");
        assert_eq!(thousandths(12.3456), "12346");
        assert_eq!(thousandths(-0.0004), "0");
    }
}
