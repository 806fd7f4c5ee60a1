//! The distribution of censoring, and what estimating it adds to an influence.

use super::kaplan_meier::KaplanMeier;
use crate::statistics::{NotEstimable, ordered_sum};

/// Product-limit estimate of the probability of being uncensored. Events of a time come before its
/// censorings and leave the samples that could be censored there.
#[derive(Debug, Clone)]
pub(super) struct Censoring {
    curve: KaplanMeier,
    /// Probability of being uncensored before each of the curve's times, and after the last.
    before: Vec<f64>,
}

/// Loads on the logarithm of the probability of being uncensored before a time, to be gathered by
/// [`Censoring::influence`].
#[derive(Debug, Clone)]
pub(super) struct Loads(Vec<Vec<f64>>);

impl Censoring {
    pub(super) fn new(time: &[f64], event: &[bool]) -> Result<Self, NotEstimable> {
        let curve = KaplanMeier::new(time, event)?;
        let mut before = vec![1.0];
        for k in 0..curve.time.len() {
            let (could, left) = sizes(&curve, k);
            let factor = if could > 0 {
                left as f64 / could as f64
            } else {
                1.0
            };
            before.push(before[k] * factor);
        }
        Ok(Self { curve, before })
    }

    /// The curve of the events.
    pub(super) fn events(&self) -> &KaplanMeier {
        &self.curve
    }

    /// Probability of being uncensored before a time.
    pub(super) fn uncensored_before(&self, time: f64) -> f64 {
        self.before[self.curve.place(time)]
    }

    /// No load yet.
    pub(super) fn loads(&self) -> Loads {
        Loads(vec![Vec::new(); self.before.len()])
    }

    /// Adds the derivative of an estimate in log [`Self::uncensored_before`] `time`.
    pub(super) fn load(&self, loads: &mut Loads, time: f64, derivative: f64) {
        loads.0[self.curve.place(time)].push(derivative);
    }

    /// Influence of a sample through the estimated censoring, for every sample. The logarithm of
    /// the product before t has the derivative, in the weight of a sample, of minus one over the
    /// samples left where it is censored before t, plus censored / (could be x left) at every time
    /// before t at which it could be censored.
    pub(super) fn influence(&self, time: &[f64], event: &[bool], loads: &Loads) -> Vec<f64> {
        let count = self.curve.time.len();
        // Loads on what comes after each time.
        let mut after = vec![0.0; count];
        let mut sum = 0.0;
        for k in (0..count).rev() {
            sum += ordered_sum(loads.0[k + 1].iter().copied());
            after[k] = sum;
        }
        // Sum up to each time, 0 before the first.
        let mut gathered = vec![0.0];
        for (k, after) in after.iter().enumerate() {
            let (could, left) = sizes(&self.curve, k);
            let step = if left > 0 {
                (could - left) as f64 / (could as f64 * left as f64) * after
            } else {
                0.0
            };
            gathered.push(gathered[k] + step);
        }
        time.iter()
            .zip(event)
            .map(|(time, event)| {
                let k = self.curve.place(*time);
                let (_, left) = sizes(&self.curve, k);
                match (event, left) {
                    (true, _) => gathered[k],
                    // After the last censoring nothing is weighted.
                    (false, 0) => gathered[k + 1],
                    (false, left) => gathered[k + 1] - after[k] / left as f64,
                }
            })
            .collect()
    }
}

/// Samples that could be censored at a time, and those that are left after it.
fn sizes(curve: &KaplanMeier, k: usize) -> (u64, u64) {
    let could = curve.at_risk[k] - curve.events[k];
    (could, could - curve.censored[k])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_before_censorings_of_the_same_time() {
        let found = Censoring::new(
            &[1.0, 2.0, 2.0, 2.0, 3.0],
            &[false, true, false, true, true],
        )
        .unwrap();
        assert_eq!(found.uncensored_before(1.0), 1.0);
        assert!((found.uncensored_before(2.0) - 0.8).abs() < 1e-15);
        // Of the four at risk at 2, two have their event and one of the other two is censored.
        assert!((found.uncensored_before(3.0) - 0.4).abs() < 1e-15);
        let none = Censoring::new(&[1.0, 2.0], &[true, true]).unwrap();
        assert_eq!(none.uncensored_before(9.0), 1.0);
    }
}
