//! Sorted samples by runs of one class: what lies below them in the other class is the same for all
//! samples of a run.

use super::ranked::Ranked;

/// Runs of positives and of negatives, numbered as they begin. Samples of one class are in one run
/// where no sample of the other has a score between theirs or the same as either.
#[derive(Debug, Clone, Default)]
pub(super) struct Runs {
    /// How many there are.
    pub(super) count: usize,
    /// Of each row.
    pub(super) of_row: Vec<u32>,
    /// Of each row, patient by patient.
    pub(super) by_patient: Vec<u32>,
}

impl Runs {
    fn new(rows: &Ranked) -> Self {
        let mut found = Self {
            of_row: Vec::with_capacity(rows.len()),
            ..Self::default()
        };
        // The run of negatives, of positives, that the next sample of the class belongs to.
        let mut open: [Option<u32>; 2] = [None; 2];
        let mut start = 0;
        for tied in rows.score.chunk_by(|a, b| a == b) {
            let here = &rows.y[start..start + tied.len()];
            start += tied.len();
            let occurs = [false, true].map(|class| here.contains(&class));
            if occurs == [true, true] {
                open = [None; 2];
            }
            for y in here {
                let run = open[usize::from(*y)].get_or_insert_with(|| {
                    found.count += 1;
                    found.count as u32 - 1
                });
                found.of_row.push(*run);
            }
            for class in [0, 1] {
                if occurs[class] {
                    open[1 - class] = None;
                }
            }
        }
        let order = rows.by_patient().by.rows.iter();
        found.by_patient = order.map(|row| found.of_row[*row as usize]).collect();
        found
    }
}

impl Ranked {
    /// The samples by runs of one class, found once.
    pub(super) fn runs(&self) -> &Runs {
        self.runs.get_or_init(|| Runs::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_at_the_other_class() {
        let y = [false, false, true, true, false, true, true, false];
        let score = [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.5, 0.6];
        let rows = Ranked::new(&y, &score, None, None).unwrap();
        assert_eq!(rows.y, [false, false, true, false, true, true, true, false]);
        let runs = rows.runs();
        // Positives that tie with a negative are a run of their own.
        assert_eq!(runs.of_row, [0, 0, 1, 2, 3, 3, 4, 5]);
        assert_eq!((runs.count, &runs.by_patient), (6, &runs.of_row));
    }
}
