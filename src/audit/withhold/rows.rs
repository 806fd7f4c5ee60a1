//! Estimates, comparisons, tests and curves, without the withheld groups.

use crate::assessment::{
    Comparison, CrossRanking, DecisionCurve, Estimate, EstimateFlag, EstimateStatus, FedValues,
    HeterogeneityTest, PairedComparison, StratumCurves,
};
use crate::disclosure::Hidden;

pub(super) fn estimate(row: &mut Estimate, hidden: &Hidden) {
    if !hidden.holds(&row.endpoint, &row.attribute, &row.level) {
        return;
    }
    (row.n, row.n_class, row.n_positive) = (None, None, None);
    (row.n_patients, row.n_clusters) = (None, None);
    (row.numerator, row.denominator) = (None, None);
    (row.estimate, row.lower, row.upper) = (None, None, None);
    (row.standard_error, row.design_effect, row.n_effective) = (None, None, None);
    row.if_calibrated = None;
    row.p = None;
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
    row.flags.retain(|flag| *flag == EstimateFlag::Exploratory);
}

/// Images are counted whether or not their patients have a truth, so that a group that is withheld
/// for any endpoint is withheld here. A shift sets one level against all others: with withheld levels
/// among them it stays, since it counts nobody.
pub(super) fn fed(row: &mut FedValues, hidden: &Hidden) {
    if !hidden.holds_for_any(&row.attribute, &row.level) {
        return;
    }
    *row = FedValues {
        attribute: std::mem::take(&mut row.attribute),
        level: std::mem::take(&mut row.level),
        channel: row.channel,
        n: None,
        mean: None,
        sd_between: None,
        sd_within: None,
        min: None,
        max: None,
        at_an_end: None,
        constant: None,
        not_finite: None,
        shift: None,
    };
}

pub(super) fn comparison(row: &mut Comparison, hidden: &Hidden) {
    if !hidden.holds_comparison(&row.endpoint, &row.attribute, &row.level, &row.reference) {
        return;
    }
    (row.estimate, row.reference_estimate) = (None, None);
    (row.difference, row.lower, row.upper) = (None, None, None);
    (row.p, row.p_adjusted, row.minimum_detectable) = (None, None, None);
    row.ratio = None;
    row.family_size = 0;
    row.adjustment.clear();
    row.adjustment_note = None;
    row.n_shared_patients = None;
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

/// A statistic over all levels is a sum over the withheld ones too, exact to the last digit: with
/// the other levels at hand, their numbers could be found by trying.
pub(super) fn test(row: &mut HeterogeneityTest, hidden: &Hidden) {
    if !hidden.holds_a_level_of(&row.endpoint, &row.attribute) {
        return;
    }
    row.levels.clear();
    row.method.clear();
    (row.statistic, row.df, row.permutations, row.p) = (None, None, None, None);
    (row.p_adjusted, row.family_size) = (None, 0);
    row.adjustment.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

/// Vertices of a ROC curve and bars of a histogram count patients.
pub(super) fn curve(row: &mut StratumCurves, hidden: &Hidden) {
    if !hidden.holds(&row.endpoint, &row.attribute, &row.level) {
        return;
    }
    row.operating_point = None;
    row.roc.clear();
    row.roc_band.clear();
    row.reliability.clear();
    row.smooth.clear();
    row.precision_recall.clear();
    row.precision_recall_band.clear();
    row.histogram_negative.clear();
    row.histogram_positive.clear();
}

pub(super) fn decision_curve(row: &mut DecisionCurve, hidden: &Hidden) {
    if !hidden.holds(&row.endpoint, &row.attribute, &row.level) {
        return;
    }
    (row.n, row.n_patients, row.prevalence) = (None, None, None);
    row.points.clear();
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

pub(super) fn cross_ranked(row: &mut CrossRanking, hidden: &Hidden) {
    let holds = |level: &str| hidden.holds(&row.endpoint, &row.attribute, level);
    if !holds(&row.positives_of) && !holds(&row.negatives_of) {
        return;
    }
    (row.n_positive, row.n_negative, row.n_clusters) = (None, None, None);
    (row.estimate, row.lower, row.upper) = (None, None, None);
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

/// Both endpoints have the same cases; one of them withheld withholds the pair.
pub(super) fn pair(row: &mut PairedComparison, hidden: &Hidden) {
    let holds = |endpoint: &str| hidden.holds(endpoint, &row.attribute, &row.level);
    if !holds(&row.endpoint) && !holds(&row.other_endpoint) {
        return;
    }
    (row.n, row.n_clusters) = (None, None);
    (row.both, row.first_only) = (None, None);
    (row.second_only, row.neither) = (None, None);
    (row.estimate, row.other_estimate) = (None, None);
    (row.difference, row.lower, row.upper) = (None, None, None);
    (row.p, row.p_mcnemar_exact, row.p_mcnemar_continuity) = (None, None, None);
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}
