//! From a stored image to the model's input: one file a step, run in the order of the audit file.
//!
//! Steps keep the sample type where their arithmetic does (crop, pad, flip, rotation, 8-bit resize)
//! and turn to 32-bit floats where it does not (scale, normalise, standardise, window), in the way
//! numpy's float32 arithmetic rounds.

mod channels;
mod clip;
mod crop;
mod error;
mod flip;
mod normalize;
mod orient;
mod pad;
mod rotate;
mod scale;
mod spacing;
mod standardize;
mod window;

pub use error::TransformError;

use crate::config::preprocess::{
    Channels, Crop, InputSpec, OpenCvFilter, PillowVersion, ResizeEngine, Spacing, SpacingEngine,
    SpacingFilter, Step, TorchFilter,
};
use std::path::Path;

use crate::imaging::decode::{Decoded, decode_named};
use crate::imaging::describe::Refusal;
use crate::imaging::dicom::Start;
use crate::imaging::image::Image;
use crate::imaging::resize::Resizer;

/// Channels and steps of an audit file, ready to be applied to any number of images from any number
/// of threads.
#[derive(Debug)]
pub struct Pipeline {
    input: InputSpec,
    /// How DICOM is read, with the steps that take the file's own values.
    dicom: Option<Start>,
    steps: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    step: Step,
    resizer: Option<Resizer>,
}

/// Rows, columns and channels of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Rows (height).
    pub rows: usize,
    /// Columns (width).
    pub columns: usize,
    /// Channels.
    pub channels: usize,
}

impl Pipeline {
    /// Prepares the steps. Nothing can fail here: what depends on an image's size is checked when
    /// the image comes.
    pub fn new(input: InputSpec, steps: &[Step]) -> Self {
        let (dicom, steps) = Start::split(input.kind, steps);
        let steps = steps
            .iter()
            .map(|step| {
                let resizer = match step {
                    Step::Resize(resize) => Some(Resizer::new(resize)),
                    _ => None,
                };
                Prepared {
                    step: step.clone(),
                    resizer,
                }
            })
            .collect();
        Pipeline {
            input,
            dicom,
            steps,
        }
    }

    /// Reads a file (of DICOM series: a folder) into the image that [`Pipeline::apply`] takes. Of
    /// DICOM, `rescale` and the window behind it are done here, in 64-bit arithmetic.
    ///
    /// # Errors
    /// The file is not of the declared kind, damaged, or lacks what a step asks for.
    pub fn read(&self, path: &Path, bytes: &[u8]) -> Result<Decoded, Refusal> {
        match &self.dicom {
            Some(start) => start.read(path, bytes),
            None => Ok(decode_named(bytes, Some(path), self.input.kind)?),
        }
    }

    /// Makes the declared channels, then runs every step.
    ///
    /// # Errors
    /// [`TransformError`] where a step does not fit the image; the message says which and why.
    pub fn apply(&self, image: Image) -> Result<Image, TransformError> {
        let mut image = channels::apply(image, self.input.channels)?;
        for prepared in &self.steps {
            image = match (&prepared.step, &prepared.resizer) {
                (Step::Resize(_), Some(resizer)) => resizer.apply(&image)?,
                (Step::Resize(resize), None) => Resizer::new(resize).apply(&image)?,
                (Step::Crop(crop), _) => crop::apply(image, crop)?,
                (
                    Step::Scale {
                        numerator,
                        denominator,
                    },
                    _,
                ) => scale::apply(image, *numerator, *denominator),
                (Step::Normalize { mean, std }, _) => normalize::apply(image, mean, std)?,
                (Step::Standardize, _) => standardize::apply(image)?,
                (Step::Window { center, width }, _) => window::apply(image, *center, *width),
                // Done when the file was read; the audit file's check lets them stand nowhere else.
                (Step::Rescale | Step::DicomWindow(_), _) => image,
                (Step::Clip { min, max }, _) => clip::apply(image, *min, *max),
                (
                    Step::Pad {
                        width,
                        height,
                        depth,
                        value,
                    },
                    _,
                ) => pad::apply(image, *width, *height, *depth, *value)?,
                (Step::Flip(axis), _) => flip::apply(image, *axis),
                (Step::Rotate90 { times }, _) => rotate::apply(image, *times),
                (Step::Orient(orientation), _) => orient::apply(image, *orientation)?,
                (Step::Spacing(spacing), _) => spacing::apply(image, spacing)?,
            };
        }
        Ok(image)
    }

