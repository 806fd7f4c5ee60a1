//! Right decisions of every patient by level, for positives and for negatives, in one pass.

use crate::assessment::measured::Measured;
use crate::statistics::{ClusteredProportion, NotEstimable, ProportionDifference};

/// Right decisions of one patient among its samples of one class in one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    /// Number of the patient (of the sample, where patients are not told apart), ascending.
    pub(super) cluster: u32,
    pub(super) events: u64,
    pub(super) trials: u64,
}

impl Cell {
    fn counts(&self) -> (u64, u64) {
        (self.events, self.trials)
    }
}

/// The samples of one class by level.
#[derive(Debug, Clone)]
pub(super) struct ClassCounts {
    /// What an empty denominator is empty of.
    class: &'static str,
    clustered: bool,
    /// Of each level, by ascending cluster; only clusters with a sample of the class.
    pub(super) levels: Vec<Vec<Cell>>,
}

/// Counts of positives (sensitivity) and of negatives (specificity). `level_of` gives the level
/// of a sample of the cohort, `None` where it takes no part.
pub(super) fn by_class(
    measured: &Measured,
    n_levels: usize,
    level_of: impl Fn(usize) -> Option<usize>,
) -> [ClassCounts; 2] {
    let mut found = ["positives", "negatives"].map(|class| ClassCounts {
        class,
        clustered: measured.clustered,
        levels: vec![Vec::new(); n_levels],
    });
    let mut cluster = 0;
    let mut last = None;
    for place in &measured.by_patient {
        let row = *place as usize;
        let patient = measured.patient[row];
        if last.is_some_and(|last| !measured.clustered || last != patient) {
            cluster += 1;
        }
        last = Some(patient);
        let Some(level) = level_of(measured.samples[row] as usize) else {
            continue;
        };
        let (positive, flagged) = (measured.y_true[row], measured.flagged[row]);
        let cells = &mut found[usize::from(!positive)].levels[level];
        let right = u64::from(positive == flagged);
        match cells.last_mut() {
            Some(cell) if cell.cluster == cluster => {
                cell.events += right;
                cell.trials += 1;
            }
            _ => cells.push(Cell {
                cluster,
                events: right,
                trials: 1,
            }),
        }
    }
    found
}

impl ClassCounts {
    /// Events and trials of a level.
    pub(super) fn sums(&self, level: usize) -> (u64, u64) {
        sums(&self.levels[level])
    }

    /// The proportion of a level.
    pub(super) fn proportion(&self, level: usize) -> Result<ClusteredProportion, NotEstimable> {
        self.proportion_of(&self.levels[level])
    }

    fn proportion_of(&self, cells: &[Cell]) -> Result<ClusteredProportion, NotEstimable> {
        self.named(if self.clustered {
            let counts: Vec<(u64, u64)> = cells.iter().map(Cell::counts).collect();
            ClusteredProportion::from_clusters(&counts)
        } else {
            let (events, trials) = sums(cells);
            ClusteredProportion::unclustered(events, trials)
        })
    }

    /// Effective counts of some cells of this class: (0, 0) without samples, one trial from a
    /// single patient.
    pub(super) fn effective_of(&self, cells: &[Cell]) -> Result<(f64, f64), NotEstimable> {
        match self.proportion_of(cells) {
            Ok(found) => Ok(found.effective_counts()),
            Err(NotEstimable::Empty(_)) => Ok((0.0, 0.0)),
            Err(NotEstimable::OnePatient) => {
                let (events, trials) = sums(cells);
                Ok((events as f64 / trials as f64, 1.0))
            }
            Err(why) => Err(why),
        }
    }

    /// Says of what a denominator is empty.
    fn named<T>(&self, found: Result<T, NotEstimable>) -> Result<T, NotEstimable> {
        found.map_err(|why| match why {
            NotEstimable::Empty(_) => NotEstimable::Empty(self.class),
            other => other,
        })
    }

    /// Cells of several levels, joined by cluster.
    pub(super) fn joined(&self, levels: impl Fn(usize) -> bool) -> Vec<Cell> {
        let mut all: Vec<Cell> = (0..self.levels.len())
            .filter(|level| levels(*level))
            .flat_map(|level| self.levels[level].iter().copied())
            .collect();
        all.sort_by_key(|cell| cell.cluster);
        let mut joined: Vec<Cell> = Vec::with_capacity(all.len());
        for cell in all {
            match joined.last_mut() {
                Some(last) if last.cluster == cell.cluster => {
                    last.events += cell.events;
                    last.trials += cell.trials;
                }
                _ => joined.push(cell),
            }
        }
        joined
    }
}

fn sums(cells: &[Cell]) -> (u64, u64) {
    cells.iter().fold((0, 0), |(events, trials), cell| {
        (events + cell.events, trials + cell.trials)
    })
}

/// Each level beside its complement: everyone else whose level is known.
pub(super) struct Compared<'a> {
    pub(super) counts: &'a ClassCounts,
    /// All known levels together.
    known: Vec<Cell>,
}

/// What may be added to both arms of a comparison: samples whose group is not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added<'a> {
    /// Samples of unknown group.
    pub(super) cells: &'a [Cell],
    /// Whether the wrong decisions go to the level and the right ones to the others, or the
    /// other way round.
    pub(super) errors_to_level: bool,
}

impl<'a> Compared<'a> {
    pub(super) fn new(counts: &'a ClassCounts, known: impl Fn(usize) -> bool) -> Self {
        Self {
            counts,
            known: counts.joined(known),
        }
    }

    /// Events and trials of everyone else.
    pub(super) fn complement_sums(&self, level: usize) -> (u64, u64) {
        let (all, own) = (sums(&self.known), self.counts.sums(level));
        (all.0 - own.0, all.1 - own.1)
    }

