//! Patients and samples of every stratum.

use crate::cohort::{Cohort, Strata};

/// Numbers of every stratum, by truth class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// Group of endpoints that withhold together; `None` for numbers that belong to all of them.
    pub(super) group: Option<usize>,
    /// Patients by class, then by stratum.
    pub(super) patients: Vec<Vec<u64>>,
    /// Samples by class, then by stratum.
    pub(super) samples: Vec<Vec<u64>>,
}

/// Counts samples of a cohort in the order of its patients.
pub(super) struct Counter<'a> {
    cohort: &'a Cohort,
    strata: &'a [Strata],
    by_patient: Vec<u32>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(cohort: &'a Cohort, strata: &'a [Strata]) -> Self {
        let mut by_patient: Vec<u32> = (0u32..).take(cohort.len()).collect();
        by_patient.sort_by_key(|sample| cohort.patient_of[*sample as usize]);
        Self {
            cohort,
            strata,
            by_patient,
        }
    }

    /// One class for each test of a sample.
    pub(super) fn table(&self, group: Option<usize>, classes: &[&dyn Fn(usize) -> bool]) -> Table {
        let (patients, samples) = classes.iter().map(|holds| self.class(*holds)).unzip();
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
