//! Truth joined to scores, once for all checks.

use crate::assessment::{Measured, Metric, TaskMeasured, count_failed_as_errors, measured_tasks};

use super::evaluate::GateInput;

/// Truth and scores of every endpoint, joined once for all checks.
pub(super) struct Joined<'a> {
    measured: Vec<Measured>,
    /// The same with failed samples as wrong decisions, where the audit file asks for that.
    with_failed: Option<Vec<Measured>>,
    /// Endpoints with a task.
    pub(super) tasks: Vec<TaskMeasured<'a>>,
}

impl<'a> Joined<'a> {
    pub(super) fn new(input: &GateInput<'a>) -> Self {
        let endpoints = input.audit.endpoints.iter().enumerate();
        let measured: Vec<Measured> = endpoints
            .map(|(place, endpoint)| {
                Measured::new(
                    input.audit,
                    place,
                    endpoint,
                    input.cohort,
                    input.predictions,
                    input.points[place].threshold,
                )
            })
            .collect();
        let with_failed = input.audit.cohort.count_failed_as_error.then(|| {
            let mut counted = measured.clone();
            for (place, measured) in counted.iter_mut().enumerate() {
                count_failed_as_errors(measured, input.cohort, input.predictions, place);
            }
            counted
        });
        Self {
            measured,
            with_failed,
            tasks: measured_tasks(input.audit, input.cohort, input.predictions, input.points),
        }
    }

    /// Endpoints that were joined (or simulated) elsewhere.
    pub(super) fn of_measured(measured: Vec<Measured>) -> Self {
        Self {
            measured,
            with_failed: None,
            tasks: Vec::new(),
        }
    }

    pub(super) fn of(&self, endpoint: usize, metric: Metric) -> &Measured {
        match &self.with_failed {
            Some(counted) if metric.share().is_some() => &counted[endpoint],
            _ => &self.measured[endpoint],
        }
    }
}
