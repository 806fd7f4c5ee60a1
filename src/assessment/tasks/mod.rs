//! Endpoints with a task in every stratum: the same rows of results as binary endpoints have.

mod measured;
mod quantity;
mod rows;

pub use measured::{TaskMeasured, measured_tasks};
pub use quantity::{DECIDING_PATIENTS, TaskDifference, TaskQuantity};
pub use rows::TaskCurves;
pub(super) use rows::task_into;
