//! Predicted against observed risk at a horizon.

use super::kaplan_meier::{KaplanMeier, observed_risk_at};
use super::{checked_horizon, follow_up, risks};
use crate::metrics::calibration::Bins;
use crate::metrics::finite::all_finite;
use crate::statistics::{Influenced, NotEstimable, ordered_sum};

/// Observed and mean predicted risk.
fn observed_and_expected(
    time: &[f64],
    event: &[bool],
    risk: &[f64],
    horizon: f64,
) -> Result<(Influenced, Influenced), NotEstimable> {
    follow_up(time, event, Some(risk))?;
    risks(risk)?;
    let observed = observed_risk_at(time, event, horizon)?;
    Ok((observed, Influenced::mean(risk)?))
}

/// O:E at a horizon: observed risk (one minus Kaplan and Meier) over mean predicted risk. 1 is
/// perfect; above 1 the model predicts too low. The influences hold both parts, so that the
/// correlation of predicted and observed risk is in the standard error.
///
/// # Errors
/// No sample, lengths that differ, a time that is negative, a risk that is no probability, a horizon
/// that nobody is followed to, or predicted risks that are all 0.
pub fn observed_expected_at(
    time: &[f64],
    event: &[bool],
    risk: &[f64],
    horizon: f64,
) -> Result<Influenced, NotEstimable> {
    let (observed, expected) = observed_and_expected(time, event, risk, horizon)?;
    if expected.estimate <= 0.0 {
        return Err(NotEstimable::Empty("predicted risk above 0"));
    }
    let ratio = observed.estimate / expected.estimate;
    all_finite(Influenced {
        estimate: ratio,
        influence: observed
            .influence
            .iter()
            .zip(&expected.influence)
            .map(|(o, e)| (o - ratio * e) / expected.estimate)
            .collect(),
    })
}

/// Observed minus mean predicted risk at a horizon. 0 is perfect; above 0 the model predicts too
/// low.
///
/// # Errors
/// As [`observed_expected_at`], save that all predicted risks may be 0.
pub fn observed_minus_expected_at(
    time: &[f64],
    event: &[bool],
    risk: &[f64],
    horizon: f64,
) -> Result<Influenced, NotEstimable> {
    let (observed, expected) = observed_and_expected(time, event, risk, horizon)?;
    let both = observed.influence.iter().zip(&expected.influence);
    Ok(Influenced {
        estimate: observed.estimate - expected.estimate,
        influence: both.map(|(o, e)| o - e).collect(),
    })
}

/// Share of samples censored before a horizon: what is known of them is incomplete. A proportion.
///
/// # Errors
/// No sample, lengths that differ, or a time or horizon that is negative or no finite number.
pub fn censored_before(
    time: &[f64],
    event: &[bool],
    horizon: f64,
) -> Result<Influenced, NotEstimable> {
    follow_up(time, event, None)?;
    checked_horizon(horizon)?;
    let rows = time.iter().zip(event);
    let censored: Vec<f64> = rows
        .map(|(t, event)| f64::from(u8::from(*t < horizon && !event)))
        .collect();
    Influenced::mean(&censored)
}

/// Samples of similar predicted risk: a point of a calibration plot.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskGroup {
    /// The samples, by their place in the input.
    pub rows: Vec<usize>,
    /// Mean predicted risk.
    pub mean_predicted: f64,
    /// Observed risk, influences in the order of `rows`; not estimable where nobody of the group is
    /// followed to the horizon.
    pub observed: Result<Influenced, NotEstimable>,
    /// Events up to the horizon.
    pub events: u64,
}

