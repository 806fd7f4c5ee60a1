//! From the modality's values to those of a display (PS3.3 C.11.2): a window or a table.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::elements::{Elements, frame_group, items, numbers, text, trim};
use super::error::{DicomError, Reason, Step};
use super::lut::Lut;
use crate::config::preprocess::{ByteRounding, WindowOutput};
use crate::imaging::image::Samples;

/// Which of a file's windows or tables is meant. There is no default: an image without the one that
/// is asked for is an error.
#[derive(Debug, Clone, PartialEq)]
pub enum VoiChoice {
    /// The first window of the file.
    FirstWindow,
    /// The n-th window of the file, from 0.
    WindowAt(usize),
    /// The window with this explanation (WindowCenterWidthExplanation), such as `BONE`.
    WindowNamed(String),
    /// A window of the audit file, whatever the image file holds.
    Declared(Window),
    /// The n-th VOI LUT of the file, from 0.
    TableAt(usize),
}

/// How a window maps values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowFunction {
    /// C.11.2.1.2.1: the width counts values, so that its ends are half a value inside.
    Linear,
    /// C.11.2.1.3.2: the width is a length.
    LinearExact,
    /// C.11.2.1.3.1: a logistic curve.
    Sigmoid,
}

impl WindowFunction {
    /// The term as the attribute VOILUTFunction holds it.
    pub fn term(self) -> &'static str {
        match self {
            WindowFunction::Linear => "LINEAR",
            WindowFunction::LinearExact => "LINEAR_EXACT",
            WindowFunction::Sigmoid => "SIGMOID",
        }
    }
}

/// A window, in the modality's unit. Made by [`Window::new`], which checks the width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    center: f64,
    width: f64,
    function: WindowFunction,
}

impl Window {
    /// A window.
    ///
    /// # Errors
    /// The width is below 1 (`Linear`), or not above 0 (the others), or a number is not finite.
    pub fn new(center: f64, width: f64, function: WindowFunction) -> Result<Self, DicomError> {
        let (holds, expected) = match function {
            WindowFunction::Linear => (width >= 1.0, "at least 1"),
            _ => (width > 0.0, "above 0"),
        };
        if !holds || !width.is_finite() || !center.is_finite() {
            return Err(invalid(format!(
                "the window has center {center} and width {width}, expected a width {expected} for \
                 the function {}",
                function.term()
            )));
        }
        Ok(Window {
            center,
            width,
            function,
        })
    }

    /// Center, in the modality's unit.
    pub fn center(&self) -> f64 {
        self.center
    }

    /// Width, in the modality's unit.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// How values are mapped.
    pub fn function(&self) -> WindowFunction {
        self.function
    }

    /// The display value, from 0 to `top`, in 64-bit arithmetic. NaN stays NaN.
    pub fn apply(&self, x: f64, top: f64) -> f64 {
        let (c, w) = (self.center, self.width);
        let edges = |low: f64, high: f64, inside: f64| {
            if x <= low {
                0.0
            } else if x > high {
                top
            } else {
                inside * top
            }
        };
        match self.function {
            WindowFunction::Linear => {
                let (middle, half) = (c - 0.5, (w - 1.0) / 2.0);
                edges(middle - half, middle + half, (x - middle) / (w - 1.0) + 0.5)
            }
            WindowFunction::LinearExact => edges(c - w / 2.0, c + w / 2.0, (x - c) / w + 0.5),
            WindowFunction::Sigmoid => top / (1.0 + (-4.0 * (x - c) / w).exp()),
        }
    }
}

/// The VOI transform of one frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Voi {
    /// A window.
    Window(Window),
    /// The entry of a table, as a part of the largest that its bits hold.
    Table(Lut),
}

impl Voi {
    /// The display values of many; `inverted`: white is the least. Bytes are inverted at their end.
    pub(super) fn shown(
        &self,
        values: impl Iterator<Item = f64>,
        output: WindowOutput,
        inverted: bool,
    ) -> Samples {
        match output {
            WindowOutput::Unit => Samples::F32(
                values
                    .map(|value| shown_unit(self.apply(value, 1.0), inverted))
                    .collect(),
            ),
            WindowOutput::Bytes(rounding) => Samples::U8(
                values
                    .map(|value| shown_byte(self.apply(value, 255.0), rounding, inverted))
                    .collect(),
            ),
        }
    }

    /// The display value, from 0 to `top`.
    pub fn apply(&self, value: f64, top: f64) -> f64 {
        match self {
            Voi::Window(window) => window.apply(value, top),
            Voi::Table(lut) => {
                let largest = f64::from((1_u32 << lut.bits) - 1);
                (f64::from(lut.entry(value)) / largest * top).min(top)
            }
        }
    }
}

/// A display value from 0 to 1 as models are fed it.
pub(super) fn shown_unit(value: f64, inverted: bool) -> f32 {
    (if inverted { 1.0 - value } else { value }) as f32
}

/// A display value from 0 to 255 as a byte.
pub(super) fn shown_byte(value: f64, rounding: ByteRounding, inverted: bool) -> u8 {
    let byte = rounding.byte(value);
    if inverted { 255 - byte } else { byte }
}

