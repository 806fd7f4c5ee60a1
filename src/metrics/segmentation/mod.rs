//! Segmentation of one case, in 2D and 3D: overlap, surface distance, lesions, resampling.
//!
//! Called by `assessment`, one pair of masks at a time; what a group's cases give is then averaged
//! like any other value. Truth and prediction lie on the truth's grid. This room knows no file: who
//! decodes a mask gives its values, shape and spacing.

mod distance_transform;
mod empty;
mod lesion_match;
mod lesions;
mod mask;
mod nearest_site;
mod overlap;
mod resample;
mod surface;
mod surface_elements;

pub use distance_transform::distance_transform;
pub use empty::{BothEmpty, EmptyMask, EmptyRule, OneEmpty};
pub use lesion_match::{LesionMatch, LesionRule, PredictedLesion, TruthLesion, match_lesions};
pub use lesions::{Lesions, Neighbours};
pub use mask::{Extent, Mask, MaskFault, MaskPair};
pub use overlap::VoxelCounts;
pub use resample::{resample_linear, resample_nearest, resample_nearest_map};
pub use surface::{SurfaceDistances, surface_overlap};
pub use surface_elements::SurfaceElements;
