//! Samples of one group in an order that does not depend on the order of the table.
//!
//! Sums of floating-point numbers depend on the order of their terms, and a patient bootstrap on
//! the numbering of patients. Both are made canonical here, once, so that permuting the rows of
//! a table changes no digit of a result.

use std::sync::OnceLock;

use super::calibration::Binned;
use super::canonical::Canonical;
use super::levels::Patients;
use super::runs::Runs;
use crate::statistics::{ByCluster, NotEstimable};

/// Samples of one group sorted by score and truth, patients numbered by what their samples are.
///
/// Built once for a group, it serves every metric of the score.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Scores, ascending.
    pub(super) score: Vec<f64>,
    /// A second number that goes with each score (log odds where known; else the score again).
    pub(super) second: Vec<f64>,
    /// Whether positive.
    pub(super) y: Vec<bool>,
    /// Patient: 0, 1, ..., `n_clusters` - 1.
    pub(super) cluster: Vec<u32>,
    /// The caller's number of each row's patient; the row's own number without patients.
    pub(super) caller_cluster: Vec<u32>,
    /// Patients.
    pub(super) n_clusters: usize,
    /// Positives.
    pub(super) n_positive: usize,
    /// Whether patients were told apart from samples.
    pub(super) clustered: bool,
    by_patient: OnceLock<PatientOrder>,
    called: OnceLock<Vec<(u64, u64)>>,
    pub(super) binned: OnceLock<Binned>,
    pub(super) runs: OnceLock<Runs>,
}

/// Samples patient by patient, so that what belongs together lies together.
#[derive(Debug, Clone)]
pub(super) struct PatientOrder {
    /// The row of each sample, and where each patient begins.
    pub(super) by: ByCluster,
    /// Scores, ascending within each patient.
    pub(super) score: Vec<f64>,
    /// Outcomes: 1 of a positive, 0 of a negative.
    pub(super) outcome: Vec<f64>,
}

impl PatientOrder {
    /// The places of one patient after the other.
    pub(super) fn patients(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.by.clusters()
    }

    /// Sum of `value` (outcome, score) over all samples.
    pub(super) fn sum(&self, value: impl Fn(f64, f64) -> f64) -> f64 {
        let samples = self.outcome.iter().zip(&self.score);
        samples.map(|(y, p)| value(*y, *p)).sum()
    }

    /// Sum over patients of the square of the sum of `value` (outcome, score) of their samples.
    pub(super) fn squares(&self, value: impl Fn(f64, f64) -> f64) -> f64 {
        self.patients()
            .map(|own| {
                let samples = self.outcome[own.clone()].iter().zip(&self.score[own]);
                let sum: f64 = samples.map(|(y, p)| value(*y, *p)).sum();
                sum * sum
            })
            .sum()
    }
}

impl Ranked {
    /// Sorts and numbers the samples.
    ///
    /// # Errors
    /// No sample, lengths that differ, or a score that is no finite number.
    pub fn new(
        y: &[bool],
        score: &[f64],
        second: Option<&[f64]>,
        cluster: Option<&[u32]>,
    ) -> Result<Self, NotEstimable> {
        let n = y.len();
        if n == 0 {
            return Err(NotEstimable::Empty("samples"));
        }
        if score.len() != n
            || second.is_some_and(|second| second.len() != n)
            || cluster.is_some_and(|cluster| cluster.len() != n)
        {
            return Err(NotEstimable::Other(
                "truth, scores and patients differ in length".to_owned(),
            ));
        }
        let second = second.unwrap_or(score);
        finite(score.iter())?;
        if second.iter().any(|value| value.is_nan()) {
            return Err(NotEstimable::Other("a log odds is NaN".to_owned()));
        }
        let compare = |a: usize, b: usize| second[a].total_cmp(&second[b]).then(y[a].cmp(&y[b]));
        let Canonical {
            order,
            number,
            n_clusters,
        } = Canonical::new(n, |row| score[row], compare, cluster);
        let rows = || order.iter().map(|row| *row as usize);
        Ok(Self {
            score: rows().map(|row| score[row]).collect(),
            second: rows().map(|row| second[row]).collect(),
            y: rows().map(|row| y[row]).collect(),
            cluster: rows().map(|row| number[row]).collect(),
            caller_cluster: rows()
                .map(|row| cluster.map_or(row as u32, |cluster| cluster[row]))
                .collect(),
            n_clusters,
            n_positive: y.iter().filter(|y| **y).count(),
            clustered: cluster.is_some(),
            by_patient: OnceLock::new(),
            called: OnceLock::new(),
            binned: OnceLock::new(),
            runs: OnceLock::new(),
        })
    }

