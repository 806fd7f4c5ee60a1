//! What several tasks say alike.

use std::collections::BTreeSet;

use crate::metrics::multiclass::argmax;
use crate::metrics::{self, Auroc, AurocMethod};
use crate::statistics::{Influenced, Interval, NotEstimable};

use super::{Better, Declared, LimitsOf, MetricText, Misfit, Unit, Value};

/// Id of limits from influence functions.
pub(super) const INFLUENCE: &str = "influence_cluster";
/// Id of limits of a mean.
pub(super) const MEAN: &str = "mean_cluster_t";

pub(super) const SENSITIVITY: MetricText = MetricText {
    id: "sensitivity",
    title: "Sensitivity",
    about: "Share of reference positives that the model calls positive.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
pub(super) const SPECIFICITY: MetricText = MetricText {
    id: "specificity",
    title: "Specificity",
    about: "Share of reference negatives that the model calls negative.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
pub(super) const ACCURACY: MetricText = MetricText {
    id: "accuracy",
    title: "Accuracy",
    about: "Share of right decisions; depends on how common each class is.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err("it mixes the classes in the shares of each group"),
};
pub(super) const AUROC: MetricText = MetricText {
    id: "auroc",
    title: "AUROC",
    about: "Chance that a positive has a higher score than a negative; 0.5 is chance.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};

/// Nothing that the keys together must satisfy.
pub(super) fn no_misfit(_: &Declared) -> Result<(), Misfit> {
    Ok(())
}

/// Patients of a class up to which an area has the limits of Newcombe's method 5.
const FEW_PATIENTS: usize = 50;

/// An area with the limits that it has as a binary endpoint's: also of few of a class and of perfect
/// separation, where influences say nothing.
pub(super) fn area_of_class(
    is: &[bool],
    score: &[f64],
    patient: &[u32],
) -> Result<Value, NotEstimable> {
    let value = area(metrics::auroc_influenced(is, score))?;
    let apart: BTreeSet<u32> = patient.iter().copied().collect();
    let cluster = (apart.len() < patient.len()).then_some(patient);
    // One patient of a class has an area and no limits.
    let few = [true, false].into_iter().any(|class| {
        let own = patient.iter().zip(is).filter(|(_, is)| **is == class);
        let patients: BTreeSet<u32> = own.map(|(patient, _)| *patient).collect();
        patients.len() <= FEW_PATIENTS
    });
    match metrics::auroc(is, score, cluster) {
        Ok(of) => Ok(value.with_limits(AreaLimits { of, few })),
        Err(_) => Ok(value),
    }
}

#[derive(Debug)]
struct AreaLimits {
    of: Auroc,
    /// Whether few patients are of a class, however many samples they have.
    few: bool,
}

impl LimitsOf for AreaLimits {
    fn interval(&self, confidence: f64) -> Result<(Interval, &'static str), NotEstimable> {
        let method = if self.few {
            AurocMethod::Newcombe5
        } else {
            AurocMethod::Logit
        };
        self.of.interval(method, confidence)
    }
}

/// A share of samples, each of which is one trial.
pub(super) fn share(holds: impl IntoIterator<Item = bool>) -> Value {
    Value::Share(
        holds
            .into_iter()
            .map(|holds| (u64::from(holds), 1))
            .collect(),
    )
}

/// A share of those samples that are trials.
pub(super) fn share_of(trials: impl IntoIterator<Item = Option<bool>>) -> Value {
    Value::Share(
        trials
            .into_iter()
            .map(|trial| (u64::from(trial == Some(true)), u64::from(trial.is_some())))
            .collect(),
    )
}

/// Between 0 and 1, from influences.
pub(super) fn area(of: Result<Influenced, NotEstimable>) -> Result<Value, NotEstimable> {
    Ok(Value::logit(of?, INFLUENCE))
}

/// Place of the largest score of one sample, the first of equal ones.
pub(super) fn called(scores: &[f64]) -> u64 {
    let found = argmax(scores, scores.len()).ok();
    found
        .and_then(|one| one.first().copied().map(u64::from))
        .unwrap_or(0)
}

/// A count that is kept as a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are small and not negative"
)]
pub(super) fn count(number: f64) -> usize {
    number.max(0.0).round() as usize
}
