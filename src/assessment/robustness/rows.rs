//! The shapes of these analyses in `results.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::assessment::EstimateStatus;

/// A level against everyone else with the mix of another attribute held fixed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseMix {
    /// `<metric>.<endpoint>.<attribute>.<level>-within-<within>`.
    pub id: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id: `sensitivity` or `specificity`.
    pub metric: String,
    /// Attribute that is compared.
    pub attribute: String,
    /// Level that is compared with everyone else whose value is known.
    pub level: String,
    /// Attribute whose mix is held fixed.
    pub within: String,
    /// Crude difference, as among the comparisons.
    pub crude_difference: Option<f64>,
    /// Lower limit of the crude difference.
    pub crude_lower: Option<f64>,
    /// Upper limit of the crude difference.
    pub crude_upper: Option<f64>,
    /// Id of the method of the crude limits.
    pub crude_method: String,
    /// Crude difference among the samples that the adjusted one uses: those in levels of `within` that hold both arms.
    pub crude_difference_of_used: Option<f64>,
    /// Standardised value of the level.
    pub estimate: Option<f64>,
    /// Standardised value of everyone else.
    pub reference_estimate: Option<f64>,
    /// Directly standardised difference: both arms with the mix of the whole cohort's class.
    pub difference: Option<f64>,
    /// Lower limit of the standardised difference.
    pub lower: Option<f64>,
    /// Upper limit of the standardised difference.
    pub upper: Option<f64>,
    /// Two-sided level of all limits.
    pub confidence_level: f64,
    /// Id of the method of the standardised limits.
    pub method: String,
    /// Patients with samples of the class in both arms of the standardised difference; null where
    /// withheld.
    pub n_shared_patients: Option<u64>,
    /// Mantel-Haenszel difference.
    pub mantel_haenszel_difference: CommonEffect,
    /// Mantel-Haenszel odds ratio.
    pub mantel_haenszel_odds_ratio: CommonEffect,
    /// Whether the odds ratio is the same in every level of `within`.
    pub homogeneity: Homogeneity,
    /// Whether the last three rest on effective counts (samples over their design effect), since they assume independent samples.
    pub on_effective_counts: bool,
    /// Every known level of `within`, in order; empty where withheld.
    pub cells: Vec<CaseMixCell>,
    /// Whether the standardised difference could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}

/// One level of the attribute whose mix is held fixed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseMixCell {
    /// Its name.
    pub level: String,
    /// Samples of the class in the compared level.
    pub n: u64,
    /// Patients they are of.
    pub n_patients: u64,
    /// Samples of the class of everyone else.
    pub n_reference: u64,
    /// Patients they are of.
    pub n_patients_reference: u64,
    /// Weight in the standard: share of the whole cohort's class; null where the cell is left out for want of an arm.
    pub weight: Option<f64>,
    /// Whether the compared level has fewer than 5 patients of the class here while everyone else has at least 5.
    pub hardly_occurs: bool,
}

/// One effect common to all levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommonEffect {
    /// Point estimate.
    pub estimate: Option<f64>,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Id of the method.
    pub method: String,
    /// Why there is none.
    pub reason: Option<String>,
}

/// Breslow and Day's test with Tarone's correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Homogeneity {
    /// Corrected statistic.
    pub statistic: Option<f64>,
    /// Degrees of freedom.
    pub df: Option<f64>,
    /// p-value.
    pub p: Option<f64>,
    /// Id of the method.
    pub method: String,
    /// Why there is none.
    pub reason: Option<String>,
}

/// What the samples without the attribute could do to the difference of a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingAttribute {
    /// `<metric>.<endpoint>.<attribute>.<level>-if-missing`.
    pub id: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id: `sensitivity` or `specificity`.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level that is compared with everyone else.
    pub level: String,
    /// Difference with the samples of missing value left out, as among the comparisons.
    pub difference: Option<f64>,
    /// Least difference over all ways to share them out: every wrong decision in the level, every right one among the others.
    pub worst: Option<f64>,
    /// Largest one.
    pub best: Option<f64>,
    /// Lower limit of the least difference.
    pub lower: Option<f64>,
    /// Upper limit of the largest difference.
    pub upper: Option<f64>,
    /// Two-sided level of each limit.
    pub confidence_level: f64,
    /// Id of the method.
    pub method: String,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}

/// How much wrong labels in one level alone would change its difference from everyone else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelNoise {
    /// `<metric>.<endpoint>.<attribute>.<level>-label-noise`.
    pub id: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id: `sensitivity` or `specificity`.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level whose labels are doubted.
    pub level: String,
    /// Difference from everyone else, as among the comparisons.
    pub difference: Option<f64>,
    /// Whether Newcombe's interval of the difference leaves out 0.
    pub significant: Option<bool>,
    /// Share of the level's wrong decisions (of its right ones where the difference is positive) that would have to rest on a wrong label to make the difference vanish; null when even all would not do.
    pub erases: Option<f64>,
    /// The same until the interval holds 0; null when it does already.
    pub loses_significance: Option<f64>,
    /// Share of the level's right decisions that would have to rest on a wrong label until the interval lies below 0; null when it leaves out 0 already, or even all would not do.
    pub creates_deficit: Option<f64>,
    /// Share of the level's wrong decisions that would have to rest on a wrong label until the interval lies above 0; null likewise.
    pub creates_excess: Option<f64>,
    /// Two-sided level of the interval.
    pub confidence_level: f64,
    /// Id of the method.
    pub method: String,
    /// Values if the reference standard were not always right; empty where cases were chosen by outcome.
    pub reference_grid: Vec<ReferencePoint>,
    /// Whether the tipping points could be computed.
    pub status: EstimateStatus,
    /// Why they could not.
    pub reason: Option<String>,
}

