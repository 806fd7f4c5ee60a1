//! Adjusted p-values for families of tests.
//!
//! Every function takes p-values in any order and returns the adjusted ones in the same order;
//! a hypothesis is rejected at level alpha when its adjusted p is at most alpha. An empty
//! family gives an empty answer. A p that is no number in [0, 1] counts as 1.

/// Places in ascending order of p, ties in the order given.
pub(super) fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    order
}

fn sanitised(p: &[f64]) -> Vec<f64> {
    p.iter()
        .map(|p| if (0.0..=1.0).contains(p) { *p } else { 1.0 })
        .collect()
}

/// From the smallest p upwards, never decreasing: min(1, max over smaller p of factor x p).
fn step_down(p: &[f64], factor: impl Fn(usize) -> f64) -> Vec<f64> {
    let p = sanitised(p);
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, place) in ascending(&p).into_iter().enumerate() {
        largest = largest.max((factor(rank) * p[place]).min(1.0));
        adjusted[place] = largest;
    }
    adjusted
}

/// From the largest p downwards, never increasing: min over larger p of factor x p.
fn step_up(p: &[f64], factor: impl Fn(usize) -> f64) -> Vec<f64> {
    let p = sanitised(p);
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, place) in ascending(&p).into_iter().enumerate().rev() {
        least = least.min((factor(rank) * p[place]).min(1.0));
        adjusted[place] = least;
    }
    adjusted
}

/// Bonferroni: m p.
#[must_use]
pub fn bonferroni(p: &[f64]) -> Vec<f64> {
    let m = p.len() as f64;
    sanitised(p).iter().map(|p| (m * p).min(1.0)).collect()
}

/// Holm 1979 (Scand J Stat 6:65-70): family-wise error under any dependence.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let m = p.len();
    step_down(p, |rank| (m - rank) as f64)
}

/// Hochberg 1988 (Biometrika 75:800-802): family-wise error under positive dependence.
#[must_use]
pub fn hochberg(p: &[f64]) -> Vec<f64> {
    let m = p.len();
    step_up(p, |rank| (m - rank) as f64)
}

/// Benjamini and Hochberg 1995 (JRSS B 57:289-300): false discovery rate under positive dependence.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let m = p.len() as f64;
    step_up(p, |rank| m / (rank as f64 + 1.0))
}

/// Benjamini and Yekutieli 2001 (Ann Stat 29:1165-1188): false discovery rate under any dependence.
#[must_use]
pub fn benjamini_yekutieli(p: &[f64]) -> Vec<f64> {
    let m = p.len() as f64;
    let harmonic: f64 = (1..=p.len()).map(|i| 1.0 / i as f64).sum();
    step_up(p, |rank| harmonic * m / (rank as f64 + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The 15 p-values of Benjamini and Hochberg 1995.
    const BH: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ];

    #[test]
    fn rejections_as_published() {
        let rejected = |adjusted: Vec<f64>| adjusted.iter().filter(|p| **p <= 0.05).count();
        assert_eq!(rejected(bonferroni(&BH)), 3);
        assert_eq!(rejected(holm(&BH)), 3);
        assert_eq!(rejected(benjamini_hochberg(&BH)), 4);
        assert_eq!(rejected(benjamini_yekutieli(&BH)), 3);
    }

    #[test]
    fn worked_by_hand() {
        let close = |found: Vec<f64>, expected: [f64; 3]| {
            found
                .iter()
                .zip(expected)
                .for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{found:?}"))
        };
        close(holm(&[0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
        close(hochberg(&[0.01, 0.04, 0.03]), [0.03, 0.04, 0.04]);
        close(benjamini_hochberg(&[0.01, 0.04, 0.03]), [0.03, 0.04, 0.04]);
        assert!(holm(&[]).is_empty());
        assert_eq!(holm(&[f64::NAN]), vec![1.0]);
    }

    proptest! {
        #[test]
        fn ordered_by_strictness(p in prop::collection::vec(0.0f64..=1.0, 1..30)) {
            let (bonferroni, holm, hochberg, bh) = (bonferroni(&p), holm(&p), hochberg(&p), benjamini_hochberg(&p));
            for i in 0..p.len() {
                prop_assert!(p[i] <= bh[i] + 1e-15 && bh[i] <= hochberg[i] + 1e-12 && hochberg[i] <= holm[i] + 1e-12 && holm[i] <= bonferroni[i] + 1e-12);
            }
        }
    }
}
