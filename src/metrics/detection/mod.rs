//! Detection of lesions by boxes: matching in one image, then what a group of images gives.
//!
//! Called by `assessment`. Matching takes the boxes of one image and gives an [`ImageOutcome`];
//! functions of a group take one outcome an image and give an estimate with the influence of every
//! image. This room knows no file and no stratum. No result depends on the order of boxes or images.

mod average_precision;
mod boxes;
mod froc;
mod matching;
mod ranking;
#[cfg(test)]
mod simulated;
mod threshold;

pub use average_precision::{Interpolation, average_precision};
pub use boxes::{BoundingBox, BoxFault, Detection};
pub use froc::{
    FrocPoint, LUNA16_RATES, froc_curve, froc_score, sensitivities_at_false_positives,
    sensitivity_at_false_positives,
};
pub use matching::{ExtraHits, ImageOutcome, Judged, MatchRule, Matching};
pub use threshold::{false_positives_per_image, precision_at_threshold, sensitivity_at_threshold};
