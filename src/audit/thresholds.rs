//! Scores of measured samples and of those that choose thresholds, kept apart; the thresholds.

use std::collections::BTreeMap;

use crate::assessment::{self, GroupThreshold, OperatingPoint};
use crate::cohort::{Cohort, LoadedCohort, Truth};
use crate::config::{ChosenOn, Diagnostic};
use crate::inference::Predictions;
use crate::report::{TuningFailure, TuningSummary};

use super::finish::Started;
use super::summary::reason_in_words;
use super::{AuditError, units};

/// Scores of all samples, and of the two sides where some samples choose thresholds.
pub(super) struct Scores {
    everyone: Predictions,
    sides: Option<(Predictions, Predictions)>,
}

impl Scores {
    /// `everyone` are the scores of [`LoadedCohort::everyone`].
    pub(super) fn new(loaded: &LoadedCohort, everyone: Predictions) -> Self {
        let sides = loaded.tuning.as_ref().map(|tuning| {
            (
                everyone.of_samples(&tuning.measured_places),
                everyone.of_samples(&tuning.tuning_places),
            )
        });
        Self { everyone, sides }
    }

    /// Of all samples.
    pub(super) fn everyone(&self) -> &Predictions {
        &self.everyone
    }

    /// Of those that are measured.
    pub(super) fn measured(&self) -> &Predictions {
        self.sides
            .as_ref()
            .map_or(&self.everyone, |(measured, _)| measured)
    }

    /// Of those that choose thresholds.
    pub(super) fn tuning(&self) -> Option<&Predictions> {
        self.sides.as_ref().map(|(_, tuning)| tuning)
    }
}

/// Units and their scores.
type Side<'a> = (&'a Cohort, &'a Predictions);

/// The thresholds of an audit, and what is to be said of the samples that chose them.
pub(super) struct Thresholds {
    pub(super) points: Vec<OperatingPoint>,
    pub(super) groups: Vec<GroupThreshold>,
    pub(super) tuning: Option<TuningSummary>,
}

impl Thresholds {
    /// Samples of the tuning split without a score, and all of it.
    pub(super) fn tuning_failures(&self) -> Option<(u64, u64)> {
        self.tuning
            .as_ref()
            .map(|tuning| (tuning.n_failed, tuning.n_samples))
    }
}

impl Started {
    /// Chooses the thresholds. Samples of the tuning split without a score are told.
    pub(super) fn thresholds(
        &mut self,
        loaded: &LoadedCohort,
        scores: &Scores,
    ) -> Result<Thresholds, AuditError> {
        let tuning = tuning_summary(loaded, scores);
        if let Some(found) = tuning
            .as_ref()
            .and_then(|tuning| self.failed_tuning(tuning))
        {
            self.warn(vec![found]);
        }
        let audit = &self.audit;
        let refuse = |found| self.refuse(found);
        let (cohort, joined) =
            units::units(audit, &loaded.cohort, scores.measured()).map_err(refuse)?;
        let sides = loaded.tuning.as_ref().zip(scores.tuning());
        let choosing = sides
            .map(|(split, scores)| units::units(audit, &split.cohort, scores))
            .transpose()
            .map_err(refuse)?;
        let measured = (cohort.as_ref(), joined.as_ref());
        let choosing = choosing
            .as_ref()
            .map(|(cohort, scores)| (cohort.as_ref(), scores.as_ref()));
        let points = assessment::operating_points(audit, measured, choosing).map_err(refuse)?;
        let small = self.choices_of_few(measured, choosing);
        if !small.is_empty() {
            return Err(self.refuse(small));
        }
        let groups = assessment::group_thresholds(audit, measured, choosing, &points);
        Ok(Thresholds {
            points,
            groups,
            tuning,
        })
    }

    fn failed_tuning(&self, tuning: &TuningSummary) -> Option<Diagnostic> {
        if tuning.n_failed == 0 {
            return None;
        }
        let reasons: Vec<String> = tuning
            .failures
            .iter()
            .map(|one| format!("{}: {}", reason_in_words(&one.reason), one.n))
            .collect();
        let message = format!(
            "{} of {} samples of the tuning split have no score and took no part in choosing thresholds ({})",
            tuning.n_failed,
            tuning.n_samples,
            reasons.join("; ")
        );
        let found = Diagnostic::warning("tuning-sample-failed", message)
            .help("they count against `cohort.max_failed_share` like any other sample");
        Some(match &self.audit.cohort.tuning {
            Some(split) => found.at(split.span),
            None => found,
        })
    }

    /// Choices whose counts may not be written, since fewer patients of a class stand behind them
    /// than `statistics.suppress_below`. So few could not choose a threshold worth having either.
    fn choices_of_few(&self, measured: Side<'_>, tuning: Option<Side<'_>>) -> Vec<Diagnostic> {
        let below = u64::from(self.audit.statistics.suppress_below);
        let mut found = Vec::new();
        for (place, endpoint) in self.audit.endpoints.iter().enumerate() {
            let (cohort, scores) = match endpoint.threshold.chosen() {
                None => continue,
                Some(chosen) if chosen.on == ChosenOn::Tuning => tuning.unwrap_or(measured),
                Some(_) => measured,
            };
            for (class, what) in [
                (Truth::Positive, "positives"),
                (Truth::Negative, "negatives"),
            ] {
                let patients = cohort.count_patients(|sample| {
                    cohort.truth[place][sample] == class && scores.is_scored(sample)
                });
                if (1..below).contains(&patients) {
                    let message = format!(
                        "the threshold of endpoint {} would be chosen on {what} of {patients} patients, expected at least {below} (`statistics.suppress_below`)",
                        endpoint.name.value
                    );
                    found.push(
                        Diagnostic::error("too-few-to-choose", message)
                            .at(endpoint.name.span)
                            .help("choose it on more patients, or declare the deployed one: `threshold: {fixed: ...}`"),
                    );
                }
            }
        }
        found
    }

    /// What can be wrong with the choice of thresholds before any score is there.
    pub(super) fn check_choices(&self, loaded: &LoadedCohort) -> Vec<Diagnostic> {
        let split = loaded.tuning.as_ref().map(|tuning| &tuning.cohort);
        let mut found = Vec::new();
        if let Some(split) = split {
            found.extend(units::check(&self.audit, split).err().unwrap_or_default());
        }
        found.extend(
            assessment::choosing_classes(&self.audit, &loaded.cohort, split)
                .err()
                .unwrap_or_default(),
        );
        found
    }
}

fn tuning_summary(loaded: &LoadedCohort, scores: &Scores) -> Option<TuningSummary> {
    let (split, predictions) = loaded.tuning.as_ref().zip(scores.tuning())?;
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, failure) in predictions.failures() {
        *reasons.entry(&failure.reason).or_default() += 1;
    }
    Some(TuningSummary {
        n_samples: split.cohort.len() as u64,
        n_patients: split.cohort.count_patients(|_| true),
        n_failed: reasons.values().sum(),
        failures: reasons
            .into_iter()
            .map(|(reason, n)| TuningFailure {
                reason: reason.to_owned(),
                n,
            })
            .collect(),
        patients_apart: split.cohort.clustered,
    })
}
