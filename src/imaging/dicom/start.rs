//! What preprocessing starts from: an image of a file or the volume of a folder, with the steps
//! that take the file's own values done.

use std::path::Path;

use super::error::{DicomError, Reason, Step as Failed};
use super::header::Photometric;
use super::meaning::Dicom;
use super::series::SeriesFlag;
use super::voi::{VoiChoice, Window, WindowFunction};
use super::{decode, is_dicom};
use crate::config::preprocess::{
    ByteRounding, DicomOptions, DicomWindow, DicomWindowFunction, InputKind, InputSpec, Step,
    WindowOutput,
};
use crate::imaging::decode::{Decoded, decode_named};
use crate::imaging::describe::{Refusal, read_series};
use crate::imaging::image::{Colour, Image, Samples};

/// The first steps of an audit on DICOM.
#[derive(Debug)]
pub(in crate::imaging) struct Start {
    kind: InputKind,
    options: DicomOptions,
    rescale: bool,
    window: Option<(DicomWindow, WindowOutput)>,
}

/// Flags of a series that make no volume with one distance between its slices.
const UNFIT: &[SeriesFlag] = &[
    SeriesFlag::NoPosition,
    SeriesFlag::OrientationDiffers,
    SeriesFlag::DuplicatePosition,
    SeriesFlag::Gap,
    SeriesFlag::UnevenSpacing,
    SeriesFlag::Tilt,
    SeriesFlag::SizeDiffers,
    SeriesFlag::SameInstanceTwice,
];

impl Start {
    /// Takes `rescale`, and the window behind it, off the steps of a DICOM input.
    pub(in crate::imaging) fn split(input: InputSpec, steps: &[Step]) -> (Option<Self>, &[Step]) {
        let kind = input.kind;
        if !matches!(kind, InputKind::Dicom(_) | InputKind::DicomSeries) {
            return (None, steps);
        }
        let mut start = Start {
            kind,
            options: input.dicom,
            rescale: false,
            window: None,
        };
        let Some((Step::Rescale, rest)) = steps.split_first() else {
            return (Some(start), steps);
        };
        start.rescale = true;
        let (window, rest) = match rest.split_first() {
            Some((Step::DicomWindow(window, output), rest)) => {
                (Some((window.clone(), *output)), rest)
            }
            Some((
                Step::Window {
                    center,
                    width,
                    output,
                },
                rest,
            )) => {
                let declared = DicomWindow::Declared {
                    center: *center,
                    width: *width,
                    function: DicomWindowFunction::LinearExact,
                };
                (Some((declared, *output)), rest)
            }
            _ => (None, rest),
        };
        start.window = window;
        (Some(start), rest)
    }

    /// One line a step, for reports.
    pub(in crate::imaging) fn describe(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let InputKind::Dicom(Some(frame)) = self.kind {
            lines.push(format!("frame {frame} of the DICOM file (from 0)"));
        }
        if self.rescale {
            lines.push(
                "DICOM's modality LUT, or slope and intercept, to the modality's unit".to_owned(),
            );
        }
        let inverted = !self.options.monochrome1_as_stored;
        let window = self.window.as_ref();
        lines.extend(window.map(|(window, output)| describe_window(window, *output, inverted)));
        if !inverted {
            lines.push("MONOCHROME1 as stored: its least value is white".to_owned());
        }
        let allowed = self.allowed().map(SeriesFlag::code);
        let allowed: Vec<&str> = allowed.collect();
        if !allowed.is_empty() {
            lines.push(format!(
                "series flagged {} are read as if their slices were evenly spaced",
                allowed.join(", ")
            ));
        }
        lines
    }

    /// Flags that the audit file allows.
    fn allowed(&self) -> impl Iterator<Item = SeriesFlag> {
        let DicomOptions {
            allow_gap,
            allow_uneven_spacing,
            allow_tilt,
            ..
        } = self.options;
        [
            (SeriesFlag::Gap, allow_gap),
            (SeriesFlag::UnevenSpacing, allow_uneven_spacing),
            (SeriesFlag::Tilt, allow_tilt),
        ]
        .into_iter()
        .filter_map(|(flag, allowed)| allowed.then_some(flag))
    }

