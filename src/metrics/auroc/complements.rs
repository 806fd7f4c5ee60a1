//! The areas of everyone but one level, for all levels of an attribute in one pass.

use super::interval::Auroc;
use super::placements::{ArmArea, Components, Influence};
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
    // The sum of one patient is at most twice the samples times the patient's own.
    let most = rows.by_patient().patients().map(|own| own.len()).max();
    if 2 * rows.len() as u64 * most.unwrap_or(0) as u64 <= u64::from(u32::MAX) {
        complements::<u32>(rows, level, n_levels)
    } else {
        complements::<u64>(rows, level, n_levels)
    }
}

/// A whole number wide enough for a patient's sums: the narrower, the fewer memory accesses.
trait Sum: Copy + Default + std::ops::AddAssign + From<u32> + Into<u64> {}
impl Sum for u32 {}
impl Sum for u64 {}

fn complements<S: Sum>(
    rows: &Ranked,
    level: &[u16],
    n_levels: usize,
) -> Vec<Result<Auroc, NotEstimable>> {
    let mut found = Complements::<S>::new(rows, n_levels);
    let mut start = 0;
    for tied in rows.score.chunk_by(|a, b| a == b) {
        let end = start + tied.len();
        found.run(rows, level, start..end);
        start = end;
    }
    found.positive.flush();
    found.negative.flush();
    let areas: Vec<Result<ArmArea, NotEstimable>> =
        (0..n_levels).map(|own| found.area(own)).collect();
    if !rows.clustered {
        let independent = |area: &ArmArea| Auroc::independent(area);
        return areas.into_iter().map(|area| independent(&area?)).collect();
    }
    let components = found.components(rows, level, &areas);
    areas
        .into_iter()
        .zip(components)
        .map(|(area, of)| Auroc::of_components(&area?, &of))
        .collect()
}

/// Running counts of one class outside every level, and sums over its own placements.
struct Class<S> {
    /// Twice the samples so far outside each level.
    twice_below: Vec<u32>,
    /// The samples of the run at hand outside each level.
    tied: Vec<u32>,
    /// Sum of twice the placement counts of this class, by level.
    sums: Vec<u64>,
    /// Sum of their squares, of the samples since the last flush and before it.
    squares: Vec<u64>,
    flushed: Vec<u128>,
    /// Samples that may be added before `squares` could overflow.
    room: u64,
    left: u64,
    /// The sums by patient: `n_levels` numbers each.
    by_patient: Vec<S>,
}

impl<S: Sum> Class<S> {
    fn new(samples: usize, patients: usize, n_levels: usize) -> Self {
        let largest = 2 * samples.max(1) as u128;
        let room = (u128::from(u64::MAX) / (largest * largest)).clamp(1, 1 << 62) as u64;
        Self {
            twice_below: vec![0; n_levels],
            tied: vec![0; n_levels],
            sums: vec![0; n_levels],
            squares: vec![0; n_levels],
            flushed: vec![0; n_levels],
            room,
            left: room,
            by_patient: vec![S::default(); patients * n_levels],
        }
    }

    /// Samples of the class outside a level.
    fn n(&self, level: usize) -> u64 {
        u64::from(self.twice_below[level] / 2)
    }

    /// Counts a sample of this class in every complement it is in.
    fn count(&mut self, own: usize) {
        self.tied.iter_mut().for_each(|tied| *tied += 1);
        self.tied[own] -= 1;
    }

    fn end_run(&mut self) {
        for (below, tied) in self.twice_below.iter_mut().zip(&mut self.tied) {
            *below += 2 * std::mem::take(tied);
        }
    }

    fn flush(&mut self) {
        for (flushed, squares) in self.flushed.iter_mut().zip(&mut self.squares) {
            *flushed += u128::from(std::mem::take(squares));
        }
        self.left = self.room;
    }

