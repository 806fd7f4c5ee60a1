//! What only DICOM input takes: `input.frame`, `rescale`, and windows of the file.

use super::super::keys;
use super::super::preprocess::{
    ByteRounding, DicomOptions, DicomWindow, DicomWindowFunction, InputKind, InputSpec, Step,
    WindowOutput,
};
use super::reader::{Section, Value};

/// The kind of input with the frame that is declared for it.
pub(super) fn frame(section: &Section<'_>, kind: InputKind) -> Option<InputKind> {
    let Some(value) = section.get("frame") else {
        return Some(kind);
    };
    let frame = value.size(0, u32::MAX)?;
    if matches!(kind, InputKind::Dicom(_)) {
        return Some(InputKind::Dicom(Some(frame)));
    }
    value.error(
        "dicom-only",
        "`input.frame` picks a frame of a DICOM file, and `input.kind` is another one",
        "remove it, or write `kind: dicom`",
    );
    None
}

/// `monochrome1` and `allow`.
pub(super) fn options(section: &Section<'_>, kind: InputKind) -> Option<DicomOptions> {
    let mut options = DicomOptions::default();
    let is_dicom = matches!(kind, InputKind::Dicom(_) | InputKind::DicomSeries);
    let mut fits = true;
    if let Some(value) = section.get("monochrome1") {
        let words = [("by_window", false), ("as_stored", true)];
        match value.choice(&words, &[]) {
            Some(as_stored) => options.monochrome1_as_stored = as_stored,
            None => fits = false,
        }
        if !is_dicom {
            let message = "`input.monochrome1` is of DICOM files, and `input.kind` is another one";
            value.error("dicom-only", message, "remove it");
            fits = false;
        }
    }
    if let Some(value) = section.get("allow") {
        for flag in value.one_or_list() {
            let words = [("gap", 0), ("uneven_spacing", 1), ("tilt", 2)];
            match flag.choice(&words, &[]) {
                Some(0) => options.allow_gap = true,
                Some(1) => options.allow_uneven_spacing = true,
                Some(_) => options.allow_tilt = true,
                None => fits = false,
            }
        }
        if kind != InputKind::DicomSeries {
            let message = "`input.allow` is of DICOM series, and `input.kind` is another one";
            value.error("dicom-only", message, "remove it");
            fits = false;
        }
    }
    fits.then_some(options)
}

/// `output` and `rounding` of a window.
fn output(section: &Section<'_>) -> Option<WindowOutput> {
    let bytes = match section.get("output") {
        None => Some(false),
        Some(value) => value.choice(&[("unit", false), ("u8", true)], &[]),
    };
    let rules = [
        ("nearest", ByteRounding::Nearest),
        ("down", ByteRounding::Down),
    ];
    match (bytes?, section.get("rounding")) {
        (false, None) => Some(WindowOutput::Unit),
        (true, Some(value)) => value.choice(&rules, &[]).map(WindowOutput::Bytes),
        (true, None) => {
            section.required(
                "rounding",
                "say how bytes are rounded: `nearest`, or `down` as numpy's `.astype(np.uint8)`",
            );
            None
        }
        (false, Some(value)) => {
            let message = "`rounding` is of bytes, and `output` is not `u8`";
            value.error("contradiction", message, "remove it, or write `output: u8`");
            None
        }
    }
}

/// `first`, `lut`, `{name}`, `{index}`, `{lut}`, or `{center, width}` with or without `function`.
pub(super) fn window(value: &Value<'_>) -> Option<Step> {
    if !value.is_mapping() {
        let words = [
            ("first", DicomWindow::First),
            ("lut", DicomWindow::Table(0)),
        ];
        let window = value.choice(&words, &[])?;
        return Some(Step::DicomWindow(window, WindowOutput::Unit));
    }
    let section = value.section(&keys::WINDOW)?;
    let output = output(&section);
    let declared = ["center", "width", "function"]
        .iter()
        .any(|key| section.get(key).is_some());
    let of_file = ["name", "index", "lut"].map(|key| section.get(key));
    match (of_file, declared) {
        ([Some(name), None, None], false) => {
            let name = name.text()?.value;
            Some(Step::DicomWindow(DicomWindow::Named(name), output?))
        }
        ([None, Some(index), None], false) => {
            let index = index.size(0, u32::MAX)?;
            Some(Step::DicomWindow(DicomWindow::Index(index), output?))
        }
        ([None, None, Some(index)], false) => {
            let index = index.size(0, u32::MAX)?;
            Some(Step::DicomWindow(DicomWindow::Table(index), output?))
        }
        ([None, None, None], _) => declared_window(&section, output),
        _ => {
            value.error(
                "several-windows",
                "`window` names several windows, expected one of `name`, `index`, `lut`, or \
                 `center` and `width`",
                "",
            );
            None
        }
    }
}

fn declared_window(section: &Section<'_>, output: Option<WindowOutput>) -> Option<Step> {
    let center = section
        .required("center", "")
        .and_then(|value| value.number());
    let functions = [
        ("linear", DicomWindowFunction::Linear),
        ("linear_exact", DicomWindowFunction::LinearExact),
        ("sigmoid", DicomWindowFunction::Sigmoid),
    ];
    let function = match section.get("function") {
        None => Some(None),
        Some(value) => value.choice(&functions, &[]).map(Some),
    };
    let counts = function == Some(Some(DicomWindowFunction::Linear));
    let width = section
        .required("width", "")
        .and_then(|value| match counts {
            true => value.number_in("at least 1 for `linear`", |width| width >= 1.0),
            false => value.number_in("above 0", |width| width > 0.0),
        });
    let (center, width, output) = (center?, width?, output?);
    Some(match function? {
        None => Step::Window {
            center,
            width,
            output,
        },
        Some(function) => Step::DicomWindow(
            DicomWindow::Declared {
                center,
                width,
                function,
            },
            output,
        ),
    })
}

/// `rescale` comes first and a window of the file or with a function right behind it: they take
/// the values of the file, which no other step may have changed.
pub(super) fn fits(
    list: &Value<'_>,
    entries: &[Value<'_>],
    steps: &[Step],
    input: Option<InputSpec>,
) -> bool {
    let kind = input.map(|input| input.kind);
    let is_dicom =
        kind.is_none_or(|kind| matches!(kind, InputKind::Dicom(_) | InputKind::DicomSeries));
    let mut fits = true;
    for (place, (entry, step)) in entries.iter().zip(steps).enumerate() {
        let problem = match step {
            Step::Rescale | Step::DicomWindow(..) if !is_dicom => Some((
                "dicom-only",
                "it takes what a DICOM file says, and `input.kind` is another one",
                "for other files write `window: {center: ..., width: ...}`",
            )),
            Step::Rescale if place > 0 => Some((
                "step-order",
                "`rescale` takes stored values, so that no step may come before it",
                "move it to the first place",
            )),
            Step::DicomWindow(..) if place != 1 || steps.first() != Some(&Step::Rescale) => Some((
                "step-order",
                "this window is of the modality's values, so that it comes right after `rescale`",
                "begin with `- rescale` and this window",
            )),
            _ => None,
        };
        if let Some((code, message, help)) = problem {
            entry.error(code, format!("`{}`: {message}", entry.path), help);
            fits = false;
        }
    }
    if kind == Some(InputKind::DicomSeries) && steps.first() != Some(&Step::Rescale) {
        list.error(
            "step-order",
            "a series is read in the modality's unit, so that `rescale` is its first step",
            "begin with `- rescale`",
        );
        fits = false;
    }
    fits
}
