//! One group set against another: signed differences with limits.

use crate::config::StatisticsSpec;
use crate::metrics::{AurocDifference, ContrastKinds};
use crate::statistics::NotEstimable;
use crate::tasks::Better;

use super::estimates::Place;
use super::metric::Metric;
use super::quantities::{Difference, comparable};
use super::unanswered::About;
use super::{Comparison, EstimateStatus};

/// Two groups.
pub(super) struct Contrast<'a> {
    /// Patients by their decisions in both.
    pub(super) kinds: ContrastKinds,
    /// The difference of their areas.
    pub(super) areas: Box<dyn Fn() -> Result<AurocDifference, NotEstimable> + 'a>,
    /// `complement` or the reference level.
    pub(super) reference: &'a str,
    /// Whether there is nobody to compare with.
    pub(super) nobody_else: bool,
    /// Whether the attribute has two known levels, so that this comparison and its mirror image are one.
    pub(super) one_of_two: bool,
}

impl Contrast<'_> {
    fn difference(
        &self,
        spec: &StatisticsSpec,
        metric: Metric,
    ) -> Result<Difference, NotEstimable> {
        comparable(metric)?;
        if self.nobody_else {
            return Err(NotEstimable::NobodyElse);
        }
        match metric.share() {
            None => (self.areas)().map(Difference::of_areas),
            Some(share) => Difference::of_shares(spec.difference, self.kinds.difference(share)?),
        }
    }
}

/// One row for each metric that groups may be compared by.
pub(super) fn comparisons(
    spec: &StatisticsSpec,
    place: &Place<'_>,
    contrast: &Contrast<'_>,
) -> Vec<Comparison> {
    let n_shared_patients = Some(contrast.kinds.n_shared());
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
    let about = About {
        id: format!("{}-vs-{}", place.id(metric.id()), contrast.reference),
        endpoint: place.endpoint,
        metric: metric.id(),
        attribute: place.attribute,
    };
    let mut row = Comparison {
        family_size: u64::from(contrast.one_of_two),
        ..Comparison::unanswered(about, place.level, contrast.reference, spec.confidence)
    };
    match contrast.difference(spec, metric) {
        Err(why) => row.reason = Some(why.to_string()),
        Ok(found) => fill(&mut row, spec, &found, Better::Higher),
    }
    row
}

/// Fills a row with a difference of a metric of which some numbers are better.
pub(super) fn fill(
    row: &mut Comparison,
    spec: &StatisticsSpec,
    found: &Difference,
    better: Better,
) {
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
            row.minimum_detectable =
                found.minimum_detectable((1.0 - spec.confidence) / 2.0, better);
        }
        Err(why) => row.reason = Some(why.to_string()),
    }
}
