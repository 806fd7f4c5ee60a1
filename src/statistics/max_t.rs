//! Adjusted p-values for the largest of correlated statistics.

use super::distributions::{normal_quantile, normal_sf};
use super::linear::{Matrix, zeros};
use super::multiplicity::ascending;
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

fn maxima(
    correlation: &[Vec<f64>],
    tail: Tail,
    replicates: u64,
    seed: u64,
    mut visit: impl FnMut(&[f64]),
) {
    let factor = semidefinite_root(correlation);
    let n = correlation.len();
    for replicate in 0..replicates {
        let mut stream = RandomStream::new(seed, Purpose::MaximumOfNormals, replicate);
        let noise: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let drawn: Vec<f64> = factor
            .iter()
            .map(|row| {
                let z: f64 = row.iter().zip(&noise).map(|(l, e)| l * e).sum();
                if tail == Tail::TwoSided { z.abs() } else { -z }
            })
            .collect();
        visit(&drawn);
    }
}

/// Step-down max-T adjusted p-values from multivariate normal statistics with this correlation
/// (Westfall and Young 1993; Hothorn, Bretz and Westfall 2008, Biom J 50:346-363), by simulation
/// with `replicates` draws. Never smaller than the raw p-value of the same statistic.
///
/// # Errors
/// Sizes that differ, a statistic that is no number, or no replicate.
pub fn max_t(
    statistics: &[f64],
    correlation: &[Vec<f64>],
    tail: Tail,
    replicates: u64,
    seed: u64,
) -> Result<Vec<f64>, NotEstimable> {
    let m = statistics.len();
    if correlation.len() != m || correlation.iter().any(|row| row.len() != m) || replicates == 0 {
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
    // From the least to the most extreme: successive maxima over the not yet rejected.
    let order = ascending(&extremeness);
    let mut reached = vec![0u64; m];
    maxima(correlation, tail, replicates, seed, |drawn| {
        let mut largest = f64::NEG_INFINITY;
        for place in &order {
            largest = largest.max(drawn[*place]);
            reached[*place] += u64::from(largest >= extremeness[*place]);
        }
    });
    let raw = |t: f64| {
        if tail == Tail::TwoSided {
            2.0 * normal_sf(t)
        } else {
            normal_sf(t)
        }
    };
    let mut adjusted = vec![1.0; m];
    let mut so_far = 0.0_f64;
    for place in order.iter().rev() {
        let share = (1 + reached[*place]) as f64 / (1 + replicates) as f64;
        so_far = so_far.max(share.max(raw(extremeness[*place]))).min(1.0);
        adjusted[*place] = so_far;
    }
    Ok(adjusted)
}

/// Quantile of the largest of correlated standard normals: |z| for two-sided, one-sided else. For
/// simultaneous limits. Never below the quantile of a single one.
///
/// # Errors
/// No statistic, no replicate, or a level outside (0, 1).
pub fn maximum_quantile(
    correlation: &[Vec<f64>],
    tail: Tail,
    level: f64,
    replicates: u64,
    seed: u64,
) -> Result<f64, NotEstimable> {
    super::checked_confidence(level)?;
    let mut largest = Vec::new();
    maxima(correlation, tail, replicates, seed, |drawn| {
        largest.push(drawn.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    });
    largest.sort_unstable_by(f64::total_cmp);
    let single = if tail == Tail::TwoSided {
        normal_quantile(0.5 + 0.5 * level)
    } else {
        normal_quantile(level)
    };
    let found = super::quantile_of_sorted(&largest, level).filter(|quantile| quantile.is_finite());
    found
        .map(|quantile| quantile.max(single))
        .ok_or(NotEstimable::Empty("statistics"))
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
        // rho 0.5, infinite degrees of freedom, two-sided 5%.
        for (k, expected) in [(2, 2.212), (3, 2.349), (5, 2.511)] {
            let found =
                maximum_quantile(&exchangeable(k, 0.5), Tail::TwoSided, 0.95, 60_000, 1).unwrap();
            assert!((found - expected).abs() < 0.02, "{k}: {found}");
        }
    }

    #[test]
    fn between_raw_and_bonferroni() {
        let statistics = [-3.0, -2.2, 0.4, -1.0];
        for rho in [0.0, 0.5, 0.99] {
            let found = max_t(&statistics, &exchangeable(4, rho), Tail::Lower, 20_000, 1).unwrap();
            for (t, adjusted) in statistics.iter().zip(&found) {
                let raw = normal_sf(-t);
                assert!(
                    *adjusted >= raw && *adjusted <= (4.2 * raw + 0.002).min(1.0),
                    "{rho} {t} {adjusted}"
                );
            }
        }
        // Perfectly correlated: hardly any correction. Complementary levels count once.
        let mirrored = max_t(
            &[-2.5, 2.5],
            &[vec![1.0, -1.0], vec![-1.0, 1.0]],
            Tail::TwoSided,
            40_000,
            1,
        )
        .unwrap();
        assert!(
            (mirrored[0] - 2.0 * normal_sf(2.5)).abs() < 0.002,
            "{mirrored:?}"
        );
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
        assert!(max_t(&[1.0], &exchangeable(2, 0.5), Tail::Lower, 100, 1).is_err());
        assert!(max_t(&[f64::NAN], &exchangeable(1, 0.5), Tail::Lower, 100, 1).is_err());
        assert!(max_t(&[], &[], Tail::Lower, 100, 1).unwrap().is_empty());
        assert!(maximum_quantile(&[], Tail::Lower, 0.95, 100, 1).is_err());
    }
}
