//! How the model is assumed to perform, for the chances of a planned gate.

use super::super::located::Located;

/// Performance taken as the truth of one endpoint; `None` where nothing is declared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Assumed {
    /// Sensitivity, in [0, 1].
    pub sensitivity: Option<f64>,
    /// Specificity, in [0, 1].
    pub specificity: Option<f64>,
    /// Area under the ROC curve, in (0, 1).
    pub auroc: Option<f64>,
    /// Observed over expected positives of the whole cohort, above 0; 1 where only others are assumed.
    pub oe_ratio: Option<f64>,
    /// Calibration slope, above 0; 1 where only others are assumed.
    pub calibration_slope: Option<f64>,
    /// Intracluster correlation of one patient's decisions, in [0, 1].
    pub intracluster_correlation: Option<f64>,
}

/// The `gate.assume` section.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AssumeSpec {
    /// For every endpoint.
    pub common: Assumed,
    /// What single endpoints declare instead, value by value.
    pub endpoints: Vec<(Located<String>, Assumed)>,
}

impl AssumeSpec {
    /// What is assumed of an endpoint: its own values, the common ones where it has none.
    #[must_use]
    pub fn of(&self, endpoint: &str) -> Assumed {
        let own = self
            .endpoints
            .iter()
            .find(|(name, _)| name.value == endpoint)
            .map_or_else(Assumed::default, |(_, own)| *own);
        Assumed {
            sensitivity: own.sensitivity.or(self.common.sensitivity),
            specificity: own.specificity.or(self.common.specificity),
            auroc: own.auroc.or(self.common.auroc),
            oe_ratio: own.oe_ratio.or(self.common.oe_ratio),
            calibration_slope: own.calibration_slope.or(self.common.calibration_slope),
            intracluster_correlation: own
                .intracluster_correlation
                .or(self.common.intracluster_correlation),
        }
    }
}
