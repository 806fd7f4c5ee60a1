//! One metric in one group of rows.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use crate::statistics::{Influenced, Interval, NotEstimable, Resamples, Scale};

use super::TaskFigure;

/// Limits that are better founded than those of a standard error from influences: of an area with few
/// of a class, of limits of agreement.
pub trait LimitsOf: Debug + Send + Sync {
    /// Two-sided interval around the estimate, and the id of its method.
    ///
    /// # Errors
    /// Why there is none.
    fn interval(&self, confidence: f64) -> Result<(Interval, &'static str), NotEstimable>;

    /// Whether they are no better than a standard error where few patients carry what varies.
    fn needs_carriers(&self) -> bool {
        false
    }
}

/// Resamples of patients.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// How many.
    pub replicates: u64,
    /// Seed of their random numbers.
    pub seed: u64,
}

/// What is asked to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawing<'a> {
    /// Samples of the group, which are all known and have a score.
    pub samples: &'a [u32],
    /// Patient of each of them.
    pub patient: &'a [u32],
    /// All samples that are measured: bins are cut by them, so that groups have the same.
    pub everyone: &'a [u32],
    /// Confidence of bands.
    pub confidence: f64,
    /// Patients that a bin must hold, at least.
    pub least_patients: usize,
}

/// One metric in one group of rows.
#[derive(Debug, Clone)]
pub enum Value {
    /// A share: events and trials of every row.
    Share(Vec<(u64, u64)>),
    /// A number without limits, and the id of its method.
    Plain(f64, &'static str),
    /// Anything else, with the influence of every row.
    Scaled {
        /// Estimate and influences.
        of: Influenced,
        /// Scale on which its limits are symmetric.
        scale: Scale,
        /// Least and largest possible value.
        range: (f64, f64),
        /// Id of the limits' method.
        method: &'static str,
        /// Whether a row has part in it at all; `None`: every row has.
        has: Option<Vec<bool>>,
        /// Limits in place of those of the influences, which comparisons still rest on.
        limits: Option<Arc<dyn LimitsOf>>,
    },
}

impl Value {
    /// With limits that are symmetric on `scale` and cut at the ends of `range`. An estimate at an end
    /// has no place on such a scale: what influences are left there (of a curve that is read off) say
    /// nothing of its error, so that it has no limits but [`Self::with_limits`].
    #[must_use]
    pub fn on(mut of: Influenced, scale: Scale, range: (f64, f64), method: &'static str) -> Self {
        let at = of.estimate;
        let has_place = match scale {
            Scale::Identity => true,
            Scale::Log => at > 0.0,
            Scale::Logit | Scale::Score => at > 0.0 && at < 1.0,
            Scale::FisherZ => at > -1.0 && at < 1.0,
            Scale::LogComplement => at < 1.0,
        };
        if !has_place {
            of.influence.fill(0.0);
        }
        Self::Scaled {
            of,
            scale: if has_place { scale } else { Scale::Identity },
            range,
            method,
            has: None,
            limits: None,
        }
    }

    /// The same with limits of its own.
    #[must_use]
    pub fn with_limits(self, own: impl LimitsOf + 'static) -> Self {
        match self {
            Self::Scaled {
                of,
                scale,
                range,
                method,
                has,
                ..
            } => Self::Scaled {
                of,
                scale,
                range,
                method,
                has,
                limits: Some(Arc::new(own)),
            },
            other => other,
        }
    }

    /// The same of those rows that have part in it: only their samples and patients are behind it.
    #[must_use]
    pub fn of_those(self, those: Vec<bool>) -> Self {
        match self {
            Self::Scaled {
                of,
                scale,
                range,
                method,
                limits,
                ..
            } => Self::Scaled {
                of,
                scale,
                range,
                method,
                has: Some(those),
                limits,
            },
            other => other,
        }
    }

    /// Without bounds, with limits that are symmetric as it stands.
    #[must_use]
    pub fn unbounded(of: Influenced, method: &'static str) -> Self {
        Self::on(
            of,
            Scale::Identity,
            (f64::NEG_INFINITY, f64::INFINITY),
            method,
        )
    }

    /// At least 0, with limits that are symmetric as it stands and cut at 0.
    #[must_use]
    pub fn at_least_zero(of: Influenced, method: &'static str) -> Self {
        Self::on(of, Scale::Identity, (0.0, f64::INFINITY), method)
    }

    /// Between 0 and 1 with limits on the logit scale.
    #[must_use]
    pub fn logit(of: Influenced, method: &'static str) -> Self {
        Self::on(of, Scale::Logit, (0.0, 1.0), method)
    }
}

/// Truth and output of an endpoint, sample by sample.
pub trait Rows: Debug + Send + Sync {
    /// Whether the truth of a sample is known.
    fn is_known(&self, sample: usize) -> bool;

    /// Classes of the truth, for the protection of small ones: for each class whether a sample is of
    /// it. Empty where the truth has no classes.
    fn classes(&self) -> Vec<Vec<bool>> {
        Vec::new()
    }

    /// The metric at `place` of [`super::TaskSpec::metrics`] in a group; one share or influence for
    /// each of `samples`, which are all known and have a score. `patient`: the patient of each of
    /// them, for metrics that tell repeated measurements apart.
    ///
    /// # Errors
    /// Why it cannot be given.
    fn value(&self, place: usize, samples: &[u32], patient: &[u32]) -> Result<Value, NotEstimable>;

    /// Metrics between 0 and 1 over resampled patients, by place: their spread is the standard error
    /// that is shown, with limits on the logit scale. Decisions rest on the limits of [`Self::value`],
    /// which no random number moves. Metrics that are not there show these, too.
    fn resampled(
        &self,
        _samples: &[u32],
        _patient: &[u32],
        _draws: Draws,
    ) -> BTreeMap<usize, Resamples> {
        BTreeMap::new()
    }

    /// The classes of which the metric at `place` needs enough patients: for each whether each of
    /// `samples` is of it. An estimate such as an area says of few of a class as if they were certain:
    /// the influence of the only positive is 0. Empty where the metric needs no class.
    fn needed(&self, _place: usize, _samples: &[u32]) -> Vec<Vec<bool>> {
        Vec::new()
    }

    /// What is drawn of a group; nothing where it is too small.
    fn figures(&self, _of: Drawing<'_>) -> Vec<TaskFigure> {
        Vec::new()
    }
}
