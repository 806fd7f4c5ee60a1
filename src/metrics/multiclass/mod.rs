//! One of several classes, and several endpoints at once.
//!
//! Called by `assessment`, one group of samples at a time. Classes are 0, 1, ..., k - 1; scores lie
//! row by row, one a class. A mean over classes is not estimable in a group that lacks a class: over
//! fewer classes it would be another quantity.

mod areas;
mod classes;
mod decided;
mod metric;
mod multilabel;
mod probabilities;
mod resampled;
#[cfg(test)]
mod stored_tests;

pub use areas::{hand_till, macro_auroc};
pub use classes::{absent_classes, argmax, confusion_cell, confusion_matrix, top_k_accuracy};
pub use decided::{balanced_accuracy, macro_f1, multiclass_accuracy};
pub use metric::MulticlassMetric;
pub use multilabel::{
    Averaging, Endpoint, EndpointShare, macro_auroc_of_endpoints, share_of_endpoints,
};
pub use probabilities::{
    classwise_calibration_error, log_loss, multiclass_brier, top_label_calibration,
};
pub use resampled::{Observed, Summary, resampled_summaries};
