//! Net benefit and the decision curve (Vickers and Elkin 2006, Med Decis Making 26:565-574).

use super::ranked::Ranked;
use crate::statistics::{NotEstimable, Scale, ScaledEstimate, ordered_sum};

/// Net benefit of acting on the model at one threshold probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetBenefit {
    /// tp / n - fp / n x t / (1 - t), with the interval of a mean over patients.
    pub model: ScaledEstimate,
    /// The same over the prevalence, with the interval of a ratio of means over patients; `None`
    /// without positives.
    pub standardised: Option<ScaledEstimate>,
    /// Net benefit of acting on everyone, which moves with the prevalence; acting on nobody has 0.
    pub treat_all: ScaledEstimate,
}

fn odds(threshold: f64) -> Result<f64, NotEstimable> {
    if threshold > 0.0 && threshold < 1.0 {
        Ok(threshold / (1.0 - threshold))
    } else {
        Err(NotEstimable::Other(format!(
            "the threshold probability {threshold} is not between 0 and 1"
        )))
    }
}

/// Net benefit at threshold probability `threshold`; a sample is acted on when its probability is
/// at least the threshold. Depends on prevalence: for cohorts sampled by outcome it means nothing.
/// Over the prevalence pi it is NB / pi (Kerr, Brown, Zhu and Janes 2016, J Clin Oncol
/// 34:2534-2540), a ratio of means whose standard error is that of the patients' residuals gain -
/// (NB / pi) y over n pi. Acting on everyone has pi - (1 - pi) t / (1 - t), a mean too. Where
/// patients do not differ at all there are no limits.
///
/// Limits are cut to what a net benefit can be whatever the prevalence: from -t / (1 - t), all acted on
/// and none positive, to 1. Over the prevalence it is at most 1 and has no least value, since
/// -(1 - pi) / pi x t / (1 - t) falls without bound as the prevalence pi does. They are not cut to the
/// prevalence of this sample (nor to what follows from it), which is an estimate too: a perfect model
/// has exactly that net benefit, and would get no upper limit above its estimate.
/// No published number is known for the clustered limits; the tests compute them by hand.
///
/// # Errors
/// No sample, one patient, a score that is no probability, or a threshold outside (0, 1).
pub fn net_benefit(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
    threshold: f64,
) -> Result<NetBenefit, NotEstimable> {
    let rows = Ranked::new(y_true, probability, None, cluster)?;
    rows.are_probabilities()?;
    at(&rows, threshold)
}

/// [`net_benefit`] at several thresholds; the samples are sorted once.
///
/// # Errors
/// As [`net_benefit`].
pub fn net_benefits(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
    thresholds: &[f64],
) -> Result<Vec<NetBenefit>, NotEstimable> {
    let rows = Ranked::new(y_true, probability, None, cluster)?;
    rows.are_probabilities()?;
    thresholds
        .iter()
        .map(|threshold| at(&rows, *threshold))
        .collect()
}

fn at(rows: &Ranked, threshold: f64) -> Result<NetBenefit, NotEstimable> {
    let odds = odds(threshold)?;
    let n = rows.len() as f64;
    let gain = |row: usize| match (rows.score[row] >= threshold, rows.y[row]) {
        (true, true) => 1.0,
        (true, false) => -odds,
        (false, _) => 0.0,
    };
    let mean = (0..rows.len()).map(gain).sum::<f64>() / n;
    let prevalence = rows.n_positive as f64 / n;
    let outcome = |row: usize| f64::from(u8::from(rows.y[row]));
    let standardised = if rows.n_positive > 0 {
        let value = mean / prevalence;
        let residual = |row: usize| (gain(row) - value * outcome(row)) / (n * prevalence);
        Some(over_patients(rows, value, residual)?.within(f64::NEG_INFINITY, 1.0))
    } else {
        None
    };
    let everyone = prevalence - (1.0 - prevalence) * odds;
    let for_everyone = |row: usize| outcome(row) - (1.0 - outcome(row)) * odds;
    Ok(NetBenefit {
        model: over_patients(rows, mean, |row| (gain(row) - mean) / n)?.within(-odds, 1.0),
        standardised,
        treat_all: over_patients(rows, everyone, |row| (for_everyone(row) - everyone) / n)?
            .within(-odds, 1.0),
    })
}

