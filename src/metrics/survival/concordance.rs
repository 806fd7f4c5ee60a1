//! Concordance of scores and times: Harrell's and Uno's C.

use super::censoring::Censoring;
use super::follow_up;
use super::pairs::{Pairs, pairs};
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable, ordered_sum};

/// Harrell's C (1982, JAMA 247:2543-2546): the share of pairs in the right order among those whose
/// order in time is known. An event has a pair with everyone who is followed longer and with those
/// censored at the same time; two events at the same time are no pair; tied scores count one half,
/// as in R's survival::concordance. It depends on the follow-up of the group: the sooner censoring
/// comes, the earlier the events that are compared (see [`uno_c`]).
///
/// Influence of a sample: its pairs, each less C, over all pairs, whose sum of squares is the
/// infinitesimal jackknife variance (Therneau and Watson 2015, The concordance statistic and the
/// Cox model). In n log n.
///
/// # Errors
/// No sample, lengths that differ, a time that is negative, a value that is no finite number, no
/// pair, or scores that are all equal.
pub fn harrell_c(time: &[f64], event: &[bool], score: &[f64]) -> Result<Influenced, NotEstimable> {
    follow_up(time, event, Some(score))?;
    let weight: Vec<f64> = event.iter().map(|e| f64::from(u8::from(*e))).collect();
    Ok(Concordance::new(time, event, score, &weight)?.influenced())
}

/// Uno's C (Uno et al. 2011, Stat Med 30:1105-1117): as [`harrell_c`], the pairs of an event at t
/// weighted by one over the square of the probability of being uncensored before t, events at
/// `tau` and later left out. It estimates P(higher score | earlier event, event before tau)
/// whatever the censoring, as long as that is independent of event and score within the group.
/// `tau` should lie where several samples are still followed; infinity leaves nothing out.
///
/// The weights come from this group's own follow-up, and the influences hold what estimating them
/// adds.
///
/// # Errors
/// As [`harrell_c`]; a `tau` that is no number.
pub fn uno_c(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    tau: f64,
) -> Result<Influenced, NotEstimable> {
    follow_up(time, event, Some(score))?;
    if tau.is_nan() {
        return Err(NotEstimable::Other("tau is no number".to_owned()));
    }
    let censoring = Censoring::new(time, event)?;
    let weight: Vec<f64> = time
        .iter()
        .zip(event)
        .map(|(t, event)| {
            if *event && *t < tau {
                censoring.uncensored_before(*t).powi(-2)
            } else {
                0.0
            }
        })
        .collect();
    let found = Concordance::new(time, event, score, &weight)?;
    let mut loads = censoring.loads();
    for (row, own) in found.pairs.iter().enumerate() {
        if weight[row] > 0.0 {
            let net = own.later_right - found.c * own.later;
            censoring.load(&mut loads, time[row], -2.0 * weight[row] * net / found.all);
        }
    }
    let through_weights = censoring.influence(time, event, &loads);
    let plain = found.influenced();
    all_finite(Influenced {
        estimate: plain.estimate,
        influence: plain
            .influence
            .iter()
            .zip(through_weights)
            .map(|(own, through)| own + through)
            .collect(),
    })
}

/// A concordance and the pairs of every sample.
struct Concordance<'a> {
    c: f64,
    /// Weight of all pairs.
    all: f64,
    pairs: Vec<Pairs>,
    weight: &'a [f64],
}

impl<'a> Concordance<'a> {
    fn new(
        time: &[f64],
        event: &[bool],
        score: &[f64],
        weight: &'a [f64],
    ) -> Result<Self, NotEstimable> {
        if score.len() > 1 && score.iter().all(|s| Some(s) == score.first()) {
            return Err(NotEstimable::ConstantScores);
        }
        let pairs = pairs(time, event, score, weight);
        let sum = |of: fn(&Pairs) -> f64| {
            ordered_sum(
                pairs
                    .iter()
                    .zip(weight)
                    .map(|(own, weight)| weight * of(own)),
            )
        };
        let (right, all) = (sum(|own| own.later_right), sum(|own| own.later));
        if all <= 0.0 {
            return Err(NotEstimable::Empty(
                "pair of samples whose order in time is known",
            ));
        }
        Ok(Self {
            c: (right / all).clamp(0.0, 1.0),
            all,
            pairs,
            weight,
        })
    }

    fn influenced(&self) -> Influenced {
        let own = |(pairs, weight): (&Pairs, &f64)| {
            let as_earlier = weight * (pairs.later_right - self.c * pairs.later);
            (as_earlier + pairs.earlier_right - self.c * pairs.earlier) / self.all
        };
        Influenced {
            estimate: self.c,
            influence: self.pairs.iter().zip(self.weight).map(own).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;
    use crate::metrics::survival::followed::{Row, split};

    const ROWS: [Row; 9] = [
        (1.0, true, 0.9),
        (2.0, false, 0.4),
        (2.0, true, 0.4),
        (3.0, true, 0.6),
        (3.0, true, 0.2),
        (3.0, false, 0.7),
        (4.0, false, 0.3),
        (5.0, true, 0.5),
        (6.0, false, 0.1),
    ];

    #[test]
    fn influences_are_derivatives() {
        assert_derivative(&ROWS, 1e-5, |rows| {
            let (time, event, score) = split(rows);
            harrell_c(&time, &event, &score).unwrap()
        });
        for tau in [4.5, f64::INFINITY] {
            assert_derivative(&ROWS, 1e-5, |rows| {
                let (time, event, score) = split(rows);
                uno_c(&time, &event, &score, tau).unwrap()
            });
        }
    }

    #[test]
    fn without_censoring_both_are_one() {
        let time = [1.0, 2.0, 3.0, 4.0, 5.0];
        let score = [0.9, 0.3, 0.6, 0.3, 0.1];
        let found = harrell_c(&time, &[true; 5], &score).unwrap();
        // Of ten pairs eight are right, one tied, one wrong.
        assert!((found.estimate - 0.85).abs() < 1e-15);
        assert_eq!(
            uno_c(&time, &[true; 5], &score, f64::INFINITY).unwrap(),
            found
        );
    }

    #[test]
    fn degenerate_groups() {
        for c in [
            harrell_c as fn(&[f64], &[bool], &[f64]) -> Result<Influenced, NotEstimable>,
            |time, event, score| uno_c(time, event, score, f64::INFINITY),
        ] {
            assert_eq!(c(&[], &[], &[]), Err(NotEstimable::Empty("samples")));
            assert!(c(&[1.0], &[true], &[0.1]).is_err());
            assert!(c(&[1.0, 2.0], &[false, false], &[0.1, 0.2]).is_err());
            assert_eq!(
                c(&[1.0, 2.0], &[true, true], &[0.1, 0.1]),
                Err(NotEstimable::ConstantScores)
            );
            // Events of one time are no pair.
            assert!(c(&[1.0, 1.0], &[true, true], &[0.1, 0.2]).is_err());
            assert!(c(&[-1.0, 1.0], &[true, true], &[0.1, 0.2]).is_err());
            assert!(c(&[1.0, 1.0], &[true], &[0.1, 0.2]).is_err());
            let perfect = c(&[1.0, 2.0, 3.0], &[true, true, false], &[3.0, 2.0, 1.0]).unwrap();
            assert_eq!(perfect.estimate, 1.0);
        }
        assert!(uno_c(&[1.0, 2.0], &[true, true], &[2.0, 1.0], 0.5).is_err());
        assert!(uno_c(&[1.0, 2.0], &[true, true], &[2.0, 1.0], f64::NAN).is_err());
    }
}
