//! `gate.assume`, and how p-values are adjusted for their number.

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// How the model is assumed to perform: `check` says what the gate would then come to.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Assume {
    /// True sensitivity, in every group.
    #[schemars(range(min = 0, max = 1))]
    pub sensitivity: Option<f64>,
    /// True specificity, in every group.
    #[schemars(range(min = 0, max = 1))]
    pub specificity: Option<f64>,
    /// True area under the ROC curve, in every group.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub auroc: Option<f64>,
    /// Observed over expected positives; 1 is calibrated in the large.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub oe_ratio: Option<f64>,
    /// Calibration slope; 1 is calibrated, below 1 too extreme.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub calibration_slope: Option<f64>,
    /// Intracluster correlation of the decisions on one patient's samples.
    #[schemars(range(min = 0, max = 1), extend("default" = 0))]
    pub intracluster_correlation: Option<f64>,
    /// What single endpoints have instead, by name.
    pub endpoints: Option<BTreeMap<String, AssumeEndpoint>>,
}

/// What is assumed of one endpoint in place of the common values.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AssumeEndpoint {
    /// True sensitivity.
    #[schemars(range(min = 0, max = 1))]
    pub sensitivity: Option<f64>,
    /// True specificity.
    #[schemars(range(min = 0, max = 1))]
    pub specificity: Option<f64>,
    /// True area under the ROC curve.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub auroc: Option<f64>,
    /// Observed over expected positives.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub oe_ratio: Option<f64>,
    /// Calibration slope.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub calibration_slope: Option<f64>,
    /// Intracluster correlation of the decisions on one patient's samples.
    #[schemars(range(min = 0, max = 1))]
    pub intracluster_correlation: Option<f64>,
}

/// Correction of failures within a family of rules.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum CorrectionName {
    /// Holm: any dependence.
    Holm,
    /// Hochberg: needs positive dependence.
    Hochberg,
    /// Largest of correlated statistics, with the correlation that the patients bring.
    MaxT,
}

/// Adjustment of the displayed comparisons.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum MultiplicityName {
    /// Holm: family-wise error, any dependence.
    Holm,
    /// Hochberg: family-wise error, needs positive dependence.
    Hochberg,
    /// Benjamini and Hochberg: false discovery rate, needs positive dependence.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli: false discovery rate, any dependence.
    BenjaminiYekutieli,
    /// Largest of correlated statistics, with the correlation that the patients bring.
    MaxT,
}

/// Adjustment of comparisons of exploratory attributes.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ExploratoryName {
    /// Benjamini and Hochberg: needs positive dependence.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli: any dependence.
    BenjaminiYekutieli,
}
