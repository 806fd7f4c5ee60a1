//! What each patient contributes to an estimate: empirical influence functions.
//!
//! For an estimate t, the influences c_i of the patients sum to 0, and sum c_i^2 is its variance
//! to first order; the correlation of two estimates is that of their influences (Hampel 1974,
//! JASA 69:383-393; Hothorn, Bretz and Westfall 2008, section 2).

use crate::metrics;
use crate::statistics::NotEstimable;

use super::measured::{Group, Measured};
use super::metric::Metric;

impl Measured {
    /// Unit of each sample among `places`: its patient, or the sample itself where patients are
    /// not told apart.
    #[must_use]
    pub fn units(&self, places: &[u32]) -> Vec<u32> {
        let unit = if self.clustered {
            &self.patient
        } else {
            &self.samples
        };
        places.iter().map(|place| unit[*place as usize]).collect()
    }
}

/// Influence of every unit 0, 1, ..., `count` - 1 on a metric of a group; 0 for units without a
/// sample in it. `unit` is the unit of each sample of the group.
///
/// - share of events a over trials b: (a_i - p b_i) / sum b;
/// - AUROC: the unit's centred placements over the size of their class (DeLong 1988; Obuchowski
///   1997);
/// - Brier score: the unit's squared errors, less their mean, over n;
/// - O:E on the log scale: a_i / O - e_i / E.
///
/// An estimate at 0/n or n/n has influences of 0 throughout.
///
/// # Errors
/// The metric has no influence function here, or cannot be estimated in this group.
pub fn influence(
    metric: Metric,
    group: &Group,
    unit: &[u32],
    count: usize,
) -> Result<Vec<f64>, NotEstimable> {
    if group.n() == 0 {
        return Err(NotEstimable::Empty("samples"));
    }
    let mut own = vec![0.0; count];
    if let Some(share) = metric.share() {
        let (mut events, mut trials) = (vec![0u64; count], vec![0u64; count]);
        for (sample, unit) in unit.iter().enumerate() {
            if let Some(event) = share.counts(group.y_true[sample], group.flagged[sample]) {
                events[*unit as usize] += u64::from(event);
                trials[*unit as usize] += 1;
            }
        }
        let all: u64 = trials.iter().sum();
        if all == 0 {
            return Err(NotEstimable::Empty("samples in the denominator"));
        }
        let p = events.iter().sum::<u64>() as f64 / all as f64;
        for ((own, events), trials) in own.iter_mut().zip(&events).zip(&trials) {
            *own = (*events as f64 - p * *trials as f64) / all as f64;
        }
        return Ok(own);
    }
    match metric {
        Metric::Auroc => metrics::auroc_influence(&group.y_true, &group.rank(), unit, count),
        Metric::Brier if group.probability => {
            let losses: Vec<f64> = outcomes(group).map(|(y, p)| (y - p).powi(2)).collect();
            let n = losses.len() as f64;
            let mean = crate::statistics::ordered_sum(losses.iter().copied()) / n;
            for (loss, unit) in losses.iter().zip(unit) {
                own[*unit as usize] += (loss - mean) / n;
            }
            Ok(own)
        }
        Metric::OeRatio if group.probability => {
            let observed = group.n_positive() as f64;
            let expected = crate::statistics::ordered_sum(group.y_score.iter().copied());
            if observed <= 0.0 || expected <= 0.0 {
                return Err(NotEstimable::Empty("events"));
            }
            for ((y, p), unit) in outcomes(group).zip(unit) {
                own[*unit as usize] += y / observed - p / expected;
            }
            Ok(own)
        }
        other => Err(NotEstimable::Other(format!(
            "{} has no influence function in this version",
            other.id()
        ))),
    }
}

