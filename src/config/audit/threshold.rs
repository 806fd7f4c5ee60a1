//! How an endpoint's threshold comes about, and the rows that choose it.

use super::super::located::{Located, Span};

/// When a sample is called positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// The deployed threshold.
    Fixed(f64),
    /// Chosen from scores and truth by a rule.
    Chosen(ChosenThreshold),
}

impl Threshold {
    /// The choice, where there is one.
    #[must_use]
    pub fn chosen(&self) -> Option<&ChosenThreshold> {
        match self {
            Self::Fixed(_) => None,
            Self::Chosen(chosen) => Some(chosen),
        }
    }

    /// Whether it is chosen on those samples.
    #[must_use]
    pub fn is_chosen_on(&self, on: ChosenOn) -> bool {
        self.chosen().is_some_and(|chosen| chosen.on == on)
    }
}

/// A threshold that is chosen by a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChosenThreshold {
    /// The rule.
    pub rule: ThresholdRule,
    /// The samples it is applied to.
    pub on: ChosenOn,
    /// Where the rule stands.
    pub span: Span,
}

/// What a chosen threshold must achieve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ThresholdRule {
    /// The largest sensitivity + specificity - 1.
    Youden,
    /// The fewest called positive with at least this sensitivity.
    TargetSensitivity(f64),
    /// The most called positive with at least this specificity.
    TargetSpecificity(f64),
}

/// Which samples choose a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenOn {
    /// Those of `cohort.tuning`, which are never measured.
    Tuning,
    /// The measured samples themselves, and anew in every resample of patients.
    Nested,
}

/// Rows of the manifest that choose thresholds and are never measured.
#[derive(Debug, Clone)]
pub struct TuningSplit {
    /// The column that tells them apart.
    pub column: Located<String>,
    /// Texts of this column that mean the tuning split. Never empty.
    pub levels: Vec<Located<String>>,
    /// Where the section stands.
    pub span: Span,
}
