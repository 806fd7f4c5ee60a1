//! Whether enough patients stand behind what a ranking gets wrong.

use super::ranked::Ranked;

/// With fewer patients, what the samples of one have in common is not estimated.
const FEW_CARRIERS: usize = 5;

impl Ranked {
    /// Whether fewer than 5 patients have a sample on the rarer side of a threshold in either class;
    /// `called` samples lie above it.
    pub(super) fn few_decide(&self, called: usize) -> bool {
        let from = self.len() - called;
        [true, false].into_iter().any(|class| {
            self.few_patients(class, 0..from) || self.few_patients(class, from..self.len())
        })
    }

    /// Whether fewer than 5 patients have a negative among the `called` samples, or a positive that
    /// is not above every negative.
    pub(super) fn few_blemish(&self, called: usize) -> bool {
        let highest = self
            .y
            .iter()
            .rposition(|y| !*y)
            .map_or(0.0, |row| self.score[row]);
        let below = self.score.partition_point(|score| *score <= highest);
        self.few_patients(false, self.len() - called..self.len())
            || self.few_patients(true, 0..below)
    }

    /// Whether fewer than 5 patients have a sample of a class among some rows.
    fn few_patients(&self, class: bool, rows: std::ops::Range<usize>) -> bool {
        let mut seen = vec![false; self.n_clusters];
        let new = |row: &usize| {
            self.y[*row] == class
                && !std::mem::replace(&mut seen[self.cluster[*row] as usize], true)
        };
        rows.filter(new).take(FEW_CARRIERS).count() < FEW_CARRIERS
    }
}
