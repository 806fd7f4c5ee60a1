//! Mean of several proportions whose trials come in the same clusters.

use super::mover::{Counts, ProportionDifference};
use super::{ClusteredProportion, Interval, NotEstimable};

/// Mean of several proportions, each with the same weight, with MOVER limits from their (clustered)
/// Wilson limits (Zou and Donner, Stat Med 2008, 27:1693-1702; Zou, Huang and Zhang, Comput Stat Data
/// Anal 2009, 53:1080-1085): with d the distance of a proportion's limit from it, the mean's is
/// sqrt(sum over i, j of r d d') / k, r the correlation of two estimates over clusters.
///
/// It has a width at 0/n and n/n too. A correlation that the sample cannot show, because one of two
/// proportions with shared clusters is 0 or 1, is taken as 1, and a negative one as 0: limits are then
/// too wide rather than too narrow.
#[derive(Debug, Clone)]
pub struct MeanOfProportions {
    arms: Vec<ClusteredProportion>,
    /// Correlation of each pair; 1 with itself.
    correlation: Vec<Vec<f64>>,
}

impl MeanOfProportions {
    /// From the counts of every cluster, as many in each as there are proportions.
    ///
    /// # Errors
    /// No proportion, or one without a trial, in fewer than two clusters or with more events than
    /// trials.
    pub fn from_clusters(clusters: &[Vec<Counts>]) -> Result<Self, NotEstimable> {
        let k = clusters.iter().map(Vec::len).min().unwrap_or(0);
        if k == 0 {
            return Err(NotEstimable::Empty("proportions"));
        }
        let of = |place: usize| clusters.iter().map(move |own| own[place]);
        let arms: Result<Vec<ClusteredProportion>, NotEstimable> = (0..k)
            .map(|place| ClusteredProportion::from_clusters(&of(place).collect::<Vec<_>>()))
            .collect();
        let arms = arms?;
        let varies = |arm: &ClusteredProportion| arm.events > 0 && arm.events < arm.trials;
        let mut correlation = vec![vec![1.0; k]; k];
        for i in 0..k {
            for j in 0..i {
                let both: Vec<(Counts, Counts)> = of(i).zip(of(j)).collect();
                let pair = ProportionDifference::shared(&both)?;
                let known = varies(&arms[i]) && varies(&arms[j]);
                let own = match pair.n_shared {
                    0 => 0.0,
                    _ if known => pair.correlation.clamp(0.0, 1.0),
                    _ => 1.0,
                };
                (correlation[i][j], correlation[j][i]) = (own, own);
            }
        }
        Ok(Self { arms, correlation })
    }

