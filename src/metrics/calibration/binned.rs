//! Samples of a group by bins of their probability, found in one pass and used by every
//! calibration error.

use std::borrow::Cow;

use super::Bins;
use crate::metrics::ranked::Ranked;

/// What the samples of one bin add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::metrics) struct BinSums {
    /// Samples.
    pub(super) n: f64,
    /// Positives.
    pub(super) events: f64,
    /// Probabilities.
    pub(super) expected: f64,
    /// Squares of outcome less probability.
    pub(super) squared_gaps: f64,
    /// p (1 - p).
    pub(super) variance: f64,
}

impl BinSums {
    /// Outcomes less probabilities.
    pub(super) fn gap(&self) -> f64 {
        self.events - self.expected
    }

    /// Takes in another bin.
    pub(super) fn join(&mut self, other: &Self) {
        self.n += other.n;
        self.events += other.events;
        self.expected += other.expected;
        self.squared_gaps += other.squared_gaps;
        self.variance += other.variance;
    }
}

/// The samples that a patient has in one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// Bin.
    pub(super) bin: u32,
    /// Samples.
    pub(super) n: u32,
    /// Positives.
    pub(super) events: u32,
    /// Outcomes less probabilities.
    pub(super) gap: f64,
}

/// A group by bins.
#[derive(Debug, Clone)]
pub(in crate::metrics) struct Binned {
    /// The bins.
    pub(super) bins: Bins,
    /// Bin by bin.
    pub(super) sums: Vec<BinSums>,
    /// Bin of each sample, patient by patient.
    pub(super) bin_of: Vec<u32>,
    /// Patient by patient, ascending by bin.
    cells: Vec<Cell>,
    /// Where each patient's cells begin; the last entry is their number.
    begin: Vec<u32>,
}

impl Ranked {
    /// The samples by bins of their probability; the first bins that are asked for are kept.
    pub(super) fn binned(&self, bins: &Bins) -> Cow<'_, Binned> {
        let kept = self.binned.get_or_init(|| Binned::new(self, bins));
        if kept.bins == *bins {
            Cow::Borrowed(kept)
        } else {
            Cow::Owned(Binned::new(self, bins))
        }
    }
}

impl Binned {
    fn new(rows: &Ranked, bins: &Bins) -> Self {
        let order = rows.by_patient();
        let mut found = Self {
            bins: bins.clone(),
            sums: vec![BinSums::default(); bins.count()],
            bin_of: bins.of_all(&order.score),
            cells: Vec::with_capacity(rows.len()),
            begin: Vec::with_capacity(rows.n_clusters + 1),
        };
        for own in order.patients() {
            let first = found.cells.len();
            found.begin.push(first as u32);
            let samples = order.outcome[own.clone()]
                .iter()
                .zip(&order.score[own.clone()]);
            for ((outcome, p), bin) in samples.zip(&found.bin_of[own]) {
                let gap = outcome - p;
                found.sums[*bin as usize].join(&BinSums {
                    n: 1.0,
                    events: *outcome,
                    expected: *p,
                    squared_gaps: gap * gap,
                    variance: p * (1.0 - p),
                });
                let events = u32::from(*outcome > 0.5);
                // A patient's scores ascend, so that those of one bin follow each other.
                match found.cells[first..].last_mut() {
                    Some(cell) if cell.bin == *bin => {
                        cell.n += 1;
                        cell.events += events;
                        cell.gap += gap;
                    }
                    _ => found.cells.push(Cell {
                        bin: *bin,
                        n: 1,
                        events,
                        gap,
                    }),
                }
            }
        }
        found.begin.push(found.cells.len() as u32);
        found
    }

    /// Patients.
    pub(super) fn n_patients(&self) -> usize {
        self.begin.len() - 1
    }

    /// The cells of one patient.
    pub(super) fn patient(&self, patient: usize) -> &[Cell] {
        &self.cells[self.begin[patient] as usize..self.begin[patient + 1] as usize]
    }

    /// The cells of one patient after the other.
    pub(super) fn patients(&self) -> impl Iterator<Item = &[Cell]> {
        let bounds = self.begin.windows(2);
        bounds.map(|bounds| &self.cells[bounds[0] as usize..bounds[1] as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (y, p) = ([true, false, true, true], [0.1, 0.2, 0.9, 0.6]);
        let rows = Ranked::new(&y, &p, None, Some(&[0, 0, 0, 1])).unwrap();
        let found = Binned::new(&rows, &Bins::Width(2));
        assert_eq!(
            (found.sums[0].n, found.sums[0].events, found.n_patients()),
            (2.0, 1.0, 2)
        );
        assert!((found.sums[1].expected - 1.5).abs() < 1e-15);
        assert!((found.sums[0].gap() - 0.7).abs() < 1e-15);
        assert!((found.sums[0].squared_gaps - (0.81 + 0.04)).abs() < 1e-15);
        assert!((found.sums[1].variance - (0.09 + 0.24)).abs() < 1e-15);
        let of = |cells: &[Cell]| -> Vec<(u32, u32, u32)> {
            cells.iter().map(|c| (c.bin, c.n, c.events)).collect()
        };
        let mut patients: Vec<_> = found.patients().map(of).collect();
        assert_eq!(patients[0], of(found.patient(0)));
        patients.sort_unstable();
        assert_eq!(patients, [vec![(0, 2, 1), (1, 1, 1)], vec![(1, 1, 1)]]);
    }
}
