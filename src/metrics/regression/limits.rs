//! Limits of agreement with several images of a patient.

use std::collections::BTreeMap;

use super::differences;
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable, normal_quantile, ordered_sum};

/// Limits of agreement and the parts of their variance.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitsOfAgreement {
    /// Mean of all differences, predicted minus true.
    pub bias: Influenced,
    /// bias - z sd.
    pub lower: Influenced,
    /// bias + z sd.
    pub upper: Influenced,
    /// Standard deviation of one difference of one patient.
    pub sd: f64,
    /// Variance between patients; an estimate, which can be negative.
    pub between: f64,
    /// Variance within patients; `None` where no patient has two samples.
    pub within: Option<f64>,
    /// Patients.
    pub n_patients: u64,
}

/// What one patient adds to the sums.
struct Patient {
    n: f64,
    /// Mean of its differences less the mean of all.
    mean: f64,
    /// Sum of squares about its own mean.
    squares: f64,
}

/// Limits between which a `share` of differences of new patients lies (Bland and Altman 1986,
/// Lancet i:307-310), and where patients carry several samples whose true values may differ, with
/// the variance of a difference as the sum of the components between and within patients of a
/// one-way analysis of variance with unequal numbers (Bland and Altman 2007, J Biopharm Stat
/// 17:571-582, section 3): within = MSW, between = (MSB - MSW) / m, m = (N - sum n_i^2 / N) /
/// (K - 1). The differences are taken as normal; bias and spread as the same over the range of
/// the truth.
///
/// Influences by the delta method; that of the variance belongs to a patient and is shared equally
/// among its samples. Identical differences have limits without an interval. Of `cluster` `None`
/// every sample is its own patient.
///
/// # Errors
/// Fewer than two patients, lengths that differ, a value that is no finite number, or a share
/// outside (0, 1).
pub fn limits_of_agreement(
    y_true: &[f64],
    y_pred: &[f64],
    cluster: Option<&[u32]>,
    share: f64,
) -> Result<LimitsOfAgreement, NotEstimable> {
    if !(share > 0.0 && share < 1.0) {
        return Err(NotEstimable::Other(format!(
            "a share of {share} of differences is not between 0 and 1"
        )));
    }
    let errors = differences(y_true, y_pred)?;
    if cluster.is_some_and(|cluster| cluster.len() != errors.len()) {
        return Err(NotEstimable::Other(
            "differences and patients differ in length".to_owned(),
        ));
    }
    let bias = all_finite(Influenced::mean(&errors)?)?;
    let patient_of = |place: usize| cluster.map_or(place as u32, |cluster| cluster[place]);
    let patients = by_patient(&errors, bias.estimate, patient_of);
    let found = Components::new(&patients)?;
    let z = normal_quantile(0.5 + 0.5 * share);
    let sd = found.total.max(0.0).sqrt();
    let slope = if sd > 0.0 { 0.5 / sd } else { 0.0 };
    let limit = |sign: f64| {
        all_finite(Influenced {
            estimate: bias.estimate + sign * z * sd,
            influence: bias
                .influence
                .iter()
                .enumerate()
                .map(|(place, of_mean)| {
                    let own = patient_of(place);
                    let spread = found.influence[&own] / patients[&own].n;
                    of_mean + sign * z * slope * spread
                })
                .collect(),
        })
    };
    Ok(LimitsOfAgreement {
        lower: limit(-1.0)?,
        upper: limit(1.0)?,
        sd,
        between: found.between,
        within: found.within,
        n_patients: patients.len() as u64,
        bias,
    })
}

fn by_patient(
    errors: &[f64],
    centre: f64,
    patient_of: impl Fn(usize) -> u32,
) -> BTreeMap<u32, Patient> {
    let mut of: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (place, d) in errors.iter().enumerate() {
        of.entry(patient_of(place)).or_default().push(d - centre);
    }
    of.into_iter()
        .map(|(own, values)| {
            let n = values.len() as f64;
            let mean = ordered_sum(values.iter().copied()) / n;
            let squares = ordered_sum(values.iter().map(|x| (x - mean) * (x - mean)));
            (own, Patient { n, mean, squares })
        })
        .collect()
}

/// Variance components, their sum, and the influence of every patient on that.
struct Components {
    total: f64,
    between: f64,
    within: Option<f64>,
    influence: BTreeMap<u32, f64>,
}

