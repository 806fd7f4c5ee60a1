//! Numbers with everything that is needed to read them: the shapes written to `results.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metrics::CalibrationError;

/// Whether a number could be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EstimateStatus {
    /// It could.
    Ok,
    /// It could not; `reason` says why.
    NotEstimable,
    /// It is withheld because the cell is small.
    Suppressed,
}

/// Something to know about a number before relying on it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EstimateFlag {
    /// Effective n below 30 or interval wider than 0.30.
    Unreliable,
    /// Declared as exploratory.
    Exploratory,
    /// Few patients carry the rarer outcome, so that the effective n was lowered.
    FewCarriers,
    /// Fewer than 200 events for a calibration figure.
    FewEvents,
    /// No patient column: every sample was taken as independent.
    SamplesTakenAsIndependent,
    /// The threshold was chosen on the samples that are measured.
    ThresholdChosenHere,
}

/// One metric in one stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// `<metric>.<endpoint>.<attribute>.<level>`, the endpoint only when there are several.
    pub id: String,
    /// Endpoint it belongs to.
    pub endpoint: String,
    /// Metric id.
    pub metric: String,
    /// Attribute, `a*b` for a crossing, `overall` for the whole cohort.
    pub attribute: String,
    /// Level, `x*y` for a crossing, `all` for the whole cohort, `(missing)`.
    pub level: String,
    /// Samples in the stratum with a score and a truth. This and every other number is null where
    /// the stratum is withheld.
    pub n: Option<u64>,
    /// Size of the metric's own denominator before clustering.
    pub n_class: Option<u64>,
    /// Reference positives in the stratum.
    pub n_positive: Option<u64>,
    /// Patients in the stratum.
    pub n_patients: Option<u64>,
    /// Count above the line, where the metric is a proportion.
    pub numerator: Option<u64>,
    /// Count below the line, where the metric is a proportion.
    pub denominator: Option<u64>,
    /// Patients in the denominator.
    pub n_clusters: Option<u64>,
    /// Number of independent trials whose limits are these, where the metric is a proportion.
    #[serde(default)]
    pub n_effective: Option<f64>,
    /// Point estimate.
    pub estimate: Option<f64>,
    /// Lower limit of the displayed two-sided interval.
    pub lower: Option<f64>,
    /// Upper limit of the displayed two-sided interval.
    pub upper: Option<f64>,
    /// Two-sided level of the interval.
    pub confidence_level: f64,
    /// Id of the interval's method.
    pub method: String,
    /// Standard error on the metric's own scale, where the method has one.
    pub standard_error: Option<f64>,
    /// Variance with clusters over variance without, before the floor at 1.
    pub design_effect: Option<f64>,
    /// What a perfectly calibrated model would show in its place; only expected calibration errors
    /// have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_calibrated: Option<IfCalibrated>,
    /// Two-sided p of a metric that is a test statistic (Spiegelhalter's z); absent for any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
    /// What to know about it.
    pub flags: Vec<EstimateFlag>,
}

/// What an expected calibration error has to be read beside. It is above 0 for a perfectly calibrated
/// model too, the more so the smaller the group: outcomes are drawn from this group's own scores,
/// correlated within patients as its residuals are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IfCalibrated {
    /// Mean error of a perfectly calibrated model.
    pub expected: f64,
    /// Error below which 95 of 100 such models stay.
    pub upper_95: f64,
    /// Share of such models with an error at least as large as the estimate.
    pub p: f64,
    /// Root mean square of the distances of this group, where the estimate is their mean.
    pub l2: f64,
    /// Mean of that root for a perfectly calibrated model.
    pub expected_l2: f64,
    /// Largest distance of a bin of this group.
    pub largest: f64,
    /// Correlation of a patient's residuals that the draws used.
    pub intracluster_correlation: f64,
}

