//! The levels of one attribute over all measured samples, counted in one pass.
//!
//! A level is set against everyone else whose level is known. The others' counts of a patient are
//! those of all known levels less the level's own, so that no complement is ever gone through.

use std::num::NonZeroU64;

use crate::cohort::Strata;
use crate::metrics::{ConfusionCounts, ConfusionKinds, ContrastKinds, ShareOf};
use crate::statistics::{ByNumber, ClusteredProportion, Kind, NotEstimable, merged, tallied};

use super::measured::Measured;

/// Counts of a patient in a level, and in all levels that are known.
type Both = (ConfusionCounts, ConfusionCounts);

/// Samples patient by patient, with what becomes of each.
pub(super) struct Decisions {
    /// Sample of the cohort.
    samples: Vec<u32>,
    /// Whether it is positive, and whether it is called positive.
    decided: Vec<(bool, bool)>,
    /// Where each patient begins; the last entry is the number of samples.
    begin: Vec<u32>,
    /// The counts of each patient as one number, where they are small.
    small: Vec<Option<NonZeroU64>>,
}

impl Decisions {
    pub(super) fn new(measured: &Measured) -> Self {
        let order = || measured.by_patient.iter().map(|place| *place as usize);
        let mut begin = vec![0];
        let mut end = 0;
        let patients: Vec<u32> = order().map(|place| measured.patient[place]).collect();
        for own in patients.chunk_by(|a, b| a == b) {
            end += own.len() as u32;
            begin.push(end);
        }
        let decided: Vec<(bool, bool)> = order()
            .map(|place| (measured.y_true[place], measured.flagged[place]))
            .collect();
        let small = begin.windows(2).map(|bounds| {
            let mut counts = ConfusionCounts::default();
            let own = &decided[bounds[0] as usize..bounds[1] as usize];
            own.iter()
                .for_each(|(positive, flagged)| counts.add(*positive, *flagged));
            packed(&counts).and_then(NonZeroU64::new)
        });
        Self {
            samples: order().map(|place| measured.samples[place]).collect(),
            small: small.collect(),
            decided,
            begin,
        }
    }

    /// The places of one patient after the other.
    pub(super) fn patients(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let bounds = self.begin.windows(2);
        bounds.map(|bounds| bounds[0] as usize..bounds[1] as usize)
    }

    /// Whether each sample is positive, and whether it is called positive.
    pub(super) fn decided(&self) -> &[(bool, bool)] {
        &self.decided
    }
}

/// One attribute's levels: who is in them, and the decisions of their patients.
pub(super) struct LevelTable {
    /// Level of each sample in the measured order.
    codes: Vec<u16>,
    /// The same patient by patient, in the order of [`Decisions`].
    codes_by_patient: Vec<u16>,
    /// Places of the samples of each level in the measured order.
    members: Vec<Vec<u32>>,
    /// Of each level, patients with a sample in it.
    levels: Vec<Vec<Kind<Both>>>,
    /// Patients with a sample in any known level, by their counts in all of them.
    known: Vec<Kind<ConfusionCounts>>,
    /// Whether a patient's samples are taken as dependent.
    pub(super) clustered: bool,
    /// Whether some patient has samples in several known levels.
    pub(super) varies: bool,
}

impl LevelTable {
    pub(super) fn new(measured: &Measured, decisions: &Decisions, strata: &Strata) -> Self {
        let n_levels = strata.levels.len();
        // Codes lie far apart: they are fetched before anything waits for one of them.
        let codes_of = |samples: &[u32]| -> Vec<u16> {
            samples
                .iter()
                .map(|sample| strata.codes[*sample as usize])
                .collect()
        };
        let (codes, codes_by_patient) = (codes_of(&measured.samples), codes_of(&decisions.samples));
        let mut members = vec![Vec::new(); n_levels];
        for (place, level) in (0u32..).zip(&codes) {
            members[usize::from(*level)].push(place);
        }
        let mut counting = Counting {
            own: vec![ConfusionCounts::default(); n_levels],
            levels: vec![Tally::default(); n_levels],
            known: Tally::default(),
            varies: false,
        };
        let mut touched = Vec::new();
        for (places, small) in decisions.patients().zip(&decisions.small) {
            let levels = &codes_by_patient[places.clone()];
            let alike = levels.iter().all(|level| *level == levels[0]);
            if let Some(small) = small.filter(|_| alike) {
                let level = usize::from(levels[0]);
                counting.patient_of_one(small.get(), level, strata.holds_missing[level]);
                continue;
            }
            for (level, (positive, flagged)) in levels.iter().zip(&decisions.decided[places]) {
                let level = usize::from(*level);
                let counts = &mut counting.own[level];
                if counts.total() == 0 {
                    touched.push(level);
                }
                counts.add(*positive, *flagged);
            }
            counting.patient(&mut touched, &strata.holds_missing);
        }
        let known = counting.known.kinds().into_iter();
        Self {
            codes,
            codes_by_patient,
            members,
            levels: counting.levels.into_iter().map(Tally::kinds).collect(),
            known: known.map(|((known, _), times)| (known, times)).collect(),
            clustered: measured.clustered,
            varies: counting.varies,
        }
    }

