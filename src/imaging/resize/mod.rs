//! Changing an image's size as a named library does: one file a library.
//!
//! Libraries differ enough to move scores, so each file follows the arithmetic of one library to the
//! bit where that is integer arithmetic, and to rounding where it is floating-point. The
//! weight tables depend on sizes only; a [`Resizer`] keeps them, since a cohort has few sizes.

mod opencv;
mod pillow;
mod skimage;
mod torch;
mod torch8;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::config::preprocess::{Resize, ResizeEngine};
use crate::imaging::geometry::Geometry;
use crate::imaging::image::{Image, MAX_SAMPLES, Samples, same_type};
use crate::imaging::transform::TransformError;

/// Tables of this many pairs of sizes are kept.
const KEPT_TABLES: usize = 64;

/// One `resize` step with its weight tables.
#[derive(Debug)]
pub struct Resizer {
    step: Resize,
    tables: Mutex<BTreeMap<(usize, usize), Arc<Tables>>>,
}

/// Weight tables of the two axes.
#[derive(Debug)]
enum Tables {
    Pillow(pillow::Plan),
    OpenCv(opencv::Plan),
    Torch(torch::Plan),
    TorchBytes(torch8::Plan),
    Skimage(skimage::Plan),
}

impl Tables {
    fn apply(&self, image: &Image) -> Result<Samples, TransformError> {
        match self {
            Tables::Pillow(plan) => plan.apply(image),
            Tables::OpenCv(plan) => plan.apply(image),
            Tables::Torch(plan) => Ok(plan.apply(image)),
            Tables::TorchBytes(plan) => plan.apply(image),
            Tables::Skimage(plan) => plan.apply(image),
        }
    }
}

impl Resizer {
    /// A resizer without tables; they are made at the first image of each size.
    pub fn new(step: &Resize) -> Self {
        Resizer {
            step: step.clone(),
            tables: Mutex::new(BTreeMap::new()),
        }
    }

    /// Resizes one image, or every frame of a volume.
    ///
    /// # Errors
    /// [`TransformError::PillowVersionNeeded`] where Pillow's versions differ for this shape and none
    /// is named, [`TransformError::UnsupportedType`] where the library has no arithmetic for the
    /// sample type, [`TransformError::TooLarge`].
    pub fn apply(&self, image: &Image) -> Result<Image, TransformError> {
        let (rows, columns) = self.step.size.rows_and_columns(image.rows, image.columns);
        let samples = rows
            .checked_mul(columns)
            .and_then(|pixels| pixels.checked_mul(image.channels))
            .and_then(|plane| plane.checked_mul(image.frames));
        if !samples.is_some_and(|samples| (1..=MAX_SAMPLES).contains(&samples)) {
            return Err(TransformError::TooLarge {
                rows,
                columns,
                channels: image.channels,
            });
        }
        let tables = self.tables(image.rows, image.columns)?;
        if image.frames > 1 {
            return self.every_frame(image, &tables);
        }
        let samples = tables.apply(image)?;
        Ok(Image {
            frames: 1,
            rows,
            columns,
            channels: image.channels,
            colour: image.colour,
            samples,
            geometry: self.place(image),
        })
    }

    fn every_frame(&self, image: &Image, tables: &Tables) -> Result<Image, TransformError> {
        let plane = image.rows * image.columns * image.channels;
        let mut resized: Option<Samples> = None;
        for frame in 0..image.frames {
            let range = frame * plane..(frame + 1) * plane;
            let one = Image {
                frames: 1,
                samples: same_type!(&image.samples, values => values[range].to_vec()),
                ..image.without_samples()
            };
            let samples = tables.apply(&one)?;
            match &mut resized {
                None => resized = Some(samples),
                Some(so_far) => so_far.extend(samples),
            }
        }
        let samples = resized.unwrap_or(Samples::U8(Vec::new()));
        let (rows, columns) = self.step.size.rows_and_columns(image.rows, image.columns);
        Ok(Image {
            rows,
            columns,
            samples,
            geometry: self.place(image),
            ..image.without_samples()
        })
    }

    /// Where the voxels lie afterwards: the image's outer edges stay where they are.
    fn place(&self, image: &Image) -> Option<Geometry> {
        let (rows, columns) = self.step.size.rows_and_columns(image.rows, image.columns);
        let across = image.columns as f64 / columns as f64;
        let down = image.rows as f64 / rows as f64;
        let first = [across / 2.0 - 0.5, down / 2.0 - 0.5, 0.0];
        let geometry = image.geometry?;
        Some(geometry.resampled(first, [across, down, 1.0]))
    }

    fn tables(&self, rows: usize, columns: usize) -> Result<Arc<Tables>, TransformError> {
        // A poisoned lock only means that another thread stopped; the map itself is whole.
        let mut kept = self
            .tables
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(tables) = kept.get(&(rows, columns)) {
            return Ok(Arc::clone(tables));
        }
        let (new_rows, new_columns) = self.step.size.rows_and_columns(rows, columns);
        let sizes = Sizes {
            rows,
            columns,
            new_rows,
            new_columns,
        };
        let tables = Arc::new(match self.step.engine {
            ResizeEngine::Pillow { filter, version } => {
                Tables::Pillow(pillow::Plan::new(sizes, filter, version)?)
            }
            ResizeEngine::OpenCv { filter } => Tables::OpenCv(opencv::Plan::new(sizes, filter)),
            ResizeEngine::Torch { filter, antialias } => {
                Tables::Torch(torch::Plan::new(sizes, filter, antialias))
            }
            ResizeEngine::TorchBytes => Tables::TorchBytes(torch8::Plan::new(sizes)),
            ResizeEngine::Skimage {
                filter,
                antialias,
                preserve_range,
            } => Tables::Skimage(skimage::Plan::new(sizes, filter, antialias, preserve_range)),
        });
        if kept.len() >= KEPT_TABLES {
            kept.clear();
        }
        kept.insert((rows, columns), Arc::clone(&tables));
        Ok(tables)
    }
}

/// Sizes before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    rows: usize,
    columns: usize,
    new_rows: usize,
    new_columns: usize,
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod opencv_linear;
