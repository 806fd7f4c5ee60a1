//! Steps of `preprocess` held against each other and against the kind of input: combinations that can
//! be meant, but hardly ever are. All of them are warnings, since only the makers know what they did.

use super::super::preprocess::{
    Channels, Crop, EqualizeEngine, Flip, InputKind, InputSpec, ResizeEngine, SkimageFilter, Step,
    WindowOutput,
};
use super::super::written::step_text;
use super::reader::Value;

/// What is known of the samples before a step.
struct Samples<'a> {
    input: InputSpec,
    channels: Channels,
    /// The last step that normalised or standardised them.
    normalized: Option<&'a Step>,
    /// The first step that scaled them down.
    scaled: Option<&'a Step>,
    /// Whether a window, or a scale of 1/255 or less, brought them to about 0..1.
    unit: bool,
    /// Whether they are in the unit of a modality, such as Hounsfield.
    modality: bool,
    /// Whether they are floats for sure.
    float: bool,
    /// The last step that mirrored or turned them.
    turned: Option<&'a Step>,
}

type Remark = (&'static str, String, &'static str);

/// Reports what is odd, each at its step.
pub(super) fn remarks(input: InputSpec, entries: &[Value<'_>], steps: &[Step]) {
    let mut samples = Samples {
        input,
        channels: input.channels,
        normalized: None,
        scaled: None,
        unit: false,
        modality: input.kind == InputKind::Volume,
        float: false,
        turned: None,
    };
    for (entry, step) in entries.iter().zip(steps) {
        for (code, message, help) in samples.remarks(step) {
            entry.warning(code, format!("`{}` {message}", step_text(step)), help);
        }
        samples.after(step);
    }
}

/// By how much a scale makes samples smaller; 1 or less: it does not.
fn shrinks(step: &Step) -> f64 {
    match step {
        Step::Scale {
            numerator,
            denominator,
        } => (denominator / numerator).abs(),
        _ => 1.0,
    }
}

impl<'a> Samples<'a> {
    fn remarks(&self, step: &Step) -> Vec<Remark> {
        let found = match step {
            Step::Scale { .. } => self.scale(step),
            Step::Normalize { mean, std } => self.normalize(mean, std),
            Step::Standardize => self.normalized.map(normalized_twice),
            Step::Window { center, width, .. } => self.window(center - width / 2.0, *width),
            Step::Resize(resize) => self.resize(resize.engine),
            Step::HistogramEqualize(_) | Step::Clahe(_) => self.float.then(needs_integers),
            Step::Channels(channels) => self.recoloured(*channels),
            Step::Orient(_) => self.turned.map(|turned| {
                (
                    "orient-undoes",
                    format!(
                        "undoes `{}`, since it turns axes to where they point by then",
                        step_text(turned)
                    ),
                    "put `orient` first, or remove what comes before it",
                )
            }),
            _ => None,
        };
        found.into_iter().chain(self.of_volumes(step)).collect()
    }

    fn scale(&self, step: &Step) -> Option<Remark> {
        let factor = shrinks(step);
        if factor <= 1.0 {
            return None;
        }
        if let Some(normalized) = self.normalized {
            return Some((
                "scale-after-normalize",
                format!("shrinks what `{}` has made", step_text(normalized)),
                "put `scale` before it",
            ));
        }
        if let Some(scaled) = self.scaled {
            return Some((
                "scaled-twice",
                format!("scales samples down again after `{}`", step_text(scaled)),
                "keep one of them",
            ));
        }
        if self.unit {
            return Some((
                "scale-after-window",
                "scales down samples that a window has brought to 0..1".to_owned(),
                "remove it, or let the window give bytes: `output: u8`",
            ));
        }
        (self.modality && factor == 255.0).then(|| {
            (
                "scale-of-modality",
                "is meant for 8-bit samples, and these are in the modality's unit, such as \
                 Hounsfield"
                    .to_owned(),
                "put a `window` before it, or instead of it",
            )
        })
    }

    fn normalize(&self, mean: &[f64], std: &[f64]) -> Option<Remark> {
        if let Some(normalized) = self.normalized {
            return Some(normalized_twice(normalized));
        }
        let small = mean.iter().chain(std).all(|number| number.abs() <= 1.0);
        let stored = matches!(self.input.kind, InputKind::Raster | InputKind::Dicom(_));
        if small && stored && !self.unit && self.scaled.is_none() {
            return Some((
                "normalize-unscaled",
                "is meant for samples from 0 to 1, and nothing scales them before".to_owned(),
                "put `scale: 1/255` before it, or give mean and std in stored units",
            ));
        }
        let large = mean.iter().any(|mean| mean.abs() > 2.0);
        (large && self.unit).then(|| {
            (
                "normalize-of-unit",
                "is meant for samples up to 255, and these are 0..1 by then".to_owned(),
                "remove what scales them, or give mean and std of samples from 0 to 1",
            )
        })
    }

    fn window(&self, low: f64, width: f64) -> Option<Remark> {
        if self.unit || self.normalized.is_some() {
            return (width > 8.0).then(|| {
                (
                    "window-after-scale",
                    "is wider than the samples, which are scaled or normalised by then".to_owned(),
                    "put `window` before those steps",
                )
            });
        }
        (self.input.kind == InputKind::Raster && low < 0.0).then(|| {
            (
                "window-of-raster",
                format!(
                    "begins at {low}, and PNG and JPEG files hold no negative samples: they have \
                     mostly been through a window already"
                ),
                "remove it, or declare the window in the files' own units",
            )
        })
    }

    fn resize(&self, engine: ResizeEngine) -> Option<Remark> {
        if engine == ResizeEngine::TorchBytes {
            return self.float.then(needs_integers);
        }
        let normalized = self.normalized?;
        matches!(engine, ResizeEngine::Pillow { .. }).then(|| {
            (
                "resize-after-normalize",
                format!(
                    "resizes floats after `{}`, and Pillow is mostly given 8-bit images, which it \
                     rounds",
                    step_text(normalized)
                ),
                "put `resize` before it, unless the makers resized floats",
            )
        })
    }

    fn recoloured(&self, channels: Channels) -> Option<Remark> {
        let weighs = matches!(channels, Channels::GrayBt601 | Channels::GrayBt709);
        (weighs && self.channels == Channels::Bgr).then(|| {
            (
                "gray-of-bgr",
                "weighs channels as red, green, blue, and they are blue, green, red by then"
                    .to_owned(),
                "write `channels: bgr` before it, which turns them round",
            )
        })
    }

    /// Steps along frames, on files that hold one.
    fn of_volumes(&self, step: &Step) -> Option<Remark> {
        let along_frames = matches!(
            step,
            Step::Flip(Flip::Depth)
                | Step::Orient(_)
                | Step::Spacing(_)
                | Step::Pad { depth: Some(_), .. }
                | Step::Crop(
                    Crop::Center { depth: Some(_), .. }
                        | Crop::Box {
                            frames: Some(_),
                            ..
                        }
                )
        );
        let plane = matches!(self.input.kind, InputKind::Raster | InputKind::Dicom(_));
        (along_frames && plane).then(|| {
            (
                "step-of-volumes",
                "is a step of volumes, and these files hold one frame".to_owned(),
                "remove it, or write `input: {kind: volume}` or `{kind: dicom_series}`",
            )
        })
    }

    fn after(&mut self, step: &'a Step) {
        match step {
            Step::Scale { .. } => {
                self.float = true;
                self.modality = false;
                if shrinks(step) > 1.0 {
                    self.scaled = self.scaled.or(Some(step));
                    self.unit |= shrinks(step) >= 255.0;
                }
            }
            Step::Normalize { .. } | Step::Standardize => {
                (self.float, self.normalized) = (true, Some(step));
            }
            Step::Window { output, .. } | Step::DicomWindow(_, output) => {
                self.modality = false;
                self.unit = *output == WindowOutput::Unit;
                self.float = self.unit;
            }
            Step::MinMax { .. } => {
                (self.float, self.unit, self.modality) = (true, true, false);
            }
            Step::Rescale => (self.float, self.modality) = (true, true),
            Step::Clip { .. } => self.modality = false,
            Step::Resize(resize) => match resize.engine {
                ResizeEngine::Torch { .. } => self.float = true,
                ResizeEngine::Skimage {
                    filter: SkimageFilter::Nearest,
                    ..
                } => {}
                ResizeEngine::Skimage { preserve_range, .. } => {
                    self.float = true;
                    self.unit |= !preserve_range && self.input.kind == InputKind::Raster;
                }
                _ => {}
            },
            Step::HistogramEqualize(EqualizeEngine::Skimage) => {
                (self.float, self.unit) = (true, true);
            }
            Step::Channels(Channels::Bgr) if self.channels == Channels::Bgr => {
                self.channels = Channels::Rgb;
            }
            // Three channels are taken as they come.
            Step::Channels(Channels::Rgb) => {}
            Step::Channels(channels) => self.channels = *channels,
            Step::Flip(_) | Step::Rotate90 { .. } | Step::Transpose => self.turned = Some(step),
            Step::Orient(_) => self.turned = None,
            _ => {}
        }
    }
}

fn normalized_twice(before: &Step) -> Remark {
    (
        "normalized-twice",
        format!("normalises again after `{}`", step_text(before)),
        "keep one of them",
    )
}

fn needs_integers() -> Remark {
    (
        "needs-integers",
        "takes integers, and the steps before it make floats: every sample would fail".to_owned(),
        "put it before them, or let `window` give bytes: `output: u8`",
    )
}
