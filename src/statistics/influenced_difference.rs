//! Two estimates set against each other, and several against their mean, by their influences.

use std::collections::BTreeMap;

use super::clustered::MANY_CLUSTERS;
use super::distributions::f_sf;
use super::heterogeneity::Heterogeneity;
use super::influenced::without_rounding;
use super::linear::{cholesky, solve};
use super::scaled::{Scale, ScaledEstimate};
use super::{Influenced, NotEstimable, ordered_sum};

/// An estimate and the cluster of every sample behind it.
pub type Arm<'a> = (&'a Influenced, &'a [u32]);

/// Signed difference `a` - `b` with its standard error, and the clusters that are in both arms.
///
/// Arms without a common cluster: the squared standard errors are added, each with its own
/// K / (K - 1), and below 40 clusters in either arm Student's t has the degrees of freedom of Welch
/// and Satterthwaite (1946, Biometrics Bulletin 2:110-114). Arms that share clusters: the influences
/// of a cluster on both are subtracted before they are squared, so that the covariance is in it, with
/// K - 1 degrees of freedom, K the clusters of either.
///
/// # Errors
/// Fewer than two clusters in an arm.
pub fn influenced_difference(
    a: Arm<'_>,
    b: Arm<'_>,
) -> Result<(ScaledEstimate, u64), NotEstimable> {
    let first = a.0.by_cluster(Some(a.1));
    let second = b.0.by_cluster(Some(b.1));
    if first.len() < 2 || second.len() < 2 {
        return Err(NotEstimable::OnePatient);
    }
    let difference = a.0.estimate - b.0.estimate;
    let size = a.0.estimate.abs().max(b.0.estimate.abs());
    let shared = first.keys().filter(|own| second.contains_key(own)).count();
    if shared > 0 {
        let mut both = first;
        for (cluster, c) in second {
            *both.entry(cluster).or_insert(0.0) -= c;
        }
        let k = both.len() as f64;
        let error = (k / (k - 1.0) * ordered_sum(both.values().map(|c| c * c))).sqrt();
        let found = ScaledEstimate::new(
            difference,
            without_rounding(error, size),
            Scale::Identity,
            both.len() as u64,
            "influence_difference_shared",
        )?;
        return Ok((found, shared as u64));
    }
    let variance = |own: &BTreeMap<u32, f64>| {
        let k = own.len() as f64;
        k / (k - 1.0) * ordered_sum(own.values().map(|c| c * c))
    };
    let (va, vb) = (variance(&first), variance(&second));
    let (ka, kb) = (first.len() as f64, second.len() as f64);
    let few = first.len().min(second.len()) < MANY_CLUSTERS as usize;
    let freedom = (va + vb).powi(2) / (va * va / (ka - 1.0) + vb * vb / (kb - 1.0));
    let found = ScaledEstimate::new(
        difference,
        without_rounding((va + vb).sqrt(), size),
        Scale::Identity,
        (first.len() + second.len()) as u64,
        "influence_difference",
    )?;
    Ok((
        ScaledEstimate {
            df: (few && freedom.is_finite()).then_some(freedom),
            ..found
        },
        0,
    ))
}

