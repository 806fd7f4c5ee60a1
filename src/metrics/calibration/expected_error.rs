//! Expected calibration error, beside what perfect calibration would show.

use super::binned::{BinSums, Binned};
use super::bins::Bins;
use super::draws::CalibrationDraws;
use super::large::{distances_of_gaps, sums_are_normal};
use super::probability_rows;
use crate::metrics::ranked::Ranked;
use crate::statistics::{Interval, NotEstimable, quantile_of_sorted};

/// l1, l2 and largest distance over bins, weighted by the share of samples.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Distances {
    l1: f64,
    l2: f64,
    largest: f64,
}

fn distances(bins: &[BinSums]) -> Distances {
    let (l1, l2) = distances_of_gaps(bins, |bin| bins[bin].gap());
    let filled = bins.iter().filter(|bin| bin.n > 0.0);
    Distances {
        l1,
        l2,
        largest: filled.fold(0.0, |most, bin| (bin.gap().abs() / bin.n).max(most)),
    }
}

/// Calibration error with what is needed to read it.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationError {
    /// Sum over bins of share x |observed - mean probability|: the usual ECE.
    pub l1: f64,
    /// Root of the sum of share x squared distance.
    pub l2: f64,
    /// Largest distance of a bin.
    pub largest: f64,
    /// Mean `l1` of a perfectly calibrated model with these scores and this clustering.
    pub expected_l1: f64,
    /// Mean `l2` of such a model.
    pub expected_l2: f64,
    /// 95% quantile of its `l1`.
    pub null_95_l1: f64,
    /// Share of its `l1` at least as large as the observed, (1 + #) / (1 + replicates).
    pub p_l1: f64,
    /// Patient-bootstrap interval of `l1`: percentiles moved so that their median is the estimate,
    /// cut to [0, 1]. The plain percentiles lie above it, since resampling adds noise to a
    /// quantity that noise can only raise. Not estimable where the value is the same in every
    /// resample (outcomes that equal their probabilities, for one), which says nothing of its error,
    /// and where nothing but a point would be left of the limits.
    pub interval_l1: Result<Interval, NotEstimable>,
    /// Residual correlation of outcomes within a patient that the simulation used.
    pub intracluster_correlation: f64,
    /// Replicates of simulation and bootstrap each.
    pub replicates: u64,
    /// Whether replicates were drawn from the normal distribution of the sums over bins instead of
    /// row by row: from 5,000 patients, and from 1,000 where nine tenths of the variance lie in
    /// bins with at least five expected events and five expected non-events.
    pub by_normals: bool,
}

/// ECE (l1) alone.
///
/// # Errors
/// No sample or a score that is no probability.
pub fn expected_calibration_error(
    y_true: &[bool],
    probability: &[f64],
    bins: &Bins,
) -> Result<f64, NotEstimable> {
    let rows = probability_rows(y_true, probability, None, None)?;
    Ok(distances(&rows.binned(bins).sums).l1)
}

/// Largest distance of a bin alone.
///
/// # Errors
/// As [`expected_calibration_error`].
pub fn maximum_calibration_error(
    y_true: &[bool],
    probability: &[f64],
    bins: &Bins,
) -> Result<f64, NotEstimable> {
    let rows = probability_rows(y_true, probability, None, None)?;
    Ok(distances(&rows.binned(bins).sums).largest)
}

/// Calibration error over `bins` with its value under perfect calibration, by simulation from
/// the scores, and a patient-bootstrap interval at `confidence`.
///
/// Simulated outcomes of a patient are correlated as the residuals of this group are: with
/// probability sqrt(rho) a sample takes its patient's uniform number and otherwise its own, which
/// gives pairs of equal probability the correlation rho. No number from elsewhere can exist for
/// the random replicates; the tests hold those by normals against those row by row.
///
/// # Errors
/// No sample, one patient, no replicate, a level outside (0, 1), or a score that is no probability.
pub fn calibration_error(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
    bins: &Bins,
    confidence: f64,
    replicates: u64,
    seed: u64,
) -> Result<CalibrationError, NotEstimable> {
    probability_rows(y_true, probability, None, cluster)?.calibration_error(
        bins,
        confidence,
        &CalibrationDraws::new(replicates, seed),
    )
}

