//! The areas of everyone but one level, for all levels of an attribute in one pass.

use super::interval::Auroc;
use super::placements::{ArmArea, Influence};
use crate::metrics::ranked::Ranked;
use crate::statistics::NotEstimable;

/// Level of a row that is in no complement.
pub const NO_LEVEL: u16 = u16::MAX;

/// The area among the rows outside each of the levels 0, 1, ..., `n_levels` - 1. `level` is the
/// level of each sorted row, [`NO_LEVEL`] of those that are in no complement.
///
/// A positive's placement among the negatives outside a level is its placement among all less that
/// among the level's own, so that one pass over the rows with as many running counts as there are
/// levels gives what a pass for each complement would. Twice the counts are whole numbers: all
/// sums are exact.
#[must_use]
pub fn auroc_of_complements(
    rows: &Ranked,
    level: &[u16],
    n_levels: usize,
) -> Vec<Result<Auroc, NotEstimable>> {
    let mut found = Complements::new(rows, n_levels);
    let mut start = 0;
    for tied in rows.score.chunk_by(|a, b| a == b) {
        let end = start + tied.len();
        found.run(rows, level, start..end);
        start = end;
    }
    (0..n_levels).map(|own| found.area(rows, own)).collect()
}

/// Running counts of one class outside every level, and sums over the other class.
struct Class {
    /// Twice the samples so far outside each level.
    twice_below: Vec<u64>,
    /// The samples of the run at hand outside each level.
    tied: Vec<u64>,
    /// Sum of twice the placement counts of this class, by level.
    sums: Vec<u64>,
    /// Sum of their squares.
    squares: Vec<u128>,
    /// The sums by patient: `n_levels` numbers each.
    by_patient: Vec<u64>,
    /// Samples of this class of each patient, by level: `n_levels` numbers, then those of all.
    sizes: Vec<u32>,
}

struct Complements {
    n_levels: usize,
    positive: Class,
    negative: Class,
    /// Runs of equal scores with a sample outside each level.
    scores: Vec<u64>,
}

impl Class {
    fn new(patients: usize, n_levels: usize) -> Self {
        Self {
            twice_below: vec![0; n_levels],
            tied: vec![0; n_levels],
            sums: vec![0; n_levels],
            squares: vec![0; n_levels],
            by_patient: vec![0; patients * n_levels],
            sizes: vec![0; patients * (n_levels + 1)],
        }
    }

    /// Samples of the class outside a level.
    fn n(&self, level: usize) -> u64 {
        self.twice_below[level] / 2
    }

    /// Counts a sample of this class in every complement it is in.
    fn count(&mut self, own: usize) {
        for (level, tied) in self.tied.iter_mut().enumerate() {
            *tied += u64::from(level != own);
        }
    }

    fn end_run(&mut self) {
        for (below, tied) in self.twice_below.iter_mut().zip(&mut self.tied) {
            *below += 2 * std::mem::take(tied);
        }
    }

    /// Places a sample of this class among the other class.
    fn place(&mut self, own: usize, patient: Option<usize>, other: (&[u64], &[u64])) {
        let n_levels = self.sums.len();
        let mut nowhere = [];
        let of_patient = match patient {
            Some(patient) => {
                let sizes = &mut self.sizes[patient * (n_levels + 1)..][..n_levels + 1];
                sizes[own] += 1;
                sizes[n_levels] += 1;
                &mut self.by_patient[patient * n_levels..][..n_levels]
            }
            None => &mut nowhere[..],
        };
        for level in 0..n_levels {
            if level == own {
                continue;
            }
            let twice = other.0[level] + other.1[level];
            self.sums[level] += twice;
            self.squares[level] += u128::from(twice) * u128::from(twice);
            if let Some(sum) = of_patient.get_mut(level) {
                *sum += twice;
            }
        }
    }

    /// Variance of the placements outside a level over their number; `None` of a single one.
    fn variance(&self, level: usize, others: u64) -> Option<f64> {
        let n = self.n(level);
        if n < 2 {
            return None;
        }
        let sum = u128::from(self.sums[level]);
        let spread = (u128::from(n) * self.squares[level]).saturating_sub(sum * sum);
        let scale = 2.0 * others as f64;
        Some(spread as f64 / n as f64 / (scale * scale) / (n as f64 - 1.0) / n as f64)
    }
}

impl Complements {
    fn new(rows: &Ranked, n_levels: usize) -> Self {
        let patients = if rows.clustered { rows.n_clusters } else { 0 };
        Self {
            n_levels,
            positive: Class::new(patients, n_levels),
            negative: Class::new(patients, n_levels),
            scores: vec![0; n_levels],
        }
    }

    /// Takes in rows of one score.
    fn run(&mut self, rows: &Ranked, level: &[u16], here: std::ops::Range<usize>) {
        let known = || here.clone().filter(|row| level[*row] != NO_LEVEL);
        for row in known() {
            let class = if rows.y[row] {
                &mut self.positive
            } else {
                &mut self.negative
            };
            class.count(usize::from(level[row]));
        }
        for place in 0..self.n_levels {
            let tied = self.positive.tied[place] + self.negative.tied[place];
            self.scores[place] += u64::from(tied > 0);
        }
        for row in known() {
            let own = usize::from(level[row]);
            let patient = rows.clustered.then(|| rows.cluster[row] as usize);
            let (class, other) = if rows.y[row] {
                (&mut self.positive, &self.negative)
            } else {
                (&mut self.negative, &self.positive)
            };
            class.place(own, patient, (&other.twice_below, &other.tied));
        }
        self.positive.end_run();
        self.negative.end_run();
    }