    /// Takes samples that are already sorted by score, and among equal scores in an order that
    /// does not depend on the table. `cluster` gives the patient of each and the rank of each
    /// patient in such an order ([`Canonical`]). `second` may hold infinite numbers; it is the score where absent. `None`
    /// where the samples are not sorted.
    ///
    /// # Errors
    /// No sample, or a score that is no finite number.
    #[must_use]
    pub fn presorted(
        y: &[bool],
        score: &[f64],
        second: Option<&[f64]>,
        cluster: Option<(&[u32], &[u32])>,
    ) -> Option<Result<Self, NotEstimable>> {
        if y.is_empty() {
            return Some(Err(NotEstimable::Empty("samples")));
        }
        if let Err(why) = finite(score.iter()) {
            return Some(Err(why));
        }
        if !score.is_sorted() {
            return None;
        }
        let (number, n_clusters) = match cluster {
            Some((patient, rank)) => compacted(patient, rank),
            None => ((0u32..).take(y.len()).collect(), y.len()),
        };
        Some(Ok(Self {
            score: score.to_vec(),
            second: second.unwrap_or(score).to_vec(),
            y: y.to_vec(),
            caller_cluster: cluster.map_or_else(|| number.clone(), |(patient, _)| patient.to_vec()),
            cluster: number,
            n_clusters,
            n_positive: y.iter().filter(|y| **y).count(),
            clustered: cluster.is_some(),
            by_patient: OnceLock::new(),
            called: OnceLock::new(),
            binned: OnceLock::new(),
            runs: OnceLock::new(),
        }))
    }

    /// Takes samples as [`Self::presorted`] does where their patients are known: scores are finite
    /// and in order. `caller_cluster` is the caller's number of each sample's patient.
    #[must_use]
    pub fn of_patients(
        y: &[bool],
        score: &[f64],
        second: &[f64],
        caller_cluster: &[u32],
        patients: Patients,
    ) -> Self {
        Self {
            score: score.to_vec(),
            second: second.to_vec(),
            y: y.to_vec(),
            cluster: patients.cluster,
            caller_cluster: caller_cluster.to_vec(),
            n_clusters: patients.order.by.begin.len() - 1,
            n_positive: y.iter().filter(|y| **y).count(),
            clustered: true,
            by_patient: OnceLock::from(patients.order),
            called: OnceLock::new(),
            binned: OnceLock::new(),
            runs: OnceLock::new(),
        }
    }

    /// (negatives, positives) called positive from each different score on, highest first, after
    /// (0, 0); found once.
    pub(super) fn called(&self) -> &[(u64, u64)] {
        self.called
            .get_or_init(|| super::operating::sweep(self, |_| 1))
    }

    /// Scores must be probabilities.
    pub(super) fn are_probabilities(&self) -> Result<(), NotEstimable> {
        let ends = [self.score.first(), self.score.last()]
            .into_iter()
            .flatten();
        match ends.copied().find(|p| !(0.0..=1.0).contains(p)) {
            Some(bad) => Err(NotEstimable::Other(format!(
                "a score is {bad}, which is no probability"
            ))),
            None => Ok(()),
        }
    }

    /// The samples patient by patient, found once.
    pub(super) fn by_patient(&self) -> &PatientOrder {
        self.by_patient.get_or_init(|| {
            let by = ByCluster::new(&self.cluster, self.n_clusters);
            let rows = || by.rows.iter().map(|row| *row as usize);
            PatientOrder {
                score: rows().map(|row| self.score[row]).collect(),
                outcome: rows().map(|row| f64::from(u8::from(self.y[row]))).collect(),
                by,
            }
        })
    }

    /// Samples.
    pub(super) fn len(&self) -> usize {
        self.y.len()
    }

    /// Negatives.
    pub fn n_negative(&self) -> usize {
        self.y.len() - self.n_positive
    }