    /// Reads the file, or the folder.
    pub(in crate::imaging) fn read(&self, path: &Path, bytes: &[u8]) -> Result<Decoded, Refusal> {
        match self.kind {
            InputKind::DicomSeries => self.series(path),
            InputKind::Dicom(frame) if is_dicom(bytes) => Ok(self.file(bytes, frame)?),
            other => Ok(decode_named(bytes, Some(path), other)?),
        }
    }

    fn file(&self, bytes: &[u8], frame: Option<usize>) -> Result<Decoded, DicomError> {
        let dicom = decode(bytes)?;
        let frame = chosen(frame, dicom.header.frames)?;
        let mut notes = dicom.notes.clone();
        let image = self.image(&dicom, frame, &mut notes)?.ok_or_else(|| {
            DicomError::pixels(
                Reason::UnsupportedFeature,
                format!("{} samples a pixel, expected 1 or 3", dicom.header.channels),
            )
        })?;
        Ok(Decoded {
            image,
            format: "DICOM",
            decoder: dicom.decoder,
            notes,
        })
    }

    fn image(
        &self,
        dicom: &Dicom,
        frame: usize,
        notes: &mut Vec<String>,
    ) -> Result<Option<Image>, DicomError> {
        if !dicom.header.photometric.is_gray() && !self.rescale {
            return Ok(dicom.frame(&dicom.rgb()?, frame));
        }
        let as_stored = self.options.monochrome1_as_stored;
        if let Some((window, output)) = &self.window {
            let choice = choice(window)?;
            notes.extend(dicom.modality()?.1);
            notes.extend(dicom.voi(&choice)?.1);
            let inverted = dicom.header.photometric == Photometric::Monochrome1 && !as_stored;
            return dicom.shown(&choice, *output, inverted, frame);
        }
        if dicom.header.photometric == Photometric::Monochrome1 && !as_stored {
            return Err(white_is_least());
        }
        if self.rescale {
            notes.extend(dicom.modality()?.1);
            return dicom.rescaled_frame(frame);
        }
        Ok(dicom.frame(&dicom.samples, frame))
    }

    fn series(&self, folder: &Path) -> Result<Decoded, Refusal> {
        let (all, _) = read_series(folder)?;
        let [series] = all.as_slice() else {
            let several = format!(
                "the folder holds {} series, expected one; put each into a folder of its own",
                all.len()
            );
            return Err(DicomError::read(Reason::InvalidAttribute, several).into());
        };
        let allowed: Vec<SeriesFlag> = self.allowed().collect();
        let unfit = series.flags.iter().filter(|flag| UNFIT.contains(flag));
        if let Some(flag) = unfit.clone().find(|flag| !allowed.contains(flag)) {
            let can_be = matches!(
                flag,
                SeriesFlag::Gap | SeriesFlag::UnevenSpacing | SeriesFlag::Tilt
            );
            let help = match can_be {
                true => format!(
                    "; `input: {{allow: [{}]}}` reads it as if they were evenly spaced",
                    flag.code()
                ),
                false => String::new(),
            };
            let unfit = format!(
                "the series is flagged {}, and its slices make no volume with one distance between \
                 them{help}",
                flag.code()
            );
            return Err(DicomError::pixels(Reason::InvalidAttribute, unfit).into());
        }
        let allowed_here = unfit.map(|flag| {
            format!(
                "the series is flagged {}, and read as if its slices were evenly spaced",
                flag.code()
            )
        });
        let window = self.window.as_ref();
        let choice = window.map(|(window, _)| choice(window)).transpose()?;
        let below = match folder.is_dir() {
            true => folder,
            false => folder.parent().unwrap_or(folder),
        };
        let read = |name: &str| std::fs::read(below.join(name));
        let mut volume = series.volume_shown(read, choice.as_ref())?;
        volume.notes.extend(allowed_here);
        volume.notes.extend(series.left_out());
        let inverted = volume.inverted && !self.options.monochrome1_as_stored;
        let samples = match (window, &volume.voi) {
            (Some((_, output)), Some(voi)) => voi.shown(
                volume.values.iter().copied().map(f64::from),
                *output,
                inverted,
            ),
            _ if inverted => return Err(white_is_least().into()),
            _ => Samples::F32(volume.values),
        };
        let image = Image::volume(volume.shape, 1, Colour::Gray, samples, volume.geometry);
        Ok(Decoded {
            image: image.ok_or_else(|| DicomError::corrupt("the series has no pixel"))?,
            format: "DICOM series",
            decoder: volume.decoder,
            notes: volume.notes,
        })
    }
}

