//! The patients of each level of an attribute, from those of everyone in one pass.

use super::ranked::{PatientOrder, Ranked};
use crate::statistics::ByCluster;

/// The patients of some sorted samples: what finding them takes is most of the work of [`Ranked`].
#[derive(Debug)]
pub struct Patients {
    /// Number of each sample's patient: 0, 1, ...
    pub(super) cluster: Vec<u32>,
    /// The samples patient by patient.
    pub(super) order: PatientOrder,
}

impl Ranked {
    /// The patients of each of the levels 0, 1, ..., `n_levels` - 1, in the order that they have
    /// here. `level` is the level of each sorted row, `levels` the same patient by patient.
    #[must_use]
    pub fn patients_by_level(
        &self,
        level: &[u16],
        levels: &[u16],
        n_levels: usize,
    ) -> Vec<Patients> {
        let mut counts = vec![0u32; n_levels];
        // Place of each row among those of its level.
        let place_of: Vec<u32> = level
            .iter()
            .map(|level| {
                let count = &mut counts[usize::from(*level)];
                *count += 1;
                *count - 1
            })
            .collect();
        let mut found: Vec<Growing> = counts.iter().map(|n| Growing::new(*n as usize)).collect();
        let order = self.by_patient();
        // Fetched before anything waits for one of them: they lie far apart.
        let rows = order.by.rows.iter();
        let places: Vec<u32> = rows.map(|row| place_of[*row as usize]).collect();
        for (patient, own) in (0u32..).zip(order.patients()) {
            // Most patients have one level: they are found once for a run of samples.
            let mut start = own.start;
            for same in levels[own].chunk_by(|a, b| a == b) {
                let here = start..start + same.len();
                start = here.end;
                let growing = &mut found[usize::from(same[0])];
                growing.add(patient, &places[here.clone()], order, here);
            }
        }
        found.into_iter().map(Growing::finished).collect()
    }
}

/// Samples of a level while they come.
struct Growing {
    cluster: Vec<u32>,
    order: PatientOrder,
    /// Patient of the last sample among everyone.
    last: Option<u32>,
}

impl Growing {
    fn new(n: usize) -> Self {
        Self {
            cluster: vec![0; n],
            order: PatientOrder {
                by: ByCluster {
                    begin: Vec::new(),
                    rows: Vec::with_capacity(n),
                },
                score: Vec::with_capacity(n),
                outcome: Vec::with_capacity(n),
            },
            last: None,
        }
    }

    /// Takes in samples of a patient: their places in the level, and where they are in the order
    /// of everyone.
    fn add(
        &mut self,
        patient: u32,
        places: &[u32],
        everyone: &PatientOrder,
        here: std::ops::Range<usize>,
    ) {
        let order = &mut self.order;
        if self.last != Some(patient) {
            self.last = Some(patient);
            order.by.begin.push(order.by.rows.len() as u32);
        }
        let number = order.by.begin.len() as u32 - 1;
        for place in places {
            self.cluster[*place as usize] = number;
            order.by.rows.push(*place);
        }
        for sample in here {
            order.score.push(everyone.score[sample]);
            order.outcome.push(everyone.outcome[sample]);
        }
    }

    fn finished(mut self) -> Patients {
        let by = &mut self.order.by;
        by.begin.push(by.rows.len() as u32);
        Patients {
            cluster: self.cluster,
            order: self.order,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patients_of_a_level_are_those_of_its_samples() {
        let (y, score, patient) = (
            [false, true, false, true, true, false, true],
            [0.1, 0.2, 0.2, 0.5, 0.6, 0.8, 0.9],
            [3u32, 0, 1, 3, 2, 0, 3],
        );
        let rank = [1u32, 2, 3, 0];
        let level = [0u16, 1, 1, 1, 2, 1, 0];
        let whole = Ranked::presorted(&y, &score, None, Some((&patient, &rank)))
            .unwrap()
            .unwrap();
        let rows = whole.by_patient().by.rows.iter();
        let levels: Vec<u16> = rows.map(|row| level[*row as usize]).collect();
        let found = whole.patients_by_level(&level, &levels, 4);
        assert_eq!(found.len(), 4);
        for (number, found) in (0u16..).zip(found) {
            let own: Vec<usize> = (0..7).filter(|row| level[*row] == number).collect();
            let y: Vec<bool> = own.iter().map(|row| y[*row]).collect();
            let score: Vec<f64> = own.iter().map(|row| score[*row]).collect();
            let patient: Vec<u32> = own.iter().map(|row| patient[*row]).collect();
            let expected = Ranked::presorted(&y, &score, None, Some((&patient, &rank))).unwrap();
            let Ok(expected) = expected else {
                assert!(found.cluster.is_empty() && number == 3);
                continue;
            };
            let taken = Ranked::of_patients(&y, &score, &score, &patient, found);
            assert_eq!(taken.cluster, expected.cluster);
            assert_eq!(taken.n_clusters, expected.n_clusters);
            let (taken, expected) = (taken.by_patient(), expected.by_patient());
            assert_eq!(taken.by.rows, expected.by.rows);
            assert_eq!(taken.by.begin, expected.by.begin);
            assert_eq!(taken.score, expected.score);
            assert_eq!(taken.outcome, expected.outcome);
        }
    }
}
