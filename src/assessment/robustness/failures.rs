//! Failed samples counted as wrong decisions, beside the plain estimates.

use crate::assessment::metric::Metric;
use crate::assessment::quantities::proportion_method;
use crate::assessment::{Estimate, EstimateStatus, Measured};
use crate::cohort::{Cohort, Strata, Truth};
use crate::inference::Predictions;

use super::counts::{ClassCounts, by_class};
use super::{Endpoint, FailuresAsErrors, SHARES, Setting};

/// Adds the failed samples with a known truth of the endpoint at `place` as wrong decisions:
/// missed positives, false alarms. Gives how many were added. Afterwards only decisions mean
/// anything; the scores are no longer in order.
pub fn count_failed_as_errors(
    measured: &mut Measured,
    cohort: &Cohort,
    predictions: &Predictions,
    place: usize,
) -> u64 {
    let before = measured.samples.len();
    for ((sample, truth), status) in (0u32..).zip(&cohort.truth[place]).zip(0..) {
        let positive = match truth {
            Truth::Indeterminate => continue,
            Truth::Positive => true,
            Truth::Negative => false,
        };
        if predictions.is_scored(status) {
            continue;
        }
        measured.samples.push(sample);
        measured.y_true.push(positive);
        measured.flagged.push(!positive);
        measured.patient.push(cohort.patient_of[status]);
        measured.y_score.push(f64::from(u8::from(!positive)));
        if let Some(logit) = &mut measured.logit {
            logit.push(0.0);
        }
    }
    let added = measured.samples.len() - before;
    if added > 0 {
        // Nothing but decisions is taken from these samples, which have no score.
        measured.log_odds = None;
        measured.by_patient = (0u32..).take(measured.patient.len()).collect();
        let patient = &measured.patient;
        measured
            .by_patient
            .sort_by_key(|place| patient[*place as usize]);
    }
    added as u64
}

/// One row for each stratum and metric; none where no sample with a known truth failed.
pub(super) fn failures_as_errors(
    setting: &Setting<'_>,
    endpoint: &Endpoint<'_>,
    cohort: &Cohort,
    predictions: &Predictions,
) -> Vec<FailuresAsErrors> {
    // Looked for first, since the copy is large and nearly every audit has no failure.
    if predictions.failures().next().is_none() {
        return Vec::new();
    }
    let mut measured = endpoint.measured.clone();
    if count_failed_as_errors(&mut measured, cohort, predictions, endpoint.place) == 0 {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for strata in endpoint.strata {
        let counts = by_class(&measured, strata.levels.len(), |sample| {
            Some(usize::from(strata.codes[sample]))
        });
        for ((metric, _), counts) in SHARES.into_iter().zip(&counts) {
            let plain: Vec<&Estimate> = endpoint
                .estimates
                .iter()
                .filter(|one| one.attribute == strata.attribute && one.metric == metric.id())
                .collect();
            rows.extend(
                (0..strata.levels.len())
                    .map(|level| row(setting, strata, metric, counts, level, &plain)),
            );
        }
    }
    rows
}

fn row(
    setting: &Setting<'_>,
    strata: &Strata,
    metric: Metric,
    counts: &ClassCounts,
    level: usize,
    plain: &[&Estimate],
) -> FailuresAsErrors {
    let spec = &setting.audit.statistics;
    let (attribute, name) = (&strata.attribute, &strata.levels[level]);
    let plain = plain.iter().find(|one| one.level == *name);
    let n_class = counts.sums(level).1;
    let mut row = FailuresAsErrors {
        id: setting.id(metric, &format!("{attribute}.{name}-with-failures")),
        endpoint: setting.measured.endpoint.clone(),
        metric: metric.id().to_owned(),
        attribute: attribute.clone(),
        level: name.clone(),
        n_class: Some(n_class),
        n_failed: Some(n_class - plain.and_then(|plain| plain.n_class).unwrap_or_default()),
        plain_estimate: plain.and_then(|plain| plain.estimate),
        plain_lower: plain.and_then(|plain| plain.lower),
        plain_upper: plain.and_then(|plain| plain.upper),
        estimate: None,
        lower: None,
        upper: None,
        confidence_level: spec.confidence,
        method: String::new(),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    let found = counts.proportion(level).and_then(|found| {
        let (limits, method) = found.interval(proportion_method(spec), spec.confidence)?;
        Ok((found.estimate, limits, method))
    });
    match found {
        Err(why) => row.reason = Some(why.to_string()),
        Ok((estimate, limits, method)) => {
            row.estimate = Some(estimate);
            row.lower = Some(limits.lower);
            row.upper = Some(limits.upper);
            method.clone_into(&mut row.method);
            row.status = EstimateStatus::Ok;
        }
    }
    row
}
