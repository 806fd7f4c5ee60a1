//! Scores of joined samples.

use crate::config::{Aggregation, AggregationRule};

use super::{Predictions, SampleStatus};

/// Joins the scores of the samples of each unit. Samples without a score are left aside; a
/// unit without any has none. Joined scores have no log odds of their own. `lower`: for each
/// score, whether lower is more positive.
///
/// With scores s_1 ... s_n of a unit's scored samples, in the manifest's order:
///
/// - mean: sum of s_i / n; max, min: the largest, the smallest; first: s_1.
/// - noisy_or: 1 - product of (1 - s_i), the chance that any of n independent findings is there.
/// - any: the most positive of them (largest, or smallest where lower is positive), so that the
///   unit is positive at a threshold exactly when any sample is. all: the least positive.
/// - vote: the share of samples with s_i >= t, t the step's own threshold. Where lower is
///   positive, s_i <= t is a vote, and the score is the share that does not vote, so that lower
///   still is more positive.
#[must_use]
pub fn aggregate(
    predictions: &Predictions,
    members: &[Vec<usize>],
    aggregation: &Aggregation,
    lower: &[bool],
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
        for (place, (target, scores)) in joined
            .scores
            .iter_mut()
            .zip(&predictions.scores)
            .enumerate()
        {
            let values: Vec<f64> = scored.iter().map(|sample| scores[*sample]).collect();
            let threshold = aggregation.vote_threshold(&predictions.names[place]);
            let lower = lower.get(place).copied().unwrap_or(false);
            target[unit] = joined_score(&values, aggregation.by, threshold, lower);
        }
        joined.status[unit] = SampleStatus::Scored;
    }
    joined
}

/// `values` is never empty. A vote on a score that no endpoint takes may lack a threshold: NaN.
fn joined_score(values: &[f64], rule: AggregationRule, threshold: Option<f64>, lower: bool) -> f64 {
    let largest = || values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = || values.iter().copied().fold(f64::INFINITY, f64::min);
    match rule {
        AggregationRule::Mean => values.iter().sum::<f64>() / values.len() as f64,
        AggregationRule::Max => largest(),
        AggregationRule::Min => smallest(),
        AggregationRule::NoisyOr => 1.0 - values.iter().map(|p| 1.0 - p).product::<f64>(),
        AggregationRule::First => values[0],
        AggregationRule::Any if lower => smallest(),
        AggregationRule::Any => largest(),
        AggregationRule::All if lower => largest(),
        AggregationRule::All => smallest(),
        AggregationRule::Vote => threshold.map_or(f64::NAN, |threshold| {
            let counted = |value: &&f64| {
                if lower {
                    **value > threshold
                } else {
                    **value >= threshold
                }
            };
            values.iter().filter(counted).count() as f64 / values.len() as f64
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::joined_score;
    use crate::config::AggregationRule;

    #[test]
    fn scores_are_joined_as_named() {
        let values = [0.5, 0.2, 0.8];
        let joined = |rule| joined_score(&values, rule, None, false);
        assert!((joined(AggregationRule::Mean) - 0.5).abs() < 1e-15);
        assert_eq!(joined(AggregationRule::Max), 0.8);
        assert_eq!(joined(AggregationRule::Min), 0.2);
        assert_eq!(joined(AggregationRule::First), 0.5);
        // 1 - 0.5 * 0.8 * 0.2
        assert!((joined(AggregationRule::NoisyOr) - 0.92).abs() < 1e-15);
    }

    #[test]
    fn any_and_all_are_decided_as_their_members_are() {
        let values = [0.5, 0.2, 0.8];
        for lower in [false, true] {
            for threshold in [0.1, 0.2, 0.4, 0.5, 0.8, 0.9] {
                let is_positive = |score: f64| {
                    if lower {
                        score <= threshold
                    } else {
                        score >= threshold
                    }
                };
                let joined = |rule| is_positive(joined_score(&values, rule, None, lower));
                let decisions: Vec<bool> = values.iter().copied().map(is_positive).collect();
                assert_eq!(joined(AggregationRule::Any), decisions.contains(&true));
                assert_eq!(joined(AggregationRule::All), !decisions.contains(&false));
            }
        }
    }

    #[test]
    fn a_vote_is_the_share_of_members_at_their_own_threshold() {
        let values = [0.5, 0.2, 0.8, 0.4];
        let vote =
            |threshold, lower| joined_score(&values, AggregationRule::Vote, Some(threshold), lower);
        // 0.5 and 0.8 vote; a tie with the threshold is a vote.
        assert_eq!(vote(0.5, false), 0.5);
        assert_eq!(vote(0.2, false), 1.0);
        assert_eq!(vote(0.81, false), 0.0);
        // 0.2 and 0.4 vote, so that half does not.
        assert_eq!(vote(0.4, true), 0.5);
        assert_eq!(vote(0.1, true), 1.0);
    }
}
