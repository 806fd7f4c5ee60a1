//! Samples of one group in an order that does not depend on the order of the table.
//!
//! Sums of floating-point numbers depend on the order of their terms, and a patient bootstrap on
//! the numbering of patients. Both are made canonical here, once, so that permuting the rows of
//! a table changes no digit of a result.

use crate::statistics::NotEstimable;

/// Samples sorted by score and truth, patients numbered by what their samples are.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// Scores, ascending.
    pub score: Vec<f64>,
    /// A second number that goes with each score (log odds where known; else the score again).
    pub second: Vec<f64>,
    /// Whether positive.
    pub y: Vec<bool>,
    /// Patient: 0, 1, ..., `n_clusters` - 1.
    pub cluster: Vec<u32>,
    /// The caller's number of each row's patient; the row's own number without patients.
    pub caller_cluster: Vec<u32>,
    /// Patients.
    pub n_clusters: usize,
    /// Positives.
    pub n_positive: usize,
    /// Whether patients were told apart from samples.
    pub clustered: bool,
}

impl Rows {
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
        if let Some(bad) = score.iter().chain(second).find(|score| !score.is_finite()) {
            return Err(NotEstimable::Other(format!(
                "a score is {bad}, which is no finite number"
            )));
        }
        let mut order: Vec<usize> = (0..n).collect();
        let compare = |a: &usize, b: &usize| {
            score[*a]
                .total_cmp(&score[*b])
                .then(second[*a].total_cmp(&second[*b]))
                .then(y[*a].cmp(&y[*b]))
        };
        order.sort_by(compare);
        let (number, n_clusters) = numbered(&order, compare, cluster);
        order.sort_by(|a, b| compare(a, b).then(number[*a].cmp(&number[*b])));
        Ok(Self {
            score: order.iter().map(|row| score[*row]).collect(),
            second: order.iter().map(|row| second[*row]).collect(),
            y: order.iter().map(|row| y[*row]).collect(),
            cluster: order.iter().map(|row| number[*row]).collect(),
            caller_cluster: order
                .iter()
                .map(|row| cluster.map_or(*row as u32, |cluster| cluster[*row]))
                .collect(),
            n_clusters,
            n_positive: y.iter().filter(|y| **y).count(),
            clustered: cluster.is_some(),
        })
    }

    /// Samples.
    pub fn len(&self) -> usize {
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

/// Number of the patient of each row, patients ordered by the list of their samples. Patients
/// with the same list are exchangeable, so that their order is of no consequence.
fn numbered(
    order: &[usize],
    compare: impl Fn(&usize, &usize) -> std::cmp::Ordering,
    cluster: Option<&[u32]>,
) -> (Vec<u32>, usize) {
    let Some(cluster) = cluster else {
        let mut number = vec![0u32; order.len()];
        for (place, row) in order.iter().enumerate() {
            number[*row] = place as u32;
        }
        return (number, order.len());
    };
    let (mut number, count) = by_first_row(order, cluster);
    // Rows of each patient, in the canonical order.
    let mut begin = vec![0usize; count + 1];
    number
        .iter()
        .for_each(|patient| begin[*patient as usize + 1] += 1);
    for patient in 0..count {
        begin[patient + 1] += begin[patient];
    }
    let mut next = begin.clone();
    let mut grouped = vec![0usize; order.len()];
    for row in order {
        let place = &mut next[number[*row] as usize];
        grouped[*place] = *row;
        *place += 1;
    }
    let list = |patient: u32| &grouped[begin[patient as usize]..begin[patient as usize + 1]];
    // Already in order but for patients whose first rows are equal, so that this takes one pass.
    let mut patients: Vec<u32> = (0..count as u32).collect();
    patients.sort_by(|a, b| {
        let (a, b) = (list(*a), list(*b));
        a.iter()
            .zip(b)
            .map(|(x, y)| compare(x, y))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| a.len().cmp(&b.len()))
    });
    let mut place_of = vec![0u32; count];
    for (place, patient) in (0u32..).zip(&patients) {
        place_of[*patient as usize] = place;
    }
    number
        .iter_mut()
        .for_each(|patient| *patient = place_of[*patient as usize]);
    (number, count)
}

/// Patients numbered as their first rows come in `order`, by row, and how many there are.
fn by_first_row(order: &[usize], cluster: &[u32]) -> (Vec<u32>, usize) {
    const UNSEEN: u32 = u32::MAX;
    let greatest = cluster
        .iter()
        .max()
        .map_or(0, |greatest| *greatest as usize);
    let mut count = 0u32;
    let mut number = vec![0u32; order.len()];
    if greatest <= 64 * order.len() + 4096 {
        let mut known = vec![UNSEEN; greatest + 1];
        for row in order {
            let own = &mut known[cluster[*row] as usize];
            if *own == UNSEEN {
                *own = count;
                count += 1;
            }
            number[*row] = *own;
        }
    } else {
        let mut known = std::collections::BTreeMap::new();
        for row in order {
            let own = *known.entry(cluster[*row]).or_insert(count);
            count = count.max(own + 1);
            number[*row] = own;
        }
    }
    (number, count as usize)
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
        let first = Rows::new(&y, &score, None, Some(&cluster)).unwrap();
        let order = [4, 2, 0, 3, 1];
        let pick = |place: usize| order[place];
        let other = Rows::new(
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
    fn bad_input_is_refused() {
        assert_eq!(
            Rows::new(&[], &[], None, None).unwrap_err(),
            NotEstimable::Empty("samples")
        );
        assert!(Rows::new(&[true], &[f64::NAN], None, None).is_err());
        assert!(Rows::new(&[true], &[0.1, 0.2], None, None).is_err());
        assert!(Rows::new(&[true], &[0.1], None, Some(&[])).is_err());
    }
}
