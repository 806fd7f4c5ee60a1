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
/// sums are exact. Samples of one class with no other between them have the same counts, so that
/// these are written down once for a run of them (`Runs`).
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
    let found = Complements::<W>::new(rows, level, first);
    let areas: Vec<Result<ArmArea, NotEstimable>> = (0..n).map(|lane| found.area(lane)).collect();
    if !rows.clustered {
        let independent = |area: Result<ArmArea, NotEstimable>| Auroc::independent(&area?);
        return areas.into_iter().map(independent).collect();
    }
    let components = found.components(&areas);
    areas
        .into_iter()
        .zip(components)
        .map(|(area, of)| Auroc::of_components(&area?, &of))
        .collect()
}

/// Counts of one class, and sums over its own placements.
struct Class<const W: usize> {
    /// Twice the samples so far, those of the score at hand once: all, and those of each level.
    twice: u32,
    twice_own: [u32; W],
    /// Sum of twice the placement counts of this class outside each level, and of their squares.
    sums: [u64; W],
    squares: [u128; W],
    /// Samples of the run at hand (`Runs`): all, and those of each level.
    here: u32,
    here_own: [u32; W],
}

impl<const W: usize> Class<W> {
    fn new() -> Self {
        Self {
            twice: 0,
            twice_own: [0; W],
            sums: [0; W],
            squares: [0; W],
            here: 0,
            here_own: [0; W],
        }
    }

    /// Samples of the class outside a level.
    fn n(&self, lane: usize) -> u64 {
        u64::from((self.twice - self.twice_own[lane]) / 2)
    }

    /// Half a sample, of the level of a lane where it has one.
    fn add_half(&mut self, lane: Option<usize>) {
        self.twice += 1;
        if let Some(lane) = lane {
            self.twice_own[lane] += 1;
        }
    }

    /// Twice the samples below a sample of the other class, outside each level.
    fn below(&self) -> [u32; W] {
        self.twice_own.map(|own| self.twice - own)
    }

    /// Ends the run at hand, each sample of which has `twice` of the other class below it.
    fn end_run(&mut self, twice: &[u32; W]) {
        for lane in 0..W {
            let samples = u64::from(self.here - self.here_own[lane]);
            let twice = u64::from(twice[lane]);
            self.sums[lane] += samples * twice;
            self.squares[lane] += u128::from(samples * twice) * u128::from(twice);
        }
        self.here = 0;
        self.here_own = [0; W];
    }

    /// Variance of the placements outside a level over their number; `None` of a single one.
    fn variance(&self, lane: usize, others: u64) -> Option<f64> {
        let n = self.n(lane);
        if n < 2 {
            return None;
        }
        let sum = u128::from(self.sums[lane]);
        let spread = (u128::from(n) * self.squares[lane]).saturating_sub(sum * sum);
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
    /// Of each run, twice the samples of the other class below it outside each level: all samples
    /// of a run share them, and are summed patient by patient later.
    twice: Vec<[u32; W]>,
}

impl<'a, const W: usize> Complements<'a, W> {
    fn new(rows: &'a Ranked, level: &'a [u16], first: u16) -> Self {
        let runs = rows.runs();
        let mut found = Self {
            rows,
            level,
            first,
            positive: Class::new(),
            negative: Class::new(),
            twice: Vec::with_capacity(runs.count),
        };
        // The last run of negatives, of positives.
        let mut last = [None; 2];
        let mut start = 0;
        for tied in rows.score.chunk_by(|a, b| a == b) {
            let here = start..start + tied.len();
            start = here.end;
            found.add_halves(here.clone());
            for row in here.clone() {
                let positive = rows.y[row];
                let last = &mut last[usize::from(positive)];
                if *last != Some(runs.of_row[row]) {
                    found.begin_run(positive, last.replace(runs.of_row[row]));
                }
                let Some(lane) = found.lane(level[row]) else {
                    continue;
                };
                let class = found.class(positive);
                class.here += 1;
                if let Some(lane) = lane {
                    class.here_own[lane] += 1;
                }
            }
            found.add_halves(here);
        }
        found.end_run(false, last[0]);
        found.end_run(true, last[1]);
        found
    }

    fn class(&mut self, positive: bool) -> &mut Class<W> {
        if positive {
            &mut self.positive
        } else {
            &mut self.negative
        }
    }

    /// The lane of a level, where it has one; `None` for what is in no complement.
    fn lane(&self, level: u16) -> Option<Option<usize>> {
        (level != NO_LEVEL).then(|| {
            let lane = usize::from(level.wrapping_sub(self.first));
            (lane < W).then_some(lane)
        })
    }

