//! Everything an audit found, in the shape of `results.json`. The HTML report and every
//! other file are made from this value alone, so that `report DIR` needs nothing else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::assessment::{
    CaseMix, Comparison, CrossRanking, DecisionCurve, Estimate, FailuresAsErrors, FedValues,
    Funnel, GroupThreshold, HeterogeneityTest, LabelNoise, MissingAttribute, PairedComparison,
    Pooled, Spread, StratumCurves, TaskCurves, ThresholdChoice, ThresholdSweep,
};
use crate::gate::{AuditVerdict, Check, Waiver};
use crate::parity::Parity;
use crate::reproducibility::Reproducibility;

use super::contact::ContactSheet;
use super::model_inputs::ModelInputSummary;
use super::presentation::Presentation;
use super::withheld::Disclosure;

/// Version of the shape of `results.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// One finished audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditResult {
    /// Version of this shape.
    pub schema: u32,
    /// Which audit it was.
    pub audit: AuditIdentity,
    /// Verdict of the whole audit.
    pub verdict: AuditVerdict,
    /// What the command ends with (before `--exit-zero`).
    pub exit_code: u8,
    /// One sentence in plain words.
    pub headline: String,
    /// Every metric in every stratum.
    pub estimates: Vec<Estimate>,
    /// Every group set against its reference.
    pub comparisons: Vec<Comparison>,
    /// Every requirement in every stratum.
    pub checks: Vec<Check>,
    /// Every waiver and what came of it.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
    /// Global tests by attribute.
    pub tests: Vec<HeterogeneityTest>,
    /// Curves of the figures.
    pub curves: Vec<StratumCurves>,
    /// What is drawn of endpoints with a task; aggregates only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task_curves: Vec<TaskCurves>,
    /// Net benefit by group, where an endpoint asks for it.
    #[serde(default)]
    pub decision_curves: Vec<DecisionCurve>,
    /// Positives of each level ranked against negatives of every other, where an attribute asks for it.
    #[serde(default)]
    pub cross_ranking: Vec<CrossRanking>,
    /// Two scores on the same cases, where an endpoint names a partner (`paired_with`).
    #[serde(default)]
    pub paired: Vec<PairedComparison>,
    /// Differences with the mix of another attribute held fixed, where `statistics.case_mix` asks for it.
    #[serde(default)]
    pub case_mix: Vec<CaseMix>,
    /// Bounds of differences if the samples without an attribute belonged to either group.
    #[serde(default)]
    pub missing_attribute: Vec<MissingAttribute>,
    /// How many wrong labels in a level would erase or make its difference.
    #[serde(default)]
    pub label_noise: Vec<LabelNoise>,
    /// Estimates with failed samples as wrong decisions; empty where none failed.
    #[serde(default)]
    pub failures_as_errors: Vec<FailuresAsErrors>,
    /// Range over the levels of an attribute beside the range by chance alone.
    #[serde(default)]
    pub spread: Vec<Spread>,
    /// Sensitivity and specificity of levels without an order (sites) by their size, beside what chance alone would show.
    #[serde(default)]
    pub funnels: Vec<Funnel>,
    /// Cells of crossings, raw and partially pooled. Verdicts use raw intervals only.
    #[serde(default)]
    pub pooled: Vec<Pooled>,
    /// What if every group had a threshold of its own? Never gated.
    #[serde(default)]
    pub group_thresholds: Vec<GroupThreshold>,
    /// Sensitivity and specificity over thresholds, by group; crossings left out.
    #[serde(default)]
    pub threshold_sweeps: Vec<ThresholdSweep>,
    /// Values of the preprocessed images, by group; empty where no image was opened.
    #[serde(default)]
    pub fed: Vec<FedValues>,
    /// Preprocessed images, where the audit file allows them in the report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contact_sheets: Vec<ContactSheet>,
    /// Reruns.
    pub reproducibility: Reproducibility,
    /// The model's makers' own numbers beside those of this audit.
    #[serde(default)]
    pub parity: Parity,
    /// Who was in the audit and who was not.
    pub cohort: CohortSummary,
    /// Which groups are withheld, and by what rule.
    #[serde(default)]
    pub disclosure: Disclosure,
    /// What was noticed on the way.
    pub findings: Vec<Finding>,
    /// How it was computed, in the configuration's terms.
    pub methods: Methods,
    /// What ran on what.
    pub provenance: Provenance,
    /// Templates, logo and signers that the audit file asks for; absent where it asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentation: Option<Presentation>,
}

