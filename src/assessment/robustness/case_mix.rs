//! A level against everyone else with the mix of another attribute held fixed.

use crate::assessment::EstimateStatus;
use crate::assessment::metric::Metric;
use crate::assessment::quantities::difference_method;
use crate::cohort::Strata;
use crate::config::{Audit, CaseMixSpec, Diagnostic};
use crate::statistics::{
    NotEstimable, ScaledEstimate, StandardisedDifference, StratumCounts, TwoByTwo,
    breslow_day_tarone, mantel_haenszel_difference, mantel_haenszel_odds_ratio,
};

use super::counts::{Cell, ClassCounts, Compared, by_class};
use super::{CaseMix, CaseMixCell, CommonEffect, Homogeneity, SHARES, Setting};

/// A level with fewer patients of the class than this, where everyone else has at least as many,
/// hardly occurs there: the adjusted difference then leans on these few.
pub const THIN_CELL_PATIENTS: u64 = 5;

/// One row for each metric and known level of the compared attribute.
pub(super) fn case_mix(
    setting: &Setting<'_>,
    pair: &CaseMixSpec,
    strata: &[Strata],
) -> Vec<CaseMix> {
    let named = |name: &str| strata.iter().find(|strata| strata.attribute == name);
    let (Some(compare), Some(within)) = (named(&pair.compare), named(&pair.within)) else {
        return Vec::new();
    };
    let width = within.levels.len();
    let crossed = by_class(setting.measured, compare.levels.len() * width, |sample| {
        let own = usize::from(within.codes[sample]);
        (!within.holds_missing[own]).then(|| usize::from(compare.codes[sample]) * width + own)
    });
    let crude = by_class(setting.measured, compare.levels.len(), |sample| {
        Some(usize::from(compare.codes[sample]))
    });
    let known = |level: usize| !compare.holds_missing[level];
    let mut rows = Vec::new();
    for (((metric, _), crossed), crude) in SHARES.into_iter().zip(&crossed).zip(&crude) {
        let compared = Compared::new(crude, known);
        for level in (0..compare.levels.len()).filter(|level| known(*level)) {
            let pair = Crossed {
                counts: crossed,
                compare,
                within,
                level,
            };
            rows.push(row(setting, metric, &pair, &compared));
        }
    }
    rows
}

/// One level of one attribute against everyone else in each level of the other.
struct Crossed<'a> {
    counts: &'a ClassCounts,
    compare: &'a Strata,
    within: &'a Strata,
    level: usize,
}

/// Samples of both arms in one level of `within`.
struct Arms<'a> {
    within: usize,
    own: &'a [Cell],
    others: Vec<Cell>,
    /// Samples of the class of the whole cohort here, those of missing group too.
    standard: u64,
}

impl Crossed<'_> {
    fn arms(&self) -> Vec<Arms<'_>> {
        let width = self.within.levels.len();
        let arms = |within: usize| Arms {
            within,
            own: &self.counts.levels[self.level * width + within],
            others: self.counts.joined(|code| {
                let (compare, own) = (code / width, code % width);
                own == within && compare != self.level && !self.compare.holds_missing[compare]
            }),
            standard: (0..self.compare.levels.len())
                .map(|compare| self.counts.sums(compare * width + within).1)
                .sum(),
        };
        (0..width)
            .filter(|within| !self.within.holds_missing[*within])
            .map(arms)
            .collect()
    }
}

impl Arms<'_> {
    fn both(&self) -> bool {
        !self.own.is_empty() && !self.others.is_empty()
    }
}

