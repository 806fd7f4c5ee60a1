//! What was observed in each bin of predicted probabilities: the points of a reliability diagram.

use super::expected_error::Bins;
use crate::metrics::ranked::Ranked;
use crate::statistics::{ClusteredProportion, Kind, NotEstimable, tallied};

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
        let mut of_patients: Vec<Vec<(u64, u64)>> = vec![Vec::new(); bins.count()];
        let mut sums = vec![0.0; bins.count()];
        let order = self.by_patient();
        for own in order.patients() {
            let mut last = None;
            // A patient's scores ascend, so that those of one bin follow each other.
            for place in own {
                let (p, positive) = (order.score[place], order.outcome[place] > 0.5);
                let bin = bins.of(p);
                sums[bin] += p;
                let counts = &mut of_patients[bin];
                if last != Some(bin) {
                    counts.push((0, 0));
                    last = Some(bin);
                }
                if let Some((events, trials)) = counts.last_mut() {
                    *events += u64::from(positive);
                    *trials += 1;
                }
            }
        }
        of_patients
            .into_iter()
            .zip(sums)
            .map(|(patients, sum)| self.observed_share(&tallied(patients), sum))
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
