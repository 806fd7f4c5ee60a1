//! Replicates of calibration errors: of a perfectly calibrated model, and of resampled patients.

use std::borrow::Cow;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::binned::Binned;
use super::large::{distances_of_gaps, under_calibration, under_resampling};
use crate::metrics::ranked::Ranked;
use crate::statistics::{Purpose, RandomStream, StandardNormals};

/// Replicates of the simulation under perfect calibration and of the patient bootstrap: the same
/// random numbers for every group, drawn once where groups are large.
#[derive(Debug)]
pub struct CalibrationDraws {
    pub(super) replicates: u64,
    seed: u64,
    normals: [OnceLock<StandardNormals>; 2],
}

impl CalibrationDraws {
    /// So many replicates from a seed.
    #[must_use]
    pub fn new(replicates: u64, seed: u64) -> Self {
        Self {
            replicates,
            seed,
            normals: [OnceLock::new(), OnceLock::new()],
        }
    }

    /// `size` standard normal numbers for every replicate.
    fn normals(&self, purpose: Purpose, size: usize) -> Cow<'_, StandardNormals> {
        let drawn = || StandardNormals::new(self.seed, purpose, self.replicates, size);
        let kept = &self.normals[usize::from(purpose == Purpose::CalibrationNull)];
        let kept = kept.get_or_init(drawn);
        if kept.size() >= size {
            Cow::Borrowed(kept)
        } else {
            Cow::Owned(drawn())
        }
    }

    fn each<T: Send>(
        &self,
        purpose: Purpose,
        value: impl Fn(RandomStream) -> T + Sync + Send,
    ) -> Vec<T> {
        (0..self.replicates)
            .into_par_iter()
            .map(|replicate| value(RandomStream::new(self.seed, purpose, replicate)))
            .collect()
    }

    /// l1 and l2 of a perfectly calibrated model, outcome by outcome.
    pub(super) fn null(&self, rows: &Ranked, binned: &Binned, rho: f64) -> Vec<(f64, f64)> {
        let bins = &binned.bins;
        let bin_of = bins.of_all(&rows.score);
        let sums = &binned.sums;
        self.each(Purpose::CalibrationNull, |stream| {
            let events = simulated(rows, &bin_of, sums.len(), rho, stream);
            distances_of_gaps(sums, |bin| f64::from(events[bin]) - sums[bin].expected)
        })
    }

    /// l1 of resampled patients.
    pub(super) fn resampled(&self, binned: &Binned) -> Vec<f64> {
        self.each(Purpose::CalibrationBootstrap, |stream| {
            resampled(binned, stream)
        })
    }

    /// Both, from the normal distribution of the sums over bins.
    pub(super) fn by_normals(
        &self,
        rows: &Ranked,
        binned: &Binned,
        rho: f64,
    ) -> (Vec<(f64, f64)>, Vec<f64>) {
        let sums = &binned.sums;
        let n: f64 = sums.iter().map(|bin| bin.n).sum();
        let size = sums.len();
        let calibrated = under_calibration(rows.by_patient(), binned, rho);
        let mut gap = vec![0.0; size];
        let null = self
            .normals(Purpose::CalibrationNull, size)
            .replicates()
            .map(|normals| {
                calibrated.from_standard(normals, &mut gap);
                distances_of_gaps(sums, |bin| gap[bin])
            })
            .collect();
        let deviations = under_resampling(binned);
        let mut deviation = vec![0.0; size];
        let resampled = self
            .normals(Purpose::CalibrationBootstrap, size)
            .replicates()
            .map(|normals| {
                deviations.from_standard(normals, &mut deviation);
                distances_of_gaps(sums, |bin| sums[bin].gap() + n * deviation[bin]).0
            })
            .collect();
        (null, resampled)
    }
}

/// Events of every bin, each outcome drawn from its probability.
fn simulated(
    rows: &Ranked,
    bin_of: &[u32],
    bins: usize,
    rho: f64,
    mut stream: RandomStream,
) -> Vec<u32> {
    let common = rho.sqrt();
    let of_patient: Vec<f64> = if rho > 0.0 {
        (0..rows.n_clusters).map(|_| stream.uniform()).collect()
    } else {
        Vec::new()
    };
    let mut events = vec![0; bins];
    for ((p, bin), patient) in rows.score.iter().zip(bin_of).zip(&rows.cluster) {
        let shared = rho > 0.0 && stream.uniform() < common;
        let number = if shared {
            of_patient[*patient as usize]
        } else {
            stream.uniform()
        };
        events[*bin as usize] += u32::from(number < *p);
    }
    events
}

/// l1 of one resample: the sum over bins of |outcomes less probabilities|, by sample.
fn resampled(binned: &Binned, mut stream: RandomStream) -> f64 {
    let mut gaps = vec![0.0; binned.sums.len()];
    let mut n = 0;
    let patients = binned.n_patients();
    for _ in 0..patients {
        let drawn = stream.below(patients as u64) as usize;
        for cell in binned.patient(drawn) {
            gaps[cell.bin as usize] += cell.gap;
            n += u64::from(cell.n);
        }
    }
    gaps.iter().map(|gap: &f64| gap.abs()).sum::<f64>() / n as f64
}