    /// Counts half of each of some rows.
    fn add_halves(&mut self, rows: std::ops::Range<usize>) {
        for row in rows {
            if let Some(lane) = self.lane(self.level[row]) {
                self.class(self.rows.y[row]).add_half(lane);
            }
        }
    }

    fn begin_run(&mut self, positive: bool, last: Option<u32>) {
        self.end_run(positive, last);
        let below = self.class(!positive).below();
        self.twice.push(below);
    }

    fn end_run(&mut self, positive: bool, run: Option<u32>) {
        if let Some(run) = run {
            let twice = self.twice[run as usize];
            self.class(positive).end_run(&twice);
        }
    }

    /// Whether all samples outside a level have one score.
    fn is_constant(&self, lane: usize) -> bool {
        let mut outside = self.level.iter().enumerate().filter(|(_, level)| {
            let own = self.lane(**level);
            own.is_some() && own != Some(Some(lane))
        });
        let ends = outside.next().zip(outside.next_back());
        ends.is_none_or(|((first, _), (last, _))| self.rows.score[first] == self.rows.score[last])
    }

    /// The area outside a level, without what its patients contribute.
    fn area(&self, lane: usize) -> Result<ArmArea, NotEstimable> {
        let (n1, n0) = (self.positive.n(lane), self.negative.n(lane));
        match (n1, n0) {
            (0, 0) => return Err(NotEstimable::Empty("samples")),
            (0, _) | (_, 0) => return Err(NotEstimable::OneClass(n1, n0)),
            _ if self.is_constant(lane) => return Err(NotEstimable::ConstantScores),
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

    /// Sums over the patients' influences outside every level; without meaning where there is no
    /// area.
    fn components(&self, areas: &[Result<ArmArea, NotEstimable>]) -> Vec<Components> {
        let (runs, order) = (self.rows.runs(), self.rows.by_patient());
        let rows = order.by.rows.iter();
        let level: Vec<u16> = rows.map(|row| self.level[*row as usize]).collect();
        let (mut n1, mut n0, mut auroc) = ([1.0; W], [1.0; W], [0.0; W]);
        for (lane, area) in areas.iter().enumerate() {
            if let Ok(area) = area {
                (n1[lane], n0[lane]) = (area.n_positive as f64, area.n_negative as f64);
                auroc[lane] = area.auroc;
            }
        }
        let mut found = [Components::default(); W];
        for samples in order.patients() {
            let mut positive = OfPatient::<W>::default();
            let mut negative = OfPatient::<W>::default();
            for place in samples {
                let Some(lane) = self.lane(level[place]) else {
                    continue;
                };
                let own = if order.outcome[place] > 0.5 {
                    &mut positive
                } else {
                    &mut negative
                };
                own.add(&self.twice[runs.by_patient[place] as usize], lane);
            }
            let (mut of_positives, mut of_negatives) = ([0.0; W], [0.0; W]);
            if positive.n > 0 {
                for lane in 0..W {
                    let (m1, twice) = (positive.n(lane), positive.twice[lane] as i64);
                    of_positives[lane] =
                        (0.5 * twice as f64 / n0[lane] - f64::from(m1) * auroc[lane]) / n1[lane];
                }
            }
            if negative.n > 0 {
                for lane in 0..W {
                    let (m0, twice) = (f64::from(negative.n(lane)), negative.twice[lane] as i64);
                    // A negative's placement is the share of positives above it.
                    let above = m0 - 0.5 * twice as f64 / n1[lane];
                    of_negatives[lane] = (above - m0 * auroc[lane]) / n0[lane];
                }
            }
            for (lane, found) in found.iter_mut().enumerate() {
                found.add(&Influence {
                    positive: of_positives[lane],
                    negative: of_negatives[lane],
                    n_positive: positive.n(lane),
                    n_negative: negative.n(lane),
                });
            }
        }
        found[..areas.len()].to_vec()
    }
}

/// Samples of one class of a patient.
struct OfPatient<const W: usize> {
    /// All, and those of each level.
    n: u32,
    own: [u32; W],
    /// Sum of twice their placement counts outside each level.
    twice: [u64; W],
}

impl<const W: usize> Default for OfPatient<W> {
    fn default() -> Self {
        Self {
            n: 0,
            own: [0; W],
            twice: [0; W],
        }
    }
}

impl<const W: usize> OfPatient<W> {
    fn add(&mut self, twice: &[u32; W], lane: Option<usize>) {
        self.n += 1;
        for (lane, twice) in twice.iter().enumerate() {
            self.twice[lane] += u64::from(*twice);
        }
        if let Some(lane) = lane {
            self.own[lane] += 1;
            self.twice[lane] -= u64::from(twice[lane]);
        }
    }

    /// Those outside a level.
    fn n(&self, lane: usize) -> u32 {
        self.n - self.own[lane]
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
