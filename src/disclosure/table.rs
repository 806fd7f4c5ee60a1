//! Patients and samples of every stratum.

use std::collections::BTreeMap;

use crate::cohort::{Cohort, Strata};

/// Numbers of every stratum, by truth class.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Table {
    /// Group of endpoints that withhold together; `None` for numbers that belong to all of them.
    pub(super) group: Option<usize>,
    /// Patients by class, then by stratum.
    pub(super) patients: Vec<Vec<u64>>,
    /// Samples by class, then by stratum.
    pub(super) samples: Vec<Vec<u64>>,
}

impl Table {
    /// Numbers that it holds.
    pub(super) fn size(&self) -> usize {
        let classes = self.patients.iter().chain(&self.samples);
        classes.map(Vec::len).sum()
    }
}

/// A class of a table, by their places.
pub(super) type Class = (usize, usize);

/// For every class of every table all classes that count a sample of it.
pub(super) type Together = Vec<Vec<Vec<Class>>>;

/// Whether a sample is of a class.
pub(super) type Holds<'a> = Box<dyn Fn(usize) -> bool + 'a>;

/// Tables over the same samples.
pub(super) struct Tables<'a> {
    counter: Counter<'a>,
    tables: Vec<Table>,
    classes: Vec<(Class, Holds<'a>)>,
}

impl<'a> Tables<'a> {
    pub(super) fn new(cohort: &'a Cohort, strata: &'a [Strata]) -> Self {
        Self {
            counter: Counter::new(cohort, strata),
            tables: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// Adds a table, unless there is one with the same numbers.
    pub(super) fn add(&mut self, group: Option<usize>, classes: Vec<Holds<'a>>) {
        let table = self.counter.table(group, &classes);
        let known = self.tables.iter().position(|other| *other == table);
        let place = known.unwrap_or(self.tables.len());
        if known.is_none() {
            self.tables.push(table);
        }
        for (class, holds) in classes.into_iter().enumerate() {
            self.classes.push(((place, class), holds));
        }
    }

    /// The tables; and for each of their classes all classes that a sample of it is in, where samples
    /// of it are in different ones those of a sample in the most (one with a score, say). Of groups of
    /// endpoints only the table's own: in others the sample may be of either class.
    pub(super) fn done(self) -> (Vec<Table>, Together) {
        let mut best: BTreeMap<Class, Vec<Class>> = BTreeMap::new();
        let mut own: Vec<Class> = Vec::new();
        for sample in 0..self.counter.cohort.len() {
            let holding = self.classes.iter().filter(|(_, holds)| holds(sample));
            own.clear();
            own.extend(holding.map(|(class, _)| *class));
            for class in &own {
                let known = best.entry(*class).or_default();
                if (own.len(), &own) > (known.len(), known) {
                    known.clone_from(&own);
                }
            }
        }
        let with = |class: Class| {
            let mut most = best.get(&class).cloned().unwrap_or_else(|| vec![class]);
            let group = self.tables[class.0].group;
            most.retain(|other| {
                let other = self.tables[other.0].group;
                group.is_none() || other.is_none() || other == group
            });
            most.sort_unstable();
            most.dedup();
            most
        };
        let together = (0..self.tables.len())
            .map(|place| {
                (0..self.tables[place].patients.len())
                    .map(|class| with((place, class)))
                    .collect()
            })
            .collect();
        (self.tables, together)
    }
}

/// Counts samples of a cohort in the order of its patients.
struct Counter<'a> {
    cohort: &'a Cohort,
    strata: &'a [Strata],
    by_patient: Vec<u32>,
}

impl<'a> Counter<'a> {
    fn new(cohort: &'a Cohort, strata: &'a [Strata]) -> Self {
        let mut by_patient: Vec<u32> = (0u32..).take(cohort.len()).collect();
        by_patient.sort_by_key(|sample| cohort.patient_of[*sample as usize]);
        Self {
            cohort,
            strata,
            by_patient,
        }
    }

    /// One class for each test of a sample.
    fn table(&self, group: Option<usize>, classes: &[Holds<'_>]) -> Table {
        let (patients, samples) = classes.iter().map(|holds| self.class(holds)).unzip();
        Table {
            group,
            patients,
            samples,
        }
    }

    fn class(&self, holds: &dyn Fn(usize) -> bool) -> (Vec<u64>, Vec<u64>) {
        let members: Vec<usize> = self
            .by_patient
            .iter()
            .map(|sample| *sample as usize)
            .filter(|sample| holds(*sample))
            .collect();
        let (mut patients, mut samples) = (Vec::new(), Vec::new());
        for one in self.strata {
            let mut own = vec![(0u64, 0u64); one.levels.len()];
            let mut last: Vec<Option<u32>> = vec![None; one.levels.len()];
            for sample in &members {
                let level = usize::from(one.codes[*sample]);
                let patient = Some(self.cohort.patient_of[*sample]);
                own[level].1 += 1;
                if last[level] != patient {
                    last[level] = patient;
                    own[level].0 += 1;
                }
            }
            patients.extend(own.iter().map(|(patients, _)| *patients));
            samples.extend(own.iter().map(|(_, samples)| *samples));
        }
        (patients, samples)
    }
}
