//! Limits at a threshold that was chosen on the measured samples: widened by the uncertainty of
//! the choice.
//!
//! The percentile limits of [`NestedDraws`] and the limits that take the threshold as given are
//! joined: the lower of the two lower ones, the upper of the two upper ones. A group in which
//! every resample decides alike (20 of 20) would otherwise get limits of no width.

use crate::cohort::Strata;
use crate::config::{Endpoint, StatisticsSpec};
use crate::metrics::{ConfusionCounts, MatrixMetric, NestedDraws, NestedInterval, share_of_matrix};
use crate::statistics::{NotEstimable, detectable_by_standard_error};

use super::estimates::is_wide;
use super::metric::Metric;
use super::{Comparison, Estimate, EstimateFlag, EstimateStatus};

/// Id of the method.
pub(super) const METHOD: &str = "bootstrap_nested_threshold";
/// Power of detectable differences.
const POWER: f64 = 0.8;

/// The resamples of one endpoint, looked at in one partition of the samples.
pub(super) struct NestedLimits<'a> {
    pub(super) draws: &'a NestedDraws,
    /// Place of the partition among those drawn for.
    pub(super) partition: usize,
    pub(super) strata: &'a Strata,
    pub(super) level: usize,
}

/// A figure of one matrix; `None` where it is undefined there.
fn value_of(metric: Metric, prevalence: Option<f64>, counts: &ConfusionCounts) -> Option<f64> {
    let share = |of: Metric| share_of_matrix(of.share()?, counts);
    let ratio = |above: f64, below: f64| (below > 0.0).then(|| above / below);
    let classes = || Some((share(Metric::Sensitivity)?, share(Metric::Specificity)?));
    match metric {
        Metric::BalancedAccuracy => MatrixMetric::BalancedAccuracy.value(counts),
        Metric::Youden => MatrixMetric::Youden.value(counts),
        Metric::F1 => MatrixMetric::F1.value(counts),
        Metric::Mcc => MatrixMetric::Mcc.value(counts),
        Metric::LikelihoodRatioPositive => {
            let (sensitivity, specificity) = classes()?;
            ratio(sensitivity, 1.0 - specificity)
        }
        Metric::LikelihoodRatioNegative => {
            let (sensitivity, specificity) = classes()?;
            ratio(1.0 - sensitivity, specificity)
        }
        Metric::DiagnosticOddsRatio => ratio(
            counts.true_positive as f64 * counts.true_negative as f64,
            counts.false_positive as f64 * counts.false_negative as f64,
        ),
        Metric::PpvAtPrevalence => {
            let ((sensitivity, specificity), share) = (classes()?, prevalence?);
            let right = sensitivity * share;
            ratio(right, right + (1.0 - specificity) * (1.0 - share))
        }
        Metric::NpvAtPrevalence => {
            let ((sensitivity, specificity), share) = (classes()?, prevalence?);
            let right = specificity * (1.0 - share);
            ratio(right, right + (1.0 - sensitivity) * share)
        }
        other => share(other),
    }
}

impl NestedLimits<'_> {
    /// Widens every estimate that depends on the threshold, and marks it.
    pub(super) fn estimates(
        &self,
        spec: &StatisticsSpec,
        endpoint: &Endpoint,
        rows: &mut [Estimate],
    ) {
        let metrics = Metric::ALL
            .into_iter()
            .filter(|metric| metric.follows_threshold());
        let named = metrics.flat_map(|metric| {
            let ids = metric.ids(endpoint);
            ids.into_iter().map(move |named| (metric, named))
        });
        for (metric, (id, prevalence)) in named {
            let own = rows
                .iter_mut()
                .filter(|row| row.metric == id && row.status == EstimateStatus::Ok);
            for row in own {
                let found = self.draws.interval(
                    self.partition,
                    &[self.level],
                    |counts| value_of(metric, prevalence, counts),
                    spec.confidence,
                );
                widen_estimate(row, metric, found);
            }
        }
    }

    /// The same for differences; `reference` is `complement` or a level.
    pub(super) fn comparisons(&self, spec: &StatisticsSpec, rows: &mut [Comparison]) {
        for metric in [Metric::Sensitivity, Metric::Specificity] {
            let own = rows
                .iter_mut()
                .filter(|row| row.metric == metric.id() && row.status == EstimateStatus::Ok);
            for row in own {
                let found = self.draws.difference(
                    self.partition,
                    (&[self.level], &self.others(&row.reference)),
                    |counts| value_of(metric, None, counts),
                    spec.confidence,
                );
                widen_comparison(row, spec, found);
            }
        }
    }

    /// Levels of the other arm.
    fn others(&self, reference: &str) -> Vec<usize> {
        let strata = self.strata;
        (0..strata.levels.len())
            .filter(|level| {
                if reference == "complement" {
                    *level != self.level && !strata.holds_missing[*level]
                } else {
                    strata.levels[*level] == reference
                }
            })
            .collect()
    }
}

fn lost(why: &NotEstimable) -> String {
    format!("{why}, so that no limits carry the choice of the threshold")
}

fn widen_estimate(row: &mut Estimate, metric: Metric, found: Result<NestedInterval, NotEstimable>) {
    row.flags.push(EstimateFlag::ThresholdChosenHere);
    match (found, row.estimate, row.lower, row.upper) {
        (Ok(found), Some(estimate), Some(lower), Some(upper)) => {
            row.lower = Some(lower.min(found.interval.lower).min(estimate));
            row.upper = Some(upper.max(found.interval.upper).max(estimate));
            row.standard_error = row
                .standard_error
                .map(|error| error.max(found.standard_error))
                .or(Some(found.standard_error));
            row.method = METHOD.to_owned();
        }
        (Err(why), ..) => {
            (row.lower, row.upper, row.standard_error) = (None, None, None);
            row.reason = Some(lost(&why));
            row.method = METHOD.to_owned();
        }
        // Without limits at a given threshold there are none at a chosen one; the reason stands.
        _ => {}
    }
    let unreliable = row.flags.contains(&EstimateFlag::Unreliable);
    if !unreliable && (row.lower.is_none() || is_wide(metric, row.lower, row.upper)) {
        row.flags.push(EstimateFlag::Unreliable);
    }
    row.flags.sort();
}

fn widen_comparison(
    row: &mut Comparison,
    spec: &StatisticsSpec,
    found: Result<(NestedInterval, f64), NotEstimable>,
) {
    row.method = METHOD.to_owned();
    match found {
        Ok((found, p)) => {
            let floor = row.difference.unwrap_or(found.interval.lower);
            row.lower = row
                .lower
                .map(|lower| lower.min(found.interval.lower).min(floor));
            row.upper = row
                .upper
                .map(|upper| upper.max(found.interval.upper).max(floor));
            row.p = row.p.map(|own| own.max(p));
            let alpha = (1.0 - spec.confidence) / 2.0;
            let by_choice = detectable_by_standard_error(found.standard_error, alpha, POWER);
            row.minimum_detectable = row.minimum_detectable.map(|own| own.max(by_choice));
        }
        Err(why) => {
            (row.lower, row.upper, row.p, row.minimum_detectable) = (None, None, None, None);
            row.status = EstimateStatus::NotEstimable;
            row.reason = Some(lost(&why));
        }
    }
}