    /// Channels after the first stage; no step changes them.
    pub fn output_channels(&self) -> usize {
        match self.input.channels {
            Channels::Rgb | Channels::Bgr | Channels::Repeat3 => 3,
            Channels::GrayBt601 | Channels::GrayBt709 | Channels::Gray => 1,
        }
    }

    /// Shape of every output, where the steps fix it whatever the image's size; `None` otherwise.
    pub fn output_shape(&self) -> Option<Shape> {
        let size = self
            .steps
            .iter()
            .fold(None, |size, prepared| output_size(&prepared.step, size));
        size.map(|(rows, columns)| Shape {
            rows,
            columns,
            channels: self.output_channels(),
        })
    }

    /// One line for the channels and one a step, for reports.
    pub fn describe(&self) -> Vec<String> {
        let channels = match self.input.channels {
            Channels::Rgb => "channels red, green, blue",
            Channels::Bgr => "channels blue, green, red",
            Channels::GrayBt601 => {
                "one channel, 0.299 R + 0.587 G + 0.114 B (BT.601, as Pillow's convert(\"L\"))"
            }
            Channels::GrayBt709 => "one channel, 0.2126 R + 0.7152 G + 0.0722 B (BT.709)",
            Channels::Gray => "one channel as stored",
            Channels::Repeat3 => "one stored channel, three times",
        };
        let read = self.dicom.as_ref().map(Start::describe);
        read.into_iter()
            .flatten()
            .chain(std::iter::once(channels.to_owned()))
            .chain(self.steps.iter().map(|prepared| describe(&prepared.step)))
            .collect()
    }
}

/// Rows and columns after a step, where known.
fn output_size(step: &Step, size: Option<(usize, usize)>) -> Option<(usize, usize)> {
    match step {
        Step::Resize(resize) => Some((resize.height, resize.width)),
        Step::Pad { width, height, .. } => Some((*height, *width)),
        Step::Crop(Crop::Center { width, height, .. }) => Some((*height, *width)),
        // Its own size, or that of the volume, decides.
        Step::Crop(Crop::Foreground { .. }) | Step::Orient(_) | Step::Spacing(_) => None,
        Step::Crop(Crop::Box { x0, y0, x1, y1, .. }) => {
            Some((y1.saturating_sub(*y0), x1.saturating_sub(*x0)))
        }
        Step::Crop(Crop::CenterSquare) => {
            size.map(|(rows, columns)| (rows.min(columns), rows.min(columns)))
        }
        Step::Rotate90 { times } if times % 2 == 1 => size.map(|(rows, columns)| (columns, rows)),
        _ => size,
    }
}

