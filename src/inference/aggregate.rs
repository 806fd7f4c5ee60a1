//! Scores of joined samples.

use crate::config::AggregationRule;

use super::{Predictions, SampleStatus};

/// Joins the scores of the samples of each unit. Samples without a score are left aside; a
/// unit without any has none. Joined scores have no log odds of their own.
#[must_use]
pub fn aggregate(
    predictions: &Predictions,
    members: &[Vec<usize>],
    rule: AggregationRule,
) -> Predictions {
    let mut joined = Predictions::unscored(predictions.names.clone(), false, members.len());
    for (unit, samples) in members.iter().enumerate() {
        let scored: Vec<usize> = samples
            .iter()
            .copied()
            .filter(|sample| predictions.is_scored(*sample))
            .collect();
        if scored.is_empty() {
            let reason = samples
                .iter()
                .find_map(|sample| match &predictions.status[*sample] {
                    SampleStatus::Failed(failure) => Some(failure.reason.as_str()),
                    SampleStatus::Scored => None,
                });
            joined.status[unit] = SampleStatus::failed(
                reason.unwrap_or("no-score"),
                "none of its samples has a score",
            );
            continue;
        }
        for (target, scores) in joined.scores.iter_mut().zip(&predictions.scores) {
            let values: Vec<f64> = scored.iter().map(|sample| scores[*sample]).collect();
            target[unit] = joined_score(&values, rule);
        }
        joined.status[unit] = SampleStatus::Scored;
    }
    joined
}

/// `values` is never empty.
fn joined_score(values: &[f64], rule: AggregationRule) -> f64 {
    match rule {
        AggregationRule::Mean => values.iter().sum::<f64>() / values.len() as f64,
        AggregationRule::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        AggregationRule::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
        AggregationRule::NoisyOr => 1.0 - values.iter().map(|p| 1.0 - p).product::<f64>(),
        AggregationRule::First => values[0],
    }
}

#[cfg(test)]
mod tests {
    use super::joined_score;
    use crate::config::AggregationRule;

    #[test]
    fn scores_are_joined_as_named() {
        let values = [0.5, 0.2, 0.8];
        assert!((joined_score(&values, AggregationRule::Mean) - 0.5).abs() < 1e-15);
        assert_eq!(joined_score(&values, AggregationRule::Max), 0.8);
        assert_eq!(joined_score(&values, AggregationRule::Min), 0.2);
        assert_eq!(joined_score(&values, AggregationRule::First), 0.5);
        // 1 - 0.5 * 0.8 * 0.2
        assert!((joined_score(&values, AggregationRule::NoisyOr) - 0.92).abs() < 1e-15);
    }
}
