//! Small questions of planners and statisticians, answered by the functions that audits use.
//!
//! Called by the command `calc`. Counts, a table or a plan go in; named quantities come out. This
//! room knows no audit file, no model and no command line.

mod agreement;
mod answer;
mod calibration;
mod counts;
mod decisions;
mod plan;
mod read_offs;
mod samples;
mod table;

pub use agreement::agreement;
pub use answer::{Entry, Field, to_json, to_text};
pub use calibration::calibration;
pub use counts::{
    Counts, DiagnosticCounts, diagnostic, difference, paired, proportion, ratio, strata,
};
pub use decisions::decisions;
pub use plan::{PlannedFloor, adjusted, power};
pub use read_offs::{ReadOffs, read_offs};
pub use samples::Columns;
pub(crate) use samples::Samples;
pub(crate) use table::open;
pub use table::{AurocColumns, CalculationError, ranking};