fn describe(step: &Step) -> String {
    match step {
        Step::Crop(Crop::CenterSquare) => "crop the centred square".to_owned(),
        Step::Crop(Crop::Center {
            width,
            height,
            depth,
        }) => {
            let deep = frames(*depth);
            format!("crop the centre, {width} x {height} (width x height){deep}")
        }
        Step::Crop(Crop::Box {
            x0,
            y0,
            x1,
            y1,
            frames,
        }) => {
            let frames =
                frames.map_or_else(String::new, |(z0, z1)| format!(", frames {z0} to {z1}"));
            format!("crop columns {x0} to {x1} and rows {y0} to {y1}{frames} (ends excluded)")
        }
        Step::Crop(Crop::Foreground { above, margin }) => {
            format!("crop to the samples above {above}, {margin} more on every side")
        }
        Step::Resize(resize) => {
            format!(
                "resize to {} x {} (width x height), {}",
                resize.width,
                resize.height,
                describe_engine(resize.engine)
            )
        }
        Step::Scale {
            numerator,
            denominator: 1.0,
        } => format!("multiply by {numerator}"),
        Step::Scale {
            numerator: 1.0,
            denominator,
        } => format!("divide by {denominator}"),
        Step::Scale {
            numerator,
            denominator,
        } => format!("multiply by {numerator}, divide by {denominator}"),
        Step::Normalize { mean, std } => {
            format!("subtract {}, divide by {}", list(mean), list(std))
        }
        Step::Standardize => {
            "subtract the image's mean, divide by its standard deviation".to_owned()
        }
        Step::Window { center, width } => {
            format!("window: centre {center}, width {width}, to 0..1")
        }
        Step::Rescale => "rescale to the modality's unit".to_owned(),
        Step::DicomWindow(window) => crate::imaging::dicom::describe_window(window),
        Step::Clip { min, max } => format!("clip to {min}..{max}"),
        Step::Pad {
            width,
            height,
            depth,
            value,
        } => {
            let deep = frames(*depth);
            format!("pad with {value} to {width} x {height} (width x height){deep}")
        }
        Step::Flip(crate::config::preprocess::Flip::Horizontal) => {
            "mirror left and right".to_owned()
        }
        Step::Flip(crate::config::preprocess::Flip::Vertical) => "mirror top and bottom".to_owned(),
        Step::Flip(crate::config::preprocess::Flip::Depth) => {
            "reverse the order of frames".to_owned()
        }
        Step::Orient(orientation) => format!("turn axes until they run {orientation}"),
        Step::Spacing(spacing) => describe_spacing(spacing),
        Step::Rotate90 { times } => format!(
            "turn by {} degrees counterclockwise",
            u16::from(*times) * 90
        ),
    }
}

fn frames(depth: Option<usize>) -> String {
    depth.map_or_else(String::new, |depth| format!(", {depth} frames"))
}

fn describe_spacing(spacing: &Spacing) -> String {
    let [x, y, z] = spacing.distances;
    let engine = match spacing.engine {
        SpacingEngine::Monai => "MONAI's Spacing",
        SpacingEngine::Scipy => "scipy.ndimage.zoom",
        SpacingEngine::SimpleItk => "SimpleITK's Resample",
    };
    let filter = match spacing.filter {
        SpacingFilter::Nearest => "nearest",
        SpacingFilter::Linear => "linear",
    };
    format!("resample to voxels of {x} x {y} x {z} mm, as {engine}, {filter}")
}

fn describe_engine(engine: ResizeEngine) -> String {
    match engine {
        ResizeEngine::Pillow { filter, version } => {
            let filter = format!("{filter:?}").to_lowercase();
            let version = match version {
                PillowVersion::Unnamed => "",
                PillowVersion::V12 => " up to version 12",
                PillowVersion::V13 => " 13",
            };
            format!("as Pillow{version}, {filter}")
        }
        ResizeEngine::OpenCv { filter } => {
            let filter = match filter {
                OpenCvFilter::Nearest => "INTER_NEAREST",
                OpenCvFilter::Bilinear => "INTER_LINEAR",
                OpenCvFilter::Bicubic => "INTER_CUBIC",
                OpenCvFilter::Area => "INTER_AREA",
            };
            format!("as OpenCV, {filter}")
        }
        ResizeEngine::Torch { filter, antialias } => {
            let filter = match filter {
                TorchFilter::Nearest => "nearest",
                TorchFilter::Bilinear => "bilinear",
                TorchFilter::Bicubic => "bicubic",
            };
            format!(
                "as PyTorch, {filter}, {} antialiasing",
                if antialias { "with" } else { "without" }
            )
        }
    }
}

fn list(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(f64::to_string).collect();
    values.join(", ")
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod volumes;
