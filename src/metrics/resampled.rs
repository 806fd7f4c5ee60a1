//! Metrics of the whole confusion matrix, with a patient bootstrap.
//!
//! Patients with the same four counts are exchangeable, so that a resample of patients is a
//! multinomial draw over the few distinct count vectors: its cost does not depend on n.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::confusion::ConfusionCounts;
use crate::statistics::{Interval, NotEstimable, Purpose, RandomStream, quantile_of_sorted};

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

    /// Value for one matrix; `None` where it is 0/0.
    #[must_use]
    pub fn value(self, counts: &ConfusionCounts) -> Option<f64> {
        let [tp, fn_, fp, tn] = [
            counts.true_positive,
            counts.false_negative,
            counts.false_positive,
            counts.true_negative,
        ]
        .map(|count| count as f64);
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampled {
    /// Which metric.
    pub metric: MatrixMetric,
    /// Value in the group.
    pub estimate: f64,
    /// Percentile interval, widened to hold the estimate where rounding would leave it out.
    pub interval: Interval,
    /// Standard deviation over replicates.
    pub standard_error: f64,
    /// Replicates in which the metric could be computed.
    pub replicates: u64,
    /// Patients.
    pub n_clusters: u64,
}

/// All matrix metrics of one group, each with the reason where it cannot be estimated.
///
/// `patients` are the counts of every patient. All metrics see the same resamples. Replicates in
/// which a metric is 0/0 are left out of it; when that is more than 5% of them there is no
/// interval.
#[must_use]
pub fn matrix_metrics(
    patients: &[ConfusionCounts],
    confidence: f64,
    replicates: u64,
    seed: u64,
) -> Vec<(MatrixMetric, Result<Resampled, NotEstimable>)> {
    let mut distinct: BTreeMap<ConfusionCounts, u64> = BTreeMap::new();
    patients
        .iter()
        .filter(|counts| counts.total() > 0)
        .for_each(|counts| *distinct.entry(*counts).or_default() += 1);
    let (vectors, sizes): (Vec<ConfusionCounts>, Vec<u64>) = distinct.into_iter().unzip();
    let n: u64 = sizes.iter().sum();
    let drawn: Vec<ConfusionCounts> = (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            sum(
                &vectors,
                &RandomStream::new(seed, Purpose::ConfusionBootstrap, replicate)
                    .multinomial(n, &sizes),
            )
        })
        .collect();
    let whole = sum(&vectors, &sizes);
    MatrixMetric::ALL
        .into_iter()
        .map(|metric| (metric, resampled(metric, &whole, &drawn, n, confidence)))
        .collect()
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
    let estimate = metric.value(whole).ok_or_else(|| {
        if positive == 0 || negative == 0 {
            NotEstimable::OneClass(positive, negative)
        } else {
            NotEstimable::Other("every sample is called the same".to_owned())
        }
    })?;
    if n < 2 {
        return Err(NotEstimable::OnePatient);
    }
    let mut values: Vec<f64> = drawn
        .iter()
        .filter_map(|counts| metric.value(counts))
        .collect();
    if values.len() < 2
        || values.len() * 20 < drawn.len() * 19
        || !(confidence > 0.0 && confidence < 1.0)
    {
        return Err(NotEstimable::Other(
            "too many resamples leave the metric undefined".to_owned(),
        ));
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| quantile_of_sorted(&values, p).unwrap_or(estimate);
    let tail = 0.5 * (1.0 - confidence);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let spread = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / (values.len() as f64 - 1.0);
    let interval = Interval {
        lower: at(tail).min(estimate),
        upper: at(1.0 - tail).max(estimate),
    };
    Ok(Resampled {
        metric,
        estimate,
        interval,
        standard_error: spread.sqrt(),
        replicates: values.len() as u64,
        n_clusters: n,
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
            (youden.standard_error / expected - 1.0).abs() < 0.05,
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
        assert_eq!(perfect[3].1.as_ref().unwrap().interval.lower, 1.0);
    }
}
