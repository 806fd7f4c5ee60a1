//! What came of the comparison: the shapes written to `results.json`. No group and no sample is
//! named in them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The makers' numbers beside those of this audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Parity {
    /// What came of it.
    pub status: ParityStatus,
    /// One sentence: why nothing was compared, what was found, or what lies beyond the tolerance.
    pub reason: String,
    /// One entry for each score with numbers of the makers.
    pub scores: Vec<ParityOfScore>,
    /// Input tensors; null where none were compared.
    pub tensors: Option<ParityOfTensors>,
}

/// What came of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParityStatus {
    /// Nothing was compared; `reason` says why.
    NotVerified,
    /// Everything that was compared lies within the declared tolerance.
    WithinTolerance,
    /// Something does not.
    BeyondTolerance,
}

/// One score beside the makers'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParityOfScore {
    /// Name of the score.
    pub score: String,
    /// Column of the makers' numbers.
    pub column: String,
    /// `score` or `logit`: what was compared.
    pub scale: String,
    /// Samples with both numbers; null where withheld.
    pub n_compared: Option<u64>,
    /// Samples of the makers' table that are not in the cohort or have no score; null where withheld.
    pub n_left_out: Option<u64>,
    /// Largest absolute difference.
    pub max_abs: f64,
    /// Mean absolute difference.
    pub mean_abs: f64,
    /// What is tolerated of the largest.
    pub max_abs_tolerated: f64,
    /// Decisions of single samples that differ at the thresholds of the endpoints that take this
    /// score; null where none does, or where withheld.
    pub decision_flips: Option<u64>,
    /// What is tolerated of these.
    pub decision_flips_tolerated: Option<u64>,
    /// Spearman's rank correlation; null where a side has one value only.
    pub rank_correlation: Option<f64>,
}

/// Input tensors beside the makers'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParityOfTensors {
    /// Tensors that were compared; null where withheld.
    pub n_compared: Option<u64>,
    /// Of these, tensors of another shape, or that could not be made or read; null where withheld.
    pub n_unlike: Option<u64>,
    /// Largest absolute difference of a value; null where no pair has the same shape.
    pub max_abs: Option<f64>,
    /// What is tolerated.
    pub max_abs_tolerated: f64,
}

impl Default for Parity {
    fn default() -> Self {
        Self::not_verified(
            "no scores of the model's makers were given to compare with, so that parity with their preprocessing is not verified",
        )
    }
}

impl Parity {
    /// Nothing was compared.
    #[must_use]
    pub fn not_verified(reason: &str) -> Self {
        Self {
            status: ParityStatus::NotVerified,
            reason: reason.to_owned(),
            scores: Vec::new(),
            tensors: None,
        }
    }

    /// The outcome of what was compared.
    #[must_use]
    pub fn of(scores: Vec<ParityOfScore>, tensors: Option<ParityOfTensors>) -> Self {
        let mut beyond: Vec<String> = scores.iter().filter_map(ParityOfScore::beyond).collect();
        beyond.extend(tensors.as_ref().and_then(ParityOfTensors::beyond));
        let (status, reason) = if beyond.is_empty() {
            let what = match (scores.is_empty(), tensors.is_some()) {
                (false, true) => "scores and input tensors lie",
                (false, false) => "scores lie",
                _ => "input tensors lie",
            };
            (
                ParityStatus::WithinTolerance,
                format!("{what} within the declared distance of the makers'"),
            )
        } else {
            (ParityStatus::BeyondTolerance, beyond.join("; "))
        };
        Self {
            status,
            reason,
            scores,
            tensors,
        }
    }

    /// Why the audit's numbers cannot be trusted; `None` where nothing speaks against them.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        (self.status == ParityStatus::BeyondTolerance).then_some(self.reason.as_str())
    }

    /// Takes out counts of samples from 1 to less than `below`.
    pub fn withhold(&mut self, below: u64) {
        let small = |count: &mut Option<u64>| {
            *count = count.filter(|count| *count == 0 || *count >= below);
        };
        let mut gone = false;
        for score in &mut self.scores {
            let before = (score.n_compared, score.n_left_out, score.decision_flips);
            small(&mut score.n_compared);
            small(&mut score.n_left_out);
            small(&mut score.decision_flips);
            gone |= before != (score.n_compared, score.n_left_out, score.decision_flips);
        }
        if let Some(tensors) = &mut self.tensors {
            let before = (tensors.n_compared, tensors.n_unlike);
            small(&mut tensors.n_compared);
            small(&mut tensors.n_unlike);
            gone |= before != (tensors.n_compared, tensors.n_unlike);
        }
        if gone && self.status == ParityStatus::BeyondTolerance {
            WITHHELD.clone_into(&mut self.reason);
        }
    }
}

/// In place of a sentence with counts.
pub(super) const WITHHELD: &str = "scores or input tensors lie further from the makers' than the audit file tolerates (counts are withheld)";

impl ParityOfScore {
    fn beyond(&self) -> Option<String> {
        if self.max_abs > self.max_abs_tolerated {
            return Some(format!(
                "the {} \"{}\" lies up to {} from the makers' column \"{}\", {} is tolerated",
                self.scale,
                self.score,
                short(self.max_abs),
                self.column,
                short(self.max_abs_tolerated)
            ));
        }
        let (flips, tolerated) = (self.decision_flips?, self.decision_flips_tolerated?);
        (flips > tolerated).then(|| {
            format!(
                "{flips} decision(s) by \"{}\" differ from the makers' column \"{}\", {tolerated} are tolerated",
                self.score, self.column
            )
        })
    }
}

impl ParityOfTensors {
    fn beyond(&self) -> Option<String> {
        if self.n_unlike.is_some_and(|unlike| unlike > 0) {
            return Some(format!(
                "{} input tensor(s) have another shape than the makers' or could not be read or made",
                self.n_unlike.unwrap_or_default()
            ));
        }
        let largest = self
            .max_abs
            .filter(|largest| *largest > self.max_abs_tolerated)?;
        Some(format!(
            "values of input tensors lie up to {} from the makers', {} is tolerated",
            short(largest),
            short(self.max_abs_tolerated)
        ))
    }
}

/// Three digits are enough in a sentence.
fn short(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else {
        format!("{value:.2e}")
    }
}
