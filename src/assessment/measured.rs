//! Truth joined to scores: what one endpoint measures, sample by sample.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::cohort::{Cohort, Strata, Truth};
use crate::config::{Audit, Direction, Endpoint, ScoreKind};
use crate::inference::Predictions;
use crate::metrics::{Arm, Auroc, Canonical, ConfusionCounts, ConfusionKinds, Patients, Ranked};
use crate::statistics::{ByCluster, NotEstimable};

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
    /// Place of each patient of the cohort in an order that does not depend on the table.
    pub patient_rank: Arc<[u32]>,
    /// Log odds of each sample, infinite at scores of 0 and 1 where no logit is known; `None`
    /// where scores are no probabilities.
    pub log_odds: Option<Vec<f64>>,
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
        let unsorted: Vec<u32> = (0u32..)
            .zip(truth)
            .filter(|(sample, truth)| {
                **truth != Truth::Indeterminate && predictions.is_scored(*sample as usize)
            })
            .map(|(sample, _)| sample)
            .collect();
        let logits = predictions.logits[score].as_ref();
        // Two samples alike in all of this can change places without changing any number.
        let compare = |a: usize, b: usize| {
            let (a, b) = (unsorted[a] as usize, unsorted[b] as usize);
            let logit = |sample: usize| logits.map_or(0.0, |logits| logits[sample]);
            logit(a).total_cmp(&logit(b)).then_with(|| {
                let attributes = cohort.attributes.iter();
                attributes
                    .map(|one| one.codes[a].cmp(&one.codes[b]))
                    .find(|order| order.is_ne())
                    .unwrap_or(std::cmp::Ordering::Equal)
            })
        };
        let unsorted_patients: Vec<u32> = unsorted
            .iter()
            .map(|sample| cohort.patient_of[*sample as usize])
            .collect();
        let canonical = Canonical::new(
            unsorted.len(),
            |place| predictions.scores[score][unsorted[place] as usize],
            compare,
            Some(&unsorted_patients),
        );
        let patient_rank = ranks(cohort.patients.len(), &unsorted_patients, &canonical);
        let samples: Vec<u32> = canonical
            .order
            .iter()
            .map(|place| unsorted[*place as usize])
            .collect();
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
        // A low score that means positive is no probability of being positive.
        let probability = audit.output.score_kind == ScoreKind::Probability && !lower;
        let log_odds = probability.then(|| logit.clone().unwrap_or_else(|| log_odds_of(&y_score)));
        Self {
            by_patient: places_by_patient(&patient, &patient_rank),
            patient_rank: patient_rank.into(),
            log_odds,
            endpoint: endpoint.name.value.clone(),
            y_true: samples
                .iter()
                .map(|sample| truth[*sample as usize] == Truth::Positive)
                .collect(),
            flagged: y_score
                .iter()
                .map(|value| endpoint.direction.calls_positive(*value, threshold))
                .collect(),
            patient,
            logit,
            y_score,
            samples,
            probability,
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

    /// Everyone.
    #[must_use]
    pub fn whole(&self) -> Group {
        let places: Vec<u32> = (0u32..).take(self.samples.len()).collect();
        self.group(&places)
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
            found: Found {
                patient_rank: Some(Arc::clone(&self.patient_rank)),
                log_odds: self.log_odds.as_deref().map(pick),
                ..Found::default()
            },
        }
    }
}

/// The number of every patient that has a sample; patients without one come after them.
fn ranks(patients: usize, of_sample: &[u32], canonical: &Canonical) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let mut rank = vec![NONE; patients];
    for (patient, number) in of_sample.iter().zip(&canonical.number) {
        rank[*patient as usize] = *number;
    }
    let without = rank.iter_mut().filter(|rank| **rank == NONE);
    for (next, rank) in (canonical.n_clusters as u32..).zip(without) {
        *rank = next;
    }
    rank
}

/// Infinite at 0 and 1.
fn log_odds_of(probabilities: &[f64]) -> Vec<f64> {
    probabilities.iter().map(|p| (p / (1.0 - p)).ln()).collect()
}

/// Places of samples patient by patient, in the order of the patients' ranks.
#[must_use]
pub fn places_by_patient(patient: &[u32], rank: &[u32]) -> Vec<u32> {
    let ranks: Vec<u32> = patient
        .iter()
        .map(|patient| rank[*patient as usize])
        .collect();
    ByCluster::new(&ranks, rank.len()).rows
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
    /// What several metrics need, found once.
    pub found: Found,
}

