//! Pairs of samples whose order is known, counted in n log n.

/// What the pairs of one sample add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pairs {
    /// With those that come later: pairs in the right order, tied scores counting one half.
    pub(super) later_right: f64,
    /// Pairs with those that come later.
    pub(super) later: f64,
    /// With events that come earlier: weights of those in the right order, tied scores one half.
    pub(super) earlier_right: f64,
    /// Weights of the events that come earlier.
    pub(super) earlier: f64,
}

/// Pairs of every sample. An event at t has its pairs with everyone who is followed beyond t and
/// with those censored at t; two events at the same time are no pair. A pair is in the right order
/// when the event has the higher score. `weight` of an event weighs all its pairs as the earlier
/// one; events of weight 0 have none.
pub(super) fn pairs(time: &[f64], event: &[bool], score: &[f64], weight: &[f64]) -> Vec<Pairs> {
    let rank = ranks(score);
    let mut order: Vec<usize> = (0..time.len()).collect();
    // Equal samples are interchangeable, so that sums do not depend on the order of the table.
    order.sort_by(|a, b| {
        let by_time = time[*a].total_cmp(&time[*b]);
        by_time
            .then(event[*b].cmp(&event[*a]))
            .then(rank[*a].cmp(&rank[*b]))
    });
    let times: Vec<&[usize]> = order.chunk_by(|a, b| time[*a] == time[*b]).collect();
    let mut found = vec![Pairs::default(); time.len()];
    let mut later = Tree::new(&rank);
    for tied in times.iter().rev() {
        let (events, censored) = tied.split_at(tied.partition_point(|row| event[*row]));
        censored.iter().for_each(|row| later.add(rank[*row], 1.0));
        for row in events {
            let (below, equal) = later.below_and_at(rank[*row]);
            found[*row].later_right = below + 0.5 * equal;
            found[*row].later = later.total;
        }
        events.iter().for_each(|row| later.add(rank[*row], 1.0));
    }
    let mut earlier = Tree::new(&rank);
    for tied in times {
        let (events, censored) = tied.split_at(tied.partition_point(|row| event[*row]));
        let place = |found: &mut [Pairs], earlier: &Tree, row: usize| {
            let (below, equal) = earlier.below_and_at(rank[row]);
            found[row].earlier_right = earlier.total - below - 0.5 * equal;
            found[row].earlier = earlier.total;
        };
        events
            .iter()
            .for_each(|row| place(&mut found, &earlier, *row));
        events
            .iter()
            .for_each(|row| earlier.add(rank[*row], weight[*row]));
        censored
            .iter()
            .for_each(|row| place(&mut found, &earlier, *row));
    }
    found
}

/// Ranks from 0, equal values sharing one.
pub(super) fn ranks(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0; values.len()];
    for (rank, tied) in order.chunk_by(|a, b| values[*a] == values[*b]).enumerate() {
        tied.iter().for_each(|row| ranks[*row] = rank);
    }
    ranks
}

/// Sums by rank (Fenwick 1994, Softw Pract Exp 24:327-336).
pub(super) struct Tree {
    sums: Vec<f64>,
    at: Vec<f64>,
    pub(super) total: f64,
}

impl Tree {
    /// Room for these ranks, all sums 0.
    pub(super) fn new(ranks: &[usize]) -> Self {
        let count = ranks.iter().max().map_or(0, |largest| largest + 1);
        Self {
            sums: vec![0.0; count + 1],
            at: vec![0.0; count],
            total: 0.0,
        }
    }

    /// Adds a weight at a rank.
    pub(super) fn add(&mut self, rank: usize, weight: f64) {
        self.total += weight;
        self.at[rank] += weight;
        let mut place = rank + 1;
        while place < self.sums.len() {
            self.sums[place] += weight;
            place += place & place.wrapping_neg();
        }
    }

    /// Weight below a rank, and at it.
    pub(super) fn below_and_at(&self, rank: usize) -> (f64, f64) {
        let (mut below, mut place) = (0.0, rank);
        while place > 0 {
            below += self.sums[place];
            place -= place & place.wrapping_neg();
        }
        (below, self.at[rank])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_by_all_pairs(
            rows in proptest::collection::vec((0u8..6, any::<bool>(), 0u8..4, 0u8..3), 1..40),
        ) {
            let time: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let event: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let score: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
            let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.3)).collect();
            let found = pairs(&time, &event, &score, &weight);
            let mut slow = vec![Pairs::default(); rows.len()];
            for i in (0..rows.len()).filter(|i| event[*i]) {
                for j in 0..rows.len() {
                    if !(time[i] < time[j] || (time[i] == time[j] && !event[j])) {
                        continue;
                    }
                    let right = if score[i] > score[j] {
                        1.0
                    } else if score[i] == score[j] {
                        0.5
                    } else {
                        0.0
                    };
                    slow[i].later += 1.0;
                    slow[i].later_right += right;
                    slow[j].earlier += weight[i];
                    slow[j].earlier_right += weight[i] * right;
                }
            }
            prop_assert_eq!(found, slow);
        }
    }
}
