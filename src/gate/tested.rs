//! Gating limits and p-values of one metric, or of one signed difference, in one stratum.

use crate::assessment::{DifferenceOf, Group, Metric, difference, gating_interval, proportion_of};
use crate::config::{DifferenceMethod, Relation, Requirement, Rule};
use crate::metrics::ConfusionCounts;
use crate::statistics::{self, ClusteredProportion, Interval, NotEstimable};

use super::{Counted, NeededCounts};

/// Power of detectable shortfalls and needed sizes.
pub(super) const POWER: f64 = 0.8;

/// How much is asked of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// All of it.
    Full,
    /// What its verdict follows from, and no more: this is what a simulated audit is worth.
    /// Detectable and needed sizes are left out, and so is a p that no correction can bring to
    /// alpha, since the limit on its side of the bound is within it; such a p is 1. Limits of
    /// proportions then only lie on the right sides of the bound.
    Verdicts,
}

/// A metric with its gating limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// The metric, or the signed difference.
    pub estimate: f64,
    /// Lower limit at one-sided alpha.
    pub lower: f64,
    /// Upper limit at one-sided alpha.
    pub upper: f64,
    /// One-sided p for "the requirement holds".
    pub p_fail: f64,
    /// Id of the limits' method.
    pub method: String,
    /// Samples in the denominator.
    pub n_class: u64,
    /// Patients in the denominator.
    pub n_clusters: u64,
    /// Checks with the same key are one comparison.
    pub comparison: Option<String>,
    /// What the reason says beside the limits.
    pub note: Option<String>,
    /// What the size of a sample that decides is computed from.
    pub basis: Basis,
}

/// What the size of a sample that decides is computed from.
#[derive(Debug, Clone, PartialEq)]
pub enum Basis {
    /// A proportion: effective and real denominators, patients.
    Proportion {
        /// Effective n.
        n_effective: f64,
    },
    /// A difference of proportions.
    Difference {
        /// Value in the group and in the reference.
        estimates: (f64, f64),
        /// Effective n of both arms.
        n_effective: (f64, f64),
    },
    /// Anything with a standard error.
    StandardError(f64),
    /// A count.
    Count,
}

/// A group and what it is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Arms<'a> {
    /// The group.
    pub group: &'a Group,
    /// Everyone else, or the reference level.
    pub reference: &'a Group,
}

/// Gating limits of a metric: one-sided Clopper-Pearson on the effective n for proportions, the
/// displayed method at confidence 1 - 2 `alpha` for the rest, with fewer degrees of freedom for
/// O:E, calibration intercept and slope ([`gating_interval`]).
///
/// # Errors
/// Why it cannot be computed, in words.
pub fn limits(
    metric: Metric,
    group: &Group,
    requirement: &Requirement,
    alpha: f64,
    detail: Detail,
) -> Result<Tested, String> {
    if let Some(share) = metric.share() {
        let share = proportion_of(share, group).map_err(|why| why.to_string())?;
        if let (Detail::Verdicts, Some(decided)) = (detail, sides(&share, requirement, alpha)) {
            return Ok(decided);
        }
        return proportion_limits(&share, requirement, alpha).map_err(|why| why.to_string());
    }
    let found = gating_interval(metric, group).map_err(|why| why.to_string())?;
    let interval = |confidence: f64| found.interval(confidence);
    let at = interval(1.0 - 2.0 * alpha).map_err(|why| why.to_string())?;
    let p_fail = p_fail(requirement, at, detail, interval);
    Ok(Tested {
        estimate: found.estimate(),
        lower: at.lower,
        upper: at.upper,
        p_fail: p_fail.map_err(|why| why.to_string())?,
        method: found
            .method(1.0 - 2.0 * alpha)
            .map_err(|why| why.to_string())?
            .to_owned(),
        n_class: group.n(),
        n_clusters: group.n_patients(ConfusionCounts::total),
        comparison: None,
        note: None,
        basis: found
            .standard_error()
            .map_or(Basis::Count, Basis::StandardError),
    })
}

/// A share that cannot fail, with limits that only lie on the right sides of the bound: the ends
/// of the scale where they do not matter. `None` where it may fail, or the bound is an end itself.
fn sides(share: &ClusteredProportion, requirement: &Requirement, alpha: f64) -> Option<Tested> {
    let bound = requirement.bound;
    if !(bound > 0.0 && bound < 1.0) {
        return None;
    }
    let reaches = share.gate_lower_reaches(bound, alpha);
    let within = share.gate_upper_within(bound, alpha);
    let (may_fail, lower, upper) = match requirement.relation {
        Relation::AtMost => (reaches, 0.0, if within { bound } else { 1.0 }),
        Relation::AtLeast | Relation::Equal => (within, if reaches { bound } else { 0.0 }, 1.0),
    };
    (!may_fail).then(|| Tested {
        estimate: share.estimate,
        lower,
        upper,
        p_fail: 1.0,
        method: share.gate_method().to_owned(),
        n_class: share.trials,
        n_clusters: share.n_clusters,
        comparison: None,
        note: None,
        basis: Basis::Proportion {
            n_effective: share.n_effective,
        },
    })
}

