//! What is required: families, rules and bounds.

use std::path::PathBuf;

use super::super::date::Date;
use super::super::located::Located;
use super::{Adjustment, AssumeSpec};

/// The `gate` section.
#[derive(Debug, Clone)]
pub struct GateSpec {
    /// Day on which the requirements were fixed, as the file says.
    pub locked: Option<Date>,
    /// One-sided error of every decision.
    pub alpha: f64,
    /// What blocks besides a failure.
    pub policy: Policy,
    /// Families of rules, in the file's order.
    pub families: Vec<Family>,
    /// Correction of failures within a family: Holm, Hochberg or max-T.
    pub correction: Adjustment,
    /// How the model is assumed to perform, for the chances that `check` prints.
    pub assume: Option<AssumeSpec>,
    /// What is let pass for a while, in the file's order.
    pub waivers: Vec<WaiverSpec>,
}

/// One check that is let pass for a while, on somebody's word.
#[derive(Debug, Clone)]
pub struct WaiverSpec {
    /// Id of the rule.
    pub check: Located<String>,
    /// Endpoint; `None` where the rule is asked of one only.
    pub endpoint: Option<Located<String>>,
    /// The whole cohort or one level; never [`StratumSelector::Attribute`].
    pub stratum: StratumSelector,
    /// SHA-256 in lower-case hex of the model that was looked at.
    pub model_sha256: String,
    /// Last day on which it holds.
    pub until: Date,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who agreed.
    pub approver: String,
    /// Worst result that it covers.
    pub not_beyond: f64,
}

impl WaiverSpec {
    /// Attribute and level of its stratum as results name them.
    #[must_use]
    pub fn place(&self) -> (&str, &str) {
        match &self.stratum {
            StratumSelector::Level { attribute, level } => (&attribute.value, &level.value),
            StratumSelector::Overall | StratumSelector::Attribute(_) => ("overall", "all"),
        }
    }
}

/// What blocks besides a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// A check that cannot be decided.
    pub inconclusive: PolicyAction,
    /// A check that cannot be computed.
    pub not_evaluable: PolicyAction,
    /// A stratum that a rule asks for and the cohort lacks.
    pub missing_stratum: PolicyAction,
}

/// Whether something blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyAction {
    /// It blocks.
    Fail,
    /// It is told and does not block.
    Warn,
}

/// Rules whose failures are corrected for multiplicity together.
#[derive(Debug, Clone)]
pub struct Family {
    /// Its name.
    pub name: String,
    /// Its rules, in the file's order.
    pub rules: Vec<Rule>,
}

/// One requirement.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Unique name.
    pub id: Located<String>,
    /// What is measured.
    pub metric: GatedMetric,
    /// Endpoint it is about; `None`: all of them.
    pub endpoint: Option<Located<String>>,
    /// Names of strata it is asked of: `overall`, an attribute, `a*b`, or `attribute=level`.
    pub strata: Vec<StratumSelector>,
    /// What is compared with what.
    pub compare: Compare,
    /// Stored results that the metric is compared with; then `compare` is [`Compare::None`].
    pub baseline: Option<BaselineFile>,
    /// The bound on the metric or on the signed difference.
    pub require: Requirement,
    /// Smallest counts for which the rule is evaluated.
    pub min: Minimum,
}

/// Stored results of an earlier audit.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineFile {
    /// As written in the audit file.
    pub named: Located<String>,
    /// Where it lies.
    pub path: PathBuf,
    /// Table of the scores behind it; where its samples are those of this audit, both are compared
    /// case by case.
    pub scores: Option<Located<PathBuf>>,
}

/// Metrics that a rule can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GatedMetric {
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
    /// A metric that only endpoints with a task have, by its id.
    Task(&'static str),
}

impl GatedMetric {
    /// Metrics of binary endpoints, and the count of changed decisions, by their names.
    pub const NAMED: [(&'static str, Self); 12] = [
        ("sensitivity", Self::Sensitivity),
        ("specificity", Self::Specificity),
        ("ppv", Self::Ppv),
        ("npv", Self::Npv),
        ("accuracy", Self::Accuracy),
        ("flag_rate", Self::FlagRate),
        ("auroc", Self::Auroc),
        ("brier", Self::Brier),
        ("oe_ratio", Self::OeRatio),
        ("calibration_intercept", Self::CalibrationIntercept),
        ("calibration_slope", Self::CalibrationSlope),
        ("decision_flips", Self::DecisionFlips),
    ];

    /// Id in results.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Task(id) => id,
            own => Self::NAMED
                .iter()
                .find(|(_, metric)| *metric == own)
                .map_or("", |(name, _)| name),
        }
    }
}

/// Which strata a rule is asked of.
#[derive(Debug, Clone, PartialEq)]
pub enum StratumSelector {
    /// The whole cohort.
    Overall,
    /// Every level of an attribute or of a declared crossing, except `(missing)`.
    Attribute(Located<String>),
    /// One level, written `{sex: F}` (this is also how `(missing)` is gated).
    Level {
        /// Attribute, or crossing joined by `*`.
        attribute: Located<String>,
        /// Level, or levels joined by `*`.
        level: Located<String>,
    },
}

/// What a rule compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Nothing: the metric itself is bounded.
    None,
    /// A group with everyone else whose value is known.
    Complement,
    /// A group with the attribute's reference level.
    Reference,
}

/// A bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    /// On which side of the bound the quantity must be.
    pub relation: Relation,
    /// The bound.
    pub bound: f64,
    /// As written, with its place.
    pub text: Located<String>,
}

/// Side of a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// At least the bound.
    AtLeast,
    /// At most the bound.
    AtMost,
    /// Equal to it: counts only.
    Equal,
}

/// Smallest counts for which a rule is evaluated; fewer is `not_evaluable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Minimum {
    /// Reference positives.
    pub positives: Option<u64>,
    /// Reference negatives.
    pub negatives: Option<u64>,
    /// Patients.
    pub patients: Option<u64>,
}