    /// The mean.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        self.arms.iter().map(|arm| arm.estimate).sum::<f64>() / self.arms.len() as f64
    }

    /// Two-sided limits.
    ///
    /// # Errors
    /// The level is outside (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        let limits: Result<Vec<Interval>, NotEstimable> =
            self.arms.iter().map(|arm| arm.wilson(confidence)).collect();
        let limits = limits?;
        let each = || self.arms.iter().zip(&limits);
        let below: Vec<f64> = each().map(|(arm, own)| arm.estimate - own.lower).collect();
        let above: Vec<f64> = each().map(|(arm, own)| own.upper - arm.estimate).collect();
        Ok(Interval {
            lower: (self.estimate() - self.joined(&below)).max(0.0),
            upper: (self.estimate() + self.joined(&above)).min(1.0),
        })
    }

    fn joined(&self, distance: &[f64]) -> f64 {
        let pairs = self.correlation.iter().zip(distance);
        let sum: f64 = pairs
            .map(|(row, own)| {
                let of = row.iter().zip(distance);
                own * of.map(|(r, other)| r * other).sum::<f64>()
            })
            .sum();
        sum.max(0.0).sqrt() / distance.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::mover::sum_of_proportions;
    use super::super::{Purpose, RandomStream};
    use super::*;

    fn clusters(of: &[(u64, u64)]) -> Vec<Vec<Counts>> {
        // One cluster a trial, and no cluster with trials of two proportions.
        let k = of.len();
        let mut all = Vec::new();
        for (place, (events, trials)) in of.iter().enumerate() {
            for trial in 0..*trials {
                let mut own = vec![(0, 0); k];
                own[place] = (u64::from(trial < *events), 1);
                all.push(own);
            }
        }
        all
    }

    #[test]
    fn one_is_wilson_and_two_are_newcombes() {
        let one = MeanOfProportions::from_clusters(&clusters(&[(18, 22)])).unwrap();
        let wilson = one.arms[0].wilson(0.95).unwrap();
        let own = one.interval(0.95).unwrap();
        assert!((own.lower - wilson.lower).abs() < 1e-12);
        assert!((own.upper - wilson.upper).abs() < 1e-12);
        let two = MeanOfProportions::from_clusters(&clusters(&[(18, 18), (15, 22)])).unwrap();
        let sum = sum_of_proportions(&two.arms[0], &two.arms[1], 0.95).unwrap();
        let own = two.interval(0.95).unwrap();
        assert!((2.0 * own.lower - sum.lower).abs() < 1e-12);
        assert!((2.0 * own.upper - sum.upper).abs() < 1e-12);
    }

    #[test]
    fn the_same_trials_twice_are_no_more_than_once() {
        let own = |events: u64| -> Vec<Vec<Counts>> {
            let trial = |at: u64| (u64::from(at < events), 1);
            (0..12).map(|at| vec![trial(at), trial(at)]).collect()
        };
        // Also where all are right, so that no correlation can be seen.
        for events in [9, 12, 0] {
            let twice = MeanOfProportions::from_clusters(&own(events)).unwrap();
            let wilson = twice.arms[0].wilson(0.95).unwrap();
            let found = twice.interval(0.95).unwrap();
            assert!((found.lower - wilson.lower).abs() < 1e-9, "{found:?}");
            assert!((found.upper - wilson.upper).abs() < 1e-9, "{found:?}");
        }
    }

    #[test]
    fn nothing_to_average() {
        assert!(MeanOfProportions::from_clusters(&[]).is_err());
        assert!(MeanOfProportions::from_clusters(&[vec![(1, 1)]]).is_err());
        let lacks = [vec![(1, 1), (0, 0)], vec![(0, 1), (0, 0)]];
        assert!(MeanOfProportions::from_clusters(&lacks).is_err());
    }

    /// Three findings among 40 patients, ten of them with each, 0.9, 0.8 and 0.7 (or all 0.95) found:
    /// in 0.93 to 0.96 of samples they hold the truth, where a percentile bootstrap does in 0.91 (0.77).
    #[test]
    fn limits_hold_the_truth_often_enough_of_few_patients() {
        for truth in [[0.9, 0.8, 0.7], [0.95; 3], [0.6, 0.5, 0.7]] {
            let (mut held, mut all) = (0.0, 0.0);
            for sample in 0..1500 {
                let mut stream = RandomStream::new(8, Purpose::Simulation, sample);
                let drawn: Vec<Vec<Counts>> = (0..40)
                    .map(|_| {
                        let mut one = |p: f64| {
                            let ill = stream.uniform() < 0.25;
                            let found = stream.uniform() < p;
                            (u64::from(ill && found), u64::from(ill))
                        };
                        truth.iter().map(|p| one(*p)).collect()
                    })
                    .collect();
                let Ok(own) = MeanOfProportions::from_clusters(&drawn) else {
                    continue;
                };
                let limits = own.interval(0.95).unwrap();
                let mean = truth.iter().sum::<f64>() / 3.0;
                held += f64::from(u8::from(limits.lower <= mean && mean <= limits.upper));
                all += 1.0;
            }
            assert!(
                held / all > 0.92 && all > 1400.0,
                "{truth:?} {}",
                held / all
            );
        }
    }
}
