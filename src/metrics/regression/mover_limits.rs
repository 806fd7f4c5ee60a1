//! Intervals of limits of agreement that need no large number of patients.

use std::collections::{BTreeMap, BTreeSet};

use super::differences;
use crate::metrics::finite::{numbers, same_length};
use crate::statistics::{
    Interval, NotEstimable, chi_squared_quantile, normal_quantile, ordered_sum,
};

/// Limits of agreement with intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgreementLimits {
    /// Mean over patients of their mean difference, predicted minus true.
    pub bias: f64,
    /// Standard deviation of one difference.
    pub sd: f64,
    /// bias -/+ z sd.
    pub limits: Interval,
    /// Of the bias.
    pub bias_interval: Interval,
    /// Of the lower limit.
    pub lower_interval: Interval,
    /// Of the upper limit.
    pub upper_interval: Interval,
    /// Patients.
    pub n_patients: u64,
}

/// A mean square with its weight in the variance of a difference.
struct MeanSquare {
    value: f64,
    weight: f64,
    df: f64,
}

/// Mean and mean square of values by patient.
struct OneWay {
    means: BTreeMap<u32, f64>,
    /// Mean over patients of 1 / n_i.
    inverse_size: f64,
    /// Mean square within patients and its degrees of freedom, N - K.
    within: f64,
    df: f64,
}

impl OneWay {
    fn new(values: &[f64], patient: &[u32]) -> Self {
        let mut of: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (value, own) in values.iter().zip(patient) {
            of.entry(*own).or_default().push(*value);
        }
        let k = of.len() as f64;
        let means: BTreeMap<u32, f64> = of
            .iter()
            .map(|(own, values)| {
                let mean = ordered_sum(values.iter().copied()) / values.len() as f64;
                (*own, mean)
            })
            .collect();
        let squares = of.iter().map(|(own, values)| {
            ordered_sum(values.iter().map(|x| (x - means[own]) * (x - means[own])))
        });
        let df = values.len() as f64 - k;
        let squares = ordered_sum(squares);
        Self {
            inverse_size: ordered_sum(of.values().map(|values| 1.0 / values.len() as f64)) / k,
            within: if df > 0.0 { squares / df } else { 0.0 },
            df,
            means,
        }
    }

    fn component(&self) -> MeanSquare {
        MeanSquare {
            value: self.within,
            weight: 1.0 - self.inverse_size,
            df: self.df,
        }
    }
}

/// Limits of agreement where patients carry several samples whose true values may differ, with
/// intervals by variance estimates recovery (MOVER; Zou 2013, Stat Methods Med Res 22:630-642).
/// The variance of a difference is that of the patients' means plus (1 - mean of 1 / n_i) times
/// the mean square within patients; its limits come from the chi-squared limits of both, and those
/// of bias -/+ z sd from the limits of bias and variance. With normal differences it is meant for
/// any number of patients.
///
/// Differs a little from [`super::limits_of_agreement`] where patients have unequal numbers of
/// samples: there every sample weighs the same, here every patient.
///
/// # Errors
/// Fewer than two patients, lengths that differ, a value that is no finite number, or a share or
/// level outside (0, 1).
pub fn mover_limits(
    y_true: &[f64],
    y_pred: &[f64],
    cluster: Option<&[u32]>,
    share: f64,
    confidence: f64,
) -> Result<AgreementLimits, NotEstimable> {
    let errors = differences(y_true, y_pred)?;
    let own: Vec<u32> = (0..errors.len() as u32).collect();
    let patient = cluster.unwrap_or(&own);
    same_length(&[errors.len(), patient.len()])?;
    let found = OneWay::new(&errors, patient);
    let means: Vec<f64> = found.means.values().copied().collect();
    limits(&means, &[found.component()], share, confidence)
}

