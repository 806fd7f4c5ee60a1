//! The spread of many groups: range by chance alone, shrinkage towards a common value.

use super::distributions::{beta_quantile, normal_cdf};
use super::random::{Purpose, RandomStream};
use super::root::turning_point;
use super::{Interval, NotEstimable, checked_confidence, quantile_of_sorted};

/// Nodes of the trapezoidal rule between -9 and 9; exact to ten digits for these smooth tails.
const NODES: usize = 3600;

/// Mean range of `k` independent standard normals, d2(k) of quality control (Tippett 1925):
/// the integral of 1 - Phi^k - (1 - Phi)^k. 0 below two.
#[must_use]
pub fn d2(k: u32) -> f64 {
    let exponent = i32::try_from(k).unwrap_or(i32::MAX);
    if k < 2 {
        return 0.0;
    }
    let step = 18.0 / NODES as f64;
    (0..=NODES)
        .map(|node| {
            let below = normal_cdf(-9.0 + step * node as f64);
            step * (1.0 - below.powi(exponent) - (1.0 - below).powi(exponent))
        })
        .sum()
}

/// A gap between the best and the worst of several groups beside what chance alone shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChanceRange {
    /// Largest less smallest estimate.
    pub observed: f64,
    /// Mean range if all groups had the same true value.
    pub expected: f64,
    /// Its 95% quantile.
    pub upper_95: f64,
    /// Observed less the part that noise adds, sqrt(max(0, observed^2 - expected^2)).
    pub bias_corrected: f64,
}

/// Range of independent N(0, SE_j) by simulation, for the range of estimates with these standard
/// errors. Not an interval: a range is never negative, so that no interval of it can hold 0.
///
/// # Errors
/// Fewer than two groups, lengths that differ, values that are no numbers, or no replicate.
pub fn chance_range(
    estimates: &[f64],
    standard_errors: &[f64],
    replicates: u64,
    seed: u64,
) -> Result<ChanceRange, NotEstimable> {
    if estimates.len() < 2 || estimates.len() != standard_errors.len() || replicates == 0 {
        return Err(NotEstimable::Other(
            "a range needs two groups with a standard error each".to_owned(),
        ));
    }
    if estimates
        .iter()
        .chain(standard_errors)
        .any(|value| !value.is_finite())
        || standard_errors.iter().any(|error| *error < 0.0)
    {
        return Err(NotEstimable::Other(
            "an estimate or standard error is no finite number".to_owned(),
        ));
    }
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (least, largest) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, largest), x| {
                (least.min(x), largest.max(x))
            });
        largest - least
    };
    // Sorted, so that the order of the groups has no say.
    let mut errors = standard_errors.to_vec();
    errors.sort_unstable_by(f64::total_cmp);
    let mut drawn: Vec<f64> = (0..replicates)
        .map(|replicate| {
            let mut stream = RandomStream::new(seed, Purpose::Range, replicate);
            range(&mut errors.iter().map(|error| error * stream.normal()))
        })
        .collect();
    drawn.sort_unstable_by(f64::total_cmp);
    let observed = range(&mut estimates.iter().copied());
    let expected = drawn.iter().sum::<f64>() / replicates as f64;
    let upper_95 = quantile_of_sorted(&drawn, 0.95).unwrap_or(expected);
    Ok(ChanceRange {
        observed,
        expected,
        upper_95,
        bias_corrected: (observed * observed - expected * expected).max(0.0).sqrt(),
    })
}

/// Proportions of many cells, drawn towards a common mean.
#[derive(Debug, Clone, PartialEq)]
pub struct PartialPooling {
    /// Mean of the fitted beta distribution.
    pub mean: f64,
    /// Its prior size a + b; `None` when the cells vary no more than by chance (complete pooling).
    pub prior_size: Option<f64>,
    /// Posterior mean of each cell.
    pub estimates: Vec<f64>,
    /// Equal-tailed posterior interval of each cell.
    pub intervals: Vec<Interval>,
}

