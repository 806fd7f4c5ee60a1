//! Why a number cannot be given.

/// Why a number cannot be given. The text stands in results and report.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotEstimable {
    /// The denominator is empty; the field says of what.
    #[error("no {0} in this group")]
    Empty(&'static str),
    /// Only one class is present.
    #[error("only one class is present ({0} positive, {1} negative)")]
    OneClass(u64, u64),
    /// Fewer than two patients contribute.
    #[error("only one patient contributes, so that no interval can be given")]
    OnePatient,
    /// Fewer than two samples, or patients, of a class; the field says which.
    #[error("only one {0}, so that no interval can be given")]
    OneOfClass(&'static str),
    /// Repeated readings differ by nothing, or all by the same.
    #[error(
        "repeated readings do not vary about each other, so that no limits can be given for how far they lie apart"
    )]
    SameReadings,
    /// A quantity needs probabilities and the scores are none.
    #[error("scores are not declared as probabilities (output.score_kind)")]
    NotProbability,
    /// A probability of exactly 0 or 1 has no logit.
    #[error("{0} scores are exactly 0 or 1 and have no logit")]
    ExtremeScores(u64),
    /// The classes are perfectly separated, so that the estimate has no bound.
    #[error("the classes are perfectly separated, so that no bounded estimate exists")]
    Separation,
    /// Every positive scores above every negative: the estimate is 1 and no limit is known.
    #[error(
        "every positive scores above every negative: the estimate is 1, and its interval has no bounded lower limit"
    )]
    PerfectRanking,
    /// No resample of patients moves the value.
    #[error(
        "patients do not differ in what this depends on: the value is the same in every resample of them, so that no interval can be given"
    )]
    NoVariation,
    /// Nobody is left to compare a group with.
    #[error(
        "nobody else has a known value of this attribute, so that there is nobody to compare with"
    )]
    NobodyElse,
    /// Iteration did not converge.
    #[error("the fit did not converge")]
    NoConvergence,
    /// The scores do not vary.
    #[error("all scores are equal")]
    ConstantScores,
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl NotEstimable {
    /// A class with a single patient, or with a single sample where these are independent.
    pub(crate) fn one_of_class(positive: bool, clustered: bool) -> Self {
        Self::OneOfClass(match (positive, clustered) {
            (true, true) => "patient with positives",
            (true, false) => "positive sample",
            (false, true) => "patient with negatives",
            (false, false) => "negative sample",
        })
    }
}
