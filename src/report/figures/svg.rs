//! A plotters backend that writes accessible SVG.
//!
//! Plotters works in whole units; one unit here is a tenth of a pixel, so that every coordinate
//! is written with one fixed decimal and the same figure is always the same bytes.

use std::cell::RefCell;
use std::fmt::Write;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, RGBColor};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use super::super::language::Translator;
use super::super::markup::is_english;
use super::panel::units;
use super::svg_paths::{Px, path_data, px};
use super::text::escape;

/// Units a pixel.
pub(super) const UNIT: f64 = 10.0;
/// Font size in pixels that the style sheet gives figures.
pub(super) const FONT: f64 = 12.0;

/// What a mark stands for. The style sheet decides how that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    Muted,
    Axis,
    Grid,
    Plane,
    Overall,
    Group,
    Pass,
    Fail,
    Inconclusive,
    Requirement,
    Region,
    Band,
    Positive,
    Negative,
    Heat1,
    Heat2,
    Heat3,
    Heat4,
    Heat5,
    /// Nothing to see: something to hover over.
    Hover,
}

/// In the order of the enum, so that a colour's blue value is its place here.
const INKS: [(Ink, &str); 21] = [
    (Ink::Text, "text"),
    (Ink::Muted, "muted"),
    (Ink::Axis, "axis"),
    (Ink::Grid, "grid"),
    (Ink::Plane, "plane"),
    (Ink::Overall, "overall"),
    (Ink::Group, "group"),
    (Ink::Pass, "pass"),
    (Ink::Fail, "fail"),
    (Ink::Inconclusive, "inconclusive"),
    (Ink::Requirement, "requirement"),
    (Ink::Region, "region"),
    (Ink::Band, "band"),
    (Ink::Positive, "positive"),
    (Ink::Negative, "negative"),
    (Ink::Heat1, "heat1"),
    (Ink::Heat2, "heat2"),
    (Ink::Heat3, "heat3"),
    (Ink::Heat4, "heat4"),
    (Ink::Heat5, "heat5"),
    (Ink::Hover, "hover"),
];

impl Ink {
    /// The colour that carries this ink through plotters. It is never shown.
    pub fn colour(self) -> RGBColor {
        let place = INKS.iter().position(|(ink, _)| *ink == self).unwrap_or(0);
        RGBColor(0, 0, u8::try_from(place).unwrap_or(0))
    }
}

fn class_of(colour: BackendColor) -> &'static str {
    INKS.get(usize::from(colour.rgb.2))
        .map_or("text", |(_, name)| name)
}

/// The figure being written: its size and its marks so far.
pub(super) struct Canvas<'w> {
    words: &'w Translator,
    width: f64,
    height: f64,
    body: RefCell<String>,
    /// The stroke that was drawn last: one that looks the same and follows at once joins it.
    stroke: RefCell<Option<Stroke>>,
    /// Attributes for the page's script.
    notes: RefCell<String>,
}

/// A path of strokes at the end of a figure's body.
#[derive(PartialEq, Eq)]
struct Stroke {
    class: &'static str,
    width: u32,
    /// Length of the body where its element ends.
    end: usize,
}

/// How a path of strokes ends.
const STROKE_END: &str = "\"/>";

impl<'w> Canvas<'w> {
    /// An empty figure of this many pixels, in the language of these words.
    pub fn new(words: &'w Translator, width: f64, height: f64) -> Self {
        Self {
            words,
            width,
            height,
            body: RefCell::new(String::new()),
            stroke: RefCell::new(None),
            notes: RefCell::new(String::new()),
        }
    }

