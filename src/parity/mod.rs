//! Do the numbers here equal those of the model's makers? Their scores and input tensors, set
//! against ours.
//!
//! Called by `audit.rs` after the first run, and by `doctor`. Knows samples and scores, no
//! group and no report.

mod changes;
mod compare;
mod engines;
mod makers;
mod outcome;
mod recipe;
mod tensors;
mod windows;

pub use compare::{Ours, compare_scores};
pub use makers::{MakersScores, read_makers};
pub use outcome::{Parity, ParityOfScore, ParityOfTensors, ParityStatus};
pub use recipe::{Candidate, Recipe};
pub use tensors::{TensorDifference, tensor_difference, tensor_distances, tensor_files};
