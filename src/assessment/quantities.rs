//! One metric of one group, and one difference of two groups, through the formulas of
//! `statistics` and `metrics`. Estimates and gate both ask here, so that they never disagree.

use std::collections::BTreeMap;

use crate::config::StatisticsSpec;
use crate::metrics;
use crate::statistics::{ClusteredProportion, Interval, NotEstimable, ProportionDifference, ProportionMethod, detectable_difference};

use super::measured::Group;
use super::metric::Metric;

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
    /// Whether few patients carry the rarer outcome.
    pub few_carriers: bool,
    /// Numerator and denominator of a proportion.
    pub counts: Option<(u64, u64)>,
}

/// A metric of a group with the limits that the audit file asks for.
///
/// # Errors
/// Why it cannot be estimated: an empty denominator, one class, one patient, no probabilities,
/// separation.
pub fn quantity(spec: &StatisticsSpec, metric: Metric, group: &Group) -> Result<Quantity, NotEstimable> {
    if metric.is_proportion() {
        let share = proportion_of(metric, group)?;
        let (limits, method) = share.interval(method_of(spec), spec.confidence)?;
        return Ok(Quantity {
            estimate: share.estimate,
            limits: Some(limits),
            no_limits: None,
            method: method.to_owned(),
            standard_error: Some(share.standard_error),
            design_effect: share.design_effect,
            n_effective: Some(share.n_effective),
            few_carriers: share.few_carriers,
            counts: Some((share.events, share.trials)),
        });
    }
    super::scores::quantity(spec, metric, group)
}

fn method_of(spec: &StatisticsSpec) -> ProportionMethod {
    use crate::config::ProportionMethod as Declared;
    match spec.proportion {
        Declared::Wilson => ProportionMethod::Wilson,
        Declared::ClopperPearson => ProportionMethod::ClopperPearson,
        Declared::AgrestiCoull => ProportionMethod::AgrestiCoull,
        Declared::Jeffreys => ProportionMethod::Jeffreys,
        Declared::MidP => ProportionMethod::MidP,
        Declared::Blaker => ProportionMethod::Blaker,
        Declared::WilsonContinuity => ProportionMethod::WilsonContinuity,
    }
}

/// A proportion of a group with its patients as clusters.
///
/// # Errors
/// An empty denominator, or a single patient in it.
pub fn proportion_of(metric: Metric, group: &Group) -> Result<ClusteredProportion, NotEstimable> {
    let trials = events_of(metric, group);
    let share = clustered_share(trials.iter().copied(), group.clustered);
    share.map_err(|why| match why {
        NotEstimable::Empty(_) => NotEstimable::Empty(denominator_in_words(metric)),
        other => other,
    })
}

/// Patient and event of every sample in the denominator of a proportion.
fn events_of(metric: Metric, group: &Group) -> Vec<(u32, bool)> {
    (0..group.y_true.len()).filter_map(|sample| event(metric, group.y_true[sample], group.flagged[sample]).map(|event| (group.patient[sample], event))).collect()
}

/// Whether a sample is an event of the proportion; `None` when it is not in its denominator.
pub(super) fn event(metric: Metric, y: bool, flagged: bool) -> Option<bool> {
    match metric {
        Metric::Sensitivity => y.then_some(flagged),
        Metric::Specificity => (!y).then_some(!flagged),
        Metric::Ppv => flagged.then_some(y),
        Metric::Npv => (!flagged).then_some(!y),
        Metric::Accuracy => Some(y == flagged),
        Metric::FlagRate => Some(flagged),
        _ => None,
    }
}

fn denominator_in_words(metric: Metric) -> &'static str {
    match metric {
        Metric::Sensitivity => "reference positives",
        Metric::Specificity => "reference negatives",
        Metric::Ppv => "samples called positive",
        Metric::Npv => "samples called negative",
        _ => "samples",
    }
}

/// A share of samples with patients as clusters, or with every sample by itself.
///
/// # Errors
/// No sample, or a single patient.
pub(super) fn clustered_share(samples: impl Iterator<Item = (u32, bool)>, clustered: bool) -> Result<ClusteredProportion, NotEstimable> {
    let counts = counts_by_patient(samples);
    if clustered {
        ClusteredProportion::from_clusters(&counts.into_values().collect::<Vec<_>>())
    } else {
        let total = counts.values().fold((0, 0), |sum, (events, trials)| (sum.0 + events, sum.1 + trials));
        ClusteredProportion::unclustered(total.0, total.1)
    }
}

fn counts_by_patient(samples: impl Iterator<Item = (u32, bool)>) -> BTreeMap<u32, (u64, u64)> {
    let mut counts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for (patient, event) in samples {
        let count = counts.entry(patient).or_default();
        count.0 += u64::from(event);
        count.1 += 1;
    }
    counts
}

