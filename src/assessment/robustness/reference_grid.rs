//! Sensitivity and specificity of a level if the reference standard were not always right.

use crate::assessment::metric::Metric;
use crate::assessment::partition::LevelTable;
use crate::cohort::Strata;
use crate::metrics::{ConfusionCounts, ConfusionKinds};
use crate::statistics::{AgainstReference, ReferenceCorrected};

use super::ReferencePoint;

/// Sensitivity or specificity of the reference standard for which values are given.
const REFERENCE_ACCURACY: [f64; 5] = [1.0, 0.99, 0.98, 0.95, 0.90];

/// The tables of all known levels of an attribute.
pub(super) struct Tables {
    clustered: bool,
    /// Different tables of patients, with how many patients have each; by level.
    levels: Vec<Vec<(AgainstReference, u64)>>,
    /// Sum of each level.
    sums: Vec<AgainstReference>,
    known: AgainstReference,
}

impl Tables {
    pub(super) fn new(strata: &Strata, table: &LevelTable) -> Self {
        let kinds: Vec<ConfusionKinds> = (0..strata.levels.len())
            .map(|level| table.kinds(level))
            .collect();
        let levels = kinds.iter().map(|own| {
            let units = own.units();
            units
                .iter()
                .map(|(counts, times)| (of_counts(counts), *times))
                .collect()
        });
        let levels = levels.collect();
        let sums: Vec<AgainstReference> = kinds.iter().map(|own| of_counts(&own.total())).collect();
        let known = (0..strata.levels.len())
            .filter(|level| !strata.holds_missing[*level])
            .fold(of_counts(&ConfusionCounts::default()), |sum, level| {
                sum.plus(&sums[level])
            });
        Self {
            clustered: table.clustered,
            levels,
            sums,
            known,
        }
    }

    /// Values of a level and of everyone else under each accuracy of the reference.
    pub(super) fn grid(
        &self,
        metric: Metric,
        level: usize,
        confidence: f64,
    ) -> Vec<ReferencePoint> {
        let of_positives = metric == Metric::Sensitivity;
        let others = self.known.minus(&self.sums[level]);
        let value = |of: &AgainstReference, accuracy: f64| {
            if of_positives {
                of.sensitivity(accuracy).ok()
            } else {
                of.specificity(accuracy).ok()
            }
        };
        let own = |accuracy: f64| -> Option<ReferenceCorrected> {
            let tables = &self.levels[level];
            if of_positives {
                ReferenceCorrected::sensitivity(tables, self.clustered, accuracy).ok()
            } else {
                ReferenceCorrected::specificity(tables, self.clustered, accuracy).ok()
            }
        };
        REFERENCE_ACCURACY
            .into_iter()
            .map(|accuracy| {
                let found = own(accuracy);
                let limits = found.and_then(|found| found.interval(confidence).ok());
                let estimate = value(&self.sums[level], accuracy);
                let reference_estimate = value(&others, accuracy);
                let less = |other: Option<f64>| Some(estimate? - other?);
                ReferencePoint {
                    reference_accuracy: accuracy,
                    estimate,
                    lower: limits.map(|limits| limits.lower),
                    upper: limits.map(|limits| limits.upper),
                    reference_estimate,
                    difference: less(reference_estimate),
                    difference_if_only_here: less(value(&others, 1.0)),
                }
            })
            .collect()
    }
}

fn of_counts(counts: &ConfusionCounts) -> AgainstReference {
    AgainstReference {
        true_positive: counts.true_positive as f64,
        false_negative: counts.false_negative as f64,
        true_negative: counts.true_negative as f64,
        false_positive: counts.false_positive as f64,
    }
}