fn row(
    setting: &Setting<'_>,
    metric: Metric,
    crossed: &Crossed<'_>,
    compared: &Compared<'_>,
) -> CaseMix {
    let confidence = setting.audit.statistics.confidence;
    let (attribute, within) = (&crossed.compare.attribute, &crossed.within.attribute);
    let level = &crossed.compare.levels[crossed.level];
    let arms = crossed.arms();
    let used: Vec<&Arms<'_>> = arms.iter().filter(|arms| arms.both()).collect();
    let common = Common::new(
        crossed.counts,
        &used,
        setting.measured.clustered,
        confidence,
    );
    let mut row = CaseMix {
        id: setting.id(metric, &format!("{attribute}.{level}-within-{within}")),
        endpoint: setting.measured.endpoint.clone(),
        metric: metric.id().to_owned(),
        attribute: attribute.clone(),
        level: level.clone(),
        within: within.clone(),
        crude_difference: None,
        crude_lower: None,
        crude_upper: None,
        crude_method: String::new(),
        crude_difference_of_used: crude_of(&used),
        estimate: None,
        reference_estimate: None,
        difference: None,
        lower: None,
        upper: None,
        confidence_level: confidence,
        method: String::new(),
        n_shared_patients: Some(0),
        mantel_haenszel_difference: common.difference,
        mantel_haenszel_odds_ratio: common.odds_ratio,
        homogeneity: common.homogeneity,
        on_effective_counts: setting.measured.clustered,
        cells: cells(crossed, &arms),
        status: EstimateStatus::NotEstimable,
        reason: None,
    };
    let method = difference_method(setting.audit.statistics.difference);
    if let Ok(crude) = compared.difference(crossed.level)
        && let Ok((limits, id)) = crude.interval_by(method, confidence)
    {
        row.crude_difference = Some(crude.estimate());
        row.crude_lower = Some(limits.lower);
        row.crude_upper = Some(limits.upper);
        id.clone_into(&mut row.crude_method);
    }
    match standardised(crossed, &used).and_then(|of| Ok((of.interval(confidence)?, of))) {
        Err(why) => row.reason = Some(why.to_string()),
        Ok((limits, found)) => {
            row.estimate = Some(found.a.estimate);
            row.reference_estimate = Some(found.b.estimate);
            row.difference = Some(found.estimate());
            row.lower = Some(limits.lower);
            row.upper = Some(limits.upper);
            row.n_shared_patients = Some(found.n_shared);
            found.method().clone_into(&mut row.method);
            row.status = EstimateStatus::Ok;
        }
    }
    row
}

fn crude_of(used: &[&Arms<'_>]) -> Option<f64> {
    let share = |of: for<'a, 'b> fn(&'a Arms<'b>) -> &'a [Cell]| {
        let (events, trials) = used
            .iter()
            .flat_map(|arms| of(arms))
            .fold((0, 0), |sum, cell| {
                (sum.0 + cell.events, sum.1 + cell.trials)
            });
        (trials > 0).then(|| events as f64 / trials as f64)
    };
    Some(share(|arms| arms.own)? - share(|arms| &arms.others)?)
}

/// Both arms with the mix of the whole cohort's class over the levels that hold both.
fn standardised(
    crossed: &Crossed<'_>,
    used: &[&Arms<'_>],
) -> Result<StandardisedDifference, NotEstimable> {
    if used.is_empty() {
        return Err(NotEstimable::Other(format!(
            "no level of {} holds both arms",
            crossed.within.attribute
        )));
    }
    let weights: Vec<f64> = used.iter().map(|arms| arms.standard as f64).collect();
    let counts = |of: for<'a, 'b> fn(&'a Arms<'b>) -> &'a [Cell]| {
        let mut all: Vec<StratumCounts> = used
            .iter()
            .enumerate()
            .flat_map(|(stratum, arms)| {
                of(arms).iter().map(move |cell| StratumCounts {
                    cluster: cell.cluster,
                    stratum,
                    events: cell.events,
                    trials: cell.trials,
                })
            })
            .collect();
        // Stable: within a cluster by stratum, so that sums have one order.
        all.sort_by_key(|one| one.cluster);
        all
    };
    StandardisedDifference::new(
        &counts(|arms| arms.own),
        &counts(|arms| &arms.others),
        &weights,
    )
}

