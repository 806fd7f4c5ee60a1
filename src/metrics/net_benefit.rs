//! Net benefit and the decision curve (Vickers and Elkin 2006, Med Decis Making 26:565-574).

use super::ranked::Ranked;
use crate::statistics::{NotEstimable, Scale, ScaledEstimate, ordered_sum};

/// Net benefit of acting on the model at one threshold probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetBenefit {
    /// tp / n - fp / n x t / (1 - t), with the interval of a mean over patients.
    pub model: ScaledEstimate,
    /// Net benefit of acting on everyone; acting on nobody has 0.
    pub treat_all: f64,
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
/// No published number is known for its clustered limits; the tests compute them by hand.
///
/// # Errors
/// No sample, one patient, or a threshold outside (0, 1).
pub fn net_benefit(
    y_true: &[bool],
    probability: &[f64],
    cluster: Option<&[u32]>,
    threshold: f64,
) -> Result<NetBenefit, NotEstimable> {
    at(&Ranked::new(y_true, probability, None, cluster)?, threshold)
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
    let k = rows.n_clusters as f64;
    let squares = ordered_sum(
        rows.by_cluster(|row| (gain(row) - mean) / n)
            .into_iter()
            .map(|sum| sum * sum),
    );
    let error = (k / (k - 1.0) * squares).sqrt();
    let prevalence = rows.n_positive as f64 / n;
    let model = ScaledEstimate::new(
        mean,
        error,
        Scale::Identity,
        rows.n_clusters as u64,
        "mean_cluster",
    )?;
    Ok(NetBenefit {
        model,
        treat_all: prevalence - (1.0 - prevalence) * odds,
    })
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
        assert!((found.treat_all - (0.4 - 0.6 / 3.0)).abs() < 1e-15);
        let curve = decision_curve(&y, &p, &[0.05, 0.25, 0.3, 0.95]).unwrap();
        assert!((curve[0].1 - curve[0].2).abs() < 1e-15);
        assert!((curve[1].1 - found.model.estimate).abs() < 1e-15);
        assert!((curve[2].1 - (2.0 - 3.0 / 7.0) / 5.0).abs() < 1e-15 && curve[3].1 == 0.0);
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
    }
}
