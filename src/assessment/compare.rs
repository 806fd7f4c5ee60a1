//! One group set against another: signed differences with limits.

use crate::config::StatisticsSpec;

use super::estimates::Place;
use super::measured::Group;
use super::metric::Metric;
use super::quantities::{Difference, difference};
use super::{Comparison, EstimateStatus};

/// Two groups.
pub(super) struct Contrast<'a> {
    pub(super) group: &'a Group,
    pub(super) other: &'a Group,
    /// `complement` or the reference level.
    pub(super) reference: &'a str,
    /// Whether the attribute has two known levels, so that this comparison and its mirror image are one.
    pub(super) one_of_two: bool,
}

/// One row for each metric that groups may be compared by.
pub(super) fn comparisons(
    spec: &StatisticsSpec,
    place: &Place<'_>,
    contrast: &Contrast<'_>,
) -> Vec<Comparison> {
    let n_shared_patients = Some(shared_patients(contrast.group, contrast.other));
    Metric::ALL
        .into_iter()
        .filter(|metric| metric.is_comparable())
        .map(|metric| Comparison {
            n_shared_patients,
            ..comparison(spec, place, contrast, metric)
        })
        .collect()
}

fn comparison(
    spec: &StatisticsSpec,
    place: &Place<'_>,
    contrast: &Contrast<'_>,
    metric: Metric,
) -> Comparison {
    let mut row = Comparison {
        id: format!("{}-vs-{}", place.id(metric), contrast.reference),
        endpoint: place.endpoint.to_owned(),
        metric: metric.id().to_owned(),
        attribute: place.attribute.to_owned(),
        level: place.level.to_owned(),
        reference: contrast.reference.to_owned(),
        estimate: None,
        reference_estimate: None,
        difference: None,
        lower: None,
        upper: None,
        ratio: None,
        confidence_level: spec.confidence,
        method: String::new(),
        p: None,
        p_adjusted: None,
        family_size: if contrast.one_of_two { 1 } else { 0 },
        adjustment: String::new(),
        adjustment_note: None,
        minimum_detectable: None,
        n_shared_patients: None,
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    match difference(spec.difference, metric, contrast.group, contrast.other) {
        Err(why) => row.reason = Some(why.to_string()),
        Ok(found) => fill(&mut row, spec, &found),
    }
    row
}

fn fill(row: &mut Comparison, spec: &StatisticsSpec, found: &Difference) {
    row.estimate = Some(found.estimate);
    row.reference_estimate = Some(found.reference_estimate);
    row.difference = Some(found.difference);
    row.method = found.method.to_owned();
    row.ratio = found.ratio(spec.confidence);
    match found.limits(spec.confidence) {
        Ok(limits) => {
            row.status = EstimateStatus::Ok;
            row.lower = Some(limits.lower);
            row.upper = Some(limits.upper);
            row.p = crate::statistics::p_two_sided(0.0, |confidence| found.limits(confidence)).ok();
            row.minimum_detectable = found.minimum_detectable((1.0 - spec.confidence) / 2.0);
        }
        Err(why) => row.reason = Some(why.to_string()),
    }
}

fn shared_patients(group: &Group, other: &Group) -> u64 {
    let greatest = |group: &Group| {
        group
            .patient
            .iter()
            .max()
            .map_or(0, |last| *last as usize + 1)
    };
    let mut own = vec![false; greatest(group).max(greatest(other))];
    for patient in &group.patient {
        own[*patient as usize] = true;
    }
    let mut shared = 0;
    for patient in &other.patient {
        // Counted once: a patient that was counted is taken out.
        shared += u64::from(std::mem::take(&mut own[*patient as usize]));
    }
    shared
}
