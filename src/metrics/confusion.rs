//! Shares of a confusion matrix: sensitivity, specificity, predictive values, accuracy, flag rate.

use super::kinds::ConfusionKinds;
use crate::statistics::{ClusteredProportion, NotEstimable};

/// Which share is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShareOf {
    /// Called positive among reference positives.
    Sensitivity,
    /// Called negative among reference negatives.
    Specificity,
    /// Reference positives among those called positive.
    Ppv,
    /// Reference negatives among those called negative.
    Npv,
    /// Right decisions among all.
    Accuracy,
    /// Called positive among all.
    FlagRate,
}

impl ShareOf {
    /// Whether a sample is in the denominator, and whether it is an event.
    #[must_use]
    pub fn counts(self, positive: bool, flagged: bool) -> Option<bool> {
        match self {
            Self::Sensitivity => positive.then_some(flagged),
            Self::Specificity => (!positive).then_some(!flagged),
            Self::Ppv => flagged.then_some(positive),
            Self::Npv => (!flagged).then_some(!positive),
            Self::Accuracy => Some(positive == flagged),
            Self::FlagRate => Some(flagged),
        }
    }

    /// (events, trials) among some samples.
    #[must_use]
    pub fn of(self, counts: &ConfusionCounts) -> (u64, u64) {
        let [tp, fn_, fp, tn] = counts.cells();
        match self {
            Self::Sensitivity => (tp, tp + fn_),
            Self::Specificity => (tn, tn + fp),
            Self::Ppv => (tp, tp + fp),
            Self::Npv => (tn, tn + fn_),
            Self::Accuracy => (tp + tn, counts.total()),
            Self::FlagRate => (tp + fp, counts.total()),
        }
    }

    /// Says of what a denominator is empty.
    pub(super) fn named(self, why: NotEstimable) -> NotEstimable {
        match why {
            NotEstimable::Empty(_) => NotEstimable::Empty(self.denominator()),
            other => other,
        }
    }

    /// What an empty denominator is empty of.
    fn denominator(self) -> &'static str {
        match self {
            Self::Sensitivity => "positives",
            Self::Specificity => "negatives",
            Self::Ppv => "samples called positive",
            Self::Npv => "samples called negative",
            Self::Accuracy | Self::FlagRate => "samples",
        }
    }
}

/// Counts of one confusion matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct ConfusionCounts {
    /// Positives called positive.
    pub true_positive: u64,
    /// Positives called negative.
    pub false_negative: u64,
    /// Negatives called positive.
    pub false_positive: u64,
    /// Negatives called negative.
    pub true_negative: u64,
}

impl ConfusionCounts {
    /// Adds one decision.
    pub fn add(&mut self, positive: bool, flagged: bool) {
        self.add_times(positive, flagged, 1);
    }

    /// Adds one decision several times.
    pub fn add_times(&mut self, positive: bool, flagged: bool, times: u64) {
        let count = match (positive, flagged) {
            (true, true) => &mut self.true_positive,
            (true, false) => &mut self.false_negative,
            (false, true) => &mut self.false_positive,
            (false, false) => &mut self.true_negative,
        };
        *count += times;
    }

    /// Counts over samples.
    #[must_use]
    pub fn of(y_true: &[bool], flagged: &[bool]) -> Self {
        let mut counts = Self::default();
        y_true
            .iter()
            .zip(flagged)
            .for_each(|(positive, flagged)| counts.add(*positive, *flagged));
        counts
    }

    /// Counts of every patient with a sample, in the order of their indices.
    #[must_use]
    pub fn by_cluster(y_true: &[bool], flagged: &[bool], cluster: &[u32]) -> Vec<Self> {
        let mut counts =
            vec![Self::default(); cluster.iter().max().map_or(0, |last| *last as usize + 1)];
        for ((positive, flagged), cluster) in y_true.iter().zip(flagged).zip(cluster) {
            counts[*cluster as usize].add(*positive, *flagged);
        }
        counts.retain(|counts| counts.total() > 0);
        counts
    }

    /// Without those of a part.
    #[must_use]
    pub fn minus(&self, part: &Self) -> Self {
        Self {
            true_positive: self.true_positive - part.true_positive,
            false_negative: self.false_negative - part.false_negative,
            false_positive: self.false_positive - part.false_positive,
            true_negative: self.true_negative - part.true_negative,
        }
    }