    /// Both classes must be present.
    pub fn both_classes(&self) -> Result<(), NotEstimable> {
        if self.n_positive == 0 || self.n_negative() == 0 {
            Err(NotEstimable::OneClass(
                self.n_positive as u64,
                self.n_negative() as u64,
            ))
        } else {
            Ok(())
        }
    }

    /// Sum of a value over the samples of each patient.
    pub fn by_cluster(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_clusters];
        for (row, cluster) in self.cluster.iter().enumerate() {
            sums[*cluster as usize] += value(row);
        }
        sums
    }
}

fn finite<'a>(mut values: impl Iterator<Item = &'a f64>) -> Result<(), NotEstimable> {
    match values.find(|value| !value.is_finite()) {
        None => Ok(()),
        Some(bad) => Err(NotEstimable::Other(format!(
            "a score is {bad}, which is no finite number"
        ))),
    }
}

/// Numbers 0, 1, ... of the patients that occur, in the order of their ranks, by row; and how many.
fn compacted(patient: &[u32], rank: &[u32]) -> (Vec<u32>, usize) {
    let mut number = vec![0u32; rank.len()];
    for patient in patient {
        number[rank[*patient as usize] as usize] = 1;
    }
    let mut count = 0u32;
    for present in &mut number {
        let here = *present;
        *present = count;
        count += here;
    }
    let of_row = patient
        .iter()
        .map(|patient| number[rank[*patient as usize] as usize])
        .collect();
    (of_row, count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_numbering_do_not_depend_on_the_table() {
        let (y, score, cluster) = (
            [true, false, true, false, true],
            [0.9, 0.2, 0.4, 0.2, 0.9],
            [7u32, 7, 3, 3, 5],
        );
        let first = Ranked::new(&y, &score, None, Some(&cluster)).unwrap();
        let order = [4, 2, 0, 3, 1];
        let pick = |place: usize| order[place];
        let other = Ranked::new(
            &(0..5).map(|i| y[pick(i)]).collect::<Vec<_>>(),
            &(0..5).map(|i| score[pick(i)]).collect::<Vec<_>>(),
            None,
            Some(&(0..5).map(|i| 9 - cluster[pick(i)]).collect::<Vec<_>>()),
        )
        .unwrap();
        assert_eq!(
            (&first.score, &first.y, &first.cluster),
            (&other.score, &other.y, &other.cluster)
        );
        assert_eq!(first.n_clusters, 3);
    }

    #[test]
    fn sorted_samples_are_taken_as_they_are() {
        let (y, score, patient) = (
            [false, false, true, true, true],
            [0.2, 0.2, 0.4, 0.9, 0.9],
            [7u32, 3, 3, 7, 5],
        );
        let sorted = Ranked::new(&y, &score, None, Some(&patient)).unwrap();
        // The rank of a patient among all, also of those without a sample here.
        let mut rank = vec![0u32; 8];
        for (row, patient) in sorted.caller_cluster.iter().enumerate() {
            rank[*patient as usize] = 2 * sorted.cluster[row] + 1;
        }
        let own = &sorted.caller_cluster;
        let taken = Ranked::presorted(&sorted.y, &sorted.score, None, Some((own, &rank)))
            .unwrap()
            .unwrap();
        assert_eq!((&taken.cluster, taken.n_clusters), (&sorted.cluster, 3));
        assert_eq!(taken.n_positive, 3);
        let order = taken.by_patient();
        let sizes: Vec<usize> = order.patients().map(|own| own.len()).collect();
        assert_eq!(sizes, [2, 2, 1]);
        // Two positives and a negative with one of each patient, by number.
        let sums = order.squares(|y, _| y);
        assert_eq!(sums, 3.0);
        assert!(Ranked::presorted(&[true, false], &[0.4, 0.3], None, None).is_none());
        assert!(
            Ranked::presorted(&[true], &[f64::NAN], None, None)
                .unwrap()
                .is_err()
        );
        assert!(Ranked::presorted(&[], &[], None, None).unwrap().is_err());
    }

    #[test]
    fn bad_input_is_refused() {
        assert_eq!(
            Ranked::new(&[], &[], None, None).unwrap_err(),
            NotEstimable::Empty("samples")
        );
        assert!(Ranked::new(&[true], &[f64::NAN], None, None).is_err());
        assert!(Ranked::new(&[true], &[0.1, 0.2], None, None).is_err());
        assert!(Ranked::new(&[true], &[0.1], None, Some(&[])).is_err());
    }
}
