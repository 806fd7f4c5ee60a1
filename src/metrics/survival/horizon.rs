//! Discrimination and accuracy at a horizon, weighted for censoring.

use super::censoring::Censoring;
use super::kaplan_meier::observed_risk_at;
use super::pairs::{Tree, ranks};
use super::{Known, follow_up, known, risks};
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable, ordered_sum};

/// Samples at a horizon: what is known of each, and one over the probability of being uncensored
/// until then (0 of what is not known).
struct AtHorizon {
    censoring: Censoring,
    known: Vec<Known>,
    weight: Vec<f64>,
    /// The time before which being uncensored is weighted: of the event, or the horizon.
    until: Vec<f64>,
}

impl AtHorizon {
    fn new(
        time: &[f64],
        event: &[bool],
        prediction: &[f64],
        horizon: f64,
    ) -> Result<Self, NotEstimable> {
        follow_up(time, event, Some(prediction))?;
        let censoring = Censoring::new(time, event)?;
        censoring.events().at_horizon(horizon)?;
        let rows = || time.iter().zip(event);
        let known: Vec<Known> = rows().map(|(t, e)| known(*t, *e, horizon)).collect();
        let until: Vec<f64> = time.iter().map(|t| t.min(horizon)).collect();
        let weight = until.iter().zip(&known).map(|(until, known)| match known {
            Known::Unknown => 0.0,
            _ => 1.0 / censoring.uncensored_before(*until),
        });
        Ok(Self {
            weight: weight.collect(),
            known,
            until,
            censoring,
        })
    }

    fn rows(&self, of: Known) -> Vec<usize> {
        let rows = 0..self.known.len();
        rows.filter(|row| self.known[*row] == of).collect()
    }

    /// Adds to `influence` what estimating the weights adds, where the derivative of the estimate
    /// in the logarithm of each sample's weight is `by_weight`.
    fn with_weights_estimated(
        &self,
        time: &[f64],
        event: &[bool],
        influence: &[f64],
        by_weight: &[f64],
    ) -> Vec<f64> {
        let mut loads = self.censoring.loads();
        for (row, derivative) in by_weight.iter().enumerate() {
            if self.known[row] != Known::Unknown {
                self.censoring
                    .load(&mut loads, self.until[row], -derivative);
            }
        }
        let through = self.censoring.influence(time, event, &loads);
        influence.iter().zip(through).map(|(a, b)| a + b).collect()
    }
}

/// Area under the cumulative/dynamic ROC curve at a horizon (Heagerty, Lumley and Pepe 2000,
/// Biometrics 56:337-344; weighted as in Uno et al. 2007, J Am Stat Assoc 102:527-537, and Blanche
/// et al. 2013, Stat Med 32:5381-5397): P(score of a case > score of a control) + half P(equal).
/// Cases weigh one over the probability of being uncensored before their event; controls all weigh
/// the same.
///
/// # Errors
/// No sample, lengths that differ, a time that is negative, a value that is no finite number, a
/// horizon that nobody is followed to, no case or no control, or scores that are all equal.
pub fn area_at(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    horizon: f64,
) -> Result<Influenced, NotEstimable> {
    let at = AtHorizon::new(time, event, score, horizon)?;
    let rank = ranks(score);
    // In an order that the table does not change, since weights are added.
    let sorted = |mut rows: Vec<usize>| {
        rows.sort_by(|a, b| rank[*a].cmp(&rank[*b]).then(time[*a].total_cmp(&time[*b])));
        rows
    };
    let (cases, controls) = (
        sorted(at.rows(Known::Case)),
        sorted(at.rows(Known::Control)),
    );
    if cases.is_empty() || controls.is_empty() {
        return Err(NotEstimable::OneClass(
            cases.len() as u64,
            controls.len() as u64,
        ));
    }
    if cases
        .iter()
        .chain(&controls)
        .all(|row| rank[*row] == rank[cases[0]])
    {
        return Err(NotEstimable::ConstantScores);
    }
    let (mut of_cases, mut of_controls) = (Tree::new(&rank), Tree::new(&rank));
    cases
        .iter()
        .for_each(|row| of_cases.add(rank[*row], at.weight[*row]));
    controls
        .iter()
        .for_each(|row| of_controls.add(rank[*row], 1.0));
    let mut right = vec![0.0; time.len()];
    for row in &cases {
        let (below, equal) = of_controls.below_and_at(rank[*row]);
        right[*row] = below + 0.5 * equal;
    }
    for row in &controls {
        let (below, equal) = of_cases.below_and_at(rank[*row]);
        right[*row] = of_cases.total - below - 0.5 * equal;
    }
    let all = of_cases.total * of_controls.total;
    let sum = ordered_sum(cases.iter().map(|row| at.weight[*row] * right[*row]));
    let area = (sum / all).clamp(0.0, 1.0);
    let (mut own, mut by_weight) = (vec![0.0; time.len()], vec![0.0; time.len()]);
    for row in &cases {
        own[*row] = at.weight[*row] * (right[*row] - area * of_controls.total) / all;
        by_weight[*row] = own[*row];
    }
    // The weight of controls is in the numerator and in the denominator.
    for row in &controls {
        own[*row] = (right[*row] - area * of_cases.total) / all;
    }
    all_finite(Influenced {
        estimate: area,
        influence: at.with_weights_estimated(time, event, &own, &by_weight),
    })
}

