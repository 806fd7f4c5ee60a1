//! Calibration error of large groups: its simulation and its bootstrap without a pass over rows.
//!
//! Both replicate nothing but the sums of (outcome - probability) over a few bins. With many
//! patients these sums are jointly normal (the multivariate central limit theorem; for maxima
//! and sums of absolute values of such averages see Chernozhukov, Chetverikov and Kato 2013,
//! Ann Stat 41:2786-2819), so that a replicate is one draw of as many normals as there are bins
//! instead of one of every outcome.

use super::expected_error::Bins;
use super::outcome;
use crate::metrics::rows::Rows;
use crate::statistics::CorrelatedNormals;

/// Patients from which sums over bins are taken as normal.
pub(super) const LARGE: usize = 5_000;

/// Bins with samples in them: how many, and the sum of outcome less probability.
pub(super) struct BinTotals {
    pub(super) n: Vec<f64>,
    pub(super) gap: Vec<f64>,
}

impl BinTotals {
    pub(super) fn of(rows: &Rows, bins: &Bins) -> Self {
        let mut totals = Self {
            n: vec![0.0; bins.count()],
            gap: vec![0.0; bins.count()],
        };
        for (row, p) in rows.score.iter().enumerate() {
            let bin = bins.of(*p);
            totals.n[bin] += 1.0;
            totals.gap[bin] += outcome(rows, row) - p;
        }
        totals
    }

    /// l1 and l2 for sums of outcome less probability.
    pub(super) fn distances(&self, gap: impl Fn(usize) -> f64) -> (f64, f64) {
        let n: f64 = self.n.iter().sum();
        let filled = || (0..self.n.len()).filter(|bin| self.n[*bin] > 0.0);
        let l1 = filled().map(|bin| gap(bin).abs()).sum::<f64>() / n;
        let l2 = filled()
            .map(|bin| gap(bin).powi(2) / self.n[bin])
            .sum::<f64>()
            / n;
        (l1, l2.sqrt())
    }
}

/// Rows of each patient, by one counting sort.
fn patients(rows: &Rows) -> (Vec<u32>, Vec<u32>) {
    let mut begin = vec![0u32; rows.n_clusters + 1];
    for cluster in &rows.cluster {
        begin[*cluster as usize + 1] += 1;
    }
    for patient in 0..rows.n_clusters {
        begin[patient + 1] += begin[patient];
    }
    let mut next = begin.clone();
    let mut order = vec![0u32; rows.len()];
    for (row, cluster) in (0u32..).zip(&rows.cluster) {
        let place = &mut next[*cluster as usize];
        order[*place as usize] = row;
        *place += 1;
    }
    (begin, order)
}

/// Sums over bins for a perfectly calibrated model whose outcomes within a patient share a
/// uniform number with probability `rho` for a pair: cov = rho (min(p, q) - p q).
pub(super) fn under_calibration(rows: &Rows, bins: &Bins, rho: f64) -> CorrelatedNormals {
    let mut covariance = vec![vec![0.0; bins.count()]; bins.count()];
    for p in &rows.score {
        let bin = bins.of(*p);
        covariance[bin][bin] += p * (1.0 - p);
    }
    if rho > 0.0 {
        let (begin, order) = patients(rows);
        for bounds in begin.windows(2) {
            let own = &order[bounds[0] as usize..bounds[1] as usize];
            for (place, a) in own.iter().enumerate() {
                for b in &own[place + 1..] {
                    let (p, q) = (rows.score[*a as usize], rows.score[*b as usize]);
                    let shared = rho * (p.min(q) - p * q);
                    let (i, j) = (bins.of(p), bins.of(q));
                    covariance[i][j] += shared;
                    covariance[j][i] += shared;
                }
            }
        }
    }
    CorrelatedNormals::new(&covariance)
}

/// Deviations of the sums over bins, per sample, when patients are drawn anew: K / (K - 1) times
/// the sum of products of the patients' influences on each sum's share.
pub(super) fn under_resampling(rows: &Rows, bins: &Bins, totals: &BinTotals) -> CorrelatedNormals {
    let n = rows.len() as f64;
    let share: Vec<f64> = totals.gap.iter().map(|gap| gap / n).collect();
    let mut covariance = vec![vec![0.0; bins.count()]; bins.count()];
    let (begin, order) = patients(rows);
    let mut influence = vec![0.0; bins.count()];
    for bounds in begin.windows(2) {
        let own = &order[bounds[0] as usize..bounds[1] as usize];
        for (value, share) in influence.iter_mut().zip(&share) {
            *value = -share * own.len() as f64;
        }
        for row in own {
            let p = rows.score[*row as usize];
            influence[bins.of(p)] += outcome(rows, *row as usize) - p;
        }
        for (i, row) in covariance.iter_mut().enumerate() {
            for (cell, value) in row.iter_mut().zip(&influence) {
                *cell += influence[i] * value;
            }
        }
    }
    let k = rows.n_clusters as f64;
    let scale = k / (k - 1.0) / (n * n);
    covariance
        .iter_mut()
        .flatten()
        .for_each(|cell| *cell *= scale);
    CorrelatedNormals::new(&covariance)
}
