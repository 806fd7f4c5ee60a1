//! One metric of one group, and one difference of two groups, through the formulas of
//! `statistics` and `metrics`. Estimates and gate both ask here, so that they never disagree.

use crate::config::{
    DifferenceMethod as DeclaredDifference, ProportionMethod as DeclaredProportion, StatisticsSpec,
};
use crate::metrics::{self, ContrastKinds, ShareOf};
use crate::statistics::{
    ClusteredProportion, DifferenceMethod, Interval, NotEstimable, ProportionDifference,
    ProportionMethod, detectable_by_standard_error, detectable_difference,
};
use crate::tasks::Better;

use super::measured::Group;
use super::metric::Metric;
use super::scores::CalibrationSetting;
use super::{IfCalibrated, Ratio};

/// One metric of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Point estimate.
    pub estimate: f64,
    /// Displayed limits.
    pub limits: Option<Interval>,
    /// Why there are no limits.
    pub no_limits: Option<String>,
    /// Id of the limits' method.
    pub method: String,
    /// Standard error on the metric's own scale.
    pub standard_error: Option<f64>,
    /// Variance with clusters over variance without.
    pub design_effect: Option<f64>,
    /// Effective number of samples.
    pub n_effective: Option<f64>,
    /// What a perfectly calibrated model would show in its place.
    pub if_calibrated: Option<IfCalibrated>,
    /// p of a metric that is a test statistic.
    pub p: Option<f64>,
    /// Whether few patients carry the rarer outcome.
    pub few_carriers: bool,
    /// Numerator and denominator of a proportion.
    pub counts: Option<(u64, u64)>,
}

impl Quantity {
    /// With limits, or why there are none, and nothing else known of it.
    pub(super) fn new(
        estimate: f64,
        limits: Result<Interval, impl ToString>,
        method: &str,
    ) -> Self {
        Self {
            estimate,
            no_limits: limits.as_ref().err().map(ToString::to_string),
            limits: limits.ok(),
            method: method.to_owned(),
            standard_error: None,
            design_effect: None,
            n_effective: None,
            if_calibrated: None,
            p: None,
            few_carriers: false,
            counts: None,
        }
    }
}

/// A metric of a group with the limits that the audit file asks for.
///
/// # Errors
/// Why it cannot be estimated: an empty denominator, one class, one patient, no probabilities,
/// separation.
pub fn quantity(
    spec: &StatisticsSpec,
    metric: Metric,
    group: &Group,
    calibration: &CalibrationSetting,
) -> Result<Quantity, NotEstimable> {
    let Some(share) = metric.share() else {
        return super::scores::quantity(spec, metric, group, calibration);
    };
    let share = proportion_of(share, group)?;
    let (limits, method) = share.interval(proportion_method(spec), spec.confidence)?;
    Ok(Quantity {
        standard_error: Some(share.standard_error),
        design_effect: share.design_effect,
        n_effective: Some(share.n_effective),
        few_carriers: share.few_carriers,
        counts: Some((share.events, share.trials)),
        ..Quantity::new(share.estimate, Ok::<_, NotEstimable>(limits), method)
    })
}

/// The declared interval of a proportion.
pub(super) fn proportion_method(spec: &StatisticsSpec) -> ProportionMethod {
    match spec.proportion {
        DeclaredProportion::Wilson => ProportionMethod::Wilson,
        DeclaredProportion::ClopperPearson => ProportionMethod::ClopperPearson,
        DeclaredProportion::AgrestiCoull => ProportionMethod::AgrestiCoull,
        DeclaredProportion::Jeffreys => ProportionMethod::Jeffreys,
        DeclaredProportion::MidP => ProportionMethod::MidP,
        DeclaredProportion::Blaker => ProportionMethod::Blaker,
        DeclaredProportion::WilsonContinuity => ProportionMethod::WilsonContinuity,
    }
}

/// A proportion of a group with its patients as clusters.
///
/// # Errors
/// An empty denominator, or a single patient in it.
pub fn proportion_of(share: ShareOf, group: &Group) -> Result<ClusteredProportion, NotEstimable> {
    group.kinds().proportion(share)
}

/// What two groups differ in.
#[derive(Debug, Clone)]
pub enum DifferenceOf {
    /// Two proportions, with the method of the limits.
    Proportion(ProportionDifference, DifferenceMethod),
    /// Two AUROCs.
    Auroc(metrics::AurocDifference),
}

/// A signed difference with what is needed to show it.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Value in the group.
    pub estimate: f64,
    /// Value in the reference group.
    pub reference_estimate: f64,
    /// Group minus reference.
    pub difference: f64,
    /// Id of the limits' method.
    pub method: &'static str,
    /// What differs.
    pub of: DifferenceOf,
}

