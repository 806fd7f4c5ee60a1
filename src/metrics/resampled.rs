//! Metrics of the whole confusion matrix, with a patient bootstrap.
//!
//! Patients with the same four counts are exchangeable, so that a resample of patients is a
//! multinomial draw over the few distinct count vectors: its cost does not depend on n. In large
//! groups the four sums are jointly normal, and a replicate is a draw of four normals.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::confusion::ConfusionCounts;
use super::kinds::ConfusionKinds;
use crate::statistics::{
    CorrelatedNormals, Interval, Kind, NotEstimable, Purpose, RandomStream, Resamples,
    StandardNormals, tallied,
};

/// Patients from which the sums of a resample are taken as normal, if every kind of decision is
/// carried by enough of them.
const LARGE: u64 = 5_000;
/// Patients with a decision of a kind from which its sum is taken as normal: its skewness is then
/// at most about 1 / sqrt(1000), which moves a 2.5% limit by 1.5% of the standard error.
const MANY_CARRIERS: u64 = 1_000;

/// A metric of the whole confusion matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatrixMetric {
    /// (sensitivity + specificity) / 2.
    BalancedAccuracy,
    /// sensitivity + specificity - 1 (Youden 1950).
    Youden,
    /// 2 tp / (2 tp + fp + fn).
    F1,
    /// Matthews' correlation coefficient (1975).
    Mcc,
}

impl MatrixMetric {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::BalancedAccuracy, Self::Youden, Self::F1, Self::Mcc];

    /// Id in results.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Youden => "youden",
            Self::F1 => "f1",
            Self::Mcc => "mcc",
        }
    }

    /// Why a matrix with a sample has no value.
    #[must_use]
    pub fn undefined(counts: &ConfusionCounts) -> NotEstimable {
        let [tp, fn_, fp, tn] = counts.cells();
        match (tp + fn_, tn + fp) {
            (positive, negative) if positive == 0 || negative == 0 => {
                NotEstimable::OneClass(positive, negative)
            }
            _ => NotEstimable::Other("every sample is called the same".to_owned()),
        }
    }

    /// Value for one matrix; `None` where it is 0/0.
    #[must_use]
    pub fn value(self, counts: &ConfusionCounts) -> Option<f64> {
        let [tp, fn_, fp, tn] = counts.cells().map(|count| count as f64);
        let ratio = |above: f64, below: f64| (below > 0.0).then(|| above / below);
        match self {
            Self::BalancedAccuracy => Some(0.5 * (ratio(tp, tp + fn_)? + ratio(tn, tn + fp)?)),
            Self::Youden => Some(ratio(tp, tp + fn_)? + ratio(tn, tn + fp)? - 1.0),
            Self::F1 => ratio(2.0 * tp, 2.0 * tp + fp + fn_),
            Self::Mcc => ratio(
                tp * tn - fp * fn_,
                ((tp + fp) * (tp + fn_) * (tn + fp) * (tn + fn_)).sqrt(),
            ),
        }
    }
}

/// A metric with its percentile interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// Which metric.
    pub metric: MatrixMetric,
    /// Value in the group.
    pub estimate: f64,
    /// Percentile interval, widened to hold the estimate where rounding would leave it out; no
    /// interval where the value is the same in every replicate, which says nothing of its error.
    pub interval: Result<Interval, NotEstimable>,
    /// Standard deviation over replicates; `None` where they do not vary or few patients carry what
    /// does.
    pub standard_error: Option<f64>,
    /// Id of the method whose limits stand in place of the bootstrap's, where few patients carry a
    /// kind of decision ([`ConfusionKinds::matrix_metrics`](super::ConfusionKinds::matrix_metrics)).
    pub closed: Option<&'static str>,
    /// Replicates in which the metric could be computed.
    pub replicates: u64,
    /// Patients.
    pub n_clusters: u64,
    /// Whether the sums of a resample were drawn from their joint normal distribution: at least
    /// 5,000 patients, 1,000 of them with each kind of decision that occurs.
    pub by_normals: bool,
}

/// Replicates of the patient bootstrap: the same random numbers for every group, drawn once where
/// groups are large.
#[derive(Debug)]
pub struct MatrixDraws {
    replicates: u64,
    seed: u64,
    normals: OnceLock<StandardNormals>,
}

impl MatrixDraws {
    /// So many replicates from a seed.
    #[must_use]
    pub fn new(replicates: u64, seed: u64) -> Self {
        Self {
            replicates,
            seed,
            normals: OnceLock::new(),
        }
    }

