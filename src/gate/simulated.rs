//! Decisions and scores of a model that performs as assumed, on the cohort at hand.

use std::sync::Arc;

use crate::assessment::{Measured, places_by_patient};
use crate::cohort::{Cohort, Strata, Truth};
use crate::config::{Assumed, Audit};
use crate::statistics::{BetaBinomial, Purpose, RandomStream, binormal_shift, expit, normal_cdf};

use super::simulated_probabilities::Probabilities;

/// One endpoint, ready to be drawn any number of times.
///
/// Decisions on one patient's positives are beta-binomial around the assumed sensitivity, those
/// on its negatives around the assumed specificity. Scores are binormal with the assumed area:
/// sqrt(rho) times a normal number of the patient, sqrt(1 - rho) times one of the sample, and the
/// shift of a positive. The sample's own number also decides whether it is called positive, so
/// that a high score and a call go together; the two assumptions need not lie on one ROC curve.
/// Where calibration is asked of, scores have [`Probabilities`], and areas go by the score as before.
pub(super) struct Simulated {
    /// Everything but decisions and scores, in the order of sample ids.
    template: Measured,
    sensitivity: BetaBinomial,
    specificity: BetaBinomial,
    /// Shift of positives and intracluster correlation, where scores are drawn.
    scores: Option<(f64, f64)>,
    probabilities: Option<Probabilities>,
    place: usize,
    patients: usize,
}

impl Simulated {
    /// `place` is the endpoint's place in the audit file; scores are drawn where `ranked`, and
    /// probabilities where calibration is `asked` of strata.
    pub(super) fn new(
        audit: &Audit,
        cohort: &Cohort,
        place: usize,
        assumed: Assumed,
        (ranked, asked): (bool, &[&Strata]),
    ) -> Self {
        let endpoint = &audit.endpoints[place];
        let clustered = cohort.clustered && audit.statistics.clusters;
        let samples: Vec<u32> = (0u32..)
            .zip(&cohort.truth[place])
            .filter(|(_, truth)| **truth != Truth::Indeterminate)
            .map(|(sample, _)| sample)
            .collect();
        let y_true: Vec<bool> = samples
            .iter()
            .map(|sample| cohort.truth[place][*sample as usize] == Truth::Positive)
            .collect();
        let patient: Vec<u32> = samples
            .iter()
            .map(|sample| cohort.patient_of[*sample as usize])
            .collect();
        let rho = correlation(clustered, assumed);
        let as_numbered: Arc<[u32]> = (0u32..).take(cohort.patients.len()).collect();
        let scores = assumed
            .auroc
            .filter(|_| ranked || !asked.is_empty())
            .map(|area| (binormal_shift(area), rho));
        let template = Measured {
            endpoint: endpoint.name.value.clone(),
            y_score: vec![0.0; samples.len()],
            flagged: vec![false; samples.len()],
            logit: None,
            by_patient: places_by_patient(&patient, &as_numbered),
            patient_rank: as_numbered,
            log_odds: None,
            samples,
            y_true,
            patient,
            probability: !asked.is_empty(),
            lower: false,
            clustered,
        };
        let probabilities = scores
            .filter(|_| !asked.is_empty())
            .map(|(shift, _)| Probabilities::new(asked, &template, assumed, shift));
        Self {
            template,
            // Where nothing is assumed no rule asks for the decisions.
            sensitivity: BetaBinomial::new(assumed.sensitivity.unwrap_or_default(), rho),
            specificity: BetaBinomial::new(assumed.specificity.unwrap_or_default(), rho),
            scores,
            probabilities,
            place,
            patients: cohort.patients.len(),
        }
    }

