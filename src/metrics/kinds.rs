//! Patients by their decisions: how many of them have which four counts.
//!
//! Nothing about decisions depends on which patient has them. Patients with the same counts are
//! exchangeable, so that a group is the list of the different counts among its patients, each with
//! the number of patients that have it. It is short however large the group: every proportion,
//! difference, likelihood ratio and bootstrap of decisions is computed from it.

use super::confusion::{ConfusionCounts, ShareOf};
use super::diagnostic::Diagnostic;
use super::matrix_limits::closed_limits;
use super::resampled::{MatrixDraws, MatrixMetric, Resampled, matrix_metrics_of_kinds};
use crate::statistics::{
    ClusteredProportion, Interval, Kind, NotEstimable, ProportionDifference, merged, tallied,
};

/// Patients with each kind of decision from which on percentiles of resamples serve.
const ENOUGH_CARRIERS: u64 = 10;

/// The patients of one group by their four counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionKinds {
    /// Counts in ascending order, each once; patients without a sample left out.
    kinds: Vec<Kind<ConfusionCounts>>,
    /// Whether a patient's samples are taken as dependent.
    clustered: bool,
}

impl ConfusionKinds {
    /// From samples; `patient` `None` makes every sample a patient of its own. With `clustered`
    /// false patients are still counted, but samples are taken as independent.
    #[must_use]
    pub fn of(y_true: &[bool], flagged: &[bool], patient: Option<&[u32]>, clustered: bool) -> Self {
        let kinds = match patient {
            Some(patient) => tallied(ConfusionCounts::by_cluster(y_true, flagged, patient)),
            None => samples(&ConfusionCounts::of(y_true, flagged)),
        };
        Self { kinds, clustered }
    }

    /// From counts that were tallied elsewhere, in any order.
    #[must_use]
    pub fn from_kinds(kinds: Vec<Kind<ConfusionCounts>>, clustered: bool) -> Self {
        let mut kinds = merged(kinds);
        kinds.retain(|(counts, times)| counts.total() > 0 && *times > 0);
        Self { kinds, clustered }
    }

    /// Counts over all samples.
    #[must_use]
    pub fn total(&self) -> ConfusionCounts {
        self.kinds
            .iter()
            .fold(ConfusionCounts::default(), |sum, (counts, times)| {
                sum + counts.times(*times)
            })
    }

    /// Patients for whose counts `of` is positive.
    #[must_use]
    pub fn n_patients(&self, of: impl Fn(&ConfusionCounts) -> u64) -> u64 {
        self.kinds
            .iter()
            .filter(|(counts, _)| of(counts) > 0)
            .map(|(_, times)| times)
            .sum()
    }

    /// Whether a patient's samples are taken as dependent.
    pub(super) fn is_clustered(&self) -> bool {
        self.clustered
    }

    /// What is resampled: patients, or samples where they are taken as independent.
    #[must_use]
    pub fn units(&self) -> Vec<Kind<ConfusionCounts>> {
        if self.clustered {
            self.kinds.clone()
        } else {
            samples(&self.total())
        }
    }

    /// (events, trials) of a share by patient, or by sample where they are taken as independent.
    #[must_use]
    pub fn shares(&self, share: ShareOf) -> Vec<Kind<(u64, u64)>> {
        let units = self.units();
        merged(
            units
                .iter()
                .map(|(counts, times)| (share.of(counts), *times))
                .collect(),
        )
    }

    /// A share with its clustering.
    ///
    /// # Errors
    /// An empty denominator (named), or fewer than two patients in it.
    pub fn proportion(&self, share: ShareOf) -> Result<ClusteredProportion, NotEstimable> {
        let found = if self.clustered {
            ClusteredProportion::from_kinds(&self.shares(share))
        } else {
            let (events, trials) = share.of(&self.total());
            ClusteredProportion::unclustered(events, trials)
        };
        found.map_err(|why| share.named(why))
    }

    /// Sensitivity and specificity together.
    ///
    /// # Errors
    /// As [`Self::proportion`], for either.
    pub fn diagnostic(&self) -> Result<Diagnostic, NotEstimable> {
        let sensitivity = self.proportion(ShareOf::Sensitivity)?;
        let specificity = self.proportion(ShareOf::Specificity)?;
        let covariance = if self.clustered {
            let both = self.kinds.iter().map(|(counts, times)| {
                let both = (
                    ShareOf::Sensitivity.of(counts),
                    ShareOf::Specificity.of(counts),
                );
                (both, *times)
            });
            let arms = ProportionDifference::from_kinds(&merged(both.collect()))?;
            arms.correlation * sensitivity.standard_error * specificity.standard_error
        } else {
            0.0
        };
        Ok(Diagnostic {
            sensitivity,
            specificity,
            covariance,
        })
    }

