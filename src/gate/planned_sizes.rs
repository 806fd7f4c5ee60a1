//! Sizes of a planned check, what is assumed of it, and the sizes at which it would pass.

use std::cell::Cell;

use crate::assessment::{Measured, Metric};
use crate::cohort::Strata;
use crate::config::{
    AssumeSpec, Assumed, Audit, Compare, Family, GateSpec, GatedMetric, Minimum, Relation, Rule,
};
use crate::statistics::{
    cluster_design_effect, n_of_singles_to_pass_floor, normal_quantile, passing_probability,
    passing_probability_of_singles,
};

use super::evaluate::reference_members;
use super::resized::Resized;
use super::selection::Selected;
use super::simulated::{Simulated, correlation};
use super::tested::{Basis, POWER, Tested, needed};
use super::{Check, Counted, NeededCounts};

/// What the sizes of planned checks follow from.
pub(super) struct Sizes<'a> {
    pub(super) audit: &'a Audit,
    pub(super) gate: &'a GateSpec,
    pub(super) families: &'a [Family],
    pub(super) strata: &'a [Strata],
    pub(super) endpoints: &'a [Simulated],
    /// Samples that may still be looked at to try sizes, and the checks that have them to share.
    pub(super) left: Cell<(f64, usize)>,
}

/// What is known of one check before the model runs.
#[derive(Debug, Clone, Default)]
pub(super) struct PlannedSizes {
    pub(super) require: String,
    pub(super) true_value: Option<f64>,
    pub(super) n_class: u64,
    pub(super) n_clusters: u64,
    pub(super) exact_pass: Option<f64>,
    pub(super) n_needed: Option<NeededCounts>,
}

/// Samples in one denominator, by unit.
struct Denominator {
    samples: u64,
    units: u64,
    n_effective: f64,
}

impl Denominator {
    /// Sizes of this group and its patients times a factor.
    fn grown(&self, needed: NeededCounts, factor: f64) -> NeededCounts {
        let times = |present: u64| Some((present as f64 * factor).ceil() as u64);
        NeededCounts {
            positives: times(self.samples),
            patients: times(self.units),
            of: needed.of,
        }
    }
}