impl IfCalibrated {
    pub(super) fn of(found: &CalibrationError) -> Self {
        Self {
            expected: found.expected_l1,
            upper_95: found.null_95_l1,
            p: found.p_l1,
            l2: found.l2,
            expected_l2: found.expected_l2,
            largest: found.largest,
            intracluster_correlation: found.intracluster_correlation,
        }
    }
}

/// A ratio of two shares: level over reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ratio {
    /// Value in the level over value in the reference.
    pub estimate: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Id of the limits' method.
    pub method: String,
}

/// One metric of a stratum set against another group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// `<metric>.<endpoint>.<attribute>.<level>-vs-<reference>`.
    pub id: String,
    /// Endpoint it belongs to.
    pub endpoint: String,
    /// Metric id.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level that is compared.
    pub level: String,
    /// `complement`, or the reference level.
    pub reference: String,
    /// Value in the level.
    pub estimate: Option<f64>,
    /// Value in the reference group.
    pub reference_estimate: Option<f64>,
    /// Level minus reference.
    pub difference: Option<f64>,
    /// Lower limit of the difference.
    pub lower: Option<f64>,
    /// Upper limit of the difference.
    pub upper: Option<f64>,
    /// The same as a ratio; null for AUROC, and where no event in the reference leaves it unbounded.
    #[serde(default)]
    pub ratio: Option<Ratio>,
    /// Two-sided level of the interval.
    pub confidence_level: f64,
    /// Id of the interval's method.
    pub method: String,
    /// Two-sided p for no difference, by inverting the interval.
    pub p: Option<f64>,
    /// Adjusted by `adjustment` within the comparisons of this metric and attribute (of this
    /// metric and all exploratory attributes, for those).
    pub p_adjusted: Option<f64>,
    /// How many comparisons the adjustment was over (two complementary levels count once).
    pub family_size: u64,
    /// Id of the adjustment: `holm`, `hochberg`, `benjamini_hochberg`, `benjamini_yekutieli` or
    /// `max_t`; empty without a p.
    #[serde(default = "holm")]
    pub adjustment: String,
    /// Why it is not the adjustment that the audit file asks for; null where it is.
    #[serde(default)]
    pub adjustment_note: Option<String>,
    /// Smallest true difference that this many patients would show with 80% power at this level.
    pub minimum_detectable: Option<f64>,
    /// Patients with samples in both arms (0: disjoint groups); null where withheld.
    pub n_shared_patients: Option<u64>,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not, or why the comparison is refused.
    pub reason: Option<String>,
}

/// Global test of one metric over all levels of an attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeterogeneityTest {
    /// `<metric>.<endpoint>.<attribute>`.
    pub id: String,
    /// Endpoint.
    pub endpoint: String,
    /// Metric id.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Levels that took part.
    pub levels: Vec<String>,
    /// Id of the method.
    pub method: String,
    /// Value of the statistic.
    pub statistic: Option<f64>,
    /// Degrees of freedom, for a Wald test.
    pub df: Option<f64>,
    /// Random permutations, for a permutation test.
    pub permutations: Option<u64>,
    /// p-value.
    pub p: Option<f64>,
    /// Adjusted within the global tests of this endpoint and metric.
    #[serde(default)]
    pub p_adjusted: Option<f64>,
    /// How many tests the adjustment was over; 0 in results without one.
    #[serde(default)]
    pub family_size: u64,
    /// Id of the adjustment; empty without one.
    #[serde(default)]
    pub adjustment: String,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}

