//! What an endpoint measures besides a binary finding: a number, a grade, a class, a risk, a mask,
//! boxes.
//!
//! A task says which keys an endpoint takes, how truth and output become rows, and what each of its
//! metrics is in a group of rows: a share, or an estimate with the influence of every row. Strata,
//! patients as clusters, intervals, comparisons, families, verdicts and tables are the same for all
//! tasks and live elsewhere. This room knows no stratum, no file and no patient.
//!
//! `docs/adding-a-task.md` says how another one is added: a file here, and its line in [`TASKS`].

mod bands;
mod count;
mod declaration;
mod detection;
mod figure;
mod findings;
mod inputs;
mod multiclass;
mod no_finding;
mod ordinal;
mod regression;
mod segmentation;
mod shared;
mod survival;
#[cfg(test)]
mod tests;
mod value;

pub use declaration::{
    Better, Decide, Declared, Given, Key, KeyKind, MetricOf, MetricText, Misfit, TaskSpec, Unit,
};
pub use detection::CANDIDATE;
pub use figure::{FigureLevel, FigureLine, FigureMatrix, FigureText, TaskFigure};
pub use inputs::{BadCell, BinaryInput, Inputs};
pub use segmentation::CASE;
pub use value::{Drawing, Draws, LimitsOf, Rows, Value};

/// Key under which an endpoint declares the unit of its truth.
pub const UNIT_OF_MEASUREMENT: &str = "unit_of_measurement";

/// Every task, in the order of the documentation.
pub const TASKS: &[&TaskSpec] = &[
    &findings::TASK,
    &no_finding::TASK,
    &multiclass::TASK,
    &ordinal::TASK,
    &regression::TASK,
    &count::TASK,
    &survival::TASK,
    &segmentation::TASK,
    &detection::TASK,
];

/// A task by its id.
#[must_use]
pub fn task(id: &str) -> Option<&'static TaskSpec> {
    TASKS.iter().find(|task| task.id == id).copied()
}

/// Why no rule can be decided by a metric, where that is so of every audit.
#[must_use]
pub fn never_decided(id: &str) -> Option<&'static str> {
    let without_limits = multiclass::WITHOUT_LIMITS;
    without_limits.contains(&id).then_some(
        "no limits are known for it: it is above 0 for a perfect model too, and the more so the smaller a group is",
    )
}

/// What is known of a metric of any task, by its id.
#[must_use]
pub fn metric_text(id: &str) -> Option<&'static MetricText> {
    TASKS
        .iter()
        .flat_map(|task| task.texts)
        .find(|text| text.id == id)
        .copied()
}

/// What a kind of figure of any task shows.
#[must_use]
pub fn figure_text(kind: &str) -> Option<&'static FigureText> {
    TASKS
        .iter()
        .flat_map(|task| task.figures)
        .find(|text| text.kind == kind)
        .copied()
}