/// What several metrics of a group need, found when first asked for.
#[derive(Debug, Clone, Default)]
pub struct Found {
    patient_rank: Option<Arc<[u32]>>,
    log_odds: Option<Vec<f64>>,
    kinds: OnceLock<ConfusionKinds>,
    ranked: OnceLock<Result<Ranked, NotEstimable>>,
    probabilities: OnceLock<Result<Ranked, NotEstimable>>,
    area: OnceLock<Result<Auroc, NotEstimable>>,
}

impl Group {
    /// Patients by their decisions.
    #[must_use]
    pub fn kinds(&self) -> &ConfusionKinds {
        self.found.kinds.get_or_init(|| {
            ConfusionKinds::of(
                &self.y_true,
                &self.flagged,
                Some(&self.patient),
                self.clustered,
            )
        })
    }

    /// The same with the patients' decisions already counted.
    pub(super) fn with_kinds(self, kinds: ConfusionKinds) -> Self {
        let found = Found {
            kinds: OnceLock::from(kinds),
            ..self.found
        };
        Self { found, ..self }
    }

    /// The same with the patients of the samples already told apart.
    pub(super) fn with_patients(self, patients: Patients) -> Self {
        let Some(log_odds) = &self.found.log_odds else {
            return self;
        };
        if self.y_true.is_empty() || !self.clustered {
            return self;
        }
        let (y, score) = (&self.y_true, &self.y_score);
        let ranked = Ranked::of_patients(y, score, log_odds, &self.patient, patients);
        let found = Found {
            probabilities: OnceLock::from(Ok(ranked)),
            ..self.found
        };
        Self { found, ..self }
    }

    /// Samples by what ranking uses.
    ///
    /// # Errors
    /// No sample, or a score that is no finite number.
    pub fn ranked(&self) -> Result<&Ranked, NotEstimable> {
        if self.logit.is_none() && !self.lower && self.probability {
            return self.probabilities();
        }
        let found = || {
            let rank = self.rank();
            if !self.lower {
                return self.sorted(&self.y_true, &rank, None, self.clusters());
            }
            // Samples come by ascending score, which is by descending rank.
            let y_true: Vec<bool> = self.y_true.iter().rev().copied().collect();
            let rank: Vec<f64> = rank.iter().rev().copied().collect();
            let patient: Vec<u32> = self.patient.iter().rev().copied().collect();
            let cluster = self.clustered.then_some(patient.as_slice());
            self.sorted(&y_true, &rank, None, cluster)
        };
        self.found
            .ranked
            .get_or_init(found)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Area under the ROC curve.
    ///
    /// # Errors
    /// As [`crate::metrics::auroc`].
    pub fn area(&self) -> Result<&Auroc, NotEstimable> {
        let found = || self.ranked()?.auroc();
        self.found
            .area
            .get_or_init(found)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Samples by probability, with their log odds.
    ///
    /// # Errors
    /// As [`Self::ranked`], and where scores are no probabilities.
    pub fn probabilities(&self) -> Result<&Ranked, NotEstimable> {
        if self.y_true.is_empty() {
            return Err(NotEstimable::Empty("samples"));
        }
        if !self.probability {
            return Err(NotEstimable::NotProbability);
        }
        let found = || {
            let known = self.found.log_odds.as_deref().or(self.logit.as_deref());
            let log_odds = known.map_or_else(|| log_odds_of(&self.y_score).into(), Cow::Borrowed);
            self.sorted(
                &self.y_true,
                &self.y_score,
                Some(&log_odds),
                self.clusters(),
            )
        };
        self.found
            .probabilities
            .get_or_init(found)
            .as_ref()
            .map_err(Clone::clone)
    }

    fn sorted(
        &self,
        y_true: &[bool],
        score: &[f64],
        second: Option<&[f64]>,
        cluster: Option<&[u32]>,
    ) -> Result<Ranked, NotEstimable> {
        let presorted = match (&self.found.patient_rank, cluster) {
            (Some(rank), Some(patient)) => {
                Ranked::presorted(y_true, score, second, Some((patient, rank)))
            }
            (Some(_), None) => Ranked::presorted(y_true, score, second, None),
            (None, _) => None,
        };
        presorted.unwrap_or_else(|| Ranked::new(y_true, score, second, cluster))
    }

    /// Truth, decision and patient of each sample.
    #[must_use]
    pub fn arm(&self) -> Arm<'_> {
        (&self.y_true, &self.flagged, &self.patient)
    }

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

    /// Patients for whose counts `of` is positive.
    #[must_use]
    pub fn n_patients(&self, of: impl Fn(&ConfusionCounts) -> u64) -> u64 {
        self.kinds().n_patients(of)
    }
}
