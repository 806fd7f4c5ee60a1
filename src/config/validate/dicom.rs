//! What only DICOM input takes: `input.frame`, `rescale`, and windows of the file.

use super::super::keys;
use super::super::preprocess::{DicomWindow, DicomWindowFunction, InputKind, InputSpec, Step};
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

/// `first`, `{name}`, `{index}`, or `{center, width}` with or without `function`.
pub(super) fn window(value: &Value<'_>) -> Option<Step> {
    if !value.is_mapping() {
        let first = value.choice(&[("first", DicomWindow::First)], &[]);
        return first.map(Step::DicomWindow);
    }
    let section = value.section(&keys::WINDOW)?;
    let declared = ["center", "width", "function"]
        .iter()
        .any(|key| section.get(key).is_some());
    match (section.get("name"), section.get("index"), declared) {
        (Some(name), None, false) => {
            let name = name.text()?.value;
            Some(Step::DicomWindow(DicomWindow::Named(name)))
        }
        (None, Some(index), false) => {
            let index = index.size(0, u32::MAX)?;
            Some(Step::DicomWindow(DicomWindow::Index(index)))
        }
        (None, None, _) => declared_window(&section),
        _ => {
            value.error(
                "several-windows",
                "`window` names several windows, expected one of `name`, `index`, or `center` and \
                 `width`",
                "",
            );
            None
        }
    }
}

fn declared_window(section: &Section<'_>) -> Option<Step> {
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
    let (center, width) = (center?, width?);
    Some(match function? {
        None => Step::Window { center, width },
        Some(function) => Step::DicomWindow(DicomWindow::Declared {
            center,
            width,
            function,
        }),
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
            Step::Rescale | Step::DicomWindow(_) if !is_dicom => Some((
                "dicom-only",
                "it takes what a DICOM file says, and `input.kind` is another one",
                "for other files write `window: {center: ..., width: ...}`",
            )),
            Step::Rescale if place > 0 => Some((
                "step-order",
                "`rescale` takes stored values, so that no step may come before it",
                "move it to the first place",
            )),
            Step::DicomWindow(window)
                if window.is_of_the_file() && kind == Some(InputKind::DicomSeries) =>
            {
                Some((
                    "dicom-only",
                    "slices of a series may hold different windows",
                    "write `window: {center: ..., width: ...}`",
                ))
            }
            Step::DicomWindow(_) if place != 1 || steps.first() != Some(&Step::Rescale) => Some((
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