    /// Four sums of every replicate, as whole numbers near to what was drawn.
    fn by_normals(
        &self,
        whole: &ConfusionCounts,
        sums: &CorrelatedNormals,
    ) -> Vec<ConfusionCounts> {
        let (seed, purpose) = (self.seed, Purpose::ConfusionBootstrap);
        let drawn = || StandardNormals::new(seed, purpose, self.replicates, 4);
        let mut by = [0.0; 4];
        let replicates = self.normals.get_or_init(drawn).replicates();
        replicates
            .map(|normals| {
                sums.from_standard(normals, &mut by);
                moved(whole, &by)
            })
            .collect()
    }

    /// The same of patients that are drawn one by one.
    fn resampled(&self, vectors: &[ConfusionCounts], sizes: &[u64]) -> Vec<ConfusionCounts> {
        let n = sizes.iter().sum();
        (0..self.replicates)
            .into_par_iter()
            .map(|replicate| {
                let mut stream =
                    RandomStream::new(self.seed, Purpose::ConfusionBootstrap, replicate);
                sum(vectors, &stream.multinomial(n, sizes))
            })
            .collect()
    }
}

/// All matrix metrics of one group, each with the reason where it cannot be estimated.
///
/// `patients` are the counts of every patient. All metrics see the same resamples. Replicates in
/// which a metric is 0/0 are left out of it; when that is more than 5% of them there is no
/// interval. With fewer than ten patients of a kind of decision percentiles leave out the truth too
/// often, and other limits stand in ([`ConfusionKinds::matrix_metrics`]). No number from elsewhere can
/// exist for random resamples; the tests hold the standard error against the binomial one, and draws
/// by normals against whole resamples.
#[must_use]
pub fn matrix_metrics(
    patients: &[ConfusionCounts],
    confidence: f64,
    replicates: u64,
    seed: u64,
) -> Vec<(MatrixMetric, Result<Resampled, NotEstimable>)> {
    ConfusionKinds::from_kinds(tallied(patients.iter().copied()), true)
        .matrix_metrics(confidence, &MatrixDraws::new(replicates, seed))
}

/// The same from the different counts of patients, in ascending order, each with the number of
/// patients that have it.
pub(super) fn matrix_metrics_of_kinds(
    kinds: &[Kind<ConfusionCounts>],
    confidence: f64,
    draws: &MatrixDraws,
) -> Vec<(MatrixMetric, Result<Resampled, NotEstimable>)> {
    let (vectors, sizes): (Vec<ConfusionCounts>, Vec<u64>) = kinds.iter().copied().unzip();
    let n: u64 = sizes.iter().sum();
    let whole = sum(&vectors, &sizes);
    let normals = normal_sums(vectors.iter().map(ConfusionCounts::cells), &sizes, 4);
    let drawn = match &normals {
        Some(normals) => draws.by_normals(&whole, normals),
        None => draws.resampled(&vectors, &sizes),
    };
    MatrixMetric::ALL
        .into_iter()
        .map(|metric| {
            let found = resampled(metric, &whole, &drawn, n, confidence);
            let marked = found.map(|found| Resampled {
                by_normals: normals.is_some(),
                ..found
            });
            (metric, marked)
        })
        .collect()
}

/// What a resample of n patients adds to the sums of each cell, as normals: mean 0 and n times the
/// covariance of a patient's counts. `None` where the group is too small for that.
pub(super) fn normal_sums<C: AsRef<[u64]>>(
    vectors: impl Iterator<Item = C>,
    sizes: &[u64],
    cells: usize,
) -> Option<CorrelatedNormals> {
    let n: u64 = sizes.iter().sum();
    if n < LARGE {
        return None;
    }
    let mut carriers = vec![0u64; cells];
    let mut sums = vec![0.0; cells];
    let mut products = vec![vec![0.0; cells]; cells];
    for (vector, times) in vectors.zip(sizes) {
        let own = vector.as_ref();
        for i in (0..cells).filter(|i| own[*i] > 0) {
            carriers[i] += times;
            sums[i] += own[i] as f64 * *times as f64;
            for j in 0..cells {
                products[i][j] += own[i] as f64 * own[j] as f64 * *times as f64;
            }
        }
    }
    let many = |carriers: &u64| *carriers == 0 || *carriers >= MANY_CARRIERS;
    if !carriers.iter().all(many) {
        return None;
    }
    let covariance: Vec<Vec<f64>> = (0..cells)
        .map(|i| {
            (0..cells)
                .map(|j| products[i][j] - sums[i] * sums[j] / n as f64)
                .collect()
        })
        .collect();
    Some(CorrelatedNormals::new(&covariance))
}