/// Brier score at a horizon, weighted for censoring (Graf et al. 1999, Stat Med 18:2529-2545): mean
/// of (1 - risk)^2 of cases and risk^2 of controls, each over the probability of being uncensored
/// until then; 0 of samples censored before. Unlike the binary score it can pass 1 in small groups.
///
/// # Errors
/// No sample, lengths that differ, a time that is negative, a risk that is no probability, or a
/// horizon that nobody is followed to.
pub fn brier_at(
    time: &[f64],
    event: &[bool],
    risk: &[f64],
    horizon: f64,
) -> Result<Influenced, NotEstimable> {
    let at = AtHorizon::new(time, event, risk, horizon)?;
    risks(risk)?;
    let n = time.len() as f64;
    let squares: Vec<f64> = (0..time.len())
        .map(|row| {
            let gap = match at.known[row] {
                Known::Case => 1.0 - risk[row],
                Known::Control => risk[row],
                Known::Unknown => 0.0,
            };
            at.weight[row] * gap * gap
        })
        .collect();
    let mean = Influenced::mean(&squares)?;
    let by_weight: Vec<f64> = squares.iter().map(|square| square / n).collect();
    all_finite(Influenced {
        estimate: mean.estimate,
        influence: at.with_weights_estimated(time, event, &mean.influence, &by_weight),
    })
}

