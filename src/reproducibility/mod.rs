//! Will the model give the same answer tomorrow? Reruns under changed settings, what differed,
//! and whose decision flipped.
//!
//! Called by `audit.rs` after the first run. Knows predictions and groups, no report.

mod compare;
mod plan;
mod rerun;

pub use compare::{Decision, DecisionRule, Setting, compare, outcome};
pub use plan::{PlannedRun, plan, sample_among, sample_of};
pub use rerun::{Reproducibility, Rerun, RerunGroup, RerunStatus};
