//! Requirements to verdicts, on bounds of intervals and never on point estimates.
//!
//! Called by `audit.rs`. Knows strata and estimates, no HTML.

mod assumptions;
mod baseline;
mod chances;
mod check;
mod correction;
mod decide;
mod evaluate;
mod exit;
mod flips;
mod headline;
mod influence;
mod joined;
mod paired;
mod planned_sizes;
mod resized;
mod selection;
mod simulated;
mod simulated_probabilities;
mod tasks;
mod tested;
mod trust;
mod waivers;
mod withheld;

pub use baseline::{Baseline, BaselineEstimate, BaselineInput, Baselines};
pub use chances::{Chances, CheckChances, NotSimulated, VerdictChances, chances};
pub use check::{AuditVerdict, Check, Counted, NeededCounts, Verdict};
pub use correction::Adjusted;
pub use decide::{Decision, decide};
pub use evaluate::{GateInput, Gated, evaluate};
pub use exit::{Outcome, outcome};
pub use selection::{Selected, asked_of_nobody, rules_without_groups, select, unknown_levels};
pub use tested::{Basis, Detail, Tested, gap, limits};
pub use waivers::{
    AuditedModel, LONGEST_WAIVER, Waiver, WaiverState, planned_waiver_warnings, waiver_warnings,
};