impl Sizes<'_> {
    /// `width` is the mean width of the gating limits over the simulated audits, `pass` the share
    /// of them in which the check passes.
    pub(super) fn of(&self, check: &Check, width: Option<f64>, pass: f64) -> PlannedSizes {
        let (work, checks) = self.left.get();
        self.left.set((work, checks.saturating_sub(1)));
        let Some((rule, place, selected)) = self.find(check) else {
            return PlannedSizes::default();
        };
        let assumed = self
            .gate
            .assume
            .as_ref()
            .map_or_else(Assumed::default, |assume: &AssumeSpec| {
                assume.of(&check.endpoint)
            });
        let measured = self.endpoints[place].template();
        let rho = correlation(measured.clustered, assumed);
        let class = match rule.metric {
            GatedMetric::Sensitivity => Some(true),
            GatedMetric::Specificity => Some(false),
            _ => None,
        };
        let members = measured.members(selected.strata, selected.level);
        let others = if rule.compare == Compare::None {
            Vec::new()
        } else {
            reference_members(self.audit, rule, selected, measured)
        };
        let group = denominator(measured, &members, class, rho);
        let mut planned = PlannedSizes {
            require: rule.require.text.value.trim().to_owned(),
            true_value: true_value(rule, assumed),
            n_class: group.samples,
            n_clusters: group.units,
            ..PlannedSizes::default()
        };
        let is_limit = rule.compare == Compare::None && rule.baseline.is_none();
        if is_limit && (!measured.clustered || group.units == group.samples) {
            let singles = measured.clustered;
            planned.exact_pass = exact(
                rule,
                class,
                assumed,
                (group.samples, singles),
                self.gate.alpha,
            );
        }
        let basis = match (class, rule.compare) {
            (Some(_), Compare::None) => Some(Basis::Proportion {
                n_effective: group.n_effective,
            }),
            (Some(positive), _) => {
                let other = denominator(measured, &others, class, rho);
                share(positive, assumed).map(|p| Basis::Difference {
                    estimates: (p, p),
                    n_effective: (group.n_effective, other.n_effective),
                })
            }
            // A two-sided interval of level 1 - 2 alpha is 2 z standard errors wide.
            (None, _) => width.map(|width| {
                Basis::StandardError(width / (2.0 * normal_quantile(1.0 - self.gate.alpha)))
            }),
        };
        // Nothing is said of a group that is withheld.
        if let (Some(basis), Some(truth), Some(_)) = (basis, planned.true_value, check.n_class)
            && meets(rule, truth)
            && group.samples > 0
        {
            let found = needed(&assumed_as(truth, &group, basis), rule, self.gate.alpha);
            // Of independent samples the formula is exact; where every patient has one, the size is
            // that of the limit on n - 1. Any other size is tried out.
            planned.n_needed = if planned.exact_pass.is_some() && measured.clustered {
                singles_needed(rule, truth, self.gate.alpha).or(found)
            } else if planned.exact_pass.is_some() {
                found
            } else {
                found.and_then(|n| {
                    let guess = n.positives? as f64 / group.samples as f64;
                    let resized = Resized {
                        simulated: &self.endpoints[place],
                        rule,
                        metric: Metric::of_gate(rule.metric)?,
                        group: &members,
                        reference: &others,
                        class,
                        alpha: self.gate.alpha,
                        seed: self.audit.statistics.seed,
                        work: work / checks.max(1) as f64,
                    };
                    match self.tried(&resized, guess, pass) {
                        Some(size) => Some(group.grown(n, size)),
                        None => extrapolated(n, &group, pass, self.gate.alpha),
                    }
                })
            };
        }
        planned
    }

    /// The multiple of the present size at which the simulated check passes in 80%; what it needs less
    /// than its share of the work is left to the checks after it.
    fn tried(&self, resized: &Resized<'_>, guess: f64, pass: f64) -> Option<f64> {
        let (size, looked_at) = resized.size(guess, pass);
        let (work, checks) = self.left.get();
        self.left.set((work - looked_at, checks));
        size
    }

    fn find(&self, check: &Check) -> Option<(&Rule, usize, Selected<'_>)> {
        let rule = self
            .families
            .iter()
            .flat_map(|family| &family.rules)
            .find(|rule| rule.id.value == check.requirement)?;
        let place = self
            .audit
            .endpoints
            .iter()
            .position(|endpoint| endpoint.name.value == check.endpoint)?;
        let strata = self
            .strata
            .iter()
            .find(|strata| strata.attribute == check.attribute)?;
        let level = strata.levels.iter().position(|name| *name == check.level)?;
        Some((rule, place, Selected { strata, level }))
    }
}

/// Where no other size can be tried, since it would take too long: formulas know neither how unsure a
/// design effect is nor that single sizes fall short by discreteness. Where the simulated audits of this
/// cohort pass less often than in 80%, they are believed: the size is at least the present one times
/// ((z_alpha + z_0.8) / (z_alpha + z_pass))^2. None is named where they pass so rarely that this says
/// nothing and the formula contradicts them.
fn extrapolated(
    needed: NeededCounts,
    group: &Denominator,
    pass: f64,
    alpha: f64,
) -> Option<NeededCounts> {
    let reach = |power: f64| normal_quantile(1.0 - alpha) + normal_quantile(power);
    if pass >= POWER {
        return Some(needed);
    }
    if pass <= 0.0 || reach(pass) <= 0.0 {
        return needed
            .positives
            .is_some_and(|n| n > group.samples)
            .then_some(needed);
    }
    let grown = group.grown(needed, (reach(POWER) / reach(pass)).powi(2));
    let larger = |a: Option<u64>, b: Option<u64>| a.max(b);
    Some(NeededCounts {
        positives: larger(needed.positives, grown.positives),
        patients: larger(needed.patients, grown.patients),
        of: needed.of,
    })
}

