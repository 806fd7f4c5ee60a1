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
