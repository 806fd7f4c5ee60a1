//! Choice of a threshold from scores and truth: Youden's index, a target sensitivity, a target
//! specificity.

use crate::statistics::NotEstimable;

/// What a threshold is chosen for.
///
/// Only observed scores are candidates, and a sample is called positive when its score is on the
/// threshold or beyond it (score >= threshold; <= where lower scores are more positive). Ties are
/// broken as each rule says, so that the choice depends on nothing but scores and truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ChoiceRule {
    /// The largest sensitivity + specificity - 1 (Youden 1950). Of several scores with the same
    /// value the one that calls fewest positive. Compared as whole numbers (tp x negatives -
    /// fp x positives), so that rounding breaks no tie.
    Youden,
    /// Of the scores with tp / positives >= target the one that calls fewest positive. Reached by
    /// the last candidate at the latest, which calls every sample positive.
    TargetSensitivity(f64),
    /// Of the scores with tn / negatives >= target the one that calls most positive. Not reached
    /// when even the first candidate calls too many negatives positive.
    TargetSpecificity(f64),
}

/// A chosen threshold with what it achieves where it was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// The chosen score.
    pub threshold: f64,
    /// Share of positives called positive.
    pub sensitivity: f64,
    /// Share of negatives called negative.
    pub specificity: f64,
    /// Place of the score among the distinct ones, from the most positive.
    pub step: u32,
}

/// Distinct scores in order, and where each sample stands among them: sorted once, so that a
/// choice under new weights is one pass.
#[derive(Debug, Clone)]
pub struct ScoreLadder {
    scores: Vec<f64>,
    step_of: Vec<u32>,
    y_true: Vec<bool>,
}

impl ScoreLadder {
    /// Sorts the scores; with `lower` the lowest is the most positive.
    ///
    /// # Errors
    /// No sample, lengths that differ, a score that is no finite number.
    pub fn new(y_true: &[bool], y_score: &[f64], lower: bool) -> Result<Self, NotEstimable> {
        if y_true.len() != y_score.len() {
            return Err(NotEstimable::Other(
                "truth and scores differ in length".to_owned(),
            ));
        }
        if y_true.is_empty() {
            return Err(NotEstimable::Empty("samples"));
        }
        if let Some(bad) = y_score.iter().find(|score| !score.is_finite()) {
            return Err(NotEstimable::Other(format!(
                "a score is {bad}, which is no finite number"
            )));
        }
        let mut order: Vec<usize> = (0..y_score.len()).collect();
        // Scores that ascend, as they often do, are in order then, or nearly so.
        if !lower {
            order.reverse();
        }
        order.sort_by(|a, b| {
            let ascending = y_score[*a].total_cmp(&y_score[*b]);
            if lower {
                ascending
            } else {
                ascending.reverse()
            }
        });
        let mut scores: Vec<f64> = Vec::new();
        let mut step_of = vec![0u32; y_score.len()];
        for row in order {
            // -0 and 0 are one score.
            if scores.last() != Some(&y_score[row]) {
                scores.push(y_score[row]);
            }
            step_of[row] = scores.len() as u32 - 1;
        }
        Ok(Self {
            scores,
            step_of,
            y_true: y_true.to_vec(),
        })
    }

    /// Whether a sample is called positive at a step.
    #[must_use]
    pub fn is_flagged(&self, row: usize, step: u32) -> bool {
        self.step_of[row] <= step
    }

    /// Whether a sample is positive.
    #[must_use]
    pub fn is_positive(&self, row: usize) -> bool {
        self.y_true[row]
    }

