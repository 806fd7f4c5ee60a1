//! Truth joined to scores, once for all checks.

use crate::assessment::{Measured, Metric};
use crate::cohort::Truth;

use super::evaluate::GateInput;

/// Truth and scores of every endpoint, joined once for all checks.
pub(super) struct Joined {
    measured: Vec<Measured>,
    /// The same with failed samples as wrong decisions, where the audit file asks for that.
    with_failed: Option<Vec<Measured>>,
}

impl Joined {
    pub(super) fn new(input: &GateInput<'_>) -> Self {
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
                count_failed_as_wrong(measured, input, place);
            }
            counted
        });
        Self {
            measured,
            with_failed,
        }
    }

    pub(super) fn of(&self, endpoint: usize, metric: Metric) -> &Measured {
        match &self.with_failed {
            Some(counted) if metric.share().is_some() => &counted[endpoint],
            _ => &self.measured[endpoint],
        }
    }
}

/// Failed samples with a known truth become wrong decisions: missed positives, false alarms.
fn count_failed_as_wrong(measured: &mut Measured, input: &GateInput<'_>, endpoint: usize) {
    for (sample, _) in input.predictions.failures() {
        let positive = match input.cohort.truth[endpoint][sample] {
            Truth::Indeterminate => continue,
            Truth::Positive => true,
            Truth::Negative => false,
        };
        measured
            .samples
            .push(u32::try_from(sample).unwrap_or(u32::MAX));
        measured.y_true.push(positive);
        measured.flagged.push(!positive);
        measured.patient.push(input.cohort.patient_of[sample]);
        measured.y_score.push(f64::from(u8::from(!positive)));
        if let Some(logit) = &mut measured.logit {
            logit.push(0.0);
        }
    }
}