    /// The same decisions so many times.
    #[must_use]
    pub fn times(&self, times: u64) -> Self {
        Self {
            true_positive: self.true_positive * times,
            false_negative: self.false_negative * times,
            false_positive: self.false_positive * times,
            true_negative: self.true_negative * times,
        }
    }

    /// True positives, false negatives, false positives, true negatives.
    #[must_use]
    pub fn cells(&self) -> [u64; 4] {
        [
            self.true_positive,
            self.false_negative,
            self.false_positive,
            self.true_negative,
        ]
    }

    /// All samples.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.true_positive + self.false_negative + self.false_positive + self.true_negative
    }
}

impl std::ops::Add for ConfusionCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            true_positive: self.true_positive + other.true_positive,
            false_negative: self.false_negative + other.false_negative,
            false_positive: self.false_positive + other.false_positive,
            true_negative: self.true_negative + other.true_negative,
        }
    }
}

/// Vectors of one length.
pub(super) fn checked(
    y_true: &[bool],
    flagged: &[bool],
    cluster: Option<&[u32]>,
) -> Result<(), NotEstimable> {
    if flagged.len() != y_true.len() || cluster.is_some_and(|cluster| cluster.len() != y_true.len())
    {
        return Err(NotEstimable::Other(
            "truth, decisions and patients differ in length".to_owned(),
        ));
    }
    Ok(())
}

/// A share with its clustering; `cluster` `None` takes samples as independent.
///
/// # Errors
/// An empty denominator (named), fewer than two patients in it, or lengths that differ.
pub fn proportion(
    share: ShareOf,
    y_true: &[bool],
    flagged: &[bool],
    cluster: Option<&[u32]>,
) -> Result<ClusteredProportion, NotEstimable> {
    checked(y_true, flagged, cluster)?;
    ConfusionKinds::of(y_true, flagged, cluster, cluster.is_some()).proportion(share)
}

/// One arm of a comparison: truth, decision and patient of each sample.
pub type Arm<'a> = (&'a [bool], &'a [bool], &'a [u32]);

#[cfg(test)]
mod tests {
    use super::*;

    const Y: [bool; 8] = [true, true, true, true, false, false, false, false];
    const FLAGGED: [bool; 8] = [true, true, true, false, true, false, false, false];
    const PATIENT: [u32; 8] = [0, 0, 1, 1, 4, 4, 5, 1];

    #[test]
    fn all_shares_by_hand() {
        let expected = [
            (ShareOf::Sensitivity, 3, 4, 2),
            (ShareOf::Specificity, 3, 4, 3),
            (ShareOf::Ppv, 3, 4, 3),
            (ShareOf::Npv, 3, 4, 3),
            (ShareOf::Accuracy, 6, 8, 4),
            (ShareOf::FlagRate, 4, 8, 4),
        ];
        for (share, events, trials, clusters) in expected {
            let found = proportion(share, &Y, &FLAGGED, Some(&PATIENT)).unwrap();
            assert_eq!(
                (found.events, found.trials, found.n_clusters),
                (events, trials, clusters),
                "{share:?}"
            );
            let independent = proportion(share, &Y, &FLAGGED, None).unwrap();
            assert_eq!(
                (
                    independent.events,
                    independent.trials,
                    independent.n_clusters
                ),
                (events, trials, trials)
            );
        }
        assert_eq!(
            ConfusionCounts::of(&Y, &FLAGGED),
            ConfusionCounts {
                true_positive: 3,
                false_negative: 1,
                false_positive: 1,
                true_negative: 3
            }
        );
        assert_eq!(ConfusionCounts::by_cluster(&Y, &FLAGGED, &PATIENT).len(), 4);
    }

    #[test]
    fn empty_denominators_are_named() {
        assert_eq!(
            proportion(ShareOf::Sensitivity, &[false; 3], &[true; 3], None),
            Err(NotEstimable::Empty("positives"))
        );
        assert_eq!(
            proportion(ShareOf::Npv, &[false; 3], &[true; 3], Some(&[0, 1, 2])),
            Err(NotEstimable::Empty("samples called negative"))
        );
        assert_eq!(
            proportion(ShareOf::Accuracy, &[], &[], None),
            Err(NotEstimable::Empty("samples"))
        );
        assert!(proportion(ShareOf::Accuracy, &[true], &[], None).is_err());
    }
}
