//! The difference from a baseline whose scores are at hand: the same patients measured twice.
//!
//! What both scores have in common (how hard the cases are) then cancels, so that limits are as narrow
//! as the data allow. Nothing is paired on trust: every measured sample must have an earlier score, and
//! the earlier scores must give the number that the baseline holds.

use std::collections::BTreeMap;

use crate::assessment::{Measured, Metric};
use crate::config::{PairedMethod, Relation, Requirement, StatisticsSpec};
use crate::metrics::{self, ConfusionCounts, ShareOf};
use crate::statistics::{
    self, Interval, NotEstimable, PairedTable, clustered_pairs, p_at_least, p_at_most,
};

use super::baseline::Stored;
use super::tested::{Basis, Tested};

/// The earlier scores give the stored number to this much: both are the same sums.
const ROUNDING: f64 = 1e-9;

/// A group with both of its scores: places in each, case by case.
pub(super) struct Cases<'a> {
    now: &'a Measured,
    before: &'a Measured,
    places: Vec<(u32, u32)>,
}

impl<'a> Cases<'a> {
    /// Joins the members of a group by sample.
    ///
    /// # Errors
    /// Which samples have one score only, in words that follow "since".
    pub(super) fn new(
        (now, own): (&'a Measured, &[u32]),
        (before, earlier): (&'a Measured, &[u32]),
    ) -> Result<Self, String> {
        let of_sample: BTreeMap<u32, u32> = earlier
            .iter()
            .map(|place| (before.samples[*place as usize], *place))
            .collect();
        let places: Vec<(u32, u32)> = own
            .iter()
            .filter_map(|place| Some((*place, *of_sample.get(&now.samples[*place as usize])?)))
            .collect();
        // No counts: few samples without a score may be what is withheld elsewhere.
        if places.len() < own.len() {
            return Err("not every sample has a score in the baseline's table".to_owned());
        }
        if earlier.len() > places.len() {
            return Err(
                "some samples have a score in the baseline's table and none now".to_owned(),
            );
        }
        Ok(Self {
            now,
            before,
            places,
        })
    }

    /// Today's number less the baseline's, on the same cases.
    ///
    /// # Errors
    /// Why the cases cannot be paired, in words that follow "since".
    pub(super) fn difference(
        &self,
        metric: Metric,
        stored: &Stored<'_>,
        spec: &StatisticsSpec,
        (require, alpha): (&Requirement, f64),
    ) -> Result<Tested, String> {
        match metric.share() {
            Some(share) => self.shares(share, stored, spec, (require, alpha)),
            None if metric == Metric::Auroc => self.areas(stored, (require, alpha)),
            None => Err(format!("{} is not compared case by case", metric.id())),
        }
    }

    fn shares(
        &self,
        share: ShareOf,
        stored: &Stored<'_>,
        spec: &StatisticsSpec,
        (require, alpha): (&Requirement, f64),
    ) -> Result<Tested, String> {
        if matches!(share, ShareOf::Ppv | ShareOf::Npv) {
            return Err("predictive values of two scores are about different cases".to_owned());
        }
        let mut clusters: BTreeMap<u32, PairedTable> = BTreeMap::new();
        let mut whole = PairedTable::default();
        for (own, earlier) in &self.places {
            let (own, earlier) = (*own as usize, *earlier as usize);
            let truth = self.now.y_true[own];
            let events = share
                .counts(truth, self.now.flagged[own])
                .zip(share.counts(truth, self.before.flagged[earlier]));
            if let Some(events) = events {
                let cluster = if self.now.clustered {
                    self.now.patient[own]
                } else {
                    self.now.samples[own]
                };
                clusters.entry(cluster).or_default().add(events);
                whole.add(events);
            }
        }
        agrees_in_counts(&whole, stored)?;
        let tables: Vec<PairedTable> = clusters.into_values().collect();
        let words = |why: NotEstimable| why.to_string();
        if tables.len() == 1 {
            return Err(words(NotEstimable::OnePatient));
        }
        let difference = whole.difference().map_err(words)?;
        let clustered = tables.len() as u64 != whole.n();
        let replicates = spec.replicates.get() as u64;
        let resampled =
            |confidence: f64| clustered_pairs(&tables, confidence, replicates, spec.seed);
        let limits = |confidence: f64| -> Result<Interval, NotEstimable> {
            match spec.paired {
                _ if clustered => resampled(confidence).map(|found| found.interval),
                PairedMethod::NewcombePaired10 => whole.newcombe_10(confidence),
                PairedMethod::Tango => whole.tango(confidence),
            }
        };
        let method = match spec.paired {
            _ if clustered => resampled(1.0 - 2.0 * alpha).map_err(words)?.method,
            PairedMethod::NewcombePaired10 => "newcombe_paired_10",
            PairedMethod::Tango => "tango",
        };
        let at = limits(1.0 - 2.0 * alpha).map_err(words)?;
        let p_fail = match require.relation {
            Relation::AtMost => p_at_most(require.bound, limits),
            Relation::AtLeast | Relation::Equal => p_at_least(require.bound, limits),
        };
        // No p of resampling is below what its replicates can tell.
        let least = if clustered {
            1.0 / (replicates + 1) as f64
        } else {
            0.0
        };
        Ok(Tested {
            estimate: difference,
            lower: at.lower,
            upper: at.upper,
            p_fail: p_fail.map_err(words)?.max(least),
            method: method.to_owned(),
            n_class: whole.n(),
            n_clusters: tables.len() as u64,
            comparison: None,
            note: None,
            basis: by_width(at, alpha),
        })
    }

    fn areas(
        &self,
        stored: &Stored<'_>,
        (require, alpha): (&Requirement, f64),
    ) -> Result<Tested, String> {
        let (own, earlier): (Vec<u32>, Vec<u32>) = self.places.iter().copied().unzip();
        let (now, before) = (self.now.group(&own), self.before.group(&earlier));
        let words = |why: NotEstimable| why.to_string();
        let clusters = now.n_patients(ConfusionCounts::total);
        // One case a patient: DeLong's method as it stands.
        let cluster = now.clusters().filter(|_| clusters < now.n());
        let found = metrics::auroc_paired(&now.y_true, &now.rank(), &before.rank(), cluster)
            .map_err(words)?;
        agrees(found.b.estimate, stored)?;
        let at = found.interval(1.0 - 2.0 * alpha).map_err(words)?;
        let p_fail = match require.relation {
            Relation::AtMost => found.p_at_most(require.bound),
            Relation::AtLeast | Relation::Equal => found.p_at_least(require.bound),
        };
        Ok(Tested {
            estimate: found.estimate(),
            lower: at.lower,
            upper: at.upper,
            p_fail: p_fail.map_err(words)?,
            method: found.method.to_owned(),
            n_class: now.n(),
            n_clusters: clusters,
            comparison: None,
            note: None,
            basis: found
                .standard_error
                .map_or(Basis::Count, Basis::StandardError),
        })
    }
}

/// The earlier scores are those behind the baseline only where they give its counts.
fn agrees_in_counts(whole: &PairedTable, stored: &Stored<'_>) -> Result<(), String> {
    let (events, trials) = (whole.both + whole.second_only, whole.n());
    match stored.counts() {
        Some(held) if held == (events, trials) => Ok(()),
        Some(held) => Err(format!(
            "the baseline's table gives {events} of {trials} at the threshold in use, and the baseline holds {} of {}",
            held.0, held.1
        )),
        None => Err("the baseline holds no counts for this metric".to_owned()),
    }
}

fn agrees(estimate: f64, stored: &Stored<'_>) -> Result<(), String> {
    let held = stored.estimate();
    if (estimate - held).abs() <= ROUNDING {
        return Ok(());
    }
    Err(format!(
        "the baseline's table gives {estimate:.4}, and the baseline holds {held:.4}"
    ))
}

/// What other sizes would decide follows from the width of the limits, as that of a standard error.
fn by_width(at: Interval, alpha: f64) -> Basis {
    let error = (at.upper - at.lower) / (2.0 * statistics::normal_quantile(1.0 - alpha));
    let error = Some(error).filter(|error| *error > 0.0);
    error.map_or(Basis::Count, Basis::StandardError)
}
