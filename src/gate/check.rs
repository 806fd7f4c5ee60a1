//! What the gate says of one requirement in one stratum.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The four states of a check.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The data show that the requirement is met.
    Pass,
    /// The data show that it is not met.
    Fail,
    /// The data are too few to show either.
    Inconclusive,
    /// It could not be computed.
    NotEvaluable,
}

/// Verdict of the whole audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditVerdict {
    /// Every blocking check passed.
    Pass,
    /// At least one blocking check failed.
    Fail,
    /// None failed, at least one could not be decided.
    Inconclusive,
    /// A blocking check could not be computed, or none could.
    NotEvaluable,
    /// The audit file has no gate.
    NoGate,
    /// The inputs cannot be trusted (exit 5).
    Error,
}

/// Counts needed to decide. Of a difference they are those of the group alone, and what it is compared
/// with is taken to grow by the same factor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NeededCounts {
    /// Samples in the metric's denominator, whichever those are: `of` says which.
    pub positives: Option<u64>,
    /// Patients behind them, at this cohort's samples a patient.
    pub patients: Option<u64>,
    /// What is counted under `positives`; null in results of versions that did not say.
    #[serde(default)]
    pub of: Option<Counted>,
}

impl NeededCounts {
    /// The same, and no less than what is there: nothing smaller than an undecided group decides.
    pub(super) fn at_least(self, samples: u64, patients: u64) -> Self {
        Self {
            positives: self.positives.map(|n| n.max(samples)),
            patients: self.patients.map(|n| n.max(patients)),
            ..self
        }
    }
}

/// What a metric's denominator is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Samples that are positive by the reference standard.
    Positives,
    /// Samples that are negative by the reference standard.
    Negatives,
    /// Samples that the model calls positive.
    CalledPositive,
    /// Samples that the model calls negative.
    CalledNegative,
    /// All samples, of both classes.
    Samples,
}

impl Counted {
    /// By the id of the metric.
    #[must_use]
    pub fn of(metric: &str) -> Self {
        match metric {
            "sensitivity" => Self::Positives,
            "specificity" => Self::Negatives,
            "ppv" => Self::CalledPositive,
            "npv" => Self::CalledNegative,
            _ => Self::Samples,
        }
    }

    /// As results write it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Positives => "positives",
            Self::Negatives => "negatives",
            Self::CalledPositive => "called_positive",
            Self::CalledNegative => "called_negative",
            Self::Samples => "samples",
        }
    }
}

/// One requirement in one stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// `<requirement>.<endpoint>.<attribute>.<level>`, the endpoint only when there are several.
    pub id: String,
    /// Id of the rule.
    pub requirement: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// `complement`, a level or `baseline` for a signed difference, null for a floor.
    pub reference: Option<String>,
    /// `>=`, `<=` or `==`.
    pub relation: String,
    /// The bound.
    pub bound: f64,
    /// The metric, or the signed difference.
    pub estimate: Option<f64>,
    /// Lower gating limit, at one-sided `alpha`.
    pub lower: Option<f64>,
    /// Upper gating limit, at one-sided `alpha`.
    pub upper: Option<f64>,
    /// Id of the limits' method.
    pub method: String,
    /// One-sided error.
    pub alpha: f64,
    /// One-sided p for "the requirement holds".
    pub p_fail: Option<f64>,
    /// The same, adjusted within the family by `adjustment`.
    pub p_fail_adjusted: Option<f64>,
    /// Family of the rule.
    pub family: String,
    /// Comparisons that the adjustment was over.
    pub family_size: u64,
    /// Id of the correction that was used: `holm`, `hochberg` or `max_t`; empty where none was.
    #[serde(default = "holm")]
    pub adjustment: String,
    /// Why it is not the correction that the audit file asks for; null where it is.
    #[serde(default)]
    pub adjustment_note: Option<String>,
    /// Samples in the denominator; null where they are withheld.
    pub n_class: Option<u64>,
    /// Patients in the denominator; null where they are withheld.
    pub n_clusters: Option<u64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether this check can make the audit fail.
    pub blocking: bool,
    /// Whether a waiver covers it.
    pub waived: bool,
    /// In words: why it is what it is.
    pub reason: String,
    /// For a bound on the metric: the smallest true shortfall beyond it that this cohort would show
    /// with 80% power. For a difference: the smallest true difference from zero that it would show.
    pub minimum_detectable: Option<f64>,
    /// What would decide it with 80% power if the estimate were the truth; null when nothing would.
    pub n_needed: Option<NeededCounts>,
    /// Line of the rule in the audit file, from 1.
    pub line: u64,
}

/// What results say that were written before the correction was named.
fn holm() -> String {
    "holm".to_owned()
}
