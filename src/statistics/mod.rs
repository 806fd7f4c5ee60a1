//! Intervals, tests, resampling, multiplicity and power: slices in, numbers out.
//!
//! Called by `metrics`, `assessment`, `reproducibility` and `gate`. This room knows no other:
//! no patient, no stratum, no file. A cluster is a pair of counts or a dense index.

mod agreement;
mod agreement_intervals;
mod assumed;
mod by_cluster;
mod by_number;
mod clustered;
mod clustered_ratio;
mod clustered_sides;
#[cfg(test)]
mod clustered_simulation;
mod difference;
mod distributions;
mod effective_counts;
mod funnel;
mod gating;
mod heterogeneity;
mod imperfect_reference;
mod influenced;
mod influenced_difference;
mod inversion;
mod linear;
mod logistic;
mod max_t;
mod max_t_of_p;
mod mover;
mod mover_mean;
mod multiplicity;
mod normal_box;
mod normals;
mod not_estimable;
mod p_in_words;
mod paired;
mod paired_clusters;
mod power;
mod power_auroc;
mod power_floor;
mod power_singles;
mod proportion;
mod proportion_exact;
mod random;
mod rank_correlation;
mod ratio;
mod resamples;
mod root;
mod scaled;
mod spread;
mod standardised;
mod stratified;
mod what_if;

pub use agreement::{
    BlandAltman, Differences, IntraclassCorrelation, Repeatability, bland_altman,
    intraclass_correlation, relative_repeatability_limits, repeatability,
};
pub use agreement_intervals::IntraclassIntervals;
pub use assumed::{BetaBinomial, binormal_shift, cluster_design_effect};
pub use by_cluster::ByCluster;
pub use by_number::{ByNumber, NumberHasher};
pub use clustered::{ClusteredProportion, Kind, merged, tallied, wilson_of_clusters};
pub use difference::{
    DifferenceMethod, ScoreTest, farrington_manning, mee, miettinen_nurminen, newcombe_10,
    score_test,
};
pub use distributions::{
    beta_cdf, beta_quantile, chi_squared_quantile, chi_squared_sf, f_quantile, f_sf, normal_cdf,
    normal_quantile, normal_sf, t_cdf, t_quantile, t_two_sided,
};
pub use funnel::{FunnelLimits, funnel_limits};
pub use heterogeneity::{
    Heterogeneity, permutation_heterogeneity, permutation_heterogeneity_of_kinds,
    wald_heterogeneity, wald_heterogeneity_of_kinds,
};
pub use imperfect_reference::{AgainstReference, ReferenceCorrected};
pub use influenced::{Influenced, clusters_of_one_size};
pub use influenced_difference::{Arm, influenced_difference, influenced_heterogeneity};
pub use inversion::{p_at_least, p_at_most, p_two_sided};
pub use logistic::{LogisticFit, logistic, logistic_intercept, logistic_line};
pub use max_t::{Integration, Tail, influence_correlation, max_t, maximum_quantile};
pub use max_t_of_p::max_t_of_p;
pub use mover::{Counts, ProportionDifference, sum_of_proportions};
pub use mover_mean::MeanOfProportions;
pub use multiplicity::{benjamini_hochberg, benjamini_yekutieli, bonferroni, hochberg, holm};
pub use normals::{CorrelatedNormals, StandardNormals};
pub use not_estimable::NotEstimable;
pub use p_in_words::{SMALLEST_SHOWN_P, p_in_words};
pub use paired::{McNemar, PairedTable};
pub use paired_clusters::{ClusteredPairs, clustered_pairs};
pub use power::{
    binomial_probability, detectable_by_standard_error, detectable_difference,
    detectable_shortfall, failing_probability, growth_to_decide, n_to_decide_difference,
    passing_floor, passing_probability,
};
pub use power_auroc::n_positive_for_auroc;
pub use power_floor::n_to_decide_floor;
pub use power_singles::{n_of_singles_to_pass_floor, passing_probability_of_singles};
pub use proportion::{ProportionMethod, agresti_coull, jeffreys, wilson, wilson_continuity};
pub use proportion_exact::{
    blaker, clopper_pearson, clopper_pearson_lower, clopper_pearson_upper, exact_upper, mid_p,
};
pub(crate) use random::philox;
pub use random::{Purpose, RandomStream};
pub use rank_correlation::spearman;
pub use ratio::{odds_ratio_score, risk_ratio_score};
pub use resamples::Resamples;
pub use scaled::{Scale, ScaledEstimate, expit};
pub use spread::{
    ChanceRange, JamesStein, PartialPooling, chance_range, d2, james_stein, partial_pooling,
};
pub use standardised::{
    Standardised, StandardisedDifference, StratumCounts, direct_standardisation,
    standardised_difference,
};
pub use stratified::{
    BreslowDay, TwoByTwo, breslow_day_tarone, mantel_haenszel_difference,
    mantel_haenszel_odds_ratio,
};
pub use what_if::{
    MissingBounds, TippingPoint, missing_attribute_bounds, rogan_gladen, tipping_point,
};

