//! `endpoints`, `strata`, `statistics`, `reproducibility` and `gate`.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::aggregation::MeasuredUnitName;
use super::case_mix::CaseMix;
use super::planning::{Assume, CorrectionName, ExploratoryName, MultiplicityName};
use super::tasks::RuleMetric;
use super::thresholds::Threshold;
use super::waivers::Waiver;
use super::words::{Selectors, Word, Words};

/// One question the audit asks.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Endpoint {
    /// A label of the output, or a column of the predictions. May be left out when there is only one.
    pub score: Option<Word>,
    /// The reference standard.
    pub truth: Truth,
    /// When a sample is called positive: score >= threshold.
    pub threshold: Threshold,
    /// Which end of the score is positive.
    #[schemars(extend("default" = "higher"))]
    pub direction: Option<DirectionName>,
    /// Share of positives where the model is to be used, or a list of them: predictive values are also
    /// given at each.
    pub prevalence: Option<PrevalenceNumbers>,
    /// Numbers that are read off the ranking of the scores, beside the area under the curve.
    pub ranking: Option<Ranking>,
    /// Threshold probabilities at which net benefit is shown (decision curves). Needs probabilities.
    pub net_benefit: Option<NetBenefit>,
    /// Another endpoint with the same truth: both scores are compared on the same cases.
    pub paired_with: Option<Word>,
    /// The level that the threshold was set for. It must be the one that is measured.
    pub unit: Option<MeasuredUnitName>,
}

/// Numbers read off the ranking of the scores.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Ranking {
    /// Specificity at which sensitivity is given.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub at_specificity: Option<f64>,
    /// Sensitivity at which specificity is given.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub at_sensitivity: Option<f64>,
    /// Least specificity of the part of the ROC curve whose area is given.
    #[schemars(extend("minimum" = 0, "exclusiveMaximum" = 1))]
    pub partial_from: Option<f64>,
}

/// Threshold probabilities of decision curves.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NetBenefit {
    /// Least threshold probability.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub from: f64,
    /// Largest threshold probability.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub to: f64,
    /// Distance between two of them.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "default" = 0.05))]
    pub step: Option<f64>,
}

/// The reference standard.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Truth {
    /// Column with the reference standard.
    pub column: Word,
    /// Texts that mean positive.
    pub positive: Words,
    /// Texts that mean negative. Anything else is a missing truth.
    pub negative: Words,
}

/// Which end of a score is positive.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum DirectionName {
    /// Higher scores are more positive.
    Higher,
    /// Lower scores are more positive; positive when score <= threshold.
    Lower,
}

/// Attributes by name, and their crossings.
#[derive(Debug, JsonSchema)]
pub struct Strata {
    /// Crossings, each of at least two attributes.
    pub intersections: Option<Vec<Vec<Word>>>,
    /// Attributes by name; `overall` and `none` are reserved.
    #[schemars(flatten)]
    pub attributes: BTreeMap<String, Attribute>,
}

/// One attribute.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Attribute {
    /// Column of the manifest.
    pub column: Word,
    /// Edges that increase: `[40, 60]` makes `<40`, `[40,60)`, `>=60`.
    #[schemars(length(min = 1))]
    pub bins: Option<Vec<f64>>,
    /// Names of the intervals, one more than edges.
    pub labels: Option<Words>,
    /// Declared levels; another value in the table is an error.
    pub levels: Option<Words>,
    /// Level that the others are compared with under `compare: reference`.
    pub reference: Option<Word>,
    /// Shown, never gated.
    #[schemars(extend("default" = false))]
    pub exploratory: Option<bool>,
    /// Whether positives of each level are ranked against negatives of every other (xAUC).
    #[schemars(extend("default" = false))]
    pub cross_ranking: Option<bool>,
}