/// The transform of a frame, and what should be said about it.
pub(super) fn read(
    elements: &Elements,
    frame: usize,
    choice: &VoiChoice,
    signed: bool,
    notes: &mut Vec<String>,
) -> Result<Voi, DicomError> {
    let group = frame_group(&elements.object, tags::FRAME_VOILUT_SEQUENCE, frame);
    match choice {
        VoiChoice::Declared(window) => Ok(Voi::Window(*window)),
        VoiChoice::TableAt(index) => {
            let tables = items(group, tags::VOILUT_SEQUENCE);
            let item = tables.get(*index).ok_or_else(|| {
                missing(format!(
                    "the file has {} VOI LUTs, expected one at position {index}",
                    tables.len()
                ))
            })?;
            Lut::read(item, signed && !elements.explicit, Step::Voi).map(Voi::Table)
        }
        VoiChoice::FirstWindow => window(group, 0, notes).map(Voi::Window),
        VoiChoice::WindowAt(index) => window(group, *index, notes).map(Voi::Window),
        VoiChoice::WindowNamed(name) => {
            let found = text(group, tags::WINDOW_CENTER_WIDTH_EXPLANATION).unwrap_or_default();
            let index = found.split('\\').position(|part| trim(part) == name);
            let index = index.ok_or_else(|| {
                missing(format!(
                    "the file has no window named {name:?}; its windows are named {found:?}"
                ))
            })?;
            window(group, index, notes).map(Voi::Window)
        }
    }
}

/// Whether a frame has a window (complete or not), and whether it has a table; a note where the
/// file announces tables and has none.
pub(super) fn present(elements: &Elements, frame: usize, notes: &mut Vec<String>) -> (bool, bool) {
    let group = frame_group(&elements.object, tags::FRAME_VOILUT_SEQUENCE, frame);
    let window =
        group.get(tags::WINDOW_CENTER).is_some() && group.get(tags::WINDOW_WIDTH).is_some();
    let table = !items(group, tags::VOILUT_SEQUENCE).is_empty();
    if !table && group.get(tags::VOILUT_SEQUENCE).is_some() {
        notes.push("VOILUTSequence has no item: the file has no VOI LUT".to_owned());
    }
    (window, table)
}

fn window(
    group: &InMemDicomObject,
    index: usize,
    notes: &mut Vec<String>,
) -> Result<Window, DicomError> {
    let values = |tag: Tag, name: &str| match numbers(group, tag, Step::Voi)? {
        None => Err(missing(format!("the file has no {name}"))),
        Some(values) if values.is_empty() => {
            Err(invalid(format!("{name} is empty, expected a number")))
        }
        Some(values) => Ok(values),
    };
    let centers = values(tags::WINDOW_CENTER, "WindowCenter")?;
    let widths = values(tags::WINDOW_WIDTH, "WindowWidth")?;
    if centers.len() != widths.len() {
        notes.push(format!(
            "the file has {} window centers and {} widths",
            centers.len(),
            widths.len()
        ));
    }
    let (Some(&center), Some(&width)) = (centers.get(index), widths.get(index)) else {
        return Err(missing(format!(
            "the file has {} windows, expected one at position {index}",
            centers.len().min(widths.len())
        )));
    };
    Window::new(center, width, function(group)?)
}

fn function(group: &InMemDicomObject) -> Result<WindowFunction, DicomError> {
    let Some(term) = text(group, tags::VOILUT_FUNCTION) else {
        return Ok(WindowFunction::Linear);
    };
    [
        WindowFunction::Linear,
        WindowFunction::LinearExact,
        WindowFunction::Sigmoid,
    ]
    .into_iter()
    .find(|function| term.eq_ignore_ascii_case(function.term()))
    .ok_or_else(|| {
        invalid(format!(
            "VOILUTFunction is {term:?}, expected LINEAR, LINEAR_EXACT or SIGMOID"
        ))
    })
}

fn missing(sentence: String) -> DicomError {
    DicomError::new(
        Step::Voi,
        Reason::MissingWindow,
        format!("{sentence}; declare a window in the audit file instead"),
    )
}

fn invalid(sentence: String) -> DicomError {
    DicomError::new(Step::Voi, Reason::InvalidAttribute, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_map_as_the_standard_says() {
        let linear = Window::new(2048.0, 4096.0, WindowFunction::Linear).unwrap();
        // The example of C.11.2.1.2.1: c = 2048, w = 4096 maps 0..4095 to the whole output.
        assert_eq!(linear.apply(0.0, 255.0), 0.0);
        assert_eq!(linear.apply(4095.0, 255.0), 255.0);
        let exact = Window::new(2048.0, 4096.0, WindowFunction::LinearExact).unwrap();
        assert_eq!(exact.apply(2048.0, 255.0), 127.5);
        let sigmoid = Window::new(0.0, 100.0, WindowFunction::Sigmoid).unwrap();
        assert_eq!(sigmoid.apply(0.0, 255.0), 127.5);
        assert!(linear.apply(f64::NAN, 255.0).is_nan());
    }

    #[test]
    fn a_width_of_one_is_a_step_and_smaller_ones_are_refused() {
        let step = Window::new(100.0, 1.0, WindowFunction::Linear).unwrap();
        assert_eq!((step.apply(99.5, 1.0), step.apply(99.6, 1.0)), (0.0, 1.0));
        assert!(Window::new(0.0, 0.9, WindowFunction::Linear).is_err());
        assert!(Window::new(0.0, 0.9, WindowFunction::Sigmoid).is_ok());
        assert!(Window::new(0.0, f64::INFINITY, WindowFunction::LinearExact).is_err());
    }
}