impl Ranked {
    /// [`calibration_error`] of sorted samples.
    ///
    /// # Errors
    /// As [`calibration_error`].
    pub fn calibration_error(
        &self,
        bins: &Bins,
        confidence: f64,
        draws: &CalibrationDraws,
    ) -> Result<CalibrationError, NotEstimable> {
        let replicates = draws.replicates;
        self.are_probabilities()?;
        if self.n_clusters < 2 {
            return Err(NotEstimable::OnePatient);
        }
        if replicates == 0 || !(confidence > 0.0 && confidence < 1.0) {
            return Err(NotEstimable::Other(
                "a bootstrap interval needs replicates and a confidence level between 0 and 1"
                    .to_owned(),
            ));
        }
        let binned = &*self.binned(bins);
        let observed = distances(&binned.sums);
        let rho = intracluster_correlation(binned);
        let by_normals = sums_are_normal(binned);
        let (null, resampled) = if by_normals {
            draws.by_normals(self, binned, rho)
        } else {
            (draws.null(self, binned, rho), draws.resampled(binned))
        };
        let sorted = |mut values: Vec<f64>| {
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        let null_l1 = sorted(null.iter().map(|(l1, _)| *l1).collect());
        let reached = null_l1
            .iter()
            .filter(|l1| **l1 >= observed.l1 * (1.0 - 1e-12))
            .count();
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / replicates as f64;
        Ok(CalibrationError {
            l1: observed.l1,
            l2: observed.l2,
            largest: observed.largest,
            expected_l1: mean(&mut null.iter().map(|(l1, _)| *l1)),
            expected_l2: mean(&mut null.iter().map(|(_, l2)| *l2)),
            null_95_l1: quantile_of_sorted(&null_l1, 0.95).unwrap_or(observed.l1),
            p_l1: (1 + reached) as f64 / (1 + replicates) as f64,
            interval_l1: centred(&sorted(resampled), observed.l1, confidence),
            intracluster_correlation: rho,
            replicates,
            by_normals,
        })
    }
}

/// Percentiles moved so that the median becomes the estimate; none of values that do not vary, and
/// none where the cut to [0, 1] leaves nothing of their width.
fn centred(sorted: &[f64], estimate: f64, confidence: f64) -> Result<Interval, NotEstimable> {
    if sorted.first() == sorted.last() {
        return Err(NotEstimable::NoVariation);
    }
    let at = |p: f64| quantile_of_sorted(sorted, p).unwrap_or(estimate);
    let (tail, middle) = (0.5 * (1.0 - confidence), at(0.5));
    let found = Interval {
        lower: (estimate + at(tail) - middle).clamp(0.0, estimate),
        upper: (estimate + at(1.0 - tail) - middle).clamp(estimate, 1.0),
    };
    // A hair of rounding is no width.
    if found.width() > 1e-12 {
        Ok(found)
    } else {
        Err(NotEstimable::Other(
            "nearly every resample of patients has a larger error than the group itself, so that limits about it would have no width"
                .to_owned(),
        ))
    }
}

/// Pairs of samples of a patient: sum of products of residuals over the sum of products of
/// standard deviations, residuals taken from the mean of their bin; 0 when negative.
fn intracluster_correlation(binned: &Binned) -> f64 {
    // Mean and standard deviation of outcome less probability, by bin.
    let moments: Vec<(f64, f64)> = binned
        .sums
        .iter()
        .map(|bin| {
            let mean = if bin.n > 0.0 { bin.gap() / bin.n } else { 0.0 };
            let square = bin.squared_gaps / bin.n.max(1.0) - mean * mean;
            (mean, square.max(0.0).sqrt())
        })
        .collect();
    let same: f64 = binned
        .sums
        .iter()
        .zip(&moments)
        .map(|(bin, (_, sd))| bin.n * sd * sd)
        .sum();
    // Over ordered pairs i != j of a patient: (sum)^2 less the sum of squares, which both have.
    let (mut of_residuals, mut of_deviations) = (0.0, 0.0);
    for own in binned.patients() {
        let (mut residuals, mut deviations) = (0.0, 0.0);
        for cell in own {
            let (mean, sd) = moments[cell.bin as usize];
            residuals += cell.gap - f64::from(cell.n) * mean;
            deviations += f64::from(cell.n) * sd;
        }
        of_residuals += residuals * residuals;
        of_deviations += deviations * deviations;
    }
    let scale = of_deviations - same;
    // What rounding leaves of patients with one sample each is no correlation.
    if scale > 1e-9 * of_deviations {
        ((of_residuals - same) / scale).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::bins::equal_mass_edges;
    use super::super::large::{ENOUGH, LARGE};
    use super::*;
    use crate::statistics::{Purpose, RandomStream};

    /// One outcome of each kind at 1/2: the error is 0, and no resample can show less.
    #[test]
    fn an_error_of_0_has_no_limits_without_width() {
        let bins = Bins::Width(10);
        let found = calibration_error(&[true, false], &[0.5; 2], None, &bins, 0.95, 200, 1);
        let found = found.unwrap();
        assert_eq!(found.l1, 0.0);
        assert!(found.interval_l1.is_err(), "{found:?}");
    }

    #[test]
    fn five_cases_of_the_torchmetrics_docs() {
        let (y, p) = (
            [false, false, true, true, true],
            [0.25, 0.25, 0.55, 0.75, 0.75],
        );
        let found = calibration_error(&y, &p, None, &Bins::Width(2), 0.95, 50, 1).unwrap();
        assert!(
            (found.l1 - 0.29).abs() < 1e-6
                && (found.l2 - 0.291_833_3).abs() < 1e-6
                && (found.largest - 0.316_666_7).abs() < 1e-6
        );
        assert!(
            (expected_calibration_error(&y, &p, &Bins::Width(2)).unwrap() - found.l1).abs() < 1e-15
        );
        assert!(
            (maximum_calibration_error(&y, &p, &Bins::Width(2)).unwrap() - found.largest).abs()
                < 1e-15
        );
    }

    fn drawn(rho: f64, n: usize) -> (Vec<bool>, Vec<f64>, Vec<u32>) {
        let mut stream = RandomStream::new(5, Purpose::Simulation, 0);
        let mut own = 0.0;
        let rows = (0..n).map(|i| {
            if i % 5 == 0 {
                own = stream.uniform();
            }
            let p = 0.05 + 0.9 * stream.uniform();
            let number = if stream.uniform() < rho {
                own
            } else {
                stream.uniform()
            };
            (number < p, p, (i / 5) as u32)
        });
        let rows: Vec<_> = rows.collect();
        (
            rows.iter().map(|r| r.0).collect(),
            rows.iter().map(|r| r.1).collect(),
            rows.iter().map(|r| r.2).collect(),
        )
    }

    #[test]
    fn a_calibrated_model_is_no_worse_than_the_null() {
        for rho in [0.0, 0.8] {
            let (y, p, cluster) = drawn(rho, 1000);
            let found =
                calibration_error(&y, &p, Some(&cluster), &Bins::Width(10), 0.95, 400, 1).unwrap();
            assert!(found.p_l1 > 0.01, "{found:?}");
            assert!(found.expected_l1 > 0.01 && found.interval_l1.unwrap().contains(found.l1));
        }
    }

    /// What replicates by normals give is what replicates by rows give, where it is switched.
    #[test]
    fn groups_by_normals_agree_with_row_by_row() {
        // Patients, the power that pushes probabilities to 0, what of the null's mean may differ.
        for (patients, power, differ) in [(ENOUGH, 1, 0.02), (ENOUGH, 3, 0.02), (LARGE, 1, 0.01)] {
            let (mut y, mut p, cluster) = drawn(0.8, 5 * patients);
            p.iter_mut().for_each(|p| *p = p.powi(power));
            // Somewhat miscalibrated: every eleventh negative becomes a positive.
            y.iter_mut().step_by(11).for_each(|y| *y = true);
            let bins = Bins::Width(10);
            let rows = probability_rows(&y, &p, None, Some(&cluster)).unwrap();
            let binned = rows.binned(&bins);
            assert!(sums_are_normal(&binned));
            let rho = intracluster_correlation(&binned);
            assert!(rho > 0.1, "{rho}");
            let draws = CalibrationDraws::new(1000, 3);
            let (null, resampled) = draws.by_normals(&rows, &binned, rho);
            // Mean, standard deviation, 95% quantile.
            let summary = |mut values: Vec<f64>| {
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
                let sd = (square / values.len() as f64).sqrt();
                values.sort_unstable_by(f64::total_cmp);
                (mean, sd, quantile_of_sorted(&values, 0.95).unwrap())
            };
            let l1 = |pairs: &[(f64, f64)]| pairs.iter().map(|pair| pair.0).collect::<Vec<_>>();
            let l2 = |pairs: &[(f64, f64)]| pairs.iter().map(|pair| pair.1).collect::<Vec<_>>();
            let by_rows = draws.null(&rows, &binned, rho);
            for (normal, exact) in [
                (l1(&null), l1(&by_rows)),
                (l2(&null), l2(&by_rows)),
                (resampled, draws.resampled(&binned)),
            ] {
                let ((m, s, q), (mean, sd, quantile)) = (summary(normal), summary(exact));
                let chance = 4.0 * sd * (2.0f64 / 1000.0).sqrt();
                assert!(
                    (m - mean).abs() < chance.min(differ * mean + 0.5 * chance),
                    "{m} {mean} {sd}"
                );
                assert!((s / sd - 1.0).abs() < 0.12, "{s} {sd}");
                assert!((q / quantile - 1.0).abs() < 0.06, "{q} {quantile}");
            }
        }
    }

    /// Rare events leave too few in most bins: such a group is simulated outcome by outcome until
    /// it is large.
    #[test]
    fn rare_events_are_drawn_one_by_one() {
        let normal = |patients: usize, power: i32| {
            let (y, mut p, cluster) = drawn(0.0, 5 * patients);
            p.iter_mut().for_each(|p| *p = p.powi(power) * 0.01);
            let rows = probability_rows(&y, &p, None, Some(&cluster)).unwrap();
            let bins = equal_mass_edges(&p, 10);
            sums_are_normal(&rows.binned(&bins))
        };
        assert!(!normal(ENOUGH, 2) && normal(LARGE, 2));
        assert!(!normal(ENOUGH - 1, 0));
    }

    #[test]
    fn clustering_widens_the_null() {
        let (y, p, cluster) = drawn(0.9, 1000);
        let with =
            calibration_error(&y, &p, Some(&cluster), &Bins::Width(10), 0.95, 200, 1).unwrap();
        let without = calibration_error(&y, &p, None, &Bins::Width(10), 0.95, 200, 1).unwrap();
        assert!(with.intracluster_correlation > 0.4 && without.intracluster_correlation == 0.0);
        assert!(with.null_95_l1 > 1.1 * without.null_95_l1);
    }

    #[test]
    fn the_same_numbers_on_any_number_of_threads() {
        let (y, p, cluster) = drawn(0.5, 300);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                calibration_error(&y, &p, Some(&cluster), &Bins::Width(10), 0.95, 100, 9).unwrap()
            })
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(5));
    }

    #[test]
    fn equal_mass_bins_come_from_the_cohort_and_keep_ties_together() {
        let scores: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
        let bins = equal_mass_edges(&scores, 10);
        assert_eq!(bins.count(), 10);
        let mut sizes = [0; 10];
        scores.iter().for_each(|score| sizes[bins.of(*score)] += 1);
        assert_eq!(sizes, [10; 10]);
        assert_eq!(equal_mass_edges(&[0.5; 20], 10).count(), 1);
        assert_eq!(equal_mass_edges(&[], 10).count(), 1);
        assert_eq!(Bins::Width(10).of(1.0), 9);
    }

    #[test]
    fn degenerate_groups() {
        let error = |y: &[bool], p: &[f64], cluster: Option<&[u32]>| {
            calibration_error(y, p, cluster, &Bins::Width(10), 0.95, 20, 1)
        };
        assert!(error(&[], &[], None).is_err());
        assert_eq!(
            error(&[true, false], &[0.5, 0.5], Some(&[3, 3])),
            Err(NotEstimable::OnePatient)
        );
        assert!(error(&[true, false], &[0.5, 1.5], None).is_err());
        assert!(
            calibration_error(
                &[true, false],
                &[0.5, 0.5],
                None,
                &Bins::Width(10),
                0.95,
                0,
                1
            )
            .is_err()
        );
        assert_eq!(error(&[true, false], &[1.0, 0.0], None).unwrap().l1, 0.0);
    }
}
