//! How far the differences between groups hang on the mix of cases, on missing attributes, on
//! wrong labels, on failed images and on chance: analyses beside the comparisons, never gated.
//!
//! Called by `assess` once an endpoint's truth and scores are joined. The mathematics is in
//! `statistics`; each analysis is one file and one list of rows.

mod case_mix;
mod counts;
mod failures;
mod funnel;
mod label_noise;
mod missing_attribute;
mod pooled;
mod reference_grid;
mod rows;
mod spread;

use rayon::prelude::*;

use crate::cohort::{Cohort, OVERALL, Strata};
use crate::config::Audit;
use crate::inference::Predictions;
use crate::metrics::ShareOf;

use super::Estimate;
use super::measured::Measured;
use super::metric::Metric;
use super::partition::LevelTable;

pub use case_mix::{THIN_CELL_PATIENTS, case_mix_warnings};
pub use failures::count_failed_as_errors;
pub use rows::{
    CaseMix, CaseMixCell, CommonEffect, FailuresAsErrors, Funnel, FunnelLimit, FunnelPoint,
    Homogeneity, LabelNoise, MissingAttribute, Pooled, ReferencePoint, Spread,
};

/// Metrics that these analyses are about.
const SHARES: [(Metric, ShareOf); 2] = [
    (Metric::Sensitivity, ShareOf::Sensitivity),
    (Metric::Specificity, ShareOf::Specificity),
];

/// The rows of all analyses.
#[derive(Debug, Clone, Default)]
pub struct Robustness {
    /// Differences with the mix of another attribute held fixed.
    pub case_mix: Vec<CaseMix>,
    /// Bounds of differences if samples without the attribute belonged to either group.
    pub missing_attribute: Vec<MissingAttribute>,
    /// Wrong labels that would erase or make a difference.
    pub label_noise: Vec<LabelNoise>,
    /// Failed samples counted as wrong decisions; empty where none failed.
    pub failures_as_errors: Vec<FailuresAsErrors>,
    /// Range of each attribute's levels beside the range by chance alone.
    pub spread: Vec<Spread>,
    /// Levels of attributes without an order in a funnel.
    pub funnels: Vec<Funnel>,
    /// Cells of crossings drawn towards their common distribution.
    pub pooled: Vec<Pooled>,
}

impl Robustness {
    /// Ids of the methods that were used.
    pub fn method_ids(&self) -> impl Iterator<Item = &str> {
        let case_mix = self.case_mix.iter().flat_map(|one| {
            [
                &one.crude_method,
                &one.method,
                &one.mantel_haenszel_difference.method,
                &one.mantel_haenszel_odds_ratio.method,
                &one.homogeneity.method,
            ]
        });
        let grid = self
            .label_noise
            .iter()
            .any(|one| !one.reference_grid.is_empty())
            .then_some("imperfect_reference");
        case_mix
            .chain(self.missing_attribute.iter().map(|one| &one.method))
            .chain(self.label_noise.iter().map(|one| &one.method))
            .chain(self.failures_as_errors.iter().map(|one| &one.method))
            .chain(self.spread.iter().map(|one| &one.method))
            .chain(self.funnels.iter().map(|one| &one.method))
            .chain(self.pooled.iter().map(|one| &one.method))
            .map(String::as_str)
            .chain(grid)
    }

    fn append(&mut self, mut other: Self) {
        self.case_mix.append(&mut other.case_mix);
        self.missing_attribute.append(&mut other.missing_attribute);
        self.label_noise.append(&mut other.label_noise);
        self.failures_as_errors
            .append(&mut other.failures_as_errors);
        self.spread.append(&mut other.spread);
        self.funnels.append(&mut other.funnels);
        self.pooled.append(&mut other.pooled);
    }
}

/// What the analyses of one endpoint share.
struct Setting<'a> {
    audit: &'a Audit,
    measured: &'a Measured,
    /// Whether the audit has several endpoints, so that ids name them.
    several: bool,
}

impl Setting<'_> {
    /// `<metric>.<endpoint>.<rest>`, the endpoint only when there are several.
    fn id(&self, metric: Metric, rest: &str) -> String {
        if self.several {
            format!("{}.{}.{rest}", metric.id(), self.measured.endpoint)
        } else {
            format!("{}.{rest}", metric.id())
        }
    }
}

/// One endpoint, with its place in the audit file.
pub(super) struct Endpoint<'a> {
    pub(super) place: usize,
    pub(super) measured: &'a Measured,
    pub(super) strata: &'a [Strata],
    /// Of each of them, the decisions by level.
    pub(super) tables: &'a [LevelTable],
    /// Every metric in every stratum of this endpoint.
    pub(super) estimates: &'a [Estimate],
}

/// All analyses of one endpoint, added to `all`.
pub(super) fn endpoint_into(
    all: &mut Robustness,
    audit: &Audit,
    cohort: &Cohort,
    predictions: &Predictions,
    endpoint: &Endpoint<'_>,
) {
    let setting = Setting {
        audit,
        measured: endpoint.measured,
        several: audit.several_endpoints(),
    };
    // Collected in order, so that threads change nothing.
    let found: Vec<Robustness> = endpoint
        .strata
        .par_iter()
        .zip(endpoint.tables)
        .filter(|(strata, _)| strata.attribute != OVERALL)
        .map(|of| of_attribute(&setting, of, endpoint.estimates))
        .collect();
    found.into_iter().for_each(|one| all.append(one));
    let pairs: Vec<Vec<CaseMix>> = audit
        .statistics
        .case_mix
        .par_iter()
        .map(|pair| case_mix::case_mix(&setting, pair, endpoint.strata))
        .collect();
    all.case_mix.extend(pairs.into_iter().flatten());
    all.failures_as_errors.extend(failures::failures_as_errors(
        &setting,
        endpoint,
        cohort,
        predictions,
    ));
}

/// One pass over the rows serves every analysis of an attribute.
/// A share by the levels of one attribute.
struct OfShare<'a> {
    strata: &'a Strata,
    table: &'a LevelTable,
    metric: Metric,
    share: ShareOf,
}

impl OfShare<'_> {
    /// Levels that are known.
    fn known(&self) -> impl Iterator<Item = usize> {
        let missing = &self.strata.holds_missing;
        (0..missing.len()).filter(|level| !missing[*level])
    }
}

fn of_attribute(
    setting: &Setting<'_>,
    (strata, table): (&Strata, &LevelTable),
    estimates: &[Estimate],
) -> Robustness {
    let tables = reference_grid::Tables::new(strata, table);
    let mut found = Robustness::default();
    for (metric, share) in SHARES {
        let of = OfShare {
            strata,
            table,
            metric,
            share,
        };
        found
            .label_noise
            .extend(label_noise::label_noise(setting, &of, &tables));
        found.spread.push(spread::of_shares(setting, &of));
        found.funnels.extend(funnel::funnel(setting, &of));
        if strata.parts.len() > 1 {
            found.pooled.extend(pooled::pooled(setting, &of));
        }
    }
    if strata.parts.len() == 1 && strata.holds_missing.contains(&true) {
        found
            .missing_attribute
            .extend(missing_attribute::missing_attribute(setting, strata));
    }
    found
        .spread
        .push(spread::of_auroc(setting, strata, estimates));
    found
}
