//! Thresholds of the made-up results.

use crate::assessment::{
    EstimateStatus, GroupThreshold, SweepPoint, ThresholdChoice, ThresholdSweep,
};

use super::example::Group;
use super::result::{TuningFailure, TuningSummary};

/// What if: one row for each level of a single attribute; the smallest group has none.
pub(super) fn group_thresholds(groups: &[Group]) -> Vec<GroupThreshold> {
    groups
        .iter()
        .filter(|g| g.0 != "overall" && !g.0.contains('*'))
        .map(|(attribute, level, p, tp, n, fp, patients)| {
            let enough = *p > 10;
            let share = |k: u64, of: u64| (enough && of > 0).then(|| k as f64 / of as f64);
            GroupThreshold {
                endpoint: "effusion".to_owned(),
                attribute: attribute.clone(),
                level: level.clone(),
                rule: "same_sensitivity".to_owned(),
                target: Some(0.915),
                on: "measured".to_owned(),
                threshold: enough.then_some(0.43),
                sensitivity: share(*tp, *p),
                specificity: share(n - fp, *n),
                n_positive: Some(*p),
                n_negative: Some(*n),
                n_patients: Some(*patients),
                measured_sensitivity: share(*tp, *p),
                measured_specificity: share(n - fp, *n),
                status: if enough {
                    EstimateStatus::Ok
                } else {
                    EstimateStatus::NotEstimable
                },
                reason: (!enough)
                    .then(|| "only one class is present (12 positive, 0 negative)".to_owned()),
            }
        })
        .collect()
}

pub(super) fn threshold_sweeps(groups: &[Group]) -> Vec<ThresholdSweep> {
    groups
        .iter()
        .filter(|g| !g.0.contains('*'))
        .map(|(attribute, level, p, tp, n, fp, _)| ThresholdSweep {
            endpoint: "effusion".to_owned(),
            attribute: attribute.clone(),
            level: level.clone(),
            n_positive: Some(*p),
            n_negative: Some(*n),
            points: (0..=20)
                .map(|i| {
                    let threshold = 0.05 * f64::from(i);
                    let power = |k: u64, of: u64| (of > 0).then(|| k as f64 / of as f64);
                    SweepPoint {
                        threshold,
                        sensitivity: power(*tp, *p).map(|v| 1.0 - threshold * (2.0 - 2.0 * v)),
                        specificity: power(n - fp, *n)
                            .map(|v| (v + 0.5 * (threshold - 0.5)).min(1.0)),
                        sensitivity_gap: (attribute != "overall")
                            .then(|| 0.1 * threshold - 0.004 * *p as f64 / 10.0),
                        specificity_gap: None,
                    }
                })
                .collect(),
        })
        .collect()
}

/// Samples set aside in a table without patients.
pub(super) fn tuning() -> TuningSummary {
    TuningSummary {
        n_samples: 202,
        n_patients: 202,
        n_failed: 2,
        failures: vec![TuningFailure {
            reason: "file-absent".to_owned(),
            n: 2,
        }],
        patients_apart: false,
    }
}

/// A threshold chosen on the tuning split or on the measured samples.
pub(super) fn chosen(on: &str) -> ThresholdChoice {
    let nested = on == "nested";
    ThresholdChoice {
        rule: "target_sensitivity".to_owned(),
        target: Some(0.9),
        on: on.to_owned(),
        n: 200,
        n_positive: 80,
        n_negative: 120,
        n_patients: 180,
        sensitivity: 0.9,
        specificity: 0.85,
        lower: nested.then_some(0.41),
        upper: nested.then_some(0.58),
        confidence_level: nested.then_some(0.95),
        replicates: nested.then_some(2_000),
        replicates_with_threshold: nested.then_some(2_000),
        reason: None,
        method: "threshold_target_sensitivity".to_owned(),
    }
}