impl AuditResult {
    /// A result in which nothing was measured, to try templates on.
    pub(super) fn without_numbers() -> Self {
        Self {
            schema: SCHEMA_VERSION,
            audit: AuditIdentity {
                id: "trial".to_owned(),
                title: "Trial".to_owned(),
                intended_use: None,
                file: "audit.yaml".to_owned(),
                config_sha256: String::new(),
                locked: None,
            },
            verdict: AuditVerdict::NoGate,
            exit_code: 0,
            headline: String::new(),
            estimates: Vec::new(),
            comparisons: Vec::new(),
            checks: Vec::new(),
            waivers: Vec::new(),
            tests: Vec::new(),
            curves: Vec::new(),
            task_curves: Vec::new(),
            decision_curves: Vec::new(),
            cross_ranking: Vec::new(),
            paired: Vec::new(),
            case_mix: Vec::new(),
            missing_attribute: Vec::new(),
            label_noise: Vec::new(),
            failures_as_errors: Vec::new(),
            spread: Vec::new(),
            funnels: Vec::new(),
            pooled: Vec::new(),
            group_thresholds: Vec::new(),
            threshold_sweeps: Vec::new(),
            fed: Vec::new(),
            contact_sheets: Vec::new(),
            reproducibility: Reproducibility::not_run("nothing was run"),
            parity: Parity::default(),
            cohort: CohortSummary {
                flow: Vec::new(),
                failures: Vec::new(),
                n_samples: None,
                n_patients: None,
                clustered: false,
                unit: "sample".to_owned(),
                sampling: None,
                reference_standard: None,
                independence: None,
                attributes: Vec::new(),
                tuning: None,
            },
            disclosure: Disclosure::default(),
            findings: Vec::new(),
            methods: Methods {
                confidence: 0.95,
                replicates: 0,
                seed: 0,
                alpha: None,
                endpoints: Vec::new(),
                tasks: Vec::new(),
                inputs: Vec::new(),
                preprocessing: Vec::new(),
                method_ids: Vec::new(),
            },
            provenance: Provenance {
                equipoise: env!("CARGO_PKG_VERSION").to_owned(),
                engine: None,
                model: None,
                inputs: Vec::new(),
                images_sha256: None,
                decoders: Vec::new(),
            },
            presentation: None,
        }
    }
}

/// Which audit it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditIdentity {
    /// Identifier.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What the model is for.
    pub intended_use: Option<String>,
    /// Name of the audit file, without folders.
    pub file: String,
    /// SHA-256 of the audit file's bytes.
    pub config_sha256: String,
    /// Day on which its requirements were fixed, `YYYY-MM-DD`, as the audit file says (`gate.locked`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<String>,
}

/// Who was in the audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CohortSummary {
    /// From the rows of the manifest to the samples that were measured; `remaining` falls by `removed`.
    pub flow: Vec<FlowStep>,
    /// Failed samples by stratum and reason.
    pub failures: Vec<FailureCount>,
    /// Samples that were measured; null where their number is withheld.
    pub n_samples: Option<u64>,
    /// Their patients; null where their number is withheld.
    pub n_patients: Option<u64>,
    /// Whether a patient column was declared.
    pub clustered: bool,
    /// The unit after aggregation: `image`, `study`, `patient`, or `sample`.
    pub unit: String,
    /// `consecutive`, `enriched`, or null.
    pub sampling: Option<String>,
    /// How truth was established.
    pub reference_standard: Option<String>,
    /// Relation to the training data.
    pub independence: Option<String>,
    /// Attributes and the samples, patients and positives in each of their levels.
    pub attributes: Vec<AttributeSummary>,
    /// Samples that choose thresholds and are not measured; null where none are set aside.
    #[serde(default)]
    pub tuning: Option<TuningSummary>,
}

/// Samples that choose thresholds and are never measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TuningSummary {
    /// Samples set aside, before any are joined.
    pub n_samples: u64,
    /// Their patients.
    pub n_patients: u64,
    /// Those without a score, which took no part.
    pub n_failed: u64,
    /// The same by reason.
    pub failures: Vec<TuningFailure>,
    /// Whether it was checked that no patient is on both sides; false without a patient column.
    pub patients_apart: bool,
}

/// Samples of the tuning split without a score for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TuningFailure {
    /// Kebab-case reason.
    pub reason: String,
    /// How many.
    pub n: u64,
}

/// One step of the flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowStep {
    /// Kebab-case code: `rows`, `include-1`, `truth-missing`, `decode-failed`, `measured`, ...
    pub code: String,
    /// Endpoint it is about, for steps that differ between endpoints.
    pub endpoint: Option<String>,
    /// In words.
    pub description: String,
    /// Samples that this step takes away.
    pub removed: u64,
    /// Samples left after it.
    pub remaining: u64,
    /// Patients left after it.
    pub remaining_patients: u64,
}

/// Failed samples of one stratum for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailureCount {
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Kebab-case reason: `file-absent`, `decode-failed`, `not-finite`, `no-score`, ...
    pub reason: String,
    /// How many.
    pub n: u64,
    /// Out of how many in the stratum.
    pub n_stratum: u64,
}