fn cells(crossed: &Crossed<'_>, arms: &[Arms<'_>]) -> Vec<CaseMixCell> {
    let total: u64 = arms
        .iter()
        .filter(|arms| arms.both())
        .map(|arms| arms.standard)
        .sum();
    let n = |cells: &[Cell]| cells.iter().map(|cell| cell.trials).sum();
    arms.iter()
        .map(|arms| {
            let (own, others) = (arms.own.len() as u64, arms.others.len() as u64);
            CaseMixCell {
                level: crossed.within.levels[arms.within].clone(),
                n: n(arms.own),
                n_patients: own,
                n_reference: n(&arms.others),
                n_patients_reference: others,
                weight: arms.both().then(|| arms.standard as f64 / total as f64),
                hardly_occurs: own < THIN_CELL_PATIENTS && others >= THIN_CELL_PATIENTS,
            }
        })
        .collect()
}

/// Effects common to all levels of `within`, on effective counts where samples are clustered.
struct Common {
    difference: CommonEffect,
    odds_ratio: CommonEffect,
    homogeneity: Homogeneity,
}

impl Common {
    fn new(counts: &ClassCounts, used: &[&Arms<'_>], clustered: bool, confidence: f64) -> Self {
        let table = |arms: &&Arms<'_>| -> Result<TwoByTwo, NotEstimable> {
            let (k1, n1) = counts.effective_of(arms.own)?;
            let (k2, n2) = counts.effective_of(&arms.others)?;
            Ok(TwoByTwo { k1, n1, k2, n2 })
        };
        let tables: Result<Vec<TwoByTwo>, NotEstimable> = used.iter().map(table).collect();
        let id = |method: &str| {
            if clustered {
                format!("{method}_effective_n")
            } else {
                method.to_owned()
            }
        };
        let of = |effect: fn(&[TwoByTwo]) -> Result<ScaledEstimate, NotEstimable>| {
            let found = tables.clone().and_then(|tables| effect(&tables));
            common_effect(found, confidence, &id)
        };
        let test = tables
            .clone()
            .and_then(|tables| breslow_day_tarone(&tables));
        Self {
            difference: of(mantel_haenszel_difference),
            odds_ratio: of(mantel_haenszel_odds_ratio),
            homogeneity: Homogeneity {
                statistic: test.as_ref().ok().map(|test| test.statistic),
                df: test.as_ref().ok().map(|test| test.df),
                p: test.as_ref().ok().map(|test| test.p),
                method: test
                    .as_ref()
                    .map_or_else(|_| String::new(), |_| id("breslow_day_tarone")),
                reason: test.err().map(|why| why.to_string()),
            },
        }
    }
}

fn common_effect(
    found: Result<ScaledEstimate, NotEstimable>,
    confidence: f64,
    id: &dyn Fn(&str) -> String,
) -> CommonEffect {
    match found.and_then(|of| Ok((of.interval(confidence)?, of))) {
        Ok((limits, of)) => CommonEffect {
            estimate: Some(of.estimate),
            lower: Some(limits.lower),
            upper: Some(limits.upper),
            method: id(of.method),
            reason: None,
        },
        Err(why) => CommonEffect {
            estimate: None,
            lower: None,
            upper: None,
            method: String::new(),
            reason: Some(why.to_string()),
        },
    }
}

/// A warning for each level that hardly occurs somewhere.
#[must_use]
pub fn case_mix_warnings(audit: &Audit, rows: &[CaseMix]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for row in rows {
        let thin: Vec<&str> = row
            .cells
            .iter()
            .filter(|cell| cell.hardly_occurs)
            .map(|cell| cell.level.as_str())
            .collect();
        let pair =
            audit.statistics.case_mix.iter().find(|pair| {
                pair.compare.value == row.attribute && pair.within.value == row.within
            });
        let (false, Some(pair)) = (thin.is_empty(), pair) else {
            continue;
        };
        let class = if row.metric == Metric::Sensitivity.id() {
            "positives"
        } else {
            "negatives"
        };
        let message = format!(
            "{} {} hardly occurs in {} of {}: {class} of fewer than {THIN_CELL_PATIENTS} patients for endpoint {}",
            row.attribute,
            row.level,
            thin.join(", "),
            row.within,
            row.endpoint,
        );
        found.push(
            Diagnostic::warning("case-mix-thin-cell", message)
                .at(pair.compare.span)
                .help("there, group and case mix can hardly be told apart, and the adjusted difference leans on few patients"),
        );
    }
    found
}