fn outcomes(group: &Group) -> impl Iterator<Item = (f64, f64)> {
    group
        .y_true
        .iter()
        .map(|y| f64::from(u8::from(*y)))
        .zip(group.y_score.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::{proportion_of, score_interval};
    use crate::metrics::ConfusionCounts;

    /// 60 samples of 20 patients of unequal size, by a short rule.
    fn group() -> Group {
        let n = 60u32;
        let patient: Vec<u32> = (0..n).map(|i| (i * i + 3 * i) % 20).collect();
        let y_true: Vec<bool> = (0..n).map(|i| (i * 7 + 3) % 5 < 2).collect();
        let y_score: Vec<f64> = (0..n)
            .map(|i| {
                let base = f64::from((i * 37) % 61) / 70.0 + 0.02;
                if y_true[i as usize] { base + 0.1 } else { base }
            })
            .collect();
        Group {
            flagged: y_score.iter().map(|score| *score >= 0.5).collect(),
            y_true,
            y_score,
            logit: None,
            patient,
            probability: true,
            lower: false,
            clustered: true,
            found: Default::default(),
        }
    }

    /// K / (K - 1) sum c^2 over the K units that take part.
    fn variance(influences: &[f64], units: f64) -> f64 {
        units / (units - 1.0) * influences.iter().map(|c| c * c).sum::<f64>()
    }

    #[test]
    fn squares_of_influences_are_the_clustered_variance() {
        let group = group();
        let units = group.n_patients(ConfusionCounts::total);
        for metric in [Metric::Sensitivity, Metric::Ppv, Metric::Accuracy] {
            let own = influence(metric, &group, &group.patient, 25).unwrap();
            assert!(own.iter().sum::<f64>().abs() < 1e-12);
            let share = proportion_of(metric.share().unwrap(), &group).unwrap();
            let found = variance(&own, share.n_clusters as f64);
            assert!(
                (found.sqrt() - share.standard_error).abs() < 1e-12,
                "{metric:?}"
            );
        }
        // The score's metrics: their standard errors on the scale that the influences have.
        let brier = influence(Metric::Brier, &group, &group.patient, 20).unwrap();
        let error = score_interval(Metric::Brier, &group)
            .unwrap()
            .standard_error()
            .unwrap();
        assert!((variance(&brier, units as f64).sqrt() - error).abs() < 1e-12);
        let ratio = score_interval(Metric::OeRatio, &group).unwrap();
        let log_error = ratio.standard_error().unwrap() / ratio.estimate();
        let own = influence(Metric::OeRatio, &group, &group.patient, 20).unwrap();
        assert!((variance(&own, units as f64).sqrt() - log_error).abs() < 1e-10);
    }

    #[test]
    fn order_of_samples_does_not_matter() {
        let group = group();
        let mut order: Vec<usize> = (0..60).collect();
        order.reverse();
        order.rotate_left(17);
        let turned = Group {
            y_true: order.iter().map(|i| group.y_true[*i]).collect(),
            y_score: order.iter().map(|i| group.y_score[*i]).collect(),
            flagged: order.iter().map(|i| group.flagged[*i]).collect(),
            patient: order.iter().map(|i| group.patient[*i]).collect(),
            found: Default::default(),
            ..group.clone()
        };
        for metric in [Metric::Sensitivity, Metric::Auroc] {
            let first = influence(metric, &group, &group.patient, 20).unwrap();
            let second = influence(metric, &turned, &turned.patient, 20).unwrap();
            assert_eq!(first, second, "{metric:?}");
        }
    }

    #[test]
    fn degenerate_groups_have_reasons_or_no_influence() {
        let mut group = group();
        let why = influence(Metric::CalibrationSlope, &group, &group.patient, 20).unwrap_err();
        assert!(
            why.to_string()
                .contains("calibration_slope has no influence")
        );
        // All found: nothing varies, and nothing is not a number.
        group.flagged.fill(true);
        let all = influence(Metric::Sensitivity, &group, &group.patient, 20).unwrap();
        assert!(all.iter().all(|c| *c == 0.0));
        group.y_true.fill(false);
        assert!(influence(Metric::Sensitivity, &group, &group.patient, 20).is_err());
        assert!(influence(Metric::Auroc, &group, &group.patient, 20).is_err());
        assert!(influence(Metric::OeRatio, &group, &group.patient, 20).is_err());
        group.probability = false;
        assert!(influence(Metric::Brier, &group, &group.patient, 20).is_err());
        let empty = Group {
            y_true: Vec::new(),
            ..group
        };
        assert!(influence(Metric::Brier, &empty, &[], 20).is_err());
    }
}
