//! Cohort flow: what was left after each step, and what each step took away.

use plotters::style::text_anchor::HPos;

use super::super::error::ReportError;
use super::super::language::Translator;
use super::panel::{Frame, Panel, write, write_lines};
use super::svg::{Canvas, FONT, Ink};
use super::text;

/// One step of the flow.
pub(in super::super) struct FlowBox {
    /// What the step took away, in words with its count; empty for the first box.
    pub removed: String,
    /// What is left, in words with counts.
    pub left: String,
}

const WIDTH: f64 = 720.0;
const MAIN: (f64, f64) = (10.0, 300.0);
const SIDE: (f64, f64) = (350.0, 710.0);
const BOX_HEIGHT: f64 = 32.0;
const GAP: f64 = 50.0;

/// Draws the flow from the first row of the manifest to what was measured.
pub(in super::super) fn flow(
    words: &Translator,
    id: &str,
    description: &str,
    boxes: &[FlowBox],
) -> Result<String, ReportError> {
    #[expect(clippy::cast_precision_loss, reason = "a flow has few steps")]
    let count = boxes.len() as f64;
    let height = 16.0 + count * BOX_HEIGHT + (count - 1.0).max(0.0) * GAP;
    let canvas = Canvas::new(words, WIDTH, height);
    let root = canvas.area();
    let frame = Frame {
        left: 0.0,
        top: 0.0,
        right: WIDTH,
        bottom: height,
    };
    let panel = Panel::new(&root, frame, (0.0, WIDTH), (height, 0.0));
    let centre = f64::midpoint(MAIN.0, MAIN.1);
    let mut top = 8.0;
    for (i, step) in boxes.iter().enumerate() {
        if i > 0 {
            let from = top - GAP;
            panel.line(&[(centre, from), (centre, top - 1.0)], Ink::Axis, 1.2)?;
            panel.fill(
                &[
                    (centre - 4.0, top - 7.0),
                    (centre + 4.0, top - 7.0),
                    (centre, top),
                ],
                Ink::Axis,
            )?;
            if !step.removed.is_empty() {
                side(
                    &root,
                    &panel,
                    from + GAP / 2.0,
                    centre,
                    &words.say(&step.removed),
                )?;
            }
        }
        outline(&panel, (MAIN.0, top), (MAIN.1, top + BOX_HEIGHT), Ink::Axis)?;
        let left = text::cut(&words.say(&step.left), FONT, MAIN.1 - MAIN.0 - 16.0);
        write(
            &root,
            &left,
            (centre, top + BOX_HEIGHT / 2.0),
            HPos::Center,
            Ink::Text,
            FONT,
        )?;
        top += BOX_HEIGHT + GAP;
    }
    drop(panel);
    drop(root);
    Ok(canvas.finish(id, "plot wide", "Cohort flow", description))
}

type Root<'a> = plotters::prelude::DrawingArea<super::svg::SvgBackend<'a>, plotters::coord::Shift>;

/// What a step took away, beside the line.
fn side(
    root: &Root<'_>,
    panel: &Panel<'_>,
    y: f64,
    centre: f64,
    words: &str,
) -> Result<(), ReportError> {
    let lines = text::wrap(words, FONT, SIDE.1 - SIDE.0 - 20.0, 3);
    let half = match lines.len() {
        0 | 1 => 12.0,
        2 => 18.0,
        _ => 24.0,
    };
    panel.line(&[(centre, y), (SIDE.0, y)], Ink::Axis, 1.2)?;
    outline(panel, (SIDE.0, y - half), (SIDE.1, y + half), Ink::Grid)?;
    write_lines(root, &lines, (SIDE.0 + 10.0, y), HPos::Left, Ink::Text)
}

fn outline(
    panel: &Panel<'_>,
    from: (f64, f64),
    to: (f64, f64),
    ink: Ink,
) -> Result<(), ReportError> {
    panel.line(&[from, (to.0, from.1), to, (from.0, to.1), from], ink, 1.2)
}
