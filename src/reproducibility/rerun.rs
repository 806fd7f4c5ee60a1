//! What reruns of the model showed: the shapes written to `results.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Outcome of all reruns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reproducibility {
    /// What came of it.
    pub status: RerunStatus,
    /// Why it was not run, or what was breached.
    pub reason: Option<String>,
    /// Largest tolerated difference of logits.
    pub max_abs_logit_tolerated: Option<f64>,
    /// Most tolerated changes of decision.
    pub decision_flips_tolerated: Option<u64>,
    /// One entry a rerun.
    pub runs: Vec<Rerun>,
}

/// What came of the reruns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RerunStatus {
    /// Every rerun stayed within the tolerance.
    WithinTolerance,
    /// At least one did not.
    Breached,
    /// Reruns were done, and no tolerance was declared.
    NoTolerance,
    /// None was done; `reason` says why.
    NotRun,
}

/// One rerun set against the first run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rerun {
    /// `rerun-1`, `rerun-2`, ..., `engine-embedded`, ...
    pub id: String,
    /// What was changed: `session`, `threads 1 -> 2`, `batch 32 -> 7`, `engine onnxruntime -> embedded`.
    pub varied: Vec<String>,
    /// Engine and version of this rerun.
    pub engine: String,
    /// Samples with a score in both runs.
    pub n_compared: u64,
    /// Samples with a score in only one of the runs.
    pub n_one_sided: u64,
    /// Whether every number had the same bits.
    pub identical_bits: bool,
    /// `logit` where logits are known, else `score`.
    pub scale: String,
    /// Largest absolute difference on that scale.
    pub max_abs_difference: f64,
    /// Largest distance in units in the last place of the model's own 32-bit output; null when unknown.
    pub max_ulp: Option<u64>,
    /// Largest absolute difference of scores (after the activation).
    pub max_abs_score_difference: f64,
    /// Decisions that changed, over all endpoints.
    pub decision_flips: u64,
    /// Samples nearer to their threshold than the largest difference of scores.
    pub n_near_threshold: u64,
    /// By endpoint and stratum.
    pub groups: Vec<RerunGroup>,
    /// Whether it stayed within the declared tolerance; null without one.
    pub within_tolerance: Option<bool>,
}

/// One rerun in one stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RerunGroup {
    /// Endpoint.
    pub endpoint: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Samples compared.
    pub n: u64,
    /// Patients compared.
    pub n_patients: u64,
    /// Decisions that changed.
    pub decision_flips: u64,
    /// Patients with at least one changed decision.
    pub patients_with_flips: u64,
    /// Exact one-sided 97.5% upper bound of the share of patients whose decision changes.
    pub flip_share_upper: f64,
    /// Largest absolute difference of scores in the stratum.
    pub max_abs_score_difference: f64,
}
