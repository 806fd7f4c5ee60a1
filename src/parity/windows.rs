//! What goes wrong between the stored values of a scan and a network: rescaling, the window, its
//! output, and MONOCHROME1.

use crate::config::preprocess::{
    ByteRounding, DicomWindow, DicomWindowFunction, Step, WindowOutput,
};
use crate::config::{InputKind, InputSpec, step_text};

/// Windows that people write without thinking, in Hounsfield units.
const CUSTOMARY: [(f64, f64, &str); 8] = [
    (40.0, 400.0, "soft tissue"),
    (40.0, 350.0, "soft tissue"),
    (50.0, 350.0, "abdomen"),
    (50.0, 400.0, "abdomen"),
    (40.0, 80.0, "brain"),
    (-600.0, 1500.0, "lung"),
    (300.0, 1500.0, "bone"),
    (400.0, 1800.0, "bone"),
];
/// Intercept of most CT scanners: what a center lies off by when it is meant for stored values.
const INTERCEPT: f64 = 1024.0;

type Changed = (String, Vec<Step>);

/// Whether files are DICOM.
pub(super) fn is_dicom(input: InputSpec) -> bool {
    matches!(input.kind, InputKind::Dicom(_) | InputKind::DicomSeries)
}

/// Whether the steps may stand in an audit file: DICOM's come first, and a series is rescaled.
pub(super) fn is_lawful(input: InputSpec, steps: &[Step]) -> bool {
    let rescaled = steps.first() == Some(&Step::Rescale);
    let in_place = steps.iter().enumerate().all(|(place, step)| match step {
        Step::Rescale => place == 0 && is_dicom(input),
        Step::DicomWindow(..) => place == 1 && rescaled,
        _ => true,
    });
    in_place && (rescaled || input.kind != InputKind::DicomSeries)
}

/// Other windows, of the file and of numbers, another output, inversion, and rescaling.
pub(super) fn windows(input: InputSpec, steps: &[Step]) -> Vec<Changed> {
    let rescaled = steps.first() == Some(&Step::Rescale);
    let place = steps
        .iter()
        .position(|step| matches!(step, Step::Window { .. } | Step::DicomWindow(..)));
    let dicom = is_dicom(input);
    if !dicom && place.is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    if dicom && !rescaled {
        let mut changed = vec![Step::Rescale];
        changed.extend(steps.iter().cloned());
        found.push(("stored values are rescaled first".to_owned(), changed));
    }
    let put = |steps_of_window: &[Step]| {
        let mut changed = steps.to_vec();
        let at = place.unwrap_or(usize::from(rescaled));
        let removed = usize::from(place.is_some());
        changed.splice(at..at + removed, steps_of_window.iter().cloned());
        changed
    };
    let output = place.map_or(WindowOutput::Unit, |place| output(&steps[place]));
    if dicom {
        for (words, window) in [
            ("the window is the header's first", DicomWindow::First),
            ("the window is the header's second", DicomWindow::Index(1)),
            ("the window is the header's VOI LUT", DicomWindow::Table(0)),
        ] {
            let step = Step::DicomWindow(window, output);
            found.push((words.to_owned(), put(&[step])));
        }
    }
    if !dicom {
        for below in [255.0, 127.5, 65535.0] {
            let scale = Step::Scale {
                numerator: 1.0,
                denominator: below,
            };
            let words = format!("there is no window, and samples are divided by {below}");
            found.push((words, put(&[scale])));
        }
    }
    let plain = |center: f64, width: f64| Step::Window {
        center,
        width,
        output,
    };
    let current = place.and_then(|place| numbers(&steps[place]));
    for (words, center, width) in other_numbers(current) {
        found.push((words, put(&[plain(center, width)])));
    }
    for (center, width, name) in CUSTOMARY {
        let words = format!("the window is {center} wide {width} ({name})");
        found.push((words, put(&[plain(center, width)])));
    }
    if let Some(place) = place {
        of_function(&steps[place], current, &put, &mut found);
        for (words, other) in [
            ("the window gives 0 to 1", WindowOutput::Unit),
            (
                "the window gives bytes, rounded to the nearest",
                WindowOutput::Bytes(ByteRounding::Nearest),
            ),
            (
                "the window gives bytes, rounded down",
                WindowOutput::Bytes(ByteRounding::Down),
            ),
        ] {
            found.push((words.to_owned(), put(&[with_output(&steps[place], other)])));
        }
        found.push(inverted(steps, place, output));
    }
    found
}