    /// The area outside a level.
    fn area(&self, rows: &Ranked, level: usize) -> Result<Auroc, NotEstimable> {
        let (n1, n0) = (self.positive.n(level), self.negative.n(level));
        match (n1, n0, self.scores[level]) {
            (0, 0, _) => return Err(NotEstimable::Empty("samples")),
            (0, _, _) | (_, 0, _) => return Err(NotEstimable::OneClass(n1, n0)),
            (_, _, 1) => return Err(NotEstimable::ConstantScores),
            _ => {}
        }
        let auroc = self.positive.sums[level] as f64 / (2.0 * n1 as f64 * n0 as f64);
        let variances = self
            .positive
            .variance(level, n0)
            .zip(self.negative.variance(level, n1));
        let area = ArmArea {
            auroc,
            n_positive: n1,
            n_negative: n0,
            variance_delong: variances.map(|(positives, negatives)| positives + negatives),
            by_patient: if rows.clustered {
                self.influences(level, auroc, (n1 as f64, n0 as f64))
            } else {
                Vec::new()
            },
        };
        if rows.clustered {
            Auroc::of_arm(&area)
        } else {
            Auroc::independent(&area)
        }
    }

    fn influences(&self, level: usize, auroc: f64, (n1, n0): (f64, f64)) -> Vec<Influence> {
        let of_class = |class: &Class, patient: usize| {
            let sizes = &class.sizes[patient * (self.n_levels + 1)..][..self.n_levels + 1];
            let twice = class.by_patient[patient * self.n_levels + level];
            (twice as f64 * 0.5, sizes[self.n_levels] - sizes[level])
        };
        let patients = self.positive.sizes.len() / (self.n_levels + 1);
        (0..patients)
            .map(|patient| {
                let (positive, n_positive) = of_class(&self.positive, patient);
                // A negative's placement is the share of positives above it.
                let (negative, n_negative) = of_class(&self.negative, patient);
                let (own1, own0) = (f64::from(n_positive), f64::from(n_negative));
                Influence {
                    positive: (positive / n0 - own1 * auroc) / n1,
                    negative: (own0 - negative / n1 - own0 * auroc) / n0,
                    n_positive,
                    n_negative,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::auroc;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_area_of_each_complement_is_that_of_its_samples(
            rows in prop::collection::vec((any::<bool>(), 0u8..12, 0u32..9, 0u16..4), 4..80),
            clustered in any::<bool>(),
        ) {
            let y: Vec<bool> = rows.iter().map(|row| row.0).collect();
            let score: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            let patient: Vec<u32> = rows.iter().map(|row| row.2).collect();
            let own: Vec<u32> = (0..rows.len() as u32).collect();
            let sorted = Ranked::new(&y, &score, None, clustered.then_some(&patient[..])).unwrap();
            // Level 3 is unknown. Rows are followed through the sort by a number of their own.
            let order = Ranked::new(&y, &score, None, Some(&own)).unwrap();
            prop_assume!(!clustered || sorted.caller_cluster.iter().zip(&order.caller_cluster)
                .all(|(patient, row)| *patient == rows[*row as usize].2));
            let level: Vec<u16> = order
                .caller_cluster
                .iter()
                .map(|row| Some(rows[*row as usize].3).filter(|level| *level < 3).unwrap_or(NO_LEVEL))
                .collect();
            for (left_out, found) in auroc_of_complements(&sorted, &level, 3).into_iter().enumerate() {
                let rest: Vec<_> = rows
                    .iter()
                    .filter(|row| row.3 < 3 && usize::from(row.3) != left_out)
                    .collect();
                let y: Vec<bool> = rest.iter().map(|row| row.0).collect();
                let score: Vec<f64> = rest.iter().map(|row| f64::from(row.1)).collect();
                let patient: Vec<u32> = rest.iter().map(|row| row.2).collect();
                let expected = auroc(&y, &score, clustered.then_some(&patient[..]));
                match (found, expected) {
                    (Ok(found), Ok(expected)) => {
                        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
                        prop_assert!(close(found.estimate, expected.estimate));
                        prop_assert_eq!(found.n_clusters, expected.n_clusters);
                        for (a, b) in [
                            (found.variance_delong, expected.variance_delong),
                            (found.variance_obuchowski, expected.variance_obuchowski),
                        ] {
                            prop_assert_eq!(a.is_some(), b.is_some());
                            prop_assert!(a.zip(b).is_none_or(|(a, b)| close(a, b)));
                        }
                        prop_assert!(close(found.n_effective.0, expected.n_effective.0) || found.n_effective.0 / expected.n_effective.0 - 1.0 < 1e-9);
                    }
                    (found, expected) => prop_assert_eq!(found, expected),
                }
            }
        }
    }
}
