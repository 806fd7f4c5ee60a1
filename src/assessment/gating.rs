//! Intervals of score metrics that a gate may decide on.

use crate::metrics::ConfusionCounts;
use crate::statistics::NotEstimable;

use super::measured::Group;
use super::metric::Metric;
use super::scores::{ScoreInterval, score_interval};

/// Patients that must carry the rarer outcome before a gate decides on O:E, calibration intercept
/// or slope.
pub const FEWEST_CARRIERS: u64 = 10;

/// The interval of a ranking or calibration metric that verdicts follow from.
///
/// It is the displayed one, except for O:E, calibration intercept and slope: their sandwich and
/// ratio variances rest on the patients with the rarer outcome, and with few of them a perfectly
/// calibrated model fails a nominal 2.5% check up to 11% of the time. They are decided on with
/// [`ScaledEstimate::on_carriers`](crate::statistics::ScaledEstimate::on_carriers), and not at all
/// below ten such patients. Simulated error rates are then at most 3%
/// (docs/calibration-gate-rates.csv).
///
/// # Errors
/// As [`score_interval`]; fewer than ten patients carry the rarer outcome; an area of patients with
/// several samples of whom fewer than ten are of a class.
pub fn gating_interval(metric: Metric, group: &Group) -> Result<ScoreInterval, NotEstimable> {
    let found = score_interval(metric, group)?;
    if let ScoreInterval::Auroc(area, _) = &found
        && let Some(why) = area.undecided()
    {
        return Err(why);
    }
    let method = match metric {
        Metric::OeRatio => "log_ratio_cluster_carriers",
        Metric::CalibrationIntercept | Metric::CalibrationSlope => "cluster_sandwich_carriers",
        _ => return Ok(found),
    };
    let (carriers, who) = carriers(group);
    if carriers < FEWEST_CARRIERS {
        return Err(NotEstimable::Other(format!(
            "{who} with the rarer outcome: {carriers}; a gate decides on this figure from {FEWEST_CARRIERS} on, since its limits are too narrow with fewer"
        )));
    }
    match found {
        ScoreInterval::Scaled(value) => value
            .on_carriers(carriers, method)
            .map(ScoreInterval::Scaled),
        area @ ScoreInterval::Auroc(..) => Ok(area),
    }
}

/// Patients (samples where these are taken as independent) with the rarer outcome.
pub(super) fn carriers(group: &Group) -> (u64, &'static str) {
    let positive = |counts: &ConfusionCounts| counts.true_positive + counts.false_negative;
    let negative = |counts: &ConfusionCounts| counts.true_negative + counts.false_positive;
    if group.clustered {
        let (one, other) = (group.n_patients(positive), group.n_patients(negative));
        (one.min(other), "patients")
    } else {
        let (one, all) = (group.n_positive(), group.n());
        (one.min(all - one), "samples")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sample a patient, `events` of them positive, scores on a grid that separates no classes.
    fn group(n: u32, events: u32) -> Group {
        let place = |i: u32| f64::from((i * 37) % n);
        Group {
            y_true: (0..n).map(|i| (i + 20) % n < events).collect(),
            y_score: (0..n)
                .map(|i| 0.02 + 0.9 * place(i) / f64::from(n))
                .collect(),
            logit: None,
            flagged: vec![false; n as usize],
            patient: (0..n).collect(),
            probability: true,
            lower: false,
            clustered: true,
            found: Default::default(),
        }
    }

    #[test]
    fn no_decision_on_one_event_and_wider_limits_on_few() {
        for metric in [
            Metric::OeRatio,
            Metric::CalibrationIntercept,
            Metric::CalibrationSlope,
        ] {
            let why = gating_interval(metric, &group(41, 1))
                .unwrap_err()
                .to_string();
            assert!(
                why.starts_with("patients with the rarer outcome: 1;"),
                "{why}"
            );
            let few = group(101, 12);
            let shown = score_interval(metric, &few).unwrap();
            let gated = gating_interval(metric, &few).unwrap();
            assert_eq!(shown.estimate(), gated.estimate());
            // sqrt(12 / 11) and t(11) = 2.200985 for z = 1.959964: 1.1729 times as wide.
            let ratio = gated.standard_error().unwrap() / shown.standard_error().unwrap();
            assert!((ratio - 1.044_465_9).abs() < 1e-7);
            if metric == Metric::CalibrationSlope {
                let width = |of: &ScoreInterval| of.interval(0.95).unwrap().width();
                assert!((width(&gated) / width(&shown) - 1.172_91).abs() < 1e-4);
            }
        }
        let brier = gating_interval(Metric::Brier, &group(41, 1)).unwrap();
        assert_eq!(brier.method(0.95).unwrap(), "ratio_mean_cluster");
    }
}
