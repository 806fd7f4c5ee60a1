//! Requirements to verdicts, on bounds of intervals and never on point estimates.
//!
//! Called by `audit.rs`. Knows strata and estimates, no HTML.

mod check;
mod decide;
mod evaluate;
mod exit;
mod headline;
mod joined;
mod selection;
mod tested;
mod trust;

pub use check::{AuditVerdict, Check, NeededCounts, Verdict};
pub use decide::{Decision, decide};
pub use evaluate::{GateInput, Gated, evaluate};
pub use exit::{Outcome, outcome};
pub use selection::{Selected, select, unknown_levels};
pub use tested::{Basis, Tested, gap, limits};
