//! All endpoints, all strata, all metrics.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::cohort::{Cohort, OVERALL, Strata, crossings};
use crate::config::{Audit, Endpoint, Sampling};
use crate::disclosure::Hidden;
use crate::inference::Predictions;
use crate::metrics::{
    self, Auroc, AurocDifference, CalibrationDraws, ContrastKinds, MatrixDraws, NO_LEVEL,
};
use crate::statistics::NotEstimable;

use super::adjustment::Families;
use super::compare::{Contrast, comparisons};
use super::cross_ranking::cross_ranking;
use super::curves::{curves, score_range};
use super::decision::decision_curve;
use super::estimates::{Place, estimates};
use super::measured::Group;
use super::nested::NestedLimits;
use super::paired::Pair;
use super::partition::{Decisions, LevelTable};
use super::robustness::{self, Robustness};
use super::scores::{CalibrationSetting, RecalibrationStart};
use super::smooth::SmoothCurve;
use super::sweep::{gaps, sweep, thresholds};
use super::tasks::{TaskCurves, measured_tasks, task_into};
use super::tests_of_attributes::tests;
use super::{
    Comparison, CrossRanking, DecisionCurve, Estimate, HeterogeneityTest, Measured, OperatingPoint,
    PairedComparison, StratumCurves, ThresholdSweep,
};

/// Bins of the calibration errors.
const CALIBRATION_BINS: usize = 10;

/// What was measured.
#[derive(Debug, Clone, Default)]
pub struct Assessment {
    /// Every metric in every stratum.
    pub estimates: Vec<Estimate>,
    /// Every group set against its reference.
    pub comparisons: Vec<Comparison>,
    /// Global tests by attribute.
    pub tests: Vec<HeterogeneityTest>,
    /// Data of the figures.
    pub curves: Vec<StratumCurves>,
    /// What is drawn of endpoints with a task.
    pub task_curves: Vec<TaskCurves>,
    /// Net benefit by group, where asked for.
    pub decision_curves: Vec<DecisionCurve>,
    /// Ranking between groups, where asked for.
    pub cross_ranking: Vec<CrossRanking>,
    /// Sensitivity and specificity over thresholds, crossings left out.
    pub threshold_sweeps: Vec<ThresholdSweep>,
    /// Two scores on the same cases, where an endpoint asks for it.
    pub paired: Vec<PairedComparison>,
    /// How far the differences hang on case mix, missing attributes, labels, failures and chance.
    pub robustness: Robustness,
}

/// Measures every endpoint in every stratum; `points` are the thresholds in the audit file's order.
/// `hidden` strata are measured like all others, and taken out of the result later; they are in no
/// family of p-values, since the adjusted ones of the strata that stay would tell of them.
#[must_use]
pub fn assess(
    audit: &Audit,
    cohort: &Cohort,
    predictions: &Predictions,
    points: &[OperatingPoint],
    hidden: &Hidden,
) -> Assessment {
    let mut all = Assessment::default();
    let joined = (cohort, predictions);
    for (place, (endpoint, point)) in audit.endpoints.iter().zip(points).enumerate() {
        endpoint_into(&mut all, audit, (place, endpoint, point), joined, hidden);
    }
    all.paired = paired(audit, joined, points);
    tasks_into(&mut all, audit, joined, points, hidden);
    all
}

/// Every endpoint with a task.
fn tasks_into(
    all: &mut Assessment,
    audit: &Audit,
    (cohort, predictions): (&Cohort, &Predictions),
    points: &[OperatingPoint],
    hidden: &Hidden,
) {
    if audit.tasks.is_empty() {
        return;
    }
    let strata = crossings(cohort, &audit.intersections);
    let references: Vec<(String, String)> = audit
        .strata
        .iter()
        .filter_map(|attribute| {
            let reference = attribute.reference.as_ref()?;
            Some((attribute.name.value.clone(), reference.value.clone()))
        })
        .collect();
    let several = audit.several_endpoints();
    // One endpoint beside another, put together in the audit file's order.
    let found: Vec<Assessment> = measured_tasks(audit, cohort, predictions, points)
        .par_iter()
        .map(|measured| {
            let mut own = Assessment::default();
            task_into(
                &mut own,
                &audit.statistics,
                measured,
                &strata,
                (several, &references, hidden),
            );
            own
        })
        .collect();
    for own in found {
        all.estimates.extend(own.estimates);
        all.comparisons.extend(own.comparisons);
        all.tests.extend(own.tests);
        all.task_curves.extend(own.task_curves);
    }
}