    /// Places a sample of this class among the other class, `twice` of which lie below it outside
    /// each level (0 for its own level, in whose complement it is not).
    fn place(&mut self, patient: Option<usize>, twice: &[u32]) {
        if self.left == 0 {
            self.flush();
        }
        self.left -= 1;
        for ((sum, squares), twice) in self.sums.iter_mut().zip(&mut self.squares).zip(twice) {
            *sum += u64::from(*twice);
            *squares += u64::from(*twice) * u64::from(*twice);
        }
        if let Some(patient) = patient {
            let n_levels = twice.len();
            let own = &mut self.by_patient[patient * n_levels..][..n_levels];
            for (sum, twice) in own.iter_mut().zip(twice) {
                *sum += S::from(*twice);
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
        let spread = (u128::from(n) * self.flushed[level]).saturating_sub(sum * sum);
        let scale = 2.0 * others as f64;
        Some(spread as f64 / n as f64 / (scale * scale) / (n as f64 - 1.0) / n as f64)
    }
}

struct Complements<S> {
    n_levels: usize,
    positive: Class<S>,
    negative: Class<S>,
    /// Runs of equal scores with a sample outside each level.
    scores: Vec<u64>,
    twice: Vec<u32>,
}

impl<S: Sum> Complements<S> {
    fn new(rows: &Ranked, n_levels: usize) -> Self {
        let patients = if rows.clustered { rows.n_clusters } else { 0 };
        Self {
            n_levels,
            positive: Class::new(rows.len(), patients, n_levels),
            negative: Class::new(rows.len(), patients, n_levels),
            scores: vec![0; n_levels],
            twice: vec![0; n_levels],
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
        let tied = self.positive.tied.iter().zip(&self.negative.tied);
        for (scores, (positives, negatives)) in self.scores.iter_mut().zip(tied) {
            *scores += u64::from(positives + negatives > 0);
        }
        for row in known() {
            let own = usize::from(level[row]);
            let patient = rows.clustered.then(|| rows.cluster[row] as usize);
            let (class, other) = if rows.y[row] {
                (&mut self.positive, &self.negative)
            } else {
                (&mut self.negative, &self.positive)
            };
            let below = other.twice_below.iter().zip(&other.tied);
            for (twice, (below, tied)) in self.twice.iter_mut().zip(below) {
                *twice = below + tied;
            }
            self.twice[own] = 0;
            class.place(patient, &self.twice);
        }
        self.positive.end_run();
        self.negative.end_run();
    }

    /// The area outside a level, without what its patients contribute.
    fn area(&self, level: usize) -> Result<ArmArea, NotEstimable> {
        let (n1, n0) = (self.positive.n(level), self.negative.n(level));
        match (n1, n0, self.scores[level]) {
            (0, 0, _) => return Err(NotEstimable::Empty("samples")),
            (0, _, _) | (_, 0, _) => return Err(NotEstimable::OneClass(n1, n0)),
            (_, _, 1) => return Err(NotEstimable::ConstantScores),
            _ => {}
        }
        let variances = self
            .positive
            .variance(level, n0)
            .zip(self.negative.variance(level, n1));
        Ok(ArmArea {
            auroc: self.positive.sums[level] as f64 / (2.0 * n1 as f64 * n0 as f64),
            n_positive: n1,
            n_negative: n0,
            variance_delong: variances.map(|(positives, negatives)| positives + negatives),
            by_patient: Vec::new(),
        })
    }

    /// Sums over the patients' influences outside every level.
    fn components(
        &self,
        rows: &Ranked,
        level: &[u16],
        areas: &[Result<ArmArea, NotEstimable>],
    ) -> Vec<Components> {
        let mut found = vec![Components::default(); self.n_levels];
        let order = rows.by_patient();
        // Positives and negatives of the patient at hand, by level.
        let mut own = vec![(0u32, 0u32); self.n_levels];
        for (patient, samples) in order.patients().enumerate() {
            let mut all = (0, 0);
            for row in &order.rows[samples.clone()] {
                let row = *row as usize;
                if level[row] != NO_LEVEL {
                    let one = (u32::from(rows.y[row]), u32::from(!rows.y[row]));
                    let own = &mut own[usize::from(level[row])];
                    *own = (own.0 + one.0, own.1 + one.1);
                    all = (all.0 + one.0, all.1 + one.1);
                }
            }
            let sums = patient * self.n_levels..(patient + 1) * self.n_levels;
            let positive = &self.positive.by_patient[sums.clone()];
            let negative = &self.negative.by_patient[sums];
            for (place, found) in found.iter_mut().enumerate() {
                let (n_positive, n_negative) = (all.0 - own[place].0, all.1 - own[place].1);
                own[place] = (0, 0);
                if let Ok(area) = &areas[place]
                    && n_positive + n_negative > 0
                {
                    let (n1, n0) = (area.n_positive as f64, area.n_negative as f64);
                    let (m1, m0) = (f64::from(n_positive), f64::from(n_negative));
                    // A negative's placement is the share of positives above it.
                    let above = m0 - 0.5 * negative[place].into() as f64 / n1;
                    found.add(&Influence {
                        positive: (0.5 * positive[place].into() as f64 / n0 - m1 * area.auroc) / n1,
                        negative: (above - m0 * area.auroc) / n0,
                        n_positive,
                        n_negative,
                    });
                }
            }
        }
        found
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
