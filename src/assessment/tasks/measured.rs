//! Truth joined to output for an endpoint with a task.

use std::collections::BTreeMap;

use crate::cohort::{Cohort, Strata, task_inputs};
use crate::config::{Audit, TaskEndpoint};
use crate::inference::Predictions;
use crate::statistics::{NotEstimable, Resamples};
use crate::tasks::{BinaryInput, Drawing, Draws, Rows, TaskFigure};

use super::super::{Measured, OperatingPoint};
use super::quantity::{TaskDifference, TaskQuantity};

/// One endpoint with its truth and output.
#[derive(Debug)]
pub struct TaskMeasured<'a> {
    /// The endpoint.
    pub endpoint: &'a TaskEndpoint,
    /// Whether a sample has a score and a known truth.
    pub is_measured: Vec<bool>,
    rows: Box<dyn Rows>,
    /// Cluster of each sample: its patient, or the sample itself where patients are not told apart.
    cluster: Vec<u32>,
    /// Whether patients were told apart from samples.
    pub clustered: bool,
    /// Whether a threshold that it rests on was chosen on the samples that are measured.
    pub chosen_here: bool,
}

/// Every endpoint with a task, in the audit file's order. `points` are the thresholds of the binary
/// endpoints.
#[must_use]
pub fn measured_tasks<'a>(
    audit: &'a Audit,
    cohort: &Cohort,
    predictions: &Predictions,
    points: &[OperatingPoint],
) -> Vec<TaskMeasured<'a>> {
    audit
        .tasks
        .iter()
        .filter_map(|endpoint| TaskMeasured::new(audit, endpoint, cohort, predictions, points))
        .collect()
}

impl<'a> TaskMeasured<'a> {
    /// `None` only where cells are no truth, which keeps an audit from coming this far.
    fn new(
        audit: &'a Audit,
        endpoint: &'a TaskEndpoint,
        cohort: &Cohort,
        predictions: &Predictions,
        points: &[OperatingPoint],
    ) -> Option<Self> {
        let n = cohort.len();
        let mut inputs = task_inputs(endpoint, &cohort.values, n);
        for (key, name) in &endpoint.scores {
            let place = predictions.position(Some(name))?;
            let scores = inputs.scores.entry(key).or_default();
            scores.push(&predictions.scores[place]);
        }
        for name in endpoint.binary() {
            let place = audit
                .endpoints
                .iter()
                .position(|one| one.name.value == name.value)?;
            let threshold = points.get(place)?.threshold;
            let declared = &audit.endpoints[place];
            let measured = Measured::new(audit, place, declared, cohort, predictions, threshold);
            let mut input = binary_input(&name.value, &measured, n);
            // A scan is called free of findings by all decisions, whatever is known of their truth.
            let score = declared.score.as_ref().map(|name| name.value.as_str());
            if let Some(score) = predictions.position(score) {
                let scores = predictions.scores[score].iter();
                let flagged = scores.map(|own| declared.direction.calls_positive(*own, threshold));
                input.flagged = flagged.collect();
            }
            inputs.binary.push(input);
        }
        let rows = (endpoint.task.rows)(&endpoint.declared, &inputs).ok()?;
        let chosen_here = endpoint.binary().any(|name| {
            let binary = audit.endpoints.iter().zip(points);
            let mut own = binary.filter(|(one, _)| one.name.value == name.value);
            own.any(|(_, point)| point.nested.is_some())
        });
        let clustered = cohort.clustered && audit.statistics.clusters;
        Some(Self {
            endpoint,
            is_measured: (0..n)
                .map(|sample| predictions.is_scored(sample) && rows.is_known(sample))
                .collect(),
            rows,
            cluster: if clustered {
                cohort.patient_of.clone()
            } else {
                (0u32..).take(n).collect()
            },
            clustered,
            chosen_here,
        })
    }

    /// Measured samples of a level.
    #[must_use]
    pub fn members(&self, strata: &Strata, level: usize) -> Vec<u32> {
        self.those(|sample| usize::from(strata.codes[sample]) == level)
    }