/// 1 - Brier score / that of predicting the group's own observed risk r for everyone. With r by
/// Kaplan and Meier the weighted score of that prediction is r (1 - r) exactly, since the weights
/// of the cases sum to n r and those of the controls to n (1 - r). At most 1; below 0 the group's
/// mean would predict better. It depends on r: groups of different risk are not comparable by it.
///
/// # Errors
/// As [`brier_at`]; an observed risk of 0 or 1.
pub fn scaled_brier_at(
    time: &[f64],
    event: &[bool],
    risk: &[f64],
    horizon: f64,
) -> Result<Influenced, NotEstimable> {
    let brier = brier_at(time, event, risk, horizon)?;
    let observed = observed_risk_at(time, event, horizon)?;
    let r = observed.estimate;
    let null = r * (1.0 - r);
    if null <= 0.0 {
        return Err(NotEstimable::Other(format!(
            "the observed risk at the horizon is {r}, so that there is nothing to explain"
        )));
    }
    let ratio = brier.estimate / null;
    all_finite(Influenced {
        estimate: 1.0 - ratio,
        influence: brier
            .influence
            .iter()
            .zip(&observed.influence)
            .map(|(b, r_own)| (ratio * (1.0 - 2.0 * r) * r_own - b) / null)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;
    use crate::metrics::survival::followed::{Row, split};
    use crate::metrics::{auroc_influenced, brier, scaled_brier};

    type Metric = fn(&[f64], &[bool], &[f64], f64) -> Result<Influenced, NotEstimable>;

    const METRICS: [Metric; 3] = [area_at, brier_at, scaled_brier_at];

    const ROWS: [Row; 10] = [
        (1.0, true, 0.9),
        (1.5, false, 0.8),
        (2.0, false, 0.4),
        (2.0, true, 0.4),
        (3.0, true, 0.6),
        (3.0, true, 0.2),
        (3.0, false, 0.7),
        (4.0, false, 0.4),
        (5.0, true, 0.5),
        (6.0, false, 0.1),
    ];

    #[test]
    fn influences_are_derivatives() {
        for metric in METRICS {
            for horizon in [2.0, 3.0, 3.5, 4.0] {
                assert_derivative(&ROWS, 2e-5, |rows| {
                    let (time, event, score) = split(rows);
                    metric(&time, &event, &score, horizon).unwrap()
                });
            }
        }
    }

    #[test]
    fn the_brier_score_of_the_observed_risk_is_r_times_1_minus_r() {
        let (time, event, _) = split(&ROWS);
        for horizon in [2.0, 3.0, 3.5, 5.0] {
            let r = observed_risk_at(&time, &event, horizon).unwrap().estimate;
            let score = brier_at(&time, &event, &[r; 10], horizon).unwrap();
            assert!((score.estimate - r * (1.0 - r)).abs() < 1e-14);
            let scaled = scaled_brier_at(&time, &event, &[r; 10], horizon).unwrap();
            assert!(scaled.estimate.abs() < 1e-13);
        }
    }

    #[test]
    fn without_censoring_before_the_horizon_it_is_the_binary_metric() {
        let (time, _, risk) = split(&ROWS);
        let event: Vec<bool> = time.iter().map(|t| *t < 4.0).collect();
        let y = &event;
        let area = area_at(&time, &event, &risk, 4.0).unwrap();
        let binary = auroc_influenced(y, &risk).unwrap();
        assert!((area.estimate - binary.estimate).abs() < 1e-14);
        for (a, b) in area.influence.iter().zip(&binary.influence) {
            assert!((a - b).abs() < 1e-14);
        }
        let score = brier_at(&time, &event, &risk, 4.0).unwrap();
        let plain = brier(y, &risk, None).unwrap();
        assert!((score.estimate - plain.estimate).abs() < 1e-14);
        assert!((score.standard_error(None).unwrap().0 - plain.standard_error).abs() < 1e-14);
        let scaled = scaled_brier_at(&time, &event, &risk, 4.0).unwrap();
        let plain = scaled_brier(y, &risk, None).unwrap();
        assert!((scaled.estimate - plain.estimate).abs() < 1e-13);
        let error = scaled.standard_error(None).unwrap().0;
        assert!((error - plain.standard_error).abs() < 1e-13);
    }

    #[test]
    fn degenerate_groups() {
        for metric in METRICS {
            assert!(metric(&[], &[], &[], 1.0).is_err());
            // All censored before the horizon.
            let early = metric(&[1.0, 2.0], &[false, false], &[0.1, 0.2], 3.0);
            assert!(early.unwrap_err().to_string().contains("followed"));
            assert!(metric(&[1.0, 2.0], &[true, true], &[0.1, 0.2], f64::NAN).is_err());
            assert!(metric(&[1.0, 2.0], &[true, true], &[0.1], 1.0).is_err());
        }
        assert_eq!(
            area_at(&[1.0, 2.0], &[true, true], &[0.1, 0.2], 3.0),
            Err(NotEstimable::OneClass(2, 0))
        );
        assert_eq!(
            area_at(&[1.0, 2.0], &[true, true], &[0.1, 0.1], 1.0),
            Err(NotEstimable::ConstantScores)
        );
        assert!(brier_at(&[1.0, 2.0], &[true, false], &[0.1, 1.2], 1.0).is_err());
        assert!(scaled_brier_at(&[2.0, 2.0], &[false, false], &[0.1, 0.2], 1.0).is_err());
    }
}
