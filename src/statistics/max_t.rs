//! Adjusted p-values for the largest of correlated statistics.

use super::distributions::{normal_quantile, normal_sf};
use super::linear::{Matrix, zeros};
use super::multiplicity::ascending;
use super::normal_box::{LARGEST, NormalBox};
use super::random::{Purpose, RandomStream};
use super::{NotEstimable, ordered_sum};

/// Which tail counts as extreme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// Small statistics: estimates below their bounds.
    Lower,
    /// Either direction.
    TwoSided,
}

/// Correlations of estimates from the influences of clusters: one row an estimate, one column a
/// cluster, 0 where a cluster takes no part. An estimate without variance is uncorrelated.
///
/// # Errors
/// Rows of different length or values that are no numbers.
pub fn influence_correlation(influences: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, NotEstimable> {
    let width = influences.first().map_or(0, Vec::len);
    if influences
        .iter()
        .any(|row| row.len() != width || row.iter().any(|value| !value.is_finite()))
    {
        return Err(NotEstimable::Other(
            "influences differ in length or hold what is no finite number".to_owned(),
        ));
    }
    let product = |a: &[f64], b: &[f64]| ordered_sum(a.iter().zip(b).map(|(x, y)| x * y));
    let scale: Vec<f64> = influences
        .iter()
        .map(|row| product(row, row).sqrt())
        .collect();
    let mut correlation = zeros(influences.len());
    for i in 0..influences.len() {
        for j in 0..=i {
            let own = if i == j {
                1.0
            } else if scale[i] > 0.0 && scale[j] > 0.0 {
                (product(&influences[i], &influences[j]) / (scale[i] * scale[j])).clamp(-1.0, 1.0)
            } else {
                0.0
            };
            correlation[i][j] = own;
            correlation[j][i] = own;
        }
    }
    Ok(correlation)
}

/// Lower triangular L with L L' = `matrix`, which may be singular: complementary levels of an
/// attribute have correlation -1. Columns without a remainder are 0.
fn semidefinite_root(matrix: &[Vec<f64>]) -> Matrix {
    let n = matrix.len();
    let mut factor = zeros(n);
    for j in 0..n {
        let rest = matrix[j][j] - (0..j).map(|k| factor[j][k] * factor[j][k]).sum::<f64>();
        if rest <= 1e-10 {
            continue;
        }
        factor[j][j] = rest.sqrt();
        for i in j + 1..n {
            let dot: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            factor[i][j] = (matrix[i][j] - dot) / factor[j][j];
        }
    }
    factor
}

/// How the distribution of the largest statistic is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integration {
    /// Over the density, on a lattice, for a family of at most 24; by 100,000 draws for a larger
    /// one.
    Exact,
    /// By so many draws, whatever the size: where many families are asked for nothing but which
    /// side of alpha they lie on.
    Draws(u64),
}

/// Draws for a family that is too large for the lattice.
const DRAWS: u64 = 100_000;

impl Integration {
    /// Number of draws, or `None` for the lattice.
    fn draws(self, size: usize) -> Option<u64> {
        match self {
            Self::Exact if size <= LARGEST => None,
            Self::Exact => Some(DRAWS),
            Self::Draws(draws) => Some(draws),
        }
    }
}

fn maxima(
    factor: &Matrix,
    tail: Tail,
    replicates: u64,
    seed: u64,
    mut visit: impl FnMut(&mut dyn Iterator<Item = f64>),
) {
    for replicate in 0..replicates {
        let mut stream = RandomStream::new(seed, Purpose::MaximumOfNormals, replicate);
        let noise: Vec<f64> = factor.iter().map(|_| stream.normal()).collect();
        let mut largest = f64::NEG_INFINITY;
        visit(&mut factor.iter().map(|row| {
            let z: f64 = row.iter().zip(&noise).map(|(l, e)| l * e).sum();
            largest = largest.max(if tail == Tail::TwoSided { z.abs() } else { -z });
            largest
        }));
    }
}