    /// Measured samples of every other known level.
    #[must_use]
    pub fn complement(&self, strata: &Strata, level: usize) -> Vec<u32> {
        self.those(|sample| {
            let code = usize::from(strata.codes[sample]);
            code != level && !strata.holds_missing[code]
        })
    }

    fn those(&self, holds: impl Fn(usize) -> bool) -> Vec<u32> {
        (0u32..)
            .zip(&self.is_measured)
            .filter(|(sample, measured)| **measured && holds(*sample as usize))
            .map(|(sample, _)| sample)
            .collect()
    }

    /// Clusters of samples.
    #[must_use]
    pub fn clusters(&self, samples: &[u32]) -> Vec<u32> {
        samples
            .iter()
            .map(|sample| self.cluster[*sample as usize])
            .collect()
    }

    /// The metric at `place` in a group.
    ///
    /// # Errors
    /// Why it cannot be given.
    pub fn quantity(&self, place: usize, samples: &[u32]) -> Result<TaskQuantity, NotEstimable> {
        if samples.is_empty() {
            return Err(NotEstimable::Empty("samples"));
        }
        let cluster = self.clusters(samples);
        let value = self.rows.value(place, samples, &cluster)?;
        let classes = self.rows.needed(place, samples);
        TaskQuantity::new(value, (cluster, &classes), self.clustered)
    }

    /// Metrics of a group over resampled patients, by place, for the limits that are shown.
    #[must_use]
    pub fn resampled(&self, samples: &[u32], draws: Draws) -> BTreeMap<usize, Resamples> {
        self.rows.resampled(samples, &self.clusters(samples), draws)
    }

    /// The metric at `place` in a group less that in another.
    ///
    /// # Errors
    /// Why one of the two cannot be given, or why groups are not compared by it.
    pub fn difference(
        &self,
        place: usize,
        group: &[u32],
        other: &[u32],
    ) -> Result<TaskDifference, NotEstimable> {
        let text = self.endpoint.metrics[place].text;
        if let Err(why) = text.compared {
            return Err(NotEstimable::Other(format!(
                "{} is not compared between groups: {why}",
                text.id
            )));
        }
        if other.is_empty() {
            return Err(NotEstimable::NobodyElse);
        }
        let (a, b) = (self.quantity(place, group)?, self.quantity(place, other)?);
        TaskDifference::new(&a, &b)
    }

    /// Positives and negatives of a group, where the metric at `place` is of a class: what is no
    /// trial of its sensitivity is one of its specificity. `None` for every other metric.
    #[must_use]
    pub fn class_sizes(&self, place: usize, samples: &[u32]) -> Option<(u64, u64)> {
        let all = samples.len() as u64;
        match self.endpoint.metrics[place].text.id {
            id @ ("sensitivity" | "specificity") => {
                let own = self.quantity(place, samples).map_or(0, |found| found.n());
                Some(if id == "sensitivity" {
                    (own, all - own)
                } else {
                    (all - own, own)
                })
            }
            "auroc" => {
                let classes = self.rows.needed(place, samples);
                let size = |class: usize| {
                    let own = classes.get(class)?.iter();
                    Some(own.filter(|is| **is).count() as u64)
                };
                Some((size(0)?, size(1)?))
            }
            _ => None,
        }
    }

    /// What is drawn of a group.
    #[must_use]
    pub fn figures(
        &self,
        samples: &[u32],
        confidence: f64,
        least_patients: usize,
    ) -> Vec<TaskFigure> {
        self.rows.figures(Drawing {
            samples,
            patient: &self.clusters(samples),
            everyone: &self.those(|_| true),
            confidence,
            least_patients,
        })
    }
}

/// Truth and rank of a binary endpoint, sample by sample; nothing is called yet.
fn binary_input(name: &str, measured: &Measured, n: usize) -> BinaryInput {
    let whole = measured.whole();
    let rank = whole.rank();
    let mut all = BinaryInput {
        name: name.to_owned(),
        y_true: vec![None; n],
        flagged: vec![false; n],
        rank: vec![0.0; n],
    };
    for (place, sample) in measured.samples.iter().enumerate() {
        let sample = *sample as usize;
        all.y_true[sample] = Some(whole.y_true[place]);
        all.rank[sample] = rank[place];
    }
    all
}