/// Confidence, replicates, seed and the choice of intervals.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Statistics {
    /// Two-sided level of displayed intervals.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "default" = 0.95))]
    pub confidence: Option<f64>,
    /// Replicates of resampling.
    #[schemars(range(min = 1, max = 1_000_000), extend("default" = 2000))]
    pub replicates: Option<u32>,
    /// Seed of every random stream.
    #[schemars(extend("default" = 1))]
    pub seed: Option<u64>,
    /// Numbers of patients from 1 to below this are withheld, with whatever gives them away; 0: none.
    #[schemars(range(min = 0, max = 1_000_000), extend("not" = {"enum": [1, 2]}, "default" = 0))]
    pub suppress_below: Option<u32>,
    /// Displayed intervals.
    pub intervals: Option<Intervals>,
    /// Whether observations of one patient are taken together.
    #[schemars(extend("default" = "auto"))]
    pub clusters: Option<ClustersName>,
    /// Smooth calibration curves and the distances from them.
    #[schemars(extend("default" = "curve"))]
    pub smooth_calibration: Option<SmoothName>,
    /// Whether ROC and precision-recall curves get bands from resampled patients.
    #[schemars(extend("default" = false))]
    pub curve_bands: Option<bool>,
    /// Adjustment of the displayed comparisons for their number.
    #[schemars(extend("default" = "holm"))]
    pub multiplicity: Option<MultiplicityName>,
    /// The same for attributes declared exploratory.
    #[schemars(extend("default" = "benjamini_hochberg"))]
    pub exploratory: Option<ExploratoryName>,
    /// Attributes that are compared within the levels of another: crude beside adjusted for the mix of cases.
    pub case_mix: Option<Vec<CaseMix>>,
}

/// What is made of smooth calibration curves.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum SmoothName {
    /// Nothing.
    None,
    /// The curve with its band, and the distances without intervals.
    Curve,
    /// The distances with intervals from resampled patients: one fit for every replicate.
    Intervals,
}

/// Whether observations of one patient are taken together.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ClustersName {
    /// They are, where there is a patient column.
    Auto,
    /// Every sample is taken as independent.
    None,
}

/// Displayed intervals.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Intervals {
    /// Of a proportion.
    #[schemars(extend("default" = "wilson"))]
    pub proportion: Option<ProportionName>,
    /// Of a difference of proportions.
    #[schemars(extend("default" = "newcombe_10"))]
    pub difference: Option<DifferenceName>,
    /// Of an AUROC.
    #[schemars(extend("default" = "logit"))]
    pub auroc: Option<AurocName>,
    /// Of a difference on the same cases, where every case is its own patient.
    #[schemars(extend("default" = "newcombe_paired_10"))]
    pub paired: Option<PairedName>,
}

/// Interval of a proportion.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ProportionName {
    /// Wilson score interval.
    Wilson,
    /// Clopper and Pearson's exact interval.
    ClopperPearson,
    /// Agresti and Coull.
    AgrestiCoull,
    /// Jeffreys' prior, equal tails.
    Jeffreys,
    /// Exact with mid-p.
    MidP,
    /// Blaker's exact interval.
    Blaker,
    /// Wilson with continuity correction.
    WilsonContinuity,
}

/// Interval of a difference of proportions.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum DifferenceName {
    /// Newcombe's method 10.
    #[schemars(rename = "newcombe_10")]
    Newcombe10,
    /// Miettinen and Nurminen's score interval.
    MiettinenNurminen,
    /// Mee's score interval.
    Mee,
}

/// Interval of a difference on the same cases.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum PairedName {
    /// Newcombe's paired method 10.
    #[schemars(rename = "newcombe_paired_10")]
    NewcombePaired10,
    /// Tango's score interval.
    Tango,
}

/// Interval of an AUROC.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum AurocName {
    /// On the logit scale.
    Logit,
    /// On the plain scale, cut at 0 and 1.
    Delong,
    /// Newcombe's method 5.
    #[schemars(rename = "newcombe_5")]
    Newcombe5,
}

/// Reruns of the model.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Reproducibility {
    /// How often the model is run again.
    #[schemars(range(min = 1, max = 1000))]
    pub reruns: u32,
    /// What is changed between runs.
    pub vary: Option<VaryNames>,
    /// How many samples are run again. Default: all.
    #[schemars(range(min = 1))]
    pub sample: Option<u32>,
    /// What is tolerated; more ends the run with exit 6.
    pub tolerance: Option<Tolerance>,
}

/// One setting, or a list of them.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum VaryNames {
    /// One setting.
    One(VaryName),
    /// Several.
    Several(Vec<VaryName>),
}

/// One share of positives, or a list of them.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum PrevalenceNumbers {
    /// One share.
    One(#[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))] f64),
    /// Several different ones.
    Several(Vec<PrevalenceNumber>),
}

/// A share of positives.
#[derive(Debug, JsonSchema)]
#[schemars(transparent)]
pub struct PrevalenceNumber(
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))] pub f64,
);

/// What a rerun changes.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum VaryName {
    /// Threads inside the session.
    Threads,
    /// Samples a batch.
    Batch,
    /// A fresh session.
    Session,
    /// The other engine, when there is one.
    Engine,
}

