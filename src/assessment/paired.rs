//! Two scores on the same cases: two models, a model and its successor, a reader with and without.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cohort::Strata;
use crate::config::{PairedMethod, StatisticsSpec};
use crate::metrics::{self, ConfusionCounts, ShareOf};
use crate::statistics::{NotEstimable, PairedTable, clustered_pairs};

use super::EstimateStatus;
use super::measured::Measured;
use super::metric::Metric;

/// One metric of two scores on the same cases of one stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairedComparison {
    /// `<metric>.<endpoint>-vs-<other endpoint>.<attribute>.<level>`.
    pub id: String,
    /// Endpoint whose score is first.
    pub endpoint: String,
    /// Endpoint whose score is second.
    pub other_endpoint: String,
    /// Metric id: sensitivity, specificity or auroc.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Cases in the metric's denominator: positives, negatives, or both for auroc; null where
    /// withheld.
    pub n: Option<u64>,
    /// Their patients; null where withheld.
    pub n_clusters: Option<u64>,
    /// Cases that both scores decide rightly; null for auroc, as the next three.
    pub both: Option<u64>,
    /// Cases that only the first decides rightly.
    pub first_only: Option<u64>,
    /// Cases that only the second decides rightly.
    pub second_only: Option<u64>,
    /// Cases that neither decides rightly.
    pub neither: Option<u64>,
    /// Value of the first.
    pub estimate: Option<f64>,
    /// Value of the second.
    pub other_estimate: Option<f64>,
    /// First minus second.
    pub difference: Option<f64>,
    /// Lower limit of the difference.
    pub lower: Option<f64>,
    /// Upper limit of the difference.
    pub upper: Option<f64>,
    /// Two-sided level of the limits.
    pub confidence_level: f64,
    /// Id of the limits' method.
    pub method: String,
    /// Two-sided p for no difference: McNemar's mid-p where every case is its own patient, of the
    /// limits' own method otherwise.
    pub p: Option<f64>,
    /// McNemar's exact p; null where cases share patients, and for auroc.
    pub p_mcnemar_exact: Option<f64>,
    /// McNemar's p with continuity correction; null where cases share patients, and for auroc.
    pub p_mcnemar_continuity: Option<f64>,
    /// Whether it could be computed.
    pub status: EstimateStatus,
    /// Why it could not.
    pub reason: Option<String>,
}

/// Two endpoints with one truth, sample by sample in the order of the first.
pub(super) struct Pair<'a> {
    first: &'a Measured,
    second: &'a Measured,
    /// Place in the second of each place in the first.
    place_of: Vec<Option<u32>>,
}

impl<'a> Pair<'a> {
    /// Joins two endpoints by sample; `samples` is the size of the cohort.
    pub(super) fn new(first: &'a Measured, second: &'a Measured, samples: usize) -> Self {
        let mut place = vec![None; samples];
        for (own, sample) in (0u32..).zip(&second.samples) {
            place[*sample as usize] = Some(own);
        }
        let place_of = first
            .samples
            .iter()
            .map(|sample| place[*sample as usize])
            .collect();
        Self {
            first,
            second,
            place_of,
        }
    }

    /// Sensitivity, specificity and AUROC in every level.
    pub(super) fn comparisons(
        &self,
        spec: &StatisticsSpec,
        all: &[Strata],
    ) -> Vec<PairedComparison> {
        let levels: Vec<(&Strata, usize)> = all
            .iter()
            .flat_map(|strata| (0..strata.levels.len()).map(move |level| (strata, level)))
            .collect();
        levels
            .par_iter()
            .map(|(strata, level)| {
                let members: Vec<(usize, usize)> = self
                    .first
                    .members(strata, *level)
                    .into_iter()
                    .filter_map(|own| Some((own as usize, self.place_of[own as usize]? as usize)))
                    .collect();
                let place = (strata.attribute.as_str(), strata.levels[*level].as_str());
                [
                    self.share(spec, place, ShareOf::Sensitivity, &members),
                    self.share(spec, place, ShareOf::Specificity, &members),
                    self.auroc(spec, place, &members),
                ]
            })
            .collect::<Vec<_>>()
            .into_iter()
            .flatten()
            .collect()
    }

    fn row(
        &self,
        spec: &StatisticsSpec,
        (attribute, level): (&str, &str),
        metric: Metric,
    ) -> PairedComparison {
        let (endpoint, other_endpoint) =
            (self.first.endpoint.clone(), self.second.endpoint.clone());
        PairedComparison {
            id: format!(
                "{}.{endpoint}-vs-{other_endpoint}.{attribute}.{level}",
                metric.id()
            ),
            endpoint,
            other_endpoint,
            metric: metric.id().to_owned(),
            attribute: attribute.to_owned(),
            level: level.to_owned(),
            n: None,
            n_clusters: None,
            both: None,
            first_only: None,
            second_only: None,
            neither: None,
            estimate: None,
            other_estimate: None,
            difference: None,
            lower: None,
            upper: None,
            confidence_level: spec.confidence,
            method: String::new(),
            p: None,
            p_mcnemar_exact: None,
            p_mcnemar_continuity: None,
            status: EstimateStatus::NotEstimable,
            reason: None,
        }
    }