/// A two-sided interval; `lower <= upper`, both finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

impl Interval {
    /// Upper minus lower limit.
    #[must_use]
    pub fn width(self) -> f64 {
        self.upper - self.lower
    }

    /// Whether a value lies between the limits or on one of them.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}

/// A confidence level must lie strictly between 0 and 1.
fn checked_confidence(confidence: f64) -> Result<f64, NotEstimable> {
    if confidence > 0.0 && confidence < 1.0 {
        Ok(confidence)
    } else {
        Err(NotEstimable::Other(format!(
            "the confidence level {confidence} is not between 0 and 1"
        )))
    }
}

/// Every value must be finite; the message names what is not.
fn checked_finite(values: &[f64], what: &str) -> Result<(), NotEstimable> {
    match values.iter().find(|value| !value.is_finite()) {
        None => Ok(()),
        Some(value) => Err(NotEstimable::Other(format!(
            "{what} holds {value}, which is no finite number"
        ))),
    }
}

/// Sum that does not depend on the order of its terms: they are added as whole numbers of a unit
/// 2^92 times smaller than the largest of them, which is exact for up to 2^32 terms.
#[must_use]
pub fn ordered_sum(values: impl IntoIterator<Item = f64>) -> f64 {
    // A term is taken as two whole numbers of 30 and 62 bits.
    const BITS: i32 = 30;
    const REST: f64 = (1u64 << 62) as f64;
    let values: Vec<f64> = values.into_iter().collect();
    let (largest, finite) = values.iter().fold((0.0f64, true), |(largest, finite), x| {
        (largest.max(x.abs()), finite & x.is_finite())
    });
    if largest == 0.0 || !finite {
        return values.iter().sum();
    }
    // Powers of two, so that scaling by them loses nothing; two, since one could overflow.
    let exponent = BITS - largest.log2().ceil() as i32;
    let (first, second) = (
        2.0f64.powi(exponent / 2),
        2.0f64.powi(exponent - exponent / 2),
    );
    let (mut whole, mut rest) = (0i64, 0i128);
    for x in &values {
        let scaled = x * first * second;
        let high = scaled as i64;
        whole += high;
        rest += i128::from(((scaled - high as f64) * REST) as i64);
    }
    let total = (i128::from(whole) << 62) + rest;
    total as f64 / REST / first / second
}

/// The `p` quantile of ascending values, interpolated between them (type 7 of Hyndman and Fan
/// 1996); `None` of no values.
#[must_use]
pub fn quantile_of_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = p.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let share = place - below as f64;
    Some(sorted[below] + share * (sorted[(below + 1).min(last)] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::ordered_sum;

    #[test]
    fn a_sum_does_not_depend_on_the_order() {
        let values: Vec<f64> = (0..1000)
            .map(|i| (f64::from(i) * 0.7).sin() * 10.0f64.powi(i % 13 - 6))
            .collect();
        let mut turned = values.clone();
        turned.reverse();
        turned.rotate_left(137);
        assert_eq!(ordered_sum(values.iter().copied()), ordered_sum(turned));
        let plain: f64 = values.iter().sum();
        assert!((ordered_sum(values) - plain).abs() < 1e-9 * plain.abs());
        assert_eq!(ordered_sum([]), 0.0);
        assert_eq!(ordered_sum([0.0, -0.0]), 0.0);
        assert_eq!(ordered_sum([3.0]), 3.0);
        assert_eq!(ordered_sum([1e300, -1e300, 2.0]), 0.0);
        assert_eq!(ordered_sum([5e-324, 5e-324]), 1e-323);
        // 0.1 has no bit below 2^-56 and comes back to the last one.
        assert_eq!(ordered_sum([0.1, 0.2, -0.2]), 0.1);
    }
}
