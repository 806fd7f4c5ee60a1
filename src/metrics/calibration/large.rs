//! Calibration error of large groups: its simulation and its bootstrap without a pass over rows.
//!
//! Both replicate nothing but the sums of (outcome - probability) over a few bins. With many
//! patients these sums are jointly normal (the multivariate central limit theorem; for maxima
//! and sums of absolute values of such averages see Chernozhukov, Chetverikov and Kato 2013,
//! Ann Stat 41:2786-2819), so that a replicate is one draw of as many normals as there are bins
//! instead of one of every outcome.

use super::expected_error::BinSums;
use crate::metrics::ranked::PatientOrder;
use crate::statistics::CorrelatedNormals;

/// Patients from which sums over bins are taken as normal.
pub(super) const LARGE: usize = 5_000;

/// l1 and l2 for sums of outcome less probability.
pub(super) fn distances_of_gaps(bins: &[BinSums], gap: impl Fn(usize) -> f64) -> (f64, f64) {
    let n: f64 = bins.iter().map(|bin| bin.n).sum();
    let (mut l1, mut l2) = (0.0, 0.0);
    for (place, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.n > 0.0) {
        let gap = gap(place);
        l1 += gap.abs();
        l2 += gap * gap / bin.n;
    }
    (l1 / n, (l2 / n).sqrt())
}

/// Sums over bins if every outcome were drawn from its probability, a share `rho` of the pairs of
/// a patient from one common number: the covariance of two such outcomes is
/// rho (min(p, q) - p q).
pub(super) fn under_calibration(
    order: &PatientOrder,
    bin_of: &[u32],
    bins: usize,
    rho: f64,
) -> CorrelatedNormals {
    let mut covariance = vec![vec![0.0; bins]; bins];
    for (p, bin) in order.score.iter().zip(bin_of) {
        let bin = *bin as usize;
        covariance[bin][bin] += p * (1.0 - p);
    }
    if rho > 0.0 {
        for own in order.patients() {
            for a in own.clone() {
                for b in a + 1..own.end {
                    let (p, q) = (order.score[a], order.score[b]);
                    let shared = rho * (p.min(q) - p * q);
                    let (i, j) = (bin_of[a] as usize, bin_of[b] as usize);
                    covariance[i][j] += shared;
                    covariance[j][i] += shared;
                }
            }
        }
    }
    CorrelatedNormals::new(&covariance)
}

/// Means over bins of resampled patients around what was observed: their covariance is that of
/// the influences d - s m of a patient, d its sums by bin, m its samples, s the sums over all by
/// sample.
pub(super) fn under_resampling(
    order: &PatientOrder,
    bin_of: &[u32],
    gaps: &[f64],
) -> CorrelatedNormals {
    let (n, size) = (order.score.len() as f64, gaps.len());
    let share: Vec<f64> = gaps.iter().map(|gap| gap / n).collect();
    let mut products = vec![vec![0.0; size]; size];
    let mut by_size = vec![0.0; size];
    let (mut squares, mut k) = (0.0, 0.0);
    let mut own_sums: Vec<(usize, f64)> = Vec::new();
    for own in order.patients() {
        let m = own.len() as f64;
        own_sums.clear();
        for place in own {
            let (bin, gap) = (
                bin_of[place] as usize,
                order.outcome[place] - order.score[place],
            );
            // A patient's scores ascend, so that those of one bin follow each other.
            match own_sums.last_mut() {
                Some((last, sum)) if *last == bin => *sum += gap,
                _ => own_sums.push((bin, gap)),
            }
        }
        for (place, (i, a)) in own_sums.iter().enumerate() {
            by_size[*i] += m * a;
            for (j, b) in &own_sums[..=place] {
                products[*i][*j] += a * b;
            }
        }
        squares += m * m;
        k += 1.0;
    }
    let scale = k / (k - 1.0) / (n * n);
    let mut covariance = vec![vec![0.0; size]; size];
    for i in 0..size {
        for j in 0..=i {
            let value = products[i][j] - share[i] * by_size[j] - share[j] * by_size[i]
                + share[i] * share[j] * squares;
            covariance[i][j] = scale * value;
            covariance[j][i] = scale * value;
        }
    }
    CorrelatedNormals::new(&covariance)
}
