//! The product-limit estimate of survival.

use super::{checked_horizon, follow_up};
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable};

/// Kaplan and Meier's estimate (1958, J Am Stat Assoc 53:457-481): at every time at which a
/// follow-up ends, 1 - events / at risk is multiplied in. Censored at a time are still at risk for
/// the events of that time.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    /// Different times, ascending.
    pub time: Vec<f64>,
    /// Samples whose follow-up reaches the time.
    pub at_risk: Vec<u64>,
    /// Events at the time.
    pub events: Vec<u64>,
    /// Censored at the time.
    pub censored: Vec<u64>,
    /// Probability of no event up to and including the time.
    pub survival: Vec<f64>,
}

impl KaplanMeier {
    /// The curve of these samples.
    ///
    /// # Errors
    /// No sample, lengths that differ, or a time that is negative or no finite number.
    pub fn new(time: &[f64], event: &[bool]) -> Result<Self, NotEstimable> {
        let n = follow_up(time, event, None)?;
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| time[*a].total_cmp(&time[*b]));
        let mut found = Self {
            time: Vec::new(),
            at_risk: Vec::new(),
            events: Vec::new(),
            censored: Vec::new(),
            survival: Vec::new(),
        };
        let (mut left, mut survival) = (n as u64, 1.0);
        for tied in order.chunk_by(|a, b| time[*a] == time[*b]) {
            let events = tied.iter().filter(|row| event[**row]).count() as u64;
            survival *= (left - events) as f64 / left as f64;
            found.time.push(time[tied[0]]);
            found.at_risk.push(left);
            found.events.push(events);
            found.censored.push(tied.len() as u64 - events);
            found.survival.push(survival);
            left -= tied.len() as u64;
        }
        Ok(found)
    }

    /// Probability of no event up to and including a time; `None` beyond the last follow-up, unless
    /// nobody is left without an event.
    #[must_use]
    pub fn at(&self, time: f64) -> Option<f64> {
        let reached = self.time.partition_point(|own| *own <= time);
        let value = reached.checked_sub(1).map_or(1.0, |k| self.survival[k]);
        let beyond = self.time.last().is_none_or(|last| *last < time);
        (!beyond || value == 0.0).then_some(value)
    }

    /// [`Self::at`] of a horizon.
    ///
    /// # Errors
    /// A horizon that is no time, or beyond the last follow-up.
    pub(super) fn at_horizon(&self, horizon: f64) -> Result<f64, NotEstimable> {
        checked_horizon(horizon)?;
        self.at(horizon).ok_or_else(|| {
            NotEstimable::Other(format!(
                "nobody in this group is followed to the horizon of {horizon}"
            ))
        })
    }

    /// Place of a sample's time among the different ones.
    pub(super) fn place(&self, time: f64) -> usize {
        self.time.partition_point(|own| *own < time)
    }
}

/// Observed risk at a horizon: one minus Kaplan and Meier's estimate. The influences are the
/// derivatives of the product in the weights of the samples, whose sum of squares is the robust
/// variance of survfit in R, and near Greenwood's. A risk of 1 has no interval.
///
/// # Errors
/// No sample, lengths that differ, a time that is negative or no finite number, or a horizon that
/// nobody is followed to.
pub fn observed_risk_at(
    time: &[f64],
    event: &[bool],
    horizon: f64,
) -> Result<Influenced, NotEstimable> {
    let curve = KaplanMeier::new(time, event)?;
    let survival = curve.at_horizon(horizon)?;
    if survival == 0.0 {
        return Ok(Influenced {
            estimate: 1.0,
            influence: vec![0.0; time.len()],
        });
    }
    // Sum of events / (at risk x left) up to each time, 0 before the first.
    let mut hazard = vec![0.0];
    for (at_risk, events) in curve.at_risk.iter().zip(&curve.events) {
        let left = at_risk - events;
        let step = if left > 0 {
            *events as f64 / (*at_risk as f64 * left as f64)
        } else {
            0.0
        };
        hazard.push(hazard[hazard.len() - 1] + step);
    }
    let within = curve.time.partition_point(|own| *own <= horizon);
    all_finite(Influenced {
        estimate: 1.0 - survival,
        influence: time
            .iter()
            .zip(event)
            .map(|(time, event)| {
                let place = curve.place(*time);
                let left = curve.at_risk[place] - curve.events[place];
                let own = if *event && *time <= horizon {
                    1.0 / left as f64
                } else {
                    0.0
                };
                survival * (own - hazard[(place + 1).min(within)])
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;

    /// Follow-up in months of the 6-mercaptopurine arm of Freireich et al. 1963, the example of
    /// many textbooks: S is 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448 after the events.
    #[test]
    fn remission_of_leukaemia() {
        let time = [
            6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0, 6.0, 9.0, 10.0, 11.0, 17.0, 19.0,
            20.0, 25.0, 32.0, 32.0, 34.0, 35.0,
        ];
        let event: Vec<bool> = (0..21).map(|i| i < 9).collect();
        let curve = KaplanMeier::new(&time, &event).unwrap();
        for (t, s) in [
            (6.0, 0.857),
            (7.0, 0.807),
            (10.0, 0.753),
            (13.0, 0.690),
            (16.0, 0.627),
            (22.0, 0.538),
            (23.0, 0.448),
            (35.0, 0.448),
        ] {
            assert!((curve.at(t).unwrap() - s).abs() < 6e-4, "{t}");
        }
        assert_eq!((curve.at(5.9), curve.at(36.0)), (Some(1.0), None));
    }

    #[test]
    fn influences_are_derivatives() {
        let rows = [
            (1.0, true),
            (2.0, false),
            (2.0, true),
            (3.0, true),
            (3.0, true),
            (4.0, false),
            (5.0, true),
            (6.0, false),
        ];
        for horizon in [0.5, 2.0, 3.5, 5.0, 6.0] {
            assert_derivative(&rows, 1e-5, |rows| {
                let (time, event): (Vec<f64>, Vec<bool>) = rows.iter().copied().unzip();
                observed_risk_at(&time, &event, horizon).unwrap()
            });
        }
    }

    #[test]
    fn degenerate_groups() {
        assert!(KaplanMeier::new(&[], &[]).is_err());
        assert!(KaplanMeier::new(&[-1.0], &[true]).is_err());
        assert!(KaplanMeier::new(&[1.0, f64::NAN], &[true, true]).is_err());
        assert!(observed_risk_at(&[1.0, 2.0], &[true, false], 3.0).is_err());
        assert!(observed_risk_at(&[1.0], &[true], f64::INFINITY).is_err());
        // Nobody is left without an event: known at any time.
        assert_eq!(
            observed_risk_at(&[1.0, 2.0], &[false, true], 3.0)
                .unwrap()
                .estimate,
            1.0
        );
        assert_eq!(
            observed_risk_at(&[1.0, 2.0], &[false, false], 2.0)
                .unwrap()
                .estimate,
            0.0
        );
    }
}
