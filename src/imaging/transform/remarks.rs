//! Steps held against the samples of an image: what only a look into a file can tell.

use super::{Pipeline, describe};
use crate::config::preprocess::{ResizeEngine, Step};
use crate::imaging::image::{Image, Samples};

/// A step that hardly fits the samples that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleRemark {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// Place of the step in `preprocess`, from 0.
    pub step: usize,
    /// One sentence without the file's name.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

impl Pipeline {
    /// Looks at the first step that depends on the range of samples: `scale`, `window` or
    /// `normalize`. Steps that move pixels only are passed over; `image` is what
    /// [`Pipeline::read`] gives.
    pub fn remark(&self, image: &Image) -> Option<SampleRemark> {
        let place = self
            .steps
            .iter()
            .position(|one| changes_values(&one.step))?;
        let step = &self.steps[place].step;
        let summary = image.samples.summary()?;
        let bytes = matches!(image.samples, Samples::U8(_));
        let (code, help) = match step {
            Step::Scale {
                numerator,
                denominator,
            } if (denominator / numerator).abs() == 255.0 => {
                if summary.max > 255.0 {
                    (
                        "scale-of-wide-samples",
                        "scale by the samples' own range, such as 1/65535, or put a `window` before it",
                    )
                } else if image.samples.is_float() && summary.max <= 1.0 {
                    (
                        "scaled-twice",
                        "remove it, since the samples are scaled already",
                    )
                } else {
                    return None;
                }
            }
            Step::Window { center, width, .. } if bytes => {
                let (low, high) = (center - width / 2.0, center + width / 2.0);
                let whole = low.abs() <= 1.0 && (high - 255.5).abs() <= 1.5;
                if whole {
                    return None;
                }
                (
                    "window-of-bytes",
                    "remove it if the files have been through a window already, or declare it in their own units",
                )
            }
            Step::Normalize { mean, std } if summary.max > 8.0 => {
                let small = mean.iter().chain(std).all(|number| number.abs() <= 1.0);
                if !small {
                    return None;
                }
                (
                    "normalize-unscaled",
                    "put `scale: 1/255` before it, or give mean and std in stored units",
                )
            }
            _ => return None,
        };
        let message = format!(
            "the step \"{}\" hardly fits samples of type {} from {} to {}",
            describe(step),
            image.samples.dtype(),
            summary.min,
            summary.max
        );
        Some(SampleRemark {
            code,
            step: self.taken.len() + place,
            message,
            help,
        })
    }
}

/// Whether a step gives other values than those it gets, beyond the means of a resize.
fn changes_values(step: &Step) -> bool {
    match step {
        Step::Scale { .. }
        | Step::Normalize { .. }
        | Step::Standardize
        | Step::MinMax { .. }
        | Step::Window { .. }
        | Step::Clip { .. }
        | Step::Rescale
        | Step::DicomWindow(..)
        | Step::Clahe(_)
        | Step::HistogramEqualize(_) => true,
        Step::Resize(resize) => matches!(
            resize.engine,
            ResizeEngine::Skimage {
                preserve_range: false,
                ..
            }
        ),
        _ => false,
    }
}