    /// Puts words into the language of the page.
    pub fn words(&self) -> &'w Translator {
        self.words
    }

    /// Where plotters draws.
    pub fn area(&self) -> DrawingArea<SvgBackend<'_>, Shift> {
        SvgBackend { canvas: self }.into_drawing_area()
    }

    /// Opens a group; its title is what a pointer or a screen reader finds.
    pub fn open(&self, title: &str) {
        let mut body = self.body.borrow_mut();
        body.push_str("<g>");
        body.push_str(&self.told("title", "", title));
    }

    /// Closes the group opened last.
    pub fn close(&self) {
        self.body.borrow_mut().push_str("</g>");
    }

    /// Adds a stroke; with the one before it in one element where both look the same, since grids and
    /// whiskers are many short strokes.
    fn stroke(
        &self,
        class: &'static str,
        width: u32,
        path: impl IntoIterator<Item = BackendCoord>,
    ) {
        let mut body = self.body.borrow_mut();
        let mut last = self.stroke.borrow_mut();
        let joins = last
            .as_ref()
            .is_some_and(|one| (one.class, one.width, one.end) == (class, width, body.len()));
        if joins {
            let end = body.len() - STROKE_END.len();
            body.truncate(end);
        } else {
            body.push_str("<path class=\"s-");
            body.push_str(class);
            body.push_str("\" stroke-width=\"");
            px(width).push(&mut body);
            body.push_str("\" d=\"");
        }
        path_data(path, &mut body);
        body.push_str(STROKE_END);
        let end = body.len();
        *last = Some(Stroke { class, width, end });
    }

    /// Adds an attribute to the element, with a blank before it.
    pub fn note(&self, attribute: &str) {
        self.notes.borrow_mut().push_str(attribute);
    }

    /// Adds places that show nothing until a pointer comes, each with its title.
    pub fn spots(&self, spots: &[((f64, f64), String)]) {
        if spots.is_empty() {
            return;
        }
        let mut body = self.body.borrow_mut();
        body.push_str("<g class=\"spots\">");
        for ((x, y), title) in spots {
            body.push_str("<path d=\"M");
            Px(units(*x)).push(&mut body);
            body.push(' ');
            Px(units(*y)).push(&mut body);
            body.push_str("h0\"><title>");
            body.push_str(&escape(title));
            body.push_str("</title></path>");
        }
        body.push_str("</g>");
    }

    /// An element that says something of the figure or of a mark; with its language where all of it
    /// stays English on another page.
    fn told(&self, name: &str, attributes: &str, text: &str) -> String {
        let said = self.words.say(text);
        let language = if is_english(&said) {
            " lang=\"en\""
        } else {
            ""
        };
        format!("<{name}{attributes}{language}>{}</{name}>", escape(&said))
    }

    /// The whole element, `role="img"` with title and description under ids made from `id`.
    pub fn finish(self, id: &str, class: &str, title: &str, description: &str) -> String {
        let id = escape(id);
        format!(
            "<svg role=\"img\" class=\"{class}\" viewBox=\"0 0 {w:.0} {h:.0}\" width=\"{w:.0}\" height=\"{h:.0}\" \
             aria-labelledby=\"{id}-t {id}-d\"{}>{}{}{}</svg>",
            self.notes.borrow(),
            self.told("title", &format!(" id=\"{id}-t\""), title),
            self.told("desc", &format!(" id=\"{id}-d\""), description),
            self.body.borrow(),
            w = self.width,
            h = self.height,
        )
    }
}

/// Writes what plotters draws into a [`Canvas`].
pub(super) struct SvgBackend<'a> {
    canvas: &'a Canvas<'a>,
}

type Drawn = Result<(), DrawingErrorKind<std::fmt::Error>>;

impl SvgBackend<'_> {
    fn write(&self, arguments: std::fmt::Arguments<'_>) -> Drawn {
        self.canvas
            .body
            .borrow_mut()
            .write_fmt(arguments)
            .map_err(DrawingErrorKind::DrawingError)
    }
}

