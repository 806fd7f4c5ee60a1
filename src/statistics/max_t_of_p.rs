//! Max-T adjustment of p-values that come from intervals.

use super::NotEstimable;
use super::distributions::normal_quantile;
use super::max_t::{Integration, Tail, max_t};
use super::multiplicity::holm;

/// Smallest p that is told apart from 0.
const LEAST: f64 = 1e-300;

/// Step-down max-T adjusted p-values of a family whose estimates have this correlation (Hothorn,
/// Bretz and Westfall 2008, Biom J 50:346-363): each p becomes the normal statistic with this
/// tail probability, and the largest of them is referred to `replicates` draws of correlated
/// normals.
///
/// With [`Tail::Lower`] p is one-sided and small for small statistics; with [`Tail::TwoSided`]
/// it is two-sided. Holm's procedure holds under any dependence, so that no exact max-T p exceeds
/// Holm's; where one does by the error of its integration, Holm's is given. An empty family gives an empty answer, one
/// p is unchanged, ties stay ties, and a p that is no number counts as 1.
///
/// # Errors
/// Sizes that differ, or no draw.
pub fn max_t_of_p(
    p: &[f64],
    correlation: &[Vec<f64>],
    tail: Tail,
    integration: Integration,
    seed: u64,
) -> Result<Vec<f64>, NotEstimable> {
    let p: Vec<f64> = p
        .iter()
        .map(|p| if (0.0..=1.0).contains(p) { *p } else { 1.0 })
        .collect();
    let statistic = |p: &f64| match tail {
        Tail::Lower => normal_quantile(p.max(LEAST)),
        Tail::TwoSided => -normal_quantile(0.5 * p.max(LEAST)),
    };
    let statistics: Vec<f64> = p.iter().map(statistic).collect();
    let found = max_t(&statistics, correlation, tail, integration, seed)?;
    // The way to a statistic and back loses a last digit; no adjusted p is below its own.
    Ok(p.iter()
        .zip(found)
        .zip(holm(&p))
        .map(|((own, found), holm)| found.max(*own).min(holm))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::{
        benjamini_hochberg, benjamini_yekutieli, bonferroni, hochberg, influence_correlation,
    };
    use super::*;
    use serde_json::Value;

    /// Adjusted p-values by statsmodels and rectangle probabilities by scipy; made by
    /// `fixtures/make_multiplicity.py`.
    const MADE: &str = include_str!("../../fixtures/multiplicity.json");

    fn numbers(value: &Value) -> Vec<f64> {
        let list = value.as_array().unwrap();
        list.iter().map(|x| x.as_f64().unwrap()).collect()
    }

    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() <= tolerance, "{found:?} for {expected:?}");
        }
    }

    #[test]
    fn adjusted_as_by_statsmodels() {
        let made: Value = serde_json::from_str(MADE).unwrap();
        for family in made["families"].as_array().unwrap() {
            let p = numbers(&family["p"]);
            close(&holm(&p), &numbers(&family["holm"]), 1e-12);
            close(&hochberg(&p), &numbers(&family["hochberg"]), 1e-12);
            let bh = numbers(&family["benjamini_hochberg"]);
            close(&benjamini_hochberg(&p), &bh, 1e-12);
            let by = numbers(&family["benjamini_yekutieli"]);
            close(&benjamini_yekutieli(&p), &by, 1e-12);
        }
    }

    #[test]
    fn max_t_as_by_rectangle_probabilities() {
        let made: Value = serde_json::from_str(MADE).unwrap();
        for case in made["max_t"].as_array().unwrap() {
            let p = numbers(&case["p"]);
            let correlation: Vec<Vec<f64>> = case["correlation"]
                .as_array()
                .unwrap()
                .iter()
                .map(numbers)
                .collect();
            let tail = if case["two_sided"] == true {
                Tail::TwoSided
            } else {
                Tail::Lower
            };
            let found = max_t_of_p(&p, &correlation, tail, Integration::Exact, 1).unwrap();
            close(&found, &numbers(&case["adjusted"]), 1e-4);
            // Three standard errors of a share near 0.3 in 20,000 draws.
            let draws = Integration::Draws(20_000);
            let drawn = max_t_of_p(&p, &correlation, tail, draws, 1).unwrap();
            close(&drawn, &numbers(&case["adjusted"]), 0.01);
        }
    }

    #[test]
    fn between_the_raw_p_and_holm() {
        let p = [0.004, 0.2, 0.03, 0.03, 0.6];
        for rho in [0.0, 0.4, 0.9, 1.0] {
            let correlation: Vec<Vec<f64>> = (0..5)
                .map(|i| (0..5).map(|j| if i == j { 1.0 } else { rho }).collect())
                .collect();
            for tail in [Tail::Lower, Tail::TwoSided] {
                let found =
                    max_t_of_p(&p, &correlation, tail, Integration::Draws(5_000), 1).unwrap();
                let (holm, bonferroni) = (holm(&p), bonferroni(&p));
                for i in 0..5 {
                    assert!(
                        p[i] <= found[i] && found[i] <= holm[i] && holm[i] <= bonferroni[i],
                        "{rho} {found:?}"
                    );
                }
                assert_eq!(found[2], found[3], "ties stay ties");
            }
        }
    }

    #[test]
    fn degenerate_families() {
        let none: Vec<Vec<f64>> = Vec::new();
        assert!(
            max_t_of_p(&[], &none, Tail::Lower, Integration::Exact, 1)
                .unwrap()
                .is_empty()
        );
        let one = vec![vec![1.0]];
        for p in [0.0, 0.03, 1.0] {
            for tail in [Tail::Lower, Tail::TwoSided] {
                assert_eq!(
                    max_t_of_p(&[p], &one, tail, Integration::Exact, 1).unwrap(),
                    [p]
                );
            }
        }
        let nan = max_t_of_p(&[f64::NAN], &one, Tail::Lower, Integration::Exact, 1).unwrap();
        assert_eq!(nan, [1.0]);
        assert!(max_t_of_p(&[0.1, 0.2], &one, Tail::Lower, Integration::Exact, 1).is_err());
        // Estimates without variance have no correlation: as strict as independent ones.
        let still = influence_correlation(&[vec![0.0, 0.0], vec![0.0, 0.0]]).unwrap();
        let found = max_t_of_p(&[0.02, 0.02], &still, Tail::Lower, Integration::Exact, 1).unwrap();
        assert!(
            (found[0] - (1.0 - 0.98_f64.powi(2))).abs() < 1e-10,
            "{found:?}"
        );
    }
}
