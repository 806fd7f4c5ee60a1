//! The analyses beside the comparisons, without the withheld groups.

use std::collections::BTreeSet;

use crate::assessment::{
    CaseMix, CommonEffect, EstimateStatus, FailuresAsErrors, Funnel, Homogeneity, LabelNoise,
    MissingAttribute, Pooled, Spread,
};
use crate::cohort::MISSING_LEVEL;
use crate::disclosure::Hidden;

const COMPLEMENT: &str = "complement";

/// Rows of case mix count the cells of a crossing that need not be declared as one. Where any of
/// these cells is small, or a group they add up to is withheld, the whole pair of attributes is
/// withheld for that endpoint: with the margins at hand, one row would give another away.
pub(super) fn case_mix(rows: &mut [CaseMix], hidden: &Hidden) {
    let pair = |row: &CaseMix| {
        (
            row.endpoint.clone(),
            row.attribute.clone(),
            row.within.clone(),
        )
    };
    let withheld: BTreeSet<(String, String, String)> = rows
        .iter()
        .filter(|row| {
            let crossed = [
                format!("{}*{}", row.attribute, row.within),
                format!("{}*{}", row.within, row.attribute),
            ];
            let small = row.cells.iter().any(|cell| {
                hidden.is_small(cell.n_patients) || hidden.is_small(cell.n_patients_reference)
            });
            small
                || hidden.holds_a_level_of(&row.endpoint, &row.attribute)
                || hidden.holds_a_level_of(&row.endpoint, &row.within)
                || crossed
                    .iter()
                    .any(|crossing| hidden.holds_a_level_of(&row.endpoint, crossing))
        })
        .map(pair)
        .collect();
    for row in rows.iter_mut().filter(|row| withheld.contains(&pair(row))) {
        (row.crude_difference, row.crude_difference_of_used) = (None, None);
        (row.crude_lower, row.crude_upper) = (None, None);
        row.crude_method.clear();
        (row.estimate, row.reference_estimate) = (None, None);
        (row.difference, row.lower, row.upper) = (None, None, None);
        row.method.clear();
        row.n_shared_patients = None;
        for effect in [
            &mut row.mantel_haenszel_difference,
            &mut row.mantel_haenszel_odds_ratio,
        ] {
            *effect = CommonEffect {
                estimate: None,
                lower: None,
                upper: None,
                method: String::new(),
                reason: Some(hidden.reason()),
            };
        }
        row.homogeneity = Homogeneity {
            statistic: None,
            df: None,
            p: None,
            method: String::new(),
            reason: Some(hidden.reason()),
        };
        row.cells.clear();
        row.status = EstimateStatus::Suppressed;
        row.reason = Some(hidden.reason());
    }
}

/// The bounds follow from the level, everyone else and the samples without a value.
pub(super) fn missing_attribute(row: &mut MissingAttribute, hidden: &Hidden) {
    if !hidden.holds_comparison(&row.endpoint, &row.attribute, &row.level, COMPLEMENT)
        && !hidden.holds(&row.endpoint, &row.attribute, MISSING_LEVEL)
    {
        return;
    }
    (row.difference, row.worst, row.best) = (None, None, None);
    (row.lower, row.upper) = (None, None);
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

pub(super) fn label_noise(row: &mut LabelNoise, hidden: &Hidden) {
    if !hidden.holds_comparison(&row.endpoint, &row.attribute, &row.level, COMPLEMENT) {
        return;
    }
    (row.difference, row.significant) = (None, None);
    (row.erases, row.loses_significance) = (None, None);
    (row.creates_deficit, row.creates_excess) = (None, None);
    row.reference_grid.clear();
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

pub(super) fn failures(row: &mut FailuresAsErrors, hidden: &Hidden) {
    if !hidden.holds(&row.endpoint, &row.attribute, &row.level) {
        return;
    }
    (row.n_class, row.n_failed) = (None, None);
    (row.plain_estimate, row.plain_lower, row.plain_upper) = (None, None, None);
    (row.estimate, row.lower, row.upper) = (None, None, None);
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

/// A range is that of two levels, and what chance shows hangs on all of them.
pub(super) fn spread(row: &mut Spread, hidden: &Hidden) {
    if !hidden.holds_a_level_of(&row.endpoint, &row.attribute) {
        return;
    }
    row.levels.clear();
    (row.lowest, row.highest) = (None, None);
    (row.range, row.bias_corrected) = (None, None);
    (row.expected_by_chance, row.upper_95_by_chance) = (None, None);
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

/// The common share is a sum over all levels, the withheld ones too.
pub(super) fn funnel(row: &mut Funnel, hidden: &Hidden) {
    if !hidden.holds_a_level_of(&row.endpoint, &row.attribute) {
        return;
    }
    row.target = None;
    row.points.clear();
    row.limits.clear();
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}

/// The common distribution is fitted to all cells, so that it tells of each.
pub(super) fn pooled(row: &mut Pooled, hidden: &Hidden) {
    if !hidden.holds_a_level_of(&row.endpoint, &row.attribute) {
        return;
    }
    row.n_class = None;
    (row.raw_estimate, row.estimate) = (None, None);
    (row.lower, row.upper) = (None, None);
    (row.mean, row.prior_size) = (None, None);
    row.method.clear();
    row.status = EstimateStatus::Suppressed;
    row.reason = Some(hidden.reason());
}