impl Components {
    fn new(patients: &BTreeMap<u32, Patient>) -> Result<Self, NotEstimable> {
        let k = patients.len() as f64;
        if patients.len() < 2 {
            return Err(NotEstimable::OnePatient);
        }
        let sum = |of: fn(&Patient) -> f64| ordered_sum(patients.values().map(of));
        let n = sum(|one| one.n);
        let sizes = sum(|one| one.n * one.n);
        let about_means = sum(|one| one.squares);
        let of_means = sum(|one| one.n * one.mean * one.mean);
        // (K - 1) m, the divisor of the component between patients.
        let divisor = n - sizes / n;
        // K - 1 and the divisor are K and N times factors near 1, which are held: the influences
        // are those of many patients, and sum to nothing.
        let correction = (k - 1.0) / k;
        if n - k < 0.5 {
            let total = of_means / (k - 1.0);
            let own = |one: &Patient| (one.mean * one.mean / correction - total) / k;
            return Ok(Self {
                total,
                between: total,
                within: None,
                influence: patients.iter().map(|(id, one)| (*id, own(one))).collect(),
            });
        }
        let within = about_means / (n - k);
        let between = (of_means - (k - 1.0) * within) / divisor;
        let own = |one: &Patient| {
            let of_within = (one.squares - within * (one.n - 1.0)) / (n - k);
            let of_divisor = one.n * divisor / n;
            let of_between = one.n * one.mean * one.mean
                - correction * within
                - (k - 1.0) * of_within
                - between * of_divisor;
            of_within + of_between / divisor
        };
        Ok(Self {
            total: within + between,
            between,
            within: Some(within),
            influence: patients.iter().map(|(id, one)| (*id, own(one))).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::bland_altman;

    #[test]
    fn one_sample_a_patient_gives_the_limits_of_1986() {
        let (y, p) = (
            [512.0, 430.0, 520.0, 428.0, 500.0, 600.0],
            [494.0, 395.0, 516.0, 434.0, 476.0, 557.0],
        );
        let found = limits_of_agreement(&y, &p, None, 0.95).unwrap();
        let plain = bland_altman(&p, &y, 0.95).unwrap();
        let limits = plain.spread.unwrap().limits;
        assert!((found.lower.estimate - limits.lower).abs() < 1e-10);
        assert!((found.upper.estimate - limits.upper).abs() < 1e-10);
        assert!((found.sd - plain.sd).abs() < 1e-10 && found.within.is_none());
        let own: Vec<u32> = (0..6).collect();
        assert_eq!(
            limits_of_agreement(&y, &p, Some(&own), 0.95).unwrap(),
            found
        );
    }

    /// Adding a copy of a whole patient, all patients copied before: the derivative in the weight
    /// of patients. What K - 1 for K does is of the order of 1 / copies.
    #[test]
    fn influences_of_patients_are_derivatives() {
        let of = [
            vec![0.3, 0.5, -0.1],
            vec![1.0],
            vec![-0.7, -0.2],
            vec![0.1, 0.9, 0.4, 0.2],
            vec![-1.1, 0.3],
        ];
        let measure = |patients: &[&Vec<f64>], upper: bool| {
            let (mut d, mut id) = (Vec::new(), Vec::new());
            for (own, values) in patients.iter().enumerate() {
                d.extend_from_slice(values);
                id.extend(vec![own as u32; values.len()]);
            }
            let found = limits_of_agreement(&vec![0.0; d.len()], &d, Some(&id), 0.95).unwrap();
            if upper { found.upper } else { found.lower }
        };
        let copies = 2000;
        let all: Vec<&Vec<f64>> = (0..copies).flat_map(|_| of.iter()).collect();
        // The influences as they are with K for K - 1.
        for upper in [false, true] {
            let with = measure(&all, upper);
            let by_patient: Vec<f64> = {
                let id: Vec<u32> = all
                    .iter()
                    .enumerate()
                    .flat_map(|(own, values)| vec![own as u32; values.len()])
                    .collect();
                with.by_cluster(Some(&id)).into_values().collect()
            };
            assert!(by_patient.iter().sum::<f64>().abs() < 1e-9);
            for (place, own) in of.iter().enumerate() {
                let mut more = all.clone();
                more.push(own);
                let mut less = all.clone();
                less.remove(place);
                let slope = (measure(&more, upper).estimate - measure(&less, upper).estimate) / 2.0;
                let influence = by_patient[place];
                assert!(
                    (slope - influence).abs() * f64::from(copies) < 2e-3,
                    "{slope} {influence}"
                );
            }
        }
    }

    #[test]
    fn degenerate_groups() {
        let limits = |y: &[f64], p: &[f64], id: Option<&[u32]>| limits_of_agreement(y, p, id, 0.95);
        assert!(limits(&[], &[], None).is_err());
        assert_eq!(limits(&[1.0], &[1.0], None), Err(NotEstimable::OnePatient));
        assert_eq!(
            limits(&[1.0, 2.0], &[1.5, 2.0], Some(&[7, 7])),
            Err(NotEstimable::OnePatient)
        );
        let same = limits(&[1.0, 2.0], &[1.5, 2.5], None).unwrap();
        assert_eq!((same.lower.estimate, same.upper.estimate), (0.5, 0.5));
        assert!(same.lower.influence.iter().all(|c| *c == 0.0));
        // Means alike and samples not: the variance between patients is below 0, the sum is not.
        let inner = limits(&[0.0; 4], &[-1.0, 1.0, -1.0, 1.0], Some(&[0, 0, 1, 1])).unwrap();
        assert!(inner.between < 0.0 && (inner.sd - 1.0).abs() < 1e-12);
        assert!(limits_of_agreement(&[1.0, 2.0], &[1.0, 3.0], None, 1.0).is_err());
        assert!(limits(&[1.0, 2.0], &[1.0, 3.0], Some(&[0])).is_err());
    }
}