/// Beta-binomial empirical Bayes (Efron and Morris 1975; Kleinman 1973): mean and variance
/// between cells by moments with the cells' own binomial variances taken off, then Beta(a + k,
/// b + n - k) for each cell. Counts are real, so that effective ones can be given; an empty cell
/// gets the common distribution. No published number was found; the tests recover a known
/// distribution.
///
/// # Errors
/// Fewer than two cells with trials, impossible counts, or a level outside (0, 1).
pub fn partial_pooling(
    cells: &[(f64, f64)],
    confidence: f64,
) -> Result<PartialPooling, NotEstimable> {
    let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
    if cells
        .iter()
        .any(|(k, n)| !n.is_finite() || !(0.0..=*n).contains(k))
    {
        return Err(NotEstimable::Other(
            "a cell has impossible counts".to_owned(),
        ));
    }
    let used: Vec<(f64, f64)> = cells.iter().copied().filter(|(_, n)| *n > 0.0).collect();
    if used.len() < 2 {
        return Err(NotEstimable::Other(
            "pooling needs two cells with trials".to_owned(),
        ));
    }
    let (events, trials) = used
        .iter()
        .fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
    let mean = events / trials;
    let prior_size = if mean > 0.0 && mean < 1.0 {
        fitted_size(&used, mean)
    } else {
        None
    };
    // Complete pooling: as if each cell had seen everything.
    let size = prior_size.unwrap_or(trials.max(1.0));
    let (a, b) = ((mean * size).max(0.5), ((1.0 - mean) * size).max(0.5));
    let posterior = |(k, n): &(f64, f64)| {
        if prior_size.is_none() {
            (events.max(0.5), (trials - events).max(0.5))
        } else {
            (a + k, b + n - k)
        }
    };
    let estimates = cells
        .iter()
        .map(|cell| {
            let (a, b) = posterior(cell);
            a / (a + b)
        })
        .collect();
    let intervals = cells
        .iter()
        .map(|cell| {
            let (a, b) = posterior(cell);
            Interval {
                lower: beta_quantile(tail, a, b),
                upper: beta_quantile(1.0 - tail, a, b),
            }
        })
        .collect();
    Ok(PartialPooling {
        mean,
        prior_size,
        estimates,
        intervals,
    })
}

/// Prior size M at which the expected weighted spread of the cells equals the observed one:
/// Var(k / n) = mean (1 - mean) / n x (1 + (n - 1) / (M + 1)).
fn fitted_size(cells: &[(f64, f64)], mean: f64) -> Option<f64> {
    let spread: f64 = cells
        .iter()
        .map(|(k, n)| n * (k / n - mean).powi(2))
        .sum::<f64>()
        / (mean * (1.0 - mean));
    let total: f64 = cells.iter().map(|(_, n)| n).sum();
    // The estimated mean takes its own share of the spread: (1 - n / total) of each cell.
    let expected = |size: f64| {
        cells
            .iter()
            .map(|(_, n)| (1.0 - n / total) * (1.0 + (n - 1.0).max(0.0) / (size + 1.0)))
            .sum::<f64>()
    };
    let (least, largest) = (1e-3_f64, 1e7_f64);
    if spread <= expected(largest) {
        return None;
    }
    Some(turning_point(least.ln(), largest.ln(), |log| expected(log.exp()) > spread).exp())
}

/// Estimates drawn towards their mean by the positive-part rule of James and Stein.
#[derive(Debug, Clone, PartialEq)]
pub struct JamesStein {
    /// Mean of the estimates.
    pub mean: f64,
    /// Share of each deviation from the mean that is kept: 1 - (k - 3) variance / sum of squares.
    pub kept: f64,
    /// mean + kept x (estimate - mean).
    pub estimates: Vec<f64>,
}