    /// Metrics of the whole matrix with their bootstrap: [`matrix_metrics`](super::matrix_metrics).
    /// Where fewer than ten patients have a kind of decision that the matrix could hold, the limits are
    /// those of `closed_limits`; of a sum, and of Matthews' coefficient, whichever lie further out,
    /// those or the percentiles, unless no resample can show an error of a class.
    #[must_use]
    pub fn matrix_metrics(
        &self,
        confidence: f64,
        draws: &MatrixDraws,
    ) -> Vec<(MatrixMetric, Result<Resampled, NotEstimable>)> {
        let units = self.units();
        let mut found = matrix_metrics_of_kinds(&units, confidence, draws);
        let carriers = (0..4).map(|cell| -> u64 {
            let with = units.iter().filter(|(counts, _)| counts.cells()[cell] > 0);
            with.map(|(_, times)| times).sum()
        });
        if carriers.min().is_some_and(|least| least >= ENOUGH_CARRIERS) {
            return found;
        }
        let shows_all = self.total().cells().iter().all(|count| *count > 0);
        for (metric, value) in &mut found {
            let Ok(value) = value else { continue };
            let (limits, method) = closed_limits(self, *metric, confidence);
            let estimate = value.estimate;
            let limits = match (limits, &value.interval) {
                (Ok(limits), Ok(drawn)) if shows_all && *metric != MatrixMetric::F1 => {
                    Ok(Interval {
                        lower: limits.lower.min(drawn.lower),
                        upper: limits.upper.max(drawn.upper),
                    })
                }
                (limits, _) => limits,
            };
            // A last digit may be lost on the way.
            value.interval = limits.map(|limits| Interval {
                lower: limits.lower.min(estimate),
                upper: limits.upper.max(estimate),
            });
            value.standard_error = None;
            value.closed = Some(method);
        }
        found
    }
}

/// Every sample as a patient of its own.
fn samples(total: &ConfusionCounts) -> Vec<Kind<ConfusionCounts>> {
    let one = |positive: bool, flagged: bool| {
        let mut counts = ConfusionCounts::default();
        counts.add(positive, flagged);
        counts
    };
    let mut kinds = vec![
        (one(true, true), total.true_positive),
        (one(true, false), total.false_negative),
        (one(false, true), total.false_positive),
        (one(false, false), total.true_negative),
    ];
    kinds.retain(|(_, times)| *times > 0);
    kinds.sort_unstable();
    kinds
}

/// The patients of two groups by their counts in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContrastKinds {
    pairs: Vec<Kind<(ConfusionCounts, ConfusionCounts)>>,
    clustered: bool,
}

impl ContrastKinds {
    /// From samples; patients carry the same index in both arms.
    #[must_use]
    pub fn of(first: super::Arm<'_>, second: super::Arm<'_>, clustered: bool) -> Self {
        let greatest = first.2.iter().chain(second.2).max();
        let mut both = vec![
            <(ConfusionCounts, ConfusionCounts)>::default();
            greatest.map_or(0, |last| *last as usize + 1)
        ];
        for ((positive, flagged), patient) in first.0.iter().zip(first.1).zip(first.2) {
            both[*patient as usize].0.add(*positive, *flagged);
        }
        for ((positive, flagged), patient) in second.0.iter().zip(second.1).zip(second.2) {
            both[*patient as usize].1.add(*positive, *flagged);
        }
        Self {
            pairs: tallied(both),
            clustered,
        }
    }

    /// From counts in both arms that were tallied elsewhere, in any order.
    #[must_use]
    pub fn from_kinds(
        pairs: Vec<Kind<(ConfusionCounts, ConfusionCounts)>>,
        clustered: bool,
    ) -> Self {
        Self {
            pairs: merged(pairs),
            clustered,
        }
    }

    /// Patients with samples in both arms.
    #[must_use]
    pub fn n_shared(&self) -> u64 {
        self.pairs
            .iter()
            .filter(|((first, second), _)| first.total() > 0 && second.total() > 0)
            .map(|(_, times)| times)
            .sum()
    }