/// An estimate with the variance K / (K - 1) sum of squared influences of patients.
fn over_patients(
    rows: &Ranked,
    estimate: f64,
    influence: impl Fn(usize) -> f64,
) -> Result<ScaledEstimate, NotEstimable> {
    let k = rows.n_clusters as f64;
    let sums = rows.by_cluster(influence).into_iter();
    let error = (k / (k - 1.0) * ordered_sum(sums.map(|sum| sum * sum))).sqrt();
    ScaledEstimate::new(
        estimate,
        error,
        Scale::Identity,
        rows.n_clusters as u64,
        "mean_cluster",
    )
}

/// (threshold, model, treat all) at every threshold, by one sort and cumulative counts.
///
/// # Errors
/// No sample, or a threshold outside (0, 1).
pub fn decision_curve(
    y_true: &[bool],
    probability: &[f64],
    thresholds: &[f64],
) -> Result<Vec<(f64, f64, f64)>, NotEstimable> {
    let rows = Ranked::new(y_true, probability, None, None)?;
    let n = rows.len() as f64;
    let mut positives_below = vec![0usize];
    for y in &rows.y {
        positives_below.push(positives_below[positives_below.len() - 1] + usize::from(*y));
    }
    thresholds
        .iter()
        .map(|threshold| {
            let odds = odds(*threshold)?;
            let below = rows.score.partition_point(|score| score < threshold);
            let hits = (rows.n_positive - positives_below[below]) as f64;
            let alarms = (rows.len() - below) as f64 - hits;
            let prevalence = rows.n_positive as f64 / n;
            Ok((
                *threshold,
                (hits - alarms * odds) / n,
                prevalence - (1.0 - prevalence) * odds,
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (y, p) = ([true, true, false, false, false], [0.9, 0.3, 0.6, 0.2, 0.1]);
        let found = net_benefit(&y, &p, None, 0.25).unwrap();
        assert!((found.model.estimate - (2.0 - 1.0 / 3.0) / 5.0).abs() < 1e-15);
        assert!((found.treat_all.estimate - (0.4 - 0.6 / 3.0)).abs() < 1e-15);
        let curve = decision_curve(&y, &p, &[0.05, 0.25, 0.3, 0.95]).unwrap();
        assert!((curve[0].1 - curve[0].2).abs() < 1e-15);
        assert!((curve[1].1 - found.model.estimate).abs() < 1e-15);
        assert!((curve[2].1 - (2.0 - 3.0 / 7.0) / 5.0).abs() < 1e-15 && curve[3].1 == 0.0);
    }

    /// Four samples of which all are acted on: -0.5 -/+ 3.182 x 0.5 would be -2.09 to 1.09 (scipy's t),
    /// and a false alarm for everyone is -1.
    #[test]
    fn no_limit_lies_where_no_net_benefit_can() {
        let (y, p) = ([true, false, false, false], [0.9; 4]);
        let found = net_benefit(&y, &p, None, 0.5).unwrap();
        for one in [found.model, found.treat_all] {
            assert!((one.estimate + 0.5).abs() < 1e-15);
            let limits = one.interval(0.95).unwrap();
            assert_eq!((limits.lower, limits.upper), (-1.0, 1.0));
            let narrow = one.interval(0.5).unwrap();
            assert!(
                (narrow.lower + 0.5 + 0.764_892 * 0.5).abs() < 1e-5,
                "{narrow:?}"
            );
        }
        // A perfect model's net benefit is the prevalence of the sample, and may be more.
        let perfect = net_benefit(&y, &[0.9, 0.1, 0.2, 0.3], None, 0.5).unwrap();
        assert!(perfect.model.interval(0.95).unwrap().upper > 0.25 + 0.1);
    }

    #[test]
    fn without_positives_there_is_nothing_to_scale_by() {
        let none = net_benefit(&[false, false], &[0.5, 0.1], None, 0.25).unwrap();
        assert!(none.standardised.is_none() && none.treat_all.interval(0.95).is_err());
    }

    #[test]
    fn degenerate_groups() {
        assert!(net_benefit(&[], &[], None, 0.5).is_err());
        assert!(net_benefit(&[true, false], &[0.5, 0.4], None, 1.0).is_err());
        assert_eq!(
            net_benefit(&[true, false], &[0.5, 0.4], Some(&[1, 1]), 0.5),
            Err(NotEstimable::OnePatient)
        );
        assert!(decision_curve(&[true], &[0.5], &[0.0]).is_err());
        assert!(net_benefit(&[true, false], &[1.5, 0.4], None, 0.5).is_err());
    }
}