    /// One audit's worth of decisions and scores.
    pub(super) fn draw(&self, seed: u64, replicate: u64, endpoints: usize) -> Measured {
        let stream = replicate * endpoints as u64 + self.place as u64;
        let mut stream = RandomStream::new(seed, Purpose::PlannedAudit, stream);
        let mut drawn = self.template.clone();
        // Right decisions and trials of each patient so far: negatives, positives.
        let mut so_far = vec![[(0u32, 0u32); 2]; self.patients];
        let effect: Vec<f64> = match self.scores {
            None => Vec::new(),
            Some(_) => (0..self.patients).map(|_| stream.normal()).collect(),
        };
        for sample in 0..drawn.samples.len() {
            let positive = drawn.y_true[sample];
            let patient = drawn.patient[sample] as usize;
            let (right, trials) = &mut so_far[patient][usize::from(positive)];
            let model = if positive {
                self.sensitivity
            } else {
                self.specificity
            };
            // Without patients every sample is a patient, and its first trial.
            let p_right = if drawn.clustered {
                model.next(*right, *trials)
            } else {
                model.next(0, 0)
            };
            let rank = match self.scores {
                None => stream.uniform(),
                Some((shift, rho)) => {
                    let own = stream.normal();
                    drawn.y_score[sample] = rho.sqrt() * effect[patient]
                        + (1.0 - rho).sqrt() * own
                        + if positive { shift } else { 0.0 };
                    normal_cdf(own)
                }
            };
            let correct = if positive {
                rank > 1.0 - p_right
            } else {
                rank <= p_right
            };
            drawn.flagged[sample] = correct == positive;
            *right += u32::from(correct);
            *trials += 1;
        }
        if let Some(probabilities) = &self.probabilities {
            let score = std::mem::take(&mut drawn.y_score);
            let log_odds = probabilities.draw(&mut stream, &drawn, self.patients, &score);
            drawn.y_score = log_odds.iter().map(|own| expit(*own)).collect();
            drawn.logit = Some(score);
            drawn.log_odds = Some(log_odds);
        }
        if self.scores.is_some() {
            sort_by_score(&mut drawn);
        }
        drawn
    }

    /// Whether scores are drawn as probabilities.
    pub(super) fn says_probabilities(&self) -> bool {
        self.probabilities.is_some()
    }

    /// How often a sample is looked at to draw its probability.
    pub(super) fn looks(&self) -> u64 {
        self.probabilities.as_ref().map_or(0, Probabilities::looks)
    }

    /// Samples that are looked at to draw probabilities, counted as often as they are.
    pub(super) fn work(&self) -> u64 {
        self.looks() * self.template.samples.len() as u64
    }

    /// The same model on other patients: the samples at some places, each with its new patient, where
    /// patients are numbered from 0. Samples are numbered anew in this order.
    pub(super) fn on(&self, places: &[u32], patient: &[u32]) -> Self {
        let patients = patient.iter().max().map_or(0, |last| *last as usize + 1);
        let as_numbered: Arc<[u32]> = (0u32..).take(patients).collect();
        let own = &self.template;
        let template = Measured {
            endpoint: own.endpoint.clone(),
            samples: (0u32..).take(places.len()).collect(),
            y_true: places
                .iter()
                .map(|place| own.y_true[*place as usize])
                .collect(),
            y_score: vec![0.0; places.len()],
            logit: None,
            flagged: vec![false; places.len()],
            patient: patient.to_vec(),
            by_patient: places_by_patient(patient, &as_numbered),
            patient_rank: as_numbered,
            log_odds: None,
            probability: own.probability,
            lower: own.lower,
            clustered: own.clustered,
        };
        Self {
            template,
            sensitivity: self.sensitivity,
            specificity: self.specificity,
            scores: self.scores,
            probabilities: self.probabilities.as_ref().map(|own| own.on(places)),
            place: 0,
            patients,
        }
    }

    /// Samples and patients of the endpoint.
    pub(super) fn template(&self) -> &Measured {
        &self.template
    }
}

/// The correlation that is assumed; none where samples are taken as independent.
pub(super) fn correlation(clustered: bool, assumed: Assumed) -> f64 {
    if clustered {
        assumed.intracluster_correlation.unwrap_or_default()
    } else {
        0.0
    }
}

fn in_order(values: &[f64], order: &[usize]) -> Vec<f64> {
    order.iter().map(|place| values[*place]).collect()
}

/// Measured samples are sorted by score, so that no group has to be sorted again.
fn sort_by_score(drawn: &mut Measured) {
    let mut order: Vec<usize> = (0..drawn.samples.len()).collect();
    order.sort_by(|a, b| drawn.y_score[*a].total_cmp(&drawn.y_score[*b]));
    let take = |values: &[u32]| order.iter().map(|place| values[*place]).collect();
    let flags = |values: &[bool]| order.iter().map(|place| values[*place]).collect();
    drawn.samples = take(&drawn.samples);
    drawn.patient = take(&drawn.patient);
    drawn.y_true = flags(&drawn.y_true);
    drawn.flagged = flags(&drawn.flagged);
    drawn.y_score = in_order(&drawn.y_score, &order);
    drawn.logit = drawn.logit.take().map(|own| in_order(&own, &order));
    drawn.log_odds = drawn.log_odds.take().map(|own| in_order(&own, &order));
    drawn.by_patient = places_by_patient(&drawn.patient, &drawn.patient_rank);
}