/// A count moved by what was drawn, as a whole number.
pub(super) fn whole_number(own: u64, by: f64) -> u64 {
    (own as f64 + by).round().max(0.0) as u64
}

/// Whole numbers near to the sums that were drawn.
fn moved(whole: &ConfusionCounts, by: &[f64]) -> ConfusionCounts {
    let own = whole.cells();
    let at = |place: usize| whole_number(own[place], by[place]);
    ConfusionCounts {
        true_positive: at(0),
        false_negative: at(1),
        false_positive: at(2),
        true_negative: at(3),
    }
}

fn sum(vectors: &[ConfusionCounts], times: &[u64]) -> ConfusionCounts {
    let total = |pick: fn(&ConfusionCounts) -> u64| {
        vectors
            .iter()
            .zip(times)
            .map(|(counts, times)| pick(counts) * times)
            .sum()
    };
    ConfusionCounts {
        true_positive: total(|counts| counts.true_positive),
        false_negative: total(|counts| counts.false_negative),
        false_positive: total(|counts| counts.false_positive),
        true_negative: total(|counts| counts.true_negative),
    }
}

fn resampled(
    metric: MatrixMetric,
    whole: &ConfusionCounts,
    drawn: &[ConfusionCounts],
    n: u64,
    confidence: f64,
) -> Result<Resampled, NotEstimable> {
    let (positive, negative) = (
        whole.true_positive + whole.false_negative,
        whole.true_negative + whole.false_positive,
    );
    if positive + negative == 0 {
        return Err(NotEstimable::Empty("samples"));
    }
    let estimate = metric
        .value(whole)
        .ok_or_else(|| MatrixMetric::undefined(whole))?;
    if n < 2 {
        return Err(NotEstimable::OnePatient);
    }
    let values: Vec<Option<f64>> = drawn.iter().map(|counts| metric.value(counts)).collect();
    let values = Resamples::new(&values);
    let interval = match values.limits(estimate, confidence) {
        Err(why) if why != NotEstimable::NoVariation => return Err(why),
        found => found,
    };
    Ok(Resampled {
        metric,
        estimate,
        interval,
        standard_error: values.standard_error(),
        closed: None,
        replicates: values.defined(),
        n_clusters: n,
        by_normals: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(
        true_positive: u64,
        false_negative: u64,
        false_positive: u64,
        true_negative: u64,
    ) -> ConfusionCounts {
        ConfusionCounts {
            true_positive,
            false_negative,
            false_positive,
            true_negative,
        }
    }

    #[test]
    fn values_by_hand() {
        let matrix = counts(90, 10, 30, 170);
        let expected = [
            0.5 * (0.9 + 0.85),
            0.75,
            180.0 / 220.0,
            (90.0 * 170.0 - 300.0) / (120.0_f64 * 100.0 * 200.0 * 180.0).sqrt(),
        ];
        for (metric, expected) in MatrixMetric::ALL.into_iter().zip(expected) {
            assert!((metric.value(&matrix).unwrap() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn standard_error_of_youden_matches_the_binomial_one() {
        let mut patients = vec![counts(1, 0, 0, 0); 90];
        patients.extend(vec![counts(0, 1, 0, 0); 10]);
        patients.extend(vec![counts(0, 0, 1, 0); 30]);
        patients.extend(vec![counts(0, 0, 0, 1); 170]);
        let found = matrix_metrics(&patients, 0.95, 4000, 3);
        let youden = found[1].1.as_ref().unwrap();
        let expected = (0.9_f64 * 0.1 / 100.0 + 0.85 * 0.15 / 200.0).sqrt();
        assert!(
            (youden.standard_error.unwrap() / expected - 1.0).abs() < 0.05,
            "{youden:?}"
        );
        patients.reverse();
        assert_eq!(matrix_metrics(&patients, 0.95, 4000, 3), found);
    }

    #[test]
    fn degenerate_groups() {
        assert!(
            matrix_metrics(&[], 0.95, 100, 1)
                .iter()
                .all(|(_, value)| *value == Err(NotEstimable::Empty("samples")))
        );
        let positives = matrix_metrics(&[counts(1, 0, 0, 0); 5], 0.95, 100, 1);
        assert_eq!(positives[0].1, Err(NotEstimable::OneClass(5, 0)));
        let one = matrix_metrics(&[counts(3, 1, 1, 3)], 0.95, 100, 1);
        assert!(
            one.iter()
                .all(|(_, value)| *value == Err(NotEstimable::OnePatient))
        );
        let perfect = matrix_metrics(&[counts(2, 0, 0, 2); 30], 0.95, 100, 1);
        for place in [2, 3] {
            let found = perfect[place].1.as_ref().unwrap();
            assert_eq!((found.estimate, found.standard_error), (1.0, None));
            // No resample shows an error; the closed limits have a width all the same.
            let limits = found.interval.clone().unwrap();
            assert!(found.closed.is_some() && limits.upper == 1.0);
            assert!(limits.lower > 0.8 && limits.lower < 0.98, "{limits:?}");
        }
    }

    /// 18 of 18 and 22 of 22 right: J = 1 with the lower limit of Newcombe's method 10 for the
    /// difference 18/18 - 0/22, by statsmodels 0.15 (`confint_proportions_2indep`, newcomb).
    #[test]
    fn a_perfect_matrix_has_the_limits_of_a_difference_of_rates() {
        let limits = |place: usize, false_positive: u64| {
            let kinds = vec![
                (counts(1, 0, 0, 0), 18),
                (counts(0, 0, 1, 0), false_positive),
                (counts(0, 0, 0, 1), 22 - false_positive),
            ];
            let found = ConfusionKinds::from_kinds(kinds, false)
                .matrix_metrics(0.95, &MatrixDraws::new(200, 1));
            let found = found[place].1.as_ref().unwrap();
            assert!(found.closed.is_some());
            found.interval.clone().unwrap()
        };
        let youden = limits(1, 0);
        assert!((youden.lower - 0.769_713_715).abs() < 1e-9 && youden.upper == 1.0);
        assert!((limits(0, 0).lower - 0.884_856_858).abs() < 1e-9);
        // 18 of 18 and 15 of 22: a resample would carry the error of the specificity alone.
        let youden = limits(1, 7);
        assert!(
            (youden.lower - 0.408_942_939).abs() < 1e-9
                && (youden.upper - 0.836_394_068).abs() < 1e-9,
            "{youden:?}"
        );
        // One patient with positives: no interval, whatever the resamples show.
        let mut patients = vec![counts(0, 0, 0, 1); 20];
        patients.push(counts(3, 0, 0, 0));
        let found = matrix_metrics(&patients, 0.95, 2000, 1);
        let found = found[1].1.as_ref();
        assert!(
            found.is_err() || found.unwrap().interval == Err(NotEstimable::OnePatient),
            "{found:?}"
        );
    }

    #[test]
    fn large_groups_by_normals_agree_with_whole_resamples() {
        // 12,000 patients of a few kinds; twice as many draws of the slow way beside.
        let mut patients = Vec::new();
        for (kind, times) in [
            (counts(1, 0, 0, 0), 2000),
            (counts(2, 1, 0, 1), 900),
            (counts(0, 1, 0, 0), 400),
            (counts(0, 0, 1, 2), 1300),
            (counts(0, 0, 0, 1), 7400),
        ] {
            patients.extend(std::iter::repeat_n(kind, times));
        }
        let (vectors, sizes): (Vec<_>, Vec<u64>) =
            tallied(patients.iter().copied()).into_iter().unzip();
        let n = patients.len() as u64;
        let whole = sum(&vectors, &sizes);
        let drawn: Vec<ConfusionCounts> = (0..8000)
            .map(|replicate| {
                let mut stream = RandomStream::new(9, Purpose::Simulation, replicate);
                sum(&vectors, &stream.multinomial(n, &sizes))
            })
            .collect();
        for (metric, found) in matrix_metrics(&patients, 0.95, 8000, 9) {
            let found = found.unwrap();
            assert!(found.by_normals);
            let slow = resampled(metric, &whole, &drawn, n, 0.95).unwrap();
            assert_eq!(found.estimate, slow.estimate);
            let error = slow.standard_error.unwrap();
            let (own, whole) = (found.interval.unwrap(), slow.interval.unwrap());
            assert!(
                (found.standard_error.unwrap() / error - 1.0).abs() < 0.03,
                "{metric:?}"
            );
            assert!((own.lower - whole.lower).abs() < 0.12 * error);
            assert!((own.upper - whole.upper).abs() < 0.12 * error);
        }
        // Few patients with a false positive: no normals.
        let few: Vec<ConfusionCounts> = patients
            .iter()
            .map(|own| counts(own.true_positive, own.false_negative, 0, own.true_negative))
            .chain((0..50).map(|_| counts(0, 0, 1, 0)))
            .collect();
        let found = matrix_metrics(&few, 0.95, 200, 9);
        assert!(!found[0].1.as_ref().unwrap().by_normals);
    }
}