/// Every endpoint that names a partner, with that partner.
fn paired(
    audit: &Audit,
    (cohort, predictions): (&Cohort, &Predictions),
    points: &[OperatingPoint],
) -> Vec<PairedComparison> {
    let measured = |place: usize| {
        let endpoint = &audit.endpoints[place];
        let threshold = points[place].threshold;
        Measured::new(audit, place, endpoint, cohort, predictions, threshold)
    };
    let partner = |name: &str| {
        audit
            .endpoints
            .iter()
            .position(|other| other.name.value == name)
    };
    let pairs: Vec<(usize, usize)> = audit
        .endpoints
        .iter()
        .enumerate()
        .filter_map(|(place, endpoint)| {
            Some((place, partner(&endpoint.paired_with.as_ref()?.value)?))
        })
        .collect();
    if pairs.is_empty() {
        return Vec::new();
    }
    let strata = crossings(cohort, &audit.intersections);
    let mut found = Vec::new();
    for (place, partner) in pairs {
        let (first, second) = (measured(place), measured(partner));
        found.extend(
            Pair::new(&first, &second, cohort.len()).comparisons(&audit.statistics, &strata),
        );
    }
    found
}

fn endpoint_into(
    all: &mut Assessment,
    audit: &Audit,
    (place, endpoint, point): (usize, &Endpoint, &OperatingPoint),
    (cohort, predictions): (&Cohort, &Predictions),
    hidden: &Hidden,
) {
    let threshold = point.threshold;
    let measured = Measured::new(audit, place, endpoint, cohort, predictions, threshold);
    let range = score_range(&measured.y_score, measured.probability);
    let several = audit.several_endpoints();
    let all_strata = crossings(cohort, &audit.intersections);
    let count_levels = || -> (Decisions, Vec<LevelTable>) {
        let decisions = Decisions::new(&measured);
        let tables = all_strata
            .par_iter()
            .map(|strata| LevelTable::new(&measured, &decisions, strata))
            .collect();
        (decisions, tables)
    };
    let sort_everyone = || {
        let whole = measured.whole();
        let start = RecalibrationStart::of(&whole);
        (whole, start)
    };
    let ((decisions, tables), (whole, start)) = rayon::join(count_levels, sort_everyone);
    // The first attribute is everyone.
    let whole = match tables.first() {
        Some(table) => whole.with_kinds(table.kinds(0)),
        None => whole,
    };
    let rests: Vec<Areas> = all_strata
        .par_iter()
        .zip(&tables)
        .map(|of| areas_of_complements(&whole, of))
        .collect();
    let setting = Setting {
        audit,
        thresholds: thresholds(range, threshold),
        measured: &measured,
        whole: &whole,
        range,
        several,
        declared: endpoint,
        draws: MatrixDraws::new(
            audit.statistics.replicates.get() as u64,
            audit.statistics.seed,
        ),
        calibration: CalibrationSetting {
            equal_mass: metrics::equal_mass_edges(
                if measured.probability {
                    &measured.y_score
                } else {
                    &[]
                },
                CALIBRATION_BINS,
            ),
            draws: CalibrationDraws::new(
                audit.statistics.replicates.get() as u64,
                audit.statistics.seed,
            ),
            start,
        },
    };
    let (compared, tested_before) = (all.comparisons.len(), all.tests.len());
    // Collected in order, so that threads change nothing.
    let found: Vec<LevelResult> = (0..all_strata.len())
        .into_par_iter()
        .flat_map(|partition| {
            let (strata, of) = (
                &all_strata[partition],
                (&tables[partition], &rests[partition]),
            );
            let groups = setting.groups(strata, of.0).into_par_iter().enumerate();
            let setting = &setting;
            groups.map(move |(level, group)| {
                let mut found = setting.level(strata, of, level, &group);
                if let Some(draws) = &point.nested {
                    let limits = NestedLimits {
                        draws,
                        partition,
                        strata,
                        level,
                    };
                    limits.estimates(&audit.statistics, endpoint, &mut found.estimates);
                    limits.comparisons(&audit.statistics, &mut found.comparisons);
                }
                found
            })
        })
        .collect();
    let first = all.estimates.len();
    let first_sweep = all.threshold_sweeps.len();
    for one in found {
        all.estimates.extend(one.estimates);
        all.curves.push(one.curves);
        all.decision_curves.extend(one.decision);
        all.comparisons.extend(one.comparisons);
        all.threshold_sweeps.extend(one.sweep);
    }
    let mut sweeps = &mut all.threshold_sweeps[first_sweep..];
    for strata in all_strata.iter().filter(|strata| strata.parts.len() < 2) {
        let (of_attribute, rest) = sweeps.split_at_mut(strata.levels.len().min(sweeps.len()));
        gaps(of_attribute, |sweep| {
            let level = strata.levels.iter().position(|level| *level == sweep.level);
            level.is_some_and(|level| !strata.holds_missing[level])
        });
        sweeps = rest;
    }
    let tested: Vec<Vec<HeterogeneityTest>> = all_strata
        .par_iter()
        .zip(&tables)
        .map(|(strata, table)| {
            let of = (strata, table, &decisions);
            tests(&audit.statistics, &measured, of, several)
        })
        .collect();
    all.tests.extend(tested.into_iter().flatten());
    let families = Families {
        spec: &audit.statistics,
        measured: Some(&measured),
        strata: &all_strata,
        hidden,
    };
    families.comparisons(&mut all.comparisons[compared..]);
    families.tests(&mut all.tests[tested_before..]);
    let here = robustness::Endpoint {
        place,
        measured: &measured,
        strata: &all_strata,
        tables: &tables,
        estimates: &all.estimates[first..],
    };
    robustness::endpoint_into(&mut all.robustness, audit, cohort, predictions, &here);
    for strata in &all_strata {
        let asked = audit
            .strata
            .iter()
            .any(|attribute| attribute.cross_ranking && attribute.name.value == strata.attribute);
        if asked {
            all.cross_ranking
                .extend(cross_ranking(&audit.statistics, &measured, strata));
        }
    }
}

