//! `aggregate`: samples joined to larger units.

use super::super::located::Located;

/// One entry of `aggregate`.
#[derive(Debug, Clone)]
pub struct Aggregation {
    /// The unit samples are joined to.
    pub to: AggregationUnit,
    /// How scores are joined.
    pub by: AggregationRule,
    /// Thresholds at which what is joined votes, by score; empty unless `by` is a vote.
    pub votes: Vec<VoteThreshold>,
    /// How truth values are joined.
    pub truth: TruthRule,
    /// What is done with an attribute that varies within the unit.
    pub attribute: AttributeRule,
}

/// A threshold at which what is joined votes.
#[derive(Debug, Clone)]
pub struct VoteThreshold {
    /// The score it is for; `None`: every score.
    pub score: Option<Located<String>>,
    /// A member is called positive when score >= threshold (<= where lower is positive).
    pub threshold: f64,
}

impl Aggregation {
    /// The threshold at which members vote on a score.
    #[must_use]
    pub fn vote_threshold(&self, score: &str) -> Option<f64> {
        let fits =
            |vote: &&VoteThreshold| vote.score.as_ref().is_none_or(|name| name.value == score);
        self.votes.iter().find(fits).map(|vote| vote.threshold)
    }
}

/// The unit samples are joined to.
#[derive(Debug, Clone)]
pub enum AggregationUnit {
    /// `columns.patient`.
    Patient,
    /// A unit inside a patient, by a column of `cohort.columns`.
    Column {
        /// Which unit.
        unit: UnitName,
        /// Its column.
        column: Located<String>,
    },
}

/// Units inside a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitName {
    /// A series of images.
    Series,
    /// A study.
    Study,
    /// A lesion.
    Lesion,
    /// An eye: its column tells the sides of one patient apart.
    Eye,
    /// A breast: its column tells the sides of one patient apart.
    Breast,
}

impl UnitName {
    /// Its name in the audit file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Series => "series",
            Self::Study => "study",
            Self::Lesion => "lesion",
            Self::Eye => "eye",
            Self::Breast => "breast",
        }
    }

    /// Several of them.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Series => "series",
            Self::Study => "studies",
            Self::Lesion => "lesions",
            Self::Eye => "eyes",
            Self::Breast => "breasts",
        }
    }

    /// Whether its column names a side, which every patient has one of.
    #[must_use]
    pub fn is_side(self) -> bool {
        matches!(self, Self::Eye | Self::Breast)
    }
}

impl AggregationUnit {
    /// Its name in the audit file.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Column { unit, .. } => unit.word(),
        }
    }

    /// Several of them.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Patient => "patients",
            Self::Column { unit, .. } => unit.words(),
        }
    }
}

/// How the scores of one unit are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregationRule {
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
    /// The most positive: the unit is positive at a threshold when any of its members is.
    Any,
    /// The least positive: the unit is positive at a threshold when all of its members are.
    All,
    /// The share of members that are called positive at a threshold of their own.
    Vote,
}

/// How the truth values of one unit are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruthRule {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeRule {
    /// A difference is an error.
    MustAgree,
    /// The first in the manifest's order.
    First,
    /// The largest number.
    Max,
    /// The smallest number.
    Min,
}
