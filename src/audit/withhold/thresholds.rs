//! What other thresholds would give, without the withheld groups.

use crate::assessment::{EstimateStatus, GroupThreshold, ThresholdSweep};
use crate::disclosure::Hidden;

/// Counts of the tuning split by group are no part of what was decided on, so that none is shown;
/// what a group's own threshold gives among the measured samples is shown like any other number.
pub(super) fn of_group(row: &mut GroupThreshold, hidden: &Hidden) {
    let holds = hidden.holds(&row.endpoint, &row.attribute, &row.level);
    if holds || row.on == "tuning" {
        (row.n_positive, row.n_negative, row.n_patients) = (None, None, None);
        (row.sensitivity, row.specificity) = (None, None);
    }
    if holds {
        row.threshold = None;
        (row.measured_sensitivity, row.measured_specificity) = (None, None);
        row.status = EstimateStatus::Suppressed;
        row.reason = Some(hidden.reason());
    }
}

pub(super) fn sweep(row: &mut ThresholdSweep, hidden: &Hidden) {
    if hidden.holds(&row.endpoint, &row.attribute, &row.level) {
        (row.n_positive, row.n_negative) = (None, None);
        row.points.clear();
    }
    if hidden.holds_comparison(&row.endpoint, &row.attribute, &row.level, "complement") {
        for point in &mut row.points {
            (point.sensitivity_gap, point.specificity_gap) = (None, None);
        }
    }
}