    /// Sensitivity or specificity: which of the two decides a case rightly.
    fn share(
        &self,
        spec: &StatisticsSpec,
        place: (&str, &str),
        share: ShareOf,
        members: &[(usize, usize)],
    ) -> PairedComparison {
        let positive = share == ShareOf::Sensitivity;
        let metric = if positive {
            Metric::Sensitivity
        } else {
            Metric::Specificity
        };
        let mut row = self.row(spec, place, metric);
        let mut clusters: std::collections::BTreeMap<u32, PairedTable> =
            std::collections::BTreeMap::new();
        let mut whole = PairedTable::default();
        for (own, other) in members {
            if self.first.y_true[*own] != positive {
                continue;
            }
            let right = (
                self.first.flagged[*own] == positive,
                self.second.flagged[*other] == positive,
            );
            let cluster = if self.first.clustered {
                self.first.patient[*own]
            } else {
                self.first.samples[*own]
            };
            clusters.entry(cluster).or_default().add(right);
            whole.add(right);
        }
        row.n = Some(whole.n());
        row.n_clusters = Some(clusters.len() as u64);
        if whole.n() == 0 {
            let class = if positive { "positives" } else { "negatives" };
            row.reason = Some(NotEstimable::Empty(class).to_string());
            return row;
        }
        row.both = Some(whole.both);
        row.first_only = Some(whole.first_only);
        row.second_only = Some(whole.second_only);
        row.neither = Some(whole.neither);
        let tables: Vec<PairedTable> = clusters.into_values().collect();
        if let Err(why) = fill_share(&mut row, spec, &whole, &tables, self.first.clustered) {
            row.reason = Some(why.to_string());
        }
        row
    }

    fn auroc(
        &self,
        spec: &StatisticsSpec,
        place: (&str, &str),
        members: &[(usize, usize)],
    ) -> PairedComparison {
        let mut row = self.row(spec, place, Metric::Auroc);
        let own: Vec<u32> = members.iter().map(|(own, _)| *own as u32).collect();
        let other: Vec<u32> = members.iter().map(|(_, other)| *other as u32).collect();
        let (own, other) = (self.first.group(&own), self.second.group(&other));
        let (n, n_clusters) = (own.n(), own.n_patients(ConfusionCounts::total));
        row.n = Some(n);
        row.n_clusters = Some(n_clusters);
        if n == 0 {
            row.reason = Some(NotEstimable::Empty("samples").to_string());
            return row;
        }
        // One case a patient: the classical method, as for the shares.
        let cluster = own.clusters().filter(|_| n_clusters < n);
        let found = metrics::auroc_paired(&own.y_true, &own.rank(), &other.rank(), cluster)
            .and_then(|found| Ok((found.interval(spec.confidence)?, found)));
        match found {
            Err(why) => row.reason = Some(why.to_string()),
            Ok((limits, found)) => {
                row.estimate = Some(found.a.estimate);
                row.other_estimate = Some(found.b.estimate);
                row.difference = Some(found.estimate());
                row.lower = Some(limits.lower);
                row.upper = Some(limits.upper);
                row.method = found.method.to_owned();
                row.p = found.p_two_sided().ok();
                row.status = EstimateStatus::Ok;
            }
        }
        row
    }
}

fn fill_share(
    row: &mut PairedComparison,
    spec: &StatisticsSpec,
    whole: &PairedTable,
    clusters: &[PairedTable],
    clustered: bool,
) -> Result<(), NotEstimable> {
    if clusters.len() == 1 {
        return Err(NotEstimable::OnePatient);
    }
    // One case a patient: the classical methods hold as they stand.
    let (limits, method, p) = if clustered && clusters.len() as u64 != whole.n() {
        let found = clustered_pairs(
            clusters,
            spec.confidence,
            spec.replicates.get() as u64,
            spec.seed,
        )?;
        (found.interval, found.method, found.p)
    } else {
        let test = whole.mcnemar();
        row.p_mcnemar_exact = Some(test.p_exact);
        row.p_mcnemar_continuity = Some(test.p_continuity);
        let (limits, method) = match spec.paired {
            PairedMethod::NewcombePaired10 => {
                (whole.newcombe_10(spec.confidence)?, "newcombe_paired_10")
            }
            PairedMethod::Tango => (whole.tango(spec.confidence)?, "tango"),
        };
        (limits, method, test.p_mid)
    };
    let n = whole.n() as f64;
    row.estimate = Some((whole.both + whole.first_only) as f64 / n);
    row.other_estimate = Some((whole.both + whole.second_only) as f64 / n);
    row.difference = Some(whole.difference()?);
    row.lower = Some(limits.lower);
    row.upper = Some(limits.upper);
    row.method = method.to_owned();
    row.p = Some(p);
    row.status = EstimateStatus::Ok;
    Ok(())
}