/// The areas of everyone outside each level, and the level of each row of the ranking.
#[derive(Default)]
struct Areas {
    /// None where patients with samples in several levels make a level and its complement
    /// dependent.
    rests: Vec<Result<Auroc, NotEstimable>>,
    level: Vec<u16>,
}

/// None for the whole cohort, which has no complement.
fn areas_of_complements(whole: &Group, (strata, table): (&Strata, &LevelTable)) -> Areas {
    if strata.attribute == OVERALL {
        return Areas::default();
    }
    let level = |code: &u16| {
        if strata.holds_missing[usize::from(*code)] {
            NO_LEVEL
        } else {
            *code
        }
    };
    // Where lower scores are more positive the ranking runs backwards.
    let codes = table.codes().iter();
    let level: Vec<u16> = if whole.lower {
        codes.rev().map(level).collect()
    } else {
        codes.map(level).collect()
    };
    let n_levels = strata.levels.len();
    let rests = match whole.ranked() {
        _ if table.varies && whole.clustered => Vec::new(),
        Ok(rows) => metrics::auroc_of_complements(rows, &level, n_levels),
        Err(why) => vec![Err(why); n_levels],
    };
    Areas { rests, level }
}

/// What all levels of an endpoint share.
struct Setting<'a> {
    audit: &'a Audit,
    /// Thresholds of the sweeps.
    thresholds: Vec<f64>,
    measured: &'a Measured,
    /// Everyone.
    whole: &'a Group,
    range: (f64, f64),
    several: bool,
    /// The endpoint as declared.
    declared: &'a Endpoint,
    /// The random numbers of the bootstrap of decisions.
    draws: MatrixDraws,
    calibration: CalibrationSetting,
}

/// What is found in one level of one attribute.
struct LevelResult {
    estimates: Vec<Estimate>,
    curves: StratumCurves,
    decision: Option<DecisionCurve>,
    comparisons: Vec<Comparison>,
    sweep: Option<ThresholdSweep>,
}