/// The declared interval of a difference.
pub(super) fn difference_method(method: DeclaredDifference) -> DifferenceMethod {
    match method {
        DeclaredDifference::Newcombe10 => DifferenceMethod::Newcombe10,
        DeclaredDifference::MiettinenNurminen => DifferenceMethod::MiettinenNurminen,
        DeclaredDifference::Mee => DifferenceMethod::Mee,
    }
}

/// Refuses metrics that follow the mix of cases.
pub(super) fn comparable(metric: Metric) -> Result<(), NotEstimable> {
    if metric.is_comparable() {
        Ok(())
    } else {
        Err(NotEstimable::Other(format!(
            "{} follows the mix of cases in a group and is not compared between groups",
            metric.id()
        )))
    }
}

/// Compares two groups by a metric, with the limits that the audit file asks for. Groups that
/// share patients are compared with the covariance that this brings.
///
/// # Errors
/// Why one of the two values cannot be estimated, or why the comparison is refused.
pub fn difference(
    method: DeclaredDifference,
    metric: Metric,
    group: &Group,
    other: &Group,
) -> Result<Difference, NotEstimable> {
    comparable(metric)?;
    match metric.share() {
        None => super::scores::auroc_difference(group, other),
        Some(share) => {
            let arms = ContrastKinds::of(group.arm(), other.arm(), group.clustered);
            Difference::of_shares(method, arms.difference(share)?)
        }
    }
}

impl Difference {
    /// Of two shares, with the limits that the audit file asks for.
    ///
    /// # Errors
    /// When these have no limits.
    pub(super) fn of_shares(
        method: DeclaredDifference,
        of: ProportionDifference,
    ) -> Result<Self, NotEstimable> {
        let method = difference_method(method);
        let (_, id) = of.interval_by(method, 0.95)?;
        Ok(Self {
            estimate: of.a.estimate,
            reference_estimate: of.b.estimate,
            difference: of.estimate(),
            method: id,
            of: DifferenceOf::Proportion(of, method),
        })
    }

    /// Of two areas.
    pub(super) fn of_areas(of: metrics::AurocDifference) -> Self {
        Self {
            estimate: of.a.estimate,
            reference_estimate: of.b.estimate,
            difference: of.estimate(),
            method: of.method,
            of: DifferenceOf::Auroc(of),
        }
    }

    /// Two-sided limits.
    ///
    /// # Errors
    /// When there are no bounded ones.
    pub fn limits(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        match &self.of {
            DifferenceOf::Proportion(of, method) => of
                .interval_by(*method, confidence)
                .map(|(limits, _)| limits),
            DifferenceOf::Auroc(of) => of.interval(confidence),
        }
    }

    /// The same as a ratio of two shares; `None` for areas, and where it has no bounded limits.
    #[must_use]
    pub fn ratio(&self, confidence: f64) -> Option<Ratio> {
        let DifferenceOf::Proportion(of, _) = &self.of else {
            return None;
        };
        let (estimate, limits, method) = of.ratio(confidence).ok()?;
        Some(Ratio {
            estimate,
            lower: limits.lower,
            upper: limits.upper,
            method: method.to_owned(),
        })
    }

    /// Smallest true difference that this many patients would show with 80% power at one-sided
    /// `alpha`: a shortfall, or an excess where lower numbers are `better`; `None` where nothing would.
    #[must_use]
    pub fn minimum_detectable(&self, alpha: f64, better: Better) -> Option<f64> {
        const POWER: f64 = 0.8;
        match &self.of {
            DifferenceOf::Proportion(of, _) => detectable_difference(
                of.a.n_effective,
                of.b.n_effective,
                match better {
                    Better::Lower => 1.0 - of.b.estimate,
                    _ => of.b.estimate,
                },
                alpha,
                POWER,
            ),
            DifferenceOf::Auroc(of) => of
                .standard_error
                .map(|error| detectable_by_standard_error(error, alpha, POWER)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 of 200 against 40 of 150 missed is 140 of 200 against 110 of 150 found.
    #[test]
    fn an_excess_of_misses_is_a_shortfall_of_finds() {
        let of = |a: (u64, u64), b: (u64, u64), better: Better| {
            let arm = |(events, trials)| ClusteredProportion::unclustered(events, trials).unwrap();
            let both = ProportionDifference::disjoint(arm(a), arm(b));
            let found = Difference::of_shares(DeclaredDifference::Newcombe10, both).unwrap();
            found.minimum_detectable(0.025, better).unwrap()
        };
        let missed = of((60, 200), (40, 150), Better::Lower);
        let found = of((140, 200), (110, 150), Better::Higher);
        assert!((missed - found).abs() < 1e-12 && missed > 0.1, "{missed}");
    }
}