pub(super) fn proportion_limits(
    share: &ClusteredProportion,
    requirement: &Requirement,
    alpha: f64,
) -> Result<Tested, statistics::NotEstimable> {
    Ok(Tested {
        estimate: share.estimate,
        lower: share.gate_lower(alpha)?,
        upper: share.gate_upper(alpha)?,
        p_fail: match requirement.relation {
            Relation::AtMost => share.p_at_most(requirement.bound),
            Relation::AtLeast | Relation::Equal => share.p_at_least(requirement.bound),
        },
        method: share.gate_method().to_owned(),
        n_class: share.trials,
        n_clusters: share.n_clusters,
        comparison: None,
        note: None,
        basis: Basis::Proportion {
            n_effective: share.n_effective,
        },
    })
}

/// Gating limits of a signed difference, at confidence 1 - 2 `alpha`.
///
/// # Errors
/// Why it cannot be computed, in words.
pub fn gap(
    metric: Metric,
    arms: &Arms<'_>,
    requirement: &Requirement,
    alpha: f64,
    detail: Detail,
) -> Result<Tested, String> {
    if arms.reference.y_true.is_empty() {
        return Err(format!(
            "the difference cannot be computed: {}",
            NotEstimable::NobodyElse
        ));
    }
    let found = difference(
        DifferenceMethod::Newcombe10,
        metric,
        arms.group,
        arms.reference,
    )
    .map_err(|why| format!("the difference cannot be computed: {why}"))?;
    if let DifferenceOf::Auroc(of) = &found.of
        && let Some(why) = of.a.undecided().or_else(|| of.b.undecided())
    {
        return Err(why.to_string());
    }
    let at = found
        .limits(1.0 - 2.0 * alpha)
        .map_err(|why| why.to_string())?;
    let p_fail = p_fail(requirement, at, detail, |confidence| {
        found.limits(confidence)
    });
    let (n_class, n_clusters, basis) = match &found.of {
        DifferenceOf::Proportion(of, _) => (
            of.a.trials,
            of.a.n_clusters,
            Basis::Difference {
                estimates: (of.a.estimate, of.b.estimate),
                n_effective: (of.a.n_effective, of.b.n_effective),
            },
        ),
        DifferenceOf::Auroc(of) => (
            arms.group.n(),
            arms.group.n_patients(ConfusionCounts::total),
            of.standard_error.map_or(Basis::Count, Basis::StandardError),
        ),
    };
    Ok(Tested {
        estimate: found.difference,
        lower: at.lower,
        upper: at.upper,
        p_fail: p_fail.map_err(|why| why.to_string())?,
        method: found.method.to_owned(),
        n_class,
        n_clusters,
        comparison: None,
        note: None,
        basis,
    })
}

/// One-sided p for "the requirement holds", by inverting the interval; `at` are its limits at
/// one-sided alpha.
fn p_fail(
    requirement: &Requirement,
    at: Interval,
    detail: Detail,
    interval: impl Fn(f64) -> Result<Interval, NotEstimable>,
) -> Result<f64, NotEstimable> {
    let bound = requirement.bound;
    let beyond = match requirement.relation {
        Relation::AtMost => at.lower > bound,
        Relation::AtLeast | Relation::Equal => at.upper < bound,
    };
    if detail == Detail::Verdicts && !beyond {
        return Ok(1.0);
    }
    match requirement.relation {
        Relation::AtMost => statistics::p_at_most(bound, interval),
        Relation::AtLeast | Relation::Equal => statistics::p_at_least(bound, interval),
    }
}

/// Smallest true shortfall beyond the bound that these data would show with 80% power.
pub(super) fn detectable(tested: &Tested, rule: &Rule, alpha: f64) -> Option<f64> {
    let bound = rule.require.bound;
    match &tested.basis {
        Basis::Proportion { n_effective } => {
            let share = bound.clamp(0.0, 1.0);
            statistics::detectable_shortfall(
                *n_effective,
                if rule.require.relation == Relation::AtMost {
                    1.0 - share
                } else {
                    share
                },
                alpha,
                POWER,
            )
        }
        Basis::Difference {
            estimates,
            n_effective,
        } => statistics::detectable_difference(
            n_effective.0,
            n_effective.1,
            match rule.require.relation {
                Relation::AtMost => 1.0 - estimates.1,
                Relation::AtLeast | Relation::Equal => estimates.1,
            },
            alpha,
            POWER,
        ),
        Basis::StandardError(error) => Some(statistics::detectable_by_standard_error(
            *error, alpha, POWER,
        )),
        Basis::Count => None,
    }
}