fn chosen(frame: Option<usize>, frames: usize) -> Result<usize, DicomError> {
    match frame {
        None if frames == 1 => Ok(0),
        None => Err(DicomError::pixels(
            Reason::UnsupportedFeature,
            format!(
                "the file has {frames} frames, and the audit file does not say which is fed; write \
                 `input: {{kind: dicom, frame: 0}}`"
            ),
        )),
        Some(frame) if frame < frames => Ok(frame),
        Some(frame) => Err(DicomError::pixels(
            Reason::InvalidAttribute,
            format!("the file has {frames} frames, expected one at position {frame} (from 0)"),
        )),
    }
}

fn white_is_least() -> DicomError {
    DicomError::new(
        Failed::Voi,
        Reason::InvalidAttribute,
        "the photometric interpretation is MONOCHROME1, whose least value is white, and no window \
         turns it round; put a `window` right after `rescale`, or write `input: {monochrome1: \
         as_stored}`",
    )
}

fn choice(window: &DicomWindow) -> Result<VoiChoice, DicomError> {
    Ok(match window {
        DicomWindow::First => VoiChoice::FirstWindow,
        DicomWindow::Index(index) => VoiChoice::WindowAt(*index),
        DicomWindow::Named(name) => VoiChoice::WindowNamed(name.clone()),
        DicomWindow::Table(index) => VoiChoice::TableAt(*index),
        DicomWindow::Declared {
            center,
            width,
            function,
        } => {
            let function = match function {
                DicomWindowFunction::Linear => WindowFunction::Linear,
                DicomWindowFunction::LinearExact => WindowFunction::LinearExact,
                DicomWindowFunction::Sigmoid => WindowFunction::Sigmoid,
            };
            VoiChoice::Declared(Window::new(*center, *width, function)?)
        }
    })
}

/// A window in words, for reports.
pub(in crate::imaging) fn describe_window(
    window: &DicomWindow,
    output: WindowOutput,
    inverted: bool,
) -> String {
    let which = match window {
        DicomWindow::First => "the file's first window".to_owned(),
        DicomWindow::Index(index) => format!("the file's window {index} (from 0)"),
        DicomWindow::Named(name) => format!("the file's window named {name:?}"),
        DicomWindow::Table(index) => format!("the file's VOI LUT {index} (from 0)"),
        DicomWindow::Declared {
            center,
            width,
            function,
        } => {
            let function = match function {
                DicomWindowFunction::Linear => "LINEAR",
                DicomWindowFunction::LinearExact => "LINEAR_EXACT",
                DicomWindowFunction::Sigmoid => "SIGMOID",
            };
            format!("window: centre {center}, width {width}, {function}")
        }
    };
    let inverted = if inverted {
        ", MONOCHROME1 inverted"
    } else {
        ""
    };
    format!("{which}, {}{inverted}", describe_output(output))
}

/// What a window gives, in words.
pub(in crate::imaging) fn describe_output(output: WindowOutput) -> &'static str {
    match output {
        WindowOutput::Unit => "to 0..1",
        WindowOutput::Bytes(ByteRounding::Nearest) => "to bytes, rounded",
        WindowOutput::Bytes(ByteRounding::Down) => "to bytes, cut off",
    }
}