impl DrawingBackend for SvgBackend<'_> {
    type ErrorType = std::fmt::Error;

    fn get_size(&self) -> (u32, u32) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sizes of figures are small and positive"
        )]
        let units = |pixels: f64| (pixels * UNIT).round() as u32;
        (units(self.canvas.width), units(self.canvas.height))
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        let class = class_of(color);
        self.write(format_args!(
            "<path class=\"f-{class}\" d=\"M{} {}h1v1h-1z\"/>",
            Px(x),
            Px(y)
        ))
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let ((x0, y0), (x1, y1)) = (upper_left, bottom_right);
        let (x, y, w, h) = (x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs());
        let class = class_of(style.color());
        if fill {
            self.write(format_args!(
                "<rect class=\"f-{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                Px(x),
                Px(y),
                Px(w),
                Px(h)
            ))
        } else {
            self.write(format_args!(
                "<rect class=\"s-{class}\" stroke-width=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                px(style.stroke_width()), Px(x), Px(y), Px(w), Px(h)
            ))
        }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.canvas
            .stroke(class_of(style.color()), style.stroke_width(), path);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let class = class_of(style.color());
        let (x, y, r) = (Px(center.0), Px(center.1), px(radius));
        if fill {
            self.write(format_args!(
                "<circle class=\"f-{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"
            ))
        } else {
            let width = px(style.stroke_width());
            self.write(format_args!(
                "<circle class=\"s-{class}\" stroke-width=\"{width}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"
            ))
        }
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        let class = class_of(style.color());
        self.write(format_args!("<path class=\"f-{class}\" d=\"{}Z\"/>", {
            let mut data = String::new();
            path_data(vert, &mut data);
            data
        }))
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        (x, y): BackendCoord,
    ) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        // Baselines differ between browsers and printers, so that the shift is written out:
        // capitals are about 0.7 of the font size high.
        let shift = match style.anchor().v_pos {
            VPos::Top => 0.7,
            VPos::Center => 0.35,
            VPos::Bottom => 0.0,
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fraction of a font size is small"
        )]
        let baseline = y + (style.size() * shift).round() as i32;
        let class = class_of(style.color());
        let size = style.size() / UNIT;
        let size = if (size - FONT).abs() < 0.05 {
            String::new()
        } else {
            format!(" font-size=\"{size:.0}\"")
        };
        self.write(format_args!(
            "<text class=\"f-{class}\"{anchor}{size} x=\"{}\" y=\"{}\">{}</text>",
            Px(x),
            Px(baseline),
            escape(text)
        ))
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Self::ErrorType>> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "widths of labels are small and positive"
        )]
        let units = |value: f64| value.ceil() as u32;
        Ok((
            units(super::text::width(text, style.size())),
            units(style.size()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::prelude::{Circle, Rectangle};
    use plotters::style::Color;

    #[test]
    fn classes_titles_and_fixed_decimals() {
        let english = Translator::default();
        let canvas = Canvas::new(&english, 100.0, 50.0);
        let area = canvas.area();
        canvas.open("site <B>");
        area.draw(&Rectangle::new(
            [(105, 100), (200, 200)],
            Ink::Pass.colour().filled(),
        ))
        .unwrap();
        area.draw(&Circle::new(
            (5, 5),
            30,
            Color::stroke_width(&Ink::Fail.colour(), 15),
        ))
        .unwrap();
        canvas.close();
        drop(area);
        let svg = canvas.finish("f.x", "plot", "A & B", "d");
        assert_eq!(
            svg,
            "<svg role=\"img\" class=\"plot\" viewBox=\"0 0 100 50\" width=\"100\" height=\"50\" \
             aria-labelledby=\"f.x-t f.x-d\"><title id=\"f.x-t\">A &amp; B</title><desc id=\"f.x-d\">d</desc>\
             <g><title>site &lt;B&gt;</title>\
             <rect class=\"f-pass\" x=\"10.5\" y=\"10\" width=\"9.5\" height=\"10\"/>\
             <circle class=\"s-fail\" stroke-width=\"1.5\" cx=\"0.5\" cy=\"0.5\" r=\"3\"/></g></svg>"
        );
    }

    #[test]
    fn strokes_that_look_alike_and_follow_each_other_are_one_element() {
        let words = Translator::default();
        let canvas = Canvas::new(&words, 100.0, 50.0);
        let area = canvas.area();
        let line = |points: &[(i32, i32)], ink: Ink| {
            let style = Color::stroke_width(&ink.colour(), 10);
            area.draw(&plotters::element::PathElement::new(points.to_vec(), style))
                .unwrap();
        };
        line(&[(10, 10), (10, 200)], Ink::Grid);
        line(&[(10, 105), (300, 105)], Ink::Grid);
        line(&[(0, 0), (50, 80)], Ink::Axis);
        canvas.open("site B");
        line(&[(0, 0), (50, 80)], Ink::Axis);
        canvas.close();
        drop(area);
        let svg = canvas.finish("f", "plot", "t", "d");
        let drawn = "<path class=\"s-grid\" stroke-width=\"1\" d=\"M1 1V20M1 10.5H30\"/>\
                     <path class=\"s-axis\" stroke-width=\"1\" d=\"M0 0L5 8\"/>\
                     <g><title>site B</title><path class=\"s-axis\" stroke-width=\"1\" d=\"M0 0L5 8\"/></g>";
        assert!(svg.contains(drawn), "{svg}");
    }

    #[test]
    fn every_ink_keeps_its_class_through_plotters() {
        for (ink, name) in INKS {
            assert_eq!(class_of(ink.colour().to_backend_color()), name);
        }
    }
}
