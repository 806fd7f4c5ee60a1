//! Sensitivity and specificity of a level if the reference standard were not always right.

use std::collections::BTreeMap;

use crate::assessment::metric::Metric;
use crate::cohort::Strata;
use crate::statistics::{AgainstReference, ReferenceCorrected};

use super::ReferencePoint;
use super::counts::{Cell, ClassCounts};

/// Sensitivity or specificity of the reference standard for which values are given.
const REFERENCE_ACCURACY: [f64; 5] = [1.0, 0.99, 0.98, 0.95, 0.90];

/// Right and wrong decisions of one patient: found, missed, left alone, false alarms.
type Decisions = (u64, u64, u64, u64);

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
    pub(super) fn new(strata: &Strata, by_class: &[ClassCounts; 2], clustered: bool) -> Self {
        let [positives, negatives] = by_class;
        let levels: Vec<Vec<(AgainstReference, u64)>> = (0..strata.levels.len())
            .map(|level| distinct(&positives.levels[level], &negatives.levels[level]))
            .collect();
        let sums: Vec<AgainstReference> = (0..strata.levels.len())
            .map(|level| {
                let (p, n) = (positives.sums(level), negatives.sums(level));
                table((p.0, p.1 - p.0, n.0, n.1 - n.0))
            })
            .collect();
        let known = (0..strata.levels.len())
            .filter(|level| !strata.holds_missing[*level])
            .fold(table((0, 0, 0, 0)), |sum, level| sum.plus(&sums[level]));
        Self {
            clustered,
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

fn table((found, missed, left, alarms): Decisions) -> AgainstReference {
    AgainstReference {
        true_positive: found as f64,
        false_negative: missed as f64,
        true_negative: left as f64,
        false_positive: alarms as f64,
    }
}

/// Patients with the same table are exchangeable, so that a million of them make few entries.
fn distinct(positives: &[Cell], negatives: &[Cell]) -> Vec<(AgainstReference, u64)> {
    let mut counted: BTreeMap<Decisions, u64> = BTreeMap::new();
    let mut add = |own: Decisions| *counted.entry(own).or_default() += 1;
    let mut other = negatives.iter().peekable();
    let left = |cell: &Cell| (0, 0, cell.events, cell.trials - cell.events);
    for cell in positives {
        while let Some(before) = other.next_if(|next| next.cluster < cell.cluster) {
            add(left(before));
        }
        let here = other.next_if(|next| next.cluster == cell.cluster);
        let (_, _, right, alarms) = here.map_or((0, 0, 0, 0), left);
        add((cell.events, cell.trials - cell.events, right, alarms));
    }
    other.for_each(|cell| add(left(cell)));
    counted
        .into_iter()
        .map(|(own, patients)| (table(own), patients))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patients_of_both_classes_are_joined_and_counted_once() {
        let cell = |cluster, events, trials| Cell {
            cluster,
            events,
            trials,
        };
        let found = distinct(
            &[cell(1, 1, 2), cell(4, 1, 2), cell(5, 0, 1)],
            &[cell(0, 2, 2), cell(4, 0, 1), cell(6, 2, 2)],
        );
        let expected = [
            (table((0, 0, 2, 0)), 2),
            (table((0, 1, 0, 0)), 1),
            (table((1, 1, 0, 0)), 1),
            (table((1, 1, 0, 1)), 1),
        ];
        assert_eq!(found, expected);
    }
}
