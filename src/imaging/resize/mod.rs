//! Changing an image's size as a named library does: one file a library.
//!
//! Libraries differ enough to move scores, so each file follows the arithmetic of one library to the
//! bit where that is integer arithmetic, and to rounding where it is floating-point. The
//! weight tables depend on sizes only; a [`Resizer`] keeps them, since a cohort has few sizes.

mod opencv;
mod pillow;
mod torch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::config::preprocess::{Resize, ResizeEngine};
use crate::imaging::image::{Image, MAX_SAMPLES};
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
}

impl Resizer {
    /// A resizer without tables; they are made at the first image of each size.
    pub fn new(step: &Resize) -> Self {
        Resizer {
            step: step.clone(),
            tables: Mutex::new(BTreeMap::new()),
        }
    }

    /// Resizes one image.
    ///
    /// # Errors
    /// [`TransformError::PillowVersionNeeded`] where Pillow's versions differ for this shape and none
    /// is named, [`TransformError::UnsupportedType`] where the library has no arithmetic for the
    /// sample type, [`TransformError::TooLarge`].
    pub fn apply(&self, image: &Image) -> Result<Image, TransformError> {
        let (rows, columns) = (self.step.height, self.step.width);
        let samples = rows
            .checked_mul(columns)
            .and_then(|pixels| pixels.checked_mul(image.channels));
        if !samples.is_some_and(|samples| (1..=MAX_SAMPLES).contains(&samples)) {
            return Err(TransformError::TooLarge {
                rows,
                columns,
                channels: image.channels,
            });
        }
        let tables = self.tables(image.rows, image.columns)?;
        let samples = match &*tables {
            Tables::Pillow(plan) => plan.apply(image)?,
            Tables::OpenCv(plan) => plan.apply(image)?,
            Tables::Torch(plan) => plan.apply(image),
        };
        Ok(Image {
            rows,
            columns,
            channels: image.channels,
            colour: image.colour,
            samples,
        })
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
        let sizes = Sizes {
            rows,
            columns,
            new_rows: self.step.height,
            new_columns: self.step.width,
        };
        let tables = Arc::new(match self.step.engine {
            ResizeEngine::Pillow { filter, version } => {
                Tables::Pillow(pillow::Plan::new(sizes, filter, version)?)
            }
            ResizeEngine::OpenCv { filter } => Tables::OpenCv(opencv::Plan::new(sizes, filter)),
            ResizeEngine::Torch { filter, antialias } => {
                Tables::Torch(torch::Plan::new(sizes, filter, antialias))
            }
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
