//! Area under the ROC curve: estimate, variances, intervals, differences, and the curve itself.

mod complements;
mod curve;
mod difference;
mod influence;
mod interval;
mod placements;

pub use complements::{NO_LEVEL, auroc_of_complements};
pub use curve::{roc_curve, roc_curve_keeping};
pub use difference::{AurocDifference, auroc_between, auroc_paired, auroc_shared};
pub use influence::{auroc_influence, auroc_influenced};
pub use interval::{Auroc, AurocMethod, auroc};
pub use placements::obuchowski_of_components;