/// Data of the curves in the report: aggregates only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StratumCurves {
    /// Endpoint.
    pub endpoint: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// (false positive rate, sensitivity), from (0, 0) to (1, 1), at most 200 vertices; empty with one class.
    pub roc: Vec<(f64, f64)>,
    /// (false positive rate, sensitivity) at the threshold.
    pub operating_point: Option<(f64, f64)>,
    /// Reliability diagram; empty when scores are no probabilities.
    pub reliability: Vec<ReliabilityBin>,
    /// Smooth calibration curve; empty where none is fitted.
    #[serde(default)]
    pub smooth: Vec<SmoothPoint>,
    /// (recall, precision) by ascending recall, at most 200 vertices; empty with one class, or
    /// where cases were chosen by outcome.
    #[serde(default)]
    pub precision_recall: Vec<(f64, f64)>,
    /// (false positive rate, lower, upper limit of sensitivity), where bands are asked for.
    #[serde(default)]
    pub roc_band: Vec<(f64, f64, f64)>,
    /// (recall, lower, upper limit of precision), where bands are asked for.
    #[serde(default)]
    pub precision_recall_band: Vec<(f64, f64, f64)>,
    /// Score histogram over 20 equal bins from 0 to 1 of probabilities (of the observed range otherwise): negatives.
    pub histogram_negative: Vec<u64>,
    /// The same of positives.
    pub histogram_positive: Vec<u64>,
    /// Least and largest edge of the histogram.
    pub histogram_range: (f64, f64),
}

/// One point of a smooth calibration curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmoothPoint {
    /// Predicted probability.
    pub probability: f64,
    /// Estimated share of positives.
    pub observed: f64,
    /// Pointwise lower limit.
    pub lower: Option<f64>,
    /// Pointwise upper limit.
    pub upper: Option<f64>,
}

/// Net benefit of one group over the declared threshold probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionCurve {
    /// Endpoint.
    pub endpoint: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Samples; null where withheld.
    pub n: Option<u64>,
    /// Patients; null where withheld.
    pub n_patients: Option<u64>,
    /// Share of positives, by which standardised net benefit is scaled.
    pub prevalence: Option<f64>,
    /// Two-sided level of the limits.
    pub confidence_level: f64,
    /// Id of the limits' method.
    pub method: String,
    /// One entry for each declared threshold; empty where it could not be computed.
    pub points: Vec<DecisionPoint>,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}

/// Net benefit at one threshold probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionPoint {
    /// Threshold probability.
    pub threshold: f64,
    /// tp / n - fp / n x t / (1 - t).
    pub net_benefit: f64,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Net benefit over prevalence: 1 is the best there can be. Null without positives.
    pub standardised: Option<f64>,
    /// Lower limit of the standardised net benefit, with the error of the prevalence.
    #[serde(default)]
    pub standardised_lower: Option<f64>,
    /// Upper limit.
    #[serde(default)]
    pub standardised_upper: Option<f64>,
    /// Net benefit of acting on everyone; acting on nobody has 0.
    pub treat_all: f64,
    /// Lower limit of acting on everyone, which moves with the prevalence.
    #[serde(default)]
    pub treat_all_lower: Option<f64>,
    /// Upper limit.
    #[serde(default)]
    pub treat_all_upper: Option<f64>,
}

/// Positives of one level ranked against negatives of another (xAUC).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossRanking {
    /// Endpoint.
    pub endpoint: String,
    /// Attribute.
    pub attribute: String,
    /// Level of the positives.
    pub positives_of: String,
    /// Level of the negatives.
    pub negatives_of: String,
    /// Positives of the one; null where withheld.
    pub n_positive: Option<u64>,
    /// Negatives of the other; null where withheld.
    pub n_negative: Option<u64>,
    /// Patients of both; null where withheld.
    pub n_clusters: Option<u64>,
    /// Chance that such a positive has a higher score than such a negative; ties count one half.
    pub estimate: Option<f64>,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
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

/// One bin of a reliability diagram (ten bins of equal width).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReliabilityBin {
    /// Lower edge.
    pub from: f64,
    /// Upper edge.
    pub to: f64,
    /// Samples.
    pub n: u64,
    /// Positives.
    pub n_positive: u64,
    /// Mean predicted probability.
    pub mean_score: f64,
    /// Observed share of positives.
    pub observed: f64,
    /// Wilson limits of the observed share on the effective n; absent with fewer than two patients.
    pub lower: Option<f64>,
    /// Upper one.
    pub upper: Option<f64>,
}

/// What results say that were written before the adjustment was named.
fn holm() -> String {
    "holm".to_owned()
}