/// Step-down max-T adjusted p-values from multivariate normal statistics with this correlation
/// (Westfall and Young 1993; Hothorn, Bretz and Westfall 2008, Biom J 50:346-363). Never smaller
/// than the raw p-value of the same statistic. The seed counts where there are draws.
///
/// # Errors
/// Sizes that differ, a statistic that is no number, or no draw.
pub fn max_t(
    statistics: &[f64],
    correlation: &[Vec<f64>],
    tail: Tail,
    integration: Integration,
    seed: u64,
) -> Result<Vec<f64>, NotEstimable> {
    let m = statistics.len();
    if correlation.len() != m || correlation.iter().any(|row| row.len() != m) {
        return Err(NotEstimable::Other(
            "statistics and correlations differ in size".to_owned(),
        ));
    }
    if statistics.iter().any(|value| value.is_nan()) {
        return Err(NotEstimable::Other("a statistic is no number".to_owned()));
    }
    let extremeness: Vec<f64> = statistics
        .iter()
        .map(|t| if tail == Tail::TwoSided { t.abs() } else { -t })
        .collect();
    // From the least to the most extreme: the largest of the not yet rejected comes last.
    let order = ascending(&extremeness);
    let limits: Vec<f64> = order.iter().map(|place| extremeness[*place]).collect();
    let factor = semidefinite_root(&in_order(correlation, &order));
    let reached = match integration.draws(m) {
        None => {
            let within = NormalBox::new(&factor);
            let beyond = |(rank, limit): (usize, &f64)| within.beyond(rank + 1, *limit, tail);
            limits.iter().enumerate().map(beyond).collect()
        }
        Some(draws) => shares_of_draws(&factor, &limits, tail, draws, seed)?,
    };
    let raw = |t: f64| {
        if tail == Tail::TwoSided {
            2.0 * normal_sf(t)
        } else {
            normal_sf(t)
        }
    };
    let mut adjusted = vec![1.0; m];
    let mut so_far = 0.0_f64;
    for (rank, place) in order.iter().enumerate().rev() {
        so_far = so_far.max(reached[rank].max(raw(limits[rank]))).min(1.0);
        adjusted[*place] = so_far;
    }
    Ok(adjusted)
}

/// The correlations of the variables in another order.
fn in_order(correlation: &[Vec<f64>], order: &[usize]) -> Matrix {
    let row = |own: &usize| {
        order
            .iter()
            .map(|other| correlation[*own][*other])
            .collect()
    };
    order.iter().map(row).collect()
}

/// Share of draws in which the largest of the first statistics reaches the limit of each rank; the
/// observed one counts among them.
fn shares_of_draws(
    factor: &Matrix,
    limits: &[f64],
    tail: Tail,
    draws: u64,
    seed: u64,
) -> Result<Vec<f64>, NotEstimable> {
    if draws == 0 {
        return Err(NotEstimable::Empty("draws"));
    }
    let mut reached = vec![0u64; limits.len()];
    maxima(factor, tail, draws, seed, |largest| {
        for (rank, largest) in largest.enumerate() {
            reached[rank] += u64::from(largest >= limits[rank]);
        }
    });
    let share = |reached: u64| (1 + reached) as f64 / (1 + draws) as f64;
    Ok(reached.into_iter().map(share).collect())
}

/// Quantile of the largest of correlated standard normals: |z| for two-sided, one-sided else. For
/// simultaneous limits. Never below the quantile of a single one.
///
/// # Errors
/// No statistic, or a level outside (0, 1).
pub fn maximum_quantile(
    correlation: &[Vec<f64>],
    tail: Tail,
    level: f64,
    seed: u64,
) -> Result<f64, NotEstimable> {
    super::checked_confidence(level)?;
    let m = correlation.len();
    if m == 0 {
        return Err(NotEstimable::Empty("statistics"));
    }
    let of_one = |level: f64| match tail {
        Tail::TwoSided => normal_quantile(0.5 + 0.5 * level),
        Tail::Lower => normal_quantile(level),
    };
    let single = of_one(level);
    let factor = semidefinite_root(correlation);
    if let Some(draws) = Integration::Exact.draws(m) {
        let mut largest = Vec::new();
        maxima(&factor, tail, draws, seed, |drawn| {
            largest.extend(drawn.last())
        });
        largest.sort_unstable_by(f64::total_cmp);
        let found = super::quantile_of_sorted(&largest, level);
        return Ok(found.map_or(single, |found| found.max(single)));
    }
    let within = NormalBox::new(&factor);
    let too_many = |limit: f64| within.beyond(m, limit, tail) - (1.0 - level);
    // The largest is never smaller than one of them and never rarer than Bonferroni says.
    let most = of_one(1.0 - (1.0 - level) / m as f64);
    Ok(root_between(too_many, single, most).max(single))
}

