//! Truth joined to scores: what one endpoint measures, sample by sample.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::cohort::{Cohort, Strata, Truth};
use crate::config::{Audit, Direction, Endpoint, ScoreKind};
use crate::inference::Predictions;

/// Samples of one endpoint with a known truth and a score, sorted once by score, log odds and
/// truth: every group is a filter of this order, so that no metric has to sort again.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Endpoint.
    pub endpoint: String,
    /// Index of each measured sample in the cohort.
    pub samples: Vec<u32>,
    /// Whether the reference standard is positive.
    pub y_true: Vec<bool>,
    /// Score as declared.
    pub y_score: Vec<f64>,
    /// Log odds, where the model's own output is one.
    pub logit: Option<Vec<f64>>,
    /// Whether the sample is called positive at the threshold.
    pub flagged: Vec<bool>,
    /// Index of the patient.
    pub patient: Vec<u32>,
    /// Places in these vectors, patient by patient.
    pub by_patient: Vec<u32>,
    /// Whether scores are probabilities of being positive.
    pub probability: bool,
    /// Whether lower scores are more positive.
    pub lower: bool,
    /// Whether patients were told apart from samples.
    pub clustered: bool,
}

impl Measured {
    /// Joins one endpoint; `place` is the endpoint's place in the audit file, `threshold` the one
    /// that it fixes or that was chosen for it.
    #[must_use]
    pub fn new(
        audit: &Audit,
        place: usize,
        endpoint: &Endpoint,
        cohort: &Cohort,
        predictions: &Predictions,
        threshold: f64,
    ) -> Self {
        let score = predictions
            .position(endpoint.score.as_ref().map(|name| name.value.as_str()))
            .unwrap_or_default();
        let truth = &cohort.truth[place];
        let mut samples: Vec<u32> = (0u32..)
            .zip(truth)
            .filter(|(sample, truth)| {
                **truth != Truth::Indeterminate && predictions.is_scored(*sample as usize)
            })
            .map(|(sample, _)| sample)
            .collect();
        let own = |sample: u32| {
            let sample = sample as usize;
            let logit = predictions.logits[score]
                .as_ref()
                .map_or(0.0, |logits| logits[sample]);
            (
                predictions.scores[score][sample],
                logit,
                truth[sample] == Truth::Positive,
            )
        };
        samples.par_sort_by(|a, b| {
            let (a, b) = (own(*a), own(*b));
            a.0.total_cmp(&b.0)
                .then(a.1.total_cmp(&b.1))
                .then(a.2.cmp(&b.2))
        });
        let lower = endpoint.direction == Direction::Lower;
        let y_score: Vec<f64> = samples
            .iter()
            .map(|sample| predictions.scores[score][*sample as usize])
            .collect();
        let logit: Option<Vec<f64>> = predictions.logits[score].as_ref().map(|logits| {
            samples
                .iter()
                .map(|sample| logits[*sample as usize])
                .collect()
        });
        let clustered = cohort.clustered && audit.statistics.clusters;
        let patient: Vec<u32> = samples
            .iter()
            .map(|sample| cohort.patient_of[*sample as usize])
            .collect();
        let mut by_patient: Vec<u32> = (0u32..).take(patient.len()).collect();
        by_patient.par_sort_by_key(|place| patient[*place as usize]);
        Self {
            by_patient,
            endpoint: endpoint.name.value.clone(),
            y_true: samples
                .iter()
                .map(|sample| truth[*sample as usize] == Truth::Positive)
                .collect(),
            flagged: y_score
                .iter()
                .map(|value| {
                    if lower {
                        *value <= threshold
                    } else {
                        *value >= threshold
                    }
                })
                .collect(),
            patient,
            logit,
            y_score,
            samples,
            // A low score that means positive is no probability of being positive.
            probability: audit.output.score_kind == ScoreKind::Probability && !lower,
            lower,
            clustered,
        }
    }

    /// Places (in the vectors of this value) of the samples of one level.
    #[must_use]
    pub fn members(&self, strata: &Strata, level: usize) -> Vec<u32> {
        (0u32..)
            .take(self.samples.len())
            .filter(|place| {
                usize::from(strata.codes[self.samples[*place as usize] as usize]) == level
            })
            .collect()
    }

    /// Places of everyone whose value is known and is not `level`.
    #[must_use]
    pub fn complement(&self, strata: &Strata, level: usize) -> Vec<u32> {
        let known = |code: usize| code != level && !strata.holds_missing[code];
        (0u32..)
            .take(self.samples.len())
            .filter(|place| {
                known(usize::from(
                    strata.codes[self.samples[*place as usize] as usize],
                ))
            })
            .collect()
    }

    /// The values of some samples.
    #[must_use]
    pub fn group(&self, places: &[u32]) -> Group {
        let pick = |values: &[f64]| places.iter().map(|place| values[*place as usize]).collect();
        Group {
            y_true: places
                .iter()
                .map(|place| self.y_true[*place as usize])
                .collect(),
            y_score: pick(&self.y_score),
            logit: self.logit.as_deref().map(pick),
            flagged: places
                .iter()
                .map(|place| self.flagged[*place as usize])
                .collect(),
            patient: places
                .iter()
                .map(|place| self.patient[*place as usize])
                .collect(),
            probability: self.probability,
            lower: self.lower,
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
    /// Log odds where known.
    pub logit: Option<Vec<f64>>,
    /// Whether called positive.
    pub flagged: Vec<bool>,
    /// Patient of each sample.
    pub patient: Vec<u32>,
    /// Whether scores are probabilities.
    pub probability: bool,
    /// Whether lower scores are more positive.
    pub lower: bool,
    /// Whether patients were told apart from samples.
    pub clustered: bool,
}

impl Group {
    /// What ranking uses: log odds where known, else the score; higher is more positive.
    #[must_use]
    pub fn rank(&self) -> Cow<'_, [f64]> {
        let own = self.logit.as_deref().unwrap_or(&self.y_score);
        if self.lower {
            Cow::Owned(own.iter().map(|value| -value).collect())
        } else {
            Cow::Borrowed(own)
        }
    }

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
        let greatest = self.patient.iter().max();
        let mut seen = vec![false; greatest.map_or(0, |last| *last as usize + 1)];
        let mut count = 0;
        for (place, patient) in self.patient.iter().enumerate() {
            if keep(place) && !std::mem::replace(&mut seen[*patient as usize], true) {
                count += 1;
            }
        }
        count
    }
}