    /// Samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.y_true.len()
    }

    /// Whether there is none; never after [`ScoreLadder::new`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.y_true.is_empty()
    }

    /// The threshold that a rule chooses when sample `row` counts `weight(row)` times. Scores of
    /// samples that count 0 times are no candidates.
    ///
    /// # Errors
    /// One class; a target specificity that no observed score reaches.
    pub fn choose(
        &self,
        rule: ChoiceRule,
        weight: impl Fn(usize) -> u64,
    ) -> Result<Choice, NotEstimable> {
        let mut at_step = vec![(0u64, 0u64); self.scores.len()];
        for (row, positive) in self.y_true.iter().enumerate() {
            let (positives, negatives) = &mut at_step[self.step_of[row] as usize];
            *(if *positive { positives } else { negatives }) += weight(row);
        }
        let (positives, negatives) = at_step
            .iter()
            .fold((0, 0), |all, step| (all.0 + step.0, all.1 + step.1));
        if positives == 0 || negatives == 0 {
            return Err(NotEstimable::OneClass(positives, negatives));
        }
        let mut best: Option<(usize, u64, u64)> = None;
        let (mut tp, mut fp) = (0u64, 0u64);
        let gain = |tp: u64, fp: u64| {
            i128::from(tp) * i128::from(negatives) - i128::from(fp) * i128::from(positives)
        };
        for (step, own) in at_step.iter().enumerate() {
            if *own == (0, 0) {
                continue;
            }
            (tp, fp) = (tp + own.0, fp + own.1);
            let here = (step, tp, fp);
            match rule {
                ChoiceRule::Youden => {
                    if best.is_none_or(|(_, tp, fp)| gain(here.1, here.2) > gain(tp, fp)) {
                        best = Some(here);
                    }
                }
                // Both sides are the doubles nearest to their values, so that 19/20 is 0.95.
                ChoiceRule::TargetSensitivity(target) => {
                    if tp as f64 / positives as f64 >= target {
                        best = Some(here);
                        break;
                    }
                }
                ChoiceRule::TargetSpecificity(target) => {
                    if (negatives - fp) as f64 / (negatives as f64) < target {
                        break;
                    }
                    best = Some(here);
                }
            }
        }
        let Some((step, tp, fp)) = best else {
            return Err(self.unreachable(rule, &at_step, negatives));
        };
        Ok(Choice {
            threshold: self.scores[step],
            sensitivity: tp as f64 / positives as f64,
            specificity: (negatives - fp) as f64 / negatives as f64,
            step: step as u32,
        })
    }

    /// Why no observed score will do: the largest specificity that one has.
    fn unreachable(
        &self,
        rule: ChoiceRule,
        at_step: &[(u64, u64)],
        negatives: u64,
    ) -> NotEstimable {
        let first = at_step.iter().position(|step| *step != (0, 0));
        let fp = first.map_or(0, |step| at_step[step].1);
        let most = (negatives - fp) as f64 / negatives as f64;
        let score = first.map_or(f64::NAN, |step| self.scores[step]);
        NotEstimable::Other(match rule {
            ChoiceRule::TargetSpecificity(target) => format!(
                "no observed score has a specificity of at least {target}: the most positive score, {score}, has {most:.4}"
            ),
            ChoiceRule::TargetSensitivity(target) => {
                format!("no observed score has a sensitivity of at least {target}")
            }
            ChoiceRule::Youden => "there is no observed score".to_owned(),
        })
    }
}

