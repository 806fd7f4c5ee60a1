//! What was observed in each bin of predicted probabilities: the points of a reliability diagram.

use super::Bins;
use crate::metrics::ranked::Ranked;
use crate::statistics::{ClusteredProportion, Kind, NotEstimable, merged, tallied};

/// Fewer samples of a patient in a bin than this are few.
const FEW: usize = 16;

/// One bin of predicted probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedShare {
    /// Samples.
    pub n: u64,
    /// Positives among them.
    pub n_positive: u64,
    /// Mean predicted probability; 0 without a sample.
    pub mean_probability: f64,
    /// The share of positives with its clustering.
    pub share: Result<ClusteredProportion, NotEstimable>,
}

impl Ranked {
    /// Every bin in order, empty ones too. Patients are the clusters of each share; without them
    /// samples are taken as independent.
    #[must_use]
    pub fn observed_shares(&self, bins: &Bins) -> Vec<ObservedShare> {
        let binned = self.binned(bins);
        // Nearly all patients have few samples in a bin: how many have which counts stands in a
        // table. The others are listed.
        let mut few = vec![[[0u64; FEW]; FEW]; bins.count()];
        let mut many: Vec<Vec<(u64, u64)>> = vec![Vec::new(); bins.count()];
        for cell in binned.patients().flatten() {
            let (bin, events, n) = (cell.bin as usize, cell.events as usize, cell.n as usize);
            if n < FEW {
                few[bin][events][n] += 1;
            } else {
                many[bin].push((events as u64, n as u64));
            }
        }
        let kinds = few.iter().zip(many).map(|(few, many)| {
            let places = (0..FEW).flat_map(|events| (0..FEW).map(move |n| (events, n)));
            let filled = places.filter(|(events, n)| few[*events][*n] > 0);
            let few = filled.map(|(events, n)| ((events as u64, n as u64), few[events][n]));
            merged(few.chain(tallied(many)).collect())
        });
        kinds
            .zip(&binned.sums)
            .map(|(kinds, sums)| self.observed_share(&kinds, sums.expected))
            .collect()
    }

    fn observed_share(&self, kinds: &[Kind<(u64, u64)>], sum: f64) -> ObservedShare {
        let total = |pick: fn(&(u64, u64)) -> u64| {
            let terms = kinds.iter().map(|(counts, times)| pick(counts) * times);
            terms.sum::<u64>()
        };
        let (n_positive, n) = (total(|counts| counts.0), total(|counts| counts.1));
        ObservedShare {
            n,
            n_positive,
            mean_probability: if n > 0 { sum / n as f64 } else { 0.0 },
            share: if self.clustered {
                ClusteredProportion::from_kinds(kinds)
            } else {
                ClusteredProportion::unclustered(n_positive, n)
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_by_hand() {
        let y = [true, false, true, true, false];
        let p = [0.1, 0.2, 0.3, 0.9, 0.6];
        let own = Ranked::new(&y, &p, None, Some(&[0, 0, 1, 1, 2])).unwrap();
        let found = own.observed_shares(&Bins::Width(2));
        assert_eq!((found[0].n, found[0].n_positive), (3, 2));
        assert!((found[0].mean_probability - 0.2).abs() < 1e-15);
        assert_eq!(
            found[0].share,
            ClusteredProportion::from_clusters(&[(1, 2), (1, 1)])
        );
        assert_eq!((found[1].n, found[1].n_positive), (2, 1));
        let independent = Ranked::new(&y, &p, None, None).unwrap();
        let found = independent.observed_shares(&Bins::Width(3));
        assert_eq!(found[0].share, ClusteredProportion::unclustered(2, 3));
        assert_eq!(
            (found[1].n, found[1].share.clone()),
            (1, Err(NotEstimable::OnePatient))
        );
    }
}
