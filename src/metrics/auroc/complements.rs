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
    let mut found = Vec::with_capacity(n_levels);
    while found.len() < n_levels {
        let first = found.len() as u16;
        let left = n_levels - found.len();
        found.extend(match left {
            0..=4 => lanes::<4>(rows, level, first, left),
            5..=8 => lanes::<8>(rows, level, first, left),
            _ => lanes::<16>(rows, level, first, left.min(16)),
        });
    }
    found
}

/// The complements of `n` levels from `first` on, side by side in `W` lanes.
fn lanes<const W: usize>(
    rows: &Ranked,
    level: &[u16],
    first: u16,
    n: usize,
) -> Vec<Result<Auroc, NotEstimable>> {
    Complements::<W>::new(rows, level, first).areas(n)
}

/// Running counts of one class outside every level, and sums over its own placements.
struct Class<const W: usize> {
    /// Twice the samples so far outside each level.
    twice_below: [u32; W],
    /// The samples of the run at hand outside each level.
    tied: [u32; W],
    /// Sum of twice the placement counts of this class, by level.
    sums: [u64; W],
    /// Sum of their squares, of the samples since the last flush and before it.
    squares: [u64; W],
    flushed: [u128; W],
    /// Samples that may be added before `squares` could overflow.
    room: u64,
    left: u64,
}

impl<const W: usize> Class<W> {
    fn new(samples: usize) -> Self {
        let largest = 2 * samples.max(1) as u128;
        let room = (u128::from(u64::MAX) / (largest * largest)).clamp(1, 1 << 62) as u64;
        Self {
            twice_below: [0; W],
            tied: [0; W],
            sums: [0; W],
            squares: [0; W],
            flushed: [0; W],
            room,
            left: room,
        }
    }

    /// Samples of the class outside a level.
    fn n(&self, lane: usize) -> u64 {
        u64::from(self.twice_below[lane] / 2)
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
    fn place(&mut self, twice: &[u32; W]) {
        if self.left == 0 {
            self.flush();
        }
        self.left -= 1;
        for ((sum, squares), twice) in self.sums.iter_mut().zip(&mut self.squares).zip(twice) {
            let twice = u64::from(*twice);
            *sum += twice;
            *squares += twice * twice;
        }
    }

    /// Variance of the placements outside a level over their number; `None` of a single one.
    fn variance(&self, lane: usize, others: u64) -> Option<f64> {
        let n = self.n(lane);
        if n < 2 {
            return None;
        }
        let sum = u128::from(self.sums[lane]);
        let spread = (u128::from(n) * self.flushed[lane]).saturating_sub(sum * sum);
        let scale = 2.0 * others as f64;
        Some(spread as f64 / n as f64 / (scale * scale) / (n as f64 - 1.0) / n as f64)
    }
}

struct Complements<'a, const W: usize> {
    rows: &'a Ranked,
    level: &'a [u16],
    /// Level of the first lane.
    first: u16,
    positive: Class<W>,
    negative: Class<W>,
    /// Runs of equal scores with a sample outside each level.
    scores: [u64; W],
    /// Of each row, twice the samples of the other class below it outside each level: written one
    /// after the other and summed patient by patient later.
    twice: Vec<[u32; W]>,
}

impl<'a, const W: usize> Complements<'a, W> {
    fn new(rows: &'a Ranked, level: &'a [u16], first: u16) -> Self {
        Self {
            rows,
            level,
            first,
            positive: Class::new(rows.len()),
            negative: Class::new(rows.len()),
            scores: [0; W],
            twice: Vec::with_capacity(if rows.clustered { rows.len() } else { 0 }),
        }
    }

    /// The lane of a row's own level, where it has one; `None` for a row in no complement.
    fn own(&self, row: usize) -> Option<Option<usize>> {
        let level = self.level[row];
        (level != NO_LEVEL).then(|| {
            let lane = usize::from(level.wrapping_sub(self.first));
            (lane < W).then_some(lane)
        })
    }

    fn areas(mut self, n: usize) -> Vec<Result<Auroc, NotEstimable>> {
        let mut start = 0;
        for tied in self.rows.score.chunk_by(|a, b| a == b) {
            let end = start + tied.len();
            self.run(start..end);
            start = end;
        }
        self.positive.flush();
        self.negative.flush();
        let areas: Vec<Result<ArmArea, NotEstimable>> =
            (0..n).map(|lane| self.area(lane)).collect();
        if !self.rows.clustered {
            let independent = |area: &ArmArea| Auroc::independent(area);
            return areas.into_iter().map(|area| independent(&area?)).collect();
        }
        let components = self.components(&areas);
        areas
            .into_iter()
            .zip(components)
            .map(|(area, of)| Auroc::of_components(&area?, &of))
            .collect()
    }

    /// Takes in rows of one score.
    fn run(&mut self, here: std::ops::Range<usize>) {
        for row in here.clone() {
            let Some(own) = self.own(row) else { continue };
            let class = if self.rows.y[row] {
                &mut self.positive
            } else {
                &mut self.negative
            };
            class.tied.iter_mut().for_each(|tied| *tied += 1);
            if let Some(own) = own {
                class.tied[own] -= 1;
            }
        }
        for lane in 0..W {
            let tied = self.positive.tied[lane] + self.negative.tied[lane];
            self.scores[lane] += u64::from(tied > 0);
        }
        for row in here {
            let known = self.own(row);
            let (class, other) = if self.rows.y[row] {
                (&mut self.positive, &self.negative)
            } else {
                (&mut self.negative, &self.positive)
            };
            let mut twice: [u32; W] =
                std::array::from_fn(|lane| other.twice_below[lane] + other.tied[lane]);
            match known {
                Some(own) => {
                    if let Some(own) = own {
                        twice[own] = 0;
                    }
                    class.place(&twice);
                }
                None => twice = [0; W],
            }
            if self.rows.clustered {
                self.twice.push(twice);
            }
        }
        self.positive.end_run();
        self.negative.end_run();
    }

