//! From a stored image to the model's input: one file a step, run in the order of the audit file.
//!
//! Steps keep the sample type where their arithmetic does (crop, pad, flip, rotation, 8-bit resize)
//! and turn to 32-bit floats where it does not (scale, normalise, standardise, window), in the way
//! numpy's float32 arithmetic rounds.

mod beginning;
mod channels;
mod clahe;
mod clip;
mod crop;
mod describe;
mod equalize;
mod error;
mod flip;
mod minmax;
mod normalize;
mod orient;
mod pad;
mod remarks;
mod rotate;
mod scale;
mod spacing;
mod standardize;
mod transpose;
mod window;

pub use beginning::Beginning;
pub use error::TransformError;
pub use remarks::SampleRemark;

use self::describe::{describe, describe_channels, describe_raster};

use crate::config::preprocess::{Channels, Crop, InputKind, InputSpec, ResizeSize, Step};
use std::path::Path;

use crate::imaging::decode::{Decoded, decode_as};
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
    /// Steps of the audit file that reading takes.
    taken: Vec<Step>,
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

impl Prepared {
    fn apply(&self, image: Image) -> Result<Image, TransformError> {
        Ok(match (&self.step, &self.resizer) {
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
            (Step::MinMax { percentiles }, _) => minmax::apply(image, *percentiles)?,
            (
                Step::Window {
                    center,
                    width,
                    output,
                },
                _,
            ) => window::apply(image, *center, *width, *output)?,
            // Done when the file was read; the audit file's check lets them stand nowhere else.
            (Step::Rescale | Step::DicomWindow(..), _) => image,
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
            (Step::Channels(channels), _) => channels::apply(image, *channels)?,
            (Step::Transpose, _) => transpose::apply(image),
            (Step::HistogramEqualize(engine), _) => equalize::apply(image, *engine)?,
            (Step::Clahe(clahe), _) => clahe::apply(image, clahe)?,
        })
    }
}

impl Pipeline {
    /// Prepares the steps. Nothing can fail here: what depends on an image's size is checked when
    /// the image comes.
    pub fn new(input: InputSpec, steps: &[Step]) -> Self {
        let (dicom, rest) = Start::split(input, steps);
        let (taken, steps) = steps.split_at(steps.len() - rest.len());
        let taken = taken.to_vec();
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
            taken,
            steps,
        }
    }

    /// What kind of file is read.
    pub fn kind(&self) -> InputKind {
        self.input.kind
    }

    /// Reads a file (of DICOM series: a folder) into the image that [`Pipeline::apply`] takes. Of
    /// DICOM, `rescale` and the window behind it are done here, in 64-bit arithmetic.
    ///
    /// # Errors
    /// The file is not of the declared kind, damaged, or lacks what a step asks for.
    pub fn read(&self, path: &Path, bytes: &[u8]) -> Result<Decoded, Refusal> {
        match &self.dicom {
            Some(start) => start.read(path, bytes),
            None => Ok(decode_as(
                bytes,
                Some(path),
                self.input.kind,
                self.input.raster,
            )?),
        }
    }

    /// Makes the declared channels, then runs every step.
    ///
    /// # Errors
    /// [`TransformError`] where a step does not fit the image; the message says which and why.
    pub fn apply(&self, image: Image) -> Result<Image, TransformError> {
        self.apply_telling(image).map_err(|(_, error)| error)
    }

    /// The same, which tells the place of the step in the audit file's list that does not fit; `None`:
    /// the declared channels.
    ///
    /// # Errors
    /// As [`Pipeline::apply`].
    pub fn apply_telling(&self, image: Image) -> Result<Image, (Option<usize>, TransformError)> {
        let mut image =
            channels::apply(image, self.input.channels).map_err(|error| (None, error))?;
        for (place, prepared) in self.steps.iter().enumerate() {
            let applied = prepared.apply(image);
            image = applied.map_err(|error| (Some(self.taken.len() + place), error))?;
        }
        Ok(image)
    }

    /// Channels after the last step.
    pub fn output_channels(&self) -> usize {
        let steps = self.steps.iter().rev();
        let last = steps.filter_map(|prepared| match prepared.step {
            Step::Channels(channels) => Some(channels),
            _ => None,
        });
        match last.chain([self.input.channels]).next() {
            Some(Channels::Rgb | Channels::Bgr | Channels::Repeat3) => 3,
            _ => 1,
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
        let channels = describe_channels(self.input.channels);
        let read = self.dicom.as_ref().map(Start::describe);
        read.into_iter()
            .flatten()
            .chain(describe_raster(self.input.raster))
            .chain(std::iter::once(channels.to_owned()))
            .chain(self.steps.iter().map(|prepared| describe(&prepared.step)))
            .collect()
    }
}

/// Rows and columns after a step, where known.
fn output_size(step: &Step, size: Option<(usize, usize)>) -> Option<(usize, usize)> {
    match step {
        Step::Resize(resize) => match resize.size {
            ResizeSize::Exact { width, height } => Some((height, width)),
            ResizeSize::Shorter { .. } | ResizeSize::Longer { .. } => {
                size.map(|(rows, columns)| resize.size.rows_and_columns(rows, columns))
            }
        },
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
        Step::Transpose => size.map(|(rows, columns)| (columns, rows)),
        Step::Rotate90 { times } if times % 2 == 1 => size.map(|(rows, columns)| (columns, rows)),
        _ => size,
    }
}

#[cfg(test)]
mod equalized;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod ranges;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod volumes;