/// James and Stein's estimator towards the mean for estimates of equal, known variance (Efron and
/// Morris 1975, JASA 70:311-319).
///
/// # Errors
/// Fewer than four estimates, or values that are no numbers.
pub fn james_stein(estimates: &[f64], variance: f64) -> Result<JamesStein, NotEstimable> {
    let k = estimates.len() as f64;
    if estimates.len() < 4
        || estimates.iter().any(|value| !value.is_finite())
        || !variance.is_finite()
        || variance < 0.0
    {
        return Err(NotEstimable::Other(
            "shrinkage needs four finite estimates and their variance".to_owned(),
        ));
    }
    let mean = super::ordered_sum(estimates.iter().copied()) / k;
    let squares = super::ordered_sum(estimates.iter().map(|value| (value - mean).powi(2)));
    let kept = if squares > 0.0 {
        (1.0 - (k - 3.0) * variance / squares).max(0.0)
    } else {
        0.0
    };
    Ok(JamesStein {
        mean,
        kept,
        estimates: estimates
            .iter()
            .map(|value| mean + kept * (value - mean))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Purpose, RandomStream};
    use super::*;

    /// The report says that 95% limits of pooled cells hold the truth in about 80% to 90%.
    #[test]
    fn pooled_limits_are_too_narrow_by_what_is_said() {
        for (cells, size, spread) in [(8, 40, 0.03), (8, 100, 0.05), (4, 40, 0.05), (16, 25, 0.05)]
        {
            let (mut held, mut all) = (0, 0);
            for audit in 0..400 {
                let mut stream = RandomStream::new(cells, Purpose::Simulation, audit);
                let truths: Vec<f64> = (0..cells)
                    .map(|_| (0.85 + spread * stream.normal()).clamp(0.01, 0.99))
                    .collect();
                let counts: Vec<(f64, f64)> = truths
                    .iter()
                    .map(|p| {
                        let n = size / 2 + stream.below(3 * size / 2);
                        let events = (0..n).filter(|_| stream.uniform() < *p).count();
                        (events as f64, n as f64)
                    })
                    .collect();
                let found = partial_pooling(&counts, 0.95).unwrap();
                for (truth, limits) in truths.iter().zip(&found.intervals) {
                    all += 1;
                    held += u32::from(limits.lower <= *truth && *truth <= limits.upper);
                }
            }
            let share = f64::from(held) / f64::from(all);
            assert!(
                (0.78..0.92).contains(&share),
                "{cells} cells of {size}: {share}"
            );
        }
    }

    #[test]
    fn d2_as_tabulated() {
        for (k, expected) in [
            (2, std::f64::consts::FRAC_2_SQRT_PI),
            (3, 1.69257),
            (4, 2.05875),
            (5, 2.32593),
            (6, 2.53441),
            (8, 2.84720),
            (10, 3.07751),
        ] {
            assert!((d2(k) - expected).abs() < 1e-5, "{k} {}", d2(k));
        }
        assert_eq!((d2(0), d2(1)), (0.0, 0.0));
    }

    #[test]
    fn equal_errors_give_d2_times_the_error() {
        let found = chance_range(&[0.8, 0.85, 0.9, 0.82, 0.88], &[0.03; 5], 20_000, 1).unwrap();
        assert!(
            (found.expected / (d2(5) * 0.03) - 1.0).abs() < 0.02,
            "{found:?}"
        );
        assert!((found.observed - 0.1).abs() < 1e-12 && found.bias_corrected < found.observed);
        assert_eq!(
            chance_range(&[0.9, 0.8, 0.85], &[0.01, 0.05, 0.02], 100, 1),
            chance_range(&[0.8, 0.85, 0.9], &[0.05, 0.02, 0.01], 100, 1)
        );
        assert!(chance_range(&[0.8], &[0.1], 100, 1).is_err());
        assert!(chance_range(&[0.8, f64::NAN], &[0.1, 0.1], 100, 1).is_err());
        assert_eq!(
            chance_range(&[0.8, 0.8], &[0.0, 0.0], 10, 1)
                .unwrap()
                .bias_corrected,
            0.0
        );
    }

    #[test]
    fn batting_averages_of_efron_and_morris() {
        // Hits in the first 45 at bats of 1970, 18 players, Clemente first and Alvis last.
        let hits = [
            18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7,
        ];
        let averages: Vec<f64> = hits.iter().map(|hits| f64::from(*hits) / 45.0).collect();
        let mean = averages.iter().sum::<f64>() / 18.0;
        let found = james_stein(&averages, mean * (1.0 - mean) / 45.0).unwrap();
        assert!((found.kept - 0.211_653_4).abs() < 1e-6, "{}", found.kept);
        assert!(
            (found.estimates[0] - 0.294).abs() < 5e-4 && (found.estimates[17] - 0.242).abs() < 5e-4
        );
        assert!(james_stein(&averages[..3], 0.01).is_err());
        assert_eq!(
            james_stein(&[0.5; 5], 0.01).unwrap().estimates,
            vec![0.5; 5]
        );
    }

    #[test]
    fn pooling_recovers_a_known_beta_distribution() {
        let mut stream = RandomStream::new(2, Purpose::Simulation, 0);
        let cells: Vec<(f64, f64)> = (0..400)
            .map(|_| {
                let p = beta_quantile(stream.uniform(), 16.0, 4.0);
                (stream.binomial(30, p) as f64, 30.0)
            })
            .collect();
        let found = partial_pooling(&cells, 0.95).unwrap();
        assert!(
            (found.mean - 0.8).abs() < 0.02 && (14.0..29.0).contains(&found.prior_size.unwrap()),
            "{:?}",
            found.prior_size
        );
        for (cell, (estimate, interval)) in cells
            .iter()
            .zip(found.estimates.iter().zip(&found.intervals))
        {
            let raw = cell.0 / cell.1;
            assert!(
                (estimate - found.mean).abs() <= (raw - found.mean).abs() + 1e-12
                    && interval.contains(*estimate)
            );
        }
    }

    #[test]
    fn cells_that_vary_by_chance_alone_are_pooled_completely() {
        let found = partial_pooling(&[(80.0, 100.0), (80.0, 100.0), (81.0, 100.0)], 0.95).unwrap();
        assert_eq!(found.prior_size, None);
        assert!(
            found
                .estimates
                .iter()
                .all(|estimate| (estimate - 241.0 / 300.0).abs() < 1e-12)
        );
        let perfect = partial_pooling(&[(10.0, 10.0), (4.0, 4.0), (0.0, 0.0)], 0.95).unwrap();
        assert!(
            perfect
                .estimates
                .iter()
                .all(|estimate| *estimate > 0.9 && *estimate < 1.0)
        );
        assert!(partial_pooling(&[(1.0, 2.0)], 0.95).is_err());
        assert!(partial_pooling(&[(3.0, 2.0), (1.0, 2.0)], 0.95).is_err());
    }
}
