//! Calibration error of large groups: its simulation and its bootstrap without a pass over rows.
//!
//! Both replicate nothing but the sums of (outcome - probability) over a few bins. With many
//! patients these sums are jointly normal (the multivariate central limit theorem; for maxima
//! and sums of absolute values of such averages see Chernozhukov, Chetverikov and Kato 2013,
//! Ann Stat 41:2786-2819), so that a replicate is one draw of as many normals as there are bins
//! instead of one of every outcome.

use super::binned::{BinSums, Binned};
use crate::metrics::ranked::PatientOrder;
use crate::statistics::CorrelatedNormals;

/// Patients from which sums over bins are taken as normal whatever the outcomes.
pub(super) const LARGE: usize = 5_000;

/// Patients from which they are where outcomes are not rare.
pub(super) const ENOUGH: usize = 1_000;

/// Whether the sums over bins are taken as normal: from 5,000 patients always; from 1,000 patients
/// if nine tenths of the binomial variance lie in bins with at least five expected events and five
/// expected non-events (the customary condition for a normal in place of a binomial, as in
/// Cochran 1954, Biometrics 10:417-451, for the cells of a table).
pub(super) fn sums_are_normal(binned: &Binned) -> bool {
    let patients = binned.n_patients();
    if !(ENOUGH..LARGE).contains(&patients) {
        return patients >= LARGE;
    }
    let ample = |bin: &&BinSums| bin.expected.min(bin.n - bin.expected) >= 5.0;
    let variance = |bin: &BinSums| bin.variance;
    let in_ample: f64 = binned.sums.iter().filter(ample).map(variance).sum();
    in_ample >= 0.9 * binned.sums.iter().map(variance).sum::<f64>()
}

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
    binned: &Binned,
    rho: f64,
) -> CorrelatedNormals {
    let bins = binned.sums.len();
    let mut covariance = vec![0.0; bins * bins];
    for (bin, sums) in binned.sums.iter().enumerate() {
        covariance[bin * bins + bin] = sums.variance;
    }
    if rho > 0.0 {
        for own in order.patients() {
            for a in own.clone() {
                for b in a + 1..own.end {
                    let (p, q) = (order.score[a], order.score[b]);
                    let shared = rho * (p.min(q) - p * q);
                    let (i, j) = (binned.bin_of[a] as usize, binned.bin_of[b] as usize);
                    covariance[i * bins + j] += shared;
                    covariance[j * bins + i] += shared;
                }
            }
        }
    }
    let rows = covariance.chunks(bins.max(1)).map(<[f64]>::to_vec);
    CorrelatedNormals::new(&rows.collect::<Vec<_>>())
}

/// Means over bins of resampled patients around what was observed: their covariance is that of
/// the influences d - s m of a patient, d its sums by bin, m its samples, s the sums over all by
/// sample.
pub(super) fn under_resampling(binned: &Binned) -> CorrelatedNormals {
    let size = binned.sums.len();
    let n: f64 = binned.sums.iter().map(|bin| bin.n).sum();
    let share: Vec<f64> = binned.sums.iter().map(|bin| bin.gap() / n).collect();
    let mut products = vec![0.0; size * size];
    let mut by_size = vec![0.0; size];
    let mut squares = 0.0;
    for own in binned.patients() {
        let m = f64::from(own.iter().map(|cell| cell.n).sum::<u32>());
        for (place, a) in own.iter().enumerate() {
            by_size[a.bin as usize] += m * a.gap;
            for b in &own[..=place] {
                products[a.bin as usize * size + b.bin as usize] += a.gap * b.gap;
            }
        }
        squares += m * m;
    }
    let k = binned.n_patients() as f64;
    let scale = k / (k - 1.0) / (n * n);
    let mut covariance = vec![vec![0.0; size]; size];
    for i in 0..size {
        for j in 0..=i {
            let value = products[i * size + j] - share[i] * by_size[j] - share[j] * by_size[i]
                + share[i] * share[j] * squares;
            covariance[i][j] = scale * value;
            covariance[j][i] = scale * value;
        }
    }
    CorrelatedNormals::new(&covariance)
}