    /// A level against everyone else.
    pub(super) fn difference(&self, level: usize) -> Result<ProportionDifference, NotEstimable> {
        self.difference_with(level, None)
    }

    /// The same with samples of unknown group added to the arms.
    pub(super) fn difference_with(
        &self,
        level: usize,
        added: Option<Added<'_>>,
    ) -> Result<ProportionDifference, NotEstimable> {
        // Named by the arm that is empty of its own samples, whatever is added.
        let own = self.counts.sums(level);
        let others = self.complement_sums(level);
        if own.1 == 0 || others.1 == 0 {
            return Err(NotEstimable::Empty(self.counts.class));
        }
        let arms = self.arms(level, added);
        let found = if self.counts.clustered {
            ProportionDifference::shared(&arms)
        } else {
            let zero = ((0, 0), (0, 0));
            let (own, others) = arms.iter().fold(zero, |(own, others), (one, other)| {
                (
                    (own.0 + one.0, own.1 + one.1),
                    (others.0 + other.0, others.1 + other.1),
                )
            });
            ClusteredProportion::unclustered(own.0, own.1).and_then(|a| {
                Ok(ProportionDifference::disjoint(
                    a,
                    ClusteredProportion::unclustered(others.0, others.1)?,
                ))
            })
        };
        self.counts.named(found)
    }

    /// Counts of every patient in the level and in its complement.
    fn arms(&self, level: usize, added: Option<Added<'_>>) -> Vec<((u64, u64), (u64, u64))> {
        let mut own = self.counts.levels[level].iter().peekable();
        let known = self.known.iter().map(|cell| {
            let mine = own
                .next_if(|next| next.cluster == cell.cluster)
                .map_or((0, 0), Cell::counts);
            (
                cell.cluster,
                (mine, (cell.events - mine.0, cell.trials - mine.1)),
            )
        });
        let Some(added) = added else {
            return known.map(|(_, arms)| arms).collect();
        };
        let split = |cell: &Cell| {
            let (errors, right) = ((0, cell.trials - cell.events), (cell.events, cell.events));
            if added.errors_to_level {
                (errors, right)
            } else {
                (right, errors)
            }
        };
        let plus = |a: (u64, u64), b: (u64, u64)| (a.0 + b.0, a.1 + b.1);
        let mut more = added.cells.iter().peekable();
        let mut joined = Vec::with_capacity(self.known.len() + added.cells.len());
        for (cluster, arms) in known {
            while let Some(cell) = more.next_if(|cell| cell.cluster < cluster) {
                joined.push(split(cell));
            }
            match more.next_if(|cell| cell.cluster == cluster) {
                Some(cell) => {
                    let extra = split(cell);
                    joined.push((plus(arms.0, extra.0), plus(arms.1, extra.1)));
                }
                None => joined.push(arms),
            }
        }
        joined.extend(more.map(split));
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six samples of positives of three patients in levels 0 and 1, and two of level 2 (missing).
    fn counts(clustered: bool) -> ClassCounts {
        let rows = [
            // (patient, level, flagged)
            (0, 0, true),
            (0, 0, false),
            (0, 1, true),
            (1, 1, false),
            (1, 2, true),
            (2, 0, true),
            (2, 1, true),
            (3, 2, false),
        ];
        let measured = Measured {
            endpoint: "finding".to_owned(),
            samples: (0..8).collect(),
            y_true: vec![true; 8],
            y_score: vec![0.5; 8],
            logit: None,
            flagged: rows.iter().map(|row| row.2).collect(),
            patient: rows.iter().map(|row| row.0).collect(),
            by_patient: (0..8).collect(),
            patient_rank: (0..4).collect(),
            log_odds: None,
            probability: true,
            lower: false,
            clustered,
        };
        let [positives, negatives] = by_class(&measured, 3, |sample| Some(rows[sample].1));
        assert!(negatives.levels.iter().all(Vec::is_empty));
        positives
    }

    #[test]
    fn levels_and_their_complements_by_hand() {
        let positives = counts(true);
        assert_eq!(positives.sums(0), (2, 3));
        assert_eq!(
            (positives.levels[0].len(), positives.levels[1].len()),
            (2, 3)
        );
        let compared = Compared::new(&positives, |level| level != 2);
        assert_eq!(compared.complement_sums(0), (2, 3));
        let arms = compared.arms(0, None);
        assert_eq!(arms, [((1, 2), (1, 1)), ((0, 0), (0, 1)), ((1, 1), (1, 1))]);
        let found = compared.difference(0).unwrap();
        assert_eq!((found.a.events, found.b.trials, found.n_shared), (2, 3, 2));
    }

    #[test]
    fn unknown_samples_are_added_to_the_arms_that_make_the_gap_least() {
        let positives = counts(true);
        let compared = Compared::new(&positives, |level| level != 2);
        let added = Added {
            cells: &positives.levels[2],
            errors_to_level: true,
        };
        let arms = compared.arms(0, Some(added));
        assert_eq!(
            arms,
            [
                ((1, 2), (1, 1)),
                ((0, 0), (1, 2)),
                ((1, 1), (1, 1)),
                ((0, 1), (0, 0))
            ]
        );
    }

    #[test]
    fn without_patients_every_sample_is_a_cluster() {
        let positives = counts(false);
        assert_eq!(positives.levels[0].len(), 3);
        let compared = Compared::new(&positives, |level| level != 2);
        let found = compared.difference(1).unwrap();
        assert_eq!((found.a.trials, found.b.trials, found.n_shared), (3, 3, 0));
        assert!(!found.a.clustered);
        assert_eq!(
            positives.effective_of(&positives.levels[0]).unwrap(),
            (2.0, 3.0)
        );
    }
}