    /// The area outside a level, without what its patients contribute.
    fn area(&self, lane: usize) -> Result<ArmArea, NotEstimable> {
        let (n1, n0) = (self.positive.n(lane), self.negative.n(lane));
        match (n1, n0, self.scores[lane]) {
            (0, 0, _) => return Err(NotEstimable::Empty("samples")),
            (0, _, _) | (_, 0, _) => return Err(NotEstimable::OneClass(n1, n0)),
            (_, _, 1) => return Err(NotEstimable::ConstantScores),
            _ => {}
        }
        let variances = self
            .positive
            .variance(lane, n0)
            .zip(self.negative.variance(lane, n1));
        Ok(ArmArea {
            auroc: self.positive.sums[lane] as f64 / (2.0 * n1 as f64 * n0 as f64),
            n_positive: n1,
            n_negative: n0,
            variance_delong: variances.map(|(positives, negatives)| positives + negatives),
            by_patient: Vec::new(),
        })
    }

    /// Sums over the patients' influences outside every level.
    fn components(&self, areas: &[Result<ArmArea, NotEstimable>]) -> Vec<Components> {
        let mut found = vec![Components::default(); areas.len()];
        let order = self.rows.by_patient();
        for samples in order.patients() {
            // Positives and negatives of the patient, of each level and of all, and the sums of
            // their placements.
            let (mut own, mut all) = ([(0u32, 0u32); W], (0, 0));
            let (mut positive, mut negative) = ([0u64; W], [0u64; W]);
            for row in &order.rows[samples] {
                let row = *row as usize;
                let Some(lane) = self.own(row) else { continue };
                let is_positive = self.rows.y[row];
                let one = (u32::from(is_positive), u32::from(!is_positive));
                all = (all.0 + one.0, all.1 + one.1);
                if let Some(lane) = lane {
                    own[lane] = (own[lane].0 + one.0, own[lane].1 + one.1);
                }
                let sums = if is_positive {
                    &mut positive
                } else {
                    &mut negative
                };
                for (sum, twice) in sums.iter_mut().zip(&self.twice[row]) {
                    *sum += u64::from(*twice);
                }
            }
            for (lane, (found, area)) in found.iter_mut().zip(areas).enumerate() {
                let (n_positive, n_negative) = (all.0 - own[lane].0, all.1 - own[lane].1);
                if let Ok(area) = area
                    && n_positive + n_negative > 0
                {
                    let (n1, n0) = (area.n_positive as f64, area.n_negative as f64);
                    let (m1, m0) = (f64::from(n_positive), f64::from(n_negative));
                    let (twice1, twice0) = (positive[lane], negative[lane]);
                    // A negative's placement is the share of positives above it.
                    let above = m0 - 0.5 * twice0 as f64 / n1;
                    found.add(&Influence {
                        positive: (0.5 * twice1 as f64 / n0 - m1 * area.auroc) / n1,
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

    #[test]
    fn forty_levels_go_through_in_lanes() {
        let n = 400u32;
        let y: Vec<bool> = (0..n).map(|i| (i * 7) % 5 < 2).collect();
        let score: Vec<f64> = (0..n)
            .map(|i| f64::from((i * 37) % 101 + i % 5 * 9))
            .collect();
        let own: Vec<u32> = (0..n).collect();
        let patient = |row: u32| row / 2;
        let order = Ranked::new(&y, &score, None, Some(&own)).unwrap();
        let rank: Vec<u32> = (0..n / 2).collect();
        let patients: Vec<u32> = order
            .caller_cluster
            .iter()
            .map(|row| patient(*row))
            .collect();
        let rows = Ranked::presorted(&order.y, &order.score, None, Some((&patients, &rank)))
            .unwrap()
            .unwrap();
        let level_of = |row: u32| (row % 40) as u16;
        let level: Vec<u16> = order
            .caller_cluster
            .iter()
            .map(|row| level_of(*row))
            .collect();
        let found = auroc_of_complements(&rows, &level, 40);
        assert_eq!(found.len(), 40);
        for (left_out, found) in found.into_iter().enumerate() {
            let rest: Vec<usize> = (0..n)
                .filter(|row| usize::from(level_of(*row)) != left_out)
                .map(|row| row as usize)
                .collect();
            let y: Vec<bool> = rest.iter().map(|row| y[*row]).collect();
            let score: Vec<f64> = rest.iter().map(|row| score[*row]).collect();
            let patients: Vec<u32> = rest.iter().map(|row| patient(*row as u32)).collect();
            let expected = auroc(&y, &score, Some(&patients)).unwrap();
            let found = found.unwrap();
            assert!((found.estimate - expected.estimate).abs() < 1e-12);
            let difference =
                found.variance_obuchowski.unwrap() - expected.variance_obuchowski.unwrap();
            assert!(difference.abs() < 1e-12);
        }
    }
}