/// Limits of agreement of two methods that measured the same unchanging value of a patient, each
/// as often as it did, readings not in pairs (Bland and Altman 1999, Stat Methods Med Res
/// 8:135-160, section 5.2; 2007, section 2): the variance of a difference is that of the patients'
/// differences of means plus, for each method, (1 - mean of 1 / n_i) times its mean square within
/// patients. Intervals as [`mover_limits`]. Patients read by one method only are left out.
///
/// # Errors
/// As [`mover_limits`].
pub fn mover_limits_of_constant_truth(
    truth: (&[f64], &[u32]),
    predicted: (&[f64], &[u32]),
    share: f64,
    confidence: f64,
) -> Result<AgreementLimits, NotEstimable> {
    for (values, patient) in [truth, predicted] {
        same_length(&[values.len(), patient.len()])?;
        numbers(values, "a reading")?;
    }
    let ids = |patient: &[u32]| patient.iter().copied().collect::<BTreeSet<u32>>();
    let both: BTreeSet<u32> = ids(truth.1)
        .intersection(&ids(predicted.1))
        .copied()
        .collect();
    let of_both = |(values, patient): (&[f64], &[u32])| {
        let rows = values
            .iter()
            .zip(patient)
            .filter(|(_, own)| both.contains(own));
        let (values, patient): (Vec<f64>, Vec<u32>) = rows.map(|(x, own)| (*x, *own)).unzip();
        OneWay::new(&values, &patient)
    };
    let (truth, predicted) = (of_both(truth), of_both(predicted));
    let means: Vec<f64> = truth
        .means
        .iter()
        .map(|(own, mean)| predicted.means[own] - mean)
        .collect();
    let within = [truth.component(), predicted.component()];
    limits(&means, &within, share, confidence)
}

fn limits(
    means: &[f64],
    within: &[MeanSquare],
    share: f64,
    confidence: f64,
) -> Result<AgreementLimits, NotEstimable> {
    for level in [share, confidence] {
        if !(level > 0.0 && level < 1.0) {
            return Err(NotEstimable::Other(format!(
                "a share of {level} is not between 0 and 1"
            )));
        }
    }
    let k = means.len() as f64;
    if means.len() < 2 {
        return Err(NotEstimable::OnePatient);
    }
    let bias = ordered_sum(means.iter().copied()) / k;
    let of_means = MeanSquare {
        value: ordered_sum(means.iter().map(|d| (d - bias) * (d - bias))) / (k - 1.0),
        weight: 1.0,
        df: k - 1.0,
    };
    let z = normal_quantile(0.5 + 0.5 * share);
    let z_level = normal_quantile(0.5 + 0.5 * confidence);
    let bias_error = (of_means.value / k).sqrt();
    let parts = || std::iter::once(&of_means).chain(within);
    let total: f64 = parts().map(|part| part.weight * part.value).sum();
    if !total.is_finite() || !bias.is_finite() {
        return Err(NotEstimable::Other(
            "the values are too large for a result".to_owned(),
        ));
    }
    // Distance from the variance to its limit, from the chi-squared limits of its parts.
    let distance = |p: f64| {
        let squares = parts()
            .filter(|part| part.df > 0.0)
            .map(|part| {
                let ratio = part.df / chi_squared_quantile(p, part.df);
                (part.weight * part.value * (1.0 - ratio)).powi(2)
            })
            .sum::<f64>();
        squares.sqrt()
    };
    let tail = 0.5 * (1.0 - confidence);
    let sd = total.sqrt();
    let least = (total - distance(1.0 - tail)).max(0.0).sqrt();
    let most = (total + distance(tail)).sqrt();
    let outward = (z_level * bias_error).hypot(z * (most - sd));
    let inward = (z_level * bias_error).hypot(z * (sd - least));
    let around = |at: f64, below: f64, above: f64| Interval {
        lower: at - below,
        upper: at + above,
    };
    let (lower, upper) = (bias - z * sd, bias + z * sd);
    if !outward.is_finite() {
        return Err(NotEstimable::Other("no bounded interval".to_owned()));
    }
    Ok(AgreementLimits {
        bias,
        sd,
        limits: Interval { lower, upper },
        bias_interval: around(bias, z_level * bias_error, z_level * bias_error),
        lower_interval: around(lower, outward, inward),
        upper_interval: around(upper, inward, outward),
        n_patients: means.len() as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degenerate_groups() {
        let found = |y: &[f64], p: &[f64], id: &[u32]| mover_limits(y, p, Some(id), 0.95, 0.95);
        assert!(found(&[], &[], &[]).is_err());
        assert_eq!(
            found(&[1.0, 2.0], &[1.0, 3.0], &[4, 4]),
            Err(NotEstimable::OnePatient)
        );
        assert!(found(&[1.0, 2.0], &[1.0, 3.0], &[4]).is_err());
        assert!(mover_limits(&[1.0, 2.0], &[1.0, 3.0], None, 0.95, 0.0).is_err());
        let same = found(&[1.0, 2.0], &[2.0, 3.0], &[0, 1]).unwrap();
        assert_eq!(
            (same.sd, same.limits.lower, same.limits.upper),
            (0.0, 1.0, 1.0)
        );
        // Nobody was read by both.
        let apart = mover_limits_of_constant_truth((&[1.0], &[0]), (&[1.0], &[1]), 0.95, 0.95);
        assert_eq!(apart, Err(NotEstimable::OnePatient));
    }
}