/// The threshold that a rule chooses on these samples.
///
/// Ranks only: a monotone map of the scores maps the threshold. Optimistic where performance is
/// then measured on the same samples (Ewald 2006; Leeflang et al. 2008).
///
/// # Errors
/// As [`ScoreLadder::new`] and [`ScoreLadder::choose`].
pub fn choose_threshold(
    rule: ChoiceRule,
    y_true: &[bool],
    y_score: &[f64],
    lower: bool,
) -> Result<Choice, NotEstimable> {
    ScoreLadder::new(y_true, y_score, lower)?.choose(rule, |_| 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "{got} for {expected}");
    }

    /// The four samples of scikit-learn's documentation of `roc_curve`.
    #[test]
    fn rules_on_the_example_of_scikit_learn() {
        let (y, score) = ([false, false, true, true], [0.1, 0.4, 0.35, 0.8]);
        let chosen = |rule| choose_threshold(rule, &y, &score, false).unwrap();
        // J is 0.5 at 0.8 and at 0.35: the one that calls fewest positive.
        let youden = chosen(ChoiceRule::Youden);
        assert_eq!(
            (youden.threshold, youden.sensitivity, youden.specificity),
            (0.8, 0.5, 1.0)
        );
        let sensitive = chosen(ChoiceRule::TargetSensitivity(0.95));
        assert_eq!(
            (
                sensitive.threshold,
                sensitive.sensitivity,
                sensitive.specificity
            ),
            (0.35, 1.0, 0.5)
        );
        let specific = chosen(ChoiceRule::TargetSpecificity(0.5));
        assert_eq!(
            (
                specific.threshold,
                specific.sensitivity,
                specific.specificity
            ),
            (0.35, 1.0, 0.5)
        );
        assert_eq!(chosen(ChoiceRule::TargetSpecificity(0.51)).threshold, 0.8);
    }

    /// Thresholds that scikit-learn's `roc_curve` and exact fractions choose
    /// (`fixtures/make_thresholds.py`).
    #[test]
    fn rules_on_the_stored_choices() {
        let text = include_str!("../../fixtures/thresholds.json");
        let cases: serde_json::Value = serde_json::from_str(text).unwrap();
        let cases = cases["cases"].as_array().unwrap();
        assert!(cases.len() >= 12);
        for case in cases {
            let y: Vec<bool> = case["y"]
                .as_array()
                .unwrap()
                .iter()
                .map(|y| y == 1)
                .collect();
            let score: Vec<f64> = case["score"]
                .as_array()
                .unwrap()
                .iter()
                .map(|score| score.as_f64().unwrap())
                .collect();
            let lower = case["lower"].as_bool().unwrap();
            for expected in case["choices"].as_array().unwrap() {
                let target = expected["value"].as_f64();
                let rule = match expected["rule"].as_str().unwrap() {
                    "youden" => ChoiceRule::Youden,
                    "target_sensitivity" => ChoiceRule::TargetSensitivity(target.unwrap()),
                    _ => ChoiceRule::TargetSpecificity(target.unwrap()),
                };
                let found = choose_threshold(rule, &y, &score, lower);
                if expected["threshold"].is_null() {
                    assert!(found.is_err(), "{expected}");
                    continue;
                }
                let found = found.unwrap();
                near(found.threshold, expected["threshold"].as_f64().unwrap());
                near(found.sensitivity, expected["sensitivity"].as_f64().unwrap());
                near(found.specificity, expected["specificity"].as_f64().unwrap());
            }
        }
    }

    #[test]
    fn a_share_that_equals_the_target_reaches_it() {
        // 19 of 20 positives above the rest.
        let y: Vec<bool> = (0..40).map(|row| row < 20).collect();
        let score: Vec<f64> = (0..40)
            .map(|row| match row {
                0..19 => 0.9,
                19 => 0.1,
                20..38 => 0.3,
                _ => 0.95,
            })
            .collect();
        let chosen =
            choose_threshold(ChoiceRule::TargetSensitivity(0.95), &y, &score, false).unwrap();
        assert_eq!((chosen.threshold, chosen.sensitivity), (0.9, 0.95));
        near(chosen.specificity, 0.9);
        let specific =
            choose_threshold(ChoiceRule::TargetSpecificity(0.9), &y, &score, false).unwrap();
        assert_eq!(specific.threshold, 0.9);
    }

    #[test]
    fn lower_scores_are_the_mirror_image() {
        let y: Vec<bool> = (0..50).map(|row| row * 7 % 11 < 4).collect();
        let score: Vec<f64> = (0..50).map(|row| f64::from(row * 13 % 17)).collect();
        let turned: Vec<f64> = score.iter().map(|score| -score).collect();
        for rule in [
            ChoiceRule::Youden,
            ChoiceRule::TargetSensitivity(0.8),
            ChoiceRule::TargetSpecificity(0.7),
        ] {
            let (higher, lower) = (
                choose_threshold(rule, &y, &score, false).unwrap(),
                choose_threshold(rule, &y, &turned, true).unwrap(),
            );
            assert_eq!(higher.threshold, -lower.threshold);
            assert_eq!(higher.step, lower.step);
            assert_eq!(higher.sensitivity, lower.sensitivity);
        }
    }

    #[test]
    fn weights_are_repeated_samples_and_order_does_not_matter() {
        let y = [true, false, true, false, true, false];
        let score = [0.9, 0.8, 0.6, 0.6, 0.3, 0.1];
        let times = [2u64, 0, 1, 3, 1, 2];
        let repeated: Vec<usize> = (0..6)
            .flat_map(|row| std::iter::repeat_n(row, times[row] as usize))
            .rev()
            .collect();
        let ladder = ScoreLadder::new(&y, &score, false).unwrap();
        for rule in [
            ChoiceRule::Youden,
            ChoiceRule::TargetSensitivity(0.75),
            ChoiceRule::TargetSpecificity(1.0),
        ] {
            let weighted = ladder.choose(rule, |row| times[row]).unwrap();
            let plain = choose_threshold(
                rule,
                &repeated.iter().map(|row| y[*row]).collect::<Vec<_>>(),
                &repeated.iter().map(|row| score[*row]).collect::<Vec<_>>(),
                false,
            )
            .unwrap();
            assert_eq!(weighted.threshold, plain.threshold);
            assert_eq!(weighted.sensitivity, plain.sensitivity);
            assert_eq!(weighted.specificity, plain.specificity);
        }
    }

    #[test]
    fn degenerate_samples() {
        let rules = [
            ChoiceRule::Youden,
            ChoiceRule::TargetSensitivity(0.9),
            ChoiceRule::TargetSpecificity(0.9),
        ];
        for rule in rules {
            assert_eq!(
                choose_threshold(rule, &[], &[], false),
                Err(NotEstimable::Empty("samples"))
            );
            assert_eq!(
                choose_threshold(rule, &[true, true], &[0.1, 0.2], false),
                Err(NotEstimable::OneClass(2, 0))
            );
            assert_eq!(
                choose_threshold(rule, &[false], &[0.1], false),
                Err(NotEstimable::OneClass(0, 1))
            );
            assert!(choose_threshold(rule, &[true], &[f64::NAN], false).is_err());
            assert!(choose_threshold(rule, &[true], &[0.1, 0.2], false).is_err());
        }
        // All scores equal: everyone is called positive, or the target is out of reach.
        let (y, tied) = ([true, false, true], [0.5; 3]);
        let youden = choose_threshold(ChoiceRule::Youden, &y, &tied, false).unwrap();
        assert_eq!((youden.sensitivity, youden.specificity), (1.0, 0.0));
        let why = choose_threshold(ChoiceRule::TargetSpecificity(0.9), &y, &tied, false)
            .unwrap_err()
            .to_string();
        assert!(
            why.contains("at least 0.9") && why.contains("0.0000"),
            "{why}"
        );
        // Perfect separation: the lowest score of a positive.
        let (y, apart) = ([false, true, false, true], [0.1, 0.8, 0.3, 0.7]);
        for rule in [ChoiceRule::Youden, ChoiceRule::TargetSensitivity(1.0)] {
            let chosen = choose_threshold(rule, &y, &apart, false).unwrap();
            assert_eq!(
                (chosen.threshold, chosen.sensitivity, chosen.specificity),
                (0.7, 1.0, 1.0)
            );
        }
    }
}
