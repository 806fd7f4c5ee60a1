//! `aggregate`.

use schemars::JsonSchema;

use super::words::VoteThresholds;

/// Joining of samples to a larger unit.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Aggregate {
    /// The unit.
    pub to: UnitName,
    /// How scores are joined.
    pub by: JoinName,
    /// Of `vote`: the threshold at which what is joined is called positive. One number, or one for
    /// each score by name.
    pub threshold: Option<VoteThresholds>,
    /// How truth values are joined.
    #[schemars(extend("default" = "must_agree"))]
    pub truth: Option<TruthJoinName>,
    /// What is done with an attribute that varies within the unit.
    #[schemars(extend("default" = "must_agree"))]
    pub attribute: Option<AttributeJoinName>,
}

/// The unit samples are joined to.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum UnitName {
    /// `columns.patient`.
    Patient,
    /// `columns.series`.
    Series,
    /// `columns.study`.
    Study,
    /// `columns.lesion`.
    Lesion,
    /// `columns.eye`, within the patient.
    Eye,
    /// `columns.breast`, within the patient.
    Breast,
}

/// The level that is measured.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum MeasuredUnitName {
    /// Every row of the manifest.
    Image,
    /// `cohort.exam`.
    Exam,
    /// `columns.series`.
    Series,
    /// `columns.study`.
    Study,
    /// `columns.lesion`.
    Lesion,
    /// `columns.eye`, within the patient.
    Eye,
    /// `columns.breast`, within the patient.
    Breast,
    /// `columns.patient`.
    Patient,
}

/// How scores are joined.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum JoinName {
    /// Arithmetic mean.
    Mean,
    /// Largest.
    Max,
    /// Smallest.
    Min,
    /// 1 - product of (1 - p).
    NoisyOr,
    /// The first in the manifest's order.
    First,
    /// The most positive score: positive when any member is.
    Any,
    /// The least positive score: positive when all members are.
    All,
    /// The share of members that are called positive at `threshold`.
    Vote,
}

/// How truth values are joined.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum TruthJoinName {
    /// Positive when any is.
    Any,
    /// Positive when all are.
    All,
    /// The first in the manifest's order.
    First,
    /// A difference is an error.
    MustAgree,
}

/// What is done with an attribute that varies within a unit.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum AttributeJoinName {
    /// A difference is an error.
    MustAgree,
    /// The first in the manifest's order.
    First,
    /// The largest number.
    Max,
    /// The smallest number.
    Min,
}