/// A result that is just what is assumed, as the sizes that decide are computed from one.
fn assumed_as(truth: f64, group: &Denominator, basis: Basis) -> Tested {
    Tested {
        estimate: truth,
        lower: truth,
        upper: truth,
        p_fail: 1.0,
        method: String::new(),
        n_class: group.samples,
        n_clusters: group.units,
        comparison: None,
        note: None,
        basis,
    }
}

fn denominator(measured: &Measured, members: &[u32], class: Option<bool>, rho: f64) -> Denominator {
    let inside: Vec<u32> = members
        .iter()
        .copied()
        .filter(|place| class.is_none_or(|class| measured.y_true[*place as usize] == class))
        .collect();
    let mut units = measured.units(&inside);
    units.sort_unstable();
    let sizes: Vec<u64> = units
        .chunk_by(|a, b| a == b)
        .map(|unit| unit.len() as u64)
        .collect();
    let samples = inside.len() as u64;
    Denominator {
        samples,
        units: sizes.len() as u64,
        n_effective: samples as f64 / cluster_design_effect(&sizes, rho),
    }
}

fn share(positive: bool, assumed: Assumed) -> Option<f64> {
    if positive {
        assumed.sensitivity
    } else {
        assumed.specificity
    }
}

/// What is required, at the values that are assumed alike in every group: a difference is 0.
/// Predictive values, accuracy and flag rate also follow from each group's prevalence.
fn true_value(rule: &Rule, assumed: Assumed) -> Option<f64> {
    match rule.metric {
        // A baseline's results are no truth.
        _ if rule.baseline.is_some() => None,
        _ if rule.compare != Compare::None => Some(0.0),
        GatedMetric::Sensitivity => assumed.sensitivity,
        GatedMetric::Specificity => assumed.specificity,
        GatedMetric::Auroc => assumed.auroc,
        GatedMetric::OeRatio => Some(assumed.oe_ratio.unwrap_or(1.0)),
        GatedMetric::CalibrationSlope => Some(assumed.calibration_slope.unwrap_or(1.0)),
        // Of a calibrated model; else it follows from prevalence and spread, too.
        GatedMetric::CalibrationIntercept
            if assumed.oe_ratio.is_none_or(|oe| oe == 1.0)
                && assumed.calibration_slope.is_none_or(|slope| slope == 1.0) =>
        {
            Some(0.0)
        }
        _ => None,
    }
}

fn meets(rule: &Rule, truth: f64) -> bool {
    match rule.require.relation {
        Relation::AtLeast | Relation::Equal => truth > rule.require.bound,
        Relation::AtMost => truth < rule.require.bound,
    }
}

/// Patients with one sample each of whom a floor or a ceiling would pass.
fn singles_needed(rule: &Rule, truth: f64, alpha: f64) -> Option<NeededCounts> {
    let bound = rule.require.bound;
    let (p, floor) = if rule.require.relation == Relation::AtMost {
        (1.0 - truth, 1.0 - bound)
    } else {
        (truth, bound)
    };
    let n = n_of_singles_to_pass_floor(p, floor, alpha, POWER)?;
    Some(NeededCounts {
        positives: Some(n),
        patients: Some(n),
        of: Some(Counted::of(rule.metric.id())),
    })
}

/// The binomial chance that a floor or a ceiling passes: of `n` independent samples, or of `singles`,
/// patients with one sample each.
fn exact(
    rule: &Rule,
    class: Option<bool>,
    assumed: Assumed,
    (n, singles): (u64, bool),
    alpha: f64,
) -> Option<f64> {
    let passing = if singles {
        passing_probability_of_singles
    } else {
        passing_probability
    };
    let p = share(class?, assumed)?;
    // With a least size the check may not be evaluable, which the formula does not know.
    let few = rule.min != Minimum::default();
    let bound = rule.require.bound;
    match rule.require.relation {
        _ if few || n < 2 => None,
        Relation::AtLeast => Some(passing(n, p, bound, alpha)),
        Relation::AtMost => Some(passing(n, 1.0 - p, 1.0 - bound, alpha)),
        Relation::Equal => None,
    }
}