/// Samples and patients that would decide with 80% power if the estimate were the truth;
/// `None` when the estimate lies on the bound.
pub(super) fn needed(tested: &Tested, rule: &Rule, alpha: f64) -> Option<NeededCounts> {
    let bound = rule.require.bound;
    let real = tested.n_class as f64;
    let samples = match &tested.basis {
        Basis::Proportion { n_effective } => {
            let (p, floor) = if rule.require.relation == Relation::AtMost {
                (1.0 - tested.estimate, 1.0 - bound)
            } else {
                (tested.estimate, bound)
            };
            statistics::n_to_decide_floor(p, floor, alpha, POWER)
                .map(|n| n as f64 * real / n_effective)
        }
        Basis::Difference {
            estimates,
            n_effective,
        } => {
            let ratio = n_effective.1 / n_effective.0;
            statistics::n_to_decide_difference(estimates.0, estimates.1, ratio, bound, alpha, POWER)
                .map(|n| n * real / n_effective.0)
        }
        Basis::StandardError(error) => {
            statistics::growth_to_decide(tested.estimate, *error, bound, alpha, POWER)
                .map(|growth| growth * real)
        }
        Basis::Count => None,
    }?;
    if !samples.is_finite() || samples > 1e9 {
        return None;
    }
    let patients = samples * tested.n_clusters as f64 / real;
    Some(NeededCounts {
        positives: Some(samples.ceil() as u64),
        patients: Some(patients.ceil() as u64),
        of: Some(Counted::of(rule.metric.id())),
    })
}

#[cfg(test)]
mod tests {
    use super::super::correction::Adjusted;
    use super::super::decide::decide;
    use super::*;
    use crate::config::{Adjustment, Located, Span};

    /// Twelve patients to sixty, with every share of right decisions.
    fn group(patients: u32, right: u32) -> Group {
        let n = patients * 2;
        let flagged: Vec<bool> = (0..n).map(|i| (i * 7919) % n < right * n / 20).collect();
        Group {
            y_true: (0..n).map(|i| i % 3 != 0).collect(),
            y_score: (0..n)
                .map(|i| {
                    f64::from((i * 31) % 97)
                        + if i % 3 == 0 {
                            0.0
                        } else {
                            f64::from(right) * 5.0
                        }
                })
                .collect(),
            logit: None,
            flagged,
            patient: (0..n).map(|i| i / 2).collect(),
            probability: false,
            lower: false,
            clustered: true,
            found: Default::default(),
        }
    }

    /// The quick way that simulated audits are decided by comes to the verdicts of the full one.
    #[test]
    fn simulated_audits_have_the_verdicts_of_real_ones() {
        let mut seen = std::collections::BTreeMap::new();
        for (patients, right) in [(12, 0), (12, 13), (30, 17), (60, 9), (60, 19), (60, 20)] {
            let group = group(patients, right);
            let other = self::group(patients, 12);
            for metric in [Metric::Sensitivity, Metric::FlagRate, Metric::Auroc] {
                for relation in [Relation::AtLeast, Relation::AtMost] {
                    for bound in [-0.1, 0.0, 0.3, 0.5, 0.8, 0.95, 1.0] {
                        let requirement = Requirement {
                            relation,
                            bound,
                            text: Located::new(String::new(), Span::default()),
                        };
                        let verdict = |detail: Detail, gap: bool| {
                            let tested = if gap {
                                let arms = Arms {
                                    group: &group,
                                    reference: &other,
                                };
                                super::gap(metric, &arms, &requirement, 0.025, detail)
                            } else {
                                limits(metric, &group, &requirement, 0.025, detail)
                            };
                            tested.map(|tested| {
                                let corrected = Adjusted {
                                    p: tested.p_fail,
                                    family_size: 1,
                                    by: Adjustment::Holm,
                                    note: None,
                                };
                                decide(&tested, &requirement, 0.025, corrected).verdict
                            })
                        };
                        for gap in [false, true] {
                            let full = verdict(Detail::Full, gap);
                            assert_eq!(
                                full,
                                verdict(Detail::Verdicts, gap),
                                "{metric:?} {requirement:?}"
                            );
                            *seen.entry(format!("{full:?}")).or_insert(0) += 1;
                        }
                    }
                }
            }
        }
        for verdict in ["Ok(Pass)", "Ok(Fail)", "Ok(Inconclusive)"] {
            assert!(seen.get(verdict).is_some_and(|n| *n > 20), "{seen:?}");
        }
    }
}