    /// Level of each sample in the measured order.
    pub(super) fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// Level of each sample in the order of [`Decisions`].
    pub(super) fn codes_by_patient(&self) -> &[u16] {
        &self.codes_by_patient
    }

    /// Places of the samples of a level in the measured order.
    pub(super) fn members(&self, level: usize) -> &[u32] {
        &self.members[level]
    }

    /// The patients of a level.
    pub(super) fn kinds(&self, level: usize) -> ConfusionKinds {
        let own = self.levels[level]
            .iter()
            .map(|((own, _), times)| (*own, *times));
        ConfusionKinds::from_kinds(own.collect(), self.clustered)
    }

    /// A share of a level with its clustering.
    ///
    /// # Errors
    /// As [`ConfusionKinds::proportion`].
    pub(super) fn proportion(
        &self,
        level: usize,
        share: ShareOf,
    ) -> Result<ClusteredProportion, NotEstimable> {
        self.kinds(level).proportion(share)
    }

    /// Events and trials of a level.
    pub(super) fn sums(&self, level: usize, share: ShareOf) -> (u64, u64) {
        share.of(&self.kinds(level).total())
    }

    /// Effective counts of a level: (0, 0) without samples, one trial from a single patient.
    ///
    /// # Errors
    /// Counts too large to be squared.
    pub(super) fn effective(
        &self,
        level: usize,
        share: ShareOf,
    ) -> Result<(f64, f64), NotEstimable> {
        match self.proportion(level, share) {
            Ok(found) => Ok(found.effective_counts()),
            Err(NotEstimable::Empty(_)) => Ok((0.0, 0.0)),
            Err(NotEstimable::OnePatient) => {
                let (events, trials) = self.sums(level, share);
                Ok((events as f64 / trials as f64, 1.0))
            }
            Err(why) => Err(why),
        }
    }

    /// A known level against everyone else whose level is known.
    pub(super) fn against_complement(&self, level: usize) -> ContrastKinds {
        let none = ConfusionCounts::default();
        let own = &self.levels[level];
        // Those who have no sample in the level have all their known samples outside it.
        let inside = merged(
            own.iter()
                .map(|((_, known), times)| (*known, *times))
                .collect(),
        );
        let mut inside = inside.into_iter().peekable();
        let outside = self.known.iter().map(|(known, times)| {
            let within = inside
                .next_if(|(counts, _)| counts == known)
                .map_or(0, |(_, times)| times);
            ((none, *known), times - within)
        });
        let mut pairs: Vec<Kind<Both>> = outside.filter(|(_, times)| *times > 0).collect();
        pairs.extend(
            own.iter()
                .map(|((own, known), times)| ((*own, known.minus(own)), *times)),
        );
        ContrastKinds::from_kinds(pairs, self.clustered)
    }
}

/// Four counts as one number; `None` where one of them is large.
fn packed(counts: &ConfusionCounts) -> Option<u64> {
    counts.cells().into_iter().try_fold(0, |packed, count| {
        Some(packed << 16 | u64::from(u16::try_from(count).ok()?))
    })
}

/// The counts of a number of [`packed`].
fn unpacked(packed: u64) -> ConfusionCounts {
    let count = |place: u32| u64::from((packed >> (16 * place)) as u16);
    ConfusionCounts {
        true_positive: count(3),
        false_negative: count(2),
        false_positive: count(1),
        true_negative: count(0),
    }
}

/// How often two vectors of counts occur together. Nearly all counts are small, and few of them
/// differ: they are looked up as one number.
#[derive(Debug, Clone, Default)]
struct Tally {
    small: ByNumber<u64>,
    large: Vec<Both>,
}

impl Tally {
    fn add(&mut self, both: Both) {
        match packed(&both.0).zip(packed(&both.1)) {
            Some(small) => self.add_small(small),
            None => self.large.push(both),
        }
    }

