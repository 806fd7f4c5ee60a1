//! Truth joined to scores: what one endpoint measures, sample by sample.

use crate::cohort::{Cohort, Strata, Truth};
use crate::config::{Audit, Direction, Endpoint, ScoreKind};
use crate::inference::Predictions;

/// Samples of one endpoint with a known truth and a score, in the cohort's order.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Endpoint.
    pub endpoint: String,
    /// Index of each measured sample in the cohort.
    pub samples: Vec<usize>,
    /// Whether the reference standard is positive.
    pub y_true: Vec<bool>,
    /// Score as declared.
    pub y_score: Vec<f64>,
    /// What ranking uses: log odds where known, else the score; higher is more positive.
    pub rank: Vec<f64>,
    /// Log odds, where the model's own output is one.
    pub logit: Option<Vec<f64>>,
    /// Whether the sample is called positive at the threshold.
    pub flagged: Vec<bool>,
    /// Index of the patient.
    pub patient: Vec<u32>,
    /// Whether scores are probabilities of being positive.
    pub probability: bool,
    /// Whether patients were told apart from samples.
    pub clustered: bool,
}

impl Measured {
    /// Joins one endpoint; `place` is the endpoint's place in the audit file.
    #[must_use]
    pub fn new(
        audit: &Audit,
        place: usize,
        endpoint: &Endpoint,
        cohort: &Cohort,
        predictions: &Predictions,
    ) -> Self {
        let score = predictions
            .position(endpoint.score.as_ref().map(|name| name.value.as_str()))
            .unwrap_or_default();
        let truth = &cohort.truth[place];
        let samples: Vec<usize> = (0..cohort.len())
            .filter(|sample| {
                truth[*sample] != Truth::Indeterminate && predictions.is_scored(*sample)
            })
            .collect();
        let lower = endpoint.direction == Direction::Lower;
        let y_score: Vec<f64> = samples
            .iter()
            .map(|sample| predictions.scores[score][*sample])
            .collect();
        let logit: Option<Vec<f64>> = predictions.logits[score]
            .as_ref()
            .map(|logits| samples.iter().map(|sample| logits[*sample]).collect());
        let rank = logit
            .as_ref()
            .unwrap_or(&y_score)
            .iter()
            .map(|value| if lower { -value } else { *value })
            .collect();
        let clustered = cohort.clustered && audit.statistics.clusters;
        Self {
            endpoint: endpoint.name.value.clone(),
            y_true: samples
                .iter()
                .map(|sample| truth[*sample] == Truth::Positive)
                .collect(),
            flagged: y_score
                .iter()
                .map(|value| {
                    if lower {
                        *value <= endpoint.threshold
                    } else {
                        *value >= endpoint.threshold
                    }
                })
                .collect(),
            patient: samples
                .iter()
                .map(|sample| cohort.patient_of[*sample])
                .collect(),
            rank,
            logit,
            y_score,
            samples,
            // A low score that means positive is no probability of being positive.
            probability: audit.output.score_kind == ScoreKind::Probability && !lower,
            clustered,
        }
    }

    /// Places (in the vectors of this value) of the samples of one level.
    #[must_use]
    pub fn members(&self, strata: &Strata, level: usize) -> Vec<usize> {
        (0..self.samples.len())
            .filter(|place| usize::from(strata.codes[self.samples[*place]]) == level)
            .collect()
    }

    /// Places of everyone whose value is known and is not `level`.
    #[must_use]
    pub fn complement(&self, strata: &Strata, level: usize) -> Vec<usize> {
        let known = |code: usize| code != level && !strata.holds_missing[code];
        (0..self.samples.len())
            .filter(|place| known(usize::from(strata.codes[self.samples[*place]])))
            .collect()
    }

    /// The values of some samples.
    #[must_use]
    pub fn group(&self, places: &[usize]) -> Group {
        let pick = |values: &[f64]| places.iter().map(|place| values[*place]).collect();
        Group {
            y_true: places.iter().map(|place| self.y_true[*place]).collect(),
            y_score: pick(&self.y_score),
            rank: pick(&self.rank),
            logit: self.logit.as_deref().map(pick),
            flagged: places.iter().map(|place| self.flagged[*place]).collect(),
            patient: places.iter().map(|place| self.patient[*place]).collect(),
            probability: self.probability,
            clustered: self.clustered,
        }
    }
}

/// The measured values of one group of samples.
#[derive(Debug, Clone)]
pub struct Group {
    /// Whether the reference standard is positive.
    pub y_true: Vec<bool>,
    /// Score as declared.
    pub y_score: Vec<f64>,
    /// What ranking uses.
    pub rank: Vec<f64>,
    /// Log odds where known.
    pub logit: Option<Vec<f64>>,
    /// Whether called positive.
    pub flagged: Vec<bool>,
    /// Patient of each sample.
    pub patient: Vec<u32>,
    /// Whether scores are probabilities.
    pub probability: bool,
    /// Whether patients were told apart from samples.
    pub clustered: bool,
}

impl Group {
    /// Samples.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.y_true.len() as u64
    }

    /// Reference positives.
    #[must_use]
    pub fn n_positive(&self) -> u64 {
        self.y_true.iter().filter(|y| **y).count() as u64
    }

    /// Patients as clusters; `None` where samples are taken as independent.
    #[must_use]
    pub fn clusters(&self) -> Option<&[u32]> {
        self.clustered.then_some(self.patient.as_slice())
    }

    /// Different patients among the samples for which `keep` holds (place in the group).
    #[must_use]
    pub fn n_patients(&self, keep: impl Fn(usize) -> bool) -> u64 {
        let mut patients: Vec<u32> = self
            .patient
            .iter()
            .enumerate()
            .filter(|(place, _)| keep(*place))
            .map(|(_, patient)| *patient)
            .collect();
        patients.sort_unstable();
        patients.dedup();
        patients.len() as u64
    }
}
