//! Rows of the results before their numbers: what both kinds of endpoints fill.

use crate::statistics::Heterogeneity;

use super::{Comparison, Estimate, EstimateStatus, HeterogeneityTest};

/// What a row is about.
pub(super) struct About<'a> {
    pub(super) id: String,
    pub(super) endpoint: &'a str,
    pub(super) metric: &'a str,
    pub(super) attribute: &'a str,
}

impl Estimate {
    pub(super) fn unanswered(about: About<'_>, level: &str, confidence_level: f64) -> Self {
        Self {
            id: about.id,
            endpoint: about.endpoint.to_owned(),
            metric: about.metric.to_owned(),
            attribute: about.attribute.to_owned(),
            level: level.to_owned(),
            n: None,
            n_class: None,
            n_positive: None,
            n_patients: None,
            numerator: None,
            denominator: None,
            n_clusters: None,
            estimate: None,
            lower: None,
            upper: None,
            confidence_level,
            method: String::new(),
            standard_error: None,
            n_effective: None,
            design_effect: None,
            if_calibrated: None,
            p: None,
            status: EstimateStatus::NotEstimable,
            reason: None,
            flags: Vec::new(),
        }
    }
}

impl Comparison {
    pub(super) fn unanswered(
        about: About<'_>,
        level: &str,
        reference: &str,
        confidence_level: f64,
    ) -> Self {
        Self {
            id: about.id,
            endpoint: about.endpoint.to_owned(),
            metric: about.metric.to_owned(),
            attribute: about.attribute.to_owned(),
            level: level.to_owned(),
            reference: reference.to_owned(),
            estimate: None,
            reference_estimate: None,
            difference: None,
            lower: None,
            upper: None,
            ratio: None,
            confidence_level,
            method: String::new(),
            p: None,
            p_adjusted: None,
            family_size: 0,
            adjustment: String::new(),
            adjustment_note: None,
            minimum_detectable: None,
            n_shared_patients: None,
            status: EstimateStatus::NotEstimable,
            reason: None,
        }
    }
}

impl HeterogeneityTest {
    /// `found` over some of the `names` of an attribute's levels, or why there is no test; its levels
    /// are places in the list beside it, which holds places among the names.
    pub(super) fn of(
        about: About<'_>,
        names: &[String],
        found: Result<(Heterogeneity, Vec<usize>), String>,
    ) -> Self {
        let mut row = Self {
            id: about.id,
            endpoint: about.endpoint.to_owned(),
            metric: about.metric.to_owned(),
            attribute: about.attribute.to_owned(),
            levels: Vec::new(),
            method: String::new(),
            statistic: None,
            df: None,
            permutations: None,
            p: None,
            p_adjusted: None,
            family_size: 0,
            adjustment: String::new(),
            status: EstimateStatus::NotEstimable,
            reason: None,
        };
        match found {
            Err(why) => row.reason = Some(why),
            Ok((found, levels)) => {
                row.levels = found
                    .levels
                    .iter()
                    .filter_map(|place| levels.get(*place))
                    .map(|level| names[*level].clone())
                    .collect();
                row.method = found.method.to_owned();
                row.statistic = Some(found.statistic);
                row.df = found.df;
                row.permutations = found.permutations;
                row.p = Some(found.p);
                row.status = EstimateStatus::Ok;
            }
        }
        row
    }
}