    fn add_small(&mut self, (first, second): (u64, u64)) {
        let both = u128::from(first) << 64 | u128::from(second);
        *self.small.entry(both).or_default() += 1;
    }

    fn kinds(self) -> Vec<Kind<Both>> {
        let small = self.small.into_iter().map(|(both, times)| {
            let (first, second) = ((both >> 64) as u64, both as u64);
            ((unpacked(first), unpacked(second)), times)
        });
        merged(small.chain(tallied(self.large)).collect())
    }
}

struct Counting {
    /// Of the patient at hand, by level.
    own: Vec<ConfusionCounts>,
    levels: Vec<Tally>,
    known: Tally,
    varies: bool,
}

impl Counting {
    /// Takes in a patient whose samples are all in one level.
    fn patient_of_one(&mut self, counts: u64, level: usize, is_missing: bool) {
        let known = if is_missing { 0 } else { counts };
        if !is_missing {
            self.known.add_small((known, 0));
        }
        self.levels[level].add_small((counts, known));
    }

    /// Takes in the patient at hand, whose samples are in the levels `touched`.
    fn patient(&mut self, touched: &mut Vec<usize>, holds_missing: &[bool]) {
        let none = ConfusionCounts::default();
        let is_known = |level: &&usize| !holds_missing[**level];
        let known = touched
            .iter()
            .filter(is_known)
            .fold(none, |sum, level| sum + self.own[*level]);
        self.varies |= touched.iter().filter(is_known).count() > 1;
        if known.total() > 0 {
            self.known.add((known, none));
        }
        for level in touched.drain(..) {
            let own = std::mem::take(&mut self.own[level]);
            self.levels[level].add((own, known));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seven samples of three patients; level 2 is missing.
    fn table() -> LevelTable {
        let codes = vec![0, 1, 1, 0, 2, 1, 2];
        let measured = Measured {
            endpoint: "finding".to_owned(),
            samples: (0..7).collect(),
            y_true: vec![true, true, false, true, true, true, false],
            y_score: vec![0.5; 7],
            logit: None,
            flagged: vec![true, false, false, true, true, true, true],
            patient: vec![0, 0, 1, 1, 1, 2, 2],
            by_patient: (0..7).collect(),
            patient_rank: (0..3).collect(),
            log_odds: None,
            probability: true,
            lower: false,
            clustered: true,
        };
        let strata = Strata {
            attribute: "site".to_owned(),
            column: "site".to_owned(),
            levels: ["a", "b", "missing"].map(str::to_owned).to_vec(),
            holds_missing: vec![false, false, true],
            codes,
            exploratory: false,
            parts: vec!["site".to_owned()],
        };
        let table = LevelTable::new(&measured, &Decisions::new(&measured), &strata);
        // The same from the samples themselves.
        for level in 0..2 {
            let group = measured.group(&measured.members(&strata, level));
            assert_eq!(table.members(level), measured.members(&strata, level));
            assert_eq!(&table.kinds(level), group.kinds());
            let other = measured.group(&measured.complement(&strata, level));
            let arms = ContrastKinds::of(group.arm(), other.arm(), true);
            for share in [ShareOf::Sensitivity, ShareOf::Accuracy, ShareOf::Ppv] {
                let found = table.against_complement(level);
                assert_eq!(found.difference(share), arms.difference(share));
                assert_eq!(found.n_shared(), arms.n_shared());
            }
        }
        table
    }

    #[test]
    fn large_and_small_counts_are_tallied_alike() {
        let counts = |true_positive: u64, true_negative: u64| ConfusionCounts {
            true_positive,
            true_negative,
            ..ConfusionCounts::default()
        };
        let all = [
            (counts(1, 70_000), counts(2, 70_000)),
            (counts(1, 3), counts(65_535, 4)),
            (counts(1, 70_000), counts(2, 70_000)),
            (counts(1, 3), counts(65_535, 4)),
            (counts(0, 3), counts(1, 65_536)),
        ];
        let mut tally = Tally::default();
        all.iter().for_each(|both| tally.add(*both));
        assert_eq!(tally.kinds(), tallied(all));
    }

    #[test]
    fn levels_and_complements_are_those_of_the_samples() {
        let table = table();
        assert!(table.varies);
        assert_eq!(table.against_complement(0).n_shared(), 2);
        assert_eq!(table.kinds(2).n_patients(ConfusionCounts::total), 2);
    }
}
