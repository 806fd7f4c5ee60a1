//! From image files to scores: decode workers, batches, engine, heads, aggregation.
//!
//! Called by `audit.rs` and by `reproducibility`, which runs it again. Scores read from a file
//! become the same [`Predictions`] and take the same path afterwards. This room knows no
//! group: a model sees a column only where the audit file feeds it one.

mod aggregate;
mod batch;
mod error;
mod foreign;
mod head;
mod inputs;
mod kept;
pub mod npy;
mod predictions;
mod read;
mod run;
mod table;
mod windows;

pub use aggregate::aggregate;
pub use batch::BatchLayout;
pub use error::InferenceError;
pub use foreign::{ForeignScores, ScoreTable};
pub use head::{HeadPlan, OutlinePlan};
pub use inputs::{ImageInput, InputPlan, plan};
pub use kept::KeptImages;
pub use predictions::{Failure, Predictions, SampleStatus};
pub use read::fed_images;
pub use run::{Job, Maps, MeasureOutlines, Progress, Run, RunSettings, predict};
pub use table::TableLayout;
