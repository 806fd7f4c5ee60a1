//! Limits of metrics of the whole matrix without resamples, for few patients of a kind of decision.

use super::confusion::ShareOf;
use super::kinds::ConfusionKinds;
use super::resampled::MatrixMetric;
use crate::statistics::{
    ClusteredProportion, Interval, Kind, NotEstimable, merged, sum_of_proportions,
};

/// Limits, and the id of their method.
///
/// Balanced accuracy and Youden's J: MOVER from the (clustered) Wilson limits of sensitivity and
/// specificity ([`sum_of_proportions`]). Matthews' coefficient: the same at the group's own share of
/// positives, the distance to each Wilson limit measured on the coefficient itself. F1 is
/// 2 J / (1 + J) of the Jaccard index J = tp / (tp + fp + fn), a share, and has its Wilson limits.
/// The first is checked against statsmodels, the others have no number from elsewhere: laws in the
/// tests hold them against Wilson's limits and against resamples of large groups.
pub(super) fn closed_limits(
    kinds: &ConfusionKinds,
    metric: MatrixMetric,
    confidence: f64,
) -> (Result<Interval, NotEstimable>, &'static str) {
    match metric {
        MatrixMetric::BalancedAccuracy => (sum(kinds, 0.5, 0.0, confidence), "mover_wilson_sum"),
        MatrixMetric::Youden => (sum(kinds, 1.0, -1.0, confidence), "mover_wilson_sum"),
        MatrixMetric::F1 => (f1(kinds, confidence), "wilson_jaccard"),
        MatrixMetric::Mcc => (mcc(kinds, confidence), "mover_wilson_mcc"),
    }
}

fn both(
    kinds: &ConfusionKinds,
) -> Result<(ClusteredProportion, ClusteredProportion), NotEstimable> {
    let sensitivity = kinds.proportion(ShareOf::Sensitivity)?;
    Ok((sensitivity, kinds.proportion(ShareOf::Specificity)?))
}

fn sum(
    kinds: &ConfusionKinds,
    scale: f64,
    shift: f64,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    let (sensitivity, specificity) = both(kinds)?;
    let sum = sum_of_proportions(&sensitivity, &specificity, confidence)?;
    Ok(Interval {
        lower: scale * sum.lower + shift,
        upper: scale * sum.upper + shift,
    })
}

fn f1(kinds: &ConfusionKinds, confidence: f64) -> Result<Interval, NotEstimable> {
    let of = |counts: &super::ConfusionCounts| {
        let [tp, fn_, fp, _] = counts.cells();
        (tp, tp + fn_ + fp)
    };
    let found = if kinds.is_clustered() {
        let shares: Vec<Kind<(u64, u64)>> = kinds
            .units()
            .iter()
            .map(|(counts, times)| (of(counts), *times))
            .collect();
        ClusteredProportion::from_kinds(&merged(shares))?
    } else {
        let (events, trials) = of(&kinds.total());
        ClusteredProportion::unclustered(events, trials)?
    };
    let limits = found.wilson(confidence)?;
    let f1 = |jaccard: f64| 2.0 * jaccard / (1.0 + jaccard);
    Ok(Interval {
        lower: f1(limits.lower),
        upper: f1(limits.upper),
    })
}

fn mcc(kinds: &ConfusionKinds, confidence: f64) -> Result<Interval, NotEstimable> {
    let (sensitivity, specificity) = both(kinds)?;
    let positives = sensitivity.trials as f64;
    let share = positives / (positives + specificity.trials as f64);
    let at = |sensitivity: f64, specificity: f64| {
        let called = share * sensitivity + (1.0 - share) * (1.0 - specificity);
        let spread = (share * (1.0 - share) / (called * (1.0 - called))).sqrt();
        let found = (sensitivity + specificity - 1.0) * spread;
        // Where everything is called the same the coefficient has no value, and its limit is 0.
        if found.is_finite() { found } else { 0.0 }
    };
    let (a, b) = (sensitivity.estimate, specificity.estimate);
    let (first, second) = (
        sensitivity.wilson(confidence)?,
        specificity.wilson(confidence)?,
    );
    let own = at(a, b);
    let below = (own - at(first.lower, b)).hypot(own - at(a, second.lower));
    let above = (at(first.upper, b) - own).hypot(at(a, second.upper) - own);
    Ok(Interval {
        lower: (own - below).max(-1.0),
        upper: (own + above).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ConfusionCounts, MatrixDraws};
    use super::*;
    use crate::statistics::wilson;

    fn kinds(tp: u64, fn_: u64, fp: u64, tn: u64) -> ConfusionKinds {
        let one = |positive: bool, flagged: bool| {
            let mut counts = ConfusionCounts::default();
            counts.add(positive, flagged);
            counts
        };
        let all = vec![
            (one(true, true), tp),
            (one(true, false), fn_),
            (one(false, true), fp),
            (one(false, false), tn),
        ];
        ConfusionKinds::from_kinds(all, true)
    }

    #[test]
    fn f1_has_the_limits_of_the_jaccard_index() {
        let of = ConfusionKinds::from_kinds(kinds(45, 3, 2, 50).units(), false);
        let (limits, method) = closed_limits(&of, MatrixMetric::F1, 0.95);
        let (limits, jaccard) = (limits.unwrap(), wilson(45.0, 50.0, 0.95).unwrap());
        assert_eq!(method, "wilson_jaccard");
        assert!((limits.lower - 2.0 * jaccard.lower / (1.0 + jaccard.lower)).abs() < 1e-12);
        assert!((limits.upper - 2.0 * jaccard.upper / (1.0 + jaccard.upper)).abs() < 1e-12);
    }

    #[test]
    fn many_patients_have_the_limits_of_their_resamples() {
        let of = kinds(820, 80, 150, 950);
        let drawn = of.matrix_metrics(0.95, &MatrixDraws::new(4000, 1));
        for (metric, found) in drawn {
            let found = found.unwrap();
            assert_eq!(found.closed, None);
            let drawn = found.interval.unwrap();
            let closed = closed_limits(&of, metric, 0.95).0.unwrap();
            let ratio = closed.width() / drawn.width();
            assert!(
                (0.88..1.12).contains(&ratio),
                "{metric:?} {closed:?} {drawn:?}"
            );
            assert!(closed.lower < found.estimate && found.estimate < closed.upper);
        }
    }

    #[test]
    fn few_patients_of_a_kind_widen_what_resamples_show() {
        // One error of each class.
        let of = kinds(29, 1, 1, 29);
        for (metric, found) in of.matrix_metrics(0.95, &MatrixDraws::new(2000, 1)) {
            let found = found.unwrap();
            let limits = found.interval.unwrap();
            assert!(found.closed.is_some() && found.standard_error.is_none());
            assert!(
                limits.lower < 0.9 && limits.upper > found.estimate,
                "{metric:?} {limits:?}"
            );
            assert!(limits.upper <= 1.0, "{metric:?} {limits:?}");
        }
        // Nobody is called positive: Matthews' coefficient has no value, F1 is 0 of some.
        let none = kinds(0, 10, 0, 30);
        for (metric, found) in none.matrix_metrics(0.95, &MatrixDraws::new(200, 1)) {
            match metric {
                MatrixMetric::Mcc => assert!(found.is_err()),
                MatrixMetric::F1 => {
                    let limits = found.unwrap().interval.unwrap();
                    assert!(limits.lower == 0.0 && limits.upper > 0.2, "{limits:?}");
                }
                _ => assert!(found.unwrap().interval.is_ok()),
            }
        }
    }
}