impl Setting<'_> {
    /// The groups of an attribute by level.
    fn groups(&self, strata: &Strata, table: &LevelTable) -> Vec<Cow<'_, Group>> {
        if strata.attribute == OVERALL {
            return vec![Cow::Borrowed(self.whole)];
        }
        let n_levels = strata.levels.len();
        let patients = match self.whole.probabilities() {
            Ok(rows) if self.whole.clustered => {
                rows.patients_by_level(table.codes(), table.codes_by_patient(), n_levels)
            }
            _ => Vec::new(),
        };
        let mut patients = patients.into_iter();
        (0..n_levels)
            .map(|level| {
                let group = self.measured.group(table.members(level));
                let group = group.with_kinds(table.kinds(level));
                Cow::Owned(match patients.next() {
                    Some(patients) => group.with_patients(patients),
                    None => group,
                })
            })
            .collect()
    }

    fn level(
        &self,
        strata: &Strata,
        (table, rests): (&LevelTable, &Areas),
        level: usize,
        group: &Group,
    ) -> LevelResult {
        let (audit, measured) = (self.audit, self.measured);
        let name = &strata.levels[level];
        let here = Place {
            endpoint: &measured.endpoint,
            several: self.several,
            attribute: &strata.attribute,
            level: name,
            exploratory: strata.exploratory,
            declared: self.declared,
            enriched: audit.cohort.sampling == Some(Sampling::Enriched),
        };
        let spec = &audit.statistics;
        let smooth = SmoothCurve::new(spec, group);
        let shared = (&self.draws, &self.calibration);
        let mut found = LevelResult {
            estimates: estimates(spec, &here, group, shared, &smooth),
            curves: curves(spec, &here, group, self.range, &smooth),
            decision: decision_curve(spec, &here, group),
            comparisons: Vec::new(),
            sweep: (strata.parts.len() < 2).then(|| sweep(&here, group, &self.thresholds)),
        };
        if strata.attribute == OVERALL || strata.holds_missing[level] {
            return found;
        }
        let known = strata
            .holds_missing
            .iter()
            .filter(|missing| !**missing)
            .count();
        let contrast = Contrast {
            kinds: table.against_complement(level),
            areas: Box::new(|| {
                if table.varies && measured.clustered {
                    return self.areas(&rests.level, level, |_| true);
                }
                let (own, rest) = (group.area()?.clone(), rests.rests[level].clone()?);
                Ok(AurocDifference::disjoint(own, rest))
            }),
            reference: "complement",
            nobody_else: (0..strata.levels.len())
                .filter(|other| *other != level && !strata.holds_missing[*other])
                .all(|other| table.members(other).is_empty()),
            one_of_two: known == 2,
        };
        found
            .comparisons
            .extend(comparisons(&audit.statistics, &here, &contrast));
        let declared = audit
            .strata
            .iter()
            .find(|attribute| attribute.name.value == strata.attribute)
            .and_then(|attribute| attribute.reference.as_ref());
        if let Some(reference) = declared.filter(|reference| reference.value != *name)
            && let Some(other) = strata
                .levels
                .iter()
                .position(|level| *level == reference.value)
        {
            let reference_group = measured.group(table.members(other));
            let contrast = Contrast {
                kinds: ContrastKinds::of(group.arm(), reference_group.arm(), group.clustered),
                areas: Box::new(move || self.areas(&rests.level, level, |own| own == other)),
                reference: &reference.value,
                nobody_else: false,
                one_of_two: false,
            };
            found
                .comparisons
                .extend(comparisons(&audit.statistics, &here, &contrast));
        }
        found
    }

    /// Difference of the areas of a level and of all known levels that `is_other` names;
    /// `level_of` is the level of each row of the ranking.
    fn areas(
        &self,
        level_of: &[u16],
        level: usize,
        is_other: impl Fn(usize) -> bool + Copy,
    ) -> Result<AurocDifference, NotEstimable> {
        metrics::auroc_between(self.whole.ranked()?, |row| match level_of[row] {
            NO_LEVEL => None,
            own if usize::from(own) == level => Some(true),
            own => is_other(usize::from(own)).then_some(false),
        })
    }
}
