//! Decision curves: net benefit of one group over the declared threshold probabilities.

use crate::config::StatisticsSpec;
use crate::metrics::{self, ConfusionCounts};
use crate::statistics::ScaledEstimate;

use super::estimates::Place;
use super::measured::Group;
use super::{DecisionCurve, DecisionPoint, EstimateStatus};

/// Net benefit of a group; `None` where the endpoint asks for none.
pub(super) fn decision_curve(
    spec: &StatisticsSpec,
    place: &Place<'_>,
    group: &Group,
) -> Option<DecisionCurve> {
    let thresholds = &place.declared.net_benefit;
    if thresholds.is_empty() {
        return None;
    }
    let mut curve = DecisionCurve {
        endpoint: place.endpoint.to_owned(),
        attribute: place.attribute.to_owned(),
        level: place.level.to_owned(),
        n: Some(group.n()),
        n_patients: Some(group.n_patients(ConfusionCounts::total)),
        prevalence: None,
        confidence_level: spec.confidence,
        method: String::new(),
        points: Vec::new(),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    if place.enriched {
        curve.reason = Some(
            "net benefit follows prevalence, which means nothing in a cohort whose cases were chosen by outcome (`sampling: enriched`)"
                .to_owned(),
        );
        return Some(curve);
    }
    if !group.probability {
        curve.reason = Some(crate::statistics::NotEstimable::NotProbability.to_string());
        return Some(curve);
    }
    match metrics::net_benefits(&group.y_true, &group.y_score, group.clusters(), thresholds) {
        Err(why) => curve.reason = Some(why.to_string()),
        Ok(found) => {
            let prevalence = group.n_positive() as f64 / group.n() as f64;
            curve.status = EstimateStatus::Ok;
            curve.prevalence = Some(prevalence);
            curve.method = "net_benefit".to_owned();
            curve.points = thresholds
                .iter()
                .zip(found)
                .map(|(threshold, at)| {
                    let limits = |of: &ScaledEstimate| of.interval(spec.confidence).ok();
                    let (own, all) = (limits(&at.model), limits(&at.treat_all));
                    let standardised = at.standardised.as_ref().and_then(limits);
                    DecisionPoint {
                        threshold: *threshold,
                        net_benefit: at.model.estimate,
                        lower: own.map(|limits| limits.lower),
                        upper: own.map(|limits| limits.upper),
                        standardised: at.standardised.map(|of| of.estimate),
                        standardised_lower: standardised.map(|limits| limits.lower),
                        standardised_upper: standardised.map(|limits| limits.upper),
                        treat_all: at.treat_all.estimate,
                        treat_all_lower: all.map(|limits| limits.lower),
                        treat_all_upper: all.map(|limits| limits.upper),
                    }
                })
                .collect();
        }
    }
    Some(curve)
}
