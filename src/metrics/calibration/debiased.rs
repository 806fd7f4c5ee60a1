//! Root-mean-square calibration error with the part that noise adds taken off.

use super::expected_error::Bins;
use super::{outcome, probability_rows};
use crate::metrics::rows::Rows;
use crate::statistics::{NotEstimable, ordered_sum};

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
    let rows = probability_rows(y_true, probability, None, cluster)?;
    if rows.len() < 2 {
        return Err(NotEstimable::Other(
            "a debiased error needs two samples in a bin".to_owned(),
        ));
    }
    let merged = merged(&rows, bins);
    let n = rows.len() as f64;
    let square: f64 = merged
        .iter()
        .map(|range| {
            let size = range.len() as f64;
            let observed = range.clone().map(|row| outcome(&rows, row)).sum::<f64>() / size;
            let expected = rows.score[range.clone()].iter().sum::<f64>() / size;
            size / n * ((observed - expected).powi(2) - variance(&rows, range.clone(), observed))
        })
        .sum();
    Ok(DebiasedError {
        rms: square.max(0.0).sqrt(),
        square,
        negative: square < 0.0,
        bins: merged.len() as u64,
    })
}

/// Ranges of the sorted rows that share a bin, none of a single row.
fn merged(rows: &Rows, bins: &Bins) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for row in 0..rows.len() {
        match ranges.last_mut() {
            Some(last) if bins.of(rows.score[last.start]) == bins.of(rows.score[row]) => {
                last.end = row + 1
            }
            _ => ranges.push(row..row + 1),
        }
    }
    let mut whole: Vec<std::ops::Range<usize>> = Vec::new();
    for range in ranges {
        match whole.last_mut() {
            Some(last) if last.len() == 1 || range.len() == 1 => last.end = range.end,
            _ => whole.push(range),
        }
    }
    whole
}

fn variance(rows: &Rows, range: std::ops::Range<usize>, observed: f64) -> f64 {
    let size = range.len() as f64;
    let independent = observed * (1.0 - observed) / (size - 1.0);
    if !rows.clustered {
        return independent;
    }
    let mut sums: std::collections::BTreeMap<u32, f64> = std::collections::BTreeMap::new();
    for row in range {
        *sums.entry(rows.cluster[row]).or_default() += (outcome(rows, row) - observed) / size;
    }
    let k = sums.len() as f64;
    if k < 2.0 {
        independent
    } else {
        k / (k - 1.0) * ordered_sum(sums.values().map(|sum| sum * sum))
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