/// Where a falling function is 0 (regula falsi by the Illinois rule); the nearer end where it has
/// one sign.
fn root_between(of: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let (mut at_low, mut at_high) = (of(low), of(high));
    if at_low <= 0.0 {
        return low;
    }
    if at_high >= 0.0 {
        return high;
    }
    for _ in 0..60 {
        let next = (low * at_high - high * at_low) / (at_high - at_low);
        let found = of(next);
        if found > 0.0 {
            (low, at_low) = (next, found);
            at_high *= 0.5;
        } else {
            (high, at_high) = (next, found);
            at_low *= 0.5;
        }
        if high - low < 1e-7 || found.abs() < 1e-9 {
            return next;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchangeable(n: usize, rho: f64) -> Matrix {
        (0..n)
            .map(|i| (0..n).map(|j| if i == j { 1.0 } else { rho }).collect())
            .collect()
    }

    #[test]
    fn dunnett_tables() {
        // rho 0.5, infinite degrees of freedom, two-sided 5%: by numerical integration over the
        // common part (SciPy's quad; the printed tables have 2.212, 2.349, 2.441 and 2.511).
        for (k, expected) in [
            (1, 1.959_963_985),
            (2, 2.212_127_747),
            (3, 2.348_970_590),
            (4, 2.441_770_773),
            (5, 2.511_463_053),
        ] {
            let found = maximum_quantile(&exchangeable(k, 0.5), Tail::TwoSided, 0.95, 1).unwrap();
            assert!((found - expected).abs() < 2e-4, "{k}: {found}");
        }
        // Beyond the lattice, independent ones: the 0.95th power.
        let many = maximum_quantile(&exchangeable(30, 0.0), Tail::Lower, 0.95, 1).unwrap();
        let expected = normal_quantile(0.95_f64.powf(1.0 / 30.0));
        assert!((many - expected).abs() < 0.02, "{many} {expected}");
    }

    #[test]
    fn between_raw_and_bonferroni() {
        let statistics = [-3.0, -2.2, 0.4, -1.0];
        for integration in [Integration::Exact, Integration::Draws(20_000)] {
            for rho in [0.0, 0.5, 0.99, 1.0] {
                let correlation = exchangeable(4, rho);
                let found = max_t(&statistics, &correlation, Tail::Lower, integration, 1).unwrap();
                for (t, adjusted) in statistics.iter().zip(&found) {
                    let raw = normal_sf(-t);
                    assert!(
                        *adjusted >= raw && *adjusted <= (4.2 * raw + 0.002).min(1.0),
                        "{rho} {t} {adjusted}"
                    );
                }
            }
        }
    }

    #[test]
    fn complementary_levels_count_once() {
        let pair = vec![vec![1.0, -1.0], vec![-1.0, 1.0]];
        let found = max_t(&[-2.5, 2.5], &pair, Tail::TwoSided, Integration::Exact, 1).unwrap();
        for p in found {
            assert!((p - 2.0 * normal_sf(2.5)).abs() < 1e-12, "{p}");
        }
        // Three levels whose statistics add up to 0, two-sided: two dimensions, not three. By
        // SciPy's dblquad over the hexagon that they leave.
        let third = vec![
            vec![1.0, -0.5, -0.5],
            vec![-0.5, 1.0, -0.5],
            vec![-0.5, -0.5, 1.0],
        ];
        let found = max_t(
            &[2.2, -1.0, -1.2],
            &third,
            Tail::TwoSided,
            Integration::Exact,
            1,
        )
        .unwrap();
        assert!((found[0] - 0.071_159_856).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn lattice_and_draws_agree() {
        let statistics: Vec<f64> = (0..24).map(|i| -0.13 * f64::from(i)).collect();
        let correlation: Matrix = (0..24)
            .map(|i| (0..24).map(|j: i32| 0.8_f64.powi((i - j).abs())).collect())
            .collect();
        for tail in [Tail::Lower, Tail::TwoSided] {
            let exact = max_t(&statistics, &correlation, tail, Integration::Exact, 1).unwrap();
            let other = max_t(&statistics, &correlation, tail, Integration::Exact, 2).unwrap();
            assert_eq!(exact, other, "no seed takes part");
            let draws = Integration::Draws(40_000);
            let drawn = max_t(&statistics, &correlation, tail, draws, 1).unwrap();
            for (exact, drawn) in exact.iter().zip(&drawn) {
                assert!((exact - drawn).abs() < 0.01, "{exact} {drawn}");
            }
        }
    }

    #[test]
    fn correlation_from_influences() {
        let found = influence_correlation(&[
            vec![1.0, -1.0, 0.0],
            vec![-1.0, 1.0, 0.0],
            vec![0.0, 0.0, 0.0],
        ])
        .unwrap();
        assert!((found[0][1] + 1.0).abs() < 1e-12 && found[2][0] == 0.0 && found[2][2] == 1.0);
        assert!(influence_correlation(&[vec![1.0], vec![1.0, 2.0]]).is_err());
        assert!(
            max_t(
                &[1.0],
                &exchangeable(2, 0.5),
                Tail::Lower,
                Integration::Exact,
                1
            )
            .is_err()
        );
        assert!(
            max_t(
                &[f64::NAN],
                &exchangeable(1, 0.5),
                Tail::Lower,
                Integration::Exact,
                1
            )
            .is_err()
        );
        assert!(
            max_t(&[], &[], Tail::Lower, Integration::Exact, 1)
                .unwrap()
                .is_empty()
        );
        let none = max_t(
            &[1.0],
            &exchangeable(1, 0.5),
            Tail::Lower,
            Integration::Draws(0),
            1,
        );
        assert!(none.is_err());
        assert!(maximum_quantile(&[], Tail::Lower, 0.95, 1).is_err());
        assert!(maximum_quantile(&exchangeable(2, 0.5), Tail::Lower, 1.0, 1).is_err());
    }
}