/// DICOM's three functions with the same numbers; the plain window is the exact one.
fn of_function(
    step: &Step,
    current: Option<(f64, f64)>,
    put: &dyn Fn(&[Step]) -> Vec<Step>,
    found: &mut Vec<Changed>,
) {
    let Some((center, width)) = current else {
        return;
    };
    let output = output(step);
    let exact = Step::Window {
        center,
        width,
        output,
    };
    found.push(("the window's width is a length".to_owned(), put(&[exact])));
    for (words, function) in [
        ("the window is DICOM's LINEAR", DicomWindowFunction::Linear),
        (
            "the window is DICOM's SIGMOID",
            DicomWindowFunction::Sigmoid,
        ),
    ] {
        if function == DicomWindowFunction::Linear && width < 1.0 {
            continue;
        }
        let window = DicomWindow::Declared {
            center,
            width,
            function,
        };
        found.push((words.to_owned(), put(&[Step::DicomWindow(window, output)])));
    }
}

/// Mistakes in the two numbers of a window.
fn other_numbers(current: Option<(f64, f64)>) -> Vec<(String, f64, f64)> {
    let Some((center, width)) = current else {
        return Vec::new();
    };
    let mut found = vec![
        ("center and width change places", width, center),
        (
            "center and width are the least and the largest value",
            (center + width) / 2.0,
            width - center,
        ),
        (
            "the center is one of stored values (1024 more)",
            center + INTERCEPT,
            width,
        ),
        (
            "the center is one of rescaled values (1024 less)",
            center - INTERCEPT,
            width,
        ),
        ("the width is twice as large", center, width * 2.0),
        ("the width is half as large", center, width / 2.0),
    ];
    found.retain(|(_, _, width)| *width > 0.0);
    found
        .into_iter()
        .map(|(words, center, width)| (words.to_owned(), center, width))
        .collect()
}

/// Black and white change places behind the window, or change back.
fn inverted(steps: &[Step], place: usize, output: WindowOutput) -> Changed {
    let white = match output {
        WindowOutput::Unit => 1.0,
        WindowOutput::Bytes(_) => 255.0,
    };
    let turned = [
        Step::Scale {
            numerator: -1.0,
            denominator: 1.0,
        },
        Step::Normalize {
            mean: vec![-white],
            std: vec![1.0],
        },
    ];
    let behind = place + 1;
    let mut changed = steps.to_vec();
    if steps.get(behind..behind + 2) == Some(&turned[..]) {
        changed.drain(behind..behind + 2);
        return ("the window's values are not inverted".to_owned(), changed);
    }
    changed.splice(behind..behind, turned);
    let words = format!("values are inverted behind `{}`", step_text(&steps[place]));
    (words, changed)
}

fn numbers(step: &Step) -> Option<(f64, f64)> {
    match step {
        Step::Window { center, width, .. }
        | Step::DicomWindow(DicomWindow::Declared { center, width, .. }, _) => {
            Some((*center, *width))
        }
        _ => None,
    }
}

fn output(step: &Step) -> WindowOutput {
    match step {
        Step::Window { output, .. } | Step::DicomWindow(_, output) => *output,
        _ => WindowOutput::Unit,
    }
}

fn with_output(step: &Step, output: WindowOutput) -> Step {
    match step {
        Step::Window { center, width, .. } => Step::Window {
            center: *center,
            width: *width,
            output,
        },
        Step::DicomWindow(window, _) => Step::DicomWindow(window.clone(), output),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Channels, DicomOptions};

    fn input(kind: InputKind) -> InputSpec {
        InputSpec {
            kind,
            channels: Channels::Gray,
            dicom: DicomOptions::default(),
            raster: Default::default(),
        }
    }

    #[test]
    fn every_window_that_is_lawful_can_be_undone() {
        let input = input(InputKind::Dicom(None));
        let start = vec![
            Step::Rescale,
            Step::Window {
                center: 40.0,
                width: 350.0,
                output: WindowOutput::Unit,
            },
        ];
        for (words, steps) in windows(input, &start) {
            assert!(is_lawful(input, &steps), "{words}");
            let back = windows(input, &steps);
            assert!(
                steps == start || back.iter().any(|(_, steps)| *steps == start),
                "{words}"
            );
        }
    }

    #[test]
    fn a_window_of_the_header_needs_its_place() {
        let first = Step::DicomWindow(DicomWindow::First, WindowOutput::Unit);
        let dicom = input(InputKind::Dicom(None));
        assert!(!is_lawful(dicom, std::slice::from_ref(&first)));
        assert!(is_lawful(dicom, &[Step::Rescale, first]));
        assert!(!is_lawful(input(InputKind::DicomSeries), &[]));
        assert!(windows(input(InputKind::Raster), &[]).is_empty());
    }
}
