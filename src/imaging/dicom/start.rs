//! What preprocessing starts from: an image of a file or the volume of a folder, with the steps
//! that take the file's own values done.

use std::path::Path;

use super::error::{DicomError, Reason, Step as Failed};
use super::header::Photometric;
use super::meaning::Dicom;
use super::series::SeriesFlag;
use super::voi::{VoiChoice, Window, WindowFunction};
use super::{decode, is_dicom};
use crate::config::preprocess::{DicomWindow, DicomWindowFunction, InputKind, Step};
use crate::imaging::decode::{Decoded, decode_named};
use crate::imaging::describe::{Refusal, read_series};
use crate::imaging::image::{Colour, Image, Samples};

/// The first steps of an audit on DICOM.
#[derive(Debug)]
pub(in crate::imaging) struct Start {
    kind: InputKind,
    rescale: bool,
    window: Option<DicomWindow>,
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
    pub(in crate::imaging) fn split(kind: InputKind, steps: &[Step]) -> (Option<Self>, &[Step]) {
        if !matches!(kind, InputKind::Dicom(_) | InputKind::DicomSeries) {
            return (None, steps);
        }
        let mut start = Start {
            kind,
            rescale: false,
            window: None,
        };
        let Some((Step::Rescale, rest)) = steps.split_first() else {
            return (Some(start), steps);
        };
        start.rescale = true;
        let (window, rest) = match rest.split_first() {
            Some((Step::DicomWindow(window), rest)) => (Some(window.clone()), rest),
            Some((Step::Window { center, width }, rest)) => {
                let declared = DicomWindow::Declared {
                    center: *center,
                    width: *width,
                    function: DicomWindowFunction::LinearExact,
                };
                (Some(declared), rest)
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
        lines.extend(self.window.as_ref().map(describe_window));
        lines
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
        if let Some(window) = &self.window {
            let choice = choice(window)?;
            notes.extend(dicom.modality()?.1);
            notes.extend(dicom.voi(&choice)?.1);
            let values = Samples::F32(dicom.windowed(&choice)?);
            return Ok(dicom.frame(&values, frame));
        }
        if dicom.header.photometric == Photometric::Monochrome1 {
            return Err(white_is_least());
        }
        if self.rescale {
            notes.extend(dicom.modality()?.1);
            let values = Samples::F32(dicom.rescaled()?);
            return Ok(dicom.frame(&values, frame));
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
        if let Some(flag) = series.flags.iter().find(|flag| UNFIT.contains(flag)) {
            let unfit = format!(
                "the series is flagged {}, and its slices make no volume with one distance between \
                 them",
                flag.code()
            );
            return Err(DicomError::pixels(Reason::InvalidAttribute, unfit).into());
        }
        let volume = series.volume(|name| std::fs::read(folder.join(name)))?;
        let values = match &self.window {
            None if volume.inverted => return Err(white_is_least().into()),
            None => volume.values,
            Some(window) => {
                let VoiChoice::Declared(window) = choice(window)? else {
                    let sentence = "slices of a series may hold different windows";
                    return Err(
                        DicomError::new(Failed::Voi, Reason::MissingWindow, sentence).into(),
                    );
                };
                let shown = |value: &f32| {
                    let value = window.apply(f64::from(*value), 1.0);
                    (if volume.inverted { 1.0 - value } else { value }) as f32
                };
                volume.values.iter().map(shown).collect()
            }
        };
        let samples = Samples::F32(values);
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
         turns it round; put a `window` right after `rescale`",
    )
}

fn choice(window: &DicomWindow) -> Result<VoiChoice, DicomError> {
    Ok(match window {
        DicomWindow::First => VoiChoice::FirstWindow,
        DicomWindow::Index(index) => VoiChoice::WindowAt(*index),
        DicomWindow::Named(name) => VoiChoice::WindowNamed(name.clone()),
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
pub(in crate::imaging) fn describe_window(window: &DicomWindow) -> String {
    let which = match window {
        DicomWindow::First => "the file's first window".to_owned(),
        DicomWindow::Index(index) => format!("the file's window {index} (from 0)"),
        DicomWindow::Named(name) => format!("the file's window named {name:?}"),
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
    format!("{which}, to 0..1, MONOCHROME1 inverted")
}