/// Sensitivity or specificity for the condition itself, under one accuracy of the reference standard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReferencePoint {
    /// Specificity of the reference standard where the metric is sensitivity, its sensitivity where the metric is specificity; the other one cancels.
    pub reference_accuracy: f64,
    /// Value of the level; null where its decisions rule such a reference out.
    pub estimate: Option<f64>,
    /// Lower limit of the level's value; null at 0 and 1, which have no limits here.
    pub lower: Option<f64>,
    /// Upper limit of the level's value.
    pub upper: Option<f64>,
    /// Value of everyone else, under the same reference.
    pub reference_estimate: Option<f64>,
    /// Difference when the reference errs so in both arms.
    pub difference: Option<f64>,
    /// Difference when it errs so in this level alone and never among the others.
    pub difference_if_only_here: Option<f64>,
}

/// Sensitivity or specificity with failed samples counted as wrong decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailuresAsErrors {
    /// `<metric>.<endpoint>.<attribute>.<level>-with-failures`.
    pub id: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id: `sensitivity` or `specificity`.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Samples of the class, failed ones included; null where withheld.
    pub n_class: Option<u64>,
    /// Failed ones among them; null where withheld.
    pub n_failed: Option<u64>,
    /// Estimate without the failed ones, as among the estimates.
    pub plain_estimate: Option<f64>,
    /// Its lower limit.
    pub plain_lower: Option<f64>,
    /// Its upper limit.
    pub plain_upper: Option<f64>,
    /// Estimate with every failed sample as a wrong decision.
    pub estimate: Option<f64>,
    /// Its lower limit.
    pub lower: Option<f64>,
    /// Its upper limit.
    pub upper: Option<f64>,
    /// Two-sided level of the limits.
    pub confidence_level: f64,
    /// Id of the limits' method.
    pub method: String,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}

/// Largest less smallest value of an attribute's levels, beside what chance alone would show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// `<metric>.<endpoint>.<attribute>`.
    pub id: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id: `sensitivity`, `specificity` or `auroc`.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Always `all`: the row is about all levels that took part.
    pub level: String,
    /// Levels that took part.
    pub levels: Vec<String>,
    /// Level with the smallest value.
    pub lowest: Option<String>,
    /// Level with the largest value.
    pub highest: Option<String>,
    /// Largest less smallest estimate: descriptive, never tested or gated.
    pub range: Option<f64>,
    /// Mean range by chance alone, if all levels had the same true value.
    pub expected_by_chance: Option<f64>,
    /// 95% quantile of the range by chance alone.
    pub upper_95_by_chance: Option<f64>,
    /// Range less what chance adds: sqrt(range^2 - expected^2), 0 where that is negative.
    pub bias_corrected: Option<f64>,
    /// Two-sided level of the audit's intervals; the range itself has none.
    pub confidence_level: f64,
    /// Id of the method.
    pub method: String,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}

/// Levels of an attribute in a funnel: their shares by size, and where shares lie by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Funnel {
    /// `<metric>.<endpoint>.<attribute>`.
    pub id: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id: `sensitivity` or `specificity`.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Always `all`: the row is about all levels that took part.
    pub level: String,
    /// Share of all levels together.
    pub target: Option<f64>,
    /// One for each level that has a share.
    pub points: Vec<FunnelPoint>,
    /// Limits over the sizes of the levels, by ascending size.
    pub limits: Vec<FunnelLimit>,
    /// Id of the method.
    pub method: String,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}

/// One level in a funnel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelPoint {
    /// Its name.
    pub level: String,
    /// Samples in the denominator.
    pub n_class: u64,
    /// Effective n, on which its place in the funnel rests.
    pub n_effective: f64,
    /// Its share.
    pub estimate: f64,
    /// Outside which limits it lies: `none`, `95` (outside 95%, inside 99.8%) or `99.8`.
    pub outside: String,
}

/// Limits of a funnel at one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelLimit {
    /// Effective n.
    pub n: f64,
    /// 2.5% lie below by chance.
    pub lower_95: f64,
    /// 2.5% lie above by chance.
    pub upper_95: f64,
    /// 0.1% lie below by chance.
    pub lower_998: f64,
    /// 0.1% lie above by chance.
    pub upper_998: f64,
}

/// One cell of a crossing, raw and drawn towards the crossing's common distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pooled {
    /// `<metric>.<endpoint>.<attribute>.<level>-pooled`.
    pub id: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id: `sensitivity` or `specificity`.
    pub metric: String,
    /// Crossing.
    pub attribute: String,
    /// Cell.
    pub level: String,
    /// Samples of the class in the cell; null where withheld.
    pub n_class: Option<u64>,
    /// Raw share of right decisions; null in an empty cell.
    pub raw_estimate: Option<f64>,
    /// Partially pooled estimate.
    pub estimate: Option<f64>,
    /// Lower limit of the pooled estimate.
    pub lower: Option<f64>,
    /// Upper limit of the pooled estimate.
    pub upper: Option<f64>,
    /// Mean of the fitted beta distribution of the cells.
    pub mean: Option<f64>,
    /// Its weight in samples; null when the cells vary no more than by chance, so that all are pooled completely.
    pub prior_size: Option<f64>,
    /// Level of the credible interval.
    pub confidence_level: f64,
    /// Id of the method.
    pub method: String,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}
