//! Errors among many patients, as counts.

use crate::assessment::{Estimate, EstimateStatus};

use super::super::format;

/// The share of errors among one class, with its limits.
pub(super) struct Rate {
    pub(super) error: f64,
    lower: f64,
    upper: f64,
}

impl Rate {
    pub(super) fn of(e: &Estimate) -> Option<Self> {
        if e.status != EstimateStatus::Ok {
            return None;
        }
        Some(Self {
            error: 1.0 - e.estimate?,
            lower: 1.0 - e.upper?,
            upper: 1.0 - e.lower?,
        })
    }

    /// Of a metric that is itself the share of errors.
    pub(super) fn of_errors(e: &Estimate) -> Option<Self> {
        if e.status != EstimateStatus::Ok {
            return None;
        }
        Some(Self {
            error: e.estimate?,
            lower: e.lower?,
            upper: e.upper?,
        })
    }

    /// `about 20 (14 to 29)` of so many; one decimal where whole numbers would say too little.
    pub(super) fn of_many(&self, many: f64) -> String {
        let digits = usize::from(self.upper * many < 9.5);
        let count = |share: f64| format::plain(share * many, digits);
        format!(
            "about {} ({} to {})",
            count(self.error),
            count(self.lower),
            count(self.upper)
        )
    }
}