/// One attribute of the cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttributeSummary {
    /// Its name.
    pub attribute: String,
    /// Column it comes from (columns joined by `*` for a crossing).
    pub column: String,
    /// Whether it is declared exploratory.
    pub exploratory: bool,
    /// Whether patients occur in more than one of its levels.
    pub varies_within_patients: bool,
    /// Its levels in order.
    pub levels: Vec<LevelSummary>,
}

/// One level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelSummary {
    /// Its name.
    pub level: String,
    /// Samples measured; null where withheld.
    pub n: Option<u64>,
    /// Patients; null where withheld.
    pub n_patients: Option<u64>,
    /// Reference positives of the first endpoint; null where withheld.
    pub n_positive: Option<u64>,
}

/// How much something noticed matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The metrics cannot be trusted.
    Error,
    /// Look at it.
    Warning,
    /// Good to know.
    Note,
}

/// Something noticed on the way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable kebab-case code.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Line of the audit file it is about.
    pub line: Option<u64>,
}

/// How it was computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Methods {
    /// Two-sided level of displayed intervals.
    pub confidence: f64,
    /// Replicates of resampling.
    pub replicates: u64,
    /// Seed.
    pub seed: u64,
    /// One-sided error of the gate.
    pub alpha: Option<f64>,
    /// Endpoints as they were measured.
    pub endpoints: Vec<EndpointSummary>,
    /// Endpoints with a task as they were measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskSummary>,
    /// What each input of the model was fed; empty where no model ran.
    #[serde(default)]
    pub inputs: Vec<ModelInputSummary>,
    /// Preprocessing, one line a step.
    pub preprocessing: Vec<String>,
    /// Method ids that occur in this result, sorted.
    pub method_ids: Vec<String>,
}

/// One endpoint with a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskSummary {
    /// Its name.
    pub name: String,
    /// Id of its task.
    pub task: String,
    /// What it declares: a key and what stands there, in the order of the task's keys.
    pub declared: Vec<(String, String)>,
    /// Names of the endpoint and its parts in estimates.
    pub parts: Vec<String>,
    /// Ids of its metrics, in order, each once.
    pub metrics: Vec<String>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointSummary {
    /// Its name.
    pub name: String,
    /// Name of its score.
    pub score: String,
    /// Truth column.
    pub truth_column: String,
    /// Texts that mean positive.
    pub positive: Vec<String>,
    /// Texts that mean negative.
    pub negative: Vec<String>,
    /// Threshold.
    pub threshold: f64,
    /// How it was chosen; null where the audit file fixes it.
    #[serde(default)]
    pub threshold_choice: Option<ThresholdChoice>,
    /// Declared share of positives where the model is to be used; the first where the audit file
    /// lists several.
    #[serde(default)]
    pub prevalence: Option<f64>,
    /// Declared shares of positives where the audit file lists them; absent where it names one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prevalences: Vec<f64>,
    /// Specificity at which sensitivity is given.
    #[serde(default)]
    pub at_specificity: Option<f64>,
    /// Sensitivity at which specificity is given.
    #[serde(default)]
    pub at_sensitivity: Option<f64>,
    /// Least specificity of the partial area under the ROC curve.
    #[serde(default)]
    pub partial_from: Option<f64>,
    /// SHA-256 over the measured samples in the order of their ids: id, truth, score, decision. Null
    /// without a gate, and where small groups are withheld.
    #[serde(default)]
    pub measured_sha256: Option<String>,
    /// `>=` or `<=`.
    pub relation: String,
    /// `probability`, `logit` or `score`.
    pub score_kind: String,
}

/// What ran on what. No path, host, user or clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Version of equipoise.
    pub equipoise: String,
    /// Engine of the scores; null for `evaluate`.
    pub engine: Option<EngineIdentity>,
    /// The model; null for `evaluate`.
    pub model: Option<InputIdentity>,
    /// Other inputs by role: manifest, predictions.
    pub inputs: Vec<InputIdentity>,
    /// SHA-256 over the sorted (sample id, SHA-256 of the file's bytes) of all images that were read (of an exam: SHA-256 of those of its images, by view); null for `evaluate`.
    pub images_sha256: Option<String>,
    /// Decoders that were used, with versions.
    pub decoders: Vec<String>,
}

/// Which engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EngineIdentity {
    /// `onnxruntime` or `embedded`.
    pub name: String,
    /// Version.
    pub version: String,
    /// SHA-256 of the shared library; null for the embedded engine.
    pub library_sha256: Option<String>,
    /// Threads a session.
    pub threads: u64,
    /// Samples a batch.
    pub batch: u64,
}

/// One input file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputIdentity {
    /// `model`, `manifest`, `predictions`.
    pub role: String,
    /// File name without folder.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Bytes.
    pub bytes: u64,
}
