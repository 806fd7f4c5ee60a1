//! Truth joined to scores, once for all checks.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::assessment::{Measured, Metric, TaskMeasured, count_failed_as_errors, measured_tasks};
use crate::cohort::Names;
use crate::config::BaselineFile;
use crate::inference::Predictions;

use super::evaluate::GateInput;

/// Truth and scores of every endpoint, joined once for all checks.
pub(super) struct Joined<'a> {
    now: Scored,
    /// The same of the scores behind baselines, by the path of their table.
    earlier: BTreeMap<PathBuf, Scored>,
    /// Endpoints with a task.
    pub(super) tasks: Vec<TaskMeasured<'a>>,
}

/// Every endpoint with one table of scores.
struct Scored {
    measured: Vec<Measured>,
    /// The same with failed samples as wrong decisions, where the audit file asks for that.
    with_failed: Option<Vec<Measured>>,
}

impl Scored {
    fn new(input: &GateInput<'_>, predictions: &Predictions) -> Self {
        let endpoints = input.audit.endpoints.iter().enumerate();
        let measured: Vec<Measured> = endpoints
            .map(|(place, endpoint)| {
                Measured::new(
                    input.audit,
                    place,
                    endpoint,
                    input.cohort,
                    predictions,
                    input.points[place].threshold,
                )
            })
            .collect();
        let with_failed = input.audit.cohort.count_failed_as_error.then(|| {
            let mut counted = measured.clone();
            for (place, measured) in counted.iter_mut().enumerate() {
                count_failed_as_errors(measured, input.cohort, predictions, place);
            }
            counted
        });
        Self {
            measured,
            with_failed,
        }
    }

    fn of(&self, endpoint: usize, metric: Metric) -> &Measured {
        match &self.with_failed {
            Some(counted) if metric.share().is_some() => &counted[endpoint],
            _ => &self.measured[endpoint],
        }
    }
}

impl<'a> Joined<'a> {
    pub(super) fn new(input: &GateInput<'a>) -> Self {
        let earlier = input.baselines.scores().iter();
        let earlier = earlier.map(|(path, scores)| (path.clone(), Scored::new(input, scores)));
        Self {
            now: Scored::new(input, input.predictions),
            earlier: earlier.collect(),
            tasks: measured_tasks(input.audit, input.cohort, input.predictions, input.points),
        }
    }

    /// Endpoints that were joined (or simulated) elsewhere.
    pub(super) fn of_measured(measured: Vec<Measured>) -> Self {
        Self {
            now: Scored {
                measured,
                with_failed: None,
            },
            earlier: BTreeMap::new(),
            tasks: Vec::new(),
        }
    }

    /// SHA-256 over the measured samples of an endpoint in the order of their ids: id, truth, score,
    /// decision. Two audits with the same one measured the same scores of the same samples.
    pub(super) fn fingerprint(&self, endpoint: usize, names: &Names) -> Option<String> {
        let measured = self.now.measured.get(endpoint)?;
        let mut order: Vec<usize> = (0..measured.samples.len()).collect();
        let name = |place: usize| &names[measured.samples[place] as usize];
        order.sort_by(|a, b| name(*a).cmp(name(*b)));
        let mut hasher = Sha256::new();
        for place in order {
            hasher.update(name(place).as_bytes());
            hasher.update([
                0,
                u8::from(measured.y_true[place]),
                u8::from(measured.flagged[place]),
            ]);
            hasher.update(measured.y_score[place].to_bits().to_le_bytes());
        }
        let bytes = hasher.finalize();
        Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(super) fn of(&self, endpoint: usize, metric: Metric) -> &Measured {
        self.now.of(endpoint, metric)
    }

    /// The scores behind a baseline, where its rule names their table.
    pub(super) fn earlier(
        &self,
        file: &BaselineFile,
        endpoint: usize,
        metric: Metric,
    ) -> Option<&Measured> {
        let scores = self.earlier.get(&file.scores.as_ref()?.value)?;
        Some(scores.of(endpoint, metric))
    }
}
