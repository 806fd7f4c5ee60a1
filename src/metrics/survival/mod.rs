//! Time to an event, with follow-up that can end before it (right censoring).
//!
//! Called by `assessment`, one group of samples at a time. Times are durations from a common start,
//! not negative, in the unit of the audit; `event` says whether the follow-up ended with the event
//! or without. Where an event and a censoring have the same time, the event comes first. A higher
//! score means an earlier event. Risks are probabilities of an event up to and including the
//! horizon.
//!
//! Samples known at the horizon: a case has its event at the horizon or before; a control is
//! followed beyond the horizon, or to exactly the horizon without an event there (as where everyone
//! is censored at the end of a study). All others were censored before the horizon, and what the
//! group would have shown is recovered by weights of one over the probability of being uncensored
//! (IPCW), estimated within the same group by Kaplan and Meier. That takes censoring to be
//! independent of event and prediction within the group. Where nobody is censored before the
//! horizon all weights are 1 and every metric is that of the binary outcome. Influences hold the
//! part that comes from estimating the weights.

mod calibration;
mod censoring;
mod concordance;
#[cfg(test)]
mod followed;
mod horizon;
mod kaplan_meier;
mod pairs;
#[cfg(test)]
mod stored_tests;

pub use calibration::{
    RiskGroup, censored_before, observed_expected_at, observed_minus_expected_at, risk_groups,
};
pub use concordance::{harrell_c, uno_c};
pub use horizon::{area_at, brier_at, scaled_brier_at};
pub use kaplan_meier::{KaplanMeier, observed_risk_at};

use super::finite::{numbers, same_length};
use crate::statistics::{Influenced, NotEstimable, Scale};

/// A metric of predicted risks or scores and follow-up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SurvivalMetric {
    /// Harrell's C.
    HarrellC,
    /// Uno's C up to a time.
    UnoC(f64),
    /// Area under the cumulative/dynamic ROC curve at a horizon.
    Area(f64),
    /// Brier score at a horizon.
    Brier(f64),
    /// Brier score against that of the group's own observed risk.
    ScaledBrier(f64),
    /// Observed over mean predicted risk at a horizon.
    ObservedExpected(f64),
    /// Observed minus mean predicted risk at a horizon.
    ObservedMinusExpected(f64),
    /// Observed risk at a horizon, whatever was predicted.
    ObservedRisk(f64),
    /// Share of samples censored before a horizon, whatever was predicted.
    CensoredBefore(f64),
}

impl SurvivalMetric {
    /// The metric of these samples; `prediction` is a risk for what compares risks, and a risk or
    /// any score for what ranks.
    ///
    /// # Errors
    /// As the function of the metric.
    pub fn measure(
        self,
        time: &[f64],
        event: &[bool],
        prediction: &[f64],
    ) -> Result<Influenced, NotEstimable> {
        match self {
            Self::HarrellC => harrell_c(time, event, prediction),
            Self::UnoC(tau) => uno_c(time, event, prediction, tau),
            Self::Area(horizon) => area_at(time, event, prediction, horizon),
            Self::Brier(horizon) => brier_at(time, event, prediction, horizon),
            Self::ScaledBrier(horizon) => scaled_brier_at(time, event, prediction, horizon),
            Self::ObservedExpected(horizon) => {
                observed_expected_at(time, event, prediction, horizon)
            }
            Self::ObservedMinusExpected(horizon) => {
                observed_minus_expected_at(time, event, prediction, horizon)
            }
            Self::ObservedRisk(horizon) => observed_risk_at(time, event, horizon),
            Self::CensoredBefore(horizon) => censored_before(time, event, horizon),
        }
    }

    /// Scale on which its interval is symmetric. What is exactly 0 or 1 has no place on the
    /// logarithmic and the logit scale, and no interval by them.
    #[must_use]
    pub fn scale(self) -> Scale {
        match self {
            Self::HarrellC
            | Self::UnoC(_)
            | Self::Area(_)
            | Self::ObservedRisk(_)
            | Self::CensoredBefore(_) => Scale::Logit,
            Self::Brier(_) | Self::ObservedExpected(_) => Scale::Log,
            Self::ScaledBrier(_) => Scale::LogComplement,
            Self::ObservedMinusExpected(_) => Scale::Identity,
        }
    }

    /// Least and largest possible value.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Brier(_) | Self::ObservedExpected(_) => (0.0, f64::INFINITY),
            Self::ScaledBrier(_) => (f64::NEG_INFINITY, 1.0),
            Self::ObservedMinusExpected(_) => (-1.0, 1.0),
            _ => (0.0, 1.0),
        }
    }
}

/// Follow-up that can be used, with the number of samples.
///
/// # Errors
/// No sample, lengths that differ, or a time that is negative or no finite number.
fn follow_up(
    time: &[f64],
    event: &[bool],
    prediction: Option<&[f64]>,
) -> Result<usize, NotEstimable> {
    let n = same_length(&[
        time.len(),
        event.len(),
        prediction.map_or(time.len(), <[f64]>::len),
    ])?;
    numbers(time, "a time")?;
    if let Some(bad) = time.iter().find(|t| **t < 0.0) {
        return Err(NotEstimable::Other(format!(
            "a time is {bad}, and follow-up cannot be negative"
        )));
    }
    numbers(prediction.unwrap_or_default(), "a prediction")?;
    Ok(n)
}

/// Predictions that are probabilities.
///
/// # Errors
/// One that is none.
fn risks(prediction: &[f64]) -> Result<(), NotEstimable> {
    match prediction.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        None => Ok(()),
        Some(bad) => Err(NotEstimable::Other(format!(
            "a predicted risk is {bad}, which is no probability"
        ))),
    }
}

/// A horizon that is a time.
///
/// # Errors
/// One that is negative or no finite number.
fn checked_horizon(horizon: f64) -> Result<(), NotEstimable> {
    if horizon.is_finite() && horizon >= 0.0 {
        Ok(())
    } else {
        Err(NotEstimable::Other(format!("{horizon} is no horizon")))
    }
}

/// What is known of a sample at the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Had its event.
    Case,
    /// Had none.
    Control,
    /// Was censored before.
    Unknown,
}

fn known(time: f64, event: bool, horizon: f64) -> Known {
    if event && time <= horizon {
        Known::Case
    } else if time >= horizon {
        Known::Control
    } else {
        Known::Unknown
    }
}
