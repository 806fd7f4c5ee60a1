//! Scores of measured samples and of those that choose thresholds, kept apart; the thresholds.

use std::collections::BTreeMap;

use crate::assessment::{self, GroupThreshold, OperatingPoint};
use crate::cohort::LoadedCohort;
use crate::config::Diagnostic;
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