/// Wald test that several estimates are equal, from their influences: Q = d' V^-1 d, d the
/// differences from the last, V their covariance over clusters with K / (K - 1), against F with
/// (levels - 1, K - levels + 1) degrees of freedom after Hotelling (1931, Ann Math Stat 2:360-378).
/// Levels with fewer than two clusters take no part. Levels without a common cluster: V is put together
/// from each level's own sum with its own K / (K - 1), and F = Q / (levels - 1) has as many degrees of
/// freedom below as the smallest level has clusters, less one. For two means this is the square of
/// Welch's statistic.
///
/// # Errors
/// Fewer than two levels, or a covariance without an inverse.
pub fn influenced_heterogeneity(levels: &[Arm<'_>]) -> Result<Heterogeneity, NotEstimable> {
    let of: Vec<(usize, f64, BTreeMap<u32, f64>)> = levels
        .iter()
        .enumerate()
        .map(|(place, (of, cluster))| (place, of.estimate, of.by_cluster(Some(cluster))))
        .filter(|(_, _, own)| own.len() >= 2)
        .collect();
    if of.len() < 2 {
        return Err(NotEstimable::Other(
            "fewer than two levels have two patients".to_owned(),
        ));
    }
    let clusters: std::collections::BTreeSet<u32> = of
        .iter()
        .flat_map(|(_, _, own)| own.keys().copied())
        .collect();
    let k = clusters.len() as f64;
    let free = of.len() - 1;
    let last = &of[free];
    let apart = of.iter().map(|(_, _, own)| own.len()).sum::<usize>() == clusters.len();
    // K / (K - 1) of the level's own clusters, or of all of them where levels share some.
    let growth = |own: &BTreeMap<u32, f64>| {
        let k = if apart { own.len() as f64 } else { k };
        (k / (k - 1.0)).sqrt()
    };
    // Influence of every cluster on every difference from the last level.
    let contrasts: Vec<Vec<f64>> = of[..free]
        .iter()
        .map(|(_, _, own)| {
            clusters
                .iter()
                .map(|cluster| {
                    growth(own) * own.get(cluster).copied().unwrap_or(0.0)
                        - growth(&last.2) * last.2.get(cluster).copied().unwrap_or(0.0)
                })
                .collect()
        })
        .collect();
    let covariance: Vec<Vec<f64>> = contrasts
        .iter()
        .map(|a| {
            contrasts
                .iter()
                .map(|b| ordered_sum(a.iter().zip(b).map(|(a, b)| a * b)))
                .collect()
        })
        .collect();
    let size = of.iter().map(|(_, own, _)| own.abs()).fold(0.0, f64::max);
    let varies =
        (0..free).all(|place| without_rounding(covariance[place][place].sqrt(), size) > 0.0);
    let d: Vec<f64> = of[..free]
        .iter()
        .map(|(_, estimate, _)| estimate - last.1)
        .collect();
    let factor = cholesky(&covariance).filter(|_| varies).ok_or_else(|| {
        NotEstimable::Other("the covariance of the levels has no inverse".to_owned())
    })?;
    let weighted = solve(&factor, &d);
    let statistic = ordered_sum(d.iter().zip(&weighted).map(|(d, w)| d * w)).max(0.0);
    let freedom = free as f64;
    let smallest = of
        .iter()
        .map(|(_, _, own)| own.len())
        .min()
        .unwrap_or_default();
    let rest = if apart {
        smallest as f64 - 1.0
    } else {
        k - freedom
    };
    if rest < 1.0 || !statistic.is_finite() {
        return Err(NotEstimable::OnePatient);
    }
    let f = if apart {
        statistic / freedom
    } else {
        statistic * rest / (freedom * (k - 1.0))
    };
    Ok(Heterogeneity {
        levels: of.iter().map(|(place, _, _)| *place).collect(),
        statistic,
        df: Some(freedom),
        permutations: None,
        p: f_sf(f, freedom, rest),
        method: "wald_influence",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 7] = [4.1, 5.0, 6.2, 3.3, 5.7, 4.9, 6.6];
    const B: [f64; 7] = [3.9, 4.2, 6.0, 3.5, 4.4, 4.1, 5.2];
    const C: [f64; 7] = [4.4, 4.9, 5.1, 3.0, 5.2, 4.8, 5.9];
    const OWN: [u32; 7] = [0, 1, 2, 3, 4, 5, 6];
    const OTHER: [u32; 5] = [10, 11, 12, 13, 14];

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    /// `scipy.stats.ttest_ind(a, b[:5], equal_var=False)` of SciPy 1.17.1.
    #[test]
    fn means_of_other_patients_are_compared_as_by_welch() {
        let (a, b) = (
            Influenced::mean(&A).unwrap(),
            Influenced::mean(&B[..5]).unwrap(),
        );
        let (found, shared) = influenced_difference((&a, &OWN), (&b, &OTHER)).unwrap();
        let limits = found.interval(0.95).unwrap();
        near(found.df.unwrap(), 9.696_831_585_562_37);
        near(found.p_two_sided(0.0), 0.271_963_846_325_515_1);
        near(limits.lower, -0.657_907_143_307_144_6);
        near(limits.upper, 2.086_478_571_878_573_4);
        assert_eq!(shared, 0);
    }

    /// `scipy.stats.ttest_rel(a, b)` of SciPy 1.17.1.
    #[test]
    fn means_of_the_same_patients_are_compared_in_pairs() {
        let (a, b) = (Influenced::mean(&A).unwrap(), Influenced::mean(&B).unwrap());
        let (found, shared) = influenced_difference((&a, &OWN), (&b, &OWN)).unwrap();
        let limits = found.interval(0.95).unwrap();
        near(found.p_two_sided(0.0), 0.029_698_811_818_053_342);
        near(limits.lower, 0.088_316_817_590_916_14);
        near(limits.upper, 1.197_397_468_123_367_7);
        assert_eq!((shared, found.n_clusters), (7, 7));
    }

    /// `statsmodels.stats.multivariate.test_mvmean(np.c_[a - c, b - c])` of statsmodels 0.15.0.
    #[test]
    fn three_means_of_the_same_patients_are_tested_as_by_hotelling() {
        let means = [&A, &B, &C].map(|values| Influenced::mean(values).unwrap());
        let arms: Vec<Arm<'_>> = means.iter().map(|mean| (mean, OWN.as_slice())).collect();
        let found = influenced_heterogeneity(&arms).unwrap();
        near(found.statistic, 10.609_136_504_765_829);
        near(found.p, 0.078_435_106_375_934_87);
        assert_eq!(found.levels, [0, 1, 2]);
    }

    /// The statistic is the square of that of `scipy.stats.ttest_ind(a, b[:5], equal_var=False)` of
    /// SciPy 1.17.1; its p has 4 degrees of freedom here, those of the smaller group, and not 9.7.
    #[test]
    fn two_means_of_other_patients_are_tested_with_the_statistic_of_welch() {
        let (a, b) = (
            Influenced::mean(&A).unwrap(),
            Influenced::mean(&B[..5]).unwrap(),
        );
        let found = influenced_heterogeneity(&[(&a, &OWN), (&b, &OTHER)]).unwrap();
        near(found.statistic, 1.164_776_731_951_978_9_f64.powi(2));
        assert!(found.p > 0.271_963 && found.p < 0.4, "{}", found.p);
    }

    #[test]
    fn too_little_is_said_to_be_too_little() {
        let one = Influenced::mean(&[1.0, 2.0]).unwrap();
        let other = Influenced::mean(&A).unwrap();
        assert!(influenced_difference((&one, &[3, 3]), (&other, &OWN)).is_err());
        assert!(influenced_heterogeneity(&[(&one, &[3, 3]), (&other, &OWN)]).is_err());
        let same = Influenced::mean(&[2.0; 7]).unwrap();
        assert!(influenced_heterogeneity(&[(&same, &OWN), (&same, &OWN)]).is_err());
    }
}
