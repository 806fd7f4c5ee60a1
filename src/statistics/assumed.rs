//! A model that performs as assumed: decisions and scores of samples that come in clusters.

use super::distributions::normal_quantile;

/// Events of one cluster with mean `p` and intracluster correlation `rho`: exchangeable trials
/// whose number of events is beta-binomial with a = p (1 - rho) / rho, b = (1 - p) (1 - rho) / rho
/// (Skellam 1948, JRSS B 10:257-261; as an urn, Polya 1930).
///
/// The next trial is an event with probability
/// (p (1 - rho) + rho x events so far) / (1 - rho + rho x trials so far), so that no beta
/// variate is drawn and every correlation from 0 (independent trials) to 1 (all trials of a
/// cluster alike) is an ordinary case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomial {
    p: f64,
    rho: f64,
}

impl BetaBinomial {
    /// `p` and `rho` are taken into [0, 1]; what is no number is taken as 0.
    #[must_use]
    pub fn new(p: f64, rho: f64) -> Self {
        let share = |x: f64| if x.is_nan() { 0.0 } else { x.clamp(0.0, 1.0) };
        Self {
            p: share(p),
            rho: share(rho),
        }
    }

    /// Probability that the next trial of a cluster is an event, after `events` in `trials`.
    #[must_use]
    pub fn next(self, events: u32, trials: u32) -> f64 {
        if trials == 0 {
            return self.p;
        }
        (self.p * (1.0 - self.rho) + self.rho * f64::from(events))
            / (1.0 - self.rho + self.rho * f64::from(trials))
    }
}

/// Distance of the means of positives and negatives, in standard deviations, at which two normal
/// distributions of equal variance have this area under the ROC curve: sqrt(2) times its normal
/// quantile (Bamber 1975, J Math Psychol 12:387-415). Infinite at 0 and 1.
#[must_use]
pub fn binormal_shift(auroc: f64) -> f64 {
    std::f64::consts::SQRT_2 * normal_quantile(auroc)
}

/// Variance of a proportion over clusters of these sizes, over that of as many independent
/// trials: 1 + (sum b^2 / sum b - 1) rho (Kish 1965; Donner and Klar 2000). 1 without a trial.
#[must_use]
pub fn cluster_design_effect(sizes: &[u64], rho: f64) -> f64 {
    let total: u64 = sizes.iter().sum();
    if total == 0 {
        return 1.0;
    }
    let squares: u64 = sizes.iter().map(|size| size * size).sum();
    1.0 + (squares as f64 / total as f64 - 1.0) * rho
}

#[cfg(test)]
mod tests {
    use super::super::{Purpose, RandomStream, normal_cdf};
    use super::*;

    /// Counts of events in clusters of `size`, and how often each count occurred.
    fn drawn(model: BetaBinomial, size: u32, clusters: u64) -> Vec<f64> {
        let mut seen = vec![0.0; size as usize + 1];
        let mut stream = RandomStream::new(5, Purpose::Simulation, 40);
        for _ in 0..clusters {
            let mut events = 0;
            for trial in 0..size {
                events += u32::from(stream.uniform() < model.next(events, trial));
            }
            seen[events as usize] += 1.0 / clusters as f64;
        }
        seen
    }

    #[test]
    fn counts_are_beta_binomial() {
        // scipy.stats.betabinom(4, 3.6, 0.4).pmf(0..4): p = 0.9, rho = 1 / (1 + a + b) = 0.2.
        let expected = [0.00544, 0.02304, 0.06624, 0.17664, 0.72864];
        let seen = drawn(BetaBinomial::new(0.9, 0.2), 4, 200_000);
        for (found, expected) in seen.iter().zip(expected) {
            let error = (expected * (1.0 - expected) / 200_000.0_f64).sqrt();
            assert!((found - expected).abs() < 4.5 * error, "{seen:?}");
        }
    }

    #[test]
    fn the_ends_of_the_correlation() {
        let all_alike = drawn(BetaBinomial::new(0.7, 1.0), 3, 20_000);
        assert_eq!((all_alike[1], all_alike[2]), (0.0, 0.0));
        assert!((all_alike[3] - 0.7).abs() < 0.02);
        let independent = drawn(BetaBinomial::new(0.7, 0.0), 3, 20_000);
        assert!((independent[3] - 0.343).abs() < 0.02);
        for p in [0.0, 1.0] {
            for rho in [0.0, 0.3, 1.0] {
                let certain = BetaBinomial::new(p, rho);
                assert_eq!(certain.next(0, 0), p);
                assert_eq!(certain.next(if p > 0.5 { 2 } else { 0 }, 2), p);
            }
        }
        assert_eq!(BetaBinomial::new(f64::NAN, 2.0).next(1, 1), 1.0);
    }

    #[test]
    fn a_shift_has_its_area() {
        for auroc in [0.5, 0.75, 0.92] {
            let area = normal_cdf(binormal_shift(auroc) / std::f64::consts::SQRT_2);
            assert!((area - auroc).abs() < 1e-12);
        }
        assert_eq!(binormal_shift(1.0), f64::INFINITY);
    }

    #[test]
    fn design_effect_of_equal_and_unequal_clusters() {
        assert_eq!(cluster_design_effect(&[4; 25], 0.1), 1.3);
        assert!((cluster_design_effect(&[1, 9], 0.5) - (1.0 + 7.2 * 0.5)).abs() < 1e-12);
        assert_eq!(cluster_design_effect(&[1, 1, 0], 0.9), 1.0);
        assert_eq!(cluster_design_effect(&[], 0.9), 1.0);
    }
}
