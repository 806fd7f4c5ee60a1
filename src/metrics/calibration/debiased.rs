//! Root-mean-square calibration error with the part that noise adds taken off.

use super::binned::{BinSums, Binned};
use super::{Bins, probability_rows};
use crate::metrics::ranked::Ranked;
use crate::statistics::NotEstimable;

/// Debiased calibration error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DebiasedError {
    /// Root of the debiased square; 0 when that is negative.
    pub rms: f64,
    /// The debiased square itself, which can be negative.
    pub square: f64,
    /// Whether it was negative.
    pub negative: bool,
    /// Bins after merging.
    pub bins: u64,
}

/// sum over bins of share x [(observed - mean probability)^2 - variance of observed] (Kumar, Liang
/// and Ma 2019, NeurIPS; Petersen et al. 2023). The variance is o (1 - o) / (n - 1); with
/// patients the ratio-estimator variance of the bin, where two contribute. A bin of one sample is
/// merged with its neighbour. No published number was found; the tests check that it is unbiased
/// under perfect calibration.
///
/// # Errors
/// Fewer than two samples, or a score that is no probability.
pub fn debiased_calibration_error(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
    bins: &Bins,
) -> Result<DebiasedError, NotEstimable> {
    probability_rows(y_true, probability, None, cluster)?.debiased_calibration_error(bins)
}

impl Ranked {
    /// [`debiased_calibration_error`] of sorted samples.
    ///
    /// # Errors
    /// As [`debiased_calibration_error`].
    pub fn debiased_calibration_error(&self, bins: &Bins) -> Result<DebiasedError, NotEstimable> {
        self.are_probabilities()?;
        if self.len() < 2 {
            return Err(NotEstimable::Other(
                "a debiased error needs two samples in a bin".to_owned(),
            ));
        }
        let binned = self.binned(bins);
        let merged = Merged::new(&binned.sums);
        let n = self.len() as f64;
        let variance = merged.variances(&binned, self.clustered);
        let square: f64 = merged
            .groups
            .iter()
            .zip(variance)
            .map(|(group, variance)| {
                let (observed, expected) = (group.events / group.n, group.expected / group.n);
                group.n / n * ((observed - expected).powi(2) - variance)
            })
            .sum();
        Ok(DebiasedError {
            rms: square.max(0.0).sqrt(),
            square,
            negative: square < 0.0,
            bins: merged.groups.len() as u64,
        })
    }
}

/// Bins joined to their neighbours until none holds a single sample.
struct Merged {
    /// Group of each bin; empty bins have one that is never asked for.
    group_of: Vec<usize>,
    groups: Vec<BinSums>,
}

impl Merged {
    fn new(sums: &[BinSums]) -> Self {
        let mut group_of = vec![0; sums.len()];
        let mut groups: Vec<BinSums> = Vec::new();
        for (bin, own) in sums.iter().enumerate().filter(|(_, own)| own.n > 0.0) {
            match groups.last_mut() {
                Some(last) if last.n == 1.0 || own.n == 1.0 => {
                    last.join(own);
                }
                _ => groups.push(*own),
            }
            group_of[bin] = groups.len() - 1;
        }
        Self { group_of, groups }
    }

    /// Variance of the observed share of each group, clustered by patient where there are two.
    fn variances(&self, binned: &Binned, clustered: bool) -> Vec<f64> {
        let share = |group: &BinSums| group.events / group.n;
        let independent = |group: &BinSums| share(group) * (1.0 - share(group)) / (group.n - 1.0);
        if !clustered {
            return self.groups.iter().map(independent).collect();
        }
        let mut squares = vec![(0.0, 0.0); self.groups.len()];
        let shares: Vec<(f64, f64)> = self.groups.iter().map(|g| (g.n, share(g))).collect();
        for own in binned.patients() {
            // A patient's bins ascend, so that those of one group follow each other.
            let group_of = |bin: u32| self.group_of[bin as usize];
            for cells in own.chunk_by(|a, b| group_of(a.bin) == group_of(b.bin)) {
                let group = group_of(cells[0].bin);
                let (n, share) = shares[group];
                let sum: f64 = cells
                    .iter()
                    .map(|cell| (f64::from(cell.events) - share * f64::from(cell.n)) / n)
                    .sum();
                squares[group].0 += sum * sum;
                squares[group].1 += 1.0;
            }
        }
        let by_patient = |(group, (squares, k)): (&BinSums, (f64, f64))| {
            if k < 2.0 {
                independent(group)
            } else {
                k / (k - 1.0) * squares
            }
        };
        self.groups.iter().zip(squares).map(by_patient).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{Purpose, RandomStream};

    #[test]
    fn by_hand_with_a_lonely_bin() {
        // Bins of width 1/2: 0.1, 0.2 | 0.9, and the lonely one joins the first.
        let found = debiased_calibration_error(
            &[false, true, true],
            &[0.1, 0.2, 0.9],
            None,
            &Bins::Width(2),
        )
        .unwrap();
        let square = (2.0_f64 / 3.0 - 0.4).powi(2) - (2.0 / 9.0) / 2.0;
        assert!(
            found.bins == 1
                && (found.square - square).abs() < 1e-12
                && found.negative
                && found.rms == 0.0
        );
    }

    #[test]
    fn unbiased_under_perfect_calibration_where_the_plain_error_is_not() {
        let (mut debiased, mut plain) = (0.0, 0.0);
        for replicate in 0..300 {
            let mut stream = RandomStream::new(6, Purpose::Simulation, replicate);
            let p: Vec<f64> = (0..100).map(|_| stream.uniform()).collect();
            let y: Vec<bool> = p.iter().map(|p| stream.uniform() < *p).collect();
            debiased += debiased_calibration_error(&y, &p, None, &Bins::Width(10))
                .unwrap()
                .square
                / 300.0;
            plain +=
                super::super::expected_calibration_error(&y, &p, &Bins::Width(10)).unwrap() / 300.0;
        }
        assert!(debiased.abs() < 0.003 && plain > 0.08, "{debiased} {plain}");
    }

    #[test]
    fn degenerate_groups() {
        assert!(debiased_calibration_error(&[], &[], None, &Bins::Width(10)).is_err());
        assert!(debiased_calibration_error(&[true], &[0.5], None, &Bins::Width(10)).is_err());
        let found = debiased_calibration_error(
            &[true, false],
            &[1.0, 0.0],
            Some(&[0, 1]),
            &Bins::Width(10),
        )
        .unwrap();
        assert_eq!(found.bins, 1);
    }
}