/// What is tolerated between runs.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Tolerance {
    /// Largest difference of logits, or of scores where no logit is known.
    #[schemars(range(min = 0))]
    pub max_abs_logit: Option<f64>,
    /// Most decisions that may change.
    pub decision_flips: Option<u64>,
}

/// What is required.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Gate {
    /// Day on which the requirements were fixed, before any result was seen; it stands on the report's first page.
    #[schemars(extend("pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub locked: Option<Word>,
    /// One-sided error of every decision.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 0.5, "default" = 0.025))]
    pub alpha: Option<f64>,
    /// What blocks besides a failure.
    pub policy: Option<Policy>,
    /// Families of rules by name; failures within one are corrected for multiplicity together.
    #[schemars(extend("minProperties" = 1))]
    pub families: BTreeMap<String, Vec<Rule>>,
    /// Correction of failures within a family.
    #[schemars(extend("default" = "holm"))]
    pub correction: Option<CorrectionName>,
    /// How the model is assumed to perform, for the chances that `check` prints.
    pub assume: Option<Assume>,
    /// Checks that are let pass for a while, on somebody's word.
    pub waivers: Option<Vec<Waiver>>,
}

/// What blocks besides a failure.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Policy {
    /// A check that cannot be decided.
    #[schemars(extend("default" = "fail"))]
    pub inconclusive: Option<ActionName>,
    /// A check that cannot be computed.
    #[schemars(extend("default" = "fail"))]
    pub not_evaluable: Option<ActionName>,
    /// A stratum that a rule asks for and the cohort lacks.
    #[schemars(extend("default" = "fail"))]
    pub missing_stratum: Option<ActionName>,
}

/// Whether something blocks.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ActionName {
    /// It blocks.
    Fail,
    /// It is told and does not block.
    Warn,
}

/// One requirement.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rule {
    /// Unique name in all families.
    pub id: Word,
    /// What is measured.
    pub metric: RuleMetric,
    /// Endpoint it is about. Default: all of them.
    pub endpoint: Option<Word>,
    /// Strata it is asked of. Default: overall.
    pub strata: Option<Selectors>,
    /// What is compared with what.
    #[schemars(extend("default" = "none"))]
    pub compare: Option<CompareName>,
    /// Results that `equipoise baseline` stored: the metric is compared with the one that stands there.
    pub baseline: Option<BaselineNamed>,
    /// The bound: `">= 0.85"`, `"difference >= -0.05"` with `compare` or `baseline`, `"== 0"` for counts.
    #[schemars(extend("pattern" = "^ *(difference *)?(>=|<=|==) *[-+0-9.eE]+ *$"))]
    pub require: String,
    /// Smallest counts for which the rule is evaluated.
    pub min: Option<Minimum>,
}

/// Stored results, alone or with the scores behind them.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum BaselineNamed {
    /// The file.
    Results(Word),
    /// The file and the table of scores.
    WithScores(BaselineFiles),
}

/// Stored results and the scores behind them.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BaselineFiles {
    /// What `equipoise baseline` stored.
    pub results: Word,
    /// Table of the scores behind it (`predictions.parquet`, or as `evaluate` takes it): where its samples
    /// are those of this audit, both are compared case by case.
    pub scores: Word,
}

/// Metrics that a rule can be about.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum MetricName {
    /// True positives among positives.
    Sensitivity,
    /// True negatives among negatives.
    Specificity,
    /// Positives among those called positive.
    Ppv,
    /// Negatives among those called negative.
    Npv,
    /// Right decisions among all.
    Accuracy,
    /// Called positive among all.
    FlagRate,
    /// Area under the receiver operating characteristic curve.
    Auroc,
    /// Mean squared difference of probability and outcome.
    Brier,
    /// Observed over expected events.
    OeRatio,
    /// Logistic recalibration intercept with the slope held at 1.
    CalibrationIntercept,
    /// Logistic recalibration slope.
    CalibrationSlope,
    /// Decisions that change between reruns: a count.
    DecisionFlips,
}

/// What a rule compares.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum CompareName {
    /// Nothing: the metric itself is bounded.
    None,
    /// A group with everyone else whose value is known.
    Complement,
    /// A group with the attribute's reference level.
    Reference,
}

/// Smallest counts for which a rule is evaluated; fewer is `not_evaluable`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Minimum {
    /// Reference positives.
    pub positives: Option<u64>,
    /// Reference negatives.
    pub negatives: Option<u64>,
    /// Patients.
    pub patients: Option<u64>,
}