/// Groups of predicted risk, lowest first, groups without a sample left out. For tenths or fifths
/// of the whole cohort make the bins with [`crate::metrics::equal_mass_edges`], so that all strata
/// have the same. The censoring is taken as independent within each group.
///
/// # Errors
/// No sample, lengths that differ, a time or horizon that is negative or no finite number, or a risk
/// that is no probability.
pub fn risk_groups(
    time: &[f64],
    event: &[bool],
    risk: &[f64],
    horizon: f64,
    bins: &Bins,
) -> Result<Vec<RiskGroup>, NotEstimable> {
    follow_up(time, event, Some(risk))?;
    risks(risk)?;
    checked_horizon(horizon)?;
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); bins.count()];
    for (row, p) in risk.iter().enumerate() {
        of[bins.of(*p)].push(row);
    }
    of.into_iter()
        .filter(|rows| !rows.is_empty())
        .map(|rows| {
            let times: Vec<f64> = rows.iter().map(|row| time[*row]).collect();
            let events: Vec<bool> = rows.iter().map(|row| event[*row]).collect();
            let curve = KaplanMeier::new(&times, &events)?;
            let within = curve.time.partition_point(|t| *t <= horizon);
            Ok(RiskGroup {
                mean_predicted: ordered_sum(rows.iter().map(|row| risk[*row])) / rows.len() as f64,
                observed: observed_risk_at(&times, &events, horizon),
                events: curve.events[..within].iter().sum(),
                rows,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;
    use crate::metrics::equal_mass_edges;
    use crate::metrics::survival::followed::{Row, split};

    const ROWS: [Row; 8] = [
        (1.0, true, 0.9),
        (2.0, false, 0.4),
        (2.0, true, 0.4),
        (3.0, true, 0.6),
        (3.0, false, 0.7),
        (4.0, false, 0.4),
        (5.0, true, 0.5),
        (6.0, false, 0.1),
    ];

    #[test]
    fn influences_are_derivatives() {
        for metric in [observed_expected_at, observed_minus_expected_at] {
            assert_derivative(&ROWS, 1e-5, |rows| {
                let (time, event, risk) = split(rows);
                metric(&time, &event, &risk, 3.5).unwrap()
            });
        }
    }

    #[test]
    fn groups_hold_every_sample_once() {
        let (time, event, risk) = split(&ROWS);
        let bins = equal_mass_edges(&risk, 3);
        let groups = risk_groups(&time, &event, &risk, 3.5, &bins).unwrap();
        let mut rows: Vec<usize> = groups.iter().flat_map(|g| g.rows.clone()).collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..8).collect::<Vec<usize>>());
        let ascending = groups
            .windows(2)
            .all(|g| g[0].mean_predicted < g[1].mean_predicted);
        assert!(ascending && groups.iter().map(|g| g.events).sum::<u64>() == 3);
        let one = risk_groups(&time, &event, &risk, 3.5, &Bins::Width(1)).unwrap();
        let all = observed_risk_at(&time, &event, 3.5).unwrap();
        assert_eq!(one[0].observed, Ok(all));
    }

    #[test]
    fn degenerate_groups() {
        assert!(observed_expected_at(&[], &[], &[], 1.0).is_err());
        assert!(observed_expected_at(&[1.0, 2.0], &[true, true], &[0.0, 0.0], 1.0).is_err());
        assert!(observed_expected_at(&[1.0, 2.0], &[false, false], &[0.1, 0.2], 3.0).is_err());
        let none = observed_minus_expected_at(&[2.0, 2.0], &[true, true], &[0.5, 0.5], 1.0);
        assert_eq!(none.unwrap().estimate, -0.5);
        let share = censored_before(&[1.0, 2.0, 3.0], &[false, true, false], 3.0).unwrap();
        assert!((share.estimate - 1.0 / 3.0).abs() < 1e-15);
        assert!(censored_before(&[1.0], &[true], -1.0).is_err());
        // A group that nobody is followed in has no observed risk; the others do.
        let groups = risk_groups(
            &[1.0, 4.0],
            &[false, false],
            &[0.1, 0.9],
            3.0,
            &Bins::Width(2),
        )
        .unwrap();
        assert!(groups[0].observed.is_err() && groups[1].observed.is_ok());
        assert!(risk_groups(&[], &[], &[], 1.0, &Bins::Width(2)).is_err());
    }
}