    fn arm(
        &self,
        pick: fn(&(ConfusionCounts, ConfusionCounts)) -> ConfusionCounts,
    ) -> ConfusionKinds {
        let own = self.pairs.iter().map(|(both, times)| (pick(both), *times));
        ConfusionKinds::from_kinds(own.collect(), self.clustered)
    }

    /// Difference of a share between the arms. Patients with samples in the denominator of both
    /// make the arms dependent, which is taken into account (MOVER with covariance).
    ///
    /// # Errors
    /// As [`ConfusionKinds::proportion`], for either arm.
    pub fn difference(&self, share: ShareOf) -> Result<ProportionDifference, NotEstimable> {
        // Each arm by itself first: its error names what is empty.
        let a = self.arm(|both| both.0).proportion(share)?;
        let b = self.arm(|both| both.1).proportion(share)?;
        if !self.clustered {
            return Ok(ProportionDifference::disjoint(a, b));
        }
        let both = self
            .pairs
            .iter()
            .map(|((first, second), times)| ((share.of(first), share.of(second)), *times));
        ProportionDifference::from_kinds(&merged(both.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const Y: [bool; 8] = [true, true, true, true, false, false, false, false];
    const FLAGGED: [bool; 8] = [true, true, true, false, true, false, false, false];
    const PATIENT: [u32; 8] = [0, 0, 1, 1, 4, 4, 5, 1];

    #[test]
    fn patients_and_samples_by_hand() {
        let kinds = ConfusionKinds::of(&Y, &FLAGGED, Some(&PATIENT), true);
        assert_eq!(kinds.total(), ConfusionCounts::of(&Y, &FLAGGED));
        assert_eq!(kinds.n_patients(ConfusionCounts::total), 4);
        assert_eq!(
            kinds.n_patients(|counts| ShareOf::Sensitivity.of(counts).1),
            2
        );
        assert_eq!(
            kinds.n_patients(|counts| ShareOf::Specificity.of(counts).1),
            3
        );
        // Without patients every sample is one; taken as independent, patients still count.
        let samples = ConfusionKinds::of(&Y, &FLAGGED, None, false);
        assert_eq!(samples.n_patients(ConfusionCounts::total), 8);
        let independent = ConfusionKinds::of(&Y, &FLAGGED, Some(&PATIENT), false);
        assert_eq!(independent.n_patients(ConfusionCounts::total), 4);
        assert_eq!(independent.units(), samples.kinds);
        assert_eq!(
            independent.proportion(ShareOf::Accuracy).unwrap(),
            samples.proportion(ShareOf::Accuracy).unwrap()
        );
    }

    #[test]
    fn tallied_elsewhere_is_the_same() {
        let kinds = ConfusionKinds::of(&Y, &FLAGGED, Some(&PATIENT), true);
        let mut other = kinds.kinds.clone();
        other.reverse();
        let (counts, times) = other[0];
        other[0].1 = times + 2;
        other.push((counts, 1));
        other.push((ConfusionCounts::default(), 9));
        let joined = ConfusionKinds::from_kinds(other, true);
        assert_eq!(joined.n_patients(ConfusionCounts::total), 7);
        assert_eq!(joined.kinds.len(), kinds.kinds.len());
    }

    #[test]
    fn an_arm_against_itself_is_wholly_shared() {
        let arm = (&Y[..], &FLAGGED[..], &PATIENT[..]);
        let same = ContrastKinds::of(arm, arm, true);
        assert_eq!(same.n_shared(), 4);
        let found = same.difference(ShareOf::Accuracy).unwrap();
        assert!((found.correlation - 1.0).abs() < 1e-12 && found.n_shared == 4);
        let moved: Vec<u32> = PATIENT.iter().map(|patient| patient + 10).collect();
        let apart = ContrastKinds::of(arm, (&Y, &FLAGGED, &moved), true);
        assert_eq!(apart.n_shared(), 0);
        assert_eq!(apart.difference(ShareOf::Accuracy).unwrap().n_shared, 0);
        let independent = ContrastKinds::of(arm, arm, false);
        assert_eq!(
            independent.difference(ShareOf::Accuracy).unwrap().n_shared,
            0
        );
        assert_eq!(independent.n_shared(), 4);
    }
}