/// A signed difference of two groups.
pub enum DifferenceOf {
    /// Of two proportions.
    Proportion(ProportionDifference),
    /// Of two AUROCs.
    Auroc(metrics::AurocDifference),
}

/// A signed difference with what is needed to show it.
pub struct Difference {
    /// Value in the group.
    pub estimate: f64,
    /// Value in the reference group.
    pub reference_estimate: f64,
    /// Group minus reference.
    pub difference: f64,
    /// Id of the limits' method.
    pub method: &'static str,
    of: DifferenceOf,
}

/// Compares two groups by a metric. Groups that share patients are compared with the
/// covariance that this brings.
///
/// # Errors
/// Why one of the two values cannot be estimated, or why the comparison is refused.
pub fn difference(metric: Metric, group: &Group, other: &Group) -> Result<Difference, NotEstimable> {
    if !metric.is_comparable() {
        return Err(NotEstimable::Other(format!("{} follows the mix of cases in a group and is not compared between groups", metric.id())));
    }
    if metric == Metric::Auroc {
        return super::scores::auroc_difference(group, other);
    }
    let of = proportion_difference(metric, group, other)?;
    Ok(Difference { estimate: of.a.estimate, reference_estimate: of.b.estimate, difference: of.estimate(), method: of.method(), of: DifferenceOf::Proportion(of) })
}

fn proportion_difference(metric: Metric, group: &Group, other: &Group) -> Result<ProportionDifference, NotEstimable> {
    let (a, b) = (proportion_of(metric, group)?, proportion_of(metric, other)?);
    if !group.clustered {
        return Ok(ProportionDifference::disjoint(a, b));
    }
    let mut arms: BTreeMap<u32, [(u64, u64); 2]> = BTreeMap::new();
    for (arm, samples) in [events_of(metric, group), events_of(metric, other)].into_iter().enumerate() {
        for (patient, counts) in counts_by_patient(samples.into_iter()) {
            arms.entry(patient).or_default()[arm] = counts;
        }
    }
    let pairs: Vec<((u64, u64), (u64, u64))> = arms.into_values().map(|[a, b]| (a, b)).collect();
    ProportionDifference::shared(&pairs)
}

impl Difference {
    pub(super) fn new(estimate: f64, reference_estimate: f64, difference: f64, method: &'static str, of: DifferenceOf) -> Self {
        Self { estimate, reference_estimate, difference, method, of }
    }

    /// Two-sided limits.
    ///
    /// # Errors
    /// When there are no bounded ones.
    pub fn limits(&self, confidence: f64) -> Result<Interval, NotEstimable> {
        match &self.of {
            DifferenceOf::Proportion(of) => of.interval(confidence),
            DifferenceOf::Auroc(of) => of.interval(confidence),
        }
    }

    /// Two-sided p for no difference.
    ///
    /// # Errors
    /// When there are no bounded limits.
    pub fn p_two_sided(&self) -> Result<f64, NotEstimable> {
        match &self.of {
            DifferenceOf::Proportion(of) => of.p_two_sided(),
            DifferenceOf::Auroc(of) => crate::statistics::p_two_sided(0.0, |confidence| of.interval(confidence)),
        }
    }

    /// One-sided p for "the difference is at least `bound`".
    ///
    /// # Errors
    /// When there are no bounded limits.
    pub fn p_at_least(&self, bound: f64) -> Result<f64, NotEstimable> {
        crate::statistics::p_at_least(bound, |confidence| self.limits(confidence))
    }

    /// One-sided p for "the difference is at most `bound`".
    ///
    /// # Errors
    /// When there are no bounded limits.
    pub fn p_at_most(&self, bound: f64) -> Result<f64, NotEstimable> {
        crate::statistics::p_at_most(bound, |confidence| self.limits(confidence))
    }

    /// Smallest true difference that this many patients would show with 80% power at one-sided
    /// `alpha`; `None` for AUROC and where nothing would.
    #[must_use]
    pub fn minimum_detectable(&self, alpha: f64) -> Option<f64> {
        match &self.of {
            DifferenceOf::Proportion(of) => detectable_difference(of.a.n_effective, of.b.n_effective, of.b.estimate, alpha, 0.8),
            DifferenceOf::Auroc(of) => of.minimum_detectable(alpha, 0.8),
        }
    }

    /// Denominators and patients of both arms.
    #[must_use]
    pub fn proportion(&self) -> Option<&ProportionDifference> {
        match &self.of {
            DifferenceOf::Proportion(of) => Some(of),
            DifferenceOf::Auroc(_) => None,
        }
    }
}
